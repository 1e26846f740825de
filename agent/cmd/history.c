/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `waconf history`: the runs of this state, or what happened to one object; newest first. */
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/state.h"

enum { MOST_SHOWN = 50 };                /* rows for people; JSON has all */

struct gathered { struct store *store; struct arena arena; json_t *rows; struct err *err; };

static void set(json_t *object, const char *name, struct str text)
{
    json_object_set_new(object, name, json_foreign_or_null(text));
}

static void set_json(json_t *object, const char *name, struct str text)
{
    json_t *value = text.n ? json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL) : NULL;
    json_object_set_new(object, name, value ? value : json_null());
}

static int add_request(void *ctx, const struct request_info *r)
{
    json_t *one = json_object();
    set(one, "address", r->address);
    set(one, "method", r->method);
    set(one, "url", r->url);
    json_object_set_new(one, "status", r->status ? json_integer(r->status) : json_null());
    set(one, "outcome", r->outcome);
    set(one, "error", r->error);
    set(one, "request_id", r->request_id);
    set_json(one, "fields", r->fields);
    json_object_set_new(one, "at", json_date(r->at));
    json_object_set_new(one, "ms", json_integer(r->ms));
    json_array_append_new(ctx, one);
    return 0;
}

static int add_run(void *ctx, const struct run_row *r)
{
    struct gathered *g = ctx;
    json_t *one = json_object();
    set(one, "id", r->id);
    json_object_set_new(one, "started", json_date(r->started));
    json_object_set_new(one, "ended", json_date(r->ended));
    json_object_set_new(one, "exit_code", r->open ? json_null() : json_integer(r->exit_code));
    set(one, "command", r->info.command);
    set(one, "actor", r->info.actor);
    set(one, "host", r->info.host);
    set(one, "commit", r->info.commit);
    set(one, "ci_job", r->info.ci_job);
    set(one, "flags", r->info.flags);
    set(one, "trees", r->info.trees);
    set(one, "version", r->info.version);
    json_array_append_new(g->rows, one);
    return 0;
}

static int add_row(void *ctx, const struct history_row *r)
{
    struct gathered *g = ctx;
    json_t *one = json_object();
    json_object_set_new(one, "at", json_date(r->at));
    set(one, "run", r->run);
    set(one, "address", r->address);
    set(one, "action", r->action);
    set(one, "outcome", r->outcome);
    set(one, "error", r->error);
    set_json(one, "fields", r->fields);
    json_array_append_new(g->rows, one);
    return 0;
}

/* Not within store_runs(): one statement at a time. */
static int add_requests(struct gathered *g, struct err *err)
{
    size_t i;
    json_t *run;
    json_array_foreach(g->rows, i, run) {
        json_t *requests = json_array();
        json_object_set_new(run, "requests", requests);
        if (store_requests(g->store, str_of(json_string_value(json_object_get(run, "id"))), add_request, requests, err))
            return -1;
    }
    return 0;
}

static void print_rows(const struct output *to, const json_t *rows, const char *const *columns, size_t n)
{
    table_of_json(to, rows, columns, n, MOST_SHOWN);
    if (json_array_size(rows) > MOST_SHOWN)
        buf_printf(to->text, "%zu older ones are left out; -o json has all.\n", json_array_size(rows) - MOST_SHOWN);
}

static void render(const struct output *to, const void *what)
{
    static const char *const runs[] = { "started", "command", "actor", "host", "commit", "exit_code", "flags", "id" };
    static const char *const rows[] = { "at", "action", "outcome", "run", "error" };
    const json_t *all = what, *of_runs = json_object_get(all, "runs"), *of_object = json_object_get(all, "history");
    if (to->format == FORMAT_JSON)
        json_print(to->text, json_incref((json_t *)all));
    else if (!json_array_size(of_runs) && !json_array_size(of_object))
        buf_puts(to->text, "Nothing is recorded.\n");
    else if (of_runs)
        print_rows(to, of_runs, runs, COUNT(runs));
    else
        print_rows(to, of_object, rows, COUNT(rows));
}

int command_history(struct options *o)
{
    struct err err = { 0 };
    struct gathered g = { .rows = json_array() };
    bool of_runs = !o->words.n;
    if (o->words.n > 1)
        return json_decref(g.rows), fail_usage(o, "'history' takes one ADDRESS at most");
    if ((o->targets.n && !o->targets.from_env) || (o->excludes.n && !o->excludes.from_env))
        return json_decref(g.rows), fail_usage(o, "'history' takes one ADDRESS instead of --target and --exclude");
    if (open_state(o, STORE_READ, &g.store, &err))
        return json_decref(g.rows), fail(o, &err);
    int status = of_runs ? store_runs(g.store, SIZE_MAX >> 1, add_run, &g, &err) || add_requests(&g, &err)
                         : store_history(g.store, str_of(o->words.items[0]), SIZE_MAX >> 1, add_row, &g, &err);
    json_t *all = json_object();
    json_object_set_new(all, "format_version", json_string("1.0"));
    json_object_set_new(all, of_runs ? "runs" : "history", g.rows);
    store_close(g.store);
    status = done(o, status ? -1 : output_write(o, render, all, &err), &err, EXIT_OK);
    json_decref(all);
    return status;
}
