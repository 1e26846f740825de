/* SPDX-License-Identifier: GPL-2.0-or-later */
/* References: their form, and where each may stand (contract 1). What they lead to is secret/resolve.h's business. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sync/load_private.h"

#define HINT(d, item, ...) diag_hint((d)->l->diags, (item), __VA_ARGS__)

void load_literal(struct document *d, const struct field *f, const struct node *n)
{
    char name[128];
    const char *example = f->example;
    if (!example) {
        (void)snprintf(name, sizeof name, "env:%s_%s", d->provider->group, field_name(f));
        for (char *c = name + 4; *c; c++)
            *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ? *c : '_');
        example = name;
    }
    struct diag *item = load_find(d, "E401", n->at, "'%s' is a secret and stands here in clear text.", field_name(f));
    HINT(d, item, "Write %s: { from: \"%s\" } and give the value in the environment. If it was ever committed, replace it at the provider.",
         field_name(f), example);
    load_hide(d->l, item, n);
}

/* --- the form of `from` ---------------------------------------------------------------------------- */

static bool is_name(struct str s, const char *more)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_' && !(c && strchr(more, c)))
            return false;
    }
    return s.n > 0;
}

static bool env_right(struct str s) { return is_name(s, "") && !(s.p[0] >= '0' && s.p[0] <= '9'); }
static bool file_right(struct str s) { return s.n > 0 && s.n < 4096; }
static bool cred_right(struct str s) { return is_name(s, ".-@:") && s.p[0] != '.'; }
static bool exec_right(struct str s) { return s.n > 1 && s.p[0] == '/' && s.p[1] != ' '; }
static bool var_right(struct str s) { return is_name(s, ".-"); }

static const struct scheme { const char *name; bool secret; bool (*right)(struct str rest); const char *form; bool named; } schemes[] = {
    { "env", true, env_right, "env:NAME, with the name of an environment variable", .named = true },
    { "file", true, file_right, "file:PATH" },
    { "cred", true, cred_right, "cred:NAME, with the name of a systemd credential", .named = true },
    { "exec", true, exec_right, "exec:/ABSOLUTE/PROGRAM ARGUMENT ..." },
    { "var", false, var_right, "var:NAME, and give --var NAME=VALUE" },
};

static const struct scheme *scheme_of(struct document *d, const struct node *n)
{
    const char *names[COUNT(schemes)];
    struct str name, rest;
    bool cut = str_cut(n->text, ':', &name, &rest);
    for (size_t i = 0; i < COUNT(schemes); i++) {
        names[i] = schemes[i].name;
        if (cut && str_is(name, names[i]))
            return &schemes[i];
    }
    const char *near = str_nearest(name, names, COUNT(names));
    /* What stands here may be the secret itself. */
    if (near && cut) {
        HINT(d, load_find(d, "E403", n->at, "'%s:' is not a kind of reference.", load_cut(name).p), "Did you mean '%s:'?", near);
        return NULL;
    }
    struct diag *item = load_find(d, "E403", n->at, "'from' does not say where the value comes from.");
    HINT(d, item, "Write one of env:NAME, file:PATH, cred:NAME, exec:/PROGRAM or var:NAME.");
    load_hide(d->l, item, n);
    return NULL;
}

static bool place_right(struct document *d, const struct field *f, const struct scheme *s, const struct node *n)
{
    bool secret = f->flags & FIELD_SECRET;
    if (secret == s->secret)
        return true;
    if (secret)
        HINT(d, load_find(d, "E402", n->at, "'%s' is a secret, and 'var:' values are not secret: they stand on command lines.", field_name(f)),
             "Write %s: { from: \"%s\" }, or use file:, cred: or exec:.", field_name(f), f->example ? f->example : "env:NAME");
    else
        HINT(d, load_find(d, "E402", n->at, "'%s' is not a secret field, so what '%s:' gives could be published.", field_name(f), s->name),
             "Write the value itself, or { from: \"var:NAME\" } and give --var NAME=VALUE.");
    return false;
}

/* --- the form of `format` -------------------------------------------------------------------------- */

static bool placeholder_right(struct str s)
{
    struct str head, tail;
    if (str_is(s, "name"))
        return true;
    if (!str_cut(s, ':', &head, &tail) || !tail.n)
        return false;
    return str_is(head, "label") || (str_is(head, "var") && var_right(tail));
}

