/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans built by hand, in all three forms, byte for byte against tests/render/. After a wanted change of a form, look at the
 * difference and run with RENDER_GOLDEN=write to take it over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/mem.h"
#include "sync/render.h"
#include "wire/json.h"

#include "render_scenes.h"

typedef void (*scene)(struct plan *p, struct diags *d);
enum { PLAIN = 0, COLOR = 1, QUIET = 2, VERBOSE = 4, APPLIED = 8, NO_PLAN = 16, NARROW = 32 };
static const struct { const char *name; scene make; unsigned how; } scenes[] = {
    { "contract", scene_contract, PLAIN },          { "contract-verbose", scene_contract, VERBOSE },
    { "contract-color", scene_contract, COLOR },    { "whys", scene_whys, PLAIN },
    { "whys-color", scene_whys, COLOR },            { "whys-quiet", scene_whys, QUIET },
    { "outcomes", scene_outcomes, APPLIED },        { "outcomes-plan", scene_outcomes, PLAIN },
    { "in-sync", scene_in_sync, PLAIN },            { "in-sync-verbose", scene_in_sync, VERBOSE },
    { "expired", scene_expired, PLAIN },
    { "hostile", scene_hostile, PLAIN },            { "hostile-verbose", scene_hostile, VERBOSE },
    { "mixed", scene_mixed, PLAIN },                { "mixed-verbose", scene_mixed, VERBOSE },
    { "mixed-narrow", scene_mixed, NARROW },        { "empty", scene_empty, PLAIN },
    { "long", scene_long, PLAIN },
    { "wide", scene_wide, PLAIN },                  { "no-plan", scene_hostile, NO_PLAN },
};

/* --- judging ----------------------------------------------------------------------------------- */

enum form { HUMAN, JSON, MARKDOWN, FORMS };
static const char *const endings[FORMS] = { "txt", "json", "md" };

static struct plan plan_of(scene make, struct diags *d, size_t room)
{
    struct plan p = { .complete = true };
    p.changes = ARENA_ARRAY(&p.arena, room, struct change);
    make(&p, d);
    assert_true(p.n <= room);
    plan_count(&p);
    return p;
}

static void render(enum form form, const struct plan *p, const struct diags *d, unsigned how, FILE *out)
{
    struct render_options o = { .color = how & COLOR, .quiet = how & QUIET, .verbose = how & VERBOSE, .applied = how & APPLIED,
                                .width = how & NARROW ? 80 : 0 };
    if (form == HUMAN)
        render_human(p, d, &o, out);
    else if (form == JSON)
        render_json(p, d, out);
    else
        render_markdown(p, d, &o, out);
}

/* The caller frees it. */
static char *rendered(size_t i, enum form form)
{
    struct diags d = { 0 };
    struct plan p = plan_of(scenes[i].make, &d, 16);
    char *made = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&made, &size);
    render(form, scenes[i].how & NO_PLAN ? NULL : &p, &d, scenes[i].how, out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(made), size);
    plan_release(&p);
    diags_release(&d);
    return made;
}

/* The folder of the golden files lies beside that of this file. */
static void golden_path(char path[512], const char *name, const char *ending)
{
    const char *slash = strrchr(__FILE__, '/');
    (void)snprintf(path, 512, "%.*s/../render/%s.%s", (int)(slash - __FILE__), __FILE__, name, ending);
}

static void compare(const char *made, const char *name, const char *ending)
{
    char path[512];
    const char *mode = getenv("RENDER_GOLDEN");
    golden_path(path, name, ending);
    auto_file f = fopen(path, mode && strcmp(mode, "write") == 0 ? "w+" : "r");
    if (!f)
        fail_msg("there is no %s", path);
    if (mode && strcmp(mode, "write") == 0) {
        (void)fputs(made, f);
        rewind(f);
    }
    auto_free char *want = mem_alloc(1 << 20);
    size_t n = fread(want, 1, (1 << 20) - 1, f);
    if (strlen(made) != n || memcmp(made, want, n) != 0)
        fail_msg("%s.%s differs. It is now:\n%s", name, ending, made);
}

static void test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scenes); i++)
        for (enum form form = 0; form < FORMS; form++) {
            if (form == JSON && scenes[i].how & (COLOR | QUIET | VERBOSE | NARROW))
                continue; /* JSON has no options */
            auto_free char *made = rendered(i, form);
            compare(made, scenes[i].name, endings[form]);
        }
}

static void test_twice_is_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scenes); i++)
        for (enum form form = 0; form < FORMS; form++) {
            auto_free char *one = rendered(i, form);
            auto_free char *two = rendered(i, form);
            assert_string_equal(one, two);
        }
}

