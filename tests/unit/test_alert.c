/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Alerts: boards made by hand go in, requests come out at a receiver in this process. Told once per transition, also over a restart; put together when
 * there are many; no secret; nothing again after a lost answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "watch/alert.h"

/* --- the receiver -------------------------------------------------------------------------------- */

enum { MOST_SEEN = 32 };
enum answer { ANSWER_OK, ANSWER_NONE, ANSWER_RESET, ANSWER_500, ANSWER_SENT };
static const char *const answers[] = {
    [ANSWER_OK] = "HTTP/1.1 204 No Content\r\n\r\n", [ANSWER_500] = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
    [ANSWER_SENT] = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 54\r\n\r\n"
                    "{\"response\":[{\"code\":\"1001\",\"transid\":\"t-1\",\"x\":\"0\"}]}",
};
static struct { int fd, port; enum answer answer; char seen[MOST_SEEN][16384]; size_t n; int open[MOST_SEEN]; size_t n_open; char text[MOST_SEEN][16384]; } hook;

static void hook_open(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    memset(&hook, 0, sizeof hook);
    hook.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(hook.fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(hook.fd, 16), 0);
    assert_int_equal(getsockname(hook.fd, (struct sockaddr *)&at, &n), 0);
    hook.port = ntohs(at.sin_port);
}

/* A whole request: its head, and as much body as it says. */
static bool is_whole(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\ncontent-length:");
    return end && length && strlen(end + 4) >= strtoul(length + 17, NULL, 10);
}

