/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between objects and JSON: answers decoded, bodies encoded, answers classified, tokens signed. What is right comes from the providers'
 * documents ([given]); tests/wire has whole conversations.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "wire/answer.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/registry.h"
#include "wire/session.h"

static const struct provider *provider_named(const char *group)
{
    const struct provider *p = provider_find(str_of(group));
    if (!p)
        fail_msg("no provider %s", group);
    return p;
}

static json_t *parse(const char *text)
{
    struct err err = { 0 };
    json_t *j = json_of_text(str_of(text), &err);
    if (!j)
        fail_msg("%s: %s", err.text, text);
    return j;
}

static void same_json(const char *what, const json_t *got, const char *want)
{
    struct arena a = { 0 };
    auto_json *expected = parse(want);
    if (!json_equal(got, expected))
        fail_msg("%s: %.*s", what, ARG(json_compact(got, &a)));
    arena_release(&a);
}

/* --- decode ---------------------------------------------------------------------------------------------- */

struct shown { struct arena a; const struct kind *kind; struct seen seen; };

static void show(struct shown *s, const char *group, const char *text)
{
    auto_json *j = parse(text);
    memset(s, 0, sizeof *s);
    s->kind = &provider_named(group)->kinds[0];
    decode_object(s->kind, j, &s->a, &s->seen);
}

static size_t index_of(const struct kind *kind, const char *path)
{
    const struct field *f = kind_field(kind, str_of(path));
    if (!f)
        fail_msg("no field %s", path);
    return (size_t)(f - kind->fields);
}

/* The value of a field as JSON text; "" when it is not there, "*" when it is masked. */
static void is_shown(struct shown *s, const char *path, const char *want)
{
    size_t i = index_of(s->kind, path);
    auto_json *j = s->seen.slot[i] ? json_of_value(s->seen.slot[i]) : NULL;
    struct str got = s->seen.masked[i] ? STR("*") : j ? json_compact(j, &s->a) : STR("");
    if (!str_is(got, want))
        fail_msg("%s is %.*s, not %s", path, ARG(got), want);
}

static void test_decode_pairs(void **state)
{
    struct shown s;
    (void)state;
    show(&s, "voltmx", "{\"protocol\":\"HTTP\",\"provider\":\"TWILIO_WHATSAPP\",\"inboundSecurityEnabled\":\"false\",\"properties\":["
         "{\"key\":\"Account SID\",\"value\":\"AC1\"},{\"key\":\"Auth Token\",\"value\":\"********\"},{\"key\":\"From\"},{\"value\":\"x\"},7,"
         "{\"key\":\"Maximum Character Limit\",\"value\":140},{\"key\":\"Host URL\",\"value\":\"https://x\"}]}");
    assert_int_equal(s.seen.sight, SIGHT_PRESENT);
    is_shown(&s, "/protocol", "\"HTTP\"");
    is_shown(&s, "/inboundSecurityEnabled", "false");
    is_shown(&s, "/properties/Account SID", "\"AC1\"");
    is_shown(&s, "/properties/Auth Token", "*");
    is_shown(&s, "/properties/From", "");
    is_shown(&s, "/properties/Maximum Character Limit", "\"140\"");
    is_shown(&s, "/account", "");
    arena_release(&s.a);
}

