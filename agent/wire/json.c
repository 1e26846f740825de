/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/json.h"

#include <string.h>

json_t *json_of_text(struct str text, struct err *err)
{
    size_t at = 0, line = 1, column = 1;
    json_t *j = json_read(text, &at);
    if (j)
        return j;
    for (size_t i = 0; i < at; i++) {
        column = text.p[i] == '\n' ? 1 : column + 1;
        line += text.p[i] == '\n';
    }
    (void)err_set(err, ERR_DOWN, "E611", "the answer is not JSON (line %zu, column %zu)", line, column);
    return NULL;
}

/* The next part of a pointer, copied without its escapes; false at the end. */
static bool pointer_part(const char **pointer, char part[256])
{
    if (**pointer != '/')
        return false;
    const char *from = *pointer + 1;
    size_t n = strcspn(from, "/");
    if (n >= 256)
        return false;
    memcpy(part, from, n);
    part[n] = '\0';
    *pointer = from + n;
    return true;
}

json_t *json_at(const json_t *root, const char *pointer)
{
    const json_t *at = root;
    char part[256];
    while (at && pointer_part(&pointer, part)) {
        long index;
        if (json_is_object(at))
            at = json_object_get(at, part);
        else if (json_is_array(at) && str_to_long(str_of(part), 0, 1000000, &index))
            at = json_array_get(at, (size_t)index);
        else
            at = NULL;
    }
    return (json_t *)(uintptr_t)at; /* jansson's getters take const and give back what is inside */
}

void json_put(json_t *root, const char *pointer, json_t *value)
{
    char part[256];
    while (pointer_part(&pointer, part)) {
        if (*pointer == '\0') {
            (void)json_object_set_new(root, part, value);
            return;
        }
        json_t *next = json_object_get(root, part);
        if (!json_is_object(next)) {
            (void)json_object_set_new(root, part, json_object());
            next = json_object_get(root, part);
        }
        root = next;
    }
    json_decref(value);
}

bool json_as_text(const json_t *j, struct arena *a, struct str *ret)
{
    switch (json_typeof(j)) {
    case JSON_STRING:
        *ret = arena_str(a, (struct str){ json_string_value(j), json_string_length(j) });
        return true;
    case JSON_INTEGER:
        *ret = arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(j));
        return true;
    case JSON_REAL:
        *ret = arena_printf(a, "%.15g", json_real_value(j));
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *ret = json_is_true(j) ? STR("true") : STR("false");
        return true;
    default:
        return false;
    }
}

json_t *json_of_str(struct str s)
{
    json_t *j = json_stringn(s.p ? s.p : "", s.n);
    if (j)
        return j;
    auto_buf b = buf_init(s.n * 3 + 3);
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        buf_add(&b, c == 0xfffd ? STR("\xef\xbf\xbd") : (struct str){ s.p + from, at - from });
    }
    return json_stringn(buf_str(&b).p, b.n);
}

static int add_to_buf(const char *p, size_t n, void *ctx)
{
    buf_add(ctx, (struct str){ p, n });
    return 0;
}

struct str json_compact(const json_t *j, struct arena *a)
{
    auto_buf b = buf_init(BUF_UNBOUNDED);
    (void)json_dump_callback(j, add_to_buf, &b, JSON_COMPACT | JSON_ENCODE_ANY);
    return arena_str(a, buf_str(&b));
}

json_t *json_of_value(const struct value *v)
{
    json_t *j = NULL;
    if (!v || v->secret)
        return NULL;
    switch (v->type) {
    case VALUE_NULL:
        return json_null();
    case VALUE_BOOL:
        return json_boolean(v->flag);
    case VALUE_TEXT:
        return json_of_str(v->text);
    case VALUE_LIST:
        j = json_array();
        for (size_t i = 0; i < v->n; i++)
            (void)json_array_append_new(j, json_of_value(&v->items[i]));
        return j;
    case VALUE_MAP:
        j = json_object();
        for (size_t i = 0; i < v->n; i++)
            (void)json_object_setn_new(j, v->items[i].key, strlen(v->items[i].key), json_of_value(&v->items[i]));
        return j;
    case VALUE_REFERENCE:
    case VALUE_FORMAT:
        return json_pack("{s:o}", v->type == VALUE_FORMAT ? "format" : "from", json_of_str(v->text));
    }
    return NULL;
}

static void fill(struct value *v, const json_t *j, struct arena *a)
{
    const char *key;
    json_t *item;
    size_t i = 0;
    if (json_is_boolean(j)) {
        v->type = VALUE_BOOL;
        v->flag = json_is_true(j);
    } else if (json_is_array(j)) {
        v->type = VALUE_LIST;
        v->items = ARENA_ARRAY(a, json_array_size(j), struct value);
        v->n = (uint32_t)json_array_size(j);
        json_array_foreach(j, i, item)
            fill(&v->items[i], item, a);
    } else if (json_is_object(j)) {
        v->type = VALUE_MAP;
        v->items = ARENA_ARRAY(a, json_object_size(j), struct value);
        json_object_foreach((json_t *)(uintptr_t)j, key, item) {
            fill(&v->items[i], item, a);
            v->items[i++].key = arena_str(a, str_of(key)).p;
        }
        v->n = (uint32_t)i;
    } else {
        v->type = json_as_text(j, a, &v->text) ? VALUE_TEXT : VALUE_NULL;
    }
}

struct value *json_to_value(const json_t *j, struct arena *a)
{
    struct value *v = ARENA_NEW(a, struct value);
    fill(v, j, a);
    return v;
}
