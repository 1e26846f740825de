# SPDX-License-Identifier: GPL-2.0-or-later
# Two headers, no token request, and a context path before /api/v1.
@tree voltmx-oauth voltmx-config
@run plan --detailed-exitcode
@reply 200

{"protocol":"HTTP","inboundSecurityEnabled":false,"provider":"TWILIO_WHATSAPP","properties":[{"key":"From","value":"+919000000002"},{"value":"canary-auth-0009","key":"Auth Token"},{"key":"Account SID","value":"AC0001"},{"key":"Host URL","value":"https://api.twilio.com/x"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@sent GET /vpns/api/v1/whatsappconfig
AccessToken: {secret:PAIR_TOKEN}
AccessSecret: {secret:PAIR_SECRET}
!Authorization
@exit 0
