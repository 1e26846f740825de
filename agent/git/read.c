/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a commit: listed, chosen, and read by id. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "git/inside.h"
#include "yaml/yaml.h"

enum { MOST_NAME = 4096 };

bool is_yaml_name(struct str name)
{
    return str_ends(name, STR(".yaml")) || str_ends(name, STR(".yml"));
}

bool is_hidden(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((i == 0 || name.p[i - 1] == '/') && name.p[i] == '.')
            return true;
    return false;
}

/* --- listing ---------------------------------------------------------------------------------------------- */

int step_list(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    word(w, "ls-tree");
    word(w, "-r");
    word(w, "-z");
    word(w, "-l");
    word(w, "--full-tree");
    word_format(w, "%s:%s", g->result.head.commit, g->o.path); /* begins with the id: never an option */
    return STEP_RUN;
}

/* "MODE TYPE ID SIZE\tNAME"; false for what is no file and no link (submodules). */
static bool parse(struct str line, struct entry *ret)
{
    struct str mode, type, id, size, rest, name;
    char number[24];
    if (!str_cut(line, '\t', &rest, &name) || !str_cut(rest, ' ', &mode, &rest) || !str_cut(rest, ' ', &type, &rest) || !str_cut(rest, ' ', &id, &size))
        return false;
    if (!str_is(type, "blob") || !git_is_id(id) || !name.n)
        return false;
    size = str_trim(size);
    (void)snprintf(number, sizeof number, "%.*s", ARG(size));
    *ret = (struct entry){ .name = name, .id = id, .size = strtoull(number, NULL, 10), .link = str_is(mode, "120000") };
    return true;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

int step_list_end(struct git *g)
{
    size_t cap = 0;
    struct str rest, line;
    if (g->child.status) {
        (void)err_set(&g->err, ERR_ABSENT, "E473", "commit %.12s has no directory '%s'", g->result.head.commit, g->o.path);
        return err_hint(&g->err, "Mend --path; it is relative to the top of the repository.");
    }
    g->list = g->output;
    g->output = buf_init(0);
    rest = buf_str(&g->list);
    while (rest.n) {
        struct entry entry;
        (void)str_cut(rest, '\0', &line, &rest);
        if (!parse(line, &entry))
            continue;
        if (entry.name.n > MOST_NAME) { /* no file system takes it, and it is not to be left out in silence */
            (void)err_set(&g->err, ERR_CONFIG, "E476", "the commit has a file whose path is longer than %d bytes", MOST_NAME);
            return err_hint(&g->err, "Shorten it, or name the directory of the documents with --path.");
        }
        g->entries = mem_grow(g->entries, &cap, g->n_entries + 1, sizeof *g->entries);
        g->entries[g->n_entries++] = entry;
    }
    if (g->n_entries)
        qsort(g->entries, g->n_entries, sizeof *g->entries, by_name);
    return 0;
}

/* --- choosing --------------------------------------------------------------------------------------------- */

void read_add(struct git *g, struct str name, const struct entry *of, enum source_state state)
{
    struct arena *a = &g->result.arena;
    size_t texts_cap = g->files_cap;
    g->files = mem_grow(g->files, &g->files_cap, g->n_files + 1, sizeof *g->files);
    if (texts_cap != g->files_cap) {
        const struct entry **grown = mem_array(g->files_cap, sizeof *grown);
        if (g->n_files)
            memcpy(grown, g->texts, g->n_files * sizeof *grown);
        free(g->texts);
        g->texts = grown;
    }
    if (of && of->size > YAML_MAX_FILE) {
        of = NULL;
        state = SOURCE_LARGE;
    }
    g->texts[g->n_files] = of;
    g->files[g->n_files++] = (struct source_file){
        .name = *g->o.path ? arena_printf(a, "%s/%.*s", g->o.path, ARG(name)) : arena_str(a, name), .state = state };
}

static void choose_files(struct git *g)
{
    for (size_t i = 0; i < g->n_entries; i++) {
        struct entry *e = &g->entries[i];
        bool twice = i && str_eq(e->name, g->entries[i - 1].name); /* git does not write such a tree; somebody else may */
        if (e->link || twice || is_hidden(e->name) || !is_yaml_name(e->name))
            continue;
        e->taken = true;
        read_add(g, e->name, e, SOURCE_TEXT);
    }
}

/* --- reading ---------------------------------------------------------------------------------------------- */

static void cat_begin(struct git *g, size_t n)
{
    free(g->cat.items);
    g->cat = (struct cat){ .items = mem_array(n + 1, sizeof *g->cat.items), .n = 0 };
}

static void cat_add(struct git *g, const struct entry *e)
{
    struct cat_item *item = &g->cat.items[g->cat.n++];
    *item = (struct cat_item){ .id = e->id, .size = e->size, .text = arena_alloc(&g->result.arena, e->size + 1) };
}

static struct str cat_input(struct git *g)
{
    auto_buf ids = buf_init(BUF_UNBOUNDED);
    for (size_t i = 0; i < g->cat.n; i++)
        buf_printf(&ids, "%.*s\n", ARG(g->cat.items[i].id));
    return arena_str(&g->result.arena, buf_str(&ids));
}

/* "ID blob SIZE" */
static bool header_fits(const struct cat *c)
{
    char want[128];
    const struct cat_item *item = &c->items[c->at];
    int n = snprintf(want, sizeof want, "%.*s blob %" PRIu64, ARG(item->id), item->size);
    return n > 0 && str_eq((struct str){ want, (size_t)n }, (struct str){ c->header, c->header_n });
}

static size_t take_header(struct cat *c, struct str piece)
{
    size_t n = 0;
    while (n < piece.n && piece.p[n] != '\n' && c->header_n < sizeof c->header)
        c->header[c->header_n++] = piece.p[n++];
    if (n == piece.n)
        return n;
    if (piece.p[n] != '\n' || !header_fits(c))
        c->wrong = true;
    c->in_text = true;
    c->got = 0;
    return n + 1;
}

/* The text and the line feed behind it. */
static size_t take_text(struct cat *c, struct str piece)
{
    struct cat_item *item = &c->items[c->at];
    uint64_t left = item->size - c->got;
    size_t n = left < piece.n ? (size_t)left : piece.n;
    memcpy(item->text + c->got, piece.p, n);
    c->got += n;
    if (n == piece.n)
        return n;
    c->in_text = false;
    c->header_n = 0;
    c->at++;
    return n + 1;
}

bool cat_put(void *git, struct str piece)
{
    struct cat *c = &((struct git *)git)->cat;
    while (piece.n && !c->wrong) {
        if (c->at == c->n)
            c->wrong = true;
        else
            piece = str_skip(piece, c->in_text ? take_text(c, piece) : take_header(c, piece));
    }
    return !c->wrong;
}

static int cat_end(struct git *g)
{
    return g->child.status || g->cat.wrong || g->cat.at != g->cat.n ? git_failed(g, "read the files of the commit") : 0;
}

static void cat_words(struct words *w)
{
    word(w, "cat-file");
    word(w, "--batch");
}

int step_links(struct git *g, struct words *w, struct str *input)
{
    size_t links = 0;
    choose_files(g);
    for (size_t i = 0; i < g->n_entries; i++)
        links += g->entries[i].link;
    if (!links)
        return STEP_SKIP;
    if (links > GIT_MAX_LINKS) {
        (void)err_set(&g->err, ERR_CONFIG, "E476", "the commit has %zu links; %d are followed at most", links, GIT_MAX_LINKS);
        return err_hint(&g->err, "Keep the documents in a directory of their own, and name it with --path.");
    }
    cat_begin(g, links);
    for (size_t i = 0; i < g->n_entries; i++)
        if (g->entries[i].link && g->entries[i].size <= GIT_MAX_LINK)
            cat_add(g, &g->entries[i]);
    *input = cat_input(g);
    cat_words(w);
    return STEP_RUN;
}

int step_links_end(struct git *g)
{
    if (cat_end(g))
        return -1;
    links_follow(g);
    return 0;
}

/* The result is there, but for the texts. */
static void settle(struct git *g)
{
    g->result.source = (struct source){ ARENA_ARRAY(&g->result.arena, g->n_files + 1, struct source_file), g->n_files };
    for (size_t i = 0, text = 0; i < g->n_files; i++) {
        g->result.source.files[i] = g->files[i];
        if (g->texts[i]) {
            const struct cat_item *item = &g->cat.items[text++];
            g->result.source.files[i].text = (struct str){ item->text, item->size };
        }
    }
}

static int by_file_name(const void *a, const void *b)
{
    return str_cmp(((const struct source_file *)a)->name, ((const struct source_file *)b)->name);
}

int step_files(struct git *g, struct words *w, struct str *input)
{
    uint64_t total = 0;
    size_t texts = 0;
    for (size_t i = 0; i < g->n_files; i++) {
        total += g->texts[i] ? g->texts[i]->size : 0;
        texts += g->texts[i] != NULL;
    }
    if (total > GIT_MAX_TEXT) {
        (void)err_set(&g->err, ERR_CONFIG, "E476", "the documents of the commit are larger than %d MiB together", GIT_MAX_TEXT >> 20);
        return err_hint(&g->err, "Keep them in several directories, and name one with --path.");
    }
    cat_begin(g, texts);
    for (size_t i = 0; i < g->n_files; i++)
        if (g->texts[i])
            cat_add(g, g->texts[i]);
    settle(g);
    qsort(g->result.source.files, g->n_files, sizeof *g->result.source.files, by_file_name);
    if (!texts)
        return STEP_SKIP;
    *input = cat_input(g);
    cat_words(w);
    return STEP_RUN;
}

int step_files_end(struct git *g)
{
    return cat_end(g);
}

void read_release(struct git *g)
{
    buf_release(&g->list);
    free(g->entries);
    free(g->cat.items);
    free(g->files);
    free(g->texts);
    g->entries = NULL;
    g->files = NULL;
    g->texts = NULL;
    g->cat = (struct cat){ 0 };
    g->n_entries = g->n_files = g->files_cap = 0;
}
