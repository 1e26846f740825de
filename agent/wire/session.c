/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/session.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "wire/answer.h"
#include "wire/encode.h"

enum { MOST_HEADERS = 8, MOST_ORIGINS = 4, RENEW_BEFORE_MS = 60000, JWT_LIFE_MS = 50 * 60000, TOKEN_LIFE_MS = 50 * 60000 };

/* One request on its way through the session: waiting for a token, in flight, or sent a second time after a 401. */
struct call {
    struct http_request request;           /* as the caller gave it */
    struct http_header headers[MOST_HEADERS];
    struct session *session;
    struct call *next;                     /* waiting for the token */
    uint64_t generation;                   /* of the token that it was sent with */
    bool again;
};

/* A token that is good for whoever signs in with the same credentials at the same place. */
struct token {
    struct str text;                       /* with its prefix */
    int64_t until_ms;                      /* monotonic; 0 = none */
    uint64_t generation;
};
struct token_entry { struct token token; struct token_entry *next; char key[VAULT_DIGEST]; };
struct token_cache { struct map map; struct token_entry *entries; };

struct session {
    struct http_client *client;
    struct vault *vault;
    const struct object *account;
    const struct provider *provider;
    const struct auth *token_auth;         /* the row whose token is fetched or signed; NULL: static credentials */
    struct lane *lane;
    int64_t timeout_ms;
    struct origin origins[MOST_ORIGINS];
    size_t n_origins;
    struct http_header fixed[MOST_HEADERS];
    size_t n_fixed;
    struct token own, *token;              /* the cache's, when there is one */
    bool fetching;
    struct err refused;                    /* the provider refused the credentials: nobody asks again in this run */
    struct call *waiting, **waiting_end;
    struct str token_url, token_body;      /* of the fetch in flight */
    struct http_header token_headers[2];
    struct arena *arena;
};

static bool applies(const struct auth *row, const struct object *account)
{
    return !row->when || object_states(account, row->when);
}

static struct str basic(struct vault *vault, struct str user, struct str password)
{
    auto_buf plain = buf_init(BUF_UNBOUNDED), text = buf_init(BUF_UNBOUNDED);
    buf_printf(&plain, "%.*s:%.*s", ARG(user), ARG(password));
    size_t size = sodium_base64_encoded_len(plain.n, sodium_base64_VARIANT_ORIGINAL);
    buf_puts(&text, "Basic ");
    size_t from = text.n;
    buf_pad(&text, ' ', size);
    (void)sodium_bin2base64(text.p + from, size, (const unsigned char *)plain.p, plain.n, sodium_base64_VARIANT_ORIGINAL);
    struct str kept = vault_derive(vault, str_of(text.p));
    buf_wipe(&plain);
    buf_wipe(&text);
    return kept;
}

static void header_add(struct session *s, const char *name, struct str value)
{
    if (s->n_fixed < MOST_HEADERS - 2)
        s->fixed[s->n_fixed++] = (struct http_header){ str_of(name), value, true };
}

static int credentials(struct session *s, struct err *err)
{
    for (const struct auth *row = s->provider->auth; row->secret; row++) {
        if (!applies(row, s->account))
            continue;
        struct str secret = object_text(s->account, row->secret);
        if (row->type == AUTH_HEADER) {
            header_add(s, row->header, secret);
        } else if (row->type == AUTH_BASIC) {
            header_add(s, "Authorization", basic(s->vault, object_text(s->account, row->user), secret));
        } else {
            s->token_auth = row;
            auto_buf b = buf_init(BUF_UNBOUNDED);
            int bad = row->type == AUTH_JWT ? jwt_sign(object_text(s->account, row->user), secret, clock_wall(), &b, err) : 0;
            buf_wipe(&b);
            if (bad)
                return -1;
        }
    }
    return 0;
}

