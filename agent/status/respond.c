/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"
#include "base/mem.h"
#include "status/server.h"

/* --- sending ------------------------------------------------------------------------------------- */

/* On everything, so that nothing said here can be framed, sniffed or read by another origin's page. */
static const struct { const char *name, *value; } always[] = {
    { "X-Content-Type-Options", "nosniff" }, { "X-Frame-Options", "DENY" }, { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Resource-Policy", "same-origin" }, { "Cross-Origin-Opener-Policy", "same-origin" },
};
static const char nothing[] = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

static void add(struct MHD_Response *r, const char *name, const char *value)
{
    (void)mhd.add_response_header(r, name, value);
}

/* The body is copied. `cache`: how long it may be kept; NULL: not at all. */
static struct MHD_Response *make(struct str body, const char *type, const char *policy, const char *cache)
{
    struct MHD_Response *r = mhd.create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);
    if (!r)
        return NULL;
    for (size_t i = 0; i < COUNT(always); i++)
        add(r, always[i].name, always[i].value);
    add(r, "Content-Security-Policy", policy);
    add(r, "Content-Type", type);
    add(r, "Cache-Control", cache ? cache : "no-store");
    return r;
}

static enum MHD_Result send_and_forget(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
    if (!r)
        return MHD_NO;
    enum MHD_Result sent = mhd.queue_response(c, status, r);
    mhd.destroy_response(r);
    return sent;
}

static enum MHD_Result say(struct MHD_Connection *c, unsigned status, const char *words)
{
    auto_buf text = buf_init(512);
    buf_printf(&text, "%s\n", words);
    return send_and_forget(c, status, make(buf_str(&text), "text/plain; charset=utf-8", nothing, NULL));
}

enum MHD_Result respond_verdict(struct MHD_Connection *c, const struct ask_verdict *v)
{
    auto_buf text = buf_init(512);
    buf_printf(&text, "%s\n", v->why);
    struct MHD_Response *r = make(buf_str(&text), "text/plain; charset=utf-8", nothing, NULL);
    if (r && v->allow)
        add(r, "Allow", v->allow);
    return send_and_forget(c, (unsigned)v->status, r);
}

/* A response that is kept: in full, or 304 for who has it already. */
static enum MHD_Result send_kept(struct MHD_Connection *c, const struct status_request *q, struct MHD_Response *kept, const char *tag)
{
    if (!kept)
        return MHD_NO;
    if (!ask_matches(ask_header(&q->ask, "If-None-Match"), str_of(tag)))
        return mhd.queue_response(c, 200, kept);
    struct MHD_Response *r = make(STR(""), "text/plain; charset=utf-8", nothing, "no-cache");
    if (r)
        add(r, "ETag", tag);
    return send_and_forget(c, 304, r);
}

/* --- the page ------------------------------------------------------------------------------------ */

/* What stands between <name> and </name>; the page has one of each. */
static struct str element(struct str page, const char *name)
{
    char open[16], end[16];
    (void)snprintf(open, sizeof open, "<%s>", name);
    (void)snprintf(end, sizeof end, "</%s>", name);
    long from = str_find(page, str_of(open)), to = str_find(page, str_of(end));
    if (from < 0 || to < from)
        return (struct str){ 0 };
    return str_head(str_skip(page, (size_t)from + strlen(open)), (size_t)(to - from) - strlen(open));
}

static void digest_text(struct str s, char ret[64])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256(digest, (const unsigned char *)s.p, s.n);
    (void)sodium_bin2base64(ret, 64, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
}

/* The page's own style and script run by their digests, and nothing else does: text that got into the page as markup would lie there dead. */
int respond_prepare(struct status_server *s, struct err *err)
{
    struct str page = page_text();
    char style[64], script[64], whole[64], policy[512];
    digest_text(element(page, "style"), style);
    digest_text(element(page, "script"), script);
    digest_text(page, whole);
    (void)snprintf(policy, sizeof policy, "default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; connect-src 'self'; img-src data:; "
                   "base-uri 'none'; form-action 'none'; frame-ancestors 'none'", style, script);
    (void)snprintf(s->page_tag, sizeof s->page_tag, "\"%.16s\"", whole);
    s->page = make(page, "text/html; charset=utf-8", policy, "no-cache");
    if (!s->page)
        return err_set(err, ERR_IO, "E507", "the status server cannot make its page");
    add(s->page, "ETag", s->page_tag);
    return 0;
}

static enum MHD_Result answer_page(struct status_server *s, struct MHD_Connection *c, struct status_request *q)
{
    return send_kept(c, q, s->page, s->page_tag);
}

/* --- what the board knows ------------------------------------------------------------------------ */

