/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/map.h"

#include <stdlib.h>

#include "base/mem.h"

static struct map_slot *slot_of(const struct map *m, struct str key)
{
    size_t at = (size_t)str_hash(key) & (m->cap - 1);
    while (m->slots[at].value && !str_eq(m->slots[at].key, key))
        at = (at + 1) & (m->cap - 1);
    return &m->slots[at];
}

void *map_get(const struct map *m, struct str key)
{
    return m->cap ? slot_of(m, key)->value : NULL;
}

static void map_double(struct map *m)
{
    struct map old = *m;
    m->cap = old.cap ? old.cap * 2 : 16;
    m->slots = mem_array(m->cap, sizeof *m->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].value)
            *slot_of(m, old.slots[i].key) = old.slots[i];
    free(old.slots);
}

void *map_add(struct map *m, struct str key, void *value)
{
    if (4 * (m->n + 1) > 3 * m->cap)
        map_double(m);
    struct map_slot *slot = slot_of(m, key);
    if (slot->value)
        return slot->value;
    *slot = (struct map_slot){ key, value };
    m->n++;
    return NULL;
}

void map_release(struct map *m)
{
    free(m->slots);
    *m = (struct map){ 0 };
}
