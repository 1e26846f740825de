/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * References to values: env, file, cred, exec, var, and format templates (contract 1). Each reference is read once per run. Nothing is ever expanded
 * inside a text: `${X}` stays `${X}`, and in a format only placeholders have a meaning.
 *
 *     load_tree, resolve_plain                        validate, plan --offline
 *     load_tree, resolve_plain, trust_check, resolve_tree, first request      everything else
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
    int64_t exec_timeout_ms;                                   /* of one program; 0: RESOLVE_EXEC_MS */
};
enum { RESOLVE_MAX_SECRET = 64 << 10 /* bytes of one secret */, RESOLVE_EXEC_MS = 10000 };

/* Replaces every VALUE_REFERENCE and VALUE_FORMAT of targeted objects and their accounts in place; checks the resolved text against its row
 * (type_check), and for secrets also: UTF-8, not empty, no NUL, no CR or LF unless the type has lines. Unresolved ones are findings (E462 to E466), all
 * of them at once; malformed or misplaced ones, which the loader has found before, stay errors here (E402, E404, E405). Returns false when there was any. Relative `file:` paths are relative to the document's file, and must stay beneath a tree's root (or
 * --allow-file). A secret's text lies in the vault and its value is tainted (`secret`). */
bool resolve_tree(const struct resolve_options *o, struct tree *tree, struct diags *diags);
/* Only what is not secret (`var:`, `format`), of all objects. What cannot be resolved is left alone; references that are malformed, or in a field that
 * cannot take them, are findings. Vault and trust may be NULL. */
void resolve_plain(const struct resolve_options *o, struct tree *tree, struct diags *diags);

#endif
