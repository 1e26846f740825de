/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages: each recipient of a message document is written to at most once for ever. The ledger in the state has a row per recipient, made
 * durable before the request. What was sent under a name cannot be changed under that name (contract 3).
 */
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "sync/work.h"
#include "wire/encode.h"

/* One person has one key, however the number is spelled: digits only when there are no letters in it. */
static struct str recipient_key(struct str list, struct str id, struct arena *a)
{
    auto_buf b = buf_init(4096);
    bool number = strpbrk(id.p, "0123456789") != NULL;
    for (size_t i = 0; i < id.n; i++)
        number = number && (isdigit((unsigned char)id.p[i]) || strchr("+ -().", id.p[i]));
    buf_printf(&b, "%.*s:", ARG(list));
    for (size_t i = 0; i < id.n; i++)
        if (!number || isdigit((unsigned char)id.p[i]))
            buf_char(&b, id.p[i]);
    return arena_str(a, buf_str(&b));
}

static size_t each_field(const struct kind *kind)
{
    return kind_field_index(kind, kind->each);
}

/* What an entry says to its recipients: everything but who they are. */
static void entry_digest(const struct object *want, const struct value *entry, char ret[VAULT_DIGEST])
{
    struct arena a = { 0 };
    struct err ignored;
    json_t *body = NULL;
    struct value alone = { .type = VALUE_MAP };
    const struct value *reference = value_member(entry, STR("correlationid"));
    struct encode_input in = { .kind = want->kind, .op = &want->kind->create, .want = want, .entry = &alone };
    (void)encode_body(&in, &body, &ignored);
    auto_buf b = buf_init(BUF_UNBOUNDED);
    buf_add(&b, json_compact(body, &a));
    buf_char(&b, '\n');
    if (reference)
        buf_add(&b, reference->text);
    vault_digest(buf_str(&b), ret);
    json_decref(body);
    arena_release(&a);
}

static int find(struct sync *s, const struct object *want, struct str recipient, struct arena *a, struct message *ret, struct err *err)
{
    struct record_key key;
    if (!s->store)
        return 0;
    sync_key(want, a, &key);
    key.natural = recipient;
    int found = store_message_find(s->store, &key, a, ret, err);
    if (found != 0 || !want->moved_from.n)
        return found;
    key.address = want->moved_from;
    return store_message_find(s->store, &key, a, ret, err);
}

static void changed_after_sent(struct sync *s, const struct object *want, const struct value *entry, const struct message *m)
{
    char when[CLOCK_TEXT];
    clock_text(m->at, when);
    struct diag *d = diag_add(&s->diags, SEVERITY_ERROR, "E804", entry->at, "'%.*s' was sent to '%.*s' on %.10s with another content.", ARG(want->name),
                              ARG(m->key.natural), when);
    d->address = arena_str(&s->diags.arena, want->address);
    diag_hint(&s->diags, d, "A message is sent once. Give the new text a new name (metadata.name).");
}

struct entry_state { size_t open, sent, unsure, changed; };

/* Sorts the recipients of one entry; the open ones are collected in *ret (a map with one list and the correlationid). */
static int look(struct sync *s, const struct object *want, const struct value *entry, struct value *ret, struct entry_state *n, struct err *err)
{
    struct arena *a = &s->plan.arena, scratch = { 0 };
    char digest[VAULT_DIGEST];
    entry_digest(want, entry, digest);
    *ret = (struct value){ .type = VALUE_MAP, .items = ARENA_ARRAY(a, entry->n, struct value), .at = entry->at };
    int bad = 0;
    for (size_t i = 0; i < entry->n && !bad; i++) {
        const struct value *list = &entry->items[i];
        struct value *to = &ret->items[ret->n];
        *to = *list;
        if (list->type != VALUE_LIST) {
            ret->n++;
            continue;
        }
        to->items = ARENA_ARRAY(a, list->n, struct value);
        to->n = 0;
        for (size_t k = 0; k < list->n && !bad; k++) {
            struct message m;
            int found = find(s, want, recipient_key(value_key(list), list->items[k].text, &scratch), &scratch, &m, err);
            bad = found < 0;
            bool closed = found > 0 && m.state != MESSAGE_REFUSED;
            if (closed && !str_is(m.digest, digest) && n->changed++ == 0)
                changed_after_sent(s, want, entry, &m);
            n->sent += closed && m.state == MESSAGE_SENT;
            n->unsure += closed && m.state != MESSAGE_SENT;
            n->open += !closed;
            if (!closed)
                to->items[to->n++] = list->items[k];
        }
        ret->n += to->n > 0;
    }
    arena_release(&scratch);
    return bad ? -1 : 0;
}

