/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan carried out. Each object is a job that goes from step to step in callbacks:
 *
 *   (read again) -> ready -> intent durable -> write -> answer -> (second write) -> verify -> recorded
 *                                                \-> in doubt -> look -> done, or write again
 *
 * Objects are independent: one that fails does not stop the others. Inside an object the first failure stops. Intents of all jobs that
 * become ready in one turn of the client are made durable by one flush. Deletions come last, and only if everything else succeeded.
 */
#include "sync/apply.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum { MOST_ROUNDS = 1 + HTTP_MAX_RETRIES };

static void progress(struct apply *a)
{
    const struct sync_options *o = a->s->options;
    if (o->progress)
        o->progress(o->progress_ctx, "writing", a->done, a->total);
}

void job_finish(struct job *j, enum outcome outcome, const struct err *why)
{
    struct apply *a = j->a;
    struct change *c = j->c;
    struct err err = { 0 };
    c->outcome = outcome;
    c->error = why ? plan_error(a->s, why) : NULL;
    if (record_outcome(a->s, c, &err) < 0)
        apply_store_failed(a, &err);
    a->troubled |= outcome != OUTCOME_APPLIED;
    a->done++;
    progress(a);
    buf_wipe(&j->body);
    arena_release(&j->arena);
    free(j);
}

void apply_store_failed(struct apply *a, const struct err *err)
{
    if (!a->store_error.is)
        a->store_error = *err;
}

/* What was applied is recorded; a state that cannot take it leaves the object in doubt, and says so. */
void job_applied(struct job *j)
{
    struct err err = { 0 };
    int bad = j->c->action == ACTION_DELETE ? record_deleted(j->a->s, j->c, &err) : j->c->action == ACTION_SEND ? 0 : record_applied(j->a->s, j->c, true, &err);
    if (bad) {
        apply_store_failed(j->a, &err);
        err.is = ERR_UNSURE;
        job_finish(j, OUTCOME_UNSURE, &err);
        return;
    }
    job_finish(j, OUTCOME_APPLIED, NULL);
}

void job_refused(struct job *j)
{
    struct err err = { 0 };
    if (j->sent && !j->in_doubt && j->c->action != ACTION_SEND && store_intent_done(j->a->s->store, &j->c->work->key, &err) < 0)
        apply_store_failed(j->a, &err);
}

void job_failed(struct job *j, const struct err *why)
{
    job_refused(j);
    job_finish(j, why->is == ERR_UNSURE ? OUTCOME_UNSURE : OUTCOME_FAILED, why);
}

void job_ready(struct job *j)
{
    j->next = NULL;
    *j->a->ready_end = j;
    j->a->ready_end = &j->next;
}

/* --- reading again before the write -------------------------------------------------------------- */

/* Does a new look at the object give the same plan? */
static bool same_plan(const struct change *c, const struct seen *now)
{
    const struct seen *then = &c->work->live;
    if (then->sight != now->sight)
        return false;
    for (size_t i = 0; now->slot && then->slot && c->kind->fields[i].path; i++)
        if ((c->work->send ? c->work->send[i] : true) && !(now->slot[i] == NULL && then->slot[i] == NULL) &&
            !(now->slot[i] && then->slot[i] && value_equal(now->slot[i], then->slot[i])))
            return false;
    return true;
}

static void looked_again(void *ctx, const struct seen *seen, const struct err *why)
{
    struct job *j = ctx;
    struct err err;
    if (why) {
        job_failed(j, why);
        return;
    }
    if (!same_plan(j->c, seen)) {
        (void)err_set(&err, ERR_STALE, "E711", "it changed at the provider after the plan was made");
        (void)err_hint(&err, "Plan again and look at the difference.");
        job_failed(j, &err);
        return;
    }
    j->live = seen_copy(seen, j->c->kind, &j->arena);
    j->reread = true;
    job_ready(j);
}

static void read_again(struct job *j)
{
    struct change *c = j->c;
    if (c->action == ACTION_CREATE && c->kind->life == LIFE_COLLECTION)
        read_by_key(j->a->s, c->kind, c->want, change_account(c), 0, looked_again, j);
    else
        read_object(j->a->s, c->kind, c->want, change_account(c), c->remote_id, 0, looked_again, j);
}

void job_stale(struct job *j, const struct err *why)
{
    if (http_stopping(j->a->s->client) || ++j->rounds > MOST_ROUNDS)
        job_failed(j, why);
    else if (j->in_doubt || j->second || j->update_instead)
        job_look(j, why); /* it is not as it was planned any more: by our own doing */
    else
        read_again(j);
}

static void job_start(struct apply *a, struct change *c)
{
    struct job *j = mem_alloc(sizeof *j);
    *j = (struct job){ .a = a, .c = c, .body = buf_init(BUF_UNBOUNDED), .live = c->work->live, .send = c->work->send };
    bool old = a->asked || clock_mono_ms() - c->work->live.at_ms > JOB_FRESH_MS;
    if (!old || !c->kind->read.url || c->action == ACTION_SEND)
        job_ready(j);
    else
        read_again(j);
}

/* --- turns --------------------------------------------------------------------------------------- */

static int intend(struct job *j, struct err *err)
{
    if (j->c->action == ACTION_SEND)
        return ledger_mark(j->a->s, j->c, j->c->work->entries[j->entry], MESSAGE_INTENDED, STR(""), STR(""), err);
    return j->sent ? 0 : record_intent(j->a->s, j->c, err);
}

