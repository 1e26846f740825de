# SPDX-License-Identifier: GPL-2.0-or-later
# A list that does not exist is a failed read (a wrong base_url), never an empty list.
@tree kapso kapso-front
@run apply --yes
@reply 404

{"error":"no route"}
@sent GET /api/v1/whatsapp_configs?page=1&per_page=100
X-API-Key: {secret:API_KEY}
!Authorization
@exit 1
