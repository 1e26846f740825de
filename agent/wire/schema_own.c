/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own kinds, and the plan as JSON (contract 5). */
#include <stdio.h>

#include "base/mem.h"
#include "model/plan.h"
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

/* --- the plan -------------------------------------------------------------------------------------- */

static json_t *names(const char *const *list, size_t n)
{
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(all, json_string(list[i]));
    return json_pack("{s:o}", "enum", all);
}

/* An object with these members, all required; more may come within one major format_version. `take` is their schemas. */
static json_t *members(json_t *take)
{
    json_t *required = json_array();
    const char *name;
    json_t *value;
    json_object_foreach(take, name, value)
        json_array_append_new(required, json_string(name));
    return json_pack("{s:s, s:o, s:o}", "type", "object", "required", required, "properties", take);
}

static json_t *text(void)
{
    return json_pack("{s:s}", "type", "string");
}

static json_t *text_or_null(void)
{
    return json_pack("{s:[s,s]}", "type", "string", "null");
}

static json_t *list_of(json_t *items)
{
    return json_pack("{s:s, s:o}", "type", "array", "items", items);
}

static json_t *summary(void)
{
    static const char *const counts[] = { "create", "update", "delete", "send", "unchanged", "unverifiable", "blocked", "failed", "unsure",
                                          "requests_read", "requests_write" };
    json_t *all = json_object();
    for (size_t i = 0; i < COUNT(counts); i++)
        json_object_set_new(all, counts[i], json_pack("{s:s, s:i}", "type", "integer", "minimum", 0));
    return members(all);
}

static json_t *source(void)
{
    json_t *at = json_pack("{s:s, s:i}", "type", "integer", "minimum", 0);
    json_t *one = members(json_pack("{s:o, s:O, s:O}", "file", text(), "line", at, "column", at));
    json_decref(at);
    json_object_set_new(one, "type", json_pack("[s,s]", "object", "null"));
    return one;
}

static json_t *change(void)
{
    json_t *field = members(json_pack("{s:{s:s, s:s}, s:o, s:{}, s:{}}", "path", "type", "string", "pattern", "^/", "why",
                                      names(why_names, WHY_COUNT), "before", "after"));
    json_t *request = members(json_pack("{s:o, s:o, s:{}}", "method", names(method_names, METHOD_COUNT), "url", text(), "body"));
    json_t *error = json_pack("{s:[s,s]}", "type", "object", "null");
    json_t *class = names(guard_names, GUARD_COUNT);
    json_array_append_new(json_object_get(class, "enum"), json_null());
    return members(json_pack("{s:{s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "address", "type", "string", "pattern",
                             "^[^/]+/[^/]+/[^/]+$", "action", names(action_names, ACTION_COUNT), "source", source(), "class", class,
                             "fields", list_of(field), "requests", list_of(request), "outcome",
                             names(outcome_names, OUTCOME_COUNT), "error", error));
}

static json_t *diagnostic(void)
{
    return members(json_pack("{s:{s:[s,s]}, s:{s:s, s:s}, s:o, s:o, s:o, s:o}", "severity", "enum", "error", "warning", "code", "type",
                             "string", "pattern", "^[EW][0-9]{3}$", "message", text(), "hint", text_or_null(), "address",
                             text_or_null(), "source", source()));
}

json_t *schema_of_plan(void)
{
    json_t *all = schema_start("waconf: a plan", "What plan and apply print with -o json. Members are only added within one major format_version.");
    json_t *body = members(json_pack("{s:{s:s, s:s}, s:{s:s}, s:o, s:o, s:o}", "format_version", "type", "string", "pattern", "^1\\.[0-9]+$",
                                     "complete", "type", "boolean", "summary", summary(), "changes", list_of(change()), "diagnostics",
                                     list_of(diagnostic())));
    json_object_update(all, body);
    json_decref(body);
    return all;
}
