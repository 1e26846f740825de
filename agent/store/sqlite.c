/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/mem.h"
#include "store/inside.h"

enum { BUSY_MS = 2000, LOG_PAGES = 1000 /* of the write-ahead log before it is moved into the file */ };

/* --- SQLite's complaints as ours ------------------------------------------------------------------------------- */

int store_damaged(const struct store *s, const char *how, struct err *err)
{
    (void)err_set(err, ERR_IO, "E502", "the state '%s' is damaged: %s", s->path, how);
    return err_hint(err, "Put a copy back. Without one, move the file away and run `waconf apply --adopt`: nothing is lost at "
                    "the providers, but which messages were sent is forgotten.");
}

/* SQLite writes files of its own beside the state where we only read. */
static int fail_full(struct store *s, const char *doing, int sys, struct err *err)
{
    struct statvfs fs;
    if (!strcmp(doing, "read") || !strcmp(doing, "open"))
        doing = "use";
    if (sys)
        (void)err_sys(err, sys, "cannot %s the state '%s'", doing, s->path);
    else
        (void)err_set(err, ERR_IO, "E501", "cannot %s the state '%s': %s", doing, s->path, sqlite3_errmsg(s->db));
    if (fstatvfs(s->directory_fd, &fs))
        return err_hint(err, "Make room for it, or choose another directory with --state; then run again.");
    return err_hint(err, "Its file system has %llu KB left. Make room, or choose another directory with --state; then run again.",
                    (unsigned long long)fs.f_bavail * fs.f_frsize / 1024);
}

int store_fail(struct store *s, const char *doing, struct err *err)
{
    int code = sqlite3_extended_errcode(s->db), sys = sqlite3_system_errno(s->db);
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        mem_fail();
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        (void)err_set(err, ERR_LOCKED, "E504", "the state '%s' is held by another program", s->path);
        return err_hint(err, "Close whatever has that file open, then run again.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return store_damaged(s, sqlite3_errmsg(s->db), err);
    case SQLITE_FULL:
        return fail_full(s, doing, sys ? sys : ENOSPC, err);
    case SQLITE_IOERR: /* a failing COMMIT has no errno */
        if ((sys == 0 && code == SQLITE_IOERR_WRITE) || sys == ENOSPC || sys == EDQUOT || sys == EFBIG)
            return fail_full(s, doing, sys, err);
        break;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        if (s->mode == STORE_READ) {
            (void)err_set(err, ERR_IO, "E501", "cannot read the state '%s': it was not closed cleanly, and '%s' cannot be written",
                          s->path, s->directory);
            return err_hint(err, "Run once as a user who may write there; `waconf apply` mends it.");
        }
        if (!sys)
            sys = EACCES;
        break;
    default:
        break;
    }
    if (sys)
        return err_sys(err, sys, "cannot %s the state '%s'", doing, s->path);
    return err_set(err, ERR_IO, "E501", "cannot %s the state '%s': %s", doing, s->path, sqlite3_errmsg(s->db));
}

/* --- statements ------------------------------------------------------------------------------------------- */

#define KEY_IS "env=?1 AND address=?2 AND origin=?3 AND tenant=?4 AND natural=?5"
#define KEY_NAMES "env,address,origin,tenant,natural"
#define REPLACE "ON CONFLICT (" KEY_NAMES ") DO UPDATE SET "
#define HISTORY "SELECT run.id,outcome.address,action,outcome,error,fields,at FROM outcome JOIN run ON run.row=outcome.run WHERE run.env=?1 "

