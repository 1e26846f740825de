/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the stages after observe need of one object that is to be written: its live values, which fields go out, its key in the state. Only
 * sync/ sees this; it hangs from change.work.
 */
#ifndef SYNC_WORK_H
#define SYNC_WORK_H

#include "sync/sync.h"
#include "wire/json.h"

struct work {
    struct seen live;            /* as the plan saw it */
    bool *send;                  /* by kind->fields: written by this change */
    struct record_key key;
    const struct object *account;
    const struct value **entries; size_t n_entries;   /* LIFE_EVENT: what is still to be sent */
};
static inline const struct object *change_account(const struct change *c) { return c->want ? c->want->account : c->work->account; }

/* diff.c: one object, three lives in, verdicts out. Pure. */
struct diff_input {
    const struct object *want;
    const struct seen *seen;
    const struct record *applied;                    /* NULL: never */
    const struct record *doubt;                      /* fields of a write whose outcome nobody recorded; NULL */
    const struct vault_key *key;
    struct known_print *prints;                      /* KNOWN_PRINTS of them, of this run and key; NULL: none */
    bool adopt, rewrite;
    struct field_change *like; size_t n_like;        /* rows of another object, shared when they are the same; NULL */
};
int diff_object(const struct diff_input *in, struct arena *a, struct change *ret, struct err *err);
/* Refuses (E625, -1) when a field that cannot be changed is another one at the provider. */
int diff_immutable(const struct object *want, const struct seen *seen, struct err *err);
const struct applied_field *record_field(const struct record *r, const char *path);  /* NULL */
bool diff_hidden(const struct field *f, const struct seen *seen, size_t i);          /* can nobody know its live value? */

/* observe.c: live state of everything in view; calls plan_object for each as soon as it is seen. */
int observe_all(struct sync *s, struct err *err);

/* plan_object.c */
int plan_open(struct sync *s, struct err *err);                                      /* one change per object in view, and those to be pruned */
void plan_object(struct sync *s, struct change *c, const struct seen *seen);         /* diff, requests */
void plan_failed(struct sync *s, struct change *c, const struct err *why);
struct err *plan_error(struct sync *s, const struct err *err);                       /* a copy in the plan's arena */
bool plan_unselected(const struct change *c);                                        /* does the first write leave selections out? */
bool plan_two_steps(const struct change *c);                                         /* and is one declared? Then a second follows */

/* ledger.c: messages. Findings (a message that was changed after it was sent) go to s->diags. */
void ledger_plan(struct sync *s, struct change *c);
bool ledger_expired(const struct object *want, int64_t now);
int64_t ledger_not_after(const struct object *want);            /* 0: it has none */
int ledger_mark(struct sync *s, const struct change *c, const struct value *entry, enum message_state state, struct str remote_id, struct str detail,
                struct err *err);

/* guard.c */
int guard_judge(struct sync *s, struct err *err);
bool guard_allowed(const struct sync *s, enum allow_class class, struct str address);
void guard_block_reach(struct sync *s, struct change *c);

/* scrub.c: what providers sent, as people and the state may have it: without the secrets of this run. Copies only where one was found. */
struct str scrub_text(const struct sync *s, struct arena *a, struct str text);
const struct value *scrub_value(const struct sync *s, struct arena *a, const struct value *v);  /* takes NULL */
void scrub_json(const struct sync *s, json_t *j);                                    /* all strings in it, in place */

/* record.c: outcomes to the state. */
int record_load(struct sync *s, const struct object *want, struct arena *a, struct record *ret, struct record *ret_doubt, struct err *err); /* bits: 1 record, 2 doubt; -1 */
int record_intent(struct sync *s, const struct change *c, struct err *err);
/* What is known to be stored now: fields found equal, adopted ones, and those that were sent (`sent`). Ends the intent. */
int record_applied(struct sync *s, const struct change *c, bool sent, struct err *err);
/* Does the state say all that this unchanged object would have it say? Then there is nothing to record. */
bool record_is_current(const struct change *c, const struct record *applied, bool doubt);
int record_deleted(struct sync *s, const struct change *c, struct err *err);
int record_outcome(struct sync *s, const struct change *c, struct err *err);         /* history */

/* read.c: one object by its own URL, one page of a collection, one object by its natural key. What `done` gets lives during the call. */
typedef void (*read_done)(void *ctx, const struct seen *seen, const struct err *err);   /* seen NULL: err says why */
void read_object(struct sync *s, const struct kind *kind, const struct object *want, const struct object *account, struct str remote_id,
                 int64_t delay_ms, read_done done, void *ctx);
struct page { json_t *items; long pages; };                  /* pages: how many there are, 0 = not said */
typedef void (*page_done)(void *ctx, const struct page *page, const struct err *err);
void read_page(struct sync *s, const struct kind *kind, const struct object *account, long number, page_done done, void *ctx);
/* All pages, for the one item whose natural key is that of `want`. ABSENT when there is none; two are an error (E627). */
void read_by_key(struct sync *s, const struct kind *kind, const struct object *want, const struct object *account, int64_t delay_ms, read_done done, void *ctx);
struct seen seen_copy(const struct seen *seen, const struct kind *kind, struct arena *a);
/* Does an item of a list carry the natural key of `want`? */
bool item_has_key(const struct kind *kind, const json_t *item, const struct object *want);
int item_ambiguous(const struct kind *kind, const struct object *want, struct err *err);   /* E627, -1 */

#endif
