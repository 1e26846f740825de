/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/escape.h"

#include <ctype.h>
#include <string.h>

bool escape_is_mark(uint32_t c)
{
    static const struct { uint32_t from, to; } marks[] = {
        { 0x80, 0x9f },     { 0xad, 0xad },     { 0x61c, 0x61c },   { 0x180e, 0x180e }, { 0x200b, 0x200f },
        { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
        { 0x1bca0, 0x1bca3 }, { 0xe0000, 0xe0fff },
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (c >= marks[i].from && c <= marks[i].to)
            return c != 0xfe0f; /* the emoji selector is harmless and common */
    return false;
}

/* One character at s[*at]: escaped text into out, or false with *c set when it is harmless as it is. */
static bool escape_one(struct buf *out, struct str s, size_t *at, uint32_t *c, struct str *raw)
{
    size_t from = *at;
    *c = utf8_next(s, at);
    *raw = (struct str){ s.p + from, *at - from };
    if (*c == 0xfffd && raw->n == 1)
        buf_printf(out, "\\x%02x", (unsigned)(unsigned char)raw->p[0]);
    else if (*c == '\n')
        buf_puts(out, "\\n");
    else if (*c == '\t')
        buf_puts(out, "\\t");
    else if (*c == '\r')
        buf_puts(out, "\\r");
    else if (*c < 0x20 || *c == 0x7f)
        buf_printf(out, "\\x%02x", (unsigned)*c);
    else if (escape_is_mark(*c))
        buf_printf(out, "\\u{%04x}", (unsigned)*c);
    else
        return false;
    return true;
}

void escape_text(struct buf *out, struct str s)
{
    uint32_t c;
    struct str raw;
    for (size_t at = 0; at < s.n;)
        if (!escape_one(out, s, &at, &c, &raw))
            buf_add(out, raw);
}

void escape_quoted(struct buf *out, struct str s)
{
    uint32_t c;
    struct str raw;
    buf_char(out, '"');
    for (size_t at = 0; at < s.n;) {
        if (escape_one(out, s, &at, &c, &raw))
            continue;
        if (c == '"' || c == '\\')
            buf_char(out, '\\');
        buf_add(out, raw);
    }
    buf_char(out, '"');
}

void escape_json(struct buf *out, struct str s)
{
    buf_char(out, '"');
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        if (c == '"' || c == '\\')
            buf_printf(out, "\\%c", (char)c);
        else if (c > 0xffff && escape_is_mark(c))
            buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (c >> 10)), (unsigned)(0xdc00 + (c & 0x3ff)));
        else if (c < 0x20 || c == 0x7f || escape_is_mark(c) || (c == 0xfffd && at - from == 1))
            buf_printf(out, "\\u%04x", (unsigned)c);
        else
            buf_add(out, (struct str){ s.p + from, at - from });
    }
    buf_char(out, '"');
}

/* Does c, which ends at `at`, begin a mention, a reference, an emoji, or a link together with what follows? */
static bool joins(struct str s, size_t at, uint32_t c)
{
    if (c == '.')
        return at >= 4 && str_eq_nocase((struct str){ s.p + at - 4, 3 }, STR("www"));
    if (c == ':')
        return at < s.n && (s.p[at] == '/' || isalpha((unsigned char)s.p[at]));
    return c == '@' || c == '#';
}

void escape_markdown(struct buf *out, struct str s)
{
    uint32_t c;
    struct str raw;
    for (size_t at = 0; at < s.n;) {
        size_t before = out->n;
        if (escape_one(out, s, &at, &c, &raw)) {
            if (out->n > before) { /* it begins with a backslash, which must survive, also where HTML surrounds it */
                char made[24];
                size_t n = out->n - before - 1;
                memcpy(made, out->p + before + 1, n < sizeof made ? n : sizeof made);
                out->n = before;
                buf_puts(out, "&#92;");
                buf_add(out, (struct str){ made, n < sizeof made ? n : sizeof made });
            }
        } else if (c == '&') {
            buf_puts(out, "&amp;");
        } else if (c == '<') {
            buf_puts(out, "&lt;");
        } else if (c == '>') {
            buf_puts(out, "&gt;");
        } else if (joins(s, at, c)) {
            /* Sites look for mentions, references and links in the text after its entities were read: the zero-width
             * space parts what must not be read as one. */
            buf_printf(out, "&#%u;&#8203;", (unsigned)c);
        } else if (c == '@' || c == ':' || c == '#') {
            buf_printf(out, "&#%u;", (unsigned)c);
        } else if (c == '.' || c == '/') {
            buf_add(out, raw);
        } else if (c < 0x80 && strchr("\\`*_{}[]()!|~+-=$^\"'", (int)c)) {
            if (strchr("+-=()\"'", (int)c))
                buf_add(out, raw);
            else
                buf_printf(out, "&#%u;", (unsigned)c);
        } else {
            buf_add(out, raw);
        }
    }
}

size_t escape_width(struct str s)
{
    auto_buf b = buf_init(BUF_UNBOUNDED);
    escape_text(&b, s);
    return utf8_width(buf_str(&b));
}
