# SPDX-License-Identifier: GPL-2.0-or-later
"""Whom a commit must come from, and where it may not go back to: signatures, rewinds, moved tags; a remote that is away; what is recorded."""
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "sandbox"))
from box import Box  # noqa: E402
from case import Case  # noqa: E402
from repository import Keys, Ring  # noqa: E402
from server import Server  # noqa: E402


class Signatures(Case):
    def setUp(self):
        super().setUp()
        self.keys = Keys(self.dir)
        self.listed, self.unlisted = self.dir / "listed", self.dir / "unlisted"
        self.repository.good()

    def ring(self, *words):
        ring = Ring(self.dir, *words)
        self.addCleanup(ring.stop)
        return ring

    def test_ssh(self):
        only = ("--verify-signatures", self.keys.allowed)
        self.repository.commit()
        got = self.refused("E470", *only)
        self.assertIn("is not signed", got.err)
        self.repository.commit(key=self.unlisted)
        self.assertIn("not listed", self.refused("E470", *only).err)
        self.repository.commit(key=self.listed)
        self.assertIn("signed by 'ann@x.example'", self.validate(*only).err)
        self.assertNotIn("signed by", self.validate().err)          # not asked, not claimed
        self.repository.commit()                                    # the head is what counts
        self.refused("E470", *only)

    def test_ssh_broken_signature(self):
        commit = self.repository.commit(key=self.listed)
        raw = subprocess.run(["git", "cat-file", "commit", commit], cwd=self.repository.path, env=self.env, stdout=subprocess.PIPE, check=True).stdout
        forged = self.repository.git("hash-object", "-t", "commit", "-w", "--stdin", data=raw.replace(b"\nchange\n", b"\nother\n"))
        self.repository.git("update-ref", "refs/heads/main", forged)
        self.refused("E470", "--verify-signatures", self.keys.allowed)

    def test_ssh_namespace_and_empty_list(self):
        """A key that is listed for other things is not listed for git; a list of nobody lets nobody pass."""
        self.repository.commit(key=self.listed)
        other = self.dir / "other"
        other.write_text('ann@x.example namespaces="file" ' + (self.dir / "listed.pub").read_text())
        self.refused("E470", "--verify-signatures", other)
        empty = self.dir / "empty"
        empty.write_text("")
        self.refused("E470", "--verify-signatures", empty)
        empty.write_text("garbage \x00\x01 here\n")
        self.refused("E470", "--verify-signatures", empty)

    def test_pgp(self):
        ring, other = self.ring(), self.ring("other", "Eve <eve@x.example>")
        for only in (("--verify-signatures", ring.ring), ("--verify-signatures", ring.binary)):
            self.repository.commit(ring=other)
            self.refused("E470", *only)
            self.repository.commit()
            self.refused("E470", *only)
            self.repository.commit(ring=ring)
            self.assertIn("signed by 'Pat <pat@x.example>'", self.validate(*only).err)

    def test_own_keys_of_the_user_do_not_count(self):
        """gpg would find this key in ~/.gnupg, git the signers in ~/.gitconfig; neither is what the operator named."""
        ring = self.ring()
        (self.home / ".gnupg").symlink_to(ring.home)
        config, text = self.home / ".gitconfig", "[gpg]\n\tprogram = true\n[gpg \"ssh\"]\n\tallowedSignersFile = %s\n\tprogram = true\n" % self.keys.allowed
        self.repository.commit(ring=ring)
        config.write_text(text)
        self.refused("E470", "--verify-signatures", self.keys.allowed)
        other = self.ring("other", "Eve <eve@x.example>")
        self.refused("E470", "--verify-signatures", other.ring)
        config.unlink()
        self.repository.commit(key=self.listed)
        config.write_text(text)
        self.refused("E470", "--verify-signatures", other.ring)

    def test_ring_that_is_none(self):
        self.repository.commit()
        bad = self.dir / "bad.asc"
        bad.write_text("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nnonsense\n-----END PGP PUBLIC KEY BLOCK-----\n")
        got = self.run_waconf("validate", "--git", self.remote, "--branch", "main", "--verify-signatures", bad)
        self.assertIn(got.code, (65, 4), str(got))

    def test_revoked_key(self):
        ring = self.ring()
        self.repository.commit(ring=ring)
        fingerprint = ring.gpg("--list-keys", "--with-colons", ring.user).decode().split("fpr:::::::::")[1].split(":")[0]
        revocation = (ring.home / "openpgp-revocs.d" / (fingerprint + ".rev")).read_text().replace(":-----BEGIN", "-----BEGIN")
        (self.dir / "rev.asc").write_text(revocation)
        ring.gpg("--import", str(self.dir / "rev.asc"))
        ring.ring.write_bytes(ring.gpg("--armor", "--export", ring.user))
        self.assertIn("revoked", self.refused("E470", "--verify-signatures", ring.ring).err)

    def test_tags(self):
        only = ("--verify-signatures", self.keys.allowed)
        pin = ("--tag", "v*")
        self.repository.commit()
        self.repository.tag("v1")                                   # neither tag nor commit is signed
        self.refused("E470", *only, pin=pin)
        self.repository.tag("v2", key=self.unlisted)
        self.refused("E470", *only, pin=pin)
        self.repository.tag("v3", key=self.listed)                  # the tag is
        self.assertIn("'v3', signed by 'ann@x.example'", self.validate(*only, pin=pin).err)
        signed = self.repository.git("rev-parse", "refs/tags/v3")
        self.repository.git("update-ref", "refs/tags/v9", signed)   # what was signed as v3 is not v9
        self.refused("E470", *only, pin=pin)
        self.repository.commit(key=self.listed)
        self.repository.tag("v10")                                  # the commit is
        self.validate(*only, pin=pin)

    def test_pgp_tag(self):
        ring = self.ring()
        self.repository.commit()
        self.repository.tag("v1", ring=ring)
        self.assertIn("signed by 'Pat", self.validate("--verify-signatures", ring.ring, pin=("--tag", "v1")).err)
        self.refused("E470", "--verify-signatures", self.keys.allowed, pin=("--tag", "v1"))


