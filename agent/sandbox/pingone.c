/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PingOne: WhatsApp delivery settings ([given] 003; pingone.md for errors and reading). Tokens: pingone_token.c. */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/inside.h"

static const char *const required[] = { "provider", "whatsAppAccountBusinessId", "appId", "userAccessToken", "appSecret" };
static const char *const members[] = { "provider", "whatsAppAccountBusinessId", "appId", "userAccessToken", "appSecret", "numbers", NULL };
static const char *const number_members[] = { "number", "numberId", "selected", NULL };

/* --- failures ---------------------------------------------------------------------------------- */

static bool refuse(struct request *r, int status, const char *code, const char *message, json_t *detail)
{
    json_t *body = json_pack("{s:s,s:s,s:s}", "id", random_id(r), "code", code, "message", message);
    if (detail)
        json_object_set_new(body, "details", json_pack("[o]", detail));
    reply_json(r, status, body);
    return false;
}

/* 400 INVALID_DATA with what is wrong with which member. */
static bool invalid(struct request *r, const char *code, const char *target, const char *message)
{
    return refuse(r, 400, "INVALID_DATA", "The request could not be completed. One or more validation errors were in the request.",
                  json_pack("{s:s,s:s,s:s}", "code", code, "target", target, "message", message));
}

void pingone_fail(struct request *r, int status)
{
    static const struct { int status; const char *code, *detail, *message; } forms[] = {
        { 400, "INVALID_REQUEST", NULL, "The request could not be understood." },
        { 401, "ACCESS_FAILED", "INVALID_TOKEN", "The request could not be completed. Access token is expired or invalid." },
        { 403, "ACCESS_FAILED", "INSUFFICIENT_PERMISSIONS", "The actor attempting to perform the request is not authorized." },
        { 404, "NOT_FOUND", NULL, "The requested resource was not found." },
        { 405, "INVALID_REQUEST", NULL, "The method is not supported." },
        { 409, "REQUEST_FAILED", NULL, "The request conflicts with another one." },
        { 415, "INVALID_REQUEST", NULL, "The content type is not supported." },
        { 429, "REQUEST_LIMITED", "LIMIT_EXCEEDED", "Too many requests." },
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (forms[i].status == status) {
            json_t *detail = forms[i].detail ? json_pack("{s:s,s:s}", "code", forms[i].detail, "message", forms[i].message) : NULL;
            refuse(r, status, forms[i].code, forms[i].message, detail);
            return;
        }
    }
    refuse(r, status, status >= 500 ? "UNEXPECTED_ERROR" : "REQUEST_FAILED", "The request could not be completed.", NULL);
}

static bool authorised(struct request *r, json_t *g)
{
    const char *sent = request_header(r, "Authorization");
    json_t *tokens = json_object_get(g, "tokens");
    const char *token = sent && !strncasecmp(sent, "Bearer ", 7) ? sent + 7 : "";
    if (fault_on(&r->faults, FAULT_EXPIRED_TOKEN) && utf8_valid(str_of(token)))
        json_object_del(tokens, token);
    if (json_integer_value(json_object_get(tokens, token)) > clock_wall())
        return true;
    pingone_fail(r, 401);
    return false;
}

/* --- numbers: what Meta shows to the app, of which some are selected ---------------------------- */

json_t *pingone_default_inventory(void)
{
    static const struct { const char *number, *id, *name, *quality; int available; } numbers[] = {
        { "+1 555-061-2978", "116195731537720", "Test Number", "GREEN", 1 },      /* [given] 003 */
        { "+91 90000 00001", "116195731537721", "Front Desk", "GREEN", 1 },
        { "+44 20 7946 0958", "116195731537722", "Reservations", "YELLOW", 1 },
        { "+49 30 901820", "116195731537723", "Spa", "RED", 0 },
    };
    json_t *list = json_array();
    for (size_t i = 0; i < COUNT(numbers); i++)
        json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:s,s:b}", "number", numbers[i].number, "numberId", numbers[i].id, "verifiedName",
                                              numbers[i].name, "qualityRating", numbers[i].quality, "available", numbers[i].available));
    return list;
}

static const json_t *inventory_of(const json_t *g, const char *business)
{
    const json_t *all = json_object_get(g, "inventories"), *own = json_object_get(all, business);
    return own ? own : json_object_get(all, "*");
}

/* By id, by number (only digits count), or by both when both are given. */
static const json_t *find_number(struct request *r, const json_t *inventory, const char *id, const char *number)
{
    const json_t *one;
    size_t i;
    json_array_foreach(inventory, i, one) {
        bool same_id = !id || !strcmp(setting_text(one, "numberId", ""), id);
        bool same_number = !number || !strcmp(digits_of(r, setting_text(one, "number", "")), digits_of(r, number));
        if (same_id && same_number)
            return one;
    }
    return NULL;
}

