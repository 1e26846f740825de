# SPDX-License-Identifier: GPL-2.0-or-later
"""The README tells the truth: its ```console blocks are typed, in order, into one shell, and must give what it prints.

    tests/examples/test_readme.py --write      puts what the program prints now into README.md

Ports, dates, ids, the user and the directory may differ; everything else counts."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("ROOT") or pathlib.Path(__file__).resolve().parents[2])
WACONF = os.path.abspath(os.environ.get("WACONF") or ROOT / "build" / "waconf")
README = ROOT / "README.md"
LISTEN = "127.0.0.1:18080"             # what the README says; the test takes a free port instead
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
TABLE = re.compile(r"(?<=<!-- providers -->\n).*?(?=<!-- end of providers -->)", re.S)
END = "::end of command::"


class Shell:
    """A bash into which lines are typed; answers what each printed, both streams together."""

    def __init__(self, work):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WACONF") and k != "NO_COLOR"}
        # A session of its own: nothing that is typed can end the test's process group.
        self.bash = subprocess.Popen(["bash", "--norc", "--noprofile"], cwd=work, env=environment, stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.address = None

    def lines(self, stop):
        for line in self.bash.stdout:
            yield line
            if stop(line):
                return
        raise AssertionError("the shell ended")

    def type(self, command):
        if command.startswith("waconf sandbox"):
            self.bash.stdin.write(command.replace(LISTEN, "127.0.0.1:0") + "\n")
            self.bash.stdin.flush()
            (line,) = self.lines(lambda _: True)
            self.address = line.strip().removeprefix("http://")
            return line.replace(self.address, LISTEN)
        here = command.replace(LISTEN, self.address) if self.address else command
        self.bash.stdin.write("{ %s\n} </dev/null; echo '%s'\n" % (here, END))
        self.bash.stdin.flush()
        got = "".join(self.lines(lambda line: line.endswith(END + "\n"))).removesuffix(END + "\n")
        return got.replace(self.address, LISTEN) if self.address else got

    def close(self):
        self.bash.stdin.write("kill $(jobs -p) 2>/dev/null\nwait\nexit\n")
        self.bash.stdin.close()
        self.bash.stdout.read()
        self.bash.wait(timeout=20)
        self.bash.stdout.close()


def type_all(text):
    """The README's console blocks with what the program prints now."""
    work = pathlib.Path(tempfile.mkdtemp())
    try:
        shutil.copytree(ROOT / "examples", work / "examples")
        (work / "build").mkdir()
        (work / "build" / "waconf").symlink_to(WACONF)
        shell = Shell(work)
        try:
            def answer(block):
                out = []
                for line in block[1].splitlines():
                    if line.startswith("$ "):
                        got = shell.type(line[2:]).replace(str(work), "/home/you/waconf")
                        out.append(line + "\n" + re.sub(r" by \S+ at ", " by you at ", got))
                return "```console\n" + "".join(out) + "```"
            return CONSOLE.sub(answer, text)
        finally:
            shell.close()
    finally:
        shutil.rmtree(work)


def plain(text):
    """What may differ between two machines, replaced by a word."""
    for pattern, word in ((r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"), (r"\d{4}-\d\d-\d\d", "DATE"),
                          (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
                          (r"\(secret [0-9a-f]{8}\)", "(secret PRINT)")):
        text = re.sub(pattern, word, text)
    return text


def providers():
    return subprocess.run([WACONF, "providers", "-o", "markdown"], capture_output=True, text=True, check=True).stdout


class Readme(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.text = README.read_text()

    def test_transcript(self):
        found = CONSOLE.findall(self.text)
        self.assertGreater(len(found), 3)
        now = CONSOLE.findall(type_all(self.text))
        for was, is_now in zip(found, now):
            self.assertEqual(plain(was), plain(is_now))

    def test_providers(self):
        self.assertEqual(TABLE.search(self.text)[0].strip(), providers().strip())

    def test_commands_and_options_exist(self):
        """Each waconf command in a ```sh block, or inline, is one that the program takes."""
        commands = re.findall(r"^waconf (.+)$", "\n".join(re.findall(r"^```sh\n(.*?)^```$", self.text, re.M | re.S)), re.M)
        commands += re.findall(r"`waconf ([a-z][^`]*)`", self.text)
        self.assertGreater(len(commands), 10)
        for command in commands:
            words = command.split("#")[0].split()
            shown = subprocess.run([WACONF, "help", words[0]], capture_output=True, text=True, check=False)
            self.assertEqual(shown.returncode, 0, command)
            for option in re.findall(r"(?<!\S)--[a-z-]+|(?<!\S)-[a-z]\b", command):
                self.assertRegex(shown.stdout, r"(?m)^ .*%s\b" % re.escape(option), command)

    def test_not_in_this_version(self):
        section = self.text.split("## Not in this version")[1].split("\n## ")[0]
        named = re.findall(r"`([a-z][a-z -]*?(?:--[a-z]+)?)`", section)
        self.assertGreater(len(named), 5)
        for words in named:
            done = subprocess.run([WACONF, *words.split()], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
            self.assertEqual(done.returncode, 64, words)
            self.assertIn("not in this version", done.stderr, words)

    def test_paths_exist(self):
        for path in re.findall(r"`((?:agent|examples|packaging|schemas|tests)/[\w./-]*)`", self.text):
            with self.subTest(path):
                if "NAME" not in path:
                    self.assertTrue((ROOT / path).exists(), path)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        fresh = type_all(README.read_text())
        README.write_text(TABLE.sub(lambda _: providers(), fresh))
    else:
        unittest.main()
