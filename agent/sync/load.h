/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first stage: files to documents to wanted objects, with positions. All errors of all files are found in one run (contract 1): YAML (yaml/),
 * envelope (apiVersion, kind, metadata), fields by their rows, Defaults by directory, and the cross-checks over the whole tree (duplicate
 * addresses, missing accounts, one number claimed twice, ...). References stay unresolved (secret/resolve.h).
 *
 * Memory: nodes of one document go as soon as it became an object; a tree of 10,000 documents keeps about 1 KB for each.
 */
#ifndef SYNC_LOAD_H
#define SYNC_LOAD_H

#include "model/object.h"
#include "model/source.h"

struct load_options {
    const char *const *trees; size_t n_trees;                /* files or directories; none: "." */
    const struct source *source;                             /* files in memory instead of trees; NULL: trees */
    const char *const *targets; size_t n_targets;            /* -t globs over addresses; none: all */
    const char *const *excludes; size_t n_excludes;          /* --exclude */
    const struct label *selectors; size_t n_selectors;       /* -l k=v, all must hold */
    bool alerts;                                             /* Alerts are in use (the daemon): trust and references of them count, too */
    bool prune;                                              /* every account is in use: what the tree no longer has is looked at under it */
};
/* Reads the trees. Findings go to diags (sorted at the end, each with its source line); with errors the tree holds what could be read. -1 only
 * when nothing could be done at all (ERR_IO). A tree with no document is the finding E201. A target that matches nothing is a warning. */
int load_tree(const struct load_options *o, struct tree *ret, struct diags *diags, struct err *err);

/* The same for one text that is in memory (the fuzzer, and whoever checks what it is about to write). `name` is shown in places. */
void load_memory(struct str text, const char *name, struct tree *ret, struct diags *diags);

/* Sorts findings and gives those that have a place and no source line theirs, by opening their files again; literals in secret fields are
 * hidden. load_tree() ends with it; call it again when later stages (trust, resolve) added findings. `source`: as it was given to load_tree(); what is
 * not in it (a trust file) is looked for in the file system. */
void load_lines(struct diags *diags, const struct source *source);

#endif
