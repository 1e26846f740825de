# SPDX-License-Identifier: GPL-2.0-or-later
"""How many requests a run makes, what is shared between objects, and that no output shows a secret, whatever a provider echoes."""
import base64
import pathlib
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from agent import SECRETS, Box, Place, leaks  # noqa: E402
from samples import APPLY  # noqa: E402


class Economy(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.stop)
        self.place = Place(self.box.url)
        self.addCleanup(self.place.close)

    def settings(self, n):
        text = samples.ACCOUNTS["pingone"]
        for i in range(n):
            text += "---" + samples.OBJECTS["pingone"].replace("alerts", "alerts-%d" % i).replace("e1", "env-%d" % i).replace("<app>", "20")
        self.place.write("tree.yaml", text)

    def configs(self, ids):
        text = samples.ACCOUNTS["kapso"]
        for i in ids:
            text += "---" + samples.OBJECTS["kapso"].replace("name: front }", "name: c-%d }" % i).replace("<name>", "n%d" % i).replace('"111"', '"%d"' % (1000 + i))
        self.place.write("tree.yaml", text)

    def asked(self):
        log = [(e["method"], e["path"], e["query"]) for e in self.box.log()]
        self.box.ask("DELETE", "/_sandbox/requests")
        return log

    def run_(self, *words, code=0):
        got = self.place.run(*words)
        self.assertEqual(got.code, code, str(got))
        return got

    def test_one_token_for_all(self):
        self.settings(8)
        self.run_(*APPLY)
        self.assertEqual(len([a for a in self.asked() if a[1].endswith("/as/token")]), 1)
        self.run_("plan")
        log = self.asked()
        self.assertEqual((len(log), len([a for a in log if a[0] == "GET"])), (9, 8), "one GET per object and one token")

    def test_a_token_that_expired_for_all_is_renewed_once(self):
        self.settings(8)
        self.run_(*APPLY)
        self.asked()
        self.box.fault("GET /pingone/* status=401,times=8")
        self.run_("plan", "--detailed-exitcode")
        self.assertEqual(len([a for a in self.asked() if a[1].endswith("/as/token")]), 2)

    def test_one_list_call_per_hundred(self):
        """What exists is looked for by its key in the list, at the largest page, each page once."""
        seed = {"kapso": {"open": True, "projects": {SECRETS["API_KEY"]: {"configs": {
            "id-%03d" % i: {"id": "id-%03d" % i, "name": "n%d" % i, "phone_number_id": str(1000 + i), "business_account_id": "22", "customer_id": "c1",
                            "access_token": "t", "webhook_verify_token": SECRETS["VERIFY_TOKEN"], "webhook_destination_url": "https://hooks.hotel.example/kapso",
                            "created_at": "2023-11-07T05:31:56Z", "updated_at": "2023-11-07T05:31:56Z"} for i in range(250)}}}}}
        self.box.state(seed)
        self.configs(range(0, 250, 2))
        self.run_("apply", "--yes", "--adopt")
        log = self.asked()
        self.assertEqual(sorted(a[2] for a in log), ["page=1&per_page=100", "page=2&per_page=100", "page=3&per_page=100"])
        self.assertEqual(samples.writes(self.box), [])
        self.run_("plan", "--detailed-exitcode")
        self.assertEqual(len(self.asked()), 3)
        self.configs([7])                       # one alone: its id is not known, the list finds it
        self.run_("plan")
        self.assertLessEqual(len(self.asked()), 3)
        self.configs([8])                       # one alone, known by its id
        self.run_("plan", "--detailed-exitcode")
        self.assertEqual(self.asked(), [("GET", "/kapso/whatsapp_configs/id-008", "")])

    def test_an_account_that_is_refused_is_asked_once(self):
        """A wrong key is not tried on every object: a provider may lock the account."""
        self.box.state({"kaleyra": {"open": False, "accounts": {"HX1": {"api_key": "another", "numbers": {}}}}})
        text = samples.ACCOUNTS["kaleyra"]
        for i in range(9):
            text += "---" + samples.OBJECTS["kaleyra"].replace("desk", "desk-%d" % i).replace("0001", "000%d" % i).replace("<about>", "x")
        self.place.write("tree.yaml", text)
        self.run_(*APPLY, "--parallelism", "2", code=77)
        self.assertLessEqual(len(self.asked()), 2)


class Secrets(unittest.TestCase):
    """Place.run() looks at all output and at the state; here a provider and the options do their worst."""

    def setUp(self):
        self.box = Box(WACONF_SANDBOX_RAW="1")
        self.addCleanup(self.box.stop)
        self.place = Place(self.box.url)
        self.addCleanup(self.place.close)

    def test_every_command_and_every_output(self):
        self.place.write("tree.yaml", samples.tree())
        self.place.run("state", "init")
        trace, plan = self.place.dir / "trace", self.place.dir / "plan"
        for words in (("validate",), ("plan", "-v"), ("plan", "-o", "markdown"), ("plan", "--offline"), ("apply", "--yes"), (*APPLY, "-v", "--trace", "http"),
                      (*APPLY, "--rewrite", "--trace", "http=%s" % trace, "--output-file", "json=%s" % plan), ("status", "-o", "json"),
                      ("history", "-o", "json"), ("state", "show", "-o", "json"), ("plan", "-o", "json")):
            self.assertIn(self.place.run(*words).code, (0, 4), words)
        raw = self.box.log(raw=True)
        self.assertIn(SECRETS["APP_SECRET"], str(raw), "the providers did get them")
        # Each credential went to its own address only: the client secret to the token service, a password to the login.
        for name, place in (("CLIENT_SECRET", "/pingone-auth/"), ("PASSWORD", "/voltmx/authService/"), ("SERVICE_KEY", "/webexconnect/"),
                            ("APP_SECRET", "/pingone/"), ("AUTH_TOKEN", "/voltmx/api/")):
            paths = {e["path"] for e in raw if leaks(str(e).encode()).count(name)}
            self.assertTrue(paths, name)
            self.assertTrue(all(path.startswith(place) for path in paths), (name, paths))
        for path in (trace, plan):
            self.assertTrue(path.stat().st_size)
            self.assertEqual(leaks(path.read_bytes()), [])

    def test_a_provider_that_shows_them_in_its_fields(self):
        """Live values, error texts, request ids: what a provider says is scrubbed of every secret of the run."""
        self.place.write("tree.yaml", samples.tree("kapso"))
        self.place.run("apply", "--yes")
        key, token = SECRETS["API_KEY"], SECRETS["ACCESS_TOKEN"]
        spelled = (key, urllib.parse.quote(key, safe=""), base64.b64encode(key.encode()).decode(), "a" + token + "b")
        for text in spelled:
            state = self.box.state()
            for config in state["kapso"]["projects"][key]["configs"].values():
                config.update(name=text, webhook_destination_url="https://x.example/" + urllib.parse.quote(text, safe=""))
            self.box.state(state)
            for words in (("plan", "-v"), ("plan", "-o", "json"), ("plan", "-o", "markdown"), (*APPLY, "-o", "json"), ("history", "-o", "json")):
                self.assertEqual(self.place.run(*words).code, 0, (text, words))


if __name__ == "__main__":
    unittest.main()
