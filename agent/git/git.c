/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening, and driving the list of commands. */
#include "git/git.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "git/inside.h"

/* --- opening ---------------------------------------------------------------------------------------------- */

static int refuse(struct err *err, const char *option, const char *value, const char *problem, const char *hint)
{
    (void)err_set(err, ERR_USAGE, "E474", "'--%s %s' %s", option, value, problem);
    return err_hint(err, "%s", hint);
}

static int check(const struct git_options *o, bool *ret_loopback, struct err *err)
{
    static const char *const names[] = { "branch", "tag", "commit" };
    const char *problem = git_url_problem(str_of(o->url), ret_loopback);
    if (problem) /* it may hold a password */
        return refuse(err, "git", "URL", problem, "Write https://HOST/PATH, ssh://HOST/PATH, USER@HOST:PATH, file:///PATH or /PATH.");
    struct str ref = str_of(o->ref);
    problem = o->pin == GIT_BRANCH ? git_name_problem(ref) : o->pin == GIT_TAG ? git_pattern_problem(ref)
            : git_is_id(ref) ? NULL : "is not the whole id of a commit";
    if (problem)
        return refuse(err, names[o->pin], o->ref, problem, o->pin == GIT_COMMIT ? "Write all 40 (or 64) digits, in lower case." : "Write its name as `git branch` or `git tag` shows it.");
    problem = git_path_problem(str_of(o->path));
    if (problem)
        return refuse(err, "path", o->path, problem, "Name a directory of the repository: --path config/prod");
    return 0;
}

static const char *keep(struct git *g, const char *text)
{
    return text ? arena_str(&g->arena, str_of(text)).p : NULL;
}

static const char *absolute(struct git *g, const char *path)
{
    auto_free char *here = path && path[0] != '/' ? getcwd(NULL, 0) : NULL;
    return here ? arena_printf(&g->arena, "%s/%s", here, path).p : keep(g, path);
}

/* Without "./" in front and slashes behind. */
static const char *plain_path(struct git *g, const char *path)
{
    struct str s = str_of(path);
    while (str_starts(s, STR("./")))
        s = str_skip(s, 2);
    while (str_ends(s, STR("/")))
        s.n--;
    return str_is(s, ".") ? "" : arena_str(&g->arena, s).p;
}

int git_open(const struct git_options *o, struct git **ret, struct err *err)
{
    bool loopback;
    if (check(o, &loopback, err))
        return -1;
    struct git *g = mem_alloc(sizeof *g);
    g->epoll = g->lock = -1;
    g->loopback_http = loopback;
    g->o = (struct git_options){
        .url = keep(g, o->url), .pin = o->pin, .ref = keep(g, o->ref), .path = plain_path(g, o->path), .mirror = absolute(g, o->mirror),
        .borrow = absolute(g, o->borrow), .allow_rewind = o->allow_rewind, .applied = keep(g, o->applied),
        .timeout_ms = o->timeout_ms ? o->timeout_ms : GIT_TIMEOUT_MS,
    };
    g->program = git_find_program("git", &g->arena);
    g->gpg = git_find_program("gpg", &g->arena);
    auto_free char *signers = o->signers ? realpath(o->signers, NULL) : NULL;
    g->o.signers = keep(g, signers);
    g->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!g->program) {
        (void)err_set(err, ERR_IO, "E475", "there is no program 'git' in PATH");
        (void)err_hint(err, "Install git 2.34 or newer.");
    } else if (o->signers && !signers) {
        (void)err_set(err, ERR_USAGE, "E474", "'--verify-signatures %s': %s", o->signers, strerror(errno));
        (void)err_hint(err, "Name a file of allowed signers (ssh), or an OpenPGP key ring.");
    } else if (g->epoll < 0) {
        (void)err_sys(err, errno, "cannot make an epoll descriptor");
    } else {
        *ret = g;
        return 0;
    }
    git_close(g);
    return -1;
}

void git_set_applied(struct git *g, const char *commit)
{
    g->o.applied = keep(g, commit);
}

void git_close(struct git *g)
{
    if (!g)
        return;
    git_cancel(g);
    if (g->epoll >= 0)
        (void)close(g->epoll);
    arena_release(&g->arena);
    free(g);
}

void git_result_release(struct git_result *r)
{
    arena_release(&r->arena);
    *r = (struct git_result){ 0 };
}

/* --- driving ---------------------------------------------------------------------------------------------- */

static bool put_output(void *ctx, struct str piece)
{
    struct git *g = ctx;
    buf_add(&g->output, piece);
    return !g->output.full;
}

static void end_of_pull(struct git *g)
{
    if (g->running)
        child_end(&g->child);
    g->running = false;
    verify_release(g);
    read_release(g);
    buf_release(&g->output);
    if (g->broken && g->lock >= 0) /* a cache: what a power failure did to it must not stop us for ever */
        git_remove_directory(g->o.mirror);
    mirror_unlock(g);
    g->over = true;
}

