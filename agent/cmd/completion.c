/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion scripts, printed from the tables of commands and options. None of them calls the program. */
#include <string.h>

#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "model/codes.h"
#include "wire/registry.h"

static bool shown(const struct command *c)
{
    return !(c->needs & COMMAND_LATER);
}

/* The words that may follow a command, blank-separated; "" when they are files or free. */
static void first_words(const struct command *c, struct buf *out)
{
    buf_puts(out, "");
    if (c->first)
        buf_puts(out, c->first);
    if (c->run == command_help)
        for (const struct command *other = commands; other->name; other++)
            if (shown(other))
                buf_printf(out, "%s%s", out->n ? " " : "", other->name);
    if (c->run == command_explain)
        for (const struct code *code = codes; code->code; code++)
            buf_printf(out, "%s%s", out->n ? " " : "", code->code);
    if (c->run != command_schema)
        return;
    buf_puts(out, "waconf waconf/Plan waconf/Defaults waconf/Trust");
    for (size_t i = 0; providers[i]; i++) {
        const struct provider *p = providers[i];
        buf_printf(out, " %s %s/%s", p->group, p->group, p->account->name);
        for (const struct kind *k = p->kinds; k->name; k++)
            buf_printf(out, " %s/%s", p->group, k->name);
    }
}

static void choices_of(const struct option_row *row, struct buf *out)
{
    for (const char *const *c = row->choices; c && *c; c++)
        buf_printf(out, "%s%s", c == row->choices ? "" : " ", *c);
}

/* Within single quotes of a shell. */
static void quoted(const char *text, struct buf *out)
{
    for (; *text; text++)
        if (*text == '\'')
            buf_puts(out, "'\\''");
        else
            buf_char(out, *text);
}

/* --- bash -------------------------------------------------------------------------------------- */

static void bash_values(struct buf *out)
{
    for (const struct option_row *row = option_rows; row->name; row++) {
        if (!row->arg || (row->flags & (OPTION_LATER | OPTION_MAYBE)))
            continue;
        auto_buf choices = buf_init(BUF_UNBOUNDED);
        choices_of(row, &choices);
        buf_printf(out, "    --%s", row->name);
        if (row->letter)
            buf_printf(out, " | -%c", row->letter);
        if (choices.n)
            buf_printf(out, ") COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n", choices.p);
        else if (row->complete)
            buf_printf(out, ") compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -%c -- \"$cur\")); return ;;\n",
                       strcmp(row->complete, "dir") ? 'f' : 'd');
        else
            buf_puts(out, ") return ;;\n");
    }
}

static void bash_options(const struct command *c, struct buf *out)
{
    bool first = true;
    for (const struct option_row *row = option_rows; row->name; row++) {
        if (!option_listed(row, c))
            continue;
        buf_printf(out, "%s--%s", first ? "" : " ", row->name);
        first = false;
    }
}

static void bash_commands(struct buf *out)
{
    for (const struct command *c = commands; c->name; c++) {
        if (!shown(c))
            continue;
        auto_buf words = buf_init(BUF_UNBOUNDED);
        first_words(c, &words);
        buf_printf(out, "    %s%s%s) words='%s'; options='", c->name, c->alias ? " | " : "", c->alias ? c->alias : "", words.p);
        bash_options(c, out);
        buf_printf(out, "'%s ;;\n", c->needs & NEEDS_TREE ? "; files=yes" : "");
    }
}

static void names(struct buf *out)
{
    bool first = true;
    for (const struct command *c = commands; c->name; c++) {
        if (!shown(c))
            continue;
        buf_printf(out, "%s%s%s%s", first ? "" : " ", c->name, c->alias ? " " : "", c->alias ? c->alias : "");
        first = false;
    }
}

static void print_bash(struct buf *out)
{
    buf_puts(out, "# bash completion for waconf; made by `waconf completion bash`\n"
                  "_waconf()\n{\n"
                  "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' words='' options='' files='' i\n"
                  "    COMPREPLY=()\n"
                  "    if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
                  "    case $prev in\n");
    bash_values(out);
    buf_puts(out, "    esac\n    for ((i = 1; i < COMP_CWORD; i++)); do\n        case ${COMP_WORDS[i]} in\n        ");
    auto_buf all = buf_init(BUF_UNBOUNDED);
    names(&all);
    for (const char *c = all.p; *c; c++)
        if (*c == ' ')
            buf_puts(out, " | ");
        else
            buf_char(out, *c);
    buf_puts(out, ") command=${COMP_WORDS[i]}; break ;;\n        esac\n    done\n    case $command in\n");
    bash_commands(out);
    buf_printf(out, "    *) words='%s'; options='--help --version' ;;\n    esac\n", all.p);
    buf_puts(out, "    if [[ $cur == -* ]]; then\n"
                  "        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
                  "    elif [[ $files ]]; then\n"
                  "        compopt -o filenames 2>/dev/null\n"
                  "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
                  "    else\n"
                  "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                  "    fi\n}\ncomplete -F _waconf waconf\n");
}

/* --- zsh --------------------------------------------------------------------------------------- */

static void zsh_text(const char *text, struct buf *out)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text))
            buf_char(out, '\\');
        if (*text == '\'')
            buf_puts(out, "'\\''");
        else
            buf_char(out, *text);
    }
}

