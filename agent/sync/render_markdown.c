/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans as a pull-request comment. A comment has a largest size, so every piece (a row of a table, the details of one object, a
 * finding) is made first, and goes in whole or not at all; what stayed out is counted. Nothing foreign stands in a code span, where
 * entities would be shown as they are, and none begins a line.
 */
#include <string.h>

#include "base/escape.h"
#include "sync/render_look.h"

/* A GitHub comment holds 65,536 characters; bytes are at least as many. Tables get most of it: who reads a comment of that
 * length wants to know which objects, before what exactly. */
enum { PAGE = 65000, FINDINGS = 12000, TABLES = 40000, SENTENCES = 600, WHYS_SHOWN = 4 };

struct page {
    const struct plan *p;
    const struct render_options *o;
    struct buf text, piece, look; /* the page; the piece that is being made; a value before it is escaped */
    size_t room;                  /* bytes that the page may have now */
};

/* --- pieces ------------------------------------------------------------------------------------ */

static void add_foreign(struct page *m, struct str s)
{
    escape_markdown(&m->piece, s);
}

/* Not more than fits into a row. */
static void add_cut(struct page *m, struct str s)
{
    size_t at = 0;
    for (size_t i = 0; i < LOOK_MOST && at < s.n; i++)
        (void)utf8_next(s, &at);
    add_foreign(m, str_head(s, at));
    if (at < s.n)
        buf_puts(&m->piece, "…");
}

/* Moves the piece into the page if there is room. */
static bool put(struct page *m)
{
    bool fits = m->text.n + m->piece.n <= m->room;
    if (fits)
        buf_add(&m->text, buf_str(&m->piece));
    buf_clear(&m->piece);
    return fits;
}

/* What a look_ function made, escaped for markdown as well. */
static void add_look(struct page *m)
{
    add_foreign(m, buf_str(&m->look));
    buf_clear(&m->look);
}

static void add_place(struct page *m, struct loc at)
{
    add_foreign(m, str_of(at.file));
    if (at.line)
        buf_printf(&m->piece, ":%u", (unsigned)at.line);
}

/* --- findings ---------------------------------------------------------------------------------- */

static void finding(struct page *m, const struct diag *d)
{
    buf_printf(&m->piece, "- **%s** %s ", d->severity == SEVERITY_ERROR ? "error" : "warning", d->code);
    if (d->at.file) {
        add_place(m, d->at);
        buf_puts(&m->piece, " — ");
    }
    add_foreign(m, d->message);
    if (d->hint.n) {
        buf_char(&m->piece, ' ');
        add_foreign(m, d->hint);
    }
    buf_char(&m->piece, '\n');
}

static void findings(struct page *m, const struct diags *d)
{
    size_t shown = 0, all = d ? d->n + d->dropped : 0;
    if (!all)
        return;
    m->room = FINDINGS;
    buf_puts(&m->text, "\n### Findings\n\n");
    for (size_t i = 0; i < d->n; i++) {
        finding(m, &d->items[i]);
        if (!put(m))
            break;
        shown++;
    }
    if (shown < all)
        buf_printf(&m->text, "\n%zu more %s left out here; `waconf validate` shows all.\n", all - shown,
                   all - shown == 1 ? "finding is" : "findings are");
}

/* --- the table of a provider ------------------------------------------------------------------- */

static void whys(struct page *m, const struct change *c)
{
    size_t shown = 0, left = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (shown == WHYS_SHOWN) {
            left++;
            continue;
        }
        buf_puts(&m->piece, shown++ ? ", " : "");
        look_name(&m->look, &c->fields[i]);
        add_look(m);
        buf_printf(&m->piece, " %s", why_names[c->fields[i].why]);
    }
    if (left)
        buf_printf(&m->piece, " and %zu more", left);
    if (c->outcome == OUTCOME_BLOCKED && c->flag)
        buf_printf(&m->piece, "%sneeds `%s`", c->n ? "; " : "", c->flag);
    else if (c->error) {
        buf_puts(&m->piece, c->n ? "; " : "");
        add_cut(m, str_of(c->error->text));
    }
}

static const char *class_word(const struct change *c)
{
    return c->action == ACTION_NONE ? "" : c->class == GUARD_REACH ? "**REACH**" : guard_names[c->class];
}

/* A plan shows what would be done, and that it is not allowed to. */
static void add_word(struct page *m, const struct change *c)
{
    buf_puts(&m->piece, look_word(c, m->o->applied));
    if (c->outcome == OUTCOME_BLOCKED && !m->o->applied)
        buf_puts(&m->piece, " (blocked)");
}

static void row(struct page *m, const struct change *c)
{
    buf_puts(&m->piece, "| ");
    add_foreign(m, c->address);
    buf_puts(&m->piece, " | ");
    add_word(m, c);
    buf_printf(&m->piece, " | %s | ", class_word(c));
    whys(m, c);
    buf_puts(&m->piece, " |\n");
}

/* Returns how many objects stayed out. */
static size_t tables(struct page *m)
{
    const struct provider *last = NULL;
    size_t left = 0;
    m->room = TABLES;
    for (size_t i = 0; i < m->p->n; i++) {
        const struct change *c = &m->p->changes[i];
        if (!look_listed(c, m->o->verbose))
            continue;
        if (left) {
            left++;
            continue;
        }
        if (c->provider != last)
            buf_printf(&m->piece, "\n### %s\n\n| Object | Action | Class | Why |\n|---|---|---|---|\n", c->provider->title);
        last = c->provider;
        row(m, c);
        left += !put(m);
    }
    return left;
}

