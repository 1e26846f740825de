# SPDX-License-Identifier: GPL-2.0-or-later
"""Plan stories: what a plan says of each kind of field in each situation (contract 5), what guards refuse (6), which objects are in view.

Voltmx stands for fields that can be read (its token for secrets that can, or are masked), Kaleyra for plain ones that cannot, PingOne for secrets
that cannot, Kapso for objects that come and go.
"""
import copy
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from agent import SECRETS, Box, Place  # noqa: E402

APPLY = samples.APPLY


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Box()

    @classmethod
    def tearDownClass(cls):
        cls.box.stop()

    def setUp(self):
        self.maxDiff = None
        self.box.state({})
        self.box.ask("DELETE", "/_sandbox/faults")
        self.box.ask("DELETE", "/_sandbox/requests")
        self.place = Place(self.box.url)
        self.addCleanup(self.place.close)

    def tree(self, *groups, **words):
        self.place.write("tree.yaml", samples.tree(*groups, **words))

    def replace(self, old, new):
        path = self.place.tree / "tree.yaml"
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def plan(self, *words, code=0):
        got = self.place.run("plan", "-o", "json", *words)
        self.assertEqual(got.code, code, str(got))
        return got

    def apply(self, *words, code=0):
        got = self.place.run(*APPLY, "-o", "json", *words)
        self.assertEqual(got.code, code, str(got))
        return got

    def change(self, name, *words, code=0):
        return self.plan(*words, code=code).changes[name]

    def whys(self, name, *words):
        return {f["path"]: f["why"] for f in self.change(name, *words)["fields"]}

    def edit(self, group, act):
        """Somebody changes something in the provider's console."""
        state = self.box.state()
        act(state[group])
        self.box.state(state)

    def voltmx(self, **properties):
        self.edit("voltmx", lambda v: v["servers"][""]["config"]["properties"].update({k.replace("_", " "): x for k, x in properties.items()}))

    def configs(self):
        return next(iter(self.box.state()["kapso"]["projects"].values()))["configs"]

    def kapso(self, **members):
        def act(kapso):
            for config in next(iter(kapso["projects"].values()))["configs"].values():
                config.update(members)
        self.edit("kapso", act)

    def open_voltmx(self):
        """Nothing is masked, so that also the token is compared."""
        self.box.state({"voltmx": {"open": True, "mask": "none"}})
        self.tree("voltmx")


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


