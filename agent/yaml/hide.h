/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a line of YAML may be shown. People write secrets in clear, in files of other tools too, and a finding must not spread them: a caret is worth
 * less than a secret. Names decide, by their words, since no row knows a misspelled field or the file of another tool. Pure; works on broken YAML,
 * line by line, and rather hides too much.
 */
#ifndef YAML_HIDE_H
#define YAML_HIDE_H

#include "base/arena.h"
#include "base/str.h"

/* Does a key sound like the name of a secret (apiKey, KAPSO_API_KEY, db-password)? */
bool hide_key(struct str key);
/* Where the first literal behind such a key begins, in bytes; line.n when there is none. References, aliases and nothing are no literals.
 * `plain` may know better that a key is harmless; NULL: none is. */
size_t hide_from(struct str line, bool (*plain)(struct str key));
/* May this line (from 1) be the text of a secret that a line above opened: a block, a text of several lines, a value beneath its key? `broken`:
 * the text is no YAML, so that its indentation says little. */
bool hide_line(struct str text, uint32_t number, bool broken);
struct str hide_all(struct arena *a, struct str line);      /* what is shown of such a line */

#endif
