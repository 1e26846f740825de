/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/inside.h"

/* Written and read by hand: a look-up of each of 10,000 objects should not build 10,000 trees, and values must come back byte for byte. */

void json_text(struct buf *out, struct str text)
{
    buf_char(out, '"');
    for (size_t i = 0, from = 0; i <= text.n; i++) {
        unsigned char c = i < text.n ? (unsigned char)text.p[i] : 0;
        if (i < text.n && c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(out, (struct str){ text.p + from, i - from });
        if (i < text.n && c < 0x20)
            buf_printf(out, "\\u%04x", c);
        else if (i < text.n)
            buf_printf(out, "\\%c", c);
        from = i + 1;
    }
    buf_char(out, '"');
}

/* --- a JSON value, stepped over ------------------------------------------------------------------------------ */

struct cursor { const char *p, *end; };

static bool eat(struct cursor *c, char what)
{
    if (c->p == c->end || *c->p != what)
        return false;
    c->p++;
    return true;
}

static bool skip_text(struct cursor *c)
{
    if (!eat(c, '"'))
        return false;
    for (; c->p < c->end; c->p++) {
        if (*c->p == '"')
            return c->p++, true;
        if (*c->p == '\\' && ++c->p == c->end)
            return false;
    }
    return false;
}

static bool skip_word(struct cursor *c)
{
    const char *from = c->p;
    while (c->p < c->end && ((*c->p >= '0' && *c->p <= '9') || ((*c->p | 0x20) >= 'a' && (*c->p | 0x20) <= 'z') || *c->p == '-' || *c->p == '+' || *c->p == '.'))
        c->p++;
    return c->p > from;
}

/* Any value without white space; brackets must match in number, which is all that a value of ours can get wrong. */
static bool skip_value(struct cursor *c)
{
    size_t depth = 0;
    do {
        if (c->p == c->end)
            return false;
        char first = *c->p;
        if (first == '{' || first == '[') {
            depth++;
            c->p++;
        } else if (depth && (first == '}' || first == ']')) {
            depth--;
            c->p++;
        } else if (depth && (first == ',' || first == ':')) {
            c->p++;
        } else if (!(first == '"' ? skip_text(c) : skip_word(c))) {
            return false;
        }
    } while (depth);
    return true;
}

static bool whole_value(struct str json)
{
    struct cursor c = { json.p, json.p + json.n };
    return json.n && skip_value(&c) && c.p == c.end;
}

/* --- writing ---------------------------------------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
    return str_cmp((*(const struct applied_field *const *)a)->path, (*(const struct applied_field *const *)b)->path);
}

int fields_write(struct buf *out, const struct record *r, struct err *err)
{
    auto_free const struct applied_field **sorted = mem_array(r->n, sizeof *sorted);
    for (size_t i = 0; i < r->n; i++)
        sorted[i] = &r->fields[i];
    if (r->n > 1)
        qsort(sorted, r->n, sizeof(const struct applied_field *), by_path);
    for (size_t i = 0; i < r->n; i++) {
        const struct applied_field *f = sorted[i];
        buf_char(out, i ? ',' : '{');
        json_text(out, f->path);
        buf_printf(out, ":[%lld,\"%s%s\",", (long long)f->at, f->secret ? "s" : "", f->adopted ? "a" : "");
        if (f->secret)
            json_text(out, f->json);
        else if (whole_value(f->json))
            buf_add(out, f->json);
        else
            return err_set(err, ERR_BUG, NULL, "'%.*s' of '%.*s' is not recorded as JSON", ARG(f->path), ARG(r->key.address));
        buf_char(out, ']');
    }
    buf_puts(out, r->n ? "}" : "{}");
    return out->full ? err_set(err, ERR_IO, "E501", "the record of '%.*s' is larger than %d bytes", ARG(r->key.address), STORE_RECORD_MAX) : 0;
}

/* --- reading ---------------------------------------------------------------------------------------------- */

/* What is read stays where it is, in a copy of the whole text; the quote or bracket behind it makes room for the NUL that texts end with. */
static struct str end_here(const char *from, const char *to)
{
    *(char *)(uintptr_t)to = '\0';
    return (struct str){ from, (size_t)(to - from) };
}

/* A text as json_text() writes it. */
static bool take_text(struct cursor *c, struct str *ret)
{
    const char *from = c->p + 1;
    if (!skip_text(c))
        return false;
    struct str raw = end_here(from, c->p - 1), plain = raw;
    if (raw.n && memchr(raw.p, '\\', raw.n)) {
        char *to = (char *)(uintptr_t)plain.p;
        for (size_t i = 0; i < raw.n; i++) {
            if (raw.p[i] != '\\') {
                *to++ = raw.p[i];
            } else if (raw.p[++i] != 'u') {
                *to++ = raw.p[i];
            } else if (raw.n - i > 4) {
                char digits[5] = { raw.p[i + 1], raw.p[i + 2], raw.p[i + 3], raw.p[i + 4], 0 };
                *to++ = (char)strtol(digits, NULL, 16);
                i += 4;
            }
        }
        plain.n = (size_t)(to - plain.p);
        *to = '\0';
    }
    *ret = plain;
    return true;
}

static bool take_number(struct cursor *c, int64_t *ret)
{
    const char *from = c->p;
    long v;
    if (!skip_word(c) || !str_to_long((struct str){ from, (size_t)(c->p - from) }, INT64_MIN, INT64_MAX, &v))
        return false;
    *ret = v;
    return true;
}

static bool take_field(struct cursor *c, struct applied_field *ret)
{
    const char *flags = NULL;
    *ret = (struct applied_field){ 0 };
    if (!take_text(c, &ret->path) || !eat(c, ':') || !eat(c, '[') || !take_number(c, &ret->at) || !eat(c, ','))
        return false;
    flags = c->p;
    if (!skip_text(c))
        return false;
    for (; flags < c->p; flags++) {
        ret->secret |= *flags == 's';
        ret->adopted |= *flags == 'a';
    }
    const char *from = c->p + 1;
    if (!eat(c, ',') || !(ret->secret ? take_text(c, &ret->json) : skip_value(c)))
        return false;
    const char *to = c->p;
    if (!eat(c, ']'))
        return false;
    if (!ret->secret)
        ret->json = end_here(from, to);
    return true;
}

bool fields_read(struct str json, struct arena *a, struct applied_field **ret, size_t *ret_n)
{
    struct str copy = arena_str(a, json);
    struct cursor c = { copy.p, copy.p + copy.n };
    size_t cap = 0;
    *ret = NULL;
    *ret_n = 0;
    if (!eat(&c, '{'))
        return false;
    while (!eat(&c, '}')) {
        if (*ret_n == cap) {
            struct applied_field *more = ARENA_ARRAY(a, cap ? cap * 2 : 8, struct applied_field);
            if (cap)
                memcpy(more, *ret, cap * sizeof *more);
            cap = cap ? cap * 2 : 8;
            *ret = more;
        }
        if ((*ret_n && !eat(&c, ',')) || !take_field(&c, &(*ret)[*ret_n]))
            return false;
        ++*ret_n;
    }
    return c.p == c.end;
}