static int run(struct git *g, struct words *w, struct str input)
{
    const struct step *s = g->step;
    struct child_options o = {
        .words = w->items, .environment = git_environment(g, s->how, w->arena), .input = input, .errors = true, .leave = s->how == STEP_NETWORK,
        .timeout_ms = g->o.timeout_ms, .max_file = GIT_MAX_PACK, .put = s->put ? s->put : put_output, .ctx = g,
    };
    buf_release(&g->output);
    g->output = buf_init(GIT_MAX_LIST);
    if (child_start(&o, &g->child, &g->err))
        return -1;
    g->running = true;
    return child_watch(&g->child, g->epoll, &g->err);
}

/* Begins the next command that there is a reason for; at the end of the list the pull is over. */
static void go_on(struct git *g)
{
    for (; g->step->begin && !g->result.same; g->step++) {
        struct words w = { .arena = &g->result.arena };
        struct str input = { 0 };
        git_words(g, g->step->how, &w);
        int got = g->step->begin(g, &w, &input);
        if (got == STEP_RUN && run(g, &w, input) == 0)
            return;
        if (got != STEP_SKIP)
            break;
    }
    end_of_pull(g);
}

/* What can go wrong with any command, apart from its exit code. */
static int check_end(struct git *g)
{
    const struct child *c = &g->child;
    if (c->end == CHILD_EXITED)
        return 0;
    if (g->cat.wrong)
        return git_failed(g, "read its own mirror");
    if (c->end == CHILD_LATE) {
        (void)err_set(&g->err, ERR_DOWN, "E472", "git did not end within %lld s", (long long)(g->o.timeout_ms / 1000));
        return err_hint(&g->err, "Look at the network and the server; the first fetch of a large repository takes longer than later ones.");
    }
    if (c->end == CHILD_TOO_MUCH) {
        (void)err_set(&g->err, ERR_CONFIG, "E476", "the repository is too large: more than %d MiB of names", GIT_MAX_LIST >> 20);
        return err_hint(&g->err, "Keep the documents in a repository of their own.");
    }
    (void)err_set(&g->err, ERR_IO, "E475", "git was ended by signal %d", c->status);
    return -1;
}

static bool take_lock(struct git *g)
{
    int got = mirror_lock(g, &g->err);
    if (got == 0 && clock_mono_ms() >= g->lock_until) {
        (void)err_set(&g->err, ERR_LOCKED, "E504", "another process uses the mirror '%s'", g->o.mirror);
        got = err_hint(&g->err, "Wait for it to end, or use another --state.");
    }
    if (got < 0)
        end_of_pull(g);
    else if (got > 0)
        go_on(g);
    return g->over;
}

bool git_step(struct git *g)
{
    if (!g->active || g->over)
        return true;
    if (g->lock < 0)
        return take_lock(g);
    if (!child_step(&g->child))
        return false;
    bool good = check_end(g) == 0 && g->step->end(g) == 0;
    child_end(&g->child);
    g->running = false;
    if (good) {
        g->step++;
        go_on(g);
    } else
        end_of_pull(g);
    return g->over;
}

int git_start(struct git *g, const char *have, struct err *err)
{
    git_cancel(g);
    g->err = (struct err){ 0 };
    g->have = have ? arena_str(&g->result.arena, str_of(have)).p : NULL;
    g->known[0] = g->accepted[0] = g->fetched[0] = g->type[0] = '\0';
    g->wanted = (struct str){ 0 };
    g->try_all = g->tag_named = g->tag_good = g->good = g->broken = false;
    g->step = git_steps;
    if (verify_prepare(g) || mirror_make(g, &g->err)) {
        *err = g->err;
        return -1;
    }
    g->active = true;
    g->over = false;
    g->lock_until = clock_mono_ms() + GIT_LOCK_MS;
    (void)take_lock(g); /* when it fails at once, git_step() says so */
    return 0;
}

int git_fd(const struct git *g)
{
    return g->epoll;
}

int64_t git_due(const struct git *g)
{
    if (!g->active)
        return -1;
    if (g->over)
        return clock_mono_ms();
    return g->lock < 0 ? clock_mono_ms() + 50 : child_due(&g->child);
}

int git_finish(struct git *g, struct git_result *ret, struct err *err)
{
    g->active = false;
    if (g->err.is) {
        *err = g->err;
        git_cancel(g);
        return -1;
    }
    memcpy(g->seen_commit, g->result.head.commit, sizeof g->seen_commit);
    (void)snprintf(g->seen, sizeof g->seen, "%.*s", ARG(g->wanted));
    *ret = g->result;
    g->result = (struct git_result){ 0 };
    return 0;
}

void git_cancel(struct git *g)
{
    end_of_pull(g);
    g->active = false;
    git_result_release(&g->result);
}

int git_pull(struct git *g, const char *have, int stop, struct git_result *ret, struct err *err)
{
    if (git_start(g, have, err))
        return -1;
    while (!git_step(g)) {
        struct pollfd wait[] = { { .fd = g->epoll, .events = POLLIN }, { .fd = stop, .events = POLLIN } };
        int64_t left = git_due(g) - clock_mono_ms();
        (void)poll(wait, COUNT(wait), left < 0 ? 0 : left > 60000 ? 60000 : (int)left);
        if (wait[1].revents) {
            git_cancel(g);
            return err_set(err, ERR_INTERRUPTED, NULL, "interrupted while git was running");
        }
    }
    return git_finish(g, ret, err);
}
