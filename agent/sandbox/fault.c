/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox/fault.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum value { NONE, NUMBER, OPTIONAL_NUMBER, TEXT, OPTIONAL_TEXT };

static const struct kind { const char *name; enum value value; long min, max, otherwise; bool effect; } kinds[] = {
    [FAULT_LATENCY]       = { "latency", NUMBER, 0, 600000, 0, true },
    [FAULT_LATE]          = { "late", NUMBER, 0, 600000, 0, true },
    [FAULT_STATUS]        = { "status", NUMBER, 200, 599, 0, false },
    [FAULT_429]           = { "429", OPTIONAL_TEXT, 0, 0, 0, false },
    [FAULT_RESET_BEFORE]  = { "reset-before", NONE, 0, 0, 0, false },
    [FAULT_RESET_AFTER]   = { "reset-after", NONE, 0, 0, 0, true },
    [FAULT_DROP]          = { "drop", NONE, 0, 0, 0, false },
    [FAULT_TRUNCATE]      = { "truncate", NONE, 0, 0, 0, true },
    [FAULT_CUT]           = { "cut", OPTIONAL_NUMBER, 0, 1 << 20, -1, true },
    [FAULT_CUT_HEADER]    = { "cut-header", NONE, 0, 0, 0, true },
    [FAULT_INVALID_JSON]  = { "invalid-json", NONE, 0, 0, 0, true },
    [FAULT_CONTENT_TYPE]  = { "content-type", TEXT, 0, 0, 0, true },
    [FAULT_EMPTY]         = { "empty", NONE, 0, 0, 0, true },
    [FAULT_ENDLESS]       = { "endless", NONE, 0, 0, 0, true },
    [FAULT_GZIP_BOMB]     = { "gzip-bomb", NONE, 0, 0, 0, true },
    [FAULT_REDIRECT]      = { "redirect", TEXT, 0, 0, 0, false },
    [FAULT_SLOW]          = { "slow", NUMBER, 1, 1 << 30, 0, true },
    [FAULT_LAG]           = { "lag", NUMBER, 0, 600000, 0, true },
    [FAULT_HTML]          = { "html", NONE, 0, 0, 0, false },
    [FAULT_DEEP_JSON]     = { "deep-json", OPTIONAL_NUMBER, 1, 10000000, 100000, true },
    [FAULT_ERROR_200]     = { "error-200", OPTIONAL_NUMBER, 100, 99999, 400, false },
    [FAULT_LIE]           = { "lie", NONE, 0, 0, 0, true },
    [FAULT_EXPIRED_TOKEN] = { "expired-token", NONE, 0, 0, 0, true },
    [FAULT_RAW]           = { "raw", TEXT, 0, 0, 0, true },
};
_Static_assert(COUNT(kinds) == FAULT_COUNT, "a row for each kind");

static char *copy(struct str s) { char *c = mem_alloc(s.n + 1); if (s.n) memcpy(c, s.p, s.n); return c; }

static void fault_end(struct fault *f)
{
    free(f->spec); free(f->method); free(f->glob); free(f->text);
}

/* A leading word of capitals is a method, one that begins with / or * a path; then comes the kind. */
static void read_scope(struct str *rest, struct fault *f)
{
    struct str word, tail;
    size_t n = 0;
    while (n < rest->n && isupper((unsigned char)rest->p[n]))
        n++;
    if (n && n < rest->n && rest->p[n] == ' ') {
        f->method = copy(str_head(*rest, n));
        *rest = str_trim(str_skip(*rest, n));
    }
    if (rest->n && (rest->p[0] == '/' || rest->p[0] == '*') && str_cut(*rest, ' ', &word, &tail)) {
        f->glob = copy(word);
        *rest = str_trim(tail);
    }
}

