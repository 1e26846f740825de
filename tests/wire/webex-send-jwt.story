# SPDX-License-Identifier: GPL-2.0-or-later
# JWT: HS256 over iss and iat, signed with the base64-decoded secret, as a bearer token; no `key`.
@tree webex-jwt webex-message
@run state init
@run apply --yes --allow send
@reply 200

{"response":[{"code":"1001","transid":"3f09-1","description":"Queued"}]}
@sent POST /resources/v1/messaging
Authorization: Bearer {jwt:SV-0001:SERVICE_SECRET}
Content-Type: application/json
!key

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 0
