# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples that people copy: each is valid, plans without a network, and converges on the sandbox."""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("ROOT") or pathlib.Path(__file__).resolve().parents[2])
sys.path.insert(0, str(ROOT / "tests" / "sandbox"))
from box import Box, WACONF  # noqa: E402

EXAMPLES = ROOT / "examples"
PROVIDERS = ["kaleyra", "kapso", "pingone", "voltmx", "webexconnect"]
TREES = PROVIDERS + ["demo", "hotel-chain"]
LIMIT = 60
# What is written in the examples, and where the sandbox answers instead.
ADDRESSES = {
    "base_url: https://api.in.kaleyra.io": "base_url: {url}/kaleyra",
    "base_url: https://app.kapso.ai/api/v1": "base_url: {url}/kapso",
    "base_url: https://engagement.hotel.example:8443": "base_url: {url}/voltmx",
    "base_url: https://api.us.webexconnect.io": "base_url: {url}/webexconnect",
    "region: eu": "api_url: {url}/pingone\n  auth_url: {url}/pingone-auth",
}


def secrets():
    """The made-up keys of the demo."""
    text = (EXAMPLES / "demo" / "secrets.sh").read_text()
    return dict(re.findall(r"^export (\w+)=(\S+)$", text, re.M))


def documents(tree):
    return sorted(tree.rglob("*.yaml"))


class Case(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.work)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("WACONF")}

    def waconf(self, *arguments, code=0, environment=None):
        done = subprocess.run([WACONF, *map(str, arguments)], env=environment or self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=LIMIT, cwd=ROOT, check=False)
        self.assertEqual(done.returncode, code, "%s\n%s%s" % (arguments, done.stdout, done.stderr))
        return done.stdout

    def plan(self, *arguments, **more):
        return json.loads(self.waconf("plan", "--state", self.work / "state", "-o", "json", *arguments, **more))


class Offline(Case):
    def test_all_folders_are_tested(self):
        self.assertEqual(sorted(p.name for p in EXAMPLES.iterdir() if p.is_dir()), sorted(TREES + ["trust"]))

    def test_each_is_valid_without_a_finding(self):
        for name in TREES:
            with self.subTest(name):
                findings = json.loads(self.waconf("validate", "-o", "json", EXAMPLES / name))
                self.assertEqual(findings["diagnostics"], [])

    def test_each_plans_offline_without_a_secret(self):
        for name in TREES:
            with self.subTest(name):
                plan = self.plan("--offline", EXAMPLES / name)
                self.assertTrue(plan["complete"])
                self.assertEqual(plan["summary"]["requests_read"], 0)
                self.assertGreater(plan["summary"]["requests_write"], 0)
                self.assertFalse((self.work / "state").exists(), "a plan makes no state")

    def test_first_line_names_a_schema_that_is_there(self):
        for path in documents(EXAMPLES):
            with self.subTest(str(path.relative_to(ROOT))):
                lines = path.read_text().splitlines()
                found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", lines[0])
                self.assertTrue(found, lines[0])
                schema = (path.parent / found[1]).resolve()
                self.assertEqual(schema.parent, ROOT / "schemas")
                self.assertTrue(schema.is_file(), schema)

    def test_secrets_are_references(self):
        """No literal where a key belongs; the made-up keys stand in one file only."""
        for path in documents(EXAMPLES):
            for value in secrets().values():
                self.assertNotIn(value, path.read_text(), path)

    def test_the_chain_has_25_numbers(self):
        text = "".join(p.read_text() for p in documents(EXAMPLES / "hotel-chain"))
        numbers = re.findall(r"^ *-? *(?:wa_number|phone_number_id|number|numberId|From): (.+)$", text, re.M)
        self.assertEqual(len(numbers), 25)
        self.assertEqual(len(set(numbers)), 25)

    def test_defaults_fill_and_the_nearest_wins(self):
        plan = self.plan("--offline", EXAMPLES / "hotel-chain", "-t", "*/palm-goa-*")
        fields = {c["address"].split("/")[-1]: {f["path"]: f.get("after") for f in c["fields"]} for c in plan["changes"]}
        self.assertEqual(fields["palm-goa-desk"]["/incoming_url"], "https://hooks.hotel.example/goa/palm-goa-desk")
        self.assertEqual(fields["palm-goa-desk"]["/website"], "https://palm.hotel.example/goa")
        self.assertEqual(fields["palm-goa-desk"]["/contact_email"], "stay@hotel.example")
        self.assertEqual(fields["palm-goa-diving"]["/about"], "Boats leave at 8 and 14")

    def test_untrusted_host_is_refused_before_any_secret(self):
        """Volt MX is the operator's own host; its password is not even looked for."""
        out = self.plan(EXAMPLES / "voltmx", code=4)
        self.assertEqual({d["code"] for d in out["diagnostics"]}, {"E482"})
        trusted = self.plan("--trust", EXAMPLES / "trust" / "trust.yaml", EXAMPLES / "voltmx", code=65)
        self.assertEqual({d["code"] for d in trusted["diagnostics"]}, {"E462"})      # trusted; now the keys are missed


