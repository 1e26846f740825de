/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spec to slots: each field by its row, and nothing by guessing. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "secret/trust.h"
#include "sync/load_private.h"

#define HINT(d, item, ...) diag_hint((d)->l->diags, (item), __VA_ARGS__)

enum { MOST_PATH = 256, MOST_NAMES = 64 };

/* --- values -------------------------------------------------------------------------------------- */

static void find_empty(struct document *d, const struct field *f, const struct node *n)
{
    const char *name = field_name(f);
    struct diag *item = load_find(d, "E302", n->at, "'%s' has no value; YAML reads that as nothing at all.", name);
    if (f->flags & FIELD_REQUIRED && f->flags & FIELD_SECRET)
        HINT(d, item, "It is required: write %s: { from: \"%s\" }.", name, f->example ? f->example : "env:NAME");
    else if (f->flags & FIELD_REQUIRED)
        HINT(d, item, "It is required: write a value%s%s.", f->example ? ", for example " : "", f->example ? f->example : "");
    else if (f->flags & FIELD_SECRET)
        HINT(d, item, "Write %s: { from: \"%s\" }, or remove the key to leave the field alone.", name, f->example ? f->example : "env:NAME");
    else if (f->flags & FIELD_CLEARABLE)
        HINT(d, item, "Write null to clear the field, \"\" for an empty text, or remove the key to leave the field alone.");
    else
        HINT(d, item, "Write \"\" for an empty text, or remove the key to leave the field alone (null would clear it, which this API cannot).");
}

static void find_null(struct document *d, const struct field *f, const struct node *n)
{
    const char *name = field_name(f);
    struct diag *item = load_find(d, "E303", n->at, "'%s' is null, and it cannot be cleared.", name);
    if (f->flags & FIELD_REQUIRED)
        HINT(d, item, "It is required: write a value.");
    else if (f->flags & FIELD_OURS)
        HINT(d, item, "Remove the key to leave it out.");
    else
        HINT(d, item, "The API has no way to clear it. Remove the key to leave the field alone, or write a new value.");
}

static void find_shape(struct document *d, const struct field *f, const struct node *n)
{
    const char *name = field_name(f);
    const char *is = n->type == NODE_LIST ? "a list" : n->type == NODE_MAP ? "a map" : "one value";
    if (f->type->shape == SHAPE_LIST)
        HINT(d, load_find(d, "E304", n->at, "'%s' must be a list, not %s.", name, is),
             "Write one entry per line, each behind a dash, or [ENTRY, ENTRY].");
    else if (f->type->shape == SHAPE_MAP)
        HINT(d, load_find(d, "E304", n->at, "'%s' must be a map, not %s.", name, is), "Write its members beneath it, indented, as `name: value`.");
    else if (f->flags & FIELD_SECRET) {
        struct diag *item = load_find(d, "E304", n->at, "'%s' takes a reference to a secret, not %s.", name, is);
        HINT(d, item, "Write %s: { from: \"%s\" }.", name, f->example ? f->example : "env:NAME");
        load_hide(d->l, item, n);
    } else
        HINT(d, load_find(d, "E304", n->at, "'%s' takes one value, not %s.", name, is), "Write a single value behind the colon.");
}

/* Something is stated here, even if it is wrong: rules and requirements must not complain a second time. Until the whole field
 * was checked it looks like an unresolved reference, which checks pass by. */
static void placeholder(const struct field *f, const struct node *n, struct value *ret)
{
    *ret = (struct value){ .type = VALUE_REFERENCE, .secret = f->flags & FIELD_SECRET, .text = STR(""), .at = n->at };
}

static void end_placeholders(struct value *v)
{
    if (v->type == VALUE_REFERENCE && !v->text.n)
        v->type = VALUE_TEXT;
    for (size_t i = 0; i < v->n; i++)
        end_placeholders(&v->items[i]);
}

static bool read_value(struct document *d, const struct field *f, const struct node *n, struct value *ret);

static const struct field *row_of(const struct field *rows, struct str name)
{
    for (; rows && rows->path; rows++)
        if (str_is(name, field_name(rows)))
            return rows;
    return NULL;
}

/* A member that no row knows: only its key matters, type_check() reports it. */
static void read_unknown(const struct node *n, struct value *ret)
{
    *ret = (struct value){ .type = VALUE_TEXT, .text = STR(""), .at = n->key_at };
}

