/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --trace http: requests and answers as lines for people, masked. Headers that carry secrets show "(secret)"; everything else is scrubbed of all
 * secrets of the run and escaped. Bodies are shown only when there is a vault to scrub them by, and never those of token requests, whose
 * answers hold secrets that no vault knows yet.
 */
#ifndef HTTP_TRACE_H
#define HTTP_TRACE_H

#include <stdio.h>

#include "http/client.h"
#include "secret/vault.h"

struct trace { FILE *to; const struct vault *vault; };

void trace_request(const struct trace *t, const struct http_request *r, int attempt);
void trace_answer_line(const struct trace *t, struct str line);      /* one header line of the answer */
void trace_reply(const struct trace *t, const struct http_request *r, const struct http_reply *reply);
void trace_wait(const struct trace *t, const struct http_request *r, int64_t ms, const char *why);

#endif
