# SPDX-License-Identifier: GPL-2.0-or-later
"""Every exit code of contract 4, with one JSON document on standard output on every path; what a full disk, a signal, a lock, a time limit
and a person at the prompt come to."""
import concurrent.futures
import json
import os
import pty
import resource
import select
import signal
import socket
import subprocess
import sys
import pathlib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from agent import DEADLINE, WACONF, Box, Place, until  # noqa: E402
from samples import APPLY  # noqa: E402
from test_laws import World  # noqa: E402

PLAN_MEMBERS = {"format_version", "complete", "summary", "changes", "diagnostics"}
SCHEMA = json.loads(subprocess.run([WACONF, "schema", "waconf/Plan"], capture_output=True, check=True).stdout)


class Codes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Box()

    @classmethod
    def tearDownClass(cls):
        cls.box.stop()

    def setUp(self):
        self.box.state({})
        self.box.ask("DELETE", "/_sandbox/faults")
        self.box.ask("DELETE", "/_sandbox/requests")
        self.place = Place(self.box.url)
        self.addCleanup(self.place.close)

    def tree(self, *groups, **words):
        self.place.write("tree.yaml", samples.tree(*groups, **words))

    def run_json(self, code, *words, wrote=None):
        """One run with -o json: its code, one document of the one form, and whether the providers were written to."""
        before = len(samples.writes(self.box))
        got = self.place.run(*words, "-o", "json")
        self.assertEqual(got.code, code, str(got))
        self.check_plan(got)
        if wrote is not None:
            self.assertEqual(len(samples.writes(self.box)) > before, wrote, str(got))
        return got

    def check_plan(self, got):
        self.assertLessEqual(PLAN_MEMBERS, set(got.json), str(got))
        try:
            import jsonschema
        except ImportError:
            return
        jsonschema.validate(got.json, SCHEMA)

    def outcomes(self, got):
        return {name: c["outcome"] for name, c in got.changes.items()}

    def test_0_and_2(self):
        self.tree("kapso")
        self.run_json(0, "plan", wrote=False)
        self.run_json(2, "plan", "--detailed-exitcode", wrote=False)
        self.run_json(0, *APPLY, wrote=True)
        self.run_json(0, "plan", "--detailed-exitcode", wrote=False)
        self.run_json(0, *APPLY, wrote=False)

    def test_2_when_something_is_unsure(self):
        self.tree("webexconnect")
        self.place.run("state", "init")
        self.box.fault("POST /webexconnect/* drop,times=1")
        self.run_json(3, *APPLY)
        self.run_json(2, "plan", "--detailed-exitcode", wrote=False)
        self.run_json(0, "plan", wrote=False)

    def test_1_refused_and_nothing_written(self):
        self.tree("kaleyra")
        self.box.fault("PUT /kaleyra/* status=400")
        got = self.run_json(1, *APPLY)
        self.assertEqual(self.outcomes(got), {"desk": "failed"})
        self.assertEqual(got.changes["desk"]["error"]["http"], 400)
        self.assertTrue(got.json["complete"])

    def test_1_a_failed_read(self):
        self.tree("kapso", "kaleyra")
        self.box.fault("GET /kapso/* status=400")
        for words in (("plan",), ("plan", "--detailed-exitcode")):
            got = self.run_json(1, *words, wrote=False)
            self.assertFalse(got.json["complete"])
            self.assertEqual(self.outcomes(got), {"desk": "planned", "front": "failed"})

    def test_3_partly(self):
        self.tree("kapso", "kaleyra", "pingone")
        self.box.fault("PUT /kaleyra/* status=400")
        got = self.run_json(3, *APPLY, wrote=True)
        self.assertEqual(self.outcomes(got), {"desk": "failed", "front": "applied", "alerts": "applied"})

    def test_3_wins_over_a_failed_read(self):
        self.tree("kapso", "kaleyra")
        self.box.fault("GET /kapso/* status=401")
        self.run_json(3, *APPLY, wrote=True)

    def test_the_order_of_failures(self):
        """77 before 69 before 1, of plan and of apply, when nothing was written."""
        self.tree("kapso", "pingone", "voltmx")
        for spec in ("GET /kapso/* status=401", "GET /pingone/* html", "GET /voltmx/* status=400"):
            self.box.fault(spec)
        self.run_json(77, "plan", "--detailed-exitcode", wrote=False)
        self.run_json(77, *APPLY, wrote=False)
        self.box.ask("DELETE", "/_sandbox/faults")
        for spec in ("GET /kapso/* status=400", "GET /pingone/* html", "GET /voltmx/* status=400"):
            self.box.fault(spec)
        self.run_json(69, "plan", wrote=False)
        self.run_json(69, *APPLY, wrote=False)

    def test_failures_before_guards(self):
        self.tree("kapso", "kaleyra")
        self.box.fault("GET /kapso/* status=400")
        got = self.run_json(1, "apply", "--yes", wrote=False)
        self.assertEqual(self.outcomes(got), {"desk": "blocked", "front": "failed"})

    def test_4_a_guard(self):
        self.tree("kapso", "kaleyra")
        got = self.run_json(4, "apply", "--yes", wrote=True)
        self.assertEqual(self.outcomes(got), {"desk": "blocked", "front": "applied"})
        self.assertIn("--allow reach", got.changes["desk"]["error"]["hint"])
        self.run_json(4, "plan", "--check-guards", wrote=False)
        self.run_json(0, "plan", "--check-guards", "--allow", "reach", wrote=False)
        self.run_json(4, "apply", "--yes", "--allow", "reach=kapso/*", wrote=False)
        self.run_json(0, "apply", "--yes", "--allow", "reach=kaleyra/*", wrote=True)

    def test_4_an_origin_that_nobody_trusts(self):
        """Before any secret is opened: one that is missing is not even noticed."""
        self.tree("kapso")
        del self.place.env["API_KEY"]
        words = [WACONF, "apply", "--yes", "-o", "json", "--state", self.place.state, str(self.place.tree)]
        got = subprocess.run(words, env=self.place.env, capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE)
        self.assertEqual(got.returncode, 4, got)
        self.assertFalse(json.loads(got.stdout)["complete"])
        self.assertEqual(self.box.log(), [])
        self.assertFalse(os.path.exists(self.place.state))

    def test_64(self):
        self.tree("kapso")
        for words in (("plan", "--no-such-option"), ("apply",), ("apply", "--yes", "--plan", "x"), ("plan", "--out", "x"), ("plan", "--timeout", "soon")):
            got = self.place.run(*words, "-o", "json")
            self.assertEqual(got.code, 64, str(got))
            self.assertEqual(self.box.log(), [])
        self.run_json(64, "apply", wrote=False)

    def test_65_documents(self):
        self.tree("kapso")
        self.place.write("more.yaml", "apiVersion: kapso/v1\nkind: WhatsAppConfig\nmetadata: { name: x }\nspec: { account: nobody }\n")
        got = self.run_json(65, "plan", wrote=False)
        self.assertEqual(got.json["changes"], [])
        self.assertFalse(got.json["complete"])
        self.assertTrue(got.json["diagnostics"])
        self.run_json(65, *APPLY, wrote=False)
        self.assertEqual(self.box.log(), [])

    def test_65_an_unresolved_reference(self):
        self.tree("kapso", "kaleyra")
        del self.place.env["ACCESS_TOKEN"]
        self.run_json(65, *APPLY, wrote=False)
        self.run_json(65, "plan", wrote=False)
        self.assertEqual(self.box.log(), [])
        self.run_json(0, "plan", "--offline", wrote=False)
        self.assertEqual(self.place.run("validate").code, 0)

    def test_65_no_document_is_never_delete_everything(self):
        self.tree("kapso")
        self.run_json(0, *APPLY)
        (self.place.tree / "tree.yaml").unlink()
        self.run_json(65, *APPLY, "--prune", "--allow", "delete", "--allow", "mass-delete", wrote=False)
        self.place.write("empty.yaml", "# nothing\n---\n---\n")
        self.run_json(65, *APPLY, "--prune", "--allow", "delete", "--allow", "mass-delete", wrote=False)

    def test_69_nobody_listens(self):
        """Not sent, so certainly not done: not unsure."""
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        self.place.url = "http://127.0.0.1:%d" % port
        self.place.write("tree.yaml", samples.tree("kaleyra"))
        got = self.run_json(69, *APPLY)
        self.assertEqual(self.outcomes(got), {"desk": "failed"})

    def test_77(self):
        self.box.state({"kaleyra": {"open": False, "accounts": {"HX1": {"api_key": "another", "numbers": {}}}}})
        self.tree("kaleyra")
        got = self.run_json(77, *APPLY)
        self.assertEqual(got.changes["desk"]["error"]["class"], "auth")

    def test_markdown_and_output_files_on_failure(self):
        self.tree("kapso")
        self.place.write("more.yaml", "kind: [")
        out = self.place.dir / "plan.json"
        got = self.place.run("plan", "-o", "markdown", "--output-file", "json=%s" % out)
        self.assertEqual(got.code, 65)
        self.assertFalse(json.loads(out.read_text())["complete"])
        self.assertTrue(got.out)

    def test_1_a_file_that_cannot_be_written(self):
        """Told before anything is sent, and once; what can be written is."""
        self.tree("kapso")
        missing, good = self.place.dir / "missing" / "x", self.place.dir / "good.json"
        for words in (("--output-file", "json=%s" % missing), ("--trace", "http=%s" % missing)):
            self.box.ask("DELETE", "/_sandbox/requests")
            got = self.place.run(*APPLY, "-o", "json", "--output-file", "json=%s" % good, *words)
            self.assertEqual((got.code, self.box.log()), (1, []), str(got))
            self.assertEqual([d["code"] for d in got.json["diagnostics"]], ["E501"])
            self.assertEqual(json.loads(good.read_text()), got.json)
            self.assertEqual(got.err.count("cannot write"), 1, str(got))

    def test_an_output_file_holds_the_last_result_only(self):
        self.tree("kapso")
        out = self.place.dir / "plan.json"
        out.write_text("x" * 100000)
        got = self.place.run("plan", "-o", "json", "--output-file", "json=%s" % out)
        self.assertEqual(out.read_text(), got.out)

    def test_nobody_can_read_the_result(self):
        """Standard output on a full device: an error, and 3 when something was written by then."""
        self.tree("kapso")
        with open("/dev/full", "w") as full:
            for words, code in ((("plan",), 1), (APPLY, 3), (APPLY, 1)):
                process = subprocess.run(self.place.arguments(words), env=self.place.env, stdin=subprocess.DEVNULL, stdout=full,
                                         stderr=subprocess.PIPE, timeout=DEADLINE)
                self.assertEqual(process.returncode, code, process.stderr)
                self.assertIn(b"No space left", process.stderr)


