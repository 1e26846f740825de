# SPDX-License-Identifier: GPL-2.0-or-later
"""Webex Connect, from its document "WhatsApp Text Message"."""
import base64
import hashlib
import hmac
import json
import time
import unittest

from box import Case

PATH = "/webexconnect/resources/v1/messaging"
KEY = {"key": "service-key-0"}
SECRET = base64.b64encode(b"\x00\xff the service secret").decode()
MESSAGE = {"deliverychannel": "whatsapp", "appid": "a1", "destination": [{"waid": ["+15550100"], "correlationid": "front-desk"}],
           "channels": {"OTT-Messaging": {"wa": {"type": "text", "preview_url": "true", "text": {"body": "Hello"}}}},
           "options": {"tag1": "x", "domain": "d.example"}, "correlationid": "c", "callbackData": "cb",
           "notifyurl": "https://hooks.example.com/n", "notifyurlAuthId": "1", "expiry": "2030-01-01T00:00:00Z"}


def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def jwt(secret=SECRET, alg="HS256", **claims):
    text = part({"alg": alg, "typ": "JWT"}) + "." + part(dict({"iss": "service-0", "iat": int(time.time())}, **claims))
    return {"Authorization": "Bearer %s.%s" % (text, part(hmac.new(base64.b64decode(secret), text.encode(), hashlib.sha256).digest()))}


class WebexConnect(Case):
    def post(self, body=MESSAGE, headers=KEY, **more):
        return self.box.ask("POST", PATH, body, headers, **more)

    def refused(self, answer, code, word="", status=400):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(set(answer.json["response"]), {"code", "description", "transid"})
        self.assertEqual(answer.json["response"]["code"], code, answer.body)
        self.assertIn(word, answer.json["response"]["description"])

    def messages(self):
        return list(self.box.state()["webexconnect"].get("messages", {}).values())

    def test_queued(self):
        answer = self.post()
        self.assertEqual(answer.status, 200)
        item, = answer.json["response"]
        self.assertEqual((item["code"], item["description"], set(item)), ("1001", "Queued", {"code", "transid", "description"}))
        kept, = self.messages()
        self.assertEqual(kept["destination"], MESSAGE["destination"][0])

    def test_the_same_again_is_sent_again(self):
        self.post()
        self.post()
        self.assertEqual(len(self.messages()), 2)
        many = self.post(dict(MESSAGE, destination=[{"waid": ["1"]}, {"bsuid": ["CC.2"]}]))
        self.assertEqual([i["code"] for i in many.json["response"]], ["1001", "1001"])

    def test_least(self):
        least = {k: MESSAGE[k] for k in ("deliverychannel", "appid", "destination", "channels")}
        self.assertEqual(self.post(least).status, 200)
        for name in least:
            self.refused(self.post({k: v for k, v in least.items() if k != name}), "7003", name)
        self.assertEqual(self.post(dict(least, options=[])).status, 200)

    def test_invalid(self):
        def wa(**members):
            return dict(MESSAGE, channels={"OTT-Messaging": {"wa": dict({"type": "text", "text": {"body": "x"}}, **members)}})
        for body, code, word in (
                (dict(MESSAGE, deliverychannel="sms"), "7004", "deliverychannel"), (dict(MESSAGE, appid=""), "7003", "appid"),
                (dict(MESSAGE, destination=[]), "7004", "destination"), (dict(MESSAGE, destination=[{}]), "7003", "waid"),
                (dict(MESSAGE, destination=[{"waid": "1"}]), "7004", "waid"), (dict(MESSAGE, destination=[{"waid": [""]}]), "7004", "waid"),
                (dict(MESSAGE, destination=[{"waid": ["1"], "bsuid": ["2"]}]), "7004", "destination"),
                (dict(MESSAGE, destination=[{"waid": ["1"], "to": "2"}]), "7004", "destination"),
                (dict(MESSAGE, destination=[{"waid": ["1"], "correlationid": "x" * 51}]), "7004", "correlationid"),
                (dict(MESSAGE, destination=[{"waid": ["1"]}] * 1001), "7004", "destination"),
                (wa(type="image"), "7004", "type"), (wa(text={}), "7003", "body"), (wa(text={"body": ""}), "7003", "body"),
                (wa(preview_url=True), "7004", "preview_url"), (wa(more=1), "7004", "more"),
                (dict(MESSAGE, notifyurl=" https://a.example"), "7004", "notifyurl"), (dict(MESSAGE, notifyurl="https://a.example "), "7004", "notifyurl"),
                (dict(MESSAGE, notifyurl="a.example"), "7004", "notifyurl"), (dict(MESSAGE, correlationid="é" * 26), "7004", "correlationid"),
                (dict(MESSAGE, correlationId="x"), "7004", "correlationId"), (dict(MESSAGE, options="x"), "7004", "options"),
                (b"{", "7000", "JSON"), ([], "7000", "JSON")):
            self.refused(self.post(body), code, word)
        self.refused(self.post(kind="text/plain"), "7000")
        self.assertEqual(self.messages(), [])
        self.assertEqual(self.post(dict(MESSAGE, correlationid="é" * 25)).status, 200)

    def test_paths(self):
        self.assertEqual(self.box.ask("GET", PATH, headers=KEY).status, 405)
        self.assertEqual(self.box.ask("POST", PATH + "/", MESSAGE, KEY).status, 404)

    def test_key(self):
        self.refused(self.post(headers={}), "7002")
        self.box.state({"webexconnect": {"keys": ["service-key-0"], "apps": ["a1"], "error_status": 200}})
        self.assertIsInstance(self.post().json["response"], list)
        self.refused(self.post(headers={"key": "other"}), "7001", status=200)
        self.refused(self.post(dict(MESSAGE, appid="a2")), "7004", "appid", status=200)

    def test_jwt(self):
        self.box.state({"webexconnect": {"services": {"service-0": SECRET}, "keys": []}})
        now = int(time.time())
        self.assertEqual(self.post(headers=jwt()).status, 200)
        self.assertEqual(self.post(headers=dict(jwt(), key="ignored")).status, 200)
        other = base64.b64encode(b"another").decode()
        for headers in (jwt(other), jwt(alg="none"), jwt(iss="service-1"), jwt(iat=now - 3700), jwt(iat=now + 3600), jwt(iat=str(now)),
                        jwt(iat=-2 ** 63), jwt(base64.b64encode(SECRET.encode()).decode()), {"Authorization": "Bearer a.b.c"},
                        {"Authorization": "Bearer "}, {"Authorization": jwt()["Authorization"] + ".x"}, {"Authorization": jwt()["Authorization"] + "="},
                        dict(KEY, **jwt(other))):
            self.refused(self.post(headers=headers), "7001")

    def test_jwt_without_a_seed_needs_its_structure(self):
        self.assertEqual(self.post(headers=jwt()).status, 200)
        self.refused(self.post(headers=jwt(iat=1)), "7001")
        self.refused(self.post(headers={"Authorization": "Bearer x"}), "7001")


if __name__ == "__main__":
    unittest.main()
