/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One type, three lives: an object as a document wants it, as the provider shows it (seen), as we applied it last. slot[i]
 * belongs to kind->fields[i]; NULL means not stated. Objects live in the arena of their generation.
 */
#ifndef MODEL_OBJECT_H
#define MODEL_OBJECT_H

#include "model/provider.h"

enum lifecycle { LIFECYCLE_MANAGED, LIFECYCLE_OBSERVE, LIFECYCLE_SUSPENDED, LIFECYCLE_ABSENT, LIFECYCLE_COUNT };
extern const char *const lifecycle_names[LIFECYCLE_COUNT];

struct label { struct str key, value; };
/* Where an account calls, as the state spells it (store/store.h). */
struct place { struct str origin, tenant; };

struct object {
    const struct provider *provider;
    const struct kind *kind;
    struct str address;          /* "group/Kind/name" */
    struct str name;             /* the last part of it, within address */
    struct object *account;      /* of the same group; NULL for accounts, and for objects whose account is missing */
    struct value **slot;
    const struct label *labels;
    size_t n_labels;
    struct str moved_from;       /* address of an earlier name, or empty */
    enum lifecycle lifecycle;
    bool targeted;               /* within --target, --exclude, --selector; accounts: used by a targeted object, or any when pruning */
    struct loc at;               /* of the document's first key */
    const struct place *place;   /* accounts whose references are resolved; else NULL */
};

/* What a read showed. */
enum sight { SIGHT_NONE /* cannot be read, or not read yet */, SIGHT_ABSENT, SIGHT_PRESENT };
struct seen {
    enum sight sight;
    struct value **slot;         /* by kind->fields; NULL when the answer did not show it, or showed it masked */
    bool *masked;                /* by kind->fields: it was there, but masked */
    struct str remote_id;        /* the provider's own id, or empty */
    int64_t at_ms;               /* clock_mono_ms() of the answer */
};

/* The value of a field by path: of the object, or NULL. */
const struct value *object_get(const struct object *o, const char *path);
/* The same as text: "" when absent or not a text. Accounts: field->fallback is already filled in by the loader. */
struct str object_text(const struct object *o, const char *path);
bool object_states(const struct object *o, const char *path_or_group);

/* A tree of documents, loaded: sorted by address, accounts among them. */
struct tree {
    struct arena arena;
    struct object **objects;
    size_t n;
    struct object **alerts;      /* Alerts, sorted by address; `account` is that of their message */
    size_t n_alerts;
    size_t documents;            /* documents read, Defaults included */
};
struct object *tree_find(const struct tree *t, struct str address); /* binary search; NULL */
void tree_release(struct tree *t);

#endif
