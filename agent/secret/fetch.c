/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secret/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/child.h"
#include "base/mem.h"

int fetch_environment(struct str name, struct vault *v, struct str *ret, struct err *err)
{
    auto_arena a = { 0 };
    struct str text = str_of(getenv(arena_str(&a, name).p));
    if (!text.n) {
        (void)err_set(err, ERR_CONFIG, "E462", "the environment variable '%.*s' is %s", ARG(name), text.p ? "empty" : "not set");
        return err_hint(err, "Set it for this run: export %.*s=...", ARG(name));
    }
    if (text.n > RESOLVE_MAX_SECRET) {
        (void)err_set(err, ERR_CONFIG, "E465", "the environment variable '%.*s' is larger than 64 KiB", ARG(name));
        return err_hint(err, "A secret has at most 64 KiB.");
    }
    *ret = vault_keep(v, text);
    return 0;
}

/* --- files ------------------------------------------------------------------------------------------------ */

/* One line feed at the end is how editors and echo end a file; more is the user's. */
static struct str without_newline(struct str s)
{
    return s.n && s.p[s.n - 1] == '\n' ? str_head(s, s.n - 1) : s;
}

static int unreadable(struct err *err, const char *path, const char *why)
{
    (void)err_set(err, ERR_CONFIG, "E463", "the file '%s' %s", path, why);
    return err_hint(err, "Mend the path, or make the file readable for this user.");
}

/* Reads an open descriptor into the vault: a regular file of at most 64 KiB and a line feed. */
static int read_file(int fd, const char *path, struct vault *v, struct str *ret, struct err *err)
{
    char text[RESOLVE_MAX_SECRET + 2];
    struct stat st;
    size_t n = 0;
    ssize_t got;
    if (fstat(fd, &st))
        return unreadable(err, path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return unreadable(err, path, "is not a regular file");
    while ((got = read(fd, text + n, sizeof text - n)) > 0)
        n += (size_t)got;
    int sys = errno;
    struct str whole = without_newline((struct str){ text, n });
    if (got == 0 && n < sizeof text && whole.n <= RESOLVE_MAX_SECRET)
        *ret = vault_keep(v, whole);
    else
        (void)unreadable(err, path, got < 0 ? strerror(sys) : "is larger than 64 KiB");
    explicit_bzero(text, n);
    return err->is ? -1 : 0;
}

/* Between looking at a path and opening it somebody may move a directory; so the answer that counts is what was opened. */
static bool opened_as(int fd, struct str path)
{
    char link[64], real[PATH_MAX];
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, real, sizeof real);
    return n < 0 ? errno == ENOENT && access("/proc/self", F_OK) != 0 : str_eq((struct str){ real, (size_t)n }, path);
}

