/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The status server with a board that a test writes, driven through the client's one wait as the daemon drives it.
 *
 *     serve LISTEN [--expose] [--secret TEXT] [--host NAME]... [--stuck MS] [--patience MS]
 *
 * Prints {"address":...,"port":...}, or {"error":...,"hint":...,"class":...} and ends with 1. Then each line of standard input is a JSON object that
 * changes the board (see `members`), and is answered by "done"; a hook prints "hook". Ends with its input.
 */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/client.h"
#include "status/status.h"

static struct board board;
static bool ready = true, ended;

static char *copy(const json_t *j)
{
    return json_is_string(j) ? strdup(json_string_value(j)) : NULL;
}

static enum board_state state_named(const char *name)
{
    for (int i = 0; i < BOARD_STATE_COUNT; i++)
        if (name && !strcmp(board_state_names[i], name))
            return (enum board_state)i;
    fprintf(stderr, "no state '%s'\n", name ? name : "");
    exit(2);
}

static void drop_rows(void)
{
    for (size_t i = 0; i < board.n; i++) {
        free(board.rows[i]->address), free(board.rows[i]->change), free(board.rows[i]->error), free(board.rows[i]->hint);
        free(board.rows[i]);
    }
    board.n = 0;
}

/* {"address", "state", "since" (seconds ago), "error", "hint", "failures", "retry_in" (ms), "change"} each; sorted by address already. */
static void set_rows(const json_t *rows)
{
    size_t i;
    json_t *one;
    drop_rows();
    board.rows = mem_grow(board.rows, &board.cap, json_array_size(rows), sizeof *board.rows);
    json_array_foreach(rows, i, one) {
        struct board_row *r = board.rows[board.n++] = mem_alloc(sizeof *r);
        json_t *change = json_object_get(one, "change");
        r->address = copy(json_object_get(one, "address"));
        r->state = state_named(json_string_value(json_object_get(one, "state")));
        r->since = clock_wall() - json_integer_value(json_object_get(one, "since"));
        r->seen = clock_wall();
        r->error = copy(json_object_get(one, "error"));
        r->hint = copy(json_object_get(one, "hint"));
        r->failures = (unsigned)json_integer_value(json_object_get(one, "failures"));
        r->retry_at = json_object_get(one, "retry_in") ? clock_mono_ms() + json_integer_value(json_object_get(one, "retry_in")) : 0;
        r->change = change ? json_dumps(change, JSON_COMPACT) : NULL;
    }
}

/* {"at" (seconds ago), "ms", "all", "objects", "applied", "failed", "result", "error", "hint"} each, newest first. */
static void set_passes(const json_t *passes)
{
    size_t i;
    json_t *one;
    board.n_passes = 0;
    json_array_foreach(passes, i, one) {
        struct board_pass *p = &board.passes[board.n_passes++];
        *p = (struct board_pass){ .at = clock_wall() - json_integer_value(json_object_get(one, "at")), .ms = json_integer_value(json_object_get(one, "ms")),
                                  .all = json_is_true(json_object_get(one, "all")) };
        p->objects = (size_t)json_integer_value(json_object_get(one, "objects"));
        p->applied = (size_t)json_integer_value(json_object_get(one, "applied"));
        p->failed = (size_t)json_integer_value(json_object_get(one, "failed"));
        const char *result = json_string_value(json_object_get(one, "result")), *error = json_string_value(json_object_get(one, "error"));
        snprintf(p->result, sizeof p->result, "%s", result ? result : "ok");
        snprintf(p->error, sizeof p->error, "%s", error ? error : "");
        snprintf(p->commit, sizeof p->commit, "%s", board.commit);
    }
    board.last_ok = board.n_passes ? board.passes[0].at : 0;
    board.n_sync = board.n_passes;
}

static void set_refused(const json_t *why) { board_refuse(&board, json_string_value(why)); }
static void set_commit(const json_t *v) { snprintf(board.commit, sizeof board.commit, "%s", json_string_value(v)); }
static void set_ready(const json_t *v) { ready = json_is_true(v); }
static void set_alive(const json_t *v) { board.alive_ms = clock_mono_ms() - json_integer_value(v); }
static void set_doing(const json_t *v) { board.doing = strcmp(json_string_value(v), "syncing") ? "idle" : "syncing"; }
static void set_tally(const json_t *v)
{
    tally_count(&board.tallies, json_string_value(json_array_get(v, 0)), (enum method)json_integer_value(json_array_get(v, 1)),
                (int)json_integer_value(json_array_get(v, 2)));
}

