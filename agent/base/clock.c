/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t fake_mono = -1, fake_wall = -1;

int64_t clock_mono_ms(void)
{
    struct timespec t;
    if (fake_mono >= 0)
        return fake_mono;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_wall(void)
{
    return fake_wall >= 0 ? fake_wall : (int64_t)time(NULL);
}

void clock_fake(int64_t mono_ms, int64_t wall)
{
    fake_mono = mono_ms;
    fake_wall = wall;
}

void clock_text(int64_t wall, char ret[CLOCK_TEXT])
{
    time_t t = (time_t)wall;
    struct tm tm;
    if (wall < 0 || wall > 253402300799 || !gmtime_r(&t, &tm)) {
        (void)snprintf(ret, CLOCK_TEXT, "%s", "unknown");
        return;
    }
    (void)snprintf(ret, CLOCK_TEXT, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)(tm.tm_year + 1900) % 10000u,
                   (unsigned)(tm.tm_mon + 1) % 100u, (unsigned)tm.tm_mday % 100u, (unsigned)tm.tm_hour % 100u,
                   (unsigned)tm.tm_min % 100u, (unsigned)tm.tm_sec % 100u);
}

static bool digits(struct str *s, size_t n, int min, int max, int *ret)
{
    long v;
    if (s->n < n || !str_to_long(str_head(*s, n), min, max, &v))
        return false;
    *ret = (int)v;
    *s = str_skip(*s, n);
    return true;
}

static bool skip(struct str *s, char a, char b)
{
    if (!s->n || (s->p[0] != a && s->p[0] != b))
        return false;
    *s = str_skip(*s, 1);
    return true;
}

bool clock_parse(struct str s, int64_t *ret)
{
    struct tm tm = { 0 };
    int hours = 0, minutes = 0, sign = 0;
    if (!digits(&s, 4, 0, 9999, &tm.tm_year) || !skip(&s, '-', '-') || !digits(&s, 2, 1, 12, &tm.tm_mon) ||
        !skip(&s, '-', '-') || !digits(&s, 2, 1, 31, &tm.tm_mday) || !skip(&s, 'T', 't') ||
        !digits(&s, 2, 0, 23, &tm.tm_hour) || !skip(&s, ':', ':') || !digits(&s, 2, 0, 59, &tm.tm_min) ||
        !skip(&s, ':', ':') || !digits(&s, 2, 0, 60, &tm.tm_sec))
        return false;
    if (skip(&s, '.', '.')) {
        size_t n = 0;
        while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
            n++;
        if (!n)
            return false;
        s = str_skip(s, n);
    }
    if (!skip(&s, 'Z', 'z')) {
        sign = s.n && s.p[0] == '+' ? 1 : -1;
        if (!skip(&s, '+', '-') || !digits(&s, 2, 0, 23, &hours) || !skip(&s, ':', ':') || !digits(&s, 2, 0, 59, &minutes))
            return false;
    }
    if (s.n)
        return false;
    int day = tm.tm_mday, month = tm.tm_mon;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    time_t t = timegm(&tm);
    if (tm.tm_mday != day || tm.tm_mon != month - 1)
        if (tm.tm_sec != 0) /* a leap second may carry; 30 February may not */
            return false;
    if (tm.tm_mday != day && day > 28)
        return false;
    *ret = (int64_t)t - sign * (hours * 3600 + minutes * 60);
    return true;
}

bool clock_duration(struct str s, int64_t *ret_ms)
{
    static const struct { struct str unit; int64_t ms; } units[] = {
        { STR("ms"), 1 }, { STR("s"), 1000 }, { STR("m"), 60000 }, { STR("h"), 3600000 }, { STR("d"), 86400000 },
    };
    const int64_t most = (int64_t)100 * 366 * 86400 * 1000;
    int64_t ms = 1000;
    long v;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_ends(s, units[i].unit))
            continue;
        ms = units[i].ms;
        s = str_head(s, s.n - units[i].unit.n);
        break;
    }
    if (!str_to_long(s, 0, 1000000000000, &v) || v > most / ms)
        return false;
    *ret_ms = v * ms;
    return true;
}
