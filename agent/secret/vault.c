/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secret/vault.h"

#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/map.h"
#include "base/mem.h"
#include "secret/scan.h"

#if defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/*
 * sodium_malloc() spends four pages and two system calls on each item and goes on unlocked in silence past RLIMIT_MEMLOCK. So a
 * few large chunks are taken from it, each with its guard pages, and each is locked once more to learn whether the first lock held.
 */
enum { FIRST_CHUNK = 16 << 10, LARGEST_CHUNK = 256 << 10 };

struct chunk {
    struct chunk *next;
    char *p;
    size_t size, used;
};

struct vault {
    struct chunk *chunks;        /* the newest first */
    bool unlocked;               /* one of them could not be locked */
    struct map known;            /* text -> its own start; keys lie in the chunks */
    struct scan scan;
};

/* From here on memory holds secrets: a crash must not write them to a file, and nobody who runs as the same user looks into the process
 * (ptrace, /proc/PID/mem and environ). Programs that we start inherit the limit. LeakSanitizer looks in by ptrace itself. */
static void keep_memory_in(void)
{
    struct rlimit core;
    if (getrlimit(RLIMIT_CORE, &core) == 0) {
        core.rlim_cur = 0;
        (void)setrlimit(RLIMIT_CORE, &core);
    }
#if !SANITIZED
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

int vault_new(struct vault **ret, struct err *err)
{
    if (sodium_init() < 0)
        return err_set(err, ERR_IO, "E501", "libsodium could not be started: the system gives no random numbers");
    keep_memory_in();
    *ret = mem_alloc(sizeof **ret);
    return 0;
}

void vault_free(struct vault *v)
{
    if (!v)
        return;
    scan_release(&v->scan);
    map_release(&v->known);
    for (struct chunk *c = v->chunks, *next; c; c = next) {
        next = c->next;
        sodium_free(c->p); /* wipes */
        free(c);
    }
    free(v);
}

bool vault_locked(const struct vault *v)
{
    return !v->unlocked;
}

static char *room(struct vault *v, size_t need)
{
    struct chunk *c = v->chunks;
    if (!c || c->size - c->used < need) {
        size_t size = c ? c->size * 2 : FIRST_CHUNK;
        if (size > LARGEST_CHUNK)
            size = LARGEST_CHUNK;
        if (size < need)
            size = need;
        c = mem_alloc(sizeof *c);
        *c = (struct chunk){ .next = v->chunks, .p = sodium_malloc(size), .size = size };
        if (!c->p)
            mem_fail();
        if (sodium_mlock(c->p, size) != 0)
            v->unlocked = true;
        v->chunks = c;
    }
    char *p = c->p + c->used;
    c->used += need;
    return p;
}

struct str vault_keep(struct vault *v, struct str secret)
{
    const char *known = map_get(&v->known, secret);
    if (known)
        return (struct str){ known, secret.n };
    char *p = room(v, secret.n + 1);
    if (secret.n)
        memcpy(p, secret.p, secret.n);
    p[secret.n] = '\0';
    struct str kept = { p, secret.n };
    (void)map_add(&v->known, kept, p);
    scan_add(&v->scan, kept);
    return kept;
}

struct str vault_derive(struct vault *v, struct str derived)
{
    enum { LEAST_TOKEN = 8 };
    struct str kept = vault_keep(v, derived), scheme, token;
    /* "Bearer TOKEN" comes back from providers without its first word */
    if (str_cut(kept, ' ', &scheme, &token) && token.n >= LEAST_TOKEN && !map_get(&v->known, token)) {
        (void)map_add(&v->known, token, (char *)(uintptr_t)token.p);
        scan_add(&v->scan, token);
    }
    return kept;
}

void vault_scrub(const struct vault *v, struct buf *out, struct str text)
{
    static const struct str shown = STR("(secret)");
    unsigned char *hit = v ? scan_text(&v->scan, text) : NULL;
    if (!hit) {
        buf_add(out, text);
        return;
    }
    for (size_t at = 0, end; at < text.n; at = end) {
        for (end = at + 1; end < text.n && hit[end] == hit[at]; end++)
            ;
        buf_add(out, hit[at] ? shown : (struct str){ text.p + at, end - at });
    }
    free(hit);
}

void vault_scrub_text(const struct vault *v, char *text, size_t size)
{
    auto_buf clean = buf_init(BUF_UNBOUNDED);
    if (!vault_leaks(v, str_of(text)))
        return;
    vault_scrub(v, &clean, str_of(text));
    size_t n = clean.n < size ? clean.n : size - 1;
    memcpy(text, clean.p, n);
    text[n] = '\0';
}

bool vault_leaks(const struct vault *v, struct str text)
{
    auto_free unsigned char *hit = v ? scan_text(&v->scan, text) : NULL;
    return hit != NULL;
}

/* --- fingerprints ------------------------------------------------------------------------------------------- */

static void hash(void *ret, size_t n, struct str text, const void *key, size_t key_n)
{
    (void)crypto_generichash(ret, n, (const unsigned char *)text.p, text.n, key, key_n);
}

void vault_key_from_bytes(const unsigned char bytes[VAULT_KEY], struct vault_key *ret)
{
    struct vault_key key = { .set = true };
    memcpy(key.bytes, bytes, sizeof key.bytes);
    *ret = key;
    vault_print(&key, STR("waconf: the id of this key"), ret->id);
    sodium_memzero(&key, sizeof key);
}

void vault_key_from_text(struct str text, struct vault_key *ret)
{
    static const char use[] = "waconf: key from text"; /* keeps these hashes apart from all others */
    unsigned char bytes[VAULT_KEY];
    hash(bytes, sizeof bytes, text, use, sizeof use - 1);
    vault_key_from_bytes(bytes, ret);
    sodium_memzero(bytes, sizeof bytes);
}

void vault_print(const struct vault_key *key, struct str text, char ret[VAULT_PRINT])
{
    unsigned char bytes[crypto_generichash_BYTES_MIN];
    ret[0] = '\0';
    if (!key->set)
        return;
    hash(bytes, sizeof bytes, text, key->bytes, sizeof key->bytes);
    (void)sodium_bin2hex(ret, VAULT_PRINT, bytes, (VAULT_PRINT - 1) / 2);
}

void vault_digest(struct str text, char ret[VAULT_DIGEST])
{
    unsigned char bytes[(VAULT_DIGEST - 1) / 2];
    hash(bytes, sizeof bytes, text, NULL, 0);
    (void)sodium_bin2hex(ret, VAULT_DIGEST, bytes, sizeof bytes);
}
