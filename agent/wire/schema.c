/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents of providers; fields are schema_field.c's. */
#include "wire/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model/alert.h"
#include "model/object.h"
#include "wire/registry.h"
#include "wire/schema_field.h"

json_t *schema_start(const char *title, const char *description)
{
    return json_pack("{s:s, s:s, s:s, s:s}", "$schema", "http://json-schema.org/draft-07/schema#", "title", title,
                     "description", description, "type", "object");
}

json_t *schema_ref(const char *definition)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/definitions/%s", definition));
}

json_t *schema_when(const char *member, const char *is, json_t *then)
{
    return json_pack("{s:{s:{s:{s:s}}, s:[s]}, s:o}", "if", "properties", member, "const", is, "required", member, "then", then);
}

json_t *schema_labels(void)
{
    return json_pack("{s:s, s:s, s:{s:i, s:i}, s:o}", "type", "object", "description", "Labels, for --selector, Defaults and templates.",
                     "propertyNames", "minLength", 1, "maxLength", 253, "additionalProperties",
                     json_pack("{s:[s,s,s], s:i, s:s}", "type", "string", "number", "boolean", "maxLength", 253, "pattern",
                               SCHEMA_ONE_LINE));
}

/* --- metadata ---------------------------------------------------------------------------------- */

static json_t *lifecycles(const struct kind *k)
{
    json_t *list = json_array();
    bool account = k->life == LIFE_ACCOUNT, event = k->life == LIFE_EVENT;
    json_array_append_new(list, json_string(lifecycle_names[LIFECYCLE_MANAGED]));
    if (!account && !event)
        json_array_append_new(list, json_string(lifecycle_names[LIFECYCLE_OBSERVE]));
    if (!account)
        json_array_append_new(list, json_string(lifecycle_names[LIFECYCLE_SUSPENDED]));
    if (!account && k->erase.url)
        json_array_append_new(list, json_string(lifecycle_names[LIFECYCLE_ABSENT]));
    return json_pack("{s:o, s:s}", "enum", list, "description",
                     "managed (when not stated); observe: reported, never written; suspended: left out; absent: to be deleted.");
}

static json_t *metadata(const struct kind *k)
{
    json_t *properties = json_pack("{s:o, s:o, s:o}", "name", schema_ref("name"), "labels", schema_ref("labels"), "lifecycle",
                                   lifecycles(k));
    if (k->life != LIFE_EVENT && k->life != LIFE_ACCOUNT)
        json_object_set_new(properties, "movedFrom", schema_ref("name"));
    return json_pack("{s:s, s:[s], s:b, s:o}", "type", "object", "required", "name", "additionalProperties", 0, "properties",
                     properties);
}

/* --- rules --------------------------------------------------------------------------------------- */

/* The schema of an object that states `path`: every part is there, and a group has something in it. */
static json_t *states(const char *path, bool group)
{
    struct str part, rest;
    (void)str_cut(str_of(path + 1), '/', &part, &rest);
    json_t *name = json_stringn(part.p, part.n), *below = NULL;
    if (rest.n)
        below = states(rest.p - 1, group);
    else if (group)
        below = json_pack("{s:i}", "minProperties", 1);
    json_t *one = json_pack("{s:[o]}", "required", name);
    if (below)
        json_object_set_new(one, "properties", json_pack("{s:o}", json_string_value(name), below));
    return one;
}

static bool is_group(const struct field *fields, const char *path)
{
    for (; fields->path; fields++)
        if (path_within(fields->path, path) && strcmp(fields->path, path))
            return true;
    return false;
}

static json_t *all_states(const struct field *fields, const struct rule *r, size_t from)
{
    json_t *list = json_array();
    for (size_t i = from; i < COUNT(r->paths) && r->paths[i]; i++)
        json_array_append_new(list, states(r->paths[i], is_group(fields, r->paths[i])));
    return list;
}

