/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that wait: one queue per lane, served in turn, and one heap for those whose time has not come (retries, delayed
 * reads). Each operation costs the same with ten thousand waiting as with ten. Entries belong to the queue from queue_add() to queue_drop(), also
 * while they are in flight.
 */
#ifndef HTTP_LANE_H
#define HTTP_LANE_H

#include "base/map.h"
#include "http/retry.h"

struct entry {
    struct http_request request;       /* the copy that `done` gets */
    uint64_t id;                       /* from 1, for the trace */
    struct lane *lane;
    struct entry *next;
    unsigned retries;
    int attempts;
    int64_t waited_ms;                 /* Retry-After apart */
    int64_t due;                       /* in the heap */
    int64_t started;
    uint64_t order;                    /* those due at the same time leave in the order in which they came */
};

struct lane {
    char *name;
    struct pace pace;
    unsigned concurrency, in_flight;
    struct entry *head, *tail;
    struct lane *next;                 /* of all lanes */
    struct lane *next_active;          /* of those with something queued */
    bool active;
};

struct queue {
    struct map by_name;
    struct lane *lanes;                /* all */
    struct lane *first, *last;         /* active ones, in turn */
    struct entry **heap; size_t n_heap, cap_heap;
    struct entry *spare;
    size_t queued, active;             /* entries in lanes; lanes that have some */
    uint64_t order, id;
};

struct lane *queue_lane(struct queue *q, const char *name, double requests_per_second, unsigned concurrency);
struct entry *queue_add(struct queue *q, const struct http_request *r, struct lane *lane, int64_t now);
void queue_later(struct queue *q, struct entry *e, int64_t due);        /* an entry that queue_next gave: again, then */
/* The next entry that may start, lanes in turn; NULL when there is none, with the milliseconds until there may be one, or -1 when only an
 * answer can change that. The entry counts as in flight in its lane. */
struct entry *queue_next(struct queue *q, int64_t now, int64_t *ret_wait);
struct entry *queue_any(struct queue *q);                               /* whatever waits, in any order: for giving up */
void queue_landed(struct entry *e);                                     /* it is in flight no more */
void queue_drop(struct queue *q, struct entry *e);
void queue_release(struct queue *q);

#endif
