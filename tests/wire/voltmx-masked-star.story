# SPDX-License-Identifier: GPL-2.0-or-later
# A token that is masked on read cannot be compared: first it is unknown (first-write, a guard), later its fingerprint stands in.
@tree voltmx-basic voltmx-config
@run apply --yes
@reply 200

{"protocol":"HTTP","inboundSecurityEnabled":false,"provider":"TWILIO_WHATSAPP","properties":[{"key":"From","value":"+919000000002"},{"value":"*****","key":"Auth Token"},{"key":"Account SID","value":"AC0001"},{"key":"Host URL","value":"https://api.twilio.com/x"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@sent GET /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
@exit 4
@out
first-write
--allow reach
@run apply --yes --allow reach
@reply 200

{"protocol":"HTTP","inboundSecurityEnabled":false,"provider":"TWILIO_WHATSAPP","properties":[{"key":"From","value":"+919000000002"},{"value":"*****","key":"Auth Token"},{"key":"Account SID","value":"AC0001"},{"key":"Host URL","value":"https://api.twilio.com/x"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@reply 200

{
"message" : "Details updated successfully",
"id" :
}
@reply 200

{"protocol":"HTTP","inboundSecurityEnabled":false,"provider":"TWILIO_WHATSAPP","properties":[{"key":"From","value":"+919000000002"},{"value":"*****","key":"Auth Token"},{"key":"Account SID","value":"AC0001"},{"key":"Host URL","value":"https://api.twilio.com/x"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
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

{"protocol":"HTTP","inboundSecurityEnabled":false,"provider":"TWILIO_WHATSAPP","properties":[{"key":"From","value":"+919000000002"},{"value":"*****","key":"Auth Token"},{"key":"Account SID","value":"AC0001"},{"key":"Host URL","value":"https://api.twilio.com/x"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@sent GET /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
@exit 0
@env AUTH_TOKEN=canary-new-0014
@run plan --detailed-exitcode
@reply 200

{"protocol":"HTTP","inboundSecurityEnabled":false,"provider":"TWILIO_WHATSAPP","properties":[{"key":"From","value":"+919000000002"},{"value":"*****","key":"Auth Token"},{"key":"Account SID","value":"AC0001"},{"key":"Host URL","value":"https://api.twilio.com/x"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@sent GET /api/v1/whatsappconfig
Authorization: {basic:admin:PASSWORD}
@exit 2
@out
secret-changed
!canary
