/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a complete request to an answer on its way, with the faults that were asked for. */
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "sandbox/inside.h"
#include "sandbox/stream.h"

static const unsigned instead = 1u << FAULT_STATUS | 1u << FAULT_429 | 1u << FAULT_RESET_BEFORE | 1u << FAULT_DROP
                              | 1u << FAULT_REDIRECT | 1u << FAULT_HTML | 1u << FAULT_ERROR_200;

static void find_faults(struct request *r)
{
    struct sandbox *box = r->box;
    struct fault_rules own = { 0 };
    for (size_t i = 0; i < r->n_headers; i++) {
        struct err err;
        if (strcasecmp(r->headers[i].name, "X-Sandbox-Fault") != 0)
            continue;
        if (fault_add(&own, r->headers[i].value, &err) != 0) {
            reply_text(r, 400, "text/plain", err.text);
            r->answered = true;
        }
    }
    fault_match(&own, r->method, r->path, &r->arena, &r->faults);
    fault_match(&box->rules, r->method, r->path, &r->arena, &r->faults);
    fault_clear(&own);
}

/* An answer in place of the provider's; closing without one leaves the status 0. */
static void answer_instead(struct request *r)
{
    const struct faults *f = &r->faults;
    reply_clear(r);
    if (fault_on(f, FAULT_429)) {
        r->api->fail(r, 429);
        if (f->text[FAULT_429])
            reply_header(r, "Retry-After", f->text[FAULT_429]);
    } else if (fault_on(f, FAULT_REDIRECT)) {
        reply_text(r, fault_on(f, FAULT_STATUS) ? (int)f->number[FAULT_STATUS] : 302, "text/html", "<p>This has moved.</p>\n");
        reply_header(r, "Location", f->text[FAULT_REDIRECT]);
    } else if (fault_on(f, FAULT_STATUS)) {
        r->api->fail(r, (int)f->number[FAULT_STATUS]);
    } else if (fault_on(f, FAULT_ERROR_200)) {
        r->api->fail(r, (int)f->number[FAULT_ERROR_200]);
        r->answer.status = 200;
    } else if (fault_on(f, FAULT_HTML)) {
        reply_text(r, 200, "text/html; charset=utf-8", "<!DOCTYPE html>\n<html><body><h1>Please sign in</h1></body></html>\n");
    }
}

static void deep_json(struct request *r, size_t depth)
{
    char *body = mem_alloc(2 * depth + 1);
    memset(body, '[', depth);
    memset(body + depth, ']', depth);
    free(r->answer.body);
    r->answer.body = body;
    r->answer.n_body = 2 * depth;
}

static void mangle(struct request *r)
{
    const struct faults *f = &r->faults;
    struct answer *a = &r->answer;
    if (fault_on(f, FAULT_INVALID_JSON))
        reply_text(r, a->status, a->type, "{\"status\": 200, \"message\": oops\n");
    if (fault_on(f, FAULT_DEEP_JSON))
        deep_json(r, (size_t)f->number[FAULT_DEEP_JSON]);
    if (fault_on(f, FAULT_TRUNCATE))
        a->n_body /= 2;
    if (fault_on(f, FAULT_EMPTY))
        a->n_body = 0;
    if (fault_on(f, FAULT_CONTENT_TYPE))
        a->type = f->text[FAULT_CONTENT_TYPE];
}

static void respond(struct request *r)
{
    bool other = (r->faults.on & instead) != 0;
    if (r->faults.no_effect && !other)
        r->faults.on |= 1u << FAULT_LIE;
    if (!r->faults.no_effect || !other)
        r->api->handle(r);
    if (other)
        answer_instead(r);
    if (r->answer.status)
        mangle(r);
}

static void decide(struct request *r)
{
    r->decided = true;
    if (r->bad || !request_split(r)) {
        reply_text(r, r->body.full ? 413 : 400, "text/plain", "This is not a proper request.\n");
        r->answered = true;
    } else if (!strcmp(r->part[0], "_sandbox")) {
        control_handle(r);
        r->answered = true;
    } else if (!(r->api = api_find(r->part[0]))) {
        reply_text(r, 404, "text/plain", "No such API. There are /kaleyra /voltmx /pingone /pingone-auth /kapso /webexconnect.\n");
        r->answered = true;
    } else {
        find_faults(r);
    }
}

enum delivered deliver_answer(struct request *r)
{
    const struct faults *f = &r->faults;
    if (!r->decided) {
        decide(r);
        if (!r->answered && f->number[FAULT_LATENCY]) {
            wake_later(r->box, r->connection, f->number[FAULT_LATENCY]);
            return DELIVER_WAIT;
        }
    }
    if (!r->answered) {
        r->answered = true;
        respond(r);
        if (f->number[FAULT_LATE]) {
            wake_later(r->box, r->connection, f->number[FAULT_LATE]);
            return DELIVER_WAIT;
        }
    }
    if (r->api || r->bad || !r->path)
        request_log_add(r->box->log, r);
    return stream_send(r);
}
