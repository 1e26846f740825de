/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's states, replayed with a clock of our own: every edge of the table, and what is due when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "watch/fight.h"
#include "watch/machine.h"

static const struct machine_options options = { .quiet_ms = 300, .most_ms = 3000, .interval_ms = 600000, .backoff_ms = 1000, .backoff_most_ms = 300000 };
static int64_t now;
static struct machine m;

static enum watch_action on(enum watch_event e)
{
    return machine_step(&m, e, now, false);
}

static void is(enum watch_state state)
{
    assert_string_equal(watch_state_names[m.state], watch_state_names[state]);
}

/* A machine in the given state, by the events that lead there. */
static void bring(enum watch_state state)
{
    now = 1000000;
    machine_init(&m, &options, now, 7);
    assert_int_equal(on(WATCH_TICK), WATCH_SYNC_ALL);
    is(WATCH_SYNCING);
    if (state == WATCH_SYNCING)
        return;
    assert_int_equal(on(state == WATCH_BACKOFF ? WATCH_FAILED : WATCH_DONE), WATCH_NOTHING);
    if (state == WATCH_SETTLING)
        (void)on(WATCH_CHANGED);
    if (state == WATCH_STOPPING)
        assert_int_equal(on(WATCH_STOP), WATCH_QUIT);
    is(state);
}

/* Every state with every event: what is done, and where it leads, without time passing. */
static void test_table(void **state)
{
    static const struct { enum watch_state from; enum watch_event e; enum watch_action action; enum watch_state to; } edges[] = {
        { WATCH_IDLE, WATCH_CHANGED, WATCH_NOTHING, WATCH_SETTLING },     { WATCH_IDLE, WATCH_RESYNC, WATCH_SYNC_ALL, WATCH_SYNCING },
        { WATCH_IDLE, WATCH_TICK, WATCH_NOTHING, WATCH_IDLE },            { WATCH_IDLE, WATCH_DONE, WATCH_NOTHING, WATCH_IDLE },
        { WATCH_IDLE, WATCH_FAILED, WATCH_NOTHING, WATCH_IDLE },          { WATCH_IDLE, WATCH_STOP, WATCH_QUIT, WATCH_STOPPING },
        { WATCH_SETTLING, WATCH_CHANGED, WATCH_NOTHING, WATCH_SETTLING }, { WATCH_SETTLING, WATCH_RESYNC, WATCH_SYNC_ALL, WATCH_SYNCING },
        { WATCH_SETTLING, WATCH_TICK, WATCH_NOTHING, WATCH_SETTLING },    { WATCH_SETTLING, WATCH_DONE, WATCH_NOTHING, WATCH_SETTLING },
        { WATCH_SETTLING, WATCH_FAILED, WATCH_NOTHING, WATCH_SETTLING },  { WATCH_SETTLING, WATCH_STOP, WATCH_QUIT, WATCH_STOPPING },
        { WATCH_SYNCING, WATCH_CHANGED, WATCH_NOTHING, WATCH_SYNCING },   { WATCH_SYNCING, WATCH_RESYNC, WATCH_NOTHING, WATCH_SYNCING },
        { WATCH_SYNCING, WATCH_TICK, WATCH_NOTHING, WATCH_SYNCING },      { WATCH_SYNCING, WATCH_DONE, WATCH_NOTHING, WATCH_IDLE },
        { WATCH_SYNCING, WATCH_FAILED, WATCH_NOTHING, WATCH_BACKOFF },    { WATCH_SYNCING, WATCH_STOP, WATCH_INTERRUPT, WATCH_STOPPING },
        { WATCH_BACKOFF, WATCH_CHANGED, WATCH_NOTHING, WATCH_SETTLING },  { WATCH_BACKOFF, WATCH_RESYNC, WATCH_SYNC_ALL, WATCH_SYNCING },
        { WATCH_BACKOFF, WATCH_TICK, WATCH_NOTHING, WATCH_BACKOFF },      { WATCH_BACKOFF, WATCH_DONE, WATCH_NOTHING, WATCH_BACKOFF },
        { WATCH_BACKOFF, WATCH_FAILED, WATCH_NOTHING, WATCH_BACKOFF },    { WATCH_BACKOFF, WATCH_STOP, WATCH_QUIT, WATCH_STOPPING },
        { WATCH_STOPPING, WATCH_CHANGED, WATCH_NOTHING, WATCH_STOPPING }, { WATCH_STOPPING, WATCH_RESYNC, WATCH_NOTHING, WATCH_STOPPING },
        { WATCH_STOPPING, WATCH_TICK, WATCH_NOTHING, WATCH_STOPPING },    { WATCH_STOPPING, WATCH_DONE, WATCH_QUIT, WATCH_STOPPING },
        { WATCH_STOPPING, WATCH_FAILED, WATCH_QUIT, WATCH_STOPPING },     { WATCH_STOPPING, WATCH_STOP, WATCH_NOTHING, WATCH_STOPPING },
    };
    (void)state;
    assert_int_equal(sizeof edges / sizeof *edges, WATCH_STATE_COUNT * WATCH_EVENT_COUNT);
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        bring(edges[i].from);
        assert_int_equal(on(edges[i].e), edges[i].action);
        is(edges[i].to);
    }
}

static void test_debounce(void **state)
{
    (void)state;
    bring(WATCH_IDLE);
    (void)on(WATCH_CHANGED);
    now += 299;
    assert_int_equal(on(WATCH_TICK), WATCH_NOTHING);
    (void)on(WATCH_CHANGED); /* still writing: quiet starts again */
    assert_int_equal(machine_due(&m, now, false), now + 300);
    now += 300;
    assert_int_equal(on(WATCH_TICK), WATCH_SYNC_CHANGES);
}

