# SPDX-License-Identifier: GPL-2.0-or-later
# One entry with two people, one of whom was refused: which is not said, so it is not "sent".
@tree webex-key
apiVersion: webexconnect/v1
kind: Message
metadata: { name: welcome }
spec: { account: service, appid: app-1, destination: [ { waid: [ "+919000000009", "+919000000008" ] } ], text: Your room is ready., not_after: "2099-01-01T00:00:00Z" }
@run state init
@run apply --yes --allow send
@reply 200

{"response":[{"code":"1001","transid":"1","description":"Queued"},{"code":"7004","transid":"2","description":"Invalid value"}]}
@sent POST /resources/v1/messaging

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready."}}}},"appid":"app-1","destination":[{"waid":["+919000000009","+919000000008"]}]}
@exit 3
@out
7004
@run apply --yes --allow send
@exit 0
