/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { RETRY_MS = 30000, RETRY_MOST_MS = 3600000, FINDINGS_LOGGED = 20 };

#define FIELDS(...) (const struct log_field[]){ __VA_ARGS__, { 0 } }

/* --- which objects changed ----------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t v)
{
    return (h ^ v) * 0x9e3779b97f4a7c15u + (h >> 29);
}

static uint64_t hash_value(const struct value *v, uint64_t h)
{
    h = mix(mix(h, v->type), v->flag);
    h = mix(mix(h, str_hash(value_key(v))), str_hash(v->text));
    for (size_t i = 0; i < v->n; i++)
        h = hash_value(&v->items[i], h);
    return h;
}

/* Everything that decides what is written, the account and resolved secrets included; places and comments are not. */
static uint64_t hash_object(const struct object *o)
{
    uint64_t h = o->account ? hash_object(o->account) : 1;
    h = mix(mix(h, o->lifecycle), str_hash(o->moved_from));
    for (size_t i = 0; o->kind->fields[i].path; i++)
        h = o->slot[i] ? hash_value(o->slot[i], mix(h, i)) : h;
    return h;
}

static uint64_t hash_of(const struct hashes *all, struct str address)
{
    size_t low = 0, high = all->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = str_cmp(all->items[middle].address, address);
        if (c == 0)
            return all->items[middle].hash;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* The new tree's hashes; addresses of what differs go to w->changed. The tree is sorted, and so are they. */
static void compare(struct watcher *w, const struct tree *tree)
{
    struct hashes now = { 0 };
    static char there;
    now.items = mem_array(tree->n + 1, sizeof *now.items);
    map_release(&w->changed);
    for (size_t i = 0; i < tree->n; i++) {
        const struct object *o = tree->objects[i];
        if (o->kind->life == LIFE_ACCOUNT)
            continue;
        struct object_hash *to = &now.items[now.n++];
        *to = (struct object_hash){ arena_str(&now.arena, o->address), hash_object(o) };
        if (hash_of(&w->hashes, o->address) != to->hash)
            (void)map_add(&w->changed, to->address, &there);
    }
    arena_release(&w->hashes.arena);
    free(w->hashes.items);
    w->hashes = now;
}

static bool wanted(void *ctx, const struct object *o)
{
    const struct watcher *w = ctx;
    if (!w->all)
        return map_get(&w->changed, o->address) != NULL;
    const struct board_row *row = board_find(&w->board, o->address);
    return !row || row->retry_at <= clock_mono_ms();
}

/* --- the tree ------------------------------------------------------------------------------------ */

static void refuse(struct watcher *w, const struct sync *next, const char *why)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "%s", why);
    for (size_t i = 0, n = 0; i < next->diags.n && n < FINDINGS_LOGGED; i++) {
        const struct diag *d = &next->diags.items[i];
        char place[64];
        if (d->severity != SEVERITY_ERROR)
            continue;
        (void)snprintf(place, sizeof place, "%u:%u", d->at.line, d->at.column);
        log_event(&w->log, LOG_LEVEL_ERROR, "finding", d->message, FIELDS({ "code", str_of(d->code) }, { "file", str_of(d->at.file) }, { "place", str_of(place) }));
        if (n++ == 0)
            (void)snprintf(text, sizeof text, "%s%s%s: %.*s", d->at.file ? d->at.file : "", d->at.file ? ":" : "", d->at.file ? place : d->code, ARG(d->message));
    }
    log_event(&w->log, LOG_LEVEL_ERROR, "refused", STR("this tree is refused; the last good one stays in force"), FIELDS({ "why", str_of(text) }));
    board_refuse(&w->board, text);
}

/* More than half of the documents gone at once is a checkout that went wrong more often than a decision. */
static bool lost_half(const struct watcher *w, const struct tree *next)
{
    return w->have_good && 2 * next->documents < w->good.tree.documents;
}

/* Loads the tree; on success it is the generation in force. */
static bool renew(struct watcher *w)
{
    struct sync next;
    struct err err = { 0 };
    char why[256];
    sync_init(&next, &w->options);
    int bad = sync_load(&next, &err);
    if (!bad && lost_half(w, &next.tree)) {
        (void)snprintf(why, sizeof why, "%zu of %zu documents are gone at once; restart the daemon, or run `waconf apply`, when that is meant",
                       w->good.tree.documents - next.tree.documents, w->good.tree.documents);
        refuse(w, &next, why);
        bad = -1;
    } else if (bad) {
        refuse(w, &next, err.text);
    }
    if (bad) {
        sync_release(&next);
        return false;
    }
    for (size_t i = 0; i < next.diags.n; i++)
        log_event(&w->log, LOG_LEVEL_WARN, "finding", next.diags.items[i].message, FIELDS({ "code", str_of(next.diags.items[i].code) }));
    if (w->board.refused)
        log_event(&w->log, LOG_LEVEL_INFO, "recovered", STR("the tree is valid again"), NULL);
    board_refuse(&w->board, NULL);
    compare(w, &next.tree);
    if (w->have_good)
        sync_release(&w->good);
    w->good = next;
    w->have_good = true;
    alerts_load(w->alerts, &w->good.tree);
    return true;
}

/* --- after a pass -------------------------------------------------------------------------------- */

