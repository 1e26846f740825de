/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's HTTP server for operators. It shows what the board knows and changes nothing; the one thing that it takes is a git host's knock.
 *
 *     GET  /               the status page, one HTML file (page.html)
 *     GET  /api/v1/status  the same as JSON, with an ETag
 *     GET  /metrics        Prometheus text, or OpenMetrics for who asks for it (Accept)
 *     GET  /healthz        200, or 503 when no pass has ended for longer than it should have
 *     GET  /readyz         200 once the daemon is in charge of its tree, else 503
 *     POST /hooks/git      wakes a pull: X-Hub-Signature-256 over the body, or X-Gitlab-Token; 404 without a secret
 *
 * No threads: whoever owns the one wait gives status_fd() and status_due() to it and calls status_run() when either says so:
 *
 *     status_open(&options, &server, &err);
 *     http_watch(client, &(struct http_extra){ status_fd(server), run, due, server }, &err);
 *     ...
 *     status_close(server);
 *
 * What comes in is judged in ask.c before anything looks at it; libmicrohttpd lets pass more than HTTP means (libraries.md 12).
 */
#ifndef STATUS_STATUS_H
#define STATUS_STATUS_H

#include "sync/board.h"

enum {
    STATUS_CONNECTIONS = 64,           /* at a time; others wait in the kernel's queue */
    STATUS_REQUEST_MS = 20000,
    STATUS_HOOK_BODY = 1 << 20,        /* bytes of a hook's body; it is hashed as it comes and never kept */
    STATUS_WAKE_MS = 2000              /* between two wake-ups by hooks; one that comes earlier is carried out then */
};

/* All pointers are borrowed until status_close(). */
struct status_options {
    const char *listen;                /* "127.0.0.1:9847", "[::1]:0", "localhost:9847", "unix:/run/waconf/http.sock" */
    bool expose;                       /* anything but loopback or a unix socket needs it */
    const char *const *hosts; size_t n_hosts; /* names by which it is reached besides addresses, localhost and the machine's own name (Host) */
    const struct board *board;
    const char *hook_secret;           /* NULL: no hooks */
    void (*hook)(void *ctx); void *hook_ctx;   /* called from status_run(); only asks for a pull */
    bool (*ready)(void *ctx); void *ready_ctx; /* NULL: ready after the first pass */
    int64_t stuck_after_ms;            /* since board.alive_ms; 0 = never */
    int64_t request_ms;                /* for a request to come and its answer to go, and for a connection to be idle; 0: STATUS_REQUEST_MS */
};
struct status_server;

/* Listens at once. Opens libmicrohttpd. -1: ERR_USAGE for an address that cannot be understood or needs `expose`, ERR_CONFIG for an empty
 * secret, ERR_IO for what the machine refuses. A unix socket is 0660; one that nobody serves any more is replaced, anything else in its place is
 * left alone and an error. */
int status_open(const struct status_options *o, struct status_server **ret, struct err *err);
int status_fd(const struct status_server *s);        /* readable: call status_run */
int64_t status_due(const struct status_server *s);   /* monotonic ms at which to call status_run; -1: not before the descriptor says so */
void status_run(struct status_server *s);            /* never blocks */
uint16_t status_port(const struct status_server *s); /* of TCP; 0 for a unix socket */
const char *status_address(const struct status_server *s); /* where it listens, for the log: "http://127.0.0.1:9847/", "unix:/run/..." */
void status_close(struct status_server *s);          /* NULL is fine; a unix socket of its own is removed */

#endif
