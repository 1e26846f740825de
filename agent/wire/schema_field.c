/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One field as draft-07. The keywords of draft-07 look only at values of their own type, so a text field that also takes a
 * reference needs no alternatives: "pattern" judges the text, "properties" the reference. That keeps messages short.
 */
#include "wire/schema_field.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* What a plain scalar may be beside a string. YAML reads 140 and +919000000001 as numbers; their source text is what counts, and
 * all of these have right source texts. */
static const struct { const struct type *type; const char *also[2]; const char *least; } scalars[] = {
    { &type_text, { "number", "boolean" }, NULL }, { &type_lines, { "number", "boolean" }, NULL },
    { &type_id, { "number", "boolean" }, NULL },   { &type_count, { "integer" }, "minimum" },
    { &type_duration, { "integer" }, "minimum" },  { &type_rate, { "number" }, "exclusiveMinimum" },
    { &type_e164, { "integer" }, "minimum" },      { &type_sender, { "integer", "boolean" }, "minimum" },
};

static void set(json_t *object, const char *name, json_t *take)
{
    json_object_set_new(object, name, take);
}

json_t *schema_definitions(void)
{
    static const char name[] = "^[a-z0-9][a-z0-9.-]{0,62}$";
    static const char secret[] = "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.{1,4095}|cred:[A-Za-z0-9_@:-][A-Za-z0-9_.@:-]*|exec:/[^ ].*)$";
    static const char var[] = "^var:[A-Za-z0-9_.-]+$";
    static const char format[] = "^([^{}]|\\{(name|label:[^}]+|var:[A-Za-z0-9_.-]+)\\})+$";
    json_t *d = json_object();
    set(d, "name", json_pack("{s:[s,s,s], s:s, s:i, s:s}", "type", "string", "number", "boolean", "pattern", name, "minimum", 0,
                             "description", "Lower-case letters, digits, dots and dashes; at most 63."));
    set(d, "labels", schema_labels());
    set(d, "secret", json_pack("{s:s, s:[s], s:b, s:{s:{s:s, s:s, s:s}}}", "type", "object", "required", "from",
                               "additionalProperties", 0, "properties", "from", "type", "string", "pattern", secret,
                               "description", "env:NAME, file:PATH, cred:NAME or exec:/PROGRAM ARG ..."));
    json_t *from = json_pack("{s:s, s:s, s:s}", "type", "string", "pattern", var, "description", "var:NAME, given by --var NAME=VALUE");
    set(d, "var", json_pack("{s:[s], s:b, s:{s:O}}", "required", "from", "additionalProperties", 0, "properties", "from", from));
    set(d, "varOrFormat", json_pack("{s:i, s:i, s:b, s:{s:o, s:{s:s, s:s, s:s}}}", "minProperties", 1, "maxProperties", 1,
                                    "additionalProperties", 0, "properties", "from", from, "format", "type", "string",
                                    "pattern", format, "description", "a text with {name}, {label:KEY}, {var:NAME}; a brace itself only comes from a variable"));
    return d;
}

/* --- texts --------------------------------------------------------------------------------------- */

/* A pattern that takes a word in letters of any case. */
static json_t *choice_pattern(const struct field *f)
{
    auto_buf out = buf_init(BUF_UNBOUNDED);
    buf_puts(&out, "^ *(");
    for (size_t i = 0; f->choices[i]; i++) {
        buf_puts(&out, i ? "|" : "");
        for (const char *c = f->choices[i]; *c; c++)
            if (isalpha((unsigned char)*c))
                buf_printf(&out, "[%c%c]", toupper((unsigned char)*c), tolower((unsigned char)*c));
            else if (strchr("\\^$.|?*+()[]{}", *c))
                buf_printf(&out, "\\%c", *c);
            else
                buf_char(&out, *c);
    }
    buf_puts(&out, ") *$");
    return json_string(out.p);
}

static json_t *choices(const struct field *f)
{
    json_t *list = json_array();
    for (size_t i = 0; f->choices[i]; i++)
        json_array_append_new(list, json_string(f->choices[i]));
    return json_pack("[{s:o}, {s:s, s:o}, {s:s}]", "enum", list, "type", "string", "pattern", choice_pattern(f), "type", "object");
}

/* The account decides where to call, so it is written out. */
static bool takes_reference(const struct field *f)
{
    return strcmp(field_name(f), "account") != 0;
}

static void limit_text(json_t *one, const struct field *f)
{
    json_t *types = json_pack("[s]", "string"), *own = NULL;
    for (size_t i = 0; i < COUNT(scalars); i++) {
        if (scalars[i].type != f->type)
            continue;
        for (size_t n = 0; n < COUNT(scalars[i].also) && scalars[i].also[n]; n++)
            json_array_append_new(types, json_string(scalars[i].also[n]));
        if (scalars[i].least)
            set(one, scalars[i].least, json_integer(!strcmp(scalars[i].least, "minimum")));
    }
    if (takes_reference(f))
        json_array_append_new(types, json_string("object"));
    set(one, "type", types);
    if (f->max)
        set(one, "maxLength", json_integer((json_int_t)f->max));
    if (f->min)
        set(one, "minLength", json_integer((json_int_t)f->min));
    if (f->type->schema) {
        auto_buf text = buf_init(BUF_UNBOUNDED);
        buf_printf(&text, "{%s}", f->type->schema);
        own = json_loadb(text.p, text.n, 0, NULL);
        json_object_update(one, own);
        json_decref(own);
    }
}

