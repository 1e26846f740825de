/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libmicrohttpd, opened when a server starts, the sandbox or the status page (it brings GnuTLS; the other commands should not pay for it).
 * Call mhd_open() once, then `mhd.` in place of `MHD_`: mhd.queue_response(...).
 */
#ifndef BASE_MHD_H
#define BASE_MHD_H

#include <microhttpd.h>

#include "base/err.h"

#define MHD_FUNCTIONS(X) \
    X(start_daemon) X(stop_daemon) X(run) X(get_timeout) X(get_daemon_info) X(get_connection_values) X(get_connection_values_n) \
    X(get_connection_info) X(suspend_connection) X(resume_connection) X(queue_response) \
    X(create_response_from_buffer) X(create_response_from_callback) X(add_response_header) X(destroy_response)

#define MHD_POINTER_(name) __typeof__(&MHD_##name) name;
struct mhd { MHD_FUNCTIONS(MHD_POINTER_) };
#undef MHD_POINTER_
extern struct mhd mhd;

int mhd_open(struct err *err);    /* may be called again */

#endif
