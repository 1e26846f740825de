/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share: the reader, and findings with places. Nobody else includes it.
 */
#ifndef YAML_YAML_PRIVATE_H
#define YAML_YAML_PRIVATE_H

#include <yaml.h>

#include "base/map.h"
#include "yaml/yaml.h"

struct yaml_reader {
    struct str text;             /* without a byte order mark */
    const char *file;
    struct diags *diags;
    yaml_parser_t parser;
    bool failed;                 /* nothing more is read */
    bool gave_up;                /* this document is over a limit: it ends here */
    struct arena *arena;         /* of the document being read */
    struct map anchors;          /* of the document being read: name -> struct node */
    size_t size;                 /* nodes of the document so far */
    unsigned depth;
};

static inline struct loc yaml_place(const struct yaml_reader *r, const yaml_mark_t *mark)
{
    return (struct loc){ r->file, (uint32_t)mark->line + 1, (uint32_t)mark->column + 1 };
}
/* A finding with its source line. */
void yaml_find(struct yaml_reader *r, struct loc at, const char *code, const char *mend, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* What libyaml says, with the reader's words (yaml_error.c). Sets failed. */
void yaml_explain(struct yaml_reader *r);
/* Is the text fit for libyaml? Findings for what it would misread. Sets failed (yaml_error.c). */
void yaml_scan(struct yaml_reader *r);

#endif