int fetch_file(struct str rest, const char *document, const struct trust *t, struct vault *v, struct str *ret, struct err *err)
{
    auto_arena a = { 0 };
    struct str path;
    *err = (struct err){ 0 };
    if (!trust_file_named(t, rest) || !reference_path(rest, document, &a, &path) || !trust_file_allowed(t, path)) {
        (void)err_set(err, ERR_TRUST, "E484", "the file '%.*s' lies outside the tree, and nobody trusts it", ARG(rest));
        return err_hint(err, "If that is right, name its directory outside the tree: --allow-file DIR.");
    }
    /* not blocking: a named pipe would wait for a writer */
    auto_fd fd = open(path.p, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return unreadable(err, path.p, errno == ENOENT ? "does not exist" : strerror(errno));
    if (!opened_as(fd, path))
        return unreadable(err, path.p, "was moved while it was opened");
    return read_file(fd, path.p, v, ret, err);
}

int fetch_credential(struct str name, struct vault *v, struct str *ret, struct err *err)
{
    auto_arena a = { 0 };
    const char *directory = getenv("CREDENTIALS_DIRECTORY");
    *err = (struct err){ 0 };
    if (!directory || directory[0] != '/') {
        (void)err_set(err, ERR_CONFIG, "E463", "'cred:%.*s' needs $CREDENTIALS_DIRECTORY, which is %s", ARG(name),
                      directory && *directory ? "not an absolute path" : "not set");
        return err_hint(err, "Run as a systemd service with LoadCredential=%.*s:PATH, or use file: or env:.", ARG(name));
    }
    const char *path = arena_printf(&a, "%s/%.*s", directory, ARG(name)).p;
    auto_fd fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return unreadable(err, path, errno == ENOENT ? "does not exist" : strerror(errno));
    return read_file(fd, path, v, ret, err);
}

/* --- programs --------------------------------------------------------------------------------------------- */

static int failed(struct err *err, const char *program, const char *why)
{
    (void)err_set(err, ERR_CONFIG, "E464", "the program '%s' %s", program, why);
    return err_hint(err, "Run it by hand with the same arguments. It gets only PATH, HOME and LANG, and no input.");
}

static char **minimal_environment(struct arena *a)
{
    static const char *const names[] = { "PATH", "HOME", "LANG" };
    char **ret = ARENA_ARRAY(a, COUNT(names) + 1, char *);
    size_t n = 0;
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (!value && i == 0)
            value = "/usr/local/bin:/usr/bin:/bin";
        if (value)
            ret[n++] = (char *)(uintptr_t)arena_printf(a, "%s=%s", names[i], value).p;
    }
    return ret;
}

/* Not a struct buf: growing would leave copies of the secret behind. */
struct printed { char text[RESOLVE_MAX_SECRET + 2]; size_t n; };

static bool take_output(void *ctx, struct str piece)
{
    struct printed *p = ctx;
    struct str head = str_head(piece, sizeof p->text - p->n);
    memcpy(p->text + p->n, head.p, head.n);
    p->n += head.n;
    return p->n < sizeof p->text;
}

int fetch_program(struct str command, const struct trust *t, int64_t timeout_ms, struct vault *v, struct str *ret, struct err *err)
{
    auto_arena a = { 0 };
    char *words[EXEC_MAX_ARGS + 1], why[96];
    struct printed printed = { .n = 0 };
    struct child child;
    if (!reference_split(command, &a, words) || !trust_exec_allowed(t, str_of(words[0]))) {
        (void)err_set(err, ERR_TRUST, "E485", "'exec:%.*s' is a program that nobody trusts", ARG(command));
        return err_hint(err, "If that is right, name it outside the tree: --allow-exec /ABS/PROGRAM.");
    }
    /* Standard error goes nowhere: what it complains about could quote the secret. */
    struct child_options o = { .words = words, .environment = minimal_environment(&a), .timeout_ms = timeout_ms, .put = take_output, .ctx = &printed };
    if (child_start(&o, &child, err)) {
        (void)snprintf(why, sizeof why, "cannot be started: %s", strerror(err->sys));
        return failed(err, words[0], why);
    }
    (void)child_wait(&child, -1);
    struct str whole = without_newline((struct str){ printed.text, printed.n });
    why[0] = '\0';
    if (child.end == CHILD_LATE)
        (void)snprintf(why, sizeof why, "did not end within %lld ms", (long long)timeout_ms);
    else if (child.end == CHILD_TOO_MUCH || whole.n > RESOLVE_MAX_SECRET)
        (void)snprintf(why, sizeof why, "printed more than 64 KiB");
    else if (child.end == CHILD_KILLED)
        (void)snprintf(why, sizeof why, "was ended by signal %d", child.status);
    else if (child.status)
        (void)snprintf(why, sizeof why, "ended with exit code %d", child.status);
    else
        *ret = vault_keep(v, whole);
    explicit_bzero(&printed, sizeof printed);
    child_end(&child);
    return why[0] ? failed(err, words[0], why) : 0;
}
