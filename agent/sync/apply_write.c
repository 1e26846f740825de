/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The write itself, and what its answer means. */
#include <string.h>

#include "base/clock.h"
#include "sync/apply.h"
#include "wire/answer.h"
#include "wire/decode.h"
#include "wire/encode.h"

static void answered(struct http_request *r, const struct http_reply *reply);

static const struct op *op_of(const struct job *j)
{
    const struct kind *k = j->c->kind;
    if (j->c->action == ACTION_DELETE)
        return &k->erase;
    bool create = j->c->action == ACTION_SEND || (j->c->action == ACTION_CREATE && !j->update_instead && !j->second);
    return create ? &k->create : &k->update;
}

static enum safety safety_of(const struct job *j)
{
    bool once = j->c->action == ACTION_SEND || (j->c->kind->life == LIFE_COLLECTION && j->op == &j->c->kind->create);
    return once ? HTTP_ONCE : HTTP_IDEMPOTENT;
}

static int to_body(const char *p, size_t n, void *ctx)
{
    buf_add(ctx, (struct str){ p, n });
    return 0;
}

static int make(struct job *j, struct err *err)
{
    struct change *c = j->c;
    struct encode_input in = { .kind = c->kind, .op = j->op, .want = c->want, .live = &j->live, .whole = c->kind->send == SEND_WHOLE };
    json_t *body = NULL;
    buf_wipe(&j->body);
    if (encode_url(j->op->url, c->want, change_account(c), c->remote_id, &j->arena, &j->url, err) < 0)
        return -1;
    if (c->action == ACTION_DELETE)
        return 0;
    if (c->action == ACTION_SEND)
        in.entry = c->work->entries[j->entry];
    if (c->kind->send == SEND_CHANGED && j->op == &c->kind->update)
        in.send = j->send;
    in.no_selection = !j->second && plan_unselected(c);
    if (encode_body(&in, &body, err) < 0)
        return -1;
    (void)json_dump_callback(body, to_body, &j->body, JSON_COMPACT);
    json_decref(body);
    return 0;
}

void job_anew(struct job *j)
{
    j->writes = j->looks = j->rounds = 0;
    j->retries = 0;
    j->waited_ms = 0;
}

bool job_again(struct job *j)
{
    int64_t wait = http_stopping(j->a->s->client) ? -1 : http_backoff(j->a->s->client, &j->retries, &j->waited_ms);
    if (wait < 0)
        return false;
    j->delay_ms = wait;
    job_ready(j);
    return true;
}

/* Until when it may be made from what was read. A message is made from nothing that is read, nor is a write that no read can show. */
static int64_t fresh_until(const struct job *j)
{
    return safety_of(j) == HTTP_IDEMPOTENT && j->c->kind->read.url ? j->live.at_ms + JOB_FRESH_MS : 0;
}

void job_write(struct job *j)
{
    struct session *session;
    struct err err = { 0 };
    j->op = op_of(j);
    if (make(j, &err) < 0 || sync_session(j->a->s, change_account(j->c), &session, &err) < 0) {
        job_failed(j, &err);
        return;
    }
    j->sent = true;
    j->writes++;
    j->at_ms = clock_mono_ms();
    struct http_request r = { .method = j->op->method, .safety = safety_of(j), .url = j->url, .body = buf_str(&j->body), .delay_ms = j->delay_ms,
                              .content_type = j->op->type ? j->op->type : "application/json", .any_type = j->op->opaque, .done = answered, .user = j,
                              .retries = j->retries, .waited_ms = j->waited_ms, .first = j->reread,
                              .not_after = j->c->action == ACTION_SEND ? ledger_not_after(j->c->want) : 0,
                              .fresh_until_ms = fresh_until(j) };
    j->delay_ms = 0;
    j->reread = false;
    session_send(session, &r);
}

static void log_request(struct job *j, const struct http_reply *reply, const struct answer *answer, const struct err *why)
{
    struct err err = { 0 };
    struct request_info info = {
        .address = j->c->address, .method = str_of(method_names[j->op->method]), .url = scrub_text(j->a->s, &j->arena, j->url), .status = reply->end == HTTP_ANSWERED ? reply->status : 0,
        .outcome = why ? str_of(err_class_name(why->is)) : STR("done"), .error = why ? str_of(why->text) : STR(""), .request_id = answer->request_id,
        .fields = STR("[]"), .at = clock_wall(), .ms = clock_mono_ms() - j->at_ms,
    };
    if (store_run_request(j->a->s->store, &info, &err) < 0)
        apply_store_failed(j->a, &err);
}

/* --- messages ------------------------------------------------------------------------------------ */

