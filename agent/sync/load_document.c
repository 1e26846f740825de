/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One document: envelope and metadata (contract 1), and what its kind makes of it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sync/load_private.h"

enum { MOST_NAME = 63, MOST_LABEL = 253, MOST_LABELS = 100 };

struct load_short load_cut(struct str text)
{
    enum { MOST = 60 };
    struct load_short ret;
    size_t at = 0;
    for (size_t n = 0; n < MOST && at < text.n; n++)
        (void)utf8_next(text, &at);
    (void)snprintf(ret.p, sizeof ret.p, "%.*s%s", (int)at, text.n ? text.p : "", at < text.n ? "..." : "");
    return ret;
}

struct diag *load_find(struct document *d, const char *code, struct loc at, const char *format, ...)
{
    char what[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    struct diag *item = diag_add(d->l->diags, SEVERITY_ERROR, code, at, "%s", what);
    item->address = arena_str(&d->l->diags->arena, d->address);
    d->broken = true;
    return item;
}

const char *load_nearest(const struct loading *l, struct str word, const char *const *names, size_t n)
{
    return l->diags->n < DIAGS_MAX ? str_nearest(word, names, n) : NULL;
}

#define HINT(d, item, ...) diag_hint((d)->l->diags, (item), __VA_ARGS__)

bool load_map(struct document *d, const struct node *n, const char *what)
{
    if (n->type == NODE_MAP)
        return true;
    if (n->type == NODE_BROKEN)
        d->broken = true;
    else
        HINT(d, load_find(d, "E202", n->at, "'%s' must be a map.", what), "Write its members beneath it, indented, as `name: value`.");
    return false;
}

struct diag *load_unknown(struct document *d, const struct node *n, const char *const *names, size_t count, const char *where)
{
    const char *near = load_nearest(d->l, n->key, names, count);
    struct diag *item = load_find(d, "E203", n->key_at, "'%s' is not a member of %s.", load_cut(n->key).p, where);
    char all[256] = "";
    size_t at = 0;
    if (near) {
        HINT(d, item, "Did you mean '%s'?", near);
        return item;
    }
    for (size_t i = 0; i < count && at < sizeof all; i++)
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i ? ", " : "", names[i]);
    HINT(d, item, "Remove it. Known: %s.", all);
    return item;
}

/* A text of the envelope: any scalar, by its source. */
static bool envelope_text(struct document *d, const struct node *map, const char *key, const char *mend, struct str *ret, struct loc *ret_at)
{
    const struct node *n = node_member(map, key);
    if (n && n->type == NODE_BROKEN) {
        d->broken = true;
        return false;
    }
    if (!n || n->type == NODE_EMPTY || n->type == NODE_NULL) {
        HINT(d, load_find(d, "E204", n ? n->at : map->at, n ? "'%s' has no value." : "The document has no '%s'.", key), "%s", mend);
        return false;
    }
    if (n->type > NODE_SCALAR) {
        HINT(d, load_find(d, "E204", n->at, "'%s' must be one text.", key), "%s", mend);
        return false;
    }
    *ret = n->text;
    *ret_at = n->at;
    return true;
}

/* --- apiVersion and kind ------------------------------------------------------------------------- */

bool load_group(struct document *d, struct str group, struct loc at)
{
    const char *names[32];
    size_t n = 0;
    d->provider = provider_find(group);
    if (d->provider)
        return true;
    char all[256] = "";
    size_t used = 0;
    for (; providers[n] && n < COUNT(names) - 1; n++) {
        names[n] = providers[n]->group;
        if (used < sizeof all)
            used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", n ? ", " : "", names[n]);
    }
    names[n++] = "waconf";
    const char *near = load_nearest(d->l, group, names, n);
    struct diag *item = load_find(d, "E205", at, "'%s' is not a provider that this version knows.", load_cut(group).p);
    if (near)
        HINT(d, item, "Did you mean '%s'?", near);
    else
        HINT(d, item, "Write one of: %s.", all);
    return false;
}

