/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own kinds. */
#include <stdio.h>

#include "base/mem.h"
#include "model/alert.h"
#include "wire/registry.h"
#include "wire/schema.h"

/* --- Defaults ------------------------------------------------------------------------------------ */

static void add_match(json_t *kinds, json_t *cases, const struct provider *p, const struct kind *k)
{
    char name[128], definition[128];
    (void)snprintf(name, sizeof name, "%s/%s", p->group, k->name);
    (void)snprintf(definition, sizeof definition, "%s.%s", p->group, k->name);
    json_array_append_new(kinds, json_string(name));
    json_array_append_new(cases, json_pack("{s:{s:{s:{s:{s:{s:s}}, s:[s]}}, s:[s]}, s:{s:{s:o}}}", "if", "properties", "match",
                                           "properties", "kind", "const", name, "required", "kind", "required", "match",
                                           "then", "properties", "fields", schema_ref(definition)));
}

static void define(json_t *definitions, const struct provider *p, const struct kind *k)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s.%s", p->group, k->name);
    json_object_set_new(definitions, name, schema_fields(k));
}

json_t *schema_of_defaults(void)
{
    json_t *all = schema_start("waconf: Defaults", "What matching documents leave out, for this directory and below."), *cases = json_array();
    json_t *definitions = schema_definitions(), *kinds = json_array();
    for (size_t i = 0; providers[i]; i++) {
        const struct provider *p = providers[i];
        add_match(kinds, cases, p, p->account);
        define(definitions, p, p->account);
        for (const struct kind *k = p->kinds; k->name; k++) {
            add_match(kinds, cases, p, k);
            define(definitions, p, k);
        }
    }
    json_t *match = json_pack("{s:s, s:[s], s:b, s:{s:{s:o}, s:o}}", "type", "object", "required", "kind", "additionalProperties", 0,
                              "properties", "kind", "enum", kinds, "labels", schema_ref("labels"));
    json_t *spec = json_pack("{s:s, s:[s,s], s:b, s:{s:o, s:{s:s}}, s:o}", "type", "object", "required", "match", "fields",
                             "additionalProperties", 0, "properties", "match", match, "fields", "type", "object", "allOf", cases);
    json_t *metadata = json_pack("{s:s, s:b, s:{s:{}, s:{}}}", "type", "object", "additionalProperties", 0, "properties", "name", "labels");
    json_object_set_new(all, "required", json_pack("[s,s,s]", "apiVersion", "kind", "spec"));
    json_object_set_new(all, "additionalProperties", json_false());
    json_object_set_new(all, "properties", json_pack("{s:{s:s}, s:{s:s}, s:o, s:o}", "apiVersion", "const", "waconf/v1", "kind", "const",
                                                     "Defaults", "metadata", metadata, "spec", spec));
    json_object_set_new(all, "definitions", definitions);
    return all;
}

/* --- Alert --------------------------------------------------------------------------------------- */

json_t *schema_of_alert(void)
{
    return schema_of_kind(&alert_provider, alert_provider.account);
}

/* --- Trust --------------------------------------------------------------------------------------- */

static json_t *texts(const char *pattern, const char *description)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s}}", "type", "array", "description", description, "items", "type", "string", "pattern", pattern);
}

json_t *schema_of_trust(void)
{
    static const char origin[] = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@ ]+/?$", from[] = "^(env|file|cred|exec|var):.+$";
    json_t *all = schema_start("waconf: Trust", "Where credentials may go and which references may be opened. Keep it outside of every tree.");
    json_t *binding = json_pack("{s:s, s:[s,s,s], s:b, s:{s:{s:s, s:s}, s:{s:s}, s:{s:s}}}", "type", "object", "required", "from", "account",
                                "origin", "additionalProperties", 0, "properties", "from", "type", "string", "pattern", from,
                                "account", "type", "string", "origin", "type", "string");
    json_t *spec = json_pack("{s:s, s:b, s:{s:o, s:o, s:o, s:{s:s, s:s, s:o}}}", "type", "object", "additionalProperties", 0, "properties",
                             "origins", texts(origin, "scheme://host:port that may get credentials"),
                             "files", texts("^/", "directories that file: references may read"),
                             "exec", texts("^/[^ ]+$", "programs that exec: references may run"), "bindings", "type", "array",
                             "description", "Once present, a reference that is not listed is refused.", "items", binding);
    json_object_set_new(all, "required", json_pack("[s,s,s]", "apiVersion", "kind", "spec"));
    json_object_set_new(all, "additionalProperties", json_false());
    json_object_set_new(all, "properties", json_pack("{s:{s:s}, s:{s:s}, s:o}", "apiVersion", "const", "waconf/v1", "kind", "const", "Trust",
                                                     "spec", spec));
    return all;
}
