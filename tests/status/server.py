# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts the status server with a board of the test's own (tests/status/serve.c) and talks to it as bytes or by http.client."""
import http.client
import json
import os
import pathlib
import select
import socket
import subprocess

SERVE = pathlib.Path(os.environ.get("BUILD", "build")).resolve() / "driver/status/serve"
DEADLINE = 20.0

FIELDS = [
    {"path": "/about", "why": "drift", "before": "Open 9-17", "after": "Open 24/7"},
    {"path": "/api_key", "why": "secret-changed", "before": {"secret": True, "fingerprint": "00aa11bb22cc33dd"},
     "after": {"secret": True, "fingerprint": "ffee"}},
]


def row(address, state="in_sync", **more):
    return {"address": address, "state": state, "since": 60, **more}


class Server:
    def __init__(self, listen="127.0.0.1:0", *arguments):
        self.process = subprocess.Popen([SERVE, listen, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.lines, self.rest, self.hooks = [], b"", 0
        self.hello = json.loads(self.line())
        self.port, self.address = self.hello.get("port"), self.hello.get("address", "")

    def line(self):
        """The next line of its output, within the deadline."""
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], DEADLINE)[0]:
                raise TimeoutError("the server says nothing")
            part = os.read(self.process.stdout.fileno(), 65536)
            if not part:
                raise EOFError("the server ended: %r" % self.rest)
            self.rest += part
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode()

    def set(self, **board):
        """Changes the board; hooks that came before are counted in `hooks`."""
        self.process.stdin.write(json.dumps(board).encode() + b"\n")
        while (line := self.line()) != "done":
            self.hooks += line == "hook"

    def stop(self):
        self.process.stdin.close()
        code = self.process.wait(DEADLINE)
        self.process.stdout.close()
        return code

    def connect(self):
        if self.address.startswith("unix:"):
            s = socket.socket(socket.AF_UNIX)
            s.settimeout(DEADLINE)
            s.connect(self.address[5:])
            return s
        return socket.create_connection(("::1" if "[::1]" in self.address else "127.0.0.1", self.port), DEADLINE)

    def ask(self, path="/", method="GET", body=None, **headers):
        """Returns (status, headers, body). Header names are written with _ for -."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        c.sock = self.connect()
        try:
            c.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
            answer = c.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            c.close()

    def raw(self, data):
        """Sends bytes and returns everything that comes back until the server closes."""
        with self.connect() as s:
            got = b""
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                while part := s.recv(65536):
                    got += part
            except OSError:        # it was closed before all was sent
                pass
            return got
