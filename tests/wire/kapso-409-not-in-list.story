# SPDX-License-Identifier: GPL-2.0-or-later
# 409, and no such object in the list (a phone limit, or another project's): a definite refusal.
@tree kapso kapso-front
@run apply --yes
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@reply 409

{"error":"Phone limit reached"}
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
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
@exit 1
@out
Phone limit reached
