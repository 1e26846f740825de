# SPDX-License-Identifier: GPL-2.0-or-later
# A GET that is answered with an error envelope under HTTP 200 is a failed read, not "not configured": nothing is PUT over it.
@tree pingone pingone-settings
@run apply --yes
@reply 200

{"access_token":"bearer-1","token_type":"Bearer","expires_in":3600}
@reply 200

{"id":"trace-4","code":"UNEXPECTED_ERROR","message":"outage"}
@sent POST /worker-1/as/token
Authorization: {basic:client-1:CLIENT_SECRET}
Content-Type: application/x-www-form-urlencoded

grant_type=client_credentials
@sent GET /v1/environments/environment-1/notificationsSettings/instantMessagingDeliverySettings/whatsApp
Authorization: Bearer bearer-1
@exit 69
@out
outage
