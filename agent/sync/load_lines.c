/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Source lines of findings. The text of a file is gone when the whole tree is checked, so files with findings are opened again, once each.
 * No line may show a secret that somebody wrote in clear: the caret is worth less than the secret.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "sync/load_private.h"
#include "yaml/hide.h"

enum { LINE_SHOWN = 512 };

/* --- hiding ------------------------------------------------------------------------------------------ */

/* https://user:password@host: cut behind the slashes. */
static void hide_user(struct str line, size_t *cut)
{
    for (size_t at = 0; at < *cut;) {
        long found = str_find(str_skip(line, at), STR("://"));
        if (found < 0)
            return;
        at += (size_t)found + 3;
        for (size_t i = at; i < line.n && !strchr("/ \"'?#", line.p[i]); i++)
            if (line.p[i] == '@' && at < *cut)
                *cut = at;
    }
}

static void hide(struct diags *d, struct diag *item)
{
    size_t cut = hide_from(item->line, load_plain_name);
    hide_user(item->line, &cut);
    if (cut < item->line.n)
        item->line = arena_printf(&d->arena, "%.*s(secret)", (int)cut, item->line.p);
}

/* --- reading ------------------------------------------------------------------------------------------ */

static bool read_file(const char *name, struct buf *ret)
{
    struct stat st;
    char chunk[16384];
    auto_fd fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    for (ssize_t n; (n = read(fd, chunk, sizeof chunk)) != 0 && !ret->full;) {
        if (n > 0)
            buf_add(ret, (struct str){ chunk, (size_t)n });
        else if (errno != EINTR)
            return false;
    }
    return true;
}

static struct str cut_line(struct str line)
{
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    struct str head = str_head(line, LINE_SHOWN);
    while (head.n && head.n < line.n && ((unsigned char)line.p[head.n] & 0xc0) == 0x80)
        head.n--;
    return head;
}

static int by_name(const void *name, const void *file)
{
    return str_cmp(*(const struct str *)name, ((const struct source_file *)file)->name);
}

/* The text of a file in memory; false when there is none of that name. */
static bool in_source(const struct source *source, const char *name, struct str *ret)
{
    struct str key = str_of(name);
    const struct source_file *file = source && source->n ? bsearch(&key, source->files, source->n, sizeof *source->files, by_name) : NULL;
    if (file)
        *ret = file->text;
    return file != NULL;
}

/* Items of one file, in the order of their lines. */
static void fill(struct diags *d, size_t from, size_t to, const struct source *source)
{
    auto_buf text = buf_init(YAML_MAX_FILE + 1);
    struct str line = { 0 }, rest, whole;
    uint32_t now = 0;
    if (!in_source(source, d->items[from].at.file, &rest)) {
        if (!read_file(d->items[from].at.file, &text))
            return;
        rest = buf_str(&text);
    }
    if (str_starts(rest, STR("\xef\xbb\xbf")))
        rest = str_skip(rest, 3);
    whole = rest;
    for (size_t i = from; i < to; i++) {
        struct diag *item = &d->items[i];
        bool more = true;
        for (; more && now < item->at.line; now++)
            more = str_cut(rest, '\n', &line, &rest) || rest.n || now + 1 == item->at.line;
        if (now == item->at.line && !item->line.n)
            item->line = hide_line(whole, now, false) ? hide_all(&d->arena, line) : arena_str(&d->arena, cut_line(line));
    }
}

static bool same_file(const struct diag *a, const struct diag *b)
{
    return a->at.file && b->at.file && strcmp(a->at.file, b->at.file) == 0;
}

void load_lines(struct diags *d, const struct source *source)
{
    diags_sort(d);
    for (size_t i = 0, end; i < d->n; i = end) {
        bool wanted = false;
        for (end = i; end < d->n && (end == i || same_file(&d->items[i], &d->items[end])); end++)
            wanted |= d->items[end].at.line && !d->items[end].line.n;
        if (wanted && d->items[i].at.file)
            fill(d, i, end, source);
        for (size_t k = i; k < end; k++)
            hide(d, &d->items[k]);
    }
}