static const char *const texts[S_COUNT] = {
    [S_FIND] = "SELECT account,remote_id,at,fields FROM record WHERE " KEY_IS,
    [S_FIND_MOVED] = "SELECT account,remote_id,at,fields,natural FROM record WHERE env=?1 AND address=?2 AND origin=?3 AND tenant=?4 AND natural<>?5 "
                     "ORDER BY at DESC,natural LIMIT 1",
    [S_EACH] = "SELECT account,remote_id,at,fields,address,origin,tenant,natural FROM record WHERE env=?1 "
               "ORDER BY address,origin,tenant,natural",
    [S_PUT] = "INSERT INTO record (" KEY_NAMES ",account,remote_id,at,fields) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9) " REPLACE
              "account=excluded.account,remote_id=excluded.remote_id,at=excluded.at,fields=excluded.fields",
    [S_DELETE] = "DELETE FROM record WHERE " KEY_IS,
    [S_DELETE_OTHERS] = "DELETE FROM record WHERE natural=?5 AND env=?1 AND origin=?3 AND tenant=?4 AND address<>?2 AND "
                        "substr(address,1,length(?6))=?6",
    [S_INTENT] = "INSERT INTO intent (" KEY_NAMES ",action,digest,run,at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9) " REPLACE
                 "action=excluded.action,digest=excluded.digest,run=excluded.run,at=excluded.at",
    [S_INTENT_FIND] = "SELECT action,digest,run,at FROM intent WHERE " KEY_IS,
    [S_INTENT_DONE] = "DELETE FROM intent WHERE " KEY_IS,
    [S_INTENTS] = "SELECT action,digest,run,at,address,origin,tenant,natural FROM intent WHERE env=?1 "
                  "ORDER BY address,origin,tenant,natural",
    [S_MESSAGE_FIND] = "SELECT state,digest,remote_id,detail,run,at,address,origin,tenant,natural FROM message WHERE " KEY_IS,
    [S_MESSAGE_PUT] = "INSERT INTO message (" KEY_NAMES ",state,digest,remote_id,detail,run,at) "
                      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11) " REPLACE
                      "state=excluded.state,digest=excluded.digest,remote_id=excluded.remote_id,detail=excluded.detail,"
                      "run=excluded.run,at=excluded.at",
    [S_MESSAGES] = "SELECT state,digest,remote_id,detail,run,at,address,origin,tenant,natural FROM message "
                   "WHERE env=?1 AND (?2='' OR address=?2) ORDER BY address,origin,tenant,natural",
    [S_FREEZE] = "INSERT INTO freeze (env,pattern,reason,actor,at,until) VALUES (?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET "
                 "reason=excluded.reason,actor=excluded.actor,at=excluded.at,until=excluded.until",
    [S_THAW] = "DELETE FROM freeze WHERE env=?1 AND pattern=?2",
    [S_FREEZES] = "SELECT pattern,reason,actor,at,until FROM freeze WHERE env=?1 ORDER BY pattern",
    [S_DRIFT] = "INSERT INTO drift (env,address,fields,found,ended) VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO UPDATE SET "
                "fields=excluded.fields,found=excluded.found,ended=excluded.ended",
    [S_DRIFT_FORGET] = "DELETE FROM drift WHERE env=?1 AND address=?2",
    [S_DRIFTS] = "SELECT address,fields,found,ended FROM drift WHERE env=?1 ORDER BY address",
    [S_RUN_BEGIN] = "INSERT INTO run (id,env,command,actor,host,git_commit,ci_job,flags,trees,version,started) "
                    "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
    [S_RUN_FORGET_REQUESTS] = "DELETE FROM request WHERE run<=?1",
    [S_RUN_FORGET_OUTCOMES] = "DELETE FROM outcome WHERE run<=?1",
    [S_RUN_FORGET] = "DELETE FROM run WHERE row<=?1",
    [S_RUN_REQUEST] = "INSERT INTO request (run,row,address,method,url,outcome,error,request_id,fields,status,at,ms) "
                      "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
    [S_RUN_OUTCOME] = "INSERT INTO outcome (run,row,address,action,outcome,error,fields,at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
    [S_RUN_END] = "UPDATE run SET ended=?2,exit_code=?3,summary=?4 WHERE row=?1",
    [S_RUNS] = "SELECT id,command,actor,host,git_commit,ci_job,flags,trees,version,started,ended,exit_code,summary FROM run "
               "WHERE env=?1 ORDER BY row DESC LIMIT ?2",
    [S_HISTORY] = HISTORY "ORDER BY outcome.run DESC,outcome.row DESC LIMIT ?2",
    [S_HISTORY_OF] = HISTORY "AND outcome.address=?3 ORDER BY outcome.run DESC,outcome.row DESC LIMIT ?2",
    [S_REQUESTS] = "SELECT address,method,url,outcome,error,request_id,fields,status,at,ms FROM request "
                   "WHERE run=(SELECT row FROM run WHERE env=?1 AND id=?2) ORDER BY row",
    [S_BEGIN] = "BEGIN",
    [S_COMMIT] = "COMMIT",
};

