# SPDX-License-Identifier: GPL-2.0-or-later
# Deletion behind its guard; a 404 to it is as good as done; then it is forgotten.
@tree kapso
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front, lifecycle: absent }
spec: { account: project, name: Front desk, phone_number_id: 1234567890 }
@run apply --yes
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@exit 4
@out
--allow delete
@run apply --yes --allow delete
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@reply 204
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent DELETE /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
@exit 0
@run apply --yes --allow delete
@reply 200

{"data":[{"id":"config-123abc","name":"Front desk","display_name":"Client WhatsApp (+1234567890)","phone_number_id":"1234567890","business_account_id":"98765432109","customer_id":"customer-456def","created_at":"2023-11-07T05:31:56Z","updated_at":"2023-11-07T05:31:56Z"}],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":1}}
@reply 404

{"error":"gone"}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@sent DELETE /api/v1/whatsapp_configs/config-123abc
@exit 0
@run apply --yes --allow delete
@reply 200

{"data":[],"meta":{"page":1,"per_page":100,"total_pages":1,"total_count":0}}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@exit 0
