/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wanted objects to request bodies and URLs, by the rows of the kind. The same function makes the body that is sent and the
 * one that is shown: `mask` says which, and with it no secret enters at all.
 */
#ifndef WIRE_ENCODE_H
#define WIRE_ENCODE_H

#include "wire/json.h"

struct encode_input {
    const struct kind *kind;
    const struct op *op;
    const struct object *want;
    const struct seen *live;       /* what undeclared fields keep, and the inventory of selections; may be NULL */
    const bool *send;              /* by kind->fields: what is sent; NULL = every declared field that is the provider's */
    bool whole;                    /* also undeclared fields, with their live values */
    bool no_selection;             /* leave selections out: the inventory is not known yet (pingone.md 6) */
    const struct value *entry;     /* LIFE_EVENT: the one entry of kind->each that this request is for */
    bool mask;
};
/* The body as a JSON tree that the caller owns. -1: ERR_REJECTED E623 when a live value that must be kept is masked, E624 when a
 * wanted number is not in the inventory (the text lists those that are). */
int encode_body(const struct encode_input *in, json_t **ret, struct err *err);

/* What undeclared selections would be sent as, and what a declared one becomes, as the body has it; for display. NULL: nothing. */
json_t *encode_selection(const struct field *f, const struct value *want, const struct value *live);
/* Is every selected entry of `want` in the inventory? -1 with E624 otherwise. */
int encode_selection_fits(const struct field *f, const struct value *want, const struct value *live, struct err *err);

/* Expands a URL template over the object, its account and the remote id. */
int encode_url(const char *url, const struct object *want, const struct object *account, struct str remote_id, struct arena *a,
               struct str *ret, struct err *err);

#endif
