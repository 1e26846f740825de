/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at what the provider holds: after a write that its answer does not show, and after one whose answer was lost. */
#include <string.h>

#include "sync/apply.h"

enum { MOST_LOOKS = 5 };

/* A provider may need a moment until a read shows what was written. */
static int64_t pause_before(int look)
{
    static const int64_t pauses[MOST_LOOKS] = { 0, 150, 500, 1500, 3000 };
    return pauses[look < MOST_LOOKS ? look : MOST_LOOKS - 1];
}

static bool is_sent(const struct job *j, size_t i)
{
    const struct field *f = &j->c->kind->fields[i];
    if ((f->flags & FIELD_OURS) || !j->c->want->slot[i])
        return false;
    return j->c->action == ACTION_CREATE || j->c->kind->send == SEND_WHOLE || (j->send && j->send[i]);
}

bool job_shows(const struct job *j, const struct seen *now, const struct field **ret_differs)
{
    if (now->sight != SIGHT_PRESENT)
        return false;
    for (size_t i = 0; j->c->kind->fields[i].path; i++) {
        const struct field *f = &j->c->kind->fields[i];
        if (!is_sent(j, i) || diff_hidden(f, now, i) || type_same(f, j->c->want->slot[i], now->slot[i]))
            continue;
        if (ret_differs)
            *ret_differs = f;
        return false;
    }
    return true;
}

/* --- after a write that was taken ---------------------------------------------------------------- */

static void verified(void *ctx, const struct seen *seen, const struct err *why)
{
    struct job *j = ctx;
    const struct field *f = NULL;
    struct err err;
    if (!why && job_shows(j, seen, &f)) {
        if (seen->remote_id.n)
            j->c->remote_id = arena_str(&j->a->s->plan.arena, seen->remote_id);
        job_applied(j);
        return;
    }
    if (!why && j->looks < MOST_LOOKS && !http_stopping(j->a->s->client)) {
        job_verify(j);
        return;
    }
    if (why) {
        err = *why;
        (void)err_add(&err, "it was written, and reading it back failed");
        err.is = ERR_UNSURE;
        j->in_doubt = true;
    } else if (f) {
        (void)err_set(&err, ERR_REJECTED, "E628", "the provider took the write and still shows another value of '%s'", field_name(f));
        (void)err_hint(&err, "Look at it in the provider's console; another writer, or a rule of the provider, may set it.");
    } else {
        (void)err_set(&err, ERR_REJECTED, "E628", "the provider took the write and shows no such object");
    }
    job_failed(j, &err);
}

void job_verify(struct job *j)
{
    read_object(j->a->s, j->c->kind, j->c->want, change_account(j->c), j->c->remote_id, pause_before(j->looks++), verified, j);
}

/* --- in doubt ------------------------------------------------------------------------------------ */

static void again(struct job *j, const struct err *why)
{
    j->looks = 0;
    if (j->redirect || !job_again(j))
        job_failed(j, j->redirect ? j->redirect : why);
}

/* Was something sent that no read can show? Then only sending it again makes sure. */
static bool hidden_sent(const struct job *j, const struct seen *now)
{
    for (size_t i = 0; j->c->kind->fields[i].path; i++)
        if (is_sent(j, i) && diff_hidden(&j->c->kind->fields[i], now, i))
            return true;
    return false;
}

/* The rows of the plan spoke of a new object: now of one that was found, with what it had. The plan's rows may be shared, so these are new. */
static void tell_update(struct job *j)
{
    struct change *c = j->c;
    struct arena *a = &j->a->s->plan.arena;
    struct field_change *rows = ARENA_ARRAY(a, c->n, struct field_change);
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        size_t at = (size_t)(c->fields[i].field - c->kind->fields);
        if (!j->send[at])
            continue;
        struct field_change *row = &rows[n++];
        *row = c->fields[i];
        row->before_known = !diff_hidden(row->field, &j->live, at);
        row->why = row->before_known ? WHY_EDITED : WHY_FIRST_WRITE;
        row->before = row->before_known && j->live.slot[at] && !row->secret ? scrub_value(j->a->s, a, value_copy(a, j->live.slot[at])) : NULL;
    }
    c->fields = rows;
    c->n = n;
    c->action = ACTION_UPDATE;
}

