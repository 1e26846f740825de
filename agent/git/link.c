/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links of the commit, followed on paper: nothing here touches a file system. They are seen as load_files.c sees those of a directory: what is really
 * there was taken first, under its own name, so only what lies behind hidden names (`..data` of a ConfigMap) or has another name (x.yaml ->
 * x.yaml.in) is found through a link.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "git/inside.h"

/* A link may lead through other links, and a few of them in a chain of `a/../a/..` make a path without end: both are counted. */
enum { HOPS = 40, MOST_PARTS = 200, MOST_STEPS = 200000 /* of all links together */ };

struct path { struct str parts[MOST_PARTS]; size_t n; };
struct following {
    struct git *g;
    struct map texts;                    /* name of a link -> struct str, where it leads */
    struct map walked;                   /* directories that a link led to */
    struct buf text;                     /* of the path that is looked at */
    size_t steps;
    int hops;                            /* of the link that is followed */
    struct shown { struct str name; const struct entry *link; } *queue;
    size_t n, cap;
};

static size_t first_at(const struct git *g, struct str name)
{
    size_t low = 0, high = g->n_entries;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(g->entries[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct entry *entry_of(const struct git *g, struct str name)
{
    size_t i = first_at(g, name);
    return i < g->n_entries && str_eq(g->entries[i].name, name) ? &g->entries[i] : NULL;
}

/* Entries beneath a directory lie side by side; "" is the tree. */
static bool is_directory(const struct git *g, struct str name, struct arena *a, size_t *ret_first)
{
    struct str prefix = name.n ? arena_printf(a, "%.*s/", ARG(name)) : (struct str){ 0 };
    *ret_first = first_at(g, prefix);
    return !name.n || (*ret_first < g->n_entries && str_starts(g->entries[*ret_first].name, prefix));
}

static struct str joined(struct following *f, const struct path *p)
{
    buf_clear(&f->text);
    for (size_t i = 0; i < p->n; i++) {
        if (i)
            buf_char(&f->text, '/');
        buf_add(&f->text, p->parts[i]);
    }
    return buf_str(&f->text);
}

enum lead { LEADS_TO, LEADS_OUT, LEADS_NOWHERE };

static enum lead walk(struct following *f, struct path *at, struct str target);

/* One part of a path; a link in it is followed at once. */
static enum lead enter(struct following *f, struct path *at, struct str part)
{
    if (at->n == MOST_PARTS || f->steps++ > MOST_STEPS)
        return LEADS_NOWHERE;
    at->parts[at->n++] = part;
    const struct str *target = map_get(&f->texts, joined(f, at));
    if (!target)
        return LEADS_TO;
    at->n--;
    return walk(f, at, *target);
}

static enum lead walk(struct following *f, struct path *at, struct str target)
{
    struct str part;
    if (!target.n || f->hops++ > HOPS)
        return LEADS_NOWHERE;
    if (target.p[0] == '/')
        return LEADS_OUT;
    for (bool more = true; more;) {
        enum lead lead = LEADS_TO;
        more = str_cut(target, '/', &part, &target);
        if (str_is(part, "..")) {
            if (!at->n)
                return LEADS_OUT;
            at->n--;
        } else if (part.n && !str_is(part, "."))
            lead = enter(f, at, part);
        if (lead != LEADS_TO)
            return lead;
    }
    return LEADS_TO;
}

static void split_directory(struct str name, struct path *ret)
{
    struct str part;
    ret->n = 0;
    while (str_cut(name, '/', &part, &name) && ret->n < MOST_PARTS)
        ret->parts[ret->n++] = part;
}

static void queue(struct following *f, struct str name, const struct entry *link)
{
    f->queue = mem_grow(f->queue, &f->cap, f->n + 1, sizeof *f->queue);
    f->queue[f->n++] = (struct shown){ name, link };
}

/* All files beneath a directory that was not walked yet, under the link's name. */
static void take_directory(struct following *f, struct str shown, struct str directory, size_t first)
{
    struct git *g = f->g;
    struct arena *a = &g->result.arena;
    if (!is_hidden(directory) || map_add(&f->walked, directory, f))
        return;
    for (size_t i = first; i < g->n_entries && str_starts(g->entries[i].name, directory) && g->entries[i].name.p[directory.n] == '/'; i++) {
        struct entry *e = &g->entries[i];
        struct str rest = str_skip(e->name, directory.n + 1);
        if (e->taken || is_hidden(rest) || (!e->link && !is_yaml_name(rest)))
            continue;
        e->taken = true;
        struct str name = arena_printf(a, "%.*s/%.*s", ARG(shown), ARG(rest));
        if (e->link)
            queue(f, name, e);
        else
            read_add(g, name, e, SOURCE_TEXT);
    }
}

static struct str base_name(struct str name)
{
    const char *slash = memrchr(name.p, '/', name.n);
    return slash ? str_skip(name, (size_t)(slash + 1 - name.p)) : name;
}

static void follow(struct following *f, const struct shown *s, struct path *at, struct arena *scratch)
{
    struct git *g = f->g;
    const struct str *target = map_get(&f->texts, s->link->name);
    bool yaml = is_yaml_name(s->name);
    size_t first;
    split_directory(s->link->name, at);
    f->hops = 0;
    enum lead lead = target ? walk(f, at, *target) : LEADS_NOWHERE;
    struct str path = lead == LEADS_TO ? arena_str(&g->result.arena, joined(f, at)) : (struct str){ 0 };
    struct entry *file = lead == LEADS_TO ? entry_of(g, path) : NULL;
    if (lead == LEADS_OUT) {
        if (yaml || !memchr(base_name(s->name).p, '.', base_name(s->name).n)) /* it may be a directory of documents */
            read_add(g, s->name, NULL, SOURCE_OUTSIDE);
    } else if (file && !file->link) {
        if (yaml && !file->taken)
            read_add(g, s->name, file, SOURCE_TEXT);
        file->taken |= yaml;
    } else if (lead == LEADS_TO && is_directory(g, path, scratch, &first))
        take_directory(f, s->name, path, first);
    else if (yaml)
        read_add(g, s->name, NULL, SOURCE_DANGLING);
}

void links_follow(struct git *g)
{
    struct following f = { .g = g, .text = buf_init(1 << 20) };
    struct path *at = mem_alloc(sizeof *at);
    size_t text = 0;
    for (size_t i = 0; i < g->n_entries; i++) {
        struct entry *e = &g->entries[i];
        if (!e->link || e->size > GIT_MAX_LINK)
            continue;
        struct str *target = ARENA_NEW(&g->result.arena, struct str);
        *target = (struct str){ g->cat.items[text].text, e->size };
        text++;
        (void)map_add(&f.texts, e->name, target);
    }
    for (size_t i = 0; i < g->n_entries; i++)
        if (g->entries[i].link && !is_hidden(g->entries[i].name)) {
            g->entries[i].taken = true;
            queue(&f, g->entries[i].name, &g->entries[i]);
        }
    for (size_t i = 0; i < f.n; i++) { /* the queue grows while it is worked on */
        auto_arena scratch = { 0 };
        struct shown s = f.queue[i];
        follow(&f, &s, at, &scratch);
    }
    map_release(&f.texts);
    map_release(&f.walked);
    buf_release(&f.text);
    free(f.queue);
    free(at);
}
