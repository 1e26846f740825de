/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding secrets in text that somebody else wrote, however it is encoded. Not for callers outside secret/: see vault_scrub().
 *
 * The secrets are not encoded; the text is decoded. It is looked at in several *views*: as it is, without JSON escapes (three times, for JSON within
 * JSON within a body), without percent-encoding, and both. In each view it is also read as base64 (every phase, standard and URL
 * alphabet) and as hexadecimal. So mixed forms (`\/`, `%2f` and `%2F`, half-escaped text) are found without a pattern for
 * each, and a secret is in memory once. Secrets shorter than SCAN_LEAST are looked for as they are, and nowhere else.
 */
#ifndef SECRET_SCAN_H
#define SECRET_SCAN_H

#include "base/str.h"

enum { SCAN_LEAST = 4 };

struct scan_entry { struct str text; size_t next; /* in the chain of its bucket, 1 + index; 0 ends it */ };
struct scan {
    struct scan_entry *entries;  /* secrets of SCAN_LEAST bytes and more */
    size_t n, cap;
    size_t *buckets, n_buckets;  /* by the hash of the first four bytes; 1 + index, 0 = none */
    struct str *brief;           /* shorter secrets */
    size_t n_brief, brief_cap;
    uint64_t pairs[1024];        /* first two bytes of any entry: a bit each */
};

void scan_add(struct scan *s, struct str secret);          /* borrowed: it lives as long as the scan */
/* One byte for each of the text: 1 where a secret was found. NULL when there was none. Freed by the caller. */
unsigned char *scan_text(const struct scan *s, struct str text);
void scan_release(struct scan *s);

#endif
