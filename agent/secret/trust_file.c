/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/mem.h"
#include "secret/reference.h"
#include "secret/trust_private.h"
#include "yaml/yaml.h"

enum { TRUST_FILE_MAX = 1 << 20 };
#define DEFAULT_FILE "/etc/waconf/trust.yaml"

void paths_add(struct trust *t, struct paths *p, struct str path)
{
    p->items = mem_grow(p->items, &p->cap, p->n + 1, sizeof *p->items);
    p->items[p->n++] = arena_str(&t->arena, path);
}

bool paths_hold(const struct paths *p, struct str path)
{
    for (size_t i = 0; i < p->n; i++)
        if (path_beneath(p->items[i], path))
            return true;
    return false;
}

static void origin_add(struct trust *t, const struct origin *o)
{
    t->origins = mem_grow(t->origins, &t->origins_cap, t->n_origins + 1, sizeof *t->origins);
    t->origins[t->n_origins++] = *o;
}

static bool plain_program(struct str path)
{
    return path.n > 1 && path.p[0] == '/' && str_find(path, STR("/../")) < 0 && str_find(path, STR("//")) < 0 && !memchr(path.p, ' ', path.n);
}

/* --- the trust file ---------------------------------------------------------------------------------------- */

static bool refuse(struct diags *d, const struct node *at, const char *what, const char *mend)
{
    struct diag *item = diag_add(d, SEVERITY_ERROR, "E488", at->at, "%s.", what);
    if (at->type == NODE_SCALAR && !at->key.p)  /* no member of a map: the whole file, or an entry of a list */
        item->line = STR("(not shown: it may be a file of secrets)");
    diag_hint(d, item, "%s", mend);
    return false;
}

typedef bool reader(struct trust *t, const struct node *n, struct diags *d);
struct member { const char *name; enum node_type type; reader *read; };

static bool each_text(struct trust *t, const struct node *list, struct diags *d, reader *read)
{
    bool good = true;
    for (const struct node *n = list->first; n; n = n->next)
        good &= n->type == NODE_SCALAR ? read(t, n, d) : n->type == NODE_BROKEN ? false : refuse(d, n, "An entry is not a text", "Write one text an entry.");
    return good;
}

/* A map with just these members; each is read by its row. */
static bool read_map(struct trust *t, const struct node *map, const struct member *members, size_t n, struct diags *d)
{
    const char *names[8];
    bool good = true;
    if (map->type != NODE_MAP)
        return map->type != NODE_BROKEN && refuse(d, map, "This is not a map", "See the form of a trust file in waconf(5).");
    for (size_t i = 0; i < n; i++)
        names[i] = members[i].name;
    for (const struct node *c = map->first; c; c = c->next) {
        const struct member *m = members;
        while (m < members + n && !str_is(c->key, m->name))
            m++;
        if (m < members + n && c->type == m->type) {
            good &= !m->read || m->read(t, c, d);
            continue;
        }
        good = false;
        if (c->type == NODE_BROKEN)
            continue;
        const char *near = m < members + n ? NULL : str_nearest(c->key, names, n);
        struct diag *item = diag_add(d, SEVERITY_ERROR, "E488", c->key_at, m < members + n ? "'%.*s' is not of the right form." :
                                     "'%.*s' is not known in a trust file.", ARG(c->key));
        if (m < members + n)
            diag_hint(d, item, "It takes %s.", m->type == NODE_LIST ? "a list" : m->type == NODE_MAP ? "a map" : "a text");
        else
            diag_hint(d, item, near ? "Did you mean '%s'?" : "Remove it.", near);
    }
    return good;
}

static bool read_origin(struct trust *t, const struct node *n, struct diags *d)
{
    struct origin o;
    struct err err;
    if (origin_parse_bare(n->text, &o, &err)) {
        struct diag *item = diag_add(d, SEVERITY_ERROR, err.code ? err.code : "E488", n->at, "%s.", err.text);
        diag_hint(d, item, "%s", err.hint);
        return false;
    }
    origin_add(t, &o);
    return true;
}

