/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with the user's documents and options: many findings, each at a place, with what to do. Loading
 * goes on past the first. Every finding has a stable code (model/codes.h) that `waconf explain` knows.
 * Text is kept raw here; it is escaped where it is printed (base/escape.h).
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* A place in a document. `file` outlives the run's arena; line and column count from 1, columns in code
 * points; line 0 means "no place". */
struct loc { const char *file; uint32_t line, column; };

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct diag {
    enum severity severity;
    const char *code;          /* "E104"; static */
    struct str message, hint;  /* hint may be empty */
    struct str address;        /* "group/Kind/name", or empty */
    struct loc at;
    struct str line;           /* the source line (cut to 512 bytes at a character), or empty when unknown */
};

/* Findings in the order in which they were made; diags_sort() orders by file, line, column, code.
 * A zeroed struct is empty. At most DIAGS_MAX are kept; `dropped` counts the rest (exit codes still see them). */
struct diags {
    struct arena arena;
    struct diag *items;
    size_t n, cap, errors, warnings, dropped;
    bool trust;                /* one of the errors is of class trust: exit code 4 instead of 65 */
};
enum { DIAGS_MAX = 1000 };

/* Adds a finding and returns it, so that the caller may set hint, address and line; texts are copied. Never
 * NULL: past DIAGS_MAX it is a scratch item. */
struct diag *diag_add(struct diags *d, enum severity severity, const char *code, struct loc at,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));
void diag_hint(struct diags *d, struct diag *item, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_line(struct diags *d, struct diag *item, struct str text_of_file); /* finds item->at.line in it */
void diags_sort(struct diags *d);
void diags_release(struct diags *d);

#endif
