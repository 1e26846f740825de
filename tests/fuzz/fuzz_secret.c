/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Foreign text against the vault, references out of documents, and records out of a state that somebody edited. The first byte chooses. What scrub
 * lets through must not hold a secret, in any encoding that the vault knows.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "secret/reference.h"
#include "secret/vault.h"
#include "store/inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

/* Whatever surrounds it, a planted secret goes; the rest is cut out of the text as it was. */
static void scrub(struct str s)
{
    static const char *const forms[] = { "k?>~s3cr\"t/\xc3\xb6", "k?>~s3cr\\\"t\\/\\u00f6", "k%3F%3e~s3cr%22t%2F%C3%B6", "6b3f3e7e7333637222742FC3B6" };
    static struct vault *v;
    struct err err;
    if (!v) {
        check(vault_new(&v, &err) == 0);
        (void)vault_keep(v, str_of(forms[0]));
        (void)vault_keep(v, STR("second secret"));
        (void)vault_keep(v, STR("\x01\x02"));
    }
    auto_buf out = buf_init(BUF_UNBOUNDED), planted = buf_init(BUF_UNBOUNDED), clean = buf_init(BUF_UNBOUNDED);
    vault_scrub(v, &out, s);
    check(str_eq(buf_str(&out), s) == !vault_leaks(v, s));
    size_t half = s.n / 2;
    buf_add(&planted, str_head(s, half));
    buf_printf(&planted, " \"%s\" ", forms[s.n % COUNT(forms)]);
    buf_add(&planted, str_skip(s, half));
    vault_scrub(v, &clean, buf_str(&planted));
    check(vault_leaks(v, buf_str(&planted)) && str_find(buf_str(&clean), STR("(secret)")) >= 0);
    check(str_find(buf_str(&clean), str_of(forms[s.n % COUNT(forms)])) < 0);
}

static void references(struct str s)
{
    struct reference r;
    struct problem problem;
    auto_arena a = { 0 };
    char *words[EXEC_MAX_ARGS + 1];
    struct str path;
    if (reference_parse(s, &r, &problem)) {
        check(r.rest.n > 0);
        if (r.scheme == SCHEME_EXEC) {
            check(reference_split(r.rest, &a, words) && words[0]);
            for (size_t i = 0; words[i]; i++)
                check(i < EXEC_MAX_ARGS && strlen(words[i]) <= r.rest.n);
        }
        if (r.scheme == SCHEME_FILE && reference_path(r.rest, "trees/a.yaml", &a, &path))
            check(path.p[0] == '/' && str_find(path, STR("/../")) < 0);
    } else {
        check(problem.what[0] && problem.mend[0]);
    }
}

static void records(struct str s)
{
    auto_arena a = { 0 };
    auto_buf out = buf_init(BUF_UNBOUNDED), again = buf_init(BUF_UNBOUNDED);
    struct record r = { .n = 0 }, back = { .n = 0 };
    struct err err;
    if (!fields_read(s, &a, &r.fields, &r.n) || fields_write(&out, &r, &err))
        return;
    check(fields_read(buf_str(&out), &a, &back.fields, &back.n) && back.n == r.n); /* what we write we read, and it stays as it is */
    check(fields_write(&again, &back, &err) == 0 && str_eq(buf_str(&again), buf_str(&out)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const targets[])(struct str) = { scrub, references, records };
    if (size)
        targets[data[0] % COUNT(targets)]((struct str){ (const char *)data + 1, size - 1 });
    return 0;
}
