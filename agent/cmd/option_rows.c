/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>

#include "cmd/command.h"

#define AT(field) offsetof(struct options, field)

const char *const format_names[FORMAT_COUNT + 1] = { "human", "json", "markdown", NULL };
static const char *const mode_names[] = { "enforce", "report", NULL };
static const char *const log_names[] = { "auto", "text", "logfmt", "json", "journal", NULL };
static const char *const color_names[] = { "auto", "always", "never", NULL };

#define WATCHED "plan apply watch"              /* ... and what a daemon is given at its start */
#define GIT "validate plan apply"
#define WRITES "plan apply"                     /* --check-guards answers for apply with the same flags */

const struct option_row option_rows[] = {
    { "file", 'f', "TREE", OPTION_LIST, 0, AT(raw_files), .useful = NEEDS_TREE, .complete = "file",
      .help = "read this file or directory, as the words after the command do" },
    { "target", 't', "PATTERN", OPTION_LIST, 0, AT(targets), .useful = NEEDS_TARGETS,
      .help = "only addresses that match this glob" },
    { "exclude", 0, "PATTERN", OPTION_LIST, 0, AT(excludes), .useful = NEEDS_TARGETS,
      .help = "no addresses that match this glob" },
    { "selector", 'l', "KEY=VALUE,...", OPTION_LIST, 0, AT(raw_selectors), .useful = NEEDS_TREE,
      .help = "only documents with all of these labels" },
    { "output", 'o', "FORMAT", OPTION_CHOICE, 0, AT(output), .choices = format_names,
      .help = "form of the result" },
    { "output-file", 0, "FORMAT=FILE", OPTION_LIST, 0, AT(raw_output_files), .complete = "file",
      .help = "write the result to this file as well; may be repeated" },
    { "state", 0, "DIR", OPTION_TEXT, 0, AT(raw_state), .useful = NEEDS_STATE, .complete = "dir",
      .help = "where the state is kept" },
    { "env", 0, "NAME", OPTION_TEXT, 0, AT(env), .useful = NEEDS_STATE,
      .help = "which environment's records to use (default: default)" },
    { "parallelism", 0, "N", OPTION_NUMBER, 0, AT(parallelism), .useful = NEEDS_NETWORK, .min = 1, .max = 1000,
      .help = "requests in flight at most (16)" },
    { "timeout", 0, "DURATION", OPTION_DURATION, 0, AT(timeout_ms), .useful = NEEDS_NETWORK,
      .help = "time limit of the whole run: 30s, 10m; a bare number is seconds" },
    { "var", 0, "NAME=VALUE", OPTION_LIST, 0, AT(raw_vars), .useful = NEEDS_TREE,
      .help = "a value for { from: \"var:NAME\" } and {var:NAME}" },
    { "var-file", 0, "FILE", OPTION_LIST, 0, AT(raw_var_files), .useful = NEEDS_TREE, .complete = "file",
      .help = "read such values, one NAME=VALUE per line; --var wins" },
    { "allow-origin", 0, "ORIGIN", OPTION_LIST, OPTION_GUARD, AT(allow_origins), .useful = NEEDS_TREE,
      .help = "credentials may go to this scheme://host:port" },
    { "trust", 0, "FILE", OPTION_TEXT, OPTION_GUARD, AT(trust_file), .useful = NEEDS_TREE, .complete = "file",
      .help = "trust file (default: /etc/waconf/trust.yaml, if there)" },
    { "allow-file", 0, "DIR", OPTION_LIST, OPTION_GUARD, AT(allow_files), .useful = NEEDS_TREE, .complete = "dir",
      .help = "file: references may read beneath this directory" },
    { "allow-exec", 0, "PROGRAM", OPTION_LIST, OPTION_GUARD, AT(allow_execs), .useful = NEEDS_TREE, .complete = "file",
      .help = "exec: references may run this program" },
    { "color", 0, "WHEN", OPTION_CHOICE, 0, AT(raw_color), .choices = color_names,
      .help = "colour: auto, always, never; NO_COLOR is honoured" },
    { "quiet", 'q', NULL, OPTION_FLAG, 0, AT(quiet), .help = "errors only on standard error" },
    { "verbose", 'v', NULL, OPTION_FLAG, 0, AT(verbose), .help = "say more on standard error" },
    { "trace", 0, "http[=FILE]", OPTION_TEXT, 0, AT(raw_trace), .useful = NEEDS_NETWORK,
      .help = "show requests and answers, secrets masked" },

    { "git", 0, "URL", OPTION_TEXT, 0, AT(git.url), .commands = GIT, .later = "watch",
      .help = "take the documents from this git repository instead of a TREE" },
    { "branch", 0, "NAME", OPTION_TEXT, 0, AT(git.branch), .commands = GIT, .later = "watch", .help = "with --git: the head of this branch" },
    { "tag", 0, "PATTERN", OPTION_TEXT, 0, AT(git.tag), .commands = GIT, .later = "watch", .help = "with --git: the highest version among the tags that match this glob" },
    { "commit", 0, "ID", OPTION_TEXT, 0, AT(git.commit), .commands = GIT, .later = "watch", .help = "with --git: this commit, by its whole id" },
    { "path", 0, "DIR", OPTION_TEXT, 0, AT(git.path), .commands = GIT, .later = "watch", .help = "with --git: this directory of the repository (default: all of it)" },
    { "verify-signatures", 0, "FILE", OPTION_TEXT, 0, AT(git.signers), .commands = GIT, .later = "watch", .complete = "file",
      .help = "with --git: only what a key of this file signed (ssh allowed signers, or an OpenPGP key ring)" },
    { "allow-rewind", 0, NULL, OPTION_FLAG, OPTION_GUARD, AT(git.allow_rewind), .commands = GIT, .later = "watch",
      .help = "with --git: a commit that does not follow the one applied last, or a moved tag, may pass" },

    { "detailed-exitcode", 0, NULL, OPTION_FLAG, 0, AT(detailed_exitcode), .commands = "plan",
      .help = "exit 2 when something is to be done" },
    { "check-guards", 0, NULL, OPTION_FLAG, 0, AT(check_guards), .commands = "plan",
      .help = "exit 4 if apply with the same flags would be refused" },
    { "out", 0, "FILE", OPTION_TEXT, OPTION_LATER, 0, .commands = "plan", .help = "save the plan" },
    { "offline", 0, NULL, OPTION_FLAG, 0, AT(offline), .commands = "plan",
      .help = "compare with what was applied last: no request, no secret" },
    { "plan", 0, "FILE", OPTION_TEXT, OPTION_LATER, 0, .commands = "apply", .help = "apply a saved plan" },
    { "yes", 0, NULL, OPTION_FLAG, OPTION_GUARD, AT(yes), .commands = WRITES,
      .help = "do not ask; needed when standard input is not a terminal" },
    { "allow", 0, "CLASS[=PATTERN]", OPTION_LIST, OPTION_GUARD, AT(raw_allows), .commands = WATCHED,
      .help = "let reach, delete, send or mass-delete pass, for these addresses" },
    { "prune", 0, NULL, OPTION_FLAG, OPTION_GUARD, AT(prune), .commands = WATCHED,
      .help = "delete what was applied earlier and is no longer declared" },
    { "adopt", 0, NULL, OPTION_FLAG, 0, AT(adopt), .commands = WRITES,
      .help = "record declared write-only values as applied, without sending" },
    { "rewrite", 0, "PATTERN", OPTION_LIST, OPTION_GUARD | OPTION_MAYBE, AT(rewrite_patterns), .commands = WRITES,
      .help = "send write-only fields again" },
    { "max-changes", 0, "N", OPTION_NUMBER, 0, AT(max_changes), .commands = WATCHED, .min = 0, .max = 10000000,
      .help = "change at most so many objects" },
    { "max-deletes", 0, "N", OPTION_NUMBER, 0, AT(max_deletes), .commands = WATCHED, .min = 0, .max = 10000000,
      .help = "delete at most so many objects (10)" },
    { "max-sends", 0, "N", OPTION_NUMBER, 0, AT(max_sends), .commands = WATCHED, .min = 0, .max = 10000000,
      .help = "send at most so many messages (10)" },
    { "lock-timeout", 0, "DURATION", OPTION_DURATION, 0, AT(lock_timeout_ms), .commands = "plan apply watch state resolve freeze thaw",
      .help = "wait so long for another run to end (0s)" },
    { "mode", 0, "MODE", OPTION_CHOICE, 0, AT(watch_mode), .commands = "watch", .choices = mode_names,
      .help = "enforce: write what differs; report: never write" },
    { "interval", 0, "DURATION", OPTION_DURATION, 0, AT(interval_ms), .commands = "watch",
      .help = "time between looks at everything, for drift (10m, give or take a tenth)" },
    { "log", 0, "FORM", OPTION_CHOICE, 0, AT(log_form), .commands = "watch", .choices = log_names,
      .help = "auto, text, logfmt, json or journal; auto: journal fields under systemd, else text" },
    { "sent", 0, NULL, OPTION_FLAG, 0, AT(sent), .commands = "resolve", .help = "it did arrive: never send it" },
    { "not-sent", 0, NULL, OPTION_FLAG, 0, AT(not_sent), .commands = "resolve",
      .help = "it did not arrive: the next apply may send it" },
    { "reason", 0, "TEXT", OPTION_TEXT, OPTION_NO_ENV, AT(reason), .commands = "freeze", .help = "why; shown with everything that it blocks" },
    { "until", 0, "TIME", OPTION_TEXT, OPTION_NO_ENV, AT(until), .commands = "freeze", .help = "when it ends by itself" },
    { "listen", 0, "ADDRESS:PORT", OPTION_TEXT, 0, AT(listen), .commands = "sandbox watch",
      .help = "serve here; port 0 takes a free one (sandbox: 127.0.0.1:0; watch: off when not given, unix:PATH for a socket)" },
    { "expose", 0, NULL, OPTION_FLAG, OPTION_GUARD, AT(expose), .commands = "watch",
      .help = "let --listen be something else than loopback or a unix socket" },
    { "seed", 0, "FILE", OPTION_TEXT, 0, AT(seed), .commands = "sandbox", .complete = "file",
      .help = "what the providers hold at the start, as JSON" },
    { "fault", 0, "SPEC", OPTION_LIST, 0, AT(faults), .commands = "sandbox",
      .help = "what shall go wrong, [METHOD ][PATH ]KIND[=VALUE][,OPTION]...; may be repeated" },
    { "help", 'h', NULL, OPTION_FLAG, OPTION_NO_ENV, AT(help), .help = "show help and exit" },
    { "version", 0, NULL, OPTION_FLAG, OPTION_NO_ENV, AT(version), .help = "show the version and exit" },
    { 0 }
};

