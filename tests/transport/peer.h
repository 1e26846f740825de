/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For transport tests: tests/transport/server.py as a child, and the real client driven against it, one request at a time.
 */
#ifndef TRANSPORT_PEER_H
#define TRANSPORT_PEER_H

#include "http/client.h"

enum { PLAIN, OTHER, GOOD, WRONG, EXPIRED, SELF_SIGNED, OLD, HUNG, PORTS };
struct peer { int pid, input; int port[PORTS]; char place[200]; };
int peer_start(void **state);          /* cmocka group set-up and tear-down; *state is the peer */
int peer_stop(void **state);

struct arrived { int n, kept, most, gap, other; long sent; char text[16384]; };  /* text: the whole report, with headers and body */
void peer_seen(const struct peer *p, const char *id, struct arrived *ret);

struct outcome { struct http_reply reply; char body[512]; char request_id[128]; int calls; };

/* Limits so small that a test need not wait for them. */
extern const struct http_limits peer_limits;

/* One request to /FAULT/ID; with `warm`, behind another one on the same connection. `r` brings method, safety, timeout and so on; may be NULL. */
void peer_ask(const struct peer *p, const struct http_options *o, const struct http_request *r, int port, const char *fault, const char *id, bool warm,
              struct outcome *ret);

#endif
