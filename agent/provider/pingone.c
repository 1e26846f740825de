/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PingOne: WhatsApp delivery settings, one per environment, read by GET and written whole by PUT ([given] 003). appSecret and
 * userAccessToken are in every PUT and in no answer. `numbers` is an inventory that the server fills; a user chooses what
 * is selected in it (pingone.md 6).
 */
#include "model/provider.h"

static const char *const regions[] = { "com", "ca", "eu", "com.au", "sg", "asia", NULL };
static const char *const styles[] = { "basic", "post", NULL };

static const struct field account_fields[] = {
    { "/region", &type_choice, .choices = regions, .example = "eu", .help = "Top-level domain of your PingOne region; gives api_url and auth_url." },
    { "/api_url", &type_base_url, FIELD_ORIGIN, .fallback = "https://api.pingone.{region}", .example = "https://api.pingone.eu",
      .help = "API address before /v1, instead of region." },
    { "/auth_url", &type_base_url, FIELD_ORIGIN, .fallback = "https://auth.pingone.{region}", .example = "https://auth.pingone.eu",
      .help = "Address of the token service, instead of region." },
    { "/worker_environment_id", &type_id, FIELD_REQUIRED, .min = 1, .max = 64, .example = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6",
      .help = "Environment that holds the worker application; it may differ from those that are configured." },
    { "/client_id", &type_id, FIELD_REQUIRED, .min = 1, .max = 128, .example = "5c8f0b5e-0000-4000-8000-000000000001",
      .help = "Client id of the worker application." },
    { "/client_secret", &type_text, FIELD_REQUIRED | FIELD_SECRET, .max = 1024, .origin = "/auth_url", .example = "env:PINGONE_CLIENT_SECRET",
      .help = "Client secret of the worker application; it goes to the token service only." },
    { "/token_auth", &type_choice, .choices = styles, .fallback = "basic", .example = "basic",
      .help = "How the token service takes the credentials: basic (header) or post (form), as set in the worker application." },
    ACCOUNT_LIMITS,
    { 0 }
};

static const struct rule account_rules[] = {
    { RULE_ONE_OF, { "/region", "/api_url" }, "Give the region, or both addresses." },
    { RULE_TOGETHER, { "/api_url", "/auth_url" }, "Without a region both addresses are needed." },
    { 0 }
};

static const struct field numbers[] = {
    { "/number", &type_e164, FIELD_NUMBER, .example = "+1 555-061-2978", .help = "The number; its digits are compared, so any spelling does." },
    { "/numberId", &type_id, .min = 1, .max = 64, .example = "116195731537720", .help = "Meta's id of the number; preferred over number." },
    { "/selected", &type_bool, .fallback = "true", .example = "true", .help = "Whether PingOne sends from it; true when not stated." },
    { 0 }
};
static const struct rule number_rules[] = {
    { RULE_ANY_OF, { "/number", "/numberId" }, "An entry needs a number or a numberId." },
    { 0 }
};

