/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sync/load.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sync/load_private.h"

/* --- what this run is about ---------------------------------------------------------------------------- */

static bool is_selected(const struct load_options *o, const struct object *object)
{
    for (size_t s = 0; s < o->n_selectors; s++) {
        bool has = false;
        for (size_t i = 0; i < object->n_labels && !has; i++)
            has = str_eq(object->labels[i].key, o->selectors[s].key) && str_eq(object->labels[i].value, o->selectors[s].value);
        if (!has)
            return false;
    }
    return true;
}

static void warn_unmatched(struct loading *l, const char *option, const char *const *patterns, size_t n)
{
    for (size_t p = 0; p < n; p++) {
        bool matched = false;
        for (size_t i = 0; i < l->n && !matched; i++)
            matched = str_glob(str_of(patterns[p]), l->entries[i].object->address);
        if (matched)
            continue;
        struct diag *item = diag_add(l->diags, SEVERITY_WARNING, "W204", (struct loc){ 0 }, "'%s %s' matches nothing in the tree.", option,
                                     patterns[p]);
        diag_hint(l->diags, item, "Patterns are globs over addresses such as kaleyra/NumberProfile/front-desk; `*` matches any run of characters.");
    }
}

void load_targets(struct loading *l)
{
    const struct load_options *o = l->options;
    size_t selected = 0;
    for (size_t i = 0; i < l->n; i++) {
        struct object *object = l->entries[i].object;
        bool fits = is_selected(o, object);
        selected += fits;
        if (load_is_alert(object))
            object->targeted = o->alerts;
        else if (object->kind->life == LIFE_ACCOUNT)
            object->targeted |= o->prune;
        else
            object->targeted = fits && (!o->n_targets || str_matches(o->targets, o->n_targets, object->address)) &&
                           !str_matches(o->excludes, o->n_excludes, object->address);
        if (object->targeted && object->account)
            object->account->targeted = true;
    }
    warn_unmatched(l, "--target", o->targets, o->n_targets);
    warn_unmatched(l, "--exclude", o->excludes, o->n_excludes);
    if (o->n_selectors && !selected && l->n) {
        struct diag *item = diag_add(l->diags, SEVERITY_WARNING, "W204", (struct loc){ 0 }, "No document of the tree has the labels of --selector.");
        diag_hint(l->diags, item, "Labels stand under metadata; every one that is asked for must be there.");
    }
}

/* --- the stage ------------------------------------------------------------------------------------------ */

static int by_address(const void *pa, const void *pb)
{
    const struct entry *a = pa, *b = pb;
    int c = str_cmp(a->object->address, b->object->address);
    return c ? c : (a->order > b->order) - (a->order < b->order);
}

static void find_nothing(struct loading *l)
{
    const struct load_options *o = l->options;
    const char *where = o->source ? "this directory of the repository" : o->n_trees ? o->trees[0] : "the working directory";
    struct diag *item = diag_add(l->diags, SEVERITY_ERROR, "E201", (struct loc){ 0 }, "There is no document in %s%s.", where,
                                 o->n_trees > 1 && !o->source ? " and the other trees" : "");
    diag_hint(l->diags, item, "A tree holds *.yaml or *.yml files. An empty tree is never taken for \"delete everything\".");
}

static void loading_release(struct loading *l)
{
    map_release(&l->seen);
    map_release(&l->directories);
    map_release(&l->defaults_names);
    arena_release(&l->arena);
    arena_release(&l->nodes);
    free(l->entries);
    free(l->buffer);
}

/* All documents were read: what the whole tree shows. Releases l. */
static void finish(struct loading *l, size_t errors)
{
    struct tree *tree = l->tree;
    free(l->buffer);
    l->buffer = NULL;
    load_defaults_disagree(l);
    for (size_t i = 0; i < l->n; i++) { /* in reading order, as they lie in memory */
        load_defaults(l, &l->entries[i]);
        load_complete(l, &l->entries[i]);
    }
    if (l->n)
        qsort(l->entries, l->n, sizeof *l->entries, by_address);
    load_check(l);
    load_targets(l);
    tree->objects = ARENA_ARRAY(&tree->arena, l->n, struct object *);
    tree->alerts = ARENA_ARRAY(&tree->arena, l->n, struct object *);
    for (size_t i = 0; i < l->n; i++) {
        struct object *o = l->entries[i].object;
        if (load_is_alert(o))
            tree->alerts[tree->n_alerts++] = o;
        else
            tree->objects[tree->n++] = o;
    }
    if (!tree->documents && l->diags->errors == errors)
        find_nothing(l);
    load_lines(l->diags, l->options->source);
    load_scrub(l);
    loading_release(l);
}

int load_tree(const struct load_options *o, struct tree *ret, struct diags *diags, struct err *err)
{
    struct loading l = { .options = o, .tree = ret, .diags = diags };
    size_t errors = diags->errors;
    (void)err; /* what cannot be read is a finding, so that the rest is read all the same */
    *ret = (struct tree){ 0 };
    if (o->source)
        load_source(&l);
    else
        load_files(&l);
    finish(&l, errors);
    return 0;
}

void load_memory(struct str text, const char *name, struct tree *ret, struct diags *diags)
{
    const struct load_options everything = { 0 };
    struct loading l = { .options = &everything, .tree = ret, .diags = diags };
    size_t errors = diags->errors;
    *ret = (struct tree){ 0 };
    load_text(&l, text, arena_str(&ret->arena, str_of(name)).p);
    finish(&l, errors);
}
