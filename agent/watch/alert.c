/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/alert.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "watch/alert_private.h"

enum { MINUTE_MS = 60000 };
#define TREE "tree"                  /* stands for an address where the whole tree is refused */

struct alerts *alerts_new(const struct alerts_options *o)
{
    struct alerts *a = mem_alloc(sizeof *a);
    a->o = *o;
    told_open(&a->told, o->directory, o->env);
    return a;
}

static void channel_free(struct channel *c)
{
    arena_release(&c->arena);
    free(c->items);
    free(c->address);
    free(c);
}

void alerts_free(struct alerts *a)
{
    if (!a)
        return;
    for (struct channel *c = a->channels, *next; c; c = next) {
        next = c->next;
        channel_free(c);
    }
    told_release(&a->told);
    free(a);
}

struct str alert_name(const struct channel *c)
{
    return str_of(strrchr(c->address, '/') + 1);
}

/* --- the Alerts of a tree -------------------------------------------------------------------------- */

static size_t per_minute(const struct channel *c)
{
    long n;
    return str_to_long(object_text(c->object, "/per_minute"), 1, ALERT_PER_MINUTE, &n) ? (size_t)n : 6;
}

static unsigned events_of(const struct object *o)
{
    const struct value *on = object_get(o, "/on");
    unsigned bits = 0;
    for (size_t i = 0; on && on->type == VALUE_LIST && i < on->n; i++)
        for (unsigned e = 0; e < ALERT_EVENT_COUNT; e++)
            if (str_eq_nocase(str_trim(on->items[i].text), str_of(alert_event_names[e])))
                bits |= 1u << e;
    return bits;
}

/* The first time that an Alert is seen. */
static struct channel *channel_new(const struct object *o)
{
    struct channel *c = mem_alloc(sizeof *c);
    c->address = mem_alloc(o->address.n + 1);
    memcpy(c->address, o->address.p, o->address.n);
    c->items = mem_array(ALERT_LISTED, sizeof *c->items);
    return c;
}

/* Takes the channel of an Alert out of a list; NULL when it has none. */
static struct channel *take_channel(struct channel **list, struct str address)
{
    for (struct channel **at = list; *at; at = &(*at)->next)
        if (str_is(address, (*at)->address)) {
            struct channel *c = *at;
            *at = c->next;
            return c;
        }
    return NULL;
}

void alerts_load(struct alerts *a, const struct tree *tree)
{
    struct channel *before = a->channels, **end = &a->channels;
    a->tree = tree;
    a->channels = NULL;
    for (size_t i = 0; i < tree->n_alerts; i++) {
        const struct object *o = tree->alerts[i];
        struct channel *c = take_channel(&before, o->address);
        if (!c)
            c = channel_new(o);
        c->object = o;
        c->on = events_of(o);
        c->next = NULL;
        *end = c;
        end = &c->next;
    }
    while (before) {
        struct channel *c = before;
        before = c->next;
        channel_free(c);
    }
}

/* --- what waits ------------------------------------------------------------------------------------ */

static bool has_labels(const struct object *o, const struct value *wanted)
{
    for (size_t i = 0; i < wanted->n; i++) {
        bool has = false;
        for (size_t l = 0; l < o->n_labels && !has; l++)
            has = str_eq(o->labels[l].key, value_key(&wanted->items[i])) && str_eq(o->labels[l].value, wanted->items[i].text);
        if (!has)
            return false;
    }
    return true;
}

static bool selects(const struct alerts *a, const struct channel *c, struct str address)
{
    struct str kind = object_text(c->object, "/match/kind");
    const struct value *labels = object_get(c->object, "/match/labels");
    bool of_kind = str_starts(address, kind) && address.n > kind.n && address.p[kind.n] == '/';
    if (kind.n && !of_kind)
        return false;
    const struct object *o = labels ? tree_find(a->tree, address) : NULL;
    return !labels || (o && has_labels(o, labels));
}

static void queue(struct alerts *a, const struct item *i)
{
    for (struct channel *c = a->channels; c; c = c->next) {
        if (!(c->on & (1u << i->event)) || !selects(a, c, i->address))
            continue;
        c->count++;
        if (c->n == ALERT_LISTED)
            continue;
        struct item *to = &c->items[c->n++];
        *to = *i;
        to->address = arena_str(&c->arena, i->address);
        to->error = arena_str(&c->arena, i->error);
        to->hint = arena_str(&c->arena, i->hint);
    }
}

/* --- transitions ----------------------------------------------------------------------------------- */

