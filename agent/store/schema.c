/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/mem.h"
#include "store/inside.h"

#define KEY_COLUMNS "env TEXT NOT NULL, address TEXT NOT NULL, origin TEXT NOT NULL, tenant TEXT NOT NULL, natural TEXT NOT NULL"
#define KEY_PRIMARY "PRIMARY KEY (env, address, origin, tenant, natural)"

/*
 * steps[i] brings version i to i + 1; a step that was released never changes. Tables that are looked up by key are clustered by it, so that a run,
 * which asks in the order of addresses, reads each page once.
 */
static const char *const steps[SCHEMA_VERSION] = {
    /* 1: what was applied, what is in flight, which messages went out */
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE record (" KEY_COLUMNS ", account TEXT NOT NULL, remote_id TEXT NOT NULL, at INTEGER NOT NULL,"
    " fields TEXT NOT NULL, " KEY_PRIMARY ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE intent (" KEY_COLUMNS ", action TEXT NOT NULL, digest TEXT NOT NULL, run TEXT NOT NULL,"
    " at INTEGER NOT NULL, " KEY_PRIMARY ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE message (" KEY_COLUMNS ", state TEXT NOT NULL, digest TEXT NOT NULL, remote_id TEXT NOT NULL,"
    " detail TEXT NOT NULL, run TEXT NOT NULL, at INTEGER NOT NULL, " KEY_PRIMARY ") STRICT, WITHOUT ROWID;",
    /* 2: the history of runs */
    "CREATE TABLE run (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, env TEXT NOT NULL, command TEXT NOT NULL,"
    " actor TEXT NOT NULL, host TEXT NOT NULL, git_commit TEXT NOT NULL, ci_job TEXT NOT NULL, flags TEXT NOT NULL,"
    " trees TEXT NOT NULL, version TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER, exit_code INTEGER,"
    " summary TEXT) STRICT;"
    "CREATE TABLE request (run INTEGER NOT NULL, row INTEGER NOT NULL, address TEXT NOT NULL, method TEXT NOT NULL,"
    " url TEXT NOT NULL, outcome TEXT NOT NULL, error TEXT NOT NULL, request_id TEXT NOT NULL, fields TEXT NOT NULL,"
    " status INTEGER NOT NULL, at INTEGER NOT NULL, ms INTEGER NOT NULL, PRIMARY KEY (run, row)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE outcome (run INTEGER NOT NULL, row INTEGER NOT NULL, address TEXT NOT NULL, action TEXT NOT NULL,"
    " outcome TEXT NOT NULL, error TEXT NOT NULL, fields TEXT NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY (run, row)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX outcome_by_address ON outcome (address, run, row);",
    /* 3: freezes */
    ("CREATE TABLE freeze (env TEXT NOT NULL, pattern TEXT NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL,"
    " at INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (env, pattern)) STRICT, WITHOUT ROWID;"),
    /* 4: who else claims to have sent something to this object */
    "CREATE INDEX record_by_key ON record (natural, env, origin, tenant);",
    /* 5: what others changed */
    ("CREATE TABLE drift (env TEXT NOT NULL, address TEXT NOT NULL, fields TEXT NOT NULL, found INTEGER NOT NULL,"
    " ended INTEGER NOT NULL, PRIMARY KEY (env, address)) STRICT, WITHOUT ROWID;"),
};

static int number(struct store *s, const char *sql, int64_t *ret, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int got = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
    if (got == SQLITE_OK && (got = sqlite3_step(st)) == SQLITE_ROW)
        *ret = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return got == SQLITE_ROW ? 0 : store_fail(s, "read", err);
}

int schema_version(struct store *s, int *ret, struct err *err)
{
    int64_t application, version, tables;
    if (number(s, "PRAGMA application_id", &application, err) || number(s, "PRAGMA user_version", &version, err) ||
        number(s, "SELECT count(*) FROM sqlite_schema", &tables, err))
        return -1;
    if (application == 0 && version == 0 && tables == 0) {
        *ret = 0;
        return 0;
    }
    if (application != SCHEMA_APPLICATION) {
        (void)err_set(err, ERR_IO, "E508", "'%s' is the database of another program", s->path);
        return err_hint(err, "Choose another directory with --state, or move that file away.");
    }
    if (version > SCHEMA_VERSION) {
        (void)err_set(err, ERR_IO, "E503", "the state '%s' has version %lld; this program knows versions up to %d",
                      s->path, (long long)version, SCHEMA_VERSION);
        return err_hint(err, "A newer waconf wrote it. Update this one, or use another --state.");
    }
    if (version < 1 || tables == 0) {
        (void)err_set(err, ERR_IO, "E502", "the state '%s' is damaged: its version is %lld", s->path, (long long)version);
        return err_hint(err, "Put a copy back, or move the file away and run `waconf apply --adopt`.");
    }
    *ret = (int)version;
    return 0;
}

int schema_migrate(struct store *s, int from, struct err *err)
{
    auto_buf sql = buf_init(BUF_UNBOUNDED);
    buf_puts(&sql, "BEGIN IMMEDIATE;");
    for (int i = from; i < SCHEMA_VERSION; i++)
        buf_puts(&sql, steps[i]);
    buf_printf(&sql, "PRAGMA application_id=%d;PRAGMA user_version=%d;COMMIT;", SCHEMA_APPLICATION, SCHEMA_VERSION);
    if (sqlite3_exec(s->db, buf_str(&sql).p, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    (void)store_fail(s, from ? "migrate" : "create", err);
    (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

int schema_fact(struct store *s, const char *name, struct arena *a, struct str *ret, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int got = sqlite3_prepare_v2(s->db, "SELECT value FROM meta WHERE name=?1", -1, &st, NULL);
    *ret = (struct str){ 0 };
    if (got == SQLITE_OK) {
        bind_text(st, 1, str_of(name));
        got = sqlite3_step(st);
        if (got == SQLITE_ROW)
            *ret = column_text(st, 0, a);
    }
    (void)sqlite3_finalize(st);
    return got == SQLITE_ROW || got == SQLITE_DONE ? 0 : store_fail(s, "read", err);
}

int schema_fact_set(struct store *s, const char *name, struct str value, struct err *err)
{
    sqlite3_stmt *st = NULL;
    int got = sqlite3_prepare_v2(s->db, "INSERT INTO meta (name, value) VALUES (?1, ?2)"
                                 " ON CONFLICT (name) DO UPDATE SET value=excluded.value", -1, &st, NULL);
    if (got == SQLITE_OK) {
        bind_text(st, 1, str_of(name));
        bind_text(st, 2, value);
        got = sqlite3_step(st);
    }
    (void)sqlite3_finalize(st);
    return got == SQLITE_DONE ? 0 : store_fail(s, "write", err);
}
