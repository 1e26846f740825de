/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/value.h"

const struct value *value_member(const struct value *map, struct str key)
{
    if (!map || map->type != VALUE_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (str_eq(value_key(&map->items[i]), key))
            return &map->items[i];
    return NULL;
}

struct value *value_text(struct arena *a, struct str text)
{
    struct value *v = ARENA_NEW(a, struct value);
    v->type = VALUE_TEXT;
    v->text = arena_str(a, text);
    return v;
}

struct value *value_bool(struct arena *a, bool flag)
{
    struct value *v = ARENA_NEW(a, struct value);
    v->type = VALUE_BOOL;
    v->flag = flag;
    v->text = flag ? STR("true") : STR("false");
    return v;
}

static void copy_into(struct arena *a, struct value *to, const struct value *from)
{
    *to = *from;
    if (from->key)
        to->key = arena_str(a, value_key(from)).p;
    if (from->type == VALUE_LIST || from->type == VALUE_MAP)
        to->items = ARENA_ARRAY(a, from->n, struct value);
    else if (!from->secret && from->text.p)
        to->text = arena_str(a, from->text);
    for (size_t i = 0; i < from->n; i++)
        copy_into(a, &to->items[i], &from->items[i]);
}

struct value *value_copy(struct arena *a, const struct value *v)
{
    if (!v)
        return NULL;
    struct value *copy = ARENA_NEW(a, struct value);
    copy_into(a, copy, v);
    return copy;
}

bool value_equal(const struct value *a, const struct value *b)
{
    if (!a || !b)
        return a == b;
    if (a->type != b->type || a->n != b->n)
        return false;
    if (a->type == VALUE_BOOL && a->flag != b->flag)
        return false;
    bool text = a->type == VALUE_TEXT || a->type == VALUE_REFERENCE || a->type == VALUE_FORMAT;
    if (text && !str_eq(a->text, b->text))
        return false;
    for (size_t i = 0; i < a->n; i++)
        if ((a->type == VALUE_MAP && !str_eq(value_key(&a->items[i]), value_key(&b->items[i]))) ||
            !value_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

bool value_is_secret(const struct value *v)
{
    if (!v)
        return false;
    if (v->secret)
        return true;
    for (size_t i = 0; i < v->n; i++)
        if (value_is_secret(&v->items[i]))
            return true;
    return false;
}
