# SPDX-License-Identifier: GPL-2.0-or-later
# `error` is a text or Meta's object; both are read, shown and scrubbed.
@tree kapso
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front }
spec: { account: project, name: Front desk, phone_number_id: 1234567890 }
@run apply --yes
@reply 200

{"data":[{"id":"config-123abc","name":"Old","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@reply 422

{"error":"Name is too long for canary/key+0001"}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent PATCH /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
Content-Type: application/json

{"whatsapp_config":{"name":"Front desk"}}
@exit 1
@out
Name is too long
!canary
