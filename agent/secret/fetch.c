/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secret/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
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
    if (!reference_path(rest, document, &a, &path) || !trust_file_allowed(t, path)) {
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
        (void)err_set(err, ERR_CONFIG, "E463", "'cred:%.*s' needs $CREDENTIALS_DIRECTORY, which is not set", ARG(name));
        return err_hint(err, "Run as a systemd service with LoadCredential=%.*s:PATH, or use file: or env:.", ARG(name));
    }
    const char *path = arena_printf(&a, "%s/%.*s", directory, ARG(name)).p;
    auto_fd fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return unreadable(err, path, errno == ENOENT ? "does not exist" : strerror(errno));
    return read_file(fd, path, v, ret, err);
}

/* --- programs --------------------------------------------------------------------------------------------- */

struct child { pid_t pid; int output, pid_fd; };

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

/* Its own process group, so that what it starts can be ended with it; signals as a fresh process has them. */
static int start(char *const *words, char *const *environment, struct child *ret, struct err *err)
{
    int ends[2];
    sigset_t none, all;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    if (pipe2(ends, O_CLOEXEC))
        return err_sys(err, errno, "cannot make a pipe");
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    /* What it complains about could quote the secret. */
    (void)posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setsigdefault(&attributes, &all);
    int sys = posix_spawn(&ret->pid, words[0], &files, &attributes, words, environment);
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&attributes);
    (void)close(ends[1]);
    if (sys) {
        (void)close(ends[0]);
        return failed(err, words[0], strerror(sys));
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ret->output = ends[0];
    ret->pid_fd = (int)syscall(SYS_pidfd_open, ret->pid, 0);
    return 0;
}

static bool ended(const struct child *c)
{
    siginfo_t info = { .si_pid = 0 };
    return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

/* Reads until the program ended: what it leaves behind may hold the pipe for ever. False when the time is over. *ret_n is at most `most`. Where
 * there are no pidfds (old kernels, some sandboxes) we look every 20 ms. */
static bool read_output(const struct child *c, int64_t deadline, char *text, size_t most, size_t *ret_n)
{
    bool open = true;
    *ret_n = 0;
    for (;;) {
        struct pollfd wait[] = { { .fd = c->pid_fd, .events = POLLIN }, { .fd = open ? c->output : -1, .events = POLLIN } };
        int64_t left = deadline - clock_mono_ms();
        if (left <= 0)
            return false;
        int64_t most_ms = c->pid_fd < 0 ? 20 : 60000;
        if (poll(wait, COUNT(wait), (int)(left < most_ms ? left : most_ms)) < 0 && errno != EINTR)
            return false;
        bool over = c->pid_fd < 0 ? ended(c) : (wait[0].revents & POLLIN) != 0;
        for (ssize_t n; open && *ret_n < most;) {
            n = read(c->output, text + *ret_n, most - *ret_n);
            if (n > 0)
                *ret_n += (size_t)n;
            else if (n < 0 && errno == EAGAIN)
                break;
            else
                open = false;
        }
        if (*ret_n == most || over)
            return true;
    }
}

int fetch_program(struct str command, const struct trust *t, int64_t timeout_ms, struct vault *v, struct str *ret, struct err *err)
{
    auto_arena a = { 0 };
    char *words[EXEC_MAX_ARGS + 1], text[RESOLVE_MAX_SECRET + 2], why[96];
    struct child child;
    size_t n;
    int status = 0;
    if (!reference_split(command, &a, words) || !trust_exec_allowed(t, str_of(words[0]))) {
        (void)err_set(err, ERR_TRUST, "E485", "'exec:%.*s' is a program that nobody trusts", ARG(command));
        return err_hint(err, "If that is right, name it outside the tree: --allow-exec /ABS/PROGRAM.");
    }
    if (start(words, minimal_environment(&a), &child, err))
        return -1;
    bool in_time = read_output(&child, clock_mono_ms() + timeout_ms, text, sizeof text, &n);
    if (!in_time || n == sizeof text)
        (void)kill(-child.pid, SIGKILL);
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
        ;
    (void)kill(-child.pid, SIGKILL); /* what it left behind */
    (void)close(child.output);
    if (child.pid_fd >= 0)
        (void)close(child.pid_fd);
    struct str whole = without_newline((struct str){ text, n });
    why[0] = '\0';
    if (!in_time)
        (void)snprintf(why, sizeof why, "did not end within %lld ms", (long long)timeout_ms);
    else if (whole.n > RESOLVE_MAX_SECRET)
        (void)snprintf(why, sizeof why, "printed more than 64 KiB");
    else if (WIFSIGNALED(status))
        (void)snprintf(why, sizeof why, "was ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status))
        (void)snprintf(why, sizeof why, "ended with exit code %d", WEXITSTATUS(status));
    else
        *ret = vault_keep(v, whole);
    explicit_bzero(text, n);
    return why[0] ? failed(err, words[0], why) : 0;
}
