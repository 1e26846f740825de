# SPDX-License-Identifier: GPL-2.0-or-later
# One POST per destination, with the service key in `key`. Without a state that existed before, and without --allow send, nothing goes out.
# Accepted is code 1001. It is sent once for ever.
@tree webex-key webex-message
@run apply --yes --allow send
@exit 4
@out
state init
@run state init
@run apply --yes
@exit 4
@out
--allow send
@run apply --yes --allow send
@reply 200

{"response":[{"code":"1001","transid":"3f09-1","description":"Queued"}]}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}
Content-Type: application/json
!Authorization

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 0
@run apply --yes --allow send
@exit 0
@run plan --detailed-exitcode
@exit 0
@out
!in sync
@history
3f09-1
