/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/transfer.h"

#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"

/* --- callbacks ---------------------------------------------------------------------------------- */

static size_t on_header(char *line, size_t size, size_t n, void *user)
{
    struct transfer *t = user;
    struct str s = { line, size * n };
    trace_answer_line(&t->setup->trace, t->id, s);
    return answer_line(&t->answer, s, t->setup->limits) ? s.n : 0;
}

/* Decoded bytes: this, not a declared length, stops an endless body and a gzip bomb. */
static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    struct transfer *t = user;
    buf_add(&t->body, (struct str){ data, size * n });
    if (!t->body.full)
        return size * n;
    t->answer.fault = ANSWER_BODY;
    return 0;
}

/* libcurl sends a request again by itself when a kept connection closes before the answer, a POST too (performance.md 4a). A write is started
 * once; what became of it is in doubt then, and that is for the caller to find out. */
static int before_request(void *user, char *a, char *b, int c, int d)
{
    struct transfer *t = user;
    (void)a, (void)b, (void)c, (void)d;
    if (t->starts && t->request->safety != HTTP_READ) {
        t->again = true;
        return CURL_PREREQFUNC_ABORT;
    }
    t->starts++;
    /* What a first, broken answer said is not part of the next. */
    answer_reset(&t->answer);
    buf_clear(&t->body);
    return CURL_PREREQFUNC_OK;
}

/* The name was trusted; where it leads is known only now. */
static curl_socket_t on_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *t = user;
    (void)purpose;
    if (origin_link_local(&address->addr)) {
        t->link_local = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- options ------------------------------------------------------------------------------------ */

#define SET(option, value) (void)t->setup->curl->easy_setopt(t->easy, (option), (value))

static void set_always(struct transfer *t)
{
    const struct http_limits *l = t->setup->limits;
    SET(CURLOPT_PRIVATE, t);
    SET(CURLOPT_ERRORBUFFER, t->error);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_PREREQFUNCTION, before_request);
    SET(CURLOPT_PREREQDATA, t);
    SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_BUFFERSIZE, 4096L);     /* of each handle; 16 KB by default, and answers are mostly below 1 */
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    /* A connection that was idle for long is about to be closed by the server; a write that meets that moment is in doubt. */
    SET(CURLOPT_MAXAGE_CONN, 30L);
    SET(CURLOPT_ACCEPT_ENCODING, "");
    SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)l->body);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)l->connect_ms);
    SET(CURLOPT_LOW_SPEED_LIMIT, 16L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_USERAGENT, t->setup->user_agent);
    if (t->setup->ca_file) {
        SET(CURLOPT_CAINFO, t->setup->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    } else if (t->setup->ca_path) {
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAPATH, t->setup->ca_path);
    }
}

bool origin_loopback(const struct origin *o)
{
    struct str host = str_of(o->host);
    return str_starts(host, STR("127.")) || str_is(host, "localhost") || str_ends(host, STR(".localhost")) || str_is(host, "[::1]");
}

/* Proxies come from the environment, as everybody expects, but never between us and ourselves. HTTP/2 only where TLS negotiates it; then one
 * connection is shared, so wait for it rather than open another. */