enum { WELL = -1, NO_NEWS = -2 };
static const int condition[BOARD_STATE_COUNT] = {
    [BOARD_IN_SYNC] = WELL, [BOARD_DRIFT] = ALERT_DRIFT, [BOARD_PENDING] = NO_NEWS, [BOARD_BLOCKED] = ALERT_REFUSED,
    [BOARD_FAILED] = ALERT_FAILED, [BOARD_UNSURE] = ALERT_UNSURE, [BOARD_EXPIRED] = NO_NEWS,
};

static void turn(struct alerts *a, struct item *i, int now)
{
    int before = told_get(&a->told, i->address);
    if (now == NO_NEWS || now == before)
        return;
    told_set(&a->told, i->address, now);
    i->event = now == WELL ? ALERT_RECOVERED : (enum alert_event)now;
    queue(a, i);
}

/* Found changed outside and put back in one pass: the state never shows it. In JSON a quote inside a text has a backslash before it. */
static bool put_back(const struct board_row *r)
{
    return r->change && strstr(r->change, "\"why\":\"drift\"");
}

static void see_row(struct alerts *a, const struct board_row *r, bool ran)
{
    struct item i = { .address = str_of(r->address), .error = str_of(r->error), .hint = str_of(r->hint), .state = board_state_names[r->state],
                      .before = board_state_names[r->before], .at = r->since };
    if (ran && r->applied) {
        i.at = r->seen;
        i.event = ALERT_DRIFT;
        if (put_back(r))
            queue(a, &i);
        i.event = ALERT_APPLIED;
        queue(a, &i);
    }
    turn(a, &i, condition[r->state]);
}

static void see_tree(struct alerts *a, const struct board *b)
{
    struct item i = { .address = STR(TREE), .error = str_of(b->refused), .state = b->refused ? "refused" : "in_force", .before = b->refused ? "in_force" : "refused",
                      .at = b->refused ? b->refused_since : clock_wall() };
    turn(a, &i, b->refused ? ALERT_REFUSED : WELL);
}

static bool on_board(void *ctx, struct str address)
{
    return str_is(address, TREE) || board_find(ctx, address) != NULL;
}

void alerts_pass(struct alerts *a, const struct board *b)
{
    struct err err = { 0 };
    uint64_t ran = b->n_sync - b->n_sync_failed;
    bool news = ran != a->ran;
    a->ran = ran;
    (void)snprintf(a->commit, sizeof a->commit, "%s", b->commit);
    if (!a->channels)
        return;
    see_tree(a, b);
    for (size_t i = 0; i < b->n; i++)
        see_row(a, b->rows[i], news);
    if (news && b->n_passes && b->passes[0].all)
        told_keep(&a->told, on_board, (void *)(uintptr_t)b);
    if (told_save(&a->told, &err) < 0 && !a->told.failed) {
        log_event(a->o.log, LOG_LEVEL_WARN, "alerts", str_of(err.text), LOG_WITH({ "hint", STR("after a restart what was told may be told again") }));
        a->told.failed = true;
    }
    alerts_tick(a);
}

/* --- time ------------------------------------------------------------------------------------------ */

/* When the next notice of a channel may go: a minute after the one that was per_minute notices ago. */
static int64_t may_go(const struct channel *c, int64_t now)
{
    size_t most = per_minute(c);
    int64_t at = c->n_sent < most ? now : c->sent[(c->n_sent - most) % ALERT_PER_MINUTE] + MINUTE_MS;
    return at > now ? at : now;
}

void alerts_tick(struct alerts *a)
{
    int64_t now = clock_mono_ms();
    for (struct channel *c = a->channels; c && a->flying < ALERTS_FLYING; c = c->next) {
        struct err err = { 0 };
        if (!c->n || c->flying || may_go(c, now) > now)
            continue;
        c->sent[c->n_sent++ % ALERT_PER_MINUTE] = now;
        if (alert_send(a, c, &err) < 0)
            log_event(a->o.log, LOG_LEVEL_WARN, "alert_failed", str_of(err.text), LOG_WITH({ "alert", str_of(c->address) }));
        c->n = c->count = 0;
        arena_reset(&c->arena);
    }
}

int64_t alerts_due(const struct alerts *a)
{
    int64_t due = -1, now = clock_mono_ms();
    for (const struct channel *c = a->channels; c && a->flying < ALERTS_FLYING; c = c->next) {
        int64_t at = c->n && !c->flying ? may_go(c, now) : -1;
        if (at >= 0 && (due < 0 || at < due))
            due = at;
    }
    return due;
}

bool alerts_idle(const struct alerts *a)
{
    for (const struct channel *c = a->channels; c; c = c->next)
        if (c->n)
            return false;
    return !a->flying;
}
