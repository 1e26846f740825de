# SPDX-License-Identifier: GPL-2.0-or-later
"""Providers that show what they were sent, in every place of an answer and in every encoding: nothing of it comes out again."""
import re
import unittest

from case import APPLY, FORMS, TOKEN, Case
from mirror import ENCODINGS, Reply, failure
from search import MARK


class Reflected(Case):
    """A provider that shows what it was sent, in every place of its answers."""

    def echo(self, encoding, status=400, **more):
        form = ENCODINGS[encoding]

        def answer(request):
            text = " and ".join(form(s) for s in request.secrets())
            safe = re.sub(r"[\r\n]", " ", text)
            headers = [("X-Request-Id", safe), ("X-Echo", safe), ("WWW-Authenticate", f'Bearer error="{safe}"'), ("Set-Cookie", f"s={safe}"),
                       ("Location", f"/{safe}")] + [(form(s), "a name") for s in request.secrets() if re.fullmatch("[A-Za-z0-9]+", form(s))]
            return failure(text, status, headers=headers, reason=safe, **more)
        return answer

    def run_all(self, place, mirror, name):
        for form in FORMS:
            done = place.run("plan", place.tree, *place.trusted, "-o", form, "-v", "--trace", f"http={place.out}/{name}-plan-{form}.trace",
                             "--timeout", "1s")
        done = place.run("apply", place.tree, *place.trusted, *APPLY, "-v", "--trace", f"http={place.out}/{name}-apply.trace", "--rewrite",
                         "--timeout", "1s", "-o", "json", "--output-file", f"markdown={place.out}/{name}.md", "--output-file", f"human={place.out}/{name}.txt")
        for words in (["status", "-o", "json"], ["history", "-o", "json"], ["history", "-v"], ["state", "show", "-o", "json"],
                      ["history", "kaleyra/NumberProfile/desk", "-v"]):
            place.run(*words)
        return done

    def reflect(self, name, encoding, when, status=400, **more):
        mirror = self.mirror()
        place = self.place(mirror.url)
        place.run("state", "init", want=0)
        echo = self.echo(encoding, status, **more)
        mirror.answer = lambda request: echo(request) if when(request) else None
        done = self.run_all(place, mirror, name)
        self.assertIn(done.returncode, (1, 3, 69, 75, 77), (name, done.stdout[-2000:]))
        if status // 100 != 3:             # of a redirect only the origin is told
            self.assertIn(b"(secret)", done.stdout, "no provider's words were shown, so nothing was tried")
        self.derived(place, mirror)
        place.check(self, 10)

    def test_refused_writes(self):
        for encoding in ENCODINGS:
            with self.subTest(encoding=encoding):
                self.reflect("write", encoding, lambda r: not r.is_read and not r.is_token)

    def test_refused_reads(self):
        for encoding in ("raw", "url", "base64"):
            with self.subTest(encoding=encoding):
                self.reflect("read", encoding, lambda r: r.is_read)

    def test_refused_tokens(self):
        for encoding in ("raw", "json", "base64"):
            with self.subTest(encoding=encoding):
                self.reflect("token", encoding, lambda r: r.is_token)

    def test_refused_credentials(self):
        for status in (401, 403, 409, 302):
            with self.subTest(status=status):
                self.reflect(f"status-{status}", "raw", lambda r: not r.is_token, status)

    def test_failure_in_success(self):
        self.reflect("inside-200", "raw", lambda r: not r.is_read and not r.is_token, 200)

    def test_answers_that_are_not_json(self):
        mirror = self.mirror()
        place = self.place(mirror.url)
        place.run("state", "init", want=0)
        for kind in ("text/html", "application/json", "text/plain; x=" + MARK):
            mirror.answer = lambda r, kind=kind: None if r.is_token else Reply(404 if r.is_read else 400, "<html>" + " ".join(r.secrets()), kind=kind)
            self.run_all(place, mirror, "html")
        self.derived(place, mirror)
        for file in place.out.glob("*"):                   # a type that the provider made up is nobody's secret
            file.write_bytes(file.read_bytes().replace(b"x=" + MARK.encode(), b""))
        place.check(self, 10)

    def test_long_texts_are_cut_after_scrubbing(self):
        """Half a secret at the end of what is shown is half a secret too many."""
        for length in (100, 180, 250, 290, 500, 990, 1010, 2000, 4080):
            mirror = self.mirror()
            place = self.place(mirror.url, group="kaleyra")
            place.run("state", "init", want=0)
            mirror.answer = lambda r, n=length: failure("x" * n + r.headers.get("api-key", "") + "y" * 5000)
            self.run_all(place, mirror, "long")
            place.check(self, 8)

    def test_live_values(self):
        """A provider that shows secrets where other values belong: they are compared, shown and stored scrubbed."""
        for encoding in ("raw", "base64"):
            with self.subTest(encoding=encoding):
                mirror = self.mirror()
                place = self.place(mirror.url)
                place.run("state", "init", want=0)
                place.run("apply", place.tree, *place.trusted, *APPLY, want=0)
                form, sent = ENCODINGS[encoding], list(dict.fromkeys(s for r in mirror.seen for s in r.secrets() if TOKEN not in s))
                everything = " ".join(form(s) for s in sent if MARK in s)

                def answer(r, everything=everything):
                    if r.is_token:
                        return None
                    if r.provider == "kapso":
                        one = {"id": "c-1", "name": everything, "phone_number_id": "116195731537720", "business_account_id": everything,
                               "webhook_destination_url": everything, "webhook_verify_token": everything, "access_token": everything}
                        listed = r.path.split("?")[0].endswith("/whatsapp_configs")
                        return Reply(200, {"data": [one] if listed else one, "meta": {"total_pages": 1}})
                    if r.provider == "pingone":
                        return Reply(200, {"provider": everything, "whatsAppAccountBusinessId": everything, "appId": everything, "appSecret": everything,
                                           "userAccessToken": everything, "numbers": [{"number": everything, "numberId": everything, "selected": True}]})
                    if r.provider == "voltmx":
                        pairs = [{"key": k, "value": everything} for k in ("Account SID", "Auth Token", "From", "Header Content Type",
                                                                           "Maximum Character Limit", "Host URL")]
                        return Reply(200, {"protocol": everything, "provider": everything, "inboundSecurityEnabled": everything, "properties": pairs})
                    return Reply(200, {"status": 200, "code": "WA1", "message": everything, "reference": everything,
                                       "response": [{"code": "1001", "description": everything, "transid": everything}]})
                mirror.answer = answer
                done = self.run_all(place, mirror, "live")
                self.assertIn(b"kapso", done.stdout)
                self.derived(place, mirror)
                place.check(self, 10)

    def test_ids_and_receipts(self):
        """Ids that providers make are stored: not when they are somebody's key."""
        mirror = self.mirror()
        place = self.place(mirror.url)
        place.run("state", "init", want=0)

        def answer(r):
            text = " ".join(r.secrets())
            if r.provider == "webexconnect":
                return Reply(202, {"response": [{"code": "1001", "description": text, "transid": text}]}, headers=[("X-Request-Id", text)])
            if r.provider == "kapso" and not r.is_read:
                return Reply(201, {"data": {"id": text, "name": "Front desk", "phone_number_id": "116195731537720",
                                            "business_account_id": "98765432109", "webhook_destination_url": "https://hooks.hotel.example/kapso"}})
            return None
        mirror.answer = answer
        self.run_all(place, mirror, "ids")
        self.derived(place, mirror)
        place.check(self, 10)


if __name__ == "__main__":
    unittest.main()
