/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sync/render_diag.h"

#include <stdio.h>

#include "base/escape.h"

/* Lines longer than a screen are shown from a little before the place. */
enum { BEFORE = 60, SHOWN = 120 };

struct colors { const char *error, *warning, *bold, *dim, *off; };
static const struct colors plain = { "", "", "", "", "" };
static const struct colors ansi = { "\033[1;31m", "\033[1;33m", "\033[1m", "\033[2m", "\033[0m" };

/* A file may be called `::error file=x::` or `##[error]`, which at the start of a line is a command to some CI systems. */
static bool begins_as_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '_';
}

static void place(const struct diag *item, struct buf *out)
{
    if (!item->at.file)
        return;
    if (!begins_as_name(item->at.file[0]))
        buf_puts(out, "./");
    escape_text(out, str_of(item->at.file));
    if (item->at.line)
        buf_printf(out, ":%u:%u", item->at.line, item->at.column);
    buf_puts(out, ": ");
}

static struct str skip_characters(struct str s, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n && at < s.n; i++)
        (void)utf8_next(s, &at);
    return str_skip(s, at);
}

static void source_line(const struct diag *item, const struct colors *c, struct buf *out)
{
    struct str line = item->line;
    size_t column = item->at.column ? item->at.column - 1 : 0, length = utf8_length(line), skipped = 0;
    char number[16];
    if (!item->at.line || !line.n)
        return;
    (void)snprintf(number, sizeof number, "%5u", item->at.line);
    if (length > SHOWN && column > BEFORE) {
        skipped = column - BEFORE;
        line = skip_characters(line, skipped);
    }
    line = str_head(line, line.n - skip_characters(line, SHOWN).n);
    struct str before = str_head(line, line.n - skip_characters(line, column - skipped).n);
    buf_printf(out, "%s%s |%s %s", c->dim, number, c->off, skipped ? "..." : "");
    escape_text(out, line);
    buf_puts(out, utf8_length(line) + skipped < length ? "...\n" : "\n");
    if (column > length)
        return; /* the place is behind what is kept of the line */
    buf_printf(out, "%s%*s |%s ", c->dim, 5, "", c->off);
    buf_pad(out, ' ', escape_width(before) + (skipped ? 3 : 0));
    buf_printf(out, "%s^%s\n", c->bold, c->off);
}

static void render(const struct diag *item, const struct colors *c, struct buf *out)
{
    bool error = item->severity == SEVERITY_ERROR;
    place(item, out);
    buf_printf(out, "%s%s %s%s: ", error ? c->error : c->warning, error ? "error" : "warning", item->code, c->off);
    escape_text(out, item->message);
    buf_char(out, '\n');
    source_line(item, c, out);
    if (item->hint.n) {
        buf_printf(out, "  %shelp:%s ", c->bold, c->off);
        escape_text(out, item->hint);
        buf_char(out, '\n');
    }
}

void render_diags(const struct diags *d, bool color, struct buf *out)
{
    for (size_t i = 0; i < d->n; i++)
        render(&d->items[i], color ? &ansi : &plain, out);
    if (d->dropped)
        buf_printf(out, "%zu more finding%s not shown.\n", d->dropped, d->dropped == 1 ? " is" : "s are");
}

/* --- JSON --------------------------------------------------------------------------------------------- */

/* File names may hold any byte; JSON may not. */
static json_t *text(struct str s)
{
    if (utf8_valid(s))
        return json_stringn(s.p ? s.p : "", s.n);
    auto_buf b = buf_init(BUF_UNBOUNDED);
    escape_text(&b, s);
    return json_stringn(b.p, b.n);
}

static json_t *text_or_null(struct str s)
{
    return s.n ? text(s) : json_null();
}

static json_t *source(const struct diag *item)
{
    if (!item->at.file)
        return json_null();
    return json_pack("{s:o, s:I, s:I}", "file", text(str_of(item->at.file)), "line", (json_int_t)item->at.line, "column",
                     (json_int_t)item->at.column);
}

json_t *render_diags_json(const struct diags *d)
{
    json_t *all = json_array();
    for (size_t i = 0; i < d->n; i++) {
        const struct diag *item = &d->items[i];
        json_array_append_new(all, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "severity",
                              item->severity == SEVERITY_ERROR ? "error" : "warning", "code", item->code, "message", text(item->message),
                              "hint", text_or_null(item->hint), "address", text_or_null(item->address), "source", source(item)));
    }
    return all;
}
