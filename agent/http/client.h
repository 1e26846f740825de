/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window over libcurl's multi interface: one handle for the process, one place that waits. Requests are submitted with a callback,
 * http_run() serves until none is left. What the network can do to a client (performance.md 4a) ends here: limits on time and size, no
 * redirects, no silent second send, no header injection, complete answers only, origins enforced, retries and pace (retry.c).
 *
 * A client opened read-only refuses every write, in one place: that is what a dry run is.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "http/tally.h"
#include "model/provider.h"
#include "secret/trust.h"

enum {
    HTTP_MAX_BODY = 4 << 20,           /* decoded bytes of an answer */
    HTTP_MAX_HEADERS = 64 << 10,
    HTTP_MAX_RETRIES = 4,
    HTTP_RETRY_TIME_MS = 15000,        /* all waits of one request together, Retry-After apart */
    HTTP_MAX_RETRY_AFTER_MS = 120000,
    HTTP_MAX_HEADER_COUNT = 200,
    HTTP_CONNECT_MS = 10000, HTTP_REQUEST_MS = 30000, HTTP_STALL_MS = 15000, HTTP_GRACE_MS = 10000
};

struct http_options {
    unsigned parallelism;              /* requests in flight, all accounts together; 16 */
    bool read_only;
    int64_t deadline_ms;               /* monotonic; 0 = none: what is not finished then ends as HTTP_LOST or HTTP_NOT_SENT, ERR_INTERRUPTED */
    const char *user_agent;
    const char *ca_file;               /* NULL: the system's */
    FILE *trace;                       /* --trace http, masked; NULL: off */
    const struct vault *vault;         /* trace is scrubbed by it; may be NULL */
    int interrupt_fd;                  /* readable = stop: nothing new is started, requests in flight get 10 s; -1 = none */
    const struct http_limits *limits;  /* NULL: the constants above; tests have no time for them */
};

/* The limits that hold when options.limits is NULL are http_limits_default (retry.c). All must be greater than 0, but the retries. */
struct http_limits {
    size_t body, headers;              /* bytes */
    unsigned header_count;
    int64_t connect_ms, request_ms, stall_ms;
    unsigned retries;
    int64_t retry_base_ms;             /* the first wait is at most this, each next at most twice the one before */
    int64_t retry_time_ms, retry_after_ms;
    int64_t grace_ms;                  /* for requests in flight after an interrupt */
};
extern const struct http_limits http_limits_default;

/* One account's share: pace and concurrency. Without limits there is no fixed pace; after a 429 the pace halves and recovers slowly. */
struct lane;

enum safety {
    HTTP_READ,                         /* repeated freely; a token request is one of these, with POST */
    HTTP_IDEMPOTENT,                   /* a write: repeated by the client only when it certainly was not done (not sent, 408, 425, 429) */
    HTTP_ONCE                          /* a message: repeated by the client only when not one byte was sent, or on 429 */
};
struct http_header { struct str name, value; bool secret; };
struct http_reply;
struct http_request {
    enum method method;
    enum safety safety;
    bool token;                        /* a token or login request: allowed in a read-only client */
    bool aside;                        /* a notice to operators: http_run() does not wait for it, it takes no room from others, http_idle() goes on with
                                        * it; let through in a read-only client, since it changes nothing at a provider */
    struct str url;
    const struct http_header *headers; size_t n_headers;
    struct str body;                   /* empty: none */
    const char *content_type;          /* of the body */
    struct lane *lane;                 /* may be NULL */
    const struct origin *origins; size_t n_origins;  /* where its credentials may go; the URL's must be one of them */
    int64_t timeout_ms;                /* 0: HTTP_REQUEST_MS */
    int64_t delay_ms;                  /* not started before this long from now (a read-back that waits for a lagging provider); 0: at once */
    /* Both are looked at where an attempt really starts: after the lane's pace, a 429 and every wait for a retry. */
    int64_t not_after;                 /* wall clock, seconds: no attempt starts later, and none waits beyond it (HTTP_NOT_SENT, E803); 0: no limit */
    int64_t fresh_until_ms;            /* monotonic: what it is made of is too old then (HTTP_NOT_SENT, reply->stale); 0: never */
    bool first;                        /* goes before what is queued in its lane: it was made from a reading that grows old */
    unsigned retries; int64_t waited_ms; /* what the same request has used already of the retries and the time for them */
    bool any_type;                     /* an answer that is not JSON by its Content-Type is fine (Volt MX writes) */
    void (*done)(struct http_request *r, const struct http_reply *reply);
    void *user;
};
/* http_submit takes a copy of the struct (not of what it points to: that lives until done). The done callback gets that copy. */

