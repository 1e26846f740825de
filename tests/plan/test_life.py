# SPDX-License-Identifier: GPL-2.0-or-later
"""Plan stories: what becomes of an object: observed, suspended, deleted, renamed, pruned (contract 1 and 6)."""
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from agent import SECRETS, WACONF  # noqa: E402
from story import APPLY, Case  # noqa: E402


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

    def test_observe_what_does_not_exist(self):
        """Nobody creates it, so nothing is missing to create it, and an id that leads nowhere is no mistake."""
        self.tree("kapso")
        self.lifecycle("front", "observe")
        self.replace("customer_id: c1, ", "")
        self.replace(' access_token: { from: "env:ACCESS_TOKEN" },', "")
        for step in (lambda: None, lambda: self.replace("account: project,", "account: project, config_id: config-99,")):
            step()
            for words in ((), ("--offline",)):
                got = self.plan(*words, "--detailed-exitcode")
                change = got.changes["front"]
                self.assertEqual((change["action"], change["outcome"], change["error"], change["requests"]), ("none", "unchanged", None, []), str(got))
                self.assertEqual({f["why"] for f in change["fields"]}, {"new"})
                text = self.place.run("plan", *words).out
                self.assertIn("observed: it does not exist, and is never created (lifecycle: observe)", text)
                self.assertIn("0 to create", text)
            self.apply()
        self.assertEqual(samples.writes(self.box), [])

    def test_observe_what_cannot_be_changed(self):
        self.tree("kapso")
        self.apply()
        (identity, config), = self.configs().items()
        self.replace("account: project,", "account: project, config_id: %s," % identity)
        self.replace("customer_id: c1", "customer_id: c2")
        self.assertEqual(self.change("front", code=1)["outcome"], "failed")
        self.lifecycle("front", "observe")
        field, = (f for f in self.change("front")["fields"] if f["path"] == "/customer_id")
        self.assertEqual((field["why"], field["before"], field["after"]), ("edited", "c1", "c2"))

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

    def test_another_key_under_one_name(self):
        """The id in the state finds the object, so an edited phone number changes it and makes no second one (contract 3)."""
        self.tree("kapso")
        self.apply()
        before = list(self.configs())
        self.replace('phone_number_id: "111"', 'phone_number_id: "999"')
        change = self.change("front", "--check-guards", code=4)
        self.assertEqual((change["action"], {f["path"]: f["why"] for f in change["fields"]}["/phone_number_id"]), ("update", "edited"))
        self.assertEqual(self.place.run("apply", "--yes").code, 4)
        self.apply()
        self.assertEqual({i: c["phone_number_id"] for i, c in self.configs().items()}, {before[0]: "999"})
        records = [o for o in self.place.run("state", "show", "-o", "json").out.splitlines() if "999" in o or "111" in o]
        self.assertFalse([r for r in records if '"111"' in r], records)
        self.plan("--detailed-exitcode", "--prune")
        self.replace('phone_number_id: "999"', 'phone_number_id: "111"')
        self.kapso(phone_number_id="111")        # somebody did it by hand already: only the state is to learn
        self.assertEqual(self.change("front")["action"], "none")
        self.apply()
        self.plan("--detailed-exitcode", "--prune")

    def test_another_document_has_the_old_key(self):
        self.tree("kapso")
        self.apply()
        (first,) = self.configs()
        text = (self.place.tree / "tree.yaml").read_text()
        document = text[text.index("kind: WhatsAppConfig"):]
        more = document.replace("name: front }", "name: later }")
        self.replace('phone_number_id: "111"', 'phone_number_id: "999"')
        self.place.write("more.yaml", "apiVersion: kapso/v1\n" + more)
        changes = self.plan().changes
        self.assertEqual((changes["front"]["action"], changes["later"]["action"]), ("create", "update"))
        self.apply()
        self.assertEqual((self.configs()[first]["phone_number_id"], len(self.configs())), ("111", 2))

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


