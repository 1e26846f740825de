/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is this the git host's knock? GitHub, Gitea and Forgejo sign the body (X-Hub-Signature-256: sha256=HEX, HMAC-SHA-256 with the shared secret);
 * GitLab sends the secret itself (X-Gitlab-Token). Both are compared in constant time. What a hook says is not read: the pull finds out by
 * itself, so a knock that is played again does no more than wake it, at most once per STATUS_WAKE_MS.
 */
#ifndef STATUS_HOOK_H
#define STATUS_HOOK_H

#include <sodium.h>

#include "status/ask.h"

/* So many at once, and one more after each `every_ms`. */
struct bucket { unsigned most, left; int64_t every_ms, filled; };
bool bucket_take(struct bucket *b, int64_t now);
bool bucket_empty(struct bucket *b, int64_t now);

struct hook_check { crypto_auth_hmacsha256_state mac; };       /* one per request: the body is hashed as it comes */
void hook_begin(struct hook_check *h, const char *secret);
void hook_body(struct hook_check *h, struct str part);
/* True when the request carries exactly one proof and it is right. Ends `h`. */
bool hook_end(struct hook_check *h, const struct ask *a, const char *secret);
bool hook_has_token(const struct ask *a);                      /* a proof that could be guessed at */

#endif
