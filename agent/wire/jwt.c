/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sodium.h>
#include <string.h>

#include "wire/json.h"
#include "wire/session.h"

static void add_base64url(struct buf *out, const unsigned char *p, size_t n)
{
    size_t size = sodium_base64_encoded_len(n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    auto_buf text = buf_init(size);
    buf_pad(&text, ' ', size);
    (void)sodium_bin2base64(text.p, size, p, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    buf_puts(out, text.p);
}

/* The console shows the secret in base64; both alphabets, with or without padding, are taken (webex-connect.md 2.1). */
static bool decode_secret(struct str text, unsigned char *key, size_t size, size_t *n)
{
    static const int variants[] = { sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                                    sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_URLSAFE_NO_PADDING };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        if (sodium_base642bin(key, size, text.p, text.n, NULL, n, NULL, variants[i]) == 0 && *n > 0)
            return true;
    return false;
}

int jwt_sign(struct str issuer, struct str secret_base64, int64_t now, struct buf *out, struct err *err)
{
    unsigned char key[1024], mac[crypto_auth_hmacsha256_BYTES];
    size_t n = 0;
    struct arena a = { 0 };
    crypto_auth_hmacsha256_state state;
    if (!decode_secret(str_trim(secret_base64), key, sizeof key, &n)) {
        (void)err_set(err, ERR_CONFIG, "E621", "'service_secret' is not base64, so no token can be signed with it");
        return err_hint(err, "Copy it from the API tab of the service as it is shown there.");
    }
    json_t *claims = json_pack("{s:o, s:I}", "iss", json_of_str(issuer), "iat", (json_int_t)now);
    struct str payload = json_compact(claims, &a), header = STR("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    size_t from = out->n;
    add_base64url(out, (const unsigned char *)header.p, header.n);
    buf_char(out, '.');
    add_base64url(out, (const unsigned char *)payload.p, payload.n);
    crypto_auth_hmacsha256_init(&state, key, n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)out->p + from, out->n - from);
    crypto_auth_hmacsha256_final(&state, mac);
    buf_char(out, '.');
    add_base64url(out, mac, sizeof mac);
    sodium_memzero(key, sizeof key);
    sodium_memzero(&state, sizeof state);
    json_decref(claims);
    arena_release(&a);
    return 0;
}
