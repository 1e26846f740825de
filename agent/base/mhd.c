/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/mhd.h"

#include "base/lazy.h"

struct mhd mhd;

int mhd_open(struct err *err)
{
#define SYMBOL(name) { "MHD_" #name, &mhd.name },
    static const struct lazy_symbol symbols[] = { MHD_FUNCTIONS(SYMBOL) { 0 } };
#undef SYMBOL
    return mhd.run ? 0 : lazy_open("libmicrohttpd.so.12", symbols, err);
}
