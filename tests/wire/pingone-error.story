# SPDX-License-Identifier: GPL-2.0-or-later
# Code, target, inner message and id of the envelope, scrubbed of what it echoes. A 403 is final.
@tree pingone pingone-settings
@run apply --yes
@reply 200

{"access_token":"bearer-1","token_type":"Bearer","expires_in":3600}
@reply 404

{"id":"trace-1","code":"NOT_FOUND","message":"The requested resource was not found."}
@reply 400

{"id":"trace-2","code":"INVALID_DATA","message":"The request could not be completed.","details":[{"code":"INVALID_VALUE","target":"appSecret","message":"canary-app-0005 is not valid"}]}
@sent POST /worker-1/as/token
Authorization: {basic:client-1:CLIENT_SECRET}
Content-Type: application/x-www-form-urlencoded

grant_type=client_credentials
@sent GET /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
@sent PUT /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
Content-Type: application/json

{"provider":"CUSTOM_WHATSAPP","whatsAppAccountBusinessId":"107794359053209","appId":"263386889724299","appSecret":"{secret:APP_SECRET}","userAccessToken":"{secret:USER_TOKEN}"}
@exit 1
@out
INVALID_DATA
(appSecret)
is not valid
trace-2
!canary
@run plan
@reply 200

{"access_token":"bearer-1","token_type":"Bearer","expires_in":3600}
@reply 403

{"id":"trace-3","code":"ACCESS_FAILED","message":"You do not have permissions"}
@sent POST /worker-1/as/token
Authorization: {basic:client-1:CLIENT_SECRET}
Content-Type: application/x-www-form-urlencoded

grant_type=client_credentials
@sent GET /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
@exit 77
@out
ACCESS_FAILED
trace-3
