# SPDX-License-Identifier: GPL-2.0-or-later
# At most 4 retries of one request, also when the provider's code says "try again": five PUTs and not more.
@tree pingone pingone-settings
@run apply --yes
@reply 200

{"access_token":"bearer-1","token_type":"Bearer","expires_in":3600}
@reply 404

{"id":"trace-1","code":"NOT_FOUND","message":"The requested resource was not found."}
@reply 429

{"id":"t","code":"REQUEST_LIMITED","message":"slow down"}
@reply 429

{"id":"t","code":"REQUEST_LIMITED","message":"slow down"}
@reply 429

{"id":"t","code":"REQUEST_LIMITED","message":"slow down"}
@reply 429

{"id":"t","code":"REQUEST_LIMITED","message":"slow down"}
@reply 429

{"id":"t","code":"REQUEST_LIMITED","message":"slow down"}
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
@sent PUT /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
Content-Type: application/json

{"provider":"CUSTOM_WHATSAPP","whatsAppAccountBusinessId":"107794359053209","appId":"263386889724299","appSecret":"{secret:APP_SECRET}","userAccessToken":"{secret:USER_TOKEN}"}
@sent PUT /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
Content-Type: application/json

{"provider":"CUSTOM_WHATSAPP","whatsAppAccountBusinessId":"107794359053209","appId":"263386889724299","appSecret":"{secret:APP_SECRET}","userAccessToken":"{secret:USER_TOKEN}"}
@sent PUT /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
Content-Type: application/json

{"provider":"CUSTOM_WHATSAPP","whatsAppAccountBusinessId":"107794359053209","appId":"263386889724299","appSecret":"{secret:APP_SECRET}","userAccessToken":"{secret:USER_TOKEN}"}
@sent PUT /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
Content-Type: application/json

{"provider":"CUSTOM_WHATSAPP","whatsAppAccountBusinessId":"107794359053209","appId":"263386889724299","appSecret":"{secret:APP_SECRET}","userAccessToken":"{secret:USER_TOKEN}"}
@exit 69
