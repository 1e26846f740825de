/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/object.h"

const char *const lifecycle_names[LIFECYCLE_COUNT] = { "managed", "observe", "suspended", "absent" };

const struct value *object_get(const struct object *o, const char *path)
{
    const struct field *f = kind_field(o->kind, str_of(path));
    return f ? o->slot[f - o->kind->fields] : NULL;
}

struct str object_text(const struct object *o, const char *path)
{
    const struct value *v = object_get(o, path);
    return v && v->type == VALUE_TEXT ? v->text : (struct str){ "", 0 };
}

bool object_states(const struct object *o, const char *path_or_group)
{
    for (size_t i = 0; o->kind->fields[i].path; i++)
        if (o->slot[i] && path_within(o->kind->fields[i].path, path_or_group))
            return true;
    return false;
}

struct object *tree_find(const struct tree *t, struct str address)
{
    size_t low = 0, high = t->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int c = str_cmp(t->objects[middle]->address, address);
        if (c == 0)
            return t->objects[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void tree_release(struct tree *t)
{
    arena_release(&t->arena);
    *t = (struct tree){ 0 };
}
