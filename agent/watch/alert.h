/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling operators (waconf/v1 Alert, model/alert.h). After each pass the board shows how every object is; what differs from what was told last is a
 * transition, and each transition is told once: the last told conditions lie in a small file beside the state, written before anything is
 * sent, so that a restart repeats nothing. Transitions of one pass go out as one notice; more notices than per_minute allows are put together.
 * Notices go through the daemon's client as requests aside: no sync waits for them, and http_idle() goes on with them. A webhook is repeated
 * only when it certainly was not taken, a message never. All text comes from the board, where nothing is secret, and is scrubbed all the same.
 *
 *     a = alerts_new(&options);                   at start, behind the client
 *     alerts_load(a, &tree);                      whenever another tree is in force, before anything else is run; the tree is borrowed until the next
 *     alerts_pass(a, &board);                     after each pass, those that could not run too
 *     due = alerts_due(a); ... alerts_tick(a);    a timer of the one wait
 *     http_close(client); alerts_free(a);         in this order
 */
#ifndef WATCH_ALERT_H
#define WATCH_ALERT_H

#include "base/log.h"
#include "sync/board.h"

enum { ALERT_LISTED = 50 /* transitions that one notice lists; all are counted */, ALERTS_FLYING = 4 /* notices in flight, all Alerts together */,
       ALERT_TEXT_MOST = 4000 /* bytes of a message */ };

struct alerts_options {
    struct http_client *client;
    struct vault *vault;
    struct token_cache *tokens;      /* may be NULL */
    const char *env;
    const char *directory;           /* where told conditions are kept (the state's); NULL: not kept */
    struct log *log;
};
struct alerts;
struct alerts *alerts_new(const struct alerts_options *o);     /* copies o, borrows what it points to */
void alerts_free(struct alerts *a);                            /* takes NULL */
void alerts_load(struct alerts *a, const struct tree *tree);   /* loaded with load_options.alerts, references resolved */
void alerts_pass(struct alerts *a, const struct board *b);
int64_t alerts_due(const struct alerts *a);                    /* monotonic milliseconds; -1: nothing waits for time */
void alerts_tick(struct alerts *a);
/* No notice waits or is in flight: what a daemon that stops may wait for, for a moment. */
bool alerts_idle(const struct alerts *a);

#endif
