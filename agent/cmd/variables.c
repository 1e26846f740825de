/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/variables.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/mem.h"

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!memchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-", s.p[i], 65))
            return false;
    return s.n > 0;
}

/* A name that is there already gets the new value, so that each name is there once. */
static void set_variable(struct options *o, size_t *cap, struct str name, struct str value)
{
    for (size_t i = 0; i < o->n_variables; i++)
        if (str_eq(o->variables[i].name, name)) {
            o->variables[i].value = value;
            return;
        }
    o->variables = mem_grow(o->variables, cap, o->n_variables + 1, sizeof *o->variables);
    o->variables[o->n_variables++] = (struct variable){ name, value };
}

static int read_text(struct options *o, const char *path, struct str *ret, struct err *err)
{
    auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return err_sys(err, errno, "cannot read '%s'", path);
    auto_buf text = buf_init(VARIABLES_MAX_FILE);
    char piece[4096];
    ssize_t n;
    while ((n = read(fd, piece, sizeof piece)) > 0)
        buf_add(&text, (struct str){ piece, (size_t)n });
    if (n < 0)
        return err_sys(err, errno, "cannot read '%s'", path);
    if (text.full)
        return err_set(err, ERR_USAGE, "E001", "'%s' is larger than %d bytes", path, VARIABLES_MAX_FILE);
    if (!utf8_valid(buf_str(&text)) || memchr(text.p, 0, text.n))
        return err_set(err, ERR_USAGE, "E001", "'%s' is not a text file in UTF-8", path);
    *ret = arena_str(&o->arena, buf_str(&text));
    return 0;
}

static int read_file(struct options *o, size_t *cap, const char *path, struct err *err)
{
    struct str rest, line;
    if (read_text(o, path, &rest, err))
        return -1;
    for (unsigned number = 1; rest.n; number++) {
        struct str name, value;
        (void)str_cut(rest, '\n', &line, &rest);
        line = str_trim(line);
        if (!line.n || line.p[0] == '#')
            continue;
        bool both = str_cut(line, '=', &name, &value);
        name = str_trim(name);
        if (!both || !is_name(name))
            return err_set(err, ERR_USAGE, "E001", "'%s' line %u is not NAME=VALUE", path, number);
        set_variable(o, cap, name, value);
    }
    return 0;
}

int variables_read(struct options *o, struct err *err)
{
    size_t cap = 0;
    for (size_t i = 0; i < o->raw_var_files.n; i++)
        if (read_file(o, &cap, o->raw_var_files.items[i], err))
            return -1;
    for (size_t i = 0; i < o->raw_vars.n; i++) {
        struct str name, value;
        if (!str_cut(str_of(o->raw_vars.items[i]), '=', &name, &value) || !is_name(name))
            return err_set(err, ERR_USAGE, "E001", "'--var' takes NAME=VALUE, not '%s'", o->raw_vars.items[i]);
        set_variable(o, &cap, name, value);
    }
    return 0;
}
