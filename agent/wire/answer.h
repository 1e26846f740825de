/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an answer means: success, or an error in the provider's own words (code, parameter, message, request id), scrubbed of every secret
 * of this run. One table maps HTTP status to classes; the provider's codes come first (model/provider.h).
 */
#ifndef WIRE_ANSWER_H
#define WIRE_ANSWER_H

#include "http/client.h"
#include "secret/vault.h"
#include "wire/json.h"

struct answer {
    json_t *json;                /* parsed body, or NULL; owned: answer_release */
    struct str request_id;       /* of a write or a failure; scrubbed; in the arena */
    struct str code;             /* the provider's own, scrubbed */
    bool again;                  /* a definite refusal that is worth a retry */
};

/* 0: success, with ret->json when the answer had a body that parses. -1: err says why; its class decides what to do:
 *   ERR_UNSURE    a write whose effect is unknown: no answer, an unintelligible one, 408, or 5xx; a message refused under 2xx by an unknown code
 *   ERR_DOWN      not sent, or a read that failed         ERR_THROTTLED  429 after all retries
 *   ERR_AUTH      401, 403, or a code of that class       ERR_ABSENT 404 ERR_CONFLICT 409
 *   ERR_REJECTED  any other 4xx, 3xx, or a failure inside a 200
 * `op` may be NULL (no expectations of the body). */
int answer_read(const struct provider *p, const struct op *op, bool write, const struct http_reply *reply, const struct vault *vault,
                struct arena *a, struct answer *ret, struct err *err);
void answer_release(struct answer *answer);

#endif
