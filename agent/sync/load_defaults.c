/* SPDX-License-Identifier: GPL-2.0-or-later */
/* waconf/v1 Defaults: what matching documents leave out, the nearest directory first (contract 1). */
#include <string.h>

#include "base/mem.h"
#include "sync/load_private.h"

#define HINT(d, item, ...) diag_hint((d)->l->diags, (item), __VA_ARGS__)

/* The directory of a file as the walk names it: "" for the working directory. */
static struct str directory_of(struct str path)
{
    while (path.n && path.p[path.n - 1] != '/')
        path.n--;
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    return path;
}

/* --- reading --------------------------------------------------------------------------------------- */

static bool read_match(struct document *d, struct defaults *f, const struct node *match)
{
    static const char *const names[] = { "kind", "labels" };
    const struct node *kind, *labels;
    struct str group, name;
    for (const struct node *c = match->first; c; c = c->next)
        if (!str_is(c->key, "kind") && !str_is(c->key, "labels"))
            load_unknown(d, c, names, COUNT(names), "'match'");
    if ((labels = node_member(match, "labels")))
        (void)load_labels(d, labels, &f->labels, &f->n_labels);
    kind = node_member(match, "kind");
    if (!kind || kind->type != NODE_SCALAR || !str_cut(kind->text, '/', &group, &name)) {
        HINT(d, load_find(d, "E216", kind ? kind->at : match->at, "'match' needs a 'kind' with its group."), "Write kind: kaleyra/NumberProfile, for example.");
        return false;
    }
    return load_group(d, group, kind->at) && load_kind(d, name, kind->at);
}

static const struct node *member(struct document *d, const struct node *map, const char *key, const char *mend)
{
    const struct node *n = node_member(map, key);
    if (!n)
        HINT(d, load_find(d, "E216", map->at, "The Defaults document has no '%s'.", key), "%s", mend);
    else if (load_map(d, n, key))
        return n;
    return NULL;
}

/* A name is not needed; one that is given is given once. */
static void check_name(struct document *d, const struct node *root, const struct node *name)
{
    if (!name || name->type == NODE_BROKEN || name->type > NODE_SCALAR || !name->text.n)
        return;
    struct loc *at = ARENA_NEW(&d->l->arena, struct loc), *first;
    *at = root->first->key_at;
    d->address = arena_printf(&d->l->arena, "waconf/Defaults/%.*s", ARG(name->text));
    first = map_add(&d->l->defaults_names, arena_str(&d->l->arena, name->text), at);
    if (first)
        HINT(d, load_find(d, "E213", *at, "'%s' is declared a second time; the first is at %s:%u.", load_cut(d->address).p, first->file, first->line),
             "Give one of them another name, or none, or remove it.");
}

/* Metadata says nothing here but a name and labels for people. */
static void check_metadata(struct document *d, const struct node *root)
{
    static const char *const names[] = { "name", "labels" };
    const struct node *metadata = node_member(root, "metadata");
    if (!metadata || !load_map(d, metadata, "metadata"))
        return;
    for (const struct node *c = metadata->first; c; c = c->next)
        if (!str_is(c->key, "name") && !str_is(c->key, "labels"))
            load_unknown(d, c, names, COUNT(names), "the metadata of Defaults");
    check_name(d, root, node_member(metadata, "name"));
}

/* Every document of the directory is held against each of them, and each against all others. */
enum { MOST_DEFAULTS = 1000 };

static void add(struct document *d, struct defaults *f)
{
    struct defaults *first = map_add(&d->l->directories, f->directory, f);
    if (!first) {
        f->last = f;
        f->count = 1;
    } else if (first->count++ < MOST_DEFAULTS) {
        first->last = first->last->next = f;
    } else if (first->count == MOST_DEFAULTS + 1) { /* said once */
        HINT(d, load_find(d, "E216", f->at, "There are more than %d Defaults in this directory.", MOST_DEFAULTS), "Put some into directories of their own.");
    }
}

void load_defaults_document(struct document *d, const struct node *root)
{
    static const char *const names[] = { "match", "fields" };
    struct defaults *f = ARENA_NEW(&d->l->arena, struct defaults);
    f->at = root->first->key_at;
    f->directory = directory_of(str_of(f->at.file));
    check_metadata(d, root);
    const struct node *spec = member(d, root, "spec", "Add spec with match and fields.");
    if (!spec)
        return;
    for (const struct node *c = spec->first; c; c = c->next)
        if (!str_is(c->key, "match") && !str_is(c->key, "fields"))
            load_unknown(d, c, names, COUNT(names), "the spec of Defaults");
    const struct node *match = member(d, spec, "match", "Add match: { kind: kaleyra/NumberProfile }, for example.");
    const struct node *fields = member(d, spec, "fields", "Add fields: with what documents may leave out.");
    if (!match || !read_match(d, f, match) || !fields)
        return;
    f->provider = d->provider;
    f->kind = d->kind;
    f->slot = ARENA_ARRAY(&d->l->tree->arena, kind_field_count(f->kind), struct value *);
    load_fields(d, fields, f->slot);
    for (size_t i = 0; f->kind->fields[i].path; i++)
        if (f->slot[i])
            f->slot[i]->inherited = true;
    add(d, f);
}

