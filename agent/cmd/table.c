/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/escape.h"
#include "base/mem.h"
#include "cmd/output.h"

void table_add(struct table *t, struct str cell)
{
    t->cells = mem_grow(t->cells, &t->cap, t->n + 1, sizeof *t->cells);
    t->cells[t->n++] = cell;
}

static void print_markdown(const struct table *t, struct buf *out)
{
    for (size_t i = 0; i < t->n; i++) {
        buf_puts(out, i % t->columns ? " " : "| ");
        t->own ? buf_add(out, t->cells[i]) : escape_markdown(out, t->cells[i]);
        buf_puts(out, " |");
        if ((i + 1) % t->columns)
            continue;
        buf_char(out, '\n');
        for (size_t c = 0; i + 1 == t->columns && c < t->columns; c++)
            buf_puts(out, c + 1 < t->columns ? (c ? " --- |" : "| --- |") : (c ? " --- |\n" : "| --- |\n"));
    }
}

static void print_human(const struct table *t, bool color, struct buf *out)
{
    auto_free size_t *width = mem_array(t->columns, sizeof *width);
    for (size_t i = 0; i < t->n; i++) {
        size_t w = escape_width(t->cells[i]);
        if (w > width[i % t->columns])
            width[i % t->columns] = w;
    }
    for (size_t i = 0; i < t->n; i++) {
        size_t column = i % t->columns;
        if (i < t->columns)
            buf_puts(out, paint(color, PAINT_BOLD));
        escape_text(out, t->cells[i]);
        if (i < t->columns)
            buf_puts(out, paint(color, PAINT_END));
        if (column + 1 == t->columns)
            buf_char(out, '\n');
        else
            buf_pad(out, ' ', width[column] - escape_width(t->cells[i]) + 2);
    }
}

void table_print(struct table *t, const struct output *to)
{
    if (to->format == FORMAT_MARKDOWN)
        print_markdown(t, to->text);
    else
        print_human(t, to->color, to->text);
    free(t->cells);
    *t = (struct table){ .columns = t->columns };
}

void table_of_json(const struct output *to, const json_t *rows, const char *const *columns, size_t n, size_t most)
{
    struct table t = { .columns = n };
    auto_arena a = { 0 };
    size_t i;
    const json_t *row;
    for (size_t c = 0; c < n; c++)
        table_add(&t, str_of(columns[c]));
    json_array_foreach(rows, i, row)
        for (size_t c = 0; c < n && i < most; c++) {
            const json_t *value = json_object_get(row, columns[c]);
            table_add(&t, json_is_integer(value)  ? arena_printf(&a, "%lld", (long long)json_integer_value(value))
                          : json_is_string(value) ? str_head(str_of(json_string_value(value)), 400)
                                                  : STR("-"));
        }
    table_print(&t, to);
}
