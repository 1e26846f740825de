/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A notice on its way. It owns everything that it needs, so trees and Alerts may change while it is in flight. */
#include <sodium.h>
#include <stdlib.h>

#include "base/mem.h"
#include "watch/alert_private.h"
#include "wire/answer.h"
#include "wire/encode.h"
#include "wire/registry.h"

struct notice {
    struct arena arena;
    struct alerts *owner;
    struct str alert;                /* address of the Alert */
    struct str count;
    const struct provider *provider; /* of a message; NULL: a webhook */
    const struct op *op;
    struct origin origin;
    struct http_header header;
    struct object want, account;     /* of a message */
    struct http_request request;
};

static void finish(struct notice *n)
{
    struct alerts *a = n->owner;
    a->flying--;
    for (struct channel *c = a->channels; c; c = c->next)
        if (str_is(n->alert, c->address))
            c->flying = false;
    struct arena arena = n->arena;   /* the notice lies in it */
    arena_release(&arena);
    alerts_tick(a);
}

static int judge(struct notice *n, const struct http_reply *reply, struct err *err)
{
    struct answer answer = { 0 };
    if (n->provider) {
        int bad = answer_read(n->provider, n->op, true, reply, n->owner->o.vault, &n->arena, &answer, err);
        answer_release(&answer);
        return bad;
    }
    if (reply->end == HTTP_ANSWERED && reply->status >= 200 && reply->status < 300)
        return 0;
    if (reply->end == HTTP_ANSWERED)
        return err_set(err, ERR_REJECTED, NULL, "the webhook answered %d", reply->status);
    *err = reply->err;
    vault_scrub_text(n->owner->o.vault, err->text, sizeof err->text);
    return -1;
}

static void done(struct http_request *r, const struct http_reply *reply)
{
    struct notice *n = r->user;
    struct err err = { 0 };
    if (judge(n, reply, &err) == 0)
        log_event(n->owner->o.log, LOG_LEVEL_DEBUG, "alert_sent", STR("operators were told"), LOG_WITH({ "alert", n->alert }, { "count", n->count }));
    else
        log_event(n->owner->o.log, LOG_LEVEL_WARN, "alert_failed", str_of(err.text), LOG_WITH({ "alert", n->alert }, { "count", n->count },
                  { "note", err.is == ERR_UNSURE || reply->end == HTTP_LOST ? STR("it may have arrived and is not sent again") : STR("it did not arrive") }));
    finish(n);
}

/* --- webhook --------------------------------------------------------------------------------------- */

static struct str sign(struct arena *a, struct str secret, struct str body)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof mac + 1];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret.p, secret.n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)body.p, body.n);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof state);
    (void)sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
    return arena_printf(a, "sha256=%s", hex);
}

static int webhook(struct notice *n, struct channel *c, struct err *err)
{
    struct alerts *a = n->owner;
    auto_buf body = buf_init(BUF_UNBOUNDED);
    struct str secret = object_text(c->object, "/webhook/secret");
    struct http_request *r = &n->request;
    alert_webhook_body(a, c, &body);
    r->body = arena_str(&n->arena, buf_str(&body));
    r->url = arena_str(&n->arena, object_text(c->object, "/webhook/url"));
    r->safety = HTTP_IDEMPOTENT;
    r->content_type = str_eq_nocase(str_trim(object_text(c->object, "/webhook/content_type")), STR("text/plain")) ? "text/plain; charset=utf-8" :
                      "application/json";
    if (secret.n) {
        n->header = (struct http_header){ STR("X-Waconf-Signature-256"), sign(&n->arena, secret, r->body), false };
        r->headers = &n->header;
        r->n_headers = 1;
    }
    if (origin_parse(r->url, &n->origin, err) < 0)
        return -1;
    r->origins = &n->origin;
    r->n_origins = 1;
    http_submit(a->o.client, r);
    return 0;
}

/* --- message --------------------------------------------------------------------------------------- */

/* Secrets of it lie in the vault, which outlives every notice. */
static void copy_account(struct arena *a, const struct object *from, struct object *to)
{
    size_t n = kind_field_count(from->kind);
    *to = (struct object){ .provider = from->provider, .kind = from->kind, .address = arena_str(a, from->address), .slot = ARENA_ARRAY(a, n, struct value *) };
    to->name = str_skip(to->address, to->address.n - from->name.n);
    for (size_t i = 0; i < n; i++)
        to->slot[i] = from->slot[i] ? value_copy(a, from->slot[i]) : NULL;
}

static void put(struct notice *n, const char *path, struct str text)
{
    n->want.slot[kind_field_index(n->want.kind, path)] = value_text(&n->arena, text);
}

static int message_body(struct notice *n, const struct channel *c, struct err *err)
{
    const struct value *to = object_get(c->object, "/message/destination");
    struct value *list = ARENA_NEW(&n->arena, struct value), entry = { .type = VALUE_MAP, .n = 1, .items = list };
    auto_buf text = buf_init(BUF_UNBOUNDED);
    json_t *body = NULL;
    *list = *to;
    list->key = "waid";
    alert_message_text(n->owner, c, &text);
    put(n, "/appid", object_text(c->object, "/message/appid"));
    put(n, "/text", buf_str(&text));
    struct encode_input in = { .kind = n->want.kind, .op = n->op, .want = &n->want, .entry = &entry };
    if (encode_body(&in, &body, err) < 0)
        return -1;
    n->request.body = json_compact(body, &n->arena);
    json_decref(body);
    return encode_url(n->op->url, &n->want, &n->account, (struct str){ 0 }, &n->arena, &n->request.url, err);
}

static int message(struct notice *n, struct channel *c, struct err *err)
{
    struct alerts *a = n->owner;
    struct session *session;
    copy_account(&n->arena, c->object->account, &n->account);
    n->provider = n->account.provider;
    n->want.provider = n->provider;
    n->want.kind = provider_kind(n->provider, STR("Message"));
    n->want.slot = ARENA_ARRAY(&n->arena, kind_field_count(n->want.kind), struct value *);
    n->want.account = &n->account;
    n->op = &n->want.kind->create;
    n->request.safety = HTTP_ONCE;
    n->request.content_type = "application/json";
    if (message_body(n, c, err) < 0 || session_new(a->o.client, a->o.vault, a->o.tokens, &n->account, &n->arena, &session, err) < 0)
        return -1;
    session_send(session, &n->request);
    return 0;
}

int alert_send(struct alerts *a, struct channel *c, struct err *err)
{
    struct arena arena = { 0 };
    struct notice *n = ARENA_NEW(&arena, struct notice);
    n->alert = arena_str(&arena, str_of(c->address));
    n->count = arena_printf(&arena, "%zu", c->count);
    n->owner = a;
    n->arena = arena;
    n->request = (struct http_request){ .method = METHOD_POST, .aside = true, .any_type = true, .done = done, .user = n,
                                        .lane = http_lane(a->o.client, c->address, 0, 1) };
    bool by_message = c->object->account != NULL;
    int bad = by_message ? message(n, c, err) : webhook(n, c, err);
    if (bad) {
        arena = n->arena;
        arena_release(&arena);
        return -1;
    }
    c->flying = true;
    a->flying++;
    return 0;
}
