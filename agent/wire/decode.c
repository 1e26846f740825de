/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/decode.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"

static struct value *decode_value(const struct field *f, const json_t *j, struct arena *a);

static void decode_record(const struct field *rows, const json_t *j, struct arena *a, struct value *ret)
{
    ret->type = VALUE_MAP;
    ret->items = ARENA_ARRAY(a, json_object_size(j), struct value);
    for (const struct field *f = rows; f->path; f++) {
        const json_t *member = json_at(j, f->wire ? f->wire : f->path);
        struct value *v = member ? decode_value(f, member, a) : NULL;
        if (!v)
            continue;
        v->key = field_name(f);
        ret->items[ret->n++] = *v;
    }
}

static struct value *decode_list(const struct field *f, const json_t *j, struct arena *a)
{
    size_t i;
    json_t *item;
    if (!json_is_array(j))
        return NULL;
    struct value *v = ARENA_NEW(a, struct value);
    v->type = VALUE_LIST;
    v->items = ARENA_ARRAY(a, json_array_size(j), struct value);
    json_array_foreach(j, i, item) {
        struct value *to = &v->items[v->n];
        if (f->items && json_is_object(item)) {
            decode_record(f->items, item, a, to);
            v->n++;
        } else if (!f->items && json_as_text(item, a, &to->text)) {
            to->type = VALUE_TEXT;
            v->n++;
        }
    }
    return v;
}

/* NULL: null, or nothing that this row can be. */
static struct value *decode_value(const struct field *f, const json_t *j, struct arena *a)
{
    struct str text;
    if (f->type->shape == SHAPE_LIST)
        return decode_list(f, j, a);
    if (!json_as_text(j, a, &text))
        return NULL;
    if (f->type->shape != SHAPE_BOOL)
        return value_text(a, text);
    if (str_eq_nocase(text, STR("true")) || str_eq_nocase(text, STR("false")))
        return value_bool(a, str_eq_nocase(text, STR("true")));
    return NULL;
}

/* The value of the pair { "key": name, "value": ... } in the list at the row's parent (voltmx.md 3.2). */
static const json_t *pair_value(const struct field *f, const json_t *object)
{
    char parent[256];
    size_t n = (size_t)(field_name(f) - f->path) - 1, i;
    json_t *item;
    if (n >= sizeof parent)
        return NULL;
    memcpy(parent, f->path, n);
    parent[n] = '\0';
    json_array_foreach(json_at(object, parent), i, item) {
        const char *key = json_string_value(json_object_get(item, "key"));
        if (key && strcmp(key, field_name(f)) == 0)
            return json_object_get(item, "value");
    }
    return NULL;
}

static bool row_is_shown(const struct field *f)
{
    return !(f->flags & FIELD_OURS) || (f->flags & FIELD_IMMUTABLE);
}

void decode_object(const struct kind *kind, const json_t *object, struct arena *a, struct seen *ret)
{
    size_t n = kind_field_count(kind);
    *ret = (struct seen){ .sight = SIGHT_PRESENT, .at_ms = clock_mono_ms() };
    ret->slot = ARENA_ARRAY(a, n, struct value *);
    ret->masked = ARENA_ARRAY(a, n, bool);
    const json_t *id = kind->list.id ? json_at(object, kind->list.id) : NULL;
    if (id)
        (void)json_as_text(id, a, &ret->remote_id);
    const json_t *configured = kind->configured ? json_at(object, kind->configured) : object;
    if (!json_is_object(object) || !configured || json_is_null(configured)) {
        ret->sight = SIGHT_ABSENT;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const struct field *f = &kind->fields[i];
        if (!row_is_shown(f))
            continue;
        const json_t *j = f->flags & FIELD_PAIR ? pair_value(f, object) : json_at(object, f->wire ? f->wire : f->path);
        struct value *v = j ? decode_value(f, j, a) : NULL;
        /* A null where null can be written is a value that was cleared; a member that is left out says nothing (kapso.md 1). */
        if (j && json_is_null(j) && (f->flags & FIELD_CLEARABLE))
            v = ARENA_NEW(a, struct value);
        if (v && v->type == VALUE_TEXT && (kind->masks || (f->flags & FIELD_SECRET)) && type_masked(v->text))
            ret->masked[i] = true;
        else
            ret->slot[i] = v;
    }
}