enum http_end {
    HTTP_ANSWERED,                     /* a complete answer, whatever its status; err is set when its form is wrong (content type) */
    HTTP_NOT_SENT,                     /* certainly had no effect */
    HTTP_LOST                          /* sent, or perhaps sent, and no intelligible answer: a write is in doubt */
};
struct http_reply {
    enum http_end end;
    int status;                        /* HTTP_ANSWERED */
    struct str body;                   /* decoded; valid during the callback */
    struct str request_id;             /* from X-Request-Id, X-Correlation-Id, Correlation-Id, ... or empty; valid during the callback */
    bool json;                         /* Content-Type is application/json or +json */
    struct err err;                    /* why not HTTP_ANSWERED; class DOWN, INTERRUPTED, TRUST, REJECTED (redirect), THROTTLED ... */
    bool stale;                        /* HTTP_NOT_SENT since fresh_until_ms had passed: read again, then submit it anew */
    int attempts;                      /* requests really started */
    unsigned retries; int64_t waited_ms; /* used so far, with those that the request brought along */
    int64_t ms;                        /* of the last attempt */
};

struct http_client;
int http_open(const struct http_options *o, struct http_client **ret, struct err *err);  /* loads libcurl */
/* Requests that are still there (aside) are cut; their done is called from here. Takes NULL. */
void http_close(struct http_client *c);
struct lane *http_lane(struct http_client *c, const char *name, double requests_per_second /* 0 = none */, unsigned concurrency /* 0 = none */);
/* Queues a request; done is called exactly once, from http_run. A request that is wrong in itself (CR or LF in a header, an origin it is not
 * bound to, a write in a read-only client) comes back as HTTP_NOT_SENT. */
void http_submit(struct http_client *c, const struct http_request *r);
/* Serves until nothing is queued or in flight (but what is aside). Callbacks may submit more. */
int http_run(struct http_client *c, struct err *err);
/* A further descriptor in the one wait: `ready` is called from there when it is readable, or when the time that `due` gives has come
 * (monotonic ms, -1: none; NULL: never). The struct is copied; at most a few. Whoever is called may watch, unwatch and submit. */
struct http_extra { int fd; void (*ready)(void *ctx); int64_t (*due)(void *ctx); void *ctx; };
int http_watch(struct http_client *c, const struct http_extra *e, struct err *err);
void http_unwatch(struct http_client *c, int fd);
/* Waits once with nothing to send, until an extra was called or the time has come (-1: for ever). For a daemon between passes.
 * While requests are aside it serves them, and returns at each turn of theirs. */
int http_idle(struct http_client *c, int64_t until_ms, struct err *err);
/* The wait before a request that the caller makes once more itself: out of the same 4 retries and 15 s, with the same jitter; both are counted on.
 * -1: used up. */
int64_t http_backoff(struct http_client *c, unsigned *retries, int64_t *waited_ms);
void http_interrupt(struct http_client *c);                   /* as if interrupt_fd had become readable */
/* How many more requests could start right now. */
unsigned http_room(const struct http_client *c);
/* Work prepared just in time: http_run calls `more` at its start and once per turn of its loop, after the answers of that turn were
 * handed out and before it waits, whenever there is room and few are queued; `more` submits up to `room` requests. So 10,000 objects
 * never sit in the queue at once, and what is done together can be made durable together (one store_flush per turn). http_run ends when
 * nothing is queued, delayed or in flight and `more` submitted nothing. (NULL, NULL) takes it away. */
void http_refill(struct http_client *c, void (*more)(void *ctx, unsigned room), void *ctx);
bool http_stopping(const struct http_client *c);              /* interrupted, or past the deadline */
struct http_counts { uint64_t started, retried, reads, writes, tokens, throttled; uint64_t wait_ms; };
struct http_counts http_count(const struct http_client *c);
const struct tallies *http_tallies(const struct http_client *c);  /* every request that was sent, by how it ended; lives as long as the client */

/* Retry-After: seconds or an HTTP date, clamped to [0, HTTP_MAX_RETRY_AFTER_MS]; -1 when there is none or it is nonsense. Pure (retry.c). */
int64_t http_retry_after(struct str value, int64_t wall_now);

#endif