static bool read_file(struct trust *t, const struct node *n, struct diags *d)
{
    struct str path;
    if (!n->text.n || n->text.p[0] != '/' || !reference_path(n->text, NULL, &t->arena, &path))
        return refuse(d, n, "A directory in 'files' is not an absolute path", "Write it from the root: /run/secrets");
    paths_add(t, &t->files, path);
    return true;
}

static bool read_program(struct trust *t, const struct node *n, struct diags *d)
{
    if (!plain_program(n->text))
        return refuse(d, n, "A program in 'exec' is not an absolute path without blanks", "Write it from the root: /usr/bin/pass");
    paths_add(t, &t->exec, n->text);
    return true;
}

static bool read_origins(struct trust *t, const struct node *n, struct diags *d) { return each_text(t, n, d, read_origin); }
static bool read_files(struct trust *t, const struct node *n, struct diags *d) { return each_text(t, n, d, read_file); }
static bool read_programs(struct trust *t, const struct node *n, struct diags *d) { return each_text(t, n, d, read_program); }

static bool read_binding(struct trust *t, const struct node *n, struct diags *d)
{
    static const struct member members[] = { { "from", NODE_SCALAR, NULL }, { "account", NODE_SCALAR, NULL }, { "origin", NODE_SCALAR, NULL } };
    struct binding b;
    struct err err;
    struct reference reference;
    struct problem problem;
    if (!read_map(t, n, members, COUNT(members), d))
        return false;
    const struct node *from = node_member(n, "from"), *account = node_member(n, "account"), *origin = node_member(n, "origin");
    if (!from || !account || !origin)
        return refuse(d, n, "A binding lacks 'from', 'account' or 'origin'", "Write { from: \"env:NAME\", account: kaleyra/Account/india, origin: \"https://...\" }.");
    if (!reference_parse(from->text, &reference, &problem))
        return refuse(d, from, "'from' of a binding is not a reference", problem.mend);
    if (origin_parse_bare(origin->text, &b.origin, &err))
        return refuse(d, origin, err.text, err.hint);
    b.from = arena_str(&t->arena, from->text);
    b.account = arena_str(&t->arena, account->text);
    t->bindings = mem_grow(t->bindings, &t->bindings_cap, t->n_bindings + 1, sizeof *t->bindings);
    t->bindings[t->n_bindings++] = b;
    return true;
}

static bool read_bindings(struct trust *t, const struct node *list, struct diags *d)
{
    bool good = true;
    t->bound = true;
    for (const struct node *n = list->first; n; n = n->next)
        good &= read_binding(t, n, d);
    return good;
}

static bool read_spec(struct trust *t, const struct node *n, struct diags *d)
{
    static const struct member members[] = {
        { "origins", NODE_LIST, read_origins }, { "files", NODE_LIST, read_files }, { "exec", NODE_LIST, read_programs },
        { "bindings", NODE_LIST, read_bindings },
    };
    return read_map(t, n, members, COUNT(members), d);
}

static bool read_version(struct trust *t, const struct node *n, struct diags *d)
{
    (void)t;
    return str_is(n->text, "waconf/v1") || refuse(d, n, "'apiVersion' of a trust file is not waconf/v1", "Write apiVersion: waconf/v1");
}

static bool read_kind(struct trust *t, const struct node *n, struct diags *d)
{
    (void)t;
    return str_is(n->text, "Trust") || refuse(d, n, "'kind' of a trust file is not Trust", "Write kind: Trust");
}

