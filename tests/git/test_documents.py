# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files of a commit are read, and what a repository made to do harm gets."""
import json
import os
import subprocess
import unittest

from case import Case
from repository import ACCOUNT, profile

GOOD = ACCOUNT.replace("{URL}", "https://api.in.kaleyra.io").encode()


class Documents(Case):
    def documents(self, *words, **more):
        got = self.validate("-o", "json", *words, **more)
        return json.loads(got.out)

    def test_pins(self):
        self.repository.good("First")
        first = self.repository.commit()
        self.repository.tag("v1.9")
        self.repository.write("desk.yaml", "wrong: [\n")
        self.repository.commit()
        self.repository.tag("v1.10-rc1")
        self.repository.tag("other")
        self.assertEqual(self.documents(pin=("--commit", first))["documents"], 2)
        self.validate(code=65)
        got = self.validate(pin=("--tag", "v*"), code=65)
        self.assertIn("'v1.10-rc1'", got.err)
        self.repository.tag("v1.10", at=first)
        got = self.validate(pin=("--tag", "v*"))
        self.assertIn("Commit %s of 'v1.10'" % first[:12], got.err)

    def test_findings_show_the_line(self):
        self.repository.good(under="config/prod/")
        self.repository.write("config/prod/desk.yaml", profile("desk").replace("about", "abuot"))
        self.repository.commit()
        # a file of that name in the working directory is not the one that is meant
        (self.dir / "config/prod").mkdir(parents=True)
        (self.dir / "config/prod/desk.yaml").write_text("not\nthis\none\nat all\n")
        got = self.validate(code=65)
        self.assertRegex(got.out, r"config/prod/desk\.yaml:4:\d+: error E301")
        self.assertIn('abuot: "Open" }', got.out)
        self.assertNotIn("at all", got.out)
        self.assertIn("config/prod/desk.yaml:4", self.validate("--path", "config/prod/", code=65).out)
        self.assertIn("E301", self.validate("--path", "./config", code=65).out)
        self.refused("E473", "--path", "config/none", code=1)
        self.refused("E473", "--path", "config/prod/desk.yaml", code=1)

    def test_no_documents(self):
        self.repository.write("README", "none\n")
        self.repository.commit()
        self.assertIn("E201", self.validate(code=65).out)

    def test_attributes_hide_nothing(self):
        self.repository.good()
        self.repository.write(".gitattributes", "*.yaml export-ignore export-subst filter=evil diff=evil text eol=crlf\n")
        self.repository.git("config", "filter.evil.clean", "cat")
        self.repository.commit()
        (self.home / ".gitconfig").write_text("[filter \"evil\"]\n\tsmudge = touch %s/ran\n\tclean = cat\n\trequired = true\n" % self.dir)
        self.assertEqual(self.documents()["documents"], 2)
        self.assertFalse((self.dir / "ran").exists())

    def test_hooks_and_configuration_of_the_caller(self):
        """What runs on a fetch, were it asked: hooks by core.hooksPath, an alias, a pager, and variables that lead git elsewhere."""
        self.repository.good()
        self.repository.commit()
        hooks = self.dir / "hooks"
        hooks.mkdir()
        for name in ("reference-transaction", "post-checkout", "post-merge", "pre-auto-gc", "post-index-change"):
            (hooks / name).write_text("#!/bin/sh\ntouch %s/ran-%s\n" % (self.dir, name))
            (hooks / name).chmod(0o755)
        (self.home / ".gitconfig").write_text("[core]\n\thooksPath = %s\n\tpager = touch %s/ran-pager\n\tfsmonitor = touch %s/ran-fsmonitor\n"
                                              "[init]\n\ttemplateDir = %s\n[log]\n\tshowSignature = true\n" % (hooks, self.dir, self.dir, hooks))
        env = {"GIT_DIR": "/nonexistent", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(hooks),
               "GIT_OBJECT_DIRECTORY": "/nonexistent", "GIT_EXTERNAL_DIFF": "false", "GIT_TRACE": str(self.dir / "trace"), "GIT_PAGER": "false"}
        self.validate(env=env)
        self.assertEqual([p.name for p in self.dir.iterdir() if p.name.startswith(("ran", "trace"))], [])

    def test_submodules_are_left_alone(self):
        self.repository.good()
        self.repository.write(".gitmodules", '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch%% %s/ran\n\tupdate = !touch %s/ran\n' % (self.dir, self.dir))
        self.repository.git("add", "-A")
        self.repository.git("update-index", "--add", "--cacheinfo", "160000,%s,x" % ("1" * 40))
        self.repository.git("commit", "-q", "-m", "submodule")
        self.assertEqual(self.documents()["documents"], 2)
        self.assertFalse((self.dir / "ran").exists())

    def test_links(self):
        self.repository.tree({
            "a.yaml": ("100644", GOOD), "dir/..data": ("120000", b"..2026"), "dir/..2026/desk.yaml": ("100644", profile("desk").encode()),
            "dir/desk.yaml": ("120000", b"..data/desk.yaml"), "again.yaml": ("120000", b"dir/../a.yaml"),
            "plain.yaml": ("120000", b"template.txt"), "template.txt": ("100644", profile("spa", number="+919000000002").encode()),
            "notes": ("120000", b"/etc/hosts.txt"), "readme.md": ("120000", b"nowhere"),
        })
        got = self.documents()
        self.assertEqual((got["documents"], got["errors"], [d["code"] for d in got["diagnostics"]]), (3, 0, ["W102"]))

    def test_links_that_lead_out(self):
        secret = self.dir / "secret.yaml"
        secret.write_text(profile("stolen"))
        self.repository.tree({
            "cfg/a.yaml": ("100644", GOOD), "cfg/passwd.yaml": ("120000", b"/etc/passwd"), "cfg/up.yaml": ("120000", b"../../../../../etc/passwd"),
            "cfg/abs.yaml": ("120000", str(secret).encode()), "cfg/beside.yaml": ("120000", b"../other/b.yaml"), "cfg/dir": ("120000", b"../other"),
            "cfg/empty.yaml": ("120000", b"x\0y"), "other/b.yaml": ("100644", profile("beside").encode()),
        })
        got = self.documents("--path", "cfg", code=65)
        self.assertEqual(got["documents"], 1)
        self.assertEqual(sorted((d["code"], d["source"]["file"]) for d in got["diagnostics"] if d["code"] in ("W102", "E101")),
                         [("E101", "cfg/empty.yaml")] + [("W102", "cfg/%s" % n) for n in ("abs.yaml", "beside.yaml", "dir", "passwd.yaml", "up.yaml")])
        self.assertNotIn("root:", json.dumps(got))

    def test_links_in_circles(self):
        entries = {"a.yaml": ("100644", GOOD), "one.yaml": ("120000", b"two.yaml"), "two.yaml": ("120000", b"one.yaml"), "self.yaml": ("120000", b"self.yaml"),
                   ".h/loop": ("120000", b"../.h"), "in": ("120000", b".h"), ".h/x.yaml": ("100644", profile("hidden").encode())}
        # each of these leads through the next a thousand times: without a limit that would take for ever
        for i in range(30):
            entries[".l%d" % i] = ("120000", b"/".join([b".l%d" % (i + 1), b".."] * 400) + b"/.l%d" % (i + 1))
        entries["bomb.yaml"] = ("120000", b".l0/x.yaml")
        entries[".l30/x"] = ("100644", b"")
        self.repository.tree(entries)
        got = self.documents(code=65)
        self.assertEqual(got["documents"], 2)
        self.assertEqual(sorted(d["source"]["file"] for d in got["diagnostics"] if d["code"] == "E101"), ["bomb.yaml", "one.yaml", "self.yaml", "two.yaml"])

    def test_hostile_names(self):
        self.repository.tree({
            "a.yaml": ("100644", GOOD), b"new\nline\x1b[31m.yaml": ("100644", b"x: [\n"), b"--upload-pack=x.yaml": ("100644", b"- 1\n"),
            b":(exclude)b.yaml": ("100644", b"- 1\n"), b"\xff\xfe.yaml": ("100644", b"- 1\n"), b"*.yaml": ("100644", b"- 1\n"),
            b".hidden/b.yaml": ("100644", b"x: [\n"), b"d/.b.yaml": ("100644", b"x: [\n"),
        })
        got = self.validate(code=65)
        self.assertEqual(got.out.count("error E"), 5, str(got))
        self.assertNotIn("hidden", got.out)

    def test_odd_encodings(self):
        """working-tree-encoding is for checkouts: the bytes of the blob are what is read."""
        self.repository.tree({"a.yaml": ("100644", GOOD), ".gitattributes": ("100644", b"*.yaml working-tree-encoding=UTF-16 ident\n")})
        self.assertEqual(self.documents()["documents"], 1)

    def test_dangerous_trees(self):
        """Trees that git itself would not make: `..`, `.git`, one name twice."""
        blob = self.repository.git("hash-object", "-w", "--stdin", data=GOOD)
        raw = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(oid) for mode, name, oid in [
            (b"100644", b"..", blob), (b"100644", b"a.yaml", blob), (b"100644", b"a.yaml", blob), (b"100644", b"../../x.yaml", blob),
        ])
        tree = self.repository.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=raw)
        self.repository.git("update-ref", "refs/heads/main", self.repository.git("commit-tree", "-m", "x", tree))
        self.assertEqual(self.documents()["documents"], 1)

    def test_large_files(self):
        self.repository.good()
        self.repository.write("big.yaml", "a: " + "x" * (17 << 20))
        self.repository.write("huge.bin", "\0" * (60 << 20))
        self.repository.commit()
        got = self.documents(code=65)
        self.assertEqual([(d["code"], d["source"]["file"]) for d in got["diagnostics"] if d["severity"] == "error"], [("E103", "big.yaml")])

    def test_many_files(self):
        blob = self.repository.git("hash-object", "-w", "--stdin", data=b"")
        account = self.repository.git("hash-object", "-w", "--stdin", data=GOOD)
        lines = [b"100644 %s\td%d/f%d.%s" % (blob.encode(), i % 100, i, b"yaml" if i % 2 else b"txt") for i in range(100000)]
        self.repository.git("update-index", "-z", "--index-info", data=b"\0".join([b"100644 " + account.encode() + b"\ta.yaml"] + lines) + b"\0")
        self.repository.git("update-ref", "refs/heads/main", self.repository.git("commit-tree", "-m", "many", self.repository.git("write-tree")))
        self.assertEqual(self.documents()["documents"], 1)

    def test_files_of_references(self):
        """There is no directory beside a document from git: what file: reads is what the operator named, by its absolute path."""
        secrets = self.dir / "secrets"
        secrets.mkdir()
        (secrets / "key").write_text("from-a-file\n")
        (self.dir / "key").write_text("of-the-working-directory\n")
        for path, allow, code in (("key", True, 4), ("./key", True, 4), ("%s/key" % self.dir, True, 4), ("%s/key" % secrets, False, 4),
                                  ("%s/../key" % secrets, True, 4), ("%s/key" % secrets, True, 75)):
            self.repository.write("a.yaml", ACCOUNT.replace("env:API_KEY", "file:" + path).replace("{URL}", "https://127.0.0.1:1"))
            self.repository.write("kapso.yaml", "apiVersion: kapso/v1\nkind: Account\nmetadata: { name: k }\nspec: { base_url: \"https://127.0.0.1:1\", "
                                  "platform_url: \"https://127.0.0.1:1\", meta_url: \"https://127.0.0.1:1\", api_key: { from: \"file:%s\" } }\n---\n"
                                  "apiVersion: kapso/v1\nkind: WhatsAppConfig\nmetadata: { name: c }\nspec: { account: k, config_id: c1, name: n, phone_number_id: \"1\" }\n" % path)
            self.repository.commit()
            got = self.run_waconf("plan", "--git", self.remote, "--branch", "main", "--allow-origin", "https://127.0.0.1:1",
                                  *(["--allow-file", secrets] if allow else []), "--timeout", "1s")
            self.assertEqual(got.code, code, "%s: %s" % (path, got))
            self.assertEqual("E484" in got.err, code == 4, str(got))

    def test_usage(self):
        self.repository.good()
        self.repository.commit()
        for words in (["--git", self.remote], ["--branch", "main"], ["--git", self.remote, "--branch", "a", "--tag", "b"], ["--allow-rewind"],
                      ["--git", self.remote, "--branch", "main", "."], ["--git", "ext::sh -c id", "--branch", "main"], ["--git", "http://git.example/x", "--branch", "main"],
                      ["--git", "https://u:secret-pw@h/x", "--branch", "main"], ["--git", self.remote, "--commit", "HEAD"], ["--git", self.remote, "--branch", "a..b"],
                      ["--git", self.remote, "--branch", "main", "--path", "../x"], ["--git", self.remote, "--branch", "main", "--verify-signatures", "none"],
                      ["--path", "x", "."]):
            got = self.run_waconf("validate", *words)
            self.assertEqual(got.code, 64, str(got))
            self.assertNotIn("secret-pw", got.err)
        env = {"WACONF_GIT": self.remote, "WACONF_BRANCH": "main"}
        self.assertEqual(self.run_waconf("validate", env=env).code, 0)
        (self.dir / "tree").mkdir()
        self.assertIn("E201", self.run_waconf("validate", "tree", env=env).out)     # the command line wins

    def test_no_git(self):
        self.repository.good()
        self.repository.commit()
        self.assertIn("[E475]", self.validate(code=1, env={"PATH": str(self.dir)}).err)

    def test_time_limit(self):
        """A git that does not end is ended, with what it started."""
        fake = self.dir / "bin"
        fake.mkdir()
        (fake / "git").write_text("#!/bin/sh\necho $$ >%s/pid\nsleep 1000 &\nwait\n" % self.dir)
        (fake / "git").chmod(0o755)
        got = self.run_waconf("plan", "--git", self.remote, "--branch", "main", "--timeout", "200ms", env={"PATH": "%s:%s" % (fake, os.environ["PATH"])})
        self.assertEqual(got.code, 69, str(got))
        self.assertIn("did not end", got.err)
        alive = subprocess.run(["ps", "-o", "stat=", "-g", (self.dir / "pid").read_text().strip()], stdout=subprocess.PIPE).stdout.split()
        self.assertEqual([state for state in alive if not state.startswith(b"Z")], [])


if __name__ == "__main__":
    unittest.main()
