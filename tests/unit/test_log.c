/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log's forms: what foreign text may not do to them, one write per line, fields in a real journal socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

static const char evil[] = "a\nb\x1b[2J\"q\" c=\\d \xe2\x80\xae" "e\xff";

/* What one event comes out as. The caller frees it. */
static char *line_of(enum log_form form, enum log_level most, enum log_level level, struct str message, const struct log_field *fields)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    struct log l;
    clock_fake(0, 1793613600);
    log_open(&l, out, form, most);
    log_event(&l, level, "drift", message, fields);
    (void)fclose(out);
    clock_fake(-1, -1);
    return text;
}

static void expect(enum log_form form, const char *want)
{
    auto_free char *text = line_of(form, LOG_LEVEL_INFO, LOG_LEVEL_WARN, str_of(evil),
                                   LOG_WITH({ "address", STR("kaleyra/NumberProfile/x") }, { "why", str_of(evil) }, { "none", { 0 } }));
    assert_string_equal(text, want);
}

#define EVIL_TEXT "a\\nb\\x1b[2J\"q\" c=\\d \\u{202e}e\\xff"
#define EVIL_QUOTED "\"a\\nb\\x1b[2J\\\"q\\\" c=\\\\d \\u{202e}e\\xff\""
#define EVIL_JSON "\"a\\u000ab\\u001b[2J\\\"q\\\" c=\\\\d \\u202ee\\ufffd\""

static void test_forms(void **state)
{
    (void)state;
    expect(LOG_TEXT, "2026-11-02T10:00:00Z warn  drift: " EVIL_TEXT " address=kaleyra/NumberProfile/x why=" EVIL_QUOTED "\n");
    expect(LOG_LOGFMT, "time=2026-11-02T10:00:00Z level=warn event=drift msg=" EVIL_QUOTED " address=kaleyra/NumberProfile/x why=" EVIL_QUOTED "\n");
    expect(LOG_JSON, "{\"time\":\"2026-11-02T10:00:00Z\",\"level\":\"warn\",\"event\":\"drift\",\"message\":" EVIL_JSON
                     ",\"address\":\"kaleyra/NumberProfile/x\",\"why\":" EVIL_JSON "}\n");
}

/* Every byte and the marks beyond the first plane: always one line of valid JSON that means the same to a reader. */
static void test_json_is_json(void **state)
{
    (void)state;
    char all[255];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)(i + 1);
    auto_free char *bytes = line_of(LOG_JSON, LOG_LEVEL_DEBUG, LOG_LEVEL_DEBUG, (struct str){ all, sizeof all }, NULL);
    assert_ptr_equal(strchr(bytes, '\n'), bytes + strlen(bytes) - 1);
    json_auto_t *read = json_loads(bytes, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(read);
    auto_free char *tag = line_of(LOG_JSON, LOG_LEVEL_DEBUG, LOG_LEVEL_DEBUG, STR("x\xf3\xa0\x80\x81y \xf0\x9f\x98\x80"), NULL);
    assert_non_null(strstr(tag, "x\\udb40\\udc01y \xf0\x9f\x98\x80"));
    json_auto_t *back = json_loads(tag, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(back, "message")), "x\xf3\xa0\x80\x81y \xf0\x9f\x98\x80");
}

static void test_levels_and_length(void **state)
{
    (void)state;
    auto_free char *less = line_of(LOG_TEXT, LOG_LEVEL_WARN, LOG_LEVEL_INFO, STR("x"), NULL);
    assert_string_equal(less, "");
    char big[LOG_TEXT_MOST + 100];
    memset(big, 'x', sizeof big);
    memcpy(big + LOG_TEXT_MOST - 1, "\xc3\xa4", 2); /* a character over the edge */
    auto_free char *cut = line_of(LOG_TEXT, LOG_LEVEL_INFO, LOG_LEVEL_INFO, (struct str){ big, sizeof big }, NULL);
    size_t n = strlen("2026-11-02T10:00:00Z info  drift: ");
    assert_int_equal(strlen(cut), n + LOG_TEXT_MOST - 1 + 4);
    assert_string_equal(cut + n + LOG_TEXT_MOST - 1, "...\n");
}

