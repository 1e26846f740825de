/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must be there once Defaults are in: required fields, what several fields satisfy together; then the fallbacks of accounts. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sync/load_private.h"

static struct diag *find(struct loading *l, const struct object *o, const char *code, const char *message)
{
    struct diag *item = diag_add(l->diags, SEVERITY_ERROR, code, o->at, "%s", message);
    item->address = arena_str(&l->diags->arena, o->address);
    return item;
}

/* `name: example under spec`, as a user may write it. */
static void example_text(const struct field *f, char *ret, size_t size)
{
    const char *e = f->example ? f->example : "...";
    bool quote = *e != '[' && *e != '{' && (*e == '+' || strstr(e, ": ") || strchr(e, '#'));
    const char *name = field_name(f);
    int group = (int)(name - f->path) - 1;
    const char *form = f->flags & FIELD_SECRET ? "%s: { from: \"%s\" } under spec%.*s" : quote ? "%s: \"%s\" under spec%.*s" :
                       "%s: %s under spec%.*s";
    (void)snprintf(ret, size, form, name, e, group > 0 ? group : 0, f->path);
}

static bool is_doubtful(const struct entry *e, const char *path)
{
    for (size_t i = 0; e->doubtful && e->doubtful[i]; i++)
        if (path_within(path, e->doubtful[i]))
            return true;
    return false;
}

static void check_required(struct loading *l, const struct entry *e)
{
    const struct object *o = e->object;
    char what[512], example[512];
    for (const struct field *f = o->kind->fields; f->path; f++) {
        if (!(f->flags & FIELD_REQUIRED) || o->slot[f - o->kind->fields] || is_doubtful(e, f->path))
            continue;
        (void)snprintf(what, sizeof what, "'%.*s' lacks the field '%s', which %s/%s needs.", ARG(o->name), f->path + 1, o->provider->group,
                       o->kind->name);
        example_text(f, example, sizeof example);
        diag_hint(l->diags, find(l, o, "E311", what), "Add %s. %s", example, f->help ? f->help : "");
    }
}

/* "'a', 'b'": the paths of a rule, or those of them that the object states. */
static void list_paths(const struct rule *r, const struct object *o, struct buf *out)
{
    for (size_t i = 0; i < COUNT(r->paths) && r->paths[i]; i++)
        if (!o || object_states(o, r->paths[i]))
            buf_printf(out, "%s'%s'", out->n ? ", " : "", r->paths[i] + 1);
}

static void check_rule(struct loading *l, const struct object *o, const struct rule *r)
{
    static const char *const wants[] = {
        [RULE_ONE_OF] = "exactly one of", [RULE_ANY_OF] = "at least one of", [RULE_TOGETHER] = "all or none of",
    };
    char what[1024];
    size_t n = 0, stated = 0;
    for (; n < COUNT(r->paths) && r->paths[n]; n++) {
        stated += object_states(o, r->paths[n]);
        if (stated && r->type == RULE_ANY_OF)
            return;
    }
    if (rule_holds(r, stated, n, object_states(o, r->paths[0])))
        return;
    auto_buf all = buf_init(400), has = buf_init(400);
    list_paths(r, NULL, &all);
    list_paths(r, o, &has);
    if (r->type == RULE_NEEDS)
        (void)snprintf(what, sizeof what, "'%.*s' has '%s', which needs %s.", ARG(o->name), r->paths[0] + 1, strchr(all.p, ' ') + 1);
    else
        (void)snprintf(what, sizeof what, "'%.*s' needs %s %s; it has %s.", ARG(o->name), wants[r->type], all.p, has.n ? has.p : "none");
    diag_hint(l->diags, find(l, o, "E312", what), "%s", r->why ? r->why : "");
}

/* --- fallbacks --------------------------------------------------------------------------------------- */

static const struct field *field_named(const struct kind *kind, struct str name)
{
    for (const struct field *f = kind->fields; f->path; f++)
        if (str_is(name, field_name(f)))
            return f;
    return NULL;
}

/* "https://api.pingone.{region}": false when the account does not say the region as a text. *told is what was complained about. */
static bool expand(struct loading *l, const struct object *o, const char *template, const struct value **told, struct buf *out)
{
    struct str rest = str_of(template), before, name;
    while (str_cut(rest, '{', &before, &rest)) {
        buf_add(out, before);
        (void)str_cut(rest, '}', &name, &rest);
        const struct field *f = field_named(o->kind, name);
        const struct value *v = f ? o->slot[f - o->kind->fields] : NULL;
        if (v && v == *told)
            return false;
        if (v && v->type >= VALUE_REFERENCE) {
            *told = v;
            struct diag *item = diag_add(l->diags, SEVERITY_ERROR, "E313", v->at, "'%s' decides where to call, so it cannot be a reference.",
                                         field_name(f));
            diag_hint(l->diags, item, "Write the value itself, or give the addresses instead.");
            item->address = arena_str(&l->diags->arena, o->address);
            return false;
        }
        if (!v || v->type != VALUE_TEXT || !v->text.n)
            return false;
        buf_add(out, type_normal(f, &l->nodes, v->text));
    }
    buf_add(out, before);
    return true;
}

static void fill_fallbacks(struct loading *l, struct object *o)
{
    const struct value *told = NULL;
    for (size_t i = 0; o->kind->fields[i].path; i++) {
        auto_buf text = buf_init(4096);
        const struct field *f = &o->kind->fields[i];
        if (!f->fallback || o->slot[i] || !expand(l, o, f->fallback, &told, &text))
            continue;
        o->slot[i] = value_text(&l->tree->arena, buf_str(&text));
        if (f->type->shape == SHAPE_BOOL)
            o->slot[i] = value_bool(&l->tree->arena, str_is(buf_str(&text), "true"));
    }
    arena_reset(&l->nodes);
}

void load_complete(struct loading *l, struct entry *e)
{
    struct object *o = e->object;
    if (!e->torn) {
        check_required(l, e);
        for (const struct rule *r = o->kind->rules; !e->doubtful && r && r->type != RULE_NONE; r++)
            check_rule(l, o, r);
    }
    if (o->kind->life == LIFE_ACCOUNT)
        fill_fallbacks(l, o);
}
