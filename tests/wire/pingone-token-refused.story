# SPDX-License-Identifier: GPL-2.0-or-later
# The token service says no: 77, nothing else is asked, nobody asks it again.
@tree pingone pingone-settings
---
apiVersion: pingone/v1
kind: WhatsAppDeliverySettings
metadata: { name: second }
spec: { account: eu, environment_id: environment-2, provider: CUSTOM_WHATSAPP, whatsAppAccountBusinessId: 1, appId: 2, appSecret: { from: "env:APP_SECRET" }, userAccessToken: { from: "env:USER_TOKEN" } }
@run plan
@reply 401

{"error":"invalid_client","error_description":"canary~client:0004 (client-1) unknown"}
@sent POST /worker-1/as/token
Authorization: {basic:client-1:CLIENT_SECRET}
Content-Type: application/x-www-form-urlencoded

grant_type=client_credentials
@exit 77
@out
invalid_client
!canary