static void test_no_secret_comes_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scenes); i++)
        for (enum form form = 0; form < FORMS; form++) {
            auto_free char *made = rendered(i, form);
            if (strstr(made, "canary"))
                fail_msg("%s.%s shows a secret:\n%s", scenes[i].name, endings[form], made);
        }
}

/* No byte that somebody else wrote may act: whatever the form, only our newlines and printable characters come out. */
static void test_nothing_acts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scenes); i++)
        for (enum form form = 0; form < FORMS; form++) {
            if (scenes[i].how & COLOR && form == HUMAN)
                continue;
            auto_free char *made = rendered(i, form);
            struct str s = str_of(made);
            assert_true(utf8_valid(s));
            for (size_t at = 0; at < s.n;) {
                uint32_t c = utf8_next(s, &at);
                if (escape_is_mark(c) || c == 0x7f || (c < 0x20 && c != '\n'))
                    fail_msg("%s.%s holds U+%04X", scenes[i].name, endings[form], (unsigned)c);
            }
        }
}

/* A line begins with our own words: never with what a runner takes for a command. */
static void test_no_line_begins_with_foreign_text(void **state)
{
    (void)state;
    static const char *const evil[] = { "::", "##", "---", "```", "~~~", "@", "[", "evil", "#1", "|| " };
    for (enum form form = 0; form < FORMS; form++) {
        size_t i = 0;
        while (strcmp(scenes[i].name, "hostile-verbose") != 0)
            assert_true(++i < COUNT(scenes));
        auto_free char *made = rendered(i, form);
        for (char *line = strtok(made, "\n"); line; line = strtok(NULL, "\n")) {
            line += strspn(line, " ");
            for (size_t e = 0; e < COUNT(evil); e++)
                if (strncmp(line, evil[e], strlen(evil[e])) == 0 && strncmp(line, "### ", 4) != 0 && strncmp(line, "evil.yaml:", 10) != 0)
                    fail_msg("%s has the line: %s", endings[form], line);
        }
    }
}

/* --- JSON -------------------------------------------------------------------------------------- */

static void test_json_says_all_of_it(void **state)
{
    (void)state;
    struct diags d = { 0 };
    struct plan p = plan_of(scene_hostile, &d, 16);
    char *made = NULL;
    size_t size = 0;
    struct err err = { 0 };
    FILE *out = open_memstream(&made, &size);
    render_json(&p, &d, out);
    assert_int_equal(fclose(out), 0);
    auto_json *j = json_of_text((struct str){ made, size }, &err);
    assert_non_null(j);
    auto_json *want = json_of_str(STR(HOSTILE));
    assert_true(json_equal(json_at(j, "/changes/0/fields/0/before"), want));
    assert_true(json_equal(json_at(j, "/changes/0/fields/0/after/0"), want));
    free(made);
    plan_release(&p);
    diags_release(&d);
}

/* An outside judge reads the schema and all JSON that we keep as golden files, and broken copies of them. */
static void test_schema(void **state)
{
    (void)state;
    char directory[] = "/tmp/render.XXXXXX", schema[64], script[512], command[1200];
    assert_non_null(mkdtemp(directory));
    (void)snprintf(schema, sizeof schema, "%s/schema.json", directory);
    auto_json *j = render_json_schema();
    assert_non_null(j);
    assert_int_equal(json_dump_file(j, schema, JSON_INDENT(2)), 0);
    golden_path(script, "judge_schema", "py");
    (void)snprintf(command, sizeof command, "/usr/bin/python3 '%s' '%s'", script, schema);
    int status = system(command);
    (void)unlink(schema);
    (void)rmdir(directory);
    assert_int_equal(status, 0);
}

/* --- many -------------------------------------------------------------------------------------- */

enum { MANY = 10000 };

static void scene_many(struct plan *p, struct diags *d)
{
    for (size_t i = 0; i < MANY; i++) {
        struct str name = arena_printf(&p->arena, "kaleyra/NumberProfile/number-%05zu", i);
        field(object(p, name.p, ACTION_UPDATE, OUTCOME_PLANNED), ABOUT, WHY_EDITED, text(p, "a"), text(p, "b"));
    }
    for (size_t i = 0; i < 900; i++)
        (void)diag_add(d, SEVERITY_WARNING, "W301", (struct loc){ "numbers.yaml", (uint32_t)i + 1, 5 }, "'incoming_url' is not https.");
}

