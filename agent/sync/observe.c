/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Live state of everything in view, as few requests as possible and never twice. Objects of a collection are taken from its list, at the
 * largest page size, unless reading them one by one takes fewer requests; the others are read at their URL. Each object goes to
 * plan_object() as soon as it was seen, so that answers need not be kept.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sync/work.h"
#include "wire/decode.h"

struct collection;

/* One object of a collection, looked for by config_id, by the id in the state, by its natural key: the best wins. */
struct member {
    struct change *change;
    struct str config_id, state_id;
    int rank, best;              /* 1 key, 2 id of the state, 3 config_id; best that is possible */
    bool settled;
    struct str id;               /* of the match: a list that shifts while it is read shows one object twice */
    struct seen held;            /* a match that a better one may still replace */
};

struct collection {
    struct observe *o;
    const struct kind *kind;
    const struct object *account;
    struct member *members;
    size_t n, cap;
    struct map by_id, by_key;
    long pages, asked, answered;
    bool listing, failed;
    struct collection *next;
};

struct observe {
    struct sync *s;
    size_t next;                 /* change that is looked at next */
    size_t done;
    struct collection *collections;
    struct arena arena;
};

static void progress(struct observe *o)
{
    const struct sync_options *options = o->s->options;
    if (options->progress)
        options->progress(options->progress_ctx, "reading", o->done, o->s->plan.n);
}

/* --- one by one ---------------------------------------------------------------------------------- */

struct single { struct observe *o; struct change *change; struct member *member; struct collection *collection; };

static void seen_one(struct observe *o, struct change *c, const struct seen *seen, const struct err *err)
{
    o->done++;
    if (err)
        plan_failed(o->s, c, err);
    else
        plan_object(o->s, c, seen);
    progress(o);
}

static void by_key_done(void *ctx, const struct seen *seen, const struct err *err)
{
    struct single *one = ctx;
    seen_one(one->o, one->change, seen, err);
    free(one);
}

static void single_done(void *ctx, const struct seen *seen, const struct err *err)
{
    struct single *one = ctx;
    struct change *c = one->change;
    /* The id in the state may be of an object that was deleted and made anew: look for its natural key. */
    if (!err && seen->sight == SIGHT_ABSENT && one->member && c->want && !one->member->config_id.n) {
        read_by_key(one->o->s, c->kind, c->want, change_account(c), 0, by_key_done, one);
        return;
    }
    seen_one(one->o, c, seen, err);
    free(one);
}

static void read_single(struct observe *o, struct change *c, struct member *m, struct str id)
{
    struct single *one = mem_alloc(sizeof *one);
    *one = (struct single){ .o = o, .change = c, .member = m };
    read_object(o->s, c->kind, c->want, change_account(c), id, 0, single_done, one);
}

/* --- collections --------------------------------------------------------------------------------- */

static void settle(struct collection *l, struct member *m, const struct seen *seen)
{
    m->settled = true;
    seen_one(l->o, m->change, seen, NULL);
}

static void match(struct collection *l, struct member *m, int rank, struct str id, const json_t *item)
{
    struct arena scratch = { 0 };
    struct seen seen;
    if (!m || rank < m->rank || (m->rank && str_eq(id, m->id)))
        return;
    if (rank == m->rank) {
        struct err err;
        (void)item_ambiguous(l->kind, m->change->want, &err);
        if (!m->settled)
            l->o->done++;
        m->settled = true;
        plan_failed(l->o->s, m->change, &err);
        return;
    }
    m->rank = rank;
    m->id = arena_str(&l->o->arena, id);
    decode_object(l->kind, item, &scratch, &seen);
    if (rank == m->best)
        settle(l, m, &seen);
    else
        m->held = seen_copy(&seen, l->kind, &l->o->arena);
    arena_release(&scratch);
}

/* The natural key of a list item, as by_key spells it. */
static struct str item_key(const struct kind *kind, const json_t *item, struct arena *a)
{
    auto_buf b = buf_init(1024);
    for (const struct field *f = kind->fields; f->path; f++) {
        const json_t *j = f->flags & FIELD_KEY ? json_at(item, f->wire ? f->wire : f->path) : NULL;
        struct str text;
        if (!j || !json_as_text(j, a, &text))
            continue;
        buf_puts(&b, b.n ? "," : "");
        buf_add(&b, type_normal(f, a, text));
    }
    return arena_str(a, buf_str(&b));
}

static void match_item(struct collection *l, const json_t *item)
{
    struct arena scratch = { 0 };
    struct str id = { 0 };
    const json_t *j = json_at(item, l->kind->list.id);
    if (j && json_as_text(j, &scratch, &id)) {
        struct member *m = map_get(&l->by_id, id);
        match(l, m, m && m->config_id.n ? 3 : 2, id, item);
    }
    struct member *m = map_get(&l->by_key, item_key(l->kind, item, &scratch));
    if (m && !(str_eq(id, m->config_id) || str_eq(id, m->state_id)) && !m->config_id.n)
        match(l, m, 1, id, item);
    arena_release(&scratch);
}

static void collection_fail(struct collection *l, const struct err *err)
{
    l->failed = true;
    for (size_t i = 0; i < l->n; i++) {
        if (l->members[i].settled)
            continue;
        l->members[i].settled = true;
        seen_one(l->o, l->members[i].change, NULL, err);
    }
}

static void collection_end(struct collection *l)
{
    const struct seen absent = { .sight = SIGHT_ABSENT, .at_ms = clock_mono_ms() };
    for (size_t i = 0; i < l->n; i++) {
        struct member *m = &l->members[i];
        if (!m->settled)
            settle(l, m, m->rank ? &m->held : &absent);
    }
}

