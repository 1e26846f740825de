# SPDX-License-Identifier: GPL-2.0-or-later
"""One place per test: a home, a repository, a state; waconf run with --git."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from repository import Repository, clean_environment

WACONF = os.environ.get("WACONF", "build/waconf")
DEADLINE = 60


class Result:
    def __init__(self, words, done):
        self.words, self.code = words, done.returncode
        self.out, self.err = done.stdout.decode("utf-8", "surrogateescape"), done.stderr.decode("utf-8", "surrogateescape")

    def __str__(self):
        return "%s: exit %d\n--- out\n%s\n--- err\n%s" % (" ".join(self.words), self.code, self.out, self.err)


class Case(unittest.TestCase):
    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="git-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.home, self.tmp = self.dir / "home", self.dir / "tmp"
        self.home.mkdir()
        self.tmp.mkdir()
        self.state = self.dir / "state"
        self.env = clean_environment(self.home)
        self.env["TMPDIR"] = str(self.tmp)
        self.repository = Repository(self.dir / "repository", self.env)
        self.remote = "file://%s" % self.repository.path

    def run_waconf(self, command, *words, env=None, cwd=None):
        words = [str(w) for w in words]
        if command in ("plan", "apply", "history", "status") and "--state" not in words:
            words += ["--state", str(self.state)]
        argv = [WACONF, command, *words]
        done = subprocess.run(argv, env={**self.env, **(env or {})}, cwd=cwd or self.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=DEADLINE)
        got = Result(argv, done)
        self.assertNotIn("Sanitizer", got.err)
        self.assertNotIn("runtime error", got.err)
        self.assertEqual([p.name for p in self.tmp.iterdir() if p.name.startswith("waconf")], [], "a temporary directory was left behind")
        self.assertNotIn("\x1b", got.out + got.err, "text of the repository reached the terminal as it was")
        return got

    def validate(self, *words, code=0, pin=("--branch", "main"), **more):
        got = self.run_waconf("validate", "--git", self.remote, *pin, *words, **more)
        self.assertEqual(got.code, code, str(got))
        return got

    def refused(self, finding, *words, code=4, pin=("--branch", "main")):
        got = self.validate(*words, code=code, pin=pin)
        self.assertIn("[%s]" % finding, got.err, str(got))
        return got
