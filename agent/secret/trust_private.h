/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What trust.c (deciding) and trust_file.c (reading flags and file) share; not for others. */
#ifndef SECRET_TRUST_PRIVATE_H
#define SECRET_TRUST_PRIVATE_H

#include "secret/trust.h"

struct binding { struct str from, account; struct origin origin; };
struct paths { struct str *items; size_t n, cap; };

struct trust {
    struct arena arena;
    struct origin *origins; size_t n_origins, origins_cap;   /* named by the operator */
    struct paths roots;          /* of the trees, resolved */
    bool no_trees;
    struct paths files;          /* --allow-file, files: resolved where they exist */
    struct paths exec;           /* --allow-exec, exec: as written */
    struct binding *bindings; size_t n_bindings, bindings_cap;
    bool bound;                  /* there is a `bindings` member, be it empty */
    bool broken;                 /* the file had findings: nothing of it counts, and nothing passes */
};

void paths_add(struct trust *t, struct paths *p, struct str path);
bool paths_hold(const struct paths *p, struct str path);      /* is it one of them, or beneath one? */
int trust_file_read(struct trust *t, const char *path, bool must_exist, struct diags *diags, struct err *err);

#endif
