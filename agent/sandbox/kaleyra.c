/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kaleyra: PUT /v1/{sid}/whatsapp/number ([given] 001; kaleyra.md for what it leaves open). */
#include <string.h>

#include "base/mem.h"
#include "sandbox/inside.h"

static const char *const fields[] = { "wa_number", "incoming_url", "display_image", "address", "business_description",
    "business_category", "contact_email", "website", "about", NULL };

static const char *const categories[] = { "Automotive", "Beauty, Spa, and Salon", "Clothing and Apparel", "Education",
    "Entertainment", "Event Planning and Service", "Finance and Banking", "Food and Grocery", "Public Service",
    "Hotel and Lodging", "Medical and Health", "Non-profit", "Professional Services", "Shopping and Retail",
    "Travel and Transportation", "Restaurant", "Other" };

/* The failure form has no "status", the success form an empty "error". */
static bool refuse(struct request *r, int status, const char *code, const char *type, const char *parameter, const char *message)
{
    reply_json(r, status, json_pack("{s:{s:s,s:s,s:s,s:s,s:s}}", "error", "code", code, "type", type, "parameter", parameter,
                                     "message", message, "reference", ""));
    return false;
}

/* E13001 is one code for a family of refusals (kaleyra.md 5). */
static bool invalid(struct request *r, const char *parameter, const char *message)
{
    return refuse(r, 400, "E13001", "VALIDATION_ERROR", parameter, message);
}

void kaleyra_fail(struct request *r, int status)
{
    if (status == 401 || status == 403)
        refuse(r, status, status == 401 ? "RBC001" : "WA401", "AUTHORIZATION_ERROR", "api-key",
               status == 401 ? "Invalid SID or API key." : "Not permitted.");
    else if (status == 404)
        refuse(r, 404, "E404", "NOT_FOUND", "", "Resource not found.");
    else if (status == 429)
        refuse(r, 429, "E429", "RATE_LIMIT_ERROR", "", "Too many requests.");
    else if (status >= 500)
        refuse(r, status, "WA500", "INTERNAL_ERROR", "", "Internal error. Please try again later.");
    else
        refuse(r, status, "E13001", "VALIDATION_ERROR", "", "The request cannot be processed.");
}

static bool authorised(struct request *r, json_t *g, const char *sid)
{
    const char *sent = request_header(r, "api-key");
    const json_t *account = json_object_get(json_object_get(g, "accounts"), sid);
    const char *key = text_of(account, "api_key");
    if (!sent || !*sent || !*sid || (key ? strcmp(key, sent) != 0 : !state_open(g))) {
        kaleyra_fail(r, 401);
        return false;
    }
    return true;
}

static bool check_number(struct request *r, const json_t *number)
{
    if (!number || json_is_null(number) || (json_is_string(number) && !json_string_length(number)))
        return refuse(r, 400, "E413", "VALIDATION_ERROR", "wa_number", "wa_number field is required and cannot be empty.");
    if (!json_is_string(number) || !is_e164(json_string_value(number)))
        return invalid(r, "wa_number", "wa_number must be a string in E164 format.");
    return true;
}

static bool known_category(const char *text)
{
    for (size_t i = 0; i < COUNT(categories); i++)
        if (!strcasecmp(categories[i], text))
            return true;
    return false;
}

static bool check_field(struct request *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text)
        return invalid(r, name, "The value must be a string.");
    if (!strcmp(name, "display_image") && !*text)
        return refuse(r, 400, "E962", "VALIDATION_ERROR", "display_image", "display_image cannot be empty");
    if (!strcmp(name, "business_category") && !known_category(text))
        return invalid(r, name, "business_category is not one of the accepted values.");
    bool url = !strcmp(name, "incoming_url") || !strcmp(name, "website") || !strcmp(name, "display_image");
    if (url && *text && !is_web_url(text))
        return invalid(r, name, "The value must be a URL.");
    if (!strcmp(name, "contact_email") && *text && !strchr(text, '@'))
        return invalid(r, name, "contact_email must be an email address.");
    return true;
}

static bool check(struct request *r, const json_t *body)
{
    const char *name;
    json_t *value;
    if (!request_is_type(r, "application/json"))
        return invalid(r, "Content-Type", "Content-Type must be application/json.");
    if (!json_is_object(body))
        return invalid(r, "", "The request body is not valid JSON.");
    if (!check_number(r, json_object_get(body, "wa_number")))
        return false;
    if (first_unknown(body, fields, &name))
        return invalid(r, name, "Unknown parameter.");
    if (json_object_size(body) < 2)
        return invalid(r, "", "At least one editable field is required.");
    json_object_foreach((json_t *)body, name, value)
        if (!check_field(r, name, value))
            return false;
    return true;
}

/* Only the fields that were sent change ([given]: "any field added to the API will be automatically updated"). */
static void update(struct request *r, json_t *numbers, const json_t *body)
{
    const char *number = text_of(body, "wa_number");
    json_t *before = json_object_get(numbers, number), *now = before ? json_copy(before) : json_object();
    json_object_update(now, (json_t *)body);
    json_object_del(now, "wa_number");
    state_keep(r, numbers, number, now);
}

void kaleyra_handle(struct request *r)
{
    json_t *g = state_group(r, "kaleyra");
    if (r->n_parts != 5 || strcmp(r->part[1], "v1") != 0 || strcmp(r->part[3], "whatsapp") != 0
        || strcmp(r->part[4], "number") != 0) {
        kaleyra_fail(r, 404);
        return;
    }
    if (strcmp(r->method, "PUT") != 0) {
        reply_method(r, "PUT");
        return;
    }
    if (!authorised(r, g, r->part[2]) || !check(r, request_json(r)))
        return;
    json_t *account = state_child(state_child(g, "accounts"), r->part[2]), *numbers = state_child(account, "numbers");
    if (!state_open(g) && !json_object_get(numbers, text_of(r->json, "wa_number"))) {
        refuse(r, 404, "E13001", "VALIDATION_ERROR", "wa_number", "WhatsApp number not found.");
        return;
    }
    update(r, numbers, r->json);
    reply_json(r, 200, json_pack("{s:i,s:s,s:[],s:{}}", "status", 200, "message", "WA Phone number update successfully.",
                                 "data", "error"));
}
