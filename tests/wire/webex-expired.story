# SPDX-License-Identifier: GPL-2.0-or-later
# Past not_after nothing is sent, whatever is allowed.
@tree webex-key
apiVersion: webexconnect/v1
kind: Message
metadata: { name: welcome }
spec: { account: service, appid: app-1, destination: [ { waid: [ "+919000000009" ] } ], text: late, not_after: "2020-01-01T00:00:00Z" }
@run state init
@run apply --yes --allow send
@exit 0
@out
not_after
