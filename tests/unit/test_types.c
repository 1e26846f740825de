/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of fields: what is right, which two spellings mean the same, and what is masked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "model/provider.h"

static const char *const choices[] = { "Hotel and Lodging", "Other", NULL };

static bool right(const struct type *type, const char *text)
{
    struct diags d = { 0 };
    struct field f = { .path = "/x", .type = type, .choices = choices };
    struct value v = { .type = VALUE_TEXT, .text = str_of(text), .at = { "x.yaml", 1, 1 } };
    bool ok = type_check(&f, &v, STR("a/B/c"), &d);
    assert_int_equal(ok, d.n == 0);
    if (!ok) {
        assert_true(d.items[0].hint.n > 0);
        assert_true(str_is(d.items[0].address, "a/B/c"));
        assert_true(str_starts(d.items[0].message, STR("'x' ")));
    }
    diags_release(&d);
    return ok;
}

static void test_right_and_wrong(void **state)
{
    (void)state;
    static const struct { const struct type *type; const char *right[8], *wrong[12]; } cases[] = {
        { &type_text, { "", "Open 9-17", "日本 é 🙂", "0123" }, { "a\nb", "a\rb", "a\tb", "\x1b[2J", "\x7f", "\xc2\x9b" "1m" } },
        { &type_lines, { "a\nb", "a\tb" }, { "a\rb", "\x07" } },
        { &type_id, { "000123", "1e3", "HX-1_2" }, { "", "a b", "a\tb" } },
        { &type_choice, { "Hotel and Lodging", "hotel AND lodging", "other" }, { "Hotels", "", "Zoo" } },
        { &type_count, { "1", "140", "007", "999999999999999999" }, { "0", "-1", "1.5", "", "x", "1 ", "9999999999999999999" } },
        { &type_rate, { "5", "0.5", "20.25" }, { "0", "0.0", "-1", ".5", "5.", "1e3", "" } },
        { &type_duration, { "4s", "10m", "24h", "30", "500ms" }, { "", "0", "4 s", "s", "-1s", "1w" } },
        { &type_time, { "2026-11-02T10:00:00Z", "2026-11-02T15:30:00+05:30", "2026-11-02T10:00:00.5Z" },
          { "2026-11-02", "2026-13-02T10:00:00Z", "2026-02-30T10:00:00Z", "tomorrow", "2026-11-02T10:00:00" } },
        { &type_e164, { "+919000000001", "+91 (90) 0000-0001", "+1.555.061.2978", "+1234567" },
          { "919000000001", "+91", "", "+", "+1234567890123456", "+91x9000000001", "++919000000001", "91+9000000001" } },
        { &type_sender, { "+919000000001", "hotel-desk", "AB" }, { "919000000001", "12", "" } },
        { &type_url, { "https://a.example", "http://a.example:8080/x?y=z#w", "HTTPS://A.example/", "https://[::1]:8443/x", "https://日本.example/" },
          { "", "a.example", "ftp://a.example", "https://", "https:///x", "https://u@a.example", "https://u:p@a.example/", "https://a b.example",
            "https://a.example/a b", "https://a.example:0/", "https://a.example:70000/", "https://a.example\\@b.example/" } },
        { &type_url, { "https://a.example:/" }, { "https://{x}/", "https://a.example/{x}", "//a.example", "javascript:alert(1)", "https://[::1/",
                                                  "https://.example/", "https://a%2eexample/" } },
        { &type_email, { "desk@hotel.example", "a.b+c@d.e.f" }, { "", "desk", "desk@", "@hotel.example", "desk@hotel", "a b@c.d", "a@b@c.d", "a@b..c", "a@b.c." } },
        { &type_media_type, { "application/x-www-form-urlencoded", "Text/Plain; charset=utf-8" }, { "form", "a/", "/b", "a b/c", "" } },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t k = 0; k < COUNT(cases[i].right) && cases[i].right[k]; k++)
            if (!right(cases[i].type, cases[i].right[k]))
                fail_msg("%s: '%s' should be right", cases[i].type->name, cases[i].right[k]);
        for (size_t k = 0; k < COUNT(cases[i].wrong) && cases[i].wrong[k]; k++)
            if (right(cases[i].type, cases[i].wrong[k]))
                fail_msg("%s: '%s' should be wrong", cases[i].type->name, cases[i].wrong[k]);
    }
}