json_t *schema_rule(const struct field *fields, const struct rule *r, enum schema_strength strength)
{
    bool whole = strength == SCHEMA_WHOLE;
    json_t *list = all_states(fields, r, 0), *one = NULL;
    if (r->type == RULE_ONE_OF) {
        if (!whole)
            json_array_append_new(list, json_pack("{s:{s:o}}", "not", "anyOf", all_states(fields, r, 0)));
        one = json_pack("{s:O}", "oneOf", list);
    } else if (whole && r->type == RULE_ANY_OF) {
        one = json_pack("{s:O}", "anyOf", list);
    } else if (whole && r->type == RULE_TOGETHER) {
        one = json_pack("{s:[{s:O}, {s:{s:O}}]}", "anyOf", "allOf", list, "not", "anyOf", list);
    } else if (whole && r->type == RULE_NEEDS) {
        one = json_pack("{s:O, s:{s:o}}", "if", json_array_get(list, 0), "then", "allOf", all_states(fields, r, 1));
    }
    json_decref(list);
    if (one && r->why) {
        json_object_set_new(one, "description", json_string(r->why));
        json_object_set_new(one, "errorMessage", json_string(r->why));    /* editors show it; draft-07 ignores it */
    }
    return one;
}

static json_t *spec(const struct provider *p, const struct kind *k, enum schema_strength strength)
{
    json_t *all = json_array();
    json_array_append_new(all, json_pack("{s:o}", "$ref", json_sprintf("#/definitions/%s.%s", p->group, k->name)));
    for (const struct field *f = k->fields; f->path && strength == SCHEMA_WHOLE; f++)
        if (f->flags & FIELD_REQUIRED)
            json_array_append_new(all, states(f->path, false));
    for (const struct rule *r = k->rules; r && r->type != RULE_NONE; r++) {
        json_t *rule = schema_rule(k->fields, r, strength);
        if (rule)
            json_array_append_new(all, rule);
    }
    return json_pack("{s:s, s:o}", "type", "object", "allOf", all);
}

/* --- documents ----------------------------------------------------------------------------------- */

static json_t *document(const struct provider *p, const struct kind *k, enum schema_strength strength)
{
    return json_pack("{s:{s:o, s:o}}", "properties", "metadata", metadata(k), "spec", spec(p, k, strength));
}

static void define_kind(json_t *definitions, const struct provider *p, const struct kind *k)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s.%s", p->group, k->name);
    json_object_set_new(definitions, name, schema_fields(k));
}

/* The account's kind, then the others: `each` sees them all. */
static void each_kind(const struct provider *p, void (*each)(void *ctx, const struct provider *p, const struct kind *k), void *ctx)
{
    each(ctx, p, p->account);
    for (const struct kind *k = p->kinds; k->name; k++)
        each(ctx, p, k);
}

struct building { json_t *names, *cases, *definitions; enum schema_strength strength; };

static void add_kind(void *ctx, const struct provider *p, const struct kind *k)
{
    struct building *b = ctx;
    json_array_append_new(b->names, json_string(k->name));
    json_array_append_new(b->cases, schema_when("kind", k->name, document(p, k, b->strength)));
    define_kind(b->definitions, p, k);
}

static json_t *envelope(json_t *start, json_t *version, json_t *kind, json_t *cases, json_t *definitions)
{
    json_t *parts = json_pack("{s:o, s:o, s:{s:s, s:s}, s:{s:s, s:s}}", "apiVersion", version, "kind", kind, "metadata", "type",
                              "object", "description", "Name, labels, lifecycle.", "spec", "type", "object", "description",
                              "The fields, spelled as the provider spells them.");
    json_object_set_new(start, "required", json_pack("[s,s,s,s]", "apiVersion", "kind", "metadata", "spec"));
    json_object_set_new(start, "additionalProperties", json_false());
    json_object_set_new(start, "properties", parts);
    json_object_set_new(start, "allOf", cases);
    json_object_set_new(start, "definitions", definitions);
    return start;
}

