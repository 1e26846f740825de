/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's log: one event, a few fields, four forms. Text for people, logfmt and JSON lines for collectors, journal fields when standard
 * error is the journal ($JOURNAL_STREAM names the device and inode of descriptor 2). All foreign text is escaped here; secrets never get here
 * (the caller scrubs what providers said).
 *
 *     log_event(log, LOG_WARN, "drift", STR("front-desk was changed outside"), LOG_WITH({ "address", address }));
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdio.h>

#include "base/str.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_COUNT };
enum log_form { LOG_TEXT, LOG_LOGFMT, LOG_JSON, LOG_JOURNAL, LOG_FORM_COUNT };
extern const char *const log_level_names[LOG_LEVEL_COUNT];     /* "error", "warn", "info", "debug" */

struct log_field { const char *name; struct str value; };       /* names: [a-z0-9_], ours; a list ends with name NULL */
#define LOG_WITH(...) ((const struct log_field[]){ __VA_ARGS__, { 0 } })
enum { LOG_TEXT_MOST = 2048 };   /* bytes of one message or value; longer ones are cut and end in "..." */
struct log { enum log_form form; enum log_level most; FILE *out; };

/* "text", "logfmt", "json", "journal". Asked for by name, or chosen. */
extern const char *const log_form_names[LOG_FORM_COUNT];
/* `form` LOG_FORM_COUNT: the journal when it is on the other end of `out`, else text. Where the journal cannot be reached (no library, no socket),
 * its form is text with the "<N>" that journald reads a priority from. */
void log_open(struct log *l, FILE *out, enum log_form form, enum log_level most);
/* One line, written with one write(2), so that lines of several processes do not mix. event: one word that monitors match on. fields may be NULL;
 * a field without a value is left out. A reader that went away or is full costs the line, never the caller. */
void log_event(struct log *l, enum log_level level, const char *event, struct str message, const struct log_field *fields);

#endif
