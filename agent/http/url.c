/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/url.h"

#include <string.h>

void url_encode(struct buf *out, struct str s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0, from = 0; i <= s.n; i++) {
        unsigned char c = i < s.n ? (unsigned char)s.p[i] : 0;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c)))
            continue;
        buf_add(out, (struct str){ s.p + from, i - from });
        from = i + 1;
        if (i < s.n) {
            buf_char(out, '%');
            buf_char(out, hex[c >> 4]);
            buf_char(out, hex[c & 15]);
        }
    }
}

static int first(struct str name, struct str value, struct str rest, struct buf *out, struct err *err)
{
    if (rest.n && (memchr(value.p, '?', value.n) || memchr(value.p, '#', value.n)))
        return err_set(err, ERR_CONFIG, "E480", "'%.*s' has a '?' or '#' in it, but the path goes on behind it; give the URL without", ARG(name));
    if (rest.n && rest.p[0] == '/')
        while (value.n && value.p[value.n - 1] == '/')
            value.n--;
    buf_add(out, value);
    return 0;
}

int url_expand(const char *template, struct str (*lookup)(void *ctx, struct str name), void *ctx, struct buf *out, struct err *err)
{
    struct str rest = str_of(template), text, name;
    bool start = true;
    while (rest.n) {
        bool brace = str_cut(rest, '{', &text, &rest);
        buf_add(out, text);
        start = start && !text.n;
        if (!brace)
            break;
        if (!str_cut(rest, '}', &name, &rest))
            return err_set(err, ERR_BUG, NULL, "the URL template '%s' has a brace that does not close", template);
        struct str value = lookup(ctx, name);
        if (!value.n)
            return err_set(err, ERR_CONFIG, "E480", "the URL needs '%.*s', which is %s", ARG(name), value.p ? "empty" : "not set");
        if (!start && (str_is(value, ".") || str_is(value, "..")))
            return err_set(err, ERR_CONFIG, "E480", "'%.*s' is '%.*s'; as part of a URL that would lead elsewhere", ARG(name), ARG(value));
        if (!start)
            url_encode(out, value);
        else if (first(name, value, rest, out, err) < 0)
            return -1;
        start = false;
    }
    return out->full ? err_set(err, ERR_CONFIG, "E480", "the URL is too long") : 0;
}
