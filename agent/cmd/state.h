/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state, as commands meet it: opened where the options say, and told who it is that changes it. */
#ifndef CMD_STATE_H
#define CMD_STATE_H

#include "cmd/options.h"
#include "store/store.h"

/* Opens o->state. -1 as store_open(), and ERR_USAGE when no directory is known. */
int open_state(const struct options *o, enum store_mode mode, struct store **ret, struct err *err);
/* The same for commands that have nothing to do without one: a state that is not there is ERR_ABSENT. */
int open_existing_state(const struct options *o, enum store_mode mode, struct store **ret, struct err *err);

/* Who, where, from which commit: from CI variables, else from the login, the host, and the git checkout around the first
 * tree (read, not run). Texts live in the arena. */
void run_describe(const struct options *o, struct arena *a, struct run_info *ret);

/* Do --target and --exclude let this address pass? */
bool address_wanted(const struct options *o, struct str address);

#endif