static const struct { const char *name; void (*set)(const json_t *); } members[] = {
    { "commit", set_commit }, { "rows", set_rows }, { "passes", set_passes }, { "refused", set_refused }, { "ready", set_ready },
    { "alive", set_alive }, { "doing", set_doing }, { "tally", set_tally },
};

static void take_line(const char *line)
{
    json_t *j = json_loads(line, 0, NULL);
    if (!j) {
        fprintf(stderr, "not JSON: %s\n", line);
        exit(2);
    }
    for (size_t i = 0; i < COUNT(members); i++)
        if (json_object_get(j, members[i].name))
            members[i].set(json_object_get(j, members[i].name));
    board_touch(&board);
    json_decref(j);
    puts("done");
}

/* Standard input, read without blocking: whole lines are taken, the rest waits. */
static void on_input(void *ctx)
{
    static struct buf input;
    char part[65536];
    ssize_t n;
    if (!input.max)
        input = buf_init(BUF_UNBOUNDED);
    while ((n = read(0, part, sizeof part)) > 0)
        buf_add(&input, (struct str){ part, (size_t)n });
    for (char *end; input.n && (end = memchr(input.p, '\n', input.n));) {
        *end = 0;
        take_line(input.p);
        size_t used = (size_t)(end - input.p) + 1;
        memmove(input.p, input.p + used, input.n - used);
        input.n -= used;
    }
    if (n == 0) {
        ended = true;
        buf_release(&input);
        http_unwatch(ctx, 0);
    }
}

static void on_hook(void *ctx) { (void)ctx, puts("hook"); }
static bool is_ready(void *ctx) { return (void)ctx, ready; }
static void on_status(void *ctx) { status_run(ctx); }
static int64_t due_status(void *ctx) { return status_due(ctx); }

static int serve(const struct status_options *o, struct err *err)
{
    struct http_client *client = NULL;
    struct status_server *server = NULL;
    int bad = http_open(&(struct http_options){ .interrupt_fd = -1, .user_agent = "serve" }, &client, err) < 0 || status_open(o, &server, err) < 0 ||
              http_watch(client, &(struct http_extra){ .fd = 0, .ready = on_input, .ctx = client }, err) < 0 ||
              http_watch(client, &(struct http_extra){ status_fd(server), on_status, due_status, server }, err) < 0;
    if (!bad)
        printf("{\"address\":\"%s\",\"port\":%u}\n", status_address(server), status_port(server));
    while (!bad && !ended)
        bad = http_idle(client, -1, err) < 0;
    status_close(server);
    http_close(client);
    return bad ? -1 : 0;
}

int main(int argc, char **argv)
{
    const char *hosts[8];
    struct status_options o = { .listen = argc > 1 ? argv[1] : "", .board = &board, .hook = on_hook, .ready = is_ready, .hosts = hosts };
    for (int i = 2; i < argc; i++) {
        o.expose |= !strcmp(argv[i], "--expose");
        if (i + 1 < argc && !strcmp(argv[i], "--secret"))
            o.hook_secret = argv[++i];
        else if (i + 1 < argc && !strcmp(argv[i], "--stuck"))
            o.stuck_after_ms = atoll(argv[++i]);
        else if (i + 1 < argc && !strcmp(argv[i], "--patience"))
            o.request_ms = atoll(argv[++i]);
        else if (i + 1 < argc && !strcmp(argv[i], "--host") && o.n_hosts < COUNT(hosts))
            hosts[o.n_hosts++] = argv[++i];
    }
    struct err err = { 0 };
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)fcntl(0, F_SETFL, O_NONBLOCK);
    board_init(&board, "enforce");
    if (serve(&o, &err) < 0) {
        json_t *why = json_pack("{s:s, s:s, s:s}", "error", err.text, "hint", err.hint, "class", err_class_name(err.is));
        json_dumpf(why, stdout, JSON_COMPACT);
        json_decref(why);
        puts("");
        return 1;
    }
    drop_rows();
    board_release(&board);
    return 0;
}