const struct variable_row variable_rows[] = {
    { "WACONF_KEY", "text of 32 bytes or more from which the key of secret fingerprints is made" },
    { "WACONF_SANDBOX_RAW", "1: the sandbox's log shows exact bodies and credentials (for tests)" },
    { 0 }
};

static bool listed(const char *names, const char *name)
{
    struct str rest = str_of(names), word;
    while (rest.n) {
        (void)str_cut(rest, ' ', &word, &rest);
        if (str_is(word, name))
            return true;
    }
    return false;
}

bool option_taken(const struct option_row *row, const struct command *command)
{
    return !row->commands || listed(row->commands, command->name);
}

bool option_listed(const struct option_row *row, const struct command *command)
{
    if ((row->flags & OPTION_LATER) || (row->offset == AT(output) && (command->needs & NO_JSON)))
        return false;
    return option_taken(row, command) && (row->commands || !row->useful || (row->useful & command->needs));
}

void option_help(const struct option_row *row, const struct command *command, struct buf *out)
{
    buf_puts(out, row->help);
    if (row->offset == AT(output))
        buf_puts(out, command->run == command_schema ? ": json only" : command->needs & NEEDS_MARKDOWN ? ": human, json, markdown" : ": human, json");
}

void option_variable(const struct option_row *row, struct buf *out)
{
    buf_puts(out, "WACONF_");
    for (const char *c = row->name; *c; c++)
        buf_char(out, *c == '-' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c));
}