static void test_never_quiet(void **state)
{
    int64_t from;
    (void)state;
    bring(WATCH_IDLE);
    from = now;
    for (;;) {
        (void)on(WATCH_CHANGED);
        now += 100;
        if (on(WATCH_TICK) == WATCH_SYNC_CHANGES)
            break;
        assert_true(now - from < 4000);
    }
    assert_int_equal(now - from, 3000);
}

static void test_held_by_git(void **state)
{
    (void)state;
    bring(WATCH_IDLE);
    (void)on(WATCH_CHANGED);
    now += 5000;
    assert_int_equal(machine_step(&m, WATCH_TICK, now, true), WATCH_NOTHING);
    assert_true(machine_due(&m, now, true) > now); /* looks again, and does not spin */
    assert_int_equal(machine_step(&m, WATCH_RESYNC, now, true), WATCH_NOTHING);
    assert_true(machine_due(&m, now, true) > now);
    assert_int_equal(machine_step(&m, WATCH_TICK, now, false), WATCH_SYNC_ALL);
}

static void test_change_while_syncing(void **state)
{
    (void)state;
    bring(WATCH_SYNCING);
    (void)on(WATCH_CHANGED);
    (void)on(WATCH_DONE);
    is(WATCH_SETTLING);
    now += 300;
    assert_int_equal(on(WATCH_TICK), WATCH_SYNC_CHANGES);
    (void)on(WATCH_RESYNC); /* an operator asks meanwhile */
    (void)on(WATCH_DONE);
    assert_int_equal(on(WATCH_TICK), WATCH_SYNC_ALL);
}

static void test_interval(void **state)
{
    int64_t least = INT64_MAX, most = 0;
    (void)state;
    bring(WATCH_SYNCING);
    for (int i = 0; i < 1000; i++) {
        (void)on(WATCH_DONE);
        int64_t pause = machine_due(&m, now, false) - now;
        least = pause < least ? pause : least;
        most = pause > most ? pause : most;
        now += pause;
        assert_int_equal(on(WATCH_TICK), WATCH_SYNC_ALL);
    }
    assert_in_range(least, 540000, 560000); /* +-10 % */
    assert_in_range(most, 640000, 660000);
}

static void test_backoff_grows_and_is_forgotten(void **state)
{
    int64_t last = 0;
    (void)state;
    bring(WATCH_SYNCING);
    for (int i = 0; i < 20; i++) {
        (void)on(WATCH_FAILED);
        int64_t pause = machine_due(&m, now, false) - now;
        assert_true(pause >= 900 && pause <= 330000);
        assert_true(i > 8 || pause > last); /* doubles faster than it jitters, until the most */
        last = pause;
        now += pause;
        assert_int_equal(on(WATCH_TICK), WATCH_SYNC_ALL); /* never latches */
    }
    (void)on(WATCH_DONE);
    (void)on(WATCH_RESYNC);
    (void)on(WATCH_FAILED);
    assert_true(machine_due(&m, now, false) - now <= 1100);
}

static void test_a_change_ends_backoff(void **state)
{
    (void)state;
    bring(WATCH_BACKOFF);
    (void)on(WATCH_CHANGED);
    now += 300;
    assert_int_equal(on(WATCH_TICK), WATCH_SYNC_ALL); /* the failed pass left everything to do */
}

/* --- fights -------------------------------------------------------------------------------------- */

static void test_fight(void **state)
{
    struct fights f = { 0 };
    const struct str who = STR("kapso/WhatsAppConfig/desk"), what = STR("/name");
    int64_t until = 0, t = 1000;
    (void)state;
    fight_reverted(&f, who, what, t);
    fight_reverted(&f, who, what, t + 1000);
    assert_false(fight_paused(&f, who, what, t + 2000, &until));
    fight_reverted(&f, who, what, t + 2000);
    assert_true(fight_paused(&f, who, what, t + 2001, &until));
    assert_int_equal(until, t + 2000 + FIGHT_PAUSE_MS);
    assert_false(fight_paused(&f, who, STR("/other"), t + 2001, &until)); /* this field only */
    assert_false(fight_paused(&f, who, what, t + 2000 + FIGHT_PAUSE_MS, &until));
    t += 3000 + FIGHT_PAUSE_MS;
    fight_reverted(&f, who, what, t); /* once more: the next pause is longer */
    assert_true(fight_paused(&f, who, what, t + 1, &until));
    assert_int_equal(until, t + 2 * FIGHT_PAUSE_MS);
    fight_release(&f);
}

static void test_no_fight_in_slow_drift(void **state)
{
    struct fights f = { 0 };
    int64_t until;
    (void)state;
    for (int i = 0; i < 20; i++)
        fight_reverted(&f, STR("a"), STR("/b"), 1000 + (int64_t)i * 1900000); /* two within any hour */
    assert_false(fight_paused(&f, STR("a"), STR("/b"), 1001 + (int64_t)19 * 1900000, &until));
    fight_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_debounce), cmocka_unit_test(test_never_quiet), cmocka_unit_test(test_held_by_git),
        cmocka_unit_test(test_change_while_syncing), cmocka_unit_test(test_interval), cmocka_unit_test(test_backoff_grows_and_is_forgotten),
        cmocka_unit_test(test_a_change_ends_backoff), cmocka_unit_test(test_fight), cmocka_unit_test(test_no_fight_in_slow_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