static void test_decode_forms(void **state)
{
    struct shown s;
    (void)state;
    show(&s, "pingone", "{\"provider\":\"CUSTOM_WHATSAPP\",\"whatsAppAccountBusinessId\":107794359053209,\"appId\":{\"no\":\"text\"},\"appSecret\":null,"
         "\"environment_id\":\"e\",\"unknown\":[1],\"numbers\":[{\"number\":\"+1 555\",\"numberId\":1161,\"selected\":\"true\",\"available\":true},\"x\"]}");
    is_shown(&s, "/whatsAppAccountBusinessId", "\"107794359053209\"");
    is_shown(&s, "/appId", "");
    is_shown(&s, "/appSecret", "");
    is_shown(&s, "/environment_id", "");
    is_shown(&s, "/numbers", "[{\"number\":\"+1 555\",\"numberId\":\"1161\",\"selected\":true}]");
    arena_release(&s.a);
    show(&s, "pingone", "{\"provider\":\"CUSTOM_WHATSAPP\",\"numbers\":{\"not\":\"a list\"}}");
    is_shown(&s, "/numbers", "");
    arena_release(&s.a);
    show(&s, "kapso", "{\"id\":42,\"name\":\"Desk\",\"webhook_destination_url\":null,\"customer_id\":\"c\",\"access_token\":\"xxxxxxxx\"}");
    assert_true(str_is(s.seen.remote_id, "42"));
    is_shown(&s, "/name", "\"Desk\"");
    is_shown(&s, "/customer_id", "\"c\"");
    is_shown(&s, "/access_token", "*");
    arena_release(&s.a);
}

static void test_decode_absent(void **state)
{
    static const struct { const char *group, *text; enum sight sight; } table[] = {
        { "voltmx", "{}", SIGHT_ABSENT },       { "voltmx", "{\"protocol\":\"HTTP\"}", SIGHT_ABSENT },
        { "voltmx", "[]", SIGHT_ABSENT },       { "voltmx", "{\"properties\":null}", SIGHT_ABSENT },
        { "voltmx", "{\"properties\":[]}", SIGHT_PRESENT },
        { "pingone", "{\"numbers\":[]}", SIGHT_ABSENT }, { "pingone", "{\"provider\":\"x\"}", SIGHT_PRESENT },
        { "kapso", "{}", SIGHT_PRESENT },       { "kapso", "\"x\"", SIGHT_ABSENT },
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct shown s;
        show(&s, table[i].group, table[i].text);
        if (s.seen.sight != table[i].sight)
            fail_msg("%s %s: %d", table[i].group, table[i].text, s.seen.sight);
        arena_release(&s.a);
    }
}

/* --- encode ---------------------------------------------------------------------------------------------- */

struct made { struct shown live; struct object want; struct encode_input in; };

/* A document from the JSON of its spec, by rows; secrets become tainted. */
static void want(struct made *m, const char *group, const char *live, const char *spec)
{
    auto_json *j = parse(spec);
    show(&m->live, group, live);
    const struct kind *kind = m->live.kind;
    struct arena *a = &m->live.a;
    m->want = (struct object){ .provider = provider_named(group), .kind = kind, .slot = ARENA_ARRAY(a, kind_field_count(kind), struct value *) };
    const char *path;
    json_t *item;
    json_object_foreach(j, path, item) {
        struct value *v = json_to_value(item, a);
        size_t i = index_of(kind, path);
        v->secret = kind->fields[i].flags & FIELD_SECRET;
        m->want.slot[i] = v;
    }
    m->in = (struct encode_input){ .kind = kind, .op = &kind->update, .want = &m->want, .live = &m->live.seen, .whole = kind->send == SEND_WHOLE };
}

static void body_is(const char *what, struct made *m, const char *expected)
{
    json_t *body = NULL;
    struct err err = { 0 };
    if (encode_body(&m->in, &body, &err) < 0)
        fail_msg("%s: %s", what, err.text);
    same_json(what, body, expected);
    json_decref(body);
}

static void body_fails(struct made *m, const char *code, const char *part)
{
    json_t *body = NULL;
    struct err err = { 0 };
    assert_int_equal(encode_body(&m->in, &body, &err), -1);
    assert_string_equal(err.code, code);
    assert_non_null(strstr(err.text, part));
}

#define VOLTMX_LIVE(token) "{\"protocol\":\"HTTP\",\"provider\":\"OLD\",\"inboundSecurityEnabled\":true,\"properties\":[{\"key\":\"Account SID\",\"value\":\"AC1\"}," \
    "{\"key\":\"Auth Token\",\"value\":\"" token "\"},{\"key\":\"Host URL\",\"value\":\"https://x\"}]}"

