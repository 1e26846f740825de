# SPDX-License-Identifier: GPL-2.0-or-later
# A read that is put off is read again, not before its time; a date is understood as well as seconds. X-Request-Id is shown with a failure.
@tree kapso
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front }
spec: { account: project, name: Front desk, phone_number_id: 1234567890 }
@run plan --detailed-exitcode
@reply 503
Retry-After: 1

{"error":"unavailable"}
@reply 429
Retry-After: Wed, 21 Oct 2015 07:28:00 GMT

{"error":"slow"}
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@took 1
@exit 0
@run plan
@reply 400
X-Request-Id: trace-9

{"error":"no"}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@exit 1
@out
trace-9
