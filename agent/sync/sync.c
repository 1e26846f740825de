/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sync/sync.h"

#include <string.h>

#include "base/clock.h"
#include "sync/work.h"

const char *const allow_names[ALLOW_COUNT] = { "reach", "delete", "send", "mass-delete" };

void sync_init(struct sync *s, const struct sync_options *options)
{
    *s = (struct sync){ .options = options, .now = clock_wall() };
}

/* Errors among the findings end the run: sorted, each with its source line. */
static int findings(struct sync *s, struct err *err)
{
    if (!s->diags.errors)
        return 0;
    diags_sort(&s->diags);
    load_lines(&s->diags, s->options->load.source);
    return err_set(err, s->diags.trust ? ERR_TRUST : ERR_CONFIG, NULL, "%s", "");
}

static void know_places(struct tree *t);

int sync_load(struct sync *s, struct err *err)
{
    const struct sync_options *o = s->options;
    struct resolve_options resolve = { .variables = o->variables, .n_variables = o->n_variables, .exec_timeout_ms = 10000 };
    if (load_tree(&o->load, &s->tree, &s->diags, err) < 0 || findings(s, err) < 0)
        return -1;
    if (o->offline) {
        resolve_plain(&resolve, &s->tree, &s->diags);
    } else {
        if (trust_new(&o->trust, &s->trust, &s->diags, err) < 0 || findings(s, err) < 0)
            return -1;
        s->vault = o->vault;
        if (!s->vault && vault_new(&s->vault, err) < 0)
            return -1;
        resolve_plain(&resolve, &s->tree, &s->diags); /* an account's URL may be built from variables */
        if (findings(s, err) < 0)
            return -1;
        (void)trust_check(s->trust, &s->tree, &s->diags);
        if (findings(s, err) < 0)
            return -1;
        resolve.vault = s->vault;
        resolve.trust = s->trust;
        (void)resolve_tree(&resolve, &s->tree, &s->diags);
    }
    know_places(&s->tree);
    return findings(s, err);
}

int sync_open(struct sync *s, enum store_mode mode, struct err *err)
{
    const struct sync_options *o = s->options;
    struct store_options options = { .directory = o->state_dir, .env = o->env, .mode = mode, .lock_timeout_ms = o->lock_timeout_ms, .interrupt_fd = o->interrupt_fd,
                                     .key_text = o->key_text, .command = o->run.command.p };
    if (store_open(&options, &s->store, err) < 0)
        return -1;
    return 0;
}

int sync_begin(struct sync *s, struct err *err)
{
    return store_run_begin(s->store, &s->options->run, &s->run_id, err);
}

void sync_again(struct sync *s, const struct sync_options *options)
{
    store_close(s->store);
    map_release(&s->sessions);
    map_release(&s->keys);
    plan_release(&s->plan);
    if (!s->options->client)
        http_close(s->client);
    s->options = options;
    s->store = NULL;
    s->client = NULL;
    s->run_id = (struct str){ 0 };
    s->now = clock_wall();
    s->worst = ERR_NONE;
    s->pruned = s->prune_considered = 0;
    s->like = NULL;
    memset(s->prints, 0, sizeof s->prints);
    s->planned = s->interrupted = s->wrote = s->held_back = false;
}

static int client_open(struct sync *s, struct err *err)
{
    const struct sync_options *o = s->options;
    if (o->client) {
        s->client = o->client;
        s->counted = http_count(s->client);
        return 0;
    }
    struct http_options http = {
        .parallelism = o->parallelism, .read_only = !o->writes, .user_agent = "waconf/" VERSION, .trace = o->trace, .vault = s->vault,
        .interrupt_fd = o->interrupt_fd, .deadline_ms = o->timeout_ms ? clock_mono_ms() + o->timeout_ms : 0,
    };
    return http_open(&http, &s->client, err);
}

size_t sync_reads(const struct sync *s)
{
    struct http_counts now = http_count(s->client);
    return (size_t)(now.reads - s->counted.reads + now.tokens - s->counted.tokens);
}

int sync_plan(struct sync *s, struct err *err)
{
    if (plan_open(s, err) < 0)
        return -1;
    s->plan.complete = true;
    if (!s->options->offline && client_open(s, err) < 0)
        return -1;
    if (observe_all(s, err) < 0 || findings(s, err) < 0)
        return -1;
    if (s->client) {
        s->plan.summary.requests_read = sync_reads(s);
        s->interrupted = http_stopping(s->client);
    }
    s->planned = true;
    if (s->options->guard && guard_judge(s, err) < 0)
        return -1;
    plan_count(&s->plan);
    return 0;
}

