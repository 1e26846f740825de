# SPDX-License-Identifier: GPL-2.0-or-later
# Basic credentials cannot be renewed: 401 is final.
@tree voltmx-basic voltmx-config
@run plan
@reply 401

{"message":"Unauthorized request."}
@sent GET /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
@exit 77
@out
Unauthorized request.
