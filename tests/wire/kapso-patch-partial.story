# SPDX-License-Identifier: GPL-2.0-or-later
# Found by phone_number_id on the second page; all pages are read. Only what differs goes out, so no token is needed to rename.
@tree kapso
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front }
spec: { account: project, name: Front desk, phone_number_id: 1234567890 }
@run apply --yes
@reply 200

{"data":[{"id":"other-1","name":"x","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":2,"total_count":1}}
@reply 200

{"data":[{"id":"config-123abc","name":"Old name","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":2,"per_page":100,"total_pages":2,"total_count":1}}
@reply 200

{"data":{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent GET /api/v1/whatsapp_configs?page=2&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent PATCH /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
Content-Type: application/json

{"whatsapp_config":{"name":"Front desk"}}
@exit 0
@run apply --yes
@reply 200

{"data":{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}}
@sent GET /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
@exit 0
