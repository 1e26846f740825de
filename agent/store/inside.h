/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of store/ share; not for others. sqlite.c opens, commits and turns SQLite's complaints into ours; schema.c makes and migrates tables;
 * lock.c is the one-run-at-a-time lock; key.c the fingerprint key; record.c and history.c are the rows; fields.c their JSON.
 *
 * Transactions: one is opened lazily by the first statement, reads included, and ends with store_flush(). So a look-up makes no system call for
 * locks, and a run sees one moment. Only the holder of DIR/lock writes, so a reading transaction always may become a writing one.
 *
 * Checkpoints: a reader that finds no write-ahead log opens the file as immutable, which makes no -shm and no -wal beside it. That is right only
 * as long as nobody moves pages from the log into the file. So such a reader holds a shared flock on the directory, and a writer
 * checkpoints only while it holds that lock alone; when it cannot have it, the log stays for the next run.
 */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include <sqlite3.h>

#include "base/buf.h"
#include "store/store.h"

enum statement {
    S_FIND, S_FIND_MOVED, S_EACH, S_PUT, S_DELETE, S_DELETE_OTHERS,
    S_INTENT, S_INTENT_FIND, S_INTENT_DONE, S_INTENTS,
    S_MESSAGE_FIND, S_MESSAGE_PUT, S_MESSAGES,
    S_FREEZE, S_THAW, S_FREEZES,
    S_DRIFT, S_DRIFT_FORGET, S_DRIFTS,
    S_RUN_BEGIN, S_RUN_FORGET_REQUESTS, S_RUN_FORGET_OUTCOMES, S_RUN_FORGET, S_RUN_REQUEST, S_RUN_OUTCOME, S_RUN_END,
    S_RUNS, S_HISTORY, S_HISTORY_OF, S_REQUESTS,
    S_BEGIN, S_COMMIT,
    S_COUNT
};

struct store {
    sqlite3 *db;                 /* NULL: opened READ and there is none */
    sqlite3_stmt *statements[S_COUNT];
    char *directory, *path, *env;
    enum store_mode mode;
    bool existed;
    bool changed;                /* since the last flush */
    enum { INTENTS_UNKNOWN, INTENTS_NONE, INTENTS_SOME } intents;  /* mostly there is none, and no object needs to look for its own */
    struct err failed;           /* .is != ERR_NONE: a write failed; nothing after it may claim success */
    int directory_fd, lock_fd;
    struct vault_key key;
    int64_t run;                 /* row of the run under way, 0 = none */
    int64_t run_rows;            /* requests and outcomes of it so far */
    char run_id[64];
    struct arena scratch;        /* of one row on its way to a callback */
};

/* sqlite.c */
int store_damaged(const struct store *s, const char *how, struct err *err);  /* E502; -1 */
int store_fail(struct store *s, const char *doing, struct err *err);     /* the last SQLite error as ours; -1 */
/* A statement, prepared once, with a transaction open around it. NULL and err when that fails. */
sqlite3_stmt *store_statement(struct store *s, enum statement which, struct err *err);
sqlite3_stmt *store_writer(struct store *s, enum statement which, struct err *err);  /* for changes: refuses READ and failed stores */
int store_configure(struct store *s, struct err *err);                   /* a fresh connection */
int store_run(struct store *s, sqlite3_stmt *st, struct err *err);       /* a change, to its end, and reset */
void bind_text(sqlite3_stmt *st, int at, struct str text);               /* from 1; borrowed until reset; an empty one is '' */
void bind_key(sqlite3_stmt *st, const struct store *s, const struct record_key *key); /* parameters 1 to 5: env and the key */
struct str column_text(sqlite3_stmt *st, int at, struct arena *a);       /* from 0; a copy */
struct record_key column_key(sqlite3_stmt *st, int at, struct arena *a); /* address, origin, tenant, natural from column `at` */

/* schema.c */
enum { SCHEMA_VERSION = 5, SCHEMA_APPLICATION = 0x77636e66 /* "wcnf" */ };
/* What kind of file is it? *ret_version 0: empty. ERR_IO: newer, not ours, corrupt. */
int schema_version(struct store *s, int *ret_version, struct err *err);
int schema_migrate(struct store *s, int from, struct err *err);          /* to SCHEMA_VERSION, in one transaction */
int schema_fact(struct store *s, const char *name, struct arena *a, struct str *ret, struct err *err);  /* of table meta; empty when not there */
int schema_fact_set(struct store *s, const char *name, struct str value, struct err *err);

/* lock.c */
/* Takes DIR/lock or says who has it. The descriptor goes to *ret_fd; closing it, or death, releases the lock. */
int lock_take(int directory_fd, const char *directory, const char *command, int64_t timeout_ms, int interrupt_fd, int *ret_fd, struct err *err);
void lock_drop(int fd);
/* Opens the directory, making it (and its parents) when asked to. Refuses one that others can enter. *ret_fd is -1 when there is none. */
int directory_open(const char *path, bool make, int *ret_fd, struct err *err);
int directory_check(const char *path, int fd, const char *what, unsigned forbidden, struct err *err); /* owner and mode of an open file */

/* key.c */
/* WACONF_KEY, else DIR/key, else (make) a new file; *ret is not set when there is none. */
int key_load(int directory_fd, const char *directory, const char *key_text, bool make, struct vault_key *ret, struct err *err);

/* fields.c: `fields` of a record as one JSON object by path, sorted: {"/about":[at,"flags",value]}; flags: s secret, a adopted */
int fields_write(struct buf *out, const struct record *r, struct err *err);
bool fields_read(struct str json, struct arena *a, struct applied_field **ret, size_t *ret_n);
void json_text(struct buf *out, struct str text);                        /* a JSON string, with quotes */

#endif