static bool check_number(struct request *r, const json_t *inventory, const json_t *one, size_t at, const json_t **ret)
{
    const json_t *id = json_object_get(one, "numberId"), *number = json_object_get(one, "number"), *on = json_object_get(one, "selected");
    const char *name = "number";
    char target[64];
    snprintf(target, sizeof target, "numbers[%zu]", at);
    if (!json_is_object(one))
        return invalid(r, "INVALID_VALUE", target, "must be an object");
    if (first_unknown(one, number_members, &name))
        return invalid(r, "INVALID_PARAMETER", arena_printf(&r->arena, "%s.%s", target, name).p, "is not a known property");
    if ((id && !json_is_string(id)) || (number && !json_is_string(number)) || (on && !json_is_boolean(on)))
        return invalid(r, "INVALID_VALUE", target, "has a value of the wrong type");
    if (!id && !number)
        return invalid(r, "REQUIRED_VALUE", target, "number or numberId is required");
    *ret = find_number(r, inventory, json_string_value(id), json_string_value(number));
    return *ret ? true : invalid(r, "INVALID_VALUE", arena_printf(&r->arena, "%s.%s", target, id ? "numberId" : "number").p,
                                 "is not a number of this WhatsApp account");
}

/* The ids that will be selected: those marked so, and nothing that is not mentioned. NULL and an answer on a mistake. */
static json_t *read_selection(struct request *r, const json_t *inventory, const json_t *numbers)
{
    json_t *selected = json_array(), *met = json_array();
    const json_t *one, *found = NULL;
    size_t i;
    bool ok = json_is_array(numbers) || invalid(r, "INVALID_VALUE", "numbers", "must be an array");
    json_array_foreach(numbers, i, one) {
        if (!(ok = check_number(r, inventory, one, i, &found)))
            break;
        const char *id = setting_text(found, "numberId", "");
        if (text_in(id, met) && !(ok = invalid(r, "UNIQUENESS_VIOLATION", "numbers", "the same number is listed twice")))
            break;
        json_array_append_new(met, json_string(id));
        if (json_is_true(json_object_get(one, "selected")))
            json_array_append_new(selected, json_string(id));
    }
    json_decref(met);
    if (!ok) {
        json_decref(selected);
        return NULL;
    }
    return selected;
}

/* Without numbers in the request: by the switch, and never a number of another account. */
static json_t *kept_selection(struct request *r, const json_t *g, const json_t *inventory, const json_t *before)
{
    json_t *selected = json_array(), *id;
    size_t i;
    if (!strcmp(setting_text(g, "omitted_numbers", "clear"), "keep"))
        json_array_foreach(json_object_get(before, "selected"), i, id)
            if (find_number(r, inventory, json_string_value(id), NULL))
                json_array_append(selected, id);
    return selected;
}

/* --- showing ----------------------------------------------------------------------------------- */

static json_t *shown_numbers(const json_t *g, const json_t *stored)
{
    const json_t *one, *selected = json_object_get(stored, "selected");
    json_t *list = json_array();
    size_t i;
    json_array_foreach(inventory_of(g, setting_text(stored, "whatsAppAccountBusinessId", "")), i, one) {
        const char *id = setting_text(one, "numberId", "");
        json_array_append_new(list, json_pack("{s:s,s:b,s:b,s:s,s:s,s:[s],s:s,s:s,s:s}", "type", "WHATSAPP", "selected", text_in(id, selected),
            "available", setting_flag(one, "available", true), "createdAt", setting_text(stored, "numbersCreatedAt", "2024-11-03T14:39:44.631Z"),
            "number", setting_text(one, "number", ""), "capabilities", "WHATSAPP", "numberId", id,
            "verifiedName", setting_text(one, "verifiedName", "Test Number"), "qualityRating", setting_text(one, "qualityRating", "GREEN")));
    }
    return list;
}

/* Never appSecret or userAccessToken ([given]'s answer has neither). */
static json_t *shown(struct request *r, const json_t *g, const json_t *stored, const char *environment)
{
    const char *base = arena_printf(&r->arena, "http://%s/pingone/v1/environments/%s", request_header(r, "Host"), environment).p;
    json_t *self = json_sprintf("%s/notificationsSettings/instantMessagingDeliverySettings/whatsApp", base);
    return json_pack("{s:{s:{s:o},s:{s:s}},s:O?,s:{s:s},s:O?,s:O?,s:O?,s:s,s:O?,s:O?,s:o,s:s}", "_links", "self", "href", self, "environment",
        "href", base, "id", json_object_get(stored, "id"), "environment", "id", environment,
        "createdAt", json_object_get(stored, "createdAt"), "updatedAt", json_object_get(stored, "updatedAt"),
        "provider", json_object_get(stored, "provider"), "type", "WHATSAPP", "whatsAppAccountBusinessId",
        json_object_get(stored, "whatsAppAccountBusinessId"), "appId", json_object_get(stored, "appId"),
        "numbers", shown_numbers(g, stored), "status", "Created");
}

