# SPDX-License-Identifier: GPL-2.0-or-later
# More than 120 s is not waited for: it fails at once and says so.
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
Retry-After: 3600

{}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","about":"Open 9-17"}
@exit 69
@run plan --detailed-exitcode
@exit 2
