/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/output.h"
#include "cmd/pass.h"
#include "sync/render.h"

static size_t to_write(const struct plan *plan)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n; i++)
        n += plan->changes[i].outcome == OUTCOME_PLANNED;
    return n;
}

/* Waits for an answer or a signal: signals are blocked, so reading alone would not see one. */
static bool typed(const struct pass *p)
{
    struct pollfd wait[] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = p->signals, .events = POLLIN } };
    while (poll(wait, 2, -1) < 0 && errno == EINTR)
        ;
    return !wait[1].revents;
}

/* Shows the plan on standard error and asks; standard output is for the result. 1 yes, 0 no, -1 interrupted. */
static int ask(struct pass *p)
{
    struct render_options r = { .color = p->o->color_err, .verbose = p->o->verbose };
    char *line = NULL;
    size_t cap = 0;
    pass_erase_progress(p);
    render_human(&p->sync.plan, NULL, &r, stderr);
    (void)fprintf(stderr, "\nApply this? Only 'yes' is taken as yes: ");
    (void)fflush(stderr);
    if (!typed(p)) {
        (void)fputc('\n', stderr);
        return -1;
    }
    ssize_t n = getline(&line, &cap, stdin);
    bool yes = n > 0 && str_eq(str_trim((struct str){ line, (size_t)n }), STR("yes"));
    free(line);
    return yes;
}

static void count_json(const struct plan_summary *n, struct buf *out)
{
    buf_printf(out, "{\"applied\":%zu,\"unchanged\":%zu,\"failed\":%zu,\"unsure\":%zu,\"blocked\":%zu,\"skipped\":%zu}", n->applied, n->unchanged, n->failed,
               n->unsure, n->blocked, n->skipped);
}

/* The history gets the end of every run, whatever it came to. */
static int end(struct pass *p, int code)
{
    struct err err = { 0 };
    struct options plain = *p->o;
    plain.output = FORMAT_HUMAN; /* standard output has the result already */
    auto_buf summary = buf_init(4096);
    count_json(&p->sync.plan.summary, &summary);
    if (store_run_end(p->sync.store, code, buf_str(&summary), &err) < 0 || store_flush(p->sync.store, &err) < 0) {
        int failed = fail(&plain, &err);
        return code ? code : p->sync.wrote ? EXIT_PARTLY : failed;
    }
    return code;
}

/* The answer was not yes: the plan is the result. */
static int declined(struct pass *p, int answer)
{
    struct err err = { 0 };
    struct options plain = *p->o;
    plain.output = FORMAT_HUMAN;
    say_note(p->o, "Nothing was written.");
    if ((p->o->output != FORMAT_HUMAN || p->o->n_output_files) && pass_print(p, false, &err) < 0)
        (void)fail(&plain, &err);
    return answer < 0 ? err_exit_code(ERR_INTERRUPTED) : EXIT_ERROR;
}

static int carry_out(struct pass *p)
{
    struct err err = { 0 };
    struct options plain = *p->o;
    bool asked = false;
    plain.output = FORMAT_HUMAN;
    if (sync_plan(&p->sync, &err) < 0)
        return end(p, pass_fail(p, &err));
    if (!p->o->yes && to_write(&p->sync.plan) > 0) {
        asked = true;
        int answer = ask(p);
        if (answer != 1)
            return end(p, declined(p, answer));
    }
    int bad = sync_apply(&p->sync, asked, &err);
    int code = bad ? p->sync.wrote ? EXIT_PARTLY : err_exit_code(err.is) : sync_apply_exit_code(&p->sync);
    struct err print = { 0 };
    if (pass_print(p, true, &print) < 0) {
        int failed = fail(&plain, &print);
        code = code ? code : p->sync.wrote ? EXIT_PARTLY : failed;
    }
    if (bad)
        (void)fail(&plain, &err);
    return end(p, code);
}

int command_apply(struct options *o)
{
    struct pass p;
    struct err err = { 0 };
    int code;
    if (!o->yes && !o->terminal_in)
        (void)err_set(&err, ERR_USAGE, "E001", "apply asks before it writes, and standard input is not a terminal. Use --yes when that is meant.");
    if (pass_open(&p, o, true, &err) < 0 || err.is)
        code = pass_fail(&p, &err);
    else if (pass_pull(&p, &err) < 0 || sync_load(&p.sync, &err) < 0 || sync_open(&p.sync, STORE_WRITE, &err) < 0 ||
             (o->git.url && repository_recheck(&p.repository, p.sync.store, &err) < 0) || sync_begin(&p.sync, &err) < 0)
        code = pass_fail(&p, &err);
    else
        code = carry_out(&p);
    pass_close(&p);
    return code;
}