/* Intents of all that is ready, one flush, then the requests. */
static unsigned send_ready(struct apply *a)
{
    struct job *list = a->ready;
    struct err err = { 0 };
    unsigned n = 0;
    int bad = 0;
    if (!list)
        return 0;
    a->ready = NULL;
    a->ready_end = &a->ready;
    for (struct job *j = list; j && !bad; j = j->next)
        bad = intend(j, &err);
    bad = bad || store_flush(a->s->store, &err) < 0;
    if (bad)
        apply_store_failed(a, &err);
    while (list) {
        struct job *j = list;
        list = j->next;
        if (bad)
            job_finish(j, OUTCOME_FAILED, &err);
        else
            job_write(j);
        n++;
    }
    return n;
}

static bool wanted_now(const struct apply *a, const struct change *c)
{
    return c->outcome == OUTCOME_PLANNED && (c->action == ACTION_DELETE) == a->deleting;
}

static void skip(struct apply *a, struct change *c, enum err_class is, const char *code, const char *why)
{
    struct err err;
    (void)err_set(&err, is, code, "%s", why);
    c->outcome = OUTCOME_SKIPPED;
    c->error = plan_error(a->s, &err);
    a->troubled = true;
}

static void more(void *ctx, unsigned room)
{
    struct apply *a = ctx;
    struct sync *s = a->s;
    for (; a->next < s->plan.n && room > 0; a->next++) {
        struct change *c = &s->plan.changes[a->next];
        if (!wanted_now(a, c))
            continue;
        if (a->store_error.is) {
            skip(a, c, ERR_IO, "E501", "the state cannot be written, so nothing more is sent");
        } else {
            job_start(a, c);
            room--;
        }
    }
    (void)send_ready(a);
}

/* What a stopped run did not get to. A job that wrote before and waited to write again is in doubt. */
static void stop(struct apply *a)
{
    struct err err;
    (void)err_set(&err, ERR_INTERRUPTED, "E609", "the run was stopped before it was sent");
    while (a->ready) {
        struct job *j = a->ready;
        a->ready = j->next;
        job_finish(j, j->in_doubt ? OUTCOME_UNSURE : OUTCOME_SKIPPED, &err);
    }
    a->ready_end = &a->ready;
    for (; a->next < a->s->plan.n; a->next++)
        if (wanted_now(a, &a->s->plan.changes[a->next]))
            skip(a, &a->s->plan.changes[a->next], ERR_INTERRUPTED, "E609", err.text);
}

static int phase(struct apply *a, bool deleting, struct err *err)
{
    a->deleting = deleting;
    a->next = 0;
    http_refill(a->s->client, more, a);
    int bad = http_run(a->s->client, err);
    http_refill(a->s->client, NULL, NULL);
    stop(a);
    return bad;
}

/* Nothing was sent for these, but the state is to learn what was found. */
static int settle(struct apply *a, struct err *err)
{
    struct sync *s = a->s;
    for (size_t i = 0; i < s->plan.n; i++) {
        struct change *c = &s->plan.changes[i];
        if (c->action != ACTION_NONE || c->outcome != OUTCOME_UNCHANGED || !c->settle)
            continue;
        bool gone = !c->want || c->want->lifecycle == LIFECYCLE_ABSENT;
        if ((gone ? record_deleted(s, c, err) : record_applied(s, c, false, err)) < 0)
            return -1;
    }
    return 0;
}

static void skip_deletes(struct apply *a)
{
    for (size_t i = 0; i < a->s->plan.n; i++)
        if (a->s->plan.changes[i].outcome == OUTCOME_PLANNED) {
            skip(a, &a->s->plan.changes[i], ERR_GUARD, "E709", "deletions come last, and something else did not succeed");
            a->s->held_back = true;
        }
}

/* What the plan skipped is a message that is too late: nothing can be done about it, and nothing has to wait for it. */
static bool is_trouble(const struct change *c)
{
    return c->outcome == OUTCOME_FAILED || c->outcome == OUTCOME_UNSURE || c->outcome == OUTCOME_BLOCKED;
}

int sync_apply(struct sync *s, bool asked, struct err *err)
{
    struct apply a = { .s = s, .asked = asked };
    a.ready_end = &a.ready;
    for (size_t i = 0; i < s->plan.n; i++) {
        a.total += s->plan.changes[i].outcome == OUTCOME_PLANNED;
        a.troubled |= is_trouble(&s->plan.changes[i]);
    }
    int bad = settle(&a, err) < 0 || phase(&a, false, err) < 0;
    if (!bad && a.troubled)
        skip_deletes(&a);
    else if (!bad)
        bad = phase(&a, true, err);
    if (!bad && !a.store_error.is && sync_note_drift(s, err) < 0)
        bad = -1;
    if (store_flush(s->store, err) < 0)
        bad = -1;
    if (!bad && a.store_error.is) {
        *err = a.store_error;
        bad = -1;
    }
    size_t written = 0;
    for (size_t i = 0; i < s->plan.n; i++) {
        const struct change *c = &s->plan.changes[i];
        if (c->outcome == OUTCOME_FAILED && c->error)
            sync_note_failure(s, c->error->is);
        written += c->outcome == OUTCOME_APPLIED;
    }
    s->wrote |= written > 0;
    s->interrupted = http_stopping(s->client);
    s->plan.summary.requests_read = sync_reads(s);
    plan_count(&s->plan);
    return bad;
}
