/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * YAML text to nodes with positions, one document at a time: libyaml's events into our own tree (its document API has no
 * depth limit and lets duplicate keys pass). Aliases are expanded and merge keys (`<<`) applied here, both bounded; scalars keep
 * their source text and say whether they were plain. Nodes live in the caller's arena; the text may go once the
 * document was read.
 *
 *     struct yaml_reader *r = yaml_open(text, "numbers.yaml", &diags);
 *     while ((root = yaml_next(r, &arena)))
 *         ...
 *     yaml_close(r);
 *
 * Findings: E1xx, each with its place and source line. After a syntax error the rest of that file is not read. After any other
 * finding the document goes on: what is wrong is NODE_BROKEN, or (a second key of one name) left out.
 *
 * An alias shares the children of what it names, so the nodes of a document form a graph without loops; walking it is
 * bounded by `size`. A node keeps the place where it was written, not the place of the alias.
 */
#ifndef YAML_YAML_H
#define YAML_YAML_H

#include "base/diag.h"

enum { YAML_MAX_FILE = 16 << 20, YAML_MAX_DEPTH = 100, YAML_MAX_NODES = 100000 /* a document, aliases expanded */ };

enum node_type {
    NODE_EMPTY,                  /* `key:` with nothing behind it */
    NODE_NULL,                   /* null, Null, NULL, ~ */
    NODE_BOOL,                   /* true, false */
    NODE_SCALAR, NODE_LIST, NODE_MAP,
    NODE_BROKEN                  /* a finding was made already; say nothing more about it */
};
struct node {
    enum node_type type;
    bool quoted;                 /* a scalar in quotes or a block; never a NULL or BOOL */
    bool merged;                 /* came through a merge key */
    struct str text;             /* scalars: after unescaping */
    struct str key;              /* when it sits in a map */
    struct loc at, key_at;
    struct node *first, *next;   /* children in order; next sibling */
    size_t n;                    /* number of children */
    size_t size;                 /* nodes in it and itself, aliases expanded: what the limit counts */
    unsigned height;             /* levels of lists and maps in it, aliases expanded */
};

struct yaml_reader;
struct yaml_reader *yaml_open(struct str text, const char *file, struct diags *diags);
/* The root of the next document, or NULL at the end or after an error. */
struct node *yaml_next(struct yaml_reader *r, struct arena *a);
bool yaml_failed(const struct yaml_reader *r);              /* did reading stop before the end of the text? */
void yaml_close(struct yaml_reader *r);
const struct node *node_member(const struct node *map, const char *key);  /* NULL when absent */

#endif
