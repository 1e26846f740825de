# SPDX-License-Identifier: GPL-2.0-or-later
"""Plan stories: numbers chosen from PingOne's inventory (pingone.md 6). What is mistyped is never PUT, and never costs the present choice."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from story import Case  # noqa: E402

FIRST, BOTH, OTHER = "+1 555-061-2978", "+1 555-061-3000", "+1 555-777-0001"
INVENTORIES = {"10": [{"number": FIRST, "numberId": "A1"}, {"number": BOTH, "numberId": "A2"}],
               "11": [{"number": OTHER, "numberId": "B1"}, {"number": BOTH, "numberId": "A2"}]}


class Selection(Case):
    def start(self, selected, numbers, account="10", app="20"):
        """`selected` is live in the account 10; the document says the rest. The secrets differ: there is always something to write."""
        self.box.state({"pingone": {"open": True, "inventories": INVENTORIES, "environments": {"e1": {
            "provider": "CUSTOM_WHATSAPP", "whatsAppAccountBusinessId": "10", "appId": "20", "appSecret": "old", "userAccessToken": "old",
            "selected": selected}}}})
        self.tree("pingone", app=app)
        self.replace('AccountBusinessId: "10"', 'AccountBusinessId: "%s"' % account)
        self.replace('  numbers: [ { number: "+1 555-061-2978" } ]\n', "  numbers: %s\n" % numbers if numbers else "")

    def live(self):
        return self.box.state()["pingone"]["environments"]["e1"]

    def puts(self):
        return [w["body"] for w in samples.writes(self.box)]

    def refused(self, *texts, selected=("A1",)):
        change = self.change("alerts", code=1)
        self.assertEqual((change["outcome"], change["requests"]), ("failed", []))
        for text in texts:
            self.assertIn(text, str(change["error"]))
        self.apply(code=1)
        self.assertEqual(self.puts(), [])
        self.assertEqual(self.live()["selected"], list(selected))
        return change["error"]["code"]

    def test_a_mistyped_number_beside_another_change(self):
        self.start(["A1"], '[ { number: "+1 555-061-9999" } ]')
        self.assertEqual(self.refused("+1 555-061-9999", FIRST, "A2"), "E624")
        self.start(["A1"], "[ { numberId: A1 }, { numberId: ZZ } ]")
        self.assertEqual(self.refused("ZZ", FIRST), "E624")

    def test_what_is_not_to_be_selected_is_looked_for_too(self):
        self.start(["A1"], "[ { numberId: A1 }, { numberId: ZZ, selected: false } ]")
        self.assertEqual(self.refused("ZZ", FIRST), "E624")

    def test_number_and_id_of_two(self):
        self.start(["A1"], '[ { numberId: A2, number: "%s" } ]' % FIRST)
        self.assertEqual(self.refused("'%s' (numberId A2)" % FIRST, "'%s' (numberId A2)" % BOTH), "E624")

    def test_one_by_id_and_by_number(self):
        self.start(["A1"], '[ { numberId: A1, selected: false }, { number: "%s" } ]' % FIRST)
        self.assertEqual(self.refused("A1", FIRST), "E315")

    def test_another_account_has_other_numbers(self):
        """Nothing is declared: what was selected in the old account is not sent to the new one, and the plan says so."""
        self.start(["A1"], None, account="11")
        self.assertIn("W624", str(self.plan().out))
        self.apply()
        (put,) = self.puts()
        self.assertNotIn("numbers", put)
        self.assertEqual(self.live()["whatsAppAccountBusinessId"], "11")

    def test_the_selection_stays_when_the_account_does(self):
        for app in ("20", "21"):
            self.start(["A1"], None, app=app)
            self.assertNotIn("W624", str(self.plan().out))
            self.apply()
            self.assertEqual((self.live()["selected"], self.live()["appId"]), (["A1"], app))

    def test_another_account_in_two_steps(self):
        for wanted, identity in (('number: "%s"' % OTHER, "B1"), ("numberId: A2", "A2")):
            self.start(["A1"], "[ { %s } ]" % wanted, account="11")
            self.box.ask("DELETE", "/_sandbox/requests")
            self.assertEqual(len(self.change("alerts")["requests"]), 2)
            self.apply()
            first, second = self.puts()
            self.assertNotIn("numbers", first)
            self.assertEqual([n["numberId"] for n in second["numbers"]], [identity])
            self.assertEqual(self.live()["selected"], [identity])
            self.plan("--detailed-exitcode")


if __name__ == "__main__":
    unittest.main()
