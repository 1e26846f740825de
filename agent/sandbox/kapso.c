/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kapso: whatsapp_configs ([given] 004 for PATCH and its answer; kapso.md for the rest). */
#include <string.h>

#include "base/mem.h"
#include "sandbox/inside.h"

static const char *const fields[] = { "name", "phone_number_id", "business_account_id", "webhook_verify_token",
    "webhook_destination_url", "access_token", NULL };
static const char *const required[] = { "name", "phone_number_id", "business_account_id", "access_token" };

/* `error` is a string in some answers and an object in others (kapso.md 5). */
static bool refuse(struct request *r, int status, const char *message)
{
    if (!strcmp(setting_text(state_group(r, "kapso"), "error_form", "string"), "object"))
        reply_json(r, status, json_pack("{s:{s:s,s:s,s:i}}", "error", "message", message, "type", "KapsoException",
                                        "code", status));
    else
        reply_json(r, status, json_pack("{s:s}", "error", message));
    return false;
}

void kapso_fail(struct request *r, int status)
{
    static const struct { int status; const char *text; } texts[] = {
        { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not found" }, { 405, "Method not allowed" },
        { 409, "Phone number already exists" }, { 422, "Validation failed" }, { 429, "Rate limit exceeded" },
    };
    const char *text = status >= 500 ? "Internal server error" : "Bad request";
    for (size_t i = 0; i < COUNT(texts); i++)
        if (texts[i].status == status)
            text = texts[i].text;
    refuse(r, status, text);
    if (status == 429) {
        reply_header(r, "X-RateLimit-Limit", "1000");
        reply_header(r, "X-RateLimit-Remaining", "0");
    }
}

/* --- showing ----------------------------------------------------------------------------------- */

static void set_or_null(json_t *j, const char *name, const json_t *from)
{
    json_t *value = json_object_get(from, name);
    json_object_set_new(j, name, value ? json_incref(value) : json_null());
}

/* Never the access token; the webhook as the given page or as the current ones. */
static json_t *shown(struct request *r, const json_t *config)
{
    static const char *const always[] = { "id", "name", "display_name", "phone_number_id", "business_account_id" };
    static const char *const webhook[] = { "webhook_verify_token", "webhook_destination_url" };
    static const char *const last[] = { "customer_id", "created_at", "updated_at" };
    json_t *j = json_object();
    for (size_t i = 0; i < COUNT(always); i++) {
        if (!strcmp(always[i], "display_name"))
            json_object_set_new(j, always[i], json_sprintf("%s (+%s)", setting_text(config, "name", ""),
                                                           setting_text(config, "phone_number_id", "")));
        else
            set_or_null(j, always[i], config);
    }
    for (size_t i = 0; i < COUNT(webhook) && setting_flag(state_group(r, "kapso"), "show_webhook", true); i++) {
        set_or_null(j, webhook[i], config);
    }
    for (size_t i = 0; i < COUNT(last); i++)
        set_or_null(j, last[i], config);
    return j;
}

static void answer_config(struct request *r, int status, const json_t *config)
{
    reply_json(r, status, json_pack("{s:o}", "data", shown(r, config)));
}

static bool page_number(struct request *r, const char *name, long max, long otherwise, long *ret)
{
    const char *sent = request_query(r, name);
    *ret = otherwise;
    if (!sent || str_to_long(str_of(sent), 1, max, ret))
        return true;
    return refuse(r, 422, arena_printf(&r->arena, "%s must be between 1 and %ld", name, max).p);
}

static bool wanted(const json_t *config, const char *customer, const char *business)
{
    if (customer && strcmp(setting_text(config, "customer_id", ""), customer) != 0)
        return false;
    return !business || !strcmp(setting_text(config, "business_account_id", ""), business);
}

/* Newest first; configs are kept oldest first. */
static void list(struct request *r, json_t *configs, const char *customer)
{
    long page, size;
    if (!page_number(r, "page", 1000000, 1, &page) || !page_number(r, "per_page", 100, 20, &size))
        return;
    json_t *all = state_seen_all(r, configs), *config, *data = json_array();
    const json_t **found = arena_array(&r->arena, json_object_size(all) + 1, sizeof *found);
    const char *id, *business = request_query(r, "business_account_id");
    long n = 0;
    json_object_foreach(all, id, config)
        if (wanted(config, customer, business))
            found[n++] = config;
    for (long i = (page - 1) * size; i < page * size && i < n; i++)
        json_array_append_new(data, shown(r, found[n - 1 - i]));
    json_int_t pages = (n + size - 1) / size;
    reply_json(r, 200, json_pack("{s:o,s:{s:I,s:I,s:I,s:I}}", "data", data, "meta", "page", (json_int_t)page, "per_page", (json_int_t)size,
                                 "total_pages", pages, "total_count", (json_int_t)n));
    json_decref(all);
}

/* --- writing ----------------------------------------------------------------------------------- */

static bool check_field(struct request *r, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    bool webhook = !strncmp(name, "webhook_", 8);
    if (json_is_null(value) && webhook)
        return true;                        /* null clears it */
    if (!text || (!*text && !webhook))
        return refuse(r, 422, arena_printf(&r->arena, "%s can't be blank", name).p);
    if (!strcmp(name, "webhook_destination_url") && *text && !is_web_url(text))
        return refuse(r, 422, "webhook_destination_url is not a valid URL");
    return true;
}

/* The object in the envelope, checked; or NULL and an answer. */
static json_t *envelope(struct request *r)
{
    static const char *const only[] = { "whatsapp_config", NULL };
    json_t *body = request_json(r), *config = json_object_get(body, "whatsapp_config"), *value;
    const char *name;
    if (!request_is_type(r, "application/json") || !body)
        refuse(r, 400, "The body is not application/json");
    else if (!json_is_object(config) || !json_object_size(config))
        refuse(r, 400, "param is missing or the value is empty: whatsapp_config");
    else if (first_unknown(body, only, &name) || first_unknown(config, fields, &name))
        refuse(r, 422, arena_printf(&r->arena, "unknown parameter: %s", name).p);
    else {
        json_object_foreach(config, name, value)
            if (!check_field(r, name, value))
                return NULL;
        return config;
    }
    return NULL;
}

/* phone_number_id -> config id of one project; kept beside the state, made when first needed. */
static json_t *phone_index(struct request *r, const char *project, json_t *configs)
{
    json_t *index = json_object_get(r->box->state.index, project), *config;
    const char *id;
    if (index)
        return index;
    json_object_set_new(r->box->state.index, project, index = json_object());
    json_object_foreach(configs, id, config)
        json_object_set_new(index, setting_text(config, "phone_number_id", ""), json_string(id));
    return index;
}

static void store(struct request *r, const char *project, json_t *configs, const char *id, json_t *config)
{
    json_t *before = json_object_get(configs, id), *index = phone_index(r, project, configs);
    if (!fault_on(&r->faults, FAULT_LIE)) {
        if (before)
            json_object_del(index, setting_text(before, "phone_number_id", ""));
        if (config)
            json_object_set_new(index, setting_text(config, "phone_number_id", ""), json_string(id));
    }
    state_keep(r, configs, id, config);
}

static bool taken(struct request *r, const char *project, json_t *configs, const char *phone, const char *except)
{
    const char *owner = phone ? text_of(phone_index(r, project, configs), phone) : NULL;
    return owner && (!except || strcmp(owner, except) != 0);
}

static void create(struct request *r, const char *project, json_t *configs, const char *customer)
{
    json_t *sent = envelope(r);
    if (!sent)
        return;
    for (size_t i = 0; i < COUNT(required); i++) {
        if (!json_object_get(sent, required[i])) {
            refuse(r, 422, arena_printf(&r->arena, "%s can't be blank", required[i]).p);
            return;
        }
    }
    if (taken(r, project, configs, text_of(sent, "phone_number_id"), NULL)) {
        kapso_fail(r, 409);
        return;
    }
    const char *id = random_id(r), *now = now_text(r, false);
    json_t *config = json_copy(sent);
    json_object_update_new(config, json_pack("{s:s,s:s,s:s,s:s}", "id", id, "customer_id", customer, "created_at", now,
                                             "updated_at", now));
    json_incref(config);
    store(r, project, configs, id, config);
    answer_config(r, 201, config);
    json_decref(config);
}

static void update(struct request *r, const char *project, json_t *configs, const char *id)
{
    json_t *sent = envelope(r);
    if (!sent)
        return;
    if (taken(r, project, configs, text_of(sent, "phone_number_id"), id)) {
        kapso_fail(r, 409);
        return;
    }
    json_t *config = json_copy(json_object_get(configs, id));
    json_object_update(config, sent);
    json_object_set_new(config, "updated_at", json_string(now_text(r, false)));
    json_incref(config);
    store(r, project, configs, id, config);
    answer_config(r, 200, config);
    json_decref(config);
}

/* --- paths ------------------------------------------------------------------------------------- */

static void one(struct request *r, const char *project, json_t *configs, const char *id)
{
    bool get = !strcmp(r->method, "GET"), patch = !strcmp(r->method, "PATCH"), delete = !strcmp(r->method, "DELETE");
    const json_t *config = get ? state_seen(r, configs, id) : json_object_get(configs, id);
    if (!get && !patch && !delete)
        reply_method(r, "GET, PATCH, DELETE");
    else if (!config)
        kapso_fail(r, 404);
    else if (get)
        answer_config(r, 200, config);
    else if (patch)
        update(r, project, configs, id);
    else {
        store(r, project, configs, id, NULL);
        r->answer.status = 204;
    }
}

static void of_customer(struct request *r, const char *project, const json_t *p, json_t *configs, const char *customer)
{
    bool get = !strcmp(r->method, "GET"), post = !strcmp(r->method, "POST");
    if (!get && !post)
        reply_method(r, "GET, POST");
    else if (!*customer || (!state_open(state_group(r, "kapso")) && !text_in(customer, json_object_get(p, "customers"))))
        kapso_fail(r, 404);
    else
        get ? list(r, configs, customer) : create(r, project, configs, customer);
}

void kapso_handle(struct request *r)
{
    const char *key = request_header(r, "X-API-Key");
    json_t *g = state_group(r, "kapso"), *projects = state_child(g, "projects");
    if (!key || !*key || !utf8_valid(str_of(key)) || (!state_open(g) && !json_object_get(projects, key))) {
        kapso_fail(r, 401);
        return;
    }
    json_t *p = state_child(projects, key), *configs = state_child(p, "configs");
    bool is_list = r->n_parts >= 2 && !strcmp(r->part[r->n_parts - 1], "whatsapp_configs");
    reply_header(r, "X-RateLimit-Limit", "1000");
    reply_header(r, "X-RateLimit-Remaining", "999");
    if (r->n_parts == 2 && is_list)
        strcmp(r->method, "GET") == 0 ? list(r, configs, NULL) : reply_method(r, "GET");
    else if (r->n_parts == 3 && !strcmp(r->part[1], "whatsapp_configs"))
        one(r, key, configs, r->part[2]);
    else if (r->n_parts == 4 && !strcmp(r->part[1], "customers") && is_list)
        of_customer(r, key, p, configs, r->part[2]);
    else
        kapso_fail(r, 404);
}
