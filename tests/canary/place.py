# SPDX-License-Identifier: GPL-2.0-or-later
"""A place with documents for every secret field of every kind, each secret a canary behind a reference, and with a directory where all
outputs of all runs go. What is below `inputs` is where the secrets come from; everything else is searched."""
import base64
import json
import os
import pathlib
import pty
import resource
import select
import shutil
import subprocess
import tempfile
import threading
import time

from search import Search, canary, numbers_of, told

WACONF = os.environ["WACONF"]
SOURCES = ("env", "file", "cred", "exec")
DEADLINE = 20

GIVE = """#!/bin/sh
# prints the secret $2 and keeps what others could see of this program and of the one that started it
{ tr '\\0' '\\n' </proc/self/environ; tr '\\0' ' ' </proc/self/cmdline; tr '\\0' ' ' </proc/$PPID/cmdline; cat /proc/$PPID/limits
  ls -l /proc/self/fd; } >"$1/child.$$" 2>&1
cat "$(dirname "$0")/../exec/$2"
"""


class Place:
    def __init__(self, url, shift=0, group=None):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="canary-", dir=os.environ.get("TMPDIR")))
        self.url, self.shift, self.fields, self.runs = url, shift, set(), 0
        self.secrets, self.environment = {}, {}
        self.search = Search()
        self.inputs = self.root / "inputs"
        for name in ("inputs/tree", "inputs/keys", "inputs/cred", "inputs/exec", "inputs/bin", "out", "tmp", "home", "children"):
            (self.root / name).mkdir(parents=True)
        self.out, self.tree, self.state = self.root / "out", self.inputs / "tree", self.root / "state"
        give = self.inputs / "bin" / "give"
        give.write_text(GIVE)
        give.chmod(0o755)
        self.give = str(give)
        self.write("all.yaml", "\n---\n".join(json.dumps(d, ensure_ascii=False) for d in self.documents() if not group
                                              or d["apiVersion"].startswith(group + "/")))

    def write(self, name, text):
        (self.tree / name).write_text(text)

    def remove(self):
        shutil.rmtree(self.root)

    # --- documents ------------------------------------------------------------------------------------------

    def secret(self, field, more="ü✓", make=None):
        """A reference to a new canary; `field` is the address of a row, GROUP/KIND/PATH."""
        number = len(self.secrets)
        text = canary(number, more)
        if make:
            self.search.add(text)
            text = make(text)
        self.fields.add(field)
        self.secrets[number] = (field, text)
        scheme, name = SOURCES[(number + self.shift) % len(SOURCES)], f"S{number}"
        if scheme == "env":
            self.environment[name] = text
            return {"from": f"env:{name}"}
        folder = {"file": "keys", "cred": "cred", "exec": "exec"}[scheme]
        (self.inputs / folder / name).write_text(text + "\n")
        (self.inputs / folder / name).chmod(0o600)
        if scheme == "file":
            return {"from": f"file:{self.inputs}/keys/{name}"}
        return {"from": f"cred:{name}"} if scheme == "cred" else {"from": f"exec:{self.give} {self.root}/children {name}"}

    def documents(self):
        s, plain = self.secret, {"more": ""}               # what goes into a header stays within ASCII
        yield document("kaleyra", "Account", "one", base_url=f"{self.url}/kaleyra", sid="HX0000000000IN", api_key=s("kaleyra/Account/api_key", **plain))
        yield document("kaleyra", "NumberProfile", "desk", account="one", wa_number="+919000000001", about="Open 9-17", website="https://hotel.example",
                       incoming_url="https://hooks.hotel.example/in")
        ways = {"basic": lambda: {"username": "admin", "password": s("voltmx/Account/auth/basic/password")},
                "login": lambda: {"url": f"{self.url}/voltmx/login", "userid": "ops@hotel.example", "password": s("voltmx/Account/auth/login/password")},
                "oauth": lambda: {"access_token": s("voltmx/Account/auth/oauth/access_token", **plain),
                                  "access_secret": s("voltmx/Account/auth/oauth/access_secret", **plain)}}
        for n, (way, auth) in enumerate(ways.items()):
            base = f"{self.url}/voltmx" if way == "login" else f"{self.url}/voltmx/{way}"
            yield document("voltmx", "Account", way, base_url=base, auth={way: auth()})
            yield document("voltmx", "WhatsAppConfig", way, account=way, protocol="HTTP", provider="TWILIO_WHATSAPP", inboundSecurityEnabled=False,
                           properties={"Account SID": f"AC{n:032}", "Auth Token": s("voltmx/WhatsAppConfig/properties/Auth Token"),
                                       "From": f"+91900000001{n}", "Header Content Type": "application/x-www-form-urlencoded",
                                       "Maximum Character Limit": "140"})
        for way, environment in (("basic", "e-1"), ("post", "e-2")):
            yield document("pingone", "Account", way, api_url=f"{self.url}/pingone", auth_url=f"{self.url}/pingone-auth",
                           worker_environment_id="w-1", client_id=f"client-{way}", client_secret=s("pingone/Account/client_secret"), token_auth=way)
            yield document("pingone", "WhatsAppDeliverySettings", way, account=way, environment_id=environment, provider="CUSTOM_WHATSAPP",
                           whatsAppAccountBusinessId="107794359053209", appId="263386889724299",
                           appSecret=s("pingone/WhatsAppDeliverySettings/appSecret"),
                           userAccessToken=s("pingone/WhatsAppDeliverySettings/userAccessToken"))
        yield document("kapso", "Account", "one", base_url=f"{self.url}/kapso", platform_url=f"{self.url}/kapso", meta_url=f"{self.url}/kapso",
                       api_key=s("kapso/Account/api_key", **plain))
        yield document("kapso", "WhatsAppConfig", "desk", account="one", customer_id="customer-1", name="Front desk", phone_number_id="116195731537720",
                       business_account_id="98765432109", webhook_destination_url="https://hooks.hotel.example/kapso",
                       webhook_verify_token=s("kapso/WhatsAppConfig/webhook_verify_token"), access_token=s("kapso/WhatsAppConfig/access_token"))
        signing = {"make": lambda text: base64.b64encode(text.encode()).decode()}
        for way, auth in (("key", {"service_key": s("webexconnect/Account/service_key", **plain)}),
                          ("token", {"jwt": {"service_id": "SV-1", "service_secret": s("webexconnect/Account/jwt/service_secret", **signing)}})):
            yield document("webexconnect", "Account", way, base_url=f"{self.url}/webexconnect", **auth)
            yield document("webexconnect", "Message", f"hello-{way}", account=way, appid="a_1", text="Your room is ready.",
                           not_after="2099-01-01T00:00:00Z", destination=[{"waid": ["+919000000009"], "correlationid": f"stay-{way}"}])

    # --- runs -----------------------------------------------------------------------------------------------

    def surroundings(self, **more):
        env = {k: os.environ[k] for k in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LC_ALL") if k in os.environ}
        env.update(self.environment, HOME=str(self.root / "home"), TMPDIR=str(self.root / "tmp"), CREDENTIALS_DIRECTORY=str(self.inputs / "cred"),
                   WACONF_STATE=str(self.state), TERM="xterm-256color", **more)
        return env

    @property
    def trusted(self):
        return ["--allow-origin", self.url, "--allow-file", str(self.inputs / "keys"), "--allow-exec", self.give]

    def run(self, *words, env=None, want=None, cwd=None):
        """One command; its outputs are kept. Returns them with the exit code."""
        done = subprocess.run([WACONF, *map(str, words)], env=self.surroundings(**(env or {})), cwd=cwd or self.out, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=DEADLINE, check=False, preexec_fn=allow_cores)
        self.keep(words, done.stdout, done.stderr)
        crashed = done.returncode < 0 or b"Sanitizer" in done.stderr or b"runtime error" in done.stderr
        if crashed or want is not None and done.returncode not in (want if isinstance(want, tuple) else (want,)):
            raise AssertionError(f"{words} ended with {done.returncode}, not {want}:\n{done.stdout.decode('utf-8', 'replace')[-3000:]}\n"
                                 f"{done.stderr.decode('utf-8', 'replace')[-3000:]}")
        return done

    def daemon(self, *words, until, ask=()):
        """A command that ends only when told to. Waits until standard error holds `until`; then, for each (signal, words) of `ask`, sends the
        signal and waits for the words behind it. Ends it with SIGTERM and keeps its outputs. Returns (exit code, standard error)."""
        command = [WACONF, *map(str, words)]
        with subprocess.Popen(command, env=self.surroundings(), cwd=self.out, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, preexec_fn=allow_cores) as child:
            end = time.monotonic() + DEADLINE
            timer = threading.Timer(DEADLINE, child.kill)
            timer.start()
            try:
                errors = b""
                for number, wanted in ((None, until), *ask):
                    if number is not None:
                        child.send_signal(number)
                    seen = len(errors)
                    while wanted.encode() not in errors[seen:]:
                        more = os.read(child.stderr.fileno(), 65536)
                        errors += more
                        if not more or time.monotonic() > end:
                            raise AssertionError(f"{words} never said {wanted!r}:\n{errors.decode('utf-8', 'replace')[-3000:]}")
                child.terminate()
                out, more = child.communicate()
            finally:
                timer.cancel()
                child.kill()
        errors += more
        self.keep(words, out, errors)
        return child.returncode, errors.decode("utf-8", "replace")

    def keep(self, words, out, errors):
        self.runs += 1
        name = f"{self.runs:03d}-{'-'.join(str(w).lstrip('-') for w in words[:1])}"
        (self.out / f"{name}.stdout").write_bytes(out)
        (self.out / f"{name}.stderr").write_bytes(errors)

    def terminal(self, *words, answer=b""):
        """One command on a terminal of its own; `answer` is typed when something is asked. Returns (exit code, all that was shown)."""
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.out)
            os.execve(WACONF, [WACONF, *map(str, words)], self.surroundings())
        shown, until = b"", time.monotonic() + DEADLINE
        while time.monotonic() < until:
            ready, _, _ = select.select([fd], [], [], 0.2)
            try:
                more = os.read(fd, 65536) if ready else None
            except OSError:
                break
            if more == b"":
                break
            shown += more or b""
            if answer and b"?" in shown.rsplit(b"\n", 1)[-1]:
                os.write(fd, answer)
                answer = b""
        else:
            os.kill(pid, 9)
        os.close(fd)
        _, status = os.waitpid(pid, 0)
        self.keep(words, shown, b"")
        return os.waitstatus_to_exitcode(status), shown

    def leaks(self):
        """Everything outside `inputs`, searched. Returns (findings, number of files)."""
        found, files = [], 0
        for name in sorted(os.listdir(self.root)):
            if name != "inputs":
                more, n = self.search.tree(self.root / name)
                found += more
                files += n
        return found, files

    def check(self, test, least=3):
        found, files = self.leaks()
        names = [self.secrets[int(n)][0] for n in numbers_of(found) if int(n) in self.secrets]
        test.assertEqual(found, [], f"\n{told(found)}\nfields: {names}")
        test.assertGreaterEqual(files, least, "nothing was searched")


def allow_cores():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def document(group, kind, name, /, **spec):
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": {"name": name, "labels": {"city": "pune"}}, "spec": spec}
