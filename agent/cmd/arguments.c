/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From argv to struct options. argp does the reading, told by the table; a look over the words before it finds what is
 * wrong, because argp can neither suggest the nearest option nor say "not in this version".
 */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cmd/command.h"

enum { KEY_FIRST = 256, MOST_ROWS = 64 };

void strings_add(struct strings *list, const char *text)
{
    list->items = mem_grow(list->items, &list->cap, list->n + 1, sizeof *list->items);
    list->items[list->n++] = text;
}

static int bad_value(const struct option_row *row, const char *value, const char *takes, struct err *err)
{
    return err_set(err, ERR_USAGE, "E001", "'--%s' takes %s, not '%s'", row->name, takes, value);
}

static int set_choice(void *at, const struct option_row *row, const char *value, struct err *err)
{
    for (int i = 0; row->choices[i]; i++)
        if (!strcmp(row->choices[i], value)) {
            *(int *)at = i;
            return 0;
        }
    auto_buf all = buf_init(BUF_UNBOUNDED);
    for (size_t i = 0; row->choices[i]; i++)
        buf_printf(&all, "%s%s", i ? ", " : "one of ", row->choices[i]);
    return bad_value(row, value, all.p, err);
}

static int set_flag(void *at, const struct option_row *row, const char *value, bool from_env, struct err *err)
{
    static const char *const words[] = { "0", "1", "false", "true", "no", "yes" };
    if (!from_env) {
        *(bool *)at = true;
        return 0;
    }
    for (size_t i = 0; i < COUNT(words); i++)
        if (!strcmp(words[i], value)) {
            *(bool *)at = i & 1;
            return 0;
        }
    return bad_value(row, value, "true or false", err);
}

/* Several values in one variable stand on lines of their own. */
static void set_list(struct options *o, struct strings *list, const char *value, bool from_env)
{
    struct str rest = str_of(value), line;
    if (!from_env) {
        if (list->from_env)
            list->n = 0;
        list->from_env = false;
        strings_add(list, value);
        return;
    }
    list->from_env = true;
    while (rest.n) {
        (void)str_cut(rest, '\n', &line, &rest);
        if (line.n)
            strings_add(list, arena_str(&o->arena, line).p);
    }
}

int option_set(struct options *o, const struct option_row *row, const char *value, bool from_env, struct err *err)
{
    void *at = (char *)o + row->offset;
    char range[64];
    switch (row->type) {
    case OPTION_FLAG:
        return set_flag(at, row, value, from_env, err);
    case OPTION_TEXT:
        if (!*value)
            return bad_value(row, value, "a text", err);
        *(const char **)at = value;
        return 0;
    case OPTION_LIST:
        if (!*value)
            return bad_value(row, value, "a text", err);
        set_list(o, at, value, from_env);
        return 0;
    case OPTION_NUMBER:
        if (str_to_long(str_of(value), row->min, row->max, at))
            return 0;
        (void)snprintf(range, sizeof range, "a whole number from %ld to %ld", row->min, row->max);
        return bad_value(row, value, range, err);
    case OPTION_DURATION:
        if (clock_duration(str_of(value), at))
            return 0;
        return bad_value(row, value, "a duration such as 30s, 10m or 24h", err);
    case OPTION_CHOICE:
        return set_choice(at, row, value, err);
    }
    return 0;
}

/* --- the look ahead ------------------------------------------------------------------------------------------- */

static int not_here(const struct options *o, const struct option_row *row, struct err *err)
{
    if (row->flags & OPTION_LATER)
        return err_set(err, ERR_USAGE, "E002", "'--%s' is not in this version of waconf", row->name);
    if (row->later && str_is(str_of(row->later), o->command->name))
        return err_set(err, ERR_USAGE, "E002", "'%s --%s' is not in this version of waconf", o->command->name, row->name);
    return err_set(err, ERR_USAGE, "E001", "'%s' takes no '--%s'; it belongs to: %s", o->command->name, row->name,
                   row->commands);
}

static int unknown_option(const struct options *o, struct str name, struct err *err)
{
    const char *names[MOST_ROWS];
    size_t n = 0;
    for (const struct option_row *row = option_rows; row->name; row++)
        if (option_taken(row, o->command) && !(row->flags & OPTION_LATER))
            names[n++] = row->name;
    const char *nearest = str_nearest(name, names, n);
    (void)err_set(err, ERR_USAGE, "E001", "unknown option '%s%.*s'", name.n > 1 ? "--" : "-", ARG(name));
    if (nearest)
        return err_hint(err, "Did you mean '--%s'?", nearest);
    return err_hint(err, "`waconf help %s` lists the options.", o->command->run == command_help ? "COMMAND" : o->command->name);
}

/* The row that a long name means: itself, or the only one of the command that begins with it. */
static int long_row(const struct options *o, struct str name, const struct option_row **ret, struct err *err)
{
    const struct option_row *found = NULL, *other = NULL;
    for (const struct option_row *row = option_rows; row->name; row++) {
        if (str_is(name, row->name)) {
            *ret = row;
            return option_taken(row, o->command) && !(row->flags & OPTION_LATER) ? 0 : not_here(o, row, err);
        }
        if (!name.n || !str_starts(str_of(row->name), name) || !option_taken(row, o->command) || (row->flags & OPTION_LATER))
            continue;
        other = found;
        found = row;
    }
    if (found && other)
        return err_set(err, ERR_USAGE, "E001", "'--%.*s' could be '--%s' or '--%s'", ARG(name), other->name, found->name);
    if (!found)
        return unknown_option(o, name, err);
    *ret = found;
    return 0;
}

