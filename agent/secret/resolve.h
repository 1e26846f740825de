/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * References to values: env, file, cred, exec, var, and format templates (contract 1). Each reference is read once per run. Run after
 * trust_check(); before the first request.
 */
#ifndef SECRET_RESOLVE_H
#define SECRET_RESOLVE_H

#include "secret/trust.h"
#include "secret/vault.h"

struct variable { struct str name, value; };
struct resolve_options {
    struct vault *vault;
    const struct trust *trust;
    const struct variable *variables; size_t n_variables;      /* --var, --var-file */
    int64_t exec_timeout_ms;                                   /* 10 s unless told otherwise */
};
enum { RESOLVE_MAX_SECRET = 64 << 10 };                        /* bytes of one secret */

/* Replaces every VALUE_REFERENCE and VALUE_FORMAT of targeted objects and their accounts in place; checks the resolved text against its row
 * (type_check), and for secrets also: not empty, no CR, LF or NUL. Unresolved ones are findings (E4xx), all of them at once.
 * Returns false when there was any. Relative `file:` paths are relative to the document's file, and must stay beneath the tree's root (or --allow-file). */
bool resolve_tree(const struct resolve_options *o, struct tree *tree, struct diags *diags);
/* Only what is not secret (`var:`, `format`), for validate and plan --offline: what cannot be resolved is left alone. */
void resolve_plain(const struct resolve_options *o, struct tree *tree, struct diags *diags);

#endif
