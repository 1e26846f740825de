/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only the whole tree can show: two of one name, a missing account, one number claimed twice (contract 1). */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sync/load_private.h"

static struct diag *find(struct loading *l, enum severity severity, const char *code, struct loc at, const struct object *o,
                         const char *message)
{
    struct diag *item = diag_add(l->diags, severity, code, at, "%s", message);
    item->address = arena_str(&l->diags->arena, o->address);
    return item;
}

static struct loc place_of(const struct object *o, const struct value *v)
{
    return v && v->at.line ? v->at : o->at;
}

/* --- one address, one document ------------------------------------------------------------------------ */

static void check_duplicates(struct loading *l)
{
    char what[512];
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct object *o = l->entries[i].object, *first = kept ? l->entries[kept - 1].object : NULL;
        if (!first || !str_eq(o->address, first->address)) {
            l->entries[kept++] = l->entries[i];
            continue;
        }
        (void)snprintf(what, sizeof what, "'%.*s' is declared a second time; the first is at %s:%u.", ARG(o->address), first->at.file,
                       first->at.line);
        diag_hint(l->diags, find(l, SEVERITY_ERROR, "E213", o->at, o, what), "Give one of them another name, or remove it.");
    }
    l->n = kept;
}

static struct object *object_at(const struct loading *l, struct str address)
{
    size_t low = 0, high = l->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = str_cmp(l->entries[middle].object->address, address);
        if (c == 0)
            return l->entries[middle].object;
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void check_moved(struct loading *l)
{
    struct map claims = { 0 };
    char what[512];
    for (size_t i = 0; i < l->n; i++) {
        struct object *o = l->entries[i].object;
        if (!o->moved_from.n)
            continue;
        const struct object *there = object_at(l, o->moved_from), *other = map_add(&claims, o->moved_from, o);
        if (there) {
            (void)snprintf(what, sizeof what, "'%.*s' says that it was '%.*s', which the tree still has at %s:%u.", ARG(o->name),
                           ARG(o->moved_from), there->at.file, there->at.line);
            diag_hint(l->diags, find(l, SEVERITY_ERROR, "E212", o->at, o, what), "Remove movedFrom, or the document with the old name.");
        } else if (other) {
            (void)snprintf(what, sizeof what, "'%.*s' says that it was '%.*s', and so does '%.*s' at %s:%u.", ARG(o->name), ARG(o->moved_from),
                           ARG(other->name), other->at.file, other->at.line);
            diag_hint(l->diags, find(l, SEVERITY_ERROR, "E212", o->at, o, what), "Only one document can go on under a new name.");
        }
    }
    map_release(&claims);
}

/* --- accounts ------------------------------------------------------------------------------------------ */

static void find_account_missing(struct loading *l, const struct object *o, const struct provider *p, const struct value *v)
{
    enum { MOST = 256 };
    const char *names[MOST];
    char what[256];
    size_t n = 0;
    for (size_t i = 0; i < l->n && n < MOST; i++)
        if (l->entries[i].object->kind == p->account)
            names[n++] = l->entries[i].object->name.p;
    const char *near = load_nearest(l, v->text, names, n);
    (void)snprintf(what, sizeof what, "There is no account '%s/Account/%s'.", p->group, load_cut(v->text).p);
    struct diag *item = find(l, SEVERITY_ERROR, "E214", v->at, o, what);
    if (near)
        diag_hint(l->diags, item, "Did you mean '%s'?", near);
    else if (n)
        diag_hint(l->diags, item, "The tree has '%s'%s.", names[0], n > 1 ? " and others" : "");
    else
        diag_hint(l->diags, item, "Add a document of kind Account with apiVersion %s/%s, or name its file as a further TREE.",
                  p->group, p->version);
}

/* `last` is the object before: neighbours mostly share an account. */
static void link_account(struct loading *l, struct object *o, const struct object *last)
{
    bool alert = load_is_alert(o);
    const struct provider *p = alert ? provider_find(STR(ALERT_MESSAGE_GROUP)) : o->provider;
    const struct value *v = object_get(o, alert ? "/message/account" : "/account");
    char address[256];
    if (!v || (o->kind->life == LIFE_ACCOUNT && !alert))
        return;
    if (v->type != VALUE_TEXT) {
        if (v->type >= VALUE_REFERENCE)
            diag_hint(l->diags, find(l, SEVERITY_ERROR, "E313", v->at, o, "'account' decides where to call, so it cannot be a reference."),
                      "Write the name of the Account document.");
        return;
    }
    if (last && last->account && last->account->provider == p && str_eq(last->account->name, v->text)) {
        o->account = last->account;
        return;
    }
    int n = snprintf(address, sizeof address, "%s/%s/%.*s", p->group, p->account->name, (int)(v->text.n < 100 ? v->text.n : 100),
                     v->text.p);
    o->account = object_at(l, (struct str){ address, (size_t)n });
    if (!o->account && !l->lost && v->text.n)
        find_account_missing(l, o, p, v);
}

static void check_accounts(struct loading *l)
{
    struct map used = { 0 };
    char what[512];
    for (size_t i = 0; i < l->n; i++) {
        struct object *o = l->entries[i].object, *last = i ? l->entries[i - 1].object : NULL;
        link_account(l, o, last);
        if (o->account && !(last && last->account == o->account))
            (void)map_add(&used, o->account->address, l);
    }
    for (size_t i = 0; i < l->n && !l->lost && !l->diags->errors && !l->options->prune; i++) { /* beside errors it may only look so */
        const struct object *o = l->entries[i].object;
        if (o->kind->life != LIFE_ACCOUNT || load_is_alert(o) || map_get(&used, o->address))
            continue;
        (void)snprintf(what, sizeof what, "Nothing uses the account '%.*s'.", ARG(o->name));
        diag_hint(l->diags, find(l, SEVERITY_WARNING, "W201", o->at, o, what), "Remove it, or name it in the 'account' of a document.");
    }
    map_release(&used);
}

/* --- one thing at the provider, one document -------------------------------------------------------------- */

/* Where an object's requests go, as far as it is known: the origin of the account's first URL; the whole URL for what has no key of its
 * own, since two servers may share an origin under different paths. */
static void add_origin(struct loading *l, const struct object *account, bool whole, struct buf *out)
{
    for (const struct field *f = account->kind->fields; f->path; f++) {
        const struct value *v = account->slot[f - account->kind->fields];
        if (!(f->flags & FIELD_ORIGIN) || !v)
            continue;
        struct str url = v->type == VALUE_TEXT ? type_normal(f, &l->nodes, v->text) : account->address;
        long host = str_find(url, STR("://"));
        struct str rest = str_skip(url, host < 0 ? url.n : (size_t)host + 3);
        long slash = str_find(rest, STR("/"));
        buf_add(out, whole || slash < 0 ? url : str_head(url, url.n - rest.n + (size_t)slash));
        return;
    }
    buf_add(out, account->address);
}

/* Claims of all objects. Neighbours mostly share an account, so its origin is worked out once for a run of them. */
struct claims {
    struct map map;
    const struct object *account;
    struct buf origin, key;
};

static const struct object *claim_key(struct loading *l, struct claims *c, const struct object *o, const struct field *f, const struct value *v)
{
    if (c->account != o->account || !f) {
        buf_clear(&c->origin);
        add_origin(l, o->account, !f, &c->origin);
        c->account = f ? o->account : NULL;
    }
    buf_clear(&c->key);
    buf_puts(&c->key, o->provider->group);
    buf_puts(&c->key, o->kind->name);
    buf_add(&c->key, buf_str(&c->origin));
    if (f) {
        buf_puts(&c->key, f->path);
        buf_char(&c->key, ' ');
        buf_add(&c->key, type_normal(f, &l->nodes, v->text));
    }
    const struct object *first = map_get(&c->map, buf_str(&c->key));
    if (!first)
        (void)map_add(&c->map, arena_str(&l->arena, buf_str(&c->key)), (void *)o);
    return first;
}

static void claim(struct loading *l, struct claims *claims, const struct object *o, const struct field *f, const struct value *v)
{
    char what[768];
    const struct object *first = claim_key(l, claims, o, f, v);
    if (!first)
        return;
    const struct value *there = f ? first->slot[f - first->kind->fields] : NULL;
    struct loc other = place_of(first, there);
    if (f)
        (void)snprintf(what, sizeof what, "The %s %s is claimed by '%.*s' already, at %s:%u.", field_name(f), load_cut(v->text).p,
                       ARG(first->name), other.file, other.line);
    else
        (void)snprintf(what, sizeof what, "The one %s of this account is declared by '%.*s' already, at %s:%u.", o->kind->name,
                       ARG(first->name), other.file, other.line);
    diag_hint(l->diags, find(l, SEVERITY_ERROR, "E215", place_of(o, v), o, what), "Two documents would overwrite each other: keep one of them.");
}

static bool has_key(const struct kind *kind)
{
    for (const struct field *f = kind->fields; f->path; f++)
        if (f->flags & (FIELD_KEY | FIELD_CLAIM))
            return true;
    return false;
}

static void check_claims(struct loading *l)
{
    struct claims claims = { .origin = buf_init(BUF_UNBOUNDED), .key = buf_init(BUF_UNBOUNDED) };
    for (size_t i = 0; i < l->n; i++) {
        const struct object *o = l->entries[i].object;
        if (!o->account || o->lifecycle == LIFECYCLE_SUSPENDED)
            continue;
        if (o->kind->life == LIFE_SINGLETON && !has_key(o->kind))
            claim(l, &claims, o, NULL, NULL);
        for (const struct field *f = o->kind->fields; f->path; f++) {
            const struct value *v = o->slot[f - o->kind->fields];
            if (f->flags & FIELD_CLAIM && v && v->type == VALUE_TEXT && v->text.n)
                claim(l, &claims, o, f, v);
        }
        arena_reset(&l->nodes);
    }
    map_release(&claims.map);
    buf_release(&claims.origin);
    buf_release(&claims.key);
}

/* --- every text of an object ------------------------------------------------------------------------------ */

struct visit {
    struct loading *l;
    const struct object *o;
    struct map numbers;           /* digits -> the first object that has them */
};

static struct str digits_of(struct arena *a, struct str text)
{
    char *p = (char *)arena_str(a, text).p;
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= '0' && text.p[i] <= '9')
            p[n++] = text.p[i];
    return (struct str){ p, n };
}

