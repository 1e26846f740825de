/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sync/board.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sync/render.h"
#include "wire/json.h"

const char *const board_state_names[BOARD_STATE_COUNT] = { "in_sync", "drift", "pending", "blocked", "failed", "unsure", "expired" };

static char *copy(struct str s)
{
    char *p = mem_alloc(s.n + 1);
    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

static void set_text(char **to, const char *text)
{
    free(*to);
    *to = text && *text ? copy(str_of(text)) : NULL;
}

void board_init(struct board *b, const char *mode)
{
    *b = (struct board){ .started = clock_wall(), .mode = mode };
}

static void row_free(struct board_row *r)
{
    free(r->address);
    free(r->change);
    free(r->error);
    free(r->hint);
    free(r);
}

void board_release(struct board *b)
{
    for (size_t i = 0; i < b->n; i++)
        row_free(b->rows[i]);
    free(b->rows);
    free(b->refused);
    *b = (struct board){ 0 };
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* Where the address is, or would be. */
static size_t place(const struct board *b, struct str address)
{
    size_t low = 0, high = b->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(str_of(b->rows[middle]->address), address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct board_row *board_find(const struct board *b, struct str address)
{
    size_t at = place(b, address);
    return at < b->n && str_is(address, b->rows[at]->address) ? b->rows[at] : NULL;
}

static struct board_row *row_of(struct board *b, struct str address)
{
    size_t at = place(b, address);
    if (at < b->n && str_is(address, b->rows[at]->address))
        return b->rows[at];
    b->rows = mem_grow(b->rows, &b->cap, b->n + 1, sizeof *b->rows);
    memmove(b->rows + at + 1, b->rows + at, (b->n - at) * sizeof *b->rows);
    b->n++;
    struct board_row *r = b->rows[at] = mem_alloc(sizeof *r);
    r->address = copy(address);
    r->since = 0;
    return r;
}

static bool has_drift(const struct change *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->fields[i].why == WHY_DRIFT)
            return true;
    return false;
}

static bool would_write(const struct change *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (field_writes(&c->fields[i]))
            return true;
    return false;
}

static enum board_state state_of(const struct change *c)
{
    switch (c->outcome) {
    case OUTCOME_FAILED:  return BOARD_FAILED;
    case OUTCOME_UNSURE:  return BOARD_UNSURE;
    case OUTCOME_BLOCKED: return BOARD_BLOCKED;
    case OUTCOME_PLANNED: return has_drift(c) ? BOARD_DRIFT : BOARD_PENDING;
    case OUTCOME_SKIPPED: return c->kind->life == LIFE_EVENT ? BOARD_EXPIRED : BOARD_PENDING;
    default:              return c->observed_only && would_write(c) ? BOARD_DRIFT : BOARD_IN_SYNC;
    }
}

static void row_update(struct board *b, const struct change *c)
{
    struct board_row *r = row_of(b, c->address);
    enum board_state state = state_of(c);
    int64_t now = clock_wall();
    struct arena a = { 0 };
    auto_json *change = render_change(c);
    r->before = r->since ? r->state : BOARD_IN_SYNC;
    r->moved = !r->since || r->state != state;
    if (r->moved)
        r->since = now;
    r->state = state;
    r->seen = now;
    r->present = true;
    r->applied = c->outcome == OUTCOME_APPLIED;
    set_text(&r->change, json_compact(change, &a).p);
    set_text(&r->error, c->error ? c->error->text : NULL);
    set_text(&r->hint, c->error ? c->error->hint : NULL);
    r->failures = state == BOARD_FAILED ? r->failures + 1 : 0;
    b->n_applied += r->applied;
    b->n_drift += has_drift(c) && !c->observed_only;
    arena_release(&a);
}

/* --- passes -------------------------------------------------------------------------------------- */

static void add_pass(struct board *b, const struct board_pass *pass)
{
    memmove(b->passes + 1, b->passes, (BOARD_PASSES - 1) * sizeof *b->passes);
    b->passes[0] = *pass;
    memcpy(b->passes[0].commit, b->commit, sizeof b->commit);
    b->n_passes += b->n_passes < BOARD_PASSES;
    b->n_sync++;
}

void board_update(struct board *b, const struct sync *s, bool all, int64_t ms)
{
    const struct plan_summary *n = &s->plan.summary;
    struct board_pass pass = { .at = clock_wall(), .ms = ms, .all = all, .objects = s->plan.n, .applied = n->applied, .failed = n->failed, .blocked = n->blocked,
                               .unsure = n->unsure };
    (void)strcpy(pass.result, n->failed ? "failures" : n->unsure ? "unsure" : "ok");
    for (size_t i = 0; i < b->n; i++) {
        b->rows[i]->moved = b->rows[i]->applied = false;
        if (all)
            b->rows[i]->present = false;
    }
    for (size_t i = 0; i < s->plan.n; i++)
        row_update(b, &s->plan.changes[i]);
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (b->rows[i]->present || !all)
            b->rows[kept++] = b->rows[i];
        else
            row_free(b->rows[i]);
    }
    b->n = kept;
    b->http = http_count(s->client);
    b->last_ok = pass.at;
    add_pass(b, &pass);
}

void board_failed(struct board *b, const struct err *why, int64_t ms)
{
    struct board_pass pass = { .at = clock_wall(), .ms = ms };
    (void)snprintf(pass.result, sizeof pass.result, "%s", err_class_name(why->is));
    b->n_sync_failed++;
    add_pass(b, &pass);
}

void board_refuse(struct board *b, const char *why)
{
    if (why && !b->refused)
        b->refused_since = clock_wall();
    set_text(&b->refused, why);
}

/* --- JSON ---------------------------------------------------------------------------------------- */

static json_t *date(int64_t wall)
{
    char text[CLOCK_TEXT];
    if (!wall)
        return json_null();
    clock_text(wall, text);
    return json_string(text);
}

static json_t *text(const char *s)
{
    return s && *s ? json_of_str(str_of(s)) : json_null();
}

static json_t *row_json(const struct board_row *r)
{
    struct err ignored;
    json_t *change = r->change ? json_of_text(str_of(r->change), &ignored) : NULL;
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:i, s:o}", "address", text(r->address), "state", board_state_names[r->state], "since", date(r->since),
                     "seen", date(r->seen), "error", text(r->error), "hint", text(r->hint), "failures", (int)r->failures, "change",
                     change ? change : json_null());
}

