/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An arena owns everything that has one lifetime: a generation of documents, a run, one request.
 * Nothing inside is freed one by one. A zeroed struct is an empty arena.
 *
 *     struct arena a = {0};
 *     struct object *o = ARENA_NEW(&a, struct object);
 *     arena_release(&a);
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena_block;
struct arena { struct arena_block *head; };

void *arena_alloc(struct arena *a, size_t size);          /* zeroed, aligned for any type */
void *arena_array(struct arena *a, size_t n, size_t size); /* the same, overflow checked */
struct str arena_str(struct arena *a, struct str s);      /* a copy, NUL-terminated */
struct str arena_join(struct arena *a, size_t n, const struct str parts[]); /* one behind the other */
struct str arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
size_t arena_used(const struct arena *a);                 /* bytes taken from the system */
void arena_reset(struct arena *a);                        /* empty, keeping one block for re-use */
void arena_release(struct arena *a);                      /* empty; a may be used again */

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_array((a), (n), sizeof(type)))

#define auto_arena __attribute__((cleanup(arena_release))) struct arena

#endif