/* --- details ----------------------------------------------------------------------------------- */

static void side(struct page *m, const struct field_change *f, void (*look)(struct buf *, const struct field_change *), bool shown)
{
    buf_puts(&m->piece, " | ");
    if (shown)
        look(&m->look, f);
    add_look(m);
}

static void field_row(struct page *m, const struct field_change *f)
{
    enum look_sides sides = look_of(f)->sides;
    struct loc from = look_from(f);
    buf_puts(&m->piece, "| ");
    look_name(&m->look, f);
    add_look(m);
    side(m, f, look_before, sides == LOOK_BOTH || sides == LOOK_BEFORE);
    side(m, f, look_after, sides == LOOK_BOTH || sides == LOOK_AFTER);
    buf_puts(&m->piece, " | ");
    if (sides == LOOK_NEITHER)
        look_change(&m->look, f);
    else
        buf_puts(&m->look, why_names[f->why]);
    add_look(m);
    if (look_reach(f))
        buf_puts(&m->piece, " **REACH**");
    if (from.line) {
        buf_puts(&m->piece, " from ");
        add_place(m, from);
    }
    buf_puts(&m->piece, " |\n");
}

static void remark(struct page *m, const char *what, const char *text)
{
    if (!text[0])
        return;
    buf_printf(&m->piece, "\n%s: ", what);
    add_foreign(m, str_of(text));
    buf_char(&m->piece, '\n');
}

static void requests(struct page *m, const struct change *c)
{
    struct str origin;
    for (size_t i = 0; i < look_requests(c, m->o->applied); i++) {
        buf_printf(&m->piece, "%s- %s ", i ? "" : "\n", method_names[c->requests[i].method]);
        add_foreign(m, look_url(c->requests[i].url, &origin));
        buf_char(&m->piece, '\n');
    }
}

static void details(struct page *m, const struct change *c)
{
    buf_puts(&m->piece, "\n<details><summary>");
    add_foreign(m, c->address);
    buf_puts(&m->piece, ": ");
    add_word(m, c);
    buf_puts(&m->piece, "</summary>\n\n");
    if (c->at.line && c->at.file) {
        buf_puts(&m->piece, "Declared in ");
        add_place(m, c->at);
        buf_puts(&m->piece, "\n\n");
    }
    if (c->n)
        buf_puts(&m->piece, "| Field | Before | After | Why |\n|---|---|---|---|\n");
    for (size_t i = 0; i < c->n; i++)
        field_row(m, &c->fields[i]);
    requests(m, c);
    if (c->outcome == OUTCOME_BLOCKED && c->flag)
        buf_printf(&m->piece, "\nBlocked: needs `%s`\n", c->flag);
    if (c->error) {
        remark(m, c->outcome == OUTCOME_BLOCKED ? "Why" : "Error", c->error->text);
        remark(m, "Help", c->error->hint);
    }
    buf_puts(&m->piece, "\n</details>\n");
}

/* Returns how many of them stayed out. */
static size_t all_details(struct page *m)
{
    size_t left = 0;
    m->room = PAGE - SENTENCES;
    for (size_t i = 0; i < m->p->n; i++) {
        const struct change *c = &m->p->changes[i];
        if (!look_listed(c, m->o->verbose) || (c->n == 0 && c->n_requests == 0 && !c->error))
            continue;
        details(m, c);
        left += !put(m);
    }
    return left;
}

/* --- the page ---------------------------------------------------------------------------------- */

static void headline(struct page *m)
{
    if (!m->p) {
        buf_puts(&m->text, "**Nothing could be planned.**\n");
        return;
    }
    buf_puts(&m->text, "**");
    look_counts(&m->text, m->p, m->o->applied);
    buf_puts(&m->text, "**\n");
    if (!m->p->complete)
        buf_puts(&m->text, "\nNot everything could be read, so this may not be all.\n");
    if (look_in_sync(m->p)) {
        buf_char(&m->text, '\n');
        look_no_changes(&m->text, m->p);
        buf_char(&m->text, '\n');
    } else if (m->p->summary.unverifiable) {
        buf_printf(&m->text, "\n%zu %s cannot be confirmed by any API.\n", m->p->summary.unverifiable,
                   m->p->summary.unverifiable == 1 ? "field" : "fields");
    }
}

static void objects(struct page *m)
{
    size_t rows_left = tables(m);
    size_t details_left = m->o->quiet ? 0 : all_details(m);
    if (rows_left)
        buf_printf(&m->text, "\n%zu more %s left out of the tables, because a comment has a largest size.\n", rows_left,
                   rows_left == 1 ? "object is" : "objects are");
    if (details_left)
        buf_printf(&m->text, "\nThe details of %zu %s are left out for the same reason. `waconf plan -o json` has all of them.\n",
                   details_left, details_left == 1 ? "object" : "objects");
}

void render_markdown(const struct plan *p, const struct diags *d, const struct render_options *o, FILE *out)
{
    struct page m = { .p = p, .o = o, .text = buf_init(PAGE), .piece = buf_init(BUF_UNBOUNDED), .look = buf_init(BUF_UNBOUNDED) };
    buf_puts(&m.text, "<!-- waconf -->\n");
    headline(&m);
    findings(&m, d);
    if (p)
        objects(&m);
    (void)fwrite(m.text.p, 1, m.text.n, out);
    buf_release(&m.text);
    buf_release(&m.piece);
    buf_release(&m.look);
}
