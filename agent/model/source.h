/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a tree that are in memory already: what git gives instead of a directory. */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

#include "base/str.h"

struct source_file { struct str name, text; };   /* name: path below the tree's root, as shown in findings */
struct source { struct source_file *files; size_t n; };

#endif
