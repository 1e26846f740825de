# SPDX-License-Identifier: GPL-2.0-or-later
# config_id wins: it is read by that, and a new phone_number_id is a change of it.
@tree kapso
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front }
spec: { account: project, config_id: config-123abc, name: Front desk, phone_number_id: 1234567890 }
@run apply --yes --allow reach
@reply 200

{"data":{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"555","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}}
@reply 200

{"data":{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}}
@sent GET /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
@sent PATCH /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
Content-Type: application/json

{"whatsapp_config":{"phone_number_id":"1234567890"}}
@exit 0
