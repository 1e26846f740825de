/* SPDX-License-Identifier: GPL-2.0-or-later */
/* YAML text to nodes: types, places, aliases, merge keys, and the limits. The words of findings are pinned by tests/invalid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "yaml/hide.h"
#include "yaml/yaml.h"

struct read {
    struct arena arena;
    struct diags diags;
    const struct node *root;
    size_t documents;
};

/* Reads all documents; root is the last one's. */
static struct read read_text(struct str text)
{
    struct read r = { 0 };
    struct yaml_reader *y = yaml_open(text, "x.yaml", &r.diags);
    for (const struct node *n; (n = yaml_next(y, &r.arena)); r.documents++)
        r.root = n;
    yaml_close(y);
    return r;
}

static void done(struct read *r)
{
    arena_release(&r->arena);
    diags_release(&r->diags);
}

/* The node at "a/b/0" below the root. */
static const struct node *at(const struct read *r, const char *path)
{
    const struct node *n = r->root;
    struct str rest = str_of(path), part;
    while (rest.n && n) {
        long index;
        (void)str_cut(rest, '/', &part, &rest);
        if (n->type == NODE_LIST && str_to_long(part, 0, 1000, &index)) {
            for (n = n->first; n && index; index--)
                n = n->next;
            continue;
        }
        const struct node *c = n->first;
        while (c && !str_eq(c->key, part))
            c = c->next;
        n = c;
    }
    return n;
}

static void assert_node(const struct read *r, const char *path, enum node_type type, const char *text)
{
    const struct node *n = at(r, path);
    if (!n)
        fail_msg("there is no %s", path);
    assert_int_equal(n->type, type);
    if (text)
        assert_true(str_is(n->text, text));
}

static void test_types(void **state)
{
    (void)state;
    static const struct { const char *text; enum node_type type; } cases[] = {
        { "a:", NODE_EMPTY },       { "a: null", NODE_NULL },  { "a: ~", NODE_NULL },      { "a: Null", NODE_NULL },
        { "a: NULL", NODE_NULL },   { "a: nULL", NODE_SCALAR }, { "a: 'null'", NODE_SCALAR }, { "a: \"~\"", NODE_SCALAR },
        { "a: true", NODE_BOOL },   { "a: false", NODE_BOOL }, { "a: True", NODE_SCALAR }, { "a: TRUE", NODE_SCALAR },
        { "a: 'true'", NODE_SCALAR }, { "a: yes", NODE_SCALAR }, { "a: 0123", NODE_SCALAR }, { "a: 1e3", NODE_SCALAR },
        { "a: ''", NODE_SCALAR },   { "a: !!str", NODE_SCALAR }, { "a: !!str null", NODE_SCALAR }, { "a: ! null", NODE_SCALAR },
        { "a: |\n  x", NODE_SCALAR }, { "a: []", NODE_LIST },  { "a: {}", NODE_MAP },      { "a: !!map {}", NODE_MAP },
        { "a: !!seq []", NODE_LIST }, { "a: !!int 1", NODE_BROKEN }, { "a: !x {}", NODE_BROKEN }, { "a: 2026-11-02", NODE_SCALAR },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct read r = read_text(str_of(cases[i].text));
        if (!at(&r, "a") || at(&r, "a")->type != cases[i].type)
            fail_msg("%s has type %d", cases[i].text, at(&r, "a") ? (int)at(&r, "a")->type : -1);
        assert_int_equal(r.diags.n, cases[i].type == NODE_BROKEN);
        done(&r);
    }
}

static void test_source_text(void **state)
{
    (void)state;
    struct read r = read_text(STR("a: 0123\nb: 1e3\nc: no\nd: '0x1F'\ne: \"\\u00e9\\n\"\nf: >-\n  two\n  lines\ng: 1234567890123456789012\n"));
    assert_int_equal(r.diags.n, 0);
    assert_node(&r, "a", NODE_SCALAR, "0123");
    assert_node(&r, "b", NODE_SCALAR, "1e3");
    assert_node(&r, "c", NODE_SCALAR, "no");
    assert_node(&r, "e", NODE_SCALAR, "é\n");
    assert_node(&r, "f", NODE_SCALAR, "two lines");
    assert_node(&r, "g", NODE_SCALAR, "1234567890123456789012");
    assert_false(at(&r, "a")->quoted);
    assert_true(at(&r, "d")->quoted);
    assert_true(at(&r, "f")->quoted);
    done(&r);
}