static void hook_serve(void)
{
    int fd = accept4(hook.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        assert_true(hook.n_open < MOST_SEEN);
        hook.text[hook.n_open][0] = '\0';
        hook.open[hook.n_open++] = fd;
    }
    for (size_t i = 0; i < hook.n_open; i++) {
        char *text = hook.text[i];
        size_t had = strlen(text);
        ssize_t n = hook.open[i] >= 0 ? read(hook.open[i], text + had, sizeof hook.text[i] - 1 - had) : 0;
        if (n <= 0)
            continue;
        text[had + (size_t)n] = '\0';
        if (!is_whole(text))
            continue;
        assert_true(hook.n < MOST_SEEN);
        memcpy(hook.seen[hook.n++], text, sizeof hook.text[i]);
        text[0] = '\0';
        if (hook.answer == ANSWER_RESET) {
            (void)setsockopt(hook.open[i], SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
            (void)close(hook.open[i]);
            hook.open[i] = -1;
        } else if (answers[hook.answer]) {
            assert_true(write(hook.open[i], answers[hook.answer], strlen(answers[hook.answer])) > 0);
        }
    }
}

static void hook_close(void)
{
    for (size_t i = 0; i < hook.n_open; i++)
        if (hook.open[i] >= 0)
            (void)close(hook.open[i]);
    (void)close(hook.fd);
}

/* --- the world of one test ------------------------------------------------------------------------- */

struct world {
    struct http_client *client;
    struct vault *vault;
    struct alerts *alerts;
    struct tree tree;
    struct diags diags;
    struct board board;
    struct log log;
    char *logged;
    size_t n_logged;
    FILE *out;
    char directory[64];
};

static void tree_is(struct world *w, const char *text)
{
    auto_buf all = buf_init(BUF_UNBOUNDED);
    char port[16];
    (void)snprintf(port, sizeof port, "%d", hook.port);
    for (struct str rest = str_of(text), head; str_cut(rest, '@', &head, &rest) || (buf_add(&all, head), false);) {
        buf_add(&all, head);
        buf_puts(&all, port);
    }
    tree_release(&w->tree);
    diags_release(&w->diags);
    w->diags = (struct diags){ 0 };
    load_memory(buf_str(&all), "tree.yaml", &w->tree, &w->diags);
    for (size_t i = 0; i < w->diags.n; i++)
        if (w->diags.items[i].severity == SEVERITY_ERROR)
            fail_msg("%.*s", ARG(w->diags.items[i].message));
    for (size_t i = 0; i < w->tree.n_alerts; i++) {
        w->tree.alerts[i]->targeted = true;
        if (w->tree.alerts[i]->account)
            w->tree.alerts[i]->account->targeted = true;
    }
    struct resolve_options resolve = { .vault = w->vault };
    for (size_t i = 0; i < w->tree.n; i++)
        w->tree.objects[i]->targeted = w->tree.objects[i]->kind->life == LIFE_ACCOUNT;
    assert_true(resolve_tree(&resolve, &w->tree, &w->diags));
    alerts_load(w->alerts, &w->tree);
}

static void alerts_start(struct world *w)
{
    struct err err = { 0 };
    struct http_options http = { .parallelism = 1, .user_agent = "waconf/test", .read_only = true, .interrupt_fd = -1, .vault = w->vault };
    assert_int_equal(http_open(&http, &w->client, &err), 0);
    w->alerts = alerts_new(&(struct alerts_options){ .client = w->client, .vault = w->vault, .env = "test", .directory = w->directory, .log = &w->log });
}

static void alerts_stop(struct world *w)
{
    http_close(w->client);
    alerts_free(w->alerts);
}

static int begin(void **state)
{
    struct world *w = mem_alloc(sizeof *w);
    struct err err = { 0 };
    hook_open();
    (void)setenv("ALERT_SECRET", "hunter2-hunter2", 1);
    (void)snprintf(w->directory, sizeof w->directory, "/tmp/alert-XXXXXX");
    assert_non_null(mkdtemp(w->directory));
    assert_int_equal(vault_new(&w->vault, &err), 0);
    w->out = open_memstream(&w->logged, &w->n_logged);
    log_open(&w->log, w->out, LOG_TEXT, LOG_LEVEL_DEBUG);
    alerts_start(w);
    board_init(&w->board, "report");
    *state = w;
    return 0;
}

static int end(void **state)
{
    struct world *w = *state;
    char path[128];
    clock_fake(-1, -1);
    alerts_stop(w);
    board_release(&w->board);
    tree_release(&w->tree);
    diags_release(&w->diags);
    vault_free(w->vault);
    (void)fclose(w->out);
    free(w->logged);
    hook_close();
    (void)snprintf(path, sizeof path, "%s/alerts-test", w->directory);
    (void)unlink(path);
    int bad = rmdir(w->directory);
    free(w);
    return bad;
}

/* One row of the board; rows are given in the order of their addresses. */
static struct board_row *row_is(struct world *w, const char *address, enum board_state now, const char *error)
{
    struct board_row *r = board_find(&w->board, str_of(address));
    if (!r) {
        w->board.rows = mem_grow(w->board.rows, &w->board.cap, w->board.n + 1, sizeof *w->board.rows);
        r = w->board.rows[w->board.n++] = mem_alloc(sizeof *r);
        r->address = strdup(address);
    }
    r->before = r->state;
    r->state = now;
    r->moved = r->before != now;
    r->applied = false;
    r->since = r->seen = 1793613600;
    free(r->error);
    r->error = error ? strdup(error) : NULL;
    return r;
}

static void pass(struct world *w)
{
    w->board.n_sync++;
    w->board.n_passes = 1;
    w->board.passes[0].all = true;
    alerts_pass(w->alerts, &w->board);
}

/* Until all is told, then a little longer, for what should not come. */
static void settle(struct world *w)
{
    struct err err = { 0 };
    for (int i = 0; i < 2000 && !alerts_idle(w->alerts) && alerts_due(w->alerts) < 0; i++) {
        hook_serve();
        assert_int_equal(http_idle(w->client, clock_mono_ms() + 2, &err), 0);
    }
    for (int i = 0; i < 5; i++) {
        hook_serve();
        assert_int_equal(http_idle(w->client, clock_mono_ms() + 1, &err), 0);
    }
    (void)fflush(w->out);
}

static const char *body(size_t i)
{
    assert_true(i < hook.n);
    return strstr(hook.seen[i], "\r\n\r\n") + 4;
}

#define A "kaleyra/NumberProfile/a"
#define B "kaleyra/NumberProfile/b"
#define M "webexconnect/Message/m"
static const char webhook_of_all[] = "apiVersion: waconf/v1\nkind: Alert\nmetadata: { name: ops }\nspec:\n  on: [applied, drift, failed, unsure, refused, recovered]\n"
                                     "  webhook: { url: 'http://127.0.0.1:@/hook' }\n";

/* --- stories --------------------------------------------------------------------------------------- */

static void test_once_per_transition(void **state)
{
    struct world *w = *state;
    tree_is(w, webhook_of_all);
    row_is(w, A, BOARD_IN_SYNC, NULL);
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 0);
    row_is(w, A, BOARD_FAILED, "no \"route\"\n\x1b[2J")->before = BOARD_IN_SYNC;
    for (int i = 0; i < 3; i++)
        pass(w);
    settle(w);
    assert_int_equal(hook.n, 1);
    json_t *j = json_loads(body(0), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(j);
    static const char *const want[][2] = { { "alert", "ops" }, { "event", "failed" }, { "address", A }, { "state", "failed" }, { "before", "in_sync" },
                                           { "error", "no \"route\"\n\x1b[2J" }, { "env", "test" }, { "at", "2026-11-02T10:00:00Z" } };
    for (size_t i = 0; i < COUNT(want); i++)
        assert_string_equal(json_string_value(json_object_get(j, want[i][0])), want[i][1]);
    assert_int_equal(json_integer_value(json_object_get(j, "count")), 1);
    assert_int_equal(json_array_size(json_object_get(j, "events")), 1);
    json_decref(j);
    assert_non_null(strstr(hook.seen[0], "POST /hook HTTP/1.1\r\n"));
    assert_null(strcasestr(hook.seen[0], "X-Waconf-Signature"));
    row_is(w, A, BOARD_PENDING, NULL);      /* no news */
    pass(w);
    row_is(w, A, BOARD_IN_SYNC, NULL);
    pass(w);
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 2);
    assert_non_null(strstr(body(1), "\"event\":\"recovered\""));
}

