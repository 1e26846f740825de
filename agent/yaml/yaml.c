/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "yaml/yaml_private.h"

#include <string.h>

#include "base/mem.h"

enum { MANY_KEYS = 16 };  /* from here on duplicates are looked for in a table */

struct yaml_reader *yaml_open(struct str text, const char *file, struct diags *diags)
{
    struct yaml_reader *r = mem_alloc(sizeof *r);
    if (str_starts(text, STR("\xef\xbb\xbf")))
        text = str_skip(text, 3);
    *r = (struct yaml_reader){ .text = text.p ? text : STR(""), .file = file, .diags = diags };
    if (!yaml_parser_initialize(&r->parser))
        mem_fail();
    yaml_scan(r);
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)r->text.p, r->text.n);
    return r;
}

void yaml_close(struct yaml_reader *r)
{
    if (!r)
        return;
    yaml_parser_delete(&r->parser);
    map_release(&r->anchors);
    free(r);
}

bool yaml_failed(const struct yaml_reader *r)
{
    return r->failed;
}

static bool next_event(struct yaml_reader *r, yaml_event_t *ret)
{
    if (r->failed || r->gave_up)
        return false;
    if (yaml_parser_parse(&r->parser, ret))
        return true;
    yaml_explain(r);
    return false;
}

static void give_up(struct yaml_reader *r, struct loc at, const char *code, const char *mend, const char *what)
{
    yaml_find(r, at, code, mend, "%s", what);
    r->failed = r->gave_up = true;
}

static bool charge(struct yaml_reader *r, size_t nodes, struct loc at)
{
    if (nodes <= YAML_MAX_NODES - r->size) {
        r->size += nodes;
        return true;
    }
    r->size = YAML_MAX_NODES;
    give_up(r, at, "E108", "Split the document, or use fewer aliases.",
            "This document has more than 100000 values, aliases expanded.");
    return false;
}

/* --- nodes ------------------------------------------------------------------------------------- */

static struct node *node_new(struct yaml_reader *r, enum node_type type, const yaml_mark_t *mark)
{
    struct node *n = ARENA_NEW(r->arena, struct node);
    n->type = type;
    n->at = yaml_place(r, mark);
    n->size = 1;
    return charge(r, 1, n->at) ? n : NULL;
}

/* An anchor names what is written next to it; a later one of the same name replaces it (YAML 1.2, 7.1). */
struct anchor { struct node *node; bool open; };

static struct anchor *anchor_set(struct yaml_reader *r, const yaml_char_t *name, struct node *n)
{
    if (!name)
        return NULL;
    struct str key = str_of((const char *)name);
    struct anchor *a = map_get(&r->anchors, key);
    if (!a) {
        a = ARENA_NEW(r->arena, struct anchor);
        (void)map_add(&r->anchors, arena_str(r->arena, key), a);
    }
    *a = (struct anchor){ n, n->type >= NODE_LIST };
    return a;
}

static struct node *alias_node(struct yaml_reader *r, const yaml_event_t *e)
{
    struct str name = str_of((const char *)e->data.alias.anchor);
    struct loc at = yaml_place(r, &e->start_mark);
    const struct anchor *a = map_get(&r->anchors, name);
    if (!a || a->open) {
        yaml_find(r, at, "E110", a ? "Remove the alias, or move the anchor." : "Define it with '&' above this line, in the same document.",
                  a ? "The alias '*%.*s' names a value that contains it." : "The alias '*%.*s' names nothing: no '&' anchor of that name stands before it.",
                  ARG(name));
        return node_new(r, NODE_BROKEN, &e->start_mark);
    }
    if (r->depth + a->node->height > YAML_MAX_DEPTH) {
        give_up(r, at, "E107", "Flatten it.", "This document is nested more than 100 deep, aliases expanded.");
        return NULL;
    }
    if (!charge(r, a->node->size, at))
        return NULL;
    struct node *n = ARENA_NEW(r->arena, struct node);
    *n = *a->node;
    n->key = (struct str){ 0 };
    n->next = NULL;
    n->merged = false;
    return n;
}

static enum node_type plain_type(struct str text)
{
    static const char *const nulls[] = { "null", "~", "Null", "NULL" };
    if (!text.n)
        return NODE_EMPTY;
    if (text.n > 5)
        return NODE_SCALAR;
    for (size_t i = 0; i < COUNT(nulls); i++)
        if (str_is(text, nulls[i]))
            return NODE_NULL;
    return str_is(text, "true") || str_is(text, "false") ? NODE_BOOL : NODE_SCALAR;
}

