# SPDX-License-Identifier: GPL-2.0-or-later
"""Plan stories: what guards refuse, what is in view, under which key the state knows it, the JSON member by member (contract 5, 6, 8)."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from agent import Box  # noqa: E402
from story import APPLY, Case  # noqa: E402


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

    def test_where_a_value_came_from_in_one_file(self):
        """Defaults of the same file: before the document, or after it, or resolved from a reference."""
        defaults = ("---\napiVersion: waconf/v1\nkind: Defaults\nmetadata: { name: d }\nspec:\n  match: { kind: kapso/WhatsAppConfig }\n  fields:\n"
                    "    name: From the defaults\n    business_account_id: { format: '{name}-1' }\n    access_token: { from: 'env:ACCESS_TOKEN' }\n")
        for before in (True, False):
            self.tree("kapso")
            self.replace("name: Front desk, ", "")
            self.replace('business_account_id: "22", access_token: { from: "env:ACCESS_TOKEN" },', "")
            path = self.place.tree / "tree.yaml"
            text = path.read_text()
            path.write_text(defaults + "---" + text if before else text + defaults)
            lines = path.read_text().splitlines()
            sources = {f["path"]: f["source"]["line"] for f in self.change("front")["fields"] if "source" in f}
            self.assertEqual(sources, {path: next(n for n, line in enumerate(lines, 1) if line.startswith("    %s:" % path[1:]))
                                       for path in ("/name", "/business_account_id", "/access_token")})
            out = self.place.run("plan").out
            for line in sources.values():
                self.assertIn("from %s:%d" % (path, line), out)


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
