/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /_sandbox: the log, the state, the faults. */
#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "sandbox/inside.h"

static void requests_get(struct request *r)
{
    const char *raw = request_query(r, "raw");
    bool wanted = raw && !strcmp(raw, "1");
    if (wanted && !r->box->raw)
        reply_text(r, 403, "text/plain", "Start the sandbox with WACONF_SANDBOX_RAW=1 to see credentials.\n");
    else
        reply_json(r, 200, request_log_json(r->box->log, wanted));
}

static void requests_delete(struct request *r)
{
    request_log_clear(r->box->log);
    r->answer.status = 204;
}

static void state_get(struct request *r) { reply_json(r, 200, json_incref(r->box->state.root)); }

static void state_put(struct request *r)
{
    struct err err;
    if (!json_is_object(request_json(r)))
        reply_text(r, 400, "text/plain", "The body is not a JSON object.\n");
    else if (state_load(&r->box->state, r->json, &err) != 0)
        reply_text(r, 400, "text/plain", err.text);
    else
        r->answer.status = 204;
}

static void faults_get(struct request *r)
{
    json_t *all = json_array();
    for (size_t i = 0; i < r->box->rules.n; i++) {
        const struct fault *f = &r->box->rules.rules[i];
        json_array_append_new(all, json_pack("{s:s,s:I,s:I}", "spec", f->spec, "times_left", (json_int_t)f->times,
                                             "after_left", (json_int_t)f->after));
    }
    reply_json(r, 200, all);
}

static void faults_post(struct request *r)
{
    struct err err;
    if (!r->body.n || !utf8_valid(buf_str(&r->body)) || strlen(r->body.p) != r->body.n)
        reply_text(r, 400, "text/plain", "The body is the fault, as text: PUT /kaleyra/* status=503,times=2\n");
    else if (fault_add(&r->box->rules, r->body.p, &err) != 0)
        reply_text(r, 400, "text/plain", err.text);
    else
        r->answer.status = 204;
}

static void faults_delete(struct request *r)
{
    fault_clear(&r->box->rules);
    r->answer.status = 204;
}

static const struct { const char *what, *method; void (*handle)(struct request *r); } table[] = {
    { "requests", "GET", requests_get }, { "requests", "DELETE", requests_delete },
    { "state", "GET", state_get }, { "state", "PUT", state_put },
    { "faults", "GET", faults_get }, { "faults", "POST", faults_post }, { "faults", "DELETE", faults_delete },
};

/* A page in a browser can reach a loopback port through a name of its own, but not with a loopback Host header. */
static bool is_local(struct request *r)
{
    const char *host = request_header(r, "Host");
    size_t n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    struct str name = { host, n };
    struct in_addr v4;
    if (str_is(name, "localhost") || str_is(name, "[::1]"))
        return true;
    return inet_pton(AF_INET, arena_str(&r->arena, name).p, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

void control_handle(struct request *r)
{
    bool known = false;
    if (!is_local(r)) {
        reply_text(r, 403, "text/plain", "Ask by a loopback address.\n");
        return;
    }
    for (size_t i = 0; i < COUNT(table); i++) {
        if (r->n_parts != 2 || strcmp(table[i].what, r->part[1]) != 0)
            continue;
        known = true;
        if (!strcmp(table[i].method, r->method)) {
            table[i].handle(r);
            return;
        }
    }
    reply_text(r, known ? 405 : 404, "text/plain", "There are /_sandbox/requests (GET, DELETE), /_sandbox/state (GET, PUT) and "
                                                    "/_sandbox/faults (GET, POST, DELETE).\n");
}