static const struct field delivery_settings[] = {
    FIELD_OF_ACCOUNT,
    { "/environment_id", &type_id, FIELD_REQUIRED | FIELD_KEY | FIELD_OURS | FIELD_TENANT | FIELD_CLAIM, .min = 1, .max = 64,
      .example = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6", .help = "The environment that is configured. It has at most one WhatsApp account." },
    { "/provider", &type_id, FIELD_REQUIRED, GUARD_REACH, .min = 1, .max = 64, .example = "CUSTOM_WHATSAPP",
      .help = "CUSTOM_WHATSAPP in every document." },
    { "/whatsAppAccountBusinessId", &type_id, FIELD_REQUIRED | FIELD_INVENTORY | FIELD_OWNER, GUARD_REACH, .min = 1, .max = 64, .example = "107794359053209",
      .help = "Id of the WhatsApp business account; digits, kept as text." },
    { "/appId", &type_id, FIELD_REQUIRED | FIELD_INVENTORY, GUARD_REACH, .min = 1, .max = 64, .example = "263386889724299",
      .help = "Id of the Meta app." },
    { "/appSecret", &type_text, FIELD_REQUIRED | FIELD_SECRET | FIELD_WRITE_ONLY, GUARD_REACH, .max = 1024, .example = "env:META_APP_SECRET",
      .help = "Secret of the Meta app. No answer shows it; it is part of every write." },
    { "/userAccessToken", &type_text, FIELD_REQUIRED | FIELD_SECRET | FIELD_WRITE_ONLY, GUARD_REACH, .max = 4096, .example = "env:META_USER_TOKEN",
      .help = "Access token of the Meta system user. No answer shows it; it is part of every write." },
    { "/numbers", &type_selection, 0, GUARD_REACH, .items = numbers, .item_rules = number_rules, .min = 1, .max = 100,
      .example = "[{ numberId: \"116195731537720\" }]",
      .help = "When declared, exactly these are selected for sending. When not, the live selection stays, unless the account changes." },
    { 0 }
};

static const struct kind account = {
    .name = "Account", .fields = account_fields, .rules = account_rules, .life = LIFE_ACCOUNT,
    .help = "A PingOne worker application and its region.",
};

#define SETTINGS_URL "{api_url}/v1/environments/{environment_id}/notificationsSettings/instantMessagingDeliverySettings/whatsApp"

static const struct kind kinds[] = {
    { .name = "WhatsAppDeliverySettings", .fields = delivery_settings, .life = LIFE_SINGLETON, .send = SEND_WHOLE, .configured = "/provider",
      .read = { METHOD_GET, SETTINGS_URL, .at = "" },
      .create = { METHOD_PUT, SETTINGS_URL, .at = "", .shows = true },
      .update = { METHOD_PUT, SETTINGS_URL, .at = "", .shows = true },
      .help = "The WhatsApp account and number that an environment sends its notifications with.",
      .doc = "https://developer.pingidentity.com/pingone-api/platform/notifications/instant-messaging-delivery-settings/create_whatsapp_delivery_settings_with_number.html",
      .unseen = "`appSecret` and `userAccessToken`: compared with the fingerprint of what was sent last. It cannot be deleted." },
    { 0 }
};

static const struct auth auth[] = {
    { AUTH_CLIENT_CREDENTIALS, .url = "{auth_url}/{worker_environment_id}/as/token", .user = "/client_id", .secret = "/client_secret",
      .style = "/token_auth", .header = "Authorization", .prefix = "Bearer " },
    { 0 }
};

/* pingone.md 2 */
static const char *const origins[] = {
    "https://api.pingone.com", "https://auth.pingone.com", "https://api.pingone.ca", "https://auth.pingone.ca",
    "https://api.pingone.eu", "https://auth.pingone.eu", "https://api.pingone.com.au", "https://auth.pingone.com.au",
    "https://api.pingone.sg", "https://auth.pingone.sg", "https://api.pingone.asia", "https://auth.pingone.asia", NULL
};

/* pingone.md 5: branch on the code, not only on the status. */
static const struct error_class error_classes[] = {
    { "ACCESS_FAILED", ERR_AUTH, false },       { "INVALID_TOKEN", ERR_AUTH, false },    { "INVALID_DATA", ERR_REJECTED, false },
    { "INVALID_REQUEST", ERR_REJECTED, false }, { "REQUEST_FAILED", ERR_REJECTED, false }, { "NOT_FOUND", ERR_ABSENT, false },
    { "REQUEST_LIMITED", ERR_THROTTLED, true }, { "UNEXPECTED_ERROR", ERR_DOWN, false }, { "invalid_client", ERR_AUTH, false },
    { "unauthorized_client", ERR_AUTH, false }, { 0 }
};

const struct provider provider_pingone = {
    .group = "pingone", .version = "v1", .title = "PingOne",
    .account = &account, .kinds = kinds, .auth = auth, .origins = origins,
    .error = { .code = { "/code", "/error" }, .parameter = { "/details/0/target" },
               .message = { "/details/0/message", "/message", "/error_description" }, .request_id = { "/id", "/correlation_id" } },
    .error_classes = error_classes,
    .doc = "https://developer.pingidentity.com/pingone-api/",
};
