# SPDX-License-Identifier: GPL-2.0-or-later
# null clears the two webhook fields. Answers that show them (the given page) are compared; null and "not there" are the same.
@tree kapso
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front }
spec: { account: project, name: Front desk, phone_number_id: 1234567890, webhook_destination_url: null }
@run apply --yes --allow reach
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","webhook_verify_token":null,"webhook_destination_url":"https://old.example/in","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@reply 200

{"data":{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","webhook_verify_token":null,"webhook_destination_url":null,"customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent PATCH /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
Content-Type: application/json

{"whatsapp_config":{"webhook_destination_url":null}}
@exit 0
@run plan --detailed-exitcode
@reply 200

{"data":{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","webhook_verify_token":null,"webhook_destination_url":null,"customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}}
@sent GET /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
@exit 0
