/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one wait of the program: libcurl's descriptors and those of others, with their timers. Part of the client; others use http_watch(). */
#ifndef HTTP_WAIT_H
#define HTTP_WAIT_H

#include "http/client.h"
#include "http/curl.h"

enum { WAIT_EXTRAS = 8 };

/* Descriptors besides libcurl's own. Their callbacks may add and remove. */
struct wait_list { struct http_extra items[WAIT_EXTRAS]; size_t n; };
int wait_add(struct wait_list *l, const struct http_extra *e, struct err *err);    /* -1: there is no room */
void wait_remove(struct wait_list *l, int fd);
/* Waits for ms at most, -1: for ever, and calls those that are readable or due. */
int wait_for(const struct wait_list *l, const struct curl_table *curl, CURLM *multi, int64_t ms, struct err *err);
int64_t least_wait(int64_t a, int64_t b);                  /* the shorter one; -1 is for ever */

#endif
