/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What plan and apply share: from the command line to a pass of sync/, and from its plan to what is printed. */
#ifndef CMD_PASS_H
#define CMD_PASS_H

#include "cmd/command.h"
#include "cmd/repository.h"
#include "sync/sync.h"

struct pass {
    const struct options *o;
    struct sync_options options;
    struct sync sync;
    struct arena arena;
    struct repository repository; /* --git */
    int signals;                 /* signalfd of SIGINT and SIGTERM */
    FILE *trace;
    FILE **files;                /* by options.output_files, open from the start; NULL once written, or when it could not be opened */
    bool drawn;                  /* a progress line is on the terminal */
};
int pass_open(struct pass *p, const struct options *o, bool writes, struct err *err);
/* With --git: the documents, before sync_load(). */
int pass_pull(struct pass *p, struct err *err);
void pass_close(struct pass *p);
/* Prints plan or outcomes, in all forms that were asked for. */
int pass_print(struct pass *p, bool applied, struct err *err);
/* Nothing was planned: says err and findings, and prints JSON all the same. Returns the exit code. */
int pass_fail(struct pass *p, const struct err *err);
void pass_erase_progress(struct pass *p);

#endif
