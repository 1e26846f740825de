# SPDX-License-Identifier: GPL-2.0-or-later
# numbers is not declared: the live selection goes along with the PUT, so that an omission cannot clear it.
@tree pingone pingone-settings
@run apply --yes --allow reach
@reply 200

{"access_token":"bearer-1","token_type":"Bearer","expires_in":3600}
@reply 200

{"_links":{"self":{"href":"https://x"}},"id":"id-1","environment":{"id":"environment-1"},"createdAt":"2025-01-01T00:00:00.000Z","updatedAt":"2025-02-01T00:00:00.000Z","provider":"CUSTOM_WHATSAPP","type":"WHATSAPP","status":"Created","whatsAppAccountBusinessId":"107794359053209","appId":"999","numbers":[{"type":"WHATSAPP","selected":true,"available":true,"number":"+1 555-061-2978","numberId":"116195731537720","capabilities":["WHATSAPP"],"verifiedName":"Shop","qualityRating":"GREEN","createdAt":"2025-02-01T00:00:01.000Z"},{"type":"WHATSAPP","selected":false,"available":true,"number":"+1 555-061-3000","numberId":"116195731537799","capabilities":["WHATSAPP"],"verifiedName":"Shop","qualityRating":"GREEN","createdAt":"2025-02-01T00:00:01.000Z"}]}
@reply 200

{"_links":{"self":{"href":"https://x"}},"id":"id-1","environment":{"id":"environment-1"},"createdAt":"2025-01-01T00:00:00.000Z","updatedAt":"2025-02-01T00:00:00.000Z","provider":"CUSTOM_WHATSAPP","type":"WHATSAPP","status":"Created","whatsAppAccountBusinessId":"107794359053209","appId":"263386889724299","numbers":[{"type":"WHATSAPP","selected":true,"available":true,"number":"+1 555-061-2978","numberId":"116195731537720","capabilities":["WHATSAPP"],"verifiedName":"Shop","qualityRating":"GREEN","createdAt":"2025-02-01T00:00:01.000Z"},{"type":"WHATSAPP","selected":false,"available":true,"number":"+1 555-061-3000","numberId":"116195731537799","capabilities":["WHATSAPP"],"verifiedName":"Shop","qualityRating":"GREEN","createdAt":"2025-02-01T00:00:01.000Z"}]}
@sent POST /worker-1/as/token
Authorization: {basic:client-1:CLIENT_SECRET}
Content-Type: application/x-www-form-urlencoded

grant_type=client_credentials
@sent GET /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
@sent PUT /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
Content-Type: application/json

{"provider":"CUSTOM_WHATSAPP","whatsAppAccountBusinessId":"107794359053209","appId":"263386889724299","appSecret":"{secret:APP_SECRET}","userAccessToken":"{secret:USER_TOKEN}","numbers":[{"selected":true,"number":"+1 555-061-2978","numberId":"116195731537720"}]}
@exit 0
