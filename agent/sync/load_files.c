/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and directories of the trees: what is read, in which order, and what never is (contract 1). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "sync/load_private.h"

/* A link waits until everything that is really there was read: the real path is the better name. */
struct link { char *name; struct link *next; };
struct walk {
    struct loading *l;
    const char *root;             /* absolute */
    int root_fd;
    struct link *links, **end;
    unsigned depth;
};

static struct diag *find(struct loading *l, enum severity severity, const char *code, const char *name, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static struct diag *find(struct loading *l, enum severity severity, const char *code, const char *name, const char *format, ...)
{
    char what[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (severity == SEVERITY_ERROR)
        l->lost = true;
    return diag_add(l->diags, severity, code, (struct loc){ name, 0, 0 }, "%s", what);
}

static void cannot(struct loading *l, const char *name, const char *what, int sys)
{
    struct diag *item = find(l, SEVERITY_ERROR, "E101", name, "Cannot %s: %s.", what, strerror(sys));
    diag_hint(l->diags, item, sys == EACCES ? "Let this user read it, or leave it out of the tree." : "Mend the path, or leave it out.");
}

/* True when this file or directory was not seen before. */
static bool is_new(struct loading *l, const struct stat *st)
{
    struct { dev_t device; ino_t inode; } id;
    memset(&id, 0, sizeof id);
    id.device = st->st_dev;
    id.inode = st->st_ino;
    struct str key = { (const char *)&id, sizeof id };
    if (map_get(&l->seen, key))
        return false;
    (void)map_add(&l->seen, arena_str(&l->arena, key), l);
    return true;
}

static bool is_yaml(const char *name)
{
    struct str s = str_of(name);
    return str_ends(s, STR(".yaml")) || str_ends(s, STR(".yml"));
}

static const char *join(struct loading *l, const char *directory, const char *name)
{
    if (!*directory)
        return arena_str(&l->tree->arena, str_of(name)).p;
    bool slash = str_ends(str_of(directory), STR("/"));
    return arena_printf(&l->tree->arena, "%s%s%s", directory, slash ? "" : "/", name).p;
}

/* --- one file ---------------------------------------------------------------------------------- */

static ssize_t read_all(int fd, char *p, size_t size)
{
    size_t n = 0;
    while (n < size) {
        ssize_t got = read(fd, p + n, size - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static void too_large(struct loading *l, const char *name)
{
    diag_hint(l->diags, find(l, SEVERITY_ERROR, "E103", name, "The file is larger than %d MiB.", YAML_MAX_FILE >> 20),
              "Split it into several files.");
}

/* `fd` is open for reading without blocking; takes it over. */
static void read_file(struct loading *l, int fd_in, const char *name)
{
    auto_fd fd = fd_in;
    struct stat st;
    if (fstat(fd, &st) < 0) {
        cannot(l, name, "read this file", errno);
        return;
    }
    if (!S_ISREG(st.st_mode)) {
        diag_hint(l->diags, find(l, SEVERITY_ERROR, "E102", name, "This is not a regular file."), "Name a file or a directory.");
        return;
    }
    if (!is_new(l, &st))
        return;
    if (st.st_size > YAML_MAX_FILE) {
        too_large(l, name);
        return;
    }
    size_t size = (size_t)st.st_size + 1; /* one more, to see that it grew */
    if (l->buffer_size < size) {
        free(l->buffer);
        l->buffer = mem_alloc(size);
        l->buffer_size = size;
    }
    ssize_t n = read_all(fd, l->buffer, size);
    if (n < 0)
        cannot(l, name, "read this file", errno);
    else if ((size_t)n == size)
        cannot(l, name, "read this file while it is being written", EBUSY);
    else
        load_text(l, (struct str){ l->buffer, (size_t)n }, name);
}

/* --- directories ------------------------------------------------------------------------------- */

static void walk_directory(struct walk *w, int fd, const char *name);

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the entries that matter, sorted. */
static char **list_names(DIR *dir, size_t *ret_n)
{
    char **names = NULL;
    size_t n = 0, cap = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (e->d_name[0] == '.')
            continue;
        names = mem_grow(names, &cap, n + 1, sizeof *names);
        names[n] = mem_alloc(strlen(e->d_name) + 1);
        strcpy(names[n++], e->d_name);
    }
    if (n)
        qsort(names, n, sizeof *names, by_name);
    *ret_n = n;
    return names;
}

static void visit(struct walk *w, int directory, const char *path, const char *name)
{
    struct stat st;
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        cannot(w->l, path, "look at this", errno);
        return;
    }
    if (S_ISLNK(st.st_mode)) {
        struct link *link = ARENA_NEW(&w->l->arena, struct link);
        link->name = (char *)path;
        *w->end = link;
        w->end = &link->next;
        return;
    }
    if (!S_ISDIR(st.st_mode) && !is_yaml(name))
        return;
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) { /* opening a FIFO or a device may hang or act */
        diag_hint(w->l->diags, find(w->l, SEVERITY_WARNING, "W101", path, "This is not a regular file; it was not opened."),
                  "Remove it from the tree.");
        return;
    }
    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (S_ISDIR(st.st_mode) ? O_DIRECTORY : 0));
    if (fd < 0)
        cannot(w->l, path, S_ISDIR(st.st_mode) ? "read this directory" : "read this file", errno);
    else if (S_ISDIR(st.st_mode))
        walk_directory(w, fd, path);
    else
        read_file(w->l, fd, path);
}

/* Takes over `fd`. */
static void walk_directory(struct walk *w, int fd, const char *name)
{
    struct stat st;
    size_t n;
    if (fstat(fd, &st) == 0 && !is_new(w->l, &st)) {
        (void)close(fd);
        return;
    }
    if (w->depth == LOAD_DEPTH) {
        (void)close(fd);
        diag_hint(w->l->diags, find(w->l, SEVERITY_ERROR, "E107", name, "Directories are nested more than %d deep.", LOAD_DEPTH),
                  "Flatten the tree.");
        return;
    }
    DIR *dir = fdopendir(fd);
    if (!dir) {
        cannot(w->l, name, "read this directory", errno);
        (void)close(fd);
        return;
    }
    w->depth++;
    char **names = list_names(dir, &n);
    for (size_t i = 0; i < n; i++) {
        visit(w, dirfd(dir), join(w->l, name, names[i]), names[i]);
        free(names[i]);
    }
    free(names);
    w->depth--;
    (void)closedir(dir);
}

/* --- links ------------------------------------------------------------------------------------- */

/* Opens what a link leads to, by its real path beneath the root, so that nothing can be swapped for a link on the way. */
static int open_beneath(const struct walk *w, const char *real, int flags)
{
    const char *rest = real + strlen(w->root);
    while (*rest == '/')
        rest++;
    struct open_how how = { .flags = (unsigned)flags, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
    int fd = (int)syscall(SYS_openat2, w->root_fd, *rest ? rest : ".", &how, sizeof how);
    return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open(real, flags) : fd;
}

static bool is_beneath(const char *path, const char *root)
{
    size_t n = strlen(root);
    return strcmp(root, "/") == 0 || (strncmp(path, root, n) == 0 && (path[n] == '/' || path[n] == '\0'));
}

static void follow(struct walk *w, const char *name)
{
    struct stat st;
    const char *slash = strrchr(name, '/');
    bool yaml = is_yaml(slash ? slash + 1 : name);
    auto_free char *real = realpath(name, NULL);
    if (!real || stat(real, &st) < 0) {
        if (yaml)
            cannot(w->l, name, "follow this link", errno);
        return;
    }
    if (!S_ISDIR(st.st_mode) && !yaml)
        return;
    if (!is_beneath(real, w->root)) {
        diag_hint(w->l->diags, find(w->l, SEVERITY_WARNING, "W102", name, "This link leads out of the tree; it was not followed."),
                  "Name the place where it leads as a further TREE, or remove the link.");
        return;
    }
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
        diag_hint(w->l->diags, find(w->l, SEVERITY_WARNING, "W101", name, "This is not a regular file; it was not opened."),
                  "Remove it from the tree.");
        return;
    }
    int fd = open_beneath(w, real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (S_ISDIR(st.st_mode) ? O_DIRECTORY : 0));
    if (fd < 0)
        cannot(w->l, name, "follow this link", errno);
    else if (S_ISDIR(st.st_mode))
        walk_directory(w, fd, name);
    else
        read_file(w->l, fd, name);
}

/* --- trees ------------------------------------------------------------------------------------- */

/* The name that places are shown with: no "./" in front and no "/" behind. */
static const char *plain_name(struct loading *l, const char *tree)
{
    struct str s = str_of(tree);
    while (str_starts(s, STR("./")))
        for (s = str_skip(s, 2); str_starts(s, STR("/")); s = str_skip(s, 1))
            ;
    while (s.n > 1 && str_ends(s, STR("/")))
        s.n--;
    if (str_is(s, "."))
        s.n = 0;
    return arena_str(&l->tree->arena, s).p;
}

static void load_one(struct loading *l, const char *tree)
{
    struct stat st;
    const char *name = plain_name(l, tree), *shown = *name ? name : tree;
    if (stat(tree, &st) < 0) {
        cannot(l, shown, "read this", errno);
        return;
    }
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
        diag_hint(l->diags, find(l, SEVERITY_ERROR, "E102", shown, "This is not a regular file."), "Name a file or a directory.");
        return;
    }
    auto_fd fd = open(tree, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    auto_free char *root = realpath(tree, NULL);
    if (fd < 0 || !root) {
        cannot(l, shown, S_ISDIR(st.st_mode) ? "read this directory" : "read this file", errno);
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        read_file(l, dup(fd), shown);
        return;
    }
    struct walk w = { .l = l, .root = root, .root_fd = fd };
    w.end = &w.links;
    walk_directory(&w, dup(fd), name);
    for (const struct link *link = w.links; link; link = link->next) /* a link may lead to more links: they join the end */
        follow(&w, link->name);
}

void load_files(struct loading *l)
{
    const struct load_options *o = l->options;
    for (size_t i = 0; i < o->n_trees; i++)
        load_one(l, o->trees[i]);
    if (!o->n_trees)
        load_one(l, ".");
}
