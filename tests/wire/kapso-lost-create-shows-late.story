# SPDX-License-Identifier: GPL-2.0-or-later
# The answer to the create is lost, and the list shows it at the third look only: it is not created a second time.
@tree kapso kapso-front
@run apply --yes
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply drop
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@reply 200

{"data":{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}}
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
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent PATCH /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
Content-Type: application/json

{"whatsapp_config":{"access_token":"{secret:ACCESS_TOKEN}"}}
@exit 0
@out
1 created