static void log_change(struct watcher *w, const struct change *c, const struct board_row *row)
{
    static const enum log_level levels[BOARD_STATE_COUNT] = { [BOARD_IN_SYNC] = LOG_LEVEL_INFO, [BOARD_DRIFT] = LOG_LEVEL_WARN, [BOARD_PENDING] = LOG_LEVEL_INFO,
                                                              [BOARD_BLOCKED] = LOG_LEVEL_WARN, [BOARD_FAILED] = LOG_LEVEL_ERROR,
                                                              [BOARD_UNSURE] = LOG_LEVEL_ERROR, [BOARD_EXPIRED] = LOG_LEVEL_WARN };
    char fields[512] = "";
    size_t n = 0;
    if (!row->moved && !row->applied)
        return;
    for (size_t i = 0; i < c->n && n < sizeof fields; i++)
        if (field_writes(&c->fields[i]))
            n += (size_t)snprintf(fields + n, sizeof fields - n, "%s%s %.*s", n ? ", " : "", why_names[c->fields[i].why], ARG(c->fields[i].path));
    log_event(&w->log, row->applied ? LOG_LEVEL_INFO : levels[row->state], row->applied ? "applied" : board_state_names[row->state],
              c->error ? str_of(c->error->text) : str_of(row->applied ? action_names[c->action] : "seen"),
              FIELDS({ "address", c->address }, { "fields", str_of(fields) }, { "hint", c->error ? str_of(c->error->hint) : STR("") }));
}

static void note_object(struct watcher *w, const struct change *c)
{
    struct board_row *row = board_find(&w->board, c->address);
    int64_t now = clock_mono_ms(), pause = RETRY_MS;
    if (!row)
        return;
    for (size_t i = 0; i < c->n && row->applied; i++)
        if (c->fields[i].why == WHY_DRIFT)
            fight_reverted(&w->fights, c->address, c->fields[i].path, now);
    for (unsigned i = 1; i < row->failures && pause < RETRY_MOST_MS; i++)
        pause *= 2;
    row->retry_at = row->failures ? now + (pause < RETRY_MOST_MS ? pause : RETRY_MOST_MS) : 0;
    log_change(w, c, row);
}

static bool work_left(const struct plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->changes[i].outcome == OUTCOME_PLANNED || p->changes[i].settle)
            return true;
    return false;
}

static int plan_and_apply(struct watcher *w, struct err *err)
{
    struct sync *s = &w->good;
    if (sync_open(s, w->o->enforce ? STORE_WRITE : STORE_READ, err) < 0 || sync_plan(s, err) < 0)
        return -1;
    if (!w->o->enforce)
        return 0;
    if (!work_left(&s->plan))
        return sync_note_drift(s, err) < 0 || store_flush(s->store, err) < 0 ? -1 : 0;
    if (sync_begin(s, err) < 0)
        return -1;
    int bad = sync_apply(s, false, err);
    struct err end = { 0 };
    if (store_run_end(s->store, bad ? err_exit_code(err->is) : sync_apply_exit_code(s), STR("{}"), &end) < 0 || store_flush(s->store, &end) < 0) {
        if (!bad)
            *err = end;
        return -1;
    }
    return bad;
}

/* A field that somebody keeps changing is left alone for a while. */
static bool held(void *ctx, const struct change *c, const struct field_change *fc, struct err *ret)
{
    struct watcher *w = ctx;
    int64_t until, now = clock_mono_ms();
    if (fc->why != WHY_DRIFT || !fight_paused(&w->fights, c->address, fc->path, now, &until))
        return false;
    (void)err_set(ret, ERR_GUARD, "E712", "'%.*s' was changed outside %d times within an hour; it is left alone for %lld more minutes", ARG(fc->path),
                  FIGHT_REVERTS, (long long)((until - now) / 60000 + 1));
    (void)err_hint(ret, "Find out who else sets it; `waconf apply` puts it back at once.");
    return true;
}

static enum pass_end run(struct watcher *w, bool all)
{
    struct err err = { 0 };
    w->pass_at = clock_mono_ms();
    w->all = all;
    w->options = w->o->sync;
    w->options.load.alerts = true;
    w->options.client = w->client;
    w->options.vault = w->vault;
    w->options.tokens = w->tokens;
    w->options.writes = w->options.guard = w->o->enforce;
    w->options.progress = w->progress;
    w->options.wanted = wanted;
    w->options.held = held;
    w->options.wanted_ctx = w->options.held_ctx = w;
    bool renewed = renew(w);
    if (!w->have_good || (!renewed && !all)) {
        (void)err_set(&err, ERR_CONFIG, NULL, "refused");
        board_failed(&w->board, &err, clock_mono_ms() - w->pass_at);
        return PASS_FAILED;
    }
    if (!all && !w->changed.n)
        return PASS_DONE; /* a touch, a comment, another file */
    sync_again(&w->good, &w->options);
    if (plan_and_apply(w, &err) < 0) {
        log_event(&w->log, LOG_LEVEL_ERROR, "pass_failed", str_of(err.text), FIELDS({ "code", str_of(err.code) }, { "hint", str_of(err.hint) }));
        board_failed(&w->board, &err, clock_mono_ms() - w->pass_at);
        sync_again(&w->good, &w->options);
        return PASS_FAILED;
    }
    board_update(&w->board, &w->good, all, clock_mono_ms() - w->pass_at);
    for (size_t i = 0; i < w->good.plan.n; i++)
        note_object(w, &w->good.plan.changes[i]);
    sync_again(&w->good, &w->options); /* the state is free for others between passes */
    log_event(&w->log, LOG_LEVEL_DEBUG, "pass", all ? STR("all objects") : STR("changed objects"), NULL);
    return renewed ? PASS_DONE : PASS_FAILED;
}

enum pass_end pass_run(struct watcher *w, bool all)
{
    enum pass_end end = run(w, all);
    w->board.alive_ms = clock_mono_ms();
    return end;
}

void pass_release(struct watcher *w)
{
    if (w->have_good)
        sync_release(&w->good);
    map_release(&w->changed);
    arena_release(&w->hashes.arena);
    free(w->hashes.items);
    board_release(&w->board);
    fight_release(&w->fights);
}
