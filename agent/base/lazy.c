/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lazy.h"

#include <dlfcn.h>
#include <string.h>

int lazy_open(const char *soname, const struct lazy_symbol *symbols, struct err *err)
{
    void *library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL);
    if (!library)
        return err_set(err, ERR_IO, "E507", "cannot open the library '%s': %s", soname, dlerror());
    for (; symbols->name; symbols++) {
        void *at = dlsym(library, symbols->name);
        if (!at)
            return err_set(err, ERR_IO, "E507", "the library '%s' has no '%s'", soname, symbols->name);
        memcpy(symbols->into, &at, sizeof at);
    }
    return 0;
}