class Lifecycle(Case):
    def lifecycle(self, name, word):
        self.replace("name: %s }" % name, "name: %s, lifecycle: %s }" % (name, word))

    def test_observe(self):
        self.tree("kapso")
        self.apply()
        self.kapso(name="Renamed by hand")
        self.lifecycle("front", "observe")
        change = self.change("front")
        self.assertEqual((change["action"], {f["path"]: f["why"] for f in change["fields"]}["/name"]), ("none", "drift"))
        before = len(samples.writes(self.box))
        self.apply("--rewrite", "--adopt")
        self.assertEqual(len(samples.writes(self.box)), before)
        self.assertEqual(self.whys("front")["/name"], "drift")

    def test_suspended(self):
        self.tree("kapso", "kaleyra")
        self.apply()
        self.lifecycle("front", "suspended")
        self.assertEqual(set(self.plan("--prune").changes), {"desk"})
        self.apply("--prune", "--allow", "delete", "--allow", "mass-delete")
        self.assertEqual(len(self.configs()), 1)

    def test_absent(self):
        self.tree("kapso")
        self.apply()
        self.lifecycle("front", "absent")
        change = self.change("front", "--check-guards", code=4)
        self.assertEqual((change["action"], change["outcome"], change["requests"][0]["method"]), ("delete", "blocked", "DELETE"))
        self.apply("--allow", "delete")
        self.assertEqual(self.configs(), {})
        self.assertEqual(self.change("front")["action"], "none")
        self.replace(", lifecycle: absent", "")
        self.assertEqual(self.change("front")["action"], "create")

    def test_absent_where_nothing_can_be_deleted(self):
        self.tree("kaleyra")
        self.lifecycle("desk", "absent")
        self.assertEqual(self.place.run("plan").code, 65)

    def test_a_rename_is_no_delete(self):
        self.tree("kapso", "kaleyra")
        self.apply()
        self.replace("name: front }", "name: lobby, movedFrom: front }")
        self.replace("name: desk }", "name: reception, movedFrom: desk }")
        before = len(samples.writes(self.box))
        got = self.plan("--prune", "--detailed-exitcode")
        self.assertEqual({n: c["action"] for n, c in got.changes.items()}, {"lobby": "none", "reception": "none"}, str(got))
        self.apply("--prune", "--allow", "delete", "--allow", "mass-delete")
        self.assertEqual(len(samples.writes(self.box)), before)
        self.replace(", movedFrom: front", "")
        self.replace(", movedFrom: desk", "")
        got = self.plan("--prune", "--detailed-exitcode")
        self.assertEqual({n: c["action"] for n, c in got.changes.items()}, {"lobby": "none", "reception": "none"}, str(got))

    def test_a_doubt_moves_along(self):
        """A write whose outcome nobody knows, then a rename and the old value again: not "as last sent"."""
        self.tree("kaleyra")
        self.apply()
        self.tree("kaleyra", about="Open 24/7")
        self.box.fault("PUT /kaleyra/* late=600000,times=1")
        self.assertEqual(self.place.run(*APPLY, "--timeout", "1s").code, 75)
        self.box.ask("DELETE", "/_sandbox/faults")
        self.tree("kaleyra")
        self.replace("name: desk }", "name: reception, movedFrom: desk }")
        self.assertEqual(self.whys("reception")["/about"], "first-write")
        self.apply()
        self.assertEqual(samples.held(self.box)["kaleyra"]["HX1"]["+919000000001"]["about"], "Open 9-17")
        self.assertIn("0 in doubt", self.place.run("status").out)


