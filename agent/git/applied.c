/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "git/applied.h"

#include <stdio.h>

#include "base/mem.h"

struct str git_trees(const struct git_options *o, struct arena *a)
{
    struct str path = str_of(o->path);
    while (str_ends(path, STR("/")))
        path.n--;
    while (str_starts(path, STR("./")))
        path = str_skip(path, 2);
    return path.n && !str_is(path, ".") ? arena_printf(a, "%s#%.*s", o->url, ARG(path)) : arena_str(a, str_of(o->url));
}

struct search { struct str trees; char *found; };

/* An open run was killed: it may have written. Of the others, these codes say that something was written or that all was well. */
static bool counts(const struct run_row *r)
{
    static const int codes[] = { 0, 3, 4, 75 };
    bool good = r->open;
    for (size_t i = 0; i < COUNT(codes); i++)
        good |= r->exit_code == codes[i];
    return good && (str_is(r->info.command, "apply") || str_is(r->info.command, "watch"));
}

static int look(void *ctx, const struct run_row *r)
{
    struct search *s = ctx;
    if (!counts(r) || !str_eq(r->info.trees, s->trees) || !git_is_id(r->info.commit))
        return 0;
    (void)snprintf(s->found, 65, "%.*s", ARG(r->info.commit));
    return 1;
}

int git_applied(struct store *s, struct str trees, char ret[65], struct err *err)
{
    struct search search = { trees, ret };
    ret[0] = '\0';
    return store_runs(s, STORE_RUNS_KEPT, look, &search, err);
}
