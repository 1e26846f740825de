# SPDX-License-Identifier: GPL-2.0-or-later
"""Kaleyra, from its document "Update a WhatsApp Number Details"."""
import unittest

from box import Case

PATH = "/kaleyra/v1/HXXXXXXX071US/whatsapp/number"
KEY = {"api-key": "Axxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx3"}
NUMBER = "+919000000001"
SAMPLE = {
    "wa_number": NUMBER,
    "address": "567, \"john\", 2nd Phase, Bangalore.",
    "incoming_url": "https://webhook.site/00000000-c96d-0000-b7a8-000000000000",
    "display_image": "https://s3.eu-central-1.amazonaws.com/kcloud.sms-eu/docs/1.jpg",
    "business_description": "Brief description about the Company",
    "business_category": "Hotel and Lodging",
    "website": "http://www.tested.com",
    "contact_email": "desk@hotel.example",
    "about": "Today we tested sample212",
}
CATEGORIES = ["Automotive", "Beauty, Spa, and Salon", "Clothing and Apparel", "Education", "Entertainment",
              "Event Planning and Service", "Finance and Banking", "Food and Grocery", "Public Service", "Hotel and Lodging",
              "Medical and Health", "Non-profit", "Professional Services", "Shopping and Retail", "Travel and Transportation",
              "Restaurant", "Other"]


class Kaleyra(Case):
    def put(self, body, headers=KEY, **more):
        return self.box.ask("PUT", PATH, body, headers, **more)

    def refused(self, body, code, parameter, status=400):
        answer = self.put(body)
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(set(answer.json), {"error"})
        error = answer.json["error"]
        self.assertEqual(set(error), {"code", "type", "parameter", "message", "reference"})
        self.assertEqual((error["code"], error["parameter"]), (code, parameter))
        return error

    def test_sample(self):
        answer = self.put(SAMPLE)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json, {"status": 200, "message": "WA Phone number update successfully.", "data": [], "error": {}})
        stored = self.box.state()["kaleyra"]["accounts"]["HXXXXXXX071US"]["numbers"][NUMBER]
        self.assertEqual(stored, {k: v for k, v in SAMPLE.items() if k != "wa_number"})

    def test_put_is_partial(self):
        self.put(SAMPLE)
        self.put({"wa_number": NUMBER, "about": "Open 24/7"})
        stored = self.box.state()["kaleyra"]["accounts"]["HXXXXXXX071US"]["numbers"][NUMBER]
        self.assertEqual((stored["about"], stored["address"]), ("Open 24/7", SAMPLE["address"]))

    def test_number_missing_or_empty(self):
        for body in ({"about": "x"}, {"wa_number": "", "about": "x"}, {"wa_number": None, "about": "x"}):
            error = self.refused(body, "E413", "wa_number")
            self.assertEqual(error["type"], "VALIDATION_ERROR")
            self.assertEqual(error["message"], "wa_number field is required and cannot be empty.")
            self.assertEqual(error["reference"], "")

    def test_image_empty(self):
        error = self.refused({"wa_number": NUMBER, "display_image": ""}, "E962", "display_image")
        self.assertEqual(error["message"], "display_image cannot be empty")

    def test_other_refusals(self):
        for number in ("919000000001", "+0123456789", "+91 90000 00001", "+1234567890123456", "+", 5):
            self.refused({"wa_number": number, "about": "x"}, "E13001", "wa_number")
        self.refused({"wa_number": NUMBER}, "E13001", "")
        self.refused({"wa_number": NUMBER, "incomming_url": "https://a.example"}, "E13001", "incomming_url")
        self.refused({"wa_number": NUMBER, "about": 5}, "E13001", "about")
        self.refused({"wa_number": NUMBER, "about": None}, "E13001", "about")
        self.refused({"wa_number": NUMBER, "website": "www.tested.com"}, "E13001", "website")
        self.refused({"wa_number": NUMBER, "contact_email": "desk"}, "E13001", "contact_email")
        self.refused([], "E13001", "")
        self.assertEqual(self.put(b"{").json["error"]["code"], "E13001")
        self.assertEqual(self.put(SAMPLE, kind="text/plain").json["error"]["parameter"], "Content-Type")
        self.assertEqual(self.box.state()["kaleyra"], {"open": True})

    def test_categories(self):
        self.assertEqual(len(CATEGORIES), 17)
        for category in CATEGORIES:
            for text in (category, category.upper(), category.lower()):
                self.assertEqual(self.put({"wa_number": NUMBER, "business_category": text}).status, 200, text)
        for text in ("Hotel", "Hotel  and Lodging", "", "HOTEL_AND_LODGING"):
            self.refused({"wa_number": NUMBER, "business_category": text}, "E13001", "business_category")

    def test_credentials(self):
        for headers in ({}, {"api-key": ""}, {"Authorization": "Bearer x"}):
            answer = self.put(SAMPLE, headers)
            self.assertEqual((answer.status, answer.json["error"]["code"]), (401, "RBC001"))

    def test_seed(self):
        self.box.state({"kaleyra": {"accounts": {"HXXXXXXX071US": {"api_key": KEY["api-key"], "numbers": {NUMBER: {}}}}}})
        self.assertEqual(self.put(SAMPLE).status, 200)
        self.assertEqual(self.put(SAMPLE, {"api-key": "other"}).status, 401)
        self.assertEqual(self.box.ask("PUT", PATH.replace("HX", "HY"), SAMPLE, KEY).status, 401)
        self.refused(dict(SAMPLE, wa_number="+919000000002"), "E13001", "wa_number", 404)

    def test_paths_and_methods(self):
        self.assertEqual(self.box.ask("GET", PATH, headers=KEY).status, 405)
        self.assertEqual(self.box.ask("POST", PATH, SAMPLE, KEY).headers["Allow"], "PUT")
        for path in ("/kaleyra", "/kaleyra/v1/HX/whatsapp", PATH + "/", "/kaleyra/v2/HX/whatsapp/number"):
            answer = self.box.ask("PUT", path, SAMPLE, KEY)
            self.assertEqual((answer.status, "error" in answer.json), (404, True))


if __name__ == "__main__":
    unittest.main()
