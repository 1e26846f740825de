/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the state is told: intents before writes, last-applied values after them, outcomes for the history. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sync/work.h"

enum { MOST_FIELDS = 64 };

/* --- one field ----------------------------------------------------------------------------------- */

/* The value of a declared field as the state keeps it: compact JSON, or the fingerprint of a secret. */
static void field_text(struct sync *s, const struct field *f, const struct value *v, struct arena *a, struct applied_field *ret)
{
    char print[VAULT_PRINT] = "";
    ret->path = str_of(f->path);
    ret->secret = (f->flags & FIELD_SECRET) || value_is_secret(v);
    if (ret->secret) {
        if (v->type == VALUE_TEXT)
            vault_print(store_key(s->store), v->text, print);
        ret->json = arena_str(a, str_of(print));
        return;
    }
    json_t *j = json_of_value(v);
    ret->json = json_compact(j, a);
    json_decref(j);
}

static const struct field_change *change_of(const struct change *c, const struct field *f)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->fields[i].field == f)
            return &c->fields[i];
    return NULL;
}

static bool recorded(const struct kind *kind, const struct field *f)
{
    return !(f->flags & FIELD_OURS) && !((f->flags & FIELD_KEY) && kind->life == LIFE_UNREADABLE);
}

/* --- intents ------------------------------------------------------------------------------------- */

static struct str fields_to_text(const struct applied_field *fields, size_t n, struct arena *a)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(list, json_pack("{s:o, s:o, s:b}", "path", json_of_str(fields[i].path), "json", json_of_str(fields[i].json),
                                                    "secret", fields[i].secret));
    struct str text = json_compact(list, a);
    json_decref(list);
    return text;
}

static void fields_from_text(struct str text, struct arena *a, struct record *ret)
{
    struct err ignored;
    size_t i;
    json_t *item, *list = json_of_text(text, &ignored);
    ret->fields = ARENA_ARRAY(a, json_array_size(list), struct applied_field);
    json_array_foreach(list, i, item) {
        struct applied_field *f = &ret->fields[ret->n++];
        (void)json_as_text(json_object_get(item, "path"), a, &f->path);
        (void)json_as_text(json_object_get(item, "json"), a, &f->json);
        f->secret = json_is_true(json_object_get(item, "secret"));
    }
    json_decref(list);
}

int record_intent(struct sync *s, const struct change *c, struct err *err)
{
    struct arena a = { 0 };
    struct applied_field fields[MOST_FIELDS];
    size_t n = 0;
    for (size_t i = 0; c->want && i < c->n && n < MOST_FIELDS; i++)
        if (c->fields[i].field && field_writes(&c->fields[i]))
            field_text(s, c->fields[i].field, c->fields[i].after, &a, &fields[n++]);
    struct intent intent = { .key = c->work->key, .action = str_of(action_names[c->action]), .digest = fields_to_text(fields, n, &a), .run = s->run_id,
                             .at = s->now };
    int bad = store_intent(s->store, &intent, err);
    arena_release(&a);
    return bad;
}

static struct str key_text(const struct record_key *k, struct arena *a)
{
    return arena_printf(a, "%.*s\n%.*s\n%.*s", ARG(k->origin), ARG(k->tenant), ARG(k->natural));
}

/* Does a document of the tree have this key? */
static bool key_declared(struct sync *s, const struct record_key *key, struct arena *a)
{
    static char taken;
    struct arena *keep = &s->plan.arena;
    for (size_t i = s->keys.n ? s->tree.n : 0; i < s->tree.n; i++) {
        struct record_key k;
        sync_key(s->tree.objects[i], keep, &k);
        (void)map_add(&s->keys, key_text(&k, keep), &taken);
    }
    return map_get(&s->keys, key_text(key, a)) != NULL;
}

/* An object that has an id stays the same one when its natural key is edited, unless another document has the old key now (contract 3). */
static int moved_load(struct sync *s, const struct object *want, const struct record_key *key, struct arena *a, struct record *ret, struct err *err)
{
    struct record old;
    if (want->kind->life != LIFE_COLLECTION)
        return 0;
    int found = store_find_moved(s->store, key, a, &old, err);
    if (found <= 0)
        return found;
    if (!old.remote_id.n || key_declared(s, &old.key, a))
        return 0;
    *ret = old;
    return 1;
}

int record_load(struct sync *s, const struct object *want, struct arena *a, struct record *ret, struct record *ret_doubt, struct err *err)
{
    struct record_key key;
    struct intent intent;
    *ret = *ret_doubt = (struct record){ 0 };
    if (!s->store)
        return 0;
    sync_key(want, a, &key);
    int found = store_find(s->store, &key, a, ret, err);
    if (found == 0 && want->moved_from.n) {
        key.address = want->moved_from;
        found = store_find(s->store, &key, a, ret, err);
        key.address = want->address;
    }
    if (found == 0)
        found = moved_load(s, want, &key, a, ret, err);
    int doubt = found < 0 ? -1 : store_intent_find(s->store, &key, a, &intent, err);
    if (doubt == 0 && want->moved_from.n) { /* a write under the old name whose outcome nobody recorded */
        key.address = want->moved_from;
        doubt = store_intent_find(s->store, &key, a, &intent, err);
    }
    if (doubt < 0)
        return -1;
    if (doubt)
        fields_from_text(intent.digest, a, ret_doubt);
    return (found ? 1 : 0) | (doubt ? 2 : 0);
}

/* --- last applied -------------------------------------------------------------------------------- */

