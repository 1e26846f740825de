/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans for a terminal or a log, in the form of contract 5. Two passes: one measures what will be shown, one writes it, object by
 * object, so that columns are aligned over the whole output and memory stays that of one object. */
#include <ctype.h>
#include <string.h>

#include "base/escape.h"
#include "sync/render_diag.h"
#include "sync/render_look.h"

enum {
    GAP = 3,                 /* blanks between two columns, at least */
    NAME_LEAST = 15, NAME_MOST = 40,
    ADDRESS_MOST = 80,       /* a longer address pushes its own line only */
    TAB = 66,                /* column of the why, and of the place: that of the contract's example */
    TAB_LEAST = 40, PLACE = 30 /* a narrow terminal gets a nearer one, with room for a place behind it */
};

struct sheet {
    const struct render_options *o;
    size_t address, action, name, tab;   /* widths in columns; `tab` is where the last column begins */
    struct buf line;                     /* of one object, then written out */
    bool bare;                           /* the object before had a header only: no blank line followed it */
};

/* --- measuring --------------------------------------------------------------------------------- */

static void widen(size_t *column, size_t width, size_t most)
{
    if (width > *column && width <= most)
        *column = width;
}

static bool fields_shown(const struct sheet *s)
{
    return !s->o->quiet;
}

static size_t usual_tab(size_t width)
{
    if (width == 0 || width >= TAB + PLACE)
        return TAB;
    return width > TAB_LEAST + PLACE ? width - PLACE : TAB_LEAST;
}

static void measure(struct sheet *s, const struct plan *p)
{
    auto_buf name = buf_init(BUF_UNBOUNDED);
    s->name = NAME_LEAST;
    for (size_t i = 0; i < p->n; i++) {
        const struct change *c = &p->changes[i];
        if (!look_listed(c, s->o->verbose))
            continue;
        widen(&s->address, escape_width(c->address), ADDRESS_MOST);
        widen(&s->action, strlen(look_word(c, s->o->applied)), SIZE_MAX);
        for (size_t f = 0; f < c->n && fields_shown(s); f++) {
            buf_clear(&name);
            look_name(&name, &c->fields[f]);
            widen(&s->name, utf8_width(buf_str(&name)), NAME_MOST);
        }
    }
    s->tab = usual_tab(s->o->width);
    if (s->tab < s->address + GAP + s->action + GAP)
        s->tab = s->address + GAP + s->action + GAP;
}

/* --- columns ----------------------------------------------------------------------------------- */

static void paint(struct sheet *s, const char *color, bool on)
{
    if (s->o->color && color)
        buf_printf(&s->line, "\x1b[%sm", on ? color : "0");
}

/* Blanks up to a column, counted from where the line began; at least `gap`. */
static void tab_to(struct sheet *s, size_t width, size_t column, size_t gap)
{
    buf_pad(&s->line, ' ', width + gap <= column ? column - width : gap);
}

/* Adds what `made` holds, and empties it; returns its width. */
static size_t move_in(struct sheet *s, struct buf *made)
{
    size_t width = utf8_width(buf_str(made));
    buf_add(&s->line, buf_str(made));
    buf_clear(made);
    return width;
}

/* --- one object -------------------------------------------------------------------------------- */

static void header(struct sheet *s, const struct change *c)
{
    auto_buf made = buf_init(BUF_UNBOUNDED);
    const char *word = look_word(c, s->o->applied);
    /* Addresses are made of letters, digits and dashes; should one not be, it must not begin a line. */
    bool plain = c->address.n && isalnum((unsigned char)c->address.p[0]);
    (plain ? escape_text : escape_quoted)(&made, c->address);
    paint(s, "1", true);
    size_t width = move_in(s, &made);
    paint(s, "1", false);
    tab_to(s, width, s->address + GAP, GAP);
    buf_puts(&s->line, word);
    width = width + GAP < s->address + GAP ? s->address + GAP : width + GAP;
    tab_to(s, width + strlen(word), s->tab, GAP);
    if (c->at.line && c->at.file) {
        escape_text(&s->line, str_of(c->at.file));
        buf_printf(&s->line, ":%u\n", (unsigned)c->at.line);
    } else {
        buf_puts(&s->line, "(no document)\n");
    }
}

static void field_line(struct sheet *s, const struct field_change *f)
{
    auto_buf made = buf_init(BUF_UNBOUNDED);
    const struct look *look = look_of(f);
    struct loc from = look_from(f);
    buf_puts(&s->line, "  ");
    paint(s, look->color, true);
    buf_char(&s->line, look->mark);
    paint(s, look->color, false);
    buf_char(&s->line, ' ');
    look_name(&made, f);
    size_t width = 4 + move_in(s, &made);
    tab_to(s, width, 4 + s->name + 2, 2);
    width = width + 2 < 4 + s->name + 2 ? 4 + s->name + 2 : width + 2;
    look_change(&made, f);
    width += move_in(s, &made);
    if (look->sides != LOOK_NEITHER) {
        tab_to(s, width, s->tab, GAP);
        buf_puts(&s->line, why_names[f->why]);
    }
    if (look_reach(f))
        buf_puts(&s->line, "   REACH");
    if (from.line) {
        buf_puts(&s->line, "   from ");
        escape_text(&s->line, str_of(from.file));
        buf_printf(&s->line, ":%u", (unsigned)from.line);
    }
    buf_char(&s->line, '\n');
}

