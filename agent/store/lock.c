/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/inside.h"

int directory_check(const char *path, int fd, const char *what, unsigned forbidden, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st))
        return err_sys(err, errno, "cannot look at %s '%s'", what, path);
    if (st.st_uid != geteuid() && geteuid() != 0) {
        (void)err_set(err, ERR_IO, "E506", "%s '%s' belongs to another user (%u)", what, path, (unsigned)st.st_uid);
        return err_hint(err, "Run as that user, or choose another directory with --state.");
    }
    if (st.st_mode & forbidden) {
        (void)err_set(err, ERR_IO, "E506", "%s '%s' can be used by other users (mode %04o)", what, path,
                      (unsigned)st.st_mode & 07777);
        return S_ISDIR(st.st_mode)
            ? err_hint(err, "Run: chmod 0700 '%s' (in a systemd unit: StateDirectoryMode=0700).", path)
            : err_hint(err, "Run: chmod 0600 '%s'.", path);
    }
    return 0;
}

/* A directory of ours is there for good once its parent was flushed. */
static int make_one(const char *path, struct err *err)
{
    if (mkdir(path, 0700))
        return errno == EEXIST ? 0 : err_sys(err, errno, "cannot make the directory '%s'", path);
    if (chmod(path, 0700))
        return err_sys(err, errno, "cannot set the mode of '%s'", path);
    auto_free char *parent = mem_alloc(strlen(path) + 4);
    (void)sprintf(parent, "%s/..", path);
    auto_fd fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        (void)fsync(fd);
    return 0;
}

static int make_all(const char *path, struct err *err)
{
    size_t n = strlen(path);
    auto_free char *part = mem_alloc(n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] && path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (part[i - 1] != '/' && make_one(part, err))
            return err_hint(err, "Choose a directory that can be written with --state.");
    }
    return 0;
}

int directory_open(const char *path, bool make, int *ret_fd, struct err *err)
{
    *ret_fd = -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        if (!make)
            return 0;
        if (make_all(path, err))
            return -1;
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (fd < 0) {
        (void)err_sys(err, errno, "cannot open the state directory '%s'", path);
        return err_hint(err, "Name a directory of your own with --state.");
    }
    if (directory_check(path, fd, "the state directory", 077, err)) {
        (void)close(fd);
        return -1;
    }
    *ret_fd = fd;
    return 0;
}

/* --- one run at a time ------------------------------------------------------------------------------------- */

static int say_holder(const char *directory, int fd, struct err *err)
{
    char text[1024];
    ssize_t n = pread(fd, text, sizeof text, 0);
    json_t *root = json_loadb(text, n > 0 ? (size_t)n : 0, 0, NULL);
    const char *host = NULL, *started = NULL, *command = NULL;
    json_int_t pid = 0;
    if (root && json_unpack(root, "{s:I,s:s,s:s,s:s}", "pid", &pid, "host", &host, "started", &started, "command", &command) == 0)
        (void)err_set(err, ERR_LOCKED, "E504", "the state '%s' is in use by `waconf %s` (process %lld on %s, since %s)",
                      directory, command, (long long)pid, host, started);
    else
        (void)err_set(err, ERR_LOCKED, "E504", "the state '%s' is in use by another run", directory);
    if (root)
        json_decref(root);
    return err_hint(err, "Wait until it ends, or let this run wait with --lock-timeout.");
}

static void write_holder(int fd, const char *command)
{
    char host[256] = "", started[CLOCK_TEXT];
    (void)gethostname(host, sizeof host - 1);
    clock_text(clock_wall(), started);
    auto_buf text = buf_init(900);
    buf_printf(&text, "{\"pid\":%ld,\"host\":", (long)getpid());
    json_text(&text, str_of(host));
    buf_printf(&text, ",\"started\":\"%s\",\"command\":", started);
    json_text(&text, str_of(command ? command : "run"));
    buf_puts(&text, "}\n");
    /* Only a courtesy to whoever finds it locked: the lock itself is the flock. */
    (void)!ftruncate(fd, 0);
    (void)!pwrite(fd, buf_str(&text).p, text.n, 0);
}

/* The holder's descriptor is closed when it ends, however it ends, and inotify says so. Where it says nothing (NFS) we look once a second. */
static int wait_for_change(int watch, int interrupt_fd, int64_t left_ms, struct err *err)
{
    char events[4096];
    struct pollfd wait[] = { { .fd = watch, .events = POLLIN }, { .fd = interrupt_fd > 0 ? interrupt_fd : -1, .events = POLLIN } };
    int ready = poll(wait, 2, left_ms < 1000 ? (int)left_ms : 1000);
    if ((ready < 0 && errno == EINTR) || (ready > 0 && wait[1].revents))
        return err_set(err, ERR_INTERRUPTED, NULL, "interrupted while waiting for the lock of the state");
    if (ready > 0)
        while (read(watch, events, sizeof events) > 0)
            ;
    return 0;
}

int lock_take(int directory_fd, const char *directory, const char *command, int64_t timeout_ms, int interrupt_fd, int *ret_fd,
              struct err *err)
{
    auto_fd fd = openat(directory_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), watch = -1;
    if (fd < 0) {
        (void)err_sys(err, errno, "cannot write to the state directory '%s'", directory);
        return err_hint(err, "Make it writable for this user, or choose another one with --state.");
    }
    (void)fchmod(fd, 0600);
    int64_t deadline = clock_mono_ms() + timeout_ms;
    while (flock(fd, LOCK_EX | LOCK_NB)) {
        if (errno != EWOULDBLOCK)
            return err_sys(err, errno, "cannot lock the state '%s'", directory);
        int64_t left = deadline - clock_mono_ms();
        if (left <= 0)
            return say_holder(directory, fd, err);
        if (watch < 0) { /* and then try once more, since it may have ended before we watched */
            char path[64];
            (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
            watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
            (void)inotify_add_watch(watch, path, IN_CLOSE_WRITE);
        } else if (wait_for_change(watch, interrupt_fd, left, err)) {
            return -1;
        }
    }
    write_holder(fd, command);
    *ret_fd = fd;
    fd = -1;
    return 0;
}

void lock_drop(int fd)
{
    if (fd < 0)
        return;
    (void)!ftruncate(fd, 0);
    (void)close(fd);
}
