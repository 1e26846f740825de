# SPDX-License-Identifier: GPL-2.0-or-later
"""The operators' HTTP server: what it answers, and what strangers cannot do with it."""
import hashlib
import hmac
import json
import os
import re
import select
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from server import DEADLINE, FIELDS, Server, row  # noqa: E402

SECRET = "0123456789abcdef0123456789abcdef"
GET = ["/", "/api/v1/status", "/metrics", "/healthz", "/readyz"]


def signed(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Case(unittest.TestCase):
    arguments = ()

    def setUp(self):
        self.server = Server("127.0.0.1:0", *self.arguments)

    def tearDown(self):
        self.assertEqual(self.server.stop(), 0)

    def status(self, *arguments, **headers):
        return self.server.ask(*arguments, **headers)[0]

    def line(self, line, *headers):
        return "".join(x + "\r\n" for x in (line, *headers, "")).encode()

    def raw_status(self, data):
        """The status of a hand-made request; 0 when the connection just ended."""
        got = self.server.raw(data)
        return int(got.split(b" ", 2)[1]) if got.startswith(b"HTTP/1.") else 0


class Answers(Case):
    arguments = ("--stuck", "60000")

    def test_health_and_readiness(self):
        self.assertEqual(self.server.ask("/healthz")[::2], (200, b"ok\n"))
        self.assertEqual(self.status("/readyz"), 200)
        self.server.set(alive=61000, ready=False)
        status, _, body = self.server.ask("/healthz")
        self.assertEqual(status, 503)
        self.assertRegex(body.decode(), r"^stuck: no pass has ended for 6\d seconds")
        self.assertEqual(self.status("/readyz"), 503)
        self.server.set(alive=0, ready=True)
        self.assertEqual((self.status("/healthz"), self.status("/readyz")), (200, 200))

    def test_json_holds_the_board(self):
        change = {"address": "kaleyra/NumberProfile/a", "action": "update", "fields": FIELDS}
        self.server.set(commit="c" * 40, doing="syncing", refused="kapso.yaml:3:1: no such field", rows=[
            row("kaleyra/NumberProfile/a", "failed", error="said \u202eno\x1b[2J", hint="Do this.", failures=3, retry_in=90000, change=change),
            row("kapso/WhatsAppConfig/b")], passes=[{"at": 5, "ms": 1200, "all": True, "objects": 2, "failed": 1, "result": "failures"}])
        status, headers, body = self.server.ask("/api/v1/status")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        self.assertNotIn("\u202e".encode(), body)
        j = json.loads(body)
        self.assertEqual((j["format_version"], j["mode"], j["doing"], j["commit"]), ("1.0", "enforce", "syncing", "c" * 40))
        self.assertEqual(j["refused"], "kapso.yaml:3:1: no such field")
        self.assertEqual(j["counts"], {"in_sync": 1, "drift": 0, "pending": 0, "blocked": 0, "failed": 1, "unsure": 0, "expired": 0})
        self.assertEqual(j["passes"][0]["result"], "failures")
        a, b = j["objects"]
        self.assertEqual((a["state"], a["error"], a["hint"], a["failures"]), ("failed", "said \u202eno\x1b[2J", "Do this.", 3))
        self.assertEqual(a["change"], change)
        self.assertRegex(a["retry_at"], r"^\d{4}-\d\d-\d\dT.*Z$")
        self.assertEqual((b["change"], b["retry_at"], b["error"]), (None, None, None))

    def test_ten_thousand_objects(self):
        self.server.set(rows=[row("kaleyra/NumberProfile/n%05d" % i, change={"fields": FIELDS}) for i in range(10000)])
        objects = json.loads(self.server.ask("/api/v1/status")[2])["objects"]
        self.assertEqual(len({o["address"] for o in objects}), 10000)

    def test_etag(self):
        for path in "/", "/api/v1/status":
            status, headers, body = self.server.ask(path)
            tag = headers["ETag"]
            self.assertRegex(tag, r'^"[^"]+"$')
            for value in tag, "W/" + tag, '"x", ' + tag, "*":
                status, headers, body = self.server.ask(path, If_None_Match=value)
                self.assertEqual((status, body, headers["ETag"]), (304, b"", tag), value)
            self.assertEqual(self.status(path, If_None_Match='"x"'), 200)
        self.server.set(commit="d" * 40)
        status, headers, _ = self.server.ask("/api/v1/status", If_None_Match=tag)
        self.assertEqual(status, 200)
        self.assertNotEqual(headers["ETag"], tag)

    def test_head(self):
        for path in GET:
            status, headers, body = self.server.ask(path, "HEAD")
            self.assertEqual((status, body), (200, b""))
            self.assertGreater(int(headers["Content-Length"]), 0)

    def test_headers_of_every_answer(self):
        for path in GET + ["/nothing", "/hooks/git"]:
            headers = self.server.ask(path)[1]
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(headers["X-Frame-Options"], "DENY")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
            self.assertNotIn("unsafe", headers["Content-Security-Policy"])
            self.assertIn(headers["Cache-Control"], ("no-store", "no-cache"))
            self.assertFalse([name for name in headers if name.lower().startswith("access-control")])
            self.assertNotIn("Server", headers)

    def test_one_file(self):
        page = self.server.ask("/")[2].decode()
        self.assertEqual(re.findall(r'<(?!a )[^>]*\s(?:src|href|action)\s*=\s*"(?!data:,")[^"]*"', page), [])
        self.assertEqual(set(re.findall(r'<a [^>]*href="([^"]*)"', page)), {"#objects", "/api/v1/status", "/metrics"})
        self.assertNotRegex(page, r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\son\w+=|url\(")


class Metrics(Case):
    def fill(self):
        self.server.set(commit="e" * 40, rows=[row("kaleyra/NumberProfile/a", "drift"), row("kaleyra/NumberProfile/b"), row("kapso/WhatsAppConfig/c", "failed")],
                        passes=[{"at": 3, "ms": 1500, "objects": 3, "failed": 1, "result": "failures"}])
        for tally in ["kaleyra/Account/india", 3, 200], ["kaleyra/Account/usa", 3, 200], ["kapso/Account/x", 0, 0]:
            self.server.set(tally=tally)

    @unittest.skipUnless(shutil.which("promtool"), "promtool (Debian: prometheus) is not installed")
    def test_promtool(self):
        for fill in (lambda: None), self.fill:
            fill()
            _, headers, body = self.server.ask("/metrics")
            self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
            got = subprocess.run(["promtool", "check", "metrics"], input=body, capture_output=True, timeout=DEADLINE)
            self.assertEqual((got.returncode, got.stdout + got.stderr), (0, b""))
            self.assertGreater(body.count(b"\n"), 30)

    def test_values(self):
        self.fill()
        lines = self.server.ask("/metrics")[2].decode().splitlines()
        for line in ('waconf_objects{kind="kaleyra/NumberProfile",state="drift"} 1', 'waconf_objects{kind="kapso/WhatsAppConfig",state="failed"} 1',
                     'waconf_requests_total{provider="kaleyra",method="PUT",code="200"} 2', 'waconf_requests_total{provider="kapso",method="GET",code="0"} 1',
                     'waconf_commit_info{commit="%s"} 1' % ("e" * 40), "waconf_last_sync_duration_seconds 1.5", "waconf_tree_refused 0"):
            self.assertIn(line, lines)
        age = float([x for x in lines if x.startswith("waconf_last_sync_age_seconds")][0].split()[1])
        self.assertTrue(3 <= age < 60)
        self.server.set(refused="no")
        self.assertIn("waconf_tree_refused 1", self.server.ask("/metrics")[2].decode().splitlines())

    def test_openmetrics(self):
        try:
            from prometheus_client.openmetrics.parser import text_string_to_metric_families
        except ImportError:
            self.skipTest("python3-prometheus-client is not installed")
        self.fill()
        accept = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        _, headers, body = self.server.ask("/metrics", Accept=accept)
        self.assertEqual(headers["Content-Type"], "application/openmetrics-text; version=1.0.0; charset=utf-8")
        families = {f.name: f for f in text_string_to_metric_families(body.decode())}
        self.assertEqual(families["waconf_build"].type, "info")
        self.assertEqual(families["waconf_requests"].type, "counter")
        self.assertEqual(sum(s.value for s in families["waconf_objects"].samples), 3)
        self.assertTrue(self.server.ask("/metrics", Accept="text/plain, */*")[1]["Content-Type"].startswith("text/plain"))
        self.assertTrue(self.server.ask("/metrics", Accept="application/openmetrics-text;q=0")[1]["Content-Type"].startswith("text/plain"))


class Strangers(Case):
    arguments = ("--host", "waconf.example")

    def test_methods(self):
        for path in GET:
            for method in "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "BREW":
                status, headers, _ = self.server.ask(path, method)
                self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"), (path, method))

    def test_paths(self):
        for path in ("/nothing", "/metrics/", "//metrics", "/api/v1/../v1/status", "/..%2fmetrics", "/%2e%2e/metrics", "/metrics%20", "/Metrics", "/hooks/git",
                     "/metrics\\x"):
            self.assertEqual(self.status(path), 404, path)
        for path in ("/metrics%00", "/metrics%00x", "/%", "/%4", "/%zz", "/%0a", "/%0d%0aX:y", "/%ff", "/%7f", "*", "http://127.0.0.1/metrics", "metrics",
                     "/" + "a" * 2000):
            self.assertEqual(self.raw_status(self.line("GET %s HTTP/1.1" % path, "Host: 127.0.0.1")), 400, path)
        for path in "/metrics?x=%00", "/%6detrics", "/?state=failed":
            self.assertEqual(self.status(path), 200, path)

    def test_lengths_that_contradict(self):
        for headers in (("Content-Length: 0", "Content-Length: 0"), ("Content-Length: 0", "Content-Length: 5"), ("Content-Length: 5", "Transfer-Encoding: chunked"),
                        ("Content-Length: -1",), ("Content-Length: +0",), ("Content-Length: 0x0",), ("Content-Length: 0, 0",), ("Content-Length: ",),
                        ("Content-Length: 99999999999999999999",), ("Transfer-Encoding: gzip, chunked",), ("Transfer-Encoding: x",),
                        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")):
            self.assertIn(self.raw_status(self.line("GET /metrics HTTP/1.1", "Host: 127.0.0.1", *headers)), (0, 400, 413), headers)
        self.assertEqual(self.status("/metrics", "GET", b"x"), 413)
        self.assertEqual(self.raw_status(self.line("GET /metrics HTTP/1.1", "Host: 127.0.0.1", "Transfer-Encoding: chunked") + b"1\r\nx\r\n0\r\n\r\n"), 413)

    def test_host(self):
        names = ["127.0.0.1", "127.0.0.1:9847", "localhost", "LOCALHOST:80", "[::1]:9847", "10.0.0.1", "waconf.example", "Waconf.Example:443", socket.gethostname()]
        for name in names:
            self.assertEqual(self.status("/metrics", Host=name), 200, name)
        for name in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:9847", "", " ", "127.0.0.1@evil.example", "[::1",
                     "[evil]", "localhost:x", "localhost:1:2", "localhost/", "0x7f000001", "a" * 5000):
            self.assertIn(self.raw_status(self.line("GET /api/v1/status HTTP/1.1", "Host: " + name)), (400, 403), name)

    def test_origin(self):
        host = "127.0.0.1:%d" % self.server.port
        self.assertEqual(self.status("/api/v1/status", Origin="http://" + host), 200)
        for origin in "http://evil.example", "null", "", "http://127.0.0.1:1", "https://", "file://", host, "http://%s.evil.example" % host:
            self.assertEqual(self.status("/api/v1/status", Origin=origin), 403, origin)
        self.assertEqual(self.status("/api/v1/status", Sec_Fetch_Site="same-origin"), 200)
        for site in "cross-site", "same-site", "x":
            self.assertEqual(self.status("/api/v1/status", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate"), 403)
            self.assertEqual(self.status("/", Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors"), 403)
            self.assertEqual(self.status("/", Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate"), 200)

    def test_many_connections(self):
        """64 are served at a time; the next one waits until one of them ends, and no longer."""
        idle = [self.server.connect() for _ in range(63)]
        idle[0].sendall(b"GET /metrics HTTP/1.1\r\n")
        self.assertEqual(self.status("/healthz"), 200)
        idle.append(self.server.connect())
        self.server.set()
        with self.server.connect() as next_one:
            next_one.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            self.assertEqual(select.select([next_one], [], [], 0.3)[0], [])
            idle.pop().close()
            next_one.settimeout(10)
            self.assertTrue(next_one.recv(1000).startswith(b"HTTP/1.1 200"))
        for s in idle:
            s.close()


class Impatient(Case):
    """What is not ended by the request itself is ended by the server."""

    arguments = ("--patience", "500")

    def test_silence(self):
        start = time.monotonic()
        with self.server.connect() as silent, self.server.connect() as half:
            half.sendall(b"GET / HTTP/1.1\r\n")
            self.assertEqual((silent.recv(1), half.recv(1)), (b"", b""))
        self.assertTrue(0.4 < time.monotonic() - start < DEADLINE)

    def test_bytes_that_are_no_request(self):
        host = "Host: 127.0.0.1"
        for data in (b"GET /metrics\0 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
                     b"GET /metrics HTTP/1.1\r\nHost: evil.example\0127.0.0.1\r\n\r\n", b"\0" * 400, b"\x16\x03\x01\x02\x00\x01\x00" * 20,
                     self.line("GET /metrics HTTP/1.1"), self.line("GET /metrics HTTP/1.0"), self.line("GET /metrics HTTP/1.1", host, host),
                     self.line("GET /metrics HTTP/1.1", host, "X: " + "a" * 40000),
                     self.line("GET /metrics HTTP/1.1", host, *("X%d: y" % i for i in range(100)))):
            self.assertNotEqual(self.raw_status(data), 200, data[:80])
        self.assertEqual(self.status("/healthz"), 200)

    def test_keep_alive_and_pipelining(self):
        got = self.server.raw(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 5)
        self.assertEqual(got.count(b"HTTP/1.1 200"), 5)

    def test_a_byte_now_and_then_does_not_hold_a_connection(self):
        start = time.monotonic()
        with self.server.connect() as s:
            s.settimeout(0.05)
            closed = False
            for c in b"GET /metrics HTTP/1.1\r\nX: " + b"y" * 10000:
                try:
                    s.send(bytes([c]))
                    closed = s.recv(100) == b""
                except TimeoutError:
                    pass
                except OSError:
                    closed = True
                if closed:
                    break
        self.assertTrue(closed)
        self.assertTrue(0.4 < time.monotonic() - start < DEADLINE)


class Hooks(Case):
    arguments = ("--secret", SECRET)
    body = b'{"ref":"refs/heads/main"}'

    def post(self, body=None, **headers):
        return self.status("/hooks/git", "POST", self.body if body is None else body, **headers)

    def woken(self):
        self.server.set()
        return self.server.hooks

    def until_woken(self, n):
        deadline = time.monotonic() + DEADLINE
        while self.woken() < n and time.monotonic() < deadline:
            self.status("/healthz")
        self.assertEqual(self.woken(), n)

    def test_right(self):
        self.assertEqual(self.post(X_Hub_Signature_256=signed(self.body)), 202)
        self.assertEqual(self.woken(), 1)

    def test_right_token(self):
        self.assertEqual(self.post(X_Gitlab_Token=SECRET), 202)
        self.assertEqual(self.woken(), 1)

    def test_right_chunked_and_empty(self):
        self.assertEqual(self.post(iter([self.body[:7], self.body[7:]]), X_Hub_Signature_256=signed(self.body)), 202)
        self.assertEqual(self.post(b"", X_Hub_Signature_256=signed(b"")), 202)

    def test_wrong(self):
        good = signed(self.body)
        for headers in ({}, {"X_Hub_Signature_256": signed(self.body, "other")}, {"X_Hub_Signature_256": signed(b"other")}, {"X_Hub_Signature_256": good[:-1]},
                        {"X_Hub_Signature_256": good + "0"}, {"X_Hub_Signature_256": "sha256="}, {"X_Hub_Signature_256": good.replace("sha256=", "sha1=")},
                        {"X_Hub_Signature": good}, {"X_Hub_Signature_256": good[:-2] + "zz"}, {"X_Gitlab_Token": SECRET[:-1]},
                        {"X_Gitlab_Token": SECRET + "0"}):
            self.assertEqual(self.post(**headers), 403, headers)
        self.assertEqual(self.woken(), 0)

    def test_more_than_one_proof(self):
        good = signed(self.body)
        for headers in {"X_Gitlab_Token": SECRET, "X_Hub_Signature_256": good}, {"X_Gitlab_Token": "x", "X_Hub_Signature_256": good}, {"X_Gitlab_Token": ""}:
            self.assertEqual(self.post(**headers), 403, headers)
        two = "POST /hooks/git HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\nX-Hub-Signature-256: %s\r\nX-Hub-Signature-256: %s\r\n\r\n" % (
            len(self.body), good, signed(b""))
        self.assertEqual(self.raw_status(two.encode() + self.body), 403)
        self.assertEqual(self.woken(), 0)

    def test_other_origin_and_method(self):
        self.assertEqual(self.post(X_Hub_Signature_256=signed(self.body), Origin="http://evil.example"), 403)
        for method in "GET", "PUT", "HEAD", "OPTIONS":
            status, headers, _ = self.server.ask("/hooks/git", method)
            self.assertEqual((status, headers["Allow"]), (405, "POST"))
        self.assertEqual(self.woken(), 0)

    def test_body_limit(self):
        fits, large = b"x" * (1 << 20), b"x" * ((1 << 20) + 1)
        self.assertEqual(self.post(fits, X_Hub_Signature_256=signed(fits)), 202)
        head = "POST /hooks/git HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nX-Hub-Signature-256: %s\r\n\r\n" % (len(large), signed(large))
        self.assertEqual(self.raw_status(head.encode()), 413)
        endless = "POST /hooks/git HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nX-Gitlab-Token: %s\r\n\r\n" % SECRET
        with self.server.connect() as s:
            s.sendall(endless.encode())
            with self.assertRaises(OSError):
                for _ in range(2000):
                    s.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        self.until_woken(1)

    def test_replayed(self):
        """A knock that is played again wakes, but not more often than every two seconds; none is lost."""
        start = time.monotonic()
        for _ in range(20):
            self.assertEqual(self.post(X_Hub_Signature_256=signed(self.body)), 202)
        self.until_woken(2)
        self.assertGreaterEqual(time.monotonic() - start, 1.9)
        self.assertEqual(self.woken(), 2)

    def test_too_often(self):
        got = [self.post(X_Gitlab_Token="guess %d" % i) for i in range(12)]
        self.assertEqual(got[:10], [403] * 10)
        self.assertEqual(got[11], 429)
        self.assertEqual(self.post(X_Gitlab_Token=SECRET), 429)                        # that door is closed for a while,
        self.assertEqual(self.post(X_Hub_Signature_256=signed(self.body)), 202)        # this one is not
        status, headers = 202, {}
        for _ in range(200):
            status, headers, _ = self.server.ask("/hooks/git", "POST", b"", X_Hub_Signature_256=signed(b""))
            if status == 429:
                break
        self.assertEqual((status, headers["Retry-After"]), (429, "10"))


class Listening(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.mkdtemp()
        self.path = os.path.join(self.place, "http.sock")

    def tearDown(self):
        shutil.rmtree(self.place)

    def fails(self, kind, text, *arguments):
        server = Server(*arguments)
        self.assertEqual(server.hello.get("class"), kind, server.hello)
        self.assertRegex(server.hello["error"], text)
        self.assertEqual(server.stop(), 1)

    def test_addresses(self):
        for where in "127.0.0.1:0", "127.8.9.1:0", "localhost:0", "[::1]:0":
            if where == "[::1]:0" and not os.path.exists("/proc/net/if_inet6"):
                continue
            server = Server(where)
            self.assertGreater(server.port, 0, where)
            if "127.8" not in where:
                self.assertEqual(server.ask("/healthz")[0], 200)
            self.assertEqual(server.stop(), 0)

    def test_not_an_address(self):
        for where in "", "9847", ":9847", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80", "example.org:80", "unix:", \
                "unix:x.sock", "unix:/" + "x" * 100, "[::1]", "*:80":
            self.fails("usage", "is not a", where)

    def test_others_need_expose(self):
        for where in "0.0.0.0:0", "[::]:0", "10.1.2.3:0", "[::ffff:127.0.0.1]:0":
            self.fails("usage", "can be reached by other machines", where)
        server = Server("0.0.0.0:0", "--expose")
        self.assertEqual(server.ask("/healthz")[0], 200)
        self.assertEqual(server.ask("/healthz", Host="evil.example")[0], 403)
        self.assertEqual(server.stop(), 0)

    def test_taken_port_and_empty_secret(self):
        server = Server()
        self.fails("io", "cannot listen", "127.0.0.1:%d" % server.port)
        self.assertEqual(server.stop(), 0)
        self.fails("config", "empty", "127.0.0.1:0", "--secret", "")

    def test_unix(self):
        old = os.umask(0)
        try:
            server = Server("unix:" + self.path)
        finally:
            os.umask(old)
        mode = os.lstat(self.path).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o660)
        self.assertEqual(os.listdir(self.place), ["http.sock"])
        self.assertEqual(server.ask("/healthz", Host="anything.example")[0], 200)
        self.fails("io", "served by another process", "unix:" + self.path)
        self.assertEqual(server.ask("/healthz")[0], 200)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(os.listdir(self.place), [])

    def test_unix_stale_is_replaced(self):
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(self.path)
        before = os.lstat(self.path).st_ino
        server = Server("unix:" + self.path)
        self.assertEqual(server.ask("/healthz")[0], 200)
        self.assertNotEqual(before, os.lstat(self.path).st_ino)
        os.rename(self.path, self.path + ".kept")           # another daemon's socket now stands there
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(self.path)
        self.assertEqual(server.stop(), 0)
        self.assertTrue(os.path.exists(self.path))

    def test_unix_leaves_others_alone(self):
        target = os.path.join(self.place, "precious")
        with open(target, "w", encoding="ascii") as f:
            f.write("x")
        self.fails("io", "is not a socket", "unix:" + target)
        os.symlink(target, self.path)
        self.fails("io", "is not a socket", "unix:" + self.path)
        self.assertEqual(os.path.getsize(target), 1)
        self.fails("io", "cannot make", "unix:" + os.path.join(self.place, "missing", "x"))


class Load(Case):
    def test_many_at_once(self):
        """Readers while the board changes: each gets one whole answer."""
        wrong = []

        def read():
            for _ in range(30):
                status, _, body = self.server.ask("/api/v1/status")
                if status != 200 or len({o["error"] for o in json.loads(body)["objects"]}) > 1:
                    wrong.append(body)

        threads = [threading.Thread(target=read) for _ in range(8)]
        for t in threads:
            t.start()
        for i in range(60):
            self.server.set(rows=[row("kapso/WhatsAppConfig/n%03d" % n, "failed", error="round %d" % i) for n in range(300)])
        for t in threads:
            t.join(DEADLINE)
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