/* What was applied is told once for each pass that ran; drift that was put back in the same pass, too. */
static void test_applied(void **state)
{
    struct world *w = *state;
    tree_is(w, webhook_of_all);
    struct board_row *r = row_is(w, A, BOARD_IN_SYNC, NULL);
    r->applied = true;
    r->change = strdup("{\"fields\":[{\"path\":\"/about\",\"why\":\"drift\"}]}");
    pass(w);
    w->board.n_sync++, w->board.n_sync_failed++;    /* a pass that could not run leaves the row as it is */
    alerts_pass(w->alerts, &w->board);
    settle(w);
    assert_int_equal(hook.n, 1);
    assert_non_null(strstr(body(0), "\"event\":\"several\",\"count\":2"));
    assert_non_null(strstr(body(0), "\"events\":[{\"event\":\"drift\""));
    assert_non_null(strstr(body(0), "{\"event\":\"applied\""));
    free(r->change);
    r->change = strdup("{\"fields\":[{\"path\":\"/about\",\"after\":\"\\\"why\\\":\\\"drift\\\"\",\"why\":\"edited\"}]}");
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 2);
    assert_non_null(strstr(body(1), "\"event\":\"applied\",\"count\":1"));
}

static void test_restart_repeats_nothing(void **state)
{
    struct world *w = *state;
    struct stat st;
    char path[128];
    tree_is(w, webhook_of_all);
    row_is(w, A, BOARD_FAILED, "x");
    row_is(w, B, BOARD_UNSURE, "y");
    w->board.refused = strdup("a.yaml:1:1: broken");
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 1);
    assert_non_null(strstr(body(0), "\"address\":\"tree\""));
    (void)snprintf(path, sizeof path, "%s/alerts-test", w->directory);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    alerts_stop(w);
    alerts_start(w);
    alerts_load(w->alerts, &w->tree);
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 1);
    free(w->board.refused);
    w->board.refused = NULL;
    row_is(w, B, BOARD_IN_SYNC, NULL);
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 2);
    assert_non_null(strstr(body(1), "\"event\":\"recovered\",\"count\":2"));
    alerts_stop(w);     /* a damaged file is a file that knows nothing */
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(write(fd, "failed\nnonsense x\n\xff\xfe failed " A "\nfailed", 50) > 0);
    (void)close(fd);
    alerts_start(w);
    alerts_load(w->alerts, &w->tree);
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 3);
    assert_non_null(strstr(body(2), "\"event\":\"failed\",\"count\":1"));
}