static json_t *pass_json(const struct board_pass *p)
{
    return json_pack("{s:o, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:s}", "at", date(p->at), "ms", (json_int_t)p->ms, "all", p->all, "objects",
                     (json_int_t)p->objects, "applied", (json_int_t)p->applied, "failed", (json_int_t)p->failed, "blocked", (json_int_t)p->blocked, "unsure",
                     (json_int_t)p->unsure, "commit", text(p->commit), "result", p->result);
}

json_t *board_json(const struct board *b)
{
    json_t *rows = json_array(), *passes = json_array(), *counts = json_object();
    size_t by_state[BOARD_STATE_COUNT] = { 0 };
    for (size_t i = 0; i < b->n; i++) {
        by_state[b->rows[i]->state]++;
        (void)json_array_append_new(rows, row_json(b->rows[i]));
    }
    for (size_t i = 0; i < BOARD_STATE_COUNT; i++)
        (void)json_object_set_new(counts, board_state_names[i], json_integer((json_int_t)by_state[i]));
    for (size_t i = 0; i < b->n_passes; i++)
        (void)json_array_append_new(passes, pass_json(&b->passes[i]));
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "format_version", "1.0", "version", VERSION, "mode", b->mode, "started",
                     date(b->started), "commit", text(b->commit), "refused", text(b->refused), "refused_since", date(b->refused ? b->refused_since : 0),
                     "last_sync", date(b->last_ok), "counts", counts, "passes", passes, "objects", rows);
}

