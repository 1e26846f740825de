/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Webex Connect: WhatsApp text messages within the reply window ([given] 002, "WhatsApp Text Message"). There is nothing to read and
 * nothing to diff: a message is an event, sent at most once for ever to each destination, kept in a ledger (webex-connect.md 6).
 * Accepted answers hold `response` as an array, refusals as an object, whatever the HTTP status.
 */
#include "model/provider.h"

static const struct field account_fields[] = {
    { "/base_url", &type_base_url, FIELD_REQUIRED | FIELD_ORIGIN, .example = "https://api.us.webexconnect.io", .help = "The messaging host of your region." },
    { "/service_key", &type_text, FIELD_SECRET, .max = 1024, .example = "env:WEBEX_SERVICE_KEY", .help = "Service key, sent in the header key." },
    { "/jwt/service_id", &type_id, 0, .min = 1, .max = 256, .example = "SV-0001", .help = "Service ID: issuer of the JSON Web Token." },
    { "/jwt/service_secret", &type_text, FIELD_SECRET, .max = 1024, .example = "env:WEBEX_SERVICE_SECRET",
      .help = "Service secret as the console shows it (base64); tokens are signed with it (HS256)." },
    ACCOUNT_LIMITS,
    { 0 }
};
static const struct rule account_rules[] = {
    { RULE_ONE_OF, { "/service_key", "/jwt" }, "When both are sent the key is ignored, so give one." },
    { RULE_TOGETHER, { "/jwt/service_id", "/jwt/service_secret" }, "A token needs both." },
    { 0 }
};

static const struct field destination[] = {
    { "/waid", &type_strings, .min = 1, .max = 1000, .example = "[\"+919000000009\"]", .help = "WhatsApp ids or phone numbers." },
    { "/bsuid", &type_strings, .min = 1, .max = 1000, .example = "[\"IN.1234\"]", .help = "Business-scoped user ids." },
    { "/correlationid", &type_text, .max = 50, .example = "stay-4711", .help = "Your reference, at most 50 bytes; echoed in notifications." },
    { 0 }
};
static const struct rule destination_rules[] = {
    { RULE_ONE_OF, { "/waid", "/bsuid" }, "A destination is addressed by waid or by bsuid." },
    { 0 }
};

static const struct field message[] = {
    FIELD_OF_ACCOUNT,
    { "/appid", &type_id, FIELD_REQUIRED, GUARD_VISIBLE, .min = 1, .max = 128, .example = "a_167", .help = "WhatsApp app id, from the Apps page of the console." },
    { "/destination", &type_records, FIELD_REQUIRED, GUARD_VISIBLE, .items = destination, .item_rules = destination_rules, .min = 1, .max = 1000,
      .example = "[{ waid: [\"+919000000009\"] }]", .help = "Recipients: one request for each entry, at most once for ever to each recipient." },
    { "/text", &type_lines, FIELD_REQUIRED, GUARD_VISIBLE, .min = 1, .max = 4096, .wire = "/channels/OTT-Messaging/wa/text/body",
      .example = "Your room is ready.", .help = "Text of the message, at most 4096 characters." },
    { "/not_after", &type_time, FIELD_REQUIRED | FIELD_OURS, .example = "2026-12-01T18:00:00Z", .help = "Never send later than this (RFC 3339). It is not sent to the provider." },
    { "/preview_url", &type_bool_text, 0, GUARD_VISIBLE, .wire = "/channels/OTT-Messaging/wa/preview_url", .example = "false", .help = "Whether links get a preview." },
    { "/notifyurl", &type_url, FIELD_HOOK, GUARD_REACH, .max = 2048, .example = "https://hooks.hotel.example/webex",
      .help = "Where delivery notices go; blanks around it make it invalid." },
    { "/notifyurlAuthId", &type_id, 0, GUARD_REACH, .max = 128, .example = "auth-1", .help = "Id of a stored authorisation for notifyurl." },
    { "/callbackData", &type_text, 0, GUARD_COSMETIC, .max = 1024, .example = "booking-4711", .help = "Data echoed to notifyurl." },
    { "/expiry", &type_time, 0, GUARD_VISIBLE, .example = "2026-12-01T18:00:00Z", .help = "UTC time after which the message is not pushed." },
    { "/options/domain", &type_text, 0, GUARD_VISIBLE, .max = 253, .example = "hotel.example", .help = "Domain of shortened links; needed when options are given." },
    { "/options/shortenLinks", &type_bool_text, 0, GUARD_VISIBLE, .example = "true", .help = "Whether links are shortened." },
    { "/options/trackClicks", &type_bool_text, 0, GUARD_COSMETIC, .example = "true", .help = "Whether clicks are counted." },
    { "/options/tag1", &type_text, 0, GUARD_COSMETIC, .max = 128, .example = "checkin", .help = "Tag for reports." },
    { "/options/tag2", &type_text, 0, GUARD_COSMETIC, .max = 128, .example = "pune", .help = "Tag for reports." },
    { "/options/allowFallbackURL", &type_bool_text, 0, GUARD_VISIBLE, .example = "true", .help = "Whether the long link is used when shortening fails." },
    { 0 }
};
static const struct rule message_rules[] = {
    { RULE_NEEDS, { "/options", "/options/domain" }, "Webex Connect needs options.domain when options are given." },
    { 0 }
};

