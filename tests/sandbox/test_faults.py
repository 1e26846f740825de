# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fault once, by request header, by rule and from the command line."""
import http.client
import json
import socket
import time
import unittest
import zlib

from box import DEADLINE, Box, Case

LIST = "/kapso/whatsapp_configs"
MINE = "/kapso/customers/c/whatsapp_configs"
KEY = {"X-API-Key": "k"}
NUMBER = "/kaleyra/v1/HX1/whatsapp/number"
BODY = {"wa_number": "+919000000001", "about": "x"}


class Faults(Case):
    def get(self, *faults):
        return self.box.ask("GET", LIST, headers=KEY, faults=faults)

    def put(self, *faults):
        return self.box.ask("PUT", NUMBER, BODY, {"api-key": "k"}, faults=faults)

    def stored(self):
        return "accounts" in self.box.state()["kaleyra"]

    def fails(self, error, *faults):
        with self.assertRaises(error):
            self.put(*faults)

    def test_status_in_the_form_of_each(self):
        token = "/pingone-auth/w/as/token"
        forms = (("PUT", NUMBER, "error"), ("GET", "/voltmx/api/v1/whatsappconfig", "message"), ("GET", "/pingone/v1/x", "code"),
                 ("POST", token, "error_description"), ("GET", LIST, "error"), ("POST", "/webexconnect/resources/v1/messaging", "response"))
        for method, path, member in forms:
            for status in (401, 403, 404, 408, 409, 422, 425, 500, 502, 503, 504):
                answer = self.box.ask(method, path, faults=["status=%d" % status])
                self.assertEqual(answer.status, status)
                self.assertIn(member, answer.json, path)
        self.assertEqual(self.put("status=503").status, 503)
        self.assertFalse(self.stored())
        self.assertEqual(self.put("status=503,effect").status, 503)
        self.assertTrue(self.stored())

    def test_429(self):
        self.assertIsNone(self.get("429").headers["Retry-After"])
        for text in ("1", "Wed, 21 Oct 2026 07:28:00 GMT", "100000000000000000000", "-5", "soon"):
            answer = self.get("429=" + text)
            self.assertEqual((answer.status, answer.headers["Retry-After"]), (429, text))

    def test_resets_and_drops(self):
        self.fails(ConnectionResetError, "reset-before")
        self.fails(http.client.RemoteDisconnected, "drop")
        self.assertFalse(self.stored())
        self.fails(ConnectionResetError, "reset-after")
        self.assertTrue(self.stored())
        self.assertEqual([e["status"] for e in self.box.log()], [0, 0, 200])

    def test_drop_with_effect(self):
        self.fails(http.client.RemoteDisconnected, "drop,effect")
        self.assertTrue(self.stored())

    def test_drop_on_a_kept_connection(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.box.port, timeout=DEADLINE)
        connection.request("GET", LIST, headers=KEY)
        connection.getresponse().read()
        before = connection.sock
        with self.assertRaises(http.client.RemoteDisconnected):
            connection.request("GET", LIST, headers=dict(KEY, **{"X-Sandbox-Fault": "drop"}))
            self.assertIs(connection.sock, before)
            connection.getresponse()
        connection.close()

    def test_bodies(self):
        whole = self.get().body
        self.assertEqual(self.get("truncate").body, whole[:len(whole) // 2])
        self.assertEqual(self.get("empty").body, b"")
        self.assertEqual(self.get("content-type=text/plain").headers["Content-Type"], "text/plain")
        answer = self.get("deep-json=5000")
        self.assertEqual(answer.body, b"[" * 5000 + b"]" * 5000)
        answer = self.put("html")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertFalse(self.stored())
        answer = self.put("invalid-json")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
        self.assertRaises(ValueError, json.loads, answer.body)
        self.assertTrue(self.stored())

    def test_cut(self):
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.get("cut=7")
        self.assertEqual(len(caught.exception.partial), 7)
        with self.assertRaises(http.client.IncompleteRead):
            self.get("cut")
        request = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: k\r\nX-Sandbox-Fault: %s\r\n\r\n"
        got = self.box.raw(request % (LIST.encode(), b"cut-header"))
        self.assertTrue(got.startswith(b"HTTP/1.1 200 OK\r\n") and b"\r\n\r\n" not in got)
        got = self.box.raw(request % (LIST.encode(), rb"raw=HTTP/1.1 200 OK\r\nX: a\0b\x41\t\\\r\n\r\n"))
        self.assertEqual(got, b"HTTP/1.1 200 OK\r\nX: a\0bA\t\\\r\n\r\n")

    def read_some(self, fault, most):
        connection = http.client.HTTPConnection("127.0.0.1", self.box.port, timeout=DEADLINE)
        connection.request("GET", LIST, headers=dict(KEY, **{"X-Sandbox-Fault": fault}))
        answer = connection.getresponse()
        got = answer.read(most)
        connection.close()
        return answer, got

    def test_endless(self):
        _, got = self.read_some("endless", 1 << 20)
        self.assertEqual(len(got), 1 << 20)
        self.assertTrue(got.startswith(b'{"data":["x'))

    def test_gzip_bomb(self):
        answer, got = self.read_some("gzip-bomb", 1 << 16)
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        plain = zlib.decompressobj(31).decompress(got)
        self.assertGreater(len(plain), 100 * len(got))
        self.assertEqual(plain.strip(b" "), b"")

    def test_redirect(self):
        answer = self.put("redirect=http://127.0.0.1:1/elsewhere,x")
        self.assertEqual((answer.status, answer.headers["Location"]), (302, "http://127.0.0.1:1/elsewhere,x"))
        self.assertEqual(self.put("redirect=http://a.example/", "status=307").status, 307)
        self.assertFalse(self.stored())

    def test_times(self):
        for fault in ("latency=150", "late=150"):
            begin = time.monotonic()
            self.assertEqual(self.put(fault).status, 200)
            self.assertGreaterEqual(time.monotonic() - begin, 0.149)
        begin, whole = time.monotonic(), self.get().body
        self.assertEqual(self.get("slow=%d" % (len(whole) * 4)).body, whole)
        self.assertGreaterEqual(time.monotonic() - begin, 0.2)

    def test_late_takes_effect_at_once(self):
        with socket.create_connection(("127.0.0.1", self.box.port), timeout=DEADLINE) as s:
            body = json.dumps(BODY).encode()
            s.sendall(b"PUT %s HTTP/1.1\r\nHost: 127.0.0.1\r\napi-key: k\r\nContent-Type: application/json\r\nX-Sandbox-Fault: late=60000\r\n"
                      b"Content-Length: %d\r\n\r\n%s" % (NUMBER.encode(), len(body), body))
            until = time.monotonic() + DEADLINE
            while not self.stored():
                self.assertLess(time.monotonic(), until)

    def test_one_who_waits_does_not_hold_up_others(self):
        with socket.create_connection(("127.0.0.1", self.box.port), timeout=DEADLINE) as s:
            s.sendall(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: k\r\nX-Sandbox-Fault: latency=60000\r\n\r\n" % LIST.encode())
            begin = time.monotonic()
            for _ in range(10):
                self.assertEqual(self.get().status, 200)
            self.assertLess(time.monotonic() - begin, DEADLINE)

    def test_error_200(self):
        answer = self.box.ask("POST", "/webexconnect/resources/v1/messaging", {}, {"key": "k"}, faults=["error-200=7003"])
        self.assertEqual((answer.status, answer.json["response"]["code"]), (200, "7003"))
        answer = self.put("error-200")
        self.assertEqual((answer.status, bool(answer.json["error"]["code"])), (200, True))
        self.assertFalse(self.stored())

    def test_lie(self):
        self.assertEqual(self.put("lie").json["status"], 200)
        self.assertEqual(self.box.state()["kaleyra"]["accounts"]["HX1"]["numbers"], {})
        made = self.create("lie")
        self.assertEqual(self.box.ask("GET", LIST + "/" + made["id"], headers=KEY).status, 404)
        self.assertEqual(self.create()["phone_number_id"], "1")

    def create(self, *faults):
        answer = self.box.ask("POST", MINE, {"whatsapp_config": {"name": "n", "phone_number_id": "1", "business_account_id": "2",
                                                                 "access_token": "t"}}, KEY, faults=faults)
        self.assertEqual(answer.status, 201)
        return answer.json["data"]

    def names(self):
        return [c["name"] for c in self.get().json["data"]]

    def until_names(self, expected):
        until = time.monotonic() + DEADLINE
        while self.names() != expected:
            self.assertLess(time.monotonic(), until)

    def test_lag(self):
        one = LIST + "/" + self.create("lag=300")["id"]
        self.assertEqual((self.names(), self.box.ask("GET", one, headers=KEY).status), ([], 404))
        self.until_names(["n"])
        change = {"whatsapp_config": {"name": "m"}}
        self.assertEqual(self.box.ask("PATCH", one, change, KEY, faults=["lag=300"]).json["data"]["name"], "m")
        self.assertEqual((self.names(), self.box.ask("GET", one, headers=KEY).json["data"]["name"]), (["n"], "n"))
        self.until_names(["m"])
        self.box.ask("DELETE", one, headers=KEY, faults=["lag=300"])
        self.assertEqual(self.names(), ["m"])
        self.until_names([])

    def test_expired_token(self):
        def token():
            return {"Authorization": "Bearer " + self.box.ask(
                "POST", "/pingone-auth/w/as/token", b"grant_type=client_credentials&client_id=i&client_secret=s",
                kind="application/x-www-form-urlencoded").json["access_token"]}
        path = "/pingone/v1/environments/e/notificationsSettings/instantMessagingDeliverySettings/whatsApp"
        bearer = token()
        self.assertEqual(self.box.ask("GET", path, headers=bearer).status, 404)
        self.assertEqual(self.box.ask("GET", path, headers=bearer, faults=["expired-token"]).status, 401)
        self.assertEqual(self.box.ask("GET", path, headers=bearer).status, 401)
        self.assertEqual(self.box.ask("GET", path, headers=token()).status, 404)

    def test_rules(self):
        self.box.fault("PUT /kaleyra/* status=503,times=2,after=1")
        self.assertEqual([self.put().status for _ in range(4)], [200, 503, 503, 200])
        self.assertEqual(self.box.ask("GET", "/_sandbox/faults").json,
                         [{"spec": "PUT /kaleyra/* status=503,times=2,after=1", "times_left": 0, "after_left": 0}])
        self.box.fault("/kapso/* 429=Wed, 21 Oct 2026 07:28:00 GMT,times=1")
        self.assertEqual((self.get().headers["Retry-After"], self.get().status), ("Wed, 21 Oct 2026 07:28:00 GMT", 200))
        self.box.fault("GET status=500")
        self.assertEqual((self.get().status, self.put().status), (500, 200))
        self.assertEqual(self.box.log()[-2]["fault"], "status=500")

    def test_rules_add_up(self):
        self.box.fault("latency=100")
        begin = time.monotonic()
        self.assertEqual(self.get("status=500").status, 500)
        self.assertGreaterEqual(time.monotonic() - begin, 0.099)

    def test_wrong_specs(self):
        for spec in ("", "nonsense", "status", "status=abc", "status=1000", "drop=1", "latency=-1", "status=500,times=x", "redirect"):
            self.assertEqual(self.box.ask("POST", "/_sandbox/faults", spec.encode()).status, 400, spec)
            if spec:
                self.assertEqual(self.get(spec).status, 400)

    def test_command_line(self):
        box = Box("--fault", "GET /kapso/* status=503,times=1", "--fault", "PUT drop")
        try:
            self.assertEqual([box.ask("GET", LIST, headers=KEY).status for _ in range(2)], [503, 200])
            with self.assertRaises(http.client.RemoteDisconnected):
                box.ask("PUT", NUMBER, BODY)
        finally:
            self.assertEqual(box.stop(), (0, ""))


if __name__ == "__main__":
    unittest.main()
