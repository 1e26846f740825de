/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans built by hand, for test_render.c: one function per scene. */
#ifndef UNIT_RENDER_SCENES_H
#define UNIT_RENDER_SCENES_H

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "model/plan.h"
#include "wire/json.h"

/* --- rows -------------------------------------------------------------------------------------- */

static const struct field rows[] = {
    { "/incoming_url", &type_url, 0, GUARD_REACH },
    { "/address", &type_lines, 0, GUARD_VISIBLE },
    { "/about", &type_text, 0, GUARD_VISIBLE },
    { "/website", &type_url, 0, GUARD_VISIBLE },
    { "/tags", &type_strings, 0, GUARD_COSMETIC },
    { "/enabled", &type_bool, 0, GUARD_COSMETIC },
    { "/properties/Auth Token", &type_text, FIELD_SECRET, GUARD_REACH },
    { "/appSecret", &type_text, FIELD_SECRET, GUARD_REACH },
    { 0 }
};
enum { NO_ROW = -1, INCOMING, ADDRESS, ABOUT, WEBSITE, TAGS, ENABLED, TOKEN, SECRET };
static const struct kind kinds[] = { { "NumberProfile", rows }, { 0 } };
static const struct provider kaleyra = { .group = "kaleyra", .version = "v1", .title = "Kaleyra (Tata Communications)", .kinds = kinds };
static const struct provider kapso = { .group = "kapso", .version = "v1", .title = "Kapso", .kinds = kinds };

/* --- plans, made short ------------------------------------------------------------------------- */

enum { FIELDS = 14, REQUESTS = 2, NOVEMBER_2 = 1793613600 /* 2026-11-02T10:00:00Z */ };

/* The text of every secret value: it must come out nowhere. */
#define CANARY "canary-5ecret-value"

static struct change *object(struct plan *p, const char *address, enum action action, enum outcome outcome)
{
    struct change *c = &p->changes[p->n++];
    *c = (struct change){ .kind = kinds, .provider = strncmp(address, "kapso", 5) ? &kaleyra : &kapso, .address = str_of(address),
                          .at = { "numbers.yaml", (uint32_t)(2 + 10 * p->n), 1 }, .action = action, .outcome = outcome };
    c->fields = ARENA_ARRAY(&p->arena, FIELDS, struct field_change);
    c->requests = ARENA_ARRAY(&p->arena, REQUESTS, struct request_view);
    return c;
}

static struct field_change *field(struct change *c, int row, enum why why, const struct value *before, const struct value *after)
{
    struct field_change *f = &c->fields[c->n++];
    assert_true(c->n <= FIELDS);
    *f = (struct field_change){ .field = row == NO_ROW ? NULL : &rows[row], .path = str_of(row == NO_ROW ? NULL : rows[row].path),
                                .why = why, .before = before, .after = after, .before_known = why != WHY_FIRST_WRITE };
    f->secret = f->field && f->field->flags & FIELD_SECRET;
    if (f->field && why_writes(why) && f->field->guard > c->class)
        c->class = f->field->guard;
    return f;
}

static void request(struct change *c, enum method method, const char *url, const char *body)
{
    assert_true(c->n_requests < REQUESTS);
    c->requests[c->n_requests++] = (struct request_view){ method, str_of(url), str_of(body) };
}

static struct value *text(struct plan *p, const char *t)
{
    return value_text(&p->arena, str_of(t));
}

static struct value *of_json(struct plan *p, const char *t)
{
    struct err err = { 0 };
    auto_json *j = json_of_text(str_of(t), &err);
    assert_non_null(j);
    return json_to_value(j, &p->arena);
}

static struct value *secret(struct plan *p)
{
    struct value *v = text(p, CANARY);
    v->secret = true;
    return v;
}

static struct value *from_defaults(struct value *v)
{
    v->at = (struct loc){ "defaults.yaml", 7, 5 };
    v->inherited = true;
    return v;
}

static void prints(struct field_change *f, const char *before, const char *after)
{
    (void)snprintf(f->before_print, sizeof f->before_print, "%s", before);
    (void)snprintf(f->after_print, sizeof f->after_print, "%s", after);
}

static struct err *trouble(struct plan *p, enum err_class is, const char *code, int http, const char *what, const char *mend)
{
    struct err *e = ARENA_NEW(&p->arena, struct err);
    (void)err_set(e, is, code, "%s", what);
    (void)err_hint(e, "%s", mend);
    e->http = http;
    return e;
}

