# SPDX-License-Identifier: GPL-2.0-or-later
"""Kapso, from its document "Update WhatsApp config" and the list, create and delete pages."""
import unittest

from box import Case

KEY = {"X-API-Key": "key-0"}
ALL, MINE = "/kapso/whatsapp_configs", "/kapso/customers/customer-456def/whatsapp_configs"
NEW = {"name": "Client WhatsApp", "phone_number_id": "1234567890", "business_account_id": "98765432109", "access_token": "access-token-0",
       "webhook_verify_token": "verify-0", "webhook_destination_url": "https://hooks.example.com/in"}


class Kapso(Case):
    def ask(self, method, path, body=None, headers=KEY, **more):
        return self.box.ask(method, path, body, headers, **more)

    def create(self, path=MINE, **more):
        answer = self.ask("POST", path, {"whatsapp_config": dict(NEW, **more)})
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json["data"]

    def refused(self, answer, status, word=""):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(set(answer.json), {"error"})
        self.assertIn(word, answer.json["error"])

    def test_life(self):
        made = self.create()
        self.assertEqual(set(made), {"id", "name", "display_name", "phone_number_id", "business_account_id", "webhook_verify_token",
                                     "webhook_destination_url", "customer_id", "created_at", "updated_at"})
        self.assertEqual((made["display_name"], made["customer_id"]), ("Client WhatsApp (+1234567890)", "customer-456def"))
        one = ALL + "/" + made["id"]
        self.assertEqual(self.ask("GET", one).json, {"data": made})
        changed = self.ask("PATCH", one, {"whatsapp_config": {"name": "Front desk"}})
        self.assertEqual(changed.status, 200)
        self.assertEqual(dict(changed.json["data"], updated_at=""), dict(made, name="Front desk", display_name="Front desk (+1234567890)",
                                                                         updated_at=""))
        gone = self.ask("DELETE", one)
        self.assertEqual((gone.status, gone.body), (204, b""))
        for method in ("GET", "PATCH", "DELETE"):
            self.refused(self.ask(method, one, {"whatsapp_config": {"name": "x"}}), 404)

    def test_secrets(self):
        made = self.create()
        self.assertNotIn(b"access-token-0", self.ask("GET", ALL).body)
        self.ask("PATCH", ALL + "/" + made["id"], {"whatsapp_config": {"access_token": "access-token-1", "webhook_verify_token": None}})
        stored = self.box.state()["kapso"]["projects"]["key-0"]["configs"][made["id"]]
        self.assertEqual((stored["access_token"], stored["webhook_verify_token"]), ("access-token-1", None))
        self.box.state({"kapso": {"open": True, "show_webhook": False}})
        self.assertNotIn("webhook_verify_token", self.create())
        self.assertNotIn(b"webhook_", self.ask("GET", ALL).body)

    def test_list(self):
        for i in range(25):
            self.create(phone_number_id=str(i), path=MINE if i % 2 else MINE.replace("def", "ghi"), business_account_id=str(i % 5))
        first = self.ask("GET", ALL).json
        self.assertEqual(first["meta"], {"page": 1, "per_page": 20, "total_pages": 2, "total_count": 25})
        self.assertEqual([c["phone_number_id"] for c in first["data"]], [str(i) for i in range(24, 4, -1)])
        last = self.ask("GET", ALL + "?page=3&per_page=10").json
        self.assertEqual([c["phone_number_id"] for c in last["data"]], ["4", "3", "2", "1", "0"])
        self.assertEqual(self.ask("GET", ALL + "?page=9").json["data"], [])
        self.assertEqual(self.ask("GET", MINE + "?per_page=100").json["meta"]["total_count"], 12)
        self.assertEqual(self.ask("GET", ALL + "?business_account_id=3").json["meta"]["total_count"], 5)
        for query in ("per_page=101", "per_page=0", "page=0", "page=x", "per_page=-1"):
            self.refused(self.ask("GET", ALL + "?" + query), 422, query.split("=")[0])

    def test_duplicates(self):
        first, second = self.create(), self.create(phone_number_id="2")
        self.refused(self.ask("POST", MINE, {"whatsapp_config": NEW}), 409)
        self.refused(self.ask("PATCH", ALL + "/" + second["id"], {"whatsapp_config": {"phone_number_id": "1234567890"}}), 409)
        self.assertEqual(self.ask("POST", MINE, {"whatsapp_config": NEW}, {"X-API-Key": "key-1"}).status, 201)
        self.ask("DELETE", ALL + "/" + first["id"])
        self.create()

    def test_refusals(self):
        for name in ("name", "phone_number_id", "business_account_id", "access_token"):
            self.refused(self.ask("POST", MINE, {"whatsapp_config": {k: v for k, v in NEW.items() if k != name}}), 422, name)
            for value in ("", None, 5):
                self.refused(self.ask("POST", MINE, {"whatsapp_config": dict(NEW, **{name: value})}), 422, name)
        one = ALL + "/" + self.create()["id"]
        self.refused(self.ask("PATCH", one, {"name": "x"}), 400, "whatsapp_config")
        self.refused(self.ask("PATCH", one, {"whatsapp_config": {}}), 400, "whatsapp_config")
        self.refused(self.ask("PATCH", one, {"whatsapp_config": {"name": "x"}, "more": 1}), 422, "more")
        self.refused(self.ask("PATCH", one, {"whatsapp_config": {"customer_id": "x"}}), 422, "customer_id")
        self.refused(self.ask("PATCH", one, {"whatsapp_config": {"webhook_destination_url": "hooks"}}), 422, "webhook_destination_url")
        self.refused(self.ask("PATCH", one, b"{"), 400)
        self.refused(self.ask("PATCH", one, {"whatsapp_config": {"name": "x"}}, kind="text/plain"), 400)
        self.refused(self.ask("PUT", one, {}), 405)
        self.refused(self.ask("DELETE", ALL), 405)
        self.refused(self.ask("GET", "/kapso/customers"), 404)

    def test_key(self):
        for headers in ({}, {"X-API-Key": ""}, {"Authorization": "Bearer key-0"}):
            self.refused(self.ask("GET", ALL, headers=headers), 401)
        self.assertEqual(self.ask("GET", ALL).headers["X-RateLimit-Limit"], "1000")

    def test_seed(self):
        self.box.state({"kapso": {"error_form": "object", "projects": {"key-0": {"customers": ["customer-456def"], "configs": {
            "config-123abc": dict(NEW, customer_id="customer-456def")}}}}})
        shown = self.ask("GET", ALL + "/config-123abc").json["data"]
        self.assertEqual((shown["id"], shown["created_at"]), ("config-123abc", "2023-11-07T05:31:56Z"))
        self.assertEqual(self.ask("POST", MINE.replace("def", "ghi"), {"whatsapp_config": NEW}).status, 404)
        self.assertEqual(self.ask("POST", MINE, {"whatsapp_config": NEW}).json["error"]["code"], 409)
        self.assertEqual(self.ask("GET", ALL, headers={"X-API-Key": "other"}).status, 401)


if __name__ == "__main__":
    unittest.main()
