/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a request is tried again, how long it waits, how an account's pace falls and rises. No clock, no network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/mem.h"
#include "http/retry.h"

static void test_retry_after(void **state)
{
    (void)state;
    static const struct { const char *text; int64_t ms; } rows[] = {
        { "1", 1000 }, { "0", 0 }, { " 7 ", 7000 }, { "120", 120000 }, { "121", 120000 }, { "100000000000000000000", 120000 },
        { "99999999999999999999999999999999999999999999999999999999999999999999999999999999999", 120000 },
        { "", -1 }, { "-5", -1 }, { "+5", -1 }, { "1.5", -1 }, { "soon", -1 }, { "1 s", -1 }, { "0x10", -1 },
        { "Sun, 06 Nov 1994 08:49:40 GMT", 3000 }, { "Sunday, 06-Nov-94 08:49:40 GMT", 3000 }, { "Sun Nov  6 08:49:40 1994", 3000 },
        { "Sun, 06 Nov 1994 08:49:37 GMT", 0 }, { "Sat, 05 Nov 1994 08:49:37 GMT", 0 }, { "Fri, 01 Jan 2099 00:00:00 GMT", 120000 },
        { "Sun, 06 Foo 1994 08:49:40 GMT", -1 }, { "Sun, 32 Nov 1994 08:49:40 GMT", -1 }, { "Sun, 06 Nov 1994 25:49:40 GMT", -1 },
        { "Sun, 06 Nov 1994 08:49:40", -1 }, { "Sun, 06 Nov 1994 08:49:40 GMT x", -1 }, { "Sun, 06 anF 1994 08:49:40 GMT", -1 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = http_retry_after(str_of(rows[i].text), 784111777);
        if (ms != rows[i].ms)
            fail_msg("'%s' gave %lld", rows[i].text, (long long)ms);
    }
}

enum { R = HTTP_READ, I = HTTP_IDEMPOTENT, O = HTTP_ONCE, ANSWERED = HTTP_ANSWERED, NOT_SENT = HTTP_NOT_SENT, LOST = HTTP_LOST };

/* What is repeated for a read, for a write that may be repeated, and for a message. */
static void test_who_is_repeated(void **state)
{
    (void)state;
    static const struct { int end, status; int64_t after; bool permanent, again[3]; } rows[] = {
        { NOT_SENT, 0, -1, false, { true, true, true } },     { NOT_SENT, 0, -1, true, { false, false, false } },
        { LOST, 0, -1, false, { true, false, false } },       { LOST, 0, -1, true, { false, false, false } },
        { ANSWERED, 200, -1, false, { false, false, false } }, { ANSWERED, 400, 1000, false, { false, false, false } },
        { ANSWERED, 401, -1, false, { false, false, false } }, { ANSWERED, 404, -1, false, { false, false, false } },
        { ANSWERED, 408, -1, false, { true, true, false } },  { ANSWERED, 409, -1, false, { false, false, false } },
        { ANSWERED, 425, -1, false, { true, true, false } },  { ANSWERED, 429, -1, false, { true, true, true } },
        { ANSWERED, 429, 2000, false, { true, true, true } }, { ANSWERED, 500, -1, false, { true, false, false } },
        { ANSWERED, 500, 1000, false, { true, false, false } }, { ANSWERED, 502, -1, false, { true, false, false } },
        { ANSWERED, 503, -1, false, { true, false, false } }, { ANSWERED, 503, 1000, false, { true, true, false } },
        { ANSWERED, 504, -1, false, { true, false, false } },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int s = R; s <= O; s++) {
            struct retry_facts f = { .safety = (enum safety)s, .end = (enum http_end)rows[i].end, .status = rows[i].status, .after_ms = rows[i].after,
                                     .permanent = rows[i].permanent, .chance = 123456789 };
            bool asked, again = retry_wait(&f, &http_limits_default, &asked) >= 0;
            if (again != rows[i].again[s])
                fail_msg("row %zu (status %d), safety %d: %d", i, rows[i].status, s, again);
        }
}

static void test_how_long(void **state)
{
    (void)state;
    const struct http_limits *l = &http_limits_default;
    bool asked;
    struct retry_facts f = { .safety = HTTP_READ, .end = HTTP_LOST, .after_ms = -1 };
    for (f.retries = 0; f.retries < 4; f.retries++) {
        int64_t low = INT64_MAX, high = 0;
        for (uint32_t i = 0; i < 20000; i++) {
            f.chance = i * 2654435761u;
            int64_t w = retry_wait(&f, l, &asked);
            low = w < low ? w : low;
            high = w > high ? w : high;
        }
        assert_in_range(low, 1, 20);                                          /* full jitter: near 0 ... */
        assert_in_range(high, (1000 << f.retries) * 95 / 100, 1000 << f.retries);  /* ... to the bound, doubling */
    }
    assert_int_equal(retry_wait(&f, l, &asked), RETRY_NO);                    /* four are enough */
    f = (struct retry_facts){ .safety = HTTP_READ, .end = HTTP_LOST, .after_ms = -1, .retries = 3, .waited_ms = 14990, .chance = 5000 };
    assert_int_equal(retry_wait(&f, l, &asked), RETRY_NO);                    /* and so are 15 seconds */
    f = (struct retry_facts){ .safety = HTTP_ONCE, .end = HTTP_ANSWERED, .status = 429, .after_ms = 30000, .waited_ms = 14990, .chance = 5000 };
    assert_int_equal(retry_wait(&f, l, &asked), 30000);                       /* Retry-After apart */
    assert_true(asked);
    f.after_ms = 120001;
    assert_int_equal(retry_wait(&f, l, &asked), RETRY_TOO_LONG);
    f.after_ms = 0;
    f.waited_ms = 0;
    assert_in_range(retry_wait(&f, l, &asked), 1, 1000);                      /* 0 is not "now" */
    assert_false(asked);
}

/* A server with a bucket; requests take 5 ms; 16 at a time. Returns how many were refused. */
struct mock { double rate, burst, tokens; };

static unsigned play(struct pace *p, struct mock *m, unsigned n, int64_t *now)
{
    struct { int64_t started, due; } flying[16];
    unsigned n_flying = 0, done = 0, refused = 0;
    while (done < n) {
        for (unsigned i = 0; i < n_flying;) {
            if (flying[i].due > *now) {
                i++;
            } else if (m->tokens >= 1) {
                m->tokens -= 1;
                done++;
                pace_answered(p, *now);
                flying[i] = flying[--n_flying];
            } else {
                refused++;
                pace_throttled(p, flying[i].started, *now, 1000);
                flying[i] = flying[--n_flying];
            }
        }
        while (n_flying < 16 && pace_wait(p, *now) == 0) {
            pace_start(p);
            flying[n_flying].started = *now;
            flying[n_flying++].due = *now + 5;
        }
        *now += 1;
        m->tokens = m->tokens + m->rate / 1000 > m->burst ? m->burst : m->tokens + m->rate / 1000;
    }
    return refused;
}

/* performance.md P17: at most 1 % refused, and hardly slower than the server allows. */
static void test_pace_finds_the_rate(void **state)
{
    (void)state;
    /* In a short run the search for the rate weighs more. */
    static const struct { double rate, burst; unsigned n; double slack; } rows[] = {
        { 20, 60, 10000, 1.05 }, { 20, 20, 10000, 1.05 }, { 100, 100, 20000, 1.05 }, { 5, 5, 2000, 1.05 }, { 100, 60, 2000, 1.15 }, { 1000, 100, 20000, 1.35 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct mock m = { rows[i].rate, rows[i].burst, rows[i].burst };
        struct pace p;
        int64_t now = 1000000;
        pace_init(&p, 0);
        unsigned refused = play(&p, &m, rows[i].n, &now);
        double seconds = (double)(now - 1000000) / 1000, ideal = rows[i].n / rows[i].rate;
        if (refused > rows[i].n / 100 || seconds > ideal * rows[i].slack + 1)
            fail_msg("%g/s: %u of %u refused, %.1f s where %.1f would do", rows[i].rate, refused, rows[i].n, seconds, ideal);
    }
}

static void test_pace_halves_and_recovers(void **state)
{
    (void)state;
    struct pace p;
    pace_init(&p, 100);
    int64_t now = 1000;
    unsigned starts = 0;
    for (; now < 6000; now++)
        while (pace_wait(&p, now) == 0) {
            pace_start(&p);
            pace_answered(&p, now);
            starts++;
        }
    assert_in_range(starts, 490, 510);                                        /* the user's limit */
    pace_throttled(&p, now - 5, now, 2000);
    assert_in_range((unsigned)p.rate, 49, 51);
    assert_in_range(pace_wait(&p, now), 2000, 2000);
    double after = p.rate;
    pace_throttled(&p, now - 5, now + 1, 2500);                               /* in flight at the time: no news, but a longer hold */
    assert_true(p.rate == after);
    assert_int_equal(pace_wait(&p, now + 2400), 101);
    int64_t until = now + 40000;
    for (now += 2501; now < until; now++)
        while (pace_wait(&p, now) == 0) {
            pace_start(&p);
            pace_answered(&p, now);
        }
    assert_in_range((unsigned)p.rate, 95, 100);                               /* back, and never above the limit */
}

/* One 429 at the very start must not condemn ten thousand requests. */
static void test_pace_forgives_an_early_refusal(void **state)
{
    (void)state;
    struct pace p;
    struct mock m = { 100000, 1e6, 1e6 };
    int64_t now = 5000;
    pace_init(&p, 0);
    pace_start(&p);
    pace_throttled(&p, now, now + 2, 300);
    assert_int_equal(play(&p, &m, 10000, &now), 0);
    assert_in_range(now - 5000, 1000, 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_after),         cmocka_unit_test(test_who_is_repeated),         cmocka_unit_test(test_how_long),
        cmocka_unit_test(test_pace_finds_the_rate), cmocka_unit_test(test_pace_halves_and_recovers), cmocka_unit_test(test_pace_forgives_an_early_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
