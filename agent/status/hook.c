/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status/hook.h"

/* --- how often ----------------------------------------------------------------------------------- */

static void fill(struct bucket *b, int64_t now)
{
    int64_t more = (now - b->filled) / b->every_ms;
    if (more <= 0)
        return;
    b->left = more >= (int64_t)(b->most - b->left) ? b->most : b->left + (unsigned)more;
    b->filled += more * b->every_ms;
}

bool bucket_empty(struct bucket *b, int64_t now)
{
    fill(b, now);
    return b->left == 0;
}

bool bucket_take(struct bucket *b, int64_t now)
{
    if (bucket_empty(b, now))
        return false;
    b->left--;
    return true;
}

/* --- who ----------------------------------------------------------------------------------------- */

static const char signature[] = "X-Hub-Signature-256", token[] = "X-Gitlab-Token";

void hook_begin(struct hook_check *h, const char *secret)
{
    (void)crypto_auth_hmacsha256_init(&h->mac, (const unsigned char *)secret, strlen(secret));
}

void hook_body(struct hook_check *h, struct str part)
{
    (void)crypto_auth_hmacsha256_update(&h->mac, (const unsigned char *)part.p, part.n);
}

static bool signature_is(struct str sent, const unsigned char mac[crypto_auth_hmacsha256_BYTES])
{
    unsigned char claimed[crypto_auth_hmacsha256_BYTES];
    size_t n;
    if (!str_starts(sent, STR("sha256=")))
        return false;
    sent = str_skip(sent, strlen("sha256="));
    return sent.n == 2 * sizeof claimed && sodium_hex2bin(claimed, sizeof claimed, sent.p, sent.n, NULL, &n, NULL) == 0 && n == sizeof claimed &&
           sodium_memcmp(claimed, mac, sizeof claimed) == 0;
}

/* Digests of equal length are compared, so that the time says nothing about the secret's length either. */
static bool token_is(struct str sent, const char *secret)
{
    unsigned char a[crypto_hash_sha256_BYTES], b[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256(a, (const unsigned char *)sent.p, sent.n);
    (void)crypto_hash_sha256(b, (const unsigned char *)secret, strlen(secret));
    bool same = sodium_memcmp(a, b, sizeof a) == 0;
    sodium_memzero(b, sizeof b);
    return same;
}

bool hook_end(struct hook_check *h, const struct ask *a, const char *secret)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    size_t signatures = ask_header_count(a, signature), tokens = ask_header_count(a, token);
    (void)crypto_auth_hmacsha256_final(&h->mac, mac);
    bool right = signatures + tokens == 1 && (signatures ? signature_is(ask_header(a, signature), mac) : token_is(ask_header(a, token), secret));
    sodium_memzero(mac, sizeof mac);
    sodium_memzero(h, sizeof *h);
    return right;
}

bool hook_has_token(const struct ask *a)
{
    return ask_header_count(a, token) > 0;
}
