# SPDX-License-Identifier: GPL-2.0-or-later
"""git's own http-backend behind a small HTTP server on loopback. `down` makes it refuse, `lie` answers with something that is not git, `away` redirects."""
import http.server
import os
import subprocess
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while True:
                size = int(self.rfile.readline(), 16)
                body += self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    break
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer(body)

    def answer(self, body):
        server = self.server
        server.paths.append(self.path)
        if server.mode == "down":
            self.send_error(503)
            return
        if server.mode == "locked":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        if server.mode == "away":
            self.send_response(301)
            self.send_header("Location", server.target + self.path)
            self.end_headers()
            return
        if server.mode == "lie":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>\x1b[31mnot git</html>")
            return
        path, _, query = self.path.partition("?")
        env = {"PATH": os.environ["PATH"], "HOME": server.root, "GIT_PROJECT_ROOT": server.root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
               "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
               "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""), "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "REMOTE_USER": ""}
        got = subprocess.run(["git", "http-backend"], env=env, input=body, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        head, _, content = got.partition(b"\r\n\r\n")
        fields = [line.split(b": ", 1) for line in head.split(b"\r\n")]
        status = [int(v.split()[0]) for k, v in fields if k.lower() == b"status"]
        self.send_response(status[0] if status else 200)
        for k, v in fields:
            if k.lower() != b"status":
                self.send_header(k.decode(), v.decode())
        self.end_headers()
        self.wfile.write(content)


class Server:
    def __init__(self, root):
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.root, self.http.mode, self.http.paths, self.http.target = str(root), "up", [], ""
        self.url = "http://127.0.0.1:%d" % self.http.server_port
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()
