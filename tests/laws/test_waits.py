# SPDX-License-Identifier: GPL-2.0-or-later
"""What a wait between the plan and the write may not do: send a message after its time, or write what was read too long ago. And what a run that
writes nothing says: of deletions put off, of messages that are too late or unsure."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from agent import Box, Place, until  # noqa: E402
from samples import APPLY, CONFIGURED  # noqa: E402

LATE = "2020-01-01T00:00:00Z"


class Waits(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.stop)
        self.place = Place(self.box.url)
        self.addCleanup(self.place.close)
        self.place.run("state", "init")

    def message(self, seconds, **account):
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        text = samples.tree("webexconnect").replace("2099-01-01T00:00:00Z", end)
        if account:
            text = text.replace('service_key: {', "limits: { requests_per_second: %(pace)s }, service_key: {" % account)
        self.place.write("tree.yaml", text)

    def test_a_message_is_not_sent_after_a_429_that_lasts_too_long(self):
        self.message(3)
        self.box.fault("POST /webexconnect/* 429=6,times=1")
        start = time.monotonic()
        got = self.place.run(*APPLY, "-o", "json")
        self.assertEqual(got.changes["welcome"]["error"]["code"], "E803", str(got))
        self.assertEqual((got.code, got.changes["welcome"]["outcome"]), (1, "failed"), str(got))
        self.assertLess(time.monotonic() - start, 5, "it gives up at once")
        self.assertEqual(samples.held(self.box)["webexconnect"], [])
        self.assertEqual(len(samples.writes(self.box)), 1)

    def test_a_message_is_not_sent_by_a_slow_lane_after_its_time(self):
        self.message(2, pace=0.25)
        got = self.place.run(*APPLY, "-o", "json")
        self.assertEqual(got.changes["welcome"]["error"]["code"], "E803", str(got))
        self.assertEqual((got.code, len(samples.writes(self.box))), (3, 1), "the first of two was sent\n%s" % got)

    def test_a_write_that_waited_is_made_of_what_is_there_now(self):
        """The provider says 429 for 31 seconds; meanwhile somebody changes what the whole document would put back."""
        self.box.state({"voltmx": CONFIGURED["voltmx"]})
        self.place.write("tree.yaml", samples.tree("voltmx").replace("  inboundSecurityEnabled: false\n", ""))
        self.box.fault("POST /voltmx/api/* 429=31,times=1")
        process = self.place.start(*APPLY)
        until(lambda: samples.writes(self.box), "the first POST")
        state = self.box.state()
        config = state["voltmx"]["servers"][""]["config"]
        config["inboundSecurityEnabled"] = not config["inboundSecurityEnabled"]
        now = config["inboundSecurityEnabled"]
        self.box.state(state)
        out, err = process.communicate(timeout=60)
        self.place.judge(process, out, err, APPLY)
        held = self.box.state()["voltmx"]["servers"][""]["config"]
        self.assertEqual((process.returncode, held["inboundSecurityEnabled"]), (0, now), out.decode() + err.decode())
        self.assertEqual(held["properties"]["Account SID"], "AC1")

    def configs(self, *names):
        text = samples.ACCOUNTS["kapso"]
        for i, name in enumerate(names):
            text += "---" + samples.OBJECTS["kapso"].replace("name: front }", "name: %s }" % name).replace("<name>", name).replace('"111"', '"%d"' % (100 + i))
        self.place.write("kapso.yaml", text)

    def prune(self):
        return self.place.run(*APPLY, "--prune", "--allow", "delete", "--allow", "mass-delete")

    def test_an_expired_message_puts_no_deletion_off(self):
        self.configs("a", "b", "c")
        self.assertEqual(self.place.run(*APPLY).code, 0)
        self.configs("a", "b")
        self.place.write("message.yaml", samples.tree("webexconnect").replace("2099-01-01T00:00:00Z", LATE))
        got = self.prune()
        self.assertEqual(got.code, 0, str(got))
        self.assertEqual(len(samples.held(self.box)["kapso"]), 2, str(got))

    def test_deletions_put_off_are_not_success(self):
        self.configs("a", "b", "c")
        self.assertEqual(self.place.run(*APPLY).code, 0)
        self.message(3600)
        self.box.fault("POST /webexconnect/* drop,times=1")
        self.assertEqual(self.place.run(*APPLY).code, 3)
        got = self.place.run(*APPLY)
        self.assertEqual((got.code, "unsure" in got.out), (0, True), str(got))
        self.configs("a", "b")
        got = self.prune()
        self.assertEqual((got.code, "E709" in got.out), (4, True), str(got))
        self.assertEqual(len(samples.held(self.box)["kapso"]), 3)


if __name__ == "__main__":
    unittest.main()
