# SPDX-License-Identifier: GPL-2.0-or-later
"""Nothing secret reaches a log, a file, a page or a message. Every secret field holds a canary; every command runs; then everything that
was written anywhere is searched for canaries in every form (search.py; test_search.py shows that the search finds them)."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import unittest

ROOT = pathlib.Path(os.environ["ROOT"])
sys.path[:0] = [str(ROOT / "tests" / "sandbox")]

from box import Box                                        # noqa: E402
from case import APPLY, FORMS, Case                        # noqa: E402
from mirror import CREDENTIALS                             # noqa: E402
from place import WACONF                                   # noqa: E402
from search import MARK, canary                            # noqa: E402


def rows():
    return json.loads(subprocess.run([WACONF, "providers", "-o", "json"], capture_output=True, check=True).stdout)["providers"]


def secret_fields():
    return {f"{kind['kind']}{field['path']}" for p in rows() for kind in p["kinds"] for field in kind["fields"] if "secret" in field["flags"]}


def commands():
    text = subprocess.run([WACONF, "help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  ([a-z]+)\b", text.split("Commands:")[1].split("\n\n")[0], re.M))


class EveryCommand(Case):
    def test_fields(self):
        """A secret field that a provider gets later must get a canary here."""
        self.assertEqual(self.place("http://127.0.0.1:1").fields, secret_fields())

    def test_sandbox_run(self):
        box = Box(WACONF_SANDBOX_RAW="1")
        self.addCleanup(box.stop)
        place = self.place(box.url)
        seen = set()

        def run(*words, **more):
            seen.add(words[0])
            return place.run(*words, **more)

        tree, trusted = place.tree, place.trusted
        for form in FORMS:
            files = ["--output-file", f"json={place.out}/{form}.json", "--output-file", f"markdown={place.out}/{form}.md"]
            run("validate", tree, "-o", form, "-v", "--output-file", f"json={place.out}/valid-{form}.json", want=64 if form == "markdown" else 0)
            run("plan", tree, *trusted, "-o", form, "-v", *files, "--trace", f"http={place.out}/plan-{form}.trace", want=0)
            run("plan", tree, *trusted, "-o", form, "--offline", want=0)
        run("diff", tree, *trusted, "--trace", "http", want=0)
        run("plan", tree, *trusted, "--check-guards", want=4)
        run("plan", tree, *trusted, "--detailed-exitcode", "--color", "always", want=2)
        run("plan", tree, want=4)                                      # nobody trusts the origin
        run("plan", tree, *place.trusted[:2], want=4)                  # nor the files and programs
        run("state", "init", want=0)
        run("apply", tree, *trusted, want=(4, 64))                     # not asked, not allowed
        run("apply", tree, *trusted, "--yes", "-v", "--trace", "http", want=(3, 4))
        for form in FORMS:
            run("apply", tree, *trusted, *APPLY, "-o", form, "-v", "--rewrite", "--trace", f"http={place.out}/apply-{form}.trace", want=0)
        run("apply", tree, *trusted, *APPLY, "--adopt", want=0)
        self.assertIn(b"0 to create, 0 to update", run("plan", tree, *trusted, "--detailed-exitcode", want=0).stdout)
        for name in list(place.environment):                           # every secret changes: fingerprints are shown
            place.environment[name] += "changed"
        for form in FORMS:
            run("plan", tree, *trusted, "-o", form, want=0)
        for form in FORMS:
            for words in (["status"], ["history"], ["history", "pingone/WhatsAppDeliverySettings/basic"], ["state", "show"], ["providers"], ["explain"],
                          ["version"]):
                run(*words, "-o", form, "-v", want=(0, 64) if form == "markdown" else 0)
        seen.add("watch")
        for form, event in (("text", " {}: "), ("logfmt", "event={} "), ("json", '"event":"{}"')):
            code, said = place.daemon("watch", tree, *trusted, "--allow", "reach", "--log", form, "-v", "--trace", f"http={place.out}/watch-{form}.trace",
                                      until=event.format("pass"), ask=[(signal.SIGUSR1, event.format("status"))])
            self.assertEqual(code, 0, said)
            self.assertIn(event.format("applied" if form == "text" else "pass"), said)      # the first one writes the secrets that changed
        run("freeze", "kapso/*", "--reason", "a test", "--until", "2099-01-01T00:00:00Z", want=0)
        run("apply", tree, *trusted, *APPLY, "--rewrite", "-o", "json", want=4)
        run("thaw", "kapso/*", want=0)
        run("resolve", "webexconnect/Message/hello-key", "--sent")
        run("state", "forget", "kapso/WhatsAppConfig/desk", "-v")
        run("schema", want=0)
        for shell in ("bash", "zsh", "fish"):
            run("completion", shell, want=0)
        run("help", "plan", want=0)
        run("sandbox", "--listen", "nowhere")
        self.assertEqual(commands() - seen, set(), "a command that this test does not run")

        raw = box.log(raw=True)
        text = json.dumps(raw)
        self.assertIn(MARK, text, "the sandbox got no canary, so the test is worth nothing")
        before = len(place.search.known)
        for entry in raw:
            for name, value in entry["headers"].items():
                for part in [value] + value.split(" ")[1:] if name.lower() in CREDENTIALS else []:
                    if len(part) >= 8:
                        place.search.add(part)
        self.assertGreaterEqual(len(place.search.known) - before, 8, "tokens and headers that were made on the way")
        (place.out / "sandbox.log").write_text(json.dumps(box.log()))
        place.check(self, 60)

    def test_every_source(self):
        """Each secret from each of env, file, cred and exec."""
        for shift in range(4):
            mirror = self.mirror()
            place = self.place(mirror.url, shift=shift)
            place.run("state", "init", env={"WACONF_KEY": canary(91)}, want=0)
            for words in (["plan", "-o", "json"], ["apply", *APPLY, "-v"], ["apply", *APPLY, "--rewrite", "-o", "json"]):
                place.run(*words, place.tree, *place.trusted, "--trace", f"http={place.out}/{words[0]}-{len(words)}.trace",
                          env={"WACONF_KEY": canary(91)}, want=0)
            place.run("status", env={"WACONF_KEY": canary(92)})
            place.run("apply", *APPLY, place.tree, *place.trusted, env={"WACONF_KEY": canary(92)})
            place.run("apply", *APPLY, place.tree, *place.trusted, env={"WACONF_KEY": MARK}, want=(1, 64, 65))
            arrived = " ".join(s for r in mirror.seen for s in r.secrets())
            for number, (field, text) in place.secrets.items():
                if field != "webexconnect/Account/jwt/service_secret":         # it signs and is not sent
                    self.assertIn(text, arrived, f"{field} did not arrive")
            self.derived(place, mirror)
            place.check(self, 8)

    def test_terminal(self):
        mirror = self.mirror()
        place = self.place(mirror.url)
        place.run("state", "init", want=0)
        trusted = place.trusted
        code, shown = place.terminal("plan", place.tree, *trusted, "-v", "--trace", "http")
        self.assertEqual(code, 0, shown)
        self.assertIn(b"\x1b[", shown)
        code, shown = place.terminal("apply", place.tree, *trusted, "--allow", "reach", "--allow", "send", "-v", answer=b"yes\n")
        self.assertEqual(code, 0, shown)
        code, shown = place.terminal("apply", place.tree, *trusted, "--allow", "reach", "--rewrite", answer=b"no\n")
        self.derived(place, mirror)
        place.check(self, 6)


class Processes(Case):
    def test_children(self):
        """What a program that is asked for a secret can see: neither the others' secrets nor our command line's."""
        mirror = self.mirror()
        place = self.place(mirror.url)
        place.run("plan", place.tree, *place.trusted, want=0)
        children = list((place.root / "children").iterdir())
        programs = sum(1 for n in place.secrets if (n + place.shift) % 4 == 3)
        self.assertEqual(len(children), programs)
        for child in children:
            text = child.read_text()
            self.assertIn("PATH=", text)
            self.assertNotRegex(text, r"(?m)^S\d+=|CREDENTIALS_DIRECTORY|WACONF")
            self.assertRegex(text, r"Max core file size +0 ", "a crash would write memory to a file")
        place.check(self, 3)

    def test_memory_is_not_dumped(self):
        """While secrets are held, others of the same user cannot look into the process and a crash leaves nothing."""
        mirror = self.mirror()
        place = self.place(mirror.url, group="kaleyra")
        found = {}

        def answer(request):
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    if os.readlink(f"/proc/{pid}/exe") == os.path.realpath(WACONF) and os.getppid() != int(pid) and \
                            str(place.root) in pathlib.Path(f"/proc/{pid}/environ").read_text():
                        found["limits"] = pathlib.Path(f"/proc/{pid}/limits").read_text()
                        found["cmdline"] = pathlib.Path(f"/proc/{pid}/cmdline").read_text()
                except OSError:
                    continue

        mirror.answer = answer
        place.run("state", "init", want=0)
        place.run("apply", place.tree, *place.trusted, *APPLY, want=0)
        if found:                          # not to be seen at all is well, too
            self.assertRegex(found["limits"], r"Max core file size +0 ")
            self.assertNotIn(MARK, found["cmdline"])
        place.check(self)


if __name__ == "__main__":
    unittest.main()