static void test_encode_whole(void **state)
{
    struct made m;
    (void)state;
    want(&m, "voltmx", VOLTMX_LIVE("t-1"), "{\"/account\":\"a\",\"/provider\":\"NEW\",\"/properties/From\":\"+91 90000-00002\"}");
    body_is("undeclared fields keep their live values, Host URL is never sent", &m,
            "{\"protocol\":\"HTTP\",\"provider\":\"NEW\",\"inboundSecurityEnabled\":true,\"properties\":[{\"key\":\"Account SID\",\"value\":\"AC1\"},"
            "{\"key\":\"Auth Token\",\"value\":\"t-1\"},{\"key\":\"From\",\"value\":\"+919000000002\"}]}");
    m.in.mask = true;
    body_is("a live secret is masked for display", &m,
            "{\"protocol\":\"HTTP\",\"provider\":\"NEW\",\"inboundSecurityEnabled\":true,\"properties\":[{\"key\":\"Account SID\",\"value\":\"AC1\"},"
            "{\"key\":\"Auth Token\",\"value\":{\"secret\":true}},{\"key\":\"From\",\"value\":\"+919000000002\"}]}");
    arena_release(&m.live.a);
    want(&m, "voltmx", VOLTMX_LIVE("******"), "{\"/provider\":\"NEW\"}");
    body_fails(&m, "E623", "'Auth Token'");
    arena_release(&m.live.a);
    want(&m, "voltmx", VOLTMX_LIVE("******"), "{\"/provider\":\"NEW\",\"/properties/Auth Token\":\"t-2\"}");
    body_is("a declared secret takes the place of a masked one", &m,
            "{\"protocol\":\"HTTP\",\"provider\":\"NEW\",\"inboundSecurityEnabled\":true,\"properties\":[{\"key\":\"Account SID\",\"value\":\"AC1\"},"
            "{\"key\":\"Auth Token\",\"value\":\"t-2\"}]}");
    arena_release(&m.live.a);
}

static void test_encode_changed(void **state)
{
    struct made m;
    bool send[32] = { 0 };
    (void)state;
    want(&m, "kaleyra", "{}", "{\"/account\":\"a\",\"/wa_number\":\"+91 90000 00001\",\"/about\":\"Open\",\"/website\":\"https://a.example\"}");
    m.in.live = NULL;
    body_is("all that is declared", &m, "{\"wa_number\":\"+919000000001\",\"about\":\"Open\",\"website\":\"https://a.example\"}");
    send[index_of(m.live.kind, "/about")] = true;
    m.in.send = send;
    body_is("what changed, and the number always", &m, "{\"wa_number\":\"+919000000001\",\"about\":\"Open\"}");
    arena_release(&m.live.a);
    want(&m, "kapso", "{\"id\":\"c\"}", "{\"/account\":\"a\",\"/customer_id\":\"cu\",\"/name\":\"Desk\",\"/webhook_destination_url\":null,\"/access_token\":\"tok\"}");
    body_is("in its envelope; null clears; what is ours stays here", &m,
            "{\"whatsapp_config\":{\"name\":\"Desk\",\"webhook_destination_url\":null,\"access_token\":\"tok\"}}");
    m.in.mask = true;
    body_is("masked", &m, "{\"whatsapp_config\":{\"name\":\"Desk\",\"webhook_destination_url\":null,\"access_token\":{\"secret\":true}}}");
    arena_release(&m.live.a);
}

#define INVENTORY "\"numbers\":[{\"number\":\"+1 555-061-2978\",\"numberId\":\"1\",\"selected\":true},{\"number\":\"+1 555-061-2979\",\"numberId\":\"2\",\"selected\":false}]"
#define PINGONE "\"provider\":\"P\",\"whatsAppAccountBusinessId\":\"B\",\"appId\":\"A\""

