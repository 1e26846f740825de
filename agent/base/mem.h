/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that cannot be missing, and scopes that clean up.
 *
 * Inputs are bounded (contract 1), so running out of memory means that the machine is in trouble: the
 * process says so and stops with exit code 71. The state is written before and after each request, so
 * stopping at any instruction is safe. Nothing here returns NULL.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EXIT_NO_MEMORY = 71 };

_Noreturn void mem_fail(void);
void *mem_alloc(size_t size);                    /* zeroed; the caller frees it with free() */
void *mem_array(size_t n, size_t size);          /* zeroed; an overflow of n * size is mem_fail() */
void *mem_grow(void *p, size_t *cap, size_t need, size_t size); /* room for `need` items, doubling */

/* Hand a cleaned-up variable on: returns its value and leaves NULL behind. */
#define take(p) ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })

static inline void cleanup_free_(void *p) { free(*(void **)p); }
static inline void cleanup_fd_(const int *fd) { if (*fd >= 0) (void)close(*fd); }
static inline void cleanup_file_(FILE **f) { if (*f) (void)fclose(*f); }

#define auto_free __attribute__((cleanup(cleanup_free_)))
#define auto_fd   __attribute__((cleanup(cleanup_fd_))) int
#define auto_file __attribute__((cleanup(cleanup_file_))) FILE *

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
