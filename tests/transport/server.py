#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that misbehaves to the byte, for tests/unit/test_transport.c.

    server.py DIR         DIR gets certificates; the first line of output is: PORT OTHER GOOD WRONG EXPIRED SELF OLD HUNG

PORT speaks plain HTTP, and what it answers is named by the path: /FAULT/ID, where FAULT is a function below and ID any text by which
the test asks afterwards, at /seen/ID, what arrived. OTHER is where redirects point. The rest speak TLS with certificates that are good (signed by
DIR/ca.pem), for another name, expired, self-signed; OLD offers TLS 1.1 at most; HUNG accepts and says nothing. Ends when standard input does.
"""
import gzip
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import warnings

JSON = b"Content-Type: application/json\r\n"
OK = b"HTTP/1.1 200 OK\r\n" + JSON
LOCK = threading.Lock()
SEEN = {}           # ID -> counts
OTHER = [0, 0]      # port, requests


class Seen:
    """What arrived under one ID."""

    def __init__(self):
        self.n = self.kept = self.sent = self.flying = self.most = 0
        self.times, self.headers, self.body = [], "", ""


class Connection:
    def __init__(self, sock):
        self.sock, self.rest, self.requests, self.path = sock, b"", 0, ""
        self.seen, self.kept = Seen(), False

    def read(self):
        """One request: (method, path), or None at the end."""
        while b"\r\n\r\n" not in self.rest:
            more = self.sock.recv(65536)
            if not more:
                return None
            self.rest += more
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        length = 0
        for line in lines[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        while len(self.rest) < length:
            more = self.sock.recv(65536)
            if not more:
                return None
            self.rest += more
        body, self.rest = self.rest[:length], self.rest[length:]
        method, self.path, _ = lines[0].split(" ")
        self.kept, self.requests = self.requests > 0, self.requests + 1
        with LOCK:
            self.seen = SEEN.setdefault(self.path.split("/")[-1], Seen())
            if not self.path.startswith("/seen/"):
                self.seen.n += 1
                self.seen.kept += self.kept
                self.seen.times.append(time.monotonic())
                self.seen.headers, self.seen.body = head.decode("latin-1"), body.decode("latin-1")
                self.seen.flying += 1
                self.seen.most = max(self.seen.most, self.seen.flying)
        return method, self.path

    def send(self, data):
        self.sock.sendall(data)
        self.seen.sent += len(data)

    def ok(self, body=b"{}", more=b""):
        self.send(OK + more + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def status(self, line, more=b""):
        self.send(b"HTTP/1.1 " + line + b"\r\n" + JSON + more + b"Content-Length: 2\r\n\r\n{}")

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return True

    def gone(self, seconds):
        """Waits for the other side to leave, `seconds` at most."""
        self.sock.settimeout(seconds)
        try:
            while self.sock.recv(65536):
                pass
        except OSError:
            pass
        return True


# Faults. Each is called with the connection and the how-manieth request of its ID this is; a true result closes the connection.
def ok(c, n): c.ok()
def kept_close(c, n): return c.ok() if not c.kept else True
def close_before(c, n): return True
def reset_before(c, n): return c.reset()
def cut_status(c, n): return c.send(b"HTTP/1.1 200 OK\r\n") or True
def cut_headers(c, n): return c.send(OK + b"Content-Le") or True
def cut_blank(c, n): return c.send(OK + b"Content-Length: 2\r\n") or True
def cut_empty(c, n): return c.send(OK + b"Content-Length: 0\r\n") or True
def cut_204(c, n): return c.send(b"HTTP/1.1 204 No Content\r\nX: y\r\n") or True
def cut_length(c, n): return c.send(OK + b"Content-Length: 100\r\n\r\n{\"a\":") or True
def cut_chunk(c, n): return c.send(OK + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{\"a\":") or True
def cut_last_chunk(c, n): return c.send(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n") or True
def cut_unframed(c, n): return c.send(OK + b"Connection: close\r\n\r\n") or True
def bad_chunk(c, n): return c.send(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n") or True
def nul_header(c, n): return c.send(OK + b"X: a\0b\r\nContent-Length: 2\r\n\r\n{}") or True
def control_header(c, n): return c.send(OK + b"X: a\x01b\r\nContent-Length: 2\r\n\r\n{}") or True
def http09(c, n): return c.send(b"{}") or True
def garbage(c, n): return c.send(b"\x16\x03\x01 what is this\r\n\r\n") or True
def folded(c, n): return c.send(OK + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}") or c.gone(5)
def two_ways(c, n): return c.send(OK + b"Content-Length: 20\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n") or c.gone(5)
def other_way(c, n): return c.send(OK + b"Transfer-Encoding: chunked\r\nContent-Length: 20\r\n\r\n2\r\n{}\r\n0\r\n\r\n") or c.gone(5)
def two_lengths(c, n): return c.send(OK + b"Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}") or c.gone(5)
def odd_length(c, n): return c.send(OK + b"Content-Length: 2, 20\r\n\r\n{}") or c.gone(5)
def odd_coding(c, n): return c.send(OK + b"Transfer-Encoding: gzip\r\n\r\n{}") or c.gone(5)
def same_length(c, n): c.send(OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}")
def silent(c, n): return c.gone(20)
def big_header(c, n): return c.send(OK + b"X: " + b"a" * (2 << 20) + b"\r\nContent-Length: 2\r\n\r\n{}") or c.gone(5)
def many_headers(c, n): return c.send(OK + b"X: a\r\n" * 20000 + b"Content-Length: 2\r\n\r\n{}") or c.gone(5)
def many_interim(c, n): return c.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 20000 + OK + b"Content-Length: 2\r\n\r\n{}") or c.gone(5)
def interim(c, n): c.send(b"HTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\n{}")
def truncated_json(c, n): c.ok(b'{"a":')
def html(c, n): c.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>hi")
def html_502(c, n): c.send(b"HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>hi")
def html_404(c, n): c.send(b"HTTP/1.1 404 No\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>hi")
def untyped(c, n): c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
def empty(c, n): c.ok(b"")
def no_content(c, n): c.send(b"HTTP/1.1 204 No Content\r\n\r\n")
def unframed(c, n): return c.send(OK + b"\r\n{}") or True
def problem(c, n): c.send(b"HTTP/1.1 422 No\r\nContent-Type: application/problem+json; charset=utf-8\r\nX-Request-Id: r-1\r\nContent-Length: 2\r\n\r\n{}")
def zipped(c, n): c.ok(gzip.compress(b'{"a":1}'), b"Content-Encoding: gzip\r\n")
def bomb(c, n): return c.send(OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"0" * (50 << 20))) or True
def bad_zip(c, n): c.ok(b"not gzip at all", b"Content-Encoding: gzip\r\n")
def to_other(c, n): c.status(b"302 Found", b"Location: http://127.0.0.1:%d/stolen\r\n" % OTHER[0])
def to_other_307(c, n): c.status(b"307 Temporary Redirect", b"Location: http://127.0.0.1:%d/stolen\r\n" % OTHER[0])
def to_other_303(c, n): c.status(b"303 See Other", b"Location: http://127.0.0.1:%d/stolen\r\n" % OTHER[0])
def to_path(c, n): c.status(b"301 Moved", b"Location: /elsewhere\r\n")
def to_file(c, n): c.status(b"301 Moved", b"Location: file:///etc/passwd\r\n")
def fail_500(c, n): c.status(b"500 Oops")
def fail_503(c, n): c.status(b"503 Busy", b"Retry-After: 1\r\n")
def fail_429(c, n): c.status(b"429 Slow down")
def once_500(c, n): c.status(b"500 Oops") if n == 1 else c.ok()
def once_408(c, n): c.status(b"408 Late") if n == 1 else c.ok()
def once_429(c, n): c.status(b"429 Slow down") if n == 1 else c.ok()
def after_0(c, n): c.status(b"429 Slow down", b"Retry-After: 0\r\n") if n == 1 else c.ok()
def after_1(c, n): c.status(b"429 Slow down", b"Retry-After: 1\r\n") if n == 1 else c.ok()
def after_minus(c, n): c.status(b"429 Slow down", b"Retry-After: -5\r\n") if n == 1 else c.ok()
def after_2099(c, n): c.status(b"429 Slow down", b"Retry-After: Fri, 01 Jan 2099 00:00:00 GMT\r\n")
def after_huge(c, n): c.status(b"429 Slow down", b"Retry-After: 100000000000000000000\r\n")
def after_121(c, n): c.status(b"429 Slow down", b"Retry-After: 121\r\n")
def busy_1(c, n): c.status(b"503 Busy", b"Retry-After: 1\r\n") if n == 1 else c.ok()


def reset_inside(c, n):
    c.send(OK + b"Content-Length: 100\r\n\r\n{\"a\":")
    return c.reset()


def drip_headers(c, n):
    return drip(c, OK + b"X: " + b"a" * 4000)


def drip_body(c, n):
    return drip(c, OK + b"Content-Length: 4000\r\n\r\n" + b"0" * 4000)


def drip(c, data):
    """Two bytes at a time, half a second apart, until the other side has had enough."""
    for i in range(0, len(data), 2):
        c.send(data[i:i + 2])
        c.sock.settimeout(0.5)
        try:
            if not c.sock.recv(1):
                return True
        except TimeoutError:
            pass
    return True


def endless(c, n):
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    c.send(OK + b"Connection: close\r\n\r\n")
    while True:
        c.send(b"0" * 65536)


def unasked(c, n):
    """An answer, and a second one that nobody asked for: it must not become the answer of the next request."""
    c.send(OK + b"Content-Length: 2\r\n\r\n{}" + OK + b"Content-Length: 12\r\n\r\n{\"evil\":true")


def slow(c, n):
    """Answers when three requests are there at once, or after a while."""
    end = time.monotonic() + 0.2
    while c.seen.flying < 3 and time.monotonic() < end:
        time.sleep(0.002)
    c.ok()


FAULTS = {name: f for name, f in list(globals().items()) if callable(f) and name.islower()}


def report(c):
    s = c.seen
    gaps = [b - a for a, b in zip(s.times, s.times[1:])]
    c.ok(json.dumps({"n": s.n, "kept": s.kept, "sent": s.sent, "most": s.most, "gap": int(1000 * min(gaps, default=0)), "other": OTHER[1],
                     "headers": s.headers, "body": s.body}).encode())


def serve(sock):
    c = Connection(sock)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while c.read():
            name = c.path.split("/")[1]
            if name == "seen":
                report(c)
                continue
            try:
                over = FAULTS[name](c, c.seen.n)
            finally:
                with LOCK:
                    c.seen.flying -= 1
            if over:
                break
    except OSError:
        pass
    finally:
        sock.close()


def serve_tls(context):
    def run(sock):
        try:
            serve(context.wrap_socket(sock, server_side=True))
        except OSError:      # the other side does not like our certificate
            sock.close()
    return run


def stolen(sock):
    OTHER[1] += 1
    sock.close()


def hung(sock):
    Connection(sock).gone(20)
    sock.close()


def listen(handle):
    s = socket.create_server(("127.0.0.1", 0), backlog=128)

    def accept():
        while True:
            connection, _ = s.accept()
            threading.Thread(target=handle, args=(connection,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    return s.getsockname()[1]


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificates(place):
    """ca.pem, and good, wrong, expired (signed by it), self: NAME.pem with key and certificate."""
    def at(name): return os.path.join(place, name)
    with open(at("ca.conf"), "w", encoding="ascii") as f:
        f.write("[ca]\ndefault_ca=c\n[c]\ndatabase={0}/index\nserial={0}/serial\nnew_certs_dir={0}\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n"
                "unique_subject=no\n[p]\ncommonName=supplied\n".format(place))
    with open(at("index"), "w", encoding="ascii"):
        pass
    with open(at("serial"), "w", encoding="ascii") as f:
        f.write("01\n")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-subj", "/CN=test ca", "-days", "30")
    for name, host, start, end in (("good", "IP:127.0.0.1", "200101000000Z", "21000101000000Z"), ("wrong", "DNS:other.example", "200101000000Z", "21000101000000Z"),
                                   ("expired", "IP:127.0.0.1", "200101000000Z", "210101000000Z")):
        openssl("req", "-new", *key, "-keyout", at(name + ".key"), "-out", at(name + ".csr"), "-subj", "/CN=" + name, "-addext", "subjectAltName=" + host)
        openssl("ca", "-batch", "-config", at("ca.conf"), "-cert", at("ca.pem"), "-keyfile", at("ca.key"), "-in", at(name + ".csr"), "-out", at(name + ".crt"),
                "-startdate", start, "-enddate", end, "-notext")
    openssl("req", "-x509", *key, "-keyout", at("self.key"), "-out", at("self.crt"), "-subj", "/CN=self", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "30")


def tls(place, name, old=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(place, name + ".crt"), os.path.join(place, name + ".key"))
    if old:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return listen(serve_tls(context))


def main():
    warnings.simplefilter("ignore")      # TLS 1.1 is old, and that is the point
    place = sys.argv[1]
    certificates(place)
    OTHER[0] = listen(stolen)
    print(listen(serve), OTHER[0], tls(place, "good"), tls(place, "wrong"), tls(place, "expired"), tls(place, "self"),
          tls(place, "good", old=True), listen(hung), flush=True)
    sys.stdin.read()


main()