static void test_encode_selection(void **state)
{
    struct made m;
    (void)state;
    want(&m, "pingone", "{" PINGONE "," INVENTORY "}", "{\"/appId\":\"A2\"}");
    body_is("the live selection stays", &m, "{\"provider\":\"P\",\"whatsAppAccountBusinessId\":\"B\",\"appId\":\"A2\","
            "\"numbers\":[{\"selected\":true,\"number\":\"+1 555-061-2978\",\"numberId\":\"1\"}]}");
    m.in.no_selection = true;
    body_is("left out while the inventory is not known", &m, "{\"provider\":\"P\",\"whatsAppAccountBusinessId\":\"B\",\"appId\":\"A2\"}");
    arena_release(&m.live.a);
    want(&m, "pingone", "{" PINGONE "," INVENTORY "}", "{\"/numbers\":[{\"number\":\"+15550612979\"}]}");
    body_is("another is selected, by digits, and the old one is told so", &m, "{\"provider\":\"P\",\"whatsAppAccountBusinessId\":\"B\",\"appId\":\"A\","
            "\"numbers\":[{\"selected\":true,\"number\":\"+1 555-061-2979\",\"numberId\":\"2\"},"
            "{\"selected\":false,\"number\":\"+1 555-061-2978\",\"numberId\":\"1\"}]}");
    arena_release(&m.live.a);
    struct err err = { 0 };
    want(&m, "pingone", "{" PINGONE "," INVENTORY "}", "{\"/numbers\":[{\"numberId\":\"3\"}]}");
    size_t i = index_of(m.live.kind, "/numbers");
    assert_int_equal(encode_selection_fits(&m.live.kind->fields[i], m.want.slot[i], m.live.seen.slot[i], &err), -1);
    assert_string_equal(err.code, "E624");
    assert_non_null(strstr(err.text, "numberId 3"));
    assert_non_null(strstr(err.hint, "+1 555-061-2979"));
    arena_release(&m.live.a);
}

static void test_encode_event(void **state)
{
    struct made m;
    (void)state;
    want(&m, "webexconnect", "{}", "{\"/account\":\"a\",\"/appid\":\"a_1\",\"/text\":\"Hello\",\"/not_after\":\"2099-01-01T00:00:00Z\",\"/preview_url\":true,"
         "\"/destination\":[{\"waid\":[\"+91\"],\"correlationid\":\"c\"},{\"bsuid\":[\"IN.1\"]}],\"/options/domain\":\"h.example\"}");
    m.in.op = &m.live.kind->create;
    m.in.live = NULL;
    m.in.entry = &m.want.slot[index_of(m.live.kind, "/destination")]->items[1];
    body_is("one entry, with what is fixed; booleans are texts here; not_after is ours", &m,
            "{\"deliverychannel\":\"whatsapp\",\"channels\":{\"OTT-Messaging\":{\"wa\":{\"type\":\"text\",\"text\":{\"body\":\"Hello\"},\"preview_url\":\"true\"}}},"
            "\"appid\":\"a_1\",\"destination\":[{\"bsuid\":[\"IN.1\"]}],\"options\":{\"domain\":\"h.example\"}}");
    arena_release(&m.live.a);
}

/* --- answers --------------------------------------------------------------------------------------------- */

