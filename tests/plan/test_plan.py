# SPDX-License-Identifier: GPL-2.0-or-later
"""Plan stories: what a plan says of each kind of field in each situation (contract 5).

Voltmx stands for fields that can be read (its token for secrets that can, or are masked), Kaleyra for plain ones that cannot, PingOne for secrets
that cannot, Kapso for objects that come and go.
"""
import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from agent import SECRETS  # noqa: E402
from story import Case  # noqa: E402


class Readable(Case):
    """Live is known."""

    def test_new(self):
        self.open_voltmx()
        change = self.change("engagement")
        self.assertEqual((change["action"], change["outcome"], change["class"]), ("create", "planned", "reach"))
        self.assertEqual({f["why"] for f in change["fields"]}, {"new"})
        self.assertEqual(len(change["fields"]), 8)

    def test_edited_and_nothing_else(self):
        self.open_voltmx()
        self.apply()
        self.assertEqual(self.whys("engagement"), {})
        self.tree("voltmx", limit="160")
        change = self.change("engagement")
        self.assertEqual(change["fields"], [{"path": "/properties/Maximum Character Limit", "why": "edited", "before": "140", "after": "160",
                                             **{k: v for k, v in change["fields"][0].items() if k == "sent_at"}}])
        self.assertEqual((change["action"], change["class"]), ("update", "visible"))

    def test_edited_when_never_applied(self):
        """An object that somebody else made."""
        self.box.state({"voltmx": dict(samples.CONFIGURED["voltmx"], mask="none")})
        self.tree("voltmx")
        self.assertEqual(self.whys("engagement"), {
            "/inboundSecurityEnabled": "edited", "/properties/Account SID": "edited", "/properties/Auth Token": "edited", "/properties/From": "edited",
            "/properties/Maximum Character Limit": "edited"})

    def test_drift(self):
        self.open_voltmx()
        self.apply()
        self.voltmx(Maximum_Character_Limit="99")
        field, = self.change("engagement")["fields"]
        self.assertEqual((field["path"], field["why"], field["before"], field["after"]), ("/properties/Maximum Character Limit", "drift", "99", "140"))
        self.apply()
        self.assertEqual(self.whys("engagement"), {})

    def test_edited_here_and_there(self):
        """Live is neither what was applied nor what is declared: drift, whatever the document did meanwhile."""
        self.open_voltmx()
        self.apply()
        self.voltmx(Maximum_Character_Limit="99")
        self.tree("voltmx", limit="160")
        self.assertEqual(self.whys("engagement"), {"/properties/Maximum Character Limit": "drift"})

    def test_the_document_follows_the_console(self):
        """Both sides agree on what the state does not have: in sync, and apply lets the state know."""
        self.open_voltmx()
        self.apply()
        self.voltmx(Maximum_Character_Limit="160")
        self.tree("voltmx", limit="160")
        self.assertEqual(self.whys("engagement"), {})
        self.apply()
        self.assertEqual(len(samples.writes(self.box)), 1)
        self.assertEqual(self.change("engagement", "--offline")["action"], "none")
        self.voltmx(Maximum_Character_Limit="140")
        self.assertEqual(self.whys("engagement"), {"/properties/Maximum Character Limit": "drift"})

    def test_a_secret(self):
        self.open_voltmx()
        self.apply()
        self.place.env["AUTH_TOKEN"] = "canary-new-0014"
        field, = self.change("engagement")["fields"]
        self.assertEqual((field["path"], field["why"]), ("/properties/Auth Token", "secret-changed"))
        for side in ("before", "after"):
            self.assertEqual(set(field[side]), {"secret", "fingerprint"})
            self.assertTrue(field[side]["secret"])
        self.assertNotEqual(field["before"]["fingerprint"], field["after"]["fingerprint"])
        self.apply()
        self.assertEqual(self.whys("engagement"), {})
        self.voltmx(Auth_Token="canary-changed-outside")
        got = self.plan()
        self.assertEqual(got.whys("engagement"), {"/properties/Auth Token": "drift"})
        self.assertNotIn("canary-changed-outside", got.out)

    def test_normal_forms_are_no_change(self):
        self.open_voltmx()
        self.apply()
        for old, new in (("From: \"+919000000002\"", "From: \"+91 90000-00002\""), ("Limit: 140", "Limit: \"0140\""), ("protocol: HTTP", "protocol: http"),
                         ("application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded; charset=utf-8")):
            self.tree("voltmx")
            self.replace(old, new)
            self.assertEqual(self.whys("engagement"), {}, new)

    def test_cleared(self):
        self.tree("kapso")
        self.apply()
        self.replace('webhook_destination_url: "https://hooks.hotel.example/kapso"', "webhook_destination_url: null")
        self.replace('webhook_verify_token: { from: "env:VERIFY_TOKEN" }', "webhook_verify_token: ~")
        fields = {f["path"]: f for f in self.change("front")["fields"]}
        self.assertEqual((fields["/webhook_destination_url"]["why"], fields["/webhook_destination_url"]["after"]), ("cleared", None))
        self.assertEqual(fields["/webhook_verify_token"]["why"], "cleared")
        self.apply()
        self.assertNotIn("cleared", self.whys("front").values())
        config, = self.configs().values()
        self.assertEqual((config["webhook_destination_url"], config["webhook_verify_token"]), (None, None))

    def test_absent_is_not_null(self):
        self.tree("kapso")
        self.apply()
        self.replace('webhook_destination_url: "https://hooks.hotel.example/kapso"', "")
        self.kapso(webhook_destination_url="https://elsewhere.example/")
        whys = self.whys("front")
        self.assertEqual(whys.get("/webhook_destination_url"), "released")
        self.apply()
        self.assertNotIn("/webhook_destination_url", self.whys("front"))
        config, = self.configs().values()
        self.assertEqual(config["webhook_destination_url"], "https://elsewhere.example/")


