# SPDX-License-Identifier: GPL-2.0-or-later
"""Alerts of the daemon, at a receiver and at the sandbox: told once, signed, aside of the work."""
import hashlib
import hmac
import http.server
import json
import pathlib
import signal
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_watch  # noqa: E402
from test_watch import DEADLINE, config  # noqa: E402

SECRET = "hook-secret-4711"
ALERT = '''apiVersion: waconf/v1
kind: Alert
metadata: { name: %s }
spec:
  on: [%s]
  webhook:
    url: "%s/hook"
    secret: { from: "env:HOOK_SECRET" }
'''
MESSAGE = '''apiVersion: webexconnect/v1
kind: Account
metadata: { name: guests }
spec: { base_url: "{URL}/webexconnect", service_key: { from: "env:SERVICE_KEY" } }
---
apiVersion: waconf/v1
kind: Alert
metadata: { name: desk }
spec:
  on: [failed]
  match: { kind: kapso/WhatsAppConfig }
  message: { account: guests, appid: a_167, destination: ["+919000000009"] }
'''


class Receiver:
    """Keeps what is posted. While `held` it does not answer."""

    def __init__(self):
        self.seen, self.go = [], threading.Event()
        self.go.set()
        me = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                me.seen.append((dict(self.headers), body))
                me.go.wait(DEADLINE)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def notices(self):
        return [json.loads(b) for _, b in self.seen]

    def told(self, event, end=""):
        return sum(e["event"] == event and e["address"].endswith(end) for n in self.notices() for e in n["events"])

    def stop(self):
        self.go.set()
        self.server.shutdown()
        self.server.server_close()


class Alerts(unittest.TestCase):
    watch, until, said, read = test_watch.Daemon.watch, test_watch.Daemon.until, test_watch.Daemon.said, staticmethod(test_watch.Daemon.read)
    names, live, drift, expect = test_watch.Daemon.names, test_watch.Daemon.live, test_watch.Daemon.drift, test_watch.Daemon.expect
    requests, forget, stop = test_watch.Daemon.requests, test_watch.Daemon.forget, test_watch.Daemon.stop

    def setUp(self):
        self.hook = Receiver()
        test_watch.Daemon.setUp(self)
        self.place.env["HOOK_SECRET"] = SECRET

    def tearDown(self):
        test_watch.Daemon.tearDown(self)
        self.hook.stop()

    def alert(self, on="drift, failed, unsure, refused, recovered"):
        self.place.write("alert.yaml", ALERT % ("ops", on, self.hook.url))

    def start(self, *words):
        self.watch("--allow-origin", self.hook.url, *words)

    def resync(self):
        passes = self.said("event=pass ")
        self.daemon.send_signal(signal.SIGHUP)
        self.until(lambda: self.said("event=pass ") > passes, "a full pass")

    def test_report_mode_tells_of_drift_and_of_its_end(self):
        self.assertEqual(self.place.run("apply", "--yes").code, 0)
        self.alert()
        self.start("--mode", "report")
        self.drift("spa", "somebody else")
        for _ in range(3):
            self.resync()
        self.until(lambda: self.hook.told("drift", "/spa"), "the notice")
        self.drift("spa", "spa 1")
        self.resync()
        self.until(lambda: self.hook.told("recovered", "/spa"), "the other notice")
        self.assertEqual(len(self.hook.seen), 2, self.hook.notices())
        for headers, body in self.hook.seen:
            self.assertEqual(headers["X-Waconf-Signature-256"], "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest())
            self.assertNotIn(SECRET.encode(), body)
        self.assertEqual([m for m, _ in self.requests() if m not in ("GET",)].count("PATCH"), 0)

    def test_applied_and_drift_put_back(self):
        self.alert("applied, drift")
        self.start()
        self.until(lambda: self.hook.told("applied") == 4, "what was created")
        self.assertEqual(len(self.hook.seen), 1)
        self.drift("spa", "somebody else")
        self.resync()
        self.until(lambda: self.hook.told("applied") == 5, "what was put back")
        self.assertEqual(self.hook.told("drift", "/spa"), 1)

    def test_an_untrusted_origin_is_refused_before_anything_is_sent(self):
        self.watch()
        self.alert()
        self.until(lambda: self.said("event=refused"), "the tree is refused")
        self.assertTrue(self.said("event=finding", "E482"), self.log)
        (self.place.tree / "alert.yaml").unlink()
        self.until(lambda: self.said("event=recovered"), "it recovers")
        self.assertEqual(self.hook.seen, [])

    def test_a_refused_tree(self):
        self.alert()
        self.start()
        good = (self.place.tree / "spa.yaml").read_text()
        self.place.write("spa.yaml", "nonsense: [")
        self.until(lambda: self.hook.told("refused", "tree"), "the notice")
        self.place.write("spa.yaml", good)
        self.until(lambda: self.hook.told("recovered", "tree"), "the other notice")
        self.assertEqual(len(self.hook.seen), 2)

    def test_killed_and_started_again_it_repeats_nothing(self):
        self.alert("failed, recovered")
        self.start()
        self.box.ask("POST", "/_sandbox/faults", b"PATCH status=422", kind="text/plain")
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.until(lambda: self.hook.told("failed", "/spa"), "the notice")
        self.daemon.kill()
        self.daemon.wait(DEADLINE)
        self.reader.join(DEADLINE)
        self.daemon.stderr.close()
        self.daemon.stdout.close()
        self.start()
        self.until(lambda: self.said("event=failed", "/spa"), "it failed again")
        self.box.ask("DELETE", "/_sandbox/faults")
        self.place.write("spa.yaml", config("spa", "spa 3"))
        self.until(lambda: self.hook.told("recovered", "/spa"), "the other notice")
        self.assertEqual(self.hook.told("failed"), 1)

    def test_a_receiver_that_hangs_holds_nobody(self):
        self.hook.go.clear()
        self.alert("applied")
        self.start("--parallelism", "1")
        self.until(lambda: self.hook.seen, "the notice")
        for i in (2, 3):
            self.place.write("spa.yaml", config("spa", "spa %d" % i))
            self.expect("spa", "spa %d" % i)
        self.assertEqual(len(self.hook.seen), 1)
        self.hook.go.set()
        self.until(lambda: self.hook.told("applied", "/spa") == 3, "the others, as one")
        self.assertEqual(len(self.hook.seen), 2)
        self.assertEqual(self.stop(), 0)

    def test_a_message(self):
        self.place.write("message.yaml", MESSAGE)
        self.watch()
        self.box.ask("POST", "/_sandbox/faults", b"PATCH status=422", kind="text/plain")
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.until(lambda: any("/messaging" in p for _, p in self.requests()), "the message")
        self.until(lambda: self.said("event=alert_sent"), "its answer")
        for _ in range(2):
            self.resync()
        self.assertEqual(sum("/messaging" in p for _, p in self.requests()), 1)

    def test_a_message_whose_answer_is_lost_is_not_repeated(self):
        self.place.write("message.yaml", MESSAGE)
        self.watch()
        for fault in (b"PATCH status=422", b"/webexconnect* reset-after"):
            self.box.ask("POST", "/_sandbox/faults", fault, kind="text/plain")
        self.place.write("spa.yaml", config("spa", "spa 2"))
        self.until(lambda: self.said("event=alert_failed", "not sent again"), "it is said")
        for _ in range(2):
            self.resync()
        self.assertEqual(sum("/messaging" in p for _, p in self.requests()), 1)


if __name__ == "__main__":
    unittest.main()
