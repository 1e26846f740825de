/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `waconf resolve`: a person says whether messages in doubt arrived (contract 3, 4). */
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/state.h"

struct settling { struct arena arena; struct str address; enum message_state to; struct message *items; size_t n, cap; };

/* Nobody else writes while we hold the lock: what is only intended was left behind by a run that died. */
static int take_unsure(void *ctx, const struct message *m)
{
    struct settling *s = ctx;
    struct arena *a = &s->arena;
    if (m->state != MESSAGE_UNSURE && m->state != MESSAGE_INTENDED)
        return 0;
    s->items = mem_grow(s->items, &s->cap, s->n + 1, sizeof *s->items);
    s->items[s->n++] = (struct message){
        .key = { arena_str(a, m->key.address), arena_str(a, m->key.origin), arena_str(a, m->key.tenant),
                 arena_str(a, m->key.natural) },
        .state = s->to, .digest = arena_str(a, m->digest), .remote_id = arena_str(a, m->remote_id),
    };
    return 0;
}

static int settle(const struct options *o, struct store *store, struct settling *s, struct err *err)
{
    struct run_info info;
    struct str run;
    if (store_messages(store, s->address, take_unsure, s, err))
        return -1;
    if (!s->n) {
        (void)err_set(err, ERR_ABSENT, "E509", "nothing of '%.*s' is unsure in the environment '%s'", ARG(s->address), o->env);
        return err_hint(err, "`waconf status` lists messages.");
    }
    run_describe(o, &s->arena, &info);
    if (store_run_begin(store, &info, &run, err))
        return -1;
    for (size_t i = 0; i < s->n; i++) {
        s->items[i].run = run;
        s->items[i].at = clock_wall();
        s->items[i].detail = arena_printf(&s->arena, "%s, says %.*s", o->sent ? "sent" : "not sent", ARG(info.actor));
        if (store_message_put(store, &s->items[i], err))
            return -1;
    }
    return store_run_outcome(store, s->address, STR("resolve"), o->sent ? STR("sent") : STR("not-sent"), STR(""), STR("[]"), err) ||
           store_run_end(store, EXIT_OK, STR("{}"), err) || store_flush(store, err) ? -1 : 0;
}

static void render(const struct output *to, const void *what)
{
    const struct settling *s = what;
    const char *now = s->to == MESSAGE_SENT ? "sent" : "not-sent";
    if (to->format == FORMAT_JSON) {
        json_t *all = json_object(), *list = json_array();
        for (size_t i = 0; i < s->n; i++)
            json_array_append_new(list, json_foreign(s->items[i].key.natural));
        json_object_set_new(all, "format_version", json_string("1.0"));
        json_object_set_new(all, "address", json_foreign(s->address));
        json_object_set_new(all, "settled", json_string(now));
        json_object_set_new(all, "recipients", list);
        json_print(to->text, all);
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        escape_text(to->text, s->address);
        buf_char(to->text, ' ');
        escape_text(to->text, s->items[i].key.natural);
        buf_puts(to->text, s->to == MESSAGE_SENT ? ": recorded as sent; it is never sent again.\n"
                                                 : ": recorded as not sent; the next apply may send it.\n");
    }
}

int command_resolve(struct options *o)
{
    struct err err = { 0 };
    struct store *store;
    if (o->words.n != 1)
        return fail_usage(o, "'resolve' takes one ADDRESS");
    if (o->sent == o->not_sent)
        return fail_usage(o, "'resolve' takes one of --sent and --not-sent");
    struct settling s = { .address = str_of(o->words.items[0]), .to = o->sent ? MESSAGE_SENT : MESSAGE_REFUSED };
    if (open_existing_state(o, STORE_WRITE, &store, &err))
        return fail(o, &err);
    int status = settle(o, store, &s, &err);
    store_close(store);
    status = done(o, status ? status : output_write(o, render, &s, &err), &err, EXIT_OK);
    free(s.items);
    arena_release(&s.arena);
    return status;
}