class Hidden(Case):
    """Live is unknown: what was sent last stands in, and it is never called in sync."""

    def test_plain(self):
        self.tree("kaleyra")
        self.assertEqual(self.whys("desk"), {"/incoming_url": "first-write", "/about": "first-write"})
        self.apply()
        change = self.change("desk")
        self.assertEqual({f["why"] for f in change["fields"]}, {"unverifiable"})
        self.assertTrue(all(f["sent_at"] for f in change["fields"]))
        self.assertEqual((change["action"], change["outcome"], change["requests"]), ("none", "unchanged", []))
        self.tree("kaleyra", about="Open 24/7")
        change = self.change("desk")
        fields = {f["path"]: f for f in change["fields"]}
        self.assertEqual((fields["/about"]["why"], fields["/about"]["before"], fields["/about"]["after"]), ("edited", "Open 9-17", "Open 24/7"))
        self.assertEqual(fields["/incoming_url"]["why"], "unverifiable")
        self.assertEqual((change["action"], change["class"]), ("update", "visible"))
        self.assertEqual(change["requests"][0]["body"], {"wa_number": "+919000000001", "about": "Open 24/7"})

    def test_a_secret(self):
        self.box.state(copy.deepcopy(samples.CONFIGURED))
        self.tree("pingone", app="9")
        self.replace("numbers: [ { number: \"+1 555-061-2978\" } ]", "numbers: [ { number: \"+44 20 7946 0958\" } ]")
        self.assertEqual(self.whys("alerts"), {"/appSecret": "first-write", "/userAccessToken": "first-write"})
        self.apply()
        self.assertEqual(self.whys("alerts"), {"/appSecret": "unverifiable", "/userAccessToken": "unverifiable"})
        self.place.env["APP_SECRET"] = "canary-new-0014"
        self.assertEqual(self.whys("alerts"), {"/appSecret": "secret-changed", "/userAccessToken": "unverifiable"})
        self.apply()
        self.assertEqual(self.whys("alerts"), {"/appSecret": "unverifiable", "/userAccessToken": "unverifiable"})

    def test_masked(self):
        self.tree("voltmx")                      # the sandbox masks the token
        self.apply()
        self.assertEqual(self.whys("engagement"), {"/properties/Auth Token": "unverifiable"})
        self.place.env["AUTH_TOKEN"] = "canary-new-0014"
        self.assertEqual(self.whys("engagement"), {"/properties/Auth Token": "secret-changed"})

    def test_cleared_without_seeing(self):
        self.box.state({"kapso": {"open": True, "show_webhook": False}})
        self.tree("kapso")
        self.apply()
        self.replace('webhook_destination_url: "https://hooks.hotel.example/kapso"', "webhook_destination_url: null")
        self.assertEqual(self.whys("front")["/webhook_destination_url"], "cleared")
        self.apply()
        self.assertEqual(self.whys("front")["/webhook_destination_url"], "unverifiable")

    def test_released(self):
        self.tree("kaleyra")
        self.apply()
        self.replace(', incoming_url: "https://hooks.hotel.example/in"', "")
        change = self.change("desk")
        self.assertEqual({f["path"]: f["why"] for f in change["fields"]}, {"/about": "unverifiable", "/incoming_url": "released"})
        self.assertEqual((change["action"], self.plan("--detailed-exitcode").json["summary"]["update"]), ("none", 0))
        self.apply()
        self.assertEqual(self.whys("desk"), {"/about": "unverifiable"})
        self.assertEqual(len(samples.writes(self.box)), 1)
        self.replace("about: Open 9-17", 'about: Open 9-17, incoming_url: "https://hooks.hotel.example/in"')
        self.assertEqual(self.whys("desk")["/incoming_url"], "first-write", "it was let go of: its value is unknown by now")

    def test_adopt(self):
        self.tree("kaleyra")
        self.assertEqual(self.whys("desk", "--adopt"), {"/incoming_url": "unverifiable", "/about": "unverifiable"})
        self.assertEqual(self.whys("desk"), {"/incoming_url": "first-write", "/about": "first-write"})
        self.apply("--adopt")
        self.assertEqual(self.box.log(), [])
        self.assertEqual(self.whys("desk"), {"/incoming_url": "unverifiable", "/about": "unverifiable"})
        self.tree("kaleyra", about="Open 24/7")
        self.assertEqual(self.whys("desk", "--adopt")["/about"], "edited")

    def test_rewrite(self):
        self.tree("kaleyra", "kapso")
        self.apply()
        change = self.change("desk", "--rewrite")
        self.assertEqual((change["action"], change["requests"][0]["body"]["about"]), ("update", "Open 9-17"))
        self.assertEqual(self.change("front", "--rewrite=kaleyra/*")["action"], "none")
        self.assertEqual(self.change("desk", "--rewrite=kaleyra/*")["action"], "update")
        before = len(samples.writes(self.box))
        self.apply("--rewrite=kapso/*")
        self.assertEqual([e["method"] for e in samples.writes(self.box)[before:]], ["PATCH"])

    def test_made_anew_by_somebody_else(self):
        """The id in the state is gone and another object has the key: what was sent to the old one is not in it."""
        self.tree("kapso")
        self.apply()

        def act(kapso):
            configs = next(iter(kapso["projects"].values()))["configs"]
            (_, config), = configs.items()
            configs.clear()
            configs["made-anew"] = dict(config, id="made-anew", access_token="another")
        self.edit("kapso", act)
        self.assertEqual(self.whys("front"), {"/access_token": "first-write"})
        self.assertEqual(self.place.run("apply", "--yes").code, 4)
        self.apply()
        self.assertEqual(self.configs()["made-anew"]["access_token"], "canary-access-0007")
        self.assertEqual(self.whys("front"), {"/access_token": "unverifiable"})


