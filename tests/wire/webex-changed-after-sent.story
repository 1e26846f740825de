# SPDX-License-Identifier: GPL-2.0-or-later
# What was sent cannot be changed under its name: 65, before any request. A new destination under the name is sent, alone. One person is one
# person however the number is spelled.
@tree webex-key
apiVersion: webexconnect/v1
kind: Message
metadata: { name: welcome }
spec: { account: service, appid: app-1, destination: [ { waid: [ "+919000000009" ] } ], text: { from: "var:TEXT" }, not_after: "2099-01-01T00:00:00Z" }
@run state init
@run apply --yes --allow send --var TEXT=one
@reply 200

{"response":[{"code":"1001","transid":"3f09-1","description":"Queued"}]}
@sent POST /resources/v1/messaging

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"one"}}}},"appid":"app-1","destination":[{"waid":["+919000000009"]}]}
@exit 0
@run apply --yes --allow send --var TEXT=two
@exit 65
@err
new name
@run plan -o json --var TEXT=two
@exit 65
@out
"complete": false