int sync_session(struct sync *s, const struct object *account, struct session **ret, struct err *err)
{
    *ret = map_get(&s->sessions, account->address);
    if (*ret)
        return 0;
    if (!account->targeted) /* trust and references were judged of targeted ones only */
        return err_set(err, ERR_BUG, "E691", "the account '%.*s' is called, and nobody looked whether it may be", ARG(account->address));
    if (session_new(s->client, s->vault, s->options->tokens, account, &s->plan.arena, ret, err) < 0)
        return -1;
    (void)map_add(&s->sessions, account->address, *ret);
    return 0;
}

static struct str slot_text(const struct object *o, const struct field *f)
{
    const struct value *v = o->slot[f - o->kind->fields];
    return v && v->type == VALUE_TEXT ? v->text : (struct str){ 0 };
}

/* `before` and the texts of all rows with a flag, in normal form, joined by commas. */
static struct str add_flagged(struct str before, const struct object *o, unsigned flag, struct arena *a)
{
    for (const struct field *f = o ? o->kind->fields : NULL; f && f->path; f++) {
        struct str text = f->flags & flag ? slot_text(o, f) : (struct str){ 0 };
        if (!text.n)
            continue;
        text = type_normal(f, a, text);
        before = before.n ? arena_printf(a, "%.*s,%.*s", ARG(before), ARG(text)) : arena_str(a, text);
    }
    return before.p ? before : STR("");
}

/* The origin of an account's first address. */
static struct str origin_of(const struct object *account, struct arena *a)
{
    auto_buf text = buf_init(512);
    struct origin at;
    struct err ignored;
    for (const struct field *f = account ? account->kind->fields : NULL; f && f->path; f++) {
        struct str url = f->flags & FIELD_ORIGIN ? slot_text(account, f) : (struct str){ 0 };
        if (!url.n)
            continue;
        if (origin_parse(url, &at, &ignored) == 0)
            origin_text(&at, &text);
        break;
    }
    return arena_str(a, buf_str(&text));
}

/* An account has thousands of objects, and each is looked up. */
static void know_places(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct object *o = t->objects[i];
        if (o->kind->life != LIFE_ACCOUNT)
            continue;
        struct place *place = ARENA_NEW(&t->arena, struct place);
        *place = (struct place){ origin_of(o, &t->arena), add_flagged((struct str){ 0 }, o, FIELD_TENANT, &t->arena) };
        o->place = place;
    }
}

void sync_key(const struct object *o, struct arena *a, struct record_key *ret)
{
    const struct place *known = o->account ? o->account->place : NULL;
    struct str tenant = known ? known->tenant : add_flagged((struct str){ 0 }, o->account, FIELD_TENANT, a);
    *ret = (struct record_key){ o->address, known ? known->origin : origin_of(o->account, a), add_flagged(tenant, o, FIELD_TENANT, a),
                                add_flagged((struct str){ 0 }, o, FIELD_KEY, a) };
}

/* 77, 69, 1 in that order (contract 4). */
static int rank(enum err_class is)
{
    return is == ERR_NONE ? 0 : is == ERR_AUTH ? 3 : is == ERR_DOWN || is == ERR_THROTTLED ? 2 : 1;
}

void sync_note_failure(struct sync *s, enum err_class is)
{
    if (rank(is) > rank(s->worst))
        s->worst = is;
}

static int failure_code(const struct sync *s)
{
    static const int by_rank[] = { 0, 1, 69, 77 };
    return by_rank[rank(s->worst)];
}

int sync_plan_exit_code(const struct sync *s, bool detailed, bool check_guards)
{
    const struct plan_summary *n = &s->plan.summary;
    if (s->interrupted)
        return err_exit_code(ERR_INTERRUPTED);
    if (!s->plan.complete)
        return failure_code(s);
    if (check_guards && n->blocked)
        return err_exit_code(ERR_GUARD);
    return detailed && (n->create || n->update || n->erase || n->send || n->unsure) ? 2 : 0;
}

int sync_apply_exit_code(const struct sync *s)
{
    const struct plan_summary *n = &s->plan.summary;
    if (s->interrupted)
        return err_exit_code(ERR_INTERRUPTED);
    if ((s->wrote || n->applied) && (n->failed || n->unsure))
        return 3;
    if (n->failed)
        return failure_code(s);
    return n->blocked || s->held_back ? err_exit_code(ERR_GUARD) : 0;
}

void sync_release(struct sync *s)
{
    if (!s->options->client)
        http_close(s->client);
    store_close(s->store);
    map_release(&s->sessions);
    map_release(&s->keys);
    plan_release(&s->plan);
    tree_release(&s->tree);
    trust_free(s->trust);
    diags_release(&s->diags);
    if (!s->options->vault)
        vault_free(s->vault);
    *s = (struct sync){ 0 };
}