/* --- filling --------------------------------------------------------------------------------------- */

static bool has_label(const struct label *labels, size_t n, const struct label *wanted)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(labels[i].key, wanted->key))
            return str_eq(labels[i].value, wanted->value);
    return false;
}

static bool has_labels(const struct label *labels, size_t n, const struct label *wanted, size_t n_wanted)
{
    for (size_t i = 0; i < n_wanted; i++)
        if (!has_label(labels, n, &wanted[i]))
            return false;
    return true;
}

/* Filling one alternative of "exactly one of" beside another that is stated would make a right document wrong. */
static bool is_excluded(const struct object *o, const char *path)
{
    for (const struct rule *r = o->kind->rules; r && r->type != RULE_NONE; r++) {
        if (r->type != RULE_ONE_OF)
            continue;
        bool within = false, other = false;
        for (size_t i = 0; i < COUNT(r->paths) && r->paths[i]; i++) {
            if (path_within(path, r->paths[i]))
                within = true;
            else if (object_states(o, r->paths[i]))
                other = true;
        }
        if (within && other)
            return true;
    }
    return false;
}

static bool is_resolved(const struct value *v)
{
    if (v->type >= VALUE_REFERENCE)
        return false;
    for (size_t i = 0; i < v->n; i++)
        if (!is_resolved(&v->items[i]))
            return false;
    return true;
}

static void disagree(struct loading *l, const struct value *one, const struct value *two, const struct field *f)
{
    struct diag *item = diag_add(l->diags, SEVERITY_ERROR, "E217", two->at, "Two Defaults of this directory disagree about '%s': %s:%u and %s:%u.",
                                 field_name(f), one->at.file, one->at.line, two->at.file, two->at.line);
    diag_hint(l->diags, item, "Keep one of them, or tell their labels apart.");
    if (f->flags & FIELD_SECRET && two->type == VALUE_TEXT)
        item->line = STR(" ");
}

/* Each pair of places is reported once, however many documents meet it. */
static void disagree_once(struct loading *l, const struct value *one, const struct value *two, const struct field *f)
{
    const void *pair[2] = { one, two };
    struct str key = { (const char *)pair, sizeof pair };
    if (map_get(&l->seen, key))
        return;
    (void)map_add(&l->seen, arena_str(&l->arena, key), l);
    disagree(l, one, two, f);
}

/* `from` remembers which Defaults filled a slot, to see that two of one directory agree. */
static void fill(struct loading *l, struct object *o, const struct defaults *f, const struct value **from)
{
    for (size_t i = 0; f->kind->fields[i].path; i++) {
        const struct field *row = &f->kind->fields[i];
        if (!f->slot[i])
            continue;
        if (from[i]) {
            if (!value_equal(from[i], f->slot[i]))
                disagree_once(l, from[i], f->slot[i], row);
        } else if (!o->slot[i] && !is_excluded(o, row->path)) {
            from[i] = f->slot[i];
            o->slot[i] = is_resolved(f->slot[i]) ? f->slot[i] : value_copy(&l->tree->arena, f->slot[i]);
        }
    }
}

void load_defaults(struct loading *l, struct entry *e)
{
    struct object *o = e->object;
    size_t n = kind_field_count(o->kind);
    if (!l->directories.n)
        return;
    const struct value **from = mem_array(n + 1, sizeof *from);
    for (struct str at = directory_of(str_of(o->at.file));; at = directory_of(str_head(at, at.n - 1))) {
        memset(from, 0, n * sizeof *from);
        for (const struct defaults *f = map_get(&l->directories, at); f; f = f->next)
            if (f->kind == o->kind && has_labels(o->labels, o->n_labels, f->labels, f->n_labels))
                fill(l, o, f, from);
        if (!at.n || str_is(at, "/") || str_is(at, "..") || str_ends(at, STR("/..")))
            break; /* what is above ".." has no name here */
    }
    free(from);
}

/* Two with the same match cannot both hold, even where no document meets them yet. */
static void compare(struct loading *l, const struct defaults *a, const struct defaults *b)
{
    if (a->kind != b->kind || a->n_labels != b->n_labels || !has_labels(a->labels, a->n_labels, b->labels, b->n_labels))
        return;
    for (size_t i = 0; a->kind->fields[i].path; i++)
        if (a->slot[i] && b->slot[i] && !value_equal(a->slot[i], b->slot[i]))
            disagree_once(l, a->slot[i], b->slot[i], &a->kind->fields[i]);
}

void load_defaults_disagree(struct loading *l)
{
    for (size_t i = 0; i < l->directories.cap; i++)
        for (const struct defaults *a = l->directories.slots[i].value; a; a = a->next)
            for (const struct defaults *b = a->next; b; b = b->next)
                compare(l, a, b);
}
