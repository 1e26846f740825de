/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was told last, in a file: one line per address that is not well, "EVENT ADDRESS". */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "watch/alert_private.h"

enum { MOST_FILE = 16 << 20 };

static size_t place(const struct told *t, struct str address)
{
    size_t low = 0, high = t->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(str_of(t->rows[middle].address), address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct told *t, size_t at, struct str address)
{
    return at < t->n && str_is(address, t->rows[at].address);
}

int told_get(const struct told *t, struct str address)
{
    size_t at = place(t, address);
    return is_at(t, at, address) ? (int)t->rows[at].event : -1;
}

static void drop(struct told *t, size_t at)
{
    free(t->rows[at].address);
    memmove(t->rows + at, t->rows + at + 1, (--t->n - at) * sizeof *t->rows);
    t->changed = true;
}

void told_set(struct told *t, struct str address, int event)
{
    size_t at = place(t, address);
    bool there = is_at(t, at, address);
    if (event < 0 && there)
        drop(t, at);
    if (event < 0 || (there && t->rows[at].event == (enum alert_event)event))
        return;
    if (!there) {
        t->rows = mem_grow(t->rows, &t->cap, t->n + 1, sizeof *t->rows);
        memmove(t->rows + at + 1, t->rows + at, (t->n++ - at) * sizeof *t->rows);
        t->rows[at].address = mem_alloc(address.n + 1);
        memcpy(t->rows[at].address, address.p, address.n);
    }
    t->rows[at].event = (enum alert_event)event;
    t->changed = true;
}

void told_keep(struct told *t, bool (*known)(void *ctx, struct str address), void *ctx)
{
    for (size_t i = t->n; i-- > 0;)
        if (!known(ctx, str_of(t->rows[i].address)))
            drop(t, i);
}

/* --- the file ------------------------------------------------------------------------------------ */

static void read_line(struct told *t, struct str line)
{
    struct str event, address;
    if (!str_cut(line, ' ', &event, &address) || !address.n || !utf8_valid(address))
        return;
    for (int i = 0; i < ALERT_EVENT_COUNT; i++)
        if (str_is(event, alert_event_names[i]))
            told_set(t, address, i);
}

/* What cannot be read is not known: at worst something is told again. */
static void read_file(struct told *t)
{
    auto_fd fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;
    auto_file f = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= MOST_FILE ? fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 0), "r") : NULL;
    auto_free char *line = NULL;
    size_t cap = 0;
    for (ssize_t n; f && (n = getline(&line, &cap, f)) > 0;)
        read_line(t, str_trim((struct str){ line, (size_t)n }));
    t->changed = false;
}

void told_open(struct told *t, const char *directory, const char *env)
{
    *t = (struct told){ 0 };
    if (!directory)
        return;
    auto_buf path = buf_init(BUF_UNBOUNDED);
    buf_printf(&path, "%s/alerts-", directory);
    for (const char *c = env && *env ? env : "default"; *c; c++)
        buf_char(&path, *c == '/' || (unsigned char)*c <= ' ' ? '_' : *c);
    t->path = take(path.p);
    read_file(t);
}

static int write_all(int fd, struct str text)
{
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        text = str_skip(text, (size_t)n);
    }
    return fsync(fd);
}

/* The new name is durable once its directory is. */
static int sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    auto_free char *directory = strndup(path, slash > path ? (size_t)(slash - path) : 1);
    auto_fd fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    return fd < 0 ? -1 : fsync(fd);
}

int told_save(struct told *t, struct err *err)
{
    if (!t->changed || !t->path) {
        t->changed = false;
        return 0;
    }
    auto_buf path = buf_init(BUF_UNBOUNDED), text = buf_init(BUF_UNBOUNDED);
    buf_printf(&path, "%s.new", t->path);
    for (size_t i = 0; i < t->n; i++)
        buf_printf(&text, "%s %s\n", alert_event_names[t->rows[i].event], t->rows[i].address);
    auto_fd fd = open(path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || write_all(fd, buf_str(&text)) < 0 || rename(path.p, t->path) < 0 || sync_directory(t->path) < 0)
        return err_sys(err, errno, "cannot remember in '%s' what was told", t->path);
    t->changed = false;
    return 0;
}

void told_release(struct told *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->rows[i].address);
    free(t->rows);
    free(t->path);
    *t = (struct told){ 0 };
}