static bool read_record(struct document *d, const struct field *f, const struct node *n, struct value *ret)
{
    struct arena *a = &d->l->tree->arena;
    bool right = true;
    *ret = (struct value){ .type = VALUE_MAP, .at = n->at, .n = (uint32_t)n->n, .items = ARENA_ARRAY(a, n->n, struct value) };
    struct value *v = ret->items;
    for (const struct node *c = n->first; c; c = c->next, v++) {
        const struct field *row = row_of(f->items, c->key);
        if (!row)
            read_unknown(c, v);
        else
            right &= read_value(d, row, c, v);
        v->key = row ? field_name(row) : arena_str(a, c->key).p;
    }
    return right;
}

static bool read_entry(struct document *d, const struct field *f, const struct node *n, struct value *ret)
{
    const struct field text = { .path = f->path, .type = &type_text, .flags = f->flags & FIELD_SECRET };
    if (!f->items)
        return read_value(d, &text, n, ret);
    if (n->type == NODE_MAP)
        return read_record(d, f, n, ret);
    placeholder(f, n, ret);
    if (n->type != NODE_BROKEN)
        HINT(d, load_find(d, "E304", n->at, "An entry of '%s' must be a map of fields.", field_name(f)),
             "Write `- %s: ...`, and its other fields beneath.", field_name(f->items));
    d->broken = true;
    return false;
}

static bool read_list(struct document *d, const struct field *f, const struct node *n, struct value *ret)
{
    bool right = true;
    *ret = (struct value){ .type = VALUE_LIST, .at = n->at, .n = (uint32_t)n->n, .items = ARENA_ARRAY(&d->l->tree->arena, n->n, struct value) };
    struct value *v = ret->items;
    for (const struct node *c = n->first; c; c = c->next)
        right &= read_entry(d, f, c, v++);
    return right;
}

/* A map under the user's own keys, all texts. */
static bool read_map(struct document *d, const struct field *f, const struct node *n, struct value *ret)
{
    const struct field text = { .path = f->path, .type = &type_text };
    bool right = true;
    *ret = (struct value){ .type = VALUE_MAP, .at = n->at, .n = (uint32_t)n->n, .items = ARENA_ARRAY(&d->l->tree->arena, n->n, struct value) };
    struct value *v = ret->items;
    for (const struct node *c = n->first; c; c = c->next, v++) {
        if (c->type == NODE_MAP) {
            placeholder(f, c, v);
            find_shape(d, &text, c);
            right = false;
        } else {
            right &= read_value(d, &text, c, v);
        }
        v->key = arena_str(&d->l->tree->arena, c->key).p;
    }
    return right;
}

static bool read_scalar(struct document *d, const struct field *f, const struct node *n, struct value *ret)
{
    if (f->type->shape == SHAPE_LIST || f->type->shape == SHAPE_MAP) {
        find_shape(d, f, n);
        return false;
    }
    if (f->flags & FIELD_SECRET) {
        load_literal(d, f, n);
        return false;
    }
    *ret = (struct value){ .type = VALUE_TEXT, .quoted = n->quoted, .text = load_text_of(d->l, n->text), .at = n->at };
    if (n->type == NODE_BOOL && f->type->shape == SHAPE_BOOL) {
        ret->type = VALUE_BOOL;
        ret->flag = str_is(n->text, "true");
    }
    return true;
}

static bool read_null(struct document *d, const struct field *f, const struct node *n, struct value *ret)
{
    if (!(f->flags & FIELD_CLEARABLE)) {
        find_null(d, f, n);
        return false;
    }
    *ret = (struct value){ .type = VALUE_NULL, .at = n->at };
    return true;
}

/* False when findings were made; *ret is filled in all the same. */
static bool read_value(struct document *d, const struct field *f, const struct node *n, struct value *ret)
{
    placeholder(f, n, ret);
    switch (n->type) {
    case NODE_BROKEN:
        d->broken = true;
        return false;
    case NODE_EMPTY:
        find_empty(d, f, n);
        return false;
    case NODE_NULL:
        return read_null(d, f, n, ret);
    case NODE_LIST:
        if (f->type->shape == SHAPE_LIST)
            return read_list(d, f, n, ret);
        find_shape(d, f, n);
        return false;
    case NODE_MAP:
        if (f->type->shape == SHAPE_MAP)
            return read_map(d, f, n, ret);
        if (f->type->shape != SHAPE_LIST && (node_member(n, "from") || node_member(n, "format")))
            return load_reference(d, f, n, ret);
        find_shape(d, f, n);
        return false;
    default:
        return read_scalar(d, f, n, ret);
    }
}

/* --- rows by path ---------------------------------------------------------------------------------- */

/* Names that may stand at this level: the next part of each path below the prefix. */
static size_t names_below(struct document *d, const char *prefix, const char **names)
{
    size_t n = 0, skip = strlen(prefix) + 1;
    for (const struct field *f = d->kind->fields; f->path && n < MOST_NAMES; f++) {
        if (!path_within(f->path, prefix) || !f->path[skip - 1])
            continue;
        struct str name, rest;
        (void)str_cut(str_of(f->path + skip), '/', &name, &rest);
        if (n && str_is(name, names[n - 1]))
            continue;
        names[n++] = rest.n ? arena_str(&d->l->nodes, name).p : f->path + skip;
    }
    return n;
}

