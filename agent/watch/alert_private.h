/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the alert*.c files share: alert.c finds transitions, alert_told.c remembers them, alert_body.c writes notices, alert_send.c sends them. */
#ifndef WATCH_ALERT_PRIVATE_H
#define WATCH_ALERT_PRIVATE_H

#include "base/map.h"
#include "model/alert.h"
#include "watch/alert.h"

/* One transition. Texts belong to the channel's arena. */
struct item { enum alert_event event; struct str address, error, hint; const char *state, *before; int64_t at; };

/* One Alert, over all trees that have it. */
struct channel {
    struct channel *next;
    char *address;
    const struct object *object;     /* in the tree in force; NULL while trees are changed */
    unsigned on;                     /* bits of enum alert_event */
    struct item *items;              /* waiting: the first ALERT_LISTED of `count` */
    size_t count, n;
    struct arena arena;              /* of items; emptied with each notice */
    int64_t sent[ALERT_PER_MINUTE];  /* when the last notices went, as a ring */
    size_t n_sent;
    bool flying;
};

/* The last told condition of an address: an event, or none of them (not kept). */
struct told { struct told_row { char *address; enum alert_event event; } *rows; size_t n, cap; char *path; bool changed, failed; };

struct alerts {
    struct alerts_options o;
    const struct tree *tree;
    struct channel *channels;
    struct told told;
    char commit[65];
    uint64_t ran;                    /* passes that were seen */
    unsigned flying;
};

struct str alert_name(const struct channel *c);

/* alert_told.c: sorted by address. */
void told_open(struct told *t, const char *directory, const char *env);
int told_get(const struct told *t, struct str address);       /* an event, or -1 */
void told_set(struct told *t, struct str address, int event); /* -1: none */
void told_keep(struct told *t, bool (*known)(void *ctx, struct str address), void *ctx); /* forgets the others */
int told_save(struct told *t, struct err *err);               /* durable, when it changed */
void told_release(struct told *t);

/* alert_body.c: what is posted, and what is written to people; scrubbed. */
void alert_webhook_body(const struct alerts *a, const struct channel *c, struct buf *out);
void alert_message_text(const struct alerts *a, const struct channel *c, struct buf *out);

/* alert_send.c: makes a notice of all that waits; it owns all that it needs from then on. -1: it could not be made, and is gone. */
int alert_send(struct alerts *a, struct channel *c, struct err *err);

#endif