enum { READ, WRITE };
static const struct answer_row {
    const char *group;
    int write, status;
    const char *body;
    enum err_class is;       /* ERR_NONE: success */
    const char *part, *request_id;
    bool again;
} answers[] = {
    { "kaleyra", WRITE, 200, "{\"status\":200,\"error\":{}}", ERR_NONE, "", "", false },
    { "kaleyra", WRITE, 200, "{\"status\":\"200\",\"error\":{}}", ERR_NONE, "", "", false },
    { "kaleyra", WRITE, 200, "{\"status\":400,\"error\":{\"code\":\"E413\",\"parameter\":\"about\",\"message\":\"too long\",\"reference\":\"r-1\"}}", ERR_REJECTED,
      "answered 200 E413 (about): too long [request r-1]", "r-1", false },
    { "kaleyra", WRITE, 400, "{\"error\":{\"code\":\"E962\",\"message\":\"empty\"}}", ERR_REJECTED, "answered 400 E962: empty", "", false },
    { "kaleyra", WRITE, 400, "{\"code\":\"RBC001\",\"message\":\"Invalid key\"}", ERR_AUTH, "RBC001", "", false },
    { "kaleyra", WRITE, 200, "{\"code\":\"RBC001\",\"message\":\"Invalid key\"}", ERR_AUTH, "RBC001", "", false },
    { "kaleyra", WRITE, 200, "{}", ERR_UNSURE, "does not say that it was done", "", false },
    { "kaleyra", WRITE, 200, "", ERR_UNSURE, "without a body", "", false },
    { "kaleyra", WRITE, 200, "<html>", ERR_UNSURE, "not JSON", "", false },
    { "voltmx", WRITE, 200, "{ 'not': json", ERR_NONE, "", "", false },
    { "voltmx", READ, 200, "{ 'not': json", ERR_DOWN, "not JSON", "", false },
    { "voltmx", WRITE, 400, "{\"errorCode\":12,\"errorMessage\":\"bad\",\"requestId\":\"v\"}", ERR_REJECTED, "answered 400 12: bad [request v]", "v", false },
    { "voltmx", WRITE, 400, "{\"error\":\"plain\"}", ERR_REJECTED, ": plain", "", false },
    { "voltmx", WRITE, 400, "{\"error\":{\"code\":\"C\",\"message\":\"deep\"}}", ERR_REJECTED, "C: deep", "", false },
    { "voltmx", READ, 404, "", ERR_ABSENT, "answered 404", "", false },
    { "pingone", WRITE, 400, "{\"id\":\"p\",\"code\":\"INVALID_DATA\",\"message\":\"m\",\"details\":[{\"target\":\"appId\",\"message\":\"wrong\"}]}", ERR_REJECTED,
      "INVALID_DATA (appId): wrong [request p]", "p", false },
    { "pingone", WRITE, 403, "{\"code\":\"ACCESS_FAILED\",\"message\":\"m\"}", ERR_AUTH, "ACCESS_FAILED", "", false },
    { "pingone", READ, 400, "{\"error\":\"invalid_client\",\"error_description\":\"d\"}", ERR_AUTH, "invalid_client: d", "", false },
    { "pingone", READ, 404, "{\"code\":\"NOT_FOUND\",\"message\":\"m\"}", ERR_ABSENT, "NOT_FOUND", "", false },
    { "pingone", WRITE, 429, "{\"code\":\"REQUEST_LIMITED\",\"message\":\"m\"}", ERR_THROTTLED, "REQUEST_LIMITED", "", false }, /* the transport tried again */
    { "pingone", WRITE, 400, "{\"code\":\"REQUEST_LIMITED\",\"message\":\"m\"}", ERR_THROTTLED, "REQUEST_LIMITED", "", true },
    { "pingone", WRITE, 500, "{\"code\":\"UNEXPECTED_ERROR\",\"message\":\"m\"}", ERR_UNSURE, "UNEXPECTED_ERROR", "", false },
    { "pingone", READ, 500, "{\"code\":\"UNEXPECTED_ERROR\",\"message\":\"m\"}", ERR_DOWN, "UNEXPECTED_ERROR", "", false },
    { "kapso", WRITE, 422, "{\"error\":\"Name can't be blank\"}", ERR_REJECTED, ": Name can't be blank", "", false },
    { "kapso", WRITE, 400, "{\"error\":{\"message\":\"meta\",\"code\":190,\"fbtrace_id\":\"fb\"}}", ERR_REJECTED, "190: meta [request fb]", "fb", false },
    { "kapso", WRITE, 422, "{\"errors\":[\"one\",\"two\"]}", ERR_REJECTED, ": one", "", false },
    { "kapso", WRITE, 409, "{\"error\":\"taken\"}", ERR_CONFLICT, "taken", "", false },
    { "webexconnect", WRITE, 202, "{\"response\":[{\"code\":\"1001\",\"description\":\"Queued\",\"transid\":\"t\"}]}", ERR_NONE, "", "t", false },
    { "webexconnect", WRITE, 200, "{\"response\":{\"code\":1001,\"transid\":\"t\"}}", ERR_NONE, "", "t", false },
    { "webexconnect", WRITE, 200, "{\"response\":{\"code\":\"7001\",\"description\":\"Authentication failed\",\"transid\":\"t\"}}", ERR_AUTH, "7001: Authentication", "t", false },
    { "webexconnect", WRITE, 400, "{\"response\":[{\"code\":\"7003\",\"description\":\"bad\"}]}", ERR_REJECTED, "7003: bad", "", false },
    { "webexconnect", WRITE, 200, "{\"response\":{\"code\":\"7020\",\"description\":\"slow\"}}", ERR_THROTTLED, "7020", "", true },
    { "webexconnect", WRITE, 202, "{\"response\":[]}", ERR_UNSURE, "does not say", "", false },
    /* by status alone, for all */
    { NULL, WRITE, 401, "", ERR_AUTH, "answered 401", "", false },     { NULL, READ, 401, "", ERR_AUTH, "answered 401", "", false },
    { NULL, WRITE, 403, "", ERR_AUTH, "answered 403", "", false },     { NULL, WRITE, 404, "{}", ERR_ABSENT, "answered 404", "", false },
    { NULL, WRITE, 410, "", ERR_ABSENT, "answered 410", "", false },   { NULL, WRITE, 409, "", ERR_CONFLICT, "answered 409", "", false },
    { NULL, WRITE, 429, "", ERR_THROTTLED, "answered 429", "", false }, { NULL, READ, 429, "", ERR_THROTTLED, "answered 429", "", false },
    { NULL, WRITE, 408, "", ERR_UNSURE, "answered 408", "", false },   { NULL, READ, 408, "", ERR_DOWN, "answered 408", "", false },
    { NULL, WRITE, 500, "<h1>", ERR_UNSURE, "answered 500", "", false }, { NULL, READ, 503, "<h1>", ERR_DOWN, "answered 503", "", false },
    { NULL, WRITE, 418, "", ERR_REJECTED, "answered 418", "", false }, { NULL, WRITE, 302, "", ERR_REJECTED, "answered 302", "", false },
    { NULL, READ, 200, "[", ERR_DOWN, "not JSON", "", false },
};

