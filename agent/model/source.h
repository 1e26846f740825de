/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of a tree that are in memory already: what git gives instead of a directory. Sorted by name (str_cmp), each name once. Whoever made it has
 * resolved links and left out what contract 1 leaves out (other names than *.yaml and *.yml, names that begin with a dot); what could not be given is
 * there with a state that says why, so that the loader can tell the user.
 */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

#include "base/str.h"

enum source_state {
    SOURCE_TEXT,
    SOURCE_LARGE,                /* larger than a file may be (YAML_MAX_FILE); no text */
    SOURCE_OUTSIDE,              /* a link that leads out of the tree; not followed */
    SOURCE_DANGLING              /* a link that leads nowhere, in circles, or to a submodule */
};
/* name: its path in the repository, as shown in findings; never begins with a slash. Any bytes but NUL. */
struct source_file { struct str name, text; enum source_state state; };
struct source { struct source_file *files; size_t n; };

#endif
