# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs waconf in a place of its own (tree, state, environment) and looks at everything it prints and keeps.

    place = Place(url)                     # a temporary directory; url is what accounts call ({URL} in texts)
    place.write("a.yaml", text)
    got = place.run("plan", "-o", "json")  # got.code, got.out, got.err, got.plan["front-desk"]

Secrets have fixed values that occur nowhere else. Whatever a run prints or keeps is searched for them, raw and encoded, and
one that is found fails the test: no test has to ask for it.
"""
import base64
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "sandbox"))
from box import Box, Case  # noqa: E402,F401  (for the tests that import this)

WACONF = os.environ.get("WACONF", "build/waconf")
DEADLINE = 60.0

# One for each use. The service secret is base64, as the console shows it.
SECRETS = {
    "API_KEY": "canary/key+0001", "API_KEY_2": "canary-key-0002", "PASSWORD": "canary pass&word=0003", "CLIENT_SECRET": "canary~client:0004",
    "APP_SECRET": "canary-app-0005", "USER_TOKEN": "canary-user-0006", "ACCESS_TOKEN": "canary-access-0007", "VERIFY_TOKEN": "canary-verify-0008",
    "AUTH_TOKEN": "canary-auth-0009", "SERVICE_KEY": "canary-service-0010", "PAIR_TOKEN": "canary-pair-0011", "PAIR_SECRET": "canary-pair-0012",
    "SERVICE_SECRET": base64.b64encode(b"canary-jwt-0013-with-length").decode(), "NEW": "canary-new-0014",
}


def spellings(secret):
    """What a secret may look like when it leaks."""
    raw = secret.encode()
    yield raw
    yield base64.b64encode(raw).rstrip(b"=")
    yield urllib.parse.quote(secret, safe="").encode()
    yield json.dumps(secret)[1:-1].encode()


def leaks(data):
    """The names of the secrets that data holds in any spelling."""
    return sorted({name for name, value in SECRETS.items() for text in spellings(value) if text in data})


class Result:
    def __init__(self, code, out, err, arguments):
        self.code, self.out, self.err, self.arguments = code, out, err, arguments

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def changes(self):
        return {c["address"].rsplit("/", 1)[1]: c for c in self.json["changes"]}

    def whys(self, name):
        return {f["path"]: f["why"] for f in self.changes[name]["fields"]}

    def __str__(self):
        return "%s: exit %d\n--- out\n%s\n--- err\n%s" % (" ".join(map(str, self.arguments)), self.code, self.out, self.err)


class Place:
    """A tree, a state and an environment. The directory goes when the object's close() is called."""

    def __init__(self, url, state="state"):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="place-"))
        self.url = url
        self.tree = self.dir / "tree"
        self.tree.mkdir()
        self.state = str(self.dir / state)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("WACONF")}
        self.env.update(SECRETS)

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, name, text):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{URL}", self.url))
        return path

    def arguments(self, words):
        """The command with what every run here needs: tree, state, the one origin that is trusted."""
        words = [str(w).replace("{URL}", self.url).replace("{DIR}", str(self.dir)) for w in words]
        command, rest = words[0], words[1:]
        if command in ("validate", "plan", "apply", "diff"):
            rest = ["--allow-origin", self.url, *rest]
            if "--no-tree" in rest:
                rest.remove("--no-tree")
            else:
                rest.append(str(self.tree))
        if command not in ("validate", "schema", "providers", "explain", "version", "help") and "--state" not in rest:
            rest = ["--state", self.state, *rest]
        return [WACONF, command, *rest]

    def start(self, *words, **more):
        return subprocess.Popen(self.arguments(words), env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                cwd=self.dir, **more)

    def run(self, *words, **more):
        process = self.start(*words, **more)
        try:
            out, err = process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError("%s did not end\n%s\n%s" % (" ".join(words), out.decode(), err.decode()))
        return self.judge(process, out, err, words)

    def judge(self, process, out, err, words):
        """Nothing that a run prints or keeps may hold a secret; no run may crash or trip a sanitizer."""
        result = Result(process.returncode, out.decode(), err.decode(), words)
        found = leaks(out) + leaks(err)
        for path in self.kept():
            found += ["%s in %s" % (name, path.name) for name in leaks(path.read_bytes())]
        assert not found, "secrets leaked: %s\n%s" % (found, result)
        assert b"Sanitizer" not in err and b"runtime error" not in err, str(result)
        assert process.returncode >= 0 or process.returncode == -signal.SIGKILL, str(result)
        return result

    def kept(self):
        state = pathlib.Path(self.state)
        return [p for p in state.rglob("*") if p.is_file() and p.name != "key"] if state.is_dir() else []


def until(condition, what="it"):
    """Waits for a condition with a deadline; returns what it gave."""
    end = time.monotonic() + DEADLINE
    while True:
        got = condition()
        if got:
            return got
        assert time.monotonic() < end, "%s did not happen" % what
        time.sleep(0.002)
