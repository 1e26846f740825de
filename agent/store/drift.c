/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drift: what the last look of a run that may write found changed by others, one row per object (contract 4, `status`). */
#include "store/inside.h"

int store_drift(struct store *s, const struct drift *d, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, S_DRIFT, err);
    if (!st)
        return -1;
    bind_text(st, 1, str_of(s->env));
    bind_text(st, 2, d->address);
    bind_text(st, 3, d->fields);
    (void)sqlite3_bind_int64(st, 4, d->found);
    (void)sqlite3_bind_int64(st, 5, d->ended);
    return store_run(s, st, err);
}

int store_drift_forget(struct store *s, struct str address, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, S_DRIFT_FORGET, err);
    if (!st)
        return -1;
    bind_text(st, 1, str_of(s->env));
    bind_text(st, 2, address);
    return store_run(s, st, err);
}

int store_drifts(struct store *s, int (*each)(void *ctx, const struct drift *d), void *ctx, struct err *err)
{
    if (!s->db)
        return 0;
    sqlite3_stmt *st = store_statement(s, S_DRIFTS, err);
    int got = SQLITE_DONE, stop = 0;
    if (!st)
        return -1;
    bind_text(st, 1, str_of(s->env));
    while (!stop && (got = sqlite3_step(st)) == SQLITE_ROW) {
        struct arena a = { 0 };
        struct drift d = { column_text(st, 0, &a), column_text(st, 1, &a), sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3) };
        stop = each(ctx, &d);
        arena_release(&a);
    }
    bool bad = !stop && got != SQLITE_DONE;
    int failed = bad ? store_fail(s, "read", err) : 0;
    (void)sqlite3_reset(st);
    return failed;
}
