/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers to seen objects, by the rows of the kind. Members that no row knows are ignored; a value of another JSON type than the row
 * expects is taken as text where that is possible ("140" and 140, "false" and false) and as not shown otherwise.
 */
#ifndef WIRE_DECODE_H
#define WIRE_DECODE_H

#include "wire/json.h"

/* `object` is the JSON object itself (op.at already followed). Values are copied into the arena. ret->sight is SIGHT_PRESENT, or
 * SIGHT_ABSENT when the kind says that such an answer means not configured. */
void decode_object(const struct kind *kind, const json_t *object, struct arena *a, struct seen *ret);

#endif
