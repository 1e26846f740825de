/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/repository.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cmd/output.h"
#include "cmd/state.h"
#include "git/applied.h"

static void git_wishes(const struct options *o, struct git_options *ret)
{
    *ret = (struct git_options){
        .url = o->git.url, .path = o->git.path ? o->git.path : "", .signers = o->git.signers, .allow_rewind = o->git.allow_rewind,
        .pin = o->git.branch ? GIT_BRANCH : o->git.tag ? GIT_TAG : GIT_COMMIT,
        .ref = o->git.branch ? o->git.branch : o->git.tag ? o->git.tag : o->git.commit,
        .timeout_ms = o->timeout_ms && o->timeout_ms < GIT_TIMEOUT_MS ? o->timeout_ms : GIT_TIMEOUT_MS,
    };
}

static int last_applied(const struct options *o, struct str trees, char ret[65], struct err *err)
{
    struct store *s;
    if (open_state(o, STORE_READ, &s, err))
        return -1;
    int status = git_applied(s, trees, ret, err);
    store_close(s);
    return status;
}

static void say_head(const struct options *o, const struct git_head *head)
{
    auto_buf text = buf_init(4096);
    buf_printf(&text, "Commit %.12s of '", head->commit);
    escape_text(&text, head->ref);
    buf_puts(&text, "'");
    if (head->signed_by_listed) {
        buf_puts(&text, ", signed by '");
        escape_text(&text, head->signer);
        buf_puts(&text, "'");
    }
    say_note(o, "%s.", buf_str(&text).p);
}

static int pull(const struct git_options *wishes, int stop, struct repository *ret, struct err *err)
{
    struct git *g;
    sigset_t stops, before;
    auto_fd own = -1;
    if (git_open(wishes, &g, err))
        return -1;
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGINT);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &stops, &before);
    if (stop < 0)
        stop = own = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    int status = git_pull(g, NULL, stop, &ret->result, err);
    if (own >= 0) { /* it is dealt with: not to be delivered again */
        struct signalfd_siginfo info;
        while (read(own, &info, sizeof info) > 0)
            ;
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    git_close(g);
    return status;
}

/* A mirror of its own for this run, below TMPDIR. */
static int pull_aside(struct git_options *wishes, int stop, struct repository *ret, struct err *err)
{
    char path[PATH_MAX];
    const char *base = getenv("TMPDIR");
    (void)snprintf(path, sizeof path, "%s/waconf-git-XXXXXX", base && *base == '/' ? base : "/tmp");
    if (!mkdtemp(path))
        return err_sys(err, errno, "cannot make a temporary directory '%s'", path);
    wishes->mirror = path;
    int status = pull(wishes, stop, ret, err);
    git_remove_directory(path);
    return status;
}

int repository_pull(const struct options *o, enum repository_use use, int stop, struct repository *ret, struct err *err)
{
    auto_arena a = { 0 };
    struct git_options wishes;
    *ret = (struct repository){ 0 };
    git_wishes(o, &wishes);
    struct str trees = git_trees(&wishes, &a);
    if (use != REPOSITORY_LOOK && last_applied(o, trees, ret->applied, err))
        return -1;
    wishes.applied = *ret->applied ? ret->applied : NULL;
    const char *kept = o->state ? git_mirror_path(o->state, o->git.url, &a).p : NULL;
    if (use == REPOSITORY_APPLY)
        wishes.mirror = kept;
    else
        wishes.borrow = kept;
    if (use == REPOSITORY_APPLY ? pull(&wishes, stop, ret, err) : pull_aside(&wishes, stop, ret, err))
        return -1;
    ret->trees = arena_str(&ret->result.arena, trees);
    say_head(o, &ret->result.head);
    return 0;
}

int repository_recheck(const struct repository *r, struct store *s, struct err *err)
{
    char now[65];
    if (git_applied(s, r->trees, now, err))
        return -1;
    if (!strcmp(now, r->applied))
        return 0;
    (void)err_set(err, ERR_CONFLICT, "E471", "another run applied commit %.12s while this one was reading", now);
    return err_hint(err, "Run it again.");
}

void repository_release(struct repository *r)
{
    git_result_release(&r->result);
    *r = (struct repository){ 0 };
}