static void test_same(void **state)
{
    (void)state;
    static const struct { const struct type *type; const char *a, *b; bool same; } cases[] = {
        { &type_text, "a", "a", true },   { &type_text, "a", "A", false },  { &type_text, "a", "a ", false },
        { &type_e164, "+91 90-0000 0001", "+919000000001", true },          { &type_e164, "+919000000001", "+919000000002", false },
        { &type_sender, "Hotel", "hotel", false },                            { &type_sender, "+1 555", "+1555", true },
        { &type_url, "HTTPS://A.Example", "https://a.example/", true },       { &type_url, "https://a.example/X", "https://a.example/x", false },
        { &type_url, "https://a.example:443/x", "https://a.example/x", true }, { &type_url, "http://a.example:443/x", "http://a.example/x", false },
        { &type_url, "https://a.example?x", "https://a.example/?x", true },
        { &type_choice, "hotel and lodging", "Hotel and Lodging", true },     { &type_choice, "Other", "Hotel and Lodging", false },
        { &type_count, "007", "7", true },                                    { &type_count, "70", "7", false },
        { &type_rate, "5", "5.0", true },                                     { &type_duration, "60s", "1m", true },
        { &type_time, "2026-11-02T15:30:00+05:30", "2026-11-02T10:00:00Z", true },
        { &type_email, "Desk@Hotel.Example", "Desk@hotel.example", true },    { &type_email, "Desk@h.example", "desk@h.example", false },
        { &type_media_type, "Text/Plain; charset=utf-8", "text/plain", true },
        { &type_bool, "true", "true", true },                                 { &type_bool, "true", "false", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct field f = { .path = "/x", .type = cases[i].type, .choices = choices };
        struct value a = { .type = VALUE_TEXT, .text = str_of(cases[i].a) }, b = { .type = VALUE_TEXT, .text = str_of(cases[i].b) };
        if (type_same(&f, &a, &b) != cases[i].same || type_same(&f, &b, &a) != cases[i].same)
            fail_msg("%s: '%s' and '%s'", cases[i].type->name, cases[i].a, cases[i].b);
    }
}

static void test_nothing(void **state)
{
    (void)state;
    const struct field f = { .path = "/x", .type = &type_text }, b = { .path = "/x", .type = &type_bool };
    const struct value null = { .type = VALUE_NULL }, text = { .type = VALUE_TEXT, .text = STR("") }, yes = { .type = VALUE_BOOL, .flag = true },
                       yes_text = { .type = VALUE_TEXT, .text = STR("true") };
    assert_true(type_same(&f, NULL, NULL));
    assert_true(type_same(&f, &null, NULL));
    assert_true(type_same(&f, NULL, &null));
    assert_false(type_same(&f, &text, NULL));
    assert_false(type_same(&f, &null, &text));
    assert_true(type_same(&b, &yes, &yes_text)); /* Volt MX prints booleans both ways */
}

static void test_lengths(void **state)
{
    (void)state;
    struct diags d = { 0 };
    const struct field f = { .path = "/about", .type = &type_text, .min = 2, .max = 3 };
    static const struct { const char *text; size_t findings; } cases[] = { { "日本語", 0 }, { "日本語x", 1 }, { "é", 1 }, { "", 1 }, { "ab", 0 } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t before = d.n;
        struct value v = { .type = VALUE_TEXT, .text = str_of(cases[i].text) };
        (void)type_check(&f, &v, STR(""), &d);
        assert_int_equal(d.n - before, cases[i].findings);
    }
    assert_string_equal(d.items[0].message.p, "'about' is 4 characters; the provider takes 3.");
    diags_release(&d);
}

/* What is wrong with a secret is said without its text. */
static void test_secret(void **state)
{
    (void)state;
    struct diags d = { 0 };
    const struct field f = { .path = "/token", .type = &type_id, .flags = FIELD_SECRET, .max = 10 };
    static const char *const texts[] = { "hunter2 x", "hunter2hunter2", "hunter2\n", "hunter2\x1b" };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct value v = { .type = VALUE_TEXT, .text = str_of(texts[i]), .secret = true };
        assert_false(type_check(&f, &v, STR(""), &d));
    }
    for (size_t i = 0; i < d.n; i++) {
        assert_null(strstr(d.items[i].message.p, "hunter"));
        assert_null(strstr(d.items[i].hint.p, "hunter"));
    }
    diags_release(&d);
}

static void test_unresolved(void **state)
{
    (void)state;
    struct diags d = { 0 };
    const struct field f = { .path = "/x", .type = &type_e164 };
    const struct value r = { .type = VALUE_REFERENCE, .text = STR("var:X") }, t = { .type = VALUE_FORMAT, .text = STR("{name}") };
    assert_true(type_check(&f, &r, STR(""), &d));
    assert_true(type_check(&f, &t, STR(""), &d));
    assert_int_equal(d.n, 0);
    assert_true(type_same(&f, &r, &r));
    assert_false(type_same(&f, &r, &t));
}