/* --- metrics (OpenMetrics) ----------------------------------------------------------------------- */

static void family(struct buf *out, const char *name, const char *type, const char *unit, const char *help)
{
    buf_printf(out, "# TYPE %s %s\n", name, type);
    if (unit)
        buf_printf(out, "# UNIT %s %s\n", name, unit);
    buf_printf(out, "# HELP %s %s\n", name, help);
}

/* The kind of "group/Kind/name" is "group/Kind". */
static struct str kind_of(const char *address)
{
    struct str s = str_of(address);
    size_t n = s.n;
    while (n && s.p[n - 1] != '/')
        n--;
    return str_head(s, n ? n - 1 : 0);
}

/* Rows are sorted by address, so those of one kind stand together. */
static void object_metrics(const struct board *b, struct buf *out)
{
    family(out, "waconf_objects", "gauge", NULL, "Objects by kind and state.");
    for (size_t i = 0; i < b->n;) {
        struct str kind = kind_of(b->rows[i]->address);
        size_t by_state[BOARD_STATE_COUNT] = { 0 };
        for (; i < b->n && str_eq(kind_of(b->rows[i]->address), kind); i++)
            by_state[b->rows[i]->state]++;
        for (size_t k = 0; k < BOARD_STATE_COUNT; k++)
            buf_printf(out, "waconf_objects{kind=\"%.*s\",state=\"%s\"} %zu\n", ARG(kind), board_state_names[k], by_state[k]);
    }
}

static void counter(struct buf *out, const char *name, uint64_t n, const char *help)
{
    family(out, name, "counter", NULL, help);
    buf_printf(out, "%s_total %llu\n", name, (unsigned long long)n);
}

static void gauge(struct buf *out, const char *name, const char *unit, double v, const char *help)
{
    family(out, name, "gauge", unit, help);
    buf_printf(out, "%s %.15g\n", name, v);
}

void board_metrics(const struct board *b, struct buf *out)
{
    family(out, "waconf_build", "info", NULL, "What is running.");
    buf_printf(out, "waconf_build_info{version=\"%s\",mode=\"%s\"} 1\n", VERSION, b->mode);
    family(out, "waconf_commit", "info", NULL, "The commit in force; empty when files are watched.");
    buf_printf(out, "waconf_commit_info{commit=\"%s\"} 1\n", b->commit);
    object_metrics(b, out);
    gauge(out, "waconf_tree_refused", NULL, b->refused != NULL, "1 while the newest tree or commit is refused and an older one is in force.");
    gauge(out, "waconf_last_sync_timestamp_seconds", "seconds", (double)b->last_ok, "When the last pass that ran ended; 0 before the first.");
    gauge(out, "waconf_last_sync_duration_seconds", "seconds", b->n_passes ? (double)b->passes[0].ms / 1000 : 0, "How long the last pass took.");
    counter(out, "waconf_syncs", b->n_sync, "Passes, failed ones included.");
    counter(out, "waconf_syncs_failed", b->n_sync_failed, "Passes that could not run.");
    counter(out, "waconf_objects_applied", b->n_applied, "Objects written.");
    counter(out, "waconf_drift_found", b->n_drift, "Objects that were found changed outside.");
    counter(out, "waconf_retries", b->http.retried, "Requests that were tried again.");
    counter(out, "waconf_token_requests", b->http.tokens, "Tokens asked for.");
    counter(out, "waconf_throttled", b->http.throttled, "Answers that said to slow down.");
    gauge(out, "waconf_rate_limit_wait_seconds", "seconds", (double)b->http.wait_ms / 1000, "Time spent waiting for pace and Retry-After, all requests together.");
    buf_puts(out, "# EOF\n");
}
