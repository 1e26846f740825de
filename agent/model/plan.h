/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan is a value: diff decides, apply acts, render prints, and they meet only in these structs. Contract 5 gives every
 * word; the names here are the words.
 */
#ifndef MODEL_PLAN_H
#define MODEL_PLAN_H

#include "model/object.h"

enum why {
    WHY_NEW, WHY_EDITED, WHY_DRIFT, WHY_FIRST_WRITE, WHY_SECRET_CHANGED, WHY_CLEARED,
    WHY_RELEASED, WHY_UNVERIFIABLE,           /* information: no write */
    WHY_COUNT
};
extern const char *const why_names[WHY_COUNT];
static inline bool why_writes(enum why w) { return w < WHY_RELEASED; }

enum __attribute__((packed)) action { ACTION_CREATE, ACTION_UPDATE, ACTION_DELETE, ACTION_SEND, ACTION_NONE, ACTION_COUNT };
enum __attribute__((packed)) outcome {
    OUTCOME_PLANNED, OUTCOME_UNCHANGED, OUTCOME_APPLIED, OUTCOME_FAILED, OUTCOME_UNSURE, OUTCOME_SKIPPED, OUTCOME_BLOCKED,
    OUTCOME_COUNT
};
extern const char *const action_names[ACTION_COUNT];
extern const char *const outcome_names[OUTCOME_COUNT];

enum { FINGERPRINT_TEXT = 17 };               /* 16 hex digits and a NUL */

struct field_change {
    const struct field *field;                /* or NULL for one entry of an event: then `path` says which */
    struct str path;                          /* JSON Pointer into spec ("/about", "/destination/0") */
    enum why why;
    const struct value *before, *after;       /* live or last sent; declared; NULL = unknown or absent */
    bool before_known;                        /* false: nobody knows (first-write) */
    bool secret;                              /* show fingerprints instead of values */
    bool rewrite;                             /* unverifiable, and sent again because --rewrite asks for it */
    bool adopted;                             /* unverifiable because --adopt takes it as already applied */
    char before_print[FINGERPRINT_TEXT], after_print[FINGERPRINT_TEXT]; /* "" = unknown */
    int64_t sent_at;                          /* wall clock of the last send, 0 = never */
};

static inline bool field_writes(const struct field_change *f) { return why_writes(f->why) || f->rewrite; }

struct request_view {                         /* a request as people may see it: masked */
    enum method method;
    struct str url;
    struct str body;                          /* compact JSON, secrets shown as {"secret":true}; empty = no body */
};

struct change {
    const struct object *want;                /* NULL: pruned; the tree no longer has it */
    const struct kind *kind;
    const struct provider *provider;
    struct str address;
    struct loc at;                            /* of the document; line 0 when pruned */
    enum action action;
    enum outcome outcome;
    enum guard class;                         /* highest of the fields that would be written */
    bool risky;                               /* a reach field that is set or unknown changes: needs --allow reach */
    bool observed_only;                       /* lifecycle observe: shown, never written */
    bool settle;                              /* nothing to send, but the state is to learn what was found */
    bool overtaken;                           /* the state has another value of a field than the document and the provider, which agree */
    struct field_change *fields;              /* row order */
    size_t n;
    struct request_view *requests;            /* writes, in order */
    size_t n_requests;
    struct str remote_id;
    struct err *error;                        /* failed, unsure, blocked: why; else NULL */
    const char *flag;                         /* blocked: the flag that lets it pass ("--allow reach"), or NULL */
    struct work *work;                        /* sync/ only: what apply needs; NULL when nothing is to be done */
};

struct plan_summary {
    size_t create, update, erase, send, unchanged, unverifiable, blocked, failed, unsure, applied, skipped;
    size_t requests_read, requests_write;
};
struct plan {
    struct arena arena;
    struct change *changes;                   /* sorted by address; one per object of the tree in view, and pruned ones */
    size_t n;
    bool complete;                            /* every read succeeded */
    struct plan_summary summary;
};
void plan_count(struct plan *p);              /* fills summary from changes; requests_read is kept */
void plan_release(struct plan *p);

#endif
