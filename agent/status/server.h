/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of status/ share; nothing outside includes this. server.c has the connections, respond.c what is said. */
#ifndef STATUS_SERVER_H
#define STATUS_SERVER_H

#include "base/arena.h"
#include "base/mhd.h"
#include "status/hook.h"
#include "status/listen.h"
#include "status/status.h"

struct status_request {
    struct arena arena;                /* owns the texts of `ask` */
    struct ask ask;
    struct ask_verdict verdict;
    struct hook_check check;           /* ASK_HOOK */
    size_t n_body;
    bool judged;
};

struct client {                        /* a connection; in a list */
    struct MHD_Connection *connection;
    int64_t until;                     /* monotonic: it ends then, unless an answer went out before */
    struct client *next;
};

struct status_server {
    struct status_options options;
    struct ask_rules rules;
    char own_host[256];
    struct listener listener;
    struct MHD_Daemon *daemon;
    int epoll_fd;
    struct client *clients;
    bool freed;                        /* a connection ended since the library looked for new ones */
    struct MHD_Response *page;         /* made once */
    char page_tag[20];
    struct MHD_Response *json;         /* of the board's `json_tag`; made when asked for */
    char json_tag[64];
    struct bucket hooks, wrong;        /* all of them; wrong tokens */
    bool wake;                         /* a hook waits for `wake_at` */
    int64_t wake_at;                   /* monotonic: the hook is not called before */
};

/* respond.c */
int respond_prepare(struct status_server *s, struct err *err);       /* the page and its policy */
void respond_release(struct status_server *s);
enum MHD_Result respond_verdict(struct MHD_Connection *c, const struct ask_verdict *v);
enum MHD_Result respond_request(struct status_server *s, struct MHD_Connection *c, struct status_request *r);
void respond_wake(struct status_server *s, int64_t now);             /* calls the hook if one waits and may */

/* page.c */
struct str page_text(void);

#endif
