/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --trace http: requests and answers as lines for people, masked. Headers that carry secrets show "(secret)"; everything else is scrubbed of all
 * secrets of the run and escaped. Bodies are shown only when there is a vault to scrub them by, and never those of token requests, whose
 * answers hold secrets that no vault knows yet. Each line begins with the number of its request, since many run at a time:
 *
 *     7 > GET https://api.in.kaleyra.io/v1/HX1/whatsapp/number
 *     7 > api-key: (secret)
 *     7 < HTTP/1.1 200 OK
 *     7 = answered after 41 ms
 */
#ifndef HTTP_TRACE_H
#define HTTP_TRACE_H

#include <stdio.h>

#include "http/client.h"
#include "secret/vault.h"

struct trace { FILE *to; const struct vault *vault; };

void trace_request(const struct trace *t, uint64_t id, const struct http_request *r, int attempt);
void trace_answer_line(const struct trace *t, uint64_t id, struct str line);      /* one header line of the answer */
void trace_reply(const struct trace *t, uint64_t id, const struct http_request *r, const struct http_reply *reply);
void trace_wait(const struct trace *t, uint64_t id, const struct http_request *r, int64_t ms, const char *why);

#endif