class Applied(Case):
    """With a state, against the sandbox."""

    @classmethod
    def setUpClass(cls):
        cls.box = Box()

    @classmethod
    def tearDownClass(cls):
        cls.box.stop()

    def setUp(self):
        super().setUp()
        self.repository.url = self.box.url
        self.repository.good("First")
        self.first = self.repository.commit("first")

    def run_git(self, command, *words, code=0, pin=("--branch", "main"), remote=None):
        got = self.run_waconf(command, "--git", remote or self.remote, *pin, "--allow-origin", self.box.url, *(["--yes"] if command == "apply" else []),
                              *words, env={"API_KEY": "key"})
        self.assertEqual(got.code, code, str(got))
        return got

    def run_ids(self):
        got = json.loads(self.run_waconf("history", "-o", "json").out)
        return [(r["command"], r["commit"]) for r in got["runs"]]

    def test_plan_leaves_nothing(self):
        got = self.run_git("plan")
        self.assertIn("desk", got.out)
        self.assertFalse(self.state.exists())

    def test_commit_is_recorded(self):
        self.run_git("apply")
        self.assertEqual(self.run_ids(), [("apply", self.first)])
        mirrors = list((self.state / "git").iterdir())
        self.assertEqual(len(mirrors), 1)
        self.assertEqual((self.state / "git").stat().st_mode & 0o777, 0o700)
        self.assertEqual(list(mirrors[0].glob("hooks/*")), [])
        before = sorted((p, p.stat().st_mtime_ns) for p in mirrors[0].rglob("*"))
        self.repository.good("Second")
        self.repository.commit("second")
        self.assertIn("Second", self.run_git("plan").out)
        self.assertEqual(sorted((p, p.stat().st_mtime_ns) for p in mirrors[0].rglob("*")), before)      # a plan borrows, and changes nothing
        self.run_git("apply")
        self.assertEqual(len(self.run_ids()), 2)

    def test_forced_push(self):
        self.repository.good("Second")
        second = self.repository.commit("second")
        self.run_git("apply")
        self.repository.git("reset", "-q", "--hard", self.first)     # backwards
        for command in ("plan", "apply"):
            got = self.run_git(command, code=4)
            self.assertIn("[E471]", got.err)
            self.assertIn(second[:12], got.err)
        self.repository.good("Third")                                # aside
        third = self.repository.commit("third")
        self.assertIn("[E471]", self.run_git("apply", code=4).err)
        self.assertIn("[E471]", self.run_git("apply", "--commit", third, code=4, pin=()).err)
        self.assertEqual([c for _, c in self.run_ids()], [second])
        self.run_git("apply", "--allow-rewind")
        self.assertEqual([c for _, c in self.run_ids()], [third, second])
        flags = json.loads(self.run_waconf("history", "-o", "json").out)["runs"][0]["flags"]
        self.assertIn("--allow-rewind", flags)
        self.repository.good("Fourth")                               # and from there it goes on without
        self.repository.commit("fourth")
        self.run_git("apply")

    def test_other_environment(self):
        """What was applied to production says nothing about staging."""
        self.repository.good("Second")
        self.repository.commit("second")
        self.run_git("apply")
        self.run_git("apply", "--env", "staging", "--commit", self.first, pin=())
        self.run_git("apply", "--commit", self.first, pin=(), code=4)

    def test_moved_tag(self):
        self.repository.tag("v1")
        self.run_git("apply", pin=("--tag", "v*"))
        self.repository.good("Second")
        self.repository.commit("second")
        self.repository.tag("v1", force=True)                        # it moves on, but a tag does not move
        self.assertIn("[E471]", self.run_git("apply", pin=("--tag", "v*"), code=4).err)
        self.assertIn("[E471]", self.run_git("apply", pin=("--tag", "v*"), code=4).err)     # it stays so
        self.repository.tag("v2")
        self.run_git("apply", pin=("--tag", "v*"))
        self.repository.git("tag", "-d", "v2")                       # the highest is now one that is behind
        self.assertIn("[E471]", self.run_git("apply", pin=("--tag", "v*"), code=4).err)
        self.run_git("apply", "--allow-rewind", pin=("--tag", "v*"))

    def test_branch_gone(self):
        self.run_git("apply")
        self.repository.git("branch", "-m", "main", "trunk")
        self.assertIn("[E473]", self.run_git("apply", code=1).err)
        self.assertIn("[E473]", self.run_git("plan", code=1, pin=("--tag", "v*")).err)
        self.run_git("apply", pin=("--branch", "trunk"))

    def test_branch_names_that_nest(self):
        """`a` and later `a/b`: refs of the mirror must not get into each other's way."""
        for name in ("a", "a/b"):
            self.repository.git("branch", "-m", name)
            self.run_git("apply", pin=("--branch", name))

    def test_remote_away_and_back(self):
        self.run_git("apply")
        away = self.repository.path.with_name("away")
        self.repository.path.rename(away)
        got = self.run_git("apply", "-o", "json", code=69)
        self.assertEqual(json.loads(got.out)["diagnostics"][0]["code"], "E472")
        away.rename(self.repository.path)
        self.run_git("apply")

    def test_killed_git_leaves_locks(self):
        """What a killed git left in the mirror does not stop the next one."""
        self.run_git("apply")
        mirror = next((self.state / "git").iterdir())
        for name in ("packed-refs.lock", "HEAD.lock", "config.lock", "objects/pack/tmp_pack_abc"):
            (mirror / name).write_text("")
        for ref in list((mirror / "refs/waconf").iterdir()):
            ref.with_name(ref.name + ".lock").write_text("")
        (mirror / "gnupg-old").mkdir()
        (mirror / "gnupg-old/gpg.conf").write_text("")
        self.repository.good("Second")
        self.repository.commit("second")
        self.run_git("apply")
        self.assertEqual([p.name for p in mirror.rglob("*.lock")] + [p.name for p in mirror.glob("gnupg-*")] + [p.name for p in mirror.rglob("tmp_*")], [])

    def test_half_made_mirror(self):
        self.run_git("apply")
        mirror = next((self.state / "git").iterdir())
        (mirror / "waconf-ready").unlink()
        (mirror / "HEAD").unlink()
        self.run_git("apply")

    def test_damaged_mirror(self):
        """A mirror that a power failure hit is made anew."""
        self.run_git("apply")
        mirror = next((self.state / "git").iterdir())
        objects = [p for p in mirror.glob("objects/*/*") if p.is_file() and p.suffix not in (".idx", ".rev")]
        for path in objects:
            path.chmod(0o600)
            path.write_bytes(b"\0" * 100)
        self.assertTrue(objects)
        self.assertIn("[E475]", self.run_git("apply", code=1).err)
        self.run_git("apply")

    def test_signal(self):
        """SIGTERM while git runs: it is ended with what it started, nothing is left behind."""
        fake = self.dir / "bin"
        fake.mkdir()
        (fake / "git").write_text("#!/bin/sh\necho $$ >%s/pid.new\nmv %s/pid.new %s/pid\nsleep 1000 &\nwait\n" % ((self.dir,) * 3))
        (fake / "git").chmod(0o755)
        for command in ("validate", "plan"):
            words = [os.environ["WACONF"], command, "--git", self.remote, "--branch", "main", *(["--state", str(self.state)] if command == "plan" else [])]
            run = subprocess.Popen(words, env={**self.env, "PATH": "%s:%s" % (fake, os.environ["PATH"])}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            end = time.monotonic() + 30
            while not (self.dir / "pid").exists():
                self.assertLess(time.monotonic(), end)
                time.sleep(0.005)
            run.terminate()
            out, err = run.communicate(timeout=30)
            self.assertEqual(run.returncode, 75, err.decode())
            alive = subprocess.run(["ps", "-o", "stat=", "-g", (self.dir / "pid").read_text().strip()], stdout=subprocess.PIPE).stdout.split()
            self.assertEqual([s for s in alive if not s.startswith(b"Z")], [])
            self.assertEqual(list(self.tmp.iterdir()), [])
            (self.dir / "pid").unlink()

    def test_sha256(self):
        self.repository.path.rename(self.dir / "sha1")
        self.repository.path.mkdir()
        self.repository.git("init", "-q", "-b", "main", "--object-format=sha256")
        self.repository.good()
        commit = self.repository.commit()
        self.assertEqual(len(commit), 64)
        self.run_git("apply")
        self.run_git("apply", "--commit", commit, pin=())
        self.assertEqual(self.run_ids()[0][1], commit)

    def test_http(self):
        server = Server(self.dir)
        self.addCleanup(server.stop)
        remote = server.url + "/repository/.git"
        self.repository.git("config", "uploadpack.allowAnySHA1InWant", "false")
        self.run_git("apply", remote=remote)
        asked = len(server.http.paths)
        self.run_git("apply", remote=remote)                         # nothing new: the refs are looked at, nothing is fetched
        self.assertLessEqual(len(server.http.paths) - asked, 2, server.http.paths[asked:])
        self.repository.good("Second")
        second = self.repository.commit("second")
        self.run_git("apply", "--commit", second, pin=(), remote=remote)
        self.assertIn("[E473]", self.run_git("apply", "--commit", "1" * 40, pin=(), remote=remote, code=1).err)
        for mode, code, finding in (("down", 69, "E472"), ("locked", 69, "E472"), ("lie", 1, "E473")):     # a page that is not git lists no branch
            server.http.mode = mode
            self.assertIn("[%s]" % finding, self.run_git("apply", remote=remote, code=code).err)
        other = Server(self.dir)
        self.addCleanup(other.stop)
        server.http.mode, server.http.target = "away", other.url
        self.assertIn("[E472]", self.run_git("apply", remote=remote, code=69).err)
        self.assertEqual(other.http.paths, [])                       # credentials go nowhere else
        server.http.mode = "up"
        self.run_git("apply", remote=remote)

    def test_proxy_and_prompts(self):
        """A password that is asked for is not typed by anybody: it fails at once, and no program that would ask is started."""
        server = Server(self.dir)
        self.addCleanup(server.stop)
        server.http.mode = "locked"
        ask = self.dir / "ask"
        ask.write_text("#!/bin/sh\ntouch %s/asked\necho x\n" % self.dir)
        ask.chmod(0o755)
        (self.home / ".gitconfig").write_text("[core]\n\taskPass = %s\n" % ask)
        got = self.run_waconf("validate", "--git", server.url + "/repository/.git", "--branch", "main", env={"SSH_ASKPASS": str(ask), "DISPLAY": ":0"})
        self.assertEqual(got.code, 69, str(got))
        self.assertFalse((self.dir / "asked").exists())
        # and a credential helper of the operator's is
        (self.home / ".gitconfig").write_text("[credential]\n\thelper = \"!f() { env >%s/helped; echo username=u; echo password=p; }; f\"\n" % self.dir)
        self.run_waconf("validate", "--git", server.url + "/repository/.git", "--branch", "main", env={"KALEYRA_API_KEY": "a-secret", "GIT_DIR": "/x"})
        seen = (self.dir / "helped").read_text()
        self.assertIn("GIT_TERMINAL_PROMPT=0\n", seen)
        self.assertNotIn("a-secret", seen)                          # secrets of accounts are none of git's business

    def test_ssh_transport(self):
        """A stand-in for ssh, named by GIT_SSH_COMMAND: gets the host as one word, no terminal, no display, and runs the command."""
        ssh = self.dir / "ssh"
        ssh.write_text("#!/bin/sh\nprintf '%%s\\n' \"$@\" DISPLAY=$DISPLAY >>%s/asked\n(: </dev/tty) 2>/dev/null && exit 9\n"
                       "while [ $# -gt 1 ]; do shift; done\nexec sh -c \"$1\"\n" % self.dir)
        ssh.chmod(0o755)
        env = {"GIT_SSH_COMMAND": "%s -i key" % ssh, "DISPLAY": ":0"}
        for remote in ("ssh://git@git.example%s" % self.repository.path, "git@git.example:%s" % self.repository.path):
            got = self.run_waconf("validate", "--git", remote, "--branch", "main", env=env)
            self.assertEqual(got.code, 0, str(got))
        words = (self.dir / "asked").read_text().split("\n")
        self.assertIn("git@git.example", words)
        self.assertIn("DISPLAY=", words)

    def test_two_at_once(self):
        runs = [subprocess.Popen([os.environ["WACONF"], "apply", "--git", self.remote, "--branch", "main", "--allow-origin", self.box.url, "--yes", "--state",
                                  str(self.state), "--lock-timeout", "30s"], env={**self.env, "API_KEY": "key"}, cwd=self.dir, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(4)]
        ends = [(run.communicate(timeout=60)[0].decode(), run.returncode) for run in runs]
        for text, code in ends:
            if code:
                self.assertIn("another run applied commit", text)
        self.assertIn(0, [code for _, code in ends])


if __name__ == "__main__":
    unittest.main()