static const struct option_row *letter_row(const struct options *o, char letter)
{
    for (const struct option_row *row = option_rows; row->name; row++)
        if (row->letter == letter && option_taken(row, o->command))
            return row;
    return NULL;
}

static int needs_value(const struct option_row *row, struct err *err)
{
    return err_set(err, ERR_USAGE, "E001", "'--%s' needs a value: --%s %s", row->name, row->name, row->arg);
}

/* What the error, if there is one, shall be told in. */
static void note_format(struct options *o, const struct option_row *row, const char *value)
{
    struct err ignored;
    if (value && !strcmp(row->name, "output"))
        (void)set_choice(&o->output, row, value, &ignored);
}

static int check_long(struct options *o, const char *word, const char *next, int *ret_used, struct err *err)
{
    const struct option_row *row = NULL;
    struct str name, value;
    bool inside = str_cut(str_of(word), '=', &name, &value);
    if (long_row(o, name, &row, err))
        return -1;
    if (!row->arg && inside)
        return err_set(err, ERR_USAGE, "E001", "'--%s' takes no value", row->name);
    if (!row->arg || inside || (row->flags & OPTION_MAYBE)) {
        note_format(o, row, inside ? value.p : NULL);
        return 0;
    }
    if (!next)
        return needs_value(row, err);
    note_format(o, row, next);
    *ret_used = 1;
    return 0;
}

static int check_letters(struct options *o, const char *word, const char *next, int *ret_used, struct err *err)
{
    for (; *word; word++) {
        const struct option_row *row = letter_row(o, *word);
        if (!row)
            return unknown_option(o, (struct str){ word, 1 }, err);
        if (!row->arg)
            continue;
        if (!word[1] && !next)
            return needs_value(row, err);
        note_format(o, row, word[1] ? word + 1 : next);
        *ret_used = !word[1];
        return 0;
    }
    return 0;
}

static int check_words(struct options *o, int argc, char **argv, struct err *err)
{
    int status = 0;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        struct err later;           /* the first error is told; the rest is read for -o all the same */
        int used = 0, bad = 0;
        if (!strcmp(word, "--"))
            break;
        if (!strncmp(word, "--", 2))
            bad = check_long(o, word + 2, next, &used, status ? &later : err);
        else if (word[0] == '-' && word[1])
            bad = check_letters(o, word + 1, next, &used, status ? &later : err);
        if (bad)
            status = -1;
        i += used;
    }
    return status;
}

static void format_from_environment(struct options *o)
{
    const char *value = getenv("WACONF_OUTPUT");
    for (int i = 0; value && i < FORMAT_COUNT; i++)
        if (!strcmp(value, format_names[i]))
            o->output = (enum format)i;
}

enum format options_format(int argc, char **argv)
{
    struct options o = { .command = command_find("help") };
    struct err ignored = { 0 };
    format_from_environment(&o);
    (void)check_words(&o, argc, argv, &ignored);
    return o.output;
}

/* --- argp ------------------------------------------------------------------------------------------------------ */

struct reading { struct options *o; struct err *err; };

static error_t take_option(int key, char *arg, struct argp_state *state)
{
    struct reading *reading = state->input;
    if (key == ARGP_KEY_ARG) {
        strings_add(&reading->o->words, arg);
        return 0;
    }
    if (key < KEY_FIRST)
        for (const struct option_row *row = option_rows; row->name; row++)
            if (row->letter && row->letter == key)
                return option_set(reading->o, row, arg, false, reading->err) ? EINVAL : 0;
    if (key < KEY_FIRST || key >= KEY_FIRST + MOST_ROWS)
        return ARGP_ERR_UNKNOWN;
    const struct option_row *row = &option_rows[key - KEY_FIRST];
    return option_set(reading->o, row, arg ? arg : "*", false, reading->err) ? EINVAL : 0;
}

static void argp_rows(const struct command *command, struct argp_option *ret)
{
    for (const struct option_row *row = option_rows; row->name; row++)
        if (option_taken(row, command) && !(row->flags & OPTION_LATER))
            *ret++ = (struct argp_option){
                .name = row->name, .key = row->letter ? row->letter : KEY_FIRST + (int)(row - option_rows), .arg = row->arg,
                .flags = row->flags & OPTION_MAYBE ? OPTION_ARG_OPTIONAL : 0,
            };
}

int options_read(struct options *o, const struct command *command, int argc, char **argv, struct buf *warn, struct err *err)
{
    struct argp_option rows[MOST_ROWS + 1] = { 0 };
    struct argp argp = { .options = rows, .parser = take_option };
    struct reading reading = { o, err };
    *o = (struct options){ .command = command, .env = "default", .parallelism = 16, .max_changes = -1, .max_deletes = 10, .interval_ms = 600000,
                           .max_sends = 10 };
    argp_rows(command, rows);
    format_from_environment(o);
    if (check_words(o, argc, argv, err) || environment_read(o, warn, err))
        return -1;
    if (argp_parse(&argp, argc, argv, ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP, NULL, &reading))
        return err->is ? -1 : err_set(err, ERR_USAGE, "E001", "the command line cannot be read");
    return options_finish(o, err);
}
