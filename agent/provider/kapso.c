/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kapso: WhatsApp configs of a project, found by config_id, by the id in the state, or by phone_number_id in the list; created
 * under a customer, updated by a partial PATCH in an envelope, deleted ([given] 004). access_token is never shown; the
 * two webhook fields are shown by the given page and not by the current ones (kapso.md 1), so they are compared when they are there.
 */
#include "model/provider.h"

static const struct field account_fields[] = {
    { "/base_url", &type_base_url, FIELD_ORIGIN, .fallback = "https://app.kapso.ai/api/v1", .example = "https://app.kapso.ai/api/v1",
      .help = "Address of the configuration API." },
    { "/platform_url", &type_base_url, FIELD_ORIGIN, .fallback = "https://api.kapso.ai/platform/v1", .example = "https://api.kapso.ai/platform/v1",
      .help = "Address of the Platform API." },
    { "/meta_url", &type_base_url, FIELD_ORIGIN, .fallback = "https://api.kapso.ai/meta/whatsapp/v24.0", .example = "https://api.kapso.ai/meta/whatsapp/v24.0",
      .help = "Address of the pass-through to Meta." },
    { "/api_key", &type_text, FIELD_REQUIRED | FIELD_SECRET, .max = 1024, .example = "env:KAPSO_API_KEY",
      .help = "Project API key, sent in the header X-API-Key." },
    ACCOUNT_LIMITS,
    { 0 }
};

static const struct field whatsapp_config[] = {
    FIELD_OF_ACCOUNT,
    { "/customer_id", &type_id, FIELD_OURS | FIELD_CREATE | FIELD_IMMUTABLE | FIELD_TENANT, .min = 1, .max = 64, .example = "customer-456def",
      .help = "The customer under which the config is created; it cannot change afterwards." },
    { "/config_id", &type_id, FIELD_OURS | FIELD_CLAIM, .min = 1, .max = 64, .example = "config-123abc",
      .help = "Kapso's id of an existing config, when it is to be found by that." },
    { "/name", &type_text, FIELD_REQUIRED, GUARD_COSMETIC, .min = 1, .max = 255, .example = "Front desk", .help = "Name in the Kapso console." },
    { "/phone_number_id", &type_id, FIELD_REQUIRED | FIELD_KEY | FIELD_CLAIM, GUARD_REACH, .min = 1, .max = 64, .example = "116195731537720",
      .help = "Meta's id of the phone number; digits, kept as text." },
    { "/business_account_id", &type_id, FIELD_CREATE, GUARD_REACH, .min = 1, .max = 64, .example = "98765432109", .help = "Id of the WhatsApp business account; needed to create." },
    { "/webhook_verify_token", &type_text, FIELD_SECRET | FIELD_WRITE_ONLY | FIELD_CLEARABLE, GUARD_REACH, .max = 1024, .example = "env:KAPSO_VERIFY_TOKEN",
      .help = "Token by which your webhook recognises Kapso; null clears it." },
    { "/webhook_destination_url", &type_url, FIELD_WRITE_ONLY | FIELD_CLEARABLE | FIELD_HOOK, GUARD_REACH, .max = 2048,
      .example = "https://hooks.hotel.example/kapso", .help = "Where incoming messages are forwarded; null clears it." },
    { "/access_token", &type_text, FIELD_SECRET | FIELD_WRITE_ONLY | FIELD_CREATE, GUARD_REACH, .max = 4096, .example = "env:META_ACCESS_TOKEN",
      .help = "Meta access token; needed to create, never shown." },
    { 0 }
};

static const struct kind account = {
    .name = "Account", .fields = account_fields, .life = LIFE_ACCOUNT, .help = "A Kapso project, by its API key.",
};

static const struct kind kinds[] = {
    { .name = "WhatsAppConfig", .fields = whatsapp_config, .life = LIFE_COLLECTION, .send = SEND_CHANGED,
      .read = { METHOD_GET, "{base_url}/whatsapp_configs/{id}", .at = "/data" },
      .create = { METHOD_POST, "{base_url}/customers/{customer_id}/whatsapp_configs", .envelope = "whatsapp_config", .at = "/data", .shows = true },
      .update = { METHOD_PATCH, "{base_url}/whatsapp_configs/{id}", .envelope = "whatsapp_config", .at = "/data", .shows = true },
      .erase = { METHOD_DELETE, "{base_url}/whatsapp_configs/{id}" },
      .list = { "{base_url}/whatsapp_configs", .items = "/data", .page = "page", .size = "per_page", .largest = 100,
                .pages = "/meta/total_pages", .id = "/id" },
      .help = "A connected WhatsApp number: name, ids, webhook and token.",
      .doc = "https://docs.kapso.ai/api-reference/whatsapp-configs/update-whatsapp-config",
      .unseen = "`access_token` never; `webhook_verify_token` and `webhook_destination_url` where Kapso leaves them out. Those are compared with what was sent last." },
    { 0 }
};

static const struct auth auth[] = {
    { AUTH_HEADER, .secret = "/api_key", .header = "X-API-Key" },
    { 0 }
};

static const char *const origins[] = { "https://app.kapso.ai", "https://api.kapso.ai", NULL };

const struct provider provider_kapso = {
    .group = "kapso", .version = "v1", .title = "Kapso",
    .account = &account, .kinds = kinds, .auth = auth, .origins = origins,
    /* `error` is a string, or Meta's object (kapso.md 5). */
    .error = { .code = { "/error/code", "/code" }, .message = { "/error/message", "/error", "/message", "/errors/0" },
               .request_id = { "/error/fbtrace_id", "/request_id" } },
    .doc = "https://docs.kapso.ai",
};
