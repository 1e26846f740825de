/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON as providers speak it, over jansson: parsing with limits, JSON Pointers that walk and build, values to JSON and back.
 */
#ifndef WIRE_JSON_H
#define WIRE_JSON_H

#include <jansson.h>

#include "model/object.h"

#define auto_json __attribute__((cleanup(json_cleanup_))) json_t
static inline void json_cleanup_(json_t **j) { json_decref(*j); }

/* All of text is one JSON value, no deeper than jansson's own 2048; NULL with err (ERR_DOWN, E611) otherwise. The caller owns it. */
json_t *json_of_text(struct str text, struct err *err);
/* The same without words: NULL and the byte at which it ceased to be JSON (json_read.c). */
json_t *json_read(struct str text, size_t *ret_at);
/* Walks a pointer ("/data/0/id"); "" is the root. NULL when it leads nowhere. Borrowed. */
json_t *json_at(const json_t *root, const char *pointer);
/* Sets a pointer, making objects on the way; takes over value. */
void json_put(json_t *root, const char *pointer, json_t *value);
/* A string, number or boolean as text; false for anything else. */
bool json_as_text(const json_t *j, struct arena *a, struct str *ret);
json_t *json_of_str(struct str s);                          /* a JSON string; bad UTF-8 becomes U+FFFD */
struct str json_compact(const json_t *j, struct arena *a);  /* keys in order of insertion */

/* A declared value as it is stored and printed: texts as strings, booleans as booleans, lists and maps as such; a secret never
 * gets here (NULL then). */
json_t *json_of_value(const struct value *v);
/* The way back, for values from the state. Never secret. */
struct value *json_to_value(const json_t *j, struct arena *a);

#endif
