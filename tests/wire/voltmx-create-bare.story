# SPDX-License-Identifier: GPL-2.0-or-later
# 404, {} or no properties: not configured yet. The POST has the whole document, values are texts, keys have blanks, the
# Content-Type its charset; the success body of the given page is not JSON and need not be. A read-back verifies.
@tree voltmx-basic voltmx-config
@run apply --yes
@reply 200

{"protocol":"HTTP"}
@reply 200

{
"message" : "Details updated successfully",
"id" :
}
@reply 200

{"protocol":"HTTP","inboundSecurityEnabled":false,"provider":"TWILIO_WHATSAPP","properties":[{"key":"From","value":"+919000000002"},{"value":"canary-auth-0009","key":"Auth Token"},{"key":"Account SID","value":"AC0001"},{"key":"Host URL","value":"https://api.twilio.com/x"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@sent GET /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
@sent POST /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
Content-Type: application/json;charset=UTF-8

{"protocol":"HTTP","provider":"TWILIO_WHATSAPP","inboundSecurityEnabled":false,"properties":[{"key":"Account SID","value":"AC0001"},{"key":"Auth Token","value":"{secret:AUTH_TOKEN}"},{"key":"From","value":"+919000000002"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@sent GET /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
@exit 0
@run plan --detailed-exitcode
@reply 200

{"protocol":"HTTP","inboundSecurityEnabled":false,"provider":"TWILIO_WHATSAPP","properties":[{"key":"From","value":"+919000000002"},{"value":"canary-auth-0009","key":"Auth Token"},{"key":"Account SID","value":"AC0001"},{"key":"Host URL","value":"https://api.twilio.com/x"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@sent GET /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
@exit 0