json_t *schema_of_group(const struct provider *p)
{
    struct building b = { json_array(), json_array(), schema_definitions(), SCHEMA_WHOLE };
    char title[256];
    (void)snprintf(title, sizeof title, "waconf: %s", p->title);
    each_kind(p, add_kind, &b);
    return envelope(schema_start(title, "One document of this provider that does without Defaults."),
                    json_pack("{s:o}", "const", json_sprintf("%s/%s", p->group, p->version)),
                    json_pack("{s:o}", "enum", b.names), b.cases, b.definitions);
}

json_t *schema_of_kind(const struct provider *p, const struct kind *k)
{
    json_t *definitions = schema_definitions();
    char title[256];
    (void)snprintf(title, sizeof title, "waconf: %s/%s", p->group, k->name);
    define_kind(definitions, p, k);
    return envelope(schema_start(title, k->help ? k->help : ""), json_pack("{s:o}", "const", json_sprintf("%s/%s", p->group, p->version)),
                    json_pack("{s:s}", "const", k->name), json_pack("[o]", document(p, k, SCHEMA_WHOLE)), definitions);
}

/* Defaults need no metadata, so that is required case by case. */
json_t *schema_of_tree(void)
{
    json_t *definitions = schema_definitions(), *versions = json_array(), *kinds = json_array(), *cases = json_array();
    for (size_t i = 0; providers[i]; i++) {
        const struct provider *p = providers[i];
        struct building b = { json_array(), json_array(), definitions, SCHEMA_TREE };
        char version[128];
        (void)snprintf(version, sizeof version, "%s/%s", p->group, p->version);
        each_kind(p, add_kind, &b);
        json_array_append_new(versions, json_string(version));
        size_t n;
        json_t *name;
        json_array_foreach(b.names, n, name) {
            bool known = false;
            for (size_t m = 0; m < json_array_size(kinds); m++)
                known |= json_equal(json_array_get(kinds, m), name) != 0;
            if (!known)
                json_array_append(kinds, name);
        }
        json_array_append_new(cases, schema_when("apiVersion", version, json_pack("{s:[s], s:{s:{s:o}}, s:o}", "required", "metadata",
                                                 "properties", "kind", "enum", b.names, "allOf", b.cases)));
    }
    json_t *own = schema_of_defaults(), *of_spec = json_object_get(json_object_get(own, "properties"), "spec");
    json_array_append_new(versions, json_string("waconf/v1"));
    json_array_append_new(kinds, json_string("Alert"));
    json_array_append_new(kinds, json_string("Defaults"));
    json_t *defaults = json_pack("{s:{s:O, s:O}}", "properties", "metadata", json_object_get(json_object_get(own, "properties"), "metadata"),
                                 "spec", of_spec);
    json_t *alert = document(&alert_provider, alert_provider.account, SCHEMA_WHOLE);   /* Defaults supply nothing of it */
    (void)json_object_set_new(alert, "required", json_pack("[s]", "metadata"));
    define_kind(definitions, &alert_provider, alert_provider.account);
    json_array_append_new(cases, schema_when("apiVersion", "waconf/v1", json_pack("{s:{s:{s:[s,s]}}, s:[o,o]}", "properties", "kind", "enum", "Alert",
                                             "Defaults", "allOf", schema_when("kind", "Alert", alert), schema_when("kind", "Defaults", defaults))));
    json_decref(own);
    json_t *all = envelope(schema_start("waconf: documents of a tree", "Any document; Defaults of its tree may supply what it leaves out."),
                           json_pack("{s:o}", "enum", versions), json_pack("{s:o}", "enum", kinds), cases, definitions);
    json_object_set_new(all, "required", json_pack("[s,s,s]", "apiVersion", "kind", "spec"));
    return all;
}
