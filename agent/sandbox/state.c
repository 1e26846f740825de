/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the five providers remember: one JSON tree, which is also the seed's form (sandbox.h). */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/inside.h"

/* What reads of parent[key] go on showing until the time is over. */
struct past { struct past *next; json_t *parent, *value; int64_t until; char key[]; };

enum { LARGEST_SETTING = 1000000000 };

static const char *const groups[] = { "kaleyra", "voltmx", "pingone", "kapso", "webexconnect" };

void state_end(struct state *s)
{
    for (struct past *p = s->past, *next; p; p = next) {
        next = p->next;
        json_decref(p->parent);
        json_decref(p->value);
        free(p);
    }
    json_decref(s->root);
    json_decref(s->index);
    *s = (struct state){ 0 };
}

static int check_groups(json_t *root, struct err *err)
{
    const char *name;
    json_t *value;
    if (!json_is_object(root))
        return err_set(err, ERR_CONFIG, NULL, "the sandbox's state is a JSON object with a member for each provider");
    json_object_foreach(root, name, value) {
        size_t i = 0;
        while (i < COUNT(groups) && strcmp(groups[i], name) != 0)
            i++;
        if (i == COUNT(groups) || !json_is_object(value))
            return err_set(err, ERR_CONFIG, NULL, "the sandbox's state: '%.80s' is not a provider with an object", name);
    }
    return 0;
}

/* A seed need not say again what its keys say. */
static void complete_configs(json_t *kapso)
{
    const char *project, *id;
    json_t *p, *config;
    json_object_foreach(json_object_get(kapso, "projects"), project, p) {
        json_object_foreach(json_object_get(p, "configs"), id, config) {
            json_object_set_new(config, "id", json_string(id));
            if (!json_object_get(config, "created_at"))
                json_object_set_new(config, "created_at", json_string("2023-11-07T05:31:56Z"));
            if (!json_object_get(config, "updated_at"))
                json_object_set(config, "updated_at", json_object_get(config, "created_at"));
        }
    }
}

int state_load(struct state *s, json_t *root, struct err *err)
{
    struct state fresh = { .root = root ? json_deep_copy(root) : json_object(), .index = json_object() };
    if (check_groups(fresh.root, err) != 0) {
        state_end(&fresh);
        return -1;
    }
    for (size_t i = 0; i < COUNT(groups); i++) {
        json_t *g = json_object_get(fresh.root, groups[i]);
        bool given = g != NULL;
        if (!given)
            json_object_set_new(fresh.root, groups[i], g = json_object());
        if (!json_object_get(g, "open"))
            json_object_set_new(g, "open", json_boolean(!given));
    }
    json_t *inventories = state_child(json_object_get(fresh.root, "pingone"), "inventories");
    if (!json_object_size(inventories))
        json_object_set_new(inventories, "*", pingone_default_inventory());
    complete_configs(json_object_get(fresh.root, "kapso"));
    state_end(s);
    *s = fresh;
    return 0;
}

json_t *state_group(const struct request *r, const char *name) { return json_object_get(r->box->state.root, name); }

json_t *state_child(json_t *parent, const char *name)
{
    json_t *c = json_object_get(parent, name);
    if (!json_is_object(c))
        json_object_set_new(parent, name, c = json_object());
    return c;
}

const char *setting_text(const json_t *g, const char *name, const char *otherwise)
{
    const char *text = text_of(g, name);
    return text ? text : otherwise;
}

bool setting_flag(const json_t *g, const char *name, bool otherwise)
{
    const json_t *value = json_object_get(g, name);
    return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

long setting_number(const json_t *g, const char *name, long otherwise)
{
    const json_t *value = json_object_get(g, name);
    json_int_t n = json_integer_value(value);
    return json_is_integer(value) && n >= 0 && n <= LARGEST_SETTING ? (long)n : otherwise;
}

bool state_open(const json_t *g) { return setting_flag(g, "open", false); }

static void remember(struct request *r, json_t *parent, const char *key, int64_t until)
{
    struct past *p = mem_alloc(sizeof *p + strlen(key) + 1), **at = &r->box->state.past;
    strcpy(p->key, key);
    p->parent = json_incref(parent);
    p->value = json_incref(json_object_get(parent, key));
    p->until = until;
    while (*at)
        at = &(*at)->next;
    *at = p;
}

void state_keep(struct request *r, json_t *parent, const char *key, json_t *value)
{
    if (fault_on(&r->faults, FAULT_LIE)) {
        json_decref(value);
        return;
    }
    if (fault_on(&r->faults, FAULT_LAG))
        remember(r, parent, key, clock_mono_ms() + r->faults.number[FAULT_LAG]);
    if (value)
        json_object_set_new(parent, key, value);
    else
        json_object_del(parent, key);
}

/* The oldest memory that still holds; those that no longer do are dropped on the way. */
static const struct past *past_of(const struct request *r, const json_t *parent, const char *key)
{
    int64_t now = r->box->state.past ? clock_mono_ms() : 0;
    for (struct past **at = &r->box->state.past, *p; (p = *at);) {
        if (p->until <= now) {
            *at = p->next;
            json_decref(p->parent);
            json_decref(p->value);
            free(p);
            continue;
        }
        if (p->parent == parent && (!key || !strcmp(p->key, key)))
            return p;
        at = &p->next;
    }
    return NULL;
}

const json_t *state_seen(const struct request *r, json_t *parent, const char *key)
{
    const struct past *p = past_of(r, parent, key);
    return p ? p->value : json_object_get(parent, key);
}

json_t *state_seen_all(const struct request *r, json_t *parent)
{
    if (!past_of(r, parent, NULL))
        return parent ? json_incref(parent) : json_object();
    json_t *all = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(parent, key, value) {
        const struct past *p = past_of(r, parent, key);
        if (!p || p->value)
            json_object_set(all, key, p ? p->value : value);
    }
    for (const struct past *p = r->box->state.past; p; p = p->next)   /* removed since */
        if (p->parent == parent && p->value && !json_object_get(parent, p->key) && !json_object_get(all, p->key))
            json_object_set(all, p->key, p->value);
    return all;
}
