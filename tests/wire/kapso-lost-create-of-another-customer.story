# SPDX-License-Identifier: GPL-2.0-or-later
# The answer to the create is lost, and what has the number is another customer's: it is left as it is.
@tree kapso kapso-front
@run apply --yes
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply drop
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-999","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent POST /api/v1/customers/customer-456def/whatsapp_configs
X-API-Key: {secret:API_KEY}
Content-Type: application/json

{"whatsapp_config":{"name":"Front desk","phone_number_id":"1234567890","business_account_id":"98765432109","access_token":"{secret:ACCESS_TOKEN}"}}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@exit 3
@out
customer-999
cannot be changed
