# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon over real files: each way of saving, refused trees, drift, signals, kills. No sleeping: each wait is for a condition."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from agent import Box, Place  # noqa: E402

DEADLINE = 20.0

ACCOUNT = '''apiVersion: kapso/v1
kind: Account
metadata: { name: project }
spec: { base_url: "{URL}/kapso", platform_url: "{URL}/kapso", meta_url: "{URL}/kapso", api_key: { from: "env:API_KEY" } }
'''
CONFIG = '''apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: %s }
spec:
  account: project
  customer_id: c1
  name: %s
  phone_number_id: "%d"
  business_account_id: "1"
  access_token: { from: "env:ACCESS_TOKEN" }
'''
NAMES = {"desk": 101, "spa": 102, "bar": 103, "pool": 104}


def config(name, text):
    return CONFIG % (name, text, NAMES[name])


class Daemon(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.place = Place(self.box.url)
        self.place.write("account.yaml", ACCOUNT)
        for name in NAMES:
            self.place.write(name + ".yaml", config(name, name + " 1"))
        self.daemon = None
        self.log = []

    def tearDown(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.kill()
        if self.daemon:
            self.daemon.wait(DEADLINE)
            self.reader.join(DEADLINE)
            self.daemon.stderr.close()
            self.daemon.stdout.close()
        self.place.close()
        self.box.stop()
        self.box.process.stdout.close()
        self.box.process.stderr.close()

    def watch(self, *words, tree=None):
        command = [os.environ.get("WACONF", "build/waconf"), "watch", str(tree or self.place.tree), "--state", self.place.state,
                   "--allow-origin", self.place.url, "--log", "logfmt", "-v", *words]
        self.log = []
        self.daemon = subprocess.Popen(command, env=self.place.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       text=True, cwd=self.place.dir)
        self.reader = threading.Thread(target=self.read, args=(self.daemon, self.log), daemon=True)
        self.reader.start()
        self.until(lambda: self.said("event=pass"), "the first pass")

    @staticmethod
    def read(process, log):
        for line in process.stderr:
            log.append(line)

    def said(self, *words):
        return sum(all(w in line for w in words) for line in self.log)

    def until(self, condition, what):
        end = time.monotonic() + DEADLINE
        while not condition():
            self.assertIsNone(self.daemon.poll(), "the daemon ended: " + "".join(self.log))
            if time.monotonic() > end:
                self.fail("never came: %s\n%s\n%s" % (what, "".join(self.log), self.requests()))
            threading.Event().wait(0.02)

    def requests(self):
        return [(r["method"], r["path"]) for r in self.box.ask("GET", "/_sandbox/requests").json]

    def forget(self):
        self.box.ask("DELETE", "/_sandbox/requests")

    def live(self):
        found = {}
        for page in self.box.state()["kapso"].get("projects", {}).values():
            for c in page.get("configs", {}).values():
                found[c["phone_number_id"]] = c
        return found

    def names(self):
        return {n: self.live().get(str(i), {}).get("name") for n, i in NAMES.items()}

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(DEADLINE)

    def expect(self, name, text):
        self.until(lambda: self.names()[name] == text, "%s is %r" % (name, text))

    # --- the main job ---

    def test_creates_then_only_what_was_edited(self):
        self.watch()
        self.assertEqual(self.names(), {n: n + " 1" for n in NAMES})
        self.forget()
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.expect("spa", "spa 2")
        self.until(lambda: self.said("event=applied", "kapso/WhatsAppConfig/spa") == 2, "it is said")
        methods = [m for m, _ in self.requests()]
        self.assertEqual(methods, ["GET", "PATCH"], self.requests())  # one read, one write, of that object
        self.assertTrue(all("/whatsapp_configs/" in p for _, p in self.requests()), self.requests())
        self.assertEqual(self.stop(), 0)

    def test_a_comment_sends_nothing(self):
        self.watch()
        self.forget()
        passes = len(self.log)
        self.place.write("spa.yaml", "# a comment\n" + config("spa", "spa 1"))
        self.place.write("bar.yaml", config("bar", "bar 2"))  # comes after it
        self.expect("bar", "bar 2")
        self.assertFalse([p for m, p in self.requests() if m not in ("GET", "PATCH")])
        self.assertEqual(len([1 for m, _ in self.requests() if m == "PATCH"]), 1)
        self.assertGreater(len(self.log), passes)

    # --- ways of saving ---

    def test_ways_of_saving(self):
        tree = self.place.tree
        self.watch()

        def truncate(path, text):
            path.write_text(text)

        def rename_over(path, text):
            beside = path.with_name("." + path.name + ".new")
            beside.write_text(text)
            os.replace(beside, path)

        def backup_then_new(path, text):
            os.replace(path, path.with_name(path.name + "~"))
            path.write_text(text)

        def swap_file(path, text):
            (path.with_name("." + path.name + ".swp")).write_bytes(b"b0VIM")
            path.write_text(text)
            path.with_name("." + path.name + ".swp").unlink()

        def in_pieces(path, text):
            with open(path, "w") as f:
                f.write(text[:40])
                f.flush()
                os.fsync(f.fileno())
                f.write(text[40:])

        for i, save in enumerate((truncate, rename_over, backup_then_new, swap_file, in_pieces), 2):
            with self.subTest(save.__name__):
                save(tree / "desk.yaml", config("desk", "desk %d" % i))
                self.expect("desk", "desk %d" % i)

    def test_new_directory_and_rename_of_one(self):
        self.watch()
        (self.place.tree / "desk.yaml").unlink()
        new = self.place.tree / "a" / "b"
        new.mkdir(parents=True)
        (new / "desk.yaml").write_text(config("desk", "desk 2"))
        self.expect("desk", "desk 2")
        os.rename(self.place.tree / "a", self.place.tree / "z")
        (self.place.tree / "z" / "b" / "desk.yaml").write_text(config("desk", "desk 3"))
        self.expect("desk", "desk 3")

    def test_config_map(self):
        """A directory of links through `..data`, swapped at once, as Kubernetes does."""
        mount = self.place.dir / "mount"
        mount.mkdir()

        def publish(n, version):
            new = mount / ("..2026_%d" % n)
            new.mkdir()
            for f in self.place.tree.iterdir():
                shutil.copy(f, new / f.name)
            (new / "desk.yaml").write_text(config("desk", version))
            os.symlink(new.name, mount / "..data_tmp")
            os.replace(mount / "..data_tmp", mount / "..data")

        publish(1, "desk 1")
        for f in self.place.tree.iterdir():
            os.symlink("..data/" + f.name, mount / f.name)
        self.watch(tree=mount)
        self.assertEqual(self.names()["desk"], "desk 1")
        publish(2, "desk 2")
        shutil.rmtree(mount / "..2026_1")
        self.expect("desk", "desk 2")
        publish(3, "desk 3")
        self.expect("desk", "desk 3")

    def test_link_to_the_tree_is_flipped(self):
        """git-sync: the tree's own name is a link to a directory per commit."""
        for n in (1, 2):
            shutil.copytree(self.place.tree, self.place.dir / ("commit%d" % n))
            (self.place.dir / ("commit%d" % n) / "desk.yaml").write_text(config("desk", "desk %d" % n))
        link = self.place.dir / "current"
        os.symlink("commit1", link)
        self.watch(tree=link)
        os.symlink("commit2", self.place.dir / "next")
        os.replace(self.place.dir / "next", link)
        self.expect("desk", "desk 2")

    def test_waits_for_git(self):
        git = self.place.tree / ".git"
        git.mkdir()
        self.watch()
        (git / "index.lock").write_text("")
        self.place.write("desk.yaml", config("desk", "half a checkout"))
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.until(lambda: self.names(), "anything")
        end = time.monotonic() + 1
        while time.monotonic() < end:  # longer than it settles
            self.assertEqual(self.names()["spa"], "spa 1")
        self.place.write("desk.yaml", config("desk", "desk 2"))
        (git / "index.lock").unlink()
        self.expect("spa", "spa 2")
        self.expect("desk", "desk 2")

    # --- what is refused ---

    def test_bad_tree_is_refused_and_recovers(self):
        self.watch()
        self.forget()
        self.place.write("spa.yaml", "bad: [")
        self.until(lambda: self.said("event=refused"), "refused")
        self.assertTrue(self.said("event=finding", "spa.yaml"))
        self.assertEqual([m for m, _ in self.requests() if m != "GET"], [])
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.expect("spa", "spa 2")
        self.assertTrue(self.said("event=recovered"))

    def test_the_last_good_tree_stays_in_force(self):
        self.watch()
        self.place.write("spa.yaml", "bad: [")
        self.until(lambda: self.said("event=refused"), "refused")
        self.drift("desk", "somebody else")
        self.daemon.send_signal(signal.SIGHUP)
        self.expect("desk", "desk 1")

    def test_half_of_the_documents_gone(self):
        self.watch()
        self.forget()
        for name in ("spa", "bar", "pool"):
            (self.place.tree / (name + ".yaml")).unlink()
        self.until(lambda: self.said("event=refused", "gone at once"), "refused")
        self.assertEqual(len(self.live()), 4)
        self.place.write("spa.yaml", config("spa", "spa 1"))
        self.place.write("bar.yaml", config("bar", "bar 1"))
        self.place.write("desk.yaml", config("desk", "desk 2"))
        self.expect("desk", "desk 2")

    def test_tree_deleted_and_restored(self):
        self.watch()
        saved = self.place.dir / "saved"
        shutil.copytree(self.place.tree, saved)
        shutil.rmtree(self.place.tree)
        self.until(lambda: self.said("event=refused"), "refused")
        (saved / "desk.yaml").write_text(config("desk", "desk 2"))
        os.rename(saved, self.place.tree)
        self.expect("desk", "desk 2")

    # --- drift, modes, guards ---

    def drift(self, name, text):
        state = self.box.state()
        for page in state["kapso"]["projects"].values():
            for c in page["configs"].values():
                if c["phone_number_id"] == str(NAMES[name]):
                    c["name"] = text
        self.box.state(state)

    def test_drift_is_put_back_on_a_full_pass(self):
        self.watch()
        self.drift("spa", "somebody else")
        self.daemon.send_signal(signal.SIGHUP)
        self.expect("spa", "spa 1")
        self.until(lambda: self.said("event=applied", "drift /name"), "it is said")

    def test_drift_that_stays_is_known_to_status(self):
        """A pass with nothing to write tells the state all the same."""
        self.watch()
        self.assertEqual(self.place.run("freeze", "*/spa", "--reason", "incident 7", "--until", "1h", "--lock-timeout", "10s").code, 0)
        self.drift("spa", "somebody else")
        self.daemon.send_signal(signal.SIGHUP)
        self.until(lambda: self.said("event=blocked", "/spa"), "blocked")
        self.until(lambda: self.place.run("status", "-o", "json").json["drift"], "drift in status")
        status = self.place.run("status", "-o", "json").json
        self.assertEqual([(d["address"], d["fields"], d["ended"]) for d in status["drift"]], [("kapso/WhatsAppConfig/spa", ["/name"], None)])
        self.assertEqual([(f["pattern"], f["reason"]) for f in status["freezes"]], [("*/spa", "incident 7")])

    def test_interval(self):
        self.watch("--interval", "1s")
        self.drift("spa", "somebody else")
        self.expect("spa", "spa 1")

    def test_report_mode_never_writes(self):
        self.assertEqual(self.place.run("apply", "--yes").code, 0)
        self.forget()
        self.watch("--mode", "report")
        self.drift("spa", "somebody else")
        self.place.write("bar.yaml", config("bar", "bar 2"))
        self.until(lambda: self.said("event=pending", "/bar"), "the edit is reported")
        self.daemon.send_signal(signal.SIGHUP)
        self.until(lambda: self.said("event=drift", "/spa"), "drift is reported")
        self.assertEqual([m for m, _ in self.requests() if m != "GET"], [])

    def test_somebody_keeps_changing_it(self):
        self.watch()
        for i in range(3):
            self.drift("spa", "other %d" % i)
            self.daemon.send_signal(signal.SIGHUP)
            self.expect("spa", "spa 1")
        self.drift("spa", "other again")
        self.daemon.send_signal(signal.SIGHUP)
        self.until(lambda: self.said("event=blocked", "left alone"), "it stops fighting")
        self.assertEqual(self.names()["spa"], "other again")
        self.place.write("bar.yaml", config("bar", "bar 2"))  # the others go on
        self.expect("bar", "bar 2")

    def test_a_frozen_object_waits_and_others_go_on(self):
        self.watch()
        self.assertEqual(self.place.run("freeze", "*/spa", "--reason", "incident", "--until", "1h", "--lock-timeout", "10s").code, 0)
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.place.write("bar.yaml", config("bar", "bar 2"))
        self.expect("bar", "bar 2")
        self.until(lambda: self.said("event=blocked", "/spa"), "blocked")
        self.assertEqual(self.names()["spa"], "spa 1")
        self.assertEqual(self.place.run("thaw", "*/spa", "--lock-timeout", "10s").code, 0)
        self.daemon.send_signal(signal.SIGHUP)
        self.expect("spa", "spa 2")

    def test_an_operator_applies_beside_it(self):
        """The state is locked during a pass only."""
        self.watch()
        self.place.write("bar.yaml", config("bar", "bar 2"))
        self.expect("bar", "bar 2")
        self.assertEqual(self.place.run("apply", "--yes", "--lock-timeout", "10s").code, 0)

    def test_a_failing_object_backs_off_and_the_others_do_not(self):
        self.watch()
        self.box.ask("POST", "/_sandbox/faults", b"PATCH status=422", kind="text/plain")
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.until(lambda: self.said("event=failed", "/spa"), "failed")
        self.box.ask("DELETE", "/_sandbox/faults")
        self.place.write("bar.yaml", config("bar", "bar 2"))
        self.expect("bar", "bar 2")
        self.place.write("spa.yaml", config("spa", "spa 3"))  # an edit is tried at once
        self.expect("spa", "spa 3")

    # --- the operators' server ---

    def ask(self, path, listening):
        with urllib.request.urlopen(listening + path, timeout=DEADLINE) as answer:
            return answer.read().decode()

    def test_page_and_metrics_follow(self):
        self.watch("--listen", "127.0.0.1:0")
        line = next(l for l in self.log if "event=listening" in l)
        url = re.search(r"http://127\.0\.0\.1:\d+", line).group(0)
        self.assertIn("<html", self.ask("/", url))
        self.ask("/healthz", url)
        self.ask("/readyz", url)
        self.assertIn('waconf_objects{kind="kapso/WhatsAppConfig",state="in_sync"} 4', self.ask("/metrics", url))
        self.box.ask("POST", "/_sandbox/faults", b"PATCH status=422", kind="text/plain")
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.until(lambda: self.said("event=failed", "/spa"), "failed")
        objects = {o["address"]: o for o in json.loads(self.ask("/api/v1/status", url))["objects"]}
        self.assertEqual(objects["kapso/WhatsAppConfig/spa"]["state"], "failed")
        self.assertEqual(objects["kapso/WhatsAppConfig/desk"]["state"], "in_sync")
        self.place.write("bar.yaml", "bad: [")
        self.until(lambda: self.said("event=refused"), "refused")
        self.assertIn("bar.yaml", json.loads(self.ask("/api/v1/status", url))["refused"])
        with self.assertRaises(urllib.error.HTTPError):
            self.ask("/readyz", url)

    def test_it_listens_on_loopback_unless_told_otherwise(self):
        done = subprocess.run([os.environ.get("WACONF", "build/waconf"), "watch", str(self.place.tree), "--state", self.place.state, "--allow-origin",
                               self.place.url, "--listen", "0.0.0.0:0"], env=self.place.env, capture_output=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, 64, done)
        self.assertIn(b"--expose", done.stderr)

    # --- signals and ends ---

    def test_status_on_demand(self):
        self.watch()
        self.daemon.send_signal(signal.SIGUSR1)
        self.until(lambda: self.said("event=status", "in_sync"), "the status")

    def test_what_comes_in_during_a_pass_is_not_lost(self):
        self.watch()
        self.box.ask("POST", "/_sandbox/faults", b"GET latency=500,times=1", kind="text/plain")
        passes = self.said("event=pass")
        self.daemon.send_signal(signal.SIGHUP)
        self.forget()
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.daemon.send_signal(signal.SIGHUP)
        self.expect("spa", "spa 2")
        self.until(lambda: self.said("event=pass") >= passes + 2, "both passes")

    def test_stops_in_a_pass(self):
        self.watch()
        self.box.ask("POST", "/_sandbox/faults", b"GET latency=3000", kind="text/plain")
        self.forget()
        self.daemon.send_signal(signal.SIGHUP)
        self.until(lambda: self.box.ask("GET", "/_sandbox/faults") is not None, "the sandbox")
        started = time.monotonic()
        self.assertEqual(self.stop(), 0)
        self.assertLess(time.monotonic() - started, 11)

    def test_killed_and_started_again(self):
        self.watch()
        for i in range(2, 6):
            self.place.write("desk.yaml", config("desk", "desk %d" % i))
            self.daemon.kill()
            self.daemon.wait(DEADLINE)
            self.reader.join(DEADLINE)
            self.daemon.stderr.close()
            self.daemon.stdout.close()
            self.watch()
            self.expect("desk", "desk %d" % i)
        creates = [p for m, p in self.requests() if m == "POST"]
        self.assertEqual(len(creates), len(NAMES))


if __name__ == "__main__":
    unittest.main()
