/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a server's bytes meet first: header lines, Retry-After, Location; and URLs from documents. The first byte chooses. */
#include <stdlib.h>
#include <string.h>

#include "http/answer.h"
#include "http/retry.h"
#include "http/url.h"

static void check(bool fine)
{
    if (!fine)
        abort();
}

static void headers(struct str s)
{
    struct answer a;
    struct str line;
    answer_reset(&a);
    while (s.n) {
        const char *end = memchr(s.p, '\n', s.n);
        line = str_head(s, end ? (size_t)(end - s.p) + 1 : s.n);
        s = str_skip(s, line.n);
        if (!answer_line(&a, line, &http_limits_default))
            break;
    }
    bool whole = answer_whole(&a, 0, false);
    check(whole == (a.fault == ANSWER_FINE));
    check(!whole || (a.begun && a.whole && a.status >= 200 && a.status <= 999));
    check(!(a.sized && a.chunked) && a.length >= 0);
    check(a.bytes <= HTTP_MAX_HEADERS || a.fault == ANSWER_HEADERS);
}

/* What is accepted has one normal form, and that is accepted as the same origin. */
static void origin(struct str s)
{
    struct origin o, again;
    struct err err = { 0 };
    auto_buf text = buf_init(1024);
    if (origin_parse(s, &o, &err) < 0) {
        check(err.is == ERR_CONFIG || err.is == ERR_TRUST);
        return;
    }
    origin_text(&o, &text);
    check(origin_parse(buf_str(&text), &again, &err) == 0 && origin_same(&o, &again));
}

static struct str whole(void *ctx, struct str name)
{
    (void)name;
    return *(struct str *)ctx;
}

/* A value behind the start stays one path segment. */
static void url(struct str s)
{
    struct err err = { 0 };
    auto_buf out = buf_init(BUF_UNBOUNDED);
    if (url_expand("https://h/{a}", whole, &s, &out, &err) < 0)
        return;
    struct str tail = str_skip(buf_str(&out), strlen("https://h/"));
    for (size_t i = 0; i < tail.n; i++)
        check(!strchr("/?#@\\", tail.p[i]) && (unsigned char)tail.p[i] > ' ' && (unsigned char)tail.p[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    struct str s = { (const char *)data + 1, size - 1 };
    switch (data[0] % 4) {
    case 0: headers(s); break;
    case 1: origin(s); break;
    case 2: url(s); break;
    default: {
        int64_t ms = http_retry_after(s, 784111777);
        check(ms >= -1 && ms <= HTTP_MAX_RETRY_AFTER_MS);
    }
    }
    return 0;
}
