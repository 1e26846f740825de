/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"

enum { CHUNK = 16 << 10, CHUNKS = 64, LOOK_MS = 20 };

/* --- starting --------------------------------------------------------------------------------------------- */

/* A file in memory instead of a pipe: nobody has to feed it while the output is read. */
static int input_fd(struct str input, struct err *err)
{
    int fd = input.n ? memfd_create("input", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, errno, "cannot prepare the input of a program");
    for (size_t at = 0; at < input.n;) {
        ssize_t n = write(fd, input.p + at, input.n - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            (void)err_sys(err, errno, "cannot prepare the input of a program");
            (void)close(fd);
            return -1;
        }
        at += (size_t)n;
    }
    if (input.n)
        (void)lseek(fd, 0, SEEK_SET);
    return fd;
}

static void limit_files(uint64_t max, struct rlimit *before)
{
    struct rlimit now;
    if (getrlimit(RLIMIT_FSIZE, before))
        return;
    now = *before;
    if (max && max < now.rlim_cur)
        now.rlim_cur = max;
    (void)setrlimit(RLIMIT_FSIZE, &now);
}

/* A session of its own, so that it has no terminal and can be ended with what it starts; signals as a fresh process has them. */
static int spawn(const struct child_options *o, const int fds[3], pid_t *ret)
{
    sigset_t none, all;
    struct rlimit before;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    for (int i = 0; i < 3; i++)
        (void)posix_spawn_file_actions_adddup2(&files, fds[i], i);
    (void)posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setsigdefault(&attributes, &all);
    limit_files(o->max_file, &before); /* inherited; there is no other way to give a limit to a child before it runs */
    int sys = posix_spawn(ret, o->words[0], &files, &attributes, o->words, o->environment);
    (void)setrlimit(RLIMIT_FSIZE, &before);
    (void)posix_spawn_file_actions_destroy(&files);
    (void)posix_spawnattr_destroy(&attributes);
    return sys;
}

int child_start(const struct child_options *o, struct child *ret, struct err *err)
{
    int out[2] = { -1, -1 }, errors[2] = { -1, -1 };
    auto_fd input = input_fd(o->input, err);
    auto_fd nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    *ret = (struct child){ .pid_fd = -1, .output = -1, .complaints = -1, .leave = o->leave, .put = o->put, .ctx = o->ctx };
    ret->errors = buf_init(CHILD_ERRORS);
    if (input < 0)
        return -1;
    if (nowhere < 0 || pipe2(out, O_CLOEXEC) || (o->errors && pipe2(errors, O_CLOEXEC)))
        (void)err_sys(err, errno, "cannot make a pipe");
    else {
        int sys = spawn(o, (int[]){ input, out[1], o->errors ? errors[1] : nowhere }, &ret->pid);
        if (sys)
            (void)err_sys(err, sys, "cannot run '%s'", o->words[0]);
    }
    ret->output = out[0];
    ret->complaints = errors[0];
    for (int i = 0; i < 2; i++)
        if ((i ? errors : out)[1] >= 0)
            (void)close((i ? errors : out)[1]);
    if (!ret->pid) {
        child_end(ret);
        return -1;
    }
    (void)fcntl(ret->output, F_SETFL, O_NONBLOCK);
    if (ret->complaints >= 0)
        (void)fcntl(ret->complaints, F_SETFL, O_NONBLOCK);
    ret->pid_fd = (int)syscall(SYS_pidfd_open, ret->pid, 0);
    ret->deadline = clock_mono_ms() + o->timeout_ms;
    return 0;
}

int child_watch(const struct child *c, int epoll, struct err *err)
{
    const int fds[] = { c->pid_fd, c->output, c->complaints };
    for (size_t i = 0; i < COUNT(fds); i++) {
        struct epoll_event event = { .events = EPOLLIN };
        if (fds[i] >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event))
            return err_sys(err, errno, "cannot watch a program");
    }
    return 0;
}

/* Where there are no pidfds (old kernels, some sandboxes) we look every 20 ms. */
int64_t child_due(const struct child *c)
{
    int64_t look = c->pid_fd < 0 ? clock_mono_ms() + LOOK_MS : INT64_MAX;
    return look < c->deadline ? look : c->deadline;
}

/* --- serving ---------------------------------------------------------------------------------------------- */

static bool ended(const struct child *c)
{
    siginfo_t info = { .si_pid = 0 };
    return waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* At most 1 MiB a call: a program that floods us must not keep us from looking at the clock. The pipe of a program that ended holds less. */
static bool drain(int *fd, bool (*put)(void *ctx, struct str piece), void *ctx)
{
    char chunk[CHUNK];
    bool fits = true;
    for (int i = 0; i < CHUNKS && *fd >= 0 && fits; i++) {
        ssize_t n = read(*fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n <= 0)
            close_fd(fd);
        else if (put)
            fits = put(ctx, (struct str){ chunk, (size_t)n });
    }
    explicit_bzero(chunk, sizeof chunk); /* it may be a secret */
    return fits;
}

static bool keep_errors(void *ctx, struct str piece)
{
    struct buf *b = ctx;
    buf_add(b, str_head(piece, b->max - b->n));
    return true;
}

/* Kills what is left and gathers it in. */
static void reap(struct child *c, bool kill_it)
{
    int status = 0;
    if (!c->pid)
        return;
    if (kill_it)
        (void)kill(-c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!c->leave || kill_it)
        (void)kill(-c->pid, SIGKILL); /* what it left behind */
    c->pid = 0;
    if (c->end != CHILD_RUNS)
        return;
    c->end = WIFSIGNALED(status) ? CHILD_KILLED : CHILD_EXITED;
    c->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

bool child_step(struct child *c)
{
    if (!c->pid)
        return true;
    bool over = ended(c);
    bool fits = drain(&c->output, c->put, c->ctx);
    (void)drain(&c->complaints, keep_errors, &c->errors);
    if (!fits)
        c->end = CHILD_TOO_MUCH;
    else if (!over && clock_mono_ms() >= c->deadline)
        c->end = CHILD_LATE;
    else if (!over)
        return false;
    reap(c, !over);
    return true;
}

bool child_wait(struct child *c, int stop)
{
    while (!child_step(c)) {
        struct pollfd wait[] = { { .fd = c->pid_fd, .events = POLLIN }, { .fd = c->output, .events = POLLIN },
                                 { .fd = c->complaints, .events = POLLIN }, { .fd = stop, .events = POLLIN } };
        int64_t left = child_due(c) - clock_mono_ms();
        (void)poll(wait, COUNT(wait), left < 0 ? 0 : left > 60000 ? 60000 : (int)left);
        if (wait[3].revents)
            return false;
    }
    return true;
}

void child_end(struct child *c)
{
    reap(c, true);
    if (c->pid_fd > 0)
        close_fd(&c->pid_fd);
    if (c->output > 0)
        close_fd(&c->output);
    if (c->complaints > 0)
        close_fd(&c->complaints);
    buf_release(&c->errors);
    *c = (struct child){ .pid_fd = -1, .output = -1, .complaints = -1 };
}