/* --- scenes ------------------------------------------------------------------------------------ */

#define PUT_URL "https://api.in.kaleyra.io/v1/HX.../whatsapp/number"

static void unchanged(struct plan *p, const char *address)
{
    (void)object(p, address, ACTION_NONE, OUTCOME_UNCHANGED);
}

/* The example of contract 5. */
static void scene_contract(struct plan *p, struct diags *d)
{
    (void)d;
    struct change *c = object(p, "kaleyra/NumberProfile/front-desk", ACTION_UPDATE, OUTCOME_PLANNED);
    field(c, ABOUT, WHY_EDITED, text(p, "Open 9-17"), text(p, "Open 24/7"));
    field(c, INCOMING, WHY_EDITED, text(p, "https://a.example/in"), text(p, "https://b.example/in"));
    field(c, ADDRESS, WHY_UNVERIFIABLE, text(p, "1 Road"), text(p, "1 Road"))->sent_at = NOVEMBER_2;
    request(c, METHOD_PUT, PUT_URL, "{\"wa_number\":\"+919000000001\",\"about\":\"Open 24/7\"}");
    unchanged(p, "kaleyra/NumberProfile/pool");
    unchanged(p, "kaleyra/NumberProfile/spa");
    unchanged(p, "kaleyra/NumberProfile/taxi");
    p->summary.requests_read = 2;
}

/* Every why, every action. */
static void scene_whys(struct plan *p, struct diags *d)
{
    struct change *c = object(p, "kaleyra/NumberProfile/all", ACTION_UPDATE, OUTCOME_PLANNED);
    field(c, INCOMING, WHY_FIRST_WRITE, NULL, text(p, "https://b.example/in"));
    field(c, ADDRESS, WHY_DRIFT, text(p, "1 Road\nPune"), from_defaults(text(p, "2 Road\nPune")));
    field(c, ABOUT, WHY_EDITED, NULL, text(p, "say \"hi\" \\o/"));
    field(c, WEBSITE, WHY_CLEARED, text(p, "https://a.example"), of_json(p, "null"));
    field(c, TAGS, WHY_EDITED, of_json(p, "[\"a\"]"), of_json(p, "[\"a\",{\"b\":true}]"));
    field(c, ENABLED, WHY_EDITED, of_json(p, "false"), of_json(p, "true"));
    prints(field(c, TOKEN, WHY_SECRET_CHANGED, NULL, secret(p)), "1a2b3c4d00000000", "9f8e7d6c00000000");
    prints(field(c, SECRET, WHY_SECRET_CHANGED, NULL, secret(p)), "1a2b3c4d00000000", "1a2b3c4d00000001");
    field(c, ABOUT, WHY_RELEASED, text(p, "Old words"), NULL);
    field(c, ABOUT, WHY_RELEASED, NULL, NULL);
    prints(field(c, SECRET, WHY_UNVERIFIABLE, NULL, secret(p)), "9f8e7d6c00000000", "9f8e7d6c00000000");
    field(c, ABOUT, WHY_EDITED, text(p, "last"), secret(p)); /* a secret in a field whose row has no secret */
    request(c, METHOD_PUT, PUT_URL, "{\"appSecret\":{\"secret\":true}}");
    field(c, INCOMING, WHY_UNVERIFIABLE, text(p, "x"), text(p, "x"))->rewrite = true;
    field(c, ABOUT, WHY_UNVERIFIABLE, NULL, text(p, "x"))->adopted = true;
    c->fields[c->n - 1].before_known = false;
    c = object(p, "kaleyra/NumberProfile/fresh", ACTION_CREATE, OUTCOME_PLANNED);
    field(c, ABOUT, WHY_NEW, NULL, text(p, "Hello"));
    prints(field(c, TOKEN, WHY_NEW, NULL, secret(p)), "", "9f8e7d6c00000000");
    field(c, SECRET, WHY_FIRST_WRITE, NULL, secret(p));
    request(c, METHOD_POST, "https://api.kapso.ai/v1/x?y=1", "{}");
    c = object(p, "kapso/Message/hello", ACTION_SEND, OUTCOME_PLANNED);
    field(c, NO_ROW, WHY_NEW, NULL, text(p, "919000000001"))->path = STR("/destination/0");
    c = object(p, "kapso/WhatsAppConfig/gone", ACTION_DELETE, OUTCOME_PLANNED);
    c->at = (struct loc){ 0 };
    request(c, METHOD_DELETE, "https://app.kapso.ai/api/v1/whatsapp_configs/12", "");
    c = object(p, "kapso/WhatsAppConfig/watched", ACTION_NONE, OUTCOME_UNCHANGED);
    field(c, ABOUT, WHY_DRIFT, text(p, "b"), text(p, "a"));
    c->observed_only = true;
    unchanged(p, "kapso/WhatsAppConfig/zoo");
    p->summary.requests_read = 1;
    diag_add(d, SEVERITY_WARNING, "W301", (struct loc){ "numbers.yaml", 3, 5 }, "'incoming_url' is not https.");
}