static void settings_get(struct request *r, json_t *g, const char *environment)
{
    json_t *environments = json_object_get(g, "environments");
    const json_t *stored = environments ? state_seen(r, environments, environment) : NULL;
    const char *expand = request_query(r, "expand");
    if (!stored || !json_object_get(stored, "provider")) {
        pingone_fail(r, 404);
        return;
    }
    json_t *body = shown(r, g, stored, environment);
    if (expand && !strcmp(expand, "whatsAppTemplates"))
        json_object_set_new(body, "whatsAppTemplates", json_array());
    reply_json(r, 200, body);
}

/* --- writing ----------------------------------------------------------------------------------- */

static bool check(struct request *r, const json_t *body)
{
    const char *name;
    if (!request_is_type(r, "application/json")) {
        pingone_fail(r, 415);
        return false;
    }
    if (!json_is_object(body)) {
        pingone_fail(r, 400);
        return false;
    }
    if (first_unknown(body, members, &name))
        return invalid(r, "INVALID_PARAMETER", name, "is not a known property");
    for (size_t i = 0; i < COUNT(required); i++) {
        const json_t *value = json_object_get(body, required[i]);
        if (!value || json_is_null(value))
            return invalid(r, "REQUIRED_VALUE", required[i], "must not be null");
        if (!json_is_string(value))
            return invalid(r, "INVALID_VALUE", required[i], "must be a string");
        if (!json_string_length(value))
            return invalid(r, "EMPTY_VALUE", required[i], "must not be empty");
    }
    if (strcmp(text_of(body, "provider"), "CUSTOM_WHATSAPP") != 0)
        return refuse(r, 400, "INVALID_DATA", "The request could not be completed. One or more validation errors were in the request.",
                      json_pack("{s:s,s:s,s:s,s:{s:[s]}}", "code", "INVALID_VALUE", "target", "provider", "message", "is not an allowed value",
                                "innerError", "allowedValues", "CUSTOM_WHATSAPP"));
    return true;
}

static void settings_put(struct request *r, json_t *g, const char *environment)
{
    json_t *body = request_json(r), *numbers = json_object_get(body, "numbers");
    json_t *environments = state_child(g, "environments"), *before = json_object_get(environments, environment);
    if (!check(r, body))
        return;
    const json_t *inventory = inventory_of(g, text_of(body, "whatsAppAccountBusinessId"));
    json_t *selected = numbers ? read_selection(r, inventory, numbers) : kept_selection(r, g, inventory, before);
    if (!selected)
        return;
    json_t *now = json_object();
    bool exists = json_object_get(before, "provider") != NULL;
    const char *time = now_text(r, true);
    json_object_set_new(now, "id", json_string(exists ? setting_text(before, "id", "") : random_id(r)));
    json_object_set_new(now, "createdAt", json_string(exists ? setting_text(before, "createdAt", time) : time));
    json_object_set_new(now, "updatedAt", json_string(time));
    for (size_t i = 0; i < COUNT(required); i++)
        json_object_set(now, required[i], json_object_get(body, required[i]));
    json_object_set_new(now, "selected", selected);
    json_object_set_new(now, "numbersCreatedAt", json_string(now_text(r, true)));
    json_t *answer = shown(r, g, now, environment);
    state_keep(r, environments, environment, now);
    reply_json(r, exists ? (int)setting_number(g, "update_status", 201) : 201, answer);
}

/* --- path -------------------------------------------------------------------------------------- */

void pingone_handle(struct request *r)
{
    static const char *const path[] = { "pingone", "v1", "environments", NULL, "notificationsSettings", "instantMessagingDeliverySettings",
                                        "whatsApp" };
    json_t *g = state_group(r, "pingone");
    bool known = r->n_parts == COUNT(path) && *r->part[3];
    for (size_t i = 0; known && i < COUNT(path); i++)
        known = !path[i] || !strcmp(path[i], r->part[i]);
    if (!authorised(r, g))
        return;
    if (!known)
        pingone_fail(r, 404);
    else if (!state_open(g) && !json_object_get(json_object_get(g, "environments"), r->part[3]))
        pingone_fail(r, 403);               /* what an environment that is not there can look like (pingone.md 5) */
    else if (!strcmp(r->method, "GET"))
        settings_get(r, g, r->part[3]);
    else if (!strcmp(r->method, "PUT"))
        settings_put(r, g, r->part[3]);
    else
        reply_method(r, "GET, PUT");
}
