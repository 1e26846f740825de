# SPDX-License-Identifier: GPL-2.0-or-later
"""Wire stories: what goes over the wire, byte for byte. One file per story, written from the providers' documents.

    @tree [NAME]...          the documents; {URL} is the address of the server of the story. Names are files of accounts/
    @run WORDS               runs waconf (with tree, state and origin); what follows belongs to this run
    @reply STATUS            an answer: header lines, an empty line, the body. `@reply drop` closes the connection after reading.
    @sent METHOD PATH        a request, in its order: header lines that must be there (exactly once), an empty line, the exact body.
                             `!Name` must not be there. Values may hold {basic:USER:SECRET}, {jwt:ISSUER:SECRET}, {secret:NAME}.
    @took SECONDS            at least, from the first request to the last
    @exit CODE
    @out, @err, @history     texts, one a line, that must be there, in any order; `!text` must not be there
    @env NAME=VALUE          for the runs that follow; `@env NAME=` takes it away

Requests and answers are counted: one more or one less than told fails the story. Secrets are looked for in all that is printed or
kept (agent.py). Lines that begin with `#` before the first `@` tell what the story is about.
"""
import base64
import concurrent.futures
import hashlib
import hmac
import json
import pathlib
import re
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
from agent import SECRETS, Place  # noqa: E402
from scripted import Reply, Server  # noqa: E402


class Step:
    def __init__(self, words, env):
        self.words, self.env = words, dict(env)
        self.replies, self.sent, self.texts, self.exit, self.took = [], [], [], None, 0


def sections(text):
    """[(word, rest of the line, lines)] of a story."""
    found = []
    for line in text.splitlines():
        if line.startswith("@"):
            word, _, rest = line[1:].partition(" ")
            found.append((word, rest, []))
        elif found:
            found[-1][2].append(line)
    return found


