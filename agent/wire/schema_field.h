/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between schema.c and schema_field.c. */
#ifndef WIRE_SCHEMA_FIELD_H
#define WIRE_SCHEMA_FIELD_H

#include "wire/schema.h"

/* No control characters (C0, DEL, C1); the second form lets tabs and line feeds pass. */
#define SCHEMA_ONE_LINE "^[^\\u0000-\\u001f\\u007f-\\u009f]*$"
#define SCHEMA_LINES "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]*$"

json_t *schema_field(const struct field *f);
/* A rule over an object with these fields; NULL when this strength does not ask for it. */
json_t *schema_rule(const struct field *fields, const struct rule *r, enum schema_strength strength);

#endif