static int origins(struct session *s, struct err *err)
{
    for (const struct field *f = s->provider->account->fields; f->path; f++) {
        struct str url = object_text(s->account, f->path);
        if (!(f->flags & FIELD_ORIGIN) || !url.n || s->n_origins == MOST_ORIGINS)
            continue;
        if (origin_parse(url, &s->origins[s->n_origins], err) < 0)
            return err_add(err, "'%s' of %.*s", field_name(f), ARG(s->account->address));
        s->n_origins++;
    }
    return 0;
}

struct token_cache *token_cache_new(void)
{
    return mem_alloc(sizeof(struct token_cache));
}

void token_cache_free(struct token_cache *t)
{
    for (struct token_entry *e = t ? t->entries : NULL, *next; e; e = next) {
        next = e->next;
        free(e);
    }
    if (t)
        map_release(&t->map);
    free(t);
}

/* The entry of an account by all that it signs in with: another secret, another entry. */
static struct token *cached(struct token_cache *t, const struct object *account)
{
    auto_buf b = buf_init(BUF_UNBOUNDED);
    char key[VAULT_DIGEST];
    for (size_t i = 0; account->kind->fields[i].path; i++)
        if (account->slot[i] && account->slot[i]->type == VALUE_TEXT)
            buf_printf(&b, "%s=%zu:%.*s\n", account->kind->fields[i].path, account->slot[i]->text.n, ARG(account->slot[i]->text));
    vault_digest(buf_str(&b), key);
    buf_wipe(&b);
    struct token_entry *e = map_get(&t->map, str_of(key));
    if (e)
        return &e->token;
    e = mem_alloc(sizeof *e);
    memcpy(e->key, key, sizeof key);
    e->next = t->entries;
    t->entries = e;
    (void)map_add(&t->map, str_of(e->key), e);
    return &e->token;
}

int session_new(struct http_client *client, struct vault *vault, struct token_cache *tokens, const struct object *account, struct arena *a,
                struct session **ret, struct err *err)
{
    struct session *s = ARENA_NEW(a, struct session);
    *s = (struct session){ .client = client, .vault = vault, .account = account, .provider = account->provider, .arena = a };
    s->waiting_end = &s->waiting;
    s->token = tokens ? cached(tokens, account) : &s->own;
    struct str rate = object_text(account, "/limits/requests_per_second"), concurrency = object_text(account, "/limits/concurrency");
    long most = 0;
    if (concurrency.n && !str_to_long(concurrency, 1, 10000, &most))
        return err_set(err, ERR_CONFIG, "E302", "'limits/concurrency' of %.*s must be 1 to 10000", ARG(account->address));
    struct str timeout = object_text(account, "/timeout");
    if (timeout.n && (!clock_duration(timeout, &s->timeout_ms) || s->timeout_ms == 0))
        return err_set(err, ERR_CONFIG, "E302", "'timeout' of %.*s is not a duration", ARG(account->address));
    s->lane = http_lane(client, account->address.p, rate.n ? strtod(rate.p, NULL) : 0, (unsigned)most);
    if (origins(s, err) < 0 || credentials(s, err) < 0)
        return -1;
    *ret = s;
    return 0;
}

static void call_done(struct http_request *r, const struct http_reply *reply);

static void call_submit(struct call *c)
{
    struct session *s = c->session;
    struct http_request r = c->request;
    size_t n = 0;
    for (size_t i = 0; i < r.n_headers && n < MOST_HEADERS; i++)
        c->headers[n++] = r.headers[i];
    for (size_t i = 0; i < s->n_fixed && n < MOST_HEADERS; i++)
        c->headers[n++] = s->fixed[i];
    if (s->token_auth && n < MOST_HEADERS)
        c->headers[n++] = (struct http_header){ str_of(s->token_auth->header), s->token->text, true };
    c->generation = s->token->generation;
    r.headers = c->headers;
    r.n_headers = n;
    r.lane = r.aside ? r.lane : s->lane;   /* a notice takes nothing from the pace and places of the account */
    r.origins = s->origins;
    r.n_origins = s->n_origins;
    r.timeout_ms = r.timeout_ms ? r.timeout_ms : s->timeout_ms;
    r.done = call_done;
    r.user = c;
    http_submit(s->client, &r);
}

