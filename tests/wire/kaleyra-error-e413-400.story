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

{"error":{"code":"E413","type":"VALIDATION_ERROR","parameter":"wa_number","message":"wa_number field is required and cannot be empty.","reference":"ref-77"}}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","about":"Open 9-17"}
@exit 1
@out
wa_number field is required and cannot be empty.
E413
(wa_number)
ref-77
@history
E413
@run plan --detailed-exitcode
@exit 2
