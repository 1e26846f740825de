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

struct watch_options {
    struct sync_options sync;        /* of every pass; client, vault, tokens and wanted are the daemon's */
    bool enforce;                    /* false: report, never write */
    struct machine_options machine;
    struct log log;
};
/* Runs until SIGTERM or SIGINT. Returns the exit code of contract 4: 0, or 75 when something is in doubt. -1 with err when it could not start. */
int watch_run(const struct watch_options *o, struct err *err);

#endif