class Selection(Case):
    """PingOne's numbers: an inventory of which exactly the declared ones are selected."""

    def select(self, text):
        self.tree("pingone")
        self.replace('numbers: [ { number: "+1 555-061-2978" } ]', text)

    def selected(self):
        return self.box.state()["pingone"]["environments"]["e1"]["selected"]

    def setUp(self):
        super().setUp()
        self.tree("pingone")
        self.apply()
        self.assertEqual(self.selected(), ["116195731537720"])

    def settled(self):
        self.assertEqual(set(self.whys("alerts").values()), {"unverifiable"})

    def test_spelled_otherwise_is_no_change(self):
        for text in ('numbers: [ { number: "+15550612978" } ]', "numbers: [ { numberId: 116195731537720 } ]",
                     'numbers: [ { number: "+1 (555) 061 2978", numberId: "116195731537720", selected: true } ]'):
            self.select(text)
            self.settled()

    def test_another_and_several(self):
        self.select("numbers: [ { numberId: 116195731537721 } ]")
        self.assertEqual(self.change("alerts")["class"], "reach")
        self.apply()
        self.assertEqual(self.selected(), ["116195731537721"])
        self.settled()
        self.select('numbers: [ { number: "+44 20 7946 0958" }, { numberId: 116195731537721 } ]')
        self.apply()
        self.assertEqual(sorted(self.selected()), ["116195731537721", "116195731537722"])
        self.settled()
        self.select('numbers: [ { numberId: 116195731537721 }, { number: "+44 20 7946 0958" } ]')
        self.settled()

    def test_selected_false_and_drift(self):
        self.select('numbers: [ { numberId: 116195731537720, selected: false }, { numberId: 116195731537721 } ]')
        self.apply()
        self.assertEqual(self.selected(), ["116195731537721"])
        self.settled()
        self.edit("pingone", lambda p: p["environments"]["e1"].update(selected=["116195731537720"]))
        self.assertEqual(self.whys("alerts")["/numbers"], "drift")
        self.apply()
        self.assertEqual(self.selected(), ["116195731537721"])

    def test_released_stays(self):
        """Not declared any more: the choice stays, also through a PUT of the whole document to a provider that would clear it."""
        self.select("")
        self.assertEqual(self.whys("alerts")["/numbers"], "released")
        self.apply()
        self.place.env["APP_SECRET"] = SECRETS["NEW"]
        self.apply()
        self.assertEqual(self.selected(), ["116195731537720"])

    def test_not_in_the_inventory(self):
        self.select('numbers: [ { number: "+1 555-000-0000" } ]')
        got = self.plan(code=1)
        self.assertEqual(got.changes["alerts"]["outcome"], "failed")
        self.assertIn("+1 555-000-0000", got.changes["alerts"]["error"]["message"])


