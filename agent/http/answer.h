/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the header lines of an answer say, and whether it arrived whole. libcurl is lenient here: a connection that closes in the middle of
 * the headers is a success to it, and two lengths are none of its business (performance.md 4a). Pure: fed line by line.
 */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "http/client.h"

enum answer_fault {
    ANSWER_FINE,
    ANSWER_CUT,                        /* ended inside the headers, or with nothing that tells an empty body from a cut one */
    ANSWER_LENGTHS,                    /* two lengths, a length beside chunks, or one that is no number */
    ANSWER_CODING,                     /* a Transfer-Encoding other than chunked */
    ANSWER_LINE,                       /* no status line, a folded line, a line without a name, a control character */
    ANSWER_HEADERS,                    /* too many, or too large */
    ANSWER_BODY,                       /* larger than the limit */
    ANSWER_COUNT
};
extern const char *const answer_fault_texts[ANSWER_COUNT];   /* "broke off ...": follows the origin in a message */

struct answer {
    enum answer_fault fault;           /* the first one found */
    int status;
    bool begun, whole;                 /* headers: a status line was seen; the empty line at their end too */
    bool multiplexed;                  /* HTTP/2: framed by the protocol */
    bool chunked, sized, json;
    int64_t length;
    size_t bytes, count;
    int request_id_rank;
    char type[80], request_id[128], retry_after[64], location[512];   /* empty when longer, NUL-terminated */
};

void answer_reset(struct answer *a);
/* One header line with its line end; false when the transfer is to stop (a->fault says why). */
bool answer_line(struct answer *a, struct str line, const struct http_limits *l);
/* libcurl calls the transfer a success: is it one? `body` is the number of bytes received; `head`: it was a HEAD request. */
bool answer_whole(struct answer *a, size_t body, bool head);
/* "application/json", "application/problem+json; charset=utf-8" */
bool answer_type_is_json(struct str type);

#endif
