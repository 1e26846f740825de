/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, in the order of help, and the way from argv to one of them. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"

#define PLANS (NEEDS_TREE | NEEDS_TARGETS | NEEDS_STATE | NEEDS_NETWORK | NEEDS_MARKDOWN | NEEDS_PLAN_JSON)
#define LATER(word) { .name = word, .words = "", .help = "", .needs = COMMAND_LATER }

const struct command commands[] = {
    { "validate", NULL, "[TREE...]", "check documents: everything that needs no network and no secret",
      command_validate, NEEDS_TREE | NEEDS_TARGETS | NEEDS_VALID_JSON, NULL,
      "Reads all documents of the trees and prints every mistake with its place. References need not be resolved, origins not be trusted; "
      "but the options that say so, and the trust file, are checked." },
    { "plan", "diff", "[TREE...]", "read live state and show what apply would do; writes nothing",
      command_plan, PLANS, NULL,
      "Neither the providers nor the state are changed." },
    { "apply", NULL, "[TREE...]", "plan, ask, write, verify",
      command_apply, PLANS, NULL,
      "Objects are independent: one that fails or is blocked does not stop the others." },
    { "watch", NULL, "[TREE...]", "daemon: keep the providers as the files say, on every change and on a timer",
      command_watch, NEEDS_TREE | NEEDS_TARGETS | NEEDS_STATE | NEEDS_NETWORK | NO_JSON, NULL,
      "Runs until SIGTERM. SIGHUP looks at everything again, SIGUSR1 writes the status to the log. A tree that is invalid, or that lost more "
      "than half of its documents at once, is refused, and the last good one stays in force." },
    LATER("import"), LATER("dump"),
    LATER("init"), LATER("check"),
    { "status", NULL, "", "what the state knows: last applied, in doubt, messages, the last run", command_status, NEEDS_STATE | NEEDS_TARGETS, NULL, NULL },
    { "history", NULL, "[ADDRESS]", "runs and what they did: who, when, from which commit", command_history, NEEDS_STATE, NULL,
      "With an address, what happened to that object, newest first." },
    { "state", NULL, "init|show|forget ADDRESS", "look after the state", command_state, NEEDS_STATE, "init show forget",
      "init makes a state (messages are sent only with a state that existed before the run). show tells what is in it. "
      "forget drops what is known of an object that nobody manages any more; what was sent stays recorded for ever." },
    { "resolve", NULL, "ADDRESS --sent|--not-sent", "settle a message that is unsure", command_resolve, NEEDS_STATE, NULL,
      "After a lost answer nobody but you can find out whether a message arrived. Say so here." },
    { "freeze", NULL, "PATTERN --reason TEXT --until TIME", "no writes to these addresses until then, for an incident", command_freeze, NEEDS_STATE, NULL,
      "TIME is a point in time (2026-12-01T18:00:00Z) or how long from now (2h). Objects that match are blocked in every apply and in the daemon." },
    { "thaw", NULL, "PATTERN", "end a freeze", command_thaw, NEEDS_STATE, NULL, NULL },
    { "schema", NULL, "[GROUP[/KIND]]", "JSON Schema of documents, for editors", command_schema, 0, NULL,
      "Without a word: of every document. waconf/Plan is the schema of what plan and apply print with -o json; "
      "waconf/Defaults and waconf/Trust are those of our own kinds." },
    { "providers", NULL, "", "the providers, their kinds and fields", command_providers, NEEDS_MARKDOWN, NULL, NULL },
    { "explain", NULL, "[CODE]", "what a diagnostic code means and what to do", command_explain, NEEDS_MARKDOWN, NULL,
      "Without a code: all of them." },
    { "sandbox", NULL, "", "the five APIs on a loopback port, to try and to test against", command_sandbox, NO_JSON, NULL,
      "Prints its address on the first line and serves until it is interrupted." },
    { "version", NULL, "", "version of waconf and of the libraries it uses", command_version, 0, NULL, NULL },
    { "completion", NULL, "bash|zsh|fish", "completion script for a shell", command_completion, NO_JSON, "bash zsh fish",
      "For bash: source <(waconf completion bash)" },
    { "help", NULL, "[COMMAND]", "help for a command", command_help, 0, NULL, NULL },
    { 0 }
};

const struct command *command_find(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (!strcmp(c->name, name) || (c->alias && !strcmp(c->alias, name)))
            return c;
    return NULL;
}

static int unknown_command(const struct options *o, const char *word)
{
    const char *names[2 * 32];
    size_t n = 0;
    struct err err = { 0 };
    for (const struct command *c = commands; c->name; c++) {
        if (c->needs & COMMAND_LATER)
            continue;
        names[n++] = c->name;
        if (c->alias)
            names[n++] = c->alias;
    }
    const char *nearest = str_nearest(str_of(word), names, n);
    (void)err_set(&err, ERR_USAGE, "E001", "unknown command '%s'", word);
    if (nearest)
        (void)err_hint(&err, "Did you mean '%s'?", nearest);
    else
        (void)err_hint(&err, "`waconf help` lists the commands.");
    return fail(o, &err);
}

/* Common options may stand before the command: they are moved behind it. Returns the index of the command in argv, or
 * argc when there is none. */
static int find_command(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (word[0] != '-' || !word[1])
            return i;
        if (!strcmp(word, "--"))
            return i + 1;
        for (const struct option_row *row = option_rows; row->name; row++) {
            bool is_long = word[1] == '-' && !strcmp(word + 2, row->name);
            bool is_letter = row->letter && word[1] == row->letter && !word[2];
            if ((is_long || is_letter) && row->arg && !(row->flags & OPTION_MAYBE))
                i++;
        }
    }
    return argc;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct options o;
    struct err err = { 0 };
    auto_buf warn = buf_init(64 << 10);
    int status;
    if (options_read(&o, command, argc, argv, &warn, &err))
        status = fail(&o, &err);
    else if (o.version)
        status = command_version(&o);
    else if (o.help)
        status = command_help(&o);
    else {
        struct str rest = buf_str(&warn), line;
        while (str_cut(rest, '\n', &line, &rest))
            say_warning(&o, "%.*s", ARG(line));
        if (!*command->words && o.words.n)
            status = fail_usage(&o, "'%s' takes no '%s'", command->name, o.words.items[0]);
        else
            status = command->run(&o);
    }
    options_release(&o);
    return status;
}

int command_main(int argc, char **argv)
{
    struct options none = { .output = options_format(argc, argv) };
    (void)signal(SIGPIPE, SIG_IGN);     /* a closed pipe is an error of write(), told like any other */
    int at = find_command(argc, argv);
    if (at >= argc)                     /* options only: --version, --help, or a mistake */
        return argc > 1 ? run(command_find("help"), argc, argv)
                        : fail_usage(&none, "no command; `waconf help` lists them");
    const struct command *command = command_find(argv[at]);
    if (!command)
        return unknown_command(&none, argv[at]);
    if (command->needs & COMMAND_LATER) {
        struct err err = { 0 };
        (void)err_set(&err, ERR_USAGE, "E002", "'%s' is not in this version of waconf", argv[at]);
        return fail(&none, &err);
    }
    char *name = argv[at];
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof *argv);
    argv[1] = name;
    return run(command, argc - 1, argv + 1);
}
