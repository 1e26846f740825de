/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows of every object between passes: its state and since when, what differs (masked), the last error, how often it failed; and of
 * the daemon itself: mode, commit, last passes, refused trees, counters. The status page, the metrics, SIGUSR1 and alerts read it; nothing in it
 * is secret. It owns all its text.
 */
#ifndef SYNC_BOARD_H
#define SYNC_BOARD_H

#include <jansson.h>

#include "sync/sync.h"

enum board_state {
    BOARD_IN_SYNC,           /* matches, as far as anybody can see */
    BOARD_DRIFT,             /* differs at the provider and is not put back: report mode, lifecycle observe, or a fight */
    BOARD_PENDING,           /* edited and not applied yet */
    BOARD_BLOCKED,           /* a guard, or a freeze */
    BOARD_FAILED,
    BOARD_UNSURE,
    BOARD_EXPIRED,           /* a message whose time has passed */
    BOARD_STATE_COUNT
};
extern const char *const board_state_names[BOARD_STATE_COUNT];

struct board_row {
    char *address;
    enum board_state state, before;  /* before: of the pass before, for alerts */
    bool moved;                  /* the state changed in the last pass */
    bool applied;                /* the last pass wrote it */
    int64_t since, seen;         /* wall clock: when it came to this state, when it was looked at last */
    char *change;                /* JSON of contract 5 for this object, from the last pass that looked at it */
    char *error, *hint;          /* of failed, unsure, blocked; or NULL */
    unsigned failures;           /* in a row */
    int64_t retry_at;            /* monotonic: not tried before; 0 = at the next pass */
    bool present;                /* the tree still has it */
};
enum { BOARD_PASSES = 20, BOARD_METHODS = METHOD_COUNT };
struct board_pass {
    int64_t at, ms;
    bool all;
    size_t objects, applied, failed, blocked, unsure;
    char commit[65], result[16];
    char error[256], hint[256];  /* why it could not run at all, or "" */
};

struct board {
    struct board_row **rows;     /* sorted by address */
    size_t n, cap;
    struct board_pass passes[BOARD_PASSES]; size_t n_passes; /* newest first */
    int64_t started;             /* wall clock */
    const char *mode;            /* "enforce", "report" */
    char commit[65];
    char *refused;               /* why the newest tree or commit is not in force; NULL: it is */
    int64_t refused_since;
    uint64_t n_sync, n_sync_failed, n_applied, n_drift;
    struct http_counts http;
    struct tallies tallies;      /* requests by provider, method and status */
    int64_t last_ok;             /* wall clock of the last pass that ran; 0: none yet */
    int64_t alive_ms;            /* monotonic: when a pass ended last, or the start; a long pass may move it on as it gets along */
    uint64_t sync_ms;            /* all passes together */
    const char *doing;           /* static: "idle", "syncing" ...; NULL: not told */
    uint64_t version;            /* another number, another board */
};

void board_init(struct board *b, const char *mode);
void board_release(struct board *b);
/* Takes over what a pass found. `all`: the pass looked at the whole tree, so rows that it did not see are gone. */
void board_update(struct board *b, const struct sync *s, bool all, int64_t ms);
void board_failed(struct board *b, const struct err *why, int64_t ms);       /* the pass could not run */
void board_refuse(struct board *b, const char *why);                         /* NULL: nothing is refused any more */
struct board_row *board_find(const struct board *b, struct str address);     /* NULL */
void board_touch(struct board *b);                                           /* after a change by hand that readers should see: version goes on */
/* GET /api/v1/status (board_json.c): one line per object; marks that a terminal would obey are escaped. */
void board_print(const struct board *b, struct buf *out);
json_t *board_json(const struct board *b);                                   /* the same as a tree; the caller owns it */
/* board_metrics.c. PROMETHEUS: the text format 0.0.4. OPENMETRICS: 1.0.0, "# EOF" included. */
enum metrics_form { METRICS_PROMETHEUS, METRICS_OPENMETRICS };
void board_metrics(const struct board *b, enum metrics_form form, struct buf *out);

#endif
