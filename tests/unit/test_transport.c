/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a network and a server can do to the client, each fault once per kind of request, on a fresh and on a kept connection: how it ends, and how
 * many requests the server saw. The faults are named and made by tests/transport/server.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/client.h"

/* tests/transport/server.py as a child, and its ports in the order in which it prints them. */
enum { PLAIN, OTHER, GOOD, WRONG, EXPIRED, SELF_SIGNED, OLD, HUNG, PORTS };
struct peer { int pid, input; int port[PORTS]; char place[200]; };

/* What the server saw under one ID; text is its whole report, with the last request's headers and body. */
struct arrived { int n, kept, most, gap, other; long sent; char text[16384]; };

struct outcome { struct http_reply reply; char body[512]; char request_id[128]; int calls; };

/* So small that a test need not wait for them. */
static const struct http_limits peer_limits = {
    .body = 1 << 16, .headers = HTTP_MAX_HEADERS, .header_count = HTTP_MAX_HEADER_COUNT, .connect_ms = 500, .request_ms = 5000, .stall_ms = 4000, .retries = 2,
    .retry_base_ms = 10, .retry_time_ms = 15000, .retry_after_ms = 3000, .grace_ms = 200,
};

/* --- the server and one request ----------------------------------------------------------------- */

/* A machine that still allows TLS 1.0: our own minimum must hold there too. Read by libcurl's OpenSSL when it starts. */
static int allow_old_tls(const char *place)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/openssl.cnf", place);
    auto_file f = fopen(path, "w");
    if (!f)
        return -1;
    (void)fputs("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n", f);
    return setenv("OPENSSL_CONF", path, 1);
}

