/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `waconf state`: init, show, forget; and what other commands need of the state. */
#include "cmd/state.h"

#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"

int open_state(const struct options *o, enum store_mode mode, struct store **ret, struct err *err)
{
    if (!o->state) {
        (void)err_set(err, ERR_USAGE, "E001", "there is no place for the state: neither HOME nor XDG_STATE_HOME is set");
        return err_hint(err, "Name a directory with --state.");
    }
    struct store_options options = { .directory = o->state, .env = o->env, .mode = mode,
                                     .lock_timeout_ms = o->lock_timeout_ms, .key_text = o->key_text,
                                     .command = o->command->name };
    return store_open(&options, ret, err);
}

int open_existing_state(const struct options *o, enum store_mode mode, struct store **ret, struct err *err)
{
    struct store *s;
    if (open_state(o, STORE_READ, &s, err))
        return -1;
    if (!store_exists(s)) {
        store_close(s);
        (void)err_set(err, ERR_ABSENT, "E509", "there is no state in '%s'", o->state);
        return err_hint(err, "Name the right directory with --state; `waconf state init` makes a new one.");
    }
    if (mode == STORE_READ) {
        *ret = s;
        return 0;
    }
    store_close(s);
    return open_state(o, mode, ret, err);
}

bool address_wanted(const struct options *o, struct str address)
{
    return (!o->targets.n || str_matches(o->targets.items, o->targets.n, address)) && !str_matches(o->excludes.items, o->excludes.n, address);
}

/* --- show and init ----------------------------------------------------------------------------- */

struct described { json_t *facts; const char *sentence; };

static void render_facts(const struct output *to, const void *what)
{
    const struct described *d = what;
    const char *name;
    json_t *value, *all;
    if (to->format == FORMAT_JSON) {
        all = json_object();
        json_object_set_new(all, "format_version", json_string("1.0"));
        json_object_set(all, "state", d->facts);
        json_print(to->text, all);
        return;
    }
    if (d->sentence)
        buf_printf(to->text, "%s\n", d->sentence);
    json_object_foreach(d->facts, name, value) {
        buf_printf(to->text, "  %-16s ", name);
        if (json_is_string(value))
            escape_text(to->text, str_of(json_string_value(value)));
        else if (json_is_integer(value))
            buf_printf(to->text, "%lld", (long long)json_integer_value(value));
        else
            buf_puts(to->text, json_is_true(value) ? "yes" : json_is_false(value) ? "no" : "-");
        buf_char(to->text, '\n');
    }
}

static int describe(const struct options *o, struct store *s, const char *sentence, struct err *err)
{
    auto_arena a = { 0 };
    struct str text;
    if (store_describe(s, &a, &text, err))
        return -1;
    struct described d = { json_loadb(text.p, text.n, 0, NULL), sentence };
    if (o->words.n && !strcmp(o->words.items[0], "init"))
        json_object_set_new(d.facts, "exists", json_true());    /* it does now */
    int printed = output_write(o, render_facts, &d, err);
    json_decref(d.facts);
    return printed;
}

static int show(struct options *o, struct err *err)
{
    struct store *s;
    if (open_state(o, STORE_READ, &s, err))
        return -1;
    int status = describe(o, s, store_exists(s) ? NULL : "There is no state yet.", err);
    store_close(s);
    return status;
}

static int init(struct options *o, struct err *err)
{
    struct store *s;
    if (open_state(o, STORE_WRITE, &s, err))
        return -1;
    const char *sentence = store_exists(s) ? "The state was there already." : "A new state was made.";
    int status = store_flush(s, err) || describe(o, s, sentence, err) ? -1 : 0;
    store_close(s);
    return status;
}

/* --- forget ------------------------------------------------------------------------------------ */

struct forgetting { struct str address; struct arena arena; struct record_key *keys; size_t n, cap; size_t messages; };

static void take_key(struct forgetting *f, const struct record_key *key)
{
    if (!str_eq(key->address, f->address))
        return;
    f->keys = mem_grow(f->keys, &f->cap, f->n + 1, sizeof *f->keys);
    f->keys[f->n++] = (struct record_key){ arena_str(&f->arena, key->address), arena_str(&f->arena, key->origin),
                                           arena_str(&f->arena, key->tenant), arena_str(&f->arena, key->natural) };
}

static int take_record(void *ctx, const struct record *r)
{
    take_key(ctx, &r->key);
    return 0;
}

static int take_intent(void *ctx, const struct intent *i)
{
    take_key(ctx, &i->key);
    return 0;
}

static int count_message(void *ctx, const struct message *m)
{
    (void)m;
    ((struct forgetting *)ctx)->messages++;
    return 0;
}

static int forget_all(const struct options *o, struct store *s, struct forgetting *f, struct err *err)
{
    struct run_info info;
    struct str run;
    if (store_each(s, take_record, f, err) || store_intents(s, take_intent, f, err) ||
        store_messages(s, f->address, count_message, f, err))
        return -1;
    if (!f->n && f->messages) {
        (void)err_set(err, ERR_REJECTED, "E801", "'%.*s' is a message; what was sent stays recorded for ever", ARG(f->address));
        return err_hint(err, "A message that is unsure is settled by `waconf resolve`.");
    }
    if (!f->n) {
        (void)err_set(err, ERR_ABSENT, "E509", "the state knows nothing of '%.*s' in the environment '%s'", ARG(f->address), o->env);
        return err_hint(err, "`waconf status` lists what it knows.");
    }
    run_describe(o, &f->arena, &info);
    if (store_run_begin(s, &info, &run, err))
        return -1;
    for (size_t i = 0; i < f->n; i++)
        if (store_delete(s, &f->keys[i], err) || store_intent_done(s, &f->keys[i], err))
            return -1;
    return store_run_outcome(s, f->address, STR("forget"), STR("applied"), STR(""), STR("[]"), err) ||
           store_run_end(s, EXIT_OK, STR("{}"), err) || store_flush(s, err) ? -1 : 0;
}

static int forget(struct options *o, struct err *err)
{
    struct store *s;
    struct forgetting f = { .address = str_of(o->words.items[1]) };
    if (open_existing_state(o, STORE_WRITE, &s, err))
        return -1;
    int status = forget_all(o, s, &f, err);
    if (!status)
        status = describe(o, s, "It is forgotten. At the provider nothing was changed.", err);
    store_close(s);
    free(f.keys);
    arena_release(&f.arena);
    return status;
}

int command_state(struct options *o)
{
    static const struct { const char *name; size_t words; int (*run)(struct options *o, struct err *err); } rows[] = {
        { "init", 1, init }, { "show", 1, show }, { "forget", 2, forget },
    };
    static const char *const later[] = { "copy", "rekey" };
    struct err err = { 0 };
    const char *word = o->words.n ? o->words.items[0] : "";
    for (size_t i = 0; i < COUNT(later); i++)
        if (!strcmp(word, later[i])) {
            (void)err_set(&err, ERR_USAGE, "E002", "'state %s' is not in this version of waconf", word);
            return fail(o, &err);
        }
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (strcmp(word, rows[i].name))
            continue;
        if (o->words.n != rows[i].words)
            return fail_usage(o, rows[i].words == 2 ? "'state %s' takes one ADDRESS" : "'state %s' takes nothing more", word);
        return done(o, rows[i].run(o, &err), &err, EXIT_OK);
    }
    return fail_usage(o, "'state' takes init, show or forget ADDRESS, not '%s'", word);
}