/* The same board, the same tag: a page that polls costs a look at a few numbers. */
static void json_tag(const struct board *b, char tag[64])
{
    (void)snprintf(tag, 64, "\"%llx-%llx-%llx\"", (unsigned long long)b->started, (unsigned long long)b->version,
                   (unsigned long long)(str_hash(str_of(b->commit)) ^ (str_hash(str_of(b->doing)) >> 1)));
}

static enum MHD_Result answer_status(struct status_server *s, struct MHD_Connection *c, struct status_request *q)
{
    const struct board *b = s->options.board;
    char tag[64];
    json_tag(b, tag);
    if (!s->json || strcmp(tag, s->json_tag) != 0) {
        auto_buf text = buf_init(BUF_UNBOUNDED);
        board_print(b, &text);
        if (s->json)
            mhd.destroy_response(s->json);   /* whoever is being sent it still has it */
        s->json = make(buf_str(&text), "application/json", nothing, "no-cache");
        memcpy(s->json_tag, tag, sizeof tag);
        if (s->json)
            add(s->json, "ETag", tag);
    }
    return send_kept(c, q, s->json, s->json_tag);
}

static enum MHD_Result answer_metrics(struct status_server *s, struct MHD_Connection *c, struct status_request *q)
{
    static const char *const types[] = { [METRICS_PROMETHEUS] = "text/plain; version=0.0.4; charset=utf-8",
                                         [METRICS_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8" };
    bool open = ask_accepts(ask_header(&q->ask, "Accept"), "application/openmetrics-text");
    enum metrics_form form = open ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
    auto_buf text = buf_init(BUF_UNBOUNDED);
    board_metrics(s->options.board, form, &text);
    struct MHD_Response *r = make(buf_str(&text), types[form], nothing, NULL);
    if (r)
        add(r, "Vary", "Accept");
    return send_and_forget(c, 200, r);
}

static enum MHD_Result answer_health(struct status_server *s, struct MHD_Connection *c, struct status_request *q)
{
    int64_t quiet = clock_mono_ms() - s->options.board->alive_ms;
    char words[128];
    (void)q;
    if (!s->options.stuck_after_ms || quiet < s->options.stuck_after_ms)
        return say(c, 200, "ok");
    (void)snprintf(words, sizeof words, "stuck: no pass has ended for %lld seconds. Look at the log; a restart loses nothing.", (long long)quiet / 1000);
    return say(c, 503, words);
}

static enum MHD_Result answer_ready(struct status_server *s, struct MHD_Connection *c, struct status_request *q)
{
    const struct status_options *o = &s->options;
    (void)q;
    if (o->ready ? o->ready(o->ready_ctx) : o->board->last_ok != 0)
        return say(c, 200, "ready");
    return say(c, 503, o->board->refused ? "not ready: the tree is refused; the status page says why" : "not ready: the first pass has not ended");
}

/* --- hooks --------------------------------------------------------------------------------------- */

void respond_wake(struct status_server *s, int64_t now)
{
    if (!s->wake || now < s->wake_at)
        return;
    s->wake = false;
    s->wake_at = now + STATUS_WAKE_MS;
    s->options.hook(s->options.hook_ctx);
}

static enum MHD_Result too_often(struct MHD_Connection *c)
{
    struct MHD_Response *r = make(STR("Too many hooks. The next poll finds what is new.\n"), "text/plain; charset=utf-8", nothing, NULL);
    if (r)
        add(r, "Retry-After", "10");
    return send_and_forget(c, 429, r);
}

/* A signature cannot be guessed; a token might be, so wrong ones close that door for a while, and signatures still pass. */
static enum MHD_Result answer_hook(struct status_server *s, struct MHD_Connection *c, struct status_request *q)
{
    int64_t now = clock_mono_ms();
    bool token = hook_has_token(&q->ask);
    if (!bucket_take(&s->hooks, now) || (token && bucket_empty(&s->wrong, now)))
        return too_often(c);
    if (!hook_end(&q->check, &q->ask, s->options.hook_secret)) {
        if (token)
            (void)bucket_take(&s->wrong, now);
        return say(c, 403, "The signature or token is missing or wrong.");
    }
    s->wake = true;
    return say(c, 202, "woken");
}

/* --- all ----------------------------------------------------------------------------------------- */

enum MHD_Result respond_request(struct status_server *s, struct MHD_Connection *c, struct status_request *r)
{
    static enum MHD_Result (*const answers[ASK_ROUTE_COUNT])(struct status_server *, struct MHD_Connection *, struct status_request *) = {
        [ASK_PAGE] = answer_page, [ASK_STATUS] = answer_status, [ASK_METRICS] = answer_metrics, [ASK_HEALTHZ] = answer_health,
        [ASK_READYZ] = answer_ready, [ASK_HOOK] = answer_hook,
    };
    return answers[r->verdict.route](s, c, r);
}

void respond_release(struct status_server *s)
{
    if (s->page)
        mhd.destroy_response(s->page);
    if (s->json)
        mhd.destroy_response(s->json);
}
