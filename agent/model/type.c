/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/type.h"

#include <stdarg.h>
#include <stdio.h>

#include "model/type_private.h"

bool type_problem(struct problem *ret, const char *mend, const char *what, ...)
{
    va_list args;
    va_start(args, what);
    (void)vsnprintf(ret->what, sizeof ret->what, what, args);
    va_end(args);
    (void)snprintf(ret->mend, sizeof ret->mend, "%s", mend);
    return false;
}

struct short_text type_short(struct str text)
{
    enum { MOST = 60 };
    struct short_text ret;
    size_t at = 0;
    for (size_t n = 0; n < MOST && at < text.n; n++)
        (void)utf8_next(text, &at);
    (void)snprintf(ret.p, sizeof ret.p, "%.*s%s", (int)at, text.n ? text.p : "", at < text.n ? "..." : "");
    return ret;
}

const char *type_find_any(struct str s, const char *set)
{
    uint64_t bits[2] = { 0, 0 };
    for (; *set; set++)
        bits[*set >> 6 & 1] |= (uint64_t)1 << (*set & 63);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x80 && bits[s.p[i] >> 6 & 1] >> (s.p[i] & 63) & 1)
            return s.p + i;
    return NULL;
}

bool type_is_digits(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

struct str type_lower(struct arena *a, struct str s)
{
    struct str copy = arena_str(a, s);
    char *p = (char *)copy.p;
    for (size_t i = 0; i < copy.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] + 32);
    return copy;
}

struct str type_normal(const struct field *f, struct arena *a, struct str text)
{
    if (f->type == &type_choice && f->choices)
        for (size_t i = 0; f->choices[i]; i++)
            if (str_eq_nocase(str_trim(text), str_of(f->choices[i])))
                return str_of(f->choices[i]);
    return f->type->normal ? f->type->normal(a, text) : text;
}

bool type_masked(struct str text)
{
    if (text.n == 0 || (text.p[0] != '*' && (text.p[0] != 'x' || text.n < 3)))
        return false;
    for (size_t i = 1; i < text.n; i++)
        if (text.p[i] != text.p[0])
            return false;
    return true;
}

/* --- checking ---------------------------------------------------------------------------------- */

static const char *shape_of(const struct value *v)
{
    switch (v->type) {
    case VALUE_LIST: return "a list";
    case VALUE_MAP:  return "a map";
    default:         return "one value";
    }
}

static bool find(const struct field *f, const struct value *v, struct str address, struct diags *d, const char *code,
                 const char *what, const char *mend)
{
    struct diag *item = diag_add(d, SEVERITY_ERROR, code, v->at, "'%s' %s.", field_name(f), what);
    item->address = arena_str(&d->arena, address);
    diag_hint(d, item, "%s", mend);
    return false;
}

/* Control characters could end a header or a line of a log; a text of several lines may hold line breaks and tabs. */
static bool check_characters(const struct field *f, struct str text, struct problem *ret)
{
    for (size_t at = 0; at < text.n;) {
        if (text.p[at] >= 0x20 && text.p[at] < 0x7f) { /* nearly always */
            at++;
            continue;
        }
        uint32_t c = utf8_next(text, &at);
        if (c >= 0x20 && (c < 0x7f || c > 0x9f))
            continue;
        if (f->type->multiline && (c == '\n' || c == '\t'))
            continue;
        if (c == '\n' || c == '\r')
            return type_problem(ret, "Write it on one line, and without \\n or \\r in double quotes.", "holds a line break");
        return type_problem(ret, "Remove the character.", "holds the control character U+%04X", (unsigned)c);
    }
    return true;
}

static bool check_length(const struct field *f, struct str text, struct problem *ret)
{
    if (text.n >= f->min && text.n > 0 && (!f->max || text.n <= f->max) && f->min <= 1)
        return true; /* bytes are never fewer than characters */
    size_t n = utf8_length(text);
    char mend[96];
    if (f->max && n > f->max) {
        (void)snprintf(mend, sizeof mend, "Shorten it by %zu.", n - f->max);
        return type_problem(ret, mend, "is %zu characters; the provider takes %zu", n, f->max);
    }
    if (n < f->min && n == 0)
        return type_problem(ret, "Write a value, or remove the key to leave it alone.", "is empty");
    if (n < f->min)
        return type_problem(ret, "Lengthen it.", "is %zu character%s; the provider wants %zu at least", n, n == 1 ? "" : "s",
                            f->min);
    return true;
}