bool load_kind(struct document *d, struct str name, struct loc at)
{
    const char *names[32];
    size_t n = 0, used = 0;
    char all[256] = "";
    d->kind = provider_kind(d->provider, name);
    if (d->kind)
        return true;
    names[n++] = d->provider->account->name;
    for (const struct kind *k = d->provider->kinds; k->name && n < COUNT(names); k++)
        names[n++] = k->name;
    for (size_t i = 0; i < n && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", names[i]);
    const char *near = load_nearest(d->l, name, names, n);
    struct diag *item = load_find(d, "E206", at, "'%s' is not a kind of %s/%s.", load_cut(name).p, d->provider->group, d->provider->version);
    if (near)
        HINT(d, item, "Did you mean '%s'?", near);
    else
        HINT(d, item, "Write one of: %s.", all);
    return false;
}

static void read_object(struct document *d, const struct node *root);

static void own_kind(struct document *d, const struct node *root, struct str name, struct loc at)
{
    static const char *const names[] = { "Alert", "Defaults", "Trust" };
    if (str_is(name, "Alert")) {
        d->provider = &alert_provider;
        d->kind = alert_provider.account;
        read_object(d, root);
        return;
    }
    if (str_is(name, "Defaults")) {
        load_defaults_document(d, root);
        return;
    }
    if (str_is(name, "Trust")) {
        HINT(d, load_find(d, "E219", at, "A Trust document stands inside the tree, where whoever changes the tree could change it."),
             "Move it to /etc/waconf/trust.yaml, or to another file outside of the tree and name that with --trust.");
        return;
    }
    const char *near = str_nearest(name, names, 2);
    struct diag *item = load_find(d, "E220", at, "The kind 'waconf/v1 %s' is not in this version.", load_cut(name).p);
    if (near)
        HINT(d, item, "Did you mean '%s'?", near);
    else
        HINT(d, item, "This version knows waconf/v1 Alert and Defaults. Remove the document, or use a version that knows it.");
}

/* --- metadata ------------------------------------------------------------------------------------ */

static bool name_right(struct str s)
{
    if (!s.n || s.n > MOST_NAME || s.p[0] == '.' || s.p[0] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-')
            return false;
    }
    return true;
}

/* The name that this one may have been meant to be: lower case, dashes for the rest. */
static struct load_short name_mended(struct str s)
{
    struct load_short ret = { .p = "" };
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < MOST_NAME; i++) {
        char c = s.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '.' && n > 0);
        if (kept)
            ret.p[n++] = c;
        else if (n > 0 && ret.p[n - 1] != '-')
            ret.p[n++] = '-';
    }
    while (n > 0 && (ret.p[n - 1] == '-' || ret.p[n - 1] == '.'))
        n--;
    ret.p[n] = '\0';
    return ret;
}

static bool read_name(struct document *d, const struct node *metadata, const char *key, struct str *ret, struct loc *ret_at)
{
    if (!envelope_text(d, metadata, key, "Write a name such as front-desk: lower-case letters, digits, dots and dashes.", ret, ret_at))
        return false;
    if (name_right(*ret))
        return true;
    struct load_short mended = name_mended(*ret);
    struct diag *item = ret->n > MOST_NAME ?
        load_find(d, "E207", *ret_at, "'%s' has %zu characters; a name has at most %d.", key, utf8_length(*ret), MOST_NAME) :
        load_find(d, "E207", *ret_at, "'%s' is not a name: lower-case letters, digits, dots and dashes, beginning with a letter or digit.",
                  load_cut(*ret).p);
    struct str last = *ret, rest = *ret, head;
    while (str_cut(rest, '/', &head, &rest))
        last = rest;
    if (last.n < ret->n && name_right(last))
        HINT(d, item, "Write %.*s alone, without group and kind.", ARG(last));
    else if (ret->n <= MOST_NAME && *mended.p)
        HINT(d, item, "Write %s, for example.", mended.p);
    else if (ret->n > MOST_NAME)
        HINT(d, item, "Choose a shorter name.");
    else
        HINT(d, item, "Choose one of these letters, for example front-desk; a label or the provider's own fields take any text.");
    return false;
}

