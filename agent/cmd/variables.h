/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --var NAME=VALUE and --var-file FILE: values for `var:` references. A file has one NAME=VALUE per line; blank lines and
 * lines that begin with `#` are skipped, blanks around the name and at the line's end are dropped. A later file wins
 * over an earlier one, --var over all files.
 */
#ifndef CMD_VARIABLES_H
#define CMD_VARIABLES_H

#include "cmd/options.h"

enum { VARIABLES_MAX_FILE = 1 << 20 };     /* bytes */

int variables_read(struct options *o, struct err *err);    /* fills o->variables; -1: ERR_USAGE, ERR_IO */

#endif
