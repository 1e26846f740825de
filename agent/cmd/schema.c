/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/schema.h"

#include <string.h>

#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "sync/render.h"
#include "wire/registry.h"

/* NULL: there is no such thing. */
static json_t *find(const char *word)
{
    static const struct { const char *name; json_t *(*print)(void); } own[] = {
        { "waconf", schema_of_tree }, { "waconf/Defaults", schema_of_defaults }, { "waconf/Trust", schema_of_trust },
        { "waconf/Alert", schema_of_alert },
        { "waconf/Plan", render_json_schema },
    };
    struct str group, name;
    for (size_t i = 0; i < COUNT(own); i++)
        if (!strcmp(word, own[i].name))
            return own[i].print();
    bool one = str_cut(str_of(word), '/', &group, &name);
    const struct provider *p = provider_find(group);
    if (!p || !one)
        return p ? schema_of_group(p) : NULL;
    const struct kind *k = provider_kind(p, name);
    return k ? schema_of_kind(p, k) : NULL;
}

int command_schema(struct options *o)
{
    struct err err = { 0 };
    auto_buf text = buf_init(BUF_UNBOUNDED);
    if (o->words.n > 1)
        return fail_usage(o, "'schema' takes one GROUP or GROUP/KIND");
    json_t *schema = find(o->words.n ? o->words.items[0] : "waconf");
    if (!schema)
        return fail_usage(o, "there is no schema of '%s'; there are waconf, waconf/Alert, waconf/Defaults, waconf/Plan, waconf/Trust, and the groups "
                             "and kinds that `waconf providers` lists", o->words.items[0]);
    json_print(&text, schema);
    return done(o, output_text(o, buf_str(&text), &err), &err, EXIT_OK);
}