static void check_answer(const struct answer_row *r, const char *group)
{
    const struct provider *p = provider_named(group);
    struct http_reply reply = { .end = HTTP_ANSWERED, .status = r->status, .body = str_of(r->body) };
    struct answer answer;
    struct err err = { 0 };
    struct arena a = { 0 };
    const struct op *op = r->write ? (p->kinds[0].update.url ? &p->kinds[0].update : &p->kinds[0].create) : NULL;
    int bad = answer_read(p, op, r->write, &reply, NULL, &a, &answer, &err);
    if (bad != (r->is ? -1 : 0) || (bad && err.is != r->is) || (bad && !strstr(err.text, r->part)) || !str_is(answer.request_id, r->request_id) ||
        answer.again != r->again || (bad && err.http != r->status))
        fail_msg("%s %d %s: %d %s '%s' request '%.*s' again %d", group, r->status, r->body, bad, err_class_name(err.is), err.text, ARG(answer.request_id),
                 answer.again);
    answer_release(&answer);
    arena_release(&a);
}

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (answers[i].group)
            check_answer(&answers[i], answers[i].group);
        for (size_t k = 0; !answers[i].group && providers[k]; k++)
            check_answer(&answers[i], providers[k]->group);
    }
}

/* The header's request id wins; both are scrubbed, whole before they are cut; what the transport says is, too. */
static void test_scrubbed(void **state)
{
    struct vault *v;
    struct answer answer;
    struct err err = { 0 };
    struct arena a = { 0 };
    auto_buf body = buf_init(BUF_UNBOUNDED);
    (void)state;
    assert_int_equal(vault_new(&v, &err), 0);
    (void)vault_keep(v, STR("hunter2-hunter2"));
    buf_puts(&body, "{\"code\":\"hunter2-hunter2\",\"message\":\"");
    buf_pad(&body, 'x', 392);
    buf_puts(&body, "hunter2-hunter2\",\"id\":\"from the body\"}");
    struct http_reply reply = { .end = HTTP_ANSWERED, .status = 400, .body = buf_str(&body), .request_id = STR("id hunter2-hunter2") };
    assert_int_equal(answer_read(provider_named("pingone"), NULL, true, &reply, v, &a, &answer, &err), -1);
    assert_true(str_is(answer.request_id, "id (secret)"));
    assert_true(str_is(answer.code, "(secret)"));
    assert_null(strstr(err.text, "hunter"));
    answer_release(&answer);
    reply = (struct http_reply){ .end = HTTP_LOST };
    (void)err_set(&reply.err, ERR_DOWN, "E607", "'https://a.example' answered hunter2-hunter2 where JSON was expected");
    assert_int_equal(answer_read(provider_named("pingone"), NULL, true, &reply, v, &a, &answer, &err), -1);
    assert_int_equal(err.is, ERR_UNSURE);
    assert_string_equal(err.text, "'https://a.example' answered (secret) where JSON was expected");
    assert_int_equal(answer_read(provider_named("pingone"), NULL, false, &reply, v, &a, &answer, &err), -1);
    assert_int_equal(err.is, ERR_DOWN);
    arena_release(&a);
    vault_free(v);
}

