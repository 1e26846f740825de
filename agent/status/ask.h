/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request must look like before it is answered: pure, from bytes to a verdict, so that tests and the fuzzer can do without a server.
 * Everything here is written by strangers.
 */
#ifndef STATUS_ASK_H
#define STATUS_ASK_H

#include "base/str.h"

enum { ASK_HEADERS = 64, ASK_TARGET = 1024 };

enum ask_route { ASK_PAGE, ASK_STATUS, ASK_METRICS, ASK_HEALTHZ, ASK_READYZ, ASK_HOOK, ASK_ROUTE_COUNT };

struct ask_header { struct str name, value; };
struct ask {
    struct str method, target;         /* as sent, query included */
    struct ask_header headers[ASK_HEADERS]; size_t n_headers;
    bool bad;                          /* more headers than that, or one with a NUL */
};

/* Who may call it what. */
struct ask_rules {
    bool any_host;                     /* a unix socket: no browser gets there by a name */
    const char *own_host;              /* the machine's name; may be NULL */
    const char *const *hosts; size_t n_hosts;
    bool hooks;                        /* there is a secret */
    size_t most_body;                  /* of a hook */
};

struct ask_verdict {
    int status;                        /* 0: go on with `route`; else the answer */
    enum ask_route route;
    const char *why;                   /* one line for people, static */
    const char *allow;                 /* 405: the methods of the route */
};

void ask_header_add(struct ask *a, struct str name, struct str value);
/* The only header of this name (any case); empty when there is none or more than one. */
struct str ask_header(const struct ask *a, const char *name);
size_t ask_header_count(const struct ask *a, const char *name);
void ask_judge(const struct ask *a, const struct ask_rules *rules, struct ask_verdict *ret);

/* The path of a target, percent-decoded: false for a bad escape, a control character (NUL among them), bytes that are not UTF-8, or what does not
 * begin with a slash. `out` has room for ASK_TARGET bytes. */
bool ask_path(struct str target, char out[ASK_TARGET]);
/* "host:port", "host", "[::1]:80": the host alone, without brackets. False when it is not of that form. */
bool ask_host(struct str value, struct str *ret);
/* Does an Accept header ask for this media type? By name, not by a wildcard; q=0 refuses it. */
bool ask_accepts(struct str accept, const char *type);
/* Does an If-None-Match header name this tag ("\"...\"")? Weak ones and "*" count. */
bool ask_matches(struct str if_none_match, struct str tag);

#endif