class Interrupted(unittest.TestCase):
    """SIGTERM and --timeout: 75, what is in flight gets its answer, nothing new begins, and the state knows what is unsure."""

    def reached(self, w):
        until(lambda: w.box.ask("GET", "/_sandbox/faults").json[0]["times_left"] == 0, "the request")

    def test_in_flight_is_waited_for(self):
        with World("kaleyra") as w:
            w.box.fault("PUT /kaleyra/* late=700,times=1")
            process = w.place.start(*APPLY, "-o", "json")
            self.reached(w)
            process.send_signal(signal.SIGTERM)
            got = w.place.judge(process, *process.communicate(timeout=DEADLINE), APPLY)
            self.assertEqual((got.code, got.changes["desk"]["outcome"]), (75, "applied"), str(got))
            self.assertEqual(w.place.run("plan", "--detailed-exitcode").code, 0)

    def test_what_did_not_begin_is_skipped(self):
        with World("kaleyra", "kapso") as w:
            w.box.fault("PUT /kaleyra/* late=700,times=1")
            process = w.place.start(*APPLY, "--parallelism", "1", "-o", "json")
            self.reached(w)
            process.send_signal(signal.SIGINT)
            got = w.place.judge(process, *process.communicate(timeout=DEADLINE), APPLY)
            self.assertEqual((got.code, {n: c["outcome"] for n, c in got.changes.items()}), (75, {"desk": "applied", "front": "skipped"}), str(got))
            self.assertEqual(samples.held(w.box)["kapso"], [])
            self.assertEqual(w.apply().code, 0)
            self.assertEqual(w.place.run("plan", "--detailed-exitcode").code, 0)

    def test_a_message_that_is_cut_off_is_unsure(self):
        for fault in ("latency", "late"):
            with self.subTest(fault), World("webexconnect") as w:
                w.box.fault("POST /webexconnect/* %s=600000,times=1" % fault)
                got = w.place.run(*APPLY, "--timeout", "1s", "-o", "json")
                self.assertEqual((got.code, got.changes["welcome"]["outcome"]), (75, "unsure"), str(got))
                w.box.ask("DELETE", "/_sandbox/faults")
                self.assertEqual(w.apply().code, 0)
                self.assertIn("unsure", w.place.run("status").out)
                people = samples.held(w.box)["webexconnect"]
                self.assertEqual(len(people), len(set(people)))

    def test_a_write_that_is_cut_off_is_looked_at(self):
        with World("kapso") as w:
            w.box.fault("POST /kapso/* late=600000,times=1")
            got = w.place.run(*APPLY, "--timeout", "1s", "-o", "json")
            self.assertEqual((got.code, got.changes["front"]["outcome"]), (75, "unsure"), str(got))
            w.box.ask("DELETE", "/_sandbox/faults")
            self.assertIn("1 in doubt", w.place.run("status").out)
            self.assertEqual(w.apply().code, 0)
            self.assertEqual(len(samples.held(w.box)["kapso"]), 1)
            self.assertIn("0 in doubt", w.place.run("status").out)

    def test_the_time_limit_of_an_account(self):
        """A write whose answer takes too long is lost, and looked at like one."""
        for group, fault in (("kapso", "POST /kapso/*"), ("kaleyra", "PUT /kaleyra/*"), ("pingone", "GET /pingone/*")):
            with self.subTest(group), World(group) as w:
                path = w.place.tree / "tree.yaml"
                path.write_text(path.read_text().replace('api_key:', 'timeout: 1s, api_key:').replace('client_secret:', 'timeout: 1s, client_secret:'))
                w.box.fault("%s late=600000,times=1" % fault)
                self.assertEqual(w.apply().code, 0)
                self.assertLessEqual(len(samples.held(w.box)["kapso"]), 1)
                self.assertEqual(w.place.run("plan", "--detailed-exitcode").code, 0)

    def test_the_time_limit_of_plan(self):
        with World("kapso") as w:
            w.box.fault("GET /kapso/* latency=600000")
            got = w.place.run("plan", "--timeout", "1s", "-o", "json")
            self.assertEqual(got.code, 75)
            self.assertFalse(got.json["complete"])