static bool check_text(const struct field *f, const struct value *v, struct str address, struct diags *d)
{
    struct problem p;
    p.what[0] = p.mend[0] = '\0';
    if (v->type != VALUE_TEXT && v->type != VALUE_BOOL) {
        (void)type_problem(&p, "", "takes one value, not %s", shape_of(v));
        return find(f, v, address, d, "E304", p.what, "Write a single value behind the colon.");
    }
    if (!check_characters(f, v->text, &p))
        return find(f, v, address, d, "E309", p.what, p.mend);
    if (!check_length(f, v->text, &p))
        return find(f, v, address, d, "E307", p.what, p.mend);
    if (!f->type->check || f->type->check(f, v->text, &p))
        return true;
    if (f->flags & FIELD_SECRET) /* what is wrong may quote the text */
        (void)snprintf(p.what, sizeof p.what, "is not a right %s", f->type->name);
    return find(f, v, address, d, f->type == &type_choice ? "E310" : "E306", p.what, p.mend);
}

static bool check_bool(const struct field *f, const struct value *v, struct str address, struct diags *d)
{
    char what[160], mend[96];
    if (v->type == VALUE_BOOL)
        return true;
    if (v->type != VALUE_TEXT) {
        (void)snprintf(what, sizeof what, "takes true or false, not %s", shape_of(v));
        return find(f, v, address, d, "E304", what, "Write true or false behind the colon.");
    }
    bool yes = str_is(v->text, "true"), known = yes || str_is(v->text, "false");
    if (known && !v->quoted) /* a resolved reference */
        return true;
    static const char *const likely[][2] = {
        { "yes", "true" }, { "on", "true" }, { "y", "true" }, { "1", "true" }, { "true", "true" },
        { "no", "false" }, { "off", "false" }, { "n", "false" }, { "0", "false" }, { "false", "false" },
    };
    (void)snprintf(mend, sizeof mend, "Write true or false.");
    for (size_t i = 0; i < sizeof likely / sizeof *likely; i++)
        if (str_eq_nocase(v->text, str_of(likely[i][0])))
            (void)snprintf(mend, sizeof mend, "Write %s%s.", likely[i][1], known ? " without quotes" : "");
    (void)snprintf(what, sizeof what, known ? "is the text \"%s\"; booleans are true and false" :
                   "is %s; booleans are true and false", type_short(v->text).p);
    return find(f, v, address, d, "E305", what, mend);
}

bool type_check(const struct field *f, const struct value *v, struct str address, struct diags *d)
{
    if (v->type == VALUE_NULL || v->type == VALUE_REFERENCE || v->type == VALUE_FORMAT)
        return true;
    switch (f->type->shape) {
    case SHAPE_BOOL: return check_bool(f, v, address, d);
    case SHAPE_LIST: return list_check(f, v, address, d);
    case SHAPE_MAP:  return map_check(f, v, address, d);
    default:         return check_text(f, v, address, d);
    }
}

/* --- comparing --------------------------------------------------------------------------------- */

static struct str text_of(const struct value *v)
{
    if (v->type == VALUE_BOOL)
        return v->flag ? STR("true") : STR("false");
    return v->text;
}

bool type_same(const struct field *f, const struct value *want, const struct value *seen)
{
    bool none_wanted = !want || want->type == VALUE_NULL, none_seen = !seen || seen->type == VALUE_NULL;
    if (none_wanted || none_seen)
        return none_wanted && none_seen;
    if (want->type >= VALUE_REFERENCE || seen->type >= VALUE_REFERENCE)
        return value_equal(want, seen);
    if (f->type->same)
        return f->type->same(f, want, seen);
    if (f->type->shape == SHAPE_LIST)
        return list_same(f, want, seen);
    if (want->type >= VALUE_LIST || seen->type >= VALUE_LIST)
        return value_equal(want, seen);
    if (f->type->shape == SHAPE_BOOL)
        return str_eq_nocase(text_of(want), text_of(seen));
    auto_arena a = { 0 };
    return str_eq(type_normal(f, &a, text_of(want)), type_normal(f, &a, text_of(seen)));
}
