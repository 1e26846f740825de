/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mem.h"

_Noreturn void mem_fail(void)
{
    static const char text[] = "waconf: out of memory; nothing is lost, run again\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(EXIT_NO_MEMORY);
}

void *mem_alloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    if (!p)
        mem_fail();
    return p;
}

void *mem_array(size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        mem_fail();
    return mem_alloc(total);
}

void *mem_grow(void *p, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return p;
    size_t n = *cap ? *cap : 8, total;
    while (n < need)
        if (__builtin_mul_overflow(n, (size_t)2, &n))
            mem_fail();
    if (__builtin_mul_overflow(n, size, &total))
        mem_fail();
    p = realloc(p, total);
    if (!p)
        mem_fail();
    *cap = n;
    return p;
}