/* Every outcome; also shown as a plan, where a guard refuses some of it. */
static void scene_outcomes(struct plan *p, struct diags *d)
{
    static const enum action done[] = { ACTION_CREATE, ACTION_UPDATE, ACTION_DELETE, ACTION_SEND };
    static const char *const names[] = { "kaleyra/A/created", "kaleyra/A/deleted", "kaleyra/A/sent", "kaleyra/A/updated" };
    (void)d;
    for (size_t i = 0; i < COUNT(done); i++)
        field(object(p, names[i], done[i], OUTCOME_APPLIED), ABOUT, WHY_NEW, NULL, text(p, "x"));
    struct change *c = object(p, "kaleyra/B/blocked", ACTION_UPDATE, OUTCOME_BLOCKED);
    field(c, INCOMING, WHY_FIRST_WRITE, NULL, text(p, "https://b.example/in"));
    c->flag = "--allow reach";
    request(c, METHOD_PUT, PUT_URL, "{}");
    c->error = trouble(p, ERR_GUARD, "E701", 0, "'incoming_url' decides where messages go, and its live value is unknown.",
                       "Look at it, then add --allow reach.");
    c = object(p, "kaleyra/B/failed", ACTION_UPDATE, OUTCOME_FAILED);
    c->error = trouble(p, ERR_REJECTED, "E620", 422, "E934: 'about' is too long (request r-1)", "Shorten it.");
    c = object(p, "kaleyra/B/frozen", ACTION_UPDATE, OUTCOME_BLOCKED);
    c->error = trouble(p, ERR_GUARD, "E705", 0, "Frozen until 2026-12-01: audit.", "");
    c = object(p, "kaleyra/B/skipped", ACTION_DELETE, OUTCOME_SKIPPED);
    c->error = trouble(p, ERR_GUARD, NULL, 0, "Deletions come last, and something else failed.", "");
    c = object(p, "kaleyra/B/unread", ACTION_NONE, OUTCOME_FAILED);
    c->error = trouble(p, ERR_DOWN, "E601", 0, "could not connect", "Check the account's URL.");
    c = object(p, "kaleyra/B/unsure", ACTION_SEND, OUTCOME_UNSURE);
    c->error = trouble(p, ERR_UNSURE, "E801", 0, "the answer was lost", "Run `waconf resolve` with --sent or --not-sent.");
    p->complete = false;
}

/* Nothing to write, and still not everything matches: its not_after has passed. */
static void scene_expired(struct plan *p, struct diags *d)
{
    (void)d;
    unchanged(p, "kaleyra/NumberProfile/a");
    struct change *c = object(p, "webexconnect/Message/late", ACTION_NONE, OUTCOME_SKIPPED);
    c->error = trouble(p, ERR_REJECTED, "E803", 0, "'not_after' (2026-01-01T00:00:00Z) has passed, so it is not sent any more", "");
}

static void scene_in_sync(struct plan *p, struct diags *d)
{
    (void)d;
    unchanged(p, "kaleyra/NumberProfile/a");
    struct change *c = object(p, "kaleyra/NumberProfile/b", ACTION_NONE, OUTCOME_UNCHANGED);
    field(c, ABOUT, WHY_UNVERIFIABLE, text(p, "x"), text(p, "x"))->sent_at = NOVEMBER_2;
    field(c, ADDRESS, WHY_UNVERIFIABLE, text(p, "y"), text(p, "y"));
    p->summary.requests_read = 1;
}