static void request_lines(struct sheet *s, const struct change *c)
{
    struct str origin, last = { 0 };
    for (size_t i = 0; i < look_requests(c, s->o->applied); i++) {
        const struct request_view *r = &c->requests[i];
        struct str path = look_url(r->url, &origin);
        if (s->o->verbose && origin.n && !str_eq(origin, last)) {
            buf_puts(&s->line, "  at ");
            escape_text(&s->line, origin);
            buf_char(&s->line, '\n');
            last = origin;
        }
        buf_printf(&s->line, "  %s ", method_names[r->method]);
        escape_text(&s->line, path);
        buf_char(&s->line, '\n');
        if (s->o->verbose && r->body.n) {
            buf_puts(&s->line, "    body ");
            escape_text(&s->line, r->body);
            buf_char(&s->line, '\n');
        }
    }
}

static void remark(struct sheet *s, const char *word, const char *text, const char *code)
{
    if (!text[0])
        return;
    buf_printf(&s->line, "  %s: ", word);
    escape_text(&s->line, str_of(text));
    if (code)
        buf_printf(&s->line, " (%s)", code);
    buf_char(&s->line, '\n');
}

/* What hinders this object, and what to do. */
static void trouble(struct sheet *s, const struct change *c)
{
    const struct err *e = c->error;
    if (c->outcome == OUTCOME_BLOCKED && c->flag)
        buf_printf(&s->line, "  blocked: needs %s\n", c->flag);
    if (e && c->outcome == OUTCOME_BLOCKED)
        remark(s, c->flag ? "why" : "blocked", e->text, e->code);
    else if (e)
        remark(s, outcome_names[c->outcome], e->text, e->code);
    if (e)
        remark(s, "help", e->hint, NULL);
    if (look_observed(c))
        buf_printf(&s->line, "  observed: %s\n", look_observed_text(c));
}

/* Objects are parted by blank lines, unless both are bare headers. */
static void object(struct sheet *s, const struct change *c, FILE *out)
{
    buf_clear(&s->line);
    header(s, c);
    size_t head = s->line.n;
    for (size_t i = 0; i < c->n && fields_shown(s); i++)
        field_line(s, &c->fields[i]);
    if (!s->o->quiet)
        request_lines(s, c);
    trouble(s, c);
    bool bare = s->line.n == head;
    if (!bare)
        buf_char(&s->line, '\n');
    if (s->bare && !bare)
        (void)fputc('\n', out);
    s->bare = bare;
    (void)fwrite(s->line.p, 1, s->line.n, out);
}

/* --- all --------------------------------------------------------------------------------------- */

/* What was counted and not shown must not pass for confirmed. */
static void unseen_line(struct buf *line, const struct plan *p)
{
    size_t fields = 0, objects = 0;
    for (size_t i = 0; i < p->n; i++) {
        size_t before = fields;
        for (size_t f = 0; f < p->changes[i].n && !look_listed(&p->changes[i], false); f++)
            fields += p->changes[i].fields[f].why == WHY_UNVERIFIABLE;
        objects += fields > before;
    }
    if (fields)
        buf_printf(line, "%zu %s of %zu unchanged %s cannot be confirmed by any API (-v lists them).\n", fields,
                   fields == 1 ? "field" : "fields", objects, objects == 1 ? "object" : "objects");
}

static void adopted_line(struct buf *line, const struct plan *p, bool applied)
{
    size_t fields = 0;
    for (size_t i = 0; i < p->n; i++)
        for (size_t f = 0; f < p->changes[i].n; f++)
            fields += p->changes[i].fields[f].adopted;
    if (fields)
        buf_printf(line, "%zu %s %s as applied, without sending (--adopt).\n", fields, fields == 1 ? "field" : "fields", applied ? "taken" : "would be taken");
}

static void last_lines(const struct plan *p, const struct render_options *o, FILE *out)
{
    auto_buf line = buf_init(BUF_UNBOUNDED);
    if (!p->complete)
        buf_puts(&line, "Not everything could be read, so this may not be all.\n");
    if (look_in_sync(p)) {
        look_no_changes(&line, p);
        buf_char(&line, '\n');
    } else if (!o->verbose && !o->quiet) {
        unseen_line(&line, p);
    }
    if (!o->quiet)
        adopted_line(&line, p, o->applied);
    look_counts(&line, p, o->applied);
    buf_char(&line, '\n');
    (void)fwrite(line.p, 1, line.n, out);
}

void render_human(const struct plan *p, const struct diags *d, const struct render_options *o, FILE *out)
{
    struct sheet s = { .o = o, .line = buf_init(BUF_UNBOUNDED) };
    if (d && d->n) {
        render_diags(d, o->color, &s.line);
        (void)fwrite(s.line.p, 1, s.line.n, out);
        if (p)
            (void)fputc('\n', out);
    }
    if (p) {
        measure(&s, p);
        for (size_t i = 0; i < p->n; i++)
            if (look_listed(&p->changes[i], o->verbose))
                object(&s, &p->changes[i], out);
        if (s.bare)
            (void)fputc('\n', out);
        last_lines(p, o, out);
    }
    buf_release(&s.line);
}
