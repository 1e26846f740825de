/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/retry.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const struct http_limits http_limits_default = {
    .body = HTTP_MAX_BODY, .headers = HTTP_MAX_HEADERS, .header_count = HTTP_MAX_HEADER_COUNT,
    .connect_ms = HTTP_CONNECT_MS, .request_ms = HTTP_REQUEST_MS, .stall_ms = HTTP_STALL_MS,
    /* 1, 2, 4 and 8 seconds at most: the 15 of the contract. */
    .retries = HTTP_MAX_RETRIES, .retry_base_ms = 1000, .retry_time_ms = HTTP_RETRY_TIME_MS, .retry_after_ms = HTTP_MAX_RETRY_AFTER_MS,
    .grace_ms = HTTP_GRACE_MS,
};

/* The three forms that RFC 9110 5.6.7 asks for: IMF-fixdate, RFC 850, asctime. */
static bool http_date(const char *text, int64_t *ret)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm = { 0 };
    char month[4] = "";
    int end = 0;
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
               &end) != 6 || !end) {
        end = 0;
        if (sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour, &tm.tm_min,
                   &tm.tm_sec, &end) == 6 && end)
            tm.tm_year += tm.tm_year < 70 ? 2000 : 1900;
        else if (sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
                        &tm.tm_year, &end) != 6 || !end)
            return false;
    }
    const char *at = strlen(month) == 3 ? strstr(months, month) : NULL;
    if (text[end] || !at || (at - months) % 3 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
        tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60 || tm.tm_year < 1900)
        return false;
    tm.tm_mon = (int)(at - months) / 3;
    tm.tm_year -= 1900;
    *ret = (int64_t)timegm(&tm);
    return true;
}

int64_t retry_after(struct str value, int64_t wall_now)
{
    const int64_t most = INT64_MAX / 4;
    char text[64];
    int64_t ms = 0, date;
    value = str_trim(value);
    if (!value.n)
        return -1;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9') {
            ms = -1;
            break;
        }
        ms = ms > most / 10 ? most / 10 : ms * 10 + (value.p[i] - '0');
    }
    if (ms >= 0)
        return ms > most / 1000 ? most : ms * 1000;
    if (value.n >= sizeof text || memchr(value.p, '\0', value.n))
        return -1;
    memcpy(text, value.p, value.n);
    text[value.n] = '\0';
    if (!http_date(text, &date))
        return -1;
    return date <= wall_now ? 0 : (date - wall_now) * 1000;
}

int64_t http_retry_after(struct str value, int64_t wall_now)
{
    int64_t ms = retry_after(value, wall_now);
    return ms > HTTP_MAX_RETRY_AFTER_MS ? HTTP_MAX_RETRY_AFTER_MS : ms;
}

/* A write is repeated only when it certainly was not done (contract 7). */
static bool worth_it(const struct retry_facts *f)
{
    if (f->permanent)
        return false;
    if (f->end == HTTP_NOT_SENT)
        return true;
    if (f->end == HTTP_LOST)
        return f->safety == HTTP_READ;
    if (f->status == 429)
        return true;
    if (f->safety == HTTP_ONCE)
        return false;
    if (f->status == 408 || f->status == 425)
        return true;
    if (f->safety == HTTP_IDEMPOTENT)
        return f->status == 503 && f->after_ms >= 0;
    return f->status >= 500 && f->status <= 599;
}

/* Full jitter: anything up to the bound, so that many agents do not come back together. */
static int64_t jitter(const struct retry_facts *f, const struct http_limits *l)
{
    int64_t bound = l->retry_base_ms << (f->retries < 16 ? f->retries : 16);
    return 1 + (int64_t)(f->chance % (uint64_t)bound);
}

int64_t retry_backoff(const struct retry_facts *f, const struct http_limits *l)
{
    int64_t wait = jitter(f, l);
    return f->retries >= l->retries || f->waited_ms + wait > l->retry_time_ms ? RETRY_NO : wait;
}

int64_t retry_wait(const struct retry_facts *f, const struct http_limits *l, bool *ret_asked)
{
    *ret_asked = false;
    if (!worth_it(f))
        return RETRY_NO;
    bool asked = f->end == HTTP_ANSWERED && (f->status == 429 || f->status == 503) && f->after_ms >= 0;
    if (asked && f->after_ms > l->retry_after_ms)
        return RETRY_TOO_LONG;
    if (f->retries >= l->retries)
        return RETRY_NO;
    if (asked && f->after_ms >= jitter(f, l)) {
        *ret_asked = true;
        return f->after_ms;
    }
    return retry_backoff(f, l);
}

