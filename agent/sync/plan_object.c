/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One change per object in view: what the diff says, which requests would be sent. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sync/work.h"
#include "wire/encode.h"
#include "wire/registry.h"

/* --- which objects ------------------------------------------------------------------------------- */

static bool in_view(const struct sync *s, const struct object *o)
{
    if (!o->targeted || o->kind->life == LIFE_ACCOUNT || o->lifecycle == LIFECYCLE_SUSPENDED)
        return false;
    return !s->options->wanted || s->options->wanted(s->options->wanted_ctx, o);
}

static void change_init(struct change *c, const struct object *o)
{
    *c = (struct change){ .want = o, .kind = o->kind, .provider = o->provider, .address = o->address, .at = o->at, .action = ACTION_NONE,
                          .outcome = OUTCOME_UNCHANGED, .observed_only = o->lifecycle == LIFECYCLE_OBSERVE };
}

/* The id that the state knows, so that an object of a collection can be read by it. */
static int known_id(struct sync *s, struct change *c, struct err *err)
{
    struct arena scratch = { 0 };
    struct record record, doubt;
    int found = record_load(s, c->want, &scratch, &record, &doubt, err);
    if (found > 0 && (found & 1))
        c->remote_id = arena_str(&s->plan.arena, record.remote_id);
    arena_release(&scratch);
    return found < 0 ? -1 : 0;
}

struct prune { struct sync *s; struct map addresses, keys; size_t n, cap; struct record *found; size_t considered; };

static struct str key_text(const struct record_key *k, struct arena *a)
{
    return arena_printf(a, "%.*s\n%.*s\n%.*s", ARG(k->origin), ARG(k->tenant), ARG(k->natural));
}

static const struct kind *kind_of(struct str address, const struct provider **ret)
{
    struct str group, rest, kind, name;
    if (!str_cut(address, '/', &group, &rest) || !str_cut(rest, '/', &kind, &name))
        return NULL;
    *ret = provider_find(group);
    return *ret ? provider_kind(*ret, kind) : NULL;
}

static bool in_scope(const struct sync *s, struct str address)
{
    const struct load_options *o = &s->options->load;
    return (!o->n_targets || str_matches(o->targets, o->n_targets, address)) && !str_matches(o->excludes, o->n_excludes, address) && !o->n_selectors;
}

/* Was the record made at the origin that its account names today? */
static bool same_place(const struct object *account, const struct record_key *key)
{
    struct arena a = { 0 };
    struct record_key now;
    struct object probe = { .kind = account->kind, .account = (struct object *)(uintptr_t)account, .slot = account->slot };
    sync_key(&probe, &a, &now);
    bool same = str_eq(now.origin, key->origin);
    arena_release(&a);
    return same;
}

static int prune_record(void *ctx, const struct record *r)
{
    struct prune *p = ctx;
    struct arena *a = &p->s->plan.arena;
    const struct provider *provider;
    const struct kind *kind = kind_of(r->key.address, &provider);
    if (!kind || !kind->erase.url || !r->remote_id.n || !in_scope(p->s, r->key.address) || !tree_find(&p->s->tree, r->account))
        return 0;
    if (!same_place(tree_find(&p->s->tree, r->account), &r->key))
        return 0;
    p->considered++;
    if (map_get(&p->addresses, r->key.address) || map_get(&p->keys, key_text(&r->key, a)))
        return 0;
    p->found = mem_grow(p->found, &p->cap, p->n + 1, sizeof *p->found);
    p->found[p->n++] = (struct record){ .key = { arena_str(a, r->key.address), arena_str(a, r->key.origin), arena_str(a, r->key.tenant), arena_str(a, r->key.natural) },
                                        .account = arena_str(a, r->account), .remote_id = arena_str(a, r->remote_id), .at = r->at };
    return 0;
}

/* Records of this env whose object the tree no longer has. A rename, or a new key under an old name, is never a delete. */
static int prune_find(struct sync *s, struct prune *p, struct err *err)
{
    static char taken;
    for (size_t i = 0; i < s->tree.n; i++) {
        const struct object *o = s->tree.objects[i];
        struct record_key key;
        (void)map_add(&p->addresses, o->address, &taken);
        if (o->moved_from.n)
            (void)map_add(&p->addresses, o->moved_from, &taken);
        sync_key(o, &s->plan.arena, &key);
        (void)map_add(&p->keys, key_text(&key, &s->plan.arena), &taken);
    }
    int bad = store_each(s->store, prune_record, p, err);
    map_release(&p->addresses);
    map_release(&p->keys);
    return bad;
}

