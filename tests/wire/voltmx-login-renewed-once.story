# SPDX-License-Identifier: GPL-2.0-or-later
# 401 with a token: a new login, once. A second 401 is final.
@tree voltmx-login voltmx-config
@run plan
@reply 200

{"claims_token":{"value":"claims-1","exp":4102444800000}}
@reply 401

{"message":"expired"}
@reply 200

{"claims_token":{"value":"claims-2","exp":4102444800000}}
@reply 401

{"message":"claims-2 is not good, nor is canary%20pass%26word%3D0003"}
@sent POST /authService/accounts/login

{"userid":"ops@hotel.example","password":"{secret:PASSWORD}"}
@sent GET /api/v1/whatsappconfig
X-VoltMX-Authorization: claims-1
@sent POST /authService/accounts/login

{"userid":"ops@hotel.example","password":"{secret:PASSWORD}"}
@sent GET /api/v1/whatsappconfig
X-VoltMX-Authorization: claims-2
@exit 77
@out
is not good
!claims-2
