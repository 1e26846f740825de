/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeping secrets, finding them again in whatever encoding, and fingerprints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <ctype.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/mem.h"
#include "secret/vault.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

static struct vault *fresh(void)
{
    struct vault *v;
    struct err err = { 0 };
    assert_int_equal(vault_new(&v, &err), 0);
    return v;
}

static void scrubs(const struct vault *v, const char *text, const char *want)
{
    auto_buf out = buf_init(BUF_UNBOUNDED);
    vault_scrub(v, &out, str_of(text));
    if (!str_is(buf_str(&out), want))
        fail_msg("'%s' became '%s', not '%s'", text, buf_str(&out).p, want);
    assert_int_equal(vault_leaks(v, str_of(text)), strcmp(text, want) != 0);
}

static void test_keeps(void **state)
{
    (void)state;
    struct vault *v = fresh();
    struct str a = vault_keep(v, STR("correct horse")), again = vault_keep(v, STR("correct horse")), other = vault_keep(v, STR("battery"));
    assert_ptr_equal(a.p, again.p);
    assert_ptr_not_equal(a.p, other.p);
    assert_string_equal(a.p, "correct horse");
    /* many chunks; old pointers stay good */
    auto_free char *large = mem_alloc(300000);
    memset(large, 'x', 299999);
    assert_string_equal(vault_keep(v, str_of(large)).p, large);
    for (int i = 0; i < 20000; i++) {
        char text[32];
        int n = snprintf(text, sizeof text, "secret-number-%d", i);
        assert_string_equal(vault_keep(v, (struct str){ text, (size_t)n }).p, text);
    }
    assert_string_equal(a.p, "correct horse");
    scrubs(v, "is it secret-number-17777 or secret-number-none?", "is it (secret) or secret-number-none?");
    vault_free(v);
    vault_free(NULL);
}

static void test_raw_and_escaped(void **state)
{
    (void)state;
    struct vault *v = fresh();
    (void)vault_keep(v, STR("pa\"ss/wö\\rd\xf0\x9f\x98\x80!"));
    static const char *const forms[] = {
        "pa\"ss/wö\\rd\xf0\x9f\x98\x80!",                                          /* raw */
        "pa\\\"ss/wö\\\\rd\xf0\x9f\x98\x80!",                                      /* JSON, as little as needed */
        "pa\\\"ss\\/w\\u00f6\\\\rd\\ud83d\\ude00!",                                /* JSON, as PHP and Python write it */
        "p\\u0061\\u0022ss\\u002Fw\\u00F6\\u005crd\\uD83D\\uDE00\\u0021",          /* JSON, everything it can */
        "pa\\\\\\\"ss\\\\\\/w\\\\u00f6\\\\\\\\rd\\\\ud83d\\\\ude00!",              /* JSON in JSON */
        "pa%22ss%2Fw%C3%B6%5Crd%F0%9F%98%80%21", "pa%22ss%2fw%c3%b6%5crd%f0%9f%98%80!", "pa%22ss/w%C3%B6%5crd%F0%9F%98%80!",
        "%70%61%22%73%73%2f%77%c3%b6%5c%72%64%f0%9f%98%80%21",
    };
    for (size_t i = 0; i < COUNT(forms); i++) {
        auto_buf text = buf_init(1000);
        buf_printf(&text, "{\"error\":\"bad %s here\"}", forms[i]);
        scrubs(v, buf_str(&text).p, "{\"error\":\"bad (secret) here\"}");
    }
    scrubs(v, "pa\"ss/wö\\rd", "pa\"ss/wö\\rd");
    scrubs(v, "", "");
    scrubs(v, "\\", "\\");
    scrubs(v, "\\u00", "\\u00");
    scrubs(v, "%2", "%2");
    scrubs(v, "\\ud83d\\u0041 %zz %", "\\ud83d\\u0041 %zz %");
    vault_free(v);
}

static void test_form_blank(void **state)
{
    (void)state;
    struct vault *v = fresh();
    (void)vault_keep(v, STR("two words & more"));
    scrubs(v, "a=two+words+%26+more&b=1", "a=(secret)&b=1");
    scrubs(v, "a=two%20words%20%26%20more&b=1", "a=(secret)&b=1");
    vault_free(v);
}