class OnTheSandbox(Case):
    @classmethod
    def setUpClass(cls):
        cls.box = Box()

    @classmethod
    def tearDownClass(cls):
        code, errors = cls.box.stop()
        assert code == 0, (code, errors)

    def setUp(self):
        super().setUp()
        self.box.state({})
        self.environment.update(secrets())

    def copy(self, name):
        """The example with the sandbox's addresses in place of the real ones, and nothing else changed."""
        tree = self.work / name
        shutil.copytree(EXAMPLES / name, tree)
        for path in documents(tree):
            text = path.read_text()
            for real, here in ADDRESSES.items():
                text = text.replace(real, here.format(url=self.box.url))
            path.write_text(text)
        return tree

    def converge(self, name):
        options = [self.copy(name), "--allow-origin", self.box.url, "--var", "sandbox=" + self.box.url]
        first = self.plan(*options, "--detailed-exitcode", code=2)
        self.assertTrue(first["complete"])
        self.waconf("state", "init", "--state", self.work / "state")
        applied = json.loads(self.waconf("apply", "--state", self.work / "state", "-o", "json", "--yes", "--allow", "reach",
                                         "--allow", "send", *options))
        for change in applied["changes"]:
            self.assertIn(change["outcome"], ("applied", "skipped", "unchanged"), change)
        self.assertEqual(applied["summary"]["failed"], 0)
        second = self.plan(*options, "--detailed-exitcode")
        self.assertEqual({c["action"] for c in second["changes"]}, {"none"})
        self.assertEqual(second["summary"]["requests_write"], 0)
        return first, applied

    def test_each_converges(self):
        for name in TREES:
            with self.subTest(name):
                self.box.state({})
                shutil.rmtree(self.work / "state", ignore_errors=True)
                self.converge(name)

    def test_no_example_reaches_a_real_provider(self):
        """The copy names only the sandbox: that the replacements still fit the examples."""
        for name in TREES:
            for path in documents(self.copy(name)):
                for line in path.read_text().splitlines():
                    if re.match(r" +(base_url|api_url|auth_url|region):", line):
                        self.assertIn("{var:sandbox}" if name == "demo" else "127.0.0.1", line, path)

    def test_the_chain_stores_what_it_says(self):
        self.converge("hotel-chain")
        numbers = self.box.state()["kaleyra"]["accounts"]["HX0000000000IN"]["numbers"]
        self.assertEqual(len(numbers), 17)          # 18, one of them suspended
        self.assertEqual(numbers["+919000000101"]["website"], "https://lotus.hotel.example")

    def test_adopt_sends_nothing_and_is_remembered(self):
        """The README's second way to begin with Kaleyra."""
        options = [self.copy("kaleyra"), "--allow-origin", self.box.url, "--state", self.work / "state"]
        self.assertEqual(self.box.ask("DELETE", "/_sandbox/requests").status, 204)
        self.assertIn("would be taken as applied", self.waconf("plan", "--adopt", *options))
        self.assertIn("10 fields taken as applied, without sending (--adopt).", self.waconf("apply", "--yes", "--adopt", *options))
        self.assertNotIn("--adopt", self.waconf("plan", "--detailed-exitcode", *options))
        self.assertEqual(self.box.log(), [])

    def test_a_rename_in_the_chain_changes_nothing(self):
        """movedFrom: what was applied under the earlier name is known under the new one."""
        tree, state = self.copy("hotel-chain"), self.work / "state"
        path = tree / "lotus" / "pune" / "numbers.yaml"
        new = path.read_text()
        moved = re.search(r"^  movedFrom: (\S+).*\n", new, re.M)
        options = [tree, "--allow-origin", self.box.url, "-t", "kaleyra/*", "--state", state]
        old = new.replace(moved[0], "").replace("name: lotus-pune-desk", "name: " + moved[1])
        # The earlier name stands in incoming_url as well, so it is held still.
        held = '  incoming_url: https://hooks.hotel.example/pune/desk\n  address: 1 Station Road, Pune 411001'
        path.write_text(old.replace("  address: 1 Station Road, Pune 411001", held, 1))
        self.waconf("apply", "--yes", "--allow", "reach", *options)
        path.write_text(new.replace("  address: 1 Station Road, Pune 411001", held, 1))
        self.waconf("plan", "--detailed-exitcode", *options)


class Demo(Case):
    def test_it_runs_twice_side_by_side_and_leaves_nothing(self):
        self.environment.update(TMPDIR=str(self.work), WACONF_OUTPUT="json")
        both = [subprocess.Popen(["sh", str(ROOT / "tests" / "demo.sh"), WACONF], env=self.environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
        for one in both:
            text, _ = one.communicate(timeout=LIMIT)
            self.assertEqual(one.returncode, 0, text)
            self.assertIn("$ waconf plan demo", text)
            self.assertIn('"Open 9-17" -> "Open 24/7"', text)
            self.assertIn("Applied: 3 created, 1 updated, 0 deleted, 1 sent, 0 unchanged.", text)
            self.assertEqual(text.count("No changes."), 2)
        self.assertEqual(list(self.work.iterdir()), [])

    def test_a_reader_that_goes_away_leaves_nothing(self):
        """`make demo | head`: the sandbox ends and the directory goes."""
        self.environment.update(TMPDIR=str(self.work))
        with subprocess.Popen(["sh", str(ROOT / "tests" / "demo.sh"), WACONF], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as one:
            address = next(line for line in one.stdout if line.startswith("http://")).strip().removeprefix("http://")
            one.stdout.close()
            self.assertNotEqual(one.wait(LIMIT), 0)
        self.assertEqual(list(self.work.iterdir()), [])
        host, port = address.split(":")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((host, int(port)), timeout=LIMIT).close()

    def test_it_stops_when_a_command_does_other_than_shown(self):
        bad = self.work / "waconf"
        bad.write_text('#!/bin/sh\nif test "$1" = validate; then exit 65; fi\nexec "%s" "$@"\n' % os.path.abspath(WACONF))
        bad.chmod(0o755)
        done = subprocess.run(["sh", str(ROOT / "tests" / "demo.sh"), str(bad)], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=LIMIT, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("should have been exit code 0", done.stderr)


if __name__ == "__main__":
    unittest.main()
