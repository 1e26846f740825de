/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch/fight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct fight {
    struct fight *next;
    int64_t reverts[FIGHT_REVERTS];  /* the newest ones */
    size_t n;
    int64_t until, pause_ms;         /* paused until then; the last pause */
    char key[];
};

enum { KEY_MOST = 512 };

static struct str key_of(char text[KEY_MOST], struct str address, struct str path)
{
    int n = snprintf(text, KEY_MOST, "%.*s#%.*s", ARG(address), ARG(path));
    return (struct str){ text, n < KEY_MOST ? (size_t)n : KEY_MOST - 1 };
}

static struct fight *fight_of(struct fights *f, struct str key)
{
    struct fight *one = map_get(&f->by_field, key);
    if (one)
        return one;
    one = mem_alloc(sizeof *one + key.n + 1);
    memcpy(one->key, key.p, key.n);
    one->next = f->all;
    f->all = one;
    (void)map_add(&f->by_field, (struct str){ one->key, key.n }, one);
    return one;
}

void fight_reverted(struct fights *f, struct str address, struct str path, int64_t now)
{
    char text[KEY_MOST];
    struct fight *one = fight_of(f, key_of(text, address, path));
    if (one->n == FIGHT_REVERTS)
        memmove(one->reverts, one->reverts + 1, (FIGHT_REVERTS - 1) * sizeof one->reverts[0]);
    else
        one->n++;
    one->reverts[one->n - 1] = now;
    if (one->n < FIGHT_REVERTS || now - one->reverts[0] > FIGHT_WINDOW_MS)
        return;
    /* A day of peace forgets how long the last pause was. */
    bool fresh = !one->pause_ms || now - one->until > 24 * (int64_t)FIGHT_WINDOW_MS;
    one->pause_ms = fresh ? FIGHT_PAUSE_MS : one->pause_ms * 2;
    if (one->pause_ms > FIGHT_PAUSE_MOST_MS)
        one->pause_ms = FIGHT_PAUSE_MOST_MS;
    one->until = now + one->pause_ms;
    /* One more revert after the pause starts the next one. */
    one->n = FIGHT_REVERTS - 1;
    for (size_t i = 0; i < one->n; i++)
        one->reverts[i] = one->until;
}

bool fight_paused(const struct fights *f, struct str address, struct str path, int64_t now, int64_t *ret_until)
{
    char text[KEY_MOST];
    const struct fight *one = map_get(&f->by_field, key_of(text, address, path));
    if (!one || now >= one->until)
        return false;
    *ret_until = one->until;
    return true;
}

void fight_release(struct fights *f)
{
    for (struct fight *one = f->all, *next; one; one = next) {
        next = one->next;
        free(one);
    }
    map_release(&f->by_field);
    *f = (struct fights){ 0 };
}