/* --- pace --------------------------------------------------------------------------------------- */

static const double least = 1;            /* requests per second; below this a measure is noise */
static const double first_guess = 20;     /* one early 429 says little about the server */
static const int64_t forget_ms = 600000;

void pace_init(struct pace *p, double limit)
{
    *p = (struct pace){ .limit = limit, .rate = limit, .tokens = 1 };
}

/* The first measure is a guess (it may be the server's burst), so look for the true one in big steps, 50 % a second; then in small ones, 1.5 % a second;
 * from the third on up to 98 % within seconds, hardly any more for a minute, and by the cube of the time in the end, in case the server has more to give. */
static void grow(struct pace *p, int64_t now, double seconds)
{
    if (p->episodes < 2) {
        p->rate += p->rate * 0.5 * (seconds < 1 ? seconds : 1);
    } else if (!p->steady) {
        p->rate += p->ceiling * 0.2 * seconds;
        if (p->rate >= p->ceiling * 0.98) {
            p->rate = p->ceiling * 0.98;
            p->steady = now;
        }
    } else {
        double t = (double)(now - p->steady) / 1000, cube = t / 120;
        double slow = 0.0002 * t + 0.1 * cube * cube * cube, quick = 0.015 * t;
        p->rate = p->ceiling * (0.98 + (p->episodes < 3 && quick > slow ? quick : slow));
    }
}

static void refill(struct pace *p, int64_t now)
{
    double seconds = (double)(now - p->refilled) / 1000;
    if (p->rate <= 0 || seconds <= 0)
        return;
    if (p->episode && now - p->episode > forget_ms) {
        double limit = p->limit;
        pace_init(p, limit);
        p->refilled = now;
        return;
    }
    if (p->episode && now > p->not_before)
        grow(p, now, seconds);
    if (p->limit > 0 && p->rate > p->limit)
        p->rate = p->limit;
    double most = 1 + p->rate * 0.02;  /* 20 ms more in one go: the clock's grain and ours must not cost pace */
    p->tokens += p->rate * seconds;
    p->tokens = p->tokens > most ? most : p->tokens;
    p->refilled = now;
}

int64_t pace_wait(struct pace *p, int64_t now)
{
    if (now < p->not_before)
        return p->not_before - now;
    refill(p, now);
    if (p->rate <= 0 || p->tokens >= 1)
        return 0;
    return 1 + (int64_t)((1 - p->tokens) / p->rate * 1000);
}

void pace_start(struct pace *p)
{
    if (p->rate > 0)
        p->tokens -= 1;
}

static void turn_slots(struct pace *p, int64_t now)
{
    int64_t slot = now / PACE_SLOT_MS;
    for (int64_t i = slot - p->slot > PACE_SLOTS ? slot - PACE_SLOTS : p->slot; i < slot; i++)
        p->got[(i + 1) % PACE_SLOTS] = 0;
    p->slot = slot > p->slot ? slot : p->slot;
}

void pace_answered(struct pace *p, int64_t now)
{
    turn_slots(p, now);
    p->got[p->slot % PACE_SLOTS]++;
}

/* Per second, over the last second, or over as many more as it takes to count enough. */
static double measure(struct pace *p, int64_t now)
{
    const unsigned enough = 40;
    unsigned got = 0;
    int64_t ms = now % PACE_SLOT_MS + 1;
    turn_slots(p, now);
    for (int64_t i = 0; i < PACE_SLOTS && i <= p->slot && (ms < 1000 || got < enough); i++) {
        got += p->got[(p->slot - i) % PACE_SLOTS];
        ms += i ? PACE_SLOT_MS : 0;
    }
    return (double)got * 1000 / (double)ms;
}

void pace_hold(struct pace *p, int64_t until)
{
    if (until > p->not_before)
        p->not_before = until;
}

void pace_throttled(struct pace *p, int64_t started, int64_t now, int64_t wait)
{
    pace_hold(p, now + wait);
    if (p->episode && started <= p->episode)
        return;   /* in flight when the pace was cut: the same news again */
    double seen = measure(p, now), was = p->rate;
    if (was <= 0) {
        /* Free until now, so there is nothing to halve but what went through. */
        p->rate = p->ceiling = seen > first_guess ? seen : first_guess;
    } else {
        p->rate = was / 2 > least ? was / 2 : least;
        p->ceiling = seen > was ? was : seen < p->rate ? p->rate : seen;
    }
    p->episode = now;
    p->episodes++;
    p->steady = 0;
    p->tokens = 1;
    p->refilled = now + wait;
}
