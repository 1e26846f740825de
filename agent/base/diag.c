/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LINE_MAX_SHOWN = 512, TEXT_MAX = 4096 };

static struct str format_text(struct arena *a, const char *format, va_list args)
{
    char text[TEXT_MAX];
    int n = vsnprintf(text, sizeof text, format, args);
    if (n < 0)
        n = 0;
    size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    while (len && (size_t)n >= sizeof text && !utf8_valid((struct str){ text, len }))
        len--;
    return arena_str(a, (struct str){ text, len });
}

struct diag *diag_add(struct diags *d, enum severity severity, const char *code, struct loc at,
                      const char *format, ...)
{
    static struct diag scratch;
    struct diag *item = &scratch;
    *(severity == SEVERITY_ERROR ? &d->errors : &d->warnings) += 1;
    if (d->n == DIAGS_MAX) {
        d->dropped++;
    } else {
        d->items = mem_grow(d->items, &d->cap, d->n + 1, sizeof *d->items);
        item = &d->items[d->n++];
    }
    *item = (struct diag){ .severity = severity, .code = code, .at = at };
    if (item != &scratch) {
        va_list args;
        va_start(args, format);
        item->message = format_text(&d->arena, format, args);
        va_end(args);
        if (at.file)
            item->at.file = arena_str(&d->arena, str_of(at.file)).p;
    }
    return item;
}

void diag_hint(struct diags *d, struct diag *item, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    item->hint = format_text(&d->arena, format, args);
    va_end(args);
}

void diag_line(struct diags *d, struct diag *item, struct str text)
{
    struct str line = { 0 };
    for (uint32_t i = 0; i < item->at.line; i++)
        if (!str_cut(text, '\n', &line, &text) && i + 1 < item->at.line)
            return;
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    line = str_head(line, LINE_MAX_SHOWN);
    while (line.n == LINE_MAX_SHOWN && line.n > LINE_MAX_SHOWN - 4 && !utf8_valid(line))
        line.n--;
    item->line = arena_str(&d->arena, line);
}

static int compare(const void *pa, const void *pb)
{
    const struct diag *a = pa, *b = pb;
    int c = str_cmp(str_of(a->at.file), str_of(b->at.file));
    if (!c)
        c = (a->at.line > b->at.line) - (a->at.line < b->at.line);
    if (!c)
        c = (a->at.column > b->at.column) - (a->at.column < b->at.column);
    if (!c)
        c = strcmp(a->code, b->code);
    return c ? c : str_cmp(a->message, b->message);
}

void diags_sort(struct diags *d)
{
    if (d->n > 1)
        qsort(d->items, d->n, sizeof *d->items, compare);
}

void diags_release(struct diags *d)
{
    arena_release(&d->arena);
    free(d->items);
    *d = (struct diags){ 0 };
}
