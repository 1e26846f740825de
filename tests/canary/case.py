# SPDX-License-Identifier: GPL-2.0-or-later
"""What the canary tests share: a place, a mirror, and what was made of secrets on the way."""
import unittest

from mirror import CREDENTIALS, Mirror
from place import Place
from search import canary

FORMS = ("human", "json", "markdown")
TOKEN = canary(90, "").replace(";", ".")                   # what token services hand out
APPLY = ("--yes", "--allow", "reach", "--allow", "send", "--allow", "delete")


class Case(unittest.TestCase):
    maxDiff = None

    def place(self, url, **more):
        place = Place(url, **more)
        self.addCleanup(place.remove)
        return place

    def mirror(self):
        mirror = Mirror()
        mirror.token = TOKEN
        self.addCleanup(mirror.stop)
        return mirror

    def derived(self, place, mirror):
        """What was made of secrets on the way: tokens that were signed here, Basic headers."""
        for request in mirror.seen:
            for name in CREDENTIALS:
                value = request.headers.get(name, "")
                for text in [value] + value.split(" ")[1:]:
                    if len(text) >= 8:
                        place.search.add(text)
