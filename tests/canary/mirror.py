# SPDX-License-Identifier: GPL-2.0-or-later
"""The five APIs played by a server that answers with what it was sent: the credentials and every text of the request, raw or encoded, in
each place of an answer that somebody might show. Tests set `answer`, a function (request) -> Reply or None for a good answer.
"""
import base64
import http.server
import json
import re
import threading
import urllib.parse

ENCODINGS = {
    "raw": lambda s: s,
    "json": lambda s: json.dumps(s)[1:-1],
    "url": lambda s: urllib.parse.quote(s, safe=""),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "hex": lambda s: s.encode().hex(),
    "base64 in text": lambda s: base64.b64encode(b"u:" + s.encode() + b"..").decode(),
    "json in json": lambda s: json.dumps(json.dumps(s)),
}
CREDENTIALS = ("authorization", "api-key", "x-api-key", "key", "accesstoken", "accesssecret", "x-voltmx-authorization")


class Reply:
    def __init__(self, status, body, headers=(), kind="application/json", reason=None):
        self.status, self.headers, self.kind, self.reason = status, list(headers), kind, reason
        self.body = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()


def leaves(tree):
    if isinstance(tree, dict):
        for value in tree.values():
            yield from leaves(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from leaves(value)
    elif isinstance(tree, str):
        yield tree


class Request:
    def __init__(self, handler, body):
        self.method, self.path, self.body = handler.command, handler.path, body
        self.headers = {k.lower(): v.encode("latin-1").decode("utf-8", "replace") for k, v in handler.headers.items()}
        self.provider = self.path.split("/")[1].split("?")[0]
        try:
            self.json = json.loads(body)
        except ValueError:
            self.json = None

    @property
    def is_token(self):
        return self.path.endswith(("/as/token", "/login"))

    @property
    def is_read(self):
        return self.method == "GET"

    def secrets(self):
        """What this request carried that somebody should keep to himself, as texts."""
        found = []
        for name in CREDENTIALS:
            value = self.headers.get(name)
            if value:
                found += [value] + value.split(" ")[1:]
                if value.startswith("Basic "):
                    user, _, password = base64.b64decode(value[6:]).decode().partition(":")
                    found.append(password)
        if self.json is not None:
            found += [t for t in leaves(self.json) if len(t) > 20]
        elif self.body:
            found += [v for _, v in urllib.parse.parse_qsl(self.body.decode("utf-8", "replace")) if len(v) > 20]
        return list(dict.fromkeys(found))


def failure(text, status=400, **more):
    """An error that every provider's client reads: the members of all their forms, each with this text."""
    words = {"code": text, "parameter": text, "message": text, "reference": text, "fbtrace_id": text}
    body = {"error": words, "errorCode": text, "errorMessage": text, "code": text, "message": text, "requestId": text, "request_id": text,
            "id": text, "correlation_id": text, "details": [{"target": text, "message": text}], "error_description": text,
            "response": {"code": text, "description": text, "transid": text}}
    return Reply(status, body, **more)


class Mirror(http.server.ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 64

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answer, self.token, self.seen = (lambda request: None), "a-token-of-no-interest", []
        self.stored = {}                   # path -> document, of what was written
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def handle_error(self, request, client_address):
        pass                               # a client that went away

    def stop(self):
        self.shutdown()
        self.server_close()
        self.thread.join()

    def good(self, r):
        """What the provider would say, in few words."""
        if r.path.endswith("/as/token"):
            return Reply(200, {"access_token": self.token, "token_type": "Bearer", "expires_in": 3600})
        if r.path.endswith("/login"):
            return Reply(200, {"claims_token": {"value": self.token, "exp": 4102444800000}})
        if r.provider == "kaleyra":
            return Reply(200, {"status": 200, "error": {}})
        if r.provider == "webexconnect":
            return Reply(202, {"response": [{"code": "1001", "description": "Queued", "transid": "t-1"}]})
        if r.provider == "kapso":
            return self.kapso(r)
        if r.is_read:
            return Reply(200, self.stored[r.path]) if r.path in self.stored else Reply(404, {"code": "NOT_FOUND", "message": "none"})
        document = {k: v for k, v in r.json.items() if k not in ("appSecret", "userAccessToken")}
        self.stored[r.path] = document
        return Reply(200, document)

    def kapso(self, r):
        base = r.path.split("?")[0]
        if r.is_read and base.endswith("/whatsapp_configs"):
            every = [v for k, v in self.stored.items() if k.startswith("/kapso/whatsapp_configs/")]
            return Reply(200, {"data": every, "meta": {"page": 1, "total_pages": 1}})
        if r.is_read:
            return Reply(200, {"data": self.stored[base]}) if base in self.stored else Reply(404, {"error": "Not found"})
        made = re.sub(r".*/customers/[^/]*", "/kapso", base)
        path = made + "/c-1" if r.method == "POST" else base
        sent = {k: v for k, v in r.json["whatsapp_config"].items() if k not in ("access_token", "webhook_verify_token")}
        self.stored[path] = self.stored.get(path, {"id": path.rsplit("/", 1)[1]}) | sent
        return Reply(201 if r.method == "POST" else 200, {"data": self.stored[path]})


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, wbufsize = "HTTP/1.1", -1

    def log_message(self, *words):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self, body)
        self.server.seen.append(request)
        reply = self.server.answer(request) or self.server.good(request)
        self.send_response_only(reply.status, reply.reason and reply.reason.encode().decode("latin-1"))
        self.send_header("Content-Type", reply.kind)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value.encode().decode("latin-1"))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any
