# SPDX-License-Identifier: GPL-2.0-or-later
"""The systemd units: valid, hardened, and their command lines are right."""
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(os.environ["ROOT"])
WACONF = os.environ["WACONF"]
UNITS = sorted((ROOT / "packaging/systemd").iterdir())
SERVICES = [u for u in UNITS if u.suffix == ".service"]
HARDENING = re.compile(r"^(?:(?:Protect|Private|Restrict(?!Prevent)|SystemCall|NoNew|Capability|Ambient|Device|Lock|Limit|Memory|Proc|Remove)\w*|"
                       r"UMask|DynamicUser|User|StateDirectory\w*)=.*$", re.M)


def analyze(*args):
    return subprocess.run(["systemd-analyze", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)


class Units(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)

    def copies(self):
        """The units as they are after installing this build."""
        made = []
        for unit in UNITS:
            made.append(self.place / unit.name)
            made[-1].write_text(unit.read_text().replace("/usr/bin/waconf", WACONF))
        return made

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_valid(self):
        done = analyze("verify", "--man=no", *map(str, self.copies()))
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_a_mistake_is_seen(self):
        path = self.copies()[0]
        path.write_text(path.read_text().replace("PrivateTmp=", "PrivatTmp="))
        self.assertIn("PrivatTmp", analyze("verify", "--man=no", str(path)).stdout)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_exposure(self):
        for unit in self.copies():
            if unit.suffix == ".service":
                done = analyze("security", "--offline=true", "--threshold=15", "--no-pager", str(unit))
                self.assertEqual(done.returncode, 0, done.stdout)
                weak = self.place / "weak.service"
                weak.write_text(unit.read_text().replace("ProtectSystem=strict\n", "").replace("SystemCallFilter", "#"))
                self.assertNotEqual(analyze("security", "--offline=true", "--threshold=15", "--no-pager", str(weak)).returncode, 0)

    def test_both_services_are_alike(self):
        one, two = (HARDENING.findall(s.read_text()) for s in SERVICES)
        self.assertEqual(one, two)
        self.assertGreater(len(one), 30)

    def test_commands(self):
        """Each command line, also in the drop-in that a unit shows, is one that waconf takes."""
        seen = 0
        for unit in SERVICES:
            for line in re.findall(r"^(?:# *)?ExecStart=/usr/bin/waconf (.*)$", unit.read_text(), re.M):
                words = shlex.split(line)
                words[-1] = str(ROOT / "examples/kaleyra")
                seen += 1
                done = subprocess.run([WACONF, *words, "--help"], capture_output=True, text=True, timeout=20, check=False)
                self.assertEqual(done.returncode, 0, (words, done.stderr))
        self.assertEqual(seen, 4)

    def test_a_manager_hears_of_it(self):
        """READY after the first pass, also where nothing could be applied; RELOADING and READY on SIGHUP; STOPPING at the end."""
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(str(self.place / "notify"))
        manager.settimeout(20)
        env = {k: v for k, v in os.environ.items() if not k.startswith("WACONF")}
        env.update(NOTIFY_SOCKET=str(self.place / "notify"), WATCHDOG_USEC="30000000", KALEYRA_API_KEY="x", KALEYRA_KEY="x")
        process = subprocess.Popen([WACONF, "watch", "--mode", "report", "--state", str(self.place / "state"), str(ROOT / "examples/kaleyra")], env=env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def hears(*words):
            got, end = [""], time.monotonic() + 20
            while not all(w in got[-1] for w in words):
                self.assertLess(time.monotonic(), end, (words, got))
                got.append(manager.recv(4096).decode())
        hears("READY=1")
        process.send_signal(signal.SIGHUP)
        hears("RELOADING=1", "MONOTONIC_USEC=")
        hears("STATUS=report")
        hears("READY=1")
        process.send_signal(signal.SIGTERM)
        hears("STOPPING=1")
        process.wait(20)


if __name__ == "__main__":
    unittest.main()
