/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What arrives in a service manager's datagram socket, in a file and in the abstract namespace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/mem.h"
#include "base/notify.h"

static int manager = -1;

static void expect(const char *want)
{
    char got[1024];
    ssize_t n = recv(manager, got, sizeof got - 1, MSG_DONTWAIT);
    if (!want) {
        assert_true(n < 0);
        return;
    }
    assert_true(n > 0);
    got[n] = '\0';
    assert_string_equal(got, want);
}

static void test_states(void **state)
{
    (void)state;
    notify_ready(STR("watching 12 documents"));
    expect("READY=1\nSTATUS=watching 12 documents\n");
    notify_ready((struct str){ 0 });
    expect("READY=1\n");
    notify_stopping(STR("finishing"));
    expect("STOPPING=1\nSTATUS=finishing\n");
    notify_status(STR("x\nMAINPID=1\x1b"));
    expect("STATUS=x\\nMAINPID=1\\x1b\n");
    notify_status((struct str){ 0 });
    expect(NULL);
    notify_watchdog();
    expect("WATCHDOG=1\n");
    char big[1000], want[300] = "STATUS=";
    memset(big, 'x', sizeof big);
    memcpy(big + 199, "\xc3\xa4", 2);
    memset(want + 7, 'x', 199);
    want[206] = '\n';
    notify_status((struct str){ big, sizeof big });
    expect(want);
}

static int64_t now_usec(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void test_reloading(void **state)
{
    (void)state;
    char got[200];
    int64_t at = 0, before = now_usec();
    notify_reloading();
    ssize_t n = recv(manager, got, sizeof got - 1, MSG_DONTWAIT);
    assert_true(n > 0);
    got[n] = '\0';
    assert_int_equal(sscanf(got, "RELOADING=1\nMONOTONIC_USEC=%" SCNd64 "\n", &at), 1);
    assert_true(at >= before && at <= now_usec());
}

static void test_watchdog(void **state)
{
    (void)state;
    static const struct { const char *usec, *pid; int64_t ms; } rows[] = {
        { "30000000", NULL, 15000 }, { "30000000", "self", 15000 }, { "30000000", "1", -1 }, { NULL, NULL, -1 },
        { "", NULL, -1 }, { "0", NULL, -1 }, { "soon", NULL, -1 }, { "1", NULL, 1 }, { "18446744073709551614", NULL, INT32_MAX },
    };
    char self[32];
    (void)snprintf(self, sizeof self, "%ld", (long)getpid());
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)unsetenv("WATCHDOG_USEC");
        (void)unsetenv("WATCHDOG_PID");
        if (rows[i].usec)
            (void)setenv("WATCHDOG_USEC", rows[i].usec, 1);
        if (rows[i].pid)
            (void)setenv("WATCHDOG_PID", strcmp(rows[i].pid, "self") == 0 ? self : rows[i].pid, 1);
        int64_t ms = notify_watchdog_ms();
        if (ms != rows[i].ms)
            fail_msg("row %zu gave %lld", i, (long long)ms);
    }
    (void)unsetenv("WATCHDOG_USEC");
}

/* Nobody listens, or the manager went away: nothing happens. */
static void test_nobody(void **state)
{
    (void)state;
    (void)setenv("WATCHDOG_USEC", "30000000", 1);
    (void)setenv("NOTIFY_SOCKET", "@waconf-nobody-listens-here", 1);
    notify_ready(STR("x"));
    (void)setenv("NOTIFY_SOCKET", "relative/path", 1);
    notify_ready(STR("x"));
    (void)unsetenv("NOTIFY_SOCKET");
    notify_ready(STR("x"));
    assert_int_equal(notify_watchdog_ms(), -1);
    expect(NULL);
}

static char directory[] = "/tmp/notify-XXXXXX";

static int listen_at(struct sockaddr_un *at, size_t n, const char *name)
{
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)setenv("NOTIFY_SOCKET", name, 1);
    return manager >= 0 && bind(manager, (struct sockaddr *)at, (socklen_t)n) == 0 ? 0 : -1;
}

static int in_file(void **state)
{
    (void)state;
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/socket", directory);
    (void)unlink(at.sun_path);
    return listen_at(&at, sizeof at, at.sun_path);
}

static int in_abstract(void **state)
{
    (void)state;
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    char name[40];
    int n = snprintf(name, sizeof name, "@waconf-test-%ld", (long)getpid());
    memcpy(at.sun_path + 1, name + 1, (size_t)n - 1);
    return listen_at(&at, offsetof(struct sockaddr_un, sun_path) + (size_t)n, name);
}

static int leave(void **state)
{
    (void)state;
    return close(manager);
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    char path[64];
    (void)snprintf(path, sizeof path, "%s/socket", directory);
    (void)unlink(path);
    return rmdir(directory);
}

#define TWICE(test) cmocka_unit_test_setup_teardown(test, in_file, leave), cmocka_unit_test_setup_teardown(test, in_abstract, leave)

int main(void)
{
    const struct CMUnitTest tests[] = { TWICE(test_states), TWICE(test_reloading), TWICE(test_watchdog), TWICE(test_nobody) };
    return cmocka_run_group_tests(tests, begin, end);
}
