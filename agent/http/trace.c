/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/trace.h"

#include "base/escape.h"
#include "base/mem.h"

enum { TRACE_BODY = 64 << 10 };

/* Masked whoever sets them: a header that carries a credential by its name. */
static const struct str secret_names[] = {
    STR("authorization"), STR("proxy-authorization"), STR("cookie"), STR("set-cookie"), STR("api-key"), STR("apikey"), STR("x-api-key"), STR("key"),
    STR("x-kony-authorization"), STR("x-auth-token"),
};

static bool secret_name(struct str name)
{
    for (size_t i = 0; i < COUNT(secret_names); i++)
        if (str_eq_nocase(name, secret_names[i]))
            return true;
    return false;
}

/* Scrubbed first and escaped second: an escape inside a secret would hide it from the scrubber. */
static void foreign(const struct trace *t, struct buf *out, struct str s)
{
    auto_buf clean = buf_init(BUF_UNBOUNDED);
    if (t->vault) {
        vault_scrub(t->vault, &clean, s);
        s = buf_str(&clean);
    }
    escape_text(out, s);
}

static void put(const struct trace *t, struct buf *line)
{
    buf_char(line, '\n');
    (void)fwrite(line->p, 1, line->n, t->to);
    buf_clear(line);
}

static void begin(struct buf *out, uint64_t id, char mark)
{
    buf_printf(out, "%llu %c ", (unsigned long long)id, mark);
}

static void header(const struct trace *t, struct buf *out, struct str name, struct str value, bool secret)
{
    foreign(t, out, name);
    buf_puts(out, ": ");
    if (secret || secret_name(name))
        buf_puts(out, "(secret)");
    else
        foreign(t, out, value);
    put(t, out);
}

static void body(const struct trace *t, struct buf *out, uint64_t id, char mark, const struct http_request *r, struct str text)
{
    if (!text.n)
        return;
    begin(out, id, mark);
    if (!t->vault || r->token)
        buf_printf(out, "(body of %zu bytes, not shown)", text.n);
    else if (text.n > TRACE_BODY)
        buf_printf(out, "(body of %zu bytes, too long to show)", text.n);
    else
        foreign(t, out, text);
    put(t, out);
}

void trace_request(const struct trace *t, uint64_t id, const struct http_request *r, int attempt)
{
    if (!t->to)
        return;
    auto_buf out = buf_init(BUF_UNBOUNDED);
    begin(&out, id, '>');
    buf_printf(&out, "%s ", method_names[r->method]);
    foreign(t, &out, r->url);
    if (attempt > 1)
        buf_printf(&out, " (attempt %d)", attempt);
    put(t, &out);
    for (size_t i = 0; i < r->n_headers; i++) {
        begin(&out, id, '>');
        header(t, &out, r->headers[i].name, r->headers[i].value, r->headers[i].secret);
    }
    body(t, &out, id, '>', r, r->body);
}

void trace_answer_line(const struct trace *t, uint64_t id, struct str line)
{
    struct str name, value;
    if (!t->to)
        return;
    line = str_trim(line);
    if (!line.n)
        return;
    auto_buf out = buf_init(BUF_UNBOUNDED);
    begin(&out, id, '<');
    if (!str_starts(line, STR("HTTP/")) && str_cut(line, ':', &name, &value)) {
        header(t, &out, name, str_trim(value), false);
        return;
    }
    foreign(t, &out, line);
    put(t, &out);
}

void trace_reply(const struct trace *t, uint64_t id, const struct http_request *r, const struct http_reply *reply)
{
    static const char *const ends[] = { [HTTP_ANSWERED] = "answered", [HTTP_NOT_SENT] = "not sent", [HTTP_LOST] = "no usable answer" };
    if (!t->to)
        return;
    auto_buf out = buf_init(BUF_UNBOUNDED);
    body(t, &out, id, '<', r, reply->body);
    begin(&out, id, '=');
    buf_printf(&out, "%s after %lld ms", ends[reply->end], (long long)reply->ms);
    if (reply->err.is) {
        buf_puts(&out, ": ");
        foreign(t, &out, str_of(reply->err.text));
    }
    put(t, &out);
}

void trace_wait(const struct trace *t, uint64_t id, const struct http_request *r, int64_t ms, const char *why)
{
    if (!t->to)
        return;
    auto_buf out = buf_init(BUF_UNBOUNDED);
    begin(&out, id, '=');
    buf_printf(&out, "%s ", method_names[r->method]);
    foreign(t, &out, r->url);
    buf_printf(&out, " again in %lld ms (%s)", (long long)ms, why);
    put(t, &out);
}
