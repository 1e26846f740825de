/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which URLs name which origin, and which name none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "secret/trust.h"

static void check(const char *url, const char *want)
{
    struct origin o;
    struct err err = { 0 };
    auto_buf text = buf_init(512);
    if (origin_parse(str_of(url), &o, &err) < 0)
        buf_puts(&text, err.is == ERR_TRUST ? "TRUST" : err.is == ERR_CONFIG ? "CONFIG" : "?");
    else
        origin_text(&o, &text);
    if (!str_is(buf_str(&text), want))
        fail_msg("'%s' gave '%s', not '%s' (%s)", url, buf_str(&text).p, want, err.text);
}

static void test_reads(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "https://api.in.kaleyra.io", "https://api.in.kaleyra.io" },
        { "HTTPS://API.In.Kaleyra.IO:443/v1/x?y#z", "https://api.in.kaleyra.io" },
        { "http://localhost:8080?q", "http://localhost:8080" },
        { "http://a:80", "http://a" },
        { "https://a:80/", "https://a:80" },
        { "https://a_b-c.example#f", "https://a_b-c.example" },
        { "http://127.1/", "http://127.0.0.1" },
        { "http://0x7f.1", "http://127.0.0.1" },
        { "http://2130706433", "http://127.0.0.1" },
        { "http://0177.0.0.01:81", "http://127.0.0.1:81" },
        { "http://[::1]:81/x", "http://[::1]:81" },
        { "http://[0:0:0:0:0:0:0:1]", "http://[::1]" },
        { "https://[2001:DB8::1]", "https://[2001:db8::1]" },
        { "https://h/@/path:with/odd@things", "https://h" },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        check(rows[i][0], rows[i][1]);
}

static void test_refuses(void **state)
{
    (void)state;
    static const char *const malformed[] = {
        "", "https://", "https:///x", "https:/a", "a.example", "//a.example", "ftp://a", "file:///etc/passwd", "javascript:1", "https://user@a",
        "https://user:secret@a/x", "https://@a", "https://a\\@b", "https://a b", "https://a\r\nX: y", "https://a\tb", "https://a/\x7f",
        "https://a:", "https://a:0", "https://a:65536", "https://a:443x", "https://a:-1", "https://a:+1", "https://a..b", "https://.a",
        "https://a.", "https://a%2eb", "https://b\xc3\xbcro.example", "https://1.2.3.4.5", "https://1.2.3.256", "https://0x", "https://[::1",
        "https://[::1]x", "https://[::1]:", "https://[fe80::1%25eth0]", "https://[]", "https://[1.2.3.4]", "https://a,b", "https://*.a", "https://a:1:2",
    };
    for (size_t i = 0; i < COUNT(malformed); i++)
        check(malformed[i], "CONFIG");
    static const char *const local[] = {
        "http://169.254.169.254/latest", "http://0xa9fea9fe", "http://2852039166/", "http://169.254.1", "https://[fe80::1]",
        "https://[FEBF::1]", "https://[::ffff:169.254.169.254]", "https://[::169.254.169.254]",
        "http://[64:ff9b::a9fe:a9fe]", "http://[64:ff9b:1::a9fe:a9fe]", "http://[64:ff9b:1:2:3:4:a9fe:a9fe]", "http://[2002:a9fe:a9fe::1]",
        "http://[::ffff:0:a9fe:a9fe]", "http://[2001:0:1:2:3:4:5601:5601]",
    };
    for (size_t i = 0; i < COUNT(local); i++)
        check(local[i], "TRUST");
    struct origin o;
    struct err err = { 0 };
    assert_int_equal(origin_parse((struct str){ "https://a\0b", 11 }, &o, &err), -1);
}

/* An operator who writes a path may believe that it limits something. */
static void test_bare(void **state)
{
    (void)state;
    static const struct { const char *text; bool good; } rows[] = {
        { "https://a", true }, { "https://a/", true }, { "https://a:81", true }, { "http://[::1]:81/", true }, { "http://a:81/kaleyra", false },
        { "https://a?x", false }, { "https://a#x", false }, { "https://a//", false }, { "https://a/?", false }, { "HTTPS://a/x", false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct origin o;
        struct err err = { 0 };
        assert_int_equal(origin_parse_bare(str_of(rows[i].text), &o, &err), rows[i].good ? 0 : -1);
        assert_true(rows[i].good || (err.is == ERR_CONFIG && strstr(err.text, "would limit nothing")));
    }
}

/* What a user typed before an @ may be a password. */
static void test_never_repeats_passwords(void **state)
{
    (void)state;
    struct origin o;
    struct err err = { 0 };
    assert_int_equal(origin_parse(STR("https://me:hunter2@a.example"), &o, &err), -1);
    assert_null(strstr(err.text, "hunter2"));
    assert_non_null(strstr(err.text, "user name"));
}

static void test_same(void **state)
{
    (void)state;
    static const struct { const char *a, *b; bool same; } rows[] = {
        { "https://a", "https://A:443/x", true },   { "https://a", "http://a", false },  { "https://a", "https://a:8443", false },
        { "https://a", "https://b", false },        { "http://127.1", "http://127.0.0.1", true }, { "https://a", "https://a.b", false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct origin a, b;
        struct err err = { 0 };
        assert_int_equal(origin_parse(str_of(rows[i].a), &a, &err), 0);
        assert_int_equal(origin_parse(str_of(rows[i].b), &b, &err), 0);
        assert_int_equal(origin_same(&a, &b), rows[i].same);
    }
}

static void test_link_local(void **state)
{
    (void)state;
    static const struct { int family; const char *text; bool is; } rows[] = {
        { AF_INET, "169.254.169.254", true }, { AF_INET, "169.253.1.1", false }, { AF_INET, "127.0.0.1", false }, { AF_INET6, "fe80::1", true },
        { AF_INET6, "febf::1", true }, { AF_INET6, "fec0::1", false }, { AF_INET6, "::ffff:169.254.0.1", true }, { AF_INET6, "::1", false },
        { AF_INET6, "64:ff9b::169.254.0.1", true }, { AF_INET6, "64:ff9b::127.0.0.1", false }, { AF_INET6, "64:ff9c::169.254.0.1", false },
        { AF_INET6, "2002:a9fe:1::", true }, { AF_INET6, "2002:7f00:1::a9fe:1", false }, { AF_INET6, "2001:db8::a9fe:1", false },
        { AF_INET6, "2001:0:a9fe:1::1", false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct sockaddr_in in = { .sin_family = AF_INET };
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
        bool six = rows[i].family == AF_INET6;
        assert_int_equal(inet_pton(rows[i].family, rows[i].text, six ? (void *)&in6.sin6_addr : (void *)&in.sin_addr), 1);
        assert_int_equal(origin_link_local(six ? (struct sockaddr *)&in6 : (struct sockaddr *)&in), rows[i].is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads), cmocka_unit_test(test_refuses), cmocka_unit_test(test_never_repeats_passwords), cmocka_unit_test(test_same),
        cmocka_unit_test(test_link_local), cmocka_unit_test(test_bare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