static int peer_start(void **state)
{
    struct peer *p = mem_alloc(sizeof *p);
    const char *root = getenv("ROOT"), *place = getenv("TMPDIR");
    int in[2], out[2];
    char script[300];
    (void)snprintf(script, sizeof script, "%s/tests/transport/server.py", root ? root : ".");
    (void)snprintf(p->place, sizeof p->place, "%s/transport-XXXXXX", place ? place : "/tmp");
    if (!mkdtemp(p->place) || pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        return -1;
    p->pid = fork();
    if (p->pid == 0) {
        (void)dup2(in[0], 0);
        (void)dup2(out[1], 1);
        (void)execl("/usr/bin/python3", "python3", "-B", script, p->place, (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    p->input = in[1];
    auto_file f = fdopen(out[0], "r");
    for (int i = 0; i < PORTS; i++)
        if (fscanf(f, "%d", &p->port[i]) != 1)
            return -1;
    *state = p;
    return allow_old_tls(p->place);
}

static int peer_stop(void **state)
{
    struct peer *p = *state;
    char command[300];
    (void)close(p->input);
    (void)waitpid(p->pid, NULL, 0);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", p->place);
    int r = system(command);
    free(p);
    return r;
}

static void done(struct http_request *r, const struct http_reply *reply)
{
    struct outcome *o = r->user;
    o->reply = *reply;
    o->calls++;
    (void)snprintf(o->body, sizeof o->body, "%.*s", (int)(reply->body.n < 500 ? reply->body.n : 500), reply->body.n ? reply->body.p : "");
    (void)snprintf(o->request_id, sizeof o->request_id, "%.*s", ARG(reply->request_id));
}

struct chain { struct http_client *client; struct http_request next; };

static void done_warm(struct http_request *r, const struct http_reply *reply)
{
    struct chain *c = r->user;
    assert_int_equal(reply->end, HTTP_ANSWERED);
    http_submit(c->client, &c->next);
}

static struct origin origin_of(int port, bool tls)
{
    struct origin o;
    struct err err = { 0 };
    char text[64];
    (void)snprintf(text, sizeof text, "%s://127.0.0.1:%d", tls ? "https" : "http", port);
    assert_int_equal(origin_parse(str_of(text), &o, &err), 0);
    return o;
}

static struct http_options options(void)
{
    return (struct http_options){ .parallelism = 1, .user_agent = "waconf/test", .interrupt_fd = -1, .limits = &peer_limits };
}

static struct http_client *open_client(const struct http_options *o)
{
    struct http_client *c = NULL;
    struct err err = { 0 };
    if (http_open(o, &c, &err) < 0)
        fail_msg("%s", err.text);
    return c;
}

/* One request to /FAULT/ID; with `warm`, behind another one on the same connection. `r` brings method, safety, timeout and so on; may be NULL. */
static void peer_ask(const struct peer *p, const struct http_options *o, const struct http_request *r, int port, const char *fault, const char *id, bool warm,
              struct outcome *ret)
{
    const struct http_header key[] = { { STR("api-key"), STR("hunter2"), true } };
    struct http_request one = r ? *r : (struct http_request){ 0 };
    struct origin origin = origin_of(p->port[port], port >= GOOD);
    char url[300], warm_url[300];
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%d/%s/%s", origin.scheme, p->port[port], fault, id);
    (void)snprintf(warm_url, sizeof warm_url, "%s://127.0.0.1:%d/ok/warm", origin.scheme, p->port[port]);
    *ret = (struct outcome){ 0 };
    one.url = one.url.n ? one.url : str_of(url);
    if (!one.headers) {
        one.headers = key;
        one.n_headers = 1;
    }
    if (!one.origins) {
        one.origins = &origin;
        one.n_origins = 1;
    }
    one.done = done;
    one.user = ret;
    struct chain chain = { open_client(o), one };
    struct http_request first = { .method = METHOD_GET, .safety = HTTP_READ, .url = str_of(warm_url), .origins = &origin, .n_origins = 1, .done = done_warm,
                                  .user = &chain };
    struct err err = { 0 };
    http_submit(chain.client, warm ? &first : &one);
    assert_int_equal(http_run(chain.client, &err), 0);
    assert_int_equal(ret->calls, 1);
    http_close(chain.client);
}

static long number(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    assert_non_null(at);
    return strtol(at + strlen(name), NULL, 10);
}

static void done_seen(struct http_request *r, const struct http_reply *reply)
{
    struct arrived *s = r->user;
    assert_int_equal(reply->end, HTTP_ANSWERED);
    (void)snprintf(s->text, sizeof s->text, "%.*s", ARG(reply->body));
}

static void peer_seen(const struct peer *p, const char *id, struct arrived *ret)
{
    struct origin origin = origin_of(p->port[PLAIN], false);
    struct http_options o = options();
    struct err err = { 0 };
    char url[300];
    o.limits = NULL;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/seen/%s", p->port[PLAIN], id);
    struct http_client *c = open_client(&o);
    http_submit(c, &(struct http_request){ .url = str_of(url), .origins = &origin, .n_origins = 1, .done = done_seen, .user = ret });
    assert_int_equal(http_run(c, &err), 0);
    http_close(c);
    ret->n = (int)number(ret->text, "\"n\": ");
    ret->kept = (int)number(ret->text, "\"kept\": ");
    ret->most = (int)number(ret->text, "\"most\": ");
    ret->gap = (int)number(ret->text, "\"gap\": ");
    ret->other = (int)number(ret->text, "\"other\": ");
    ret->sent = number(ret->text, "\"sent\": ");
}

/* --- the matrix --------------------------------------------------------------------------------- */

static const struct { const char *name; enum method method; enum safety safety; } kinds[] = {
    { "get", METHOD_GET, HTTP_READ }, { "put", METHOD_PUT, HTTP_IDEMPOTENT }, { "post", METHOD_POST, HTTP_ONCE },
};

enum { ANSWERED = HTTP_ANSWERED, NOT_SENT = HTTP_NOT_SENT, LOST = HTTP_LOST };

struct row {
    const char *fault;
    int end;                           /* of all three; the status below tells more */
    int status[3];                     /* get, put, post */
    int requests[3];
    enum err_class is;
    const char *code;
    int json;
    const char *text;                  /* in err.text, or in the body when there is no error */
};

#define ALL(n) { n, n, n }
#define GONE { 3, 1, 1 }

static const struct row rows[] = {
    { "ok", ANSWERED, ALL(200), ALL(1), 0, NULL, 1, "{}" },
    { "interim", ANSWERED, ALL(200), ALL(1), 0, NULL, 1, "{}" },
    { "same_length", ANSWERED, ALL(200), ALL(1), 0, NULL, 1, "{}" },
    { "unframed", ANSWERED, ALL(200), ALL(1), 0, NULL, 1, "{}" },
    { "unasked", ANSWERED, ALL(200), ALL(1), 0, NULL, 1, "{}" },
    { "zipped", ANSWERED, ALL(200), ALL(1), 0, NULL, 1, "{\"a\":1}" },
    { "problem", ANSWERED, ALL(422), ALL(1), 0, NULL, 1, "{}" },
    { "truncated_json", ANSWERED, ALL(200), ALL(1), 0, NULL, 1, "{\"a\":" },
    { "empty", ANSWERED, ALL(200), ALL(1), 0, NULL, 0, "" },
    { "no_content", ANSWERED, ALL(204), ALL(1), 0, NULL, 0, "" },
    { "html_404", ANSWERED, ALL(404), ALL(1), 0, NULL, 0, "<p>" },
    { "html_502", ANSWERED, ALL(502), GONE, 0, NULL, 0, "<p>" },
    { "html", LOST, ALL(200), ALL(1), ERR_DOWN, "E607", -1, "answered text/html where JSON was expected" },
    { "untyped", LOST, ALL(200), ALL(1), ERR_DOWN, "E607", -1, "where JSON was expected" },
    /* nothing, or half of it */
    { "close_before", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "closed the connection without an answer" },
    { "reset_before", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "" },
    { "reset_inside", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "" },
    { "cut_status", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "broke off" },
    { "cut_headers", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "broke off" },
    { "cut_blank", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "broke off" },
    { "cut_empty", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "broke off" },
    { "cut_204", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "broke off" },
    { "cut_length", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "broke off" },
    { "cut_chunk", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "broke off" },
    { "cut_last_chunk", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "broke off" },
    { "cut_unframed", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "broke off" },
    /* not HTTP */
    { "bad_chunk", LOST, ALL(0), GONE, ERR_DOWN, "E604", -1, "" },
    { "nul_header", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "" },
    { "control_header", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "header line that is not HTTP" },
    { "folded", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "header line that is not HTTP" },
    { "http09", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "did not answer in HTTP" },
    { "garbage", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "did not answer in HTTP" },
    { "two_ways", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "two lengths" },
    { "other_way", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "two lengths" },
    { "two_lengths", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "two lengths" },
    { "odd_length", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "two lengths" },
    { "odd_coding", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "transfer encoding" },
    { "bad_zip", LOST, ALL(0), ALL(1), ERR_DOWN, "E604", -1, "does not decompress" },
    /* too much */
    { "endless", LOST, ALL(0), ALL(1), ERR_DOWN, "E606", -1, "larger" },
    { "bomb", LOST, ALL(0), ALL(1), ERR_DOWN, "E606", -1, "larger" },
    { "big_header", LOST, ALL(0), ALL(1), ERR_DOWN, "E606", -1, "header" },
    { "many_headers", LOST, ALL(0), ALL(1), ERR_DOWN, "E606", -1, "header" },
    { "many_interim", LOST, ALL(0), ALL(1), ERR_DOWN, "E606", -1, "header" },
    /* elsewhere */
    { "to_other", LOST, ALL(302), ALL(1), ERR_REJECTED, "E605", -1, "redirects to http://127.0.0.1:" },
    { "to_other_303", LOST, ALL(303), ALL(1), ERR_REJECTED, "E605", -1, "redirects to http://127.0.0.1:" },
    { "to_other_307", NOT_SENT, ALL(307), ALL(1), ERR_REJECTED, "E605", -1, "redirects to http://127.0.0.1:" },
    { "to_path", LOST, ALL(301), ALL(1), ERR_REJECTED, "E605", -1, "another path" },
    { "to_file", LOST, ALL(301), ALL(1), ERR_REJECTED, "E605", -1, "no plain http" },
    /* not now */
    { "fail_500", ANSWERED, ALL(500), GONE, 0, NULL, 1, "{}" },
    { "once_500", ANSWERED, { 200, 500, 500 }, { 2, 1, 1 }, 0, NULL, 1, "{}" },
    { "once_408", ANSWERED, { 200, 200, 408 }, { 2, 2, 1 }, 0, NULL, 1, "{}" },
    { "once_429", ANSWERED, ALL(200), ALL(2), 0, NULL, 1, "{}" },
    { "fail_429", ANSWERED, ALL(429), ALL(3), ERR_THROTTLED, "E600", 1, "still limits" },
    { "after_0", ANSWERED, ALL(200), ALL(2), 0, NULL, 1, "{}" },
    { "after_minus", ANSWERED, ALL(200), ALL(2), 0, NULL, 1, "{}" },
    { "after_2099", ANSWERED, ALL(429), ALL(1), ERR_THROTTLED, "E600", 1, "later than we wait" },
    { "after_huge", ANSWERED, ALL(429), ALL(1), ERR_THROTTLED, "E600", 1, "later than we wait" },
    { "after_121", ANSWERED, ALL(429), ALL(1), ERR_THROTTLED, "E600", 1, "later than we wait" },
};

static void check_cell(const struct peer *p, const struct row *row, int kind, bool kept)
{
    struct http_options o = options();
    struct http_request r = { .method = kinds[kind].method, .safety = kinds[kind].safety, .content_type = "application/json" };
    struct outcome got;
    struct arrived seen;
    char id[80];
    r.body = kind ? STR("{\"x\":1}") : (struct str){ 0 };
    (void)snprintf(id, sizeof id, "%s-%s-%s", row->fault, kinds[kind].name, kept ? "kept" : "first");
    int64_t start = clock_mono_ms();
    peer_ask(p, &o, &r, PLAIN, row->fault, id, kept, &got);
    int64_t took = clock_mono_ms() - start;
    peer_seen(p, id, &seen);
    const struct err *e = &got.reply.err;
    if ((int)got.reply.end != row->end || e->is != row->is || (row->code && (!e->code || strcmp(e->code, row->code) != 0)))
        fail_msg("%s: end %d, class %s, code %s: %s (%s)", id, got.reply.end, err_class_name(e->is), e->code ? e->code : "-", e->text, e->hint);
    if (row->status[kind] && got.reply.status != row->status[kind])
        fail_msg("%s: status %d", id, got.reply.status);
    if (row->json >= 0 && got.reply.json != (row->json > 0))
        fail_msg("%s: json is %d", id, got.reply.json);
    if (!strstr(row->is ? e->text : got.body, row->text))
        fail_msg("%s: '%s' is not in '%s'", id, row->text, row->is ? e->text : got.body);
    /* libcurl may start a read again by itself on a kept connection that turns out dead; never a write. */
    int spare = kept && kind == 0;
    if (seen.n < row->requests[kind] || seen.n > row->requests[kind] + spare || got.reply.attempts != seen.n)
        fail_msg("%s: the server saw %d requests, the client counts %d", id, seen.n, got.reply.attempts);
    if (kept && !seen.kept)
        fail_msg("%s: the connection was not kept", id);
    if (took > 4000)
        fail_msg("%s: took %lld ms", id, (long long)took);
    assert_int_equal(seen.other, 0);   /* nobody followed a redirect */
    assert_true(seen.sent < (8 << 20));
    assert_null(strstr(e->text, "hunter2"));
}

static void test_matrix_first(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int kind = 0; kind < 3; kind++)
            check_cell(*state, &rows[i], kind, false);
}

static void test_matrix_kept(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int kind = 0; kind < 3; kind++)
            check_cell(*state, &rows[i], kind, true);
}

/* libcurl's silent second POST (performance.md 4a): the server closes a kept connection after it has read the request. On a fresh connection
 * it would answer 200, so a repeat would look like a success. */
static void test_no_silent_second_write(void **state)
{
    for (int kind = 0; kind < 3; kind++) {
        struct http_options o = options();
        struct http_request r = { .method = kinds[kind].method, .safety = kinds[kind].safety };
        struct outcome got;
        struct arrived seen;
        char id[40];
        (void)snprintf(id, sizeof id, "silent-%s", kinds[kind].name);
        peer_ask(*state, &o, &r, PLAIN, "kept_close", id, true, &got);
        peer_seen(*state, id, &seen);
        assert_int_equal(seen.kept, 1);
        assert_int_equal(seen.n, kind == 0 ? 2 : 1);
        assert_int_equal(got.reply.end, kind == 0 ? HTTP_ANSWERED : HTTP_LOST);
        if (kind)
            assert_non_null(strstr(got.reply.err.text, "not sent a second time"));
    }
}

/* An answer that nobody asked for must not be taken for that of the next request on the connection. */
struct pair { struct http_client *c; struct http_request second; struct outcome got; };
static void done_first(struct http_request *r, const struct http_reply *reply)
{
    struct pair *p = r->user;
    assert_int_equal(reply->end, HTTP_ANSWERED);
    http_submit(p->c, &p->second);
}

static void test_no_stray_answer(void **state)
{
    const struct peer *p = *state;
    struct origin origin = origin_of(p->port[PLAIN], false);
    struct http_options o = options();
    struct err err = { 0 };
    char a[100], b[100];
    (void)snprintf(a, sizeof a, "http://127.0.0.1:%d/unasked/stray-1", p->port[PLAIN]);
    (void)snprintf(b, sizeof b, "http://127.0.0.1:%d/ok/stray-2", p->port[PLAIN]);
    struct pair pair = { .c = open_client(&o) };
    pair.second = (struct http_request){ .url = str_of(b), .origins = &origin, .n_origins = 1, .done = done, .user = &pair.got };
    http_submit(pair.c, &(struct http_request){ .url = str_of(a), .origins = &origin, .n_origins = 1, .done = done_first, .user = &pair });
    assert_int_equal(http_run(pair.c, &err), 0);
    http_close(pair.c);
    assert_int_equal(pair.got.reply.end, HTTP_ANSWERED);
    assert_string_equal(pair.got.body, "{}");
}

/* --- time --------------------------------------------------------------------------------------- */

static void test_time_is_limited(void **state)
{
    static const struct { const char *fault; int64_t timeout; int64_t stall; int64_t most; } cases[] = {
        { "silent", 300, 60000, 1200 },      { "drip_headers", 700, 60000, 1700 }, { "drip_body", 700, 60000, 1700 },
        { "silent", 0, 1000, 3500 },         { "drip_headers", 0, 1000, 4000 },    { "drip_body", 0, 1000, 4000 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_limits l = peer_limits;
        struct http_options o = options();
        struct http_request r = { .method = METHOD_PUT, .safety = HTTP_IDEMPOTENT, .timeout_ms = cases[i].timeout };
        struct outcome got;
        struct arrived seen;
        char id[80];
        (void)snprintf(id, sizeof id, "time-%zu", i);
        l.stall_ms = cases[i].stall;
        l.request_ms = 20000;
        o.limits = &l;
        int64_t start = clock_mono_ms();
        peer_ask(*state, &o, &r, PLAIN, cases[i].fault, id, false, &got);
        int64_t took = clock_mono_ms() - start;
        peer_seen(*state, id, &seen);
        if (got.reply.end != HTTP_LOST || strcmp(got.reply.err.code, "E603") != 0 || seen.n != 1 || took > cases[i].most)
            fail_msg("%s %zu: end %d, %s, %d requests, %lld ms", cases[i].fault, i, got.reply.end, got.reply.err.text, seen.n, (long long)took);
    }
}

static void test_retry_after_is_kept(void **state)
{
    static const struct { const char *fault; enum method method; enum safety safety; } cases[] = {
        { "after_1", METHOD_POST, HTTP_ONCE }, { "busy_1", METHOD_PUT, HTTP_IDEMPOTENT },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_options o = options();
        struct http_request r = { .method = cases[i].method, .safety = cases[i].safety };
        struct outcome got;
        struct arrived seen;
        peer_ask(*state, &o, &r, PLAIN, cases[i].fault, cases[i].fault, false, &got);
        peer_seen(*state, cases[i].fault, &seen);
        assert_int_equal(got.reply.status, 200);
        assert_int_equal(seen.n, 2);
        assert_in_range(seen.gap, 995, 2500);
    }
}

/* --- nothing is sent ---------------------------------------------------------------------------- */

static void test_refused_before_sending(void **state)
{
    const struct peer *p = *state;
    char there[100], line[100], user[100];
    (void)snprintf(there, sizeof there, "http://127.0.0.1:%d/ok/refused", p->port[PLAIN]);
    (void)snprintf(line, sizeof line, "http://127.0.0.1:%d/ok/refused\r\nX: y", p->port[PLAIN]);
    (void)snprintf(user, sizeof user, "http://me:hunter2@127.0.0.1:%d/ok/refused", p->port[PLAIN]);
    const struct http_header bad[][1] = {
        { { STR("api-key"), STR("a\r\nX-Evil: b"), true } }, { { STR("api-key"), STR("a\nb"), true } }, { { STR("api-key"), STR("a\0b"), true } },
        { { STR("api\r\nkey"), STR("a"), true } },           { { STR("api key"), STR("a"), true } },    { { STR(""), STR("a"), true } },
    };
    struct origin here = origin_of(p->port[PLAIN], false), elsewhere = origin_of(p->port[OTHER], false), tls = origin_of(p->port[PLAIN], true);
    struct { struct http_request r; bool read_only; enum err_class is; } cases[] = {
        { { .headers = bad[0], .n_headers = 1 }, false, ERR_CONFIG },
        { { .headers = bad[1], .n_headers = 1 }, false, ERR_CONFIG },
        { { .headers = bad[2], .n_headers = 1 }, false, ERR_CONFIG },
        { { .headers = bad[3], .n_headers = 1 }, false, ERR_CONFIG },
        { { .headers = bad[4], .n_headers = 1 }, false, ERR_CONFIG },
        { { .headers = bad[5], .n_headers = 1 }, false, ERR_CONFIG },
        { { .content_type = "a/b\r\nX: y", .method = METHOD_POST }, false, ERR_CONFIG },
        { { .url = str_of(line) }, false, ERR_CONFIG },
        { { .url = str_of(user) }, false, ERR_CONFIG },
        { { .url = STR("file:///etc/passwd") }, false, ERR_CONFIG },
        { { .url = STR("http://169.254.169.254/latest/meta-data") }, false, ERR_TRUST },
        { { .origins = &elsewhere, .n_origins = 1 }, false, ERR_TRUST },
        { { .origins = &tls, .n_origins = 1 }, false, ERR_TRUST },
        { { .origins = &here, .n_origins = 0 }, false, ERR_TRUST },
        { { .method = METHOD_PUT, .safety = HTTP_IDEMPOTENT }, true, ERR_BUG },
        { { .method = METHOD_POST, .safety = HTTP_READ }, true, ERR_BUG },
        { { .method = METHOD_DELETE, .safety = HTTP_READ, .token = true }, true, ERR_BUG },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_options o = options();
        struct outcome got;
        o.read_only = cases[i].read_only;
        peer_ask(p, &o, &cases[i].r, PLAIN, "ok", "refused", false, &got);
        if (got.reply.end != HTTP_NOT_SENT || got.reply.err.is != cases[i].is || got.reply.attempts)
            fail_msg("case %zu: end %d, %s: %s", i, got.reply.end, err_class_name(got.reply.err.is), got.reply.err.text);
        assert_null(strstr(got.reply.err.text, "hunter2"));
    }
    struct arrived seen;
    peer_seen(p, "refused", &seen);
    assert_int_equal(seen.n, 0);
}

static void test_read_only_reads(void **state)
{
    struct http_options o = options();
    struct outcome got;
    o.read_only = true;
    peer_ask(*state, &o, &(struct http_request){ .method = METHOD_GET }, PLAIN, "ok", "reads", false, &got);
    assert_int_equal(got.reply.end, HTTP_ANSWERED);
    peer_ask(*state, &o, &(struct http_request){ .method = METHOD_POST, .token = true, .body = STR("a=b") }, PLAIN, "ok", "token", false, &got);
    assert_int_equal(got.reply.end, HTTP_ANSWERED);
}

static void test_out_of_reach(void **state)
{
    struct http_options o = options();
    struct http_request r = { .method = METHOD_POST, .safety = HTTP_ONCE };
    struct outcome got;
    struct peer nobody = *(struct peer *)*state;
    struct origin invalid;
    struct err err = { 0 };
    nobody.port[PLAIN] = 1;            /* nothing listens there */
    peer_ask(&nobody, &o, &r, PLAIN, "ok", "nobody", false, &got);
    assert_int_equal(got.reply.end, HTTP_NOT_SENT);
    assert_int_equal(got.reply.err.is, ERR_DOWN);
    assert_string_equal(got.reply.err.code, "E601");
    assert_int_equal(got.reply.attempts, 0);
    assert_int_equal(origin_parse(STR("http://no-such-host.invalid"), &invalid, &err), 0);
    r = (struct http_request){ .url = STR("http://no-such-host.invalid/"), .origins = &invalid, .n_origins = 1 };
    peer_ask(&nobody, &o, &r, PLAIN, "", "", false, &got);
    assert_int_equal(got.reply.end, HTTP_NOT_SENT);
    assert_string_equal(got.reply.err.code, got.reply.err.code[3] == '3' ? "E603" : "E601");
    assert_int_equal(got.reply.attempts, 0);
}

/* A trusted name that leads to a link-local address: seen only after resolution. A proxy stands in for a name server. */
static void test_link_local_after_resolution(void **state)
{
    struct http_options o = options();
    struct outcome got;
    struct origin origin;
    struct err err = { 0 };
    assert_int_equal(origin_parse(STR("http://trusted.invalid"), &origin, &err), 0);
    struct http_request r = { .url = STR("http://trusted.invalid/"), .origins = &origin, .n_origins = 1 };
    (void)setenv("http_proxy", "http://169.254.169.254:80", 1);
    peer_ask(*state, &o, &r, PLAIN, "", "", false, &got);
    (void)unsetenv("http_proxy");
    assert_int_equal(got.reply.end, HTTP_NOT_SENT);
    assert_int_equal(got.reply.err.is, ERR_TRUST);
    assert_string_equal(got.reply.err.code, "E481");
}

/* Requests to this machine never go by way of a proxy. */
static void test_no_proxy_to_loopback(void **state)
{
    struct http_options o = options();
    struct outcome got;
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    peer_ask(*state, &o, NULL, PLAIN, "ok", "no-proxy", false, &got);
    (void)unsetenv("http_proxy");
    assert_int_equal(got.reply.end, HTTP_ANSWERED);
}

static void test_tls(void **state)
{
    const struct peer *p = *state;
    static const struct { const char *name; int port; bool ca, fine; const char *code; } cases[] = {
        { "tls-good", GOOD, true, true, NULL },         { "tls-unknown-ca", GOOD, false, false, "E602" }, { "tls-wrong-name", WRONG, true, false, "E602" },
        { "tls-expired", EXPIRED, true, false, "E602" }, { "tls-self", SELF_SIGNED, false, false, "E602" },    { "tls-self-ca", SELF_SIGNED, true, false, "E602" },
        { "tls-old", OLD, true, false, "E602" },        { "tls-hung", HUNG, true, false, "E603" },
    };
    char ca[300];
    (void)snprintf(ca, sizeof ca, "%s/ca.pem", p->place);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_options o = options();
        struct outcome got;
        struct arrived seen;
        o.ca_file = cases[i].ca ? ca : NULL;
        int64_t start = clock_mono_ms();
        peer_ask(p, &o, NULL, cases[i].port, "ok", cases[i].name, false, &got);
        int64_t took = clock_mono_ms() - start;
        peer_seen(p, cases[i].name, &seen);
        if (took > 3 * peer_limits.connect_ms + 1000)  /* three attempts, each at most as long as connecting may take */
            fail_msg("%s: took %lld ms", cases[i].name, (long long)took);
        if (cases[i].fine ? got.reply.end != HTTP_ANSWERED : got.reply.end != HTTP_NOT_SENT || strcmp(got.reply.err.code, cases[i].code) != 0)
            fail_msg("%s: end %d, %s (%s)", cases[i].name, got.reply.end, got.reply.err.text, got.reply.err.hint);
        assert_int_equal(seen.n, cases[i].fine);
    }
    /* SSL_CERT_FILE names the certificates too; plain HTTP on a TLS port ends at the connect limit or sooner. */
    struct http_options o = options();
    struct outcome got;
    (void)setenv("SSL_CERT_FILE", ca, 1);
    peer_ask(p, &o, NULL, GOOD, "ok", "tls-env", false, &got);
    assert_int_equal(got.reply.end, HTTP_ANSWERED);
    (void)unsetenv("SSL_CERT_FILE");
    struct peer crossed = *p;
    crossed.port[GOOD] = p->port[PLAIN];
    peer_ask(&crossed, &o, NULL, GOOD, "ok", "crossed", false, &got);
    assert_int_equal(got.reply.end, HTTP_NOT_SENT);
}

/* --- many at once ------------------------------------------------------------------------------- */

struct many { struct http_client *c; unsigned done, wanted, answered, not_sent, lost; int stop_fd; struct http_request r; };

static void done_many(struct http_request *r, const struct http_reply *reply)
{
    struct many *m = r->user;
    m->done++;
    m->answered += reply->end == HTTP_ANSWERED;
    m->not_sent += reply->end == HTTP_NOT_SENT;
    m->lost += reply->end == HTTP_LOST;
    if (reply->end != HTTP_ANSWERED)
        assert_int_equal(reply->err.is, ERR_INTERRUPTED);
}

static void run_many(struct many *m, const struct peer *p, struct http_options *o, const char *fault, const char *id, unsigned n, struct lane *(*lane)(struct http_client *))
{
    struct origin origin = origin_of(p->port[PLAIN], false);
    struct err err = { 0 };
    char url[200];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/%s/%s", p->port[PLAIN], fault, id);
    m->c = open_client(o);
    m->r = (struct http_request){ .url = str_of(url), .origins = &origin, .n_origins = 1, .done = done_many, .user = m };
    m->r.lane = lane ? lane(m->c) : NULL;
    for (unsigned i = 0; i < n; i++)
        http_submit(m->c, &m->r);
    assert_int_equal(http_run(m->c, &err), 0);
    assert_int_equal(m->done, n);
    http_close(m->c);
}

static struct lane *two_at_once(struct http_client *c) { return http_lane(c, "narrow", 0, 2); }
static struct lane *hundred_a_second(struct http_client *c) { return http_lane(c, "paced", 100, 0); }

static void test_parallelism(void **state)
{
    struct http_options o = options();
    struct many m = { 0 };
    struct arrived seen;
    o.parallelism = 3;
    run_many(&m, *state, &o, "slow", "three", 30, NULL);
    peer_seen(*state, "three", &seen);
    assert_int_equal(m.answered, 30);
    assert_int_equal(seen.most, 3);
    m = (struct many){ 0 };
    o.parallelism = 8;
    run_many(&m, *state, &o, "slow", "two", 6, two_at_once);
    peer_seen(*state, "two", &seen);
    assert_int_equal(seen.most, 2);
}

static void test_pace(void **state)
{
    struct http_options o = options();
    struct many m = { 0 };
    o.parallelism = 8;
    int64_t start = clock_mono_ms();
    run_many(&m, *state, &o, "ok", "paced", 100, hundred_a_second);
    assert_int_equal(m.answered, 100);
    assert_in_range(clock_mono_ms() - start, 940, 2000);
}

/* Ten thousand in the queue, each waiting for its turn behind a deadline or an interrupt: all of them hear of it, at once. */
static void test_deadline(void **state)
{
    struct http_options o = options();
    struct many m = { 0 };
    o.parallelism = 4;
    o.deadline_ms = clock_mono_ms() + 300;
    run_many(&m, *state, &o, "silent", "deadline", 10000, NULL);
    assert_in_range(clock_mono_ms() - o.deadline_ms, 0, 700);
    assert_int_equal(m.lost, 4);
    assert_int_equal(m.not_sent, 9996);
}

static void test_interrupt(void **state)
{
    struct http_options o = options();
    struct many m = { 0 };
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    o.parallelism = 4;
    o.interrupt_fd = fds[0];
    /* Somebody stops the run as soon as the four are in flight: the child sees them at the server. */
    int pid = fork();
    if (pid == 0) {
        struct arrived seen = { 0 };
        for (int64_t end = clock_mono_ms() + 5000; seen.n < 4 && clock_mono_ms() < end;) {
            peer_seen(*state, "interrupt", &seen);
            (void)poll(NULL, 0, 5);
        }
        _exit(write(fds[1], "x", 1) == 1 ? 0 : 1);
    }
    int64_t start = clock_mono_ms();
    run_many(&m, *state, &o, "silent", "interrupt", 10000, NULL);
    assert_in_range(clock_mono_ms() - start, peer_limits.grace_ms, 4000);
    assert_int_equal(m.lost, 4);
    assert_int_equal(m.not_sent, 9996);
    (void)waitpid(pid, NULL, 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void more_many(void *ctx, unsigned room)
{
    struct many *m = ctx;
    assert_true(room <= 8);
    for (; room && m->wanted; room--, m->wanted--)
        http_submit(m->c, &m->r);
}

static void test_work_just_in_time(void **state)
{
    const struct peer *p = *state;
    struct origin origin = origin_of(p->port[PLAIN], false);
    struct http_options o = options();
    struct err err = { 0 };
    char url[200];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/ok/jit", p->port[PLAIN]);
    o.parallelism = 8;
    struct many m = { .c = open_client(&o), .wanted = 500 };
    m.r = (struct http_request){ .url = str_of(url), .origins = &origin, .n_origins = 1, .done = done_many, .user = &m };
    http_refill(m.c, more_many, &m);
    assert_int_equal(http_run(m.c, &err), 0);
    assert_int_equal(m.answered, 500);
    struct http_counts n = http_count(m.c);
    assert_int_equal(n.started, 500);
    assert_int_equal(n.reads, 500);
    assert_int_equal(http_room(m.c), 8);
    int64_t start = clock_mono_ms();
    m.r.delay_ms = 150;
    http_submit(m.c, &m.r);
    assert_int_equal(http_run(m.c, &err), 0);
    assert_in_range(clock_mono_ms() - start, 150, 1000);
    http_close(m.c);
}

/* --- notices aside ------------------------------------------------------------------------------ */

static struct http_request aside_to(char url[300], const struct peer *p, const struct origin *o, const char *path, struct outcome *ret)
{
    (void)snprintf(url, 300, "http://127.0.0.1:%d/%s", p->port[PLAIN], path);
    return (struct http_request){ .method = METHOD_POST, .safety = HTTP_ONCE, .aside = true, .body = STR("{}"), .content_type = "application/json",
                                  .url = str_of(url), .origins = o, .n_origins = 1, .done = done, .user = ret };
}

/* A receiver that says nothing holds nobody, even with room for one request only; http_idle() brings it to its end. */
static void test_aside(void **state)
{
    const struct peer *p = *state;
    struct http_options o = options();
    struct origin origin = origin_of(p->port[PLAIN], false);
    struct outcome stuck = { 0 }, quick = { 0 }, own = { 0 };
    struct err err = { 0 };
    char url[3][300];
    struct http_client *c = open_client(&o);
    struct http_request silent = aside_to(url[0], p, &origin, "silent/aside-1", &stuck), fine = aside_to(url[1], p, &origin, "ok/aside-2", &quick);
    (void)snprintf(url[2], sizeof url[2], "http://127.0.0.1:%d/ok/aside-3", p->port[PLAIN]);
    silent.timeout_ms = 1500;
    int64_t start = clock_mono_ms();
    http_submit(c, &silent);
    assert_int_equal(http_run(c, &err), 0);
    while (clock_mono_ms() < start + 200) /* it goes out, and hangs */
        assert_int_equal(http_idle(c, start + 200, &err), 0);
    assert_int_equal(http_room(c), 1);
    http_submit(c, &(struct http_request){ .url = str_of(url[2]), .origins = &origin, .n_origins = 1, .done = done, .user = &own });
    assert_int_equal(http_run(c, &err), 0);
    assert_int_equal(own.calls, 1);
    assert_int_equal(own.reply.end, HTTP_ANSWERED);
    assert_int_equal(stuck.calls, 0);
    assert_true(clock_mono_ms() - start < 1200);
    http_submit(c, &fine);
    while (!stuck.calls && clock_mono_ms() < start + 8000)
        assert_int_equal(http_idle(c, start + 8000, &err), 0);
    assert_int_equal(quick.calls, 1);
    assert_int_equal(quick.reply.status, 200);
    assert_int_equal(stuck.calls, 1);
    assert_int_equal(stuck.reply.end, HTTP_LOST);
    assert_int_equal(stuck.reply.attempts, 1);
    http_close(c);
}

/* Report mode writes nothing, and still tells; what is under way when the client closes is cut, and its sender hears of it. */
static void test_aside_read_only(void **state)
{
    const struct peer *p = *state;
    struct http_options o = options();
    struct origin origin = origin_of(p->port[PLAIN], false);
    struct outcome told = { 0 }, stuck = { 0 };
    struct err err = { 0 };
    char url[2][300];
    o.read_only = true;
    struct http_client *c = open_client(&o);
    struct http_request fine = aside_to(url[0], p, &origin, "ok/aside-4", &told), silent = aside_to(url[1], p, &origin, "silent/aside-5", &stuck);
    int64_t end = clock_mono_ms() + 5000;
    http_submit(c, &fine);
    while (!told.calls && clock_mono_ms() < end)
        assert_int_equal(http_idle(c, end, &err), 0);
    assert_int_equal(told.reply.status, 200);
    http_submit(c, &silent);
    assert_int_equal(http_idle(c, clock_mono_ms() + 50, &err), 0);
    http_close(c);
    assert_int_equal(stuck.calls, 1);
    assert_int_equal(stuck.reply.err.is, ERR_INTERRUPTED);
}

/* --- what is shown ------------------------------------------------------------------------------ */

static void test_trace_is_masked(void **state)
{
    struct http_options o = options();
    struct http_request r = { .method = METHOD_POST, .safety = HTTP_IDEMPOTENT, .body = STR("{\"appSecret\":\"hunter2\"}"), .content_type = "application/json" };
    struct outcome got;
    struct arrived seen;
    char *text = NULL;
    size_t n = 0;
    o.trace = open_memstream(&text, &n);
    peer_ask(*state, &o, &r, PLAIN, "problem", "trace", false, &got);
    (void)fclose(o.trace);
    assert_string_equal(got.request_id, "r-1");
    assert_null(strstr(text, "hunter2"));
    assert_non_null(strstr(text, "> POST http://127.0.0.1:"));
    assert_non_null(strstr(text, "\n1 > api-key: (secret)\n"));
    assert_non_null(strstr(text, "\n1 < HTTP/1.1 422 No\n"));
    free(text);
    peer_seen(*state, "trace", &seen);  /* what really went out */
    assert_non_null(strstr(seen.text, "api-key: hunter2"));
    assert_non_null(strstr(seen.text, "POST /problem/trace HTTP/1.1"));
    assert_non_null(strstr(seen.text, "User-Agent: waconf/test"));
    assert_non_null(strstr(seen.text, "Content-Type: application/json"));
    assert_null(strstr(seen.text, "Expect"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix_first),
        cmocka_unit_test(test_matrix_kept),
        cmocka_unit_test(test_no_silent_second_write),
        cmocka_unit_test(test_no_stray_answer),
        cmocka_unit_test(test_time_is_limited),
        cmocka_unit_test(test_retry_after_is_kept),
        cmocka_unit_test(test_refused_before_sending),
        cmocka_unit_test(test_read_only_reads),
        cmocka_unit_test(test_out_of_reach),
        cmocka_unit_test(test_link_local_after_resolution),
        cmocka_unit_test(test_no_proxy_to_loopback),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_parallelism),
        cmocka_unit_test(test_pace),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_work_just_in_time),
        cmocka_unit_test(test_aside),
        cmocka_unit_test(test_aside_read_only),
        cmocka_unit_test(test_trace_is_masked),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    for (const char *const *name = (const char *const[]){ "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", NULL }; *name; name++)
        (void)unsetenv(*name);
    return cmocka_run_group_tests(tests, peer_start, peer_stop);
}
