# SPDX-License-Identifier: GPL-2.0-or-later
# Redirects are never followed: the key would follow too.
@tree kaleyra
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk }
spec:
  account: india
  wa_number: "+919000000001"
  about: Open 9-17
@run apply --yes
@reply 307
Location: {URL}/elsewhere

{}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","about":"Open 9-17"}
@exit 1
@out
redirect
