# SPDX-License-Identifier: GPL-2.0-or-later
# 400 has three causes and none of them is helped by trying again.
@tree voltmx-basic voltmx-config
@run apply --yes
@reply 404

{}
@reply 400

{"message":"Unable to connect to the SMS provider with the given credentials","requestId":"r-5"}
@sent GET /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
@sent POST /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
Content-Type: application/json;charset=UTF-8

{"protocol":"HTTP","provider":"TWILIO_WHATSAPP","inboundSecurityEnabled":false,"properties":[{"key":"Account SID","value":"AC0001"},{"key":"Auth Token","value":"{secret:AUTH_TOKEN}"},{"key":"From","value":"+919000000002"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@exit 1
@out
Unable to connect to the SMS provider
r-5