static bool key_is_current(const struct change *c, const struct record *applied)
{
    struct arena a = { 0 };
    struct record_key now;
    sync_key(c->want, &a, &now);
    bool same = str_eq(now.natural, applied->key.natural);
    arena_release(&a);
    return same;
}

bool record_is_current(const struct change *c, const struct record *applied, bool doubt)
{
    if (doubt || !applied || c->overtaken || !str_eq(applied->key.address, c->address) || !str_eq(applied->remote_id, c->remote_id))
        return false;
    if (c->kind->life == LIFE_COLLECTION && !key_is_current(c, applied))
        return false;
    size_t n = 0;
    for (size_t i = 0; c->kind->fields[i].path; i++) {
        const struct field *f = &c->kind->fields[i];
        if (!c->want->slot[i] || !recorded(c->kind, f))
            continue;
        if (!record_field(applied, f->path))
            return false;
        n++;
    }
    return n == applied->n; /* nothing is managed that is no longer declared */
}

/* A declared field after this change: as sent, as found, or as the state had it. */
static void settle_field(struct sync *s, const struct change *c, const struct field *f, const struct value *want, const struct record *before, bool sent,
                         struct arena *a, struct record *ret)
{
    const struct field_change *fc = change_of(c, f);
    const struct applied_field *old = record_field(before, f->path);
    struct applied_field *to = &ret->fields[ret->n];
    bool writes = fc && field_writes(fc);
    if (writes && !sent) {
        if (old)
            ret->fields[ret->n++] = *old;
        return;
    }
    if (fc && !writes && !fc->adopted) { /* unverifiable: what was sent last stands */
        if (old)
            ret->fields[ret->n++] = *old;
        return;
    }
    field_text(s, f, want, a, to);
    to->at = s->now;
    to->adopted = !writes;
    if (!writes && old && str_eq(old->json, to->json)) {
        to->at = old->at;
        to->adopted = old->adopted;
    }
    ret->n++;
}

int record_applied(struct sync *s, const struct change *c, bool sent, struct err *err)
{
    struct arena a = { 0 };
    /* An id with somebody's key in it is not kept: the object is found by its natural key the next time. */
    struct record before, doubt, now = { .account = c->want->account->address, .at = s->now,
                                         .remote_id = vault_leaks(s->vault, c->remote_id) ? STR("") : c->remote_id };
    int found = record_load(s, c->want, &a, &before, &doubt, err);
    int bad = found < 0;
    sync_key(c->want, &a, &now.key);
    now.fields = ARENA_ARRAY(&a, kind_field_count(c->kind), struct applied_field);
    for (size_t i = 0; !bad && c->kind->fields[i].path; i++)
        if (c->want->slot[i] && recorded(c->kind, &c->kind->fields[i]))
            settle_field(s, c, &c->kind->fields[i], c->want->slot[i], found & 1 ? &before : NULL, sent, &a, &now);
    bool moved = (found & 1) && !str_eq(before.key.natural, now.key.natural);
    if (!bad && moved)
        bad = store_delete(s->store, &before.key, err) < 0 || store_intent_done(s->store, &before.key, err) < 0;
    if (!bad && (moved || !(found & 1))) {
        struct str kind = c->address;
        while (kind.n && kind.p[kind.n - 1] != '/')
            kind.n--;
        bad = store_delete_others(s->store, &now.key, kind, err) < 0;
    }
    bad = bad || store_put(s->store, &now, err) < 0 || store_intent_done(s->store, &now.key, err) < 0;
    if (!bad && c->want->moved_from.n) {
        struct record_key old = now.key;
        old.address = c->want->moved_from;
        bad = store_delete(s->store, &old, err) < 0 || store_intent_done(s->store, &old, err) < 0;
    }
    arena_release(&a);
    return bad ? -1 : 0;
}

int record_deleted(struct sync *s, const struct change *c, struct err *err)
{
    struct arena a = { 0 };
    struct record_key key;
    if (c->want)
        sync_key(c->want, &a, &key);
    else
        key = c->work->key;
    struct record before, doubt;
    int found = c->want ? record_load(s, c->want, &a, &before, &doubt, err) : 0;
    int bad = found < 0 || store_delete(s->store, &key, err) < 0 || store_intent_done(s->store, &key, err) < 0;
    if (!bad && (found & 1))
        bad = store_delete(s->store, &before.key, err) < 0;
    arena_release(&a);
    return bad ? -1 : 0;
}

/* --- history ------------------------------------------------------------------------------------- */

static json_t *shown(const struct field_change *fc, const struct value *v, const char *print)
{
    if (fc->secret || (v && value_is_secret(v)))
        return json_pack("{s:b, s:s}", "secret", 1, "fingerprint", print);
    json_t *j = v ? json_of_value(v) : json_null();
    return j ? j : json_null();
}

int record_outcome(struct sync *s, const struct change *c, struct err *err)
{
    struct arena a = { 0 };
    json_t *list = json_array();
    for (size_t i = 0; i < c->n; i++) {
        const struct field_change *fc = &c->fields[i];
        if (field_writes(fc) || fc->why == WHY_RELEASED)
            (void)json_array_append_new(list, json_pack("{s:o, s:s, s:o, s:o}", "path", json_of_str(fc->path), "why", why_names[fc->why], "before",
                                                        shown(fc, fc->before, fc->before_print), "after", shown(fc, fc->after, fc->after_print)));
    }
    int bad = store_run_outcome(s->store, c->address, str_of(action_names[c->action]), str_of(outcome_names[c->outcome]),
                                c->error ? str_of(c->error->text) : STR(""), json_compact(list, &a), err);
    json_decref(list);
    arena_release(&a);
    return bad;
}