/* What is missing at this path may stand there under a wrong name or in a wrong form. */
static void doubt(struct document *d, const char *path)
{
    if (d->n_doubtful + 1 < COUNT(d->doubtful))
        d->doubtful[d->n_doubtful++] = arena_str(&d->l->arena, str_of(path)).p;
    else
        d->torn = true;
}

static void find_unknown(struct document *d, const char *prefix, const struct node *n)
{
    const char *names[MOST_NAMES];
    char all[400] = "";
    size_t count = names_below(d, prefix, names), at = 0;
    const char *near = load_nearest(d->l, n->key, names, count);
    struct diag *item = load_find(d, "E301", n->key_at, "'%s' is not a field of %s/%s%s%s.", load_cut(n->key).p, d->provider->group,
                                  d->kind->name, *prefix ? " under " : "", *prefix ? prefix + 1 : "");
    char path[MOST_PATH];
    (void)snprintf(path, sizeof path, "%s/%s", prefix, near ? near : "");
    const struct field *meant = near ? kind_field(d->kind, str_of(path)) : NULL;
    doubt(d, near ? path : "");
    if (meant && meant->flags & FIELD_SECRET)
        load_hide(d->l, item, n);
    for (size_t i = 0; i < count && at < sizeof all; i++)
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i ? ", " : "", names[i]);
    if (near)
        HINT(d, item, "Did you mean '%s'?", near);
    else
        HINT(d, item, "Known here: %s.", all);
}

static bool is_group(const struct kind *kind, const char *path)
{
    for (const struct field *f = kind->fields; f->path; f++)
        if (path_within(f->path, path))
            return true;
    return false;
}

static void read_level(struct document *d, const struct node *map, const char *prefix, struct value **slot);

static bool secret_below(const struct document *d, const char *path)
{
    for (const struct field *f = d->kind->fields; f->path; f++)
        if ((f->flags & FIELD_SECRET) && path_within(f->path, path))
            return true;
    return false;
}

static void read_group(struct document *d, const struct node *n, const char *path, struct value **slot)
{
    const char *names[MOST_NAMES];
    if (n->type == NODE_MAP) {
        read_level(d, n, path, slot);
        return;
    }
    d->broken = true;
    doubt(d, path);
    if (n->type == NODE_BROKEN)
        return;
    char all[400] = "";
    size_t count = names_below(d, path, names), at = 0;
    for (size_t i = 0; i < count && at < sizeof all; i++)
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i ? ", " : "", names[i]);
    struct diag *item = load_find(d, "E304", n->at, "'%s' must be a map of fields.", path + 1);
    HINT(d, item, "Write beneath it: %s.", all);
    if (secret_below(d, path))
        load_hide(d->l, item, n);
}

/* People write fields in the order of the rows, so the row behind the last one is looked at first. */
static const struct field *field_at(const struct kind *kind, const char *path, const struct field **next)
{
    const struct field *f = (*next)->path && strcmp((*next)->path, path) == 0 ? *next : kind_field(kind, str_of(path));
    if (f)
        *next = f + 1;
    return f;
}

static void read_level(struct document *d, const struct node *map, const char *prefix, struct value **slot)
{
    const struct field *next = d->kind->fields;
    char path[MOST_PATH];
    size_t start = strlen(prefix) + 1;
    memcpy(path, prefix, start - 1);
    path[start - 1] = '/';
    for (const struct node *c = map->first; c; c = c->next) {
        bool fits = start + c->key.n < sizeof path && !memchr(c->key.p, '/', c->key.n);
        if (fits) {
            memcpy(path + start, c->key.p, c->key.n);
            path[start + c->key.n] = '\0';
        }
        const struct field *f = fits ? field_at(d->kind, path, &next) : NULL;
        if (f) {
            struct value *v = slot[f - d->kind->fields] = ARENA_NEW(&d->l->tree->arena, struct value);
            bool right = read_value(d, f, c, v);
            if (!type_check(f, v, d->address, d->l->diags) || !origin_check(f, v, d->address, d->l->diags))
                d->broken = true;
            if (!right)
                end_placeholders(v);
        } else if (fits && is_group(d->kind, path)) {
            read_group(d, c, path, slot);
        } else {
            find_unknown(d, prefix, c);
        }
    }
}

void load_fields(struct document *d, const struct node *spec, struct value **slot)
{
    read_level(d, spec, "", slot);
}
