/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>

#include "base/mem.h"
#include "cmd/findings.h"
#include "cmd/output.h"
#include "cmd/state.h"
#include "sync/render.h"

static size_t columns(int fd)
{
    struct winsize size;
    return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static void draw(void *ctx, const char *stage, size_t done, size_t total)
{
    struct pass *p = ctx;
    auto_buf line = buf_init(4096);
    if (done % 16 && done != total)
        return;
    render_progress(stage, done, total, columns(STDERR_FILENO), &line);
    p->drawn = true;
    (void)!write(STDERR_FILENO, buf_str(&line).p, line.n);
}

void pass_erase_progress(struct pass *p)
{
    auto_buf line = buf_init(4096);
    if (!p->drawn)
        return;
    render_progress(NULL, 0, 0, columns(STDERR_FILENO), &line);
    (void)!write(STDERR_FILENO, buf_str(&line).p, line.n);
    p->drawn = false;
}

static int open_trace(struct pass *p, struct err *err)
{
    int fd;
    if (!p->o->trace)
        return 0;
    if (!p->o->trace_file) {
        p->trace = stderr;
        return 0;
    }
    if (open_output(p->o->trace_file, true, &fd, err) < 0)
        return -1;
    p->trace = fdopen(fd, "w");
    return p->trace ? empty_output(fd, p->o->trace_file, err) : err_sys(err, errno, "cannot write '%s'", p->o->trace_file);
}

/* A file that cannot be written is told before anything is sent, not after. */
static int open_files(struct pass *p, struct err *err)
{
    int fd;
    p->files = ARENA_ARRAY(&p->arena, p->o->n_output_files + 1, FILE *);
    for (size_t i = 0; i < p->o->n_output_files; i++) {
        const char *path = p->o->output_files[i].path;
        if (open_output(path, false, &fd, err) < 0)
            return -1;
        p->files[i] = fdopen(fd, "w");
        if (!p->files[i])
            return err_sys(err, errno, "cannot write '%s'", path);
    }
    return 0;
}

static int permits(struct pass *p, struct err *err)
{
    struct permit *list = ARENA_ARRAY(&p->arena, p->o->n_allows + 1, struct permit);
    for (size_t i = 0; i < p->o->n_allows; i++) {
        size_t class = 0;
        while (class < ALLOW_COUNT && !str_is(p->o->allows[i].class, allow_names[class]))
            class++;
        if (class == ALLOW_COUNT)
            return err_set(err, ERR_USAGE, "E001", "--allow knows no class '%.*s'", ARG(p->o->allows[i].class));
        list[i] = (struct permit){ (enum allow_class)class, arena_str(&p->arena, p->o->allows[i].pattern).p };
    }
    p->options.permits = list;
    p->options.n_permits = p->o->n_allows;
    return 0;
}

int pass_open(struct pass *p, const struct options *o, bool writes, struct err *err)
{
    sigset_t stops;
    *p = (struct pass){ .o = o, .signals = -1 };
    (void)sigemptyset(&stops);
    (void)sigaddset(&stops, SIGINT);
    (void)sigaddset(&stops, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &stops, NULL);
    p->signals = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
    sync_init(&p->sync, &p->options); /* first: pass_close() releases it, whatever happens next */
    if (open_files(p, err) < 0 || open_trace(p, err) < 0)
        return -1;
    p->options = (struct sync_options){
        .load = o->load, .trust = o->trust, .variables = o->variables, .n_variables = o->n_variables, .state_dir = o->state, .env = o->env,
        .key_text = o->key_text, .lock_timeout_ms = o->lock_timeout_ms, .parallelism = (unsigned)o->parallelism, .timeout_ms = o->timeout_ms,
        .trace = p->trace, .interrupt_fd = p->signals, .offline = o->offline, .prune = o->prune, .adopt = o->adopt, .writes = writes,
        .guard = writes || o->check_guards, .rewrite = o->rewrite_patterns.items, .n_rewrite = o->rewrite_patterns.n,
        .max_changes = o->max_changes < 0 ? SIZE_MAX : (size_t)o->max_changes, .max_deletes = (size_t)o->max_deletes, .max_sends = (size_t)o->max_sends,
    };
    if (o->terminal_err && !o->quiet && !o->trace) {
        p->options.progress = draw;
        p->options.progress_ctx = p;
    }
    run_describe(o, &p->arena, &p->options.run);
    return permits(p, err);
}

int pass_pull(struct pass *p, struct err *err)
{
    struct run_info *run = &p->options.run;
    if (!p->o->git.url)
        return 0;
    if (repository_pull(p->o, p->options.writes ? REPOSITORY_APPLY : REPOSITORY_PLAN, p->signals, &p->repository, err))
        return -1;
    p->options.load.source = &p->repository.result.source;
    run->commit = str_of(p->repository.result.head.commit);
    run->trees = p->repository.trees;
    return 0;
}

void pass_close(struct pass *p)
{
    pass_erase_progress(p);
    sync_release(&p->sync);
    for (size_t i = 0; i < p->o->n_output_files; i++)
        if (p->files[i])
            (void)fclose(p->files[i]);
    if (p->trace && p->trace != stderr)
        (void)fclose(p->trace);
    if (p->signals >= 0)
        (void)close(p->signals);
    repository_release(&p->repository);
    arena_release(&p->arena);
}

static void print_one(const struct pass *p, enum format format, bool color, bool applied, FILE *out)
{
    const struct plan *plan = p->sync.planned ? &p->sync.plan : NULL;
    struct render_options r = { .color = color, .quiet = p->o->quiet, .verbose = p->o->verbose, .applied = applied, .width = columns(fileno(out)) };
    if (format == FORMAT_JSON)
        render_json(plan, &p->sync.diags, out);
    else if (format == FORMAT_MARKDOWN)
        render_markdown(plan, &p->sync.diags, &r, out);
    else if (plan)
        render_human(plan, NULL, &r, out);
}

int pass_print(struct pass *p, bool applied, struct err *err)
{
    pass_erase_progress(p);
    if (p->o->output == FORMAT_HUMAN && p->sync.planned)
        findings_say(p->o, &p->sync.diags);
    print_one(p, p->o->output, p->o->color_out, applied, stdout);
    if (fflush(stdout) != 0 || ferror(stdout))
        return err_sys(err, errno, "cannot write standard output");
    for (size_t i = 0; i < p->o->n_output_files; i++) {
        const struct output_file *f = &p->o->output_files[i];
        FILE *out = p->files[i];
        if (!out)
            continue; /* told when it could not be opened */
        p->files[i] = NULL;
        int bad = empty_output(fileno(out), f->path, err);
        if (!bad)
            print_one(p, f->format, false, applied, out);
        bool failed = ferror(out);
        if ((fclose(out) != 0 || failed) && !bad)
            bad = err_sys(err, errno, "cannot write '%s'", f->path);
        if (bad)
            return -1;
    }
    return 0;
}

int pass_fail(struct pass *p, const struct err *err)
{
    struct err write = { 0 };
    struct options plain = *p->o;
    int code = err_exit_code(err->is);
    pass_erase_progress(p);
    plain.output = FORMAT_HUMAN; /* standard output gets the plan's JSON, so fail() is not to print another document */
    findings_say(p->o, &p->sync.diags);
    if (err->text[0]) {
        struct diag *d = diag_add(&p->sync.diags, SEVERITY_ERROR, err->code ? err->code : "E501", (struct loc){ 0 }, "%s", err->text);
        diag_hint(&p->sync.diags, d, "%s", err->hint);
        code = fail(&plain, err);
    }
    p->sync.planned = false;
    if ((p->o->output != FORMAT_HUMAN || p->o->n_output_files) && pass_print(p, false, &write) < 0)
        (void)fail(&plain, &write);
    return code;
}
