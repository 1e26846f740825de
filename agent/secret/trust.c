/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secret/trust.h"

#include <string.h>

#include "base/mem.h"
#include "model/alert.h"
#include "secret/reference.h"
#include "secret/trust_private.h"

bool trust_origin(const struct trust *t, const struct provider *p, const struct origin *o)
{
    struct origin known;
    struct err err;
    for (size_t i = 0; i < t->n_origins; i++)
        if (origin_same(&t->origins[i], o))
            return true;
    for (size_t i = 0; p->origins && p->origins[i]; i++)
        if (origin_parse(str_of(p->origins[i]), &known, &err) == 0 && origin_same(&known, o) && str_is(str_of(o->scheme), "https"))
            return true;
    return false;
}

bool trust_file_allowed(const struct trust *t, struct str path)
{
    return paths_hold(&t->roots, path) || paths_hold(&t->files, path);
}

bool trust_file_named(const struct trust *t, struct str rest)
{
    return !t->no_trees || str_starts(rest, STR("/"));
}

bool trust_exec_allowed(const struct trust *t, struct str program)
{
    for (size_t i = 0; i < t->exec.n; i++)
        if (str_eq(t->exec.items[i], program))
            return true;
    return false;
}

/* --- the whole tree ---------------------------------------------------------------------------------------- */

struct check {
    const struct trust *trust;
    struct diags *diags;
    const struct object *object; /* whose references are looked at */
    const struct field *top;     /* its field */
    struct arena scratch;
    bool refused;
};

static struct diag *refuse(struct check *c, const char *code, struct loc at, bool trust)
{
    c->refused = true;
    c->diags->trust |= trust;
    struct diag *item = diag_add(c->diags, SEVERITY_ERROR, code, at, "%s", "");
    item->address = arena_str(&c->diags->arena, c->object->address);
    return item;
}

static void say(struct check *c, struct diag *item, const char *what, const char *mend)
{
    item->message = arena_str(&c->diags->arena, str_of(what));
    diag_hint(c->diags, item, "%s", mend);
}

/* The variable that a reference or template waits for: what stands behind its first "var:". */
static struct str awaited(struct str text)
{
    long at = str_find(text, STR("var:"));
    struct str name = str_skip(text, at < 0 ? text.n : (size_t)at + 4);
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '}')
            return str_head(name, i);
    return name;
}

/* The origin in an account's field. 1, 0 when the field says nothing, -1 when that is wrong (err). */
static int field_origin(const struct object *account, size_t i, struct origin *ret, struct err *err)
{
    const struct value *v = account->slot[i];
    if (!v || v->type == VALUE_NULL)
        return 0;
    if (v->type != VALUE_TEXT) {
        (void)err_set(err, ERR_CONFIG, "E483", "'%s' depends on a variable that is not set, so nobody can say where credentials would go",
                      field_name(&account->kind->fields[i]));
        return err_hint(err, "Give it: --var %.*s=VALUE. Or write the URL out.", ARG(awaited(v->text)));
    }
    return origin_parse(v->text, ret, err) ? -1 : 1;
}

/* Did origin_check() say so already, when the value was read or its variable filled in? */
static bool is_said(const struct check *c, const char *code, struct loc at)
{
    for (size_t i = 0; i < c->diags->n; i++) {
        const struct diag *d = &c->diags->items[i];
        if (at.file && d->at.file && str_is(str_of(d->code), code) && d->at.line == at.line && d->at.column == at.column && strcmp(d->at.file, at.file) == 0)
            return true;
    }
    return false;
}

static void check_origin(struct check *c, size_t i)
{
    const struct object *account = c->object;
    const struct field *f = &account->kind->fields[i];
    struct origin origin;
    struct err err = { 0 };
    int got = field_origin(account, i, &origin, &err);
    if (got == 0)
        return;
    struct loc at = account->slot[i]->at.line ? account->slot[i]->at : account->at;
    if (got < 0 && is_said(c, err.code, at)) {
        c->refused = true;
        return;
    }
    if (got < 0) {
        say(c, refuse(c, err.code, at, err.is == ERR_TRUST), arena_printf(&c->scratch, "%s.", err.text).p, err.hint);
        return;
    }
    if (trust_origin(c->trust, account->provider, &origin))
        return;
    auto_buf text = buf_init(1024), known = buf_init(1024);
    origin_text(&origin, &text);
    for (size_t k = 0; account->provider->origins && account->provider->origins[k]; k++)
        buf_printf(&known, "%s%s", k ? ", " : "", account->provider->origins[k]);
    say(c, refuse(c, "E482", at, true),
        arena_printf(&c->scratch, "'%s' would send %s to %s, which nobody trusts.", field_name(f),
                     account->provider == &alert_provider ? "this alert's notices" : "this account's credentials", buf_str(&text).p).p,
        arena_printf(&c->scratch, "If that is right, name it outside the tree: --allow-origin %s, or in the trust file.%s%s%s", buf_str(&text).p,
                     known.n ? " Documented for this provider: " : "", buf_str(&known).p, known.n ? "." : "").p);
}

