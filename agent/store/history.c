/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/inside.h"

/* History is for people: a text that is too long is cut at a character, a JSON text is dropped whole. */
static struct str cut(struct str s)
{
    struct str head = str_head(s, STORE_TEXT_MAX);
    while (head.n < s.n && head.n && ((unsigned char)s.p[head.n] & 0xc0) == 0x80)
        head.n--;
    return head;
}

static struct str whole_or_none(struct str json)
{
    return json.n == 0 || json.n > STORE_FIELDS_MAX ? STR("[]") : json;
}

/* --- writing ---------------------------------------------------------------------------------------------- */

static int forget_old(struct store *s, struct err *err)
{
    static const enum statement which[] = { S_RUN_FORGET_REQUESTS, S_RUN_FORGET_OUTCOMES, S_RUN_FORGET };
    for (size_t i = 0; s->run > STORE_RUNS_KEPT && i < COUNT(which); i++) {
        sqlite3_stmt *st = store_writer(s, which[i], err);
        if (!st)
            return -1;
        (void)sqlite3_bind_int64(st, 1, s->run - STORE_RUNS_KEPT);
        if (store_run(s, st, err))
            return -1;
    }
    return 0;
}

int store_run_begin(struct store *s, const struct run_info *info, struct str *ret_id, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, S_RUN_BEGIN, err);
    int64_t now = clock_wall();
    char at[CLOCK_TEXT];
    if (!st)
        return -1;
    clock_text(now, at);
    (void)snprintf(s->run_id, sizeof s->run_id, "%s-%08x", at, (unsigned)randombytes_random());
    const struct str columns[] = { str_of(s->run_id), str_of(s->env), info->command, info->actor, info->host, info->commit,
                                   info->ci_job, info->flags, info->trees, info->version };
    for (size_t i = 0; i < COUNT(columns); i++)
        bind_text(st, (int)i + 1, cut(columns[i]));
    (void)sqlite3_bind_int64(st, (int)COUNT(columns) + 1, now);
    if (store_run(s, st, err))
        return -1;
    s->run = sqlite3_last_insert_rowid(s->db);
    s->run_rows = 0;
    *ret_id = str_of(s->run_id);
    return forget_old(s, err);
}

/* A statement for a row of the run under way, with its first two parameters bound. */
static sqlite3_stmt *run_row(struct store *s, enum statement which, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, which, err);
    if (st && !s->run) {
        (void)err_set(err, ERR_BUG, NULL, "no run was begun");
        return NULL;
    }
    if (st) {
        (void)sqlite3_bind_int64(st, 1, s->run);
        (void)sqlite3_bind_int64(st, 2, ++s->run_rows);
    }
    return st;
}

int store_run_request(struct store *s, const struct request_info *r, struct err *err)
{
    sqlite3_stmt *st = run_row(s, S_RUN_REQUEST, err);
    if (!st)
        return -1;
    bind_text(st, 3, r->address);
    bind_text(st, 4, r->method);
    bind_text(st, 5, cut(r->url));
    bind_text(st, 6, r->outcome);
    bind_text(st, 7, cut(r->error));
    bind_text(st, 8, cut(r->request_id));
    bind_text(st, 9, whole_or_none(r->fields));
    (void)sqlite3_bind_int(st, 10, r->status);
    (void)sqlite3_bind_int64(st, 11, r->at);
    (void)sqlite3_bind_int64(st, 12, r->ms);
    return store_run(s, st, err);
}

int store_run_outcome(struct store *s, struct str address, struct str action, struct str outcome, struct str error, struct str fields,
                      struct err *err)
{
    sqlite3_stmt *st = run_row(s, S_RUN_OUTCOME, err);
    if (!st)
        return -1;
    bind_text(st, 3, address);
    bind_text(st, 4, action);
    bind_text(st, 5, outcome);
    bind_text(st, 6, cut(error));
    bind_text(st, 7, whole_or_none(fields));
    (void)sqlite3_bind_int64(st, 8, clock_wall());
    return store_run(s, st, err);
}

int store_run_end(struct store *s, int exit_code, struct str summary_json, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, S_RUN_END, err);
    if (!st)
        return -1;
    (void)sqlite3_bind_int64(st, 1, s->run);
    (void)sqlite3_bind_int64(st, 2, clock_wall());
    (void)sqlite3_bind_int(st, 3, exit_code);
    bind_text(st, 4, summary_json.n > STORE_FIELDS_MAX ? STR("{}") : summary_json);
    s->run = 0;
    return store_run(s, st, err);
}

/* --- reading ---------------------------------------------------------------------------------------------- */

/* Gives every row to `row`, which reads the columns and calls the caller's function. */
struct walk { int (*row)(const struct walk *w, sqlite3_stmt *st, struct arena *a); void *each, *ctx; };

static int walk(struct store *s, sqlite3_stmt *st, const struct walk *w, struct err *err)
{
    int got;
    while ((got = sqlite3_step(st)) == SQLITE_ROW) {
        bool stop = w->row(w, st, &s->scratch) != 0;
        arena_reset(&s->scratch);
        if (stop)
            break;
    }
    if (got != SQLITE_ROW && got != SQLITE_DONE)
        (void)store_fail(s, "read", err);
    (void)sqlite3_reset(st);
    return got == SQLITE_ROW || got == SQLITE_DONE ? 0 : -1;
}

typedef int each_run(void *ctx, const struct run_row *r);
typedef int each_history(void *ctx, const struct history_row *r);
typedef int each_request(void *ctx, const struct request_info *r);

