/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All providers: one per file of provider/, expanded from a list that the Makefile makes from the folder (gen/providers.def). Sorted by group.
 */
#ifndef WIRE_REGISTRY_H
#define WIRE_REGISTRY_H

#include "model/provider.h"

extern const struct provider *const providers[];              /* NULL-terminated, sorted by group */
const struct provider *provider_find(struct str group);       /* NULL when unknown */
/* "Account" and the kinds of the provider, by name; NULL when unknown. */
const struct kind *provider_kind(const struct provider *p, struct str name);

#endif
