/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Secrets that somebody wrote in clear must not come back in findings: neither where they stand, nor where an alias or a copy took them. */
#include <string.h>

#include "base/mem.h"
#include "sync/load_private.h"
#include "yaml/hide.h"

enum { SHORTEST = 4, NEEDLE = 32, MOST_LITERALS = 1000 };

void load_hide(struct loading *l, struct diag *item, const struct node *n)
{
    auto_buf line = buf_init(512);
    bool same = n->at.line == n->key_at.line && n->key.n;
    if (item->at.line == n->key_at.line && n->key.n) {
        buf_pad(&line, ' ', n->key_at.column - 1);
        buf_add(&line, n->key);
        buf_char(&line, ':');
    }
    size_t column = same || item->at.line == n->at.line ? n->at.column - 1 : 0, now = utf8_length(buf_str(&line));
    buf_pad(&line, ' ', column > now ? column - now : 1);
    buf_puts(&line, "(secret)");
    item->line = arena_str(&l->diags->arena, buf_str(&line));
}

/* --- names that the rows know ------------------------------------------------------------------------- */

/* Does any row satisfy this? The rows of all kinds of all providers. */
static bool any_row(struct str key, bool (*is)(const struct field *f, struct str key))
{
    for (size_t i = 0; providers[i]; i++)
        for (const struct kind *k = providers[i]->account; k->name; k = k == providers[i]->account ? providers[i]->kinds : k + 1)
            for (const struct field *f = k->fields; f->path; f++)
                if (is(f, key))
                    return true;
    return false;
}

static bool is_named(const struct field *f, struct str key)
{
    return str_is(key, field_name(f));
}

static bool is_secret(const struct field *f, struct str key)
{
    return f->flags & FIELD_SECRET && is_named(f, key);
}

/* "auth" of "/auth/basic/password" */
static bool is_group(const struct field *f, struct str key)
{
    struct str part, rest = str_of(f->path + 1);
    while (str_cut(rest, '/', &part, &rest))
        if (str_eq(part, key))
            return true;
    return false;
}

bool load_plain_name(struct str key)
{
    while (key.n && (key.p[0] == '-' || key.p[0] == ' '))
        key = str_skip(key, 1);
    return any_row(key, is_named) && !any_row(key, is_secret);
}

/* --- what was written in clear ------------------------------------------------------------------------- */

static void add(struct loading *l, struct loc at, struct str text)
{
    if (text.n < SHORTEST || l->n_literals == MOST_LITERALS || any_row(text, is_named) || any_row(text, is_group)) /* `auth: basic` is no secret */
        return;
    if (!l->literals)
        l->literals = ARENA_ARRAY(&l->arena, MOST_LITERALS, struct literal);
    l->literals[l->n_literals++] = (struct literal){ at.file, arena_str(&l->arena, text) };
}

static void collect(struct loading *l, const struct node *n, bool secret)
{
    if (n->type == NODE_SCALAR && secret)
        add(l, n->at, n->text);
    if (n->type == NODE_MAP && n->n == 1 && str_is(n->first->key, "from"))
        return;
    for (const struct node *c = n->first; c; c = c->next) {
        bool named = c->key.n && hide_key(c->key) && !load_plain_name(c->key);
        collect(l, c, named ? c->type == NODE_SCALAR || !any_row(c->key, is_group) : secret);
    }
}

void load_literals(struct loading *l, const struct node *root)
{
    collect(l, root, false);
}

/* --- findings without it ------------------------------------------------------------------------------- */

/* The text without the literal; a message may hold only the beginning of a long one. */
static struct str without(struct arena *a, struct str text, struct str literal)
{
    struct str needle = str_head(literal, NEEDLE);
    long at = text.n ? str_find(text, needle) : -1;
    if (at < 0)
        return text;
    auto_buf out = buf_init(BUF_UNBOUNDED);
    for (; at >= 0; at = str_find(text, needle)) {
        size_t n = (size_t)at + needle.n;
        for (size_t k = needle.n; k < literal.n && n < text.n && text.p[n] == literal.p[k]; k++)
            n++;
        buf_add(&out, str_head(text, (size_t)at));
        buf_puts(&out, "(secret)");
        text = str_skip(text, n);
        if (!text.n)
            break;
    }
    buf_add(&out, text);
    return arena_str(a, buf_str(&out));
}

void load_scrub(struct loading *l)
{
    struct diags *d = l->diags;
    for (size_t i = 0; i < d->n && l->n_literals; i++)
        for (size_t k = 0; k < l->n_literals; k++) {
            if (!d->items[i].at.file || strcmp(d->items[i].at.file, l->literals[k].file) != 0)
                continue;
            d->items[i].message = without(&d->arena, d->items[i].message, l->literals[k].text);
            d->items[i].hint = without(&d->arena, d->items[i].hint, l->literals[k].text);
            d->items[i].line = without(&d->arena, d->items[i].line, l->literals[k].text);
        }
}
