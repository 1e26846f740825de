/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon: waits for files, timers and signals in one place, and runs passes of sync/ over what changed. The states are a table (machine.h);
 * watch.c turns descriptors into its events, pass.c is one pass. A tree that is invalid, or lost more than half of its documents at once, is
 * refused: the last good one stays in force. Requests in flight belong to the generation that sent them: a tree is swapped between passes only.
 */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "base/log.h"
#include "sync/board.h"
#include "watch/machine.h"

/* What a command hangs into the one wait beside the files: a status server, a puller. Called from the loop only. */
struct watch;                        /* the running daemon */
struct watch_hooks {
    int (*open)(void *ctx, struct watch *w, struct err *err);   /* before the first pass; NULL: none */
    void (*after)(void *ctx, bool ran);                          /* after each pass; NULL: none */
    void (*close)(void *ctx);                                    /* before the client goes; also when open failed */
    void *ctx;
};
struct http_client *watch_client(struct watch *w);
struct board *watch_board(struct watch *w);
struct log *watch_log(struct watch *w);
void watch_changed(struct watch *w);                             /* there may be something new to load */
bool watch_in_charge(const struct watch *w);                     /* a valid tree is in force */

struct watch_options {
    struct sync_options sync;        /* of every pass; client, vault, tokens and wanted are the daemon's */
    bool enforce;                    /* false: report, never write */
    struct machine_options machine;
    struct log log;
    struct watch_hooks hooks;
};
/* Runs until SIGTERM or SIGINT. Returns the exit code of contract 4: 0, or 75 when something is in doubt. -1 with err when it could not start. */
int watch_run(const struct watch_options *o, struct err *err);

#endif
