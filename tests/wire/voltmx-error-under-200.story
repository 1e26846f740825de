# SPDX-License-Identifier: GPL-2.0-or-later
# A read that is answered with an error under HTTP 200 is a failed read and not "not configured".
@tree voltmx-basic voltmx-config
@run plan
@reply 200

{"errorCode":"SVC_17","message":"try later"}
@sent GET /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
@exit 1
@out
SVC_17
try later
