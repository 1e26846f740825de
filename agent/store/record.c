/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/inside.h"

const char *const message_state_names[MESSAGE_COUNT] = {
    [MESSAGE_INTENDED] = "intended", [MESSAGE_SENT] = "sent", [MESSAGE_REFUSED] = "refused", [MESSAGE_UNSURE] = "unsure",
};

static int damaged(struct store *s, struct str address, const char *what, struct err *err)
{
    (void)err_set(err, ERR_IO, "E502", "the state '%s' is damaged: %s of '%.*s' cannot be read", s->path, what, ARG(address));
    return err_hint(err, "Put a copy back, or let it be forgotten with `waconf state forget '%.*s'`.", ARG(address));
}

/* One step of a query: 1 a row, 0 the end, -1. The caller resets. */
static int step(struct store *s, sqlite3_stmt *st, struct err *err)
{
    int got = sqlite3_step(st);
    return got == SQLITE_ROW ? 1 : got == SQLITE_DONE ? 0 : store_fail(s, "read", err);
}

/* Looks one row up by key. Returns the statement on a row, NULL with *ret_end 0 or -1 otherwise. */
static sqlite3_stmt *look_up(struct store *s, enum statement which, const struct record_key *key, int *ret_end, struct err *err)
{
    *ret_end = 0;
    if (!s->db)
        return NULL;
    sqlite3_stmt *st = store_statement(s, which, err);
    if (!st) {
        *ret_end = -1;
        return NULL;
    }
    bind_key(st, s, key);
    int got = step(s, st, err);
    if (got == 1)
        return st;
    (void)sqlite3_reset(st);
    *ret_end = got;
    return NULL;
}

static struct record_key key_copy(struct arena *a, const struct record_key *k)
{
    return (struct record_key){ arena_str(a, k->address), arena_str(a, k->origin), arena_str(a, k->tenant), arena_str(a, k->natural) };
}

/* --- records ---------------------------------------------------------------------------------------------- */

static bool read_record(sqlite3_stmt *st, struct arena *a, struct record *r)
{
    const char *json = (const char *)sqlite3_column_text(st, 3);
    r->account = column_text(st, 0, a);
    r->remote_id = column_text(st, 1, a);
    r->at = sqlite3_column_int64(st, 2);
    return json && fields_read((struct str){ json, (size_t)sqlite3_column_bytes(st, 3) }, a, &r->fields, &r->n);
}

int store_find(struct store *s, const struct record_key *key, struct arena *a, struct record *ret, struct err *err)
{
    int end;
    sqlite3_stmt *st = look_up(s, S_FIND, key, &end, err);
    if (!st)
        return end;
    *ret = (struct record){ .key = key_copy(a, key) };
    bool good = read_record(st, a, ret);
    (void)sqlite3_reset(st);
    return good ? 1 : damaged(s, key->address, "the record", err);
}

int store_find_moved(struct store *s, const struct record_key *key, struct arena *a, struct record *ret, struct err *err)
{
    int end;
    sqlite3_stmt *st = look_up(s, S_FIND_MOVED, key, &end, err);
    if (!st)
        return end;
    *ret = (struct record){ .key = key_copy(a, key) };
    ret->key.natural = column_text(st, 4, a);
    bool good = read_record(st, a, ret);
    (void)sqlite3_reset(st);
    return good ? 1 : damaged(s, key->address, "the record", err);
}

int store_each(struct store *s, int (*each)(void *ctx, const struct record *r), void *ctx, struct err *err)
{
    sqlite3_stmt *st;
    int got;
    if (!s->db)
        return 0;
    if (!(st = store_statement(s, S_EACH, err)))
        return -1;
    bind_text(st, 1, str_of(s->env));
    while ((got = step(s, st, err)) == 1) {
        struct record r = { .key = column_key(st, 4, &s->scratch) };
        if (!read_record(st, &s->scratch, &r))
            got = damaged(s, r.key.address, "the record", err);
        else if (each(ctx, &r))
            got = 0;
        arena_reset(&s->scratch);
        if (got != 1)
            break;
    }
    (void)sqlite3_reset(st);
    return got;
}

int store_put(struct store *s, const struct record *r, struct err *err)
{
    auto_buf fields = buf_init(STORE_RECORD_MAX);
    sqlite3_stmt *st = store_writer(s, S_PUT, err);
    if (!st || fields_write(&fields, r, err))
        return -1;
    bind_key(st, s, &r->key);
    bind_text(st, 6, r->account);
    bind_text(st, 7, r->remote_id);
    (void)sqlite3_bind_int64(st, 8, r->at);
    bind_text(st, 9, buf_str(&fields));
    return store_run(s, st, err);
}

static int erase(struct store *s, enum statement which, const struct record_key *key, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, which, err);
    if (!st)
        return -1;
    bind_key(st, s, key);
    return store_run(s, st, err);
}

int store_delete_others(struct store *s, const struct record_key *key, struct str kind, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, S_DELETE_OTHERS, err);
    if (!st)
        return -1;
    bind_key(st, s, key);
    bind_text(st, 6, kind);
    return store_run(s, st, err);
}