class Prune(Case):
    NAMES = ("a", "b", "c", "d")

    def objects(self, *names, account=True):
        text = samples.ACCOUNTS["kapso"] if account else ""
        for name in names:
            text += "---" + samples.OBJECTS["kapso"].replace("name: front }", "name: %s }" % name).replace("<name>", name).replace('"111"', '"10%s"' % ord(name))
        self.place.write("tree.yaml", text)

    def left(self):
        return sorted(c["name"] for c in self.configs().values())

    def test_prune(self):
        self.objects(*self.NAMES)
        self.apply()
        self.objects("a", "b", "c")
        self.assertEqual(set(self.plan().changes), {"a", "b", "c"}, "without --prune nothing is said of it")
        got = self.plan("--prune")
        self.assertEqual((got.changes["d"]["action"], got.json["summary"]["delete"]), ("delete", 1))
        got = self.apply("--prune", code=4)
        self.assertIn("--allow delete", got.changes["d"]["error"]["hint"])
        self.assertEqual(self.left(), list(self.NAMES))
        self.apply("--prune", "--allow", "delete=kapso/*/x", code=4)
        self.apply("--prune", "--allow", "delete=kapso/*/d")
        self.assertEqual(self.left(), ["a", "b", "c"])
        self.assertEqual(set(self.plan("--prune").changes), {"a", "b", "c"})

    def test_more_than_half(self):
        self.objects(*self.NAMES)
        self.apply()
        self.objects("a")
        got = self.apply("--prune", "--allow", "delete", code=4)
        self.assertIn("--allow mass-delete", got.changes["b"]["error"]["hint"])
        self.assertEqual(self.left(), list(self.NAMES))
        self.apply("--prune", "--allow", "delete", "--max-deletes", "2", "--allow", "mass-delete", code=4)
        self.assertEqual(self.left(), list(self.NAMES))
        self.apply("--prune", "--allow", "delete", "--allow", "mass-delete")
        self.assertEqual(self.left(), ["a"])

    def test_half_is_not_more_than_half(self):
        self.objects(*self.NAMES)
        self.apply()
        self.objects("a", "b")
        self.apply("--prune", "--allow", "delete")
        self.assertEqual(self.left(), ["a", "b"])

    def test_out_of_scope(self):
        self.objects(*self.NAMES)
        self.apply()
        self.objects("a", "b", "c")
        for words in (("--env", "staging"), ("--target", "kapso/*/a"), ("--exclude", "kapso/*/d"), ("-l", "brand=hotel")):
            got = self.place.run("plan", "--prune", "-o", "json", *words)
            self.assertNotIn("d", got.changes, str(got))
        self.assertEqual(self.change("d", "--prune", "--target", "kapso/*")["action"], "delete")
        self.tree("kaleyra")                     # the tree does not declare the account any more
        self.assertEqual(set(self.plan("--prune").changes), {"desk"})

    def test_deletions_only_after_everything_else(self):
        self.objects(*self.NAMES)
        self.apply()
        self.objects("a", "b", "c")
        self.replace("name: b,", "name: changed,")
        self.box.fault("PATCH /kapso/* status=422")
        got = self.apply("--prune", "--allow", "delete", code=1)
        self.assertEqual((got.changes["b"]["outcome"], got.changes["d"]["outcome"]), ("failed", "skipped"))
        self.assertEqual(self.left(), list(self.NAMES))
        self.box.ask("DELETE", "/_sandbox/faults")
        self.box.ask("DELETE", "/_sandbox/requests")
        self.apply("--prune", "--allow", "delete")
        self.assertEqual([e["method"] for e in samples.writes(self.box)], ["PATCH", "DELETE"])

    def test_gone_already(self):
        self.objects(*self.NAMES)
        self.apply()
        self.objects("a", "b", "c")
        self.edit("kapso", lambda k: [p["configs"].pop(next(i for i, c in p["configs"].items() if c["name"] == "d")) for p in k["projects"].values()])
        self.assertEqual(self.plan("--prune", "--detailed-exitcode").json["summary"]["delete"], 0)
        self.apply("--prune", "--allow", "delete")
        self.assertNotIn("/d", self.place.run("status").out)


class Guards(Case):
    def human(self, *words, code=4):
        got = self.place.run("apply", "--yes", *words)
        self.assertEqual(got.code, code, str(got))
        return got.out

    def test_reach(self):
        self.tree("kaleyra")
        out = self.human()
        self.assertIn("--allow reach", out)
        self.assertEqual(self.box.log(), [])
        self.assertEqual(self.plan("--check-guards", code=4).changes["desk"]["outcome"], "blocked")
        self.human("--allow", "reach", code=0)
        self.tree("kaleyra", about="Open 24/7")
        self.human(code=0)                       # a visible field needs no flag
        self.replace("hotel.example/in", "elsewhere.example/in")
        self.human()
        self.human("--allow", "reach=kapso/*")
        self.human("--allow", "reach=kaleyra/NumberProfile/d*", code=0)

    def test_a_new_object_reaches_nobody_yet(self):
        self.tree("kapso", "voltmx", "pingone")
        self.human(code=0)

    def test_max_changes(self):
        self.tree("kapso", "kaleyra")
        out = self.human("--allow", "reach", "--max-changes", "1")
        self.assertIn("--max-changes", out)
        self.assertEqual(samples.writes(self.box), [])
        self.human("--allow", "reach", "--max-changes", "2", code=0)

    def test_sends(self):
        self.tree("webexconnect")
        self.assertIn("waconf state init", self.human("--allow", "send"))
        self.place.run("state", "init")
        self.assertIn("--allow send", self.human())
        self.assertIn("--max-sends", self.human("--allow", "send", "--max-sends", "1"))
        self.assertEqual(self.box.log(), [])
        self.human("--allow", "send", code=0)
        self.human("--allow", "send", code=0)
        self.assertEqual(len(self.box.log()), 2)

    def test_a_new_recipient_is_the_only_one(self):
        self.tree("webexconnect")
        self.place.run("state", "init")
        self.apply()
        self.replace('{ waid: [ "+919000000009" ] }', '{ waid: [ "+91 90000 00009", "+919000000007" ] }')
        change = self.change("welcome")
        self.assertEqual((change["action"], len(change["requests"])), ("send", 1))
        self.assertEqual(change["requests"][0]["body"]["destination"], [{"waid": ["+919000000007"]}])
        self.apply()
        self.assertEqual(samples.held(self.box)["webexconnect"], ["+919000000007", "+919000000008", "+919000000009"])


