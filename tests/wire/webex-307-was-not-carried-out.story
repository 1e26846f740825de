# SPDX-License-Identifier: GPL-2.0-or-later
# 307 says that the request was not carried out here: refused, and the next run may send it. It is not followed.
@tree webex-key webex-message
@run state init
@run apply --yes --allow send
@reply 307
Location: {URL}/elsewhere

{}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}
Content-Type: application/json
!Authorization

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 1
@run apply --yes --allow send
@reply 200

{"response":[{"code":"1001","transid":"3f09-1","description":"Queued"}]}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}
Content-Type: application/json
!Authorization

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 0
