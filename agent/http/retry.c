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
    /* Full jitter: anything up to the bound, so that many agents do not come back together. */
    int64_t bound = l->retry_base_ms << (f->retries < 16 ? f->retries : 16);
    int64_t wait = 1 + (int64_t)(f->chance % (uint64_t)bound);
    if (asked && f->after_ms >= wait) {
        *ret_asked = true;
        return f->after_ms;
    }
    return f->waited_ms + wait > l->retry_time_ms ? RETRY_NO : wait;
}

/* --- pace --------------------------------------------------------------------------------------- */

static const double least = 1;            /* requests per second; below this a measure is noise */
static const double first_guess = 20;     /* one early 429 says little about the server */
static const int64_t forget_ms = 600000;
static const int64_t idle_ms = 2000;      /* a longer gap between two starts was our own idleness */

void pace_init(struct pace *p, double limit)
{
    *p = (struct pace){ .limit = limit, .rate = limit, .tokens = 1 };
}

/* After the first 429 the measure is a guess (a bucket may have been full), so growth is by 10 % a second. Later ones are exact: up to 98 % within
 * seconds, then by hardly anything at first and by the cube of the time in the end, in case the server has more to give by now. */
static void grow(struct pace *p, int64_t now, double seconds)
{
    if (p->episodes < 2) {
        p->rate += p->rate * 0.1 * (seconds < 1 ? seconds : 1);
    } else if (!p->steady) {
        p->rate += p->ceiling * 0.2 * seconds;
        if (p->rate >= p->ceiling * 0.98) {
            p->rate = p->ceiling * 0.98;
            p->steady = now;
        }
    } else {
        double t = (double)(now - p->steady) / 1000, cube = t / 120;
        p->rate = p->ceiling * (0.98 + 0.0002 * t + 0.1 * cube * cube * cube);
    }
}

static void refill(struct pace *p, int64_t now)
{
    if (p->rate <= 0)
        return;
    if (p->episode && now - p->episode > forget_ms) {
        p->rate = p->limit;
        p->episode = 0;
        p->episodes = 0;
        p->steady = 0;
    }
    double seconds = (double)(now - p->refilled) / 1000;
    if (seconds <= 0)
        return;
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

static int64_t since_last(const struct pace *p, int64_t now)
{
    int64_t gap = p->last && now > p->last ? now - p->last : 0;
    return gap > idle_ms ? idle_ms : gap;
}

void pace_start(struct pace *p, int64_t now)
{
    p->busy += since_last(p, now);
    p->last = now;
    if (p->rate > 0)
        p->tokens -= 1;
}

void pace_answered(struct pace *p)
{
    p->got++;
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
    /* From one empty bucket to the next the server gives exactly its rate; the first time the bucket was full, so count the coming wait. */
    int64_t took = p->busy + since_last(p, now) + (p->episodes ? 0 : wait);
    double measure = (double)p->got * 1000 / (double)(took > 0 ? took : 1);
    if (!p->episodes && measure < first_guess)
        measure = first_guess;
    if (measure < least)
        measure = least;
    double half = p->rate > 0 ? p->rate / 2 : measure;
    p->ceiling = p->rate > 0 && p->rate < measure ? p->rate : measure;
    p->rate = half < measure ? half : measure;
    if (p->rate < least)
        p->rate = least;
    p->episode = now;
    p->episodes++;
    p->steady = 0;
    p->tokens = 1;
    p->refilled = p->last = now + wait;
    p->busy = wait;
    p->got = 0;
}