static void prune_init(struct sync *s, struct change *c, const struct record *r)
{
    *c = (struct change){ .address = r->key.address, .action = ACTION_NONE, .outcome = OUTCOME_UNCHANGED, .remote_id = r->remote_id };
    c->kind = kind_of(r->key.address, &c->provider);
    c->work = ARENA_NEW(&s->plan.arena, struct work);
    c->work->key = r->key;
    c->work->account = tree_find(&s->tree, r->account);
}

static int by_address(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    return str_cmp(x->address, y->address);
}

int plan_open(struct sync *s, struct err *err)
{
    struct prune prune = { .s = s };
    int bad = s->options->prune && s->store ? prune_find(s, &prune, err) : 0;
    size_t n = 0;
    for (size_t i = 0; i < s->tree.n; i++)
        n += in_view(s, s->tree.objects[i]);
    s->plan.changes = ARENA_ARRAY(&s->plan.arena, n + prune.n, struct change);
    for (size_t i = 0; i < s->tree.n && !bad; i++) {
        if (!in_view(s, s->tree.objects[i]))
            continue;
        struct change *c = &s->plan.changes[s->plan.n++];
        change_init(c, s->tree.objects[i]);
        if (c->kind->life == LIFE_COLLECTION)
            bad = known_id(s, c, err);
    }
    for (size_t i = 0; i < prune.n && !bad; i++)
        prune_init(s, &s->plan.changes[s->plan.n++], &prune.found[i]);
    s->pruned = prune.n;
    s->prune_considered = prune.considered;
    free(prune.found);
    if (s->plan.n)
        qsort(s->plan.changes, s->plan.n, sizeof *s->plan.changes, by_address);
    return bad;
}

/* --- what would be sent -------------------------------------------------------------------------- */

struct err *plan_error(struct sync *s, const struct err *err)
{
    struct err *copy = ARENA_NEW(&s->plan.arena, struct err);
    *copy = *err;
    vault_scrub_text(s->vault, copy->text, sizeof copy->text); /* it may quote live values */
    vault_scrub_text(s->vault, copy->hint, sizeof copy->hint);
    return copy;
}

void plan_failed(struct sync *s, struct change *c, const struct err *why)
{
    c->outcome = OUTCOME_FAILED;
    c->action = ACTION_NONE;
    c->n_requests = 0;
    c->error = plan_error(s, why);
    s->plan.complete = false;
    sync_note_failure(s, why->is);
}

static const struct field *selection_of(const struct change *c, const struct value **want, const struct seen *live, const struct value **inventory)
{
    for (size_t i = 0; c->want && c->kind->fields[i].path; i++) {
        if (c->kind->fields[i].type != &type_selection)
            continue;
        *want = c->want->slot[i];
        *inventory = live && live->slot ? live->slot[i] : NULL;
        return &c->kind->fields[i];
    }
    return NULL;
}

/* Will the write change a row with this flag? */
static bool changes(const struct change *c, unsigned flag)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->fields[i].field && (c->fields[i].field->flags & flag) && field_writes(&c->fields[i]))
            return true;
    return false;
}

/* A selection can be sent only when the inventory is known to hold it. It is not on a create, and not when the account behind it changes in
 * the same write. What is selected and not declared goes along, unless it is another owner's. */
bool plan_unselected(const struct change *c)
{
    const struct value *want = NULL, *inventory = NULL;
    if (!selection_of(c, &want, NULL, &inventory))
        return false;
    return c->action == ACTION_CREATE || (c->action == ACTION_UPDATE && changes(c, want ? FIELD_INVENTORY : FIELD_OWNER));
}

bool plan_two_steps(const struct change *c)
{
    const struct value *want = NULL, *inventory = NULL;
    return selection_of(c, &want, NULL, &inventory) && want && plan_unselected(c);
}

/* Nobody declared what to select from another inventory, so nothing is; that is to be known before. */
static void selection_lost(struct sync *s, const struct change *c, const struct field *f, const struct value *inventory)
{
    for (size_t i = 0; inventory && i < inventory->n; i++) {
        if (!selection_selected(&inventory->items[i]))
            continue;
        struct diag *d = diag_add(&s->diags, SEVERITY_WARNING, "W624", c->at, "The write changes the inventory of '%s', so the present selection is not kept.", field_name(f));
        d->address = arena_str(&s->diags.arena, c->address);
        diag_hint(&s->diags, d, "Declare '%s' to select from the new one.", field_name(f));
        return;
    }
}

