# SPDX-License-Identifier: GPL-2.0-or-later
"""Hostile text of providers, in messages, codes, ids and live values: no output of any command lets it draw on a terminal, open a block of markdown, speak
to a CI runner, or turn the direction of writing."""
import json
import re
import unittest

from case import APPLY, FORMS, Case
from mirror import Reply, failure

PIECES = ("\x1b[31mRED\x1b[0m", "\x1b]0;title\x07", "\r::error file=x::boo", "\n::add-mask::x", "\n##[error]boo", "\n# heading", "\n- item", "\n```\n", "`code`",
          "<img src=x onerror=alert(1)>", "<!-- c -->", "[link](https://evil.example)", "![i](https://evil.example/i.png)", "@everyone", "#1", "|cell|",
          "\u202eltr\u202c", "\u2066iso\u2069", "\u200bzero", "\u009b31mC1", "\x7f", "\ufeff", "https://evil.example/phish", "%0A::error::x", "\u2028line")
TEXT = "x " + " ".join(PIECES) + " y"
SHORT = "\x1b[31m\n::error::<b>|@all\u202e`"
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
COLOR = re.compile("\x1b\\[[0-9;]*m")


def live(text):
    """Answers that hold `text` wherever a provider can put some."""
    def answer(r):
        if r.is_token:
            return None
        if r.provider == "kapso":
            one = {"id": text, "name": text, "phone_number_id": "116195731537720", "business_account_id": text, "webhook_destination_url": text}
            listed = r.path.split("?")[0].endswith("/whatsapp_configs") and r.is_read
            return Reply(200, {"data": [one] if listed else one, "meta": {"total_pages": 1}})
        if r.provider == "pingone":
            return Reply(200, {"provider": text, "whatsAppAccountBusinessId": text, "appId": text,
                               "numbers": [{"number": text, "numberId": text, "selected": True}]})
        if r.provider == "voltmx":
            pairs = [{"key": k, "value": text} for k in ("Account SID", "From", "Header Content Type", "Maximum Character Limit", text)]
            return Reply(200, {"protocol": text, "provider": text, "inboundSecurityEnabled": text, "properties": pairs})
        return Reply(200, {"status": 200, "code": "1", "message": text, "reference": text, "response": [{"code": "1001", "description": text, "transid": text}]})
    return answer


class Hostile(Case):
    def clean(self, name, form, data, color=False):
        text = data.decode("utf-8")                        # and it must be UTF-8
        if color:
            text = COLOR.sub("", text)
        bad = UNSEEN.search(text)
        self.assertIsNone(bad, f"{name}: {bad and text[max(0, bad.start() - 80):bad.end() + 40]!r}")
        for line in text.split("\n"):
            self.assertNotRegex(line, r"^\s*(::|##\[|# heading|- item|```$)", f"{name} {line!r}")
        if form == "markdown":
            for part in ("<img", "<!-- c", "<b>", "[link](", "![i](", "@everyone", "@all", "|cell|"):
                self.assertNotIn(part, text, name)
            self.assertNotRegex(text, r"(?<!`)https://evil\.example", name)
        if form == "json":
            json.loads(text)

    def look(self, answer):
        mirror = self.mirror()
        place = self.place(mirror.url)
        place.run("state", "init", want=0)
        mirror.answer = answer
        shown = b""
        for form in FORMS:
            done = place.run("plan", place.tree, *place.trusted, "-o", form, "-v", "--timeout", "1s")
            self.clean(f"plan {form}", form, done.stdout)
            self.clean(f"plan {form}, errors", "human", done.stderr)
            shown += done.stdout
        done = place.run("plan", place.tree, *place.trusted, "--color", "always", "--timeout", "1s")
        self.clean("plan in colour", "human", done.stdout, color=True)
        trace = place.out / "trace"
        done = place.run("apply", place.tree, *place.trusted, *APPLY, "--timeout", "1s", "-v", "--trace", f"http={trace}",
                         "--output-file", f"json={place.out}/a.json", "--output-file", f"markdown={place.out}/a.md")
        self.clean("apply", "human", done.stdout)
        self.clean("apply, errors", "human", done.stderr)
        self.clean("trace", "human", trace.read_bytes())
        self.clean("apply json", "json", (place.out / "a.json").read_bytes())
        self.clean("apply markdown", "markdown", (place.out / "a.md").read_bytes())
        for form in ("human", "json"):
            for words in (["status"], ["history"], ["history", "kapso/WhatsAppConfig/desk"], ["state", "show"]):
                done = place.run(*words, "-o", form, "-v")
                self.clean(" ".join(words), form, done.stdout + (b"" if form == "json" else done.stderr))
        return shown

    def test_errors(self):
        for text in (TEXT, SHORT):
            shown = self.look(lambda r, t=text: None if r.is_token else failure(t, headers=[("X-Request-Id", re.sub(r"[\x00-\x1f\x7f]", "", t))]))
            self.assertIn(b"answered 400", shown)

    def test_errors_of_tokens(self):
        self.look(lambda r: failure(TEXT) if r.is_token else None)

    def test_failure_in_success(self):
        self.look(lambda r: None if r.is_token or r.is_read else failure(TEXT, 200))

    def test_live_values(self):
        for text in (TEXT, SHORT):
            shown = self.look(live(text))
            self.assertIn(b"RED" if text is TEXT else b"error", shown)

    def test_nul(self):
        """A NUL in JSON, a NUL in the bytes, bytes that are not UTF-8, half a surrogate."""
        for body in (b'{"error": {"code": "a\\u0000b", "message": "a\\u0000b"}, "message": "x\\u0000y"}', b'{"message": "a\0b"}',
                     b'{"message": "\xff\xfe\x1b[31m"}', b'{"message": "\\ud800"}', b"\x00\x1b[31m\xff"):
            self.look(lambda r, b=body: None if r.is_token else Reply(400, b))


if __name__ == "__main__":
    unittest.main()