/* The only tags taken are those that say nothing new; the row decides the type. */
static bool tag_right(struct yaml_reader *r, const yaml_char_t *tag, const char *plain, struct loc at)
{
    const char *name = (const char *)tag;
    if (!tag || strcmp(name, "!") == 0 || strcmp(name, plain) == 0)
        return true;
    if (strncmp(name, "tag:yaml.org,2002:", 18) == 0)
        yaml_find(r, at, "E112", "Remove it: the field decides the type.", "The tag '!!%s' is not used here.", name + 18);
    else
        yaml_find(r, at, "E112", "Remove it: the field decides the type.", "The tag '%s' is not used here.", name);
    return false;
}

static struct node *scalar_node(struct yaml_reader *r, const yaml_event_t *e)
{
    struct str text = { (const char *)e->data.scalar.value, e->data.scalar.length };
    struct node *n = node_new(r, NODE_SCALAR, &e->start_mark);
    if (!n)
        return NULL;
    bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !e->data.scalar.tag;
    n->quoted = !plain;
    n->type = plain ? plain_type(text) : NODE_SCALAR;
    n->text = arena_str(r->arena, text);
    if (e->data.scalar.tag && !tag_right(r, e->data.scalar.tag, YAML_STR_TAG, n->at)) {
        n->type = NODE_BROKEN;
    } else if (text.n && memchr(text.p, '\0', text.n)) {
        yaml_find(r, n->at, "E106", "Remove \\0 from the text.", "The text holds a NUL character.");
        n->type = NODE_BROKEN;
    }
    if (e->data.scalar.anchor)
        (void)anchor_set(r, e->data.scalar.anchor, n);
    return n;
}

/* --- collections ------------------------------------------------------------------------------- */

static struct node *read_node(struct yaml_reader *r, yaml_event_t *e);

static void append(struct node *parent, struct node ***end, struct node *child)
{
    **end = child;
    *end = &child->next;
    parent->n++;
    parent->size += child->size;
    if (child->height >= parent->height)
        parent->height = child->height + 1;
}

static bool enter(struct yaml_reader *r, struct loc at)
{
    if (++r->depth <= YAML_MAX_DEPTH)
        return true;
    give_up(r, at, "E107", "Flatten it.", "This is nested more than 100 deep.");
    return false;
}

static bool read_list(struct yaml_reader *r, struct node *list)
{
    struct node **end = &list->first;
    yaml_event_t e;
    while (next_event(r, &e)) {
        if (e.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&e);
            return true;
        }
        struct node *child = read_node(r, &e);
        if (!child)
            return false;
        append(list, &end, child);
    }
    return false;
}

/* The keys of one map, for finding a second one of the same name; a table only when there are many. */
struct keys { struct map table; };

static struct node *keys_find(struct keys *k, const struct node *map, struct str key)
{
    if (map->n >= MANY_KEYS) {
        if (!k->table.n)
            for (struct node *c = map->first; c; c = c->next)
                (void)map_add(&k->table, c->key, c);
        return map_get(&k->table, key);
    }
    for (struct node *c = map->first; c; c = c->next)
        if (str_eq(c->key, key))
            return c;
    return NULL;
}

static void keys_add(struct keys *k, struct node *child)
{
    if (k->table.n)
        (void)map_add(&k->table, child->key, child);
}

/* A key must be a text. Returns false when reading cannot go on; *ret_key stays NULL when the key is wrong. */
static bool read_key(struct yaml_reader *r, yaml_event_t *e, struct node **ret_key)
{
    struct loc at = yaml_place(r, &e->start_mark);
    bool scalar = e->type == YAML_SCALAR_EVENT || e->type == YAML_ALIAS_EVENT;
    struct node *key = read_node(r, e);
    *ret_key = NULL;
    if (!key)
        return false;
    r->size -= key->size; /* values count, not their names */
    if (key->type == NODE_BROKEN)
        return true;
    if (!scalar || key->type >= NODE_LIST)
        yaml_find(r, at, "E113", "Write a plain name before the colon.", "A key must be a text, not a list or a map.");
    else if (!key->text.n)
        yaml_find(r, at, "E113", "Write a name before the colon.", "This key is empty.");
    else
        *ret_key = key;
    return true;
}

static bool is_merge(const struct node *key)
{
    return !key->quoted && str_is(key->text, "<<");
}

static void merge_one(struct yaml_reader *r, struct node *map, struct node ***end, struct keys *k, const struct node *from)
{
    for (const struct node *c = from->first; c && !r->gave_up; c = c->next) {
        if (keys_find(k, map, c->key))
            continue;
        if (!charge(r, c->size, from->at))
            return;
        struct node *copy = ARENA_NEW(r->arena, struct node);
        *copy = *c;
        copy->next = NULL;
        copy->merged = true;
        append(map, end, copy);
        keys_add(k, copy);
    }
}