static bool mark(struct job *j, enum message_state state, struct str remote_id, struct str detail)
{
    struct err err = { 0 };
    struct sync *s = j->a->s;
    if (ledger_mark(s, j->c, j->c->work->entries[j->entry], state, remote_id, detail, &err) < 0 || store_flush(s->store, &err) < 0) {
        apply_store_failed(j->a, &err);
        err.is = ERR_UNSURE;
        job_failed(j, &err);
        return false;
    }
    return true;
}

static void message_answered(struct job *j, const struct answer *answer, const struct err *why)
{
    if (!why) {
        j->a->s->wrote = true;
        if (!mark(j, MESSAGE_SENT, answer->request_id, STR("")))
            return;
        if (++j->entry < j->c->work->n_entries) {
            job_anew(j);
            job_ready(j);
        } else {
            job_applied(j);
        }
        return;
    }
    bool unsure = why->is == ERR_UNSURE;
    if (!unsure && answer->again && job_again(j))
        return;
    if (!mark(j, unsure ? MESSAGE_UNSURE : MESSAGE_REFUSED, answer->request_id, str_of(why->text)))
        return;
    j->a->s->wrote |= unsure;
    struct err say = *why;
    if (unsure)
        (void)err_hint(&say, "It is never sent again by itself. Find out, then run `waconf resolve %.*s --sent` or `--not-sent`.", ARG(j->c->address));
    job_failed(j, &say);
}

/* --- objects ------------------------------------------------------------------------------------- */

static void second_step(struct job *j, const struct seen *now)
{
    struct err err = { 0 };
    j->live = seen_copy(now, j->c->kind, &j->arena);
    for (size_t i = 0; j->c->kind->fields[i].path; i++) {
        const struct field *f = &j->c->kind->fields[i];
        if (f->type == &type_selection && encode_selection_fits(f, j->c->want->slot[i], j->live.slot ? j->live.slot[i] : NULL, &err) < 0) {
            (void)err_add(&err, "the settings were written, the selection was not");
            job_failed(j, &err);
            return;
        }
    }
    j->second = true;
    job_anew(j);
    job_ready(j);
}

static void object_done(struct job *j, const struct answer *answer)
{
    struct change *c = j->c;
    struct seen now = { 0 };
    struct err err;
    const struct json_t *object = answer->json && j->op->shows ? json_at(answer->json, j->op->at ? j->op->at : "") : NULL;
    j->a->s->wrote = true;
    if (c->action == ACTION_DELETE || (!c->kind->read.url && !object)) {
        job_applied(j);
        return;
    }
    if (object)
        decode_object(c->kind, object, &j->arena, &now);
    if (now.remote_id.n)
        c->remote_id = arena_str(&j->a->s->plan.arena, now.remote_id);
    if (now.sight != SIGHT_PRESENT && c->kind->life == LIFE_COLLECTION && !c->remote_id.n) {
        (void)err_set(&err, ERR_UNSURE, "E637", "%s answered a create without showing what it made", c->provider->title);
        j->in_doubt = true;
        job_look(j, &err);
        return;
    }
    if (now.sight != SIGHT_PRESENT) {
        job_verify(j);
        return;
    }
    if (!j->second && plan_two_steps(c)) {
        second_step(j, &now);
        return;
    }
    if (job_shows(j, &now, NULL))
        job_applied(j);
    else
        job_verify(j);
}

static void object_answered(struct job *j, const struct answer *answer, const struct err *why)
{
    if (!why) {
        object_done(j, answer);
    } else if (j->c->action == ACTION_DELETE && why->is == ERR_ABSENT) {
        j->a->s->wrote = true;
        job_applied(j);
    } else if (why->is == ERR_CONFLICT && j->op == &j->c->kind->create && j->c->kind->life == LIFE_COLLECTION) {
        job_adopt(j, why);
    } else if (why->is == ERR_UNSURE) {
        if (why->code && strcmp(why->code, "E605") == 0) {
            j->redirect = ARENA_NEW(&j->arena, struct err);
            *j->redirect = *why;
        }
        j->in_doubt = true;
        j->a->s->wrote = true;
        job_look(j, why);
    } else if (!answer->again || !job_again(j)) {
        job_failed(j, why);
    }
}

static void answered(struct http_request *r, const struct http_reply *reply)
{
    struct job *j = r->user;
    struct answer answer;
    struct err err = { 0 };
    struct arena a = { 0 };
    int bad = answer_read(j->c->provider, j->op, true, reply, j->a->s->vault, &a, &answer, &err);
    j->retries = reply->retries;
    j->waited_ms = reply->waited_ms;
    if (!reply->stale || reply->attempts)
        log_request(j, reply, &answer, bad ? &err : NULL);
    if (reply->stale)
        job_stale(j, &err);
    else if (j->c->action == ACTION_SEND)
        message_answered(j, &answer, bad ? &err : NULL);
    else
        object_answered(j, &answer, bad ? &err : NULL);
    answer_release(&answer);
    arena_release(&a);
}
