# SPDX-License-Identifier: GPL-2.0-or-later
# A refused key is not tried again, by no object of the account.
@tree kaleyra
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk }
spec:
  account: india
  wa_number: "+919000000001"
  about: Open 9-17
---
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk2 }
spec: { account: india, wa_number: "+919000000002", about: Open 9-17 }
@run apply --yes --parallelism 1
@reply 401

{"error":{"code":"RBC001","message":"Invalid SID or key"}}
@sent PUT /v1/HX0000000000US/whatsapp/number

{"wa_number":"+919000000001","about":"Open 9-17"}
@exit 77
@out
Invalid SID or key
