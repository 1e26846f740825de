/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guards (contract 6): what apply refuses to do without being told. One place judges; the flag that would let an object pass is named. */
#include "base/clock.h"
#include "sync/work.h"

bool guard_allowed(const struct sync *s, enum allow_class class, struct str address)
{
    for (size_t i = 0; i < s->options->n_permits; i++) {
        const struct permit *a = &s->options->permits[i];
        if (a->class == class && (!a->pattern || str_glob(str_of(a->pattern), address)))
            return true;
    }
    return false;
}

static void block(struct sync *s, struct change *c, const char *code, const char *flag, const char *why, size_t n)
{
    struct err err;
    (void)err_set(&err, ERR_GUARD, code, why, n);
    if (flag)
        (void)err_hint(&err, "Run again with %s when that is meant.", flag);
    c->outcome = OUTCOME_BLOCKED;
    c->flag = flag;
    c->error = plan_error(s, &err);
}

void guard_block_reach(struct sync *s, struct change *c)
{
    block(s, c, "E701", "--allow reach", "it changes a field that decides who is reached (REACH), and its value is set or unknown", 0);
}

static void judge_delete(struct sync *s, struct change *c, size_t deletes)
{
    const struct sync_options *o = s->options;
    if (!guard_allowed(s, ALLOW_DELETE, c->address))
        block(s, c, "E702", "--allow delete", "it would be deleted", 0);
    else if (!c->want && 2 * s->pruned > s->prune_considered && !guard_allowed(s, ALLOW_MASS_DELETE, c->address))
        block(s, c, "E703", "--allow mass-delete", "more than half of the objects that this state knows would be deleted (%zu)", s->pruned);
    else if (deletes > o->max_deletes)
        block(s, c, "E704", "--max-deletes N", "%zu objects would be deleted, more than --max-deletes lets pass", deletes);
}

/* Each recipient counts: one entry of a message may name several. */
static size_t recipients(const struct change *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->work->n_entries; i++)
        for (size_t k = 0; k < c->work->entries[i]->n; k++)
            if (c->work->entries[i]->items[k].type == VALUE_LIST)
                n += c->work->entries[i]->items[k].n;
    return n;
}

static void judge_send(struct sync *s, struct change *c, size_t *sends)
{
    size_t n = recipients(c);
    if (!s->store || !store_exists(s->store)) {
        block(s, c, "E705", NULL, "there was no state before this run, so nobody knows what was sent already", 0);
        (void)err_hint(c->error, "Make one with `waconf state init` and keep it: a run that forgets must not write to customers again.");
    } else if (!guard_allowed(s, ALLOW_SEND, c->address)) {
        block(s, c, "E706", "--allow send", "it would send to customers", 0);
    } else if (*sends + n > s->options->max_sends) {
        block(s, c, "E707", "--max-sends N", "with it %zu recipients would be written to in this run, more than --max-sends lets pass", *sends + n);
    } else {
        *sends += n;
    }
}

/* --- freezes ------------------------------------------------------------------------------------- */

static int freeze_one(void *ctx, const struct freeze *f)
{
    struct sync *s = ctx;
    char until[CLOCK_TEXT];
    clock_text(f->until, until);
    for (size_t i = 0; i < s->plan.n && f->until > s->now; i++) {
        struct change *c = &s->plan.changes[i];
        struct err err;
        if (c->outcome != OUTCOME_PLANNED || !str_glob(f->pattern, c->address))
            continue;
        (void)err_set(&err, ERR_GUARD, "E710", "%.*s froze '%.*s' until %s: %.*s", ARG(f->actor), ARG(f->pattern), until, ARG(f->reason));
        (void)err_hint(&err, "When it is over: waconf thaw '%.*s'", ARG(f->pattern));
        c->outcome = OUTCOME_BLOCKED;
        c->error = plan_error(s, &err);
    }
    return 0;
}

/* --- what is left alone -------------------------------------------------------------------------- */

/* A write of the whole document would set a field that is held as well, so the object waits; so does one with nothing else to write. */
static void hold(struct sync *s, struct change *c)
{
    struct err why = { 0 };
    size_t writes = 0, held = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct field_change *fc = &c->fields[i];
        if (!field_writes(fc))
            continue;
        writes++;
        if (!s->options->held(s->options->held_ctx, c, fc, &why))
            continue;
        held++;
        if (fc->field)
            c->work->send[fc->field - c->kind->fields] = false;
    }
    if (!held || (held < writes && c->kind->send == SEND_CHANGED))
        return;
    c->outcome = OUTCOME_BLOCKED;
    c->error = plan_error(s, &why);
}

int guard_judge(struct sync *s, struct err *err)
{
    if (s->store && store_freezes(s->store, freeze_one, s, err) < 0)
        return -1;
    size_t deletes = 0, changes = 0, sends = 0;
    for (size_t i = 0; i < s->plan.n && s->options->held; i++)
        if (s->plan.changes[i].outcome == OUTCOME_PLANNED && s->plan.changes[i].action == ACTION_UPDATE)
            hold(s, &s->plan.changes[i]);
    for (size_t i = 0; i < s->plan.n; i++) {
        deletes += s->plan.changes[i].action == ACTION_DELETE;
        changes += s->plan.changes[i].action != ACTION_NONE;
    }
    for (size_t i = 0; i < s->plan.n; i++) {
        struct change *c = &s->plan.changes[i];
        if (c->outcome != OUTCOME_PLANNED)
            continue;
        if (s->options->max_changes && changes > s->options->max_changes)
            block(s, c, "E708", "--max-changes N", "%zu objects would change, more than --max-changes lets pass", changes);
        else if (c->action == ACTION_DELETE)
            judge_delete(s, c, deletes);
        else if (c->action == ACTION_SEND)
            judge_send(s, c, &sends);
        else if (c->risky && !guard_allowed(s, ALLOW_REACH, c->address))
            guard_block_reach(s, c);
    }    return 0;
}