struct str load_text_of(struct loading *l, struct str text)
{
    struct str *at = &l->recent[str_hash(text) % COUNT(l->recent)];
    if (text.n > sizeof(struct value))
        return arena_str(&l->tree->arena, text);
    if (!at->p || !str_eq(*at, text))
        *at = arena_str(&l->tree->arena, text);
    return *at;
}

/* Neighbours mostly carry the same labels. */
static const struct label *share_labels(struct loading *l, const struct label *labels, size_t n)
{
    if (n && l->n_labels == n && memcmp(l->labels, labels, n * sizeof *labels) == 0)
        return l->labels;
    struct label *own = ARENA_ARRAY(&l->tree->arena, n, struct label);
    if (n)
        memcpy(own, labels, n * sizeof *labels);
    l->labels = own;
    l->n_labels = n;
    return own;
}

bool load_labels(struct document *d, const struct node *n, const struct label **ret, size_t *ret_n)
{
    static const struct field label = { .path = "/labels", .type = &type_text, .max = MOST_LABEL };
    bool right = true;
    if (!load_map(d, n, "labels"))
        return false;
    if (n->n > MOST_LABELS) {
        HINT(d, load_find(d, "E209", n->at, "There are %zu labels; a document has at most %d.", n->n, MOST_LABELS), "Remove some.");
        return false;
    }
    struct label *labels = ARENA_ARRAY(&d->l->nodes, n->n, struct label);
    size_t count = 0;
    for (const struct node *c = n->first; c; c = c->next) {
        if (c->type != NODE_SCALAR && c->type != NODE_BOOL) {
            if (c->type != NODE_BROKEN)
                HINT(d, load_find(d, "E209", c->at, "The label '%s' is not a text.", load_cut(c->key).p), "Write `%s: value`, or \"\" for an empty one.",
                     load_cut(c->key).p);
            d->broken = true;
            right = false;
            continue;
        }
        struct value key = { .type = VALUE_TEXT, .text = c->key, .at = c->key_at }, value = { .type = VALUE_TEXT, .text = c->text, .at = c->at };
        if (!type_check(&label, &key, d->address, d->l->diags) || !type_check(&label, &value, d->address, d->l->diags))
            right = false;
        labels[count++] = (struct label){ load_text_of(d->l, c->key), load_text_of(d->l, c->text) };
    }
    *ret = share_labels(d->l, labels, count);
    *ret_n = count;
    return right;
}

/* What cannot be asked of a kind: an account is not an object of the provider's, a message is an event. */
static const char *lifecycle_wrong(const struct kind *kind, enum lifecycle life)
{
    if (kind == alert_provider.account && life != LIFECYCLE_MANAGED)
        return "remove the document to be told no more";
    if (kind->life == LIFE_ACCOUNT && life != LIFECYCLE_MANAGED)
        return "an account is a place to call, not something at the provider";
    if (kind->life == LIFE_EVENT && life == LIFECYCLE_OBSERVE)
        return "a message cannot be observed";
    if (kind->life == LIFE_EVENT && life == LIFECYCLE_ABSENT)
        return "a message that was sent cannot be taken back";
    if (life == LIFECYCLE_ABSENT && !kind->erase.url)
        return "its API has no delete";
    return NULL;
}

