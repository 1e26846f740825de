/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sync/render_look.h"

#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "wire/json.h"

#define GREEN  "32"
#define YELLOW "33"
#define RED    "31"
#define CYAN   "36"

static const struct look looks[WHY_COUNT] = {
    [WHY_NEW]            = { '+', LOOK_AFTER, GREEN },
    [WHY_EDITED]         = { '~', LOOK_BOTH, YELLOW },
    [WHY_DRIFT]          = { '~', LOOK_BOTH, YELLOW },
    [WHY_FIRST_WRITE]    = { '?', LOOK_BOTH, CYAN },
    [WHY_SECRET_CHANGED] = { '~', LOOK_BOTH, YELLOW },
    [WHY_CLEARED]        = { '-', LOOK_BOTH, RED },
    [WHY_RELEASED]       = { '.', LOOK_BEFORE, NULL },
    [WHY_UNVERIFIABLE]   = { '?', LOOK_NEITHER, CYAN },
};

const struct look *look_of(const struct field_change *f)
{
    static const struct look again = { '~', LOOK_NEITHER, YELLOW };
    return f->rewrite ? &again : &looks[f->why];
}

/* --- values ------------------------------------------------------------------------------------ */

/* The part of a text that people see: `most` characters behind the first `from`. */
static struct str window(struct str s, size_t from, size_t most)
{
    size_t at = 0;
    for (; from && at < s.n; from--)
        (void)utf8_next(s, &at);
    size_t end = at;
    for (; most && end < s.n; most--)
        (void)utf8_next(s, &end);
    return (struct str){ s.p + at, end - at };
}

static void look_text(struct buf *out, struct str s, size_t from, bool quoted)
{
    struct str shown = window(s, from, LOOK_MOST);
    if (from)
        buf_puts(out, "…");
    (quoted ? escape_quoted : escape_text)(out, shown);
    if (shown.p + shown.n < s.p + s.n)
        buf_puts(out, "…");
}

/* Two long texts are shown from shortly before the place where they differ. */
static size_t where_they_differ(const struct value *a, const struct value *b)
{
    enum { SHOWN_BEFORE = 20 };
    size_t at = 0, characters = 0;
    if (!a || !b || a->type != VALUE_TEXT || b->type != VALUE_TEXT)
        return 0;
    while (at < a->text.n && at < b->text.n && a->text.p[at] == b->text.p[at])
        at++;
    for (size_t i = 0; i < at; characters++)
        (void)utf8_next(a->text, &i);
    return characters >= LOOK_MOST - SHOWN_BEFORE ? characters - SHOWN_BEFORE : 0;
}

static void look_value(struct buf *out, const struct value *v, size_t from)
{
    if (!v) {
        buf_puts(out, "unset");
    } else if (v->type == VALUE_TEXT) {
        look_text(out, v->text, from, true);
    } else {
        auto_arena a = { 0 };
        auto_json *j = json_of_value(v);
        look_text(out, json_compact(j, &a), 0, false);
    }
}

bool look_secret(const struct field_change *f)
{
    return f->secret || (f->field && f->field->flags & FIELD_SECRET) || (f->before && value_is_secret(f->before)) ||
           (f->after && value_is_secret(f->after));
}

bool look_before_known(const struct field_change *f)
{
    return f->before_known || f->why == WHY_NEW;
}

/* Eight digits of a fingerprint tell two secrets apart; all sixteen when the eight do not. */
static void look_print(struct buf *out, const struct field_change *f, const char *print)
{
    bool apart = strncmp(f->before_print, f->after_print, 8) != 0;
    if (print[0] && f->why != WHY_NEW)
        buf_printf(out, "(secret %.*s)", apart ? 8 : FINGERPRINT_TEXT, print);
    else
        buf_puts(out, "(secret)");
}

void look_before(struct buf *out, const struct field_change *f)
{
    if (!look_before_known(f))
        buf_puts(out, "unknown");
    else if (look_secret(f) && (f->before || f->before_print[0]))
        look_print(out, f, f->before_print);
    else
        look_value(out, f->before, where_they_differ(f->before, f->after));
}

void look_after(struct buf *out, const struct field_change *f)
{
    bool cleared = f->why == WHY_CLEARED || (f->after && f->after->type == VALUE_NULL);
    if (cleared)
        buf_puts(out, "null");
    else if (look_secret(f) && (f->after || f->after_print[0]))
        look_print(out, f, f->after_print);
    else
        look_value(out, f->after, where_they_differ(f->before, f->after));
}

void look_date(struct buf *out, int64_t wall)
{
    char text[CLOCK_TEXT];
    clock_text(wall, text);
    buf_add(out, str_head(str_of(text), strlen("2026-11-02")));
}

static void look_unseen(struct buf *out, const struct field_change *f)
{
    buf_puts(out, why_names[f->why]);
    if (f->sent_at) {
        buf_puts(out, ", last sent ");
        look_date(out, f->sent_at);
    }
    if (f->adopted)
        buf_puts(out, ", taken as applied (--adopt)");
    if (f->rewrite)
        buf_puts(out, ", sent again (--rewrite)");
}

void look_change(struct buf *out, const struct field_change *f)
{
    enum look_sides sides = look_of(f)->sides;
    if (sides == LOOK_NEITHER) {
        look_unseen(out, f);
        return;
    }
    if (sides != LOOK_AFTER)
        look_before(out, f);
    if (sides == LOOK_BOTH)
        buf_puts(out, " -> ");
    if (sides != LOOK_BEFORE)
        look_after(out, f);
}