/* After the first page: is reading the rest of the list dearer than reading who is still missing? */
static bool cheaper_singly(const struct collection *l)
{
    long missing = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct member *m = &l->members[i];
        if (m->settled)
            continue;
        if (!m->config_id.n && !m->state_id.n)
            return false;
        missing++;
    }
    return missing < l->pages - 1;
}

static void page_seen(void *ctx, const struct page *page, const struct err *err);

static void ask_pages(struct collection *l)
{
    while (l->asked < l->pages)
        read_page(l->o->s, l->kind, l->account, ++l->asked, page_seen, l);
}

static void page_seen(void *ctx, const struct page *page, const struct err *err)
{
    struct collection *l = ctx;
    size_t i;
    json_t *item;
    l->answered++;
    if (l->failed)
        return;
    if (err) {
        collection_fail(l, err);
        return;
    }
    json_array_foreach(page->items, i, item)
        match_item(l, item);
    if (l->answered == 1 && page->pages)
        l->pages = page->pages;
    else if (!page->pages && json_array_size(page->items) == l->kind->list.largest)
        l->pages = l->asked + 1; /* the list does not say: a full page means that there may be another */
    if (l->answered == 1 && cheaper_singly(l)) {
        for (size_t k = 0; k < l->n; k++)
            if (!l->members[k].settled)
                read_single(l->o, l->members[k].change, &l->members[k], l->members[k].config_id.n ? l->members[k].config_id : l->members[k].state_id);
        return;
    }
    ask_pages(l);
    if (l->answered >= l->pages)
        collection_end(l);
}

static struct collection *collection_of(struct observe *o, const struct change *c)
{
    for (struct collection *l = o->collections; l; l = l->next)
        if (l->kind == c->kind && l->account == change_account(c))
            return l;
    struct collection *l = ARENA_NEW(&o->arena, struct collection);
    *l = (struct collection){ .o = o, .kind = c->kind, .account = change_account(c), .next = o->collections };
    return o->collections = l;
}

static void collect(struct observe *o, struct change *c)
{
    struct collection *l = collection_of(o, c);
    l->members = mem_grow(l->members, &l->cap, l->n + 1, sizeof *l->members);
    struct member *m = &l->members[l->n++];
    *m = (struct member){ .change = c, .config_id = c->want ? object_text(c->want, "/config_id") : (struct str){ 0 }, .state_id = c->remote_id };
    m->best = m->config_id.n ? 3 : m->state_id.n ? 2 : 1;
}

static void collection_start(struct collection *l)
{
    if (l->n == 1 && l->members[0].best > 1) {
        struct member *m = &l->members[0];
        read_single(l->o, m->change, m, m->config_id.n ? m->config_id : m->state_id);
        return;
    }
    for (size_t i = 0; i < l->n; i++) {
        struct member *m = &l->members[i];
        struct str id = m->config_id.n ? m->config_id : m->state_id;
        if (id.n)
            (void)map_add(&l->by_id, id, m);
        if (m->change->want) {
            struct record_key key;
            sync_key(m->change->want, &l->o->arena, &key);
            (void)map_add(&l->by_key, key.natural, m);
        }
    }
    l->pages = l->asked = 1;
    read_page(l->o->s, l->kind, l->account, 1, page_seen, l);
}

/* --- all of it ----------------------------------------------------------------------------------- */

/* Offline: what was applied last stands in for what is live; plan_object knows. Kinds that cannot be read need no request either. */
static bool needs_read(const struct sync *s, const struct change *c)
{
    return !s->options->offline && !c->error && c->outcome != OUTCOME_SKIPPED && c->kind->read.url;
}

static void more(void *ctx, unsigned room)
{
    struct observe *o = ctx;
    struct sync *s = o->s;
    for (; o->next < s->plan.n && room > 0; o->next++) {
        struct change *c = &s->plan.changes[o->next];
        if (c->kind->life == LIFE_COLLECTION || !needs_read(s, c))
            continue;
        read_single(o, c, NULL, c->remote_id);
        room--;
    }
}

/* Stopped before they were looked at: that is a failed read, never "no change". */
static void fail_unseen(struct observe *o)
{
    struct err err;
    (void)err_set(&err, ERR_INTERRUPTED, "E609", "the run was stopped before it was read");
    for (; o->next < o->s->plan.n; o->next++) {
        struct change *c = &o->s->plan.changes[o->next];
        if (c->kind->life != LIFE_COLLECTION && needs_read(o->s, c))
            plan_failed(o->s, c, &err);
    }
}

int observe_all(struct sync *s, struct err *err)
{
    struct observe o = { .s = s };
    const struct seen none = { .sight = SIGHT_NONE };
    for (size_t i = 0; i < s->plan.n; i++) {
        struct change *c = &s->plan.changes[i];
        if (!needs_read(s, c))
            seen_one(&o, c, &none, NULL);
        else if (c->kind->life == LIFE_COLLECTION)
            collect(&o, c);
    }
    int bad = 0;
    if (s->client && !s->diags.errors) { /* a message that was changed after it was sent stops the run before any request */
        for (struct collection *l = o.collections; l; l = l->next)
            collection_start(l);
        http_refill(s->client, more, &o);
        bad = http_run(s->client, err);
        http_refill(s->client, NULL, NULL);
        fail_unseen(&o);
    }
    for (struct collection *l = o.collections; l; l = l->next) {
        map_release(&l->by_id);
        map_release(&l->by_key);
        free(l->members);
    }
    arena_release(&o.arena);
    return bad;
}
