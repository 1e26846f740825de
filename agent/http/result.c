/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an attempt came to: libcurl's code, what the headers said and what we saw ourselves, made into one of three ends. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/transfer.h"

/* Only codes that need words of their own; all others are "broke the connection". */
static const struct { CURLcode code; bool permanent, detail; enum err_class is; const char *err_code, *text; } ends[] = {
    { CURLE_URL_MALFORMAT, true, true, ERR_CONFIG, "E480", "is no URL to libcurl" },
    { CURLE_UNSUPPORTED_PROTOCOL, true, false, ERR_DOWN, "E604", "did not answer in HTTP/1.1 or HTTP/2" },
    { CURLE_COULDNT_RESOLVE_PROXY, false, true, ERR_DOWN, "E601", "could not be reached: the proxy's name has no address" },
    { CURLE_COULDNT_RESOLVE_HOST, false, false, ERR_DOWN, "E601", "could not be reached: its name has no address" },
    { CURLE_COULDNT_CONNECT, false, true, ERR_DOWN, "E601", "could not be reached" },
    { CURLE_SSL_CONNECT_ERROR, false, true, ERR_DOWN, "E602", "does not agree on a TLS connection" },
    { CURLE_PEER_FAILED_VERIFICATION, true, true, ERR_DOWN, "E602", "has a certificate that is not trusted; nothing was sent" },
    { CURLE_SSL_CACERT_BADFILE, true, true, ERR_IO, "E602", "was not asked: the file of trusted certificates cannot be read" },
    { CURLE_SSL_CERTPROBLEM, true, true, ERR_IO, "E602", "was not asked: the client certificate cannot be used" },
    { CURLE_OPERATION_TIMEDOUT, false, false, ERR_DOWN, "E603", "took too long" },
    { CURLE_GOT_NOTHING, false, false, ERR_DOWN, "E604", "closed the connection without an answer" },
    { CURLE_PARTIAL_FILE, false, false, ERR_DOWN, "E604", "broke off in the middle of its answer" },
    { CURLE_WEIRD_SERVER_REPLY, true, false, ERR_DOWN, "E604", "sent something that is not HTTP" },
    { CURLE_BAD_CONTENT_ENCODING, true, false, ERR_DOWN, "E604", "sent a body that does not decompress" },
    { CURLE_WRITE_ERROR, true, false, ERR_DOWN, "E604", "sent an answer that cannot be used" },
    { CURLE_FILESIZE_EXCEEDED, true, false, ERR_DOWN, "E606", "sent an answer larger than is ever read" },
    /* Not ours: libcurl says so of a header line of more than 100 KB. */
    { CURLE_OUT_OF_MEMORY, true, false, ERR_DOWN, "E606", "sent a header larger than is ever read" },
};

static void fail(struct transfer *t, struct http_reply *reply, enum err_class is, const char *code, const char *text)
{
    auto_buf origin = buf_init(512);
    origin_text(t->origin, &origin);
    (void)err_set(&reply->err, is, code, "'%s' %s", buf_str(&origin).p, text);
    reply->err.http = t->answer.status;
}

/* libcurl says "Failed to connect to HOST port N after 3 ms: ..."; how long it took is not the same in two runs. */
static struct str without_timing(struct str text)
{
    long at = str_find(text, STR(" after "));
    struct str rest = at < 0 ? (struct str){ 0 } : str_skip(text, (size_t)at);
    return str_find(rest, STR(" ms")) > 0 || str_find(rest, STR(" milliseconds")) > 0 ? str_head(text, (size_t)at) : text;
}

static void by_code(struct transfer *t, CURLcode code, struct http_reply *reply, bool *ret_permanent)
{
    size_t i = 0;
    while (i < COUNT(ends) && ends[i].code != code)
        i++;
    if (i == COUNT(ends)) {
        fail(t, reply, ERR_DOWN, "E604", "broke the connection");
        (void)err_hint(&reply->err, "%s", t->setup->curl->easy_strerror(code));
        return;
    }
    *ret_permanent = ends[i].permanent;
    fail(t, reply, ends[i].is, ends[i].err_code, ends[i].text);
    if (ends[i].detail && t->error[0])
        (void)err_hint(&reply->err, "%.*s", ARG(without_timing(str_of(t->error))));
}

static void by_fault(struct transfer *t, struct http_reply *reply, bool *ret_permanent)
{
    enum answer_fault f = t->answer.fault;
    *ret_permanent = f != ANSWER_CUT;
    fail(t, reply, ERR_DOWN, f == ANSWER_BODY || f == ANSWER_HEADERS ? "E606" : "E604", answer_fault_texts[f]);
}

