/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Freezes: no writes to these addresses until then (contract 4, 6). */
#include "store/inside.h"

int store_freeze(struct store *s, const struct freeze *f, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, S_FREEZE, err);
    if (!st)
        return -1;
    bind_text(st, 1, str_of(s->env));
    bind_text(st, 2, f->pattern);
    bind_text(st, 3, f->reason);
    bind_text(st, 4, f->actor);
    (void)sqlite3_bind_int64(st, 5, f->at);
    (void)sqlite3_bind_int64(st, 6, f->until);
    return store_run(s, st, err);
}

int store_thaw(struct store *s, struct str pattern, bool *ret_was, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, S_THAW, err);
    if (!st)
        return -1;
    bind_text(st, 1, str_of(s->env));
    bind_text(st, 2, pattern);
    if (store_run(s, st, err) < 0)
        return -1;
    *ret_was = sqlite3_changes(s->db) > 0;
    return 0;
}

int store_freezes(struct store *s, int (*each)(void *ctx, const struct freeze *f), void *ctx, struct err *err)
{
    if (!s->db)
        return 0;
    sqlite3_stmt *st = store_statement(s, S_FREEZES, err);
    int got = SQLITE_DONE, stop = 0;
    if (!st)
        return -1;
    bind_text(st, 1, str_of(s->env));
    while (!stop && (got = sqlite3_step(st)) == SQLITE_ROW) {
        struct arena a = { 0 };
        struct freeze f = { column_text(st, 0, &a), column_text(st, 1, &a), column_text(st, 2, &a), sqlite3_column_int64(st, 3), sqlite3_column_int64(st, 4) };
        stop = each(ctx, &f);
        arena_release(&a);
    }
    bool bad = !stop && got != SQLITE_DONE;
    int failed = bad ? store_fail(s, "read", err) : 0;
    (void)sqlite3_reset(st);
    return failed;
}
