/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the server listens: a loopback port, any port when the operator exposes it, or a unix socket. */
#ifndef STATUS_LISTEN_H
#define STATUS_LISTEN_H

#include <sys/types.h>

#include "base/err.h"

struct listener {
    int fd;                            /* -1 before listener_open() and after the server took it over */
    uint16_t port;                     /* of TCP */
    char path[108];                    /* of a unix socket, else "" */
    dev_t device; ino_t inode;         /* what stands at `path` is ours as long as these match */
    char address[160];                 /* for people */
};

/* "HOST:PORT" with a numeric HOST, "[v6]:PORT", "localhost:PORT", "unix:/PATH"; see status_open() for what is an error. */
int listener_open(const char *where, bool expose, struct listener *ret, struct err *err);
void listener_unlink(const struct listener *l);   /* takes the socket's file away, if it is still ours */

#endif