class Locked(unittest.TestCase):
    def test_5_then_waits_then_is_stopped(self):
        with World("kaleyra") as w:
            w.box.fault("PUT /kaleyra/* late=1500,times=1")
            first = w.place.start(*APPLY)
            until(lambda: w.box.ask("GET", "/_sandbox/faults").json[0]["times_left"] == 0, "the first run")
            second = w.place.run(*APPLY, "-o", "json")
            self.assertEqual(second.code, 5, str(second))
            self.assertFalse(second.json["complete"])
            self.assertEqual(w.place.run("plan").code, 0, "plan needs no lock")
            third = w.place.start(*APPLY, "--lock-timeout", "10m")
            fourth = w.place.start(*APPLY, "--lock-timeout", "10m")
            until(lambda: any("inotify" in d for d in descriptors(fourth.pid)), "the wait")
            fourth.send_signal(signal.SIGTERM)
            fourth.communicate(timeout=DEADLINE)
            self.assertEqual(fourth.returncode, 75)
            first.communicate(timeout=DEADLINE)
            third.communicate(timeout=DEADLINE)
            self.assertEqual((first.returncode, third.returncode), (0, 0))
            self.assertEqual(len(samples.writes(w.box)), 1)


def descriptors(pid):
    """What its descriptors are; one that is closed while we look is left out."""
    found = []
    try:
        for f in os.listdir("/proc/%d/fd" % pid):
            try:
                found.append(os.readlink("/proc/%d/fd/%s" % (pid, f)))
            except OSError:
                pass
    except OSError:
        pass
    return found


