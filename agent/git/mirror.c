/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of the mirror: made, locked, and freed of what a killed git left in it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "git/inside.h"

#define READY "waconf-ready"             /* the mirror was made to its end */

struct str git_digest(struct str text, struct arena *a)
{
    unsigned char hash[16];
    char hex[2 * sizeof hash + 1];
    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)text.p, text.n, NULL, 0);
    (void)sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return arena_str(a, str_of(hex));
}

struct str git_mirror_path(const char *state, const char *url, struct arena *a)
{
    return arena_printf(a, "%s/git/%s", state, git_digest(str_of(url), a).p);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)ftw;
    (void)(type == FTW_DP || type == FTW_D ? rmdir(path) : unlink(path));
    return 0;
}

void git_remove_directory(const char *path)
{
    (void)nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static int make_directories(const char *path, struct err *err)
{
    auto_free char *part = mem_alloc(strlen(path) + 1);
    for (size_t i = 1; i <= strlen(path); i++) {
        if ((path[i] && path[i] != '/') || path[i - 1] == '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) && errno != EEXIST) {
            (void)err_sys(err, errno, "cannot make the directory '%s'", part);
            return err_hint(err, "Choose a directory that can be written with --state.");
        }
    }
    return 0;
}

static struct str inside(const struct git *g, const char *name, struct arena *a)
{
    return arena_printf(a, "%s/%s", g->o.mirror, name);
}

bool mirror_is_made(const struct git *g)
{
    auto_arena a = { 0 };
    return access(inside(g, READY, &a).p, F_OK) == 0;
}

static int write_text(const char *path, const char *text, struct err *err)
{
    auto_file file = fopen(path, "we");
    return file && fputs(text, file) >= 0 && fflush(file) == 0 ? 0 : err_sys(err, errno, "cannot write '%s'", path);
}

int mirror_made(struct git *g, struct err *err)
{
    auto_arena a = { 0 };
    const char *borrow = g->o.borrow ? arena_printf(&a, "%s/objects", g->o.borrow).p : NULL;
    if (borrow && !strpbrk(borrow, "\n\"") && access(borrow, R_OK | X_OK) == 0 &&
        write_text(inside(g, "objects/info/alternates", &a).p, arena_printf(&a, "%s\n", borrow).p, err))
        return -1;
    return write_text(inside(g, READY, &a).p, "", err);
}

int mirror_make(struct git *g, struct err *err)
{
    return make_directories(g->o.mirror, err);
}

/* --- lock ------------------------------------------------------------------------------------------------- */

static void remove_matching(const char *directory, const char *beginning, const char *ending)
{
    DIR *dir = opendir(directory);
    auto_arena a = { 0 };
    for (const struct dirent *d; dir && (d = readdir(dir));) {
        struct str name = str_of(d->d_name);
        if (name.p[0] == '.' || !str_starts(name, str_of(beginning)) || !str_ends(name, str_of(ending)))
            continue;
        const char *path = arena_printf(&a, "%s/%s", directory, d->d_name).p;
        if (unlink(path) && (errno == EISDIR || errno == EPERM))
            git_remove_directory(path);
    }
    if (dir)
        (void)closedir(dir);
}

/* We hold the lock, so these belong to nobody who lives: locks would stop git for ever, half packs would fill the disk. */
static void clean(const struct git *g)
{
    static const struct { const char *directory, *beginning, *ending; } rows[] = {
        { "", "", ".lock" }, { "", "gnupg-", "" }, { "refs/waconf", "", ".lock" }, { "objects/pack", "tmp_", "" }, { "objects/info", "", ".lock" },
        { "", "gc.pid", "" },
    };
    auto_arena a = { 0 };
    for (size_t i = 0; i < COUNT(rows); i++)
        remove_matching(inside(g, rows[i].directory, &a).p, rows[i].beginning, rows[i].ending);
}

int mirror_lock(struct git *g, struct err *err)
{
    auto_fd fd = open(g->o.mirror, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, errno, "cannot open '%s'", g->o.mirror);
    if (flock(fd, LOCK_EX | LOCK_NB))
        return errno == EWOULDBLOCK ? 0 : err_sys(err, errno, "cannot lock '%s'", g->o.mirror);
    g->lock = dup(fd);
    (void)fcntl(g->lock, F_SETFD, FD_CLOEXEC);
    clean(g);
    return 1;
}

void mirror_unlock(struct git *g)
{
    if (g->lock >= 0)
        (void)close(g->lock);
    g->lock = -1;
}
