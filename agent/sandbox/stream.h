/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Puts a finished answer on the wire, properly or as its faults say. */
#ifndef SANDBOX_STREAM_H
#define SANDBOX_STREAM_H

#include "sandbox/inside.h"

enum delivered stream_send(struct request *r);

#endif