static void test_what_is_selected(void **state)
{
    struct world *w = *state;
    tree_is(w, "apiVersion: waconf/v1\nkind: Alert\nmetadata: { name: pune }\nspec:\n  on: [failed]\n  match: { kind: kaleyra/NumberProfile, labels: { city: pune } }\n"
               "  webhook: { url: 'http://127.0.0.1:@/pune' }\n---\n"
               "apiVersion: waconf/v1\nkind: Alert\nmetadata: { name: kind }\nspec:\n  on: [Failed, recovered]\n  match: { kind: webexconnect/Message }\n"
               "  webhook: { url: 'http://127.0.0.1:@/kind' }\n---\n"
               "apiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: i }\nspec: { base_url: 'http://127.0.0.1:@', sid: s, api_key: { from: 'env:ALERT_SECRET' } }\n---\n"
               "apiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: a, labels: { city: pune } }\nspec: { account: i, wa_number: '+919000000001', about: a }\n---\n"
               "apiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: b, labels: { city: goa } }\nspec: { account: i, wa_number: '+919000000002', about: a }\n");
    row_is(w, A, BOARD_FAILED, "x");
    row_is(w, B, BOARD_FAILED, "x");
    row_is(w, "kaleyra/NumberProfileX/c", BOARD_FAILED, "x");
    row_is(w, M, BOARD_BLOCKED, "x");
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 1);
    assert_non_null(strstr(hook.seen[0], "POST /pune "));
    assert_non_null(strstr(body(0), "\"count\":1,\"address\":\"" A "\""));
    row_is(w, A, BOARD_IN_SYNC, NULL);
    row_is(w, M, BOARD_FAILED, "x");
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 2);
    assert_non_null(strstr(hook.seen[1], "POST /kind "));
}

static void test_format_and_signature(void **state)
{
    struct world *w = *state;
    unsigned char mac[32];
    char hex[65], header[128];
    tree_is(w, "apiVersion: waconf/v1\nkind: Alert\nmetadata: { name: ops }\nspec:\n  on: [failed]\n  webhook:\n    url: 'http://127.0.0.1:@/f'\n"
               "    secret: { from: 'env:ALERT_SECRET' }\n    format: '{\"text\": \"{alert} {event} {address} {error} {count}\", \"x\": {\"n\": {count}}}'\n");
    row_is(w, A, BOARD_FAILED, "it said \"hunter2-hunter2\" \\ \n{event}");
    pass(w);
    settle(w);
    assert_int_equal(hook.n, 1);
    assert_string_equal(body(0), "{\"text\": \"ops failed " A " it said \\\"(secret)\\\" \\\\ \\u000a{event} 1\", \"x\": {\"n\": 1}}");
    crypto_auth_hmacsha256_state s;
    crypto_auth_hmacsha256_init(&s, (const unsigned char *)"hunter2-hunter2", 15);
    crypto_auth_hmacsha256_update(&s, (const unsigned char *)body(0), strlen(body(0)));
    crypto_auth_hmacsha256_final(&s, mac);
    (void)snprintf(header, sizeof header, "X-Waconf-Signature-256: sha256=%s\r\n", sodium_bin2hex(hex, sizeof hex, mac, sizeof mac));
    assert_non_null(strstr(hook.seen[0], header));
    assert_non_null(strstr(hook.seen[0], "Content-Type: application/json\r\n"));
    tree_is(w, "apiVersion: waconf/v1\nkind: Alert\nmetadata: { name: ops }\nspec:\n  on: [recovered]\n  webhook: { url: 'http://127.0.0.1:@/f', content_type: text/plain, "
               "format: '{event} {error}{address}' }\n");
    row_is(w, A, BOARD_IN_SYNC, NULL);
    pass(w);
    settle(w);
    assert_string_equal(body(1), "recovered " A);
    assert_non_null(strstr(hook.seen[1], "Content-Type: text/plain; charset=utf-8\r\n"));
}

/* Past per_minute they wait, and then come as one with a count, of which the first are listed. */
static void test_rate(void **state)
{
    struct world *w = *state;
    char address[64];
    tree_is(w, "apiVersion: waconf/v1\nkind: Alert\nmetadata: { name: ops }\nspec:\n  on: [failed]\n  per_minute: 2\n  webhook: { url: 'http://127.0.0.1:@/r' }\n");
    int64_t start = clock_mono_ms();
    clock_fake(start, 1793613600);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(address, sizeof address, "kaleyra/NumberProfile/n%03d", i);
        row_is(w, address, BOARD_FAILED, "x");
        pass(w);
        settle(w);
    }
    assert_int_equal(hook.n, 2);
    assert_int_equal(alerts_due(w->alerts), start + 60000);
    clock_fake(start + 59999, 1793613600);
    alerts_tick(w->alerts);
    settle(w);
    assert_int_equal(hook.n, 2);
    clock_fake(start + 60000, 1793613600);
    alerts_tick(w->alerts);
    settle(w);
    assert_int_equal(hook.n, 3);
    json_t *j = json_loads(body(2), 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(j, "count")), 98);
    assert_int_equal(json_array_size(json_object_get(j, "events")), ALERT_LISTED);
    json_decref(j);
    assert_int_equal(alerts_due(w->alerts), -1);
}

