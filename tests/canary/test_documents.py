# SPDX-License-Identifier: GPL-2.0-or-later
"""Literal secrets in documents: every way of writing one wrong is a finding that shows its place and not the secret. Then what is wrong with the
places where secrets come from."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from case import APPLY, Case
from place import WACONF
from search import MARK, Search, canary, told

TEXT = canary(95).replace("'", "")
QUOTED = f"'{TEXT}'"
HEAD = "apiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: one }\nspec:\n  base_url: https://api.in.kaleyra.io\n  sid: HX1\n"
RIGHT = "  api_key: { from: 'env:A' }\n"
CONFIG = "apiVersion: voltmx/v1\nkind: WhatsAppConfig\nmetadata: { name: a }\nspec:\n  account: one\n  properties:\n"
SERVER = "apiVersion: voltmx/v1\nkind: Account\nmetadata: { name: a }\nspec:\n  base_url: https://x.example\n  auth:\n"

DOCUMENTS = {
    "plain": HEAD + f"  api_key: {MARK}\n",
    "quoted": HEAD + f"  api_key: {QUOTED}\n",
    "list": HEAD + f"  api_key: [{QUOTED}]\n",
    "map": HEAD + f"  api_key: {{ value: {QUOTED} }}\n",
    "from without scheme": HEAD + f"  api_key: {{ from: {QUOTED} }}\n",
    "from of env": HEAD + f"  api_key: {{ from: 'env:{TEXT}' }}\n",
    "from of cred": HEAD + f"  api_key: {{ from: 'cred:{TEXT}' }}\n",
    "from of no scheme": HEAD + f"  api_key: {{ from: 'sk_live:{MARK}' }}\n",
    "from and more": HEAD + f"  api_key: {{ from: 'env:A', default: {QUOTED} }}\n",
    "format": HEAD + f"  api_key: {{ format: {QUOTED} }}\n",
    "misspelled": HEAD + f"  apikey: {QUOTED}\n",
    "misspelled 2": HEAD + f"  api_kye: {QUOTED}\n",
    "of another provider": HEAD + f"  client_secret: {QUOTED}\n",
    "a usual name": HEAD + f"  token: {QUOTED}\n",
    "a usual name beside": HEAD + f"  key: {QUOTED}\n",
    "twice": HEAD + RIGHT + f"  api_key: {QUOTED}\n",
    "quote open": HEAD + f"  api_key: \"{MARK}\n",
    "tab": HEAD + f"\tapi_key: {QUOTED}\n",
    "indented": HEAD + f"   api_key: {QUOTED}\n",
    "colon": HEAD + f"  api_key: {QUOTED}: x: y\n",
    "alias": HEAD + f"  api_key: *a{QUOTED}\n",
    "flow": HEAD + f"  api_key: [ {QUOTED} }}\n",
    "brace": HEAD + f"  api_key: {{{QUOTED}\n",
    "percent": HEAD + f"  api_key: %{MARK}\n",
    "at": HEAD + f"  api_key: @{MARK}\n",
    "backtick": HEAD + f"  api_key: `{MARK}\n",
    "escape": HEAD + f"  api_key: \"\\q{MARK}\"\n",
    "binary": HEAD + f"  api_key: !!binary {QUOTED}\n",
    "tag": HEAD + f"  api_key: !secret {QUOTED}\n",
    "block": HEAD + f"  api_key: |\n    {TEXT}\n",
    "block broken": HEAD + f"  api_key: |\n    {TEXT}\n   x\n",
    "control": HEAD + f"  api_key: 'a\x07{MARK}\n",
    "no UTF-8": HEAD + f"  api_key: 'a\udcff{MARK}\n",
    "NUL": HEAD + f"  api_key: 'a\0{MARK}\n",
    "user in URL": HEAD.replace("https://api", f"https://user:{MARK}@api") + RIGHT,
    "no document": f"api_key: {QUOTED}\n" + HEAD + RIGHT,
    "metadata": HEAD.replace("name: one", f"name: one, api_key: {QUOTED}") + RIGHT,
    "beside a finding": HEAD + f"  api_key: {QUOTED}\n  bogus: 1\n",
    "one line": HEAD.split("spec:", maxsplit=1)[0] + f"spec: {{ base_url: nonsense, sid: HX1, api_key: {QUOTED}, bogus: 1 }}\n",
    "one line 2": HEAD.split("spec:", maxsplit=1)[0] + f"spec: {{ bogus: 1, api_key: {QUOTED} }}\n",
    "JSON": '{"apiVersion": "kaleyra/v1", "kind": "Account", "metadata": {"name": "BAD NAME"}, "spec": {"sid": "HX1", "api_key": "' + MARK + '"}}\n',
    "wrong kind": HEAD.replace("Account", "Acount") + f"  api_key: {QUOTED}\n",
    "wrong version": HEAD.replace("kaleyra/v1", "kaleyra/v9") + f"  api_key: {QUOTED}\n",
    "defaults": f"apiVersion: waconf/v1\nkind: Defaults\nspec:\n  match: {{ kind: kapso/WhatsAppConfig }}\n  fields: {{ access_token: {QUOTED} }}\n",
    "pairs": CONFIG + f"    Auth Token: {QUOTED}\n",
    "pairs misspelled": CONFIG + f"    AuthToken: {QUOTED}\n",
    "a group of secrets": SERVER + f"    oauth: {QUOTED}\n",
    "within a group": SERVER + f"    basic: {{ password: {QUOTED}, user: {QUOTED} }}\n",
}


class Documents(unittest.TestCase):
    def test_findings(self):
        search = Search()
        with tempfile.TemporaryDirectory() as place:
            for name, text in DOCUMENTS.items():
                path = pathlib.Path(place, "tree.yaml")
                path.write_bytes(text.encode("utf-8", "surrogateescape"))
                for words in (["validate", "-v"], ["validate", "-o", "json"], ["plan", "--offline", "-o", "markdown"], ["plan", "--color", "always"]):
                    done = subprocess.run([WACONF, *words, str(path), "--state", f"{place}/state"], capture_output=True, check=False)
                    with self.subTest(document=name, words=words[0]):
                        self.assertEqual(done.returncode, 65, done.stderr)
                        self.assertIn(b"E", done.stdout + done.stderr)
                        found = search.text(done.stdout + done.stderr, name)
                        self.assertEqual(found, [], told(found))


class Sources(Case):
    """What is wrong with a place where a secret comes from is told without what it holds."""

    def broken(self, change, want):
        mirror = self.mirror()
        place = self.place(mirror.url)
        place.run("state", "init", want=0)
        change(place)
        for words in (["plan"], ["plan", "-o", "json"], ["apply", *APPLY, "-v", "--trace", "http"]):
            done = place.run(*words, place.tree, *place.trusted, want=want)
        place.check(self, 5)
        return done

    def files(self, place):
        return [p for folder in ("keys", "cred", "exec") for p in (place.inputs / folder).iterdir()]

    def test_line_breaks(self):
        def change(place):
            for path in self.files(place):
                path.write_text(path.read_text() + "second line\r\n\n")
            for name in place.environment:
                place.environment[name] += "\r\nX-Injected: yes"
        self.broken(change, (1, 65))

    def test_too_long(self):
        def change(place):
            for path in self.files(place):
                path.write_text(path.read_text() * 3000)
        self.broken(change, (1, 65))

    def test_control_characters_and_bytes(self):
        def change(place):
            for path in self.files(place):
                path.write_bytes(path.read_bytes().strip() + b"\x00\x07\xff\xfe")
        self.broken(change, (1, 65))

    def test_programs_that_fail(self):
        def change(place):
            with open(place.give, "a", encoding="utf-8") as f:
                f.write('cat "$(dirname "$0")/../exec/$2" >&2; exit 3\n')
        self.broken(change, (1, 65))

    def test_missing(self):
        def change(place):
            for path in self.files(place):
                path.unlink()
            place.environment.clear()
        self.broken(change, (1, 65))

    def test_no_base64(self):
        """A service secret that is not what the console shows."""
        def change(place):
            number = next(n for n, (field, _) in place.secrets.items() if field.endswith("service_secret"))
            for path in (place.inputs / f / f"S{number}" for f in ("keys", "cred", "exec")):
                if path.exists():
                    path.write_text(canary(number))
            if f"S{number}" in place.environment:
                place.environment[f"S{number}"] = canary(number)
        self.broken(change, (0, 1, 3, 65))

    def test_wrong_files(self):
        """A file of secrets where another file is expected."""
        mirror = self.mirror()
        place = self.place(mirror.url, group="kaleyra")
        wrong = place.inputs / "keys" / "wrong"
        wrong.write_text(f"export KEY {TEXT}\n{MARK}\n")
        for words in (["--var-file", wrong], ["--trust", wrong]):
            done = place.run("plan", place.tree, *place.trusted, *words)
            self.assertNotEqual(done.returncode, 0)
        done = place.run("plan", wrong, *place.trusted)
        self.assertNotEqual(done.returncode, 0)
        done = place.run("sandbox", "--seed", wrong)
        self.assertNotEqual(done.returncode, 0)
        place.run("plan", place.tree, env={"WACONF_API_KEY": TEXT})
        place.check(self, 8)

    def test_somebody_else_reads(self):
        """Files that are written with secrets' fingerprints or traces belong to their owner."""
        mirror = self.mirror()
        place = self.place(mirror.url)
        place.run("state", "init", want=0)
        place.run("apply", place.tree, *place.trusted, *APPLY, "--trace", f"http={place.out}/trace", want=0)
        self.assertEqual(os.stat(place.state).st_mode & 0o077, 0)
        for path in place.state.iterdir():
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        self.assertEqual((place.out / "trace").stat().st_mode & 0o077, 0)


if __name__ == "__main__":
    unittest.main()
