/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults: rules (SPECs, see sandbox.h) and, per request, what they add up to. fault.c only reads and matches; deliver.c
 * and state_keep() do the damage.
 */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include "base/arena.h"
#include "base/err.h"

enum fault_kind {
    FAULT_LATENCY, FAULT_LATE, FAULT_STATUS, FAULT_429, FAULT_RESET_BEFORE, FAULT_RESET_AFTER, FAULT_DROP,
    FAULT_TRUNCATE, FAULT_CUT, FAULT_CUT_HEADER, FAULT_INVALID_JSON, FAULT_CONTENT_TYPE, FAULT_EMPTY, FAULT_ENDLESS,
    FAULT_GZIP_BOMB, FAULT_REDIRECT, FAULT_SLOW, FAULT_LAG, FAULT_HTML, FAULT_DEEP_JSON, FAULT_ERROR_200, FAULT_LIE,
    FAULT_EXPIRED_TOKEN, FAULT_RAW, FAULT_COUNT
};

struct fault {
    enum fault_kind kind;
    char *spec, *method, *glob, *text;      /* method, glob: NULL for any */
    long number, times, after;              /* times: -1 for ever */
    bool effect;
};
struct fault_rules { struct fault *rules; size_t n, cap; };

struct faults {
    unsigned on;                            /* 1 << kind */
    bool no_effect;
    long number[FAULT_COUNT];
    const char *text[FAULT_COUNT];
    struct str names;                       /* for the log: "latency=20 status=503" */
};

int fault_add(struct fault_rules *rules, const char *spec, struct err *err);   /* ERR_USAGE */
void fault_clear(struct fault_rules *rules);
/* Adds every rule that matches to `ret`, counting it as used; texts are copied into the arena. */
void fault_match(struct fault_rules *rules, const char *method, const char *path, struct arena *a, struct faults *ret);
static inline bool fault_on(const struct faults *f, enum fault_kind kind) { return f->on >> kind & 1; }

#endif
