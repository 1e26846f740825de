/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which provider a path belongs to. */
#include <string.h>

#include "base/mem.h"
#include "sandbox/inside.h"

static const struct api apis[] = {
    { "kaleyra", kaleyra_handle, kaleyra_fail },
    { "voltmx", voltmx_handle, voltmx_fail },
    { "pingone", pingone_handle, pingone_fail },
    { "pingone-auth", pingone_token, pingone_token_fail },
    { "kapso", kapso_handle, kapso_fail },
    { "webexconnect", webexconnect_handle, webexconnect_fail },
};

const struct api *api_find(const char *name)
{
    for (size_t i = 0; i < COUNT(apis); i++)
        if (!strcmp(apis[i].name, name))
            return &apis[i];
    return NULL;
}
