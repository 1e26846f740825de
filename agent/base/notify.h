/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a service manager is told (sd_notify(3)): that the daemon is ready, reloads, stops, how it is, that it still makes progress. Without
 * $NOTIFY_SOCKET all of it is nothing at all, and libsystemd is not opened. Never an error of the daemon: a manager that does not listen changes
 * nothing of our work.
 *
 *     notify_ready(STR("watching 12 documents"));
 *     int64_t every = notify_watchdog_ms();          a timer of the one wait; at each tick, when a pass is not stuck: notify_watchdog();
 *     notify_reloading(); ...; notify_ready(STR("..."));
 *     notify_stopping(STR("finishing 2 requests"));
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

#include "base/str.h"

/* status: one line for `systemctl status`, cut at 200 bytes; foreign text is escaped, and an empty one is left out. */
void notify_ready(struct str status);        /* after start, and after each notify_reloading() */
void notify_reloading(void);                 /* with the time, as Type=notify-reload wants it */
void notify_stopping(struct str status);
void notify_status(struct str status);
void notify_watchdog(void);                  /* tells of real progress: not from a timer that runs while everything else is stuck */
/* How often notify_watchdog() is to be called: half of what the manager asked this process for, in milliseconds, at least 1. -1: not asked. */
int64_t notify_watchdog_ms(void);

#endif
