/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the history of runs says about commits: a rewind is judged against the last one that was applied. */
#ifndef GIT_APPLIED_H
#define GIT_APPLIED_H

#include "git/git.h"
#include "store/store.h"

/* How a run's history names the documents: URL, or URL#DIRECTORY. For run_info.trees. */
struct str git_trees(const struct git_options *o, struct arena *a);
/* The commit of the newest apply or watch run of this env over these trees that wrote, may have written, or found nothing to write. "" when there
 * is none. The branch does not matter: what was applied is what the providers have. */
int git_applied(struct store *s, struct str trees, char ret[65], struct err *err);

#endif
