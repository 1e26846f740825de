/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/provider.h"

#include <stdlib.h>
#include <string.h>

const char *const guard_names[GUARD_COUNT] = { "cosmetic", "visible", "reach" };
const char *const method_names[METHOD_COUNT] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };

size_t kind_field_count(const struct kind *kind)
{
    size_t n = 0;
    while (kind->fields[n].path)
        n++;
    return n;
}

/* Rows differ in their first letters, so this mostly looks at two or three. */
static bool is_path(const char *path, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (path[i] != s.p[i] || !path[i])
            return false;
    return !path[s.n];
}

const struct field *kind_field(const struct kind *kind, struct str path)
{
    for (const struct field *f = kind->fields; f->path; f++)
        if (is_path(f->path, path))
            return f;
    return NULL;
}

size_t kind_field_index(const struct kind *kind, const char *path)
{
    for (size_t i = 0; kind->fields[i].path; i++)
        if (strcmp(kind->fields[i].path, path) == 0)
            return i;
    abort(); /* rows that name each other are wrong: the unit tests of the rows find it */
}

const char *field_name(const struct field *field)
{
    const char *slash = strrchr(field->path, '/');
    return slash ? slash + 1 : field->path;
}

bool path_within(const char *path, const char *group)
{
    size_t n = 0;
    while (group[n] && path[n] == group[n])
        n++;
    return !group[n] && (path[n] == '\0' || path[n] == '/');
}

bool rule_holds(const struct rule *r, size_t stated, size_t n, bool first)
{
    switch (r->type) {
    case RULE_ONE_OF:   return stated == 1;
    case RULE_ANY_OF:   return stated > 0;
    case RULE_TOGETHER: return stated == 0 || stated == n;
    case RULE_NEEDS:    return !first || stated == n;
    default:            return true;
    }
}
