/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value of a field: what a document states, what a provider shows, or what was applied last. Values are plain
 * trees in an arena; nothing in them is freed one by one. Scalars keep their source text ("0123", "1e3", "no"):
 * the field's row gives it a type, never a guess (contract 1).
 *
 * `secret` is the taint bit. It is set by the reference resolver, travels with every copy, and decides at every
 * output. `text` of a secret lives in locked memory (secret/vault.h) and outlives the arena.
 */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/str.h"

enum __attribute__((packed)) value_type {
    VALUE_NULL,              /* `null` or `~`: clear it */
    VALUE_BOOL,              /* true, false */
    VALUE_TEXT,              /* any other scalar, by its source text */
    VALUE_LIST,              /* items in order */
    VALUE_MAP,               /* items with keys, in order */
    VALUE_REFERENCE,         /* { from: "env:NAME" }, unresolved: text is "env:NAME" */
    VALUE_FORMAT             /* { format: "..." }, unresolved: text is the template */
};

struct value {
    enum value_type type;
    bool secret;             /* came from a secret: never shown */
    bool flag;               /* VALUE_BOOL */
    bool quoted : 1;         /* the scalar was quoted in the source */
    bool inherited : 1;      /* the value of a whole field, and Defaults gave it: its place is in them */
    uint32_t n;              /* of items; 0 unless VALUE_LIST, VALUE_MAP */
    union {                  /* a tree has ten values per document: what excludes each other shares its place */
        struct str text;     /* VALUE_TEXT, VALUE_REFERENCE, VALUE_FORMAT; VALUE_BOOL: its source; else text.n is 0 */
        struct value *items; /* VALUE_LIST, VALUE_MAP */
    };
    const char *key;         /* name of this member when it sits in a map, else NULL */
    struct loc at;           /* where it was written; line 0 when it came from a provider or the state */
};

static inline struct str value_key(const struct value *v) { return str_of(v->key); }
const struct value *value_member(const struct value *map, struct str key); /* NULL when absent or not a map */
struct value *value_text(struct arena *a, struct str text);  /* a new VALUE_TEXT with its own copy */
struct value *value_bool(struct arena *a, bool flag);
struct value *value_copy(struct arena *a, const struct value *v); /* deep; secret text is shared, not copied */
bool value_equal(const struct value *a, const struct value *b);   /* same type and content, order matters */
bool value_is_secret(const struct value *v);                 /* itself or anything in it */

#endif
