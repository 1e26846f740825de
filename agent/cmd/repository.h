/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --git for commands that run once: documents in memory, and the commit for the history.
 *
 * apply keeps its mirror under the state directory (STATE/git/<digest of the URL>). plan and validate change nothing there: theirs is a temporary
 * directory that is gone before they begin their work; it borrows the objects of the state's mirror, if there is one, so that only what is new
 * is fetched.
 */
#ifndef CMD_REPOSITORY_H
#define CMD_REPOSITORY_H

#include "cmd/options.h"
#include "git/git.h"
#include "store/store.h"

struct repository {
    struct git_result result;
    char applied[65];                /* the commit that it was judged against, or "" */
    struct str trees;                /* for run_info; in the result's arena */
};
enum repository_use { REPOSITORY_LOOK /* no state is asked */, REPOSITORY_PLAN, REPOSITORY_APPLY };
/* stop: a descriptor that ends it when readable; -1: SIGINT and SIGTERM are caught meanwhile. -1 as git_open(), git_pull() and open_state(). */
int repository_pull(const struct options *o, enum repository_use use, int stop, struct repository *ret, struct err *err);
/* Once the state is locked: has another run applied something since? ERR_CONFLICT. */
int repository_recheck(const struct repository *r, struct store *s, struct err *err);
void repository_release(struct repository *r);

#endif