int64_t ledger_not_after(const struct object *want)
{
    int64_t until;
    return clock_parse(object_text(want, "/not_after"), &until) ? until : 0;
}

bool ledger_expired(const struct object *want, int64_t now)
{
    int64_t until = ledger_not_after(want);
    return until && now > until;
}

static void add_entry(struct sync *s, struct change *c, const struct field *f, size_t i, const struct value *entry)
{
    c->work->entries[c->work->n_entries++] = entry;
    c->fields[c->n++] = (struct field_change){ .field = f, .path = arena_printf(&s->plan.arena, "%s/%zu", f->path, i), .why = WHY_NEW, .after = entry,
                                               .before_known = true };
}

static void set_outcome(struct sync *s, struct change *c, const struct entry_state *n)
{
    struct err err;
    if (n->unsure) {
        (void)err_set(&err, ERR_UNSURE, "E802", "it is not known whether it reached %zu of its recipients; it is never sent again by itself", n->unsure);
        (void)err_hint(&err, "Ask them or the provider, then run `waconf resolve %.*s --sent` or `--not-sent`.", ARG(c->address));
        c->outcome = OUTCOME_UNSURE;
        c->error = plan_error(s, &err);
    } else if (n->open && ledger_expired(c->want, s->now)) {
        (void)err_set(&err, ERR_REJECTED, "E803", "'not_after' (%.*s) has passed, so it is not sent any more", ARG(object_text(c->want, "/not_after")));
        c->outcome = OUTCOME_SKIPPED;
        c->error = plan_error(s, &err);
    } else if (n->open && !c->observed_only) {
        c->action = ACTION_SEND;
        c->outcome = OUTCOME_PLANNED;
        c->class = GUARD_VISIBLE;
    }
}

void ledger_plan(struct sync *s, struct change *c)
{
    struct arena *a = &s->plan.arena;
    size_t at = each_field(c->kind);
    const struct field *f = &c->kind->fields[at];
    const struct value *list = c->want->slot[at];
    struct entry_state n = { 0 };
    struct err err = { 0 };
    c->work = ARENA_NEW(a, struct work);
    c->work->account = c->want->account;
    c->work->entries = ARENA_ARRAY(a, list->n, const struct value *);
    c->fields = ARENA_ARRAY(a, list->n, struct field_change);
    sync_key(c->want, a, &c->work->key);
    for (size_t i = 0; i < list->n; i++) {
        struct value *open = ARENA_NEW(a, struct value);
        size_t before = n.open;
        if (look(s, c->want, &list->items[i], open, &n, &err) < 0) {
            plan_failed(s, c, &err);
            return;
        }
        if (n.open > before)
            add_entry(s, c, f, i, open);
    }
    set_outcome(s, c, &n);
    if (c->outcome != OUTCOME_PLANNED)
        c->n = c->work->n_entries = 0;
}

int ledger_mark(struct sync *s, const struct change *c, const struct value *entry, enum message_state state, struct str remote_id, struct str detail,
                struct err *err)
{
    struct arena a = { 0 };
    char digest[VAULT_DIGEST];
    int bad = 0;
    entry_digest(c->want, entry, digest);
    struct message m = { .key = c->work->key, .state = state, .digest = str_of(digest), .remote_id = remote_id, .detail = detail, .run = s->run_id,
                         .at = clock_wall() };
    for (size_t i = 0; i < entry->n; i++)
        for (size_t k = 0; entry->items[i].type == VALUE_LIST && k < entry->items[i].n && !bad; k++) {
            m.key.natural = recipient_key(value_key(&entry->items[i]), entry->items[i].items[k].text, &a);
            bad = store_message_put(s->store, &m, err);
        }
    arena_release(&a);
    return bad;
}
