# SPDX-License-Identifier: GPL-2.0-or-later
"""Volt MX, from its document "Update WhatsApp SMS Config"."""
import json
import unittest

from box import Case, basic

PATH = "/voltmx/hotel-a/api/v1/whatsappconfig"
ADMIN = basic("admin", "pa:ss")
TYPE = "application/json;charset=UTF-8"
VALUES = {"Account SID": "AC0", "Auth Token": "t0ken", "From": "+15550100", "Header Content Type": "application/x-www-form-urlencoded",
          "Maximum Character Limit": "140"}


def config(values=VALUES, **more):
    body = {"protocol": "HTTP", "inboundSecurityEnabled": False, "provider": "TWILIO_WHATSAPP",
            "properties": [{"key": k, "value": v} for k, v in values.items()]}
    body.update(more)
    return {k: v for k, v in body.items() if v is not ...}


class VoltMX(Case):
    def post(self, body, headers=ADMIN, path=PATH, kind=TYPE, **more):
        return self.box.ask("POST", path, body, headers, kind=kind, **more)

    def get(self, headers=ADMIN, path=PATH):
        return self.box.ask("GET", path, headers=headers)

    def read(self, **more):
        body = self.get(**more).json
        return {p["key"]: p["value"] for p in body["properties"]}

    def refused(self, body, message, **more):
        answer = self.post(body, **more)
        self.assertEqual((answer.status, answer.json), (400, {"message": message}))

    def test_given_sample(self):
        values = dict(VALUES, **{"Account SID": "xxxxx", "Auth Token": "xxxxx", "From": "xxxxx"})
        answer = self.post(config(values))
        self.assertEqual(answer.status, 200)
        self.assertIn(b'"message" : "Details updated successfully"', answer.body)
        with self.assertRaises(ValueError):
            json.loads(answer.body)

    def test_read_back(self):
        self.assertEqual(self.get().status, 404)
        self.post(config())
        answer = self.get()
        self.assertEqual(set(answer.json), {"protocol", "inboundSecurityEnabled", "provider", "properties"})
        self.assertIs(answer.json["inboundSecurityEnabled"], False)
        shown = self.read()
        self.assertTrue(shown.pop("Host URL").startswith("https://"))
        self.assertEqual(shown, dict(VALUES, **{"Auth Token": "*****"}))
        self.assertEqual(self.get(path=PATH.replace("hotel-a", "x/hotel-b")).status, 404)
        self.assertEqual(self.get(path="/voltmx/api/v1/whatsappconfig").status, 404)

    def test_switches(self):
        for unset, expected in (("404", 404), ("empty", {}), ("bare", {"protocol", "inboundSecurityEnabled", "provider"})):
            self.box.state({"voltmx": {"open": True, "unconfigured": unset}})
            answer = self.get()
            if unset == "404":
                self.assertEqual(answer.status, 404)
            else:
                self.assertEqual((answer.status, set(answer.json)), (200, set(expected)))
        for mask, shown in (("none", "t0ken"), ("x", "xxxxx"), ("star", "*****")):
            self.box.state({"voltmx": {"open": True, "mask": mask, "masked": ["Auth Token", "From"], "boolean_text": True,
                                       "valid_answer": True}})
            self.assertEqual(self.post(config()).json["message"], "Details updated successfully")
            self.assertEqual(self.read()["Auth Token"], shown)
            self.assertEqual(self.read()["Account SID"], "AC0")
            self.assertEqual(self.get().json["inboundSecurityEnabled"], "false")

    def test_one_server_has_its_own_switch(self):
        self.box.state({"voltmx": {"open": True, "servers": {"hotel-a": {"mask": "none"}}}})
        other = PATH.replace("hotel-a", "hotel-b")
        self.post(config())
        self.post(config(), path=other)
        self.assertEqual((self.read()["Auth Token"], self.read(path=other)["Auth Token"]), ("t0ken", "*****"))

    def test_post_replaces(self):
        self.post(config(inboundSecurityEnabled=True))
        self.assertIs(self.get().json["inboundSecurityEnabled"], True)
        self.post(config(inboundSecurityEnabled=...))
        self.assertIs(self.get().json["inboundSecurityEnabled"], False)

    def test_refusals(self):
        keys, value = "Invalid keys provided.", "Value is required for mobile originated."
        connect = "Unable to connect to the SMS provider with the given credentials."
        self.refused(config(extra=1), keys)
        self.refused(config(dict(VALUES, **{"Host URL": "https://a.example"})), keys)
        self.refused(config(dict(VALUES, **{"auth token": "x"})), keys)
        body = config()
        body["properties"].append({"key": "From", "value": "+15550101"})
        self.refused(body, keys)
        body = config()
        body["properties"][0]["more"] = 1
        self.refused(body, keys)
        self.refused(config(dict(VALUES, **{"Maximum Character Limit": 140})), keys)
        self.refused(config(dict(VALUES, **{"Header Content Type": "application/json"})), keys)
        for name in VALUES:
            self.refused(config({k: v for k, v in VALUES.items() if k != name}), value)
        for protocol in (..., "SMPP", 5):
            self.refused(config(protocol=protocol), value)
        for provider in (..., ""):
            self.refused(config(provider=provider), value)
        self.refused(config(properties=VALUES), value)
        self.refused(config(inboundSecurityEnabled="false"), value)
        self.refused(config(dict(VALUES, From="5550100")), value)
        self.refused(config(dict(VALUES, **{"Maximum Character Limit": "many"})), value)
        self.refused(config(dict(VALUES, **{"Auth Token": "*****"})), connect)
        self.refused(config(dict(VALUES, **{"Account SID": ""})), connect)
        self.refused(b"{", keys)
        for kind in ("application/json", "text/plain", None):
            self.refused(config(), "Content-Type must be application/json;charset=UTF-8.", kind=kind)
        self.assertEqual(self.post(config(), kind="application/json; charset=utf-8").status, 200)

    def test_credentials(self):
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic !"}, basic("", "x"), {"AccessToken": "a"},
                        {"X-VoltMX-Authorization": "made-up"}):
            self.assertEqual(self.get(headers).status, 401, headers)
            self.assertEqual(self.post(config(), headers).json, {"message": "Unauthorized request."})
        self.assertEqual(self.get({"AccessToken": "a", "AccessSecret": "b"}).status, 404)

    def test_login(self):
        for path in ("/voltmx/authService/accounts/login", "/voltmx/login", "/voltmx/idp/login"):
            for body, kind in (({"userid": "u", "password": "p"}, "application/json"),
                               (b"userid=u&password=p%26q", "application/x-www-form-urlencoded")):
                answer = self.box.ask("POST", path, body, kind=kind)
                self.assertEqual(answer.status, 200, answer.body)
                self.assertEqual(set(answer.json), {"profile", "refresh_token", "claims_token"})
                self.assertGreater(answer.json["claims_token"]["exp"], 1408953838000)
                self.assertEqual(self.get({"X-VoltMX-Authorization": answer.json["claims_token"]["value"]}).status, 404)
        self.assertEqual(self.box.ask("POST", "/voltmx/login", {"userid": "u"}).status, 400)
        self.assertEqual(self.box.ask("GET", "/voltmx/login").status, 405)

    def test_oauth(self):
        path = "/voltmx/hotel-a/api/v1/oauth/accesstoken"
        self.assertEqual(self.box.ask("GET", path).status, 401)
        pair = self.box.ask("GET", path, headers=ADMIN).json
        self.assertEqual(set(pair), {"AccessToken", "AccessSecret"})
        self.assertEqual(self.get(pair).status, 404)

    def test_seed(self):
        self.box.state({"voltmx": {"users": {"admin": "pa:ss"}, "pairs": {"a": "b"}, "servers": {"hotel-a": {}}}})
        self.assertEqual(self.get().status, 404)
        self.assertEqual(self.get(basic("admin", "no")).status, 401)
        self.assertEqual(self.get({"AccessToken": "a", "AccessSecret": "b"}).status, 404)
        self.assertEqual(self.get({"AccessToken": "a", "AccessSecret": "c"}).status, 401)
        self.assertEqual(self.box.ask("POST", "/voltmx/login", {"userid": "admin", "password": "no"}).status, 401)
        self.assertEqual(self.get(path=PATH.replace("hotel-a", "other"), headers=basic("x", "y")).status, 404)

    def test_token_expires(self):
        self.box.state({"voltmx": {"open": True, "token_lifetime": 0}})
        token = self.box.ask("POST", "/voltmx/login", {"userid": "u", "password": "p"}).json["claims_token"]["value"]
        self.assertEqual(self.get({"X-VoltMX-Authorization": token}).status, 401)


if __name__ == "__main__":
    unittest.main()
