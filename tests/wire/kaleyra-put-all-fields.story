# SPDX-License-Identifier: GPL-2.0-or-later
# Every field of the given page, in one PUT keyed by wa_number; quotes are escaped (the page's own sample does not). Success carries
# "error": {}: the code inside decides. The number and the URL keep the user's spelling where the API does not ask for another.
@tree kaleyra
apiVersion: kaleyra/v1
kind: NumberProfile
metadata: { name: desk }
spec:
  account: india
  wa_number: "+919000000001"
  incoming_url: https://hooks.hotel.example/in?key=1
  display_image: https://cdn.hotel.example/logo.jpg
  address: '567, "john", 2nd Phase, Bangalore.'
  business_description: Brief description about the Company
  business_category: hotel and lodging
  contact_email: desk@hotel.example
  website: http://www.tested.com
  about: Today we tested ✓
@run apply --yes --allow reach
@reply 200

{"status":200,"message":"WA Phone number update successfully.","data":[],"error":{}}
@sent PUT /v1/HX0000000000US/whatsapp/number
api-key: {secret:API_KEY}
Content-Type: application/json
!Authorization
!Cookie
!Expect

{"wa_number":"+919000000001","incoming_url":"https://hooks.hotel.example/in?key=1","display_image":"https://cdn.hotel.example/logo.jpg","address":"567, \"john\", 2nd Phase, Bangalore.","business_description":"Brief description about the Company","business_category":"Hotel and Lodging","contact_email":"desk@hotel.example","website":"http://www.tested.com","about":"Today we tested ✓"}
@exit 0
@run plan --detailed-exitcode
@exit 0
@out
no API can confirm
