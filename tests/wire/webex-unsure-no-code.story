# SPDX-License-Identifier: GPL-2.0-or-later
# The answer says nothing: nobody knows, so it is unsure and never sent again by itself; `resolve` settles it.
@tree webex-key webex-message
@run state init
@run apply --yes --allow send
@reply 200

{"response":[]}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}
Content-Type: application/json
!Authorization

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 3
@out
resolve
@run apply --yes --allow send
@exit 0
@out
unsure
@run plan --detailed-exitcode
@exit 2
@run resolve webexconnect/Message/welcome --not-sent
@exit 0
@run apply --yes --allow send
@reply 200

{"response":[{"code":"1001","transid":"3f09-1","description":"Queued"}]}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}
Content-Type: application/json
!Authorization

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 0