class View(Case):
    def labels(self):
        self.tree()
        for name, brand in (("desk", "hotel"), ("front", "hotel"), ("alerts", "spa")):
            self.replace("name: %s }" % name, "name: %s, labels: { brand: %s, city: pune } }" % (name, brand))

    def test_targets_excludes_and_selectors(self):
        self.labels()
        for words, names in (
                (("-t", "kaleyra/*"), {"desk"}), (("-t", "kaleyra/*", "-t", "*/WhatsAppConfig/*"), {"desk", "engagement", "front"}),
                (("--exclude", "k*"), {"engagement", "alerts", "welcome"}), (("-t", "k*", "--exclude", "kapso/*"), {"desk"}),
                (("-l", "brand=hotel"), {"desk", "front"}), (("-l", "brand=hotel,city=pune", "-t", "kapso/*"), {"front"}), (("-l", "brand=none"), set())):
            got = self.place.run("plan", "-o", "json", *words)
            self.assertEqual(set(got.changes), names, "%s\n%s" % (words, got))

    def test_what_is_not_in_view_is_not_asked_for(self):
        self.labels()
        self.apply("-t", "kaleyra/*")
        self.assertEqual({e["path"].split("/")[1] for e in self.box.log()}, {"kaleyra"})

    def test_every_object_has_an_entry_and_accounts_have_none(self):
        self.tree()
        self.place.run("state", "init")
        self.apply()
        self.assertEqual([c["address"] for c in self.plan().json["changes"]], [
            "kaleyra/NumberProfile/desk", "kapso/WhatsAppConfig/front", "pingone/WhatsAppDeliverySettings/alerts", "voltmx/WhatsAppConfig/engagement",
            "webexconnect/Message/welcome"])

    def test_where_a_value_came_from(self):
        self.tree("kaleyra")
        self.replace("about: Open 9-17, ", "")
        self.place.write("defaults.yaml", "apiVersion: waconf/v1\nkind: Defaults\nmetadata: { name: d }\nspec:\n  match: { kind: kaleyra/NumberProfile }\n"
                         "  fields: { about: From the defaults }\n")
        field = next(f for f in self.change("desk")["fields"] if f["path"] == "/about")
        self.assertEqual(field["after"], "From the defaults")
        self.assertTrue(field["source"]["file"].endswith("defaults.yaml"))
        self.assertEqual(field["source"]["line"], 6)
        self.assertIn("defaults.yaml", self.place.run("plan").out)


