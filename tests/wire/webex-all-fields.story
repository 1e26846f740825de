# SPDX-License-Identifier: GPL-2.0-or-later
# Every field that can be declared; correlationid of the entry; expiry and notifyurl; options as the samples' object of texts.
@tree webex-key
apiVersion: webexconnect/v1
kind: Message
metadata: { name: welcome }
spec:
  account: service
  appid: app-1
  destination: [ { bsuid: [ IN.1234 ], correlationid: stay-4711 } ]
  text: "Your room is ready: \"101\""
  not_after: "2099-01-01T00:00:00Z"
  preview_url: false
  notifyurl: https://hooks.hotel.example/webex
  notifyurlAuthId: auth-1
  callbackData: booking-4711
  expiry: "2098-12-31T00:00:00Z"
  options: { domain: hotel.example, shortenLinks: true }
@run state init
@run apply --yes --allow send
@reply 200

{"response":[{"code":"1001","transid":"3f09-1","description":"Queued"}]}
@sent POST /resources/v1/messaging
key: {secret:SERVICE_KEY}

{"deliverychannel":"whatsapp","channels":{"OTT-Messaging":{"wa":{"type":"text","text":{"body":"Your room is ready: \"101\""},"preview_url":"false"}}},"appid":"app-1","destination":[{"bsuid":["IN.1234"],"correlationid":"stay-4711"}],"notifyurl":"https://hooks.hotel.example/webex","notifyurlAuthId":"auth-1","callbackData":"booking-4711","expiry":"2098-12-31T00:00:00Z","options":{"domain":"hotel.example","shortenLinks":"true"}}
@exit 0
