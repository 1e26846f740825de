/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text to a jansson tree. jansson's own reader takes every byte through three functions, 95 instructions each, which was a sixth of
 * a plan; this one looks at runs of plain characters, for a quarter of the cost. It takes and refuses what json_loadb(JSON_DECODE_ANY)
 * does (but no NUL between values): the unit test compares the two over mutated texts.
 */
#include "wire/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum { MOST_DEPTH = 2048 };          /* jansson's own */

struct reader { const char *p, *end; unsigned depth; };

static json_t *read_value(struct reader *r);

static void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\n' || *r->p == '\t' || *r->p == '\r'))
        r->p++;
}

static bool eat(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

/* --- texts --------------------------------------------------------------------------------------- */

static bool read_hex(struct reader *r, uint32_t *ret)
{
    uint32_t c = 0;
    if (r->end - r->p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char d = *r->p++;
        if (d >= '0' && d <= '9')
            c = c * 16 + (uint32_t)(d - '0');
        else if ((d | 0x20) >= 'a' && (d | 0x20) <= 'f')
            c = c * 16 + (uint32_t)((d | 0x20) - 'a' + 10);
        else
            return false;
    }
    *ret = c;
    return true;
}

static void add_code_point(struct buf *b, uint32_t c)
{
    if (c < 0x80) {
        buf_char(b, (char)c);
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };
    buf_char(b, (char)(first[more] | c >> (6 * more)));
    while (more-- > 0)
        buf_char(b, (char)(0x80 | (c >> (6 * more) & 0x3f)));
}

/* Behind "\u". A NUL and half of a surrogate pair are refused. */
static bool read_unicode(struct reader *r, struct buf *b)
{
    uint32_t c, low;
    if (!read_hex(r, &c) || !c || (c >= 0xdc00 && c <= 0xdfff))
        return false;
    if (c >= 0xd800 && c <= 0xdbff) {
        if (!eat(r, '\\') || !eat(r, 'u') || !read_hex(r, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    add_code_point(b, c);
    return true;
}

/* Behind a backslash. */
static bool read_escape(struct reader *r, struct buf *b)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (r->p == r->end || !*r->p)
        return false;
    char c = *r->p++;
    const char *at = strchr(from, c);
    if (at)
        buf_char(b, to[at - from]);
    return at || (c == 'u' && read_unicode(r, b));
}

/* The next run of characters that stand for themselves. */
static struct str plain_run(struct reader *r, bool *ret_ascii)
{
    const char *from = r->p;
    unsigned char seen = 0;
    while (r->p < r->end && *r->p != '"' && *r->p != '\\' && (unsigned char)*r->p >= 0x20)
        seen |= (unsigned char)*r->p++;
    *ret_ascii = seen < 0x80;
    return (struct str){ from, (size_t)(r->p - from) };
}

/* Behind the first quote. Without an escape *ret points into the text, else into `b`. */
static bool read_text(struct reader *r, struct buf *b, struct str *ret)
{
    bool ascii, all;
    *ret = plain_run(r, &all);
    if (!eat(r, '"')) {
        buf_add(b, *ret);
        while (eat(r, '\\')) {
            if (!read_escape(r, b))
                return false;
            buf_add(b, plain_run(r, &ascii));
            all = all && ascii;
        }
        *ret = buf_str(b);
        if (!eat(r, '"'))
            return false;
    }
    return all || utf8_valid(*ret);
}

static json_t *read_string(struct reader *r)
{
    struct str s;
    auto_buf b = buf_init(BUF_UNBOUNDED);
    return read_text(r, &b, &s) ? json_stringn_nocheck(s.p, s.n) : NULL;
}

/* --- numbers ------------------------------------------------------------------------------------- */

static bool digits(struct reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
        r->p++;
    return r->p > from;
}

/* One zero, or digits that begin with another. */
static bool whole_part(struct reader *r)
{
    (void)eat(r, '-');
    if (!eat(r, '0'))
        return digits(r);
    return r->p == r->end || *r->p < '0' || *r->p > '9';
}

static bool exponent(struct reader *r)
{
    if (!eat(r, '+'))
        (void)eat(r, '-');
    return digits(r);
}

static json_t *read_number(struct reader *r)
{
    struct str s = { r->p, 0 };
    auto_buf copy = buf_init(BUF_UNBOUNDED);
    bool real = false;
    if (!whole_part(r))
        return NULL;
    if (eat(r, '.')) {
        real = true;
        if (!digits(r))
            return NULL;
    }
    if (eat(r, 'e') || eat(r, 'E')) {
        real = true;
        if (!exponent(r))
            return NULL;
    }
    s.n = (size_t)(r->p - s.p);
    buf_add(&copy, s);               /* strtoll and strtod want an end */
    errno = 0;
    if (!real) {
        long long v = strtoll(buf_str(&copy).p, NULL, 10);
        return errno ? NULL : json_integer(v);
    }
    double v = strtod(buf_str(&copy).p, NULL);
    bool too_large = errno == ERANGE && (v > 1 || v < -1);
    return too_large ? NULL : json_real(v);
}

/* --- values -------------------------------------------------------------------------------------- */

/* Takes over. */
static json_t *give_up(json_t *all)
{
    json_decref(all);
    return NULL;
}

static json_t *read_object(struct reader *r)
{
    json_t *all = json_object();
    struct str key;
    auto_buf b = buf_init(BUF_UNBOUNDED);
    skip_space(r);
    if (eat(r, '}'))
        return all;
    do {
        buf_clear(&b);
        skip_space(r);
        if (!eat(r, '"') || !read_text(r, &b, &key))
            return give_up(all);
        skip_space(r);
        json_t *value = eat(r, ':') ? read_value(r) : NULL;
        if (!value || json_object_setn_new_nocheck(all, key.p, key.n, value) < 0)
            return give_up(all);
        skip_space(r);
    } while (eat(r, ','));
    return eat(r, '}') ? all : give_up(all);
}

static json_t *read_array(struct reader *r)
{
    json_t *all = json_array();
    skip_space(r);
    if (eat(r, ']'))
        return all;
    do {
        json_t *value = read_value(r);
        if (!value || json_array_append_new(all, value) < 0)
            return give_up(all);
        skip_space(r);
    } while (eat(r, ','));
    return eat(r, ']') ? all : give_up(all);
}

static json_t *read_word(struct reader *r)
{
    static const struct { struct str text; json_t *(*make)(void); } words[] = { { STR("true"), json_true }, { STR("false"), json_false }, { STR("null"), json_null } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!str_starts((struct str){ r->p, (size_t)(r->end - r->p) }, words[i].text))
            continue;
        r->p += words[i].text.n;
        bool longer = r->p < r->end && (*r->p | 0x20) >= 'a' && (*r->p | 0x20) <= 'z';
        return longer ? NULL : words[i].make();
    }
    return NULL;
}

static json_t *read_value(struct reader *r)
{
    json_t *j = NULL;
    skip_space(r);
    if (r->p == r->end || ++r->depth > MOST_DEPTH)
        return NULL;
    if (eat(r, '"'))
        j = read_string(r);
    else if (eat(r, '{'))
        j = read_object(r);
    else if (eat(r, '['))
        j = read_array(r);
    else if (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))
        j = read_number(r);
    else
        j = read_word(r);
    r->depth--;
    return j;
}

json_t *json_read(struct str text, size_t *ret_at)
{
    struct reader r = { .p = text.p ? text.p : "", .end = (text.p ? text.p : "") + text.n };
    const char *from = r.p;
    json_t *j = read_value(&r);
    skip_space(&r);
    if (j && r.p == r.end)
        return j;
    *ret_at = (size_t)(r.p - from);
    return j ? give_up(j) : NULL;
}
