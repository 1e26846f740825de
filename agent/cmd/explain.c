/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/command.h"
#include "cmd/output.h"
#include "model/codes.h"

struct explained { const struct code *first; bool all; };

static void add_json(json_t *list, const struct code *c)
{
    json_t *one = json_object();
    json_object_set_new(one, "code", json_string(c->code));
    json_object_set_new(one, "title", json_string(c->title));
    json_object_set_new(one, "meaning", json_string(c->meaning));
    json_object_set_new(one, "mend", json_string(c->mend));
    json_array_append_new(list, one);
}

static void render(const struct output *to, const void *what)
{
    const struct explained *e = what;
    if (to->format == FORMAT_JSON) {
        json_t *all = json_object(), *list = json_array();
        for (const struct code *c = e->first; c->code && (e->all || c == e->first); c++)
            add_json(list, c);
        json_object_set_new(all, "format_version", json_string("1.0"));
        json_object_set_new(all, "codes", list);
        json_print(to->text, all);
    } else if (!e->all) {
        bool markdown = to->format == FORMAT_MARKDOWN;
        buf_printf(to->text, "%s%s%s%s: %s\n\n%s\n\nWhat to do: %s\n", markdown ? "### " : "", paint(to->color, PAINT_BOLD),
                   e->first->code, paint(to->color, PAINT_END), e->first->title, e->first->meaning, e->first->mend);
    } else {
        struct table t = { .columns = 2 };
        table_add(&t, STR("code"));
        table_add(&t, STR("what"));
        for (const struct code *c = e->first; c->code; c++) {
            table_add(&t, str_of(c->code));
            table_add(&t, str_of(c->title));
        }
        table_print(&t, to);
    }
}

int command_explain(struct options *o)
{
    struct err err = { 0 };
    struct explained e = { codes, true };
    if (o->words.n > 1)
        return fail_usage(o, "'explain' takes one code");
    if (o->words.n) {
        e = (struct explained){ code_find(str_of(o->words.items[0])), false };
        if (!e.first)
            return fail_usage(o, "there is no code '%s'; `waconf explain` lists all", o->words.items[0]);
    }
    return done(o, output_write(o, render, &e, &err), &err, EXIT_OK);
}
