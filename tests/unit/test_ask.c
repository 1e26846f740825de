/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What strangers may ask of the status server, its hooks' proofs, and the board behind it. The server itself: tests/status/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/mem.h"
#include "status/ask.h"
#include "status/hook.h"
#include "status/status.h"
#include "sync/board.h"

/* --- verdicts ------------------------------------------------------------------------------------ */

static struct ask ask_of(const char *method, const char *target, const char *const headers[][2])
{
    struct ask a = { .method = str_of(method), .target = str_of(target) };
    for (size_t i = 0; headers[i][0]; i++)
        ask_header_add(&a, str_of(headers[i][0]), str_of(headers[i][1]));
    return a;
}

static int verdict(const char *method, const char *target, const char *const headers[][2], bool hooks)
{
    const char *const hosts[] = { "waconf.example" };
    const struct ask a = ask_of(method, target, headers);
    const struct ask_rules rules = { .hosts = hosts, .n_hosts = 1, .own_host = "front", .hooks = hooks, .most_body = 10 };
    struct ask_verdict v;
    ask_judge(&a, &rules, &v);
    return v.status;
}

#define HEADERS(...) (const char *const[][2]){ __VA_ARGS__ __VA_OPT__(,) { NULL, NULL } }

static void test_verdicts(void **state)
{
    (void)state;
    assert_int_equal(verdict("GET", "/", HEADERS({ "host", "127.0.0.1:1" }), false), 0);
    assert_int_equal(verdict("GET", "/", HEADERS(), false), 400);
    assert_int_equal(verdict("GET", "/", HEADERS({ "Host", "front" }), false), 0);
    assert_int_equal(verdict("GET", "/", HEADERS({ "Host", "back" }), false), 403);
    assert_int_equal(verdict("GET", "/%00", HEADERS({ "Host", "front" }), false), 400);
    assert_int_equal(verdict("GET", "/..", HEADERS({ "Host", "front" }), false), 404);
    assert_int_equal(verdict("PUT", "/", HEADERS({ "Host", "front" }), false), 405);
    assert_int_equal(verdict("GET", "/", HEADERS({ "Host", "front" }, { "Content-Length", "1" }), false), 413);
    assert_int_equal(verdict("GET", "/", HEADERS({ "Host", "front" }, { "Origin", "http://front" }), false), 0);
    assert_int_equal(verdict("GET", "/", HEADERS({ "Host", "front" }, { "Origin", "http://front" }, { "Origin", "http://front" }), false), 403);
    assert_int_equal(verdict("POST", "/hooks/git", HEADERS({ "Host", "front" }), false), 404);
    assert_int_equal(verdict("POST", "/hooks/git", HEADERS({ "Host", "front" }, { "Content-Length", "10" }), true), 0);
    assert_int_equal(verdict("POST", "/hooks/git", HEADERS({ "Host", "front" }, { "Content-Length", "11" }), true), 413);
    assert_int_equal(verdict("POST", "/hooks/git", HEADERS({ "Host", "front" }, { "Content-Length", "5" }, { "content-length", "5" }), true), 400);
}

static void test_headers_with_nul_or_too_many(void **state)
{
    (void)state;
    struct ask a = { 0 };
    ask_header_add(&a, STR("Host"), (struct str){ "front\0x", 7 });
    assert_true(a.bad);
    a = (struct ask){ 0 };
    for (int i = 0; i < ASK_HEADERS; i++)
        ask_header_add(&a, STR("x"), STR("y"));
    assert_false(a.bad);
    ask_header_add(&a, STR("x"), STR("y"));
    assert_true(a.bad);
}

static void test_accept_and_tags(void **state)
{
    (void)state;
    assert_true(ask_accepts(STR("text/plain, A/b;q=0.5"), "a/b"));
    assert_false(ask_accepts(STR("text/plain, a/b;q=0, */*"), "a/b"));
    assert_false(ask_accepts(STR(""), "a/b"));
    assert_true(ask_matches(STR("\"a\", W/\"b\""), STR("\"b\"")));
    assert_false(ask_matches(STR("\"ab\""), STR("\"b\"")));
    assert_false(ask_matches(STR(""), STR("\"b\"")));
}

