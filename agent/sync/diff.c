/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The three-way table of contract 5. For each declared field: what is live, what was applied last, what is wanted.
 *
 *   live known    same as wanted                        nothing
 *                 wanted null                           cleared
 *                 never applied, or live = applied      edited (a secret whose fingerprint changed: secret-changed)
 *                 else                                  drift
 *   live unknown  never sent                            first-write
 *                 last sent = wanted                    unverifiable (information)
 *                 else                                  edited, cleared, secret-changed
 *   not declared  applied before                        released (information)
 */
#include <sodium.h>
#include <string.h>

#include "sync/work.h"
#include "wire/encode.h"

enum { MOST_ROWS = 64 };

const struct applied_field *record_field(const struct record *r, const char *path)
{
    for (size_t i = 0; r && i < r->n; i++)
        if (str_is(r->fields[i].path, path))
            return &r->fields[i];
    return NULL;
}

bool diff_hidden(const struct field *f, const struct seen *seen, size_t i)
{
    if (seen->sight == SIGHT_NONE || seen->masked[i])
        return true;
    return !seen->slot[i] && (f->flags & (FIELD_WRITE_ONLY | FIELD_SECRET));
}

/* Rows that are never compared: ours, and the name of an object that cannot be read. */
static bool skipped(const struct diff_input *in, const struct field *f)
{
    return (f->flags & FIELD_OURS) || ((f->flags & FIELD_KEY) && in->want->kind->life == LIFE_UNREADABLE);
}

static bool is_null(const struct value *v)
{
    return !v || v->type == VALUE_NULL;
}

static bool unresolved(const struct value *v)
{
    return v && (v->type == VALUE_REFERENCE || v->type == VALUE_FORMAT);
}

/* The fingerprint of a secret value; "" when there is no key or no text. Objects share their secrets: what env:NAME gave is one
 * text in the vault, so the last prints are known by where that lies. */
static void print_of(const struct diff_input *in, const struct value *v, char ret[FINGERPRINT_TEXT])
{
    ret[0] = '\0';
    if (!v || v->type != VALUE_TEXT || !in->key || !in->key->set)
        return;
    struct known_print *known = v->secret && in->prints ? &in->prints[((uintptr_t)v->text.p >> 4) % KNOWN_PRINTS] : NULL;
    if (!known || known->of.p != v->text.p || known->of.n != v->text.n) {
        vault_print(in->key, v->text, ret);
        if (known) {
            known->of = v->text;
            memcpy(known->print, ret, FINGERPRINT_TEXT);
        }
    } else {
        memcpy(ret, known->print, FINGERPRINT_TEXT);
    }
}

/* Nearly always a text is spelled as it was, and then its JSON need not be read. */
static bool same_spelling(const struct value *want, struct str json)
{
    return want && want->type == VALUE_TEXT && json.n == want->text.n + 2 && json.p[0] == '"' &&
           str_eq((struct str){ json.p + 1, want->text.n }, want->text) && !(want->text.n && memchr(want->text.p, '\\', want->text.n));
}

/* Is `want`, with its fingerprint, what the state holds for this field? */
static bool same_as_printed(const struct field *f, const struct value *want, const char *print, const struct applied_field *applied, struct arena *scratch)
{
    struct err ignored;
    if (same_spelling(want, applied->json) && !applied->secret)
        return true;
    if (applied->secret)
        return print[0] ? str_is(applied->json, print) : is_null(want) && str_is(applied->json, "");
    json_t *j = json_of_text(applied->json, &ignored);
    bool same = j && type_same(f, want, json_to_value(j, scratch));
    json_decref(j);
    return same;
}

static bool same_as_applied(const struct diff_input *in, const struct field *f, const struct value *want, const struct applied_field *applied,
                            struct arena *scratch)
{
    char print[FINGERPRINT_TEXT] = "";
    if (applied->secret)
        print_of(in, want, print);
    return same_as_printed(f, want, print, applied, scratch);
}

static bool secret_same(const struct value *a, const struct value *b)
{
    if (is_null(a) || is_null(b) || a->text.n != b->text.n)
        return is_null(a) && is_null(b);
    return sodium_memcmp(a->text.p, b->text.p, a->text.n) == 0;
}

static struct field_change *add(struct change *c, const struct field *f, enum why why)
{
    struct field_change *fc = &c->fields[c->n++];
    memset(fc, 0, sizeof *fc); /* with what lies between the members, since rows are compared as bytes */
    fc->field = f;
    fc->path = str_of(f->path);
    fc->why = why;
    fc->secret = f->flags & FIELD_SECRET;
    fc->before_known = true;
    return fc;
}

