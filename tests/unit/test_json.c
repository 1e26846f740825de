/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our JSON reader takes and refuses what jansson's own does, and makes the same tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "wire/json.h"

static json_t *theirs(struct str text)
{
    json_error_t e;
    return json_loadb(text.p, text.n, JSON_DECODE_ANY, &e);
}

static void same(struct str text)
{
    size_t at = 0;
    auto_json *a = json_read(text, &at), *b = theirs(text);
    if (!a != !b)
        print_message("%s: %.*s\n", a ? "taken" : "refused", ARG(text));
    assert_int_equal(!a, !b);
    assert_true(!a || json_equal(a, b));
    assert_true(a || at <= text.n);
}

static const char *const texts[] = {
    "", " ", "{}", "[]", " [ ] ", "{\"a\":1}", "{\"a\":1,}", "[1,]", "[,1]", "{\"a\"}", "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\":1}x", "[1] [2]",
    "\"\"", "\"a", "\"\\u0041\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"", "\"\\ud83dx\"", "\"\\u12g4\"",
    "\"\\u00e9\\u20ac\\uFFFF\"", "\"\\x\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"tab\there\"", "\"\xc3\xa9\"", "\"\xc3\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"",
    "\"\xf4\x90\x80\x80\"", "\"\xf0\x9f\x98\x80\"", "\"\xc3\\u0041\xa9\"", "{\"\\u00e9\":1,\"\xc3\xa9\":2}", "{\"a\":1,\"a\":2}", "{\"\":0}", "\xef\xbb\xbf{}",
    "0", "-0", "-", "01", "00", "1.", ".5", "1.5", "-1.5e10", "1e5", "1E+5", "1e-5", "1e", "1e+", "1e400", "-1e400", "1e-400", "0.0", "-0.0", "+1", "1x", "0x1",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "NaN", "Infinity",
    "true", "false", "null", "tru", "truex", "true1", "nulls", "TRUE", "[true,false,null]", "[truefalse]", "{\"a\":{\"b\":[{\"c\":[]}]}}", "[[[[[[", "]]", "/**/1",
};

static void test_chosen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        same(str_of(texts[i]));
    same(STR("\"a\0b\""));
}

/* Here theirs looks away: a NUL between values is skipped. */
static void test_nul(void **state)
{
    size_t at = 0;
    (void)state;
    assert_null(json_read(STR("1\0"), &at));
    assert_int_equal(at, 1);
    assert_null(json_read(STR("\0"), &at));
    assert_null(json_read(STR("[1,\0" "2]"), &at));
}

static void test_deep(void **state)
{
    enum { MOST = 2100 };
    char text[2 * MOST];
    (void)state;
    for (size_t depth = 2040; depth < 2060; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        same((struct str){ text, 2 * depth });
        text[depth - 1] = '1';
        same((struct str){ text, 2 * depth - 1 });
    }
}

/* An answer like a provider's, with one to four bytes changed, taken out or doubled. */
static void test_mutated(void **state)
{
    static const char answer[] = "{ \"id\": \"a\\u00e9\\n\", \"n\": [1, -2.5e3, true, null, {\"k\": \"v\xc3\xa9\"}], \"error\": {}, \"pages\": 10, \"deep\": [[[\"x\"]]] }";
    static const char bytes[] = "\"\\{}[]:,0123456789eE.+-truefalsn \n\t\x01\xc3\xa9u";
    uint32_t chance = 20261102;
    (void)state;
    for (int i = 0; i < 60000; i++) {
        char text[sizeof answer + 8];
        size_t n = sizeof answer - 1;
        memcpy(text, answer, n);
        for (int changes = 1 + i % 4; changes > 0; changes--) {
            chance = chance * 1664525u + 1013904223u;
            size_t at = (chance >> 8) % n;
            char c = bytes[(chance >> 3) % (sizeof bytes - 1)];
            if (chance >> 30 == 0)
                memmove(text + at, text + at + 1, n-- - at - 1);
            else if (chance >> 30 == 1)
                memmove(text + at + 1, text + at, n++ - at);
            else
                text[at] = c;
        }
        /* a copy of its own, so that a look behind the end is seen */
        char *alone = malloc(n);
        memcpy(alone, text, n);
        same((struct str){ alone, n });
        free(alone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_chosen), cmocka_unit_test(test_nul), cmocka_unit_test(test_deep), cmocka_unit_test(test_mutated) };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