/* --- fields ------------------------------------------------------------------------------------ */

void look_name(struct buf *out, const struct field_change *f)
{
    struct str path = f->path.n || !f->field ? f->path : str_of(f->field->path);
    escape_text(out, str_starts(path, STR("/")) ? str_skip(path, 1) : path);
}

bool look_reach(const struct field_change *f)
{
    return f->field && f->field->guard == GUARD_REACH && field_writes(f);
}

struct loc look_from(const struct field_change *f)
{
    return f->after && f->after->inherited ? f->after->at : (struct loc){ 0 };
}

/* --- objects ----------------------------------------------------------------------------------- */

static bool holds(const struct change *c, enum why why)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->fields[i].why == why)
            return true;
    return false;
}

static bool drifts(const struct change *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (field_writes(&c->fields[i]))
            return true;
    return false;
}

static bool pending(const struct change *c)
{
    return c->action != ACTION_NONE || c->outcome == OUTCOME_FAILED || c->outcome == OUTCOME_UNSURE || c->outcome == OUTCOME_BLOCKED ||
           drifts(c);
}

bool look_observed(const struct change *c)
{
    return c->observed_only && drifts(c);
}

const char *look_observed_text(const struct change *c)
{
    return holds(c, WHY_NEW) ? "it does not exist, and is never created (lifecycle: observe)" : "never written (lifecycle: observe)";
}

bool look_listed(const struct change *c, bool verbose)
{
    return verbose || pending(c) || c->error || holds(c, WHY_RELEASED);
}

bool look_in_sync(const struct plan *p)
{
    for (size_t i = 0; i < p->n; i++)
        if (pending(&p->changes[i]))
            return false;
    return p->complete;
}

const char *look_word(const struct change *c, bool applied)
{
    static const char *const done[ACTION_COUNT] = { "created", "updated", "deleted", "sent", "unchanged" };
    if (c->outcome == OUTCOME_FAILED || c->outcome == OUTCOME_UNSURE)
        return outcome_names[c->outcome];
    if (applied && c->outcome == OUTCOME_APPLIED)
        return done[c->action];
    if (applied && (c->outcome == OUTCOME_BLOCKED || c->outcome == OUTCOME_SKIPPED))
        return outcome_names[c->outcome];
    if (c->outcome == OUTCOME_SKIPPED && c->action == ACTION_NONE) /* a message whose not_after has passed */
        return outcome_names[c->outcome];
    if (c->action != ACTION_NONE)
        return action_names[c->action];
    return look_observed(c) ? "observed" : "unchanged";
}

size_t look_requests(const struct change *c, bool applied)
{
    return applied && (c->outcome == OUTCOME_BLOCKED || c->outcome == OUTCOME_SKIPPED) ? 0 : c->n_requests;
}

struct str look_url(struct str url, struct str *ret_origin)
{
    long scheme = str_find(url, STR("://"));
    *ret_origin = (struct str){ 0 };
    if (scheme < 0)
        return url;
    size_t at = (size_t)scheme + 3;
    while (at < url.n && url.p[at] != '/' && url.p[at] != '?')
        at++;
    *ret_origin = str_head(url, at);
    return at < url.n ? str_skip(url, at) : STR("/");
}

/* --- sentences --------------------------------------------------------------------------------- */

static void add_count(struct buf *out, size_t n, const char *word)
{
    if (n)
        buf_printf(out, ", %zu %s", n, word);
}

static void count_planned(struct buf *out, const struct plan_summary *s)
{
    buf_printf(out, "Plan: %zu to create, %zu to update, %zu to delete, %zu to send, %zu unchanged", s->create, s->update, s->erase,
               s->send, s->unchanged);
}

static void count_applied(struct buf *out, const struct plan *p)
{
    size_t done[ACTION_COUNT] = { 0 };
    for (size_t i = 0; i < p->n; i++)
        done[p->changes[i].action] += p->changes[i].outcome == OUTCOME_APPLIED;
    buf_printf(out, "Applied: %zu created, %zu updated, %zu deleted, %zu sent, %zu unchanged", done[ACTION_CREATE],
               done[ACTION_UPDATE], done[ACTION_DELETE], done[ACTION_SEND], p->summary.unchanged);
}

void look_counts(struct buf *out, const struct plan *p, bool applied)
{
    const struct plan_summary *s = &p->summary;
    if (applied)
        count_applied(out, p);
    else
        count_planned(out, s);
    add_count(out, s->blocked, "blocked");
    add_count(out, s->failed, "failed");
    add_count(out, s->unsure, "unsure");
    add_count(out, s->skipped, "skipped");
    buf_char(out, '.');
    if (!applied)
        buf_printf(out, " %zu %s to read, %zu to write.", s->requests_read, s->requests_read == 1 ? "request" : "requests",
                   s->requests_write);
}

void look_no_changes(struct buf *out, const struct plan *p)
{
    size_t unseen = 0, n = p->summary.unchanged;
    for (size_t i = 0; i < p->n; i++)
        unseen += holds(&p->changes[i], WHY_UNVERIFIABLE);
    if (p->n == 0) {
        buf_puts(out, "No changes. No object is in view.");
        return;
    }
    buf_printf(out, "No changes. %zu %s", n, n == 1 ? "object matches" : "objects match");
    if (unseen)
        buf_printf(out, "; %zu of them %s fields that no API can confirm", unseen, unseen == 1 ? "holds" : "hold");
    buf_char(out, '.');
}