class Offline(Case):
    def test_nothing_is_asked_and_no_secret_is_needed(self):
        self.tree()
        self.place.run("state", "init")
        self.assertEqual({c["action"] for c in self.plan("--offline").changes.values()}, {"create", "update", "send"})
        self.apply()
        before = len(self.box.log())
        for name in [n for n in self.place.env if n.startswith(("API", "PASS", "CLIENT", "APP", "USER", "ACCESS", "VERIFY", "AUTH_T", "SERVICE"))]:
            del self.place.env[name]
        got = self.plan("--offline", "--detailed-exitcode")
        self.assertEqual({c["action"] for c in got.changes.values()}, {"none"}, str(got))
        self.tree(about="Open 24/7", limit="160", name="Back office")
        got = self.plan("--offline", "--detailed-exitcode", code=2)
        self.assertEqual({n: c["action"] for n, c in got.changes.items()},
                         {"desk": "update", "engagement": "update", "front": "update", "alerts": "none", "welcome": "none"}, str(got))
        self.assertEqual(got.whys("engagement")["/properties/Maximum Character Limit"], "edited")
        self.assertEqual(len(self.box.log()), before)


class Shown(Case):
    """Kapso shows its webhook, or leaves it out: a null that is there is a value, a member that is not there says nothing."""

    def configs(self, **values):
        state = self.box.state()
        for project in state["kapso"]["projects"].values():
            for config in project["configs"].values():
                config.update(values)
        self.box.state(state)

    def test_a_null_that_is_shown_is_drift(self):
        self.tree("kapso")
        self.apply()
        self.assertEqual(set(self.whys("front").values()), {"unverifiable"})
        self.configs(webhook_destination_url=None, webhook_verify_token=None)
        whys = self.whys("front")
        self.assertEqual((whys["/webhook_destination_url"], whys["/webhook_verify_token"]), ("drift", "drift"))
        self.apply()
        self.assertEqual(set(self.whys("front").values()), {"unverifiable"})

    def test_a_name_of_x_is_no_mask(self):
        self.tree("kapso")
        self.apply()
        self.configs(name="xxx")
        self.assertEqual(self.whys("front")["/name"], "drift")


if __name__ == "__main__":
    unittest.main()
