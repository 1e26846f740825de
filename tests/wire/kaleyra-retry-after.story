# SPDX-License-Identifier: GPL-2.0-or-later
# Retry-After is honoured; the write is sent again unchanged.
@tree kaleyra
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk }
spec:
  account: india
  wa_number: "+919000000001"
  about: Open 9-17
@run apply --yes
@reply 429
Retry-After: 1

{}
@reply 200

{"status":200,"message":"WA Phone number update successfully.","data":[],"error":{}}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","about":"Open 9-17"}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","about":"Open 9-17"}
@took 1
@exit 0
