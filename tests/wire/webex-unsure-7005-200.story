# SPDX-License-Identifier: GPL-2.0-or-later
# A code that is no known refusal says nothing for certain: unsure, and never sent again by itself.
@tree webex-key webex-message
@run state init
@run apply --yes --allow send
@reply 200

{"response":[{"code":"7005","description":"Internal failure","transid":"1"}]}
@sent POST /resources/v1/messaging

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 3
@out
7005
resolve
@run apply --yes --allow send
@exit 0
@out
unsure