static bool read_text(struct trust *t, struct str text, const char *path, struct diags *d)
{
    static const struct member members[] = {
        { "apiVersion", NODE_SCALAR, read_version }, { "kind", NODE_SCALAR, read_kind }, { "spec", NODE_MAP, read_spec },
    };
    auto_arena a = { 0 };
    size_t before = d->errors, documents = 0;
    struct yaml_reader *r = yaml_open(text, path, d);
    for (const struct node *root; (root = yaml_next(r, &a)); documents++) {
        if (documents)
            (void)refuse(d, root, "A trust file holds one document", "Merge them into one.");
        else if (read_map(t, root, members, COUNT(members), d))
            for (size_t i = 0; i < COUNT(members); i++)
                if (!node_member(root, members[i].name))
                    (void)refuse(d, root, "'apiVersion', 'kind' or 'spec' is missing", "Write apiVersion: waconf/v1, kind: Trust, and spec.");
    }
    yaml_close(r);
    if (!documents && d->errors == before) {
        struct diag *item = diag_add(d, SEVERITY_ERROR, "E488", (struct loc){ path, 1, 1 }, "The trust file holds no document.");
        diag_hint(d, item, "Remove it, or write apiVersion: waconf/v1, kind: Trust, and spec.");
    }
    for (size_t i = 0; i < d->n; i++)
        if (str_is(str_of(d->items[i].at.file), path) && !d->items[i].line.n)
            diag_line(d, &d->items[i], text);
    return d->errors == before;
}

/* --- is the file itself to be trusted? ------------------------------------------------------------------------ */

static int refuse_file(struct err *err, const char *path, const char *why, const char *mend)
{
    (void)err_set(err, ERR_TRUST, "E487", "the trust file '%s' %s", path, why);
    return err_hint(err, "%s", mend);
}

/* Neither what it is nor the link that leads there may be in a tree. */
static bool inside_tree(struct trust *t, const char *path)
{
    char resolved[PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct str directory = slash ? (struct str){ path, (size_t)(slash - path) + 1 } : STR(".");
    if (realpath(path, resolved) && paths_hold(&t->roots, str_of(resolved)))
        return true;
    return realpath(arena_str(&t->arena, directory).p, resolved) && paths_hold(&t->roots, str_of(resolved));
}

/* Could somebody else put another file in its place? In a sticky directory (/tmp) each file is its owner's; on a read-only file system (a mounted
 * ConfigMap) modes say nothing. */
static bool replaceable(const char *directory)
{
    struct stat st;
    struct statvfs fs;
    if (stat(directory, &st) || !(st.st_mode & 022) || (st.st_mode & S_ISVTX))
        return false;
    return statvfs(directory, &fs) || !(fs.f_flag & ST_RDONLY);
}

/* The directories above a resolved path. Returns the one that others can write, in `resolved`, which is cut down to it; or NULL. */
static const char *open_directory(char *resolved)
{
    while (*resolved) {
        *strrchr(resolved, '/') = '\0';
        if (replaceable(*resolved ? resolved : "/"))
            return *resolved ? resolved : "/";
    }
    return NULL;
}

static int check_directories(struct trust *t, const char *path, struct err *err)
{
    char resolved[PATH_MAX + 2];
    const char *slash = strrchr(path, '/'), *found = NULL;
    struct str directory = slash ? (struct str){ path, (size_t)(slash - path) + 1 } : STR(".");
    if (realpath(path, resolved))
        found = open_directory(resolved);
    if (!found && realpath(arena_str(&t->arena, directory).p, resolved))    /* a link that leads to it */
        found = open_directory(strcat(resolved, "/."));
    if (!found)
        return 0;
    (void)err_set(err, ERR_TRUST, "E487", "the trust file '%s' can be replaced by others, who can write the directory '%s'", path, found);
    return err_hint(err, "Run: chmod go-w '%s'. Or keep the file elsewhere.", found);
}

int trust_file_read(struct trust *t, const char *path, bool must_exist, struct diags *diags, struct err *err)
{
    struct stat st;
    auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ENOENT && !must_exist)
        return 0;
    if (fd < 0 || fstat(fd, &st)) {
        (void)err_sys(err, errno, "cannot read the trust file '%s'", path);
        return err_hint(err, "Mend the path behind --trust.");
    }
    if (!S_ISREG(st.st_mode) || st.st_size > TRUST_FILE_MAX)
        return refuse_file(err, path, "is not a regular file of at most 1 MiB", "Name a regular file with --trust.");
    if (inside_tree(t, path))
        return refuse_file(err, path, "lies inside a tree, so whoever edits the tree could trust himself", "Keep it elsewhere.");
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return refuse_file(err, path, "belongs to another user", "It must be root's or yours.");
    if (st.st_mode & 022)
        return refuse_file(err, path, "can be written by others", "Run: chmod go-w on it.");
    if (st.st_nlink > 1)
        return refuse_file(err, path, "has a second name (a hard link), which may lie inside a tree", "Make a copy of it, and name that.");
    if (check_directories(t, path, err))
        return -1;
    auto_free char *text = mem_alloc((size_t)st.st_size + 1);
    ssize_t n = read(fd, text, (size_t)st.st_size);
    if (n < 0)
        return err_sys(err, errno, "cannot read the trust file '%s'", path);
    if (read_text(t, (struct str){ text, (size_t)n }, path, diags))
        return 0;
    t->n_origins = t->n_bindings = t->files.n = t->exec.n = 0; /* half a trust file is none */
    t->broken = true;
    return 0;
}

