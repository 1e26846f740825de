/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `waconf status`: what the state knows of every object, message, and the last run. Nothing is asked of a provider. */
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/state.h"

/* Everything that is shown is gathered as JSON first; the human form is read off it. */
struct gathered { const struct options *o; json_t *objects, *drift, *doubts, *messages, *freezes, *run; int64_t now; };

static void set(json_t *object, const char *name, struct str text)
{
    json_object_set_new(object, name, json_foreign_or_null(text));
}

static json_t *key_json(const struct record_key *key)
{
    json_t *one = json_object();
    set(one, "address", key->address);
    set(one, "origin", key->origin);
    set(one, "tenant", key->tenant);
    return one;
}

static int add_record(void *ctx, const struct record *r)
{
    struct gathered *g = ctx;
    int64_t last = 0;
    if (!address_wanted(g->o, r->key.address))
        return 0;
    for (size_t i = 0; i < r->n; i++)
        if (r->fields[i].at > last)
            last = r->fields[i].at;
    json_t *one = key_json(&r->key);
    set(one, "natural_key", r->key.natural);
    set(one, "account", r->account);
    set(one, "remote_id", r->remote_id);
    json_object_set_new(one, "fields", json_integer((json_int_t)r->n));
    json_object_set_new(one, "last_applied", json_date(last ? last : r->at));
    json_array_append_new(g->objects, one);
    return 0;
}

static int add_drift(void *ctx, const struct drift *d)
{
    struct gathered *g = ctx;
    if (!address_wanted(g->o, d->address))
        return 0;
    json_t *one = json_object(), *fields = json_loadb(d->fields.p, d->fields.n, 0, NULL);
    set(one, "address", d->address);
    json_object_set_new(one, "fields", fields ? fields : json_array());
    json_object_set_new(one, "found", json_date(d->found));
    json_object_set_new(one, "ended", json_date(d->ended));
    json_array_append_new(g->drift, one);
    return 0;
}

/* Those that hold now. */
static int add_freeze(void *ctx, const struct freeze *f)
{
    struct gathered *g = ctx;
    if (f->until <= g->now)
        return 0;
    json_t *one = json_object();
    set(one, "pattern", f->pattern);
    set(one, "reason", f->reason);
    set(one, "actor", f->actor);
    json_object_set_new(one, "since", json_date(f->at));
    json_object_set_new(one, "until", json_date(f->until));
    json_array_append_new(g->freezes, one);
    return 0;
}

static int add_intent(void *ctx, const struct intent *i)
{
    struct gathered *g = ctx;
    if (!address_wanted(g->o, i->key.address))
        return 0;
    json_t *one = key_json(&i->key);
    set(one, "action", i->action);
    set(one, "run", i->run);
    json_object_set_new(one, "since", json_date(i->at));
    json_array_append_new(g->doubts, one);
    return 0;
}

static int add_message(void *ctx, const struct message *m)
{
    struct gathered *g = ctx;
    if (!address_wanted(g->o, m->key.address))
        return 0;
    json_t *one = key_json(&m->key);
    set(one, "recipient", m->key.natural);
    json_object_set_new(one, "state", json_string(message_state_names[m->state]));
    set(one, "remote_id", m->remote_id);
    set(one, "detail", m->detail);
    set(one, "run", m->run);
    json_object_set_new(one, "at", json_date(m->at));
    json_array_append_new(g->messages, one);
    return 0;
}

static int take_run(void *ctx, const struct run_row *r)
{
    struct gathered *g = ctx;
    g->run = json_object();
    set(g->run, "id", r->id);
    set(g->run, "command", r->info.command);
    set(g->run, "actor", r->info.actor);
    set(g->run, "host", r->info.host);
    set(g->run, "commit", r->info.commit);
    json_object_set_new(g->run, "started", json_date(r->started));
    json_object_set_new(g->run, "ended", json_date(r->ended));
    json_object_set_new(g->run, "exit_code", r->open ? json_null() : json_integer(r->exit_code));
    return 1;
}

static struct str member(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value) ? (struct str){ json_string_value(value), json_string_length(value) } : STR("-");
}

static void print_list(const struct output *to, const json_t *list, const char *title, const char *const *columns, size_t n)
{
    if (!json_array_size(list))
        return;
    buf_printf(to->text, "\n%s\n", title);
    table_of_json(to, list, columns, n, SIZE_MAX);
}

