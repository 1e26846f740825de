/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "Something under the trees may have changed": libinotifytools, wrapped in the one file that knows its traps (libraries.md, 6). Directories are
 * watched, never single files; events are hints, and content decides. What inotify cannot see (network file systems, a watch limit
 * that is reached) is polled: a signature of names, sizes and times.
 *
 * One per process: the library keeps its state in globals. Open it early, before descriptors are many.
 */
#ifndef WATCH_INOTIFY_H
#define WATCH_INOTIFY_H

#include "base/err.h"

struct tree_watch;
/* -1: ERR_IO. A tree that does not exist (yet) is no error: its nearest existing parent is watched. */
int tree_watch_open(const char *const *trees, size_t n, struct tree_watch **ret, struct err *err);
void tree_watch_close(struct tree_watch *w);
int tree_watch_fd(const struct tree_watch *w);             /* readable: call tree_watch_drain, after which it may be another one; -1: none */
/* Takes all events. True when something that may matter happened; new directories are watched by then. */
bool tree_watch_drain(struct tree_watch *w);
/* Watches everything anew, after an overflow or a swap of a link. */
void tree_watch_rescan(struct tree_watch *w);
/* Must it be polled, and why (for the log)? NULL: no. */
const char *tree_watch_blind(const struct tree_watch *w);
/* The signature of all files of the trees; differs when a file was added, removed, written or replaced. */
uint64_t tree_signature(const char *const *trees, size_t n);

#endif