/* Where it points, as far as that is an origin; the rest of a Location is foreign and may hold anything. */
static void redirect(struct transfer *t, struct http_reply *reply)
{
    struct origin to;
    struct err ignored = { 0 };
    auto_buf text = buf_init(400), target = buf_init(300);
    struct str location = str_of(t->answer.location);
    if (!location.n)
        buf_puts(&target, "a place that it does not name");
    else if (origin_parse(location, &to, &ignored) == 0)
        origin_text(&to, &target);
    else if (location.p[0] == '/' && (location.n < 2 || location.p[1] != '/'))
        buf_puts(&target, "another path of its own");
    else
        buf_puts(&target, "a place that is no plain http or https URL");
    buf_printf(&text, "redirects to %s (HTTP %d); redirects are not followed", buf_str(&target).p, t->answer.status);
    fail(t, reply, ERR_REJECTED, "E605", buf_str(&text).p);
    (void)err_hint(&reply->err, "Correct the account's URL. Credentials go only where it says.");
    /* 307 and 308 say that the method was not carried out here; the others may follow a write that was (303 after a POST). */
    reply->end = t->answer.status == 307 || t->answer.status == 308 ? HTTP_NOT_SENT : HTTP_LOST;
}

static void wrong_type(struct transfer *t, struct http_reply *reply)
{
    auto_buf text = buf_init(300);
    bool plain = t->answer.type[0] != '\0';
    for (const char *c = t->answer.type; *c; c++)
        plain = plain && *c >= ' ' && *c < 0x7f && *c != '\'';
    buf_printf(&text, "answered %s where JSON was expected", plain ? t->answer.type : "something");
    fail(t, reply, ERR_DOWN, "E607", buf_str(&text).p);
    (void)err_hint(&reply->err, "Is the account's URL the API's, and not a web page or a proxy?");
    reply->end = HTTP_LOST;
}

static void answered(struct transfer *t, struct http_reply *reply, bool *ret_permanent)
{
    const struct answer *a = &t->answer;
    reply->end = HTTP_ANSWERED;
    reply->status = a->status;
    reply->json = a->json && t->body.n;
    *ret_permanent = true;
    if (a->status >= 300 && a->status < 400)
        redirect(t, reply);
    else if (a->status < 300 && t->body.n && !a->json && !t->request->any_type)
        wrong_type(t, reply);
    else
        *ret_permanent = false;
}

/* Nothing left us: libcurl never came to the request, or to its first byte. */
static bool not_sent(const struct transfer *t)
{
    long sent = 0;
    if (!t->starts)
        return true;
    (void)t->setup->curl->easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent);
    return sent == 0 && !t->answer.begun;
}

static void common(struct transfer *t, struct http_reply *reply)
{
    reply->attempts = (int)t->starts;
    reply->ms = clock_mono_ms() - t->began;
    reply->body = buf_str(&t->body);
    reply->request_id = str_of(t->answer.request_id);
}

void transfer_result(struct transfer *t, CURLcode code, struct http_reply *reply, bool *ret_permanent)
{
    *ret_permanent = false;
    common(t, reply);
    if (code == CURLE_OK && answer_whole(&t->answer, t->body.n, t->request->method == METHOD_HEAD)) {
        answered(t, reply, ret_permanent);
    } else {
        reply->end = not_sent(t) ? HTTP_NOT_SENT : HTTP_LOST;
        reply->body = (struct str){ 0 };
        if (t->link_local && !t->starts) {
            *ret_permanent = true;
            fail(t, reply, ERR_TRUST, "E481", "leads to a link-local address; credentials are never sent there");
        } else if (t->again) {
            fail(t, reply, ERR_DOWN, "E604", "closed the connection without an answer; the request was not sent a second time");
        } else if (t->answer.fault) {
            by_fault(t, reply, ret_permanent);
        } else {
            by_code(t, code, reply, ret_permanent);
        }
    }
    trace_reply(&t->setup->trace, t->id, t->request, reply);
}

void transfer_cut(struct transfer *t, struct http_reply *reply, const char *why)
{
    common(t, reply);
    reply->end = not_sent(t) ? HTTP_NOT_SENT : HTTP_LOST;
    reply->body = (struct str){ 0 };
    fail(t, reply, ERR_INTERRUPTED, "E609", why);
    trace_reply(&t->setup->trace, t->id, t->request, reply);
}
