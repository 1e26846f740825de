/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/encode.h"

#include <string.h>

#include "http/url.h"

static json_t *masked(void)
{
    return json_pack("{s:b}", "secret", 1);
}

static json_t *encode_scalar(const struct field *f, const struct value *v, bool mask)
{
    if (v->type == VALUE_NULL)
        return json_null();
    if (mask && (v->secret || (f->flags & FIELD_SECRET)))
        return masked();
    if (v->type == VALUE_BOOL)
        return f->type->bare ? json_boolean(v->flag) : json_string(v->flag ? "true" : "false");
    if (!f->type->send_normal)
        return json_of_str(v->text);
    struct arena scratch = { 0 };
    json_t *j = json_of_str(type_normal(f, &scratch, v->text));
    arena_release(&scratch);
    return j;
}

static json_t *encode_value(const struct field *f, const struct value *v, bool mask);

static json_t *encode_record(const struct field *rows, const struct value *v, bool mask)
{
    json_t *j = json_object();
    for (const struct field *f = rows; f->path; f++) {
        const struct value *member = value_member(v, str_of(field_name(f)));
        if (member)
            json_put(j, f->wire ? f->wire : f->path, encode_value(f, member, mask));
    }
    return j;
}

static json_t *encode_value(const struct field *f, const struct value *v, bool mask)
{
    if (v->type != VALUE_LIST)
        return v->type == VALUE_MAP && f->items ? encode_record(f->items, v, mask) : encode_scalar(f, v, mask);
    json_t *list = json_array();
    for (size_t i = 0; i < v->n; i++)
        (void)json_array_append_new(list, encode_value(f, &v->items[i], mask));
    return list;
}

static bool is_selection(const struct field *f)
{
    return f->type == &type_selection;
}

static void selection_add(json_t *list, const struct value *entry, bool selected)
{
    const struct value *number = value_member(entry, STR("number")), *id = value_member(entry, STR("numberId"));
    json_t *j = json_pack("{s:b}", "selected", selected);
    if (number)
        (void)json_object_set_new(j, "number", json_of_str(number->text));
    if (id)
        (void)json_object_set_new(j, "numberId", json_of_str(id->text));
    (void)json_array_append_new(list, j);
}

static bool names(const struct value *inventory, const struct value *want, const struct value *live_entry)
{
    for (size_t i = 0; want && i < want->n; i++)
        if (selection_find(inventory, &want->items[i]) == live_entry)
            return true;
    return false;
}

json_t *encode_selection(const struct field *f, const struct value *want, const struct value *live)
{
    (void)f;
    json_t *list = json_array();
    for (size_t i = 0; want && i < want->n; i++) {
        const struct value *entry = selection_find(live, &want->items[i]);
        selection_add(list, entry ? entry : &want->items[i], selection_selected(&want->items[i]));
    }
    /* What is selected now and not declared is told so, whichever way the provider reads an omission (pingone.md 7, 5). */
    for (size_t i = 0; live && i < live->n; i++) {
        const struct value *selected = value_member(&live->items[i], STR("selected"));
        if (selected && selected->flag && !names(live, want, &live->items[i]))
            selection_add(list, &live->items[i], want == NULL);
    }
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return NULL;
}

static void describe_entry(struct buf *b, const struct value *entry)
{
    const struct value *number = value_member(entry, STR("number")), *id = value_member(entry, STR("numberId"));
    if (number)
        buf_printf(b, "'%.*s'", ARG(number->text));
    if (id)
        buf_printf(b, "%snumberId %.*s%s", number ? " (" : "", ARG(id->text), number ? ")" : "");
}

static int not_there(const struct field *f, const struct value *entry, const struct value *live, struct err *err)
{
    auto_buf what = buf_init(256), there = buf_init(512);
    describe_entry(&what, entry);
    for (size_t k = 0; live && k < live->n; k++) {
        buf_puts(&there, k ? ", " : "");
        describe_entry(&there, &live->items[k]);
    }
    (void)err_set(err, ERR_REJECTED, "E624", "'%s' asks for %s, which is not in the provider's inventory", field_name(f), buf_str(&what).p);
    return err_hint(err, "Available: %s.", there.n ? buf_str(&there).p : "none");
}

/* One entry against the inventory entry that it names, and against the entries before it. */
static int entry_fits(const struct field *f, const struct value *want, size_t i, const struct value *live, struct err *err)
{
    const struct value *entry = &want->items[i], *there = selection_find(live, entry);
    auto_buf what = buf_init(256), have = buf_init(256);
    if (!there)
        return not_there(f, entry, live, err);
    describe_entry(&what, entry);
    describe_entry(&have, there);
    if (!selection_agrees(there, entry)) {
        (void)err_set(err, ERR_REJECTED, "E624", "'%s' asks for %s, and the provider's inventory has %s under this id", field_name(f), buf_str(&what).p,
                      buf_str(&have).p);
        return err_hint(err, "Mend one of the two, or remove the wrong one: one of them is enough.");
    }
    for (size_t k = 0; k < i; k++)
        if (selection_find(live, &want->items[k]) == there) {
            (void)err_set(err, ERR_REJECTED, "E315", "two entries of '%s' name %s", field_name(f), buf_str(&have).p);
            return err_hint(err, "Remove one of them.");
        }
    return 0;
}

