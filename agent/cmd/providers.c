/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The providers as their rows say. The JSON form has every fact of a row that a user can use; the manual is made from it. */
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "wire/registry.h"

static const char *const lives[] = {
    [LIFE_SINGLETON] = "settings", [LIFE_UNREADABLE] = "settings that cannot be read", [LIFE_COLLECTION] = "collection",
    [LIFE_EVENT] = "message", [LIFE_ACCOUNT] = "account",
};

static const struct { unsigned flag; const char *name; } flag_names[] = {
    { FIELD_REQUIRED, "required" }, { FIELD_KEY, "key" }, { FIELD_SECRET, "secret" }, { FIELD_WRITE_ONLY, "write-only" },
    { FIELD_IMMUTABLE, "immutable" }, { FIELD_OURS, "ours" }, { FIELD_CLEARABLE, "clearable" },
    { FIELD_CREATE, "needed to create" }, { FIELD_CREATE_ONLY, "create only" },
};

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *field_json(const struct field *f)
{
    json_t *one = json_object(), *flags = json_array(), *choices = json_array();
    for (size_t i = 0; i < COUNT(flag_names); i++)
        if (f->flags & flag_names[i].flag)
            json_array_append_new(flags, json_string(flag_names[i].name));
    for (const char *const *c = f->choices; c && *c; c++)
        json_array_append_new(choices, json_string(*c));
    json_object_set_new(one, "path", json_string(f->path));
    json_object_set_new(one, "type", json_string(f->type->name));
    json_object_set_new(one, "flags", flags);
    json_object_set_new(one, "class", json_string(guard_names[f->guard]));
    json_object_set_new(one, "min", f->min ? json_integer((json_int_t)f->min) : json_null());
    json_object_set_new(one, "max", f->max ? json_integer((json_int_t)f->max) : json_null());
    json_object_set_new(one, "choices", choices);
    json_object_set_new(one, "default", text_or_null(f->fallback));
    json_object_set_new(one, "help", text_or_null(f->help));
    json_object_set_new(one, "example", text_or_null(f->example));
    if (f->items) {
        json_t *items = json_array();
        for (const struct field *item = f->items; item->path; item++)
            json_array_append_new(items, field_json(item));
        json_object_set_new(one, "items", items);
    }
    return one;
}

static json_t *rule_json(const struct rule *r)
{
    static const char *const names[] = { [RULE_ONE_OF] = "exactly one", [RULE_ANY_OF] = "at least one",
                                         [RULE_TOGETHER] = "all or none", [RULE_NEEDS] = "the first needs the second" };
    json_t *one = json_object(), *paths = json_array();
    for (size_t i = 0; i < COUNT(r->paths) && r->paths[i]; i++)
        json_array_append_new(paths, json_string(r->paths[i]));
    json_object_set_new(one, "rule", json_string(names[r->type]));
    json_object_set_new(one, "paths", paths);
    json_object_set_new(one, "why", text_or_null(r->why));
    return one;
}

static bool can(const struct kind *k, const struct op *op)
{
    return op->url || (op == &k->read && k->list.url);
}

static json_t *kind_json(const struct provider *p, const struct kind *k)
{
    static const char *const names[] = { "read", "create", "update", "delete" };
    const struct op *ops[] = { &k->read, &k->create, &k->update, &k->erase };
    json_t *one = json_object(), *fields = json_array(), *rules = json_array(), *can_do = json_array();
    for (const struct field *f = k->fields; f->path; f++)
        json_array_append_new(fields, field_json(f));
    for (const struct rule *r = k->rules; r && r->type != RULE_NONE; r++)
        json_array_append_new(rules, rule_json(r));
    for (size_t i = 0; i < COUNT(ops); i++)
        if (can(k, ops[i]))
            json_array_append_new(can_do, json_string(names[i]));
    json_object_set_new(one, "kind", json_sprintf("%s/%s", p->group, k->name));
    json_object_set_new(one, "life", json_string(lives[k->life]));
    json_object_set_new(one, "operations", can_do);
    json_object_set_new(one, "help", text_or_null(k->help));
    json_object_set_new(one, "unseen", text_or_null(k->unseen));
    json_object_set_new(one, "doc", text_or_null(k->doc));
    json_object_set_new(one, "fields", fields);
    json_object_set_new(one, "rules", rules);
    return one;
}

static json_t *provider_json(const struct provider *p)
{
    json_t *one = json_object(), *kinds = json_array(), *origins = json_array();
    json_array_append_new(kinds, kind_json(p, p->account));
    for (const struct kind *k = p->kinds; k->name; k++)
        json_array_append_new(kinds, kind_json(p, k));
    for (const char *const *origin = p->origins; origin && *origin; origin++)
        json_array_append_new(origins, json_string(*origin));
    json_object_set_new(one, "group", json_string(p->group));
    json_object_set_new(one, "apiVersion", json_sprintf("%s/%s", p->group, p->version));
    json_object_set_new(one, "title", text_or_null(p->title));
    json_object_set_new(one, "doc", text_or_null(p->doc));
    json_object_set_new(one, "origins", origins);
    json_object_set_new(one, "kinds", kinds);
    return one;
}

static const char *yes(bool it)
{
    return it ? "yes" : "-";
}

static void add_kind(struct table *t, struct arena *a, const struct provider *p, const struct kind *k)
{
    bool event = k->life == LIFE_EVENT;
    table_add(t, arena_printf(a, "%s/%s", p->group, k->name));
    table_add(t, str_of(yes(can(k, &k->read))));
    table_add(t, str_of(event ? "send" : yes(k->create.url)));
    table_add(t, str_of(yes(!event && k->update.url)));
    table_add(t, str_of(yes(k->erase.url)));
    table_add(t, str_of(k->unseen ? k->unseen : "-"));
}

static void render(const struct output *to, const void *what)
{
    (void)what;
    if (to->format == FORMAT_JSON) {
        json_t *all = json_object(), *list = json_array();
        for (size_t i = 0; providers[i]; i++)
            json_array_append_new(list, provider_json(providers[i]));
        json_object_set_new(all, "format_version", json_string("1.0"));
        json_object_set_new(all, "providers", list);
        json_print(to->text, all);
        return;
    }
    auto_arena a = { 0 };
    struct table t = { .columns = 6, .own = true };
    static const char *const head[] = { "kind", "read", "create", "update", "delete", "what cannot be observed" };
    for (size_t i = 0; i < COUNT(head); i++)
        table_add(&t, str_of(head[i]));
    for (size_t i = 0; providers[i]; i++)
        for (const struct kind *k = providers[i]->kinds; k->name; k++)
            add_kind(&t, &a, providers[i], k);
    table_print(&t, to);
    buf_char(to->text, '\n');
    for (size_t i = 0; providers[i]; i++)
        buf_printf(to->text, "%s%s/%s: %s%s%s\n", to->format == FORMAT_MARKDOWN ? "- " : "", providers[i]->group,
                   providers[i]->version, providers[i]->title, providers[i]->doc ? ", " : "",
                   providers[i]->doc ? providers[i]->doc : "");
}

int command_providers(struct options *o)
{
    struct err err = { 0 };
    return done(o, output_write(o, render, NULL, &err), &err, EXIT_OK);
}
