/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw texts to fields: what options_read() does last. */
#include "cmd/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/variables.h"

static int usage(struct err *err, const char *option, const char *takes, const char *value)
{
    return err_set(err, ERR_USAGE, "E001", "'--%s' takes %s, not '%s'", option, takes, value);
}

static int finish_selectors(struct options *o, struct err *err)
{
    size_t cap = 0;
    for (size_t i = 0; i < o->raw_selectors.n; i++) {
        struct str rest = str_of(o->raw_selectors.items[i]), one;
        while (rest.n) {
            struct label label;
            (void)str_cut(rest, ',', &one, &rest);
            if (!str_cut(one, '=', &label.key, &label.value) || !label.key.n)
                return usage(err, "selector", "KEY=VALUE,...", o->raw_selectors.items[i]);
            o->selectors = mem_grow(o->selectors, &cap, o->n_selectors + 1, sizeof *o->selectors);
            o->selectors[o->n_selectors++] = label;
        }
    }
    return 0;
}

static int finish_allows(struct options *o, struct err *err)
{
    static const char *const classes[] = { "reach", "delete", "send", "mass-delete" };
    size_t cap = 0;
    for (size_t i = 0; i < o->raw_allows.n; i++) {
        struct allow allow = { 0 };
        bool known = false, some = str_cut(str_of(o->raw_allows.items[i]), '=', &allow.class, &allow.pattern);
        for (size_t c = 0; c < COUNT(classes); c++)
            known |= str_is(allow.class, classes[c]);
        if (!known || (some && !allow.pattern.n))
            return usage(err, "allow", "reach, delete, send or mass-delete, and perhaps =PATTERN", o->raw_allows.items[i]);
        if (!some)
            allow.pattern = STR("*");
        o->allows = mem_grow(o->allows, &cap, o->n_allows + 1, sizeof *o->allows);
        o->allows[o->n_allows++] = allow;
    }
    return 0;
}

static bool has_form(const struct command *command, enum format format)
{
    return format == FORMAT_HUMAN || (format == FORMAT_MARKDOWN ? command->needs & NEEDS_MARKDOWN : !(command->needs & NO_JSON));
}

static int finish_output_files(struct options *o, struct err *err)
{
    size_t cap = 0;
    for (size_t i = 0; i < o->raw_output_files.n; i++) {
        struct str name, path;
        int format = FORMAT_COUNT;
        if (str_cut(str_of(o->raw_output_files.items[i]), '=', &name, &path))
            for (format = 0; format < FORMAT_COUNT && !str_is(name, format_names[format]); format++)
                ;
        if (format == FORMAT_COUNT || !path.n)
            return usage(err, "output-file", "human=FILE, json=FILE or markdown=FILE", o->raw_output_files.items[i]);
        if (!has_form(o->command, (enum format)format))
            return err_set(err, ERR_USAGE, "E001", "'%s' has no %s form", o->command->name, format_names[format]);
        o->output_files = mem_grow(o->output_files, &cap, o->n_output_files + 1, sizeof *o->output_files);
        o->output_files[o->n_output_files++] = (struct output_file){ (enum format)format, path.p };
    }
    return 0;
}

static int finish_trace(struct options *o, struct err *err)
{
    struct str component, file;
    if (!o->raw_trace)
        return 0;
    bool some = str_cut(str_of(o->raw_trace), '=', &component, &file);
    if (!str_is(component, "http") || (some && !file.n))
        return usage(err, "trace", "http or http=FILE", o->raw_trace);
    o->trace = true;
    o->trace_file = some ? file.p : NULL;
    return 0;
}

/* Contract 8. systemd may give several state directories; the first is ours. */
static const char *state_directory(struct options *o)
{
    const char *given = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    struct str first, rest;
    if (o->raw_state)
        return o->raw_state;
    (void)str_cut(str_of(given), ':', &first, &rest);
    if (first.n)
        return arena_str(&o->arena, first).p;
    if (xdg && *xdg == '/')
        return arena_printf(&o->arena, "%s/waconf", xdg).p;
    if (home && *home == '/')
        return arena_printf(&o->arena, "%s/.local/state/waconf", home).p;
    return NULL;
}

