# SPDX-License-Identifier: GPL-2.0-or-later
# The list is newest first: a config that is made while it is read shifts it, and one shows on two pages. The same id is the same object.
@tree kapso
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front }
spec: { account: project, name: Front desk, phone_number_id: 1234567890 }
---
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: back }
spec: { account: project, name: Back, phone_number_id: 777 }
@run plan --detailed-exitcode
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":2,"total_count":1}}
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"},{"id":"other-1","name":"Back","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"777","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":2,"per_page":100,"total_pages":2,"total_count":2}}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent GET /api/v1/whatsapp_configs?page=2&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@exit 0
