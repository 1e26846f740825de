/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board for programs and for the page. Written object by object, so that ten thousand of them need the memory of their text alone. */
#include "base/clock.h"
#include "sync/board.h"
#include "sync/render.h"
#include "wire/json.h"

static json_t *date(int64_t wall)
{
    char text[CLOCK_TEXT];
    if (!wall)
        return json_null();
    clock_text(wall, text);
    return json_string(text);
}

static json_t *text(const char *s)
{
    return s && *s ? json_of_str(str_of(s)) : json_null();
}

static json_t *number(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static void set(json_t *object, const char *member, json_t *value)
{
    (void)json_object_set_new_nocheck(object, member, value);
}

static int add_to_buf(const char *p, size_t n, void *ctx)
{
    buf_add(ctx, (struct str){ p, n });
    return 0;
}

/* Takes over j. */
static void print(json_t *j, struct buf *raw, struct buf *out)
{
    buf_clear(raw);
    (void)json_dump_callback(j, add_to_buf, raw, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(j);
    render_json_marks(buf_str(raw), out);
}

/* All but its last brace: members follow that are text already. */
static void print_open(json_t *j, struct buf *raw, struct buf *out)
{
    print(j, raw, out);
    out->n -= out->n > 0 && !out->full;
}

/* --- objects ------------------------------------------------------------------------------------- */

/* The board keeps when the next attempt may come on the monotonic clock; people read dates. */
static json_t *retry_date(const struct board_row *r)
{
    int64_t left = r->retry_at ? r->retry_at - clock_mono_ms() : 0;
    return left > 0 ? date(clock_wall() + (left + 999) / 1000) : json_null();
}

static void print_row(const struct board_row *r, struct buf *raw, struct buf *out)
{
    json_t *j = json_object();
    set(j, "address", text(r->address));
    set(j, "state", json_string(board_state_names[r->state]));
    set(j, "since", date(r->since));
    set(j, "seen", date(r->seen));
    set(j, "error", text(r->error));
    set(j, "hint", text(r->hint));
    set(j, "failures", number(r->failures));
    set(j, "retry_at", retry_date(r));
    print_open(j, raw, out);
    buf_puts(out, ",\"change\":");
    if (r->change)
        render_json_marks(str_of(r->change), out);
    else
        buf_puts(out, "null");
    buf_char(out, '}');
}

/* --- passes -------------------------------------------------------------------------------------- */

static json_t *pass_json(const struct board_pass *p)
{
    json_t *j = json_object();
    set(j, "at", date(p->at));
    set(j, "ms", json_integer((json_int_t)p->ms));
    set(j, "all", json_boolean(p->all));
    set(j, "objects", number(p->objects));
    set(j, "applied", number(p->applied));
    set(j, "failed", number(p->failed));
    set(j, "blocked", number(p->blocked));
    set(j, "unsure", number(p->unsure));
    set(j, "commit", text(p->commit));
    set(j, "result", text(p->result));
    set(j, "error", text(p->error));
    set(j, "hint", text(p->hint));
    return j;
}

/* --- the document -------------------------------------------------------------------------------- */

static json_t *counts_json(const struct board *b)
{
    size_t by_state[BOARD_STATE_COUNT] = { 0 };
    json_t *j = json_object();
    for (size_t i = 0; i < b->n; i++)
        by_state[b->rows[i]->state]++;
    for (size_t i = 0; i < BOARD_STATE_COUNT; i++)
        set(j, board_state_names[i], number(by_state[i]));
    return j;
}

static json_t *head_json(const struct board *b)
{
    json_t *j = json_object(), *passes = json_array();
    for (size_t i = 0; i < b->n_passes; i++)
        (void)json_array_append_new(passes, pass_json(&b->passes[i]));
    set(j, "format_version", json_string("1.0"));
    set(j, "version", json_string(VERSION));
    set(j, "mode", text(b->mode));
    set(j, "doing", text(b->doing));
    set(j, "started", date(b->started));
    set(j, "commit", text(b->commit));
    set(j, "refused", text(b->refused));
    set(j, "refused_since", date(b->refused ? b->refused_since : 0));
    set(j, "last_sync", date(b->last_ok));
    set(j, "counts", counts_json(b));
    set(j, "passes", passes);
    return j;
}

void board_print(const struct board *b, struct buf *out)
{
    auto_buf raw = buf_init(BUF_UNBOUNDED);
    print_open(head_json(b), &raw, out);
    buf_puts(out, ",\"objects\":[");
    for (size_t i = 0; i < b->n; i++) {
        buf_puts(out, i ? ",\n" : "\n");
        print_row(b->rows[i], &raw, out);
    }
    buf_puts(out, b->n ? "\n]}\n" : "]}\n");
}

json_t *board_json(const struct board *b)
{
    struct err ignored;
    auto_buf out = buf_init(BUF_UNBOUNDED);
    board_print(b, &out);
    return json_of_text(buf_str(&out), &ignored);
}
