/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are in memory (model/source.h), with the findings that load_files.c has for those of a directory. */
#include "sync/load_private.h"

static void told(struct loading *l, struct diag *item, const char *hint)
{
    if (item->severity == SEVERITY_ERROR)
        l->lost = true;
    diag_hint(l->diags, item, "%s", hint);
}

static bool too_deep(struct str name)
{
    size_t slashes = 0;
    for (size_t i = 0; i < name.n; i++)
        slashes += name.p[i] == '/';
    return slashes > LOAD_DEPTH;
}

/* False when there is no text to read. */
static bool can_be_read(struct loading *l, const struct source_file *f, struct loc at)
{
    if (too_deep(f->name)) {
        told(l, diag_add(l->diags, SEVERITY_ERROR, "E107", at, "Directories are nested more than %d deep.", LOAD_DEPTH), "Flatten the tree.");
        return false;
    }
    switch (f->state) {
    case SOURCE_LARGE:
        told(l, diag_add(l->diags, SEVERITY_ERROR, "E103", at, "The file is larger than %d MiB.", YAML_MAX_FILE >> 20), "Split it into several files.");
        return false;
    case SOURCE_OUTSIDE:
        told(l, diag_add(l->diags, SEVERITY_WARNING, "W102", at, "This link leads out of the tree; it was not followed."),
             "Remove the link, or take a directory of the repository that holds both.");
        return false;
    case SOURCE_DANGLING:
        told(l, diag_add(l->diags, SEVERITY_ERROR, "E101", at, "Cannot follow this link: it leads to no file of this commit."),
             "Mend the link, or leave it out.");
        return false;
    default:
        return true;
    }
}

void load_source(struct loading *l)
{
    const struct source *s = l->options->source;
    for (size_t i = 0; i < s->n; i++) {
        const char *name = arena_str(&l->tree->arena, s->files[i].name).p;
        if (can_be_read(l, &s->files[i], (struct loc){ name, 0, 0 }))
            load_text(l, s->files[i].text, name);
    }
}