/* --- tokens ---------------------------------------------------------------------------------------------- */

/* The expected text was made with Python's hmac. */
static void test_jwt(void **state)
{
    static const char *const spellings[] = { "dGhlIHNlY3JldCBvZiBhIHNlcnZpY2Ug//4++/8AeA==", " dGhlIHNlY3JldCBvZiBhIHNlcnZpY2Ug//4++/8AeA==\n", "dGhlIHNlY3JldCBvZiBhIHNlcnZpY2Ug//4++/8AeA", "dGhlIHNlY3JldCBvZiBhIHNlcnZpY2Ug__4--_8AeA==" };
    struct err err = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        auto_buf out = buf_init(BUF_UNBOUNDED);
        assert_int_equal(jwt_sign(STR("SV-0001"), str_of(spellings[i]), 1767225600, &out, &err), 0);
        assert_string_equal(buf_str(&out).p, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJTVi0wMDAxIiwiaWF0IjoxNzY3MjI1NjAwfQ.P5iZ0JRPyASCM9I47VlC6YNGO3FlgigsTswxueCac4c");
    }
    auto_buf out = buf_init(BUF_UNBOUNDED);
    assert_int_equal(jwt_sign(STR("SV-0001"), STR("not base64!"), 1767225600, &out, &err), -1);
    assert_string_equal(err.code, "E621");
    assert_int_equal(out.n, 0);
    assert_null(strstr(err.text, "not base64!"));
    assert_int_equal(jwt_sign(STR("SV-0001"), STR(""), 1767225600, &out, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode_pairs), cmocka_unit_test(test_decode_forms), cmocka_unit_test(test_decode_absent),
        cmocka_unit_test(test_encode_whole), cmocka_unit_test(test_encode_changed), cmocka_unit_test(test_encode_selection),
        cmocka_unit_test(test_encode_event), cmocka_unit_test(test_answers), cmocka_unit_test(test_scrubbed), cmocka_unit_test(test_jwt),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
