/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/str.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_head(s, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_skip(s, s.n - suffix.n), suffix);
}

struct str str_skip(struct str s, size_t n)
{
    if (n > s.n)
        n = s.n;
    return (struct str){ s.p ? s.p + n : s.p, s.n - n };
}

struct str str_head(struct str s, size_t n)
{
    return (struct str){ s.p, n < s.n ? n : s.n };
}

struct str str_trim(struct str s)
{
    while (s.n && isspace((unsigned char)s.p[0]))
        s = str_skip(s, 1);
    while (s.n && isspace((unsigned char)s.p[s.n - 1]))
        s.n--;
    return s;
}

long str_find(struct str s, struct str what)
{
    if (what.n == 0)
        return 0;
    const char *at = s.n ? memmem(s.p, s.n, what.p, what.n) : NULL;
    return at ? (long)(at - s.p) : -1;
}

bool str_cut(struct str s, char at, struct str *head, struct str *tail)
{
    const char *p = s.n ? memchr(s.p, at, s.n) : NULL;
    if (!p) {
        *head = s;
        *tail = (struct str){ 0 };
        return false;
    }
    size_t n = (size_t)(p - s.p);
    *head = str_head(s, n);
    *tail = str_skip(s, n + 1);
    return true;
}

bool str_to_long(struct str s, long min, long max, long *ret)
{
    long v = 0;
    bool negative = s.n && s.p[0] == '-';
    if (negative)
        s = str_skip(s, 1);
    if (s.n == 0 || s.n > 18)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    if (negative)
        v = -v;
    if (v < min || v > max)
        return false;
    *ret = v;
    return true;
}

/* Greedy with one place to go back to: linear in practice, quadratic at worst. */
bool str_glob(struct str pattern, struct str text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;
    while (t < text.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.n && (pattern.p[p] == '?' || pattern.p[p] == text.p[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

bool str_matches(const char *const *patterns, size_t n, struct str text)
{
    for (size_t i = 0; i < n; i++)
        if (str_glob(str_of(patterns[i]), text))
            return true;
    return false;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* A hash that can be foreseen lets anybody write 100,000 keys that fall into one slot, and a table of them takes minutes. So
 * both the start and the factor differ from process to process. Eight bytes at a time; each step folds the whole product, so that
 * every bit comes to those that tables use. */
uint64_t str_hash(struct str s)
{
    static uint64_t start, factor;
    if (!factor) {
        uint64_t chance[2];
        bool had = getrandom(chance, sizeof chance, GRND_NONBLOCK) == sizeof chance;
        start = had ? chance[0] : (uint64_t)(uintptr_t)&start ^ (uint64_t)time(NULL);
        factor = (had ? chance[1] : start * 0x9e3779b97f4a7c15u) | 1;
    }
    uint64_t h = start ^ s.n, word;
    for (; s.n >= sizeof word; s = (struct str){ s.p + sizeof word, s.n - sizeof word }) {
        memcpy(&word, s.p, sizeof word);
        h = fold(h ^ word, factor);
    }
    word = 0;
    for (size_t i = 0; i < s.n; i++)
        word = word << 8 | (unsigned char)s.p[i];
    h = fold(h ^ word, factor);
    return h ^ h >> 32;
}

static bool utf8_step(struct str s, size_t *at, uint32_t *ret)
{
    static const struct { unsigned char mask, lead; unsigned char more; uint32_t least; } forms[] = {
        { 0x80, 0x00, 0, 0 }, { 0xe0, 0xc0, 1, 0x80 }, { 0xf0, 0xe0, 2, 0x800 }, { 0xf8, 0xf0, 3, 0x10000 },
    };
    unsigned char c = (unsigned char)s.p[*at];
    for (size_t f = 0; f < 4; f++) {
        if ((c & forms[f].mask) != forms[f].lead)
            continue;
        uint32_t v = c & (unsigned char)~forms[f].mask;
        size_t more = forms[f].more;
        if (s.n - *at <= more)
            break;
        for (size_t i = 1; i <= more; i++) {
            unsigned char d = (unsigned char)s.p[*at + i];
            if ((d & 0xc0) != 0x80)
                goto bad;
            v = v << 6 | (d & 0x3f);
        }
        if (v < forms[f].least || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
            break;
        *at += more + 1;
        *ret = v;
        return true;
    }
bad:
    *at += 1;
    *ret = 0xfffd;
    return false;
}

bool utf8_valid(struct str s)
{
    uint32_t c;
    for (size_t at = 0; at < s.n;)
        if (!utf8_step(s, &at, &c))
            return false;
    return true;
}

uint32_t utf8_next(struct str s, size_t *at)
{
    uint32_t c;
    (void)utf8_step(s, at, &c);
    return c;
}

size_t utf8_length(struct str s)
{
    size_t n = 0;
    for (size_t at = 0; at < s.n; n++)
        (void)utf8_next(s, &at);
    return n;
}

/* Damerau-Levenshtein with case folded, in three rows; words are short. */
static size_t distance(struct str a, struct str b)
{
    enum { MOST = 64 };
    size_t rows[3][MOST + 1];
    if (a.n > MOST || b.n > MOST)
        return MOST;
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b.n; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t cost = lower(a.p[i - 1]) != lower(b.p[j - 1]);
            size_t best = last[j - 1] + cost;
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && lower(a.p[i - 1]) == lower(b.p[j - 2]) && lower(a.p[i - 2]) == lower(b.p[j - 1]) &&
                before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b.n];
}

const char *str_nearest(struct str word, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t best_distance = word.n / 3 + 2;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, str_of(candidates[i]));
        if (d < best_distance && d < word.n) {
            best_distance = d;
            best = candidates[i];
        }
    }
    return best;
}
