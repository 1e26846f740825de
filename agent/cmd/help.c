/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/command.h"
#include "cmd/output.h"

enum { HELP_COLUMN = 34, HELP_WIDTH = 100 };

static void print_all(struct buf *out)
{
    buf_puts(out, "waconf keeps WhatsApp provider configs and number profiles the way YAML files say they are.\n\n"
                  "Usage: waconf COMMAND [OPTION...] [WORD...]\n\nCommands:\n");
    for (const struct command *c = commands; c->name; c++) {
        if (c->needs & COMMAND_LATER)
            continue;
        size_t before = out->n;
        buf_printf(out, "  %s%s%s %s", c->name, c->alias ? ", " : "", c->alias ? c->alias : "", c->words);
        size_t width = out->n - before;
        buf_pad(out, ' ', width < HELP_COLUMN + 2 ? HELP_COLUMN + 2 - width : 1);
        buf_printf(out, "%s\n", c->help);
    }
    buf_puts(out, "\n`waconf help COMMAND` shows the options of a command; waconf(1) and waconf(5) tell everything.\n"
                  "Exit codes: 0 in sync or applied, 1 error, 2 changes pending, 3 partly applied, 4 refused by a guard,\n"
                  "5 locked, 6 stale plan, 64 wrong usage, 65 invalid documents, 69 provider down, 75 interrupted,\n"
                  "77 credentials refused.\n");
}

static void print_option(const struct option_row *row, const struct command *command, struct buf *out)
{
    size_t before = out->n;
    if (row->letter)
        buf_printf(out, "  -%c, --%s", row->letter, row->name);
    else
        buf_printf(out, "      --%s", row->name);
    if (row->arg)
        buf_printf(out, row->flags & OPTION_MAYBE ? "[=%s]" : " %s", row->arg);
    size_t width = out->n - before;
    buf_pad(out, ' ', width < HELP_COLUMN ? HELP_COLUMN - width : 1);
    option_help(row, command, out);
    buf_char(out, '\n');
}

static void print_options(const struct command *command, bool own, struct buf *out)
{
    for (const struct option_row *row = option_rows; row->name; row++)
        if (option_listed(row, command) && (row->commands != NULL) == own)
            print_option(row, command, out);
}

static void print_wrapped(const char *text, struct buf *out)
{
    struct str rest = str_of(text), word;
    size_t column = 0;
    while (rest.n) {
        (void)str_cut(rest, ' ', &word, &rest);
        if (column && column + 1 + word.n > HELP_WIDTH) {
            buf_char(out, '\n');
            column = 0;
        }
        if (column++)
            buf_char(out, ' ');
        buf_add(out, word);
        column += word.n;
    }
    buf_char(out, '\n');
}

void help_print(const struct command *command, struct buf *out)
{
    bool own = false;
    if (!command) {
        print_all(out);
        return;
    }
    buf_printf(out, "Usage: waconf %s [OPTION...]%s%s\n", command->name, *command->words ? " " : "", command->words);
    if (command->alias)
        buf_printf(out, "       waconf %s is the same.\n", command->alias);
    buf_puts(out, "\n");
    print_wrapped(command->help, out);
    if (command->about) {
        buf_char(out, '\n');
        print_wrapped(command->about, out);
    }
    for (const struct option_row *row = option_rows; row->name; row++)
        own |= row->commands && option_listed(row, command);
    if (own) {
        buf_puts(out, "\nOptions:\n");
        print_options(command, true, out);
    }
    buf_puts(out, "\nCommon options (also WACONF_<OPTION> in the environment, but for those that lift a guard):\n");
    print_options(command, false, out);
}

/* --- the same as JSON: the manual is made from it ---------------------------------------------------------- */

static json_t *text_or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

static json_t *options_json(const struct command *command)
{
    json_t *list = json_array();
    for (const struct option_row *row = option_rows; row->name; row++) {
        if (!option_listed(row, command))
            continue;
        auto_buf variable = buf_init(BUF_UNBOUNDED), help = buf_init(BUF_UNBOUNDED);
        option_variable(row, &variable);
        option_help(row, command, &help);
        json_t *one = json_object();
        json_object_set_new(one, "name", json_string(row->name));
        json_object_set_new(one, "letter", row->letter ? json_stringn(&row->letter, 1) : json_null());
        json_object_set_new(one, "argument", text_or_null(row->arg));
        json_object_set_new(one, "argument_optional", json_boolean(row->flags & OPTION_MAYBE));
        json_object_set_new(one, "help", json_string(help.p));
        json_object_set_new(one, "common", json_boolean(!row->commands));
        json_object_set_new(one, "variable", row->flags & (OPTION_GUARD | OPTION_NO_ENV) ? json_null() : json_string(variable.p));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *command_json(const struct command *c)
{
    json_t *one = json_object();
    json_object_set_new(one, "name", json_string(c->name));
    json_object_set_new(one, "alias", text_or_null(c->alias));
    json_object_set_new(one, "words", text_or_null(c->words));
    json_object_set_new(one, "help", json_string(c->help));
    json_object_set_new(one, "about", text_or_null(c->about));
    json_object_set_new(one, "options", options_json(c));
    return one;
}

static void print_json(const struct command *about, struct buf *out)
{
    json_t *all = json_object(), *list = json_array(), *variables = json_array();
    for (const struct command *c = commands; c->name; c++)
        if (about ? c == about : !(c->needs & COMMAND_LATER))
            json_array_append_new(list, command_json(c));
    for (const struct variable_row *v = variable_rows; v->name; v++)
        json_array_append_new(variables, json_pack("{s:s, s:s}", "name", v->name, "help", v->help));
    json_object_set_new(all, "format_version", json_string("1.0"));
    json_object_set_new(all, "commands", list);
    json_object_set_new(all, "variables", variables);
    json_print(out, all);
}

/* `waconf help X`, `waconf X --help` and `waconf --help`. */
int command_help(struct options *o)
{
    struct err err = { 0 };
    auto_buf text = buf_init(BUF_UNBOUNDED);
    const struct command *about = o->command;
    if (about->run == command_help) {
        about = NULL;
        if (o->words.n > 1)
            return fail_usage(o, "'help' takes one command");
        if (o->words.n && !o->help && !(about = command_find(o->words.items[0])))
            return fail_usage(o, "there is no command '%s'", o->words.items[0]);
        if (about && (about->needs & COMMAND_LATER)) {
            (void)err_set(&err, ERR_USAGE, "E002", "'%s' is not in this version of waconf", o->words.items[0]);
            return fail(o, &err);
        }
    }
    if (o->output == FORMAT_JSON)
        print_json(about, &text);
    else
        help_print(about, &text);
    return done(o, output_text(o, buf_str(&text), &err), &err, EXIT_OK);
}
