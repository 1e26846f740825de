/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The board for Prometheus, in both of its formats. They differ in how a family is named: OpenMetrics names a counter without its _total and an
 * info without its _info, and says the unit; the older text format names what it prints, and knows no info.
 */
#include "base/clock.h"
#include "sync/board.h"

enum family_type { COUNTER, GAUGE, INFO, SUMMARY };
struct family { const char *name; enum family_type type; const char *unit, *help; };  /* name: without _total and _info */
struct page { struct buf *out; enum metrics_form form; };

static void head(const struct page *p, const struct family *f)
{
    static const char *const types[] = { "counter", "gauge", "info", "summary" }, *const ends[] = { "_total", "", "_info", "" };
    bool open = p->form == METRICS_OPENMETRICS;
    const char *end = open ? "" : ends[f->type], *type = !open && f->type == INFO ? "gauge" : types[f->type];
    buf_printf(p->out, "# TYPE %s%s %s\n", f->name, end, type);
    if (open && f->unit)
        buf_printf(p->out, "# UNIT %s %s\n", f->name, f->unit);
    buf_printf(p->out, "# HELP %s%s %s\n", f->name, end, f->help);
}

/* A label's value; all of ours are tame, and a commit comes from outside. */
static void label(struct buf *out, const char *name, struct str value)
{
    buf_printf(out, "%s=\"", name);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '"' || c == '\\')
            buf_char(out, '\\');
        buf_puts(out, c == '\n' ? "\\n" : "");
        if (c != '\n')
            buf_char(out, c);
    }
    buf_char(out, '"');
}

static void counter(const struct page *p, const char *name, const char *unit, double n, const char *help)
{
    head(p, &(struct family){ name, COUNTER, unit, help });
    buf_printf(p->out, "%s_total %.15g\n", name, n);
}

static void gauge(const struct page *p, const char *name, const char *unit, double n, const char *help)
{
    head(p, &(struct family){ name, GAUGE, unit, help });
    buf_printf(p->out, "%s %.15g\n", name, n);
}

/* --- families with labels ------------------------------------------------------------------------ */

static void infos(const struct page *p, const struct board *b)
{
    head(p, &(struct family){ "waconf_build", INFO, NULL, "What is running." });
    buf_puts(p->out, "waconf_build_info{");
    label(p->out, "version", STR(VERSION));
    buf_char(p->out, ',');
    label(p->out, "mode", str_of(b->mode));
    buf_puts(p->out, "} 1\n");
    head(p, &(struct family){ "waconf_commit", INFO, NULL, "The commit in force; empty when files are watched." });
    buf_puts(p->out, "waconf_commit_info{");
    label(p->out, "commit", str_of(b->commit));
    buf_puts(p->out, "} 1\n");
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
static void objects(const struct page *p, const struct board *b)
{
    head(p, &(struct family){ "waconf_objects", GAUGE, NULL, "Objects by kind and state." });
    for (size_t i = 0; i < b->n;) {
        struct str kind = kind_of(b->rows[i]->address);
        size_t by_state[BOARD_STATE_COUNT] = { 0 };
        for (; i < b->n && str_eq(kind_of(b->rows[i]->address), kind); i++)
            by_state[b->rows[i]->state]++;
        for (size_t k = 0; k < BOARD_STATE_COUNT; k++) {
            buf_puts(p->out, "waconf_objects{");
            label(p->out, "kind", kind);
            buf_printf(p->out, ",state=\"%s\"} %zu\n", board_state_names[k], by_state[k]);
        }
    }
}

static void requests(const struct page *p, const struct board *b)
{
    head(p, &(struct family){ "waconf_requests", COUNTER, NULL, "Requests sent to providers, by how they ended; code 0 is no answer." });
    for (size_t i = 0; i < b->tallies.n; i++) {
        const struct tally *t = &b->tallies.items[i];
        buf_puts(p->out, "waconf_requests_total{");
        label(p->out, "provider", str_of(t->group));
        buf_printf(p->out, ",method=\"%s\",code=\"%d\"} %llu\n", method_names[t->method], t->status, (unsigned long long)t->n);
    }
}

static void syncs(const struct page *p, const struct board *b)
{
    head(p, &(struct family){ "waconf_sync_duration_seconds", SUMMARY, "seconds", "How long passes took, those that could not run included." });
    buf_printf(p->out, "waconf_sync_duration_seconds_count %llu\nwaconf_sync_duration_seconds_sum %.15g\n", (unsigned long long)b->n_sync,
               (double)b->sync_ms / 1000);
    gauge(p, "waconf_last_sync_duration_seconds", "seconds", b->n_passes ? (double)b->passes[0].ms / 1000 : 0, "How long the last pass took.");
    gauge(p, "waconf_last_sync_timestamp_seconds", "seconds", (double)b->last_ok, "When the last pass that ran ended; 0 before the first.");
    gauge(p, "waconf_last_sync_age_seconds", "seconds", (double)(clock_wall() - (b->last_ok ? b->last_ok : b->started)),
          "Time since then, or since the start before the first.");
    counter(p, "waconf_syncs", NULL, (double)b->n_sync, "Passes, failed ones included.");
    counter(p, "waconf_syncs_failed", NULL, (double)b->n_sync_failed, "Passes that could not run.");
}

void board_metrics(const struct board *b, enum metrics_form form, struct buf *out)
{
    const struct page page = { out, form }, *p = &page;
    infos(p, b);
    objects(p, b);
    gauge(p, "waconf_tree_refused", NULL, b->refused != NULL, "1 while the newest tree or commit is refused and an older one is in force.");
    syncs(p, b);
    counter(p, "waconf_objects_applied", NULL, (double)b->n_applied, "Objects written.");
    counter(p, "waconf_drift_found", NULL, (double)b->n_drift, "Objects that were found changed outside.");
    requests(p, b);
    counter(p, "waconf_retries", NULL, (double)b->http.retried, "Requests that were tried again.");
    counter(p, "waconf_token_requests", NULL, (double)b->http.tokens, "Tokens asked for.");
    counter(p, "waconf_throttled", NULL, (double)b->http.throttled, "Answers that said to slow down.");
    counter(p, "waconf_rate_limit_wait_seconds", "seconds", (double)b->http.wait_ms / 1000,
            "Time spent waiting for pace and Retry-After, all requests together.");
    if (form == METRICS_OPENMETRICS)
        buf_puts(out, "# EOF\n");
}
