/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `waconf watch`: the daemon's command line, and the operators' server beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/output.h"
#include "cmd/pass.h"
#include "status/status.h"
#include "watch/watch.h"

/* What hangs into the daemon's wait. */
struct beside {
    const struct options *o;
    struct watch *watch;
    struct status_server *server;
};

static void serve(void *ctx)
{
    struct beside *b = ctx;
    status_run(b->server);
}

static int64_t serve_due(void *ctx)
{
    const struct beside *b = ctx;
    return status_due(b->server);
}

static bool ready(void *ctx)
{
    const struct beside *b = ctx;
    return watch_in_charge(b->watch);
}

static int open_beside(void *ctx, struct watch *w, struct err *err)
{
    struct beside *b = ctx;
    b->watch = w;
    if (!b->o->listen)
        return 0;
    struct status_options s = { .listen = b->o->listen, .expose = b->o->expose, .board = watch_board(w), .ready = ready, .ready_ctx = b,
                                .stuck_after_ms = 3 * b->o->interval_ms };
    if (status_open(&s, &b->server, err) < 0)
        return -1;
    log_event(watch_log(w), LOG_LEVEL_INFO, "listening", str_of(status_address(b->server)), NULL);
    return http_watch(watch_client(w), &(struct http_extra){ .fd = status_fd(b->server), .ready = serve, .due = serve_due, .ctx = b }, err);
}

static void close_beside(void *ctx)
{
    struct beside *b = ctx;
    if (b->server) {
        http_unwatch(watch_client(b->watch), status_fd(b->server));
        status_close(b->server);
    }
    b->server = NULL;
}

int command_watch(struct options *o)
{
    struct pass p;
    struct err err = { 0 };
    struct beside beside = { .o = o };
    struct watch_options w = { .enforce = o->watch_mode == 0, .hooks = { .open = open_beside, .close = close_beside, .ctx = &beside } };
    int code = -1;
    o->terminal_err = false; /* a log and a progress line do not share a terminal */
    if (pass_open(&p, o, w.enforce, &err) == 0) {
        w.sync = p.options;
        w.sync.interrupt_fd = -1;
        w.machine = (struct machine_options){ .quiet_ms = 300, .most_ms = 3000, .interval_ms = o->interval_ms, .backoff_ms = 1000, .backoff_most_ms = 300000 };
        log_open(&w.log, stderr, o->log_form ? (enum log_form)(o->log_form - 1) : LOG_FORM_COUNT,
                 o->verbose ? LOG_LEVEL_DEBUG : o->quiet ? LOG_LEVEL_WARN : LOG_LEVEL_INFO);
        code = watch_run(&w, &err);
    }
    if (code < 0)
        code = fail(o, &err);
    pass_close(&p);
    return code;
}
