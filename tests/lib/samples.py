# SPDX-License-Identifier: GPL-2.0-or-later
"""One account and one object of every kind, and what the sandbox holds of them, without what only the provider decides."""

ACCOUNTS = {
    "kaleyra": '''
apiVersion: kaleyra/v1
kind: Account
metadata: { name: india }
spec: { base_url: "{URL}/kaleyra", sid: HX1, api_key: { from: "env:API_KEY" } }
''',
    "voltmx": '''
apiVersion: voltmx/v1
kind: Account
metadata: { name: server }
spec: { base_url: "{URL}/voltmx", auth: { login: { url: "{URL}/voltmx/authService/accounts/login", userid: ops, password: { from: "env:PASSWORD" } } } }
''',
    "pingone": '''
apiVersion: pingone/v1
kind: Account
metadata: { name: eu }
spec: { api_url: "{URL}/pingone", auth_url: "{URL}/pingone-auth", worker_environment_id: w1, client_id: c1, client_secret: { from: "env:CLIENT_SECRET" } }
''',
    "kapso": '''
apiVersion: kapso/v1
kind: Account
metadata: { name: project }
spec: { base_url: "{URL}/kapso", platform_url: "{URL}/kapso", meta_url: "{URL}/kapso", api_key: { from: "env:API_KEY" } }
''',
    "webexconnect": '''
apiVersion: webexconnect/v1
kind: Account
metadata: { name: service }
spec: { base_url: "{URL}/webexconnect", service_key: { from: "env:SERVICE_KEY" } }
''',
}

OBJECTS = {
    "kaleyra": '''
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk }
spec: { account: india, wa_number: "+919000000001", about: <about>, incoming_url: "https://hooks.hotel.example/in" }
''',
    "voltmx": '''
apiVersion: voltmx/v1
kind: WhatsAppConfig
metadata: { name: engagement }
spec:
  account: server
  protocol: HTTP
  provider: TWILIO_WHATSAPP
  inboundSecurityEnabled: false
  properties: { Account SID: AC1, Auth Token: { from: "env:AUTH_TOKEN" }, From: "+919000000002", Header Content Type: application/x-www-form-urlencoded, Maximum Character Limit: <limit> }
''',
    "pingone": '''
apiVersion: pingone/v1
kind: WhatsAppDeliverySettings
metadata: { name: alerts }
spec:
  account: eu
  environment_id: e1
  provider: CUSTOM_WHATSAPP
  whatsAppAccountBusinessId: "10"
  appId: <app>
  appSecret: { from: "env:APP_SECRET" }
  userAccessToken: { from: "env:USER_TOKEN" }
  numbers: [ { number: "+1 555-061-2978" } ]
''',
    "kapso": '''
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front }
spec: { account: project, customer_id: c1, name: <name>, phone_number_id: "111", business_account_id: "22", access_token: { from: "env:ACCESS_TOKEN" },
        webhook_verify_token: { from: "env:VERIFY_TOKEN" }, webhook_destination_url: "https://hooks.hotel.example/kapso" }
''',
    "webexconnect": '''
apiVersion: webexconnect/v1
kind: Message
metadata: { name: welcome }
spec:
  account: service
  appid: a1
  destination: [ { waid: [ "+919000000009" ] }, { waid: [ "+919000000008" ], correlationid: stay-1 } ]
  text: Your room is ready.
  not_after: "2099-01-01T00:00:00Z"
''',
}
NAMES = {"kaleyra": "desk", "voltmx": "engagement", "pingone": "alerts", "kapso": "front", "webexconnect": "welcome"}
# Words of the documents that a test may change, and what they are when it does not.
WORDS = {"about": "Open 9-17", "limit": "140", "app": "20", "name": "Front desk"}


APPLY = ("apply", "--yes", "--allow", "reach", "--allow", "send")

CONFIGURED = {    # what a provider may hold before the first run: the other half of every kind's life
    "voltmx": {"servers": {"": {"config": {"protocol": "HTTP", "inboundSecurityEnabled": True, "provider": "TWILIO_WHATSAPP", "properties": {
        "Account SID": "AC9", "Auth Token": "old", "From": "+919000000009", "Header Content Type": "application/x-www-form-urlencoded",
        "Maximum Character Limit": "160", "Host URL": "https://api.twilio.com/x"}}}}},
    "pingone": {"environments": {"e1": {"provider": "CUSTOM_WHATSAPP", "whatsAppAccountBusinessId": "10", "appId": "9", "appSecret": "old",
                                        "userAccessToken": "old", "selected": ["116195731537722"]}}},
    "kapso": {"projects": {"canary/key+0001": {"configs": {"config-1": {
        "id": "config-1", "name": "Old", "phone_number_id": "111", "business_account_id": "21", "customer_id": "c1", "access_token": "old",
        "webhook_destination_url": "https://old.example/in", "webhook_verify_token": "old", "created_at": "2023-11-07T05:31:56Z",
        "updated_at": "2023-11-07T05:31:56Z"}}}}},
}
for group in CONFIGURED.values():
    group["open"] = True


def tree(*groups, **words):
    """The documents of these groups (all without a word); words replace <about>, <limit>, <app>, <name>."""
    text = "---".join(ACCOUNTS[g] + "---" + OBJECTS[g] for g in (groups or ACCOUNTS))
    for word, value in {**WORDS, **words}.items():
        text = text.replace("<%s>" % word, value)
    return text


def held(box):
    """What the providers hold, without ids and times of their own."""
    state = box.state()
    webex = [m["destination"] for m in state["webexconnect"].get("messages", {}).values()]
    return {
        "kaleyra": {sid: account["numbers"] for sid, account in state["kaleyra"].get("accounts", {}).items()},
        "voltmx": {context: server.get("config") for context, server in state["voltmx"].get("servers", {}).items()},
        "pingone": {name: {k: v for k, v in e.items() if k not in ("id", "createdAt", "updatedAt", "numbersCreatedAt")}
                    for name, e in state["pingone"].get("environments", {}).items()},
        "kapso": sorted(tuple(sorted((k, v) for k, v in config.items() if k in
                                     ("name", "phone_number_id", "business_account_id", "access_token", "webhook_verify_token",
                                      "webhook_destination_url", "customer_id")))
                        for project in state["kapso"].get("projects", {}).values() for config in project["configs"].values()),
        "webexconnect": sorted(person for destination in webex for person in destination["waid"]),
    }


def is_write(entry):
    """Of the sandbox's log: could this request change something? Token and login requests cannot."""
    return entry["method"] not in ("GET", "HEAD") and not entry["path"].startswith("/pingone-auth") and not entry["path"].endswith("/login")


def writes(box):
    return [e for e in box.log() if is_write(e)]
