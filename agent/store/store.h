/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state (contract 8): what was applied last, what is in flight, which messages went out, and the history of runs. This header is the
 * interface; sqlite.c is behind it now, a git ref and etcd may be later. Nothing in it is ever a secret: secrets are keyed fingerprints.
 *
 * Order of calls in a run that writes: store_open(WRITE) takes the lock; store_run_begin; per write store_intent, then ONE store_flush for all
 * intents that are about to be sent together (durable), then the requests, then store_outcome/store_put per answer (made durable by the next
 * flush); store_run_end; store_close. A run that only reads opens READ: nothing is created or changed, and an absent state reads as empty.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "secret/vault.h"

enum store_mode { STORE_READ, STORE_WRITE };
struct store_options {
    const char *directory;           /* mode 0700; made when missing and mode is WRITE */
    const char *env;                 /* --env */
    enum store_mode mode;
    int64_t lock_timeout_ms;         /* WRITE: how long to wait for another run; then ERR_LOCKED naming its pid, host and start */
    int interrupt_fd;                /* readable: stop waiting for the lock (ERR_INTERRUPTED); 0 = none */
    const char *key_text;            /* WACONF_KEY, or NULL: the key file beside the state (0600), made when missing and mode is WRITE */
    const char *command;             /* what a second run is told about the holder of the lock ("apply"); may be NULL */
};
struct store;
/* -1: ERR_LOCKED E504; ERR_IO, each saying what to do: unwritable or full E501, corrupt E502, made by a newer version E503, other or missing key
 * E505, directory, key or state open to others E506, not our file E508; ERR_USAGE E505 (key_text too short); ERR_INTERRUPTED (a signal while waiting
 * for the lock). READ of a state made by an older version migrates a copy in memory. */
int store_open(const struct store_options *o, struct store **ret, struct err *err);
void store_close(struct store *s);                            /* rolls back what was not flushed; takes NULL */
bool store_exists(const struct store *s);                     /* there was a state before this run opened it (guard `send`) */
const struct vault_key *store_key(const struct store *s);     /* .set is false when there is no state and no key */

/* Which object a record is about; all texts, none NULL. */
struct record_key { struct str address, origin, tenant, natural; };
struct applied_field {
    struct str path;                 /* JSON Pointer */
    struct str json;                 /* compact JSON of the value as declared; for a secret its fingerprint as text */
    bool secret;
    int64_t at;                      /* wall clock of the write that sent it, or of the run that found it equal */
    bool adopted;                    /* recorded by --adopt or found equal, not sent by us */
};
struct record {
    struct record_key key;
    struct str account;              /* address of its account */
    struct str remote_id;            /* or empty */
    struct applied_field *fields; size_t n;
    int64_t at;                      /* last change of this record */
};
/* 1 and *ret filled from the arena, 0 when there is none, -1. */
int store_find(struct store *s, const struct record_key *key, struct arena *a, struct record *ret, struct err *err);
/* The newest record of the same address, origin and tenant under another natural key: 1 and *ret with that key, 0, -1. */
int store_find_moved(struct store *s, const struct record_key *key, struct arena *a, struct record *ret, struct err *err);
/* All records of this env, sorted by address, then key. The callback returns 0 to go on, anything else to stop (not an error); the record lives until
 * it returns. It may look up (store_find and its kin), but neither write nor walk: rows of all walks share one arena. */
int store_each(struct store *s, int (*each)(void *ctx, const struct record *r), void *ctx, struct err *err);
int store_put(struct store *s, const struct record *r, struct err *err);          /* inserts or replaces */
int store_delete(struct store *s, const struct record_key *key, struct err *err);
/* Records of the same object under other addresses of its kind ("group/Kind/"): what they say was sent has been overwritten. */
int store_delete_others(struct store *s, const struct record_key *key, struct str kind, struct err *err);

/* Intents: one per object whose write is in flight or in doubt. */
struct intent { struct record_key key; struct str action, digest, run; int64_t at; };   /* action: create, update, delete */
int store_intent(struct store *s, const struct intent *i, struct err *err);
int store_intent_find(struct store *s, const struct record_key *key, struct arena *a, struct intent *ret, struct err *err); /* 1, 0, -1 */
int store_intent_done(struct store *s, const struct record_key *key, struct err *err);
/* All of this env, sorted: what `status` shows as in doubt. */
int store_intents(struct store *s, int (*each)(void *ctx, const struct intent *i), void *ctx, struct err *err);

