# SPDX-License-Identifier: GPL-2.0-or-later
"""The search itself: a canary test that cannot find a canary would always pass."""
import base64
import html
import json
import os
import pathlib
import sqlite3
import tempfile
import unittest
import urllib.parse

from search import MARK, Search, canary, told

SECRET = canary(7, "ü✓")

FORMS = {
    "raw": lambda s: s,
    "json": json.dumps,
    "json, utf-8": lambda s: json.dumps(s, ensure_ascii=False),
    "json in json": lambda s: json.dumps(json.dumps(s)),
    "percent": lambda s: urllib.parse.quote(s, safe=""),
    "form": urllib.parse.quote_plus,
    "html": html.escape,
    "all percent": lambda s: "".join(f"%{b:02X}" for b in s.encode()),
    "all \\u": lambda s: "".join(f"\\u{ord(c):04x}" for c in s),
    "hex": lambda s: s.encode().hex(),
    "HEX": lambda s: s.encode().hex().upper(),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 after 1": lambda s: base64.b64encode(b"x" + s.encode()).decode(),
    "base64 after 2": lambda s: base64.b64encode(b"x:" + s.encode()).decode(),
    "base64url": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "base64 of json": lambda s: base64.b64encode(json.dumps({"a": s}).encode()).decode(),
    "base64 of base64": lambda s: base64.b64encode(base64.b64encode(s.encode())).decode(),
    "hex of base64": lambda s: base64.b64encode(b"u:" + s.encode()).hex(),
    "base64 of hex": lambda s: base64.b64encode(s.encode().hex().encode()).decode(),
    "first half": lambda s: s[:len(s) // 2],
    "second half": lambda s: s[len(s) // 2:],
}


class Finds(unittest.TestCase):
    def test_every_form(self):
        search = Search()
        for name, form in FORMS.items():
            for before in ("", "a", "ab", "abc"):
                data = f"{before}{form(SECRET)} and so on".encode()
                self.assertTrue(search.text(data, name), (name, data))

    def test_other_texts(self):
        token = "eyJhbGciOiJIUzI1NiJ9.4f1c.-_x9"
        search = Search(token)
        for name in ("raw", "json", "hex", "base64", "base64 after 1", "base64 after 2", "all percent"):
            self.assertTrue(search.text(f"..{FORMS[name](token)}..".encode(), name), name)

    def test_nothing_where_nothing_is(self):
        search = Search("another-secret")
        clean = b"(secret) " + base64.b64encode(os.urandom(30000)) + os.urandom(30000).hex().encode()
        self.assertEqual(search.text(clean, "noise"), [])

    def test_too_short(self):
        with self.assertRaises(ValueError):
            Search("abc")

    def test_files(self):
        with tempfile.TemporaryDirectory() as place:
            root = pathlib.Path(place)
            (root / "deep" / "er").mkdir(parents=True)
            (root / "deep" / "er" / "trace.log").write_text(f"api-key: {SECRET}\n")
            (root / "clean").write_text("(secret)")
            (root / MARK).write_text("")
            (root / "link").symlink_to(f"/nowhere/{MARK}")
            base = sqlite3.connect(root / "state.db")
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("CREATE TABLE t (a TEXT) STRICT")
            base.execute("INSERT INTO t VALUES (?)", [SECRET])
            base.commit()
            found, files = Search().tree(place)
            base.close()
        places = told(found)
        for name in ("trace.log", "the name of", "the link", "state.db"):
            self.assertIn(name, places)
        self.assertNotIn("clean:", places)
        self.assertGreaterEqual(files, 4)


if __name__ == "__main__":
    unittest.main()
