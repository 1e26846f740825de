/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Alerts: what their rows cannot say (model/alert.h). */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sync/load_private.h"

static struct diag *find(struct loading *l, const struct object *o, struct loc at, const char *message)
{
    struct diag *item = diag_add(l->diags, SEVERITY_ERROR, "E221", at, "%s", message);
    item->address = arena_str(&l->diags->arena, o->address);
    return item;
}

static void check_kind(struct loading *l, const struct object *o)
{
    const struct value *v = object_get(o, "/match/kind");
    struct str group, name;
    if (!v || v->type != VALUE_TEXT)
        return;
    bool whole = str_cut(v->text, '/', &group, &name);
    const struct provider *p = whole ? provider_find(group) : NULL;
    const struct kind *k = p ? provider_kind(p, name) : NULL;
    if (k && k->life != LIFE_ACCOUNT)
        return;
    char what[256];
    (void)snprintf(what, sizeof what, "'%s' is not a kind of object.", load_cut(v->text).p);
    diag_hint(l->diags, find(l, o, v->at, what), "Write group and kind, for example kaleyra/NumberProfile; `waconf providers` lists them.");
}

static bool is_word(struct str word)
{
    for (size_t i = 0; i < ALERT_WORD_COUNT; i++)
        if (str_is(word, alert_words[i]))
            return true;
    return false;
}

/* With a letter in place of each word, since any value is escaped for a JSON text. */
static bool check_words(struct loading *l, const struct object *o, const struct value *v, struct buf *sample)
{
    struct str rest = v->text, text, word;
    char what[256];
    while (alert_template_next(&rest, &text, &word)) {
        buf_add(sample, text);
        if (!word.n)
            break;
        buf_char(sample, '1');
        if (is_word(word))
            continue;
        const char *near = load_nearest(l, word, alert_words, ALERT_WORD_COUNT);
        (void)snprintf(what, sizeof what, "The template has the unknown word '{%s}'.", load_cut(word).p);
        struct diag *item = find(l, o, v->at, what);
        if (near)
            diag_hint(l->diags, item, "Did you mean {%s}?", near);
        else
            diag_hint(l->diags, item, "Words are alert, event, count, address, state, before, error, hint, commit, env and at.");
        return false;
    }
    return true;
}

static void check_template(struct loading *l, const struct object *o, const char *path, bool json)
{
    const struct value *v = object_get(o, path);
    auto_buf sample = buf_init(64 << 10);
    json_error_t why;
    char what[512];
    if (!v || v->type != VALUE_TEXT || !check_words(l, o, v, &sample) || !json)
        return;
    json_t *read = json_loadb(sample.p ? sample.p : "", sample.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!read) {
        (void)snprintf(what, sizeof what, "What 'format' makes is not JSON: %s.", why.text);
        diag_hint(l->diags, find(l, o, v->at, what), "Words stand inside quotes: {\"text\": \"{event} {address}\"}. Or set content_type: text/plain.");
    }
    json_decref(read);
}

static void check_pace(struct loading *l, const struct object *o)
{
    const struct value *v = object_get(o, "/per_minute");
    long n;
    char what[128];
    if (!v || v->type != VALUE_TEXT || str_to_long(v->text, 1, ALERT_PER_MINUTE, &n))
        return;
    (void)snprintf(what, sizeof what, "'per_minute' is %s; at most %d notices go out in a minute.", load_cut(v->text).p, ALERT_PER_MINUTE);
    diag_hint(l->diags, find(l, o, v->at, what), "Write a smaller number: what waits is put together into one notice.");
}

void load_alert(struct loading *l, struct object *o)
{
    check_kind(l, o);
    check_pace(l, o);
    check_template(l, o, "/webhook/format", !str_eq_nocase(str_trim(object_text(o, "/webhook/content_type")), STR("text/plain")));
    check_template(l, o, "/message/text", false);
}