static void call_finish(struct call *c, const struct http_reply *reply)
{
    struct http_request r = c->request;
    free(c);
    r.done(&r, reply);
}

static void waiting_release(struct session *s, const struct err *why)
{
    struct call *list = s->waiting;
    s->waiting = NULL;
    s->waiting_end = &s->waiting;
    while (list) {
        struct call *c = list;
        list = c->next;
        if (why)
            call_finish(c, &(struct http_reply){ .end = HTTP_NOT_SENT, .err = *why });
        else
            call_submit(c);
    }
}

static void token_set(struct session *s, struct str token, int64_t life_ms)
{
    auto_buf b = buf_init(BUF_UNBOUNDED);
    if (s->token_auth->prefix)
        buf_puts(&b, s->token_auth->prefix);
    buf_add(&b, token);
    (void)vault_derive(s->vault, token); /* so that an answer that echoes it is scrubbed */
    s->token->text = vault_derive(s->vault, buf_str(&b));
    buf_wipe(&b);
    int64_t early = life_ms > 2 * RENEW_BEFORE_MS ? RENEW_BEFORE_MS : life_ms / 2;
    s->token->until_ms = clock_mono_ms() + life_ms - early;
    s->token->generation++;
}

/* How long a token lives: expires_in in seconds, or a point in time in milliseconds since 1970. */
static int64_t token_life(const struct auth *row, const json_t *j)
{
    const json_t *at = json_at(j, row->expires ? row->expires : "/expires_in");
    double v = json_is_number(at) ? json_number_value(at) : json_is_string(at) ? strtod(json_string_value(at), NULL) : 0;
    if (row->expires)
        v -= (double)clock_wall() * 1000;
    else
        v *= 1000;
    return v >= 1 && v < 366.0 * 86400000 ? (int64_t)v : v < 1 && at ? 1000 : TOKEN_LIFE_MS;
}

static void token_done(struct http_request *r, const struct http_reply *reply)
{
    struct session *s = r->user;
    struct answer answer = { 0 };
    struct err err = { 0 };
    struct arena a = { 0 };
    s->fetching = false;
    int bad = answer_read(s->provider, NULL, false, reply, s->vault, &a, &answer, &err);
    const json_t *token = bad ? NULL : json_at(answer.json, s->token_auth->token ? s->token_auth->token : "/access_token");
    if (!bad && (!json_is_string(token) || json_string_length(token) == 0))
        bad = err_set(&err, ERR_DOWN, "E612", "%s answered %d without a token", s->provider->title, reply->status);
    if (!bad)
        token_set(s, (struct str){ json_string_value(token), json_string_length(token) }, token_life(s->token_auth, answer.json));
    else
        (void)err_add(&err, "signing in as %.*s", ARG(s->account->address));
    /* A token service that says 400 to a grant says no to the credentials. One that is not there says nothing about the object. */
    if (bad && err.is == ERR_REJECTED && reply->status == 400) {
        err.is = ERR_AUTH;
        err.code = "E631";
    } else if (bad && err.is == ERR_ABSENT) {
        err.is = ERR_REJECTED;
        (void)err_hint(&err, "Check the address of the token or login service in the account.");
    }
    answer_release(&answer);
    arena_release(&a);
    if (bad && err.is == ERR_AUTH)
        s->refused = err;
    waiting_release(s, bad ? &err : NULL);
}

static void form_add(struct buf *b, const char *name, struct str value)
{
    static const char hex[] = "0123456789ABCDEF";
    buf_printf(b, "%s%s=", b->n ? "&" : "", name);
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || memchr("-._~", c, 4)) {
            buf_char(b, (char)c);
        } else {
            buf_char(b, '%');
            buf_char(b, hex[c >> 4]);
            buf_char(b, hex[c & 15]);
        }
    }
}

