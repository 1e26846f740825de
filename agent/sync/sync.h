/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass from files to applied: load -> trust -> resolve -> observe -> diff -> plan -> guard -> apply -> record. A struct sync is one
 * generation: it owns the tree, the secrets, the state handle, the client and the plan, and everything in flight points into it. Commands
 * (and later the daemon) call the stages in this order; each stage is a file of its own, and they meet in model/.
 *
 *     struct sync s;
 *     sync_init(&s, &options);
 *     if (sync_load(&s, &err) == 0 && sync_open(&s, STORE_READ, &err) == 0)
 *         sync_plan(&s, &err);
 *     render(&s.plan, &s.diags); code = sync_exit_code(&s);
 *     sync_release(&s);
 */
#ifndef SYNC_SYNC_H
#define SYNC_SYNC_H

#include "base/map.h"
#include "http/client.h"
#include "model/plan.h"
#include "secret/resolve.h"
#include "store/store.h"
#include "sync/load.h"
#include "wire/session.h"

enum allow_class { ALLOW_REACH, ALLOW_DELETE, ALLOW_SEND, ALLOW_MASS_DELETE, ALLOW_COUNT };
extern const char *const allow_names[ALLOW_COUNT];
struct permit { enum allow_class class; const char *pattern; };  /* --allow CLASS[=PATTERN] */

struct sync_options {
    struct load_options load;
    struct trust_options trust;
    const struct variable *variables; size_t n_variables;
    const char *state_dir, *env, *key_text;
    int64_t lock_timeout_ms;
    unsigned parallelism;
    int64_t timeout_ms;                          /* of the whole run; 0 = none */
    FILE *trace;
    int interrupt_fd;                            /* -1: none */
    bool offline, prune, adopt, writes;          /* writes: the client may write (apply) */
    bool guard;                                  /* judge guards (apply; plan --check-guards) */
    const char *const *rewrite; size_t n_rewrite;
    const struct permit *permits; size_t n_permits;
    size_t max_changes, max_deletes, max_sends;  /* 0 = no cap for max_changes */
    struct run_info run;
    struct http_client *client;                  /* borrowed: the daemon's, kept over passes; NULL: one for this pass */
    struct vault *vault;                         /* borrowed likewise; a client's trace is scrubbed by it */
    struct token_cache *tokens;                  /* borrowed likewise; may be NULL */
    bool (*wanted)(void *ctx, const struct object *o); /* of the targeted objects only these; NULL: all */
    void *wanted_ctx;
    /* Is this field of a change left alone for now? Fills in why. NULL: none is. */
    bool (*held)(void *ctx, const struct change *c, const struct field_change *fc, struct err *ret);
    void *held_ctx;
    void (*progress)(void *ctx, const char *stage, size_t done, size_t total);
    void *progress_ctx;
};

/* Fingerprints of secrets that were looked at lately (diff.c). Texts of the vault stay where they are as long as it lives. */
enum { KNOWN_PRINTS = 16 };
struct known_print { struct str of; char print[FINGERPRINT_TEXT]; };

struct sync {
    const struct sync_options *options;
    struct tree tree;
    struct diags diags;
    struct vault *vault;
    struct trust *trust;
    struct store *store;
    struct http_client *client;
    struct http_counts counted;                  /* of the client before this pass */
    struct plan plan;
    struct known_print prints[KNOWN_PRINTS];
    const struct change *like;                   /* planned last: the next may share its rows */
    struct map keys;                             /* record keys of the tree's objects, once somebody asked */
    struct map sessions;                         /* account address -> struct session */
    struct str run_id;
    int64_t now;                                 /* wall clock of the start */
    enum err_class worst;                        /* of what failed: credentials, then reachability, then the rest; ERR_NONE: nothing */
    size_t pruned, prune_considered;             /* --prune: to be deleted, of how many */
    bool planned, interrupted;
    bool held_back;                              /* deletions were put off, since something else did not succeed */
    bool wrote;                                  /* something reached a provider in this run */
};

void sync_init(struct sync *s, const struct sync_options *options);
/* Files to objects; trust; references (offline: only what needs no secret). -1 with err for what is no finding; findings are in
 * s->diags, and with errors among them there is nothing to plan (-1, ERR_CONFIG or ERR_TRUST, err.text empty). */
int sync_load(struct sync *s, struct err *err);
int sync_open(struct sync *s, enum store_mode mode, struct err *err);
/* Opens the run in the history; before sync_apply. A pass with nothing to write need not have one. */
int sync_begin(struct sync *s, struct err *err);
/* The same tree again, for a daemon's next pass over what did not change: state closed, plan gone, objects and secrets kept. */
void sync_again(struct sync *s, const struct sync_options *options);
/* Reads live state (or the last applied, offline) and builds s->plan, guards judged. -1 only when nothing could be planned. */
int sync_plan(struct sync *s, struct err *err);
/* Writes what the plan says and fills in outcomes. `asked`: somebody was asked in between, so live values are read again first. */
int sync_apply(struct sync *s, bool asked, struct err *err);
/* Tells the state which objects others changed, and which of them are as they should be again. sync_apply() does it by itself; a daemon's
 * pass with nothing to write calls it. Needs a state that can be written; store_flush() afterwards. */
int sync_note_drift(struct sync *s, struct err *err);
int sync_plan_exit_code(const struct sync *s, bool detailed, bool check_guards);
int sync_apply_exit_code(const struct sync *s);
void sync_release(struct sync *s);

/* Shared by the stages. */
int sync_session(struct sync *s, const struct object *account, struct session **ret, struct err *err);
/* The key under which the state knows an object (contract 8): env is the store's. Texts are in the arena. */
void sync_key(const struct object *o, struct arena *a, struct record_key *ret);
size_t sync_reads(const struct sync *s);          /* requests that read, tokens included, since the pass began */
void sync_note_failure(struct sync *s, enum err_class is);

#endif
