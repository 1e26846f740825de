/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `waconf freeze` and `thaw`: no writes to some addresses during an incident. */
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "cmd/state.h"

struct said { struct freeze freeze; bool thawed; };

static void render(const struct output *to, const void *what)
{
    const struct said *s = what;
    char until[CLOCK_TEXT];
    clock_text(s->freeze.until, until);
    if (to->format == FORMAT_JSON) {
        json_t *all = json_object();
        json_object_set_new(all, "format_version", json_string("1.0"));
        json_object_set_new(all, "pattern", json_foreign(s->freeze.pattern));
        json_object_set_new(all, "frozen", json_boolean(!s->thawed));
        json_object_set_new(all, "until", s->thawed ? json_null() : json_string(until));
        json_object_set_new(all, "reason", json_foreign_or_null(s->freeze.reason));
        json_print(to->text, all);
        return;
    }
    escape_quoted(to->text, s->freeze.pattern);
    if (s->thawed)
        buf_puts(to->text, " is thawed.\n");
    else
        buf_printf(to->text, " is frozen until %s: nothing that matches is written before then.\n", until);
}

/* A point in time (RFC 3339), or how long from now. */
static int until(const char *text, int64_t now, int64_t *ret, struct err *err)
{
    int64_t ms;
    if (clock_parse(str_of(text), ret)) {
        if (*ret > now)
            return 0;
        return err_set(err, ERR_USAGE, "E001", "--until '%s' is in the past", text);
    }
    if (!clock_duration(str_of(text), &ms) || ms < 1000)
        return err_set(err, ERR_USAGE, "E001", "--until takes a time (2026-12-01T18:00:00Z) or how long from now (2h), not '%s'", text);
    *ret = now + ms / 1000;
    return 0;
}

static int change(struct options *o, struct said *s, struct err *err)
{
    struct store *store = NULL;
    struct run_info info;
    struct str run;
    bool was = true;
    run_describe(o, &o->arena, &info);
    s->freeze.actor = info.actor;
    int bad = open_state(o, STORE_WRITE, &store, err) || store_run_begin(store, &info, &run, err);
    if (!bad)
        bad = s->thawed ? store_thaw(store, s->freeze.pattern, &was, err) : store_freeze(store, &s->freeze, err);
    if (!bad && !was) {
        (void)err_set(err, ERR_ABSENT, "E509", "no freeze has the pattern '%.*s' in the environment '%s'", ARG(s->freeze.pattern), o->env);
        bad = err_hint(err, "`waconf status` lists freezes; the pattern is given as it was frozen.");
    }
    if (!bad)
        bad = store_run_outcome(store, s->freeze.pattern, s->thawed ? STR("thaw") : STR("freeze"), STR("applied"), s->freeze.reason, STR("[]"), err) ||
              store_run_end(store, EXIT_OK, STR("{}"), err) || store_flush(store, err);
    store_close(store);
    return bad ? -1 : 0;
}

static int run(struct options *o, struct said *s)
{
    struct err err = { 0 };
    if (change(o, s, &err) < 0)
        return fail(o, &err);
    return done(o, output_write(o, render, s, &err), &err, EXIT_OK);
}

int command_freeze(struct options *o)
{
    struct err err = { 0 };
    struct said s = { .freeze = { .at = clock_wall() } };
    if (o->words.n != 1 || !o->reason || !o->until)
        return fail_usage(o, "freeze takes one pattern, --reason TEXT and --until TIME");
    s.freeze.pattern = str_of(o->words.items[0]);
    s.freeze.reason = str_of(o->reason);
    if (until(o->until, s.freeze.at, &s.freeze.until, &err) < 0)
        return fail(o, &err);
    return run(o, &s);
}

int command_thaw(struct options *o)
{
    struct said s = { .thawed = true };
    if (o->words.n != 1)
        return fail_usage(o, "thaw takes the pattern that was frozen");
    s.freeze.pattern = str_of(o->words.items[0]);
    return run(o, &s);
}
