/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live side of an account: where it may call, its pace, its credentials, and the token step before the first call. A token is fetched
 * once, shared by all requests of the account, renewed shortly before it expires and once on a 401. Credentials are added here, at the last
 * moment, and go only to the origins that the account was trusted for.
 */
#ifndef WIRE_SESSION_H
#define WIRE_SESSION_H

#include "http/client.h"
#include "model/object.h"
#include "secret/vault.h"

struct session;

/* Tokens that outlive sessions: a daemon's next pass goes on with them. Belongs to one vault, where they live. */
struct token_cache;
struct token_cache *token_cache_new(void);
void token_cache_free(struct token_cache *t);               /* takes NULL */

/* Makes the session of an account whose references are resolved. `tokens` may be NULL. Lives in the arena; nothing is sent yet. -1: ERR_CONFIG (a JWT secret that is not
 * base64, a bad rate, an URL). */
int session_new(struct http_client *client, struct vault *vault, struct token_cache *tokens, const struct object *account, struct arena *a, struct session **ret,
                struct err *err);
/* Submits a request under the account's credentials, after the token step if there is one. url, body and headers live until done. `done` is
 * called exactly once; when the token could not be had, with end HTTP_NOT_SENT and the reason. */
void session_send(struct session *s, const struct http_request *r);

/* HS256 token: exposed for tests. `now` in seconds. */
int jwt_sign(struct str issuer, struct str secret_base64, int64_t now, struct buf *out, struct err *err);

#endif
