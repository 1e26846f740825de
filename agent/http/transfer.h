/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One attempt at one request: an easy handle with all options and limits set, kept in a pool and used again. The order of calls:
 * transfer_new, then again and again transfer_begin, (libcurl works), transfer_result, transfer_rest; transfer_free.
 */
#ifndef HTTP_TRANSFER_H
#define HTTP_TRANSFER_H

#include "base/buf.h"
#include "http/answer.h"
#include "http/curl.h"
#include "http/trace.h"

struct transfer_setup {                /* what all transfers of a client share */
    const struct curl_table *curl;
    const struct http_limits *limits;
    const char *user_agent, *ca_file, *ca_path;   /* one of the last two, or none: what libcurl was built with */
    struct trace trace;
};

struct transfer {
    const struct transfer_setup *setup;
    CURL *easy;
    struct transfer *next;             /* in the pool */
    void *owner;                       /* the client's entry while it runs */
    uint64_t id;
    const struct http_request *request;
    const struct origin *origin;       /* of the handle as it is set up: NULL, or &kept, which outlives the request */
    struct origin kept;
    struct curl_slist *headers;
    struct buf url, body, line;
    struct answer answer;
    unsigned starts;                   /* times that libcurl was about to send the request: 0 = not one byte left us */
    bool again;                        /* it wanted to send a write a second time, and was stopped */
    bool link_local;                   /* the name led to a link-local address */
    int64_t began;
    char error[CURL_ERROR_SIZE];
};

struct transfer *transfer_new(const struct transfer_setup *s, struct err *err);
void transfer_free(struct transfer *t);
/* Fills the handle in; `id` numbers the request in the trace. The request and origin live until transfer_rest. */
int transfer_begin(struct transfer *t, uint64_t id, const struct http_request *r, const struct origin *o, struct err *err);

/* Judges an attempt that ended with `code`. reply->attempts counts this attempt only. `*ret_permanent`: trying again is of no use. */
void transfer_result(struct transfer *t, CURLcode code, struct http_reply *reply, bool *ret_permanent);
/* The attempt was cut by us (interrupt, deadline). */
void transfer_cut(struct transfer *t, struct http_reply *reply, const char *why);
/* Forgets the request; secret headers are wiped. */
void transfer_rest(struct transfer *t);

bool origin_loopback(const struct origin *o);

#endif