/* Any position in a base64 or hexadecimal text, with any neighbours. */
static void encoded(const struct vault *v, const char *before, const char *secret, const char *after, int variant)
{
    auto_buf plain = buf_init(1000), text = buf_init(4000), out = buf_init(4000);
    buf_printf(&plain, "%s%s%s", before, secret, after);
    char coded[1000];
    const unsigned char *bytes = (const unsigned char *)buf_str(&plain).p;
    if (variant >= 0) {
        assert_non_null(sodium_bin2base64(coded, sizeof coded, bytes, plain.n, variant));
    } else {
        (void)sodium_bin2hex(coded, sizeof coded, bytes, plain.n);
        for (char *p = coded; variant == -2 && *p; p++)
            *p = (char)toupper((unsigned char)*p);
    }
    buf_printf(&text, "token \"%s\".", coded);
    vault_scrub(v, &out, buf_str(&text));
    if (!vault_leaks(v, buf_str(&text)) || str_find(buf_str(&out), STR("(secret)")) < 0)
        fail_msg("'%s' (%s) was not found", coded, buf_str(&plain).p);
    /* what is left does not give it back */
    auto_buf again = buf_init(4000);
    vault_scrub(v, &again, buf_str(&out));
    assert_string_equal(buf_str(&again).p, buf_str(&out).p);
    assert_true(str_starts(buf_str(&out), STR("token \"")) && str_ends(buf_str(&out), STR("\".")));
}

static void test_encoded(void **state)
{
    (void)state;
    static const int variants[] = {
        sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING, sodium_base64_VARIANT_URLSAFE,
        sodium_base64_VARIANT_URLSAFE_NO_PADDING, -1, -2,
    };
    static const char *const before[] = { "", "u", "us", "use", "user:", "waconf-user:" }, *const after[] = { "", "x", "yy", ", and more" };
    static const char *const secrets[] = { "four", "k?>~\xc3\xbf\xc3\xbe?>", "a-much-longer-secret-0123456789" };
    for (size_t s = 0; s < COUNT(secrets); s++) {
        struct vault *v = fresh();
        (void)vault_keep(v, str_of(secrets[s]));
        for (size_t i = 0; i < COUNT(variants) * COUNT(before) * COUNT(after); i++)
            encoded(v, before[i / COUNT(variants) % COUNT(before)], secrets[s], after[i / COUNT(variants) / COUNT(before)],
                    variants[i % COUNT(variants)]);
        vault_free(v);
    }
}

static void test_nested(void **state)
{
    (void)state;
    struct vault *v = fresh();
    (void)vault_keep(v, STR("s?\?>>secret~~"));
    /* "s??>>secret~~" in base64 is cz8/Pj5zZWNyZXR+fg== */
    scrubs(v, "cz8/Pj5zZWNyZXR+fg==", "(secret)==");
    scrubs(v, "cz8_Pj5zZWNyZXR-fg", "(secret)");
    scrubs(v, "{\"t\":\"cz8\\/Pj5zZWNyZXR+fg==\"}", "{\"t\":\"(secret)==\"}");    /* JSON with escaped slashes */
    scrubs(v, "t=cz8%2FPj5zZWNyZXR%2Bfg%3D%3D&u", "t=(secret)%3D%3D&u");          /* in a form */
    scrubs(v, "\"s%3F%3F%3E%3Esecret~~\\u0022", "\"(secret)\\u0022");             /* an URL in JSON */
    vault_free(v);
}

static void test_short(void **state)
{
    (void)state;
    struct vault *v = fresh();
    (void)vault_keep(v, STR("abc"));
    (void)vault_keep(v, STR("7"));
    scrubs(v, "abcabc xabcx 1770 ab c", "(secret) x(secret)x 1(secret)0 ab c");
    scrubs(v, "YWJj 616263 \\u0061bc", "YWJj 616263 \\u0061bc"); /* as they are, and nowhere else */
    vault_free(v);
}

static void test_overlap(void **state)
{
    (void)state;
    struct vault *v = fresh();
    (void)vault_keep(v, STR("abcdefgh"));
    (void)vault_keep(v, STR("abcd"));
    (void)vault_keep(v, STR("ghijkl"));
    scrubs(v, "-abcdefghijkl-abcde-", "-(secret)-(secret)e-");
    vault_free(v);
}

