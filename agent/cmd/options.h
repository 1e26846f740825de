/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line, read (contract 4). One table of rows (option_rows.c) has every option with its help; argp, the
 * environment (WACONF_<OPTION>), help, completions and the manual are made from it. The command line wins over the
 * environment; a repeatable option on the command line replaces what the environment says.
 *
 * Everything lives as long as the options: options_release().
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "secret/resolve.h"
#include "secret/trust.h"
#include "sync/load.h"

struct command;

enum format { FORMAT_HUMAN, FORMAT_JSON, FORMAT_MARKDOWN, FORMAT_COUNT };
extern const char *const format_names[FORMAT_COUNT + 1];   /* NULL-terminated */
enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER, COLOR_COUNT };

/* Texts of argv and environ, which outlive everything. from_env: the command line's first one replaces them. */
struct strings { const char **items; size_t n, cap; bool from_env; };
struct allow { struct str class, pattern; };               /* --allow CLASS[=PATTERN]; pattern "*" when none was given */
struct output_file { enum format format; const char *path; };

struct options {
    const struct command *command;
    struct arena arena;

    /* what to read */
    struct strings words;                /* positional arguments; for tree commands they are in `trees` too */
    struct strings trees;                /* positional ones, then -f; "." when there was none (tree commands only) */
    struct strings targets, excludes;
    struct label *selectors; size_t n_selectors;
    struct load_options load;            /* the four above, as load_tree() takes them */
    struct variable *variables; size_t n_variables;        /* --var over --var-file */
    struct strings allow_origins, allow_files, allow_execs;
    const char *trust_file;              /* or NULL */
    struct trust_options trust;          /* the four above and the trees, as trust_new() takes them */

    /* --git and what belongs to it; url NULL: documents come from `trees` */
    struct { const char *url, *branch, *tag, *commit, *path, *signers; bool allow_rewind; } git;

    /* what to print, and where */
    enum format output;
    struct output_file *output_files; size_t n_output_files;
    bool quiet, verbose;
    bool color_out, color_err;           /* decided: --color, NO_COLOR, TERM, terminal or not */
    bool terminal_in, terminal_err;      /* ask on standard input; draw progress on standard error */
    bool trace;                          /* --trace http */
    const char *trace_file;              /* NULL: standard error */

    /* the run */
    const char *state;                   /* directory: --state, $STATE_DIRECTORY, ... ; NULL when there is no home */
    const char *env;                     /* "default" */
    const char *key_text;                /* WACONF_KEY, or NULL */
    long parallelism;                    /* 16 */
    int64_t timeout_ms;                  /* 0: none */
    int64_t lock_timeout_ms;             /* 0 */

    /* plan and apply */
    bool detailed_exitcode, check_guards, offline;
    bool yes, prune, adopt;
    struct strings rewrite_patterns;     /* globs over addresses; "*" for --rewrite alone; none: no rewriting */
    struct allow *allows; size_t n_allows;
    long max_changes, max_deletes, max_sends;              /* max_changes -1: no cap */
    struct str guard_flags;              /* the given flags that lift guards, blank-separated, for the history */

    /* watch */
    int watch_mode;                      /* 0 enforce, 1 report */
    int log_form;                        /* 0 auto, else 1 + enum log_form */
    int64_t interval_ms;                 /* 600000 */

    /* other commands */
    bool sent, not_sent;                 /* resolve */
    const char *reason, *until;          /* freeze */
    const char *listen;                  /* sandbox, watch */
    bool expose;                         /* watch */
    const char *seed;                    /* sandbox */
    struct strings faults;

    /* as given; the fields above are made from these */
    struct strings raw_files, raw_selectors, raw_vars, raw_var_files, raw_allows, raw_output_files;
    const char *raw_trace, *raw_state;
    int raw_color;
    bool help, version;
};

enum option_type { OPTION_FLAG, OPTION_TEXT, OPTION_LIST, OPTION_NUMBER, OPTION_DURATION, OPTION_CHOICE };
enum option_flag {
    OPTION_GUARD = 1u << 0,      /* lifts a guard: never from the environment */
    OPTION_LATER = 1u << 1,      /* a word of the contract that this version refuses */
    OPTION_MAYBE = 1u << 2,      /* its argument may be left out: --rewrite[=PATTERN] */
    OPTION_NO_ENV = 1u << 3      /* nothing to set ahead of time (--help) */
};
struct option_row {
    const char *name;            /* "target"; NULL ends the table */
    char letter;                 /* 't', or 0 */
    const char *arg;             /* "PATTERN"; NULL: takes none */
    enum option_type type;
    unsigned flags;              /* of enum option_flag */
    size_t offset;               /* of its field in struct options */
    const char *commands;        /* blank-separated names of commands that take it; NULL: common, every command does */
    unsigned useful;             /* common ones: the enum command_need for which help lists it; 0: always */
    const char *const *choices;  /* OPTION_CHOICE, NULL-terminated */
    long min, max;               /* OPTION_NUMBER */
    const char *help;            /* one sentence, without a full stop */
    const char *later;           /* the command that will take it in a later version; NULL: none */
    const char *complete;        /* what completes it: "file", "dir", "env", or NULL */
};
extern const struct option_row option_rows[];
bool option_taken(const struct option_row *row, const struct command *command);    /* does the command take it? */
bool option_listed(const struct option_row *row, const struct command *command);   /* and does it mean something there? */
void option_help(const struct option_row *row, const struct command *command, struct buf *out);    /* its help, for this command */
void option_variable(const struct option_row *row, struct buf *out);               /* WACONF_OUTPUT_FILE */

/* Variables that belong to no option, with what they are for; ends with .name NULL. */
struct variable_row { const char *name, *help; };
extern const struct variable_row variable_rows[];

/* argv[0] is the name of the command. Returns 0, or -1 with ERR_USAGE or ERR_IO; o->output is set as far as it could be
 * read in both cases, so that an error can be told in the right form. Warnings about the environment go to `warn`. */
int options_read(struct options *o, const struct command *command, int argc, char **argv, struct buf *warn, struct err *err);
void options_release(struct options *o);
/* The form that a command line asks for, whatever else is wrong with it: for errors before options_read(). */
enum format options_format(int argc, char **argv);

/* steps of options_read() (environment.c, arguments.c), in this order */
int environment_read(struct options *o, struct buf *warn, struct err *err);
int option_set(struct options *o, const struct option_row *row, const char *value, bool from_env, struct err *err);
int options_finish(struct options *o, struct err *err);    /* raw texts to fields */

void strings_add(struct strings *list, const char *text);

#endif