/* Something is pending beside objects that match; what those hold unseen is neither shown nor passed over. */
static void scene_mixed(struct plan *p, struct diags *d)
{
    scene_in_sync(p, d);
    struct change *c = object(p, "kaleyra/NumberProfile/c", ACTION_NONE, OUTCOME_UNCHANGED);
    field(c, ABOUT, WHY_RELEASED, text(p, "x"), NULL);
    c = object(p, "kapso/WhatsAppConfig/d", ACTION_UPDATE, OUTCOME_PLANNED);
    field(c, ABOUT, WHY_EDITED, text(p, "Open 9-17"), text(p, "Open 24/7"));
    unchanged(p, "kapso/WhatsAppConfig/e");
    unchanged(p, "kapso/WhatsAppConfig/f");
    c = object(p, "kapso/WhatsAppConfig/g", ACTION_NONE, OUTCOME_UNCHANGED);
    field(c, ABOUT, WHY_UNVERIFIABLE, text(p, "x"), text(p, "x"));
    c->observed_only = true;
}

static void scene_empty(struct plan *p, struct diags *d)
{
    (void)p, (void)d;
}

#define HOSTILE "\x1b[2J\r\n::error file=x::pwn\n\xe2\x80\xae" "evil \xff\xfe \x7f \xc2\x9b" "31m \xe2\x80\xa8# | `x` <script>alert(1)</script> " \
                "@octocat #1 [a](https://evil.example) www.evil.example a@b.example ![i](//e) ~~~ ```\n--- \xf3\xa0\x81\x81 \\ \" end"

static void scene_hostile(struct plan *p, struct diags *d)
{
    struct change *c = object(p, "::error::" HOSTILE, ACTION_UPDATE, OUTCOME_FAILED);
    struct value *list = of_json(p, "[\"\"]");
    list->items[0].text = STR(HOSTILE);
    c->at.file = HOSTILE ".yaml";
    field(c, ABOUT, WHY_DRIFT, text(p, HOSTILE), list);
    field(c, NO_ROW, WHY_NEW, NULL, from_defaults(text(p, HOSTILE)))->path = STR("/" HOSTILE);
    c->fields[1].after = from_defaults(text(p, HOSTILE));
    request(c, METHOD_PUT, "https://evil.example/" HOSTILE, HOSTILE);
    c->error = trouble(p, ERR_REJECTED, "E620", 400, HOSTILE, HOSTILE);
    struct diag *item = diag_add(d, SEVERITY_ERROR, "E301", (struct loc){ "evil.yaml", 1, 1 }, "%s", HOSTILE);
    diag_hint(d, item, "%s", HOSTILE);
    item->address = STR(HOSTILE);
}

static void scene_long(struct plan *p, struct diags *d)
{
    (void)d;
    char *a = arena_alloc(&p->arena, 10001), *b = arena_alloc(&p->arena, 10001);
    memset(a, 'a', 10000);
    memset(b, 'a', 10000);
    memcpy(b + 5000, "different", 9);
    struct change *c = object(p, "kaleyra/NumberProfile/long", ACTION_UPDATE, OUTCOME_PLANNED);
    field(c, ADDRESS, WHY_EDITED, text(p, a), text(p, b));
    field(c, ABOUT, WHY_EDITED, text(p, "short"), text(p, b));
    memcpy(a, "\xe3\x81\x82", 3);
    field(c, TAGS, WHY_EDITED, of_json(p, "[]"), of_json(p, "[\"0123456789\",\"0123456789\",\"0123456789\",\"0123456789\",\"0123456789\","
          "\"0123456789\",\"0123456789\",\"0123456789\",\"0123456789\",\"0123456789\",\"0123456789\"]"));
}

static void scene_wide(struct plan *p, struct diags *d)
{
    (void)d;
    struct change *c = object(p, "kaleyra/NumberProfile/wide", ACTION_UPDATE, OUTCOME_PLANNED);
    field(c, ABOUT, WHY_EDITED, text(p, "営業中"), text(p, "Öffnet"));
    field(c, ADDRESS, WHY_EDITED, text(p, "पुणे"), text(p, "🏨 Pune"));
    field(c, NO_ROW, WHY_NEW, NULL, text(p, "x"))->path = STR("/数/0");
    field(c, WEBSITE, WHY_RELEASED, text(p, "plain"), NULL);
}

#endif
