# SPDX-License-Identifier: GPL-2.0-or-later
# No API shows the profile: a PUT whose answer cannot be understood is sent again, and only a proper answer counts.
@tree kaleyra
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk }
spec:
  account: india
  wa_number: "+919000000001"
  about: Open 9-17
@run apply --yes
@reply drop
@reply 200

{"status":200,"message":
@reply 200

{"status":202,"message":"maybe","data":[],"error":{}}
@reply 200

{"status":200,"message":"WA Phone number update successfully.","data":[],"error":{}}
@sent PUT /v1/HX0000000000US/whatsapp/number
api-key: {secret:API_KEY}

{"wa_number":"+919000000001","about":"Open 9-17"}
@sent PUT /v1/HX0000000000US/whatsapp/number
api-key: {secret:API_KEY}

{"wa_number":"+919000000001","about":"Open 9-17"}
@sent PUT /v1/HX0000000000US/whatsapp/number
api-key: {secret:API_KEY}

{"wa_number":"+919000000001","about":"Open 9-17"}
@sent PUT /v1/HX0000000000US/whatsapp/number
api-key: {secret:API_KEY}

{"wa_number":"+919000000001","about":"Open 9-17"}
@exit 0
