/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/findings.h"

#include <stdio.h>

#include "base/mem.h"
#include "cmd/command.h"
#include "base/escape.h"

static void print_one(const struct output *to, const struct diag *d)
{
    bool error = d->severity == SEVERITY_ERROR;
    if (d->at.line) {
        escape_text(to->text, str_of(d->at.file));
        buf_printf(to->text, ":%u:%u: ", d->at.line, d->at.column);
    }
    buf_printf(to->text, "%s%s%s [%s]: ", paint(to->color, error ? PAINT_RED : PAINT_YELLOW), error ? "error" : "warning",
               paint(to->color, PAINT_END), d->code);
    escape_text(to->text, d->message);
    buf_char(to->text, '\n');
    if (d->hint.n) {
        buf_puts(to->text, "    ");
        escape_text(to->text, d->hint);
        buf_char(to->text, '\n');
    }
}

void findings_print(const struct output *to, const struct diags *d)
{
    for (size_t i = 0; i < d->n; i++)
        print_one(to, &d->items[i]);
}

void findings_say(const struct options *o, const struct diags *d)
{
    auto_buf text = buf_init(BUF_UNBOUNDED);
    struct output to = { FORMAT_HUMAN, o->color_err, &text };
    for (size_t i = 0; i < d->n; i++)
        if (!o->quiet || d->items[i].severity == SEVERITY_ERROR)
            print_one(&to, &d->items[i]);
    (void)fwrite(text.p, 1, text.n, stderr);
}

json_t *findings_json(const struct diags *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < d->n; i++) {
        const struct diag *item = &d->items[i];
        json_t *one = json_object(), *source = json_null();
        if (item->at.line)
            source = json_pack("{s:o, s:i, s:i}", "file", json_foreign(str_of(item->at.file)), "line", (int)item->at.line,
                               "column", (int)item->at.column);
        json_object_set_new(one, "severity", json_string(item->severity == SEVERITY_ERROR ? "error" : "warning"));
        json_object_set_new(one, "code", json_string(item->code));
        json_object_set_new(one, "message", json_foreign(item->message));
        json_object_set_new(one, "hint", json_foreign_or_null(item->hint));
        json_object_set_new(one, "address", json_foreign_or_null(item->address));
        json_object_set_new(one, "source", source);
        json_array_append_new(list, one);
    }
    return list;
}

int findings_exit(const struct diags *d)
{
    return !d->errors ? EXIT_OK : d->trust ? EXIT_REFUSED : EXIT_DOCUMENTS;
}

int findings_fail(const struct options *o, const struct diags *d)
{
    struct err err = { 0 };
    int printed = 0;
    if (o->output == FORMAT_JSON) {
        auto_buf text = buf_init(BUF_UNBOUNDED);
        json_t *all = error_document(o);
        json_object_set_new(all, "diagnostics", findings_json(d));
        json_print(&text, all);
        printed = output_text(o, buf_str(&text), &err);
    }
    findings_say(o, d);
    return done(o, printed, &err, findings_exit(d));
}
