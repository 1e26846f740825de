# SPDX-License-Identifier: GPL-2.0-or-later
"""Every fault of the sandbox, once, on every kind of request: the exit code, the outcome and the number of requests (contract 4 and 7).

A lost or unintelligible answer to a write is looked into, or sent again where nothing can be seen (Kaleyra); a create is looked up by its
key; a message is never sent again. After every fault the next apply converges, and nobody was written to twice.
"""
import concurrent.futures
import fnmatch
import pathlib
import queue
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import samples  # noqa: E402
from agent import Box, Place, until  # noqa: E402
from samples import APPLY, CONFIGURED  # noqa: E402

# exit, outcome, how many requests of this operation more than without a fault
FINE, AGAIN = (0, "applied", 0), (0, "applied", 1)
REFUSED, DENIED, DOWN = (1, "failed", None), (77, "failed", None), (69, "failed", None)      # None: one request and no more
UNSURE, HALF = (3, "unsure", None), (3, "failed", None)

# operation: group, what the provider holds, which requests, which column
OPERATIONS = {
    "kaleyra_put": ("kaleyra", {}, "PUT /kaleyra/*", "blind"),
    "voltmx_login": ("voltmx", {}, "POST /voltmx/*login", "token"),
    "voltmx_get": ("voltmx", {}, "GET /voltmx/*", "read"),
    "voltmx_post": ("voltmx", {}, "POST /voltmx/*whatsappconfig", "opaque"),
    "pingone_token": ("pingone", {}, "POST /pingone-auth/*", "token"),
    "pingone_get": ("pingone", {}, "GET /pingone/*", "read"),
    "pingone_put": ("pingone", CONFIGURED, "PUT /pingone/*", "write"),
    "kapso_list": ("kapso", {}, "GET /kapso/whatsapp_configs", "list"),
    "kapso_post": ("kapso", {}, "POST /kapso/*", "create"),
    "kapso_patch": ("kapso", CONFIGURED, "PATCH /kapso/*", "patch"),
    "webex_post": ("webexconnect", {}, "POST /webexconnect/*", "message"),
}
COLUMNS = ("token", "read", "list", "blind", "opaque", "write", "patch", "create", "message")
# `write` and `opaque` have tokens, which a 401 renews; `blind`, `patch`, `create`, `list` and `message` have keys, which it does not.
# `read` is answered 404 here, which says all without a body; `opaque` succeeds by its status, and a read-back decides.
TABLE = {
    #                        token    read     list     blind    opaque   write    patch    create   message
    "latency=20":           (FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE),
    "late=20":              (FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE),
    "slow=200000":          (FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE),
    "status=400":           (DENIED,  REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    "status=401":           (DENIED,  AGAIN,   DENIED,  DENIED,  AGAIN,   AGAIN,   DENIED,  DENIED,  DENIED),
    "status=403":           (DENIED,  DENIED,  DENIED,  DENIED,  DENIED,  DENIED,  DENIED,  DENIED,  DENIED),
    "status=404":           (REFUSED, FINE,    REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    "status=408":           (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   REFUSED),
    "status=409":           (REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    "status=422":           (REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
    "429":                  (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN),
    "429=1":                (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN),
    "429=500":              (DOWN,    DOWN,    DOWN,    DOWN,    DOWN,    DOWN,    DOWN,    DOWN,    DOWN),
    "status=500":           (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   UNSURE),
    "status=503":           (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   UNSURE),
    "status=500,effect":    (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   FINE,    UNSURE),
    "reset-before":         (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   UNSURE),
    "drop":                 (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   UNSURE),
    "drop,effect":          (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   FINE,    UNSURE),
    "reset-after":          (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   FINE,    UNSURE),
    "cut":                  (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   FINE,    UNSURE),
    "cut-header":           (AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   AGAIN,   FINE,    UNSURE),
    "redirect=http://127.0.0.1:1/": (REFUSED, REFUSED, REFUSED, UNSURE, UNSURE, UNSURE, UNSURE, UNSURE, UNSURE),
    "html":                 (DOWN,    DOWN,    DOWN,    AGAIN,   HALF,    AGAIN,   AGAIN,   AGAIN,   UNSURE),
    "error-200":            (DOWN,    None,    DOWN,    REFUSED, HALF,    REFUSED, REFUSED, REFUSED, REFUSED),
    "expired-token":        (FINE,    AGAIN,   FINE,    FINE,    AGAIN,   AGAIN,   FINE,    FINE,    FINE),
    "truncate":             (DOWN,    FINE,    DOWN,    AGAIN,   FINE,    AGAIN,   AGAIN,   FINE,    UNSURE),
    "invalid-json":         (DOWN,    FINE,    DOWN,    AGAIN,   FINE,    AGAIN,   AGAIN,   FINE,    UNSURE),
    "content-type=text/plain": (DOWN, FINE,    DOWN,    AGAIN,   FINE,    AGAIN,   AGAIN,   FINE,    UNSURE),
    "empty":                (DOWN,    FINE,    DOWN,    AGAIN,   FINE,    AGAIN,   AGAIN,   FINE,    UNSURE),
    "deep-json=5000":       (DOWN,    FINE,    DOWN,    AGAIN,   FINE,    AGAIN,   AGAIN,   FINE,    UNSURE),
    "endless":              (DOWN,    DOWN,    DOWN,    AGAIN,   AGAIN,   AGAIN,   AGAIN,   FINE,    UNSURE),
    "gzip-bomb":            (DOWN,    DOWN,    DOWN,    AGAIN,   AGAIN,   AGAIN,   AGAIN,   FINE,    UNSURE),
    r"raw=HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n": (DOWN, DOWN, DOWN, AGAIN, AGAIN, AGAIN, AGAIN, FINE,  UNSURE),
    "lag=200":              (FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE,    FINE),
    "lie":                  (FINE,    FINE,    FINE,    FINE,    HALF,    FINE,    FINE,    FINE,    FINE),
}
SPECIAL = {
    ("pingone_get", "error-200"): REFUSED,   # its error form has a code
    ("voltmx_get", "error-200"): FINE,       # an answer without `properties` is "not configured" (contract 3)
}


# A fault that never ends: five requests (one and four retries), and no more; a message once. What may have been done is unsure
# (408 says that it was not; here a code goes with it, which says "refused").
FOR_EVER = {
    ("kaleyra_put", "status=500"): (3, "unsure", 5), ("kaleyra_put", "429"): (69, "failed", 5), ("kaleyra_put", "status=408"): (1, "failed", 5),
    ("voltmx_post", "status=503"): (3, "unsure", 5), ("voltmx_login", "status=500"): (69, "failed", 5), ("voltmx_get", "status=401"): (77, "failed", 2),
    ("pingone_token", "429"): (69, "failed", 5), ("kapso_list", "reset-before"): (69, "failed", 5), ("pingone_put", "429"): (69, "failed", 5),
    ("kapso_list", "status=502"): (69, "failed", 5), ("kapso_post", "status=500"): (3, "unsure", 5), ("kapso_patch", "drop"): (3, "unsure", 5),
    ("webex_post", "drop,effect"): (3, "unsure", 1), ("webex_post", "status=503"): (3, "unsure", 1), ("webex_post", "429"): (69, "failed", 5),
}


class Boxes:
    """Sandboxes are used one after another by many."""

    def __init__(self):
        self.free, self.all = queue.SimpleQueue(), []

    def get(self):
        try:
            return self.free.get_nowait()
        except queue.Empty:
            self.all.append(Box())
            return self.all[-1]


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.boxes, cls.results = Boxes(), {}
        cls.base = {}
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            endless = {key: pool.submit(cls.run_one, *key, times="") for key in FOR_EVER}
            clean = {op: pool.submit(cls.run_one, op, None) for op in OPERATIONS}
            jobs = {(op, fault): pool.submit(cls.run_one, op, fault) for op in OPERATIONS for fault in TABLE}
            cls.base = {op: job.result()[2] for op, job in clean.items()}
            for key, job in jobs.items():
                cls.results[key] = job.exception() or job.result()
            for key, job in endless.items():
                cls.results["for ever", *key] = job.exception() or job.result()

    @classmethod
    def tearDownClass(cls):
        for box in cls.boxes.all:
            box.stop()

    @classmethod
    def run_one(cls, op, fault, times=",times=1"):
        group, seed, which, _ = OPERATIONS[op]
        box = cls.boxes.get()
        box.state(seed)
        box.ask("DELETE", "/_sandbox/faults")
        box.ask("DELETE", "/_sandbox/requests")
        with Place(box.url) as place:
            place.write("tree.yaml", samples.tree(group))
            if group == "webexconnect":
                place.run("state", "init")
            if fault:
                box.fault("%s %s%s" % (which, fault, times))
            got = place.run(*APPLY, "-o", "json")
            method, _, path = which.partition(" ")
            count = len([e for e in box.log() if e["method"] == method and fnmatch.fnmatch(e["path"], path)])
            if not times:
                box.ask("DELETE", "/_sandbox/faults")
            if fault:
                cls.converges(place, box, group, got)
        cls.boxes.free.put(box)
        return got, got.code, count

    @staticmethod
    def converges(place, box, group, got):
        """The next apply mends it, without sending a message twice."""
        if group == "webexconnect":
            again = place.run(*APPLY)
            assert again.code == 0, str(again)    # what is unsure was written in the run before
            people = samples.held(box)["webexconnect"]
            assert len(people) == len(set(people)), people
            return
        if got.code == 0:                    # what was said to be applied is so, as soon as the provider shows it
            assert "lie" in str(box.ask("GET", "/_sandbox/faults").json) or until(
                lambda: place.run("plan", "--detailed-exitcode").code == 0, "an empty plan"), str(got)
            return
        again = place.run(*APPLY)
        assert again.code == 0, str(again)
        assert len(samples.held(box)["kapso"]) <= 1


def fault_test(op, fault):
    def test(self):
        result = self.results[op, fault]
        if isinstance(result, BaseException):
            raise result
        got, code, count = result
        want = SPECIAL.get((op, fault)) or TABLE[fault][COLUMNS.index(OPERATIONS[op][3])]
        change = next(iter(got.changes.values()))
        expected = 1 if want[2] is None else self.base[op] + want[2]
        self.assertEqual((code, change["outcome"], count), (want[0], want[1], expected), str(got))
        self.assertEqual(change["error"] is None, want[0] == 0, str(got))
    return test


def for_ever_test(op, fault):
    def test(self):
        result = self.results["for ever", op, fault]
        if isinstance(result, BaseException):
            raise result
        got, code, count = result
        self.assertEqual((code, next(iter(got.changes.values()))["outcome"], count), FOR_EVER[op, fault], str(got))
    return test


for operation, spec in FOR_EVER:
    setattr(Faults, "test_%s_%s_for_ever" % (operation, "".join(c if c.isalnum() else "_" for c in spec)), for_ever_test(operation, spec))
for operation in OPERATIONS:
    for spec in TABLE:
        word = "".join(c if c.isalnum() else "_" for c in spec.split("HTTP")[0].split("http")[0])
        setattr(Faults, "test_%s_%s" % (operation, word), fault_test(operation, spec))

if __name__ == "__main__":
    unittest.main()
