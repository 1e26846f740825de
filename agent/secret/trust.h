/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where credentials may go and which references may be opened (contract 2), decided in this one place from the operator's flags and trust file,
 * before any secret is opened. The HTTP client asks origin_same() again for each request.
 */
#ifndef SECRET_TRUST_H
#define SECRET_TRUST_H

#include "base/diag.h"
#include "model/object.h"

struct sockaddr;

/* scheme://host:port, normalised: lower case, port always there. */
struct origin { char scheme[6]; char host[256]; uint16_t port; };
/* Reads the origin of a URL (or of a bare origin). Refuses schemes other than http and https, user information, control characters,
 * an empty host; link-local literals (169.254/16, fe80::/10, and IPv6 forms that carry the former) always. -1: ERR_CONFIG, or ERR_TRUST for link-local. Numeric IPv4
 * oddities (127.1, 0x7f.1, 2130706433) are normalised to dotted decimal so that they cannot dodge a rule. Needs no libcurl. */
int origin_parse(struct str url, struct origin *ret, struct err *err);
/* The same where an operator names an origin: a path, query or fragment behind it is refused, since it would look like a limit and be none. */
int origin_parse_bare(struct str text, struct origin *ret, struct err *err);
bool origin_same(const struct origin *a, const struct origin *b);
void origin_text(const struct origin *o, struct buf *out);  /* "https://host", with the port unless it is the scheme's own */
/* Is the text of an account's FIELD_ORIGIN field an origin to origin_parse()? A finding under `address` when not; other fields and unresolved values
 * pass. Link-local ones are of class trust, as in trust_check(). */
bool origin_check(const struct field *f, const struct value *v, struct str address, struct diags *diags);
/* A resolved address in 169.254/16 or fe80::/10, also when an IPv6 address carries it (mapped, NAT64, 6to4, ...): for the client, after name resolution. */
bool origin_link_local(const struct sockaddr *address);

struct trust_options {               /* borrowed from the command line */
    const char *const *allow_origins; size_t n_allow_origins;
    const char *const *allow_files;   size_t n_allow_files;
    const char *const *allow_exec;    size_t n_allow_exec;
    const char *trust_file;          /* --trust, or NULL for /etc/waconf/trust.yaml when it exists */
    const char *const *trees;        size_t n_trees;   /* a trust file inside one of these is refused */
    bool no_trees;                   /* documents are no files (they come from git): `file:` reads only what the operator named, by absolute paths */
};
struct trust;
/* Reads flags and file. -1: ERR_USAGE (malformed flag), ERR_TRUST E487 (file inside a tree, under a second name, or that others can
 * write or replace), ERR_IO. The root of a tree that is
 * one file is its directory. Findings in the trust file (E488, and YAML's own) go to diags; with any, the result trusts nothing from that file. */
int trust_new(const struct trust_options *o, struct trust **ret, struct diags *diags, struct err *err);
void trust_free(struct trust *t);

bool trust_origin(const struct trust *t, const struct provider *p, const struct origin *o);
/* Every account in use and every reference of every targeted object: all findings at once, E4xx with class trust
 * (diags->trust = true). No secret is opened. Returns false when anything was refused. Comes after resolve_plain() (an account's URL may be made of
 * variables) and before resolve_tree().
 *
 * A secret of an account goes to field->origin, else to its first FIELD_ORIGIN; a secret of an object to the first FIELD_ORIGIN of its account. Once
 * the trust file has bindings, one must list the reference word for word with that account and origin. */
bool trust_check(const struct trust *t, const struct tree *tree, struct diags *diags);
/* For the resolver: may this reference be opened at all? (bindings are part of trust_check) */
bool trust_file_allowed(const struct trust *t, struct str path);   /* path is absolute and resolved */
bool trust_file_named(const struct trust *t, struct str rest);     /* may `file:` be followed by this? A relative path needs a file to be relative to */
bool trust_exec_allowed(const struct trust *t, struct str program);

#endif
