/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening what a reference names: environment, file, systemd credential, program. Trust was decided before (trust.h); files and programs are asked
 * about once more here, on what was really opened. Secrets go to the vault and nowhere else; messages never quote them.
 */
#ifndef SECRET_FETCH_H
#define SECRET_FETCH_H

#include "secret/reference.h"
#include "secret/resolve.h"

/* E462 to E465, E484, E485. The text may be empty or have line breaks: the caller knows what its field takes. */
int fetch_environment(struct str name, struct vault *v, struct str *ret, struct err *err);
int fetch_file(struct str rest, const char *document, const struct trust *t, struct vault *v, struct str *ret, struct err *err);
int fetch_credential(struct str name, struct vault *v, struct str *ret, struct err *err);
int fetch_program(struct str command, const struct trust *t, int64_t timeout_ms, struct vault *v, struct str *ret, struct err *err);

#endif
