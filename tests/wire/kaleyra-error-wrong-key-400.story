# SPDX-License-Identifier: GPL-2.0-or-later
# An error in Kaleyra's own form is shown with its code, parameter, message and reference, scrubbed; under whatever HTTP status.
@tree kaleyra
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk }
spec:
  account: india
  wa_number: "+919000000001"
  about: Open 9-17
@run apply --yes
@reply 400

{"error":{"code":"RBC001","message":"key canary/key+0001 is wrong"}}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","about":"Open 9-17"}
@exit 77
@out
RBC001
is wrong
!{secret:API_KEY}
@history
RBC001
@run plan --detailed-exitcode
@exit 2
