/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two clocks. Waits, deadlines and ages use the monotonic one; the wall clock is only for dates that people
 * read and for not_after. Tests replace both through clock_fake().
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

int64_t clock_mono_ms(void);                               /* milliseconds since some start; never jumps */
int64_t clock_wall(void);                                  /* seconds since 1970, UTC */
void clock_fake(int64_t mono_ms, int64_t wall);            /* from now on these values; (-1, -1) ends it */

/* RFC 3339 in UTC: "2026-11-02T10:00:00Z" (20 characters and a NUL). */
enum { CLOCK_TEXT = 21 };
void clock_text(int64_t wall, char ret[CLOCK_TEXT]);
/* Reads RFC 3339 with Z or an offset and optional fraction (dropped). */
bool clock_parse(struct str text, int64_t *ret_wall);
/* "4s", "10m", "24h", "500ms", or a bare number of seconds, at most 100 years; in milliseconds. */
bool clock_duration(struct str text, int64_t *ret_ms);

#endif
