/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared libraries opened when first needed. Debian's libcurl brings 33 others and costs 7 ms at every start
 * (performance.md 2e); `validate` and `version` should not pay for a network that they never use.
 */
#ifndef BASE_LAZY_H
#define BASE_LAZY_H

#include "base/err.h"

struct lazy_symbol { const char *name; void *into; };      /* `into` points at a function pointer */

/* Opens `soname` and fills every symbol; a table ends with {0}. The library stays open. Returns 0, or -1 with an
 * ERR_IO that names the library or symbol. */
int lazy_open(const char *soname, const struct lazy_symbol *symbols, struct err *err);

#endif