static void set_origin(struct transfer *t, const struct origin *o)
{
    bool tls = strcmp(o->scheme, "https") == 0;
    SET(CURLOPT_PROXY, origin_loopback(o) ? "" : NULL);
    SET(CURLOPT_HTTP_VERSION, tls ? (long)CURL_HTTP_VERSION_2TLS : (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_PIPEWAIT, tls ? 1L : 0L);
    t->kept = *o;
    t->origin = &t->kept;
}

static void add_header(struct transfer *t, struct str name, struct str value)
{
    buf_clear(&t->line);
    buf_add(&t->line, name);
    if (value.n) {
        buf_puts(&t->line, ": ");
        buf_add(&t->line, value);
    } else {
        buf_char(&t->line, ';');   /* libcurl's way to write a header without a value; "Name:" would remove it */
    }
    struct curl_slist *list = t->setup->curl->slist_append(t->headers, buf_str(&t->line).p);
    if (!list)
        mem_fail();
    t->headers = list;
}

static void no_header(struct transfer *t, const char *with_colon)
{
    struct curl_slist *list = t->setup->curl->slist_append(t->headers, with_colon);
    if (!list)
        mem_fail();
    t->headers = list;
}

static void set_headers(struct transfer *t, const struct http_request *r, bool body)
{
    bool accept = false;
    for (size_t i = 0; i < r->n_headers; i++) {
        add_header(t, r->headers[i].name, r->headers[i].value);
        accept = accept || str_eq_nocase(r->headers[i].name, STR("Accept"));
    }
    if (!accept)
        add_header(t, STR("Accept"), r->any_type ? STR("*/*") : STR("application/json"));
    if (body) {
        no_header(t, "Expect:");
        if (r->content_type)
            add_header(t, STR("Content-Type"), str_of(r->content_type));
        else
            no_header(t, "Content-Type:");
    }
    SET(CURLOPT_HTTPHEADER, t->headers);
}

static void set_method(struct transfer *t, const struct http_request *r, bool body)
{
    SET(CURLOPT_HTTPGET, 1L);
    SET(CURLOPT_CUSTOMREQUEST, NULL);
    if (r->method == METHOD_HEAD) {
        SET(CURLOPT_NOBODY, 1L);
        return;
    }
    if (body) {
        SET(CURLOPT_POSTFIELDS, r->body.n ? r->body.p : "");
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
        SET(CURLOPT_POST, 1L);
    }
    if (r->method != METHOD_GET)
        SET(CURLOPT_CUSTOMREQUEST, method_names[r->method]);
}

struct transfer *transfer_new(const struct transfer_setup *s, struct err *err)
{
    struct transfer *t = mem_alloc(sizeof *t);
    t->setup = s;
    t->easy = s->curl->easy_init();
    if (!t->easy) {
        free(t);
        (void)err_set(err, ERR_IO, "E507", "libcurl gives no handle for a request");
        return NULL;
    }
    t->url = buf_init(BUF_UNBOUNDED);
    t->line = buf_init(BUF_UNBOUNDED);
    t->body = buf_init(s->limits->body);
    set_always(t);
    return t;
}

void transfer_free(struct transfer *t)
{
    if (!t)
        return;
    transfer_rest(t);
    t->setup->curl->easy_cleanup(t->easy);
    buf_release(&t->url);
    buf_wipe(&t->line);
    buf_wipe(&t->body);
    free(t);
}

int transfer_begin(struct transfer *t, uint64_t id, const struct http_request *r, const struct origin *o, struct err *err)
{
    /* A write without a body still says so (Content-Length: 0); a DELETE without one has none. */
    bool body = r->body.n || r->method == METHOD_POST || r->method == METHOD_PUT || r->method == METHOD_PATCH;
    t->id = id;
    t->request = r;
    t->starts = 0;
    t->again = t->link_local = false;
    t->error[0] = '\0';
    t->began = clock_mono_ms();
    answer_reset(&t->answer);
    buf_clear(&t->url);
    buf_add(&t->url, r->url);
    if (!t->origin || !origin_same(o, t->origin))
        set_origin(t, o);
    set_method(t, r, body);
    set_headers(t, r, body);
    /* A user who sets a time for an account means it: the stall limit must not cut in before. */
    const struct http_limits *l = t->setup->limits;
    int64_t most = r->timeout_ms ? r->timeout_ms : l->request_ms, stall = r->timeout_ms ? r->timeout_ms : l->stall_ms;
    SET(CURLOPT_LOW_SPEED_TIME, (long)((stall + 999) / 1000));
    SET(CURLOPT_TIMEOUT_MS, (long)most);
    if (t->setup->curl->easy_setopt(t->easy, CURLOPT_URL, buf_str(&t->url).p) != CURLE_OK)
        return err_set(err, ERR_CONFIG, "E480", "libcurl refuses the URL '%.*s'", ARG(str_head(r->url, 300)));
    return 0;
}

void transfer_rest(struct transfer *t)
{
    for (struct curl_slist *l = t->headers; l; l = l->next)
        explicit_bzero(l->data, strlen(l->data));
    if (t->headers) {
        SET(CURLOPT_HTTPHEADER, NULL);
        t->setup->curl->slist_free_all(take(t->headers));
    }
    t->request = NULL;
    t->owner = NULL;
    if (t->body.cap > (256u << 10))
        buf_release(&t->body);
    buf_clear(&t->body);
}
