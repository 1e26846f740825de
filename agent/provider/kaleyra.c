/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kaleyra.io: the profile of a WhatsApp number, changed by one partial PUT that is keyed by wa_number ([given] 001).
 * Nothing reads it back, so last-sent fingerprints stand in for live values (kaleyra.md 6). Null is refused: no document says
 * how a field is cleared, and an empty display_image is error E962.
 */
#include "model/provider.h"

#define PROFILE FIELD_WRITE_ONLY

/* [given] 001, in its order; letters of any case are accepted. */
static const char *const categories[] = {
    "Automotive", "Beauty, Spa, and Salon", "Clothing and Apparel", "Education", "Entertainment",
    "Event Planning and Service", "Finance and Banking", "Food and Grocery", "Public Service", "Hotel and Lodging",
    "Medical and Health", "Non-profit", "Professional Services", "Shopping and Retail", "Travel and Transportation",
    "Restaurant", "Other", NULL
};

static const struct field account_fields[] = {
    { "/base_url", &type_base_url, FIELD_REQUIRED | FIELD_ORIGIN, .example = "https://api.in.kaleyra.io",
      .help = "Where to call: the host of your region, without /v1. Kaleyra's pages disagree about two regions, so there is no default." },
    { "/sid", &type_id, FIELD_REQUIRED | FIELD_TENANT, .max = 128, .example = "HX0000000000US",
      .help = "Account SID, shown beside the API key in the Kaleyra console." },
    { "/api_key", &type_text, FIELD_REQUIRED | FIELD_SECRET, .max = 1024, .example = "env:KALEYRA_API_KEY",
      .help = "API key, sent in the header api-key." },
    ACCOUNT_LIMITS,
    { 0 }
};

static const struct field number_profile[] = {
    FIELD_OF_ACCOUNT,
    { "/wa_number", &type_e164, FIELD_REQUIRED | FIELD_KEY | FIELD_ALWAYS | FIELD_CLAIM | FIELD_NUMBER, .example = "+919000000001",
      .help = "The registered WhatsApp number in E.164 form. It names the profile and is never changed." },
    { "/incoming_url", &type_url, PROFILE | FIELD_HOOK, GUARD_REACH, .max = 2048, .example = "https://hooks.hotel.example/in",
      .help = "Where Kaleyra delivers incoming messages and quality notices." },
    { "/display_image", &type_url, PROFILE, GUARD_VISIBLE, .min = 1, .max = 2048, .example = "https://cdn.hotel.example/logo.jpg",
      .help = "URL of the profile picture (JPEG or PNG, 640x640 advised). It can be replaced and never emptied (E962)." },
    { "/address", &type_lines, PROFILE, GUARD_VISIBLE, .min = 1, .max = 256, .example = "1 Station Road, Pune",
      .help = "Postal address, at most 256 characters." },
    { "/business_description", &type_lines, PROFILE, GUARD_VISIBLE, .min = 1, .max = 256, .example = "City hotel, open all day",
      .help = "What the business does, at most 256 characters." },
    { "/business_category", &type_choice, PROFILE, GUARD_VISIBLE, .choices = categories, .example = "Hotel and Lodging",
      .help = "One of Kaleyra's 17 categories, in letters of any case." },
    { "/contact_email", &type_email, PROFILE, GUARD_VISIBLE, .max = 128, .example = "desk@hotel.example",
      .help = "E-mail address for customers." },
    { "/website", &type_url, PROFILE, GUARD_VISIBLE, .max = 256, .example = "https://hotel.example",
      .help = "One website address." },
    { "/about", &type_text, PROFILE, GUARD_VISIBLE, .min = 1, .max = 139, .example = "Open 9-17",
      .help = "Short line under the name, at most 139 characters." },
    { 0 }
};

static const struct rule number_rules[] = {
    { RULE_ANY_OF, { "/incoming_url", "/display_image", "/address", "/business_description", "/business_category",
                     "/contact_email", "/website", "/about" },
      "Kaleyra takes an update with at least one field besides wa_number." },
    { 0 }
};

static const struct kind account = {
    .name = "Account", .fields = account_fields, .life = LIFE_ACCOUNT,
    .help = "A Kaleyra.io account: host, SID and API key.",
};

static const struct kind kinds[] = {
    { .name = "NumberProfile", .fields = number_profile, .rules = number_rules, .life = LIFE_UNREADABLE, .send = SEND_CHANGED,
      .update = { METHOD_PUT, "{base_url}/v1/{sid}/whatsapp/number" },
      .help = "The business profile of one registered WhatsApp number.",
      .doc = "https://developers.kaleyra.io/docs/update-whatsapp-number-details",
      .unseen = "No field can be read back. waconf compares with what it sent last, and says so." },
    { 0 }
};

static const struct auth auth[] = {
    { AUTH_HEADER, .secret = "/api_key", .header = "api-key" },
    { 0 }
};

/* kaleyra.md 2: the hosts that its pages name. */
static const char *const origins[] = {
    "https://api.kaleyra.io", "https://api.in.kaleyra.io", "https://api.ap.kaleyra.io", "https://api.eu.kaleyra.io",
    "https://api.na.kaleyra.io", "https://api.na.kaleyra.ai", NULL
};

/* kaleyra.md 5 */
static const struct error_class error_classes[] = {
    { "E413", ERR_REJECTED, false }, { "E962", ERR_REJECTED, false }, { "E13001", ERR_REJECTED, false },
    { "RBC001", ERR_AUTH, false },   { "WA401", ERR_AUTH, false },    { 0 }
};

const struct provider provider_kaleyra = {
    .group = "kaleyra", .version = "v1", .title = "Kaleyra (Tata Communications)",
    .account = &account, .kinds = kinds, .auth = auth, .origins = origins,
    .error = { .code = { "/error/code", "/code" }, .parameter = { "/error/parameter" },
               .message = { "/error/message", "/message" }, .request_id = { "/error/reference" } },
    .error_classes = error_classes,
    /* Success carries "error": {} as well, so the code decides; "status" must be 200 ([given] 001). */
    .failed_if = "/error/code", .ok_at = { "/status" }, .ok_is = "200",
    .doc = "https://developers.kaleyra.io/docs",
};
