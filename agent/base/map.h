/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table from text to pointer. Keys are not copied: they live at least as long as the map. A zeroed struct is
 * empty; map_release() frees the table only. There is no removal; order of walking is of no meaning, so sort
 * before printing.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/str.h"

struct map_slot { struct str key; void *value; };
struct map { struct map_slot *slots; size_t n, cap; };

void *map_get(const struct map *m, struct str key);         /* NULL when not there */
/* Stores value (not NULL) under key unless it is taken; returns what was there before, or NULL when stored. */
void *map_add(struct map *m, struct str key, void *value);
void map_release(struct map *m);

#endif