def split_head(lines):
    """Header lines and body; blank lines at the end do not belong to the body."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    at = lines.index("") if "" in lines else len(lines)
    return [line.split(": ", 1) if ": " in line else [line, ""] for line in lines[:at]], "\n".join(lines[at + 1:])


def parse(text):
    tree, steps, env = "", [], {}
    for word, rest, lines in sections(text):
        if word == "tree":
            parts = [(HERE / "accounts" / (name + ".yaml")).read_text() for name in rest.split()]
            more = "\n".join(lines) + "\n"      # indented: goes on in the last of these files
            tree = "---\n".join(parts) + ("" if not parts or more.startswith(" ") else "---\n") + more
        elif word == "env":
            name, _, value = rest.partition("=")
            env[name] = value
        elif word == "run":
            steps.append(Step(rest.split(), env))
        elif word == "reply":
            headers, body = split_head(lines)
            steps[-1].replies.append(Reply(0 if rest == "drop" else int(rest), [tuple(h) for h in headers], body.encode()))
        elif word == "sent":
            steps[-1].sent.append((rest, *split_head(lines)))
        elif word == "took":
            steps[-1].took = float(rest)
        elif word == "exit":
            steps[-1].exit = int(rest)
        elif word in ("out", "err", "history"):
            steps[-1].texts += [(word, line) for line in lines if line.strip()]
        else:
            raise ValueError("unknown section @" + word)
    return tree, steps


def fill(text, url):
    def basic(m):
        return "Basic " + base64.b64encode(("%s:%s" % (m[1], SECRETS[m[2]])).encode()).decode()
    text = re.sub(r"\{basic:([^:}]*):([^:}]*)\}", basic, text)
    text = re.sub(r"\{secret:(\w+)\}", lambda m: SECRETS[m[1]], text)
    return text.replace("{URL}", url).replace("{HOST}", url.partition("//")[2])


def unpad(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Story:
    """Runs one story; `problem` says what went wrong first."""

    def __init__(self, path):
        self.path, self.problem = path, None

    def run(self):
        server = Server()
        try:
            tree, steps = parse(self.path.read_text())
            assert steps, "a story without @run"
            with Place(server.url) as place:
                place.write("tree.yaml", tree)
                for step in steps:
                    self.step(server, place, step)
        except Exception as problem:  # noqa: BLE001  (shown by the test)
            self.problem = "%s: %s" % (type(problem).__name__, problem)
        finally:
            server.close()
        return self

    def step(self, server, place, step):
        place.env.update(step.env)
        for name in [n for n, v in step.env.items() if not v]:
            place.env.pop(name, None)
        server.expect(step.replies)
        got = place.run(*step.words)
        told = "\n".join("%s\n  %s" % (a.line, a.body.decode("utf-8", "replace")) for a in server.asked)
        where = "%s\n--- asked\n%s\n" % (got, told)
        assert not server.problems, "%s\n%s" % (server.problems, where)
        assert not server.replies, "%d answers were not fetched\n%s" % (len(server.replies), where)
        assert len(server.asked) == len(step.sent), "%d requests, told were %d\n%s" % (len(server.asked), len(step.sent), where)
        for asked, (line, headers, body) in zip(server.asked, step.sent):
            self.compare(server, asked, line, headers, body, where)
        assert step.exit is None or got.code == step.exit, "exit %d, told was %d\n%s" % (got.code, step.exit, where)
        took = server.asked[-1].at - server.asked[0].at if server.asked else 0
        assert took >= step.took, "it took %.3f s only\n%s" % (took, where)
        self.texts(place, step, got, where)

    def texts(self, place, step, got, where):
        for kind, text in step.texts:
            have = got.out if kind == "out" else got.err if kind == "err" else place.run("history", "-o", "json").out
            text = fill(text, place.url)
            absent = text.startswith("!")
            assert (text.lstrip("!") in have) != absent, "@%s %r\n%s\n%s" % (kind, text, where, have if kind == "history" else "")

    def compare(self, server, asked, line, headers, body, where):
        assert asked.line == fill(line, server.url) + " HTTP/1.1", "%r is not %r\n%s" % (asked.line, line, where)
        assert asked.get("Host") == [server.url.partition("//")[2]], where
        for name, value in headers:
            if name.startswith("!"):
                assert not asked.get(name[1:]), "%s was sent\n%s" % (name, where)
                continue
            have = asked.get(name)
            assert len(have) == 1, "%s: %r\n%s" % (name, have, where)
            jwt = re.fullmatch(r"(.*)\{jwt:([^:}]*):(\w+)\}", value)
            if jwt:
                self.check_jwt(have[0], jwt[1], jwt[2], SECRETS[jwt[3]])
            else:
                assert have[0] == fill(value, server.url), "%s: %r is not %r\n%s" % (name, have[0], fill(value, server.url), where)
        want = fill(body, server.url).encode()
        assert asked.body == want, "body\n  %s\nis not\n  %s\n%s" % (asked.body.decode("utf-8", "replace"), want.decode(), where)
        if not want:
            assert not asked.get("Content-Type"), where

    @staticmethod
    def check_jwt(have, prefix, issuer, secret):
        """HS256 with the base64-decoded secret; claims iss and iat (webex-connect.md 2.1)."""
        assert have.startswith(prefix), have
        head, claims, sign = have[len(prefix):].split(".")
        want = hmac.new(base64.b64decode(secret), ("%s.%s" % (head, claims)).encode(), hashlib.sha256).digest()
        assert hmac.compare_digest(unpad(sign), want), "the signature is wrong"
        assert json.loads(unpad(head)) == {"alg": "HS256", "typ": "JWT"}, unpad(head)
        got = json.loads(unpad(claims))
        assert set(got) == {"iss", "iat"} and got["iss"] == issuer, got
        assert abs(got["iat"] - time.time()) < 120 and isinstance(got["iat"], int), got


class Wire(unittest.TestCase):
    """One test per story. They run side by side: most of their time is waiting."""
    results = {}

    @classmethod
    def setUpClass(cls):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for story in pool.map(Story.run, [Story(p) for p in STORIES]):
                cls.results[story.path.stem] = story.problem


def told(name):
    def test(self):
        problem = self.results[name]
        if problem:
            self.fail(problem)
    return test


STORIES = sorted(HERE.glob("*.story"))
for each in STORIES:
    setattr(Wire, "test_" + each.stem.replace("-", "_"), told(each.stem))

if __name__ == "__main__":
    unittest.main()
