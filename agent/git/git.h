/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Desired state from a git repository, through the `git` program: credential helpers, ssh configuration, proxies and signature checks are all
 * there already. A bare mirror lives under the state directory; objects are read by id (ls-tree, cat-file --batch), never by a checkout or
 * archive, so that no hook, filter, attribute or submodule can hide or change a file. Nothing that a user or a repository wrote ever becomes an option of
 * git: `--` stands before URLs, protocols are allow-listed (https, ssh, file), prompts are off, the environment is ours.
 *
 * git_start/git_pull run in the background: the child's descriptors and pidfd are extras of the one wait; `done` is called from there. One-shot
 * commands wait for it with git_wait().
 */
#ifndef GIT_GIT_H
#define GIT_GIT_H

#include "base/arena.h"
#include "base/err.h"
#include "model/source.h"

enum git_pin { GIT_BRANCH, GIT_TAG /* glob; the highest version that matches */, GIT_COMMIT };
struct git_options {
    const char *url;                 /* https://, ssh://, user@host:path, file:///, or an absolute path */
    enum git_pin pin; const char *ref;
    const char *path;                /* directory inside the repository that is the tree; "" = all of it */
    const char *mirror;              /* directory of the bare mirror, made when missing (0700) */
    const char *signers;             /* --verify-signatures: allowed-signers file (ssh) or OpenPGP key ring; NULL: not checked */
    bool allow_rewind;               /* a move that is not a fast-forward of `applied` is let pass */
    const char *applied;             /* commit that was applied last, or NULL */
    int64_t timeout_ms;              /* of one git command; 120 s when 0 */
};
struct git;
int git_open(const struct git_options *o, struct git **ret, struct err *err);   /* checks url, ref and path; finds the program */
void git_close(struct git *g);

struct git_head { char commit[65]; bool signed_by_listed; struct str signer, subject; int64_t at; };
/* Fetches and judges the head. 0 with *ret; -1: ERR_DOWN (remote), ERR_TRUST E470 (unsigned, unlisted), E471 (rewind), ERR_ABSENT (no such ref), ERR_CONFIG, ERR_IO. */
int git_pull(struct git *g, struct arena *a, struct git_head *ret, struct err *err);
/* All *.yaml and *.yml files of that commit under path, sorted, in memory. Links are followed only inside the tree; limits of load.h hold. */
int git_read(struct git *g, const char *commit, struct arena *a, struct source *ret, struct err *err);

#endif
