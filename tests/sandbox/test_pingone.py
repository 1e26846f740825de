# SPDX-License-Identifier: GPL-2.0-or-later
"""PingOne, from its document "Create WhatsApp Delivery Settings (specify number)"."""
import unittest

from box import Case, basic

ENV = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6"
PATH = "/pingone/v1/environments/%s/notificationsSettings/instantMessagingDeliverySettings/whatsApp" % ENV
TOKEN = "/pingone-auth/worker-env/as/token"
FORM = "application/x-www-form-urlencoded"
GIVEN = {"selected": True, "number": "+1 555-061-2978", "numberId": "116195731537720"}
BODY = {"provider": "CUSTOM_WHATSAPP", "whatsAppAccountBusinessId": "107794359053209", "appId": "263386889724299",
        "userAccessToken": "user-access-token-0", "appSecret": "app-secret-0", "numbers": [GIVEN]}


class PingOne(Case):
    def token(self):
        answer = self.box.ask("POST", TOKEN, b"grant_type=client_credentials", basic("id", "secret"), kind=FORM)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["access_token"]

    def setUp(self):
        super().setUp()
        self.bearer = {"Authorization": "Bearer " + self.token()}

    def seed(self, **members):
        self.box.state({"pingone": dict({"open": True}, **members)})
        self.bearer = {"Authorization": "Bearer " + self.token()}

    def put(self, body, **more):
        return self.box.ask("PUT", PATH, body, self.bearer, **more)

    def get(self, path=PATH):
        return self.box.ask("GET", path, headers=self.bearer)

    def selected(self):
        return [n["numberId"] for n in self.get().json["numbers"] if n["selected"]]

    def refused(self, body, code, target):
        answer = self.put(body)
        self.assertEqual((answer.status, answer.json["code"]), (400, "INVALID_DATA"), answer.body)
        self.assertTrue(answer.json["id"] and answer.json["message"])
        detail = answer.json["details"][0]
        self.assertEqual((detail["code"], detail["target"]), (code, target))
        return detail

    def test_given_example(self):
        self.assertEqual((self.get().status, self.get().json["code"]), (404, "NOT_FOUND"))
        answer = self.put(BODY)
        self.assertEqual(answer.status, 201)
        body = answer.json
        self.assertEqual(set(body), {"_links", "id", "environment", "createdAt", "updatedAt", "provider", "type",
                                     "whatsAppAccountBusinessId", "appId", "numbers", "status"})
        self.assertEqual(body["environment"], {"id": ENV})
        self.assertEqual((body["type"], body["status"]), ("WHATSAPP", "Created"))
        self.assertTrue(body["_links"]["self"]["href"].endswith(PATH))
        one = body["numbers"][0]
        self.assertEqual(set(one), {"type", "selected", "available", "createdAt", "number", "capabilities", "numberId", "verifiedName",
                                    "qualityRating"})
        self.assertEqual(dict(one, createdAt=""), {
            "type": "WHATSAPP", "selected": True, "available": True, "createdAt": "", "number": "+1 555-061-2978",
            "capabilities": ["WHATSAPP"], "numberId": "116195731537720", "verifiedName": "Test Number", "qualityRating": "GREEN"})
        self.assertGreater(len(body["numbers"]), 1)
        self.assertEqual(self.get().json, body)
        self.assertNotIn(b"app-secret-0", answer.body + self.get().body)
        self.assertNotIn(b"user-access-token-0", answer.body + self.get().body)
        self.assertEqual(self.box.state()["pingone"]["environments"][ENV]["appSecret"], "app-secret-0")

    def test_update_keeps_identity(self):
        first = self.put(BODY).json
        again = self.put(dict(BODY, appId="2"))
        self.assertEqual(again.status, 201)
        self.assertEqual((again.json["id"], again.json["createdAt"]), (first["id"], first["createdAt"]))
        self.assertGreaterEqual(again.json["updatedAt"], first["updatedAt"])
        self.seed(update_status=200)
        self.assertEqual((self.put(BODY).status, self.put(BODY).status), (201, 200))

    def test_selection(self):
        self.put(BODY)
        self.assertEqual(self.selected(), ["116195731537720"])
        self.put(dict(BODY, numbers=[{"number": "+919000000001", "selected": True}, {"numberId": "116195731537720", "selected": False}]))
        self.assertEqual(self.selected(), ["116195731537721"])
        self.put(dict(BODY, numbers=[{"numberId": "116195731537722", "selected": True}]))
        self.assertEqual(self.selected(), ["116195731537722"])
        self.put(dict(BODY, numbers=[]))
        self.assertEqual(self.selected(), [])

    def test_numbers_omitted(self):
        without = {k: v for k, v in BODY.items() if k != "numbers"}
        for switch, expected in (("clear", []), ("keep", ["116195731537720"])):
            self.seed(omitted_numbers=switch)
            self.put(BODY)
            self.put(without)
            self.assertEqual(self.selected(), expected)

    def test_inventory_by_account(self):
        self.seed(inventories={BODY["whatsAppAccountBusinessId"]: [{"number": "+1 555-000-0000", "numberId": "3"}]})
        self.refused(BODY, "INVALID_VALUE", "numbers[0].numberId")
        self.assertEqual(self.put(dict(BODY, numbers=[{"numberId": "3", "selected": True}])).json["numbers"][0]["number"], "+1 555-000-0000")

    def test_required(self):
        for name in ("provider", "whatsAppAccountBusinessId", "appId", "userAccessToken", "appSecret"):
            self.refused({k: v for k, v in BODY.items() if k != name}, "REQUIRED_VALUE", name)
            self.refused(dict(BODY, **{name: None}), "REQUIRED_VALUE", name)
            self.refused(dict(BODY, **{name: ""}), "EMPTY_VALUE", name)
            self.refused(dict(BODY, **{name: 5}), "INVALID_VALUE", name)
        self.assertEqual(self.refused(dict(BODY, provider="TWILIO"), "INVALID_VALUE", "provider")["innerError"],
                         {"allowedValues": ["CUSTOM_WHATSAPP"]})
        self.assertEqual(self.get().status, 404)

    def test_bad_numbers(self):
        self.refused(dict(BODY, numbers=[{"selected": True}]), "REQUIRED_VALUE", "numbers[0]")
        self.refused(dict(BODY, numbers=[GIVEN, {"numberId": "1", "selected": True}]), "INVALID_VALUE", "numbers[1].numberId")
        self.refused(dict(BODY, numbers=[{"number": "+1 555 000 0000"}]), "INVALID_VALUE", "numbers[0].number")
        self.refused(dict(BODY, numbers=[dict(GIVEN, number="+919000000001")]), "INVALID_VALUE", "numbers[0].numberId")
        self.refused(dict(BODY, numbers=[dict(GIVEN, available=True)]), "INVALID_PARAMETER", "numbers[0].available")
        self.refused(dict(BODY, numbers=[dict(GIVEN, selected="true")]), "INVALID_VALUE", "numbers[0]")
        self.refused(dict(BODY, numbers=[GIVEN, GIVEN]), "UNIQUENESS_VIOLATION", "numbers")
        self.refused(dict(BODY, numbers={}), "INVALID_VALUE", "numbers")
        self.refused(dict(BODY, numbers=[5]), "INVALID_VALUE", "numbers[0]")
        self.refused(dict(BODY, id="x"), "INVALID_PARAMETER", "id")

    def test_form(self):
        self.assertEqual((self.put(BODY, kind="text/plain").status, self.put(b"{").status), (415, 400))
        self.assertEqual(self.put(b"{").json["code"], "INVALID_REQUEST")
        self.assertEqual(self.box.ask("DELETE", PATH, headers=self.bearer).status, 405)
        self.assertEqual(self.get("/pingone/v1/environments/x").status, 404)
        self.put(BODY)
        self.assertEqual(self.get(PATH + "?expand=whatsAppTemplates").json["whatsAppTemplates"], [])

    def test_bearer(self):
        for headers in ({}, {"Authorization": "Bearer made-up"}, basic("id", "secret")):
            answer = self.box.ask("GET", PATH, headers=headers)
            self.assertEqual((answer.status, answer.json["code"], answer.json["details"][0]["code"]), (401, "ACCESS_FAILED", "INVALID_TOKEN"))

    def test_token_styles(self):
        def ask(body, headers=None, kind=FORM):
            answer = self.box.ask("POST", TOKEN, body, headers, kind=kind)
            return answer.status, answer.json.get("error")
        answer = self.box.ask("POST", TOKEN, b"grant_type=client_credentials&client_id=i&client_secret=s%26", kind=FORM)
        self.assertEqual(answer.status, 200)
        self.assertEqual(dict(answer.json, access_token=""), {"access_token": "", "token_type": "Bearer", "expires_in": 3600})
        both = b"grant_type=client_credentials&client_id=i&client_secret=s"
        self.assertEqual(ask(both, basic("i", "s")), (400, "invalid_request"))
        self.assertEqual(ask(b"grant_type=client_credentials"), (401, "invalid_client"))
        self.assertEqual(ask(b"grant_type=password", basic("i", "s")), (400, "unsupported_grant_type"))
        self.assertEqual(ask(b"x=y", basic("i", "s")), (400, "invalid_request"))
        self.assertEqual(ask(both, kind="application/json"), (400, "invalid_request"))
        self.assertEqual(self.box.ask("GET", TOKEN).status, 405)

    def test_seeded_clients(self):
        self.box.state({"pingone": {"clients": {"i": {"secret": "s", "auth": "post", "environment": "worker-env"}}, "environments": {ENV: {}}}})
        form = b"grant_type=client_credentials"
        self.assertEqual(self.box.ask("POST", TOKEN, form, basic("i", "s"), kind=FORM).status, 401)
        self.assertEqual(self.box.ask("POST", TOKEN, form + b"&client_id=i&client_secret=no", kind=FORM).status, 401)
        self.assertEqual(self.box.ask("POST", TOKEN.replace("worker", "other"), form + b"&client_id=i&client_secret=s", kind=FORM).status, 401)
        token = self.box.ask("POST", TOKEN, form + b"&client_id=i&client_secret=s", kind=FORM).json["access_token"]
        self.bearer = {"Authorization": "Bearer " + token}
        self.assertEqual((self.get().status, self.get(PATH.replace(ENV, "other")).status), (404, 403))

    def test_short_token(self):
        self.seed(token_lifetime=0)
        self.assertEqual(self.get().status, 401)


if __name__ == "__main__":
    unittest.main()