/* What an update of an object that turned out to exist has to send. A create of ours whose answer was lost stays a create. */
static void update_instead(struct job *j, const struct seen *now)
{
    size_t n = kind_field_count(j->c->kind);
    bool *send = ARENA_ARRAY(&j->arena, n, bool);
    for (size_t i = 0; i < n; i++) {
        const struct field *f = &j->c->kind->fields[i];
        send[i] = j->c->want->slot[i] && !(f->flags & FIELD_OURS) && (diff_hidden(f, now, i) || !type_same(f, j->c->want->slot[i], now->slot[i]));
    }
    j->send = send;
    j->update_instead = true;
    j->live = seen_copy(now, j->c->kind, &j->arena);
    j->c->remote_id = arena_str(&j->a->s->plan.arena, now->remote_id);
    if (!j->in_doubt || !job_shows(j, now, NULL))
        tell_update(j);
}

static void looked(void *ctx, const struct seen *seen, const struct err *why)
{
    struct job *j = ctx;
    struct err err;
    if (why) {
        err = *why;
        (void)err_add(&err, "a write whose answer was lost could not be looked at");
        err.is = ERR_UNSURE;
        job_failed(j, &err);
        return;
    }
    bool there = seen->sight == SIGHT_PRESENT, make = j->c->action == ACTION_CREATE && j->c->kind->life == LIFE_COLLECTION;
    (void)err_set(&err, ERR_UNSURE, "E637", "the answer to the write was lost %d times, and the provider does not show its effect", j->writes);
    if (make && !there && j->looks < MOST_LOOKS) { /* a list may lag behind, and making it twice is worse than waiting */
        job_look(j, &err);
        return;
    }
    if (j->c->action == ACTION_DELETE ? !there : there && job_shows(j, seen, NULL) && !hidden_sent(j, seen)) {
        if (seen->remote_id.n)
            j->c->remote_id = arena_str(&j->a->s->plan.arena, seen->remote_id);
        bool more = j->c->action != ACTION_DELETE && !j->second && plan_two_steps(j->c);
        if (!more) {
            job_applied(j);
            return;
        }
    }
    if (there && make && diff_immutable(j->c->want, seen, &err) < 0) {
        job_failed(j, &err);
        return;
    }
    if (there && make)
        update_instead(j, seen);
    else if (there)
        j->live = seen_copy(seen, j->c->kind, &j->arena);
    j->live.at_ms = seen->at_ms;
    again(j, &err);
}

void job_look(struct job *j, const struct err *why)
{
    struct sync *s = j->a->s;
    const struct change *c = j->c;
    if (http_stopping(s->client))
        job_failed(j, why);
    else if (!c->kind->read.url)
        again(j, why);
    else if (c->action == ACTION_CREATE && c->kind->life == LIFE_COLLECTION && !j->update_instead)
        read_by_key(s, c->kind, c->want, change_account(c), pause_before(j->looks++), looked, j);
    else
        read_object(s, c->kind, c->want, change_account(c), c->remote_id, pause_before(1), looked, j);
}

/* --- 409 ----------------------------------------------------------------------------------------- */

/* Would taking it over change a REACH field whose value is set or unknown? A create of ours whose answer was lost was let pass already. */
static bool adoption_is_risky(const struct job *j, const struct seen *now)
{
    for (size_t i = 0; j->c->kind->fields[i].path && !j->in_doubt; i++)
        if (j->send[i] && j->c->kind->fields[i].guard == GUARD_REACH && (diff_hidden(&j->c->kind->fields[i], now, i) || now->slot[i]))
            return true;
    return false;
}

static void found(void *ctx, const struct seen *seen, const struct err *why)
{
    struct job *j = ctx;
    struct err err;
    if (why || seen->sight != SIGHT_PRESENT) {
        err = why ? *why : *j->conflict; /* in the provider's words: it may be a limit and not a duplicate */
        if (!why)
            (void)err_hint(&err, "Its list shows no such object. It may belong to another customer or project.");
        job_failed(j, &err);
        return;
    }
    if (diff_immutable(j->c->want, seen, &err) < 0) {
        job_failed(j, &err);
        return;
    }
    update_instead(j, seen);
    bool any = false;
    for (size_t i = 0; j->c->kind->fields[i].path; i++)
        any |= j->send[i];
    if (adoption_is_risky(j, seen) && !guard_allowed(j->a->s, ALLOW_REACH, j->c->address)) {
        guard_block_reach(j->a->s, j->c);
        err = *j->c->error;
        job_refused(j);
        job_finish(j, OUTCOME_BLOCKED, &err);
    } else if (any) {
        job_anew(j);
        job_ready(j);
    } else {
        job_applied(j);
    }
}

void job_adopt(struct job *j, const struct err *why)
{
    j->conflict = ARENA_NEW(&j->arena, struct err);
    *j->conflict = *why;
    read_by_key(j->a->s, j->c->kind, j->c->want, change_account(j->c), 0, found, j);
}