static void test_masked(void **state)
{
    (void)state;
    assert_true(type_masked(STR("***")));
    assert_true(type_masked(STR("xxxxx")));
    assert_true(type_masked(STR("**")));
    assert_false(type_masked(STR("xx")));
    assert_false(type_masked(STR("*x*")));
    assert_false(type_masked(STR("xxxa")));
    assert_false(type_masked(STR("")));
    assert_false(type_masked(STR("aaa")));
}

/* --- selections ---------------------------------------------------------------------------------- */

static const struct field number_rows[] = {
    { "/number", &type_e164 }, { "/numberId", &type_id }, { "/selected", &type_bool }, { 0 }
};
static const struct field selection = { .path = "/numbers", .type = &type_selection, .items = number_rows };

struct number { const char *number, *id; int selected; };  /* selected: -1 not stated */

static struct value *numbers(struct arena *a, const struct number *n, size_t count)
{
    struct value *list = ARENA_NEW(a, struct value);
    *list = (struct value){ .type = VALUE_LIST, .n = (uint32_t)count, .items = ARENA_ARRAY(a, count, struct value) };
    for (size_t i = 0; i < count; i++) {
        struct value *m = &list->items[i];
        *m = (struct value){ .type = VALUE_MAP, .items = ARENA_ARRAY(a, 3, struct value) };
        if (n[i].number)
            m->items[m->n++] = (struct value){ .type = VALUE_TEXT, .key = "number", .text = str_of(n[i].number) };
        if (n[i].id)
            m->items[m->n++] = (struct value){ .type = VALUE_TEXT, .key = "numberId", .text = str_of(n[i].id) };
        if (n[i].selected >= 0)
            m->items[m->n++] = (struct value){ .type = VALUE_BOOL, .key = "selected", .flag = n[i].selected };
    }
    return list;
}

static void test_selection(void **state)
{
    (void)state;
    auto_arena a = { 0 };
    const struct value *live = numbers(&a, (struct number[]){ { "+1 555-061-2978", "1", 1 }, { "+1 555-061-2979", "2", 0 } }, 2);
    static const struct { struct number want; bool same; } cases[] = {
        { { NULL, "1", -1 }, true },            { { "+15550612978", NULL, -1 }, true }, { { "+1 (555) 061 2978", "1", 1 }, true },
        { { NULL, "2", -1 }, false },           { { "+15550612979", NULL, 1 }, false }, { { NULL, "1", 0 }, false },
        { { NULL, "3", -1 }, false },           { { "+15550612978", "2", -1 }, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (type_same(&selection, numbers(&a, &cases[i].want, 1), live) != cases[i].same)
            fail_msg("case %zu", i);
    const struct value *both = numbers(&a, (struct number[]){ { NULL, "1", -1 }, { NULL, "2", 0 } }, 2);
    assert_true(type_same(&selection, both, live));
    assert_ptr_equal(selection_find(live, &both->items[1]), &live->items[1]);
    assert_null(selection_find(live, &numbers(&a, &cases[6].want, 1)->items[0]));
    assert_null(selection_find(NULL, &both->items[0]));
    assert_true(selection_selected(&both->items[0]));
    assert_false(selection_selected(&both->items[1]));
}

static void test_values(void **state)
{
    (void)state;
    auto_arena a = { 0 };
    struct value *list = numbers(&a, (struct number[]){ { "+15550612978", "1", 1 } }, 1), *copy = value_copy(&a, list);
    assert_true(value_equal(list, copy));
    assert_ptr_not_equal(list->items[0].items[0].text.p, copy->items[0].items[0].text.p);
    assert_false(value_is_secret(copy));
    copy->items[0].items[1].secret = true;
    assert_true(value_is_secret(copy));
    struct value *again = value_copy(&a, copy); /* secret text stays where it is locked */
    assert_ptr_equal(again->items[0].items[1].text.p, copy->items[0].items[1].text.p);
    copy->items[0].items[1].text = STR("2");
    assert_false(value_equal(list, copy));
    assert_true(value_equal(NULL, NULL));
    assert_false(value_equal(list, NULL));
    assert_null(value_copy(&a, NULL));
    assert_null(value_member(list, STR("number")));
    assert_true(str_is(value_member(&list->items[0], STR("numberId"))->text, "1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_and_wrong), cmocka_unit_test(test_same), cmocka_unit_test(test_nothing), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_secret), cmocka_unit_test(test_unresolved), cmocka_unit_test(test_masked), cmocka_unit_test(test_selection),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
