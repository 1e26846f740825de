# SPDX-License-Identifier: GPL-2.0-or-later
"""What the plan stories share: a sandbox, a place, and words for what happens in a story."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from agent import Box, Place  # noqa: E402

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
