/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secret/scan.h"

#include <string.h>

#include "base/mem.h"

/* --- the secrets, by their first bytes ----------------------------------------------------------------------- */

static uint32_t head_of(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static size_t bucket_of(const struct scan *s, const char *p)
{
    return (size_t)((head_of(p) * 0x9e3779b97f4a7c15u) >> 32) & (s->n_buckets - 1);
}

static unsigned pair_of(const char *p)
{
    return (unsigned)(unsigned char)p[0] << 8 | (unsigned char)p[1];
}

static void chain(struct scan *s, size_t index)
{
    size_t *bucket = &s->buckets[bucket_of(s, s->entries[index].text.p)];
    s->entries[index].next = *bucket;
    *bucket = index + 1;
}

void scan_add(struct scan *s, struct str secret)
{
    if (secret.n == 0)
        return;
    if (secret.n < SCAN_LEAST) {
        s->brief = mem_grow(s->brief, &s->brief_cap, s->n_brief + 1, sizeof *s->brief);
        s->brief[s->n_brief++] = secret;
        return;
    }
    s->entries = mem_grow(s->entries, &s->cap, s->n + 1, sizeof *s->entries);
    s->entries[s->n++] = (struct scan_entry){ .text = secret };
    s->pairs[pair_of(secret.p) / 64] |= UINT64_C(1) << (pair_of(secret.p) % 64);
    if (s->n <= s->n_buckets) {
        chain(s, s->n - 1);
        return;
    }
    free(s->buckets);
    s->n_buckets = s->n_buckets ? s->n_buckets * 2 : 16;
    s->buckets = mem_array(s->n_buckets, sizeof *s->buckets);
    for (size_t i = 0; i < s->n; i++)
        chain(s, i);
}

void scan_release(struct scan *s)
{
    free(s->entries);
    free(s->buckets);
    free(s->brief);
    *s = (struct scan){ 0 };
}

/* --- one text, looked at in several ways ---------------------------------------------------------------------- */

/* Decoded text, and where each byte of it begins in the original; from[n] is the end of the original. NULL: as it is. */
struct view { char *p; size_t n; size_t *from; };

struct search {
    const struct scan *scan;
    size_t length;               /* of the original */
    unsigned char *hit;          /* of that length; NULL until something is found */
};

static size_t origin_at(const struct view *v, size_t i)
{
    return v->from ? v->from[i] : i;
}

static void found(struct search *s, const struct view *v, size_t at, size_t end)
{
    size_t from = origin_at(v, at), to = origin_at(v, end);
    if (!s->hit)
        s->hit = mem_alloc(s->length);
    memset(s->hit + from, 1, to - from);
}

/* How a byte of a decoded run maps to characters of its view: base64 takes 8 bits from 6 a character, hexadecimal from 4. */
struct run { size_t start; unsigned bits; };

static void match(struct search *s, const struct view *v, struct str text, struct run run)
{
    const struct scan *scan = s->scan;
    for (size_t at = 0; at + SCAN_LEAST <= text.n; at++) {
        const char *p = text.p + at;
        unsigned pair = pair_of(p);
        if (!(scan->pairs[pair / 64] >> (pair % 64) & 1))
            continue;
        for (size_t i = scan->buckets[bucket_of(scan, p)]; i; i = scan->entries[i - 1].next) {
            struct str secret = scan->entries[i - 1].text;
            if (secret.n > text.n - at || memcmp(secret.p, p, secret.n) != 0)
                continue;
            size_t last = ((at + secret.n) * 8 - 1) / run.bits;
            found(s, v, run.start + at * 8 / run.bits, run.start + last + 1);
        }
    }
}

static int digit64(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static int digit16(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const struct alphabet { int (*digit)(unsigned char c); unsigned bits, phases; } alphabets[] = {
    { digit64, 6, 4 },
    { digit16, 4, 2 },
};

/* Every run of digits, decoded from each of its first characters, because nobody says where the encoded text began. */
static void match_encoded(struct search *s, const struct view *v, const struct alphabet *a, char *room)
{
    size_t least = (SCAN_LEAST * 8 + a->bits - 1) / a->bits;
    for (size_t start = 0, end; start < v->n; start = end + 1) {
        for (end = start; end < v->n && a->digit((unsigned char)v->p[end]) >= 0; end++)
            ;
        for (size_t phase = 0; phase < a->phases && start + phase + least <= end; phase++) {
            unsigned held = 0, bits = 0;
            size_t n = 0;
            for (size_t i = start + phase; i < end; i++) {
                held = (held << a->bits | (unsigned)a->digit((unsigned char)v->p[i])) & 0xffff;
                bits += a->bits;
                if (bits >= 8) {
                    bits -= 8;
                    room[n++] = (char)(held >> bits & 0xff);
                }
            }
            match(s, v, (struct str){ room, n }, (struct run){ start + phase, a->bits });
        }
    }
}

static void match_view(struct search *s, const struct view *v, char *room)
{
    match(s, v, (struct str){ v->p, v->n }, (struct run){ 0, 8 });
    for (size_t i = 0; i < COUNT(alphabets); i++)
        match_encoded(s, v, &alphabets[i], room);
}

/* --- views ------------------------------------------------------------------------------------------------ */

static size_t put_utf8(uint32_t c, char ret[4])
{
    static const struct { uint32_t most; unsigned char lead; } forms[] = {
        { 0x7f, 0 }, { 0x7ff, 0xc0 }, { 0xffff, 0xe0 }, { 0x10ffff, 0xf0 },
    };
    size_t more = 0;
    while (more < 3 && c > forms[more].most)
        more++;
    ret[0] = (char)(forms[more].lead | c >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        ret[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

static bool four_digits(const struct view *v, size_t at, uint32_t *ret)
{
    if (at + 6 > v->n || v->p[at] != '\\' || (v->p[at + 1] | 0x20) != 'u')
        return false;
    *ret = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        int d = digit16((unsigned char)v->p[i]);
        if (d < 0)
            return false;
        *ret = *ret << 4 | (unsigned)d;
    }
    return true;
}

/* One escape at v[at]: bytes taken, its meaning in ret; 0 when there is none. */
typedef size_t decoder(const struct view *v, size_t at, char ret[4], size_t *ret_n);

static size_t decode_json(const struct view *v, size_t at, char ret[4], size_t *ret_n)
{
    static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    uint32_t c, low;
    if (v->p[at] != '\\' || at + 1 >= v->n)
        return 0;
    if (four_digits(v, at, &c)) {
        bool pair = c >= 0xd800 && c <= 0xdbff && four_digits(v, at + 6, &low) && low >= 0xdc00 && low <= 0xdfff;
        if (pair)
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        *ret_n = put_utf8(c, ret);
        return pair ? 12 : 6;
    }
    const char *name = memchr(names, v->p[at + 1], sizeof names - 1);
    if (!name)
        return 0;
    ret[0] = means[name - names];
    *ret_n = 1;
    return 2;
}

static size_t decode_url(const struct view *v, size_t at, char ret[4], size_t *ret_n)
{
    *ret_n = 1;
    if (v->p[at] != '%' || at + 2 >= v->n)
        return 0;
    int high = digit16((unsigned char)v->p[at + 1]), low = digit16((unsigned char)v->p[at + 2]);
    if (high < 0 || low < 0)
        return 0;
    ret[0] = (char)(high << 4 | low);
    return 3;
}

/* A form's `+` for a space; on its own, since `+` is also a digit of base64. */
static size_t decode_form(const struct view *v, size_t at, char ret[4], size_t *ret_n)
{
    if (v->p[at] != '+')
        return decode_url(v, at, ret, ret_n);
    ret[0] = ' ';
    *ret_n = 1;
    return 1;
}

/* Returns false, with nothing to release, when the view would be the same. Decoding never makes text longer. */
static bool view_decode(const struct view *v, decoder *decode, struct view *ret)
{
    struct view made = { 0 };
    bool differs = false;
    for (size_t at = 0; at < v->n;) {
        char bytes[4];
        size_t n = 1, taken = decode(v, at, bytes, &n);
        if (taken && !differs) {
            differs = true;
            made = (struct view){ mem_alloc(v->n), at, mem_array(v->n + 1, sizeof *made.from) };
            memcpy(made.p, v->p, at);
            for (size_t i = 0; i < at; i++)
                made.from[i] = origin_at(v, i);
        }
        if (differs)
            memcpy(made.p + made.n, taken ? bytes : v->p + at, n = taken ? n : 1);
        for (size_t i = 0; differs && i < n; i++)
            made.from[made.n++] = origin_at(v, at);
        at += taken ? taken : 1;
    }
    if (differs)
        made.from[made.n] = origin_at(v, v->n);
    *ret = made;
    return differs;
}

static void view_release(struct view *v)
{
    if (v->p)
        explicit_bzero(v->p, v->n);
    free(v->p);
    free(v->from);
}

/* All views below this one that differ from it, to a small depth: JSON within JSON, then an URL within that, all in a body. */
static void match_below(struct search *s, const struct view *v, char *room, unsigned depth)
{
    static decoder *const decoders[] = { decode_json, decode_url, decode_form };
    match_view(s, v, room);
    for (size_t i = 0; depth && i < COUNT(decoders); i++) {
        struct view below;
        if (!view_decode(v, decoders[i], &below))
            continue;
        match_below(s, &below, room, depth - 1);
        view_release(&below);
    }
}

static void match_brief(struct search *s, struct str text)
{
    const struct view whole = { (char *)(uintptr_t)text.p, text.n, NULL };
    for (size_t i = 0; i < s->scan->n_brief; i++) {
        struct str secret = s->scan->brief[i];
        for (size_t at = 0; at < text.n;) {
            long offset = str_find(str_skip(text, at), secret);
            if (offset < 0)
                break;
            found(s, &whole, at + (size_t)offset, at + (size_t)offset + secret.n);
            at += (size_t)offset + 1;
        }
    }
}

unsigned char *scan_text(const struct scan *s, struct str text)
{
    enum { DEPTH = 3 };
    struct search search = { .scan = s, .length = text.n };
    match_brief(&search, text);
    if (s->n && text.n >= SCAN_LEAST) {
        const struct view whole = { (char *)(uintptr_t)text.p, text.n, NULL };
        char *room = mem_alloc(text.n);
        match_below(&search, &whole, room, DEPTH);
        explicit_bzero(room, text.n);
        free(room);
    }
    return search.hit;
}
