/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A value in a URL stays in its place, whatever it holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "http/url.h"

struct pair { const char *name, *value; };

static struct str look(void *ctx, struct str name)
{
    for (const struct pair *p = ctx; p->name; p++)
        if (str_is(name, p->name))
            return str_of(p->value);
    return (struct str){ 0 };
}

static void test_expands(void **state)
{
    (void)state;
    static const struct { const char *template, *base, *sid, *want; } rows[] = {
        { "{base_url}/v1/{sid}/whatsapp/number", "https://api.in.kaleyra.io", "HX1", "https://api.in.kaleyra.io/v1/HX1/whatsapp/number" },
        { "{base_url}/v1/{sid}", "https://h/ctx/", "HX1", "https://h/ctx/v1/HX1" },
        { "{base_url}/v1/{sid}", "https://h//", "a b", "https://h/v1/a%20b" },
        { "{base_url}/{sid}/x", "https://h", "a/../b?c#d%2f", "https://h/a%2F..%2Fb%3Fc%23d%252f/x" },
        { "{base_url}?q={sid}", "https://h/", "a&b=c+\r\n", "https://h/?q=a%26b%3Dc%2B%0D%0A" },
        { "{base_url}/{sid}", "https://h", "z\xc3\xbc\x7f", "https://h/z%C3%BC%7F" },
        { "{base_url}/{sid}", "https://h", "...", "https://h/..." },
        { "https://h/{base_url}", "https://evil", "", "https://h/https%3A%2F%2Fevil" },
        { "{base_url}", "https://h/x?y", "", "https://h/x?y" },
        { "https://h/plain", "", "", "https://h/plain" },
        { "", "", "", "" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pair pairs[] = { { "base_url", rows[i].base }, { "sid", rows[i].sid }, { 0 } };
        struct err err = { 0 };
        auto_buf out = buf_init(4096);
        if (url_expand(rows[i].template, look, pairs, &out, &err) < 0)
            fail_msg("'%s': %s", rows[i].template, err.text);
        assert_string_equal(buf_str(&out).p, rows[i].want);
    }
}

static void test_refuses(void **state)
{
    (void)state;
    static const struct { const char *template, *value; enum err_class is; const char *text; } rows[] = {
        { "https://h/{other}", "x", ERR_CONFIG, "'other', which is not set" },
        { "https://h/{id}", "", ERR_CONFIG, "'id', which is empty" },
        { "https://h/{id}/x", "..", ERR_CONFIG, "'id' is '..'" },
        { "https://h/{id}", ".", ERR_CONFIG, "'id' is '.'" },
        { "{id}/x", "https://h?a=", ERR_CONFIG, "'?' or '#'" },
        { "{id}/x", "https://h#", ERR_CONFIG, "'?' or '#'" },
        { "https://h/{id", "x", ERR_BUG, "does not close" },
        { "https://h/{id}", "0123456789012345678901234567890123456789", ERR_CONFIG, "too long" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pair pairs[] = { { "id", rows[i].value }, { 0 } };
        struct err err = { 0 };
        auto_buf out = buf_init(40);
        assert_int_equal(url_expand(rows[i].template, look, pairs, &out, &err), -1);
        assert_int_equal(err.is, rows[i].is);
        if (!strstr(err.text, rows[i].text))
            fail_msg("'%s' is not in '%s'", rows[i].text, err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_expands), cmocka_unit_test(test_refuses) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
