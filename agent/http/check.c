/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/check.h"

#include <string.h>

/* Token characters of RFC 9110 5.6.2. */
static bool name_ok(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return s.n > 0;
}

static bool value_ok(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < ' ' && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

static bool plain_ok(struct str s)
{
    return value_ok(s) && !(s.n && memchr(s.p, ' ', s.n)) && !(s.n && memchr(s.p, '\t', s.n));
}

static int check_headers(const struct http_request *r, struct err *err)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        const struct http_header *h = &r->headers[i];
        if (!name_ok(h->name))
            return err_set(err, ERR_CONFIG, "E608", "a header's name is empty or has a character that does not belong there; nothing was sent");
        if (!value_ok(h->value)) {
            (void)err_set(err, ERR_CONFIG, "E608", "the value for the header '%.*s' has a line break or control character; nothing was sent",
                          ARG(h->name));
            return err_hint(err, "A secret read from a file often ends with a stray line break. Store it without.");
        }
    }
    if (r->content_type && !value_ok(str_of(r->content_type)))
        return err_set(err, ERR_CONFIG, "E608", "the Content-Type has a line break or control character; nothing was sent");
    return 0;
}

static struct str prefix_of(struct str url)
{
    long at = str_find(url, STR("://"));
    size_t n = at < 0 ? url.n : (size_t)at + 3;
    while (n < url.n && url.p[n] != '/' && url.p[n] != '?' && url.p[n] != '#')
        n++;
    return str_head(url, n);
}

static int check_origin(const struct http_request *r, struct origin_cache *cache, struct err *err)
{
    struct str prefix = prefix_of(r->url);
    if (!plain_ok(r->url))
        return err_set(err, ERR_CONFIG, "E480", "a URL has a space or control character in it; nothing was sent");
    if (cache->n && str_eq(prefix, (struct str){ cache->prefix, cache->n }))
        return 0;
    cache->n = 0;
    if (origin_parse(r->url, &cache->origin, err) < 0)
        return -1;
    if (prefix.n <= sizeof cache->prefix) {
        memcpy(cache->prefix, prefix.p, prefix.n);
        cache->n = prefix.n;
    }
    return 0;
}

int request_check(const struct http_request *r, bool read_only, struct origin_cache *cache, const struct origin **ret_origin, struct err *err)
{
    bool read = r->method == METHOD_GET || r->method == METHOD_HEAD || (r->method == METHOD_POST && r->token);
    if (read_only && !read && !r->aside)
        return err_set(err, ERR_BUG, "E690", "a dry run never writes: %s was refused", method_names[r->method]);
    if (check_origin(r, cache, err) < 0 || check_headers(r, err) < 0)
        return -1;
    for (size_t i = 0; i < r->n_origins; i++)
        if (origin_same(&r->origins[i], &cache->origin)) {
            *ret_origin = &r->origins[i];
            return 0;
        }
    auto_buf text = buf_init(512);
    origin_text(&cache->origin, &text);
    (void)err_set(err, ERR_TRUST, "E482", "the credentials of this account are not for '%s'; nothing was sent", buf_str(&text).p);
    return err_hint(err, "Name the origin with --allow-origin or in the trust file if it is right.");
}
