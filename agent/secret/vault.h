/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where secret text lives while the process runs: one locked memory region (libsodium), wiped at the end, and the list
 * of all secrets of this run, by which text from providers is scrubbed. A secret is never copied into an arena or a jansson
 * tree except while a request body is built.
 */
#ifndef SECRET_VAULT_H
#define SECRET_VAULT_H

#include "base/buf.h"
#include "base/err.h"

struct vault;
/* From the first vault on the process leaves no core file and lets nobody of the same user look into it. ERR_IO: libsodium could not start. */
int vault_new(struct vault **ret, struct err *err);
void vault_free(struct vault *v);                          /* wipes; takes NULL */
bool vault_locked(const struct vault *v);                  /* false: the system refused to lock memory; warn once */

/* Keeps a copy of a secret; the result is NUL-terminated and valid until vault_free. The same text twice gives the same
 * pointer. Empty secrets are refused by the caller. */
struct str vault_keep(struct vault *v, struct str secret);
/* Memory in the region for derived values (an Authorization header); registered for scrubbing like a secret, and so is what follows
 * its first word ("Bearer TOKEN"). */
struct str vault_derive(struct vault *v, struct str derived);

/* Text from a provider, with every secret of this run replaced by "(secret)": raw, and JSON-, URL-, base64- and
 * hex-encoded, also one within the other (contract 1; secret/scan.h). Secrets of less than 4 bytes are found raw only. Scrub before cutting
 * text to a length: half a secret is not recognised. A NULL vault changes nothing. */
void vault_scrub(const struct vault *v, struct buf *out, struct str text);
void vault_scrub_text(const struct vault *v, char *text, size_t size);  /* the same in place, for an err's text; cut to size */
bool vault_leaks(const struct vault *v, struct str text);  /* does text hold any of them? */

/* Keyed fingerprints (BLAKE2b): 16 hex digits over `text` under `key`. A key that is not set gives "". */
enum { VAULT_KEY = 32, VAULT_PRINT = 17 };
struct vault_key { unsigned char bytes[VAULT_KEY]; bool set; char id[VAULT_PRINT]; };  /* id: fingerprint of the key itself */
void vault_key_from_text(struct str text, struct vault_key *ret);  /* WACONF_KEY: 32 bytes or more, hashed to the key */
void vault_key_from_bytes(const unsigned char bytes[VAULT_KEY], struct vault_key *ret);
void vault_print(const struct vault_key *key, struct str text, char ret[VAULT_PRINT]);

/* An unkeyed digest (hex, 32 digits) for things that are not secret: contents of documents, ledgers. */
enum { VAULT_DIGEST = 33 };
void vault_digest(struct str text, char ret[VAULT_DIGEST]);

#endif
