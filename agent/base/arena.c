/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    _Alignas(max_align_t) char data[];
};

/* Blocks double up to this, so that small arenas stay small and large ones ask seldom. */
enum { FIRST_BLOCK = 2 * 1024, LARGEST_BLOCK = 256 * 1024 };

static __attribute__((noinline)) struct arena_block *block_add(struct arena *a, size_t need)
{
    size_t size = a->head ? a->head->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (size < need)
        size = need;
    struct arena_block *b = malloc(sizeof *b + size);
    if (!b)
        mem_fail();
    b->size = size;
    b->used = 0;
    b->next = a->head;
    return a->head = b;
}

static inline void *arena_take(struct arena *a, size_t size, size_t align)
{
    struct arena_block *b = a->head;
    if (size > SIZE_MAX / 2)
        mem_fail();
    size_t at = b ? (b->used + align - 1) & ~(align - 1) : 0;
    if (!b || at > b->size || size > b->size - at) {
        b = block_add(a, size);
        at = 0;
    }
    b->used = at + size;
    return b->data + at;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return memset(arena_take(a, size, _Alignof(void *)), 0, size);
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        mem_fail();
    return arena_alloc(a, total);
}

struct str arena_str(struct arena *a, struct str s)
{
    char *p = arena_take(a, s.n + 1, 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct str){ p, s.n };
}

struct str arena_join(struct arena *a, size_t n, const struct str parts[])
{
    size_t all = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        all += parts[i].n;
    char *p = arena_take(a, all + 1, 1);
    for (size_t i = 0; i < n; at += parts[i++].n)
        if (parts[i].n)
            memcpy(p + at, parts[i].p, parts[i].n);
    p[all] = '\0';
    return (struct str){ p, all };
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        mem_fail();
    char *p = arena_take(a, (size_t)n + 1, 1);
    (void)vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return (struct str){ p, (size_t)n };
}

size_t arena_used(const struct arena *a)
{
    size_t n = 0;
    for (const struct arena_block *b = a->head; b; b = b->next)
        n += b->size;
    return n;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->head;
    if (!keep)
        return;
    struct arena rest = { keep->next };
    arena_release(&rest);
    keep->next = NULL;
    keep->used = 0;
}

void arena_release(struct arena *a)
{
    for (struct arena_block *b = a->head, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    a->head = NULL;
}