static void test_places(void **state)
{
    (void)state;
    /* a byte order mark takes no column, CRLF one line, each character one column */
    struct read r = read_text(STR("\xef\xbb\xbf" "ключ: значение\r\n日本: { x: 1, é: [2, 3] }\r\n"));
    assert_int_equal(r.diags.n, 0);
    assert_int_equal(at(&r, "ключ")->key_at.column, 1);
    assert_int_equal(at(&r, "ключ")->at.column, 7);
    assert_int_equal(at(&r, "日本")->key_at.line, 2);
    assert_int_equal(at(&r, "日本")->at.column, 5);
    assert_int_equal(at(&r, "日本/é")->key_at.column, 13);
    assert_int_equal(at(&r, "日本/é/1")->at.column, 20);
    assert_string_equal(at(&r, "日本")->at.file, "x.yaml");
    done(&r);
}

static void test_documents(void **state)
{
    (void)state;
    struct read r = read_text(STR("%YAML 1.2\n---\na: 1\n...\n# between\n---\n---\nb: 2\n"));
    assert_int_equal(r.diags.n, 0);
    assert_int_equal(r.documents, 3); /* the second is empty */
    assert_node(&r, "b", NODE_SCALAR, "2");
    done(&r);
    r = read_text((struct str){ 0 });
    assert_int_equal(r.documents, 0);
    assert_int_equal(r.diags.n, 0);
    done(&r);
    r = read_text(STR("a: 1\n---\nb: [\n---\nc: 3\n"));
    assert_int_equal(r.documents, 1); /* what stands before the mistake */
    assert_int_equal(r.diags.errors, 1);
    done(&r);
}

static void test_aliases(void **state)
{
    (void)state;
    struct read r = read_text(STR("a: &x { p: 1, q: [&y two, *y] }\nb: *x\nc: &x three\nd: *x\n"));
    assert_int_equal(r.diags.n, 0);
    assert_node(&r, "b/q/1", NODE_SCALAR, "two");
    assert_node(&r, "d", NODE_SCALAR, "three"); /* a later anchor of the same name */
    assert_int_equal(at(&r, "b")->at.line, 1);
    assert_int_equal(at(&r, "b")->key_at.line, 2);
    assert_int_equal(at(&r, "a")->size, 5);
    assert_int_equal(r.root->size, 13);
    assert_int_equal(r.root->height, 3);
    done(&r);
    r = read_text(STR("a: &x 1\n---\nb: *x\n"));
    assert_int_equal(r.diags.errors, 1); /* anchors end with their document */
    assert_string_equal(r.diags.items[0].code, "E110");
    done(&r);
}

static void test_merge(void **state)
{
    (void)state;
    struct read r = read_text(STR("one: &one { x: 1, y: 1 }\ntwo: &two { y: 2, z: 2 }\n"
                                  "m: { <<: [*one, *two], x: 0 }\nn: { y: 9, <<: *two }\no: { '<<': plain }\np: { <<: { x: 5 } }\n"));
    assert_int_equal(r.diags.n, 0);
    assert_node(&r, "m/x", NODE_SCALAR, "0");
    assert_node(&r, "m/y", NODE_SCALAR, "1");
    assert_node(&r, "m/z", NODE_SCALAR, "2");
    assert_true(at(&r, "m/z")->merged);
    assert_false(at(&r, "m/x")->merged);
    assert_node(&r, "n/y", NODE_SCALAR, "9");
    assert_int_equal(at(&r, "m")->n, 3);
    assert_node(&r, "o/<<", NODE_SCALAR, "plain");
    assert_node(&r, "p/x", NODE_SCALAR, "5");
    done(&r);
}

static void test_duplicates(void **state)
{
    (void)state;
    auto_buf b = buf_init(BUF_UNBOUNDED);
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "key%d: %d\n", i, i);
    buf_puts(&b, "\"key3\": again\nkey999: again\n");
    struct read r = read_text(buf_str(&b));
    assert_int_equal(r.diags.errors, 2);
    assert_int_equal(r.diags.items[0].at.line, 1001);
    assert_non_null(strstr(r.diags.items[0].message.p, "line 4"));
    assert_node(&r, "key3", NODE_SCALAR, "3");
    done(&r);
}

/* --- limits ------------------------------------------------------------------------------------ */

static const char *only_code(const struct read *r)
{
    assert_int_equal(r->diags.errors, 1);
    return r->diags.items[0].code;
}

static void test_depth(void **state)
{
    (void)state;
    auto_buf b = buf_init(BUF_UNBOUNDED);
    buf_pad(&b, '[', 100);
    buf_pad(&b, ']', 100);
    struct read r = read_text(buf_str(&b));
    assert_int_equal(r.diags.n, 0);
    assert_int_equal(r.root->height, 100);
    done(&r);
    buf_clear(&b);
    buf_pad(&b, '[', 200000);
    int64_t start = clock_mono_ms();
    r = read_text(buf_str(&b));
    assert_true(clock_mono_ms() - start < 500); /* libyaml alone takes minutes */
    assert_string_equal(only_code(&r), "E107");
    assert_int_equal(r.diags.items[0].at.column, 101);
    done(&r);
    static const char *const deep[] = { "- ", "? ", "{a: ", "[" };
    for (size_t i = 0; i < COUNT(deep); i++) {
        buf_clear(&b);
        for (int n = 0; n < 20000; n++)
            buf_puts(&b, deep[i]);
        r = read_text(buf_str(&b));
        assert_string_equal(only_code(&r), "E107");
        done(&r);
    }
}