static void see_number(struct visit *w, const struct value *v)
{
    char what[512];
    struct str digits = digits_of(&w->l->nodes, v->text);
    const struct object *first = digits.n >= 7 ? map_get(&w->numbers, digits) : w->o;
    if (!first) {
        (void)map_add(&w->numbers, arena_str(&w->l->arena, digits), (void *)w->o);
        return;
    }
    if (first->provider == w->o->provider)
        return;
    (void)snprintf(what, sizeof what, "The number %s is declared by '%.*s' too, at %s:%u.", load_cut(v->text).p, ARG(first->address),
                   first->at.file, first->at.line);
    diag_hint(w->l->diags, find(w->l, SEVERITY_WARNING, "W203", place_of(w->o, v), w->o, what),
              "A WhatsApp number lives at one provider. Remove one, unless the number is being moved.");
}

static void see_hook(struct visit *w, const struct field *f, const struct value *v)
{
    char what[256];
    if (!str_eq_nocase(str_head(v->text, 7), STR("http://")))
        return;
    (void)snprintf(what, sizeof what, "'%s' is not https: what customers write would cross the network in clear.", field_name(f));
    diag_hint(w->l->diags, find(w->l, SEVERITY_WARNING, "W202", place_of(w->o, v), w->o, what), "Write https://.");
}

