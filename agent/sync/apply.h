/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One object on its way through apply; shared by apply.c (turns), apply_write.c (the write and its answer), apply_verify.c (looking). */
#ifndef SYNC_APPLY_H
#define SYNC_APPLY_H

#include "sync/work.h"

enum { JOB_FRESH_MS = 30000 }; /* what was read longer ago is read again before a write (contract 7) */

struct job;
struct apply {
    struct sync *s;
    bool asked, deleting;
    bool troubled;               /* something did not succeed: no deletions */
    size_t next, done, total;
    struct job *ready, **ready_end;
    struct err store_error;      /* the state cannot be written: nothing more is started */
};

struct job {
    struct apply *a;
    struct change *c;
    struct job *next;            /* in the ready list */
    struct seen live;            /* the newest that is known */
    struct arena arena;
    struct str url;
    struct buf body;             /* holds secrets; wiped */
    const struct op *op;
    struct err *redirect;        /* the write was answered with one: in doubt, and sending it again would bring the same */
    struct err *conflict;        /* what the provider said to a create of something that exists */
    const bool *send;            /* by kind->fields: what an update writes; NULL = all that is declared */
    bool sent, in_doubt, second, update_instead;
    int writes, looks, rounds;   /* requests made so far; times that it had to be read again because it waited for too long */
    unsigned retries;            /* of the request that is being made, the transport's and ours together */
    int64_t waited_ms;
    bool reread;                 /* was read just now, to be written at once */
    size_t entry;                /* LIFE_EVENT: which one is being sent */
    int64_t delay_ms, at_ms;
};

void job_ready(struct job *j);                                   /* next turn: intent, flush, write */
void job_write(struct job *j);
bool job_again(struct job *j);                                   /* once more after a wait, if there is a retry left */
void job_anew(struct job *j);                                    /* what comes next is another request: all its retries are left */
void job_stale(struct job *j, const struct err *why);            /* what it was made of is too old: read, then write */
void job_verify(struct job *j);                                  /* reads until what was sent shows, a few times */
void job_look(struct job *j, const struct err *why);             /* in doubt: what does the provider hold? */
void job_adopt(struct job *j, const struct err *why);            /* 409 on a create */
void job_applied(struct job *j);
void job_refused(struct job *j);                                 /* a definite refusal ends the intent: nothing is in doubt */
void job_failed(struct job *j, const struct err *why);
void job_finish(struct job *j, enum outcome outcome, const struct err *why);
void apply_store_failed(struct apply *a, const struct err *err);
bool job_shows(const struct job *j, const struct seen *now, const struct field **ret_differs); /* are all sent fields that can be seen as sent? */

#endif