static void test_nodes(void **state)
{
    (void)state;
    auto_buf b = buf_init(BUF_UNBOUNDED);
    for (int i = 0; i < YAML_MAX_NODES - 1; i++)
        buf_puts(&b, "- a\n");
    struct read r = read_text(buf_str(&b));
    assert_int_equal(r.diags.n, 0);
    assert_int_equal(r.root->size, YAML_MAX_NODES);
    done(&r);
    buf_puts(&b, "- b\n");
    r = read_text(buf_str(&b));
    assert_string_equal(only_code(&r), "E108");
    done(&r);
    buf_clear(&b);
    for (int i = 0; i < YAML_MAX_NODES - 1; i++)
        buf_printf(&b, "k%d: a\n", i);
    r = read_text(buf_str(&b));
    assert_int_equal(r.diags.n, 0);
    assert_int_equal(r.root->size, YAML_MAX_NODES);
    done(&r);
    /* the limit is of a document, not of a file */
    buf_clear(&b);
    for (int i = 0; i < 60000; i++)
        buf_puts(&b, "--- {a: 1}\n");
    r = read_text(buf_str(&b));
    assert_int_equal(r.diags.n, 0);
    assert_int_equal(r.documents, 60000);
    done(&r);
}

static void test_bombs(void **state)
{
    (void)state;
    auto_buf b = buf_init(BUF_UNBOUNDED);
    buf_puts(&b, "a: &a [1,2,3,4,5,6,7,8,9]\n");
    for (char c = 'b'; c < 'z'; c++)
        buf_printf(&b, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
    struct read r = read_text(buf_str(&b));
    assert_string_equal(only_code(&r), "E108");
    done(&r);
    buf_clear(&b); /* by merge keys: each map holds all keys of the one before and one more */
    buf_puts(&b, "m0: &m0 { k: 1 }\n");
    for (int i = 1; i < 2000; i++)
        buf_printf(&b, "m%d: &m%d { <<: *m%d, k%d: 1 }\n", i, i, i - 1, i);
    r = read_text(buf_str(&b));
    assert_string_equal(only_code(&r), "E108");
    done(&r);
}

/* 20,000 keys that an unkeyed FNV-1a puts into one slot of any table up to 2^18: found by joining blocks that map the low bits of its start
 * to themselves. */
static void test_colliding_keys(void **state)
{
    (void)state;
    enum { BLOCKS = 28, MANY = 20000 };
    char blocks[BLOCKS][5];
    size_t n = 0;
    const uint32_t mask = (1u << 18) - 1, start = 0x84222325u & mask;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (uint32_t i = 0; n < BLOCKS && i < 62u * 62 * 62 * 62; i++) {
        char word[5] = { letters[i % 62], letters[i / 62 % 62], letters[i / 62 / 62 % 62], letters[i / 62 / 62 / 62], '\0' };
        uint32_t h = start;
        for (size_t c = 0; c < 4; c++)
            h = ((h ^ (unsigned char)word[c]) * 0x1b3u) & mask;
        if (h == start)
            memcpy(blocks[n++], word, sizeof word);
    }
    assert_int_equal(n, BLOCKS);
    auto_buf b = buf_init(BUF_UNBOUNDED);
    for (size_t i = 0; i < MANY; i++) {
        for (size_t rest = i, k = 0; k < 3; k++, rest /= n)
            buf_puts(&b, blocks[rest % n]);
        buf_puts(&b, ": 1\n");
    }
    int64_t begin = clock_mono_ms();
    struct read r = read_text(buf_str(&b));
    assert_true(clock_mono_ms() - begin < 1000);
    assert_int_equal(r.diags.n, 0);
    assert_int_equal(r.root->n, MANY);
    done(&r);
}

static void test_size(void **state)
{
    (void)state;
    auto_buf b = buf_init(BUF_UNBOUNDED);
    buf_puts(&b, "a: ");
    buf_pad(&b, 'x', YAML_MAX_FILE - b.n);
    struct read r = read_text(buf_str(&b));
    assert_int_equal(r.diags.n, 0);
    assert_int_equal(at(&r, "a")->text.n, YAML_MAX_FILE - 3);
    done(&r);
    buf_char(&b, 'x');
    r = read_text(buf_str(&b));
    assert_string_equal(only_code(&r), "E103");
    done(&r);
}

static void test_bad_bytes(void **state)
{
    (void)state;
    static const struct { struct str text; const char *code; uint32_t line, column; } cases[] = {
        { STR("a: 1\nbé: \xff\n"), "E105", 2, 5 },        { STR("a: \xc3("), "E105", 1, 4 },
        { STR("a: \xe2\x82"), "E105", 1, 4 },             { STR("a: \xc0\x80"), "E105", 1, 4 },
        { STR("a: \xed\xa0\x80"), "E105", 1, 4 },         { STR("a: \xf4\x90\x80\x80"), "E105", 1, 4 },
        { STR("a: 1\nb: x\0y"), "E106", 2, 5 },            { STR("a: \x1b[2J"), "E106", 1, 4 },
        { STR("a: \x7f"), "E106", 1, 4 },                  { STR("a: \"\\0\""), "E106", 1, 4 },
        { STR("a: 1\rb: 2\n"), "E106", 1, 5 },             { STR("a: x\xc2\x85y"), "E106", 1, 5 },
        { STR("a: x\xe2\x80\xa8y"), "E106", 1, 5 },        { STR("a: x\xe2\x80\xa9y"), "E106", 1, 5 },
        { STR("\xff\xfe" "a\0"), "E105", 1, 1 },           { STR("\xfe\xff\0a"), "E105", 1, 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct read r = read_text(cases[i].text);
        if (r.diags.n != 1 || strcmp(r.diags.items[0].code, cases[i].code) != 0 || r.diags.items[0].at.line != cases[i].line ||
            r.diags.items[0].at.column != cases[i].column)
            fail_msg("case %zu: %zu findings, %s at %u:%u", i, r.diags.n, r.diags.n ? r.diags.items[0].code : "", r.diags.items[0].at.line,
                     r.diags.items[0].at.column);
        done(&r);
    }
}

/* What a line may show: names decide. */
static void test_hide_names(void **state)
{
    (void)state;
    static const char *const secret[] = { "api_key", "KAPSO_API_KEY", "kaleyra_key", "apiKey", "apikey", "keys", "accessToken2", "db-password", "Auth Token",
                                          "client.secret", "credentials", "auth", "AUTHORIZATION", "keyId" };
    static const char *const plain[] = { "about", "wa_number", "From", "author", "keyboard", "sid", "name", "", "monkeys_away" };
    for (size_t i = 0; i < COUNT(secret); i++)
        if (!hide_key(str_of(secret[i])))
            fail_msg("'%s' would be shown", secret[i]);
    for (size_t i = 0; i < COUNT(plain); i++)
        if (hide_key(str_of(plain[i])) != (strcmp(plain[i], "monkeys_away") == 0)) /* rather too much */
            fail_msg("'%s' is taken for a secret", plain[i]);
}

static void test_hide_lines(void **state)
{
    (void)state;
    static const struct { const char *text; uint32_t line; bool broken, hidden; } cases[] = {
        { "api_key: |\n  one\n  two: x\nabout: y\n", 2, false, true },
        { "api_key: |\n  one\n  two: x\nabout: y\n", 3, false, true },
        { "api_key: |\n  one\n  two: x\nabout: y\n", 4, true, false },
        { "api_key:\n  one\n", 2, false, true },
        { "api_key:\n  from: env:X\n", 2, false, false },
        { "api_key: { from: env:X }\nabout\n", 2, true, false },
        { "auth:\n  basic:\n    password: >\n      one\n", 4, false, true },
        { "auth:\n  basic:\n    password: >\n      one\n    username: x\n", 5, true, false },
        { "api_key: >\none\n", 2, true, true },
        { "api_key: >\none\n", 2, false, false },
        { "api_key: >\n---\none\n", 3, true, false },
        { "about: x\none\n", 2, true, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (hide_line(str_of(cases[i].text), cases[i].line, cases[i].broken) != cases[i].hidden)
            fail_msg("line %u of:\n%s", cases[i].line, cases[i].text);
    assert_false(hide_line(STR("a"), 0, true) || hide_line(STR("a"), 9, true) || hide_line((struct str){ 0 }, 1, true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types), cmocka_unit_test(test_source_text), cmocka_unit_test(test_places), cmocka_unit_test(test_documents),
        cmocka_unit_test(test_aliases), cmocka_unit_test(test_merge), cmocka_unit_test(test_duplicates), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_nodes), cmocka_unit_test(test_bombs), cmocka_unit_test(test_colliding_keys), cmocka_unit_test(test_size), cmocka_unit_test(test_bad_bytes), cmocka_unit_test(test_hide_names), cmocka_unit_test(test_hide_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
