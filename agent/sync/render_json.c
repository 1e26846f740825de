/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans for programs (contract 5). Streamed: each change becomes one small tree, one line, and is gone, so that ten thousand
 * objects need the memory of one. */
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "sync/render_diag.h"
#include "sync/render_look.h"
#include "wire/json.h"

/* --- text -------------------------------------------------------------------------------------- */

static int add_to_buf(const char *p, size_t n, void *ctx)
{
    buf_add(ctx, (struct str){ p, n });
    return 0;
}

static void add_unicode(struct buf *out, uint32_t c)
{
    if (c < 0x10000) {
        buf_printf(out, "\\u%04x", (unsigned)c);
    } else {
        c -= 0x10000;
        buf_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + (c >> 10)), (unsigned)(0xdc00 + (c & 0x3ff)));
    }
}

/* jansson escapes what JSON demands; marks that a terminal or an editor would obey are legal in JSON, and escaped here. They can
 * only be inside of strings, so escaping them anywhere is right. */
void render_json_marks(struct str s, struct buf *out)
{
    size_t from = 0;
    for (size_t at = 0; at < s.n;) {
        size_t here = at;
        if ((unsigned char)s.p[at] < 0x7f) { /* nearly all of it */
            at++;
            continue;
        }
        uint32_t c = utf8_next(s, &at);
        if (c != 0x7f && !escape_is_mark(c))
            continue;
        buf_add(out, (struct str){ s.p + from, here - from });
        add_unicode(out, c);
        from = at;
    }
    buf_add(out, str_skip(s, from));
}

static void write_json(const json_t *j, struct buf *raw, struct buf *out)
{
    buf_clear(raw);
    (void)json_dump_callback(j, add_to_buf, raw, JSON_ENCODE_ANY);
    render_json_marks(buf_str(raw), out);
}

/* Takes over j. */
static void line_of(json_t *j, bool last, struct buf *raw, struct buf *line, FILE *out)
{
    buf_clear(line);
    buf_puts(line, "    ");
    write_json(j, raw, line);
    buf_puts(line, last ? "\n" : ",\n");
    (void)fwrite(line->p, 1, line->n, out);
    json_decref(j);
}

static json_t *text_or_null(struct str s)
{
    return s.n ? json_of_str(s) : json_null();
}

static void set(json_t *object, const char *member, json_t *value)
{
    (void)json_object_set_new_nocheck(object, member, value);
}

/* --- parts of a change ------------------------------------------------------------------------- */

static json_t *source_of(struct loc at)
{
    json_t *j = json_object();
    if (at.line == 0 || !at.file) {
        json_decref(j);
        return json_null();
    }
    set(j, "file", json_of_str(str_of(at.file)));
    set(j, "line", json_integer(at.line));
    set(j, "column", json_integer(at.column));
    return j;
}

/* One side of a field: a value, null, or what stands for a secret. */
static json_t *side_of(const struct field_change *f, const struct value *v, const char *print)
{
    json_t *j = NULL;
    if ((!v && !print[0]) || (v && v->type == VALUE_NULL))
        return json_null();
    if (!look_secret(f)) {
        j = json_of_value(v);
        return j ? j : json_null();
    }
    j = json_object();
    set(j, "secret", json_true());
    set(j, "fingerprint", text_or_null(str_of(print)));
    return j;
}

static json_t *field_of(const struct field_change *f)
{
    json_t *j = json_object();
    struct loc from = look_from(f);
    set(j, "path", json_of_str(f->path.n || !f->field ? f->path : str_of(f->field->path)));
    set(j, "why", json_string(why_names[f->why]));
    set(j, "before", look_before_known(f) ? side_of(f, f->before, f->before_print) : json_null());
    set(j, "after", f->why == WHY_CLEARED ? json_null() : side_of(f, f->after, f->after_print));
    if (!look_before_known(f))
        set(j, "before_known", json_false());
    if (f->sent_at) {
        char text[CLOCK_TEXT];
        clock_text(f->sent_at, text);
        set(j, "sent_at", json_string(text));
    }
    if (f->rewrite)
        set(j, "rewrite", json_true());
    if (f->adopted)
        set(j, "adopted", json_true());
    if (from.line)
        set(j, "source", source_of(from));
    return j;
}