/* What a person compares with: of an inventory only what is selected. */
static const struct value *shown(const struct field *f, const struct value *live, struct arena *a)
{
    if (live && (f->flags & FIELD_SECRET)) { /* that there is one; its text stays here */
        struct value *hidden = ARENA_NEW(a, struct value);
        *hidden = (struct value){ .type = VALUE_TEXT, .secret = true };
        return hidden;
    }
    if (!live || f->type != &type_selection)
        return live ? value_copy(a, live) : NULL;
    struct value *chosen = value_copy(a, live);
    chosen->n = 0;
    for (size_t i = 0; i < live->n; i++)
        if (selection_selected(&live->items[i]))
            chosen->items[chosen->n++] = *value_copy(a, &live->items[i]);
    return chosen;
}

/* The usual case at the price of a comparison: a text without escapes, as it is in the state. */
static bool plainly(const struct value *want, const struct applied_field *applied)
{
    return !applied->secret && want->type == VALUE_TEXT && applied->json.n == want->text.n + 2 && memcmp(applied->json.p + 1, want->text.p, want->text.n) == 0;
}

/* Live is known. */
static bool visible_row(const struct diff_input *in, size_t i, const struct applied_field *applied, struct arena *a, struct change *c)
{
    const struct field *f = &in->want->kind->fields[i];
    const struct value *want = in->want->slot[i], *live = in->seen->slot[i];
    struct arena scratch = { 0 };
    bool secret = f->flags & FIELD_SECRET;
    bool same = secret ? secret_same(want, live) : type_same(f, want, live);
    if (same && applied && !plainly(want, applied) && !same_as_applied(in, f, want, applied, &scratch))
        c->overtaken = true;
    if (!same) {
        bool never = !applied, as_applied = !never && same_as_applied(in, f, live, applied, &scratch);
        enum why why = never || as_applied ? WHY_EDITED : WHY_DRIFT;
        if (is_null(want))
            why = WHY_CLEARED;
        else if (secret && !never && !same_as_applied(in, f, want, applied, &scratch))
            why = WHY_SECRET_CHANGED;
        struct field_change *fc = add(c, f, why);
        fc->after = want;
        fc->before = shown(f, live, a);
        fc->sent_at = applied ? applied->at : 0;
        if (secret) {
            print_of(in, live, fc->before_print);
            print_of(in, want, fc->after_print);
        }
        c->risky |= f->guard == GUARD_REACH && !is_null(live);
    }
    arena_release(&scratch);
    return !same;
}

/* Live is unknown: what was sent last stands in. */
static bool hidden_row(const struct diff_input *in, size_t i, const struct applied_field *applied, const struct applied_field *doubt,
                       struct arena *a, struct change *c)
{
    const struct field *f = &in->want->kind->fields[i];
    const struct value *want = in->want->slot[i];
    struct arena scratch = { 0 };
    char print[FINGERPRINT_TEXT] = "";
    if ((f->flags & FIELD_SECRET) || (applied && applied->secret) || (doubt && doubt->secret))
        print_of(in, want, print);
    bool approved = doubt && same_as_printed(f, want, print, doubt, &scratch); /* this very write was let pass before */
    bool same = applied && !doubt && (unresolved(want) || same_as_printed(f, want, print, applied, &scratch));
    enum why why = !applied || (doubt && same_as_printed(f, want, print, applied, &scratch)) ? WHY_FIRST_WRITE
                   : same              ? WHY_UNVERIFIABLE
                   : is_null(want)     ? WHY_CLEARED
                   : f->flags & FIELD_SECRET ? WHY_SECRET_CHANGED
                                             : WHY_EDITED;
    if (why == WHY_FIRST_WRITE && in->adopt && !doubt)
        why = WHY_UNVERIFIABLE;
    struct field_change *fc = add(c, f, why);
    fc->rewrite = why == WHY_UNVERIFIABLE && in->rewrite && !unresolved(want);
    fc->adopted = why == WHY_UNVERIFIABLE && !applied;
    fc->after = want;
    fc->before_known = applied && !doubt;
    fc->sent_at = applied ? applied->at : 0;
    if (f->flags & FIELD_SECRET) {
        memcpy(fc->after_print, print, sizeof print);
        if (print[0] && !field_writes(fc))
            fc->after = NULL; /* the print says it all, and neighbours may share the row */
        if (applied && applied->secret && applied->json.n < sizeof fc->before_print)
            memcpy(fc->before_print, applied->json.p, applied->json.n);
    } else if (applied) {
        struct err ignored;
        json_t *j = json_of_text(applied->json, &ignored);
        fc->before = j ? json_to_value(j, a) : NULL;
        json_decref(j);
    }
    arena_release(&scratch);
    bool writes = field_writes(fc);
    c->risky |= writes && f->guard == GUARD_REACH && !approved;
    return writes;
}