int store_delete(struct store *s, const struct record_key *key, struct err *err)
{
    return erase(s, S_DELETE, key, err) || store_drift_forget(s, key->address, err) ? -1 : 0;
}

/* --- intents ---------------------------------------------------------------------------------------------- */

int store_intent(struct store *s, const struct intent *i, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, S_INTENT, err);
    if (!st)
        return -1;
    s->intents = INTENTS_SOME;
    bind_key(st, s, &i->key);
    bind_text(st, 6, i->action);
    bind_text(st, 7, i->digest);
    bind_text(st, 8, i->run);
    (void)sqlite3_bind_int64(st, 9, i->at);
    return store_run(s, st, err);
}

static int first_intent(void *ctx, const struct intent *i)
{
    (void)i;
    *(bool *)ctx = true;
    return 1;
}

static int any_intent(struct store *s, struct err *err)
{
    bool found = false;
    if (s->intents == INTENTS_UNKNOWN && store_intents(s, first_intent, &found, err) < 0)
        return -1;
    if (s->intents == INTENTS_UNKNOWN)
        s->intents = found ? INTENTS_SOME : INTENTS_NONE;
    return s->intents == INTENTS_SOME;
}

int store_intent_find(struct store *s, const struct record_key *key, struct arena *a, struct intent *ret, struct err *err)
{
    int end = any_intent(s, err);
    if (end != 1)
        return end;
    sqlite3_stmt *st = look_up(s, S_INTENT_FIND, key, &end, err);
    if (!st)
        return end;
    *ret = (struct intent){ .key = key_copy(a, key), .action = column_text(st, 0, a), .digest = column_text(st, 1, a),
                            .run = column_text(st, 2, a), .at = sqlite3_column_int64(st, 3) };
    (void)sqlite3_reset(st);
    return 1;
}

int store_intent_done(struct store *s, const struct record_key *key, struct err *err)
{
    return erase(s, S_INTENT_DONE, key, err);
}

int store_intents(struct store *s, int (*each)(void *ctx, const struct intent *i), void *ctx, struct err *err)
{
    sqlite3_stmt *st;
    int got;
    if (!s->db)
        return 0;
    if (!(st = store_statement(s, S_INTENTS, err)))
        return -1;
    bind_text(st, 1, str_of(s->env));
    while ((got = step(s, st, err)) == 1) {
        struct arena *a = &s->scratch;
        struct intent i = { .action = column_text(st, 0, a), .digest = column_text(st, 1, a), .run = column_text(st, 2, a),
                            .at = sqlite3_column_int64(st, 3), .key = column_key(st, 4, a) };
        bool stop = each(ctx, &i);
        arena_reset(a);
        if (stop) {
            got = 0;
            break;
        }
    }
    (void)sqlite3_reset(st);
    return got;
}

/* --- the message ledger ------------------------------------------------------------------------------------- */

static bool read_message(sqlite3_stmt *st, struct arena *a, struct message *ret)
{
    struct str state = column_text(st, 0, a);
    *ret = (struct message){ .key = column_key(st, 6, a), .state = MESSAGE_COUNT, .digest = column_text(st, 1, a), .remote_id = column_text(st, 2, a),
                             .detail = column_text(st, 3, a), .run = column_text(st, 4, a), .at = sqlite3_column_int64(st, 5) };
    for (enum message_state i = 0; i < MESSAGE_COUNT; i++)
        if (str_is(state, message_state_names[i]))
            ret->state = i;
    return ret->state != MESSAGE_COUNT;
}

int store_message_find(struct store *s, const struct record_key *key, struct arena *a, struct message *ret, struct err *err)
{
    int end;
    sqlite3_stmt *st = look_up(s, S_MESSAGE_FIND, key, &end, err);
    if (!st)
        return end;
    bool good = read_message(st, a, ret);
    (void)sqlite3_reset(st);
    return good ? 1 : damaged(s, key->address, "a message", err);
}

int store_message_put(struct store *s, const struct message *m, struct err *err)
{
    sqlite3_stmt *st = store_writer(s, S_MESSAGE_PUT, err);
    if (!st)
        return -1;
    bind_key(st, s, &m->key);
    bind_text(st, 6, str_of(message_state_names[m->state]));
    bind_text(st, 7, m->digest);
    bind_text(st, 8, m->remote_id);
    bind_text(st, 9, str_head(m->detail, STORE_TEXT_MAX));
    bind_text(st, 10, m->run);
    (void)sqlite3_bind_int64(st, 11, m->at);
    return store_run(s, st, err);
}

int store_messages(struct store *s, struct str address, int (*each)(void *ctx, const struct message *m), void *ctx, struct err *err)
{
    sqlite3_stmt *st;
    int got;
    if (!s->db)
        return 0;
    if (!(st = store_statement(s, S_MESSAGES, err)))
        return -1;
    bind_text(st, 1, str_of(s->env));
    bind_text(st, 2, address);
    while ((got = step(s, st, err)) == 1) {
        struct message m;
        if (!read_message(st, &s->scratch, &m))
            got = damaged(s, m.key.address, "a message", err);
        else if (each(ctx, &m))
            got = 0;
        arena_reset(&s->scratch);
        if (got != 1)
            break;
    }
    (void)sqlite3_reset(st);
    return got;
}
