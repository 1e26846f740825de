/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who runs this, where, and from which commit (contract 8). */
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/state.h"

static struct str first_of(const char *const *names)
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value && *value)
            return str_head(str_of(value), 256);
    }
    return (struct str){ 0 };
}

static struct str actor(struct arena *a)
{
    static const char *const names[] = { "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR", "SUDO_USER", NULL };
    struct str given = first_of(names);
    if (given.n)
        return given;
    const struct passwd *user = getpwuid(getuid());
    return user ? arena_str(a, str_of(user->pw_name)) : arena_printf(a, "uid %u", (unsigned)getuid());
}

static struct str ci_job(struct arena *a)
{
    const char *server = getenv("GITHUB_SERVER_URL"), *repository = getenv("GITHUB_REPOSITORY"), *run = getenv("GITHUB_RUN_ID");
    static const char *const names[] = { "CI_JOB_URL", "BUILD_URL", "CI_BUILD_URL", NULL };
    if (server && repository && run)
        return str_head(arena_printf(a, "%s/%s/actions/runs/%s", server, repository, run), 512);
    return first_of(names);
}

/* --- the commit of a checkout ------------------------------------------------------------------ */

/* A short text file, without the white space at its ends; empty when it cannot be read. */
static struct str read_short(struct arena *a, struct str path)
{
    char text[1024];
    auto_fd fd = open(path.p, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text);
    return n < 0 ? (struct str){ 0 } : arena_str(a, str_trim((struct str){ text, (size_t)n }));
}

static bool is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!memchr("0123456789abcdef", s.p[i], 16))
            return false;
    return s.n == 40 || s.n == 64;
}

static struct str packed_id(struct arena *a, struct str git, struct str ref)
{
    char *text = NULL;
    size_t cap = 0;
    ssize_t n;
    struct str found = { 0 };
    auto_file file = fopen(arena_printf(a, "%.*s/packed-refs", ARG(git)).p, "re");
    while (file && !found.n && (n = getline(&text, &cap, file)) > 0) {
        struct str id, name;
        if (str_cut(str_trim((struct str){ text, (size_t)n }), ' ', &id, &name) && str_eq(name, ref) && is_id(id))
            found = arena_str(a, id);
    }
    free(text);
    return found;
}

/* `git` is the directory that has HEAD. A work tree of its own keeps branches in the common one. */
static struct str head_id(struct arena *a, struct str git)
{
    struct str head = read_short(a, arena_printf(a, "%.*s/HEAD", ARG(git)));
    if (!str_starts(head, STR("ref: ")))
        return is_id(head) ? head : (struct str){ 0 };
    struct str ref = str_skip(head, 5), common = read_short(a, arena_printf(a, "%.*s/commondir", ARG(git)));
    if (common.n)
        git = common.p[0] == '/' ? common : arena_printf(a, "%.*s/%.*s", ARG(git), ARG(common));
    struct str id = read_short(a, arena_printf(a, "%.*s/%.*s", ARG(git), ARG(ref)));
    return is_id(id) ? id : packed_id(a, git, ref);
}

static struct str checkout_id(struct arena *a, const char *tree)
{
    char path[PATH_MAX];
    if (!realpath(tree, path))
        return (struct str){ 0 };
    for (char *end = path + strlen(path); end; end = strrchr(path, '/')) {
        *end = '\0';
        struct str git = arena_printf(a, "%s/.git", path), link = read_short(a, git);
        if (str_starts(link, STR("gitdir: ")))
            git = str_skip(link, 8);
        if (access(arena_printf(a, "%.*s/HEAD", ARG(git)).p, R_OK) == 0)
            return head_id(a, git);
    }
    return (struct str){ 0 };
}

static struct str commit(const struct options *o, struct arena *a)
{
    static const char *const names[] = { "GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "GIT_COMMIT", NULL };
    struct str given = first_of(names);
    return given.n || !o->trees.n ? given : checkout_id(a, o->trees.items[0]);
}

void run_describe(const struct options *o, struct arena *a, struct run_info *ret)
{
    char host[HOST_NAME_MAX + 1] = "";
    auto_buf trees = buf_init(4096);
    (void)gethostname(host, sizeof host - 1);
    for (size_t i = 0; i < o->trees.n; i++)
        buf_printf(&trees, "%s%s", i ? " " : "", o->trees.items[i]);
    *ret = (struct run_info){
        .command = str_of(o->command->name), .actor = actor(a), .host = arena_str(a, str_of(host)), .commit = commit(o, a),
        .ci_job = ci_job(a), .flags = o->guard_flags, .trees = arena_str(a, buf_str(&trees)), .version = STR(VERSION),
    };
}
