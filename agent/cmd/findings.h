/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings about documents, printed: the words are sync/render_diag.h's, the place is the command's. */
#ifndef CMD_FINDINGS_H
#define CMD_FINDINGS_H

#include "base/diag.h"
#include "cmd/output.h"

void findings_say(const struct options *o, const struct diags *d);   /* to standard error; with -q errors only */
void findings_print(const struct output *to, const struct diags *d); /* as (part of) a result */
json_t *findings_json(const struct diags *d);                        /* the member `diagnostics` of contract 5 */
int findings_exit(const struct diags *d);                            /* 4, 65, or 0 */

#endif