static void test_derived(void **state)
{
    (void)state;
    struct vault *v = fresh();
    struct str header = vault_derive(v, STR("Bearer 0123456789abcdef"));
    assert_string_equal(header.p, "Bearer 0123456789abcdef");
    assert_ptr_equal(vault_derive(v, STR("Bearer 0123456789abcdef")).p, header.p);
    scrubs(v, "you sent Bearer 0123456789abcdef, and token=0123456789abcdef.", "you sent (secret), and token=(secret).");
    vault_free(v);
}

static void test_nothing(void **state)
{
    (void)state;
    struct vault *v = fresh();
    scrubs(v, "nothing to hide", "nothing to hide");
    scrubs(NULL, "no vault", "no vault");
    vault_free(v);
}

/* Every other process may find what swapping wrote; so a system that refuses to lock must be told of. */
static void test_unlocked(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    skip(); /* its mlock() does nothing and always succeeds */
#endif
    pid_t child = fork();
    if (!child) {
        struct rlimit none = { 0, 0 };
        (void)setrlimit(RLIMIT_MEMLOCK, &none);
        if (geteuid() == 0 && setresuid(65534, 65534, 65534))
            _exit(3);
        struct vault *v = fresh();
        bool before = vault_locked(v);
        struct str kept = vault_keep(v, STR("still kept"));
        _exit(!before ? 4 : strcmp(kept.p, "still kept") ? 5 : vault_locked(v) ? 6 : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_fast(void **state)
{
    (void)state;
    struct vault *v = fresh();
    for (int i = 0; i < 2000; i++) {
        char text[64];
        int n = snprintf(text, sizeof text, "EAAGtoken-%d-abcdefghijklmnopqrstuvwxyz", i * 7919);
        (void)vault_keep(v, (struct str){ text, (size_t)n });
    }
    auto_buf text = buf_init(1 << 20), out = buf_init(1 << 21);
    while (text.n + 64 < (64 << 10))
        buf_puts(&text, "{\"code\":\"E\\u0041\",\"url\":\"https:\\/\\/a%20b\",\"d\":\"0123abcdEAAGtok\"},");
    struct timespec a, b;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    vault_scrub(v, &out, buf_str(&text));
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    int64_t us = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
    print_message("# 64 KiB against 2000 secrets: %ld us\n", (long)us);
    assert_true(us < 2000000); /* far above what it takes, far below a search per secret and form */
    assert_string_equal(buf_str(&out).p, buf_str(&text).p);
    vault_free(v);
}

static void test_fingerprints(void **state)
{
    (void)state;
    struct vault_key a, b, none = { 0 };
    char x[VAULT_PRINT], y[VAULT_PRINT], z[VAULT_PRINT], digest[VAULT_DIGEST];
    vault_key_from_text(STR("a text of thirty-two bytes or so"), &a);
    vault_key_from_text(STR("another text of thirty-two bytes"), &b);
    assert_true(a.set && strlen(a.id) == 16 && strcmp(a.id, b.id));
    vault_print(&a, STR("secret"), x);
    vault_print(&a, STR("secret"), y);
    vault_print(&b, STR("secret"), z);
    assert_string_equal(x, y);
    assert_string_not_equal(x, z);
    vault_print(&a, STR("secret2"), y);
    assert_string_not_equal(x, y);
    vault_print(&none, STR("secret"), y);
    assert_string_equal(y, "");
    vault_digest(STR("abc"), digest);
    /* BLAKE2b-128 of "abc", from python3: hashlib.blake2b(b"abc", digest_size=16) */
    assert_string_equal(digest, "cf4ab791c62b8d2b2109c90275287816");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps), cmocka_unit_test(test_raw_and_escaped), cmocka_unit_test(test_form_blank), cmocka_unit_test(test_encoded),
        cmocka_unit_test(test_nested), cmocka_unit_test(test_short), cmocka_unit_test(test_overlap), cmocka_unit_test(test_derived),
        cmocka_unit_test(test_nothing), cmocka_unit_test(test_unlocked), cmocka_unit_test(test_fast), cmocka_unit_test(test_fingerprints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
