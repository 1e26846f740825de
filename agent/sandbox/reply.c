/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "sandbox/inside.h"

void reply_clear(struct request *r)
{
    free(r->answer.body);
    r->answer = (struct answer){ 0 };
}

static void reply_body(struct request *r, int status, const char *type, char *body)
{
    free(r->answer.body);
    r->answer.status = status;
    r->answer.type = type;
    r->answer.body = body;
    r->answer.n_body = strlen(body);
}

void reply_json(struct request *r, int status, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(body);
    if (text)
        reply_body(r, status, "application/json", text);
    else                                    /* a seed left out what an answer is made of */
        reply_text(r, 500, "text/plain", "The sandbox's state does not hold enough to answer.\n");
}

void reply_text(struct request *r, int status, const char *type, const char *body)
{
    char *text = mem_alloc(strlen(body) + 1);
    strcpy(text, body);
    reply_body(r, status, type, text);
}

void reply_header(struct request *r, const char *name, const char *value)
{
    if (r->answer.n_headers < MOST_ANSWER_HEADERS)
        r->answer.headers[r->answer.n_headers++] = (struct pair){ name, arena_str(&r->arena, str_of(value)).p };
}

void reply_method(struct request *r, const char *allow)
{
    r->api->fail(r, 405);
    reply_header(r, "Allow", allow);
}

const char *now_text(struct request *r, bool milliseconds)
{
    struct timespec now;
    struct tm tm;
    char text[32];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &tm);
    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    return milliseconds ? arena_printf(&r->arena, "%s.%03ldZ", text, now.tv_nsec / 1000000).p
                        : arena_printf(&r->arena, "%sZ", text).p;
}