static void zsh_action(const struct option_row *row, struct buf *out)
{
    if (!row->arg)
        return;
    buf_puts(out, row->flags & OPTION_MAYBE ? "::" : ":");
    zsh_text(row->arg, out);
    buf_char(out, ':');
    if (row->choices) {
        buf_char(out, '(');
        choices_of(row, out);
        buf_char(out, ')');
    } else if (row->complete)
        buf_puts(out, strcmp(row->complete, "dir") ? "_files" : "_files -/");
}

static void zsh_option(const struct option_row *row, const struct command *c, struct buf *out)
{
    auto_buf help = buf_init(BUF_UNBOUNDED);
    option_help(row, c, &help);
    const char *ends = !row->arg ? "" : row->flags & OPTION_MAYBE ? "=-" : "=";
    for (int spelling = row->letter ? 0 : 1; spelling < 2; spelling++) {
        buf_printf(out, " \\\n      '%s", row->type == OPTION_LIST ? "*" : "");
        if (spelling)
            buf_printf(out, "--%s%s[", row->name, ends);
        else
            buf_printf(out, "-%c%s[", row->letter, row->arg ? "+" : "");
        zsh_text(help.p, out);
        buf_char(out, ']');
        zsh_action(row, out);
        buf_char(out, '\'');
    }
}

static void zsh_command(const struct command *c, struct buf *out)
{
    auto_buf words = buf_init(BUF_UNBOUNDED);
    first_words(c, &words);
    buf_printf(out, "  %s%s%s)\n    _arguments -s", c->name, c->alias ? "|" : "", c->alias ? c->alias : "");
    for (const struct option_row *row = option_rows; row->name; row++)
        if (option_listed(row, c))
            zsh_option(row, c, out);
    if (c->needs & NEEDS_TREE)
        buf_puts(out, " \\\n      '*:tree:_files'");
    else if (words.n)
        buf_printf(out, " \\\n      '1:word:(%s)'", words.p);
    buf_puts(out, " ;;\n");
}

static void print_zsh(struct buf *out)
{
    buf_puts(out, "#compdef waconf\n# zsh completion for waconf; made by `waconf completion zsh`\n_waconf() {\n"
                  "  local -a commands\n  commands=(\n");
    for (const struct command *c = commands; c->name; c++) {
        if (!shown(c))
            continue;
        buf_printf(out, "    '%s:", c->name);
        quoted(c->help, out);
        buf_puts(out, "'\n");
    }
    buf_puts(out, "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
                  "  shift words\n  (( CURRENT-- ))\n  case $words[1] in\n");
    for (const struct command *c = commands; c->name; c++)
        if (shown(c))
            zsh_command(c, out);
    buf_puts(out, "  esac\n}\nif [ \"$funcstack[1]\" = _waconf ]; then\n  _waconf \"$@\"\nelse\n  compdef _waconf waconf\nfi\n");
}

/* --- fish -------------------------------------------------------------------------------------- */

static void fish_option(const struct option_row *row, const struct command *c, struct buf *out)
{
    buf_printf(out, "complete -c waconf -n '__fish_seen_subcommand_from %s%s%s' -l %s", c->name, c->alias ? " " : "",
               c->alias ? c->alias : "", row->name);
    if (row->letter)
        buf_printf(out, " -s %c", row->letter);
    if (row->arg && !(row->flags & OPTION_MAYBE))
        buf_puts(out, row->complete ? " -r -F" : " -x");
    if (row->choices) {
        buf_puts(out, " -a '");
        choices_of(row, out);
        buf_char(out, '\'');
    }
    buf_puts(out, " -d '");
    auto_buf help = buf_init(BUF_UNBOUNDED);
    option_help(row, c, &help);
    quoted(help.p, out);
    buf_puts(out, "'\n");
}

static void print_fish(struct buf *out)
{
    buf_puts(out, "# fish completion for waconf; made by `waconf completion fish`\ncomplete -c waconf -f\n");
    for (const struct command *c = commands; c->name; c++) {
        if (!shown(c))
            continue;
        auto_buf words = buf_init(BUF_UNBOUNDED);
        first_words(c, &words);
        buf_printf(out, "complete -c waconf -n __fish_use_subcommand -a %s -d '", c->name);
        quoted(c->help, out);
        buf_puts(out, "'\n");
        if (c->needs & NEEDS_TREE)
            buf_printf(out, "complete -c waconf -n '__fish_seen_subcommand_from %s%s%s' -F\n", c->name, c->alias ? " " : "",
                       c->alias ? c->alias : "");
        else if (words.n)
            buf_printf(out, "complete -c waconf -n '__fish_seen_subcommand_from %s' -a '%s'\n", c->name, words.p);
        for (const struct option_row *row = option_rows; row->name; row++)
            if (option_listed(row, c))
                fish_option(row, c, out);
    }
}

int command_completion(struct options *o)
{
    static const struct { const char *name; void (*print)(struct buf *out); } shells[] = {
        { "bash", print_bash }, { "zsh", print_zsh }, { "fish", print_fish },
    };
    struct err err = { 0 };
    auto_buf text = buf_init(BUF_UNBOUNDED);
    if (o->words.n != 1)
        return fail_usage(o, "'completion' takes one shell: bash, zsh or fish");
    for (size_t i = 0; i < COUNT(shells); i++)
        if (!strcmp(shells[i].name, o->words.items[0])) {
            shells[i].print(&text);
            return done(o, output_text(o, buf_str(&text), &err), &err, EXIT_OK);
        }
    return fail_usage(o, "there is no completion for '%s'; there is bash, zsh and fish", o->words.items[0]);
}
