/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A notice as text: our JSON, or the user's template. */
#include <jansson.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/escape.h"
#include "secret/vault.h"
#include "watch/alert_private.h"
#include "wire/json.h"

struct words { struct str word[ALERT_WORD_COUNT]; char count[24], at[CLOCK_TEXT]; };

static const char *event_of(const struct channel *c)
{
    for (size_t i = 1; i < c->n; i++)
        if (c->items[i].event != c->items[0].event)
            return "several";
    return alert_event_names[c->items[0].event];
}

/* Of several, the words are those of the first. */
static void gather(const struct alerts *a, const struct channel *c, struct words *w)
{
    const struct item *first = &c->items[0];
    (void)snprintf(w->count, sizeof w->count, "%zu", c->count);
    clock_text(first->at, w->at);
    w->word[ALERT_W_ALERT] = alert_name(c);
    w->word[ALERT_W_EVENT] = str_of(event_of(c));
    w->word[ALERT_W_COUNT] = str_of(w->count);
    w->word[ALERT_W_ADDRESS] = first->address;
    w->word[ALERT_W_STATE] = str_of(first->state);
    w->word[ALERT_W_BEFORE] = str_of(first->before);
    w->word[ALERT_W_ERROR] = first->error;
    w->word[ALERT_W_HINT] = first->hint;
    w->word[ALERT_W_COMMIT] = str_of(a->commit);
    w->word[ALERT_W_ENV] = str_of(a->o.env);
    w->word[ALERT_W_AT] = str_of(w->at);
}

/* The inside of a JSON text. */
static void escape_inside(struct buf *out, struct str s)
{
    auto_buf quoted = buf_init(BUF_UNBOUNDED);
    escape_json(&quoted, s);
    buf_add(out, (struct str){ quoted.p + 1, quoted.n - 2 });
}

static void fill(const struct words *w, struct str template, void (*escape)(struct buf *out, struct str s), struct buf *out)
{
    struct str text, word;
    while (alert_template_next(&template, &text, &word)) {
        bool known = false;
        buf_add(out, text);
        for (size_t i = 0; i < ALERT_WORD_COUNT; i++)
            if (str_is(word, alert_words[i])) {
                escape(out, w->word[i]);
                known = true;
            }
        if (word.n && !known) /* made by a variable: the loader did not see it */
            buf_printf(out, "{%.*s}", ARG(word));
    }
}

/* --- our JSON -------------------------------------------------------------------------------------- */

static json_t *text_or_null(struct str s)
{
    return s.n ? json_of_str(s) : json_null();
}

static json_t *item_json(const struct item *i)
{
    char at[CLOCK_TEXT];
    clock_text(i->at, at);
    return json_pack("{s:s, s:o, s:s, s:s, s:o, s:o, s:s}", "event", alert_event_names[i->event], "address", text_or_null(i->address), "state", i->state,
                     "before", i->before, "error", text_or_null(i->error), "hint", text_or_null(i->hint), "at", at);
}

static void own_json(const struct channel *c, const struct words *w, struct buf *out)
{
    struct arena scratch = { 0 };
    json_t *all = json_object(), *list = json_array();
    for (size_t i = 0; i < ALERT_WORD_COUNT; i++)
        (void)json_object_set_new(all, alert_words[i], i == ALERT_W_COUNT ? json_integer((json_int_t)c->count) : text_or_null(w->word[i]));
    for (size_t i = 0; i < c->n; i++)
        (void)json_array_append_new(list, item_json(&c->items[i]));
    (void)json_object_set_new(all, "events", list);
    buf_add(out, json_compact(all, &scratch));
    json_decref(all);
    arena_release(&scratch);
}

/* --- both ------------------------------------------------------------------------------------------ */

static void scrubbed(const struct alerts *a, struct buf *made, struct buf *out)
{
    vault_scrub(a->o.vault, out, buf_str(made));
}

void alert_webhook_body(const struct alerts *a, const struct channel *c, struct buf *out)
{
    struct words w;
    struct str template = object_text(c->object, "/webhook/format");
    bool plain = str_eq_nocase(str_trim(object_text(c->object, "/webhook/content_type")), STR("text/plain"));
    auto_buf made = buf_init(BUF_UNBOUNDED);
    gather(a, c, &w);
    if (template.n)
        fill(&w, template, plain ? escape_text : escape_inside, &made);
    else
        own_json(c, &w, &made);
    scrubbed(a, &made, out);
}

/* Cut between characters. */
static struct str cut(struct str s, size_t most)
{
    size_t n = s.n < most ? s.n : most;
    while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return str_head(s, n);
}

void alert_message_text(const struct alerts *a, const struct channel *c, struct buf *out)
{
    struct words w;
    struct str template = object_text(c->object, "/message/text");
    auto_buf made = buf_init(BUF_UNBOUNDED), clean = buf_init(BUF_UNBOUNDED);
    gather(a, c, &w);
    if (template.n) {
        fill(&w, template, escape_text, &made);
    } else {
        buf_printf(&made, "waconf %s: %s ", a->o.env, alert_event_names[c->items[0].event]);
        escape_text(&made, c->items[0].address);
        buf_puts(&made, c->items[0].error.n ? ": " : "");
        escape_text(&made, c->items[0].error);
        if (c->count > 1)
            buf_printf(&made, " (and %zu more)", c->count - 1);
    }
    scrubbed(a, &made, &clean);
    buf_add(out, cut(buf_str(&clean), ALERT_TEXT_MOST));
}