/* OAuth2 client credentials: Basic header, or both in the form (pingone.md 2). */
static void token_form(struct session *s, struct http_request *r)
{
    const struct auth *row = s->token_auth;
    struct str id = object_text(s->account, row->user), secret = object_text(s->account, row->secret);
    auto_buf body = buf_init(BUF_UNBOUNDED);
    form_add(&body, "grant_type", STR("client_credentials"));
    if (str_eq_nocase(object_text(s->account, row->style), STR("post"))) {
        form_add(&body, "client_id", id);
        form_add(&body, "client_secret", secret);
        s->token_body = vault_derive(s->vault, buf_str(&body));
    } else {
        s->token_body = arena_str(s->arena, buf_str(&body));
        s->token_headers[0] = (struct http_header){ STR("Authorization"), basic(s->vault, id, secret), true };
        r->n_headers = 1;
    }
    buf_wipe(&body);
    r->content_type = "application/x-www-form-urlencoded";
}

/* A login with user id and password (voltmx.md 2.1). */
static void token_login(struct session *s, struct http_request *r)
{
    const struct auth *row = s->token_auth;
    struct arena a = { 0 };
    json_t *j = json_pack("{s:o, s:o}", "userid", json_of_str(object_text(s->account, row->user)), "password",
                          json_of_str(object_text(s->account, row->secret)));
    struct str text = json_compact(j, &a);
    s->token_body = vault_derive(s->vault, text);
    explicit_bzero((char *)(uintptr_t)text.p, text.n);
    json_decref(j);
    arena_release(&a);
    r->content_type = "application/json";
}

static void token_fetch(struct session *s)
{
    struct err err = { 0 };
    struct http_request r = { .method = METHOD_POST, .safety = HTTP_READ, .token = true, .lane = s->lane, .origins = s->origins,
                              .n_origins = s->n_origins, .headers = s->token_headers, .timeout_ms = s->timeout_ms,
                              .done = token_done, .user = s };
    if (s->token_auth->type == AUTH_JWT) {
        auto_buf b = buf_init(BUF_UNBOUNDED);
        int bad = jwt_sign(object_text(s->account, s->token_auth->user), object_text(s->account, s->token_auth->secret), clock_wall(), &b, &err);
        if (!bad)
            token_set(s, buf_str(&b), JWT_LIFE_MS);
        buf_wipe(&b);
        waiting_release(s, bad ? &err : NULL);
        return;
    }
    if (encode_url(s->token_auth->url, NULL, s->account, (struct str){ 0 }, s->arena, &s->token_url, &err) < 0) {
        waiting_release(s, &err);
        return;
    }
    if (s->token_auth->type == AUTH_CLIENT_CREDENTIALS)
        token_form(s, &r);
    else
        token_login(s, &r);
    r.url = s->token_url;
    r.body = s->token_body;
    s->fetching = true;
    http_submit(s->client, &r);
}

static void call_start(struct call *c)
{
    struct session *s = c->session;
    if (s->refused.is) {
        call_finish(c, &(struct http_reply){ .end = HTTP_NOT_SENT, .err = s->refused });
        return;
    }
    if (!s->token_auth || clock_mono_ms() < s->token->until_ms) {
        call_submit(c);
        return;
    }
    *s->waiting_end = c;
    s->waiting_end = &c->next;
    c->next = NULL;
    if (!s->fetching)
        token_fetch(s);
}

static void call_done(struct http_request *r, const struct http_reply *reply)
{
    struct call *c = r->user;
    struct session *s = c->session;
    bool refused = reply->end == HTTP_ANSWERED && reply->status == 401;
    if (!refused || !s->token_auth || c->again) {
        if (refused && !s->refused.is)
            (void)err_set(&s->refused, ERR_AUTH, "E631", "%s refused the credentials of %.*s (401), so they are not tried again",
                          s->provider->title, ARG(s->account->address));
        call_finish(c, reply);
        return;
    }
    c->again = true;
    c->request.retries = reply->retries;
    c->request.waited_ms = reply->waited_ms;
    if (c->generation == s->token->generation)
        s->token->until_ms = 0; /* nobody renewed it yet */
    call_start(c);
}

void session_send(struct session *s, const struct http_request *r)
{
    struct call *c = mem_alloc(sizeof *c);
    c->request = *r;
    c->session = s;
    call_start(c);
}
