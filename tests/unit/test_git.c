/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may reach git's command line, versions, child processes, and a pull that is driven by the one wait. tests/git has whole repositories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/mem.h"
#include "git/git.h"
#include "http/client.h"

/* --- names ------------------------------------------------------------------------------------------------ */

static void test_urls(void **state)
{
    (void)state;
    static const struct { const char *url; bool good, loopback; } rows[] = {
        { "https://git.example/x.git", true, false }, { "https://user@git.example:8443/x", true, false }, { "ssh://git@git.example:22/x", true, false },
        { "ssh://[fe80::1]/x", true, false }, { "git@git.example:team/x.git", true, false }, { "git.example:x", true, false },
        { "file:///srv/x.git", true, false }, { "/srv/x.git", true, false }, { "http://127.0.0.1:8080/x", true, true },
        { "http://localhost/x", true, true }, { "http://[::1]:80/x", true, true },
        { "http://git.example/x", false, false }, { "http://127.0.0.1.evil.example/x", false, false }, { "http://localhost@evil.example/x", false, false },
        { "", false, false }, { "-uxyz", false, false }, { "--upload-pack=touch x", false, false }, { "ext::sh -c id", false, false },
        { "ext::sh", false, false }, { "fd::17", false, false }, { "git://git.example/x", false, false }, { "ftp://git.example/x", false, false },
        { "https://user:pw@git.example/x", false, false }, { "https://ghp_abcdef@git.example/x", false, false }, { "git:pw@git.example:x", false, false },
        { "ssh://-oProxyCommand=id/x", false, false }, { "-oProxyCommand=id:x", false, false }, { "git@-oProxyCommand=id:x", false, false },
        { "host:-x", false, false }, { "ssh://-l@h/x", false, false }, { "https:///x", false, false }, { "https://h/a\nb", false, false },
        { "https://h/%0ahost=evil", false, false }, { "https://h/a b", false, false }, { "file://host/x", false, false }, { "relative/path", false, false },
        { "./x", false, false }, { "https://h/\xff", false, false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool loopback;
        const char *problem = git_url_problem(str_of(rows[i].url), &loopback);
        if (!problem != rows[i].good || loopback != rows[i].loopback)
            fail_msg("'%s': %s", rows[i].url, problem ? problem : "fine");
    }
}

/* git itself is the judge. */
static bool git_says(const char *name)
{
    char ref[512];
    (void)snprintf(ref, sizeof ref, "refs/heads/%s", name);
    pid_t pid = fork();
    if (!pid) {
        (void)execlp("git", "git", "check-ref-format", ref, (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
    return WEXITSTATUS(status) == 0;
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "main", "a/b", "v1.0", "release/2026-11", "@x", "x@", "\xc3\xa4", "a.b", "1", "a-", "", "@", "a..b", "a.lock", "a.lock/b", ".a", "a/.b", "a/", "/a",
        "a//b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a.", "a@{b", ("a\x01" "b"), "a\x7f", "a/b.lock", "HEAD",
    };
    for (size_t i = 0; i < COUNT(names); i++)
        if (!git_name_problem(str_of(names[i])) != (git_says(names[i]) && strcmp(names[i], "@")))
            fail_msg("'%s' is judged otherwise by git", names[i]);
    assert_non_null(git_name_problem(STR("-x"))); /* git takes it; it looks like an option */
    assert_non_null(git_name_problem(STR("a\0b")));
    assert_null(git_pattern_problem(STR("v*.?")));
    assert_non_null(git_pattern_problem(STR("v[0-9]")));
    assert_non_null(git_pattern_problem(STR("--x*")));
}

static void test_paths(void **state)
{
    (void)state;
    static const char *const good[] = { "", ".", "a", "a/b/", "./a", "with blank", "-a" };
    static const char *const bad[] = { "/a", "..", "a/../b", "a//b", "a\nb" };
    for (size_t i = 0; i < COUNT(good); i++)
        assert_null(git_path_problem(str_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_non_null(git_path_problem(str_of(bad[i])));
    assert_true(git_is_id(STR("0123456789abcdef0123456789abcdef01234567")));
    assert_false(git_is_id(STR("0123456789ABCDEF0123456789abcdef01234567")));
    assert_false(git_is_id(STR("0123456")));
}

static void test_versions(void **state)
{
    (void)state;
    static const char *const rising[] = { "v0.9", "v1.0-alpha", "v1.0-rc1", "v1.0-rc2", "v1.0-rc10", "v1.0", "v1.0.1-rc1", "v1.0.1", "v1.2", "v1.10",
                                          "v1.10.0", "v2", "v10", "v99999999999999999999999999", "v100000000000000000000000000" };
    for (size_t i = 0; i < COUNT(rising); i++)
        for (size_t j = 0; j < COUNT(rising); j++) {
            int got = git_version_compare(str_of(rising[i]), str_of(rising[j])), want = (i > j) - (i < j);
            if ((got > 0) - (got < 0) != want)
                fail_msg("%s against %s: %d", rising[i], rising[j], got);
        }
    assert_true(git_version_compare(STR("v1.0"), STR("v01.0")) != 0); /* never the same by chance */
}

/* --- children ----------------------------------------------------------------------------------------------- */

static bool append(void *ctx, struct str piece)
{
    buf_add(ctx, piece);
    return !((struct buf *)ctx)->full;
}

static enum child_how shell(const char *script, struct str input, int64_t timeout_ms, struct buf *out, int *ret_status)
{
    char *words[] = { (char *)(uintptr_t)"/bin/sh", (char *)(uintptr_t)"-c", (char *)(uintptr_t)script, NULL };
    char *environment[] = { (char *)(uintptr_t)"PATH=/usr/bin:/bin", NULL };
    struct child c;
    struct err err = { 0 };
    struct child_options o = { .words = words, .environment = environment, .input = input, .errors = true, .timeout_ms = timeout_ms,
                               .max_file = 1 << 20, .put = append, .ctx = out };
    assert_int_equal(child_start(&o, &c, &err), 0);
    assert_true(child_wait(&c, -1));
    enum child_how end = c.end;
    *ret_status = c.status;
    child_end(&c);
    return end;
}

static void test_children(void **state)
{
    (void)state;
    int status;
    auto_buf out = buf_init(1 << 20), little = buf_init(100), none = buf_init(10);
    auto_free char *big = mem_alloc(500000);
    memset(big, 'x', 500000);
    assert_int_equal(shell("cat", (struct str){ big, 500000 }, 10000, &out, &status), CHILD_EXITED); /* more than a pipe holds, both ways */
    assert_int_equal(out.n, 500000);
    assert_int_equal(status, 0);
    assert_int_equal(shell("yes", (struct str){ 0 }, 10000, &little, &status), CHILD_TOO_MUCH);
    assert_int_equal(shell("exec sleep 100", (struct str){ 0 }, 50, &none, &status), CHILD_LATE);
    assert_int_equal(shell("yes >&2", (struct str){ 0 }, 100, &none, &status), CHILD_LATE); /* complaints without end */
    assert_int_equal(shell("kill -9 $$", (struct str){ 0 }, 10000, &none, &status), CHILD_KILLED);
    assert_int_equal(status, SIGKILL);
    assert_int_equal(shell("sleep 100 & exit 7", (struct str){ 0 }, 10000, &none, &status), CHILD_EXITED); /* its child holds the pipes */
    assert_int_equal(status, 7);
    assert_int_equal(shell("test ! -t 0 && ! (: >/dev/tty) 2>/dev/null && ls /proc/self/fd | wc -l | grep -qx 4", (struct str){ 0 }, 10000, &none, &status),
                     CHILD_EXITED); /* three, and the one that ls reads */
    assert_int_equal(status, 0);
    struct err err = { 0 };
    struct child c;
    char *missing[] = { (char *)(uintptr_t)"/nonexistent/program", NULL };
    assert_int_equal(child_start(&(struct child_options){ .words = missing, .environment = missing + 1 }, &c, &err), -1);
    assert_int_equal(err.sys, 2);
    child_end(&(struct child){ 0 });
}

static void test_file_limit(void **state)
{
    (void)state;
    int status;
    char name[] = "/tmp/waconf-limit-XXXXXX", script[128];
    auto_buf none = buf_init(10);
    int fd = mkstemp(name);
    (void)close(fd);
    (void)snprintf(script, sizeof script, "exec head -c 2000000 /dev/zero >%s", name);
    assert_int_equal(shell(script, (struct str){ 0 }, 10000, &none, &status), CHILD_KILLED);
    assert_int_equal(status, SIGXFSZ);
    (void)snprintf(script, sizeof script, "exec head -c 2000000 /dev/zero >%s", name);
    assert_int_equal(system(script), 0); /* our own limit is what it was */
    (void)unlink(name);
}

/* --- the one wait ------------------------------------------------------------------------------------------- */

struct driving { struct git *g; struct http_client *client; bool over; unsigned steps; };

static void ready(void *ctx)
{
    struct driving *d = ctx;
    d->steps++;
    if (!d->over && git_step(d->g)) {
        d->over = true;
        http_unwatch(d->client, git_fd(d->g));
    }
}

static int64_t due(void *ctx)
{
    return git_due(((struct driving *)ctx)->g);
}

static void test_one_wait(void **state)
{
    (void)state;
    char place[] = "/tmp/waconf-git-XXXXXX", script[1024], url[256], mirror[256];
    assert_non_null(mkdtemp(place));
    (void)snprintf(script, sizeof script, "cd %s && git init -q -b main r && cd r && echo 'a: 1' >a.yaml && git add -A && "
                   "git -c user.name=n -c user.email=e@x commit -qm 'first line' && git tag v1", place);
    assert_int_equal(system(script), 0);
    (void)snprintf(url, sizeof url, "%s/r", place);
    (void)snprintf(mirror, sizeof mirror, "%s/state/git/m", place);
    struct err err = { 0 };
    struct driving d = { 0 };
    struct git_options o = { .url = url, .pin = GIT_BRANCH, .ref = "main", .mirror = mirror };
    struct git_result result = { 0 };
    assert_int_equal(http_open(&(struct http_options){ .parallelism = 1, .interrupt_fd = -1, .user_agent = "test" }, &d.client, &err), 0);
    assert_int_equal(git_open(&o, &d.g, &err), 0);
    for (int round = 0; round < 2; round++) {
        char have[65] = "";
        (void)snprintf(have, sizeof have, "%s", result.head.commit);
        git_result_release(&result);
        d.over = false;
        int64_t end = clock_mono_ms() + 30000;
        assert_int_equal(git_start(d.g, *have ? have : NULL, &err), 0);
        assert_int_equal(http_watch(d.client, &(struct http_extra){ git_fd(d.g), ready, due, &d }, &err), 0);
        while (!d.over) {
            assert_true(clock_mono_ms() < end);
            assert_int_equal(http_idle(d.client, end, &err), 0);
        }
        assert_int_equal(git_finish(d.g, &result, &err), 0);
        assert_int_equal(result.same, round == 1); /* nothing is read again when nothing is new */
        assert_int_equal(result.source.n, round == 0);
    }
    git_result_release(&result);
    assert_true(d.steps > 2);
    assert_int_equal(git_start(d.g, NULL, &err), 0); /* and one that is given up half way */
    git_close(d.g);
    http_close(d.client);
    git_remove_directory(place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls), cmocka_unit_test(test_names), cmocka_unit_test(test_paths), cmocka_unit_test(test_versions),
        cmocka_unit_test(test_children), cmocka_unit_test(test_file_limit), cmocka_unit_test(test_one_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
