# SPDX-License-Identifier: GPL-2.0-or-later
# Login once, as JSON; the claims token goes out in X-VoltMX-Authorization and is used for all requests of the run.
@tree voltmx-login voltmx-config
@run apply --yes
@reply 200

{"profile":{"userid":"ops@hotel.example"},"refresh_token":"r-9","claims_token":{"value":"claims-1","exp":4102444800000}}
@reply 404

{}
@reply 200

{
"message" : "Details updated successfully",
"id" :
}
@reply 200

{"protocol":"HTTP","inboundSecurityEnabled":false,"provider":"TWILIO_WHATSAPP","properties":[{"key":"From","value":"+919000000002"},{"value":"canary-auth-0009","key":"Auth Token"},{"key":"Account SID","value":"AC0001"},{"key":"Host URL","value":"https://api.twilio.com/x"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@sent POST /authService/accounts/login
Content-Type: application/json
!X-VoltMX-Authorization
!Authorization

{"userid":"ops@hotel.example","password":"{secret:PASSWORD}"}
@sent GET /api/v1/whatsappconfig
X-VoltMX-Authorization: claims-1
!Authorization
@sent POST /api/v1/whatsappconfig
X-VoltMX-Authorization: claims-1

{"protocol":"HTTP","provider":"TWILIO_WHATSAPP","inboundSecurityEnabled":false,"properties":[{"key":"Account SID","value":"AC0001"},{"key":"Auth Token","value":"{secret:AUTH_TOKEN}"},{"key":"From","value":"+919000000002"},{"key":"Header Content Type","value":"application/x-www-form-urlencoded"},{"key":"Maximum Character Limit","value":"140"}]}
@sent GET /api/v1/whatsappconfig
X-VoltMX-Authorization: claims-1
@exit 0
