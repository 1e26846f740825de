# SPDX-License-Identifier: GPL-2.0-or-later
# A config_id that does not exist is no reason to make another object.
@tree kapso
apiVersion: kapso/v1
kind: WhatsAppConfig
metadata: { name: front }
spec: { account: project, customer_id: customer-456def, config_id: config-123abc, name: Front desk, phone_number_id: 1234567890, business_account_id: 98765432109, access_token: { from: "env:ACCESS_TOKEN" } }
@run apply --yes
@reply 404

{"error":"not found"}
@sent GET /api/v1/whatsapp_configs/config-123abc
X-API-Key: {secret:API_KEY}
@exit 1
@out
config_id