/* Declared, or mistyped: what the inventory does not have fails the plan, whatever else changes (pingone.md 6). Offline nobody knows it. */
static int selection_check(struct sync *s, const struct change *c, const struct seen *live, struct err *err)
{
    const struct value *want = NULL, *inventory = NULL;
    const struct field *f = selection_of(c, &want, live, &inventory);
    if (!f || s->options->offline || c->observed_only || live->sight != SIGHT_PRESENT || c->want->lifecycle == LIFECYCLE_ABSENT)
        return 0;
    if (!changes(c, FIELD_INVENTORY))
        return encode_selection_fits(f, want, inventory, err);
    if (!want && changes(c, FIELD_OWNER))
        selection_lost(s, c, f, inventory);
    return 0;
}

static int view(struct sync *s, struct change *c, const struct op *op, const struct encode_input *in, struct err *err)
{
    struct request_view *v = &c->requests[c->n_requests];
    json_t *body = NULL;
    if (encode_url(op->url, c->want, change_account(c), c->remote_id, &s->plan.arena, &v->url, err) < 0)
        return -1;
    v->url = scrub_text(s, &s->plan.arena, v->url);
    if (in && encode_body(in, &body, err) < 0)
        return -1;
    v->method = op->method;
    scrub_json(s, body);
    if (body)
        v->body = json_compact(body, &s->plan.arena);
    json_decref(body);
    c->n_requests++;
    return 0;
}

static int views(struct sync *s, struct change *c, const struct seen *live, struct err *err)
{
    struct work *w = c->work;
    const struct op *op = c->action == ACTION_CREATE || c->action == ACTION_SEND ? &c->kind->create : c->action == ACTION_DELETE ? &c->kind->erase : &c->kind->update;
    struct encode_input in = { .kind = c->kind, .op = op, .want = c->want, .live = live, .mask = true,
                               .send = c->action == ACTION_UPDATE && c->kind->send == SEND_CHANGED ? w->send : NULL,
                               .whole = c->kind->send == SEND_WHOLE };
    size_t n = c->action == ACTION_SEND ? w->n_entries : 2;
    c->requests = ARENA_ARRAY(&s->plan.arena, n ? n : 1, struct request_view);
    if (c->action == ACTION_DELETE)
        return view(s, c, op, NULL, err);
    if (c->action == ACTION_SEND) {
        for (size_t i = 0; i < w->n_entries; i++) {
            in.entry = w->entries[i];
            if (view(s, c, op, &in, err) < 0)
                return -1;
        }
        return 0;
    }
    in.no_selection = plan_unselected(c);
    if (plan_two_steps(c)) {
        if (view(s, c, op, &in, err) < 0)
            return -1;
        in.no_selection = false;
        in.op = op = &c->kind->update;
    }
    return view(s, c, op, &in, err);
}

static void work_new(struct sync *s, struct change *c, const struct seen *seen)
{
    struct work *w = c->work = ARENA_NEW(&s->plan.arena, struct work);
    w->account = c->want->account;
    w->live = seen_copy(seen, c->kind, &s->plan.arena);
    w->send = ARENA_ARRAY(&s->plan.arena, kind_field_count(c->kind), bool);
    for (size_t i = 0; i < c->n; i++)
        if (c->fields[i].field && field_writes(&c->fields[i]))
            w->send[c->fields[i].field - c->kind->fields] = true;
    sync_key(c->want, &s->plan.arena, &w->key);
}

/* --- one object ---------------------------------------------------------------------------------- */

/* Offline the record stands in for the live object: what it holds in clear was applied, what it holds as a fingerprint is hidden. */
static void seen_from_record(const struct kind *kind, const struct record *applied, struct arena *a, struct seen *ret)
{
    size_t n = kind_field_count(kind);
    *ret = (struct seen){ .sight = applied ? SIGHT_PRESENT : kind->life == LIFE_UNREADABLE ? SIGHT_NONE : SIGHT_ABSENT };
    ret->slot = ARENA_ARRAY(a, n, struct value *);
    ret->masked = ARENA_ARRAY(a, n, bool);
    for (size_t i = 0; applied && i < n; i++) {
        const struct applied_field *f = record_field(applied, kind->fields[i].path);
        struct err ignored;
        ret->masked[i] = f && f->secret;
        if (!f || f->secret || (kind->fields[i].flags & FIELD_WRITE_ONLY))
            continue;
        json_t *j = json_of_text(f->json, &ignored);
        ret->slot[i] = j && !json_is_null(j) ? json_to_value(j, a) : NULL;
        json_decref(j);
    }
}

