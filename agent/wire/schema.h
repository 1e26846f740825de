/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON Schema (draft-07) of documents, printed from the rows: what an editor knows of a field is what the loader knows.
 * A schema sees one document at a time, so duplicate keys and addresses, missing accounts and the like stay the loader's.
 *
 * Two strengths. SCHEMA_WHOLE wants every required field in the document itself. SCHEMA_TREE is for documents in a
 * tree with Defaults, which may supply what a document leaves out: it wants none.
 */
#ifndef WIRE_SCHEMA_H
#define WIRE_SCHEMA_H

#include <jansson.h>

#include "model/provider.h"

enum schema_strength { SCHEMA_WHOLE, SCHEMA_TREE };

/* All new references. */
json_t *schema_of_tree(void);                                     /* any document of a tree: all groups, Defaults */
json_t *schema_of_group(const struct provider *p);                /* SCHEMA_WHOLE */
json_t *schema_of_kind(const struct provider *p, const struct kind *k);
json_t *schema_of_defaults(void);                                 /* schema_own.c, as are those below */
json_t *schema_of_trust(void);
json_t *schema_of_alert(void);

/* Pieces, for schema_own.c. */
json_t *schema_start(const char *title, const char *description);
json_t *schema_definitions(void);                                 /* what fields and metadata refer to */
json_t *schema_fields(const struct kind *k);                      /* the fields alone: nothing required, no rules */
json_t *schema_labels(void);
json_t *schema_when(const char *member, const char *is, json_t *then);   /* { if member is that, then ... }; takes `then` */
json_t *schema_ref(const char *definition);

#endif
