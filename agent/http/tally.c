/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/tally.h"

#include "base/mem.h"

static int order(const struct tally *a, const struct tally *b)
{
    int c = strcmp(a->group, b->group);
    return c ? c : a->method != b->method ? (int)a->method - (int)b->method : a->status - b->status;
}

void tally_count(struct tallies *t, const char *lane, enum method method, int status)
{
    struct tally one = { .method = method, .status = status, .n = 1 };
    size_t at = 0;
    (void)snprintf(one.group, sizeof one.group, "%.*s", (int)strcspn(lane, "/"), lane);
    while (at < t->n && order(&t->items[at], &one) < 0)
        at++;
    if (at < t->n && order(&t->items[at], &one) == 0) {
        t->items[at].n++;
        return;
    }
    if (t->n == TALLY_MOST)
        return;
    t->items = mem_grow(t->items, &t->cap, t->n + 1, sizeof *t->items);
    memmove(t->items + at + 1, t->items + at, (t->n - at) * sizeof *t->items);
    t->items[at] = one;
    t->n++;
}

void tally_copy(struct tallies *to, const struct tallies *from)
{
    to->items = mem_grow(to->items, &to->cap, from->n, sizeof *to->items);
    if (from->n)
        memcpy(to->items, from->items, from->n * sizeof *to->items);
    to->n = from->n;
}

void tally_release(struct tallies *t)
{
    free(t->items);
    *t = (struct tallies){ 0 };
}