static bool new_row(const struct diff_input *in, size_t i, struct change *c)
{
    const struct field *f = &in->want->kind->fields[i];
    if (is_null(in->want->slot[i]))
        return false;
    struct field_change *fc = add(c, f, WHY_NEW);
    fc->after = in->want->slot[i];
    if (f->flags & FIELD_SECRET)
        print_of(in, fc->after, fc->after_print);
    return true;
}

static void released_row(const struct field *f, const struct applied_field *applied, const struct seen *seen, size_t i, struct arena *a,
                         struct change *c)
{
    struct field_change *fc = add(c, f, WHY_RELEASED);
    fc->sent_at = applied->at;
    if (seen->slot && seen->slot[i] && !fc->secret)
        fc->before = shown(f, seen->slot[i], a);
    else
        fc->before_known = false;
}

static bool immutable_differs(const struct object *o, const struct seen *seen, size_t i)
{
    const struct value *want = o->slot[i], *live = seen->slot ? seen->slot[i] : NULL;
    return (o->kind->fields[i].flags & FIELD_IMMUTABLE) && seen->sight == SIGHT_PRESENT && want && live && !type_same(&o->kind->fields[i], want, live);
}

int diff_immutable(const struct object *o, const struct seen *seen, struct err *err)
{
    for (size_t i = 0; o->kind->fields[i].path; i++) {
        if (!immutable_differs(o, seen, i))
            continue;
        (void)err_set(err, ERR_REJECTED, "E625", "'%s' is '%.*s' at the provider and '%.*s' here, and cannot be changed", field_name(&o->kind->fields[i]),
                      ARG(seen->slot[i]->text), ARG(o->slot[i]->text));
        return err_hint(err, "Write the provider's value, or give the object a new name and create it anew.");
    }
    return 0;
}

static int needed_to_create(const struct object *want, struct err *err)
{
    for (size_t i = 0; want->kind->fields[i].path; i++) {
        const struct field *f = &want->kind->fields[i];
        if ((f->flags & FIELD_CREATE) && is_null(want->slot[i])) {
            (void)err_set(err, ERR_REJECTED, "E626", "it does not exist yet, and '%s' is needed to create it", field_name(f));
            return err_hint(err, "Add '%s' to the document.", field_name(f));
        }
    }
    return 0;
}

/* Of 10,000 objects in sync nearly all say the same: so many secrets, last sent in one run. Such rows are kept once. */
static struct field_change *keep_rows(const struct diff_input *in, const struct field_change *rows, size_t n, struct arena *a)
{
    if (n && n == in->n_like && memcmp(in->like, rows, n * sizeof *rows) == 0)
        return in->like;
    struct field_change *own = ARENA_ARRAY(a, n, struct field_change);
    if (n)
        memcpy(own, rows, n * sizeof *rows);
    return own;
}

int diff_object(const struct diff_input *in, struct arena *a, struct change *c, struct err *err)
{
    const struct kind *kind = in->want->kind;
    size_t n = kind_field_count(kind);
    struct field_change rows[MOST_ROWS];
    bool writes = false, absent = in->seen->sight == SIGHT_ABSENT;
    bool observed = in->want->lifecycle == LIFECYCLE_OBSERVE; /* what could not be written is no mistake: nobody writes it */
    if (n > MOST_ROWS)
        return err_set(err, ERR_BUG, "E509", "kind '%s' has %zu rows", kind->name, n);
    c->n = 0;
    c->risky = false;
    c->class = GUARD_COSMETIC;
    c->fields = NULL;
    if (!observed && diff_immutable(in->want, in->seen, err) < 0)
        return -1;
    c->fields = rows;
    for (size_t i = 0; i < n; i++) {
        const struct field *f = &kind->fields[i];
        const struct applied_field *applied = record_field(in->applied, f->path), *doubt = record_field(in->doubt, f->path);
        bool wrote = false;
        if (skipped(in, f) && !immutable_differs(in->want, in->seen, i))
            continue;
        if (!in->want->slot[i]) {
            if (applied && !absent)
                released_row(f, applied, in->seen, i, a, c);
            continue;
        }
        if (absent)
            wrote = new_row(in, i, c);
        else if (diff_hidden(f, in->seen, i) || unresolved(in->want->slot[i]))
            wrote = hidden_row(in, i, applied, doubt, a, c);
        else
            wrote = visible_row(in, i, applied, a, c);
        writes |= wrote;
        if (wrote && f->guard > c->class)
            c->class = f->guard;
    }
    c->fields = keep_rows(in, rows, c->n, a);
    c->action = absent ? ACTION_CREATE : writes ? ACTION_UPDATE : ACTION_NONE;
    return absent && !observed ? needed_to_create(in->want, err) : 0;
}
