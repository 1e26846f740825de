/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waconf/v1 Alert: whom the daemon tells of what happens to which objects. An Alert is rows like any kind, so that loading, references, trust, schema
 * and manual come for free; it is no object of a provider, so it stays out of plans (struct tree keeps it apart). Its one URL is a place
 * where text of ours goes, and is trusted like an account's.
 */
#ifndef MODEL_ALERT_H
#define MODEL_ALERT_H

#include "model/provider.h"

enum alert_event { ALERT_APPLIED, ALERT_DRIFT, ALERT_FAILED, ALERT_UNSURE, ALERT_REFUSED, ALERT_RECOVERED, ALERT_EVENT_COUNT };
extern const char *const alert_event_names[ALERT_EVENT_COUNT + 1];   /* ends with NULL */

extern const struct provider alert_provider;                 /* group "waconf"; its account kind is Alert. Not in the registry */
#define ALERT_MESSAGE_GROUP "webexconnect"                   /* of /message/account */

enum { ALERT_PER_MINUTE = 60 /* the most that per_minute may be */ };

/* What a template may name: {event}, {count}, ... */
enum alert_word { ALERT_W_ALERT, ALERT_W_EVENT, ALERT_W_COUNT, ALERT_W_ADDRESS, ALERT_W_STATE, ALERT_W_BEFORE, ALERT_W_ERROR, ALERT_W_HINT,
                  ALERT_W_COMMIT, ALERT_W_ENV, ALERT_W_AT, ALERT_WORD_COUNT };
extern const char *const alert_words[ALERT_WORD_COUNT];

/* Walks a template: *text is what stands before the next placeholder, *word the name in it ("" at the end). Placeholders are lower-case words in
 * braces; any other brace is itself, so that JSON needs no escapes. False at the end. */
bool alert_template_next(struct str *rest, struct str *text, struct str *word);

#endif
