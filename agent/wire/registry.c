/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/registry.h"

#define PROVIDER(name) extern const struct provider provider_##name;
#include "providers.def"
#undef PROVIDER

const struct provider *const providers[] = {
#define PROVIDER(name) &provider_##name,
#include "providers.def"
#undef PROVIDER
    NULL
};

const struct provider *provider_find(struct str group)
{
    for (size_t i = 0; providers[i]; i++)
        if (str_is(group, providers[i]->group))
            return providers[i];
    return NULL;
}

const struct kind *provider_kind(const struct provider *p, struct str name)
{
    if (str_is(name, p->account->name))
        return p->account;
    for (const struct kind *k = p->kinds; k->name; k++)
        if (str_is(name, k->name))
            return k;
    return NULL;
}
