/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sync/board.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sync/render.h"
#include "wire/json.h"

const char *const board_state_names[BOARD_STATE_COUNT] = { "in_sync", "drift", "pending", "blocked", "failed", "unsure", "expired" };

static char *copy(struct str s)
{
    char *p = mem_alloc(s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

static void set_text(char **to, const char *text)
{
    free(*to);
    *to = text && *text ? copy(str_of(text)) : NULL;
}

void board_init(struct board *b, const char *mode)
{
    *b = (struct board){ .started = clock_wall(), .mode = mode, .alive_ms = clock_mono_ms() };
}

void board_touch(struct board *b)
{
    b->version++;
}

static void row_free(struct board_row *r)
{
    free(r->address);
    free(r->change);
    free(r->error);
    free(r->hint);
    free(r);
}

void board_release(struct board *b)
{
    for (size_t i = 0; i < b->n; i++)
        row_free(b->rows[i]);
    free(b->rows);
    free(b->refused);
    tally_release(&b->tallies);
    *b = (struct board){ 0 };
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* Where the address is, or would be. */
static size_t place(const struct board *b, struct str address)
{
    size_t low = 0, high = b->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(str_of(b->rows[middle]->address), address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct board_row *board_find(const struct board *b, struct str address)
{
    size_t at = place(b, address);
    return at < b->n && str_is(address, b->rows[at]->address) ? b->rows[at] : NULL;
}

static struct board_row *row_of(struct board *b, struct str address)
{
    size_t at = place(b, address);
    if (at < b->n && str_is(address, b->rows[at]->address))
        return b->rows[at];
    b->rows = mem_grow(b->rows, &b->cap, b->n + 1, sizeof *b->rows);
    memmove(b->rows + at + 1, b->rows + at, (b->n - at) * sizeof *b->rows);
    b->n++;
    struct board_row *r = b->rows[at] = mem_alloc(sizeof *r);
    r->address = copy(address);
    r->since = 0;
    return r;
}

static bool has_drift(const struct change *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->fields[i].why == WHY_DRIFT)
            return true;
    return false;
}

static bool would_write(const struct change *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (field_writes(&c->fields[i]))
            return true;
    return false;
}

static enum board_state state_of(const struct change *c)
{
    switch (c->outcome) {
    case OUTCOME_FAILED:  return BOARD_FAILED;
    case OUTCOME_UNSURE:  return BOARD_UNSURE;
    case OUTCOME_BLOCKED: return BOARD_BLOCKED;
    case OUTCOME_PLANNED: return has_drift(c) ? BOARD_DRIFT : BOARD_PENDING;
    case OUTCOME_SKIPPED: return c->kind->life == LIFE_EVENT ? BOARD_EXPIRED : BOARD_PENDING;
    default:              return c->observed_only && would_write(c) ? BOARD_DRIFT : BOARD_IN_SYNC;
    }
}

static void row_update(struct board *b, const struct change *c)
{
    struct board_row *r = row_of(b, c->address);
    enum board_state state = state_of(c);
    int64_t now = clock_wall();
    struct arena a = { 0 };
    auto_json *change = render_change(c);
    r->before = r->since ? r->state : BOARD_IN_SYNC;
    r->moved = !r->since || r->state != state;
    if (r->moved)
        r->since = now;
    r->state = state;
    r->seen = now;
    r->present = true;
    r->applied = c->outcome == OUTCOME_APPLIED;
    set_text(&r->change, json_compact(change, &a).p);
    set_text(&r->error, c->error ? c->error->text : NULL);
    set_text(&r->hint, c->error ? c->error->hint : NULL);
    r->failures = state == BOARD_FAILED ? r->failures + 1 : 0;
    b->n_applied += r->applied;
    b->n_drift += has_drift(c) && !c->observed_only;
    arena_release(&a);
}

/* --- passes -------------------------------------------------------------------------------------- */

static void add_pass(struct board *b, const struct board_pass *pass)
{
    memmove(b->passes + 1, b->passes, (BOARD_PASSES - 1) * sizeof *b->passes);
    b->passes[0] = *pass;
    memcpy(b->passes[0].commit, b->commit, sizeof b->commit);
    b->n_passes += b->n_passes < BOARD_PASSES;
    b->n_sync++;
    b->sync_ms += (uint64_t)pass->ms;
    b->alive_ms = clock_mono_ms();
    board_touch(b);
}

/* A pass over everything leaves out what waits for its next attempt: those rows stay, as long as the tree has them. */
static bool gone(const struct board_row *r, const struct sync *s, bool all)
{
    const struct object *o = all && !r->present ? tree_find(&s->tree, str_of(r->address)) : NULL;
    return all && !r->present && (!o || !o->targeted);
}

void board_update(struct board *b, const struct sync *s, bool all, int64_t ms)
{
    const struct plan_summary *n = &s->plan.summary;
    struct board_pass pass = { .at = clock_wall(), .ms = ms, .all = all, .objects = s->plan.n, .applied = n->applied, .failed = n->failed, .blocked = n->blocked,
                               .unsure = n->unsure };
    (void)strcpy(pass.result, n->failed ? "failures" : n->unsure ? "unsure" : "ok");
    for (size_t i = 0; i < b->n; i++) {
        b->rows[i]->moved = b->rows[i]->applied = false;
        if (all)
            b->rows[i]->present = false;
    }
    for (size_t i = 0; i < s->plan.n; i++)
        row_update(b, &s->plan.changes[i]);
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (gone(b->rows[i], s, all)) {
            row_free(b->rows[i]);
            continue;
        }
        b->rows[i]->present = true;
        b->rows[kept++] = b->rows[i];
    }
    b->n = kept;
    b->http = http_count(s->client);
    tally_copy(&b->tallies, http_tallies(s->client));
    b->last_ok = pass.at;
    add_pass(b, &pass);
}

void board_failed(struct board *b, const struct err *why, int64_t ms)
{
    struct board_pass pass = { .at = clock_wall(), .ms = ms };
    (void)snprintf(pass.result, sizeof pass.result, "%s", err_class_name(why->is));
    (void)snprintf(pass.error, sizeof pass.error, "%s", why->text);
    (void)snprintf(pass.hint, sizeof pass.hint, "%s", why->hint);
    b->n_sync_failed++;
    add_pass(b, &pass);
}

void board_refuse(struct board *b, const char *why)
{
    if (why && !b->refused)
        b->refused_since = clock_wall();
    set_text(&b->refused, why);
    board_touch(b);
}
