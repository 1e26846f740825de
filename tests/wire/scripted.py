# SPDX-License-Identifier: GPL-2.0-or-later
"""An HTTP server that gives the answers it was told to, in their order, and keeps the exact bytes of what it was asked.

Reading and writing are plain sockets: nothing here knows what a client ought to send.
"""
import socket
import threading
import time


class Asked:
    """One request as it came: start line, headers in their order, body."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.line, self.body, self.at = lines[0], body, time.monotonic()
        self.method, self.target = self.line.split(" ")[:2]
        self.headers = [tuple(line.split(": ", 1)) for line in lines[1:]]

    def get(self, name):
        """All values of a header; names have no case."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Reply:
    """status 0: the connection is closed without an answer (the request was read)."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def bytes(self):
        head = "HTTP/1.1 %d Whatever\r\n" % self.status
        headers = dict(self.headers)
        if self.status != 204:
            headers.setdefault("Content-Type", "application/json")
            headers.setdefault("Content-Length", str(len(self.body)))
        return (head + "".join("%s: %s\r\n" % h for h in headers.items()) + "\r\n").encode() + self.body


class Server:
    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        self.lock = threading.Lock()
        self.replies, self.asked, self.problems = [], [], []
        threading.Thread(target=self.serve, daemon=True).start()

    def expect(self, replies):
        with self.lock:
            self.replies, self.asked, self.problems = list(replies), [], []

    def close(self):
        self.socket.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        data = b""
        with connection:
            connection.settimeout(60)
            try:
                while True:
                    asked, data = self.read(connection, data)
                    if not asked or not self.answer(connection, asked):
                        return
            except OSError:
                return

    @staticmethod
    def read(connection, data):
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None, b""
            data += more
        head, data = data.split(b"\r\n\r\n", 1)
        asked = Asked(head, b"")
        length = int((asked.get("Content-Length") or ["0"])[0])
        while len(data) < length:
            more = connection.recv(65536)
            if not more:
                return None, b""
            data += more
        asked.body, data = data[:length], data[length:]
        return asked, data

    def answer(self, connection, asked):
        with self.lock:
            self.asked.append(asked)
            reply = self.replies.pop(0) if self.replies else None
            if reply is None:
                self.problems.append("no answer is left for: " + asked.line)
                reply = Reply(400, {}, b'{"message":"not in the story"}')
        if reply.status == 0:
            return False
        connection.sendall(reply.bytes())
        return dict(reply.headers).get("Connection") != "close"
