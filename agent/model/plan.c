/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/plan.h"

const char *const why_names[WHY_COUNT] = {
    "new", "edited", "drift", "first-write", "secret-changed", "cleared", "released", "unverifiable",
};
const char *const action_names[ACTION_COUNT] = { "create", "update", "delete", "send", "none" };
const char *const outcome_names[OUTCOME_COUNT] = {
    "planned", "unchanged", "applied", "failed", "unsure", "skipped", "blocked",
};

static void count_change(struct plan_summary *s, const struct change *c)
{
    size_t *const by_action[ACTION_COUNT] = { &s->create, &s->update, &s->erase, &s->send, &s->unchanged };
    size_t *const by_outcome[OUTCOME_COUNT] = {
        [OUTCOME_APPLIED] = &s->applied, [OUTCOME_FAILED] = &s->failed, [OUTCOME_UNSURE] = &s->unsure,
        [OUTCOME_SKIPPED] = &s->skipped, [OUTCOME_BLOCKED] = &s->blocked,
    };
    /* An object whose read failed has no action, and is not "unchanged" either. */
    if (c->action != ACTION_NONE || c->outcome == OUTCOME_UNCHANGED)
        *by_action[c->action] += 1;
    if (by_outcome[c->outcome])
        *by_outcome[c->outcome] += 1;
    for (size_t i = 0; i < c->n; i++)
        s->unverifiable += c->fields[i].why == WHY_UNVERIFIABLE;
    s->requests_write += c->n_requests;
}

void plan_count(struct plan *p)
{
    p->summary = (struct plan_summary){ .requests_read = p->summary.requests_read };
    for (size_t i = 0; i < p->n; i++)
        count_change(&p->summary, &p->changes[i]);
}

void plan_release(struct plan *p)
{
    arena_release(&p->arena);
    *p = (struct plan){ 0 };
}
