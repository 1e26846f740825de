/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When a request is tried again, how long it waits, and how fast an account is asked. All pure: time and chance come in as arguments, so
 * that the tests need no clock.
 */
#ifndef HTTP_RETRY_H
#define HTTP_RETRY_H

#include "http/client.h"

/* Retry-After in milliseconds, saturated but not clamped: what is longer than we wait must be told from what is not. -1: none, or nonsense. */
int64_t retry_after(struct str value, int64_t wall_now);

struct retry_facts {
    enum safety safety;
    enum http_end end;
    int status;                        /* HTTP_ANSWERED */
    bool permanent;                    /* the next attempt would end the same way (certificate, redirect, size) */
    int64_t after_ms;                  /* of retry_after(), -1: none */
    unsigned retries;                  /* done so far */
    int64_t waited_ms;                 /* so far, Retry-After apart */
    uint32_t chance;                   /* any random number */
};
/* Milliseconds to wait before the next attempt, or one of these. `*ret_asked` tells whether Retry-After decided: such a
 * wait does not count against the time for retries. */
enum { RETRY_NO = -1, RETRY_TOO_LONG = -2 };
int64_t retry_wait(const struct retry_facts *f, const struct http_limits *l, bool *ret_asked);
/* The same without an answer that could ask for more: by retries, waited_ms and chance alone. */
int64_t retry_backoff(const struct retry_facts *f, const struct http_limits *l);

/*
 * The pace of one account. Without a limit of its own it is free until the first 429. Each 429 halves the pace. It grows back fast to just below
 * what the server really let through in the last seconds before, and from there slowly. Times are monotonic milliseconds.
 */
enum { PACE_SLOTS = 16, PACE_SLOT_MS = 250 };
struct pace {
    double limit;                      /* requests per second that the user allows; 0: none */
    double rate;                       /* now; 0: free */
    double ceiling;                    /* what the server let through, by our last measure */
    double tokens;
    int64_t refilled;                  /* when tokens and rate were last brought up to date */
    int64_t steady;                    /* since when the rate is at its ceiling; 0: it is below */
    int64_t not_before;                /* Retry-After of the account */
    int64_t episode;                   /* when the pace was cut last; 0: never */
    unsigned episodes;
    int64_t slot;                      /* number of the newest slot */
    unsigned got[PACE_SLOTS];          /* answers other than 429 of the last seconds, by slots */
};
void pace_init(struct pace *p, double limit);
int64_t pace_wait(struct pace *p, int64_t now);                  /* 0: a request may start */
void pace_start(struct pace *p);                                 /* one did */
void pace_answered(struct pace *p, int64_t now);
/* A request that started at `started` was answered 429 and waits until now + wait. */
void pace_throttled(struct pace *p, int64_t started, int64_t now, int64_t wait);
void pace_hold(struct pace *p, int64_t until);                   /* nothing starts before that; 503 with Retry-After */

#endif
