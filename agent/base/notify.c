/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/escape.h"
#include "base/lazy.h"

enum { STATUS_MOST = 200 };

static struct {
    int (*notify)(int unset_environment, const char *state);
    int (*watchdog_enabled)(int unset_environment, uint64_t *usec);
} systemd;

static bool listening(void)
{
    static const struct lazy_symbol symbols[] = {
        { "sd_notify", &systemd.notify }, { "sd_watchdog_enabled", &systemd.watchdog_enabled }, { 0 },
    };
    static bool missing;
    struct err err = { 0 };
    const char *to = getenv("NOTIFY_SOCKET");
    if (!to || !*to || missing)
        return false;
    if (!systemd.watchdog_enabled)
        missing = lazy_open("libsystemd.so.0", symbols, &err) < 0;
    return !missing;
}

/* One line per assignment: a newline inside a status would be another one, so it is escaped. */
static void tell(const char *state, struct str status)
{
    if (!listening())
        return;
    auto_buf text = buf_init(BUF_UNBOUNDED);
    buf_puts(&text, state);
    if (status.n) {
        size_t n = status.n < STATUS_MOST ? status.n : STATUS_MOST;
        while (n < status.n && n > 0 && ((unsigned char)status.p[n] & 0xc0) == 0x80)
            n--;
        buf_puts(&text, "STATUS=");
        escape_text(&text, str_head(status, n));
        buf_char(&text, '\n');
    }
    (void)systemd.notify(0, text.p);
}

void notify_ready(struct str status)
{
    tell("READY=1\n", status);
}

void notify_reloading(void)
{
    struct timespec now;
    char state[64];
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    (void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\n", (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    tell(state, (struct str){ 0 });
}

void notify_stopping(struct str status)
{
    tell("STOPPING=1\n", status);
}

void notify_status(struct str status)
{
    if (status.n)
        tell("", status);
}

void notify_watchdog(void)
{
    tell("WATCHDOG=1\n", (struct str){ 0 });
}

int64_t notify_watchdog_ms(void)
{
    uint64_t usec = 0;
    if (!getenv("WATCHDOG_USEC") || !listening() || systemd.watchdog_enabled(0, &usec) <= 0)
        return -1;
    uint64_t ms = usec / 2000;
    return ms > INT32_MAX ? INT32_MAX : ms > 0 ? (int64_t)ms : 1;
}
