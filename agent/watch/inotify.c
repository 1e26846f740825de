/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/inotify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/arena.h"
#include "base/lazy.h"
#include "base/map.h"
#include "base/mem.h"

/* libinotifytools 3.22, opened when the daemon starts (base/lazy.h). */
static struct {
    int (*initialize)(void);
    int (*watch_file)(const char *path, int events);
    struct inotify_event *(*next_events)(long timeout, int n);
    int (*error)(void);
    void (*cleanup)(void);
} tools;
static const struct lazy_symbol symbols[] = {
    { "inotifytools_initialize", &tools.initialize },
    { "inotifytools_watch_file", &tools.watch_file },
    { "inotifytools_next_events", &tools.next_events },
    { "inotifytools_error", &tools.error },
    { "inotifytools_cleanup", &tools.cleanup },
    { 0 }
};

/* Reads, opens and closes without writing are no change. DONT_FOLLOW is not set: a tree given as a link is watched where it leads. */
enum {
    EVENTS = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR,
    MOST_DEPTH = 100
};

struct tree_watch {
    const char *const *trees;
    size_t n;
    int fd;
    const char *blind;
    struct map seen;             /* inodes that are watched: the library loses memory when one is added twice */
    struct arena arena;          /* of their keys */
};

/* The library has no accessor for its descriptor: it is the lowest free one when it starts. */
static int start(struct err *err)
{
    char link[64], to[64];
    int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (lowest < 0)
        return err_sys(err, errno, "cannot open /dev/null");
    (void)close(lowest);
    if (!tools.initialize())
        return err_sys(err, tools.error(), "inotify does not start");
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", lowest);
    ssize_t n = readlink(link, to, sizeof to - 1);
    if (n < 0 || !str_starts((struct str){ to, (size_t)n }, STR("anon_inode:inotify")))
        return err_set(err, ERR_IO, "E508", "inotify's descriptor was not found");
    (void)fcntl(lowest, F_SETFD, FD_CLOEXEC);
    return lowest;
}

/* --- what is watched ----------------------------------------------------------------------------- */

static bool is_remote(const char *path)
{
    static const unsigned long kinds[] = { NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x65735546 /* FUSE */,
                                           V9FS_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC };
    struct statfs fs;
    if (statfs(path, &fs) < 0)
        return false;
    for (size_t i = 0; i < COUNT(kinds); i++)
        if ((unsigned long)fs.f_type == kinds[i])
            return true;
    return false;
}

static void watch_one(struct tree_watch *w, const char *path)
{
    struct stat st;
    struct { uint64_t device, inode; } id;
    if (stat(path, &st) < 0)
        return;
    id.device = st.st_dev;
    id.inode = st.st_ino;
    if (map_add(&w->seen, arena_str(&w->arena, (struct str){ (const char *)&id, sizeof id }), w))
        return;
    if (is_remote(path))
        w->blind = "a network file system does not tell what changes";
    if (tools.watch_file(path, EVENTS))
        return;
    if (tools.error() == ENOSPC)
        w->blind = "the limit of inotify watches is reached (fs.inotify.max_user_watches)";
}

static bool is_directory(int at, const char *name, unsigned char type)
{
    struct stat st;
    if (type == DT_DIR)
        return true;
    return type == DT_UNKNOWN && fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static void watch_directory(struct tree_watch *w, const char *path, unsigned depth)
{
    char below[PATH_MAX];
    DIR *dir = depth < MOST_DEPTH ? opendir(path) : NULL;
    watch_one(w, path);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));) {
        /* Names with a dot are not read as documents, but what links lead to may live in one ("..2026_11_21" of a ConfigMap). */
        bool skip = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || !strcmp(e->d_name, ".git");
        if (skip || !is_directory(dirfd(dir), e->d_name, e->d_type))
            continue;
        if (snprintf(below, sizeof below, "%s/%s", path, e->d_name) < (int)sizeof below)
            watch_directory(w, below, depth + 1);
    }
    (void)closedir(dir);
}

/* The directory that holds a tree's name: there a file is replaced, a link flipped, a missing tree made. */
static void watch_parent(struct tree_watch *w, const char *tree)
{
    char path[PATH_MAX];
    struct stat st;
    if (snprintf(path, sizeof path, "%s", tree) >= (int)sizeof path)
        return;
    for (;;) {
        char *slash = strrchr(path, '/');
        if (slash == path)
            slash++;
        if (slash)
            *slash = '\0';
        const char *parent = slash ? path : ".";
        if (stat(parent, &st) == 0 || !slash || !strcmp(path, "/")) {
            watch_one(w, parent);
            return;
        }
    }
}

static void forget(struct tree_watch *w)
{
    tools.cleanup();
    map_release(&w->seen);
    arena_release(&w->arena);
}