static json_t *text_schema(const struct field *f)
{
    /* What gets credentials has a host that is a plain name or an address, and no link-local one. */
    static const char origin[] = "^[^:]*://(?!169\\.254\\.[0-9]+\\.[0-9]+([:/?#]|$))(\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*)"
                                 "(:[0-9]{1,5})?([/?#]|$)";
    json_t *one = json_object(), *all = json_array();
    limit_text(one, f);
    if (takes_reference(f))
        json_array_append_new(all, schema_ref("varOrFormat"));
    json_array_append_new(all, json_pack("{s:s}", "pattern", f->type->multiline ? SCHEMA_LINES : SCHEMA_ONE_LINE));
    if (f->flags & FIELD_ORIGIN)
        json_array_append_new(all, json_pack("{s:s}", "pattern", origin));
    if (f->type == &type_url || f->type == &type_base_url) /* what placeholders become is seen when they are filled in */
        json_array_append_new(all, json_pack("{s:{s:{s:s}}}", "properties", "format", "pattern", "^[Hh][Tt][Tt][Pp][Ss]?://|\\{"));
    if (f->choices)
        set(one, "anyOf", choices(f));
    set(one, "allOf", all);
    return one;
}

/* --- lists ------------------------------------------------------------------------------------------ */

static json_t *record_schema(const struct field *f)
{
    json_t *properties = json_object(), *required = json_array(), *rules = json_array();
    for (const struct field *row = f->items; row->path; row++) {
        set(properties, field_name(row), schema_field(row));
        if (row->flags & FIELD_REQUIRED)
            json_array_append_new(required, json_string(field_name(row)));
    }
    for (const struct rule *r = f->item_rules; r && r->type != RULE_NONE; r++)
        json_array_append_new(rules, schema_rule(f->items, r, SCHEMA_WHOLE));
    json_t *one = json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0, "properties", properties);
    if (json_array_size(required))
        set(one, "required", json_incref(required));
    if (json_array_size(rules))
        set(one, "allOf", json_incref(rules));
    json_decref(required);
    json_decref(rules);
    return one;
}

static json_t *list_schema(const struct field *f)
{
    const struct field entry = { .path = "/entry", .type = f->choices ? &type_choice : &type_text, .choices = f->choices, .min = 1 };
    json_t *one = json_pack("{s:s, s:o}", "type", "array", "items", f->items ? record_schema(f) : schema_field(&entry));
    if (f->min)
        set(one, "minItems", json_integer((json_int_t)f->min));
    if (f->max)
        set(one, "maxItems", json_integer((json_int_t)f->max));
    return one;
}

/* --- fields --------------------------------------------------------------------------------------- */

static json_t *example(const struct field *f)
{
    if (f->flags & FIELD_SECRET)
        return json_pack("{s:s}", "from", f->example);
    if (f->type->shape == SHAPE_BOOL)
        return json_boolean(!strcmp(f->example, "true"));
    return f->type->shape >= SHAPE_LIST ? NULL : json_string(f->example);
}

static void describe(json_t *one, const struct field *f)
{
    json_t *shown = f->example ? example(f) : NULL;
    if (f->help)
        set(one, "description", json_string(f->help));
    if (f->fallback && !strchr(f->fallback, '{') && f->type->shape == SHAPE_TEXT)
        set(one, "default", json_string(f->fallback));
    if (shown)
        set(one, "examples", json_pack("[o]", shown));
}

json_t *schema_field(const struct field *f)
{
    json_t *one;
    if (f->flags & FIELD_SECRET)
        one = json_pack("{s:[s], s:[o]}", "type", "object", "allOf", schema_ref("secret"));
    else if (f->type->shape == SHAPE_BOOL)
        one = json_pack("{s:[s,s], s:[o]}", "type", "boolean", "object", "allOf", schema_ref("var"));
    else if (f->type->shape == SHAPE_MAP)
        one = json_pack("{s:[o]}", "allOf", schema_ref("labels"));
    else
        one = f->type->shape == SHAPE_LIST ? list_schema(f) : text_schema(f);
    describe(one, f);
    if (!(f->flags & FIELD_CLEARABLE))
        return one;
    json_t *null = json_pack("{s:s, s:s}", "type", "null", "description", "Clears it.");
    if (f->flags & FIELD_SECRET) { /* the definition is for objects only */
        json_t *both = json_pack("{s:[o, o]}", "anyOf", one, null);
        json_object_set(both, "description", json_object_get(one, "description"));
        return both;
    }
    json_array_append_new(json_object_get(one, "type"), json_string("null"));
    json_decref(null);
    return one;
}

/* Puts a field where its path says, making the groups on the way. */
static void place(json_t *object, const char *path, const struct field *f)
{
    struct str part, rest;
    char name[128];
    (void)str_cut(str_of(path + 1), '/', &part, &rest);
    (void)snprintf(name, sizeof name, "%.*s", ARG(part));
    json_t *properties = json_object_get(object, "properties");
    if (!rest.n) {
        set(properties, name, schema_field(f));
        return;
    }
    if (!json_object_get(properties, name))
        set(properties, name, json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0, "properties"));
    place(json_object_get(properties, name), rest.p - 1, f);
}

json_t *schema_fields(const struct kind *k)
{
    json_t *all = json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0, "properties");
    if (k->help)
        set(all, "description", json_string(k->help));
    for (const struct field *f = k->fields; f->path; f++)
        place(all, f->path, f);
    return all;
}