static const char by_message[] =
    "apiVersion: waconf/v1\nkind: Alert\nmetadata: { name: desk }\nspec:\n  on: [failed]\n"
    "  message: { account: guests, appid: a_167, destination: ['+919000000009', '+919000000010'] }\n---\n"
    "apiVersion: webexconnect/v1\nkind: Account\nmetadata: { name: guests }\nspec: { base_url: 'http://127.0.0.1:@', service_key: { from: 'env:ALERT_SECRET' } }\n";

static void test_message(void **state)
{
    struct world *w = *state;
    hook.answer = ANSWER_SENT;
    tree_is(w, by_message);
    row_is(w, A, BOARD_FAILED, "no route");
    row_is(w, B, BOARD_FAILED, "x");
    pass(w);
    tree_is(w, webhook_of_all);             /* the tree goes while it is in flight */
    settle(w);
    assert_int_equal(hook.n, 1);
    assert_non_null(strstr(hook.seen[0], "POST /resources/v1/messaging HTTP/1.1\r\n"));
    assert_non_null(strstr(hook.seen[0], "\r\nkey: hunter2-hunter2\r\n"));
    json_t *j = json_loads(body(0), JSON_REJECT_DUPLICATES, NULL);
    json_t *to = json_object_get(json_array_get(json_object_get(j, "destination"), 0), "waid");
    assert_string_equal(json_string_value(json_object_get(j, "deliverychannel")), "whatsapp");
    assert_string_equal(json_string_value(json_object_get(j, "appid")), "a_167");
    assert_int_equal(json_array_size(to), 2);
    assert_string_equal(json_string_value(json_array_get(to, 1)), "+919000000010");
    assert_non_null(strstr(body(0), "waconf test: failed " A ": no route (and 1 more)"));
    json_decref(j);
    assert_non_null(strstr(w->logged, "alert_sent"));
}

/* An answer that is lost or a 500: a message is not sent again, and neither is a webhook. */
static void test_lost(void **state)
{
    struct world *w = *state;
    static const enum answer how[] = { ANSWER_RESET, ANSWER_500 };
    for (size_t i = 0; i < COUNT(how); i++) {
        hook.answer = how[i];
        tree_is(w, by_message);
        row_is(w, A, BOARD_IN_SYNC, NULL);
        pass(w);
        row_is(w, A, BOARD_FAILED, "x");
        pass(w);
        settle(w);
        assert_int_equal(hook.n, 2 * i + 1);
        tree_is(w, webhook_of_all);
        row_is(w, A, BOARD_UNSURE, "x");
        pass(w);
        settle(w);
        assert_int_equal(hook.n, 2 * i + 2);
    }
    assert_non_null(strstr(w->logged, "alert_failed"));
    assert_non_null(strstr(w->logged, "is not sent again"));
    assert_null(strstr(w->logged, "hunter2"));
}

/* A receiver that hangs: the next transitions wait behind it, a sync does not, and closing lets it go. */
static void test_hung(void **state)
{
    struct world *w = *state;
    struct err err = { 0 };
    hook.answer = ANSWER_NONE;
    tree_is(w, webhook_of_all);
    row_is(w, A, BOARD_FAILED, "x");
    pass(w);
    for (int i = 0; i < 500 && hook.n == 0; i++) {
        hook_serve();
        assert_int_equal(http_idle(w->client, clock_mono_ms() + 2, &err), 0);
    }
    assert_int_equal(hook.n, 1);
    row_is(w, B, BOARD_FAILED, "x");
    pass(w);
    int64_t start = clock_mono_ms();
    assert_int_equal(http_run(w->client, &err), 0);
    assert_true(clock_mono_ms() - start < 1000);
    assert_false(alerts_idle(w->alerts));
    assert_int_equal(alerts_due(w->alerts), -1);
    assert_int_equal(hook.n, 1);
    tree_is(w, by_message);
    row_is(w, A, BOARD_IN_SYNC, NULL);
    pass(w);
    row_is(w, A, BOARD_FAILED, "x");
    pass(w);            /* a message is in flight, too, when the daemon ends */
    (void)http_idle(w->client, clock_mono_ms() + 20, &err);
    alerts_stop(w);
    (void)fflush(w->out);
    assert_non_null(strstr(w->logged, "alert_failed: "));
    alerts_start(w);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = { STORY(test_once_per_transition), STORY(test_applied), STORY(test_restart_repeats_nothing), STORY(test_what_is_selected),
                                        STORY(test_format_and_signature), STORY(test_rate), STORY(test_message), STORY(test_lost), STORY(test_hung) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
