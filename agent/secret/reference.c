/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secret/reference.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *const scheme_names[SCHEME_COUNT] = { "env", "file", "cred", "exec", "var" };

static bool problem(struct problem *ret, const char *what, const char *mend)
{
    (void)snprintf(ret->what, sizeof ret->what, "%s", what);
    (void)snprintf(ret->mend, sizeof ret->mend, "%s", mend);
    return false;
}

static bool is_name(struct str s, const char *more)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
        if (!letter && !(c >= '0' && c <= '9' && (i || *more)) && !(c && strchr(more, c)))
            return false;
    }
    return s.n > 0 && s.n <= 255;
}

static bool check_program(struct str rest, struct problem *ret)
{
    struct str program, arguments;
    (void)str_cut(rest, ' ', &program, &arguments);
    if (!program.n || program.p[0] != '/' || str_find(program, STR("/../")) >= 0 || str_find(program, STR("//")) >= 0)
        return problem(ret, "does not begin with the absolute path of a program", "Write \"exec:/usr/bin/pass show kaleyra\".");
    auto_arena a = { 0 };
    char *words[EXEC_MAX_ARGS + 1];
    if (!reference_split(rest, &a, words))
        return problem(ret, "has a quote that is not closed, or more than 64 words", "Close the quote, or put the call into a script.");
    return true;
}

static bool check_rest(const struct reference *r, struct problem *ret)
{
    switch (r->scheme) {
    case SCHEME_ENV:
        return is_name(r->rest, "") || problem(ret, "does not name an environment variable", "Write \"env:KALEYRA_API_KEY\": letters, digits and _.");
    case SCHEME_VAR:
        return is_name(r->rest, "-.") || problem(ret, "does not name a variable", "Write \"var:NAME\", as in --var NAME=VALUE.");
    case SCHEME_CRED:
        return (is_name(r->rest, "-.@+:") && !str_is(r->rest, ".") && !str_is(r->rest, "..")) ||
               problem(ret, "does not name a credential", "Write \"cred:NAME\", as in LoadCredential=NAME:PATH; no slash.");
    case SCHEME_FILE:
        return (r->rest.n && !memchr(r->rest.p, '\0', r->rest.n) && r->rest.n < PATH_MAX) ||
               problem(ret, "does not name a file", "Write \"file:PATH\".");
    default:
        return check_program(r->rest, ret);
    }
}

bool reference_parse(struct str text, struct reference *ret, struct problem *ret_problem)
{
    struct str scheme, rest;
    bool colon = str_cut(text, ':', &scheme, &rest);
    for (enum scheme i = 0; colon && i < SCHEME_COUNT; i++) {
        if (!str_is(scheme, scheme_names[i]))
            continue;
        *ret = (struct reference){ i, rest };
        return check_rest(ret, ret_problem);
    }
    const char *near = colon ? str_nearest(scheme, scheme_names, SCHEME_COUNT) : NULL;
    (void)problem(ret_problem, colon ? "has an unknown scheme" : "has no scheme", "");
    (void)snprintf(ret_problem->mend, sizeof ret_problem->mend, "%s%s%sWrite env:NAME, file:PATH, cred:NAME, exec:/ABS/PROGRAM ARG or var:NAME.",
                   near ? "Did you mean '" : "", near ? near : "", near ? ":'? " : "");
    return false;
}

/* --- walking ---------------------------------------------------------------------------------------------- */

bool reference_field_secret(const struct field *f)
{
    return f->flags & FIELD_SECRET;
}

static const struct field *member_row(const struct field *f, struct str key)
{
    for (const struct field *row = f->items; row && row->path; row++)
        if (str_is(key, field_name(row)))
            return row;
    return f;
}

void reference_each(const struct field *f, struct value *v, reference_visit *visit, void *ctx)
{
    if (v->type == VALUE_REFERENCE || v->type == VALUE_FORMAT)
        visit(ctx, f, v);
    for (size_t i = 0; (v->type == VALUE_LIST || v->type == VALUE_MAP) && i < v->n; i++)
        reference_each(v->type == VALUE_MAP ? member_row(f, value_key(&v->items[i])) : f, &v->items[i], visit, ctx);
}

/* --- exec: ------------------------------------------------------------------------------------------------ */

bool reference_split(struct str command, struct arena *a, char *ret[EXEC_MAX_ARGS + 1])
{
    size_t n = 0;
    char *to = (char *)(uintptr_t)arena_str(a, command).p, quote = '\0';
    bool inside = false;
    for (size_t i = 0; i < command.n; i++) {
        char c = command.p[i];
        if (!c)
            return false;
        if (!quote && (c == ' ' || c == '\t')) {
            if (inside)
                *to++ = '\0';
            inside = false;
            continue;
        }
        if (!inside) {
            if (n == EXEC_MAX_ARGS)
                return false;
            ret[n++] = to;
            inside = true;
        }
        if (quote ? c == quote : c == '\'' || c == '"')
            quote = quote ? '\0' : c;
        else
            *to++ = c;
    }
    *to = '\0';
    ret[n] = NULL;
    return n > 0 && !quote;
}

/* --- file: ------------------------------------------------------------------------------------------------ */

bool path_beneath(struct str root, struct str path)
{
    if (str_is(root, "/"))
        return path.n && path.p[0] == '/';
    return str_starts(path, root) && (path.n == root.n || path.p[root.n] == '/');
}

bool reference_path(struct str rest, const char *document, struct arena *a, struct str *ret)
{
    const char *slash = rest.p[0] == '/' || !document ? NULL : strrchr(document, '/');
    char *whole = (char *)(uintptr_t)arena_printf(a, "%.*s%.*s", slash ? (int)(slash + 1 - document) : 0, document ? document : "", ARG(rest)).p;
    char resolved[PATH_MAX];
    size_t end = strlen(whole);
    for (bool there = false; !there;) { /* the longest beginning that exists */
        char kept = whole[end];
        whole[end] = '\0';
        there = realpath(end ? whole : ".", resolved) != NULL;
        whole[end] = kept;
        if (!there && (end == 0 || (end == 1 && whole[0] == '/')))
            return false;
        while (!there && end && whole[end - 1] != '/')
            end--;
        while (!there && end > 1 && whole[end - 1] == '/')
            end--;
    }
    const char *tail = whole + end + strspn(whole + end, "/");
    struct str left = str_of(tail), part;
    for (bool more = true; more;) { /* what does not exist must not climb */
        more = str_cut(left, '/', &part, &left);
        if (str_is(part, ".."))
            return false;
    }
    *ret = *tail ? arena_printf(a, "%s/%s", strcmp(resolved, "/") ? resolved : "", tail) : arena_str(a, str_of(resolved));
    return true;
}
