/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another program, run without a shell: its words and environment are exactly what is given, it has a session of its own (no terminal to prompt on; what it
 * starts ends with it), default signals, no descriptor but three. Its output is handed over piece by piece and bounded by whoever gets it; its
 * time is limited.
 *
 *     struct child c;
 *     if (child_start(&(struct child_options){ .words = words, ... }, &c, &err) == 0) {
 *         (void)child_wait(&c, -1);          or child_watch() on an epoll descriptor, and child_step() whenever that is ready
 *         if (c.end == CHILD_EXITED && c.status == 0) ...
 *         child_end(&c);
 *     }
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum { CHILD_ERRORS = 16 << 10 };        /* of standard error, kept; the rest is dropped */

struct child_options {
    char *const *words;                  /* words[0] is the absolute path of the program; ends with NULL */
    char *const *environment;            /* NAME=VALUE; ends with NULL */
    struct str input;                    /* what it finds on standard input; empty: nothing */
    bool errors;                         /* keep standard error in child.errors; else it goes nowhere */
    bool leave;                          /* what it left behind when it ended by itself may live on (a credential cache) */
    int64_t timeout_ms;
    uint64_t max_file;                   /* bytes of the largest file that it may write; 0: as many as we may */
    bool (*put)(void *ctx, struct str piece);   /* its output, as it comes; false: too much, it is killed. NULL: dropped */
    void *ctx;
};

enum child_how { CHILD_RUNS, CHILD_EXITED /* status: exit code */, CHILD_KILLED /* status: signal */, CHILD_LATE, CHILD_TOO_MUCH };
struct child {
    enum child_how end;
    int status;
    struct buf errors;
    /* child.c's own */
    pid_t pid;                           /* 0: none, or gathered in */
    int pid_fd, output, complaints;
    int64_t deadline;
    bool leave;
    bool (*put)(void *ctx, struct str piece);
    void *ctx;
};

/* -1: ERR_IO with errno in err.sys (ENOENT: no such program). */
int child_start(const struct child_options *o, struct child *ret, struct err *err);
/* Adds its descriptors to an epoll descriptor, level-triggered; they leave it by themselves. */
int child_watch(const struct child *c, int epoll, struct err *err);
int64_t child_due(const struct child *c);        /* monotonic ms: call child_step() then at the latest */
/* Reads what is there without waiting. True when it is over: `end` and `status` are set, and nothing of it runs any more. It is over when the program
 * ended: what it left behind may hold its pipes for ever. */
bool child_step(struct child *c);
/* Waits until it is over. False when `stop` (a descriptor, or -1) became readable first; then it still runs. */
bool child_wait(struct child *c, int stop);
void child_end(struct child *c);                 /* kills what still runs, frees; takes a zeroed one */

#endif
