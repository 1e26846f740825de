/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a request right in itself? Asked once more for every request, whatever the callers have checked: no write from a read-only client, no
 * control characters where they would become another header or request, no origin that the credential is not bound to.
 */
#ifndef HTTP_CHECK_H
#define HTTP_CHECK_H

#include "http/client.h"

/* The last URL's scheme and authority, read: the next request of the account has the same. */
struct origin_cache { char prefix[300]; size_t n; struct origin origin; };

/* On success *ret_origin points into the cache, or at the bound origin: valid as long as the request. */
int request_check(const struct http_request *r, bool read_only, struct origin_cache *cache, const struct origin **ret_origin, struct err *err);

#endif