/* --- hooks --------------------------------------------------------------------------------------- */

static bool knock(const char *header, const char *value, const char *body, const char *secret)
{
    struct hook_check h;
    const struct ask a = ask_of("POST", "/hooks/git", HEADERS({ header, value }));
    hook_begin(&h, secret);
    hook_body(&h, str_of(body));
    return hook_end(&h, &a, secret);
}

/* The example of GitHub's documentation ("Validating webhook deliveries"). */
static void test_signature(void **state)
{
    static const char good[] = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    (void)state;
    assert_true(knock("X-Hub-Signature-256", good, "Hello, World!", "It's a Secret to Everybody"));
    assert_false(knock("X-Hub-Signature-256", good, "Hello, World?", "It's a Secret to Everybody"));
    assert_false(knock("X-Hub-Signature-256", good, "Hello, World!", "It's a Secret to Nobody"));
    assert_false(knock("X-Hub-Signature-256", good + 7, "Hello, World!", "It's a Secret to Everybody"));
    assert_true(knock("x-gitlab-token", "It's", "", "It's"));
    assert_false(knock("x-gitlab-token", "it's", "", "It's"));
    assert_false(knock("x-other", "It's", "", "It's"));
}

static void test_bucket(void **state)
{
    struct bucket b = { .most = 2, .left = 2, .every_ms = 100, .filled = 1000 };
    (void)state;
    assert_true(bucket_take(&b, 1000) && bucket_take(&b, 1000));
    assert_false(bucket_take(&b, 1099));
    assert_true(bucket_take(&b, 1100));
    assert_true(bucket_empty(&b, 1199));
    assert_false(bucket_empty(&b, 1200));
    assert_true(bucket_take(&b, 99000) && bucket_take(&b, 99000));
    assert_false(bucket_take(&b, 99000));
}

/* --- the board ----------------------------------------------------------------------------------- */

static void test_tallies(void **state)
{
    struct tallies t = { 0 }, copy = { 0 };
    (void)state;
    tally_count(&t, "kapso/Account/x", METHOD_PATCH, 200);
    tally_count(&t, "kaleyra/Account/a", METHOD_PUT, 200);
    tally_count(&t, "kaleyra/Account/b", METHOD_PUT, 200);
    tally_count(&t, "kaleyra/Account/b", METHOD_PUT, 0);
    tally_copy(&copy, &t);
    tally_count(&t, "kaleyra/Account/b", METHOD_PUT, 0);
    assert_int_equal(copy.n, 3);
    assert_string_equal(copy.items[0].group, "kaleyra");
    assert_int_equal(copy.items[0].status, 0);
    assert_int_equal(copy.items[0].n, 1);
    assert_int_equal(copy.items[1].n, 2);
    assert_string_equal(copy.items[2].group, "kapso");
    for (int i = 0; i < 2 * TALLY_MOST; i++)
        tally_count(&t, "x", METHOD_GET, i);
    assert_int_equal(t.n, TALLY_MOST);
    tally_release(&t);
    tally_release(&copy);
}

static void add_change(struct plan *p, const char *address, enum outcome outcome, struct err *why)
{
    static const struct kind kind = { .name = "NumberProfile" };
    p->changes[p->n++] = (struct change){ .address = str_of(address), .kind = &kind, .action = ACTION_NONE, .outcome = outcome, .error = why };
}