static void test_markdown_fits_a_comment(void **state)
{
    (void)state;
    struct diags d = { 0 };
    struct plan p = plan_of(scene_many, &d, MANY);
    struct render_options o = { 0 };
    char *made = NULL;
    size_t size = 0, rows_seen = 0;
    FILE *out = open_memstream(&made, &size);
    render_markdown(&p, &d, &o, out);
    assert_int_equal(fclose(out), 0);
    assert_true(size < 65536 && size > 30000);
    assert_int_equal(strncmp(made, "<!-- waconf -->\n", 16), 0);
    for (const char *at = made; (at = strstr(at, "\n| kaleyra/")); at++)
        rows_seen++;
    char want[64];
    (void)snprintf(want, sizeof want, "%zu more objects", MANY - rows_seen);
    if (!strstr(made, want))
        fail_msg("it does not say: %s", want);
    free(made);
    plan_release(&p);
    diags_release(&d);
}

/* Streamed: the stream sees many small writes, none of them the whole. */
static ssize_t count_write(void *cookie, const char *p, size_t n)
{
    size_t *largest = cookie;
    (void)p;
    if (n > *largest)
        *largest = n;
    return (ssize_t)n;
}

static void test_json_streams(void **state)
{
    (void)state;
    struct diags d = { 0 };
    struct plan p = plan_of(scene_many, &d, MANY);
    size_t largest = 0;
    FILE *out = fopencookie(&largest, "w", (cookie_io_functions_t){ .write = count_write });
    assert_int_equal(setvbuf(out, NULL, _IONBF, 0), 0);
    render_json(&p, NULL, out);
    assert_int_equal(fclose(out), 0);
    assert_true(largest > 0 && largest < 4096);
    plan_release(&p);
    diags_release(&d);
}

/* --- small things ------------------------------------------------------------------------------ */

static void test_progress(void **state)
{
    (void)state;
    static const struct { const char *stage; size_t done, total, width; const char *want; } table[] = {
        { "reading", 5, 20, 80, "\r\x1b[Kreading [#####...............] 5 of 20" },
        { "reading", 20, 20, 80, "\r\x1b[Kreading [####################] 20 of 20" },
        { "reading", 30, 20, 80, "\r\x1b[Kreading [####################] 20 of 20" },
        { "reading", 5, 20, 30, "\r\x1b[Kreading 5 of 20" },
        { "reading", 5, 20, 9, "\r\x1b[Kreading " },
        { "loading", 0, 0, 80, "\r\x1b[Kloading" },
        { NULL, 0, 0, 80, "\r\x1b[K" },
        { "reading", 5, 20, 0, "" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        auto_buf b = buf_init(512);
        render_progress(table[i].stage, table[i].done, table[i].total, table[i].width, &b);
        assert_string_equal(buf_str(&b).p, table[i].want);
    }
}

static void test_width(void **state)
{
    (void)state;
    static const struct { const char *text; size_t width; } table[] = {
        { "", 0 }, { "abc", 3 }, { "営業中", 6 }, { "Ö", 1 }, { "O\xcc\x88", 1 }, { "🏨", 2 }, { "पुणे", 2 }, { "\xff", 4 }, { "a\nb", 4 },
    };
    for (size_t i = 0; i < COUNT(table); i++)
        assert_int_equal(escape_width(str_of(table[i].text)), table[i].width);
}

static void test_markdown_escape(void **state)
{
    (void)state;
    static const char *const table[][2] = {
        { "@octocat", "&#64;&#8203;octocat" },         { "fixes #12", "fixes &#35;&#8203;12" },
        { "https://a.b", "https&#58;&#8203;//a.b" },   { "www.a.b", "www&#46;&#8203;a.b" },
        { ":tada:", "&#58;&#8203;tada&#58;" },         { "9:30", "9&#58;30" },
        { "<b>&amp;", "&lt;b&gt;&amp;amp;" },         { "a\nb\\", "a&#92;nb&#92;" },
        { "a`b`_c_", "a&#96;b&#96;&#95;c&#95;" },           { "a|b", "a&#124;b" },
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        auto_buf b = buf_init(512);
        escape_markdown(&b, str_of(table[i][0]));
        assert_string_equal(buf_str(&b).p, table[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden), cmocka_unit_test(test_twice_is_the_same), cmocka_unit_test(test_no_secret_comes_out),
        cmocka_unit_test(test_nothing_acts), cmocka_unit_test(test_no_line_begins_with_foreign_text),
        cmocka_unit_test(test_json_says_all_of_it), cmocka_unit_test(test_schema), cmocka_unit_test(test_markdown_fits_a_comment),
        cmocka_unit_test(test_json_streams), cmocka_unit_test(test_progress), cmocka_unit_test(test_width),
        cmocka_unit_test(test_markdown_escape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
