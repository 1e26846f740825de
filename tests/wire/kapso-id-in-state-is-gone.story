# SPDX-License-Identifier: GPL-2.0-or-later
# The id in the state is of an object that somebody deleted and made anew: it is looked for by its natural key.
@tree kapso
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front }
spec: { account: project, name: Front desk, phone_number_id: 1234567890 }
@run apply --yes
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@exit 0
@run plan --detailed-exitcode
@reply 404

{"error":"not found"}
@reply 200

{"data":[{"id":"config-new","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@sent GET /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@exit 0
