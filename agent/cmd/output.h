/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command prints. Its result goes to standard output, and to every --output-file, through output_write(): the
 * command brings one renderer that knows the three forms. Everything else goes to standard error, through the
 * functions below; with -o json an error goes to standard output as well, as a document of its own.
 *
 * Foreign text must have passed base/escape.h before it comes here (JSON: json_foreign()).
 */
#ifndef CMD_OUTPUT_H
#define CMD_OUTPUT_H

#include <jansson.h>

#include "base/buf.h"
#include "cmd/options.h"

struct output {                          /* where a renderer writes to */
    enum format format;
    bool color;
    struct buf *text;
};
typedef void (*output_renderer)(const struct output *to, const void *what);

/* Renders `what` for standard output and every --output-file, and writes all of them. -1: ERR_IO. */
int output_write(const struct options *o, output_renderer render, const void *what, struct err *err);
/* The same for a result that has one form only: `text` as it is. */
int output_text(const struct options *o, struct str text, struct err *err);
/* Opens a file that a user named for writing (trace, output): created 0600 when secret_place, else 0666 by umask. What was in it stays
 * until empty_output(), so that a file can be opened before it is known what goes into it. -1: ERR_IO. */
int open_output(const char *path, bool secret_place, int *ret_fd, struct err *err);
int empty_output(int fd, const char *path, struct err *err);   /* pipes and devices are empty already */

/* Standard error. `format` is ours; foreign text in the arguments must be escaped. */
void say_warning(const struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));  /* not with -q */
void say_note(const struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));     /* not with -q */
void say_detail(const struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));   /* with -v only */
/* Tells an error (with -o json on standard output too) and returns its exit code. Escapes the text by itself. */
int fail(const struct options *o, const struct err *err);
/* The same for wrong usage: E001. */
int fail_usage(const struct options *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Ends a command: `status` when everything was printed, else the failure's. */
int done(const struct options *o, int printed, const struct err *err, int status);

/* JSON pieces. A new reference; bytes that are not UTF-8 come out as \xNN. */
json_t *json_foreign(struct str s);
json_t *json_foreign_or_null(struct str s);                /* null when empty */
json_t *json_date(int64_t wall);                           /* RFC 3339, or null when 0 */
void json_print(struct buf *out, json_t *take);            /* two spaces, order kept, final newline; releases it */

/* Colours: the escape when `color`, else "". */
enum paint { PAINT_END, PAINT_BOLD, PAINT_DIM, PAINT_RED, PAINT_GREEN, PAINT_YELLOW, PAINT_CYAN, PAINT_COUNT };
const char *paint(bool color, enum paint what);

/* A table of texts for people: columns as wide as they need, two blanks between. Cells are raw and escaped here; with `own`
 * they are the program's own words, in which markdown may mark code. */
struct table { size_t columns; struct str *cells; size_t n, cap; bool own; };
void table_add(struct table *t, struct str cell);          /* row by row; the text must live until table_print */
void table_print(struct table *t, const struct output *to); /* human or markdown; the first row is the head; releases it */
/* The members `columns` of the first `most` objects of a JSON list; what is not there is "-". */
void table_of_json(const struct output *to, const json_t *rows, const char *const *columns, size_t n, size_t most);

#endif
