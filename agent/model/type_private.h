/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helpers that the type_*.c files share; nobody else needs them.
 */
#ifndef MODEL_TYPE_PRIVATE_H
#define MODEL_TYPE_PRIVATE_H

#include "model/provider.h"

/* Always false, so that a check may end with `return type_problem(...)`. `what` continues a sentence that begins
 * with the quoted name of the field: "is not ...". */
bool type_problem(struct problem *ret, const char *mend, const char *what, ...) __attribute__((format(printf, 3, 4)));

/* A text cut for a message: at most 60 characters. */
struct short_text { char p[260]; };
struct short_text type_short(struct str text);

/* The first byte of s that is in `set`, or NULL; bytes from 0x80 are in no set. */
const char *type_find_any(struct str s, const char *set);
bool type_is_digits(struct str s);                     /* one digit or more and nothing else */
struct str type_lower(struct arena *a, struct str s);  /* ASCII letters in lower case */
bool number_check(const struct field *f, struct str text, struct problem *ret);
struct str number_normal(struct arena *a, struct str text);

/* The rows' view of lists (type_list.c). */
bool list_check(const struct field *f, const struct value *v, struct str address, struct diags *d);
bool map_check(const struct field *f, const struct value *v, struct str address, struct diags *d);
bool list_same(const struct field *f, const struct value *want, const struct value *seen);

#endif
