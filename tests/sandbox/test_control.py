# SPDX-License-Identifier: GPL-2.0-or-later
"""The log, the state, the seed, the way it starts and ends, and what it makes of broken requests."""
import json
import os
import socket
import subprocess
import tempfile
import unittest

from box import WACONF, Box, Case, basic

HEADERS = {"api-key": "canary-1", "X-API-Key": "canary-2", "key": "canary-3", "Authorization": "Basic canary-4", "AccessToken": "canary-5",
           "AccessSecret": "canary-6", "X-VoltMX-Authorization": "canary-7"}
BODY = {"appSecret": "canary-8", "userAccessToken": "canary-9", "whatsapp_config": {"access_token": "canary-10", "webhook_verify_token": "canary-11"},
        "properties": [{"key": "Auth Token", "value": "canary-12"}, {"value": "shown", "key": "From"}], "password": "canary-13"}
FORM = b"userid=u&password=canary-14&client_secret=canary-15&grant_type=x"


class Control(Case):
    def three(self):
        self.box.ask("PUT", "/kaleyra/v1/HX1/whatsapp/number?a=b%20c", BODY, HEADERS)
        self.box.ask("POST", "/voltmx/login", FORM, kind="application/x-www-form-urlencoded")
        self.box.ask("PUT", "/kaleyra/x", b"{canary-16")

    def test_log_is_masked(self):
        self.three()
        text = self.box.ask("GET", "/_sandbox/requests").body
        self.assertNotIn(b"canary", text)
        first, second, third = json.loads(text)
        self.assertEqual((first["method"], first["path"], first["query"], first["status"], first["fault"]),
                         ("PUT", "/kaleyra/v1/HX1/whatsapp/number", "a=b%20c", 400, None))
        for name in HEADERS:
            self.assertEqual(first["headers"][name], "(masked)")
        self.assertEqual(first["headers"]["Content-Type"], "application/json")
        self.assertEqual(first["body"]["properties"][1]["value"], "shown")
        self.assertEqual(second["body"], {"userid": "u", "password": "(masked)", "client_secret": "(masked)", "grant_type": "x"})
        self.assertEqual(third["body"], {"json": False, "bytes": 10})
        self.assertEqual(self.box.ask("GET", "/_sandbox/requests?raw=1").status, 403)
        self.assertEqual(self.box.ask("DELETE", "/_sandbox/requests").status, 204)
        self.assertEqual(self.box.log(), [])

    def test_raw_log(self):
        box = Box(WACONF_SANDBOX_RAW="1")
        try:
            self.box, mine = box, self.box
            self.three()
            first, second, third = self.box.log(raw=True)
            self.assertEqual(first["raw_body"], json.dumps(BODY))
            self.assertEqual(first["raw_target"], "/kaleyra/v1/HX1/whatsapp/number?a=b%20c")
            self.assertEqual({k: first["headers"][k] for k in HEADERS}, HEADERS)
            self.assertEqual((second["raw_body"], third["raw_body"]), (FORM.decode(), "{canary-16"))
            self.assertNotIn(b"canary", self.box.ask("GET", "/_sandbox/requests").body)
            self.box.ask("PUT", "/kaleyra/x", b"\xff\x00")
            self.assertEqual(self.box.log(raw=True)[-1]["raw_body"], {"hex": "ff00"})
        finally:
            self.box = mine
            self.assertEqual(box.stop(), (0, ""))

    def test_log_is_bounded(self):
        with socket.create_connection(("127.0.0.1", self.box.port)) as s:
            answers = s.makefile("rb")
            for _ in range(201):
                s.sendall(b"GET /kaleyra/x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 100)
                for _ in range(100):
                    length = 0
                    while (line := answers.readline()) != b"\r\n":
                        if line.lower().startswith(b"content-length:"):
                            length = int(line.split(b":")[1])
                    answers.read(length)
        log = self.box.log()
        self.assertEqual((len(log), log[-1]["number"] - log[0]["number"]), (20000, 19999))

    def test_state_goes_round(self):
        self.box.ask("PUT", "/kaleyra/v1/HX1/whatsapp/number", {"wa_number": "+919000000001", "about": "\u00e9"}, {"api-key": "k"})
        before = self.box.state()
        self.box.state({})
        self.assertNotEqual(self.box.state(), before)
        self.box.state(before)
        self.assertEqual(self.box.state(), before)

    def test_wrong_states(self):
        for body in (b"{", [], {"other": {}}, {"kapso": []}):
            self.assertEqual(self.box.ask("PUT", "/_sandbox/state", body).status, 400)

    def test_state_with_holes_does_not_stop_it(self):
        strange = ({}, [], "x", 5, None, {"x": {}}, {"k": {}}, {"k": {"configs": {"i": {}}}}, {"e": {"provider": "CUSTOM_WHATSAPP"}},
                   {"": {"config": {}}}, {"*": {}}, {"*": [5, {}]}, {"HX1": {"numbers": []}})
        members = {"kaleyra": ["accounts"], "voltmx": ["servers", "users", "tokens", "masked"], "kapso": ["projects", "show_webhook"],
                   "pingone": ["environments", "inventories", "clients", "token_lifetime"], "webexconnect": ["services", "keys", "messages"]}
        token = {"Authorization": "Bearer t"}
        wa = "/pingone/v1/environments/e/notificationsSettings/instantMessagingDeliverySettings/whatsApp"
        settings = {k: "x" for k in ("whatsAppAccountBusinessId", "appId", "userAccessToken", "appSecret")}
        for group, names in members.items():
            for name in names:
                for value in strange:
                    seed = {group: {"open": True, name: value}}
                    seed.setdefault("pingone", {"open": True})["tokens"] = {"t": 1 << 40}
                    self.box.state(seed)
                    for ask in (("PUT", "/kaleyra/v1/HX1/whatsapp/number", {"wa_number": "+919000000001", "about": "x"}, {"api-key": "k"}),
                                ("GET", "/voltmx/api/v1/whatsappconfig", None, basic("a", "b")), ("POST", "/voltmx/login", {"userid": "a", "password": "b"}),
                                ("GET", wa, None, token), ("PUT", wa, dict(settings, provider="CUSTOM_WHATSAPP", numbers=[{"numberId": "1"}]), token),
                                ("GET", "/kapso/whatsapp_configs", None, {"X-API-Key": "k"}), ("GET", "/kapso/whatsapp_configs/i", None, {"X-API-Key": "k"}),
                                ("PATCH", "/kapso/whatsapp_configs/i", {"whatsapp_config": {"name": "x"}}, {"X-API-Key": "k"}),
                                ("POST", "/webexconnect/resources/v1/messaging", {}, {"key": "k"})):
                        self.assertIn(self.box.ask(*ask).status // 100, (2, 4, 5), (seed, ask))

    def test_only_by_a_loopback_name(self):
        for host, status in (("127.0.0.1", 200), ("localhost:1", 200), ("[::1]:1", 200), ("127.9.9.9", 200), ("rebound.example", 403), ("127.0.0.1.example", 403)):
            got = self.box.raw(b"GET /_sandbox/state HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host.encode())
            self.assertEqual(int(got.split()[1]), status, host)

    def test_other_control_paths(self):
        self.assertEqual(self.box.ask("GET", "/_sandbox").status, 404)
        self.assertEqual(self.box.ask("POST", "/_sandbox/state", {}).status, 405)
        self.assertEqual(self.box.ask("GET", "/").status, 404)
        self.assertEqual(self.box.ask("GET", "/other/x").status, 404)

    def test_broken_requests(self):
        def status(head, body=b""):
            got = self.box.raw(head.replace(b"\n", b"\r\n") + b"Connection: close\r\n\r\n" + body)
            return int(got.split()[1])
        self.assertEqual(status(b"GET /kapso/a%00b HTTP/1.1\nHost: a\n"), 400)
        self.assertEqual(status(b"GET /kapso/%zz HTTP/1.1\nHost: a\n"), 400)
        self.assertEqual(status(b"GET /kapso/%ff HTTP/1.1\nHost: a\n"), 400)
        self.assertEqual(status(b"GET /kapso/x% HTTP/1.1\nHost: a\n"), 400)
        self.assertEqual(status(b"GET kapso HTTP/1.1\nHost: a\n"), 400)
        self.assertEqual(status(b"GET /kapso HTTP/1.1\n"), 400)
        self.assertEqual(status(b"GET /kapso HTTP/1.1\nHost: a\nHost: b\n"), 400)
        self.assertEqual(status(b"GET /kapso HTTP/1.1\nHost: a\nX-API-Key: \xff\n"), 400)
        self.assertEqual(status(b"PUT /kapso HTTP/1.1\nHost: a\nContent-Length: 1\nContent-Length: 1\n", b"x"), 400)
        self.assertEqual(status(b"GET /" + b"a/" * 50 + b" HTTP/1.1\nHost: a\n"), 400)
        self.assertEqual(self.box.ask("PUT", "/kaleyra/v1/HX1/whatsapp/number", b"x" * (1 << 20) + b"y").status, 413)
        self.assertEqual(status(b"GET /kapso HTTP/1.1\nHost: a\n" + b"".join(b"X-%d: y\n" % i for i in range(150))), 400)
        self.assertEqual(self.box.ask("TRACE", "/kaleyra/v1/HX1/whatsapp/number").status, 405)

    def test_seed_file(self):
        with tempfile.TemporaryDirectory() as directory:
            name = os.path.join(directory, "seed.json")
            with open(name, "w", encoding="utf-8") as f:
                json.dump({"kapso": {"projects": {"k": {}}}}, f)
            box = Box("--seed", name)
            self.assertEqual(box.ask("GET", "/kapso/whatsapp_configs", headers={"X-API-Key": "k"}).status, 200)
            self.assertEqual(box.ask("GET", "/kapso/whatsapp_configs", headers={"X-API-Key": "other"}).status, 401)
            self.assertEqual(box.stop(), (0, ""))
            with open(name, "w", encoding="utf-8") as f:
                f.write("{\n\"kapso\": }")
            self.refuses(65, "line 2", "--seed", name)
            self.refuses(65, "missing.json", "--seed", os.path.join(directory, "missing.json"))

    def refuses(self, code, word, *arguments):
        done = subprocess.run([WACONF, "sandbox", *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
        self.assertEqual((done.returncode, done.stdout), (code, b""), done.stderr)
        self.assertIn(word, done.stderr.decode())

    def test_other_addresses(self):
        for at, url in (("127.1.2.3:0", "http://127.1.2.3:"), ("localhost:0", "http://127.0.0.1:")):
            with subprocess.Popen([WACONF, "sandbox", "--listen", at], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                self.assertTrue(process.stdout.readline().decode().startswith(url))
                process.terminate()
                self.assertEqual((process.wait(10), process.stderr.read()), (0, b""))

    def test_start_refused(self):
        self.refuses(64, "loopback", "--listen", "0.0.0.0:0")
        self.refuses(64, "loopback", "--listen", "192.0.2.1:80")
        self.refuses(64, "nonsense", "--listen", "nonsense")
        self.refuses(64, "66000", "--listen", "127.0.0.1:66000")
        self.refuses(64, "sparkle", "--fault", "sparkle")
        self.refuses(1, "in use", "--listen", "127.0.0.1:%d" % self.box.port)


if __name__ == "__main__":
    unittest.main()
