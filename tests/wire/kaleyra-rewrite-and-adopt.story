# SPDX-License-Identifier: GPL-2.0-or-later
# --adopt records declared values as applied without a request; --rewrite sends them again.
@tree kaleyra
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk }
spec:
  account: india
  wa_number: "+919000000001"
  about: Open 9-17
  incoming_url: https://hooks.hotel.example/in
@run apply --yes --adopt
@exit 0
@run plan --detailed-exitcode
@exit 0
@run apply --yes --rewrite=kaleyra/*/nobody
@exit 0
@run apply --yes --rewrite
@exit 4
@out
--allow reach
@run apply --yes --rewrite --allow reach
@reply 200

{"status":200,"message":"WA Phone number update successfully.","data":[],"error":{}}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","incoming_url":"https://hooks.hotel.example/in","about":"Open 9-17"}
@exit 0