static void watch_all(struct tree_watch *w)
{
    struct stat st;
    w->blind = NULL;
    for (size_t i = 0; i < w->n; i++) {
        watch_parent(w, w->trees[i]);
        if (stat(w->trees[i], &st) == 0 && S_ISDIR(st.st_mode))
            watch_directory(w, w->trees[i], 0);
    }
}

/* All watches are made anew, by a new descriptor: old ones are of inodes that may be gone. What happens in between is read by the pass that follows. */
void tree_watch_rescan(struct tree_watch *w)
{
    struct err err;
    forget(w);
    w->fd = start(&err);
    if (w->fd >= 0)
        watch_all(w);
    else
        w->blind = "inotify does not start again";
}

int tree_watch_open(const char *const *trees, size_t n, struct tree_watch **ret, struct err *err)
{
    if (lazy_open("libinotifytools.so.0", symbols, err) < 0)
        return -1;
    int fd = start(err);
    if (fd < 0)
        return -1;
    struct tree_watch *w = mem_alloc(sizeof *w);
    *w = (struct tree_watch){ .trees = trees, .n = n, .fd = fd };
    watch_all(w);
    *ret = w;
    return 0;
}

void tree_watch_close(struct tree_watch *w)
{
    if (!w)
        return;
    forget(w);
    free(w);
}

int tree_watch_fd(const struct tree_watch *w)
{
    return w->fd;
}

const char *tree_watch_blind(const struct tree_watch *w)
{
    return w->blind;
}

/* --- what happened ------------------------------------------------------------------------------- */

/* May it change what the loader reads? Editors' swap and lock files, and everything with a dot in front, may not; a ConfigMap's `..data` does. */
static bool matters(const struct inotify_event *e)
{
    struct str name = { e->name, e->len ? strnlen(e->name, e->len) : 0 };
    if ((e->mask & (IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF)) || !name.n || str_starts(name, STR("..")))
        return true;
    if (name.p[0] == '.')
        return false;
    if (str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml")))
        return true;
    /* A link or directory by another name may lead to documents. */
    return e->mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO) && !strchr(name.p, '~') && !strchr(name.p, '.');
}

bool tree_watch_drain(struct tree_watch *w)
{
    bool any = false, anew = false;
    /* next_event(0) would wait for ever in this version; next_events(0, 1) does not. Taken until there is no more, since the library buffers. */
    for (struct inotify_event *e; (e = tools.next_events(0, 1));) {
        if (e->wd == -1 || (e->mask & IN_Q_OVERFLOW)) {
            any = anew = true;
            continue;
        }
        if (e->mask & IN_IGNORED)
            continue;
        bool matter = matters(e);
        any |= matter;
        /* Directories and links that came, went or were swapped: their files may have been written before we watch. */
        anew |= matter && (e->mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)) &&
                ((e->mask & IN_ISDIR) || e->mask & (IN_DELETE_SELF | IN_MOVE_SELF) ||
                 !(str_ends(str_of(e->len ? e->name : ""), STR(".yaml")) || str_ends(str_of(e->len ? e->name : ""), STR(".yml"))));
    }
    if (anew)
        tree_watch_rescan(w);
    return any;
}

/* --- polling ------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
    return (h ^ str_hash((struct str){ p, n })) * 0x9e3779b97f4a7c15u;
}

static uint64_t sign(int at, const char *name, unsigned depth)
{
    struct stat st;
    if (fstatat(at, name, &st, 0) < 0)
        return (uint64_t)errno;
    struct { uint64_t inode, size, seconds, nanoseconds; } facts = { st.st_ino, S_ISDIR(st.st_mode) ? 0 : (uint64_t)st.st_size,
                                                                      S_ISDIR(st.st_mode) ? 0 : (uint64_t)st.st_mtim.tv_sec,
                                                                      S_ISDIR(st.st_mode) ? 0 : (uint64_t)st.st_mtim.tv_nsec };
    uint64_t h = mix(1, &facts, sizeof facts);
    if (!S_ISDIR(st.st_mode) || depth == MOST_DEPTH)
        return h;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        /* A sum, since a directory has no order. */
        h += mix(sign(dirfd(dir), e->d_name, depth + 1), e->d_name, strlen(e->d_name));
    }
    if (dir)
        (void)closedir(dir);
    else if (fd >= 0)
        (void)close(fd);
    return h;
}

uint64_t tree_signature(const char *const *trees, size_t n)
{
    uint64_t h = 0;
    for (size_t i = 0; i < n; i++)
        h = mix(h, &(uint64_t){ sign(AT_FDCWD, trees[i], 0) }, sizeof h);
    return h;
}
