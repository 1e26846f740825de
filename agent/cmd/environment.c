/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WACONF_<OPTION>: options from the environment, before the command line is read. */
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cmd/command.h"

static const struct option_row *row_of(struct str name)
{
    for (const struct option_row *row = option_rows; row->name; row++) {
        auto_buf variable = buf_init(BUF_UNBOUNDED);
        option_variable(row, &variable);
        if (str_eq(buf_str(&variable), name))
            return row;
    }
    return NULL;
}

static bool is_variable(struct str name)
{
    for (const struct variable_row *v = variable_rows; v->name; v++)
        if (str_is(name, v->name))
            return true;
    return false;
}

static void warn_unknown(struct options *o, struct str name, struct buf *warn)
{
    const char *names[128];
    size_t n = 0;
    for (const struct option_row *row = option_rows; row->name && n < COUNT(names); row++) {
        auto_buf variable = buf_init(BUF_UNBOUNDED);
        if (row->flags & (OPTION_GUARD | OPTION_NO_ENV | OPTION_LATER))
            continue;
        option_variable(row, &variable);
        names[n++] = arena_str(&o->arena, buf_str(&variable)).p;
    }
    const char *nearest = str_nearest(name, names, n);
    buf_char(warn, '\'');
    escape_text(warn, name);
    buf_puts(warn, "' is no variable of waconf and is ignored [W001].");
    if (nearest)
        buf_printf(warn, " Did you mean '%s'?", nearest);
    buf_char(warn, '\n');
}

static int read_one(struct options *o, struct str name, const char *value, struct buf *warn, struct err *err)
{
    const struct option_row *row = row_of(name);
    if (is_variable(name))
        return 0;
    if (row && (row->flags & OPTION_LATER) && option_taken(row, o->command))
        return err_set(err, ERR_USAGE, "E002", "'%.*s': '--%s' is not in this version of waconf", ARG(name), row->name);
    if (!row || (row->flags & (OPTION_NO_ENV | OPTION_LATER))) {
        warn_unknown(o, name, warn);
        return 0;
    }
    if (row->flags & OPTION_GUARD) {
        buf_printf(warn, "'%.*s' is ignored: '--%s' lifts a guard, so it counts on the command line only [W001].\n",
                   ARG(name), row->name);
        return 0;
    }
    if (!*value || !option_taken(row, o->command))
        return 0;
    if (option_set(o, row, value, true, err))
        return err_add(err, "%.*s", ARG(name));
    return 0;
}

int environment_read(struct options *o, struct buf *warn, struct err *err)
{
    for (char **e = environ; *e; e++) {
        struct str name, value;
        if (!str_starts(str_of(*e), STR("WACONF_")) || !str_cut(str_of(*e), '=', &name, &value))
            continue;
        if (read_one(o, name, value.p, warn, err))
            return -1;
    }
    return 0;
}
