/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many requests ended how, by the first part of the lane's name (the provider), method and status. A zeroed struct is empty. */
#ifndef HTTP_TALLY_H
#define HTTP_TALLY_H

#include "model/provider.h"

enum { TALLY_MOST = 512, TALLY_GROUP = 32 };

struct tally {
    char group[TALLY_GROUP];           /* "kaleyra"; "" for requests without a lane */
    enum method method;
    int status;                        /* 0: no answer */
    uint64_t n;
};
struct tallies { struct tally *items; size_t n, cap; };      /* sorted by group, method, status */

void tally_count(struct tallies *t, const char *lane, enum method method, int status); /* past TALLY_MOST, new ones are not counted */
void tally_copy(struct tallies *to, const struct tallies *from);
void tally_release(struct tallies *t);

#endif
