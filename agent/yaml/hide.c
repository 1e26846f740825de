/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "yaml/hide.h"

#include <string.h>

#include "base/mem.h"

/* --- names ------------------------------------------------------------------------------------- */

static bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || is_upper(c); }
static bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80; }

static bool ends_nocase(struct str s, const char *end)
{
    size_t n = strlen(end);
    return s.n >= n && str_eq_nocase(str_skip(s, s.n - n), (struct str){ end, n });
}

/* One word of a name; "apikey" and "tokens" are words too. */
static bool word_secret(struct str w)
{
    static const char *const ends[] = { "key", "token", "secret", "password", "passwd", "passphrase", "pwd", "pass", "credential", "auth", "authorization",
                                        "bearer", "creds", "cred" };
    for (size_t i = 0; i < COUNT(ends); i++)
        if (ends_nocase(w, ends[i]) || (ends_nocase(w, "s") && ends_nocase(str_head(w, w.n - 1), ends[i])))
            return true;
    return false;
}

/* Words end at what is no letter, and where a capital follows a small letter. */
bool hide_key(struct str key)
{
    for (size_t i = 0, from = 0; i <= key.n; i++) {
        bool letter = i < key.n && is_letter(key.p[i]);
        if (letter && !(i > from && is_upper(key.p[i]) && !is_upper(key.p[i - 1])))
            continue;
        if (i > from && word_secret((struct str){ key.p + from, i - from }))
            return true;
        from = letter ? i : i + 1;
    }
    return false;
}

/* --- one line ---------------------------------------------------------------------------------- */

/* `*name`, and nothing behind it that no name has: a secret may begin with an asterisk. */
static bool is_alias(struct str s)
{
    size_t i = 1;
    while (i < s.n && (is_word(s.p[i]) || s.p[i] == '-' || s.p[i] == '.'))
        i++;
    struct str rest = str_trim(str_skip(s, i));
    return s.p[0] == '*' && i > 1 && (!rest.n || rest.p[0] == '#' || rest.p[0] == ',' || rest.p[0] == '}');
}

/* A map that begins with `from`; one that begins otherwise may be a literal that somebody wrapped. */
static bool is_reference(struct str s)
{
    size_t i = 1;
    while (i < s.n && strchr(" \t\"'", s.p[i]))
        i++;
    return s.p[0] == '{' && (i == s.n || str_starts(str_skip(s, i), STR("from")));
}

static bool is_literal(struct str rest)
{
    rest = str_trim(rest);
    return rest.n && rest.p[0] != '#' && !is_alias(rest) && !is_reference(rest) && !str_is(rest, "null") && !str_is(rest, "~");
}

/* The key before the colon at `colon`. */
static struct str key_before(struct str line, size_t colon)
{
    size_t end = colon, from;
    while (end && strchr("\"' \t", line.p[end - 1]))
        end--;
    for (from = end; from && (is_word(line.p[from - 1]) || strchr("-. ", line.p[from - 1])); from--)
        ;
    return str_trim((struct str){ line.p + from, end - from });
}

/* The next `key:` from *at on; *at is behind it then, and behind the blanks that follow. */
static bool next_key(struct str line, size_t *at, struct str *ret_key)
{
    for (size_t i = *at; i < line.n; i++) {
        if (line.p[i] != ':')
            continue;
        *ret_key = key_before(line, i);
        for (i++; i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'); i++)
            ;
        *at = i;
        return true;
    }
    return false;
}

size_t hide_from(struct str line, bool (*plain)(struct str key))
{
    struct str key;
    for (size_t at = 0; next_key(line, &at, &key);) {
        bool nameless = !key.n && str_starts(str_trim(line), STR(":")); /* `? key`, and its value in the next line */
        if ((nameless || (hide_key(key) && !(plain && plain(key)))) && is_literal(str_skip(line, at)))
            return at;
    }
    return line.n;
}

/* --- several lines ----------------------------------------------------------------------------- */

static size_t indent_of(struct str line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

/* Does it begin with `key:`, perhaps behind dashes? */
static bool has_own_key(struct str line)
{
    size_t i = indent_of(line);
    while (i + 1 < line.n && line.p[i] == '-' && line.p[i + 1] == ' ')
        i += 1 + indent_of(str_skip(line, i + 1));
    size_t from = i;
    while (i < line.n && (is_word(line.p[i]) || strchr("-.\"' ", line.p[i])))
        i++;
    return i > from && i < line.n && line.p[i] == ':' && (i + 1 == line.n || strchr(" \t\r", line.p[i + 1]));
}

/* A line with a key that sounds secret: does it leave the value to lines below, or begin one that may go on there? */
struct opener { size_t indent; bool open, begun; };

static struct opener opener_of(struct str line)
{
    struct opener o = { .indent = indent_of(line) };
    struct str key, rest;
    for (size_t at = 0; next_key(line, &at, &key);) {
        if (!hide_key(key))
            continue;
        rest = str_trim(str_skip(line, at));
        o.begun |= rest.n && rest.p[0] != '#' && is_literal(rest);
        o.open |= o.begun || !rest.n || rest.p[0] == '#';
    }
    return o;
}

/* Lines further above are not looked at: a finding must not cost more than that. */
enum { LOOK_BACK = 64 << 10 };

/* Where the line begins, and where looking begins before it; false when there is no such line. */
static bool window(struct str text, uint32_t number, size_t *ret_from, size_t *ret_line)
{
    size_t at = 0, from = 0;
    for (uint32_t n = 1; n < number; n++) {
        const char *p = at < text.n ? memchr(text.p + at, '\n', text.n - at) : NULL;
        if (!p)
            return false;
        at = (size_t)(p - text.p) + 1;
    }
    if (at > LOOK_BACK) {
        const char *p = memchr(text.p + at - LOOK_BACK, '\n', LOOK_BACK);
        from = p ? (size_t)(p - text.p) + 1 : at;
    }
    *ret_from = from;
    *ret_line = at;
    return true;
}

bool hide_line(struct str text, uint32_t number, bool broken)
{
    struct str line, rest;
    struct opener last = { 0 };
    bool any = false, beneath = false;
    size_t from, at;
    if (!number || !window(text, number, &from, &at))
        return false;
    for (struct str above = { text.p + from, at - from }; above.n && str_cut(above, '\n', &line, &above);) {
        bool blank = !str_trim(line).n;
        if (str_starts(line, STR("---")))
            any = beneath = false;
        if (!blank && indent_of(line) <= last.indent)
            beneath = false;
        if (blank || (beneath && last.begun))
            continue;
        struct opener o = opener_of(line);
        if (!o.open)
            continue;
        last = o;
        any = beneath = true;
    }
    (void)str_cut(str_skip(text, at), '\n', &line, &rest);
    bool own = has_own_key(line);
    if (beneath && indent_of(line) > last.indent)
        return last.begun || !own;
    return broken && any && !own && !str_starts(line, STR("---"));
}

struct str hide_all(struct arena *a, struct str line)
{
    size_t indent = indent_of(line);
    return arena_printf(a, "%*s(secret)", (int)(indent < 60 ? indent : 60), "");
}
