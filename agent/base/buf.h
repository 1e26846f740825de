/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing text that knows its maximum. Born with buf_init(max), filled by buf_add and friends, read
 * through buf_str(), ended by buf_release(). Past the maximum nothing more is taken and `full` is set: the
 * caller checks once, at the end. The text is always NUL-terminated.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf { char *p; size_t n, cap, max; bool full; };

struct buf buf_init(size_t max);                           /* max in bytes, without the NUL */
void buf_add(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *c);
void buf_char(struct buf *b, char c);
void buf_pad(struct buf *b, char c, size_t n);             /* n times c */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct str buf_str(const struct buf *b);                   /* valid until the next change */
void buf_clear(struct buf *b);                             /* empty, memory kept */
void buf_wipe(struct buf *b);                              /* overwritten with zeros, then released */
void buf_release(struct buf *b);

#define BUF_UNBOUNDED ((size_t)1 << 40)                    /* for output that is a function of bounded input */
#define auto_buf __attribute__((cleanup(buf_release))) struct buf

#endif
