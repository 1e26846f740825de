/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the load_*.c files share while a tree is read; nobody else includes it. Order of work: load_files.c finds and reads files,
 * load_document.c makes one object of each document (fields by load_fields.c, references by load_reference.c), then over the whole
 * tree load_defaults.c fills what documents left out, load_complete.c checks what must be there, and load_check.c
 * compares documents with one another.
 */
#ifndef SYNC_LOAD_PRIVATE_H
#define SYNC_LOAD_PRIVATE_H

#include "base/map.h"
#include "model/alert.h"
#include "sync/load.h"
#include "wire/registry.h"
#include "yaml/yaml.h"

enum { LOAD_DEPTH = 100 };              /* directories, one inside another */

/* A Defaults document. Values live in the tree's arena, since objects share them. */
struct defaults {
    struct str directory;               /* that it applies to, and below; "" is the working directory */
    const struct provider *provider;
    const struct kind *kind;
    const struct label *labels;
    size_t n_labels;
    struct value **slot;
    struct loc at;
    struct defaults *next, *last;       /* in the same directory, in reading order; last: kept by the first */
    size_t count;                       /* kept by the first */
};

/* An object and what only the loader wants to know of it. */
struct entry {
    struct object *object;
    size_t order;                       /* of reading */
    bool broken;                        /* findings were made: what is missing may only look so */
    bool torn;                          /* parts of it were not read at all */
    const char *const *doubtful;        /* paths of what an unknown key may have been meant to be, or NULL; a key like nothing is "" */
};

/* A secret in clear text, and the file where it stands. */
struct literal { const char *file; struct str text; };

struct loading {
    const struct load_options *options;
    struct tree *tree;
    struct diags *diags;
    struct arena arena;                 /* until load_tree() returns */
    struct arena nodes;                 /* of one document */
    struct map seen;                    /* device and inode of what was read or walked */
    struct map directories;             /* directory -> struct defaults */
    struct map defaults_names;          /* name of a Defaults document -> struct loc of the first */
    struct entry *entries;
    size_t n, cap;
    char *buffer;                       /* text of the file being read */
    size_t buffer_size;
    struct str recent[256];             /* texts that documents repeat, by hash: kept once */
    const struct label *labels;         /* of the document before */
    size_t n_labels;
    struct literal *literals;
    size_t n_literals;
    bool lost;                          /* a document could not be read: what is missing may be in it */
};

/* Where findings of one document go. */
struct document {
    struct loading *l;
    const struct provider *provider;
    const struct kind *kind;
    struct str address;
    bool broken, torn;                  /* as in struct entry */
    const char *doubtful[16];
    size_t n_doubtful;
};

/* A finding of a document; the caller adds the hint with diag_hint(). */
struct diag *load_find(struct document *d, const char *code, struct loc at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The candidate nearest to a word, as long as findings are still kept: a hostile tree can make millions. */
const char *load_nearest(const struct loading *l, struct str word, const char *const *names, size_t n);
/* Text of a document cut for a message: at most 60 characters. */
struct load_short { char p[256]; };
struct load_short load_cut(struct str text);

/* A copy that lives as long as the tree; texts that were seen lately share one. */
struct str load_text_of(struct loading *l, struct str text);

void load_files(struct loading *l);
void load_source(struct loading *l);
void load_text(struct loading *l, struct str text, const char *file);
void load_document(struct loading *l, const struct node *root, bool broken);

/* load_document.c, for Defaults too */
bool load_map(struct document *d, const struct node *n, const char *what);      /* is it a map? */
struct diag *load_unknown(struct document *d, const struct node *n, const char *const *names, size_t count, const char *where);
bool load_labels(struct document *d, const struct node *n, const struct label **ret, size_t *ret_n);
/* "group/Kind" as apiVersion and kind, or as a match, give it; findings when unknown. */
bool load_group(struct document *d, struct str group, struct loc at);
bool load_kind(struct document *d, struct str name, struct loc at);

/* Spec to slots by the kind's rows. */
void load_fields(struct document *d, const struct node *spec, struct value **slot);
/* { from: } or { format: } in `field`; `n` is a map. False when it is neither. */
bool load_reference(struct document *d, const struct field *f, const struct node *n, struct value *ret);
void load_literal(struct document *d, const struct field *f, const struct node *n); /* the finding: a secret in clear text */

/* load_hide.c: secrets in clear text */
void load_hide(struct loading *l, struct diag *item, const struct node *n);         /* its source line without the value */
bool load_plain_name(struct str key);       /* the name of fields that are no secrets, whatever it sounds like (token_auth) */
void load_literals(struct loading *l, const struct node *root);     /* remembers those of a document */
void load_scrub(struct loading *l);         /* takes what is remembered out of the findings of its file, where an alias may have led it */

void load_defaults_document(struct document *d, const struct node *root);
void load_defaults(struct loading *l, struct entry *e);   /* fills one object */
void load_defaults_disagree(struct loading *l);           /* documents that cannot both hold */
void load_complete(struct loading *l, struct entry *e);   /* required fields, rules, fallbacks */
/* An Alert: its selector, templates; the group of the account that it names is not its own. */
void load_alert(struct loading *l, struct object *o);
static inline bool load_is_alert(const struct object *o) { return o->provider == &alert_provider; }
void load_check(struct loading *l);                       /* the cross-checks; entries are sorted */
void load_targets(struct loading *l);

#endif
