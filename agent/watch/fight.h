/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody else sets the same field again and again. After three reverts of one field within an hour the daemon stops fighting over it, says so, and
 * tries again after a pause that grows each time. Pure: time comes in (monotonic milliseconds).
 */
#ifndef WATCH_FIGHT_H
#define WATCH_FIGHT_H

#include "base/map.h"
#include "base/str.h"

enum { FIGHT_REVERTS = 3, FIGHT_WINDOW_MS = 3600000, FIGHT_PAUSE_MS = 600000, FIGHT_PAUSE_MOST_MS = 6 * 3600000 };

struct fight;
struct fights { struct map by_field; struct fight *all; };   /* zeroed: none */
/* A field that was found changed outside was put back just now. */
void fight_reverted(struct fights *f, struct str address, struct str path, int64_t now);
/* Is this field left alone for now? *ret_until (monotonic) says until when. */
bool fight_paused(const struct fights *f, struct str address, struct str path, int64_t now, int64_t *ret_until);
void fight_release(struct fights *f);

#endif
