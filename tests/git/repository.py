# SPDX-License-Identifier: GPL-2.0-or-later
"""Real git repositories for the tests, with commits of a fixed identity and date, signed or not."""
import os
import pathlib
import shutil
import subprocess

ACCOUNT = """apiVersion: kaleyra/v1
kind: Account
metadata: { name: india }
spec: { base_url: "{URL}/kaleyra", sid: HX1, api_key: { from: "env:API_KEY" } }
"""


def profile(name, about="Open", number="+919000000001"):
    return ("apiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: %s }\nspec: { account: india, wa_number: \"%s\", about: \"%s\" }\n"
            % (name, number, about))


def clean_environment(home):
    """Neither the caller's git configuration nor his keys."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "WACONF", "SSH_", "GNUPG"))}
    env.update(HOME=str(home), GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="Ann", GIT_AUTHOR_EMAIL="ann@x.example", GIT_COMMITTER_NAME="Ann",
               GIT_COMMITTER_EMAIL="ann@x.example", GIT_AUTHOR_DATE="2026-11-01T10:00:00Z", GIT_COMMITTER_DATE="2026-11-01T10:00:00Z",
               XDG_STATE_HOME=str(home / "state-home"), LC_ALL="C.UTF-8")
    for name in ("XDG_CONFIG_HOME", "STATE_DIRECTORY"):
        env.pop(name, None)
    return env


class Keys:
    """ssh keys `listed` and `unlisted`, and the file of allowed signers that names the first."""

    def __init__(self, place):
        self.place = place
        for name in ("listed", "unlisted"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(place / name)], check=True)
        self.allowed = place / "allowed"
        self.allowed.write_text('ann@x.example namespaces="git" ' + (place / "listed.pub").read_text())


class Ring:
    """An OpenPGP key in a home of its own, and its public half as a key ring file."""

    def __init__(self, place, name="pgp", user="Pat <pat@x.example>"):
        self.home = place / name
        self.home.mkdir(mode=0o700)
        self.user = user
        self.gpg("--passphrase", "", "--quick-gen-key", user, "ed25519", "sign")
        self.ring = place / (name + ".asc")
        self.ring.write_bytes(self.gpg("--armor", "--export", user))
        self.binary = place / (name + ".gpg")
        self.binary.write_bytes(self.gpg("--export", user))

    def gpg(self, *words):
        return subprocess.run(["gpg", "--homedir", str(self.home), "--batch", "--quiet", *words], check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout

    def stop(self):
        subprocess.run(["gpgconf", "--homedir", str(self.home), "--kill", "all"], stderr=subprocess.DEVNULL)


class Repository:
    def __init__(self, path, env, url="https://api.in.kaleyra.io"):
        self.path, self.env, self.url = pathlib.Path(path), env, url
        self.path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *words, data=None, **env):
        got = subprocess.run(["git", *map(str, words)], cwd=self.path, env={**self.env, **env}, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert got.returncode == 0, "git %s: %s" % (words, got.stderr.decode())
        return got.stdout.decode().strip()

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{URL}", self.url))

    def good(self, about="Open", under=""):
        """A right tree."""
        self.write(under + "account.yaml", ACCOUNT)
        self.write(under + "desk.yaml", profile("desk", about))

    def commit(self, message="change", key=None, ring=None):
        """All of the work tree; signed by the ssh key of that file, or by a Ring. Returns the id."""
        self.git("add", "-A")
        self.git(*signing(key, ring), "commit", "-q", "--allow-empty", "-m", message, *(["-S"] if key or ring else []), **gnupg(ring))
        return self.git("rev-parse", "HEAD")

    def tag(self, name, key=None, ring=None, at="HEAD", force=False):
        self.git(*signing(key, ring), "tag", *(["-f"] if force else []), *(["-s", "-m", name] if key or ring else []), name, at, **gnupg(ring))

    def tree(self, entries, message="made by hand"):
        """A commit on main of exactly these entries: {path: (mode, bytes or id)}, any bytes in names."""
        lines = []
        for name, (mode, what) in entries.items():
            name = name if isinstance(name, bytes) else name.encode()
            oid = what if isinstance(what, str) else self.git("hash-object", "-w", "--stdin", data=what)
            lines.append(mode.encode() + b" " + oid.encode() + b"\t" + name)
        self.git("read-tree", "--empty")
        self.git("update-index", "-z", "--index-info", data=b"\0".join(lines) + b"\0")
        commit = self.git("commit-tree", "-m", message, self.git("write-tree"))
        self.git("update-ref", "refs/heads/main", commit)
        return commit

    def remove(self):
        shutil.rmtree(self.path)


def signing(key, ring):
    if key:
        return ["-c", "gpg.format=ssh", "-c", "user.signingkey=%s" % key]
    return ["-c", "gpg.format=openpgp", "-c", "user.signingkey=%s" % ring.user] if ring else []


def gnupg(ring):
    return {"GNUPGHOME": str(ring.home)} if ring else {}