/* Lists of paths and open ends, as people read them. */
static void print_drift(const struct output *to, const json_t *list)
{
    static const char *const columns[] = { "address", "fields", "found", "ended" };
    json_t *rows = json_array(), *row, *path;
    size_t i, n;
    json_array_foreach((json_t *)list, i, row) {
        auto_buf fields = buf_init(BUF_UNBOUNDED);
        json_t *one = json_copy(row);
        json_array_foreach(json_object_get(row, "fields"), n, path)
            buf_printf(&fields, "%s%s", n ? ", " : "", json_string_value(path) + (*json_string_value(path) == '/'));
        json_object_set_new(one, "fields", json_foreign(buf_str(&fields)));
        if (json_is_null(json_object_get(one, "ended")))
            json_object_set_new(one, "ended", json_string("still there"));
        json_array_append_new(rows, one);
    }
    print_list(to, rows, "Drift; what others changed, as the last apply or the daemon saw it", columns, COUNT(columns));
    json_decref(rows);
}

static void render(const struct output *to, const void *what)
{
    static const char *const objects[] = { "address", "last_applied", "fields", "remote_id" };
    static const char *const doubts[] = { "address", "action", "since" };
    static const char *const freezes[] = { "pattern", "reason", "until", "actor" };
    static const char *const messages[] = { "address", "recipient", "state", "at", "remote_id" };
    const json_t *all = what, *run = json_object_get(all, "last_run");
    if (to->format == FORMAT_JSON) {
        json_print(to->text, json_incref((json_t *)all));
        return;
    }
    escape_text(to->text, member(all, "state"));
    buf_printf(to->text, ", environment %.*s: ", ARG(member(all, "env")));
    if (json_is_false(json_object_get(all, "exists"))) {
        buf_puts(to->text, "there is no state yet.\n");
        return;
    }
    size_t n = json_array_size(json_object_get(all, "objects")), m = json_array_size(json_object_get(all, "messages"));
    buf_printf(to->text, "%zu %s, %zu in doubt, %zu %s.\n", n, n == 1 ? "object" : "objects",
               json_array_size(json_object_get(all, "in_doubt")), m, m == 1 ? "message" : "messages");
    print_list(to, json_object_get(all, "objects"), "Objects", objects, COUNT(objects));
    print_drift(to, json_object_get(all, "drift"));
    print_list(to, json_object_get(all, "freezes"), "Frozen; nothing that matches is written", freezes, COUNT(freezes));
    print_list(to, json_object_get(all, "in_doubt"), "In doubt; the next apply looks first", doubts, COUNT(doubts));
    print_list(to, json_object_get(all, "messages"), "Messages", messages, COUNT(messages));
    if (json_is_object(run)) {
        buf_puts(to->text, "\nLast run: ");
        escape_text(to->text, member(run, "command"));
        buf_puts(to->text, " by ");
        escape_text(to->text, member(run, "actor"));
        buf_printf(to->text, " at %.*s", ARG(member(run, "started")));
        if (json_is_integer(json_object_get(run, "exit_code")))
            buf_printf(to->text, ", exit code %d.\n", (int)json_integer_value(json_object_get(run, "exit_code")));
        else
            buf_puts(to->text, "; it did not end.\n");
    }
}

int command_status(struct options *o)
{
    struct err err = { 0 };
    struct store *s;
    if (open_state(o, STORE_READ, &s, &err))
        return fail(o, &err);
    struct gathered g = { o, json_array(), json_array(), json_array(), json_array(), json_array(), NULL, clock_wall() };
    int status = store_each(s, add_record, &g, &err) || store_drifts(s, add_drift, &g, &err) || store_freezes(s, add_freeze, &g, &err) ||
                 store_intents(s, add_intent, &g, &err) || store_messages(s, STR(""), add_message, &g, &err) || store_runs(s, 1, take_run, &g, &err) ? -1 : 0;
    json_t *all = json_object();
    json_object_set_new(all, "format_version", json_string("1.0"));
    json_object_set_new(all, "state", json_foreign(str_of(o->state)));
    json_object_set_new(all, "env", json_string(o->env));
    json_object_set_new(all, "exists", json_boolean(store_exists(s)));
    json_object_set_new(all, "objects", g.objects);
    json_object_set_new(all, "drift", g.drift);
    json_object_set_new(all, "freezes", g.freezes);
    json_object_set_new(all, "in_doubt", g.doubts);
    json_object_set_new(all, "messages", g.messages);
    json_object_set_new(all, "last_run", g.run ? g.run : json_null());
    store_close(s);
    status = done(o, status ? status : output_write(o, render, all, &err), &err, EXIT_OK);
    json_decref(all);
    return status;
}
