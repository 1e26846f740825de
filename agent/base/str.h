/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A piece of text that somebody else owns: pointer and length, valid as long as its owner says. Text may
 * hold any byte but is UTF-8 unless stated. An empty str is {0}. Strings made by arena_str() and by
 * STR("literal") are NUL-terminated behind their length.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str { const char *p; size_t n; };

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
/* For printf: printf("%.*s", ARG(s)) */
#define ARG(s) (int)(s).n, (s).p ? (s).p : ""

/* These three are asked dozens of times per document: in sight of the compiler, a literal costs no strlen(). */
static inline struct str str_of(const char *c)            /* from a C string; NULL gives an empty one */
{
    return (struct str){ c, c ? strlen(c) : 0 };
}
static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}
static inline bool str_is(struct str a, const char *c)
{
    return a.n && c && a.p[0] != c[0] ? false : str_eq(a, str_of(c));
}
bool str_eq_nocase(struct str a, struct str b);           /* ASCII letters only */
int str_cmp(struct str a, struct str b);                  /* by bytes, for sorting */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_skip(struct str s, size_t n);              /* without its first n bytes (all, if shorter) */
struct str str_head(struct str s, size_t n);              /* its first n bytes at most */
struct str str_trim(struct str s);                        /* without ASCII white space at both ends */
long str_find(struct str s, struct str what);             /* byte offset, or -1 */
/* Splits at the first `at`: returns true and both halves, or false and all of it in *head. */
bool str_cut(struct str s, char at, struct str *head, struct str *tail);
bool str_to_long(struct str s, long min, long max, long *ret); /* plain decimal, whole text, in range */
bool str_glob(struct str pattern, struct str text);       /* `*` any run (slashes too), `?` one character */
bool str_matches(const char *const *patterns, size_t n, struct str text); /* any of these globs */
uint64_t str_hash(struct str s);                          /* for tables; differs from run to run; not a digest */

/* UTF-8 */
bool utf8_valid(struct str s);                            /* no overlong forms, no surrogates */
size_t utf8_length(struct str s);                         /* code points; counts a bad byte as one */
size_t utf8_width(struct str s);                        /* terminal columns: wide characters take two, combining ones none */
/* The code point at s[*at], moving *at behind it; a bad byte gives U+FFFD and moves by one. */
uint32_t utf8_next(struct str s, size_t *at);

/* The candidate nearest to `word` (edit distance, at most a third of its length), or NULL. */
const char *str_nearest(struct str word, const char *const *candidates, size_t n);

#endif