/* --- flags ------------------------------------------------------------------------------------------------ */

static int add_roots(struct trust *t, const struct trust_options *o)
{
    static const char *const here[] = { "." };
    t->no_trees = o->no_trees;
    if (o->no_trees)
        return 0;
    const char *const *trees = o->n_trees ? o->trees : here;
    for (size_t i = 0; i < (o->n_trees ? o->n_trees : 1); i++) {
        char resolved[PATH_MAX];
        struct stat st;
        if (!realpath(trees[i], resolved) || stat(resolved, &st))
            continue; /* the loader says that it is missing */
        if (!S_ISDIR(st.st_mode))
            *strrchr(resolved, '/') = '\0';
        paths_add(t, &t->roots, str_of(*resolved ? resolved : "/"));
    }
    return 0;
}

static int add_flags(struct trust *t, const struct trust_options *o, struct err *err)
{
    for (size_t i = 0; i < o->n_allow_origins; i++) {
        struct origin origin;
        if (origin_parse_bare(str_of(o->allow_origins[i]), &origin, err)) {
            if (err->is == ERR_CONFIG)
                err->is = ERR_USAGE;
            return err_add(err, "--allow-origin");
        }
        origin_add(t, &origin);
    }
    for (size_t i = 0; i < o->n_allow_files; i++) {
        char resolved[PATH_MAX];
        if (!realpath(o->allow_files[i], resolved)) {
            (void)err_set(err, ERR_USAGE, "E001", "--allow-file '%s': %s", o->allow_files[i], strerror(errno));
            return err_hint(err, "Name a directory that exists.");
        }
        paths_add(t, &t->files, str_of(resolved));
    }
    for (size_t i = 0; i < o->n_allow_exec; i++) {
        if (!plain_program(str_of(o->allow_exec[i]))) {
            (void)err_set(err, ERR_USAGE, "E001", "--allow-exec '%s' is not the absolute path of a program", o->allow_exec[i]);
            return err_hint(err, "Write --allow-exec /usr/bin/pass, without arguments.");
        }
        paths_add(t, &t->exec, str_of(o->allow_exec[i]));
    }
    return 0;
}

int trust_new(const struct trust_options *o, struct trust **ret, struct diags *diags, struct err *err)
{
    struct trust *t = mem_alloc(sizeof *t);
    const char *file = o->trust_file ? o->trust_file : DEFAULT_FILE;
    if (add_roots(t, o) || trust_file_read(t, file, o->trust_file != NULL, diags, err) || add_flags(t, o, err)) {
        trust_free(t);
        return -1;
    }
    *ret = t;
    return 0;
}

void trust_free(struct trust *t)
{
    if (!t)
        return;
    free(t->origins);
    free(t->bindings);
    free(t->roots.items);
    free(t->files.items);
    free(t->exec.items);
    arena_release(&t->arena);
    free(t);
}