static const struct kind account = {
    .name = "Account", .fields = account_fields, .rules = account_rules, .life = LIFE_ACCOUNT,
    .help = "A Webex Connect service and its region.",
};

static const struct kind kinds[] = {
    { .name = "Message", .fields = message, .rules = message_rules, .life = LIFE_EVENT, .each = "/destination",
      .create = { METHOD_POST, "{base_url}/resources/v1/messaging" },
      .fixed = "{\"deliverychannel\":\"whatsapp\",\"channels\":{\"OTT-Messaging\":{\"wa\":{\"type\":\"text\"}}}}",
      .help = "A WhatsApp text within the 24-hour reply window; an event, not a state.",
      .doc = "https://developers.webexconnect.io/reference/whatsapp-text-message",
      .unseen = "Everything: no API shows a sent message. The ledger in the state knows what went out." },
    { 0 }
};

static const struct auth auth[] = {
    { AUTH_HEADER, .when = "/service_key", .secret = "/service_key", .header = "key" },
    { AUTH_JWT, .when = "/jwt", .user = "/jwt/service_id", .secret = "/jwt/service_secret", .header = "Authorization", .prefix = "Bearer " },
    { 0 }
};

/* webex-connect.md 2: the new hosts, and the older ones that still work. */
static const char *const origins[] = {
    "https://api.ca.webexconnect.io", "https://api.eu.webexconnect.io", "https://api.uk.webexconnect.io", "https://api.us.webexconnect.io",
    "https://api.us1.webexconnect.io", "https://api.in.webexconnect.io", "https://api.au.webexconnect.io", "https://api.imiconnect.ca",
    "https://api.imiconnect.io", "https://api.imiconnect.eu", "https://api-us.imiconnect.io", "https://api.imiconnect.us",
    "https://api.imiconnect.in", "https://api.imiconnect.com", NULL
};

/* webex-connect.md 5 */
static const struct error_class error_classes[] = {
    { "7000", ERR_REJECTED, false }, { "7001", ERR_AUTH, false },     { "7002", ERR_AUTH, false }, { "7003", ERR_REJECTED, false },
    { "7004", ERR_REJECTED, false }, { "7007", ERR_REJECTED, false }, { "7010", ERR_AUTH, false }, { "7019", ERR_REJECTED, false },
    { "7020", ERR_THROTTLED, true }, { 0 }
};

const struct provider provider_webexconnect = {
    .group = "webexconnect", .version = "v1", .title = "Webex Connect",
    .account = &account, .kinds = kinds, .auth = auth, .origins = origins,
    .error = { .code = { "/response/code", "/response/0/code", "/code" },
               .message = { "/response/description", "/response/0/description", "/message", "/error" },
               .request_id = { "/response/transid", "/response/0/transid" } },
    .error_classes = error_classes,
    .ok_at = { "/response/0/code", "/response/code" }, .ok_is = "1001",
    .doc = "https://developers.webexconnect.io/reference/",
};