int encode_selection_fits(const struct field *f, const struct value *want, const struct value *live, struct err *err)
{
    for (size_t i = 0; want && i < want->n; i++)
        if (entry_fits(f, want, i, live, err) < 0)
            return -1;
    return 0;
}

static void pair_add(json_t *body, const struct field *f, json_t *value)
{
    char parent[256];
    size_t n = (size_t)(field_name(f) - f->path) - 1;
    if (n >= sizeof parent)
        n = sizeof parent - 1;
    memcpy(parent, f->path, n);
    parent[n] = '\0';
    json_t *list = json_at(body, parent);
    if (!list) {
        json_put(body, parent, json_array());
        list = json_at(body, parent);
    }
    (void)json_array_append_new(list, json_pack("{s:s, s:o}", "key", field_name(f), "value", value));
}

/* What goes out for row i, or NULL for nothing. */
static int encode_row(const struct encode_input *in, size_t i, json_t **ret, struct err *err)
{
    const struct field *f = &in->kind->fields[i];
    const struct value *want = in->want->slot[i], *live = in->live && in->live->slot ? in->live->slot[i] : NULL;
    *ret = NULL;
    if (f->flags & FIELD_OURS)
        return 0;
    if (in->entry && in->kind->each && strcmp(f->path, in->kind->each) == 0) {
        *ret = json_array();
        (void)json_array_append_new(*ret, encode_record(f->items, in->entry, in->mask));
        return 0;
    }
    bool send = want && (!in->send || in->send[i] || (f->flags & FIELD_ALWAYS));
    if (is_selection(f)) {
        if (!in->no_selection && (send || (!want && in->whole)))
            *ret = encode_selection(f, want, live);
        return 0;
    }
    if (send) {
        *ret = encode_value(f, want, in->mask);
        return 0;
    }
    if (!in->whole || want)
        return 0;
    if (in->live && in->live->masked && in->live->masked[i])
        return err_set(err, ERR_REJECTED, "E623",
                       "'%s' is not declared and its live value is masked, so it cannot be kept in a write of the whole document",
                       field_name(f));
    if (live)
        *ret = encode_value(f, live, in->mask);
    return 0;
}

int encode_body(const struct encode_input *in, json_t **ret, struct err *err)
{
    json_t *body = json_object(), *value;
    if (in->kind->fixed) {
        json_decref(body);
        body = json_of_text(str_of(in->kind->fixed), err);
    }
    for (size_t i = 0; in->kind->fields[i].path; i++) {
        const struct field *f = &in->kind->fields[i];
        if (encode_row(in, i, &value, err) < 0) {
            json_decref(body);
            return -1;
        }
        if (value && (f->flags & FIELD_PAIR))
            pair_add(body, f, value);
        else if (value)
            json_put(body, f->wire ? f->wire : f->path, value);
    }
    if (in->op->envelope)
        body = json_pack("{s:o}", in->op->envelope, body);
    *ret = body;
    return 0;
}

struct lookup { const struct object *want, *account; struct str remote_id; };

static struct str by_name(const struct object *o, struct str name)
{
    for (size_t i = 0; o && o->kind->fields[i].path; i++) {
        const struct field *f = &o->kind->fields[i];
        const struct value *v = o->slot[i];
        if (!v || !str_is(name, field_name(f)))
            continue;
        if (object_text(o, f->path).n)
            return object_text(o, f->path);
        /* `plan --offline` resolves what it can; what is left stands in the URL as it is written. */
        if ((v->type == VALUE_FORMAT || v->type == VALUE_REFERENCE) && !(f->flags & FIELD_SECRET))
            return v->text;
    }
    return (struct str){ 0 };
}

static struct str lookup(void *ctx, struct str name)
{
    const struct lookup *l = ctx;
    if (str_eq(name, STR("id")))
        return l->remote_id;
    struct str found = by_name(l->want, name);
    return found.n ? found : by_name(l->account, name);
}

int encode_url(const char *url, const struct object *want, const struct object *account, struct str remote_id, struct arena *a,
               struct str *ret, struct err *err)
{
    auto_buf b = buf_init(8192);
    struct lookup l = { want, account, remote_id };
    if (url_expand(url, lookup, &l, &b, err) < 0)
        return -1;
    if (b.full)
        return err_set(err, ERR_CONFIG, "E622", "the URL made from '%s' is longer than 8192 bytes", url);
    *ret = arena_str(a, buf_str(&b));
    return 0;
}