/* `<<` is applied when its map is complete: explicit keys win, then the earlier of several maps. */
static void merge(struct yaml_reader *r, struct node *map, struct node ***end, struct keys *k, const struct node *from)
{
    const struct node *c = from;
    if (from->type == NODE_BROKEN)
        return;
    if (from->type == NODE_MAP) {
        merge_one(r, map, end, k, from);
        return;
    }
    if (from->type == NODE_LIST)
        for (c = from->first; c && (c->type == NODE_MAP || c->type == NODE_BROKEN); c = c->next)
            if (c->type == NODE_MAP)
                merge_one(r, map, end, k, c);
    if (c)
        yaml_find(r, c->at, "E111", "Write `<<: *name` or `<<: [*one, *two]`, where the anchors stand on maps.",
                  "A merge key takes a map, or a list of maps.");
}

static void add_member(struct yaml_reader *r, struct node *map, struct node ***end, struct keys *k, const struct node *key,
                       struct node *value)
{
    const struct node *first = keys_find(k, map, key->text);
    if (first) {
        yaml_find(r, key->at, "E109", "Keep one of them.", "The key '%.*s' stands here a second time; it is already in line %u.",
                  (int)(key->text.n > 80 ? 80 : key->text.n), key->text.p, first->key_at.line);
        return;
    }
    value->key = key->text;
    value->key_at = key->at;
    append(map, end, value);
    keys_add(k, value);
}

static bool read_members(struct yaml_reader *r, struct node *map, struct keys *k)
{
    struct node **end = &map->first, *merged = NULL, *key;
    yaml_event_t e;
    while (next_event(r, &e)) {
        if (e.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&e);
            if (merged)
                merge(r, map, &end, k, merged);
            return !r->gave_up;
        }
        if (!read_key(r, &e, &key) || !next_event(r, &e))
            return false;
        struct node *value = read_node(r, &e);
        if (!value)
            return false;
        if (!key)
            continue;
        if (!is_merge(key))
            add_member(r, map, &end, k, key, value);
        else if (!merged)
            merged = value;
        else
            yaml_find(r, key->at, "E109", "Write `<<: [*one, *two]`.", "The key '<<' stands here a second time in one map.");
    }
    return false;
}

static struct node *read_collection(struct yaml_reader *r, yaml_event_t *e)
{
    bool list = e->type == YAML_SEQUENCE_START_EVENT;
    const yaml_char_t *tag = list ? e->data.sequence_start.tag : e->data.mapping_start.tag;
    struct node *n = node_new(r, list ? NODE_LIST : NODE_MAP, &e->start_mark);
    if (!n || !enter(r, n->at))
        return NULL;
    n->height = 1;
    bool right = tag_right(r, tag, list ? YAML_SEQ_TAG : YAML_MAP_TAG, n->at);
    struct anchor *a = anchor_set(r, list ? e->data.sequence_start.anchor : e->data.mapping_start.anchor, n);
    struct keys k = { 0 };
    bool read = list ? read_list(r, n) : read_members(r, n, &k);
    map_release(&k.table);
    r->depth--;
    if (!read)
        return NULL;
    if (!right)
        n->type = NODE_BROKEN;
    if (a && a->node == n)
        a->open = false;
    return n;
}

/* Takes over the event. */
static struct node *read_node(struct yaml_reader *r, yaml_event_t *e)
{
    struct node *n = NULL;
    switch (e->type) {
    case YAML_ALIAS_EVENT:  n = alias_node(r, e); break;
    case YAML_SCALAR_EVENT: n = scalar_node(r, e); break;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT: n = read_collection(r, e); break;
    default: break; /* libyaml ends what it began */
    }
    yaml_event_delete(e);
    return n;
}

struct node *yaml_next(struct yaml_reader *r, struct arena *a)
{
    yaml_event_t e;
    r->arena = a;
    r->size = 0;
    r->depth = 0;
    map_release(&r->anchors);
    while (next_event(r, &e)) {
        yaml_event_type_t type = e.type;
        if (type == YAML_SCALAR_EVENT || type == YAML_ALIAS_EVENT || type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT) {
            struct node *root = read_node(r, &e);
            return r->failed ? NULL : root;
        }
        yaml_event_delete(&e);
        if (type == YAML_STREAM_END_EVENT || type == YAML_NO_EVENT)
            return NULL;
    }
    return NULL;
}

const struct node *node_member(const struct node *map, const char *key)
{
    if (!map || map->type != NODE_MAP)
        return NULL;
    for (const struct node *c = map->first; c; c = c->next)
        if (str_is(c->key, key))
            return c;
    return NULL;
}