static bool template_right(struct document *d, const struct node *n)
{
    static const char form[] = "Placeholders are {name}, {label:KEY} and {var:NAME}; a brace itself can only come from a variable.";
    struct str rest = n->text, before, inside;
    while (str_find(rest, STR("{")) >= 0) {
        (void)str_cut(rest, '{', &before, &rest);
        if (str_find(before, STR("}")) >= 0)
            break;
        if (!str_cut(rest, '}', &inside, &rest)) {
            HINT(d, load_find(d, "E405", n->at, "The template has a '{' that is not closed."), "%s", form);
            return false;
        }
        if (!placeholder_right(inside)) {
            HINT(d, load_find(d, "E405", n->at, "'{%s}' is not a placeholder.", load_cut(inside).p), "%s", form);
            return false;
        }
        before = (struct str){ 0 };
    }
    if (str_find(rest, STR("}")) < 0)
        return true;
    HINT(d, load_find(d, "E405", n->at, "The template has a '}' that closes nothing."), "%s", form);
    return false;
}

static bool format_right(struct document *d, const struct field *f, const struct node *n)
{
    if (!(f->flags & FIELD_SECRET) && f->type->shape == SHAPE_TEXT) {
        const struct value text = { .type = VALUE_TEXT, .quoted = true, .text = n->text, .at = n->at };
        if (!template_right(d, n))
            return false;
        if (str_find(n->text, STR("{")) >= 0 || type_check(f, &text, d->address, d->l->diags))
            return true;
        d->broken = true; /* nothing will be filled in, so it can be judged now */
        return false;
    }
    struct diag *item = load_find(d, "E402", n->at, f->flags & FIELD_SECRET ? "'%s' is a secret; a template would show it." :
                                  "'%s' is not a text, so it takes no template.", field_name(f));
    if (f->flags & FIELD_SECRET)
        HINT(d, item, "Write %s: { from: \"%s\" }.", field_name(f), f->example ? f->example : "env:NAME");
    else
        HINT(d, item, "Write true or false, or { from: \"var:NAME\" }.");
    if (f->flags & FIELD_SECRET)
        load_hide(d->l, item, n);
    return false;
}

bool load_reference(struct document *d, const struct field *f, const struct node *n, struct value *ret)
{
    const struct node *from = node_member(n, "from"), *format = node_member(n, "format"), *text = from ? from : format;
    static const char *const names[] = { "from", "format" };
    for (const struct node *c = n->first; c; c = c->next)
        if (!str_is(c->key, "from") && !str_is(c->key, "format")) {
            struct diag *item = load_unknown(d, c, names, COUNT(names), "a reference");
            if (f->flags & FIELD_SECRET)
                load_hide(d->l, item, c);
            return false;
        }
    if (from && format) {
        HINT(d, load_find(d, "E404", n->at, "'from' and 'format' exclude each other."), "Keep one of them.");
        return false;
    }
    if (text->type == NODE_BROKEN || text->type != NODE_SCALAR || !text->text.n) {
        d->broken = true;
        if (text->type != NODE_BROKEN)
            HINT(d, load_find(d, "E404", text->at, "'%s' takes one text.", from ? "from" : "format"),
                 from ? "Write { from: \"env:NAME\" }, for example." : "Write { format: \"https://hooks.example.com/{name}\" }, for example.");
        return false;
    }
    if (from) {
        const struct scheme *s = scheme_of(d, from);
        if (!s || !place_right(d, f, s, from))
            return false;
        if (!s->right(str_skip(from->text, strlen(s->name) + 1))) {
            struct diag *item = load_find(d, "E404", from->at, "This '%s:' reference is malformed.", s->name);
            HINT(d, item, "Write %s.", s->form);
            if (s->named) /* no name looks like this: it may be the secret itself */
                load_hide(d->l, item, from);
            return false;
        }
    } else if (!format_right(d, f, format)) {
        return false;
    }
    *ret = (struct value){ .type = from ? VALUE_REFERENCE : VALUE_FORMAT, .secret = f->flags & FIELD_SECRET,
                           .text = load_text_of(d->l, text->text), .at = text->at };
    return true;
}
