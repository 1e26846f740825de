/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * URL templates of the rows (model/provider.h): "{base_url}/v1/{sid}/whatsapp/number". An expansion is percent-encoded, so that a value can never
 * become another path segment, query or host; only one at the very start is taken as it is, for it is a URL. Pure.
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the expanded template. `lookup` gives the value of a name, or {0} when there is none. A slash at the end of the first value and the
 * one behind it in the template become one. -1 with ERR_CONFIG when a value is missing, empty, "." or ".." (which servers and libcurl
 * resolve), or when the first has a query or fragment with more to follow; out holds a part then. */
int url_expand(const char *template, struct str (*lookup)(void *ctx, struct str name), void *ctx, struct buf *out, struct err *err);
/* All but A-Z a-z 0-9 - . _ ~ as %XX. */
void url_encode(struct buf *out, struct str s);

#endif