/* Options are taken from the end as long as they are known ones, because a value may hold commas (an HTTP date). */
static bool read_option(struct str *rest, struct fault *f, int *effect)
{
    size_t at = rest->n;
    while (at && rest->p[at - 1] != ',')
        at--;
    if (!at)
        return false;
    struct str option = str_trim(str_skip(*rest, at));
    if (str_is(option, "effect"))
        *effect = 1;
    else if (str_is(option, "no-effect"))
        *effect = 0;
    else if (!(str_starts(option, STR("times=")) && str_to_long(str_skip(option, 6), 0, 1000000000, &f->times))
             && !(str_starts(option, STR("after=")) && str_to_long(str_skip(option, 6), 0, 1000000000, &f->after)))
        return false;
    *rest = str_trim(str_head(*rest, at - 1));
    return true;
}

static const char *read_value(struct str value, bool given, struct fault *f)
{
    const struct kind *k = &kinds[f->kind];
    f->number = k->otherwise;
    if (k->value == NONE)
        return given ? "takes no value" : NULL;
    if (!given)
        return k->value == NUMBER || k->value == TEXT ? "needs a value" : NULL;
    if (k->value == TEXT || k->value == OPTIONAL_TEXT) {
        f->text = copy(value);
        return NULL;
    }
    return str_to_long(value, k->min, k->max, &f->number) ? NULL : "takes a whole number in its range";
}

static void hint_kinds(struct err *err)
{
    auto_buf all = buf_init(sizeof err->hint - 1);
    for (size_t i = 0; i < COUNT(kinds); i++)
        buf_printf(&all, "%s%s", i ? ", " : "Kinds: ", kinds[i].name);
    err_hint(err, "%s.", all.p);
}

int fault_add(struct fault_rules *rules, const char *spec, struct err *err)
{
    struct fault f = { .times = -1, .spec = copy(str_of(spec)) };
    struct str rest = str_trim(str_of(f.spec)), name, value = { 0 };
    int effect = -1;
    read_scope(&rest, &f);
    while (read_option(&rest, &f, &effect))
        ;
    bool given = str_cut(rest, '=', &name, &value);
    while (f.kind < FAULT_COUNT && !str_is(name, kinds[f.kind].name))
        f.kind++;
    const char *wrong = f.kind == FAULT_COUNT ? "is not a kind of fault" : read_value(value, given, &f);
    if (wrong) {
        err_set(err, ERR_USAGE, "E001", "fault '%.200s': '%.*s' %s", spec, ARG(str_head(name, 60)), wrong);
        if (f.kind == FAULT_COUNT)
            hint_kinds(err);
        fault_end(&f);
        return -1;
    }
    f.effect = effect < 0 ? kinds[f.kind].effect : effect;
    rules->rules = mem_grow(rules->rules, &rules->cap, rules->n + 1, sizeof f);
    rules->rules[rules->n++] = f;
    return 0;
}

void fault_clear(struct fault_rules *rules)
{
    for (size_t i = 0; i < rules->n; i++)
        fault_end(&rules->rules[i]);
    free(rules->rules);
    *rules = (struct fault_rules){ 0 };
}

static bool matches(struct fault *f, const char *method, const char *path)
{
    if (f->method && strcmp(f->method, method) != 0)
        return false;
    if (f->glob && !str_glob(str_of(f->glob), str_of(path)))
        return false;
    if (f->after) {
        f->after--;
        return false;
    }
    if (f->times > 0)
        f->times--;
    else if (!f->times)
        return false;
    return true;
}

void fault_match(struct fault_rules *rules, const char *method, const char *path, struct arena *a, struct faults *ret)
{
    for (size_t i = 0; i < rules->n; i++) {
        struct fault *f = &rules->rules[i];
        if (!matches(f, method, path))
            continue;
        ret->on |= 1u << f->kind;
        ret->number[f->kind] = f->number;
        ret->text[f->kind] = f->text ? arena_str(a, str_of(f->text)).p : NULL;
        ret->no_effect |= !f->effect;
        const char *name = kinds[f->kind].name, *value = f->text ? f->text : "";
        ret->names = arena_printf(a, "%.*s%s%s%s%s", ARG(ret->names), ret->names.n ? " " : "", name, *value ? "=" : "", value);
        if (kinds[f->kind].value == NUMBER)
            ret->names = arena_printf(a, "%.*s=%ld", ARG(ret->names), f->number);
    }
}
