# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts `waconf sandbox` (the program is named by WACONF) and talks to it with nothing but http.client."""
import base64
import http.client
import json
import os
import select
import signal
import socket
import subprocess
import unittest

WACONF = os.environ.get("WACONF", "build/waconf")
DEADLINE = 10.0


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Box:
    def __init__(self, *arguments, **environment):
        env = {k: v for k, v in os.environ.items() if not k.startswith("WACONF")}
        env.update(environment)
        self.process = subprocess.Popen([WACONF, "sandbox", *arguments], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE)
        self.url = self.process.stdout.readline().decode().strip() if ready else ""
        if not self.url.startswith("http://127.0.0.1:"):
            self.process.kill()
            raise RuntimeError("no address: %r %r" % (self.url, self.process.communicate()[1]))
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, errors.decode()

    def ask(self, method, path, body=None, headers=None, kind="application/json", faults=()):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            for spec in faults:
                connection.putheader("X-Sandbox-Fault", spec)
            data = None
            if body is not None:
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                if kind:
                    connection.putheader("Content-Type", kind)
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def raw(self, data):
        """Sends bytes, returns all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE) as s:
            s.sendall(data)
            got = b""
            while True:
                more = s.recv(65536)
                if not more:
                    return got
                got += more

    def state(self, seed=None):
        if seed is None:
            return self.ask("GET", "/_sandbox/state").json
        answer = self.ask("PUT", "/_sandbox/state", seed)
        assert answer.status == 204, answer.body
        return None

    def log(self, raw=False):
        return self.ask("GET", "/_sandbox/requests" + ("?raw=1" if raw else "")).json

    def fault(self, spec):
        answer = self.ask("POST", "/_sandbox/faults", spec.encode(), kind="text/plain")
        assert answer.status == 204, answer.body


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()}


class Case(unittest.TestCase):
    """One sandbox for the class; each test begins with the default state, no faults and an empty log."""
    arguments, environment = (), {}

    @classmethod
    def setUpClass(cls):
        cls.box = Box(*cls.arguments, **cls.environment)

    @classmethod
    def tearDownClass(cls):
        code, errors = cls.box.stop()
        assert code == 0, (code, errors)
        assert "Sanitizer" not in errors and "runtime error" not in errors, errors

    def setUp(self):
        self.box.state({})
        self.assertEqual(self.box.ask("DELETE", "/_sandbox/faults").status, 204)
        self.assertEqual(self.box.ask("DELETE", "/_sandbox/requests").status, 204)
