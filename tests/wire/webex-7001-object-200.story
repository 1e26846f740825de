# SPDX-License-Identifier: GPL-2.0-or-later
# 7001 is "credentials refused", as an object or in a list, under 400 or 200. Nothing was sent, so the next run may send it.
@tree webex-key webex-message
@run state init
@run apply --yes --allow send
@reply 200

{"response":{"code":"7001","description":"Authentication failed.","transid":"7670-1"}}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}
Content-Type: application/json
!Authorization

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 77
@out
7001
Authentication failed.
7670-1
@run apply --yes --allow send
@reply 200

{"response":[{"code":"1001","transid":"3f09-1","description":"Queued"}]}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}
Content-Type: application/json
!Authorization

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 0
