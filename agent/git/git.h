/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Desired state from a git repository, through the `git` program: credential helpers, ssh configuration, proxies and signature checks are all
 * there already. A bare mirror lives in a directory of ours; objects are read by id (ls-tree, cat-file --batch), never by a checkout or
 * archive, so that no hook, filter, attribute or submodule can hide or change a file. Nothing that a user or a repository wrote ever becomes an option of
 * git: `--` stands before URLs, protocols are allow-listed, names are checked here, prompts are off, the environment is ours (command.c).
 *
 * A pull is a list of git commands (pull.c), each a child process. It runs in the background:
 *
 *     git_open(&options, &g, &err);
 *     git_start(g, have, &err);                 have: the commit whose files the caller has already, or NULL
 *     http_watch(client, { .fd = git_fd(g), .ready -> git_step(g), .due -> git_due(g) })    until git_step() is true
 *     git_finish(g, &result, &err);             what came of it; git_result_release() when the files are not needed any more
 *     git_close(g);
 *
 * One-shot commands call git_pull(), which waits.
 *
 * What is believed: the operator's options, environment and ~/.gitconfig (for the network only: credential helpers, proxies, ssh). What is not: the
 * server, and everything in the repository.
 */
#ifndef GIT_GIT_H
#define GIT_GIT_H

#include "base/arena.h"
#include "base/err.h"
#include "model/source.h"

enum git_pin { GIT_BRANCH, GIT_TAG /* glob; the highest version that matches */, GIT_COMMIT /* a whole id */ };
struct git_options {
    const char *url;                 /* https://, ssh://, user@host:path, file:///, or an absolute path; http:// on loopback only */
    enum git_pin pin; const char *ref;
    const char *path;                /* directory inside the repository that is the tree; "" or NULL = all of it */
    const char *mirror;              /* directory of the bare mirror, made when missing (0700) with the directories above it */
    const char *borrow;              /* another mirror of the same URL whose objects may be read, left as it is; NULL or missing: none */
    const char *signers;             /* --verify-signatures: allowed-signers file (ssh) or OpenPGP key ring; NULL: not checked */
    bool allow_rewind;               /* a move that is not a fast-forward of `applied` is let pass, and a tag that was moved */
    const char *applied;             /* commit that was applied last, or NULL; copied */
    int64_t timeout_ms;              /* of one git command; 120 s when 0 */
};
enum { GIT_TIMEOUT_MS = 120000, GIT_LOCK_MS = 30000,
       GIT_MAX_LIST = 64 << 20,      /* bytes that ls-tree or ls-remote may print: about 500,000 names */
       GIT_MAX_TEXT = 256 << 20,     /* of all documents of a commit together */
       GIT_MAX_LINKS = 10000, GIT_MAX_LINK = 4096 /* bytes */ };
#define GIT_MAX_PACK ((uint64_t)2 << 30)   /* of one file that git writes: what a server may fill our disk with in one go */

struct git;
/* Checks url, ref and path; finds the program; touches neither network nor disk. -1: ERR_USAGE E474, ERR_IO E475 (no git). */
int git_open(const struct git_options *o, struct git **ret, struct err *err);
void git_close(struct git *g);                              /* ends a pull that is under way; takes NULL */
void git_set_applied(struct git *g, const char *commit);    /* for the next pull; NULL: none */

struct git_head {
    char commit[65];                 /* its id */
    struct str ref;                  /* what the pin led to: "main", "v1.4.0" */
    bool signed_by_listed;           /* checked and good; false when `signers` is NULL */
    struct str signer, subject;      /* foreign text, cut to 200 bytes */
    int64_t at;                      /* committer's date, wall clock; the committer says so */
};
struct git_result {
    struct git_head head;
    bool same;                       /* the head is the commit that the caller has: nothing was judged or read again; of `head` only commit and ref are set */
    struct source source;            /* all *.yaml and *.yml files under path, sorted; links followed inside the tree only */
    struct arena arena;              /* owns the texts above */
};
void git_result_release(struct git_result *r);

int git_start(struct git *g, const char *have, struct err *err);
int git_fd(const struct git *g);                            /* one descriptor for all of it; readable: call git_step(). The same until git_close() */
int64_t git_due(const struct git *g);                       /* monotonic ms: call git_step() then at the latest; -1: no pull is under way */
bool git_step(struct git *g);                               /* true when the pull is over */
/* -1: ERR_DOWN E472 (remote), ERR_ABSENT E473 (no such branch, tag, commit or directory), ERR_TRUST E470 (unsigned, or by nobody listed) or E471
 * (rewound or moved), ERR_CONFIG E476 (too large), ERR_LOCKED E504 (another process uses the mirror), ERR_IO E475, E501. */
int git_finish(struct git *g, struct git_result *ret, struct err *err);
void git_cancel(struct git *g);                             /* kills what runs; the next git_start() begins anew */
/* All of it, waiting; `stop`: a descriptor that ends it when readable (ERR_INTERRUPTED), or -1. */
int git_pull(struct git *g, const char *have, int stop, struct git_result *ret, struct err *err);

/* Where the mirror of a URL lives: STATE/git/<digest>. */
struct str git_mirror_path(const char *state, const char *url, struct arena *a);
/* A directory tree that is ours, removed; links in it are not followed. */
void git_remove_directory(const char *path);

/* --- rules, pure (name.c) ---------------------------------------------------------------------------------- */

/* NULL when fine, else what is wrong with it, to stand behind its name in quotes. */
const char *git_url_problem(struct str url, bool *ret_loopback_http);
const char *git_name_problem(struct str name);              /* of a branch or tag: the rules of `git check-ref-format` */
const char *git_pattern_problem(struct str pattern);        /* of tags: the same with `*` and `?` */
const char *git_path_problem(struct str path);
bool git_is_id(struct str s);                               /* 40 or 64 hex digits */
/* Versions: runs of digits by value, the rest by bytes; what follows a dash comes before what has none (1.0-rc1 < 1.0 < 1.0.1). */
int git_version_compare(struct str a, struct str b);

#endif