class Prompt(unittest.TestCase):
    """apply on a terminal."""

    def answer(self, w, words, act):
        child, terminal = pty.openpty()
        process = subprocess.Popen(w.place.arguments(words), env=w.place.env, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   cwd=w.place.dir)
        os.close(terminal)
        err = b""
        while b"taken as yes" not in err:
            ready, _, _ = select.select([process.stderr], [], [], DEADLINE)
            self.assertTrue(ready, "it did not ask: %r" % err)
            more = os.read(process.stderr.fileno(), 65536)
            self.assertTrue(more, "it did not ask: %r" % err)
            err += more
        act(child, process)
        out, rest = process.communicate(timeout=DEADLINE)
        os.close(child)
        return w.place.judge(process, out, err + rest, words)

    def test_yes(self):
        with World("kapso") as w:
            got = self.answer(w, ("apply", "-o", "json"), lambda t, p: os.write(t, b"yes\n"))
            self.assertEqual((got.code, got.changes["front"]["outcome"]), (0, "applied"), str(got))
            # After a question live values are read again.
            self.assertEqual([e["method"] for e in w.box.log()], ["GET", "GET", "POST"])
            self.assertEqual(w.place.run("apply", "--yes").code, 0)

    def test_no(self):
        for word in (b"no\n", b"y\n", b"\n", b"\x04"):
            with self.subTest(word), World("kapso") as w:
                got = self.answer(w, ("apply", "-o", "json"), lambda t, p, word=word: os.write(t, word))
                self.assertEqual((got.code, got.changes["front"]["outcome"]), (1, "planned"), str(got))
                self.assertEqual(samples.writes(w.box), [])

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), World("kapso") as w:
                got = self.answer(w, ("apply", "-o", "json"), lambda t, p, number=number: p.send_signal(number))
                self.assertEqual((got.code, got.changes["front"]["outcome"]), (75, "planned"), str(got))
                self.assertEqual(samples.writes(w.box), [])

    def test_changed_while_one_thinks(self):
        with World("voltmx", seed=samples.CONFIGURED) as w:
            def act(terminal, _):
                seed = json.loads(json.dumps(samples.CONFIGURED))
                seed["voltmx"]["servers"][""]["config"]["properties"]["From"] = "+919000000055"
                w.box.state(seed)
                os.write(terminal, b"yes\n")
            got = self.answer(w, ("apply", "--allow", "reach", "-o", "json"), act)
            self.assertEqual(got.changes["engagement"]["outcome"], "failed", str(got))
            self.assertNotEqual(got.code, 0)
            self.assertEqual(samples.writes(w.box), [])