static void read_lifecycle(struct document *d, struct object *o, const struct node *metadata)
{
    struct str text;
    struct loc at;
    if (!node_member(metadata, "lifecycle") ||
        !envelope_text(d, metadata, "lifecycle", "Write managed, observe, suspended or absent, or remove the key.", &text, &at))
        return;
    for (size_t i = 0; i < LIFECYCLE_COUNT; i++) {
        if (!str_is(text, lifecycle_names[i]))
            continue;
        o->lifecycle = (enum lifecycle)i;
        const char *wrong = lifecycle_wrong(o->kind, o->lifecycle);
        if (wrong)
            HINT(d, load_find(d, "E211", at, "'lifecycle: %s' is not for %s: %s.", lifecycle_names[i], o->kind->name, wrong), i != LIFECYCLE_ABSENT ? "Remove 'lifecycle'." :
                 o->kind->life == LIFE_ACCOUNT ? "Remove the document; what was declared through it is left as it is." :
                 "Remove the document to stop managing it, or use suspended.");
        return;
    }
    const char *near = str_nearest(text, lifecycle_names, LIFECYCLE_COUNT);
    HINT(d, load_find(d, "E210", at, "'%s' is not a lifecycle.", load_cut(text).p), near ? "Did you mean '%s'?" :
         "Write managed, observe, suspended or absent.%.0s", near ? near : "");
}

static void read_moved_from(struct document *d, struct object *o, const struct node *metadata)
{
    struct str text;
    struct loc at;
    if (!node_member(metadata, "movedFrom") || !read_name(d, metadata, "movedFrom", &text, &at))
        return;
    if (o->kind->life == LIFE_EVENT) {
        HINT(d, load_find(d, "E212", at, "A message cannot be renamed: that it was sent is remembered under its name."), "Keep the old name.");
        return;
    }
    if (o->kind->life == LIFE_ACCOUNT) {
        HINT(d, load_find(d, "E212", at, "'movedFrom' is not for %s: nothing is remembered under its name.", o->kind->name),
             "Remove it; the document can be renamed as it is.");
        return;
    }
    if (str_eq(text, o->name)) {
        HINT(d, load_find(d, "E212", at, "'movedFrom' is the name that the document still has."), "Remove it.");
        return;
    }
    o->moved_from = arena_printf(&d->l->tree->arena, "%s/%s/%.*s", o->provider->group, o->kind->name, ARG(text));
}

static struct str address_of(struct document *d, struct str name)
{
    const struct str parts[] = { str_of(d->provider->group), STR("/"), str_of(d->kind->name), STR("/"), name };
    return arena_join(&d->l->tree->arena, COUNT(parts), parts);
}

static bool read_metadata(struct document *d, struct object *o, const struct node *root)
{
    static const char *const names[] = { "name", "labels", "lifecycle", "movedFrom" };
    const struct node *metadata = node_member(root, "metadata"), *labels;
    struct str name;
    struct loc at;
    if (!metadata) {
        HINT(d, load_find(d, "E204", root->at, "The document has no 'metadata'."), "Add `metadata: { name: NAME }`.");
        return false;
    }
    if (!load_map(d, metadata, "metadata"))
        return false;
    bool named = read_name(d, metadata, "name", &name, &at);
    if (named) {
        o->address = address_of(d, name);
        o->name = str_skip(o->address, o->address.n - name.n);
        d->address = o->address;
    }
    for (const struct node *c = metadata->first; c; c = c->next)
        if (!str_is(c->key, names[0]) && !str_is(c->key, names[1]) && !str_is(c->key, names[2]) && !str_is(c->key, names[3]))
            load_unknown(d, c, names, COUNT(names), "metadata");
    if ((labels = node_member(metadata, "labels")))
        (void)load_labels(d, labels, &o->labels, &o->n_labels);
    read_lifecycle(d, o, metadata);
    read_moved_from(d, o, metadata);
    return named;
}

/* --- the document -------------------------------------------------------------------------------- */

