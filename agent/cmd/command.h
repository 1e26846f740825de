/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands: one hand-written table in the order of help (commands.c), one file per command. command_main() finds the
 * command, reads options and environment (options.h), runs it, and gives back the exit code of contract 4.
 *
 * A command gets the options, prints its result through output_write() (output.h), tells errors with fail() and
 * returns an exit code. It never exits by itself.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include "cmd/options.h"

enum command_need {
    NEEDS_TREE = 1u << 0,        /* words are trees; the tree options have an effect */
    NEEDS_STATE = 1u << 1,       /* --state, --env */
    NEEDS_NETWORK = 1u << 2,     /* --parallelism, --timeout, --trace */
    NEEDS_MARKDOWN = 1u << 3,    /* it can print -o markdown */
    NEEDS_PLAN_JSON = 1u << 4,   /* its JSON is a plan (contract 5), on errors too */
    NEEDS_TARGETS = 1u << 7,     /* --target, --exclude */
    NEEDS_VALID_JSON = 1u << 8,  /* its JSON is that of validate, on errors too */
    NO_JSON = 1u << 5,           /* what it prints has one form only, and that is not JSON: -o json is refused (its errors are JSON then) */
    COMMAND_LATER = 1u << 6      /* a word of the contract that this version refuses */
};

struct command {
    const char *name, *alias;    /* alias may be NULL */
    const char *words;           /* what follows: "[TREE...]"; "" when nothing does */
    const char *help;            /* one sentence, without a full stop */
    int (*run)(struct options *o);   /* returns the exit code */
    unsigned needs;              /* of enum command_need */
    const char *first;           /* first words that it knows, blank-separated ("init show forget"), or NULL */
    const char *about;           /* a paragraph for help and manual, or NULL */
};
extern const struct command commands[];         /* ends with .name NULL */

enum {
    EXIT_OK = 0, EXIT_ERROR = 1, EXIT_CHANGES = 2, EXIT_PARTLY = 3, EXIT_REFUSED = 4, EXIT_LOCKED = 5, EXIT_STALE = 6,
    EXIT_USAGE = 64, EXIT_DOCUMENTS = 65, EXIT_DOWN = 69, EXIT_STOPPED = 75, EXIT_CREDENTIALS = 77
};

int command_main(int argc, char **argv);
const struct command *command_find(const char *name);   /* by name or alias; NULL */

int command_validate(struct options *o);
int command_plan(struct options *o);
int command_apply(struct options *o);
int command_watch(struct options *o);
int command_status(struct options *o);
int command_history(struct options *o);
int command_state(struct options *o);
int command_resolve(struct options *o);
int command_freeze(struct options *o);
int command_thaw(struct options *o);
int command_schema(struct options *o);
int command_providers(struct options *o);
int command_explain(struct options *o);
int command_sandbox(struct options *o);
int command_version(struct options *o);
int command_completion(struct options *o);
int command_help(struct options *o);

/* help.c: the page of one command, or of all when it is NULL. */
void help_print(const struct command *command, struct buf *out);

#endif
