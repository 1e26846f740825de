/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * References as text: reading `env:NAME` and its kin, walking them in an object, and finding the file that a `file:` names. Nothing is opened here. For
 * trust.c and resolve.c.
 */
#ifndef SECRET_REFERENCE_H
#define SECRET_REFERENCE_H

#include "model/object.h"

enum scheme { SCHEME_ENV, SCHEME_FILE, SCHEME_CRED, SCHEME_EXEC, SCHEME_VAR, SCHEME_COUNT };
struct reference { enum scheme scheme; struct str rest; };
/* False with *ret_problem filled in when it is not well formed: unknown scheme (with the nearest known one), a bad name, an empty path, a program
 * that is not absolute. */
bool reference_parse(struct str text, struct reference *ret, struct problem *ret_problem);
static inline bool reference_opens(enum scheme s) { return s != SCHEME_VAR; }   /* reads something from outside the command line */

/* Calls visit for every VALUE_REFERENCE and VALUE_FORMAT of one slot, with the row of the innermost field. */
typedef void reference_visit(void *ctx, const struct field *f, struct value *v);
void reference_each(const struct field *f, struct value *v, reference_visit *visit, void *ctx);
bool reference_field_secret(const struct field *f);

/* `exec:` split at blanks into at most EXEC_MAX_ARGS words. '...' and "..." keep blanks; there is no escape character, no expansion. Words go to
 * the arena; the list ends with NULL. False: an open quote, or too many words. */
enum { EXEC_MAX_ARGS = 64 };
bool reference_split(struct str command, struct arena *a, char *ret_words[EXEC_MAX_ARGS + 1]);

/* The absolute path of a `file:`, links resolved as far as it exists; relative ones start at the document's directory. False: nonsense (`..` in the
 * part that does not exist). */
bool reference_path(struct str rest, const char *document, struct arena *a, struct str *ret);
bool path_beneath(struct str root, struct str path);       /* equal or below; both absolute and resolved */

#endif
