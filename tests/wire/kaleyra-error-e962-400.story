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

{"error":{"code":"E962","type":"VALIDATION_ERROR","parameter":"display_image","message":"display_image cannot be empty","reference":""}}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","about":"Open 9-17"}
@exit 1
@out
display_image cannot be empty
E962
@history
E962
@run plan --detailed-exitcode
@exit 2
