/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Shows the plan on standard error and asks; standard output is for the result. */
static bool ask(struct pass *p)
{
    struct render_options r = { .color = p->o->color_err, .verbose = p->o->verbose };
    char *line = NULL;
    size_t cap = 0;
    pass_erase_progress(p);
    render_human(&p->sync.plan, NULL, &r, stderr);
    (void)fprintf(stderr, "\nApply this? Only 'yes' is taken as yes: ");
    (void)fflush(stderr);
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
    auto_buf summary = buf_init(4096);
    count_json(&p->sync.plan.summary, &summary);
    if (store_run_end(p->sync.store, code, buf_str(&summary), &err) < 0 || store_flush(p->sync.store, &err) < 0) {
        int failed = fail(p->o, &err);
        return code ? code : failed;
    }
    return code;
}

static int carry_out(struct pass *p)
{
    struct err err = { 0 };
    bool asked = false;
    if (sync_plan(&p->sync, &err) < 0)
        return end(p, pass_fail(p, &err));
    if (!p->o->yes && to_write(&p->sync.plan) > 0) {
        asked = true;
        if (!ask(p)) {
            say_note(p->o, "Nothing was written.");
            return end(p, EXIT_ERROR);
        }
    }
    int bad = sync_apply(&p->sync, asked, &err);
    int code = bad ? p->sync.wrote ? EXIT_PARTLY : err_exit_code(err.is) : sync_apply_exit_code(&p->sync);
    struct err print = { 0 };
    if (pass_print(p, true, &print) < 0)
        (void)fail(p->o, &print);
    if (bad) {
        struct options plain = *p->o;
        plain.output = FORMAT_HUMAN;
        (void)fail(&plain, &err);
    }
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
    else if (sync_load(&p.sync, &err) < 0 || sync_open(&p.sync, STORE_WRITE, &err) < 0)
        code = pass_fail(&p, &err);
    else
        code = carry_out(&p);
    pass_close(&p);
    return code;
}
