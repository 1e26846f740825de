/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types of fields. A type says whether a declared value is right, which two spellings mean the same (the normal form), how it
 * looks in JSON, and what a JSON Schema says of it. Parsing is validating: there is no second opinion.
 *
 * Checks see declared values before or after references are resolved; unresolved ones are not checked.
 */
#ifndef MODEL_TYPE_H
#define MODEL_TYPE_H

#include "base/buf.h"
#include "model/value.h"

struct field;

enum shape { SHAPE_TEXT, SHAPE_BOOL, SHAPE_LIST, SHAPE_MAP };

/* Why a value is not right: one sentence and what to do, both bounded. */
struct problem { char what[384], mend[384]; };

struct type {
    const char *name;            /* for people: "E.164 number" */
    enum shape shape;
    /* Scalars: false with *ret filled in when the text is not of this type. NULL: any text. Limits on length, and
     * control characters, are checked for every text before this is called. */
    bool (*check)(const struct field *f, struct str text, struct problem *ret);
    /* The normal form that two equal values share; NULL: the text itself. */
    struct str (*normal)(struct arena *a, struct str text);
    /* Do `want` (declared or applied) and `seen` (live) mean the same? NULL: equal normal forms. */
    bool (*same)(const struct field *f, const struct value *want, const struct value *seen);
    /* JSON on the wire: a scalar's text goes out as a string unless bare, when true/false/digits go out bare. */
    bool bare;
    bool send_normal;            /* the normal form is sent, not the declared spelling (E.164, choices, sender, count) */
    bool multiline;              /* line breaks are allowed */
    const char *schema;          /* draft-07 members of the field's schema, without braces ("\"format\":\"uri\""), or NULL */
};

extern const struct type
    type_text,        /* one line of text */
    type_lines,       /* text; line breaks allowed */
    type_id,          /* an id as the provider prints it; digits keep their leading zeros. It may stand in a URL, so it is neither . nor .. */
    type_bool,        /* true, false */
    type_bool_text,   /* true, false; a JSON string on the wire */
    type_choice,      /* one of field->choices, letters of any case; the normal form is the row's spelling */
    type_count,       /* a whole number from 1; a JSON string on the wire */
    type_rate,        /* a positive decimal number */
    type_duration,    /* 4s, 10m, 24h, a bare number of seconds */
    type_time,        /* RFC 3339 */
    type_e164,        /* + and 7 to 15 digits; spaces, dashes, dots, brackets are dropped in the normal form */
    type_sender,      /* type_e164, or a client identifier with letters, compared exactly (voltmx.md 3.2) */
    type_url,         /* http or https URL without user information; scheme and host in lower case */
    type_base_url,    /* a type_url to which paths are added: without query and fragment */
    type_email,       /* local@domain; domain in lower case */
    type_media_type,  /* lower case, parameters dropped */
    type_strings,     /* a list of texts; with field->choices, of these */
    type_map,         /* a map of texts under keys that the user chooses (labels) */
    type_records,     /* a list of maps with field->items */
    type_selection;   /* a selection from the provider's inventory: records with number, numberId, selected (pingone.md 3) */

/* Checks one declared value against its row, lengths and members included; members of records are reported with
 * their own places. Adds findings to d under `address`; returns true when there were none. */
bool type_check(const struct field *f, const struct value *v, struct str address, struct diags *d);
/* Do they mean the same? Either may be NULL (absent) or VALUE_NULL; those two are the same. */
bool type_same(const struct field *f, const struct value *want, const struct value *seen);
/* Is a value read from a provider masked (only `*`, or only `x` and at least 3)? (voltmx.md 6, 3) */
bool type_masked(struct str text);
struct str type_normal(const struct field *f, struct arena *a, struct str text);

/* type_selection: the inventory entry that a declared entry names (by numberId, else by the digits of number), or NULL. */
const struct value *selection_find(const struct value *inventory, const struct value *entry);
/* Does an inventory entry found for `entry` carry its number too, where both state one? */
bool selection_agrees(const struct value *there, const struct value *entry);
bool selection_selected(const struct value *entry);          /* `selected`, true when not stated */

#endif
