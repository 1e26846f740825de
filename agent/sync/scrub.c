/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What providers sent, on its way to people and to the state: scrubbed of every secret of this run (contract 1). The live values that are compared and
 * written back stay as they are; only what is shown and stored passes here.
 */
#include "base/mem.h"
#include "sync/work.h"

struct str scrub_text(const struct sync *s, struct arena *a, struct str text)
{
    if (!vault_leaks(s->vault, text))
        return text;
    auto_buf b = buf_init(BUF_UNBOUNDED);
    vault_scrub(s->vault, &b, text);
    return arena_str(a, buf_str(&b));
}

static bool value_leaks(const struct sync *s, const struct value *v)
{
    bool leaks = v->type == VALUE_TEXT && vault_leaks(s->vault, v->text);
    for (size_t i = 0; i < v->n && !leaks; i++)
        leaks = value_leaks(s, &v->items[i]);
    return leaks;
}

static void value_scrub(const struct sync *s, struct arena *a, struct value *v)
{
    if (v->type == VALUE_TEXT)
        v->text = scrub_text(s, a, v->text);
    for (size_t i = 0; i < v->n; i++)
        value_scrub(s, a, &v->items[i]);
}

const struct value *scrub_value(const struct sync *s, struct arena *a, const struct value *v)
{
    if (!v || value_is_secret(v) || !value_leaks(s, v))
        return v;
    struct value *copy = value_copy(a, v);
    value_scrub(s, a, copy);
    return copy;
}

void scrub_json(const struct sync *s, json_t *j)
{
    const char *key;
    json_t *item;
    size_t i;
    if (json_is_string(j)) {
        struct str text = { json_string_value(j), json_string_length(j) };
        auto_buf b = buf_init(BUF_UNBOUNDED);
        if (!vault_leaks(s->vault, text))
            return;
        vault_scrub(s->vault, &b, text);
        (void)json_string_setn(j, b.p, b.n);
    }
    json_array_foreach(j, i, item)
        scrub_json(s, item);
    json_object_foreach(j, key, item)
        scrub_json(s, item);
}
