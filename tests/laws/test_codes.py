# SPDX-License-Identifier: GPL-2.0-or-later
"""Every diagnostic code that the program can show is explained, and has one meaning."""
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WACONF = os.environ.get("WACONF", "build/waconf")
# Codes of the providers look alike; these folders are theirs.
FOREIGN = ("sandbox", "provider")


class Codes(unittest.TestCase):
    def test_every_code_is_explained(self):
        used = set()
        for path in (ROOT / "agent").rglob("*.c"):
            if path.parent.name not in FOREIGN and path.name != "codes.c":
                used |= set(re.findall(r'"([EW][0-9]{3})"', path.read_text()))
        self.assertGreater(len(used), 50)
        unknown = [code for code in sorted(used) if subprocess.run([WACONF, "explain", code], capture_output=True).returncode]
        self.assertEqual(unknown, [])

    def test_sorted_and_once(self):
        table = re.findall(r'^    \{ "([EW][0-9]{3})"', (ROOT / "agent/model/codes.c").read_text(), re.M)
        self.assertEqual(table, sorted(set(table)))


if __name__ == "__main__":
    unittest.main()
