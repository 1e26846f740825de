/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings about documents, for people and as JSON. One finding for people:
 *
 *     numbers.yaml:12:3: error E301: 'abuot' is not a field of kaleyra/NumberProfile.
 *        12 |   abuot: Open
 *           |   ^
 *       help: Did you mean 'about'?
 *
 * Foreign text is escaped here (base/escape.h); the caret counts what is printed.
 */
#ifndef SYNC_RENDER_DIAG_H
#define SYNC_RENDER_DIAG_H

#include <jansson.h>

#include "base/buf.h"
#include "base/diag.h"

void render_diags(const struct diags *d, bool color, struct buf *out);
/* The member "diagnostics" of contract 5: a new array. `source` is null when there is no place; line and column are 0 when only the
 * file is known; hint and address are null when there is none. */
json_t *render_diags_json(const struct diags *d);

#endif