static void see(struct visit *w, const struct field *f, const struct value *v)
{
    for (size_t i = 0; f->items && v->type == VALUE_LIST && i < v->n; i++)
        for (const struct field *row = f->items; row->path; row++) {
            const struct value *member = value_member(&v->items[i], str_of(field_name(row)));
            if (member)
                see(w, row, member);
        }
    if (v->type != VALUE_TEXT)
        return;
    if (f->flags & FIELD_NUMBER)
        see_number(w, v);
    if (f->flags & FIELD_HOOK)
        see_hook(w, f, v);
}

static void check_texts(struct loading *l)
{
    struct visit w = { .l = l };
    for (size_t i = 0; i < l->n; i++) {
        w.o = l->entries[i].object;
        for (size_t f = 0; w.o->kind->fields[f].path && w.o->lifecycle != LIFECYCLE_SUSPENDED; f++)
            if (w.o->slot[f] && (w.o->kind->fields[f].items || w.o->kind->fields[f].flags & (FIELD_NUMBER | FIELD_HOOK)))
                see(&w, &w.o->kind->fields[f], w.o->slot[f]);
        arena_reset(&l->nodes);
    }
    map_release(&w.numbers);
}

/* --- messages: one recipient, one entry --------------------------------------------------------------------- */

/* Phone numbers are compared by digits, other ids as they are. */
static struct str recipient(struct arena *a, struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!(text.p[i] >= '0' && text.p[i] <= '9') && !strchr("+ -.()", text.p[i]))
            return text;
    return digits_of(a, text);
}

static void see_recipients(struct loading *l, struct map *seen, const struct object *o, const struct value *list)
{
    char what[256];
    for (size_t i = 0; list->type == VALUE_LIST && i < list->n; i++) {
        const struct value *v = &list->items[i];
        if (v->type != VALUE_TEXT || !v->text.n)
            continue;
        const struct value *first = map_add(seen, recipient(&l->nodes, v->text), (void *)v);
        if (!first)
            continue;
        (void)snprintf(what, sizeof what, "'%s' is a recipient already, in line %u.", load_cut(v->text).p, first->at.line);
        diag_hint(l->diags, find(l, SEVERITY_ERROR, "E314", v->at, o, what), "Remove it: each recipient gets the message once.");
    }
}

static void check_recipients(struct loading *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct object *o = l->entries[i].object;
        const struct value *list = o->kind->each ? object_get(o, o->kind->each) : NULL;
        struct map seen = { 0 };
        for (size_t e = 0; list && list->type == VALUE_LIST && e < list->n; e++)
            for (size_t m = 0; m < list->items[e].n; m++)
                see_recipients(l, &seen, o, &list->items[e].items[m]);
        map_release(&seen);
        arena_reset(&l->nodes);
    }
}

void load_check(struct loading *l)
{
    check_duplicates(l);
    check_moved(l);
    check_accounts(l);
    check_claims(l);
    check_texts(l);
    check_recipients(l);
    for (size_t i = 0; i < l->n; i++)
        if (load_is_alert(l->entries[i].object) && !l->entries[i].broken)
            load_alert(l, l->entries[i].object);
}
