# SPDX-License-Identifier: GPL-2.0-or-later
# Made-up keys: the sandbox takes any. Read them into the shell with `. ./secrets.sh`.
# Real ones belong into a password store, never into a file beside the documents.
export KALEYRA_API_KEY=demo-kaleyra-key-0001
export VOLTMX_PASSWORD=demo-voltmx-password-0001
export TWILIO_AUTH_TOKEN=demo-twilio-token-0001
export PINGONE_CLIENT_SECRET=demo-pingone-secret-0001
export META_APP_SECRET=demo-meta-secret-0001
export META_USER_TOKEN=demo-meta-user-token-0001
export META_ACCESS_TOKEN=demo-meta-access-token-0001
export KAPSO_API_KEY=demo-kapso-key-0001
export KAPSO_VERIFY_TOKEN=demo-kapso-verify-0001
export WEBEX_SERVICE_KEY=demo-webex-key-0001
