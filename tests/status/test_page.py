# SPDX-License-Identifier: GPL-2.0-or-later
"""The status page in a real browser: drawn, filtered, narrow, dark, kept up to date. SHOT=FILE keeps a picture of it."""
import os
import shutil
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser  # noqa: E402
import scene  # noqa: E402
from server import Server, row  # noqa: E402

NAMES = "[...document.querySelectorAll('#objects .name')].map(e => e.textContent)"


@unittest.skipIf(browser.missing(), browser.missing())
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp()
        cls.browser = browser.Browser(cls.place)

    @classmethod
    def tearDownClass(cls):
        cls.browser.stop()
        shutil.rmtree(cls.place, ignore_errors=True)

    def setUp(self):
        self.server = Server()
        self.server.set(commit=scene.COMMIT, doing="idle")
        self.server.set(rows=scene.ROWS, passes=scene.PASSES)
        self.browser.scheme("light")
        self.browser.size(1000, 900)

    def tearDown(self):
        self.browser.open("about:blank")
        if self.server:
            self.assertEqual(self.server.stop(), 0)

    def open(self, hash=""):
        self.browser.open(self.server.address + hash)
        self.browser.until("document.querySelectorAll('#objects li').length || document.getElementById('shown').textContent")

    def text(self):
        return self.browser.js("document.body.innerText")

    def poll_again(self):
        """What the timer would do in five seconds."""
        before = self.browser.js("Number(document.documentElement.dataset.polls)")
        self.browser.js("document.dispatchEvent(new Event('visibilitychange'))")
        self.browser.until("Number(document.documentElement.dataset.polls) > arguments[0]", before)

    def open_details(self, name):
        self.browser.js("[...document.querySelectorAll('details')].find(d => d.innerText.includes(arguments[0])).querySelector('summary').click()", name)
        self.browser.until("[...document.querySelectorAll('details[open] .body')].some(b => b.innerText.includes(arguments[0]))", name)

    def test_drawn(self):
        self.open()
        self.assertEqual([n.split()[0] for n in self.browser.js(NAMES)][:6], ["staging", "welcome", "support", "front-desk", "spa", "restaurant"])
        text = self.text()
        for part in ("2 objects in trouble", "5f3c9a71be", "PingOne refused the credentials", "Failed\n", "10 min ago", "some failed", "the disk is full", "all 8"):
            self.assertIn(part, text)
        self.assertEqual(self.browser.js("document.title"), "(2) waconf: 2 objects in trouble")
        self.assertEqual(self.browser.log(), [])
        if os.environ.get("SHOT"):
            with open(os.environ["SHOT"], "wb") as f:
                f.write(self.browser.picture())

    def test_details(self):
        self.open()
        for name, parts in (("staging", ("What to do: Check client_id", "Failed 4 times in a row; next try in 2 min.", "staging/pingone.yaml:3")),
                            ("front-desk", ('"Open 9-17"', '"Open 24/7"', "changed outside", "(secret) 00aa11bb22cc33dd", "numbers.yaml:12")),
                            ("restaurant", ("What nobody can see at the provider", "12 MG Road, Pune"))):
            self.open_details(name)
            for part in parts:
                self.assertIn(part, self.text())

    def test_foreign_text_stays_text(self):
        evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
        self.server.set(refused=evil, rows=[row("kapso/WhatsAppConfig/x" + evil, "failed", error="up \u202edown " + evil, hint=evil, change=scene.change(
            evil, 1, scene.edited("/" + evil, evil, {"secret": True, "fingerprint": evil})))])
        self.open()
        self.open_details("down <img")
        text = self.text()
        self.assertGreaterEqual(text.count("<img src=x"), 6)
        self.assertIn("up \\u{202e}down", text)
        self.assertEqual(self.browser.js("document.querySelectorAll('img, #objects script').length"), 0)
        self.assertNotIn("owned", self.browser.js("document.title"))
        self.assertEqual(self.browser.log(), [])

    def test_policy_stops_what_is_not_ours(self):
        self.open()
        self.browser.js("(() => { const s = document.createElement('script'); s.textContent = \"document.title = 'owned'\"; document.body.append(s); return 1 })()")
        self.assertNotEqual(self.browser.js("document.title"), "owned")
        self.assertTrue([line for line in self.browser.log() if "Content Security Policy" in line])

    def test_filter_and_search(self):
        self.open()
        self.browser.js("document.querySelector('#states button[data-state=in_sync]').click()")
        self.assertEqual(len(self.browser.js(NAMES)), 3)
        self.assertEqual(self.browser.js("location.hash"), "#state=in_sync")
        self.assertEqual(self.browser.js("document.querySelector('[data-state=in_sync]').getAttribute('aria-pressed')"), "true")
        self.browser.keys("/volt")
        self.browser.until("document.querySelectorAll('#objects li').length === 1")
        self.assertEqual(self.browser.js("location.hash"), "#state=in_sync&q=volt")
        self.assertIn("1 object of 8", self.text())
        self.browser.keys("\ue00c")                                       # Escape
        self.browser.until("document.querySelectorAll('#objects li').length === 3")
        self.browser.keys("/nothing like it")
        self.browser.until("document.getElementById('shown').textContent === 'No object matches.'")
        self.open("?again#state=failed,unsure&q=credentials")             # a filter can be handed on as a link
        self.assertEqual([n.split()[0] for n in self.browser.js(NAMES)], ["staging"])

    def test_keyboard_and_names(self):
        self.open()
        self.browser.js("document.querySelector('#objects summary').focus()")
        self.browser.keys("\ue007")                                       # Enter
        self.browser.until("document.querySelector('#objects details').open")
        unnamed = self.browser.js("""[...document.querySelectorAll('button, input, a, summary, table, section, [role=region]')].filter(e => !e.innerText?.trim() &&
            !e.labels?.length && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby') && !e.hidden).map(e => e.outerHTML)""")
        self.assertEqual(unnamed, [])
        self.assertEqual(self.browser.js("document.documentElement.lang"), "en")

    def contrast(self):
        """The lowest contrast of text to the ground behind it (WCAG 2), and where."""
        return self.browser.js("""(() => {
            const rgb = c => c.match(/[\\d.]+/g).map(Number), part = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
            const light = c => .2126 * part(c[0]) + .7152 * part(c[1]) + .0722 * part(c[2]);
            const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c; } return [255, 255, 255]; };
            let least = [99, ''];
            for (const e of document.querySelectorAll('body *')) {
                if (!e.checkVisibility() || e.closest('.none') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
                const a = light(rgb(getComputedStyle(e).color)), b = light(ground(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
                if (ratio < least[0]) least = [ratio, e.outerHTML];
            }
            return least; })()""")

    def test_dark_and_light(self):
        self.open("#state=failed,drift,in_sync,unsure,blocked,pending")
        grounds = []
        for scheme in "light", "dark":
            self.browser.scheme(scheme)
            self.browser.until("matchMedia('(prefers-color-scheme: %s)').matches" % scheme)
            grounds.append(self.browser.js("getComputedStyle(document.body).backgroundColor"))
            self.browser.until("document.getAnimations().length === 0")
            ratio, where = self.contrast()
            self.assertGreaterEqual(ratio, 4.5, where)
        self.assertNotEqual(grounds[0], grounds[1])

    def test_narrow(self):
        self.server.set(rows=scene.ROWS + [row("voltmx/WhatsAppConfig/" + "x" * 63, "failed", error="e" * 300)])
        for width in 320, 360, 480:
            self.browser.size(width, 740)
            self.open("?%d" % width)
            for name in "front-desk", "support", "xxxx":
                self.open_details(name)
            self.assertLessEqual(self.browser.js("document.documentElement.scrollWidth"), width)
            self.assertGreaterEqual(self.browser.js("Math.min(...[...document.querySelectorAll('button:not([hidden])')].map(b => b.offsetHeight))"), 32)
        self.assertEqual(struct.unpack(">I", self.browser.picture()[16:20])[0], 480)

    def test_updates_itself(self):
        self.open()
        self.open_details("front-desk")
        self.browser.js("document.querySelector('details[open] summary').focus()")
        self.server.set(rows=[row("kaleyra/NumberProfile/front-desk", since=0, change=scene.change("numbers.yaml", 12)), row("kapso/WhatsAppConfig/new", "failed", error="brand new")])
        self.browser.until("document.body.innerText.includes('brand new')")       # by its own timer
        self.assertEqual([n.split()[0] for n in self.browser.js(NAMES)], ["new", "front-desk"])
        self.assertTrue(self.browser.js("document.querySelectorAll('details')[1].open"))
        self.assertIn("front-desk", self.browser.js("document.activeElement.innerText"))
        self.assertEqual(self.browser.js("document.title"), "(1) waconf: 1 object in trouble")

    def test_refused_tree_comes_and_goes(self):
        self.open()
        self.assertNotIn("is refused", self.text())
        self.server.set(refused="numbers.yaml:12:3: 'abuot' is not a field; did you mean 'about'?")
        self.poll_again()
        self.assertIn("The newest tree is refused; the last good one stays in force.", self.text())
        self.assertIn("did you mean 'about'?", self.text())
        self.server.set(refused=None)
        self.poll_again()
        self.assertNotIn("is refused", self.text())

    def test_idle_costs_no_body(self):
        self.open()
        self.browser.js("(() => { window.seen = []; const f = window.fetch; window.fetch = async (...a) => { const r = await f(...a); seen.push(r.status); return r; }; return 1 })()")
        self.poll_again()
        self.poll_again()
        self.assertEqual(set(self.browser.js("window.seen")), {304})
        self.server.set(commit="a" * 40)
        self.poll_again()
        self.assertEqual(self.browser.js("window.seen.at(-1)"), 200)
        self.assertIn("aaaaaaaaaa", self.text())

    def test_daemon_gone(self):
        self.open()
        self.assertEqual(self.server.stop(), 0)
        self.server = None
        self.poll_again()
        self.assertIn("The daemon does not answer. What is shown is from", self.text())
        self.assertEqual(len(self.browser.js(NAMES)), 8)
        self.browser.log()

    def test_ten_thousand(self):
        self.server.set(rows=[row("kaleyra/NumberProfile/n%05d" % i, "failed" if i == 9999 else "in_sync") for i in range(10000)])
        self.open()
        names = self.browser.js(NAMES)
        self.assertEqual((len(names), names[0].split()[0]), (200, "n09999"))
        self.browser.js("document.getElementById('more').click()")
        self.assertEqual(len(self.browser.js(NAMES)), 400)
        self.browser.keys("/n04242")
        self.browser.until("document.querySelectorAll('#objects li').length === 1")

    def test_nothing_yet(self):
        self.server.set(rows=[], passes=[])
        self.open()
        text = self.text()
        for part in "starting", "There are no objects yet.", "No pass has ended yet.", "none yet":
            self.assertIn(part, text)


if __name__ == "__main__":
    unittest.main()
