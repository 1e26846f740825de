# SPDX-License-Identifier: GPL-2.0-or-later
# The answer is lost and the object is not there, nor a little later: only then is it created again.
@tree kapso kapso-front
@run apply --yes
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply 503

{"error":"unavailable"}
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply 201

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
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent POST /api/v1/customers/customer-456def/whatsapp_configs
X-API-Key: {secret:API_KEY}
Content-Type: application/json

{"whatsapp_config":{"name":"Front desk","phone_number_id":"1234567890","business_account_id":"98765432109","access_token":"{secret:ACCESS_TOKEN}"}}
@took 5
@exit 0