static int check_env_name(const struct options *o, struct err *err)
{
    size_t n = strlen(o->env);
    if (n > 63 || strspn(o->env, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != n)
        return usage(err, "env", "at most 63 letters, digits, dots, dashes or underscores", o->env);
    return 0;
}

static bool colored(const struct options *o, int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    if (o->raw_color != COLOR_AUTO)
        return o->raw_color == COLOR_ALWAYS;
    return !(no && *no) && !(term && !strcmp(term, "dumb")) && isatty(fd);
}

static void note_flag(struct buf *out, const char *name, const struct strings *values)
{
    for (size_t i = 0; i < values->n; i++)
        buf_printf(out, "%s--%s=%s", out->n ? " " : "", name, values->items[i]);
}

/* For the history: which flags lifted guards in this run (contract 8). */
static void note_guards(struct options *o)
{
    auto_buf all = buf_init(BUF_UNBOUNDED);
    if (o->yes)
        buf_puts(&all, "--yes");
    note_flag(&all, "allow", &o->raw_allows);
    if (o->prune)
        buf_puts(&all, all.n ? " --prune" : "--prune");
    if (o->git.allow_rewind)
        buf_puts(&all, all.n ? " --allow-rewind" : "--allow-rewind");
    note_flag(&all, "rewrite", &o->rewrite_patterns);
    note_flag(&all, "allow-origin", &o->allow_origins);
    note_flag(&all, "allow-file", &o->allow_files);
    note_flag(&all, "allow-exec", &o->allow_execs);
    if (o->trust_file)
        buf_printf(&all, "%s--trust=%s", all.n ? " " : "", o->trust_file);
    o->guard_flags = arena_str(&o->arena, buf_str(&all));
}

static void finish_trees(struct options *o)
{
    if (!(o->command->needs & NEEDS_TREE))
        return;
    for (size_t i = 0; i < o->words.n; i++)
        strings_add(&o->trees, o->words.items[i]);
    for (size_t i = 0; i < o->raw_files.n && !(o->raw_files.from_env && o->words.n); i++)
        strings_add(&o->trees, o->raw_files.items[i]);
    if (!o->trees.n && !o->git.url)
        strings_add(&o->trees, ".");
}

/* Options that mean nothing without --git; from the environment they are for other runs. */
static int check_no_git(const struct options *o, bool words, struct err *err)
{
    const struct { const char *name, *variable; bool given; } rows[] = {
        { "branch", "WACONF_BRANCH", o->git.branch }, { "tag", "WACONF_TAG", o->git.tag }, { "commit", "WACONF_COMMIT", o->git.commit },
        { "path", "WACONF_PATH", o->git.path }, { "verify-signatures", "WACONF_VERIFY_SIGNATURES", o->git.signers },
        { "allow-rewind", "WACONF_ALLOW_REWIND", o->git.allow_rewind },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].given && !getenv(rows[i].variable))
            return err_set(err, ERR_USAGE, "E001", words ? "'--%s' is for --git URL, and documents come from a TREE here" : "'--%s' needs --git URL", rows[i].name);
    return 0;
}

/* What the environment says of git gives way to trees on the command line, and the other way round. */
static int check_git(struct options *o, struct err *err)
{
    const char *environment = getenv("WACONF_GIT");
    bool words = o->words.n || (o->raw_files.n && !o->raw_files.from_env);
    if (o->git.url && words && environment && !strcmp(environment, o->git.url))
        o->git.url = NULL;
    if (!o->git.url)
        return check_no_git(o, words, err);
    if (words)
        return err_set(err, ERR_USAGE, "E001", "documents come from --git or from a TREE, not from both");
    int pins = !!o->git.branch + !!o->git.tag + !!o->git.commit;
    if (pins != 1)
        return err_set(err, ERR_USAGE, "E001", "'--git' needs one of --branch NAME, --tag PATTERN and --commit ID%s", pins ? ", not several" : "");
    o->trees.n = 0;
    return 0;
}

/* A form that the environment asks for is meant for the commands that have it. */
static int check_form(struct options *o, struct err *err)
{
    const char *environment = getenv("WACONF_OUTPUT");
    if (has_form(o->command, o->output))
        return 0;
    if (!environment || strcmp(environment, format_names[o->output])) {
        (void)err_set(err, ERR_USAGE, "E001", "'%s' has no %s form", o->command->name, format_names[o->output]);
        return err_hint(err, o->command->run == command_watch ? "Its log has forms: --log text, logfmt, json or journal."
                             : o->command->needs & NO_JSON ? "Leave -o out." : "It prints human and json.");
    }
    o->output = FORMAT_HUMAN;
    return 0;
}

int options_finish(struct options *o, struct err *err)
{
    o->color_out = colored(o, STDOUT_FILENO);
    o->color_err = colored(o, STDERR_FILENO);
    o->terminal_in = isatty(STDIN_FILENO);
    o->terminal_err = isatty(STDERR_FILENO);
    if (o->help || o->version)
        return 0;
    finish_trees(o);
    if (check_git(o, err) || check_form(o, err) || finish_selectors(o, err) || finish_allows(o, err) || finish_output_files(o, err) ||
        finish_trace(o, err) || check_env_name(o, err) || variables_read(o, err))
        return -1;
    const char *key = getenv("WACONF_KEY");
    o->key_text = key && *key ? key : NULL;
    o->state = state_directory(o);
    o->load = (struct load_options){
        .trees = o->trees.items, .n_trees = o->trees.n, .targets = o->targets.items, .n_targets = o->targets.n,
        .excludes = o->excludes.items, .n_excludes = o->excludes.n, .selectors = o->selectors, .n_selectors = o->n_selectors,
        .prune = o->prune,
    };
    o->trust = (struct trust_options){
        .allow_origins = o->allow_origins.items, .n_allow_origins = o->allow_origins.n,
        .allow_files = o->allow_files.items, .n_allow_files = o->allow_files.n,
        .allow_exec = o->allow_execs.items, .n_allow_exec = o->allow_execs.n,
        .trust_file = o->trust_file, .trees = o->trees.items, .n_trees = o->trees.n, .no_trees = o->git.url != NULL,
    };
    note_guards(o);
    return 0;
}

void options_release(struct options *o)
{
    struct strings *lists[] = { &o->words, &o->trees, &o->targets, &o->excludes, &o->allow_origins, &o->allow_files,
                                &o->allow_execs, &o->rewrite_patterns, &o->faults, &o->raw_files, &o->raw_selectors,
                                &o->raw_vars, &o->raw_var_files, &o->raw_allows, &o->raw_output_files };
    for (size_t i = 0; i < COUNT(lists); i++)
        free(lists[i]->items);
    free(o->selectors);
    free(o->variables);
    free(o->output_files);
    free(o->allows);
    arena_release(&o->arena);
}
