# SPDX-License-Identifier: GPL-2.0-or-later
"""A headless Chromium through chromedriver, spoken to with http.client (WebDriver)."""
import base64
import http.client
import json
import os
import re
import select
import shutil
import signal
import subprocess
import time

DEADLINE = 60.0
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars"]


def missing():
    return None if shutil.which("chromedriver") and shutil.which("chromium") else "chromium and chromium-driver are not installed"


class Browser:
    def __init__(self, place, *flags, width=1100, height=900):
        env = dict(os.environ, HOME=place, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        self.session = None
        text, end = b"", time.monotonic() + DEADLINE
        while not (found := re.search(rb"started successfully on port (\d+)", text)):
            if not select.select([self.driver.stdout], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("chromedriver does not start: %r" % text)
            part = os.read(self.driver.stdout.fileno(), 4096)
            if not part:
                raise EOFError("chromedriver ended: %r" % text)
            text += part
        self.port = int(found.group(1))
        options = {"binary": shutil.which("chromium"), "args": FLAGS + ["--user-data-dir=%s/profile" % place, "--window-size=%d,%d" % (width, height), *flags]}
        wants = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}}
        self.session = self.call("POST", "/session", wants)["sessionId"]

    def call(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            c.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            answer = c.getresponse()
            value = json.loads(answer.read())["value"]
        finally:
            c.close()
        if answer.status != 200:
            raise RuntimeError("%s %s: %s" % (method, path, value))
        return value

    def do(self, method, path, **body):
        return self.call(method, "/session/%s/%s" % (self.session, path), body if method == "POST" else None)

    def open(self, url):
        self.do("POST", "url", url=url)

    def js(self, script, *arguments):
        """The value of an expression."""
        return self.do("POST", "execute/sync", script="return (%s)" % script, args=list(arguments))

    def until(self, script, *arguments):
        """Waits until an expression is true, and returns its value."""
        end = time.monotonic() + DEADLINE
        while not (value := self.js(script, *arguments)):
            if time.monotonic() > end:
                raise TimeoutError("never true: %s\n%s" % (script, self.js("document.body.innerText")))
        return value

    def keys(self, text):
        """Types where the focus is."""
        self.do("POST", "actions", actions=[{"type": "key", "id": "k", "actions": [
            {"type": kind, "value": c} for c in text for kind in ("keyDown", "keyUp")]}])

    def cdp(self, command, **parameters):
        return self.do("POST", "goog/cdp/execute", cmd=command, params=parameters)

    def size(self, width, height):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name):
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def log(self):
        """What the console said since it was asked last."""
        return [line["message"] for line in self.do("POST", "se/log", type="browser")]

    def picture(self):
        return base64.b64decode(self.do("GET", "screenshot"))

    def stop(self):
        try:
            if self.session:
                self.call("DELETE", "/session/" + self.session)
        finally:
            os.killpg(self.driver.pid, signal.SIGTERM)
            self.driver.wait(DEADLINE)
            self.driver.stdout.close()
