/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was asked and answered. Requests are kept as they came and masked when the log is read. */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "sandbox/inside.h"

enum { MOST_ENTRIES = 20000, MOST_BYTES = 256 << 20 };

/* text: method, path, target, faults, then names and values of the headers, each ended by a NUL; then the body */
struct entry { uint64_t number; size_t n_headers, n_body, n_text; int status; bool form; char text[]; };
struct request_log { struct entry *entries[MOST_ENTRIES]; size_t first, n, bytes; uint64_t number; };

struct request_log *request_log_new(void) { return mem_alloc(sizeof(struct request_log)); }

static void drop_first(struct request_log *log)
{
    struct entry *e = log->entries[log->first];
    log->bytes -= e->n_text;
    free(e);
    log->first = (log->first + 1) % MOST_ENTRIES;
    log->n--;
}

void request_log_clear(struct request_log *log)
{
    while (log->n)
        drop_first(log);
}

void request_log_free(struct request_log *log)
{
    if (!log)
        return;
    request_log_clear(log);
    free(log);
}

static char *put(char *at, const char *text)
{
    size_t n = strlen(text) + 1;
    memcpy(at, text, n);
    return at + n;
}

void request_log_add(struct request_log *log, const struct request *r)
{
    const char *path = r->path ? r->path : r->target, *faults = r->faults.names.n ? r->faults.names.p : "";
    size_t n = strlen(r->method) + strlen(path) + strlen(r->target) + strlen(faults) + 4 + r->body.n;
    for (size_t i = 0; i < r->n_headers; i++)
        n += strlen(r->headers[i].name) + strlen(r->headers[i].value) + 2;
    while (log->n && (log->n == MOST_ENTRIES || log->bytes + n > MOST_BYTES))
        drop_first(log);
    struct entry *e = mem_alloc(sizeof *e + n);
    *e = (struct entry){ ++log->number, r->n_headers, r->body.n, n, r->answer.status,
                         request_is_type(r, "application/x-www-form-urlencoded") };
    char *at = put(put(put(put(e->text, r->method), path), r->target), faults);
    for (size_t i = 0; i < r->n_headers; i++)
        at = put(put(at, r->headers[i].name), r->headers[i].value);
    if (r->body.n)
        memcpy(at, r->body.p, r->body.n);
    log->entries[(log->first + log->n++) % MOST_ENTRIES] = e;
    log->bytes += n;
}

/* --- masking ----------------------------------------------------------------------------------- */

static bool among(const char *name, const char *const *names)
{
    while (*names && strcasecmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

static const char *const secret_headers[] = { "api-key", "X-API-Key", "key", "Authorization", "Proxy-Authorization", "Cookie",
    "AccessToken", "AccessSecret", "X-VoltMX-Authorization", "X-VoltMX-App-API-Key", NULL };
static const char *const secret_members[] = { "appSecret", "userAccessToken", "access_token", "webhook_verify_token", "password",
    "client_secret", "access_secret", "api_key", "refresh_token", NULL };

static json_t *masked(void) { return json_string("(masked)"); }

/* A secret member of any object, and Volt MX's pairs, where the name is a value: {"key": "Auth Token", "value": ...}. */
static void mask_members(json_t *j)
{
    const char *name, *key = text_of(j, "key");
    json_t *value;
    size_t i;
    json_array_foreach(j, i, value)
        mask_members(value);
    json_object_foreach(j, name, value) {
        bool secret = among(name, secret_members) || (key && !strcmp(name, "value") && !strcmp(key, "Auth Token"));
        if (secret && !json_is_null(value))
            json_object_set_new(j, name, masked());
        else
            mask_members(value);
    }
}

static json_t *form_json(const char *text, size_t n)
{
    json_t *j = json_object();
    struct str rest = { text, n }, one, key, value;
    for (bool more = true; more;) {
        struct str tail = { 0 };
        if (!(more = str_cut(rest, '&', &one, &tail)))
            one = rest;
        rest = tail;
        if (!str_cut(one, '=', &key, &value))
            key = one, value = (struct str){ 0 };
        char name[64];
        snprintf(name, sizeof name, "%.*s", ARG(str_head(key, 60)));
        if (utf8_valid(str_of(name)) && utf8_valid(value))
            json_object_set_new(j, name, among(name, secret_members) ? masked() : json_stringn(value.n ? value.p : "", value.n));
    }
    return j;
}

/* A body that cannot be read cannot be masked either, so only its length is told. */
static json_t *body_json(const struct entry *e, const char *body)
{
    if (!e->n_body)
        return json_null();
    if (e->form)
        return form_json(body, e->n_body);
    json_t *j = json_loadb(body, e->n_body, JSON_DECODE_ANY, NULL);
    if (j && !json_is_object(j) && !json_is_array(j)) {
        json_decref(j);
        j = NULL;
    }
    mask_members(j);
    return j ? j : json_pack("{s:b,s:I}", "json", 0, "bytes", (json_int_t)e->n_body);
}

static json_t *text_json(const char *p, size_t n)
{
    if (utf8_valid((struct str){ p, n }))
        return json_stringn(p, n);
    char *hex = mem_alloc(2 * n + 1);
    for (size_t i = 0; i < n; i++)
        sprintf(hex + 2 * i, "%02x", (unsigned)(unsigned char)p[i]);
    json_t *j = json_pack("{s:s}", "hex", hex);
    free(hex);
    return j;
}

static json_t *foreign(const char *text) { return text_json(text, strlen(text)); }

static const char *next(const char **at) { const char *p = *at; *at += strlen(p) + 1; return p; }

static json_t *entry_json(const struct entry *e, bool raw)
{
    const char *at = e->text, *method = next(&at), *path = next(&at), *target = next(&at), *fault = next(&at);
    const char *query = strchr(target, '?');
    json_t *headers = json_object();
    for (size_t i = 0; i < e->n_headers; i++) {
        const char *name = next(&at), *value = next(&at);
        bool hide = !raw && among(name, secret_headers);
        /* a repeated header keeps every value, as a list */
        json_t *one = hide ? masked() : foreign(value), *before = json_object_get(headers, name);
        if (json_is_array(before))
            json_array_append_new(before, one);
        else if (before)
            json_object_set_new(headers, name, json_pack("[O,o]", before, one));
        else
            json_object_set_new(headers, name, one);
    }
    json_t *j = json_pack("{s:I,s:o,s:o,s:o,s:o,s:o,s:i,s:o}", "number", (json_int_t)e->number, "method", foreign(method),
                          "path", foreign(path), "query", foreign(query ? query + 1 : ""), "headers", headers, "body", body_json(e, at),
                          "status", e->status, "fault", *fault ? foreign(fault) : json_null());
    if (raw) {
        json_object_set_new(j, "raw_target", foreign(target));
        json_object_set_new(j, "raw_body", text_json(at, e->n_body));
    }
    return j;
}

json_t *request_log_json(const struct request_log *log, bool raw)
{
    json_t *all = json_array();
    for (size_t i = 0; i < log->n; i++)
        json_array_append_new(all, entry_json(log->entries[(log->first + i) % MOST_ENTRIES], raw));
    return all;
}