class FullDisk(unittest.TestCase):
    """The state cannot grow beyond a point, wherever that is. What cannot be recorded is not sent; what was is unsure; nothing goes twice."""

    @staticmethod
    def one(size):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        with World() as w:
            got = w.place.run(*APPLY, "-o", "json", preexec_fn=limit)
            wrote = len(samples.writes(w.box))
            assert PLAN_MEMBERS <= set(got.json), str(got)
            assert got.code == 0 or "state" in got.err, str(got)
            assert got.code in ((3,) if wrote else (1,)) or (got.code == 0 and wrote), "%d bytes, %d writes\n%s" % (size, wrote, got)
            again = w.place.run(*APPLY, "-o", "json")
            outcomes = {n: c["outcome"] for n, c in again.changes.items()}
            message = outcomes.pop("welcome")
            assert set(outcomes.values()) <= {"applied", "unchanged"}, str(again)
            assert again.code == (3 if message == "unsure" and "applied" in outcomes.values() else 0), str(again)
            held = samples.held(w.box)
            assert len(held["webexconnect"]) == len(set(held["webexconnect"])), held["webexconnect"]
            assert len(held["kapso"]) == 1
            plan = w.place.run("plan", "--detailed-exitcode")
            assert plan.code == (2 if message == "unsure" else 0), str(plan)
            return got.code

    def test_everywhere(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            codes = list(pool.map(self.one, [0, 20000, 33000, 40000, 70000, *range(80000, 180000, 5000), 1 << 20]))
        self.assertEqual(codes[0], 1)
        self.assertIn(3, codes)
        self.assertEqual(codes[-1], 0)


if __name__ == "__main__":
    unittest.main()
