/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stable codes of findings and errors: printed with each, explained by `waconf explain CODE`, listed in the manual, never
 * reused. Blocks: E0 the command line, E1 files and YAML, E2 documents, E3 values, E4 references, secrets and trust, E5 state and machine,
 * E6 providers and transport, E7 guards and plans, E8 messages, W warnings.
 */
#ifndef MODEL_CODES_H
#define MODEL_CODES_H

#include "base/str.h"

struct code { const char *code, *title, *meaning, *mend; };
extern const struct code codes[];              /* sorted by code; ends with .code NULL */
const struct code *code_find(struct str code); /* NULL when unknown */

#endif