static void read_object(struct document *d, const struct node *root)
{
    struct loading *l = d->l;
    struct object *o = ARENA_NEW(&l->tree->arena, struct object);
    o->provider = d->provider;
    o->kind = d->kind;
    o->at = root->first ? root->first->key_at : root->at;
    o->slot = ARENA_ARRAY(&l->tree->arena, kind_field_count(d->kind), struct value *);
    bool named = read_metadata(d, o, root);
    const struct node *spec = node_member(root, "spec");
    if (!spec)
        HINT(d, load_find(d, "E204", o->at, "The document has no 'spec'."), "Add it: the fields of %s stand beneath it.", d->kind->name);
    else if (load_map(d, spec, "spec"))
        load_fields(d, spec, o->slot);
    d->torn |= !spec || spec->type != NODE_MAP;
    if (!named) { /* nothing can refer to it */
        l->lost = true;
        return;
    }
    l->entries = mem_grow(l->entries, &l->cap, l->n + 1, sizeof *l->entries);
    l->entries[l->n] = (struct entry){ o, l->n, d->broken, d->torn, NULL };
    if (d->n_doubtful) {
        const char **doubtful = ARENA_ARRAY(&l->arena, d->n_doubtful + 1, const char *);
        memcpy(doubtful, d->doubtful, d->n_doubtful * sizeof *doubtful);
        l->entries[l->n].doubtful = doubtful;
    }
    l->n++;
}

static void read_envelope(struct document *d, const struct node *root)
{
    static const char *const names[] = { "apiVersion", "kind", "metadata", "spec" };
    struct str version, kind, group, number;
    struct loc version_at, kind_at;
    for (const struct node *c = root->first; c; c = c->next)
        if (!str_is(c->key, names[0]) && !str_is(c->key, names[1]) && !str_is(c->key, names[2]) && !str_is(c->key, names[3]))
            load_unknown(d, c, names, COUNT(names), "a document");
    if (!envelope_text(d, root, "apiVersion", "Write the provider's group and version, for example kaleyra/v1.", &version, &version_at) ||
        !envelope_text(d, root, "kind", "Write a kind of the provider's, for example NumberProfile.", &kind, &kind_at)) {
        d->l->lost = true;
        return;
    }
    (void)str_cut(version, '/', &group, &number);
    bool own = str_is(group, "waconf");
    if (!own && !load_group(d, group, version_at)) {
        d->l->lost = true;
        return;
    }
    const char *known = own ? "v1" : d->provider->version;
    if (!str_is(number, known))
        HINT(d, load_find(d, "E205", version_at, "'%s' is not a version that this program knows.", load_cut(version).p), "Write %s/%s.",
             own ? "waconf" : d->provider->group, known);
    if (own)
        own_kind(d, root, kind, kind_at);
    else if (load_kind(d, kind, kind_at))
        read_object(d, root);
    else
        d->l->lost = true;
}

void load_document(struct loading *l, const struct node *root, bool broken)
{
    struct document d = { .l = l, .broken = broken, .torn = broken };
    if (root->type == NODE_EMPTY)
        return;
    l->tree->documents++;
    if (root->type == NODE_MAP) {
        read_envelope(&d, root);
        return;
    }
    l->lost = true;
    if (root->type == NODE_BROKEN)
        return;
    struct diag *item = load_find(&d, "E202", root->at, "A document must be a map with apiVersion, kind, metadata and spec.");
    HINT(&d, item, "See `waconf schema` and the examples; every YAML file of a tree is read as documents.");
    if (root->type == NODE_SCALAR || (root->first && root->first->type != NODE_MAP))
        item->line = STR("(not shown: it may be a file of secrets)");
}

/* All documents of one file. */
void load_text(struct loading *l, struct str text, const char *file)
{
    struct yaml_reader *r = yaml_open(text, file, l->diags);
    const struct node *root;
    size_t errors = l->diags->errors;
    while ((root = yaml_next(r, &l->nodes))) {
        load_document(l, root, l->diags->errors > errors);
        if (l->diags->errors > errors)
            load_literals(l, root);
        arena_reset(&l->nodes);
        errors = l->diags->errors;
    }
    l->lost |= yaml_failed(r);
    yaml_close(r);
    arena_reset(&l->nodes);
}
