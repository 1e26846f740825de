# SPDX-License-Identifier: GPL-2.0-or-later
# 7020 is a definite "not now": tried again, and at most 4 times.
@tree webex-key webex-message
@run state init
@run apply --yes --allow send
@reply 400

{"response":{"code":"7020","description":"limit","transid":"1"}}
@reply 200

{"response":[{"code":"1001","transid":"3f09-1","description":"Queued"}]}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}
Content-Type: application/json
!Authorization

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}
Content-Type: application/json
!Authorization

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 0