static void plan_absent(struct change *c, const struct seen *seen)
{
    c->action = seen->sight == SIGHT_PRESENT ? ACTION_DELETE : ACTION_NONE;
    c->settle = c->action == ACTION_NONE;
}

/* An id that somebody wrote down and that does not exist is a mistake: what would be created gets another one, and would not be found by it. */
static int named_id_exists(const struct sync *s, const struct change *c, struct err *err)
{
    struct str id = object_text(c->want, "/config_id");
    if (c->action != ACTION_CREATE || c->observed_only || !id.n || s->options->offline)
        return 0;
    (void)err_set(err, ERR_REJECTED, "E629", "'config_id' is '%.*s', and the provider has no object of that id", ARG(id));
    return err_hint(err, "Mend it, or remove 'config_id': then the object is found by its key, or created.");
}

static int plan_wanted(struct sync *s, struct change *c, const struct seen *seen, struct arena *scratch, struct err *err)
{
    struct record applied = { 0 }, doubt = { 0 };
    struct seen stand_in;
    int found = s->store ? record_load(s, c->want, scratch, &applied, &doubt, err) : 0;
    if (found < 0)
        return -1;
    if (s->options->offline) {
        seen_from_record(c->kind, found & 1 ? &applied : NULL, scratch, &stand_in);
        seen = &stand_in;
    }
    if (seen->remote_id.n)
        c->remote_id = arena_str(&s->plan.arena, seen->remote_id);
    /* Another id: deleted and made anew by somebody else, so nothing that we sent is in it. */
    bool ours = (found & 1) && (!seen->remote_id.n || !applied.remote_id.n || str_eq(seen->remote_id, applied.remote_id));
    if (c->want->lifecycle == LIFECYCLE_ABSENT) {
        plan_absent(c, seen);
    } else {
        struct diff_input in = { .want = c->want, .seen = seen, .applied = ours ? &applied : NULL, .doubt = found & 2 ? &doubt : NULL,
                                 .key = s->store ? store_key(s->store) : NULL, .adopt = s->options->adopt,
                                 .rewrite = str_matches(s->options->rewrite, s->options->n_rewrite, c->address) };
        in.prints = s->prints;
        in.like = s->like ? s->like->fields : NULL;
        in.n_like = s->like ? s->like->n : 0;
        if (diff_object(&in, &s->plan.arena, c, err) < 0 || named_id_exists(s, c, err) < 0)
            return -1;
        s->like = c;
        for (size_t i = 0; i < c->n && c->fields != in.like; i++)
            c->fields[i].before = scrub_value(s, &s->plan.arena, c->fields[i].before);
        if (c->action == ACTION_NONE)
            c->settle = !c->observed_only && !record_is_current(c, found & 1 ? &applied : NULL, found & 2);
    }
    if (selection_check(s, c, seen, err) < 0)
        return -1;
    if (c->observed_only)
        c->action = ACTION_NONE;
    if (c->action == ACTION_NONE)
        return 0;
    work_new(s, c, seen);
    c->outcome = OUTCOME_PLANNED;
    return views(s, c, seen, err);
}

void plan_object(struct sync *s, struct change *c, const struct seen *seen)
{
    struct arena scratch = { 0 };
    struct err err = { 0 };
    int bad = 0;
    if (c->kind->life == LIFE_EVENT) {
        ledger_plan(s, c);
        if (c->action == ACTION_SEND)
            bad = views(s, c, NULL, &err);
    } else if (c->want) {
        bad = plan_wanted(s, c, seen, &scratch, &err);
    } else {
        plan_absent(c, seen);
        if (c->action == ACTION_DELETE) {
            c->work->live = seen_copy(seen, c->kind, &s->plan.arena);
            c->outcome = OUTCOME_PLANNED;
            bad = views(s, c, seen, &err);
        }
    }
    if (bad)
        plan_failed(s, c, &err);
    arena_release(&scratch);
}
