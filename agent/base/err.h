/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why an operation stopped. The struct lives in the caller's frame and never allocates. A fallible function
 * takes `struct err *err` last, returns 0, or -1 with err filled in (err may not be NULL), and leaves it
 * alone on success. Callers add context on the way up with err_add. Only cmd/ and watch/ print.
 *
 * What is wrong with the user's documents is not an err: see base/diag.h.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/str.h"

enum err_class {
    ERR_NONE,
    ERR_USAGE,       /* wrong command line */
    ERR_CONFIG,      /* documents or references */
    ERR_TRUST,       /* an origin or reference that nobody trusts */
    ERR_GUARD,       /* a guard refused it */
    ERR_LOCKED,      /* another run holds the state */
    ERR_STALE,       /* a saved plan that no longer holds */
    ERR_AUTH,        /* the provider refused the credentials */
    ERR_DOWN,        /* could not be reached, or answered nonsense */
    ERR_THROTTLED,   /* told to slow down, for longer than we wait */
    ERR_REJECTED,    /* the provider understood and said no */
    ERR_ABSENT,      /* what was asked for is not there */
    ERR_CONFLICT,    /* it exists already, or changed under us */
    ERR_UNSURE,      /* a write whose effect is unknown */
    ERR_IO,          /* files, state, the machine */
    ERR_INTERRUPTED, /* a signal or the run's time limit */
    ERR_BUG,         /* should never happen */
    ERR_COUNT
};

struct err {
    enum err_class is;
    int sys;                 /* errno, or 0 */
    int http;                /* HTTP status, or 0 */
    const char *code;        /* stable code for `explain`, static text, or NULL (see model/codes.h) */
    char text[1024];         /* one line for people; already scrubbed, not yet escaped */
    char hint[512];          /* what to do, or "" */
};

int err_set(struct err *err, enum err_class is, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));                 /* always -1 */
int err_sys(struct err *err, int sys, const char *format, ...)
    __attribute__((format(printf, 3, 4)));                 /* ERR_IO, E501; adds strerror(sys); -1 */
int err_add(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3))); /* prefix; -1 */
int err_hint(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3))); /* -1 */
int err_exit_code(enum err_class is);                      /* contract 4, with nothing written */
const char *err_class_name(enum err_class is);             /* "auth", "down", ... for JSON */

#endif