/* A packet socket keeps writes apart: each line must come as one. A full or closed one must not stop or hold the caller. */
static void test_one_write(void **state)
{
    (void)state;
    int fd[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
    auto_file out = fdopen(fd[0], "w");
    struct log l;
    char got[4096];
    log_open(&l, out, LOG_TEXT, LOG_LEVEL_INFO);
    log_event(&l, LOG_LEVEL_INFO, "first", STR("1"), LOG_WITH({ "a", STR("b") }));
    log_event(&l, LOG_LEVEL_INFO, "second", STR("2"), NULL);
    ssize_t n = read(fd[1], got, sizeof got - 1);
    assert_true(n > 8);
    got[n] = '\0';
    assert_string_equal(got + n - 6, "1 a=b\n");
    n = read(fd[1], got, sizeof got);
    assert_true(n > 2 && memcmp(got + n - 2, "2\n", 2) == 0);
    for (int i = 0; i < 10000; i++) /* far more than the socket holds */
        log_event(&l, LOG_LEVEL_INFO, "many", STR("x"), NULL);
    (void)close(fd[1]);
    (void)signal(SIGPIPE, SIG_IGN);
    log_event(&l, LOG_LEVEL_INFO, "gone", STR("x"), NULL);
    (void)signal(SIGPIPE, SIG_DFL);
}

static int listen_at(const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    (void)snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    return fd >= 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0 ? fd : -1;
}

static void stream_is(int fd)
{
    struct stat st;
    char text[64];
    assert_int_equal(fstat(fd, &st), 0);
    (void)snprintf(text, sizeof text, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    (void)setenv("JOURNAL_STREAM", text, 1);
}

enum { CHILD_FINE, CHILD_SKIPPED, CHILD_WRONG };

/* In a mount namespace of its own, where /run is ours: libsystemd itself speaks to our socket. */
static int journal_child(int err)
{
    char got[4096];
    if ((unshare(CLONE_NEWNS) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0 || mkdir("/run/systemd", 0755) < 0 || mkdir("/run/systemd/journal", 0755) < 0)
        return CHILD_SKIPPED;
    int fd = listen_at("/run/systemd/journal/socket");
    if (fd < 0)
        return CHILD_SKIPPED;
    struct log l;
    FILE *out = fdopen(err, "w");
    log_open(&l, out, LOG_FORM_COUNT, LOG_LEVEL_INFO);
    if (l.form != LOG_JOURNAL)
        return CHILD_WRONG;
    log_event(&l, LOG_LEVEL_WARN, "drift", STR("two\nlines"), LOG_WITH({ "address", STR("k/K/x") }, { "none", { 0 } }));
    ssize_t n = recv(fd, got, sizeof got - 1, 0);
    if (n < 0)
        return CHILD_WRONG;
    got[n] = '\0';
    const char *want = "MESSAGE=two\\nlines\nPRIORITY=4\nSYSLOG_IDENTIFIER=waconf\nWACONF_EVENT=drift\nWACONF_ADDRESS=k/K/x\n";
    return strcmp(got, want) == 0 ? CHILD_FINE : CHILD_WRONG;
}

static void test_journal(void **state)
{
    (void)state;
    int err[2], status = 0;
    char got[64];
    assert_int_equal(pipe2(err, O_CLOEXEC | O_NONBLOCK), 0);
    stream_is(err[1]);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(journal_child(err[1]));
    assert_int_equal(waitpid(child, &status, 0), child);
    ssize_t n = read(err[0], got, sizeof got);
    (void)close(err[0]);
    (void)close(err[1]);
    (void)unsetenv("JOURNAL_STREAM");
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_SKIPPED)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), CHILD_FINE);
    assert_true(n < 0); /* nothing went the other way as well */
}

/* $JOURNAL_STREAM that names another file (after a redirection), or nonsense: text. Without a socket: the prefix that journald reads. */
static void test_which_form(void **state)
{
    (void)state;
    int fd[2];
    char got[256];
    struct log l;
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    auto_file out = fdopen(fd[1], "w");
    static const char *const other[] = { "", "1:1", "nonsense", "99999999999999999999999:1" };
    for (size_t i = 0; i < COUNT(other); i++) {
        (void)setenv("JOURNAL_STREAM", other[i], 1);
        log_open(&l, out, LOG_FORM_COUNT, LOG_LEVEL_INFO);
        assert_int_equal(l.form, LOG_TEXT);
    }
    stream_is(fd[1]);
    log_open(&l, out, LOG_FORM_COUNT, LOG_LEVEL_INFO);
    (void)unsetenv("JOURNAL_STREAM");
    assert_int_equal(l.form, LOG_JOURNAL);
    if (access("/run/systemd/journal/socket", W_OK) == 0)
        skip();
    log_event(&l, LOG_LEVEL_ERROR, "failed", STR("x"), LOG_WITH({ "a", STR("b c") }));
    ssize_t n = read(fd[0], got, sizeof got - 1);
    (void)close(fd[0]);
    assert_true(n > 0);
    got[n] = '\0';
    assert_string_equal(got, "<3>failed: x a=\"b c\"\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),     cmocka_unit_test(test_json_is_json), cmocka_unit_test(test_levels_and_length),
        cmocka_unit_test(test_one_write), cmocka_unit_test(test_journal),      cmocka_unit_test(test_which_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
