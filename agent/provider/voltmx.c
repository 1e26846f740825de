/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HCL Volt MX Engagement Services: the one WhatsApp configuration of a server, read by GET and written whole by POST
 * ([given] 000). Traps (voltmx.md 4, 6): the success body of the POST does not parse; properties are {key, value} pairs with
 * blanks in their keys; `Host URL` is shown and never sent; secrets may be masked on read.
 */
#include "model/provider.h"

#define PAIR (FIELD_PAIR | FIELD_REQUIRED)

static const char *const protocols[] = { "HTTP", NULL };

static const struct field account_fields[] = {
    { "/base_url", &type_base_url, FIELD_REQUIRED | FIELD_ORIGIN | FIELD_TENANT, .example = "https://engagement.hotel.example:8443",
      .help = "Scheme, host, port and any context path before /api/v1. The host is your own: name it with --allow-origin or in the trust file." },
    { "/auth/basic/username", &type_text, .max = 256, .example = "admin", .help = "User of a stand-alone server (HTTP Basic)." },
    { "/auth/basic/password", &type_text, FIELD_SECRET, .max = 1024, .example = "env:VOLTMX_PASSWORD", .help = "Password of that user." },
    { "/auth/login/url", &type_url, FIELD_ORIGIN, .example = "https://accounts.auth.voltmxcloud.com/login",
      .help = "Login URL of the identity service, whole (on premises it ends in /authService/accounts/login)." },
    { "/auth/login/userid", &type_text, .max = 256, .example = "ops@hotel.example", .help = "User id at the identity service." },
    { "/auth/login/password", &type_text, FIELD_SECRET, .max = 1024, .origin = "/auth/login/url", .example = "env:VOLTMX_PASSWORD",
      .help = "Password at the identity service; the token that it gives is sent as X-VoltMX-Authorization." },
    { "/auth/oauth/access_token", &type_text, FIELD_SECRET, .max = 4096, .example = "env:VOLTMX_ACCESS_TOKEN", .help = "Sent in the header AccessToken." },
    { "/auth/oauth/access_secret", &type_text, FIELD_SECRET, .max = 4096, .example = "env:VOLTMX_ACCESS_SECRET", .help = "Sent in the header AccessSecret." },
    ACCOUNT_LIMITS,
    { 0 }
};

static const struct rule account_rules[] = {
    { RULE_ONE_OF, { "/auth/basic", "/auth/login", "/auth/oauth" }, "A server accepts one way of signing in; which one depends on how it was installed." },
    { RULE_TOGETHER, { "/auth/basic/username", "/auth/basic/password" }, "Basic needs both." },
    { RULE_TOGETHER, { "/auth/login/url", "/auth/login/userid", "/auth/login/password" }, "The login needs all three." },
    { RULE_TOGETHER, { "/auth/oauth/access_token", "/auth/oauth/access_secret" }, "OAuth needs both." },
    { 0 }
};

static const struct field whatsapp_config[] = {
    FIELD_OF_ACCOUNT,
    { "/protocol", &type_choice, FIELD_REQUIRED, GUARD_REACH, .choices = protocols, .example = "HTTP",
      .help = "HTTP is the standard input for this field." },
    { "/provider", &type_id, FIELD_REQUIRED, GUARD_REACH, .min = 1, .max = 64, .example = "TWILIO_WHATSAPP",
      .help = "The service behind it; TWILIO_WHATSAPP is the only value that the documents show." },
    { "/inboundSecurityEnabled", &type_bool, 0, GUARD_REACH, .example = "false", .help = "Whether inbound requests are checked." },
    { "/properties/Account SID", &type_id, PAIR, GUARD_REACH, .min = 1, .max = 256, .example = "AC00000000000000000000000000000000",
      .help = "Twilio account id." },
    { "/properties/Auth Token", &type_text, PAIR | FIELD_SECRET, GUARD_REACH, .max = 1024, .example = "env:TWILIO_AUTH_TOKEN",
      .help = "Twilio auth token. Compared when the server shows it in clear, by fingerprint when it masks it." },
    { "/properties/From", &type_sender, PAIR | FIELD_NUMBER, GUARD_REACH, .min = 1, .max = 128, .example = "+919000000002",
      .help = "The WhatsApp number with + and country code, or a client identifier." },
    { "/properties/Header Content Type", &type_media_type, PAIR, GUARD_REACH, .min = 1, .max = 128, .example = "application/x-www-form-urlencoded",
      .help = "Content type of calls to the service: application/x-www-form-urlencoded." },
    { "/properties/Maximum Character Limit", &type_count, PAIR, GUARD_VISIBLE, .example = "140",
      .help = "Most characters of one WhatsApp message, a whole number." },
    { 0 }
};

static const struct kind account = {
    .name = "Account", .fields = account_fields, .rules = account_rules, .life = LIFE_ACCOUNT,
    .help = "One Volt MX Engagement server and how to sign in to it.",
};

static const struct kind kinds[] = {
    { .name = "WhatsAppConfig", .fields = whatsapp_config, .life = LIFE_SINGLETON, .send = SEND_WHOLE, .configured = "/properties", .masks = true,
      .read = { METHOD_GET, "{base_url}/api/v1/whatsappconfig", .at = "" },
      .create = { METHOD_POST, "{base_url}/api/v1/whatsappconfig", .opaque = true, .type = "application/json;charset=UTF-8" },
      .update = { METHOD_POST, "{base_url}/api/v1/whatsappconfig", .opaque = true, .type = "application/json;charset=UTF-8" },
      .help = "The WhatsApp configuration of an Engagement server; a server has one.",
      .doc = "https://help.hcl-software.com/voltmx/v10/Foundry/engagement_api_guide/Content/REST_API__SMS/Update_WhatsApp_SMS_Config.html",
      .unseen = "`Auth Token` when the server masks it. It cannot be deleted." },
    { 0 }
};

/* voltmx.md 2.1 */
static const struct auth auth[] = {
    { AUTH_BASIC, .when = "/auth/basic", .user = "/auth/basic/username", .secret = "/auth/basic/password" },
    { AUTH_LOGIN, .when = "/auth/login", .url = "{url}", .user = "/auth/login/userid", .secret = "/auth/login/password",
      .header = "X-VoltMX-Authorization", .token = "/claims_token/value", .expires = "/claims_token/exp" },
    { AUTH_HEADER, .when = "/auth/oauth", .secret = "/auth/oauth/access_token", .header = "AccessToken" },
    { AUTH_HEADER, .when = "/auth/oauth", .secret = "/auth/oauth/access_secret", .header = "AccessSecret" },
    { 0 }
};

static const char *const origins[] = { "https://accounts.auth.voltmxcloud.com", NULL };

const struct provider provider_voltmx = {
    .group = "voltmx", .version = "v1", .title = "HCL Volt MX Engagement Services",
    .account = &account, .kinds = kinds, .auth = auth, .origins = origins,
    /* The form of an error body is not documented (voltmx.md 5): the usual members are tried. */
    .error = { .code = { "/errorCode", "/code", "/error/code" },
               .message = { "/message", "/errorMessage", "/error/message", "/error" }, .request_id = { "/requestId" } },
    .doc = "https://help.hcl-software.com/voltmx/v10/Foundry/engagement_api_guide/",
};