/* Where a secret of this field is sent, as an account's field. */
static bool origin_of_secret(const struct object *account, const struct field *f, bool of_account, struct origin *ret)
{
    struct err err;
    for (size_t i = 0; account->kind->fields[i].path; i++) {
        const struct field *row = &account->kind->fields[i];
        bool right = of_account && f->origin ? str_is(str_of(row->path), f->origin) : (row->flags & FIELD_ORIGIN) != 0;
        if (right && field_origin(account, i, ret, &err) == 1)
            return true;
    }
    return false;
}

static void check_binding(struct check *c, const struct value *v)
{
    bool of_account = c->object->kind->life == LIFE_ACCOUNT;
    const struct object *account = of_account ? c->object : c->object->account;
    struct origin origin;
    if (!account || !origin_of_secret(account, c->top, of_account, &origin))
        return; /* found and said by others */
    for (size_t i = 0; i < c->trust->n_bindings; i++) {
        const struct binding *b = &c->trust->bindings[i];
        if (str_eq(b->from, v->text) && str_eq(b->account, account->address) && origin_same(&b->origin, &origin))
            return;
    }
    auto_buf text = buf_init(1024);
    origin_text(&origin, &text);
    say(c, refuse(c, "E486", v->at, true),
        arena_printf(&c->scratch, "The trust file does not bind '%.*s' to %.*s and %s.", ARG(v->text), ARG(account->address), buf_str(&text).p).p,
        arena_printf(&c->scratch, "If that is right, add to its bindings: { from: \"%.*s\", account: %.*s, origin: \"%s\" }", ARG(v->text),
                     ARG(account->address), buf_str(&text).p).p);
}

static void check_file(struct check *c, const struct value *v, struct str rest)
{
    struct str path;
    if (trust_file_named(c->trust, rest) && reference_path(rest, v->at.file, &c->scratch, &path) && trust_file_allowed(c->trust, path))
        return;
    say(c, refuse(c, "E484", v->at, true), arena_printf(&c->scratch, "'%.*s' is a file outside the tree, which nobody trusts.", ARG(v->text)).p,
        trust_file_named(c->trust, rest)
            ? "If that is right, name its directory outside the tree: --allow-file DIR, or 'files' in the trust file."
            : "Documents from git have no files beside them. Write the absolute path, and name its directory with --allow-file DIR.");
}

static void check_exec(struct check *c, const struct value *v, struct str rest)
{
    struct str program, arguments;
    (void)str_cut(rest, ' ', &program, &arguments);
    if (trust_exec_allowed(c->trust, program))
        return;
    say(c, refuse(c, "E485", v->at, true), arena_printf(&c->scratch, "'%.*s' is a program that nobody trusts.", ARG(program)).p,
        arena_printf(&c->scratch, "If that is right, name it outside the tree: --allow-exec %.*s, or 'exec' in the trust file.", ARG(program)).p);
}

static void check_reference(void *ctx, const struct field *f, struct value *v)
{
    struct check *c = ctx;
    struct reference r;
    struct problem problem;
    if (v->type == VALUE_FORMAT)
        return;
    if (!reference_parse(v->text, &r, &problem)) { /* resolve_plain() says more; here it only must not pass */
        say(c, refuse(c, "E404", v->at, false), arena_printf(&c->scratch, "The reference for '%s' %s.", field_name(f), problem.what).p, problem.mend);
        return;
    }
    if (!reference_opens(r.scheme))
        return;
    if (!reference_field_secret(f)) {
        say(c, refuse(c, "E402", v->at, false), arena_printf(&c->scratch, "'%s' is not secret, so '%.*s' would publish a secret.",
            field_name(f), ARG(v->text)).p, "Use var: or format, or write the value itself.");
        return;
    }
    if (r.scheme == SCHEME_FILE)
        check_file(c, v, r.rest);
    if (r.scheme == SCHEME_EXEC)
        check_exec(c, v, r.rest);
    if (c->trust->bound && !c->trust->broken)
        check_binding(c, v);
}

static void check_object(struct check *c, const struct object *o)
{
    c->object = o;
    for (size_t i = 0; o->kind->fields[i].path; i++) {
        c->top = &o->kind->fields[i];
        if (o->kind->life == LIFE_ACCOUNT && (c->top->flags & FIELD_ORIGIN))
            check_origin(c, i);
        if (o->slot[i])
            reference_each(c->top, o->slot[i], check_reference, c);
    }
    arena_reset(&c->scratch);
}

bool trust_check(const struct trust *t, const struct tree *tree, struct diags *diags)
{
    struct check c = { .trust = t, .diags = diags, .refused = t->broken };
    for (size_t i = 0; i < tree->n; i++)
        if (tree->objects[i]->targeted && tree->objects[i]->lifecycle != LIFECYCLE_SUSPENDED)
            check_object(&c, tree->objects[i]);
    for (size_t i = 0; i < tree->n_alerts; i++)
        if (tree->alerts[i]->targeted)
            check_object(&c, tree->alerts[i]);
    arena_release(&c.scratch);
    return !c.refused;
}