/* The message ledger: one row per recipient of a message document; `natural` of the key is the recipient ("waid:+91..."). */
enum message_state { MESSAGE_INTENDED, MESSAGE_SENT, MESSAGE_REFUSED, MESSAGE_UNSURE, MESSAGE_COUNT };
extern const char *const message_state_names[MESSAGE_COUNT];
struct message { struct record_key key; enum message_state state; struct str digest, remote_id, detail, run; int64_t at; };
int store_message_find(struct store *s, const struct record_key *key, struct arena *a, struct message *ret, struct err *err); /* 1, 0, -1 */
int store_message_put(struct store *s, const struct message *m, struct err *err);
/* All rows of an address (any origin, any recipient), or of all addresses when it is empty. */
int store_messages(struct store *s, struct str address, int (*each)(void *ctx, const struct message *m), void *ctx, struct err *err);

/* Freezes of this env: addresses that match are not written before `until`. One per pattern; a new one replaces it. */
struct freeze { struct str pattern, reason, actor; int64_t at, until; };   /* wall clock */
int store_freeze(struct store *s, const struct freeze *f, struct err *err);
int store_thaw(struct store *s, struct str pattern, bool *ret_was, struct err *err);
int store_freezes(struct store *s, int (*each)(void *ctx, const struct freeze *f), void *ctx, struct err *err);  /* sorted by pattern, ended ones too */

/* Drift of this env: what the last run that may write found changed by others. One row per address; store_delete() forgets it. */
struct drift { struct str address, fields; int64_t found, ended; };  /* fields: JSON array of paths; wall clock; ended 0: it still stands */
int store_drift(struct store *s, const struct drift *d, struct err *err);          /* inserts or replaces */
int store_drift_forget(struct store *s, struct str address, struct err *err);
int store_drifts(struct store *s, int (*each)(void *ctx, const struct drift *d), void *ctx, struct err *err);    /* sorted by address */

/* History: the newest STORE_RUNS_KEPT runs stay, with their requests and outcomes. Long texts are cut (STORE_TEXT_MAX), a longer `fields` is kept as "[]". */
enum { STORE_RUNS_KEPT = 10000, STORE_TEXT_MAX = 16 << 10, STORE_FIELDS_MAX = 1 << 20, STORE_RECORD_MAX = 16 << 20 };
struct run_info { struct str command, actor, host, commit, ci_job, flags, trees, version; };  /* flags: those that lifted guards */
struct request_info { struct str address, method, url, outcome, error, request_id, fields; int status; int64_t at, ms; }; /* fields: JSON array of {path, why, before, after}, masked */
int store_run_begin(struct store *s, const struct run_info *info, struct str *ret_id, struct err *err);  /* the id lives as long as the store */
int store_run_request(struct store *s, const struct request_info *r, struct err *err);
int store_run_outcome(struct store *s, struct str address, struct str action, struct str outcome, struct str error, struct str fields, struct err *err);
int store_run_end(struct store *s, int exit_code, struct str summary_json, struct err *err);
struct run_row { struct str id; struct run_info info; int64_t started, ended; int exit_code; bool open; struct str summary; };  /* summary: JSON, empty while open */
struct history_row { struct str run, address, action, outcome, error, fields; int64_t at; };
int store_runs(struct store *s, size_t most, int (*each)(void *ctx, const struct run_row *r), void *ctx, struct err *err);  /* newest first */
int store_history(struct store *s, struct str address, size_t most, int (*each)(void *ctx, const struct history_row *r), void *ctx, struct err *err); /* newest first; address empty: all */
int store_requests(struct store *s, struct str run, int (*each)(void *ctx, const struct request_info *r), void *ctx, struct err *err); /* in order */

/* Everything so far is durable when it returns 0; nothing to do costs nothing. After any failure to write, this and all later writes fail with
 * the same error, so that a 0 never covers a loss. */
int store_flush(struct store *s, struct err *err);
/* Facts for `state show`: path, schema version, env, key id, counts, size in bytes, integrity. JSON text. */
int store_describe(struct store *s, struct arena *a, struct str *ret_json, struct err *err);

#endif