static json_t *request_of(const struct request_view *r)
{
    json_t *j = json_object();
    struct err err = { 0 };
    json_t *body = r->body.n ? json_of_text(r->body, &err) : json_null();
    set(j, "method", json_string(method_names[r->method]));
    set(j, "url", json_of_str(r->url));
    set(j, "body", body ? body : json_of_str(r->body));
    return j;
}

static json_t *error_of(const struct err *e)
{
    if (!e)
        return json_null();
    json_t *j = json_object();
    set(j, "code", text_or_null(str_of(e->code)));
    set(j, "class", json_string(err_class_name(e->is)));
    set(j, "message", json_of_str(str_of(e->text)));
    set(j, "hint", text_or_null(str_of(e->hint)));
    set(j, "http", e->http ? json_integer(e->http) : json_null());
    return j;
}

json_t *render_change(const struct change *c)
{
    json_t *j = json_object(), *fields = json_array(), *requests = json_array();
    for (size_t i = 0; i < c->n; i++)
        (void)json_array_append_new(fields, field_of(&c->fields[i]));
    for (size_t i = 0; i < c->n_requests; i++)
        (void)json_array_append_new(requests, request_of(&c->requests[i]));
    set(j, "address", json_of_str(c->address));
    set(j, "action", json_string(action_names[c->action]));
    set(j, "source", source_of(c->at));
    set(j, "class", c->action == ACTION_NONE ? json_null() : json_string(guard_names[c->class]));
    set(j, "fields", fields);
    set(j, "requests", requests);
    set(j, "outcome", json_string(outcome_names[c->outcome]));
    set(j, "error", error_of(c->error));
    if (c->outcome == OUTCOME_BLOCKED)
        set(j, "flag", text_or_null(str_of(c->flag)));
    if (c->observed_only)
        set(j, "observed_only", json_true());
    return j;
}

/* --- the document ------------------------------------------------------------------------------ */

static void summary_to(const struct plan_summary *s, FILE *out)
{
    const struct { const char *name; size_t n; } rows[] = {
        { "create", s->create }, { "update", s->update }, { "delete", s->erase }, { "send", s->send }, { "unchanged", s->unchanged },
        { "unverifiable", s->unverifiable }, { "blocked", s->blocked }, { "failed", s->failed }, { "unsure", s->unsure },
        { "requests_read", s->requests_read }, { "requests_write", s->requests_write }, { "applied", s->applied },
        { "skipped", s->skipped },
    };
    (void)fputs("  \"summary\": {", out);
    for (size_t i = 0; i < COUNT(rows); i++)
        (void)fprintf(out, "%s\"%s\": %zu", i ? ", " : "", rows[i].name, rows[i].n);
    (void)fputs("},\n", out);
}

static void findings_to(const struct diags *d, struct buf *raw, struct buf *line, FILE *out)
{
    auto_json *all = d ? render_diags_json(d) : json_array();
    size_t n = json_array_size(all);
    (void)fputs(n ? "  \"diagnostics\": [\n" : "  \"diagnostics\": []\n", out);
    for (size_t i = 0; i < n; i++)
        line_of(json_incref(json_array_get(all, i)), i + 1 == n, raw, line, out);
    (void)fputs(n ? "  ]\n}\n" : "}\n", out);
}

void render_json(const struct plan *p, const struct diags *d, FILE *out)
{
    static const struct plan nothing;
    auto_buf line = buf_init(BUF_UNBOUNDED);
    auto_buf raw = buf_init(BUF_UNBOUNDED);
    if (!p)
        p = &nothing;
    (void)fprintf(out, "{\n  \"format_version\": \"1.0\",\n  \"complete\": %s,\n", p->complete ? "true" : "false");
    summary_to(&p->summary, out);
    (void)fputs(p->n ? "  \"changes\": [\n" : "  \"changes\": [],\n", out);
    for (size_t i = 0; i < p->n; i++)
        line_of(render_change(&p->changes[i]), i + 1 == p->n, &raw, &line, out);
    if (p->n)
        (void)fputs("  ],\n", out);
    findings_to(d, &raw, &line, out);
}
