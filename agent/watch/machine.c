/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/machine.h"

const char *const watch_state_names[WATCH_STATE_COUNT] = { "idle", "settling", "syncing", "backoff", "stopping" };

enum { HELD_LOOK_MS = 100 };   /* how often a held tree is looked at again */

static int64_t jitter(struct machine *m, int64_t ms)
{
    m->chance = m->chance * 1664525u + 1013904223u;
    return ms - ms / 10 + (int64_t)((m->chance >> 8) % (uint32_t)(ms / 5 + 1));
}

void machine_init(struct machine *m, const struct machine_options *o, int64_t now, uint32_t chance)
{
    *m = (struct machine){ .options = *o, .state = WATCH_SETTLING, .all_pending = true, .changed_at = now - o->quiet_ms, .first_changed_at = now - o->quiet_ms,
                           .chance = chance };
    if (m->first_changed_at <= 0)
        m->first_changed_at = m->changed_at = 1;
}

/* --- what an event does, by state ---------------------------------------------------------------- */

static enum watch_action changed(struct machine *m, int64_t now)
{
    m->changed_at = now;
    if (!m->first_changed_at)
        m->first_changed_at = now;
    if (m->state != WATCH_SYNCING)
        m->state = WATCH_SETTLING;
    return WATCH_NOTHING;
}

static enum watch_action start(struct machine *m)
{
    enum watch_action action = m->all_pending ? WATCH_SYNC_ALL : WATCH_SYNC_CHANGES;
    m->state = WATCH_SYNCING;
    m->changed_at = m->first_changed_at = 0;
    m->all_pending = false;
    m->retry_at = 0;
    return action;
}

static enum watch_action resync(struct machine *m, int64_t now)
{
    (void)now;
    m->all_pending = true;
    return start(m);
}

static enum watch_action remember(struct machine *m, int64_t now)
{
    (void)now;
    m->all_pending = true;
    m->changed_at = m->first_changed_at = 1; /* long ago: it starts as soon as the pass ends */
    return WATCH_NOTHING;
}

static enum watch_action tick_idle(struct machine *m, int64_t now)
{
    return m->resync_at && now >= m->resync_at ? resync(m, now) : WATCH_NOTHING;
}

static int64_t settled_at(const struct machine *m)
{
    int64_t quiet = m->changed_at + m->options.quiet_ms, most = m->first_changed_at + m->options.most_ms;
    return quiet < most ? quiet : most;
}

static enum watch_action tick_settling(struct machine *m, int64_t now)
{
    return now >= settled_at(m) ? start(m) : WATCH_NOTHING;
}

static enum watch_action tick_backoff(struct machine *m, int64_t now)
{
    return now >= m->retry_at ? resync(m, now) : WATCH_NOTHING;
}

static enum watch_action rest(struct machine *m, int64_t now, enum watch_state state)
{
    m->state = m->first_changed_at ? WATCH_SETTLING : state;
    m->resync_at = now + jitter(m, m->options.interval_ms);
    return WATCH_NOTHING;
}

static enum watch_action done(struct machine *m, int64_t now)
{
    m->failures = 0;
    return rest(m, now, WATCH_IDLE);
}

static enum watch_action failed(struct machine *m, int64_t now)
{
    int64_t pause = m->options.backoff_ms;
    for (unsigned i = 0; i < m->failures && pause < m->options.backoff_most_ms; i++)
        pause *= 2;
    m->failures++;
    m->all_pending = true;
    m->retry_at = now + jitter(m, pause < m->options.backoff_most_ms ? pause : m->options.backoff_most_ms);
    return rest(m, now, WATCH_BACKOFF);
}

static enum watch_action quit(struct machine *m, int64_t now)
{
    (void)now;
    m->state = WATCH_STOPPING;
    return WATCH_QUIT;
}

static enum watch_action interrupt(struct machine *m, int64_t now)
{
    (void)now;
    m->state = WATCH_STOPPING;
    return WATCH_INTERRUPT;
}

static enum watch_action nothing(struct machine *m, int64_t now)
{
    (void)m;
    (void)now;
    return WATCH_NOTHING;
}

/* A pass that ended while stopping: nothing is left to wait for. */
static enum watch_action (*const table[WATCH_STATE_COUNT][WATCH_EVENT_COUNT])(struct machine *, int64_t) = {
    /*                    CHANGED  RESYNC    TICK           DONE     FAILED   STOP */
    [WATCH_IDLE]     = { changed, resync,   tick_idle,     nothing, nothing, quit },
    [WATCH_SETTLING] = { changed, resync,   tick_settling, nothing, nothing, quit },
    [WATCH_SYNCING]  = { changed, remember, nothing,       done,    failed,  interrupt },
    [WATCH_BACKOFF]  = { changed, resync,   tick_backoff,  nothing, nothing, quit },
    [WATCH_STOPPING] = { nothing, nothing,  nothing,       quit,    quit,    nothing },
};

enum watch_action machine_step(struct machine *m, enum watch_event e, int64_t now, bool held)
{
    /* A tree that is being written is not read; a timer comes back to it. */
    if (held && (e == WATCH_TICK || e == WATCH_RESYNC) && m->state != WATCH_SYNCING && m->state != WATCH_STOPPING) {
        if (e == WATCH_RESYNC)
            (void)remember(m, now);
        if (m->state != WATCH_SETTLING && m->first_changed_at)
            m->state = WATCH_SETTLING;
        return WATCH_NOTHING;
    }
    return table[m->state][e](m, now);
}

int64_t machine_due(const struct machine *m, int64_t now, bool held)
{
    switch (m->state) {
    case WATCH_IDLE:
        if (!m->resync_at)
            return -1;
        return held && m->resync_at <= now ? now + HELD_LOOK_MS : m->resync_at;
    case WATCH_SETTLING:
        return held ? now + HELD_LOOK_MS : settled_at(m);
    case WATCH_BACKOFF:
        return held && m->retry_at <= now ? now + HELD_LOOK_MS : m->retry_at;
    default:
        return -1;
    }
}