class Keys(Case):
    """A sandbox, a staging run, another tenant or another number never answers for this one."""

    def first(self, *words):
        self.assertEqual(set(self.whys("desk", *words).values()), {"first-write"})

    def test_env_tenant_number_and_origin(self):
        self.tree("kaleyra")
        self.apply()
        self.first("--env", "staging")
        self.replace("sid: HX1", "sid: HX2")
        self.first()
        self.tree("kaleyra")
        self.replace("+919000000001", "+919000000003")
        self.first()
        self.tree("kaleyra")
        self.replace("+919000000001", "+91 (90000) 00001")
        self.assertEqual(set(self.whys("desk").values()), {"unverifiable"}, "the same number, spelled otherwise")
        other = Box()
        try:
            self.tree("kaleyra")
            self.replace(self.box.url + "/kaleyra", other.url + "/kaleyra")
            self.first("--allow-origin", other.url)
        finally:
            other.stop()

    def test_a_rename_that_is_taken_back(self):
        """Without movedFrom the second name wrote another value; the first name's record must not stand in for it then."""
        self.tree("kaleyra")
        self.apply()
        self.tree("kaleyra", about="Open 24/7")
        self.replace("name: desk }", "name: reception }")
        self.apply()
        self.tree("kaleyra")
        self.first()
        self.apply()
        self.assertEqual(samples.held(self.box)["kaleyra"]["HX1"]["+919000000001"]["about"], "Open 9-17")

    def test_a_message_is_sent_once_however_one_signs_in(self):
        self.tree("webexconnect")
        self.place.run("state", "init")
        self.apply()
        self.replace('service_key: { from: "env:SERVICE_KEY" }', 'jwt: { service_id: SV-1, service_secret: { from: "env:SERVICE_SECRET" } }')
        self.apply()
        self.replace("SV-1", "SV-2")
        self.apply()
        self.assertEqual(len(self.box.log()), 2)

    def test_another_key_is_an_error(self):
        self.tree("kaleyra")
        self.place.env["WACONF_KEY"] = "k" * 40
        self.apply()
        self.assertEqual(set(self.whys("desk").values()), {"unverifiable"})
        self.place.env["WACONF_KEY"] = "x" * 40
        for words in (("plan",), APPLY):
            got = self.place.run(*words, "-o", "json")
            self.assertEqual(got.code, 1, str(got))
            self.assertFalse(got.json["complete"])
        self.assertEqual(len(self.box.log()), 1)

    def test_plan_leaves_no_trace(self):
        self.tree()
        self.plan()
        self.plan("--offline")
        self.assertFalse(pathlib.Path(self.place.state).exists())
        self.place.run("state", "init")
        self.apply()
        before = {p.name: p.read_bytes() for p in self.place.kept()}
        self.tree(about="x", limit="1", name="y")
        self.plan()
        self.assertEqual({p.name: p.read_bytes() for p in self.place.kept()}, before)


class Members(Case):
    """One entry of the JSON, member by member."""

    def test_update(self):
        self.tree("kaleyra")
        self.apply()
        sent = self.change("desk")["fields"][0]["sent_at"]
        self.tree("kaleyra", about="Open 24/7")
        got = self.plan()
        self.assertEqual(got.json["changes"], [{
            "address": "kaleyra/NumberProfile/desk", "action": "update", "source": {"file": str(self.place.tree / "tree.yaml"), "line": 7, "column": 1},
            "class": "visible", "fields": [
                {"path": "/incoming_url", "why": "unverifiable", "before": "https://hooks.hotel.example/in", "after": "https://hooks.hotel.example/in",
                 "sent_at": sent},
                {"path": "/about", "why": "edited", "before": "Open 9-17", "after": "Open 24/7", "sent_at": sent}],
            "requests": [{"method": "PUT", "url": self.box.url + "/kaleyra/v1/HX1/whatsapp/number", "body": {"wa_number": "+919000000001", "about": "Open 24/7"}}],
            "outcome": "planned", "error": None}])
        summary = got.json["summary"]
        self.assertEqual({k: summary[k] for k in ("create", "update", "delete", "send", "unchanged", "unverifiable", "blocked", "failed", "unsure",
                                                  "requests_read", "requests_write")},
                         {"create": 0, "update": 1, "delete": 0, "send": 0, "unchanged": 0, "unverifiable": 1, "blocked": 0, "failed": 0, "unsure": 0,
                          "requests_read": 0, "requests_write": 1})
        self.assertEqual((got.json["format_version"], got.json["complete"], got.json["diagnostics"]), ("1.0", True, []))

    def test_secrets_in_requests(self):
        self.tree("pingone")
        body = self.change("alerts")["requests"][0]["body"]
        self.assertEqual((body["appSecret"], body["userAccessToken"], body["appId"]), ({"secret": True}, {"secret": True}, "20"))


if __name__ == "__main__":
    unittest.main()
