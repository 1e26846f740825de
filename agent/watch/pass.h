/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One pass of the daemon; what watch.c and pass.c share. */
#ifndef WATCH_PASS_H
#define WATCH_PASS_H

#include "watch/alert.h"
#include "watch/fight.h"
#include "watch/inotify.h"
#include "watch/watch.h"

struct hashes { struct object_hash { struct str address; uint64_t hash; } *items; size_t n; struct arena arena; };

struct watcher {
    const struct watch_options *o;
    struct machine machine;
    struct tree_watch *files;
    struct http_client *client;
    struct vault *vault;
    struct token_cache *tokens;
    struct board board;
    struct fights fights;
    struct alerts *alerts;
    struct log log;
    struct sync_options options;     /* of the pass under way */
    struct sync good;                /* the generation in force */
    bool have_good;
    struct hashes hashes;            /* of its objects: what an edit changed is what differs */
    struct map changed;              /* addresses of the pass under way, when it is about changes only */
    bool all;
    int64_t pass_at;
    void (*progress)(void *ctx, const char *stage, size_t done, size_t total);
};
enum pass_end { PASS_DONE, PASS_FAILED };
enum pass_end pass_run(struct watcher *w, bool all);
void pass_release(struct watcher *w);

#endif