/* What waits for its next attempt is left out of a pass over everything; it stays on the board, and what the tree lost goes. */
static void test_rows_stay_while_the_tree_has_them(void **state)
{
    struct err err = { 0 }, why = { .is = ERR_DOWN, .text = "no answer" };
    struct change changes[3];
    struct object a = { .address = STR("g/K/a"), .targeted = true }, b = { .address = STR("g/K/b"), .targeted = true }, c = { .address = STR("g/K/c"), .targeted = true };
    struct object *objects[] = { &a, &b, &c };
    struct sync s = { .tree = { .objects = objects, .n = 3 }, .plan = { .changes = changes } };
    struct board board;
    (void)state;
    assert_int_equal(http_open(&(struct http_options){ .interrupt_fd = -1 }, &s.client, &err), 0);
    board_init(&board, "enforce");
    add_change(&s.plan, "g/K/a", OUTCOME_UNCHANGED, NULL);
    add_change(&s.plan, "g/K/b", OUTCOME_FAILED, &why);
    add_change(&s.plan, "g/K/c", OUTCOME_UNCHANGED, NULL);
    board_update(&board, &s, true, 10);
    assert_int_equal(board.n, 3);
    assert_int_equal(board_find(&board, STR("g/K/b"))->failures, 1);

    uint64_t version = board.version;
    s.plan.n = 1;
    s.tree.n = 2; /* c is gone from the tree; b was not tried */
    board_update(&board, &s, true, 10);
    assert_int_equal(board.n, 2);
    assert_int_equal(board_find(&board, STR("g/K/b"))->state, BOARD_FAILED);
    assert_int_equal(board_find(&board, STR("g/K/b"))->failures, 1);
    assert_null(board_find(&board, STR("g/K/c")));
    assert_true(board.version > version);

    json_t *j = board_json(&board);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(j, "counts"), "failed")), 1);
    assert_int_equal(json_array_size(json_object_get(j, "passes")), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(j, "objects"), 1), "error")), "no answer");
    json_decref(j);
    board_release(&board);
    http_close(s.client);
}

static void test_a_pass_that_could_not_run(void **state)
{
    struct err why = { .is = ERR_IO, .text = "the disk is full", .hint = "Make room." };
    struct board board;
    (void)state;
    clock_fake(1000, 1700000000);
    board_init(&board, "report");
    clock_fake(5000, 1700000004);
    board_failed(&board, &why, 12);
    assert_int_equal(board.alive_ms, 5000);
    json_t *j = board_json(&board), *pass = json_array_get(json_object_get(j, "passes"), 0);
    assert_string_equal(json_string_value(json_object_get(pass, "at")), "2023-11-14T22:13:24Z");
    assert_string_equal(json_string_value(json_object_get(pass, "error")), "the disk is full");
    assert_string_equal(json_string_value(json_object_get(pass, "hint")), "Make room.");
    assert_true(json_is_null(json_object_get(j, "last_sync")));
    json_decref(j);
    board_release(&board);
    clock_fake(-1, -1);
}

/* A commit is the one label that comes from outside. */
static void test_metrics_labels(void **state)
{
    struct board board;
    auto_buf out = buf_init(BUF_UNBOUNDED);
    (void)state;
    board_init(&board, "enforce");
    (void)strcpy(board.commit, "a\"b\\c\nd");
    board_metrics(&board, METRICS_OPENMETRICS, &out);
    assert_true(str_find(buf_str(&out), STR("waconf_commit_info{commit=\"a\\\"b\\\\c\\nd\"} 1\n")) > 0);
    assert_true(str_ends(buf_str(&out), STR("\n# EOF\n")));
    board_release(&board);
}

/* A daemon that nobody asks anything sleeps. */
static void test_idle_has_no_timer(void **state)
{
    struct err err = { 0 };
    struct board board;
    struct status_server *s;
    (void)state;
    board_init(&board, "enforce");
    const struct status_options o = { .listen = "127.0.0.1:0", .board = &board };
    assert_int_equal(status_open(&o, &s, &err), 0);
    status_run(s);
    assert_int_equal(status_due(s), -1);
    assert_true(status_fd(s) >= 0 && status_port(s) > 0);
    status_close(s);
    status_close(NULL);
    board_release(&board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts), cmocka_unit_test(test_headers_with_nul_or_too_many), cmocka_unit_test(test_accept_and_tags),
        cmocka_unit_test(test_signature), cmocka_unit_test(test_bucket), cmocka_unit_test(test_tallies),
        cmocka_unit_test(test_rows_stay_while_the_tree_has_them), cmocka_unit_test(test_a_pass_that_could_not_run), cmocka_unit_test(test_metrics_labels),
        cmocka_unit_test(test_idle_has_no_timer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