class Status(Case):
    """What others changed is in `status`, as the last apply saw it; a plan tells nobody."""
    def drift(self):
        return {d["address"].rsplit("/", 1)[1]: (d["fields"], bool(d["ended"])) for d in self.place.run("status", "-o", "json").json["drift"]}

    def test_put_back(self):
        self.tree("kapso", "voltmx")
        self.apply()
        self.assertEqual(self.drift(), {})
        self.kapso(name="Renamed by hand")
        self.plan()
        self.assertEqual(self.drift(), {})
        self.apply()
        self.assertEqual(self.drift(), {"front": (["/name"], True)})
        self.assertNotIn("still there", self.place.run("status").out)
        self.apply()
        self.assertEqual(self.drift(), {"front": (["/name"], True)})

    def test_left_as_it_is(self):
        """Blocked, then observed, then mended by hand."""
        self.tree("kapso")
        self.apply()
        self.kapso(phone_number_id="111", webhook_destination_url="https://else.example/")
        change = self.change("front")
        self.assertEqual({f["path"]: f["why"] for f in change["fields"]}["/webhook_destination_url"], "drift")
        got = self.place.run("apply", "--yes", "-o", "json")
        self.assertEqual(got.code, 4, str(got))
        stands = {"front": (["/webhook_destination_url"], False)}
        self.assertEqual(self.drift(), stands)
        found = self.place.run("status", "-o", "json").json["drift"][0]["found"]
        self.replace("name: front }", "name: front, lifecycle: observe }")
        self.apply()
        self.assertEqual(self.drift(), stands)
        out = self.place.run("status").out
        for text in ("kapso/WhatsAppConfig/front", "webhook_destination_url", found, "still there"):
            self.assertIn(text, out[out.index("Drift"):])
        self.kapso(webhook_destination_url="https://hooks.hotel.example/kapso")
        self.box.fault("GET /kapso/* status=500")
        self.place.run(*APPLY)
        self.assertEqual(self.drift(), stands, "a read that failed says nothing")
        self.box.ask("DELETE", "/_sandbox/faults")
        self.apply()
        self.assertEqual(self.drift(), {"front": (["/webhook_destination_url"], True)})
        self.assertEqual(self.place.run("status", "-o", "json", "--exclude", "*").json["drift"], [])

    def test_goes_with_the_object(self):
        self.tree("kapso")
        self.apply()
        self.kapso(name="Renamed by hand")
        self.apply()
        self.replace("name: front }", "name: front, lifecycle: absent }")
        self.apply("--allow", "delete")
        self.assertEqual(self.drift(), {})


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

    def without_trust(self, *words):
        """A plan whose command line trusts nobody."""
        words = [WACONF, "plan", "--state", self.place.state, "-o", "json", *words, str(self.place.tree)]
        return subprocess.run(words, env=self.place.env, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)

    def test_the_last_object_of_an_account(self):
        self.objects("a")
        self.apply()
        self.objects()
        self.assertEqual(self.place.run("plan", "-o", "json").json["diagnostics"][0]["code"], "W201")
        got = self.plan("--prune")
        self.assertEqual((got.changes["a"]["action"], got.json["diagnostics"]), ("delete", []), str(got))
        self.apply("--prune", "--allow", "delete", "--allow", "mass-delete")
        self.assertEqual(self.left(), [])
        self.assertEqual(self.plan("--prune").changes, {})

    def test_an_account_is_judged_whatever_is_in_view(self):
        """Nothing in view uses the account, and what is to be pruned is called under it all the same: not without trust, not without its key."""
        self.objects("a")
        self.apply()
        for names, words in (((), ()), (("b",), ("-t", "*/a", "-t", "*/nothing")), (("b",), ("--exclude", "*/b"))):
            self.objects(*names)
            self.box.ask("DELETE", "/_sandbox/requests")
            got = self.without_trust("--prune", *words)
            self.assertEqual((got.returncode, self.box.log()), (4, []), got.stderr.decode())
            self.assertEqual(self.change("a", "--prune", *words)["action"], "delete")
            self.place.env.pop("API_KEY")
            self.box.ask("DELETE", "/_sandbox/requests")
            self.assertEqual(self.place.run("plan", "--prune", *words).code, 65)
            self.assertEqual(self.box.log(), [])
            self.place.env["API_KEY"] = SECRETS["API_KEY"]

    def test_gone_already(self):
        self.objects(*self.NAMES)
        self.apply()
        self.objects("a", "b", "c")
        self.edit("kapso", lambda k: [p["configs"].pop(next(i for i, c in p["configs"].items() if c["name"] == "d")) for p in k["projects"].values()])
        self.assertEqual(self.plan("--prune", "--detailed-exitcode").json["summary"]["delete"], 0)
        self.apply("--prune", "--allow", "delete")
        self.assertNotIn("/d", self.place.run("status").out)


if __name__ == "__main__":
    unittest.main()