static sqlite3_stmt *prepared(struct store *s, enum statement which, struct err *err)
{
    sqlite3_stmt **st = &s->statements[which];
    if (!*st && sqlite3_prepare_v3(s->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK) {
        (void)store_fail(s, "read", err);
        if (sqlite3_errcode(s->db) == SQLITE_ERROR) /* a table is not as its version promises */
            err->code = "E502";
        return NULL;
    }
    return *st;
}

sqlite3_stmt *store_statement(struct store *s, enum statement which, struct err *err)
{
    if (sqlite3_get_autocommit(s->db)) {
        sqlite3_stmt *begin = prepared(s, S_BEGIN, err);
        int got = begin ? sqlite3_step(begin) : SQLITE_ERROR;
        if (begin)
            (void)sqlite3_reset(begin);
        if (got != SQLITE_DONE) {
            if (begin)
                (void)store_fail(s, "read", err);
            return NULL;
        }
    }
    return prepared(s, which, err);
}

sqlite3_stmt *store_writer(struct store *s, enum statement which, struct err *err)
{
    if (s->mode != STORE_WRITE) {
        (void)err_set(err, ERR_BUG, NULL, "the state was opened to be read only");
        return NULL;
    }
    if (s->failed.is) {
        *err = s->failed;
        return NULL;
    }
    return store_statement(s, which, err);
}

/* SQLite may have rolled back what was put before; so nothing later may say that it is kept. */
static int stick(struct store *s, struct err *err)
{
    (void)store_fail(s, "write", err);
    s->failed = *err;
    return -1;
}

int store_run(struct store *s, sqlite3_stmt *st, struct err *err)
{
    int got = sqlite3_step(st);
    if (got != SQLITE_DONE)
        (void)stick(s, err);
    else
        s->changed = true;
    (void)sqlite3_reset(st);
    return got == SQLITE_DONE ? 0 : -1;
}

void bind_text(sqlite3_stmt *st, int at, struct str text)
{
    (void)sqlite3_bind_text64(st, at, text.p && text.n ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

void bind_key(sqlite3_stmt *st, const struct store *s, const struct record_key *key)
{
    bind_text(st, 1, str_of(s->env));
    bind_text(st, 2, key->address);
    bind_text(st, 3, key->origin);
    bind_text(st, 4, key->tenant);
    bind_text(st, 5, key->natural);
}

struct str column_text(sqlite3_stmt *st, int at, struct arena *a)
{
    const char *p = (const char *)sqlite3_column_text(st, at);
    return arena_str(a, (struct str){ p, p ? (size_t)sqlite3_column_bytes(st, at) : 0 });
}

struct record_key column_key(sqlite3_stmt *st, int at, struct arena *a)
{
    return (struct record_key){ column_text(st, at, a), column_text(st, at + 1, a), column_text(st, at + 2, a), column_text(st, at + 3, a) };
}

/* --- durable ---------------------------------------------------------------------------------------------- */

static int log_grew(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct store *s = ctx;
    (void)name;
    /* Readers that see the file as immutable hold this lock (inside.h). Without it the log grows a little longer. */
    if (pages >= LOG_PAGES && flock(s->directory_fd, LOCK_EX | LOCK_NB) == 0) {
        (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        (void)flock(s->directory_fd, LOCK_UN);
    }
    return SQLITE_OK;
}

int store_flush(struct store *s, struct err *err)
{
    if (s->failed.is) {
        *err = s->failed;
        return -1;
    }
    if (!s->changed)
        return 0;
    sqlite3_stmt *commit = prepared(s, S_COMMIT, err);
    if (!commit || store_run(s, commit, err))
        return -1;
    s->changed = false;
    return 0;
}

const struct vault_key *store_key(const struct store *s)
{
    return &s->key;
}

bool store_exists(const struct store *s)
{
    return s->existed;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < S_COUNT; i++)
        (void)sqlite3_finalize(s->statements[i]);
    if (s->db) {
        if (!sqlite3_get_autocommit(s->db))
            (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        if (s->mode == STORE_WRITE && flock(s->directory_fd, LOCK_EX | LOCK_NB))
            (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void)sqlite3_close(s->db);
    }
    lock_drop(s->lock_fd);
    if (s->directory_fd >= 0)
        (void)close(s->directory_fd);
    explicit_bzero(&s->key, sizeof s->key);
    arena_release(&s->scratch);
    free(s->directory);
    free(s->path);
    free(s->env);
    free(s);
}

/* Used by store_open (open.c). */
int store_configure(struct store *s, struct err *err)
{
    /* Records are read in the order of their key, each page once, so a reader's cache need not be large. */
    static const char all[] = "PRAGMA temp_store=MEMORY;PRAGMA cache_size=-256;";
    static const char writer[] = "PRAGMA cache_size=-2048;PRAGMA page_size=8192;PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;";
    (void)sqlite3_extended_result_codes(s->db, 1);
    (void)sqlite3_busy_timeout(s->db, BUSY_MS);
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, 2 * STORE_RECORD_MAX);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (sqlite3_exec(s->db, all, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(s, "read", err);
    if (s->mode == STORE_READ)
        return 0;
    if (sqlite3_exec(s->db, writer, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(s, "write", err);
    (void)sqlite3_wal_hook(s->db, log_grew, s);
    return 0;
}