static int give_run(const struct walk *w, sqlite3_stmt *st, struct arena *a)
{
    const struct run_row r = {
        .id = column_text(st, 0, a),
        .info = { .command = column_text(st, 1, a), .actor = column_text(st, 2, a), .host = column_text(st, 3, a),
                  .commit = column_text(st, 4, a), .ci_job = column_text(st, 5, a), .flags = column_text(st, 6, a),
                  .trees = column_text(st, 7, a), .version = column_text(st, 8, a) },
        .started = sqlite3_column_int64(st, 9), .ended = sqlite3_column_int64(st, 10),
        .exit_code = sqlite3_column_int(st, 11), .open = sqlite3_column_type(st, 10) == SQLITE_NULL,
        .summary = column_text(st, 12, a),
    };
    each_run *const *each = w->each;
    return (*each)(w->ctx, &r);
}

static int give_history(const struct walk *w, sqlite3_stmt *st, struct arena *a)
{
    const struct history_row r = {
        .run = column_text(st, 0, a), .address = column_text(st, 1, a), .action = column_text(st, 2, a), .outcome = column_text(st, 3, a),
        .error = column_text(st, 4, a), .fields = column_text(st, 5, a), .at = sqlite3_column_int64(st, 6),
    };
    each_history *const *each = w->each;
    return (*each)(w->ctx, &r);
}

static int give_request(const struct walk *w, sqlite3_stmt *st, struct arena *a)
{
    const struct request_info r = {
        .address = column_text(st, 0, a), .method = column_text(st, 1, a), .url = column_text(st, 2, a), .outcome = column_text(st, 3, a),
        .error = column_text(st, 4, a), .request_id = column_text(st, 5, a), .fields = column_text(st, 6, a),
        .status = sqlite3_column_int(st, 7), .at = sqlite3_column_int64(st, 8), .ms = sqlite3_column_int64(st, 9),
    };
    each_request *const *each = w->each;
    return (*each)(w->ctx, &r);
}

static int64_t limit(size_t most)
{
    return most > INT64_MAX ? INT64_MAX : (int64_t)most;
}

int store_runs(struct store *s, size_t most, each_run *each, void *ctx, struct err *err)
{
    sqlite3_stmt *st = s->db ? store_statement(s, S_RUNS, err) : NULL;
    if (!st)
        return s->db ? -1 : 0;
    bind_text(st, 1, str_of(s->env));
    (void)sqlite3_bind_int64(st, 2, limit(most));
    return walk(s, st, &(struct walk){ give_run, &each, ctx }, err);
}

int store_history(struct store *s, struct str address, size_t most, each_history *each, void *ctx, struct err *err)
{
    sqlite3_stmt *st = s->db ? store_statement(s, address.n ? S_HISTORY_OF : S_HISTORY, err) : NULL;
    if (!st)
        return s->db ? -1 : 0;
    bind_text(st, 1, str_of(s->env));
    (void)sqlite3_bind_int64(st, 2, limit(most));
    if (address.n)
        bind_text(st, 3, address);
    return walk(s, st, &(struct walk){ give_history, &each, ctx }, err);
}

int store_requests(struct store *s, struct str run, each_request *each, void *ctx, struct err *err)
{
    sqlite3_stmt *st = s->db ? store_statement(s, S_REQUESTS, err) : NULL;
    if (!st)
        return s->db ? -1 : 0;
    bind_text(st, 1, str_of(s->env));
    bind_text(st, 2, run);
    return walk(s, st, &(struct walk){ give_request, &each, ctx }, err);
}

/* --- describing ------------------------------------------------------------------------------------------- */

static int describe_counts(struct store *s, struct buf *out, struct err *err)
{
    static const char *const tables[] = { "record", "intent", "message", "run" };
    for (size_t i = 0; i < COUNT(tables); i++) {
        char sql[128];
        sqlite3_stmt *st = NULL;
        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE env=?1", tables[i]);
        int got = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
        if (got == SQLITE_OK) {
            bind_text(st, 1, str_of(s->env));
            got = sqlite3_step(st);
        }
        if (got == SQLITE_ROW)
            buf_printf(out, ",\"%ss\":%lld", tables[i], (long long)sqlite3_column_int64(st, 0));
        (void)sqlite3_finalize(st);
        if (got != SQLITE_ROW)
            return store_fail(s, "read", err);
    }
    return 0;
}

static int64_t file_size(const char *path, const char *suffix)
{
    struct stat st;
    auto_buf name = buf_init(BUF_UNBOUNDED);
    buf_puts(&name, path);
    buf_puts(&name, suffix);
    return stat(buf_str(&name).p, &st) ? 0 : (int64_t)st.st_size;
}

int store_describe(struct store *s, struct arena *a, struct str *ret, struct err *err)
{
    auto_buf out = buf_init(1 << 20);
    buf_printf(&out, "{\"exists\":%s,\"path\":", s->existed ? "true" : "false");
    json_text(&out, str_of(s->path));
    buf_puts(&out, ",\"env\":");
    json_text(&out, str_of(s->env));
    buf_printf(&out, ",\"schema_version\":%d,\"key_id\":", SCHEMA_VERSION);
    json_text(&out, str_of(s->key.id));
    if (s->db) {
        sqlite3_stmt *st = NULL;
        buf_printf(&out, ",\"size_bytes\":%lld", (long long)(file_size(s->path, "") + file_size(s->path, "-wal")));
        if (describe_counts(s, &out, err))
            return -1;
        if (sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW) {
            buf_puts(&out, ",\"integrity\":");
            json_text(&out, column_text(st, 0, a));
        }
        (void)sqlite3_finalize(st);
    }
    buf_char(&out, '}');
    *ret = arena_str(a, buf_str(&out));
    return 0;
}
