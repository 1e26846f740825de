/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's states as a table, pure: time comes in, timers and one action come out. watch.c turns descriptors into events and carries actions
 * out; tests feed the same events with a clock of their own.
 *
 *   IDLE      nothing to do until a timer or an event
 *   SETTLING  something changed; waits until it has been quiet for 300 ms, at most 3 s, and while git's index is locked
 *   SYNCING   a pass is running; changes that come in meanwhile settle afterwards
 *   BACKOFF   the last pass could not run at all (bad tree, state, git); tries again after a growing pause, or on a change
 *   STOPPING  SIGTERM: what is in flight ends, nothing new starts
 */
#ifndef WATCH_MACHINE_H
#define WATCH_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

enum watch_state { WATCH_IDLE, WATCH_SETTLING, WATCH_SYNCING, WATCH_BACKOFF, WATCH_STOPPING, WATCH_STATE_COUNT };
enum watch_event {
    WATCH_CHANGED,           /* files or commit may have changed */
    WATCH_RESYNC,            /* SIGHUP, or an operator: everything, now */
    WATCH_TICK,              /* a timer of the machine is due */
    WATCH_DONE,              /* the pass ended; objects may have failed one by one */
    WATCH_FAILED,            /* the pass could not run at all */
    WATCH_STOP,              /* SIGTERM, SIGINT */
    WATCH_EVENT_COUNT
};
enum watch_action { WATCH_NOTHING, WATCH_SYNC_CHANGES, WATCH_SYNC_ALL, WATCH_QUIT, WATCH_INTERRUPT };
extern const char *const watch_state_names[WATCH_STATE_COUNT];

struct machine_options {
    int64_t quiet_ms, most_ms;       /* 300, 3000 */
    int64_t interval_ms;             /* full resync; 600000, +-10 % */
    int64_t backoff_ms, backoff_most_ms;  /* 1000 doubling to 300000 */
};
struct machine {
    struct machine_options options;
    enum watch_state state;
    int64_t changed_at, first_changed_at;   /* 0: nothing pending */
    bool all_pending;                       /* the next pass reads everything */
    int64_t resync_at, retry_at;            /* monotonic; 0 = not armed */
    unsigned failures;                      /* in a row */
    uint32_t chance;                        /* for jitter */
};
void machine_init(struct machine *m, const struct machine_options *o, int64_t now, uint32_t chance);
/* `held`: the tree is being written by git (index.lock): settling goes on. */
enum watch_action machine_step(struct machine *m, enum watch_event e, int64_t now, bool held);
int64_t machine_due(const struct machine *m, int64_t now, bool held);   /* monotonic time of the next WATCH_TICK; -1: none */

#endif
