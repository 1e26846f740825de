# SPDX-License-Identifier: GPL-2.0-or-later
# PUT is partial: only what differs from what was sent last goes out, with wa_number. A field that is released is not sent.
@tree kaleyra
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk }
spec:
  account: india
  wa_number: "+919000000001"
  about: Open 9-17
  address: { from: "var:ADDRESS" }
@run apply --yes --var ADDRESS=one
@reply 200

{"status":200,"message":"WA Phone number update successfully.","data":[],"error":{}}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","address":"one","about":"Open 9-17"}
@exit 0
@run apply --yes --var ADDRESS=two
@reply 200

{"status":200,"message":"WA Phone number update successfully.","data":[],"error":{}}
@sent PUT /v1/HX0000000000US/whatsapp/number
api-key: {secret:API_KEY}

{"wa_number":"+919000000001","address":"two"}
@exit 0
@run apply --yes --var ADDRESS=two
@exit 0
