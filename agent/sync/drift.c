/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this run found changed by others, for `status`: when it was found, and when it was put back or gone. */
#include "base/mem.h"
#include "sync/work.h"

struct known { struct sync *s; struct map rows; struct arena arena; };

static int know(void *ctx, const struct drift *d)
{
    struct known *k = ctx;
    struct drift *copy = ARENA_NEW(&k->arena, struct drift);
    *copy = (struct drift){ arena_str(&k->arena, d->address), arena_str(&k->arena, d->fields), d->found, d->ended };
    (void)map_add(&k->rows, copy->address, copy);
    return 0;
}

/* The paths of the fields as JSON, or empty. *ret_back: all of them were written. */
static struct str drifted(const struct change *c, struct arena *a, bool *ret_back)
{
    json_t *paths = json_array();
    *ret_back = c->outcome == OUTCOME_APPLIED && c->work;
    for (size_t i = 0; i < c->n; i++) {
        const struct field_change *fc = &c->fields[i];
        if (fc->why != WHY_DRIFT)
            continue;
        (void)json_array_append_new(paths, json_of_str(fc->path));
        if (*ret_back && fc->field && c->work->send)
            *ret_back = c->work->send[fc->field - c->kind->fields]; /* one that is fought over may have been left out */
    }
    struct str text = json_array_size(paths) ? json_compact(paths, a) : (struct str){ 0 };
    json_decref(paths);
    return text;
}

static int note(struct known *k, const struct change *c, struct err *err)
{
    const struct drift *old = map_get(&k->rows, c->address);
    bool back, stands = old && !old->ended;
    struct str fields = drifted(c, &k->arena, &back);
    int64_t now = k->s->now;
    if (!fields.n) {
        if (!stands || c->outcome == OUTCOME_FAILED || c->outcome == OUTCOME_UNSURE) /* nobody saw it */
            return 0;
        return store_drift(k->s->store, &(struct drift){ c->address, old->fields, old->found, now }, err);
    }
    bool same = stands && str_eq(old->fields, fields);
    if (same && !back)
        return 0;
    return store_drift(k->s->store, &(struct drift){ c->address, fields, same ? old->found : now, back ? now : 0 }, err);
}

int sync_note_drift(struct sync *s, struct err *err)
{
    struct known k = { .s = s };
    int bad = store_drifts(s->store, know, &k, err);
    for (size_t i = 0; i < s->plan.n && !bad; i++)
        if (s->plan.changes[i].want && s->plan.changes[i].kind->life != LIFE_EVENT)
            bad = note(&k, &s->plan.changes[i], err);
    map_release(&k.rows);
    arena_release(&k.arena);
    return bad;
}
