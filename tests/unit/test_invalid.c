/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Invalid documents, one folder per story: tests/invalid/NAME/ holds input.yaml or input/, sometimes `args` (options of the run, one
 * per line), and `error`, the exact text that people get. `beyond-schema` marks stories whose problem a JSON Schema cannot
 * see, and says why. After a wanted change of a text, run with UPDATE=1 and read the difference line by line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "model/codes.h"
#include "sync/load.h"
#include "sync/render_diag.h"

enum { MOST_ARGS = 8, MOST_TEXT = 1 << 20 };

/* What stories in a repository cannot hold: pipes, unreadable and huge files. test_load.c has them. */
static const char *const elsewhere[] = { "E102", "E103", "W101" };

struct args {
    char text[1024];
    const char *targets[MOST_ARGS], *excludes[MOST_ARGS];
    struct label selectors[MOST_ARGS];
    struct load_options options;
};

static void read_text(const char *path, char *ret, size_t size)
{
    auto_file f = fopen(path, "r");
    size_t n = f ? fread(ret, 1, size - 1, f) : 0;
    ret[n] = '\0';
}

static void read_args(const char *path, struct args *ret)
{
    read_text(path, ret->text, sizeof ret->text);
    for (char *save = NULL, *line = strtok_r(ret->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *value = strchr(line, ' ');
        assert_non_null(value);
        *value++ = '\0';
        if (strcmp(line, "--target") == 0)
            ret->targets[ret->options.n_targets++] = value;
        else if (strcmp(line, "--exclude") == 0)
            ret->excludes[ret->options.n_excludes++] = value;
        else if (strcmp(line, "--selector") == 0)
            (void)str_cut(str_of(value), '=', &ret->selectors[ret->options.n_selectors].key,
                          &ret->selectors[ret->options.n_selectors].value), ret->options.n_selectors++;
        else
            fail_msg("unknown option %s in %s", line, path);
    }
    ret->options.targets = ret->targets;
    ret->options.excludes = ret->excludes;
    ret->options.selectors = ret->selectors;
}

/* Runs one story in the current directory; the text goes to `out`. */
static void run_story(struct buf *out)
{
    static struct args args;
    struct stat st;
    const char *tree = stat("input", &st) == 0 ? "input" : "input.yaml";
    struct tree t;
    struct diags d = { 0 };
    struct err err = { 0 };
    args = (struct args){ .options = { .trees = &tree, .n_trees = 1 } };
    read_args("args", &args);
    assert_int_equal(load_tree(&args.options, &t, &d, &err), 0);
    render_diags(&d, false, out);
    tree_release(&t);
    diags_release(&d);
}

static void check_secrets(const char *name, const char *text)
{
    if (strstr(text, "hunter2"))
        fail_msg("%s: a secret is shown:\n%s", name, text);
}

static void compare_or_update(const char *name, const char *now)
{
    auto_free char *pinned = mem_alloc(MOST_TEXT);
    if (getenv("UPDATE")) {
        auto_file f = fopen("error", "w");
        assert_non_null(f);
        assert_int_equal(fwrite(now, 1, strlen(now), f), strlen(now));
        return;
    }
    read_text("error", pinned, MOST_TEXT);
    if (strcmp(now, pinned) != 0)
        fail_msg("%s says:\n%s\n--- and not:\n%s", name, now, pinned);
}

static void see_codes(const char *text, bool *seen)
{
    for (size_t i = 0; codes[i].code; i++) {
        char error[32], warning[32];
        (void)snprintf(error, sizeof error, "error %s: ", codes[i].code);
        (void)snprintf(warning, sizeof warning, "warning %s: ", codes[i].code);
        seen[i] |= strstr(text, error) || strstr(text, warning);
    }
}

static int is_story(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

static bool must_be_seen(const char *code)
{
    for (size_t i = 0; i < COUNT(elsewhere); i++)
        if (strcmp(code, elsewhere[i]) == 0)
            return false;
    return strncmp(code, "E1", 2) == 0 || strncmp(code, "E2", 2) == 0 || strncmp(code, "E3", 2) == 0 || strncmp(code, "E40", 3) == 0 ||
           strncmp(code, "W1", 2) == 0 || strncmp(code, "W2", 2) == 0;
}

static void test_stories(void **state)
{
    (void)state;
    const char *root = getenv("ROOT");
    char path[4096], home[4096];
    bool seen[512] = { false };
    struct dirent **stories;
    assert_non_null(getcwd(home, sizeof home));
    (void)snprintf(path, sizeof path, "%s/tests/invalid", root ? root : home);
    int n = scandir(path, &stories, is_story, alphasort);
    assert_true(n >= 60);
    for (int i = 0; i < n; i++) {
        auto_buf out = buf_init(MOST_TEXT);
        (void)snprintf(path, sizeof path, "%s/tests/invalid/%s", root ? root : home, stories[i]->d_name);
        assert_int_equal(chdir(path), 0);
        run_story(&out);
        assert_true(out.n > 0);
        check_secrets(stories[i]->d_name, out.p);
        compare_or_update(stories[i]->d_name, out.p);
        see_codes(out.p, seen);
        free(stories[i]);
    }
    free(stories);
    assert_int_equal(chdir(home), 0);
    for (size_t i = 0; codes[i].code; i++)
        if (!seen[i] && must_be_seen(codes[i].code))
            fail_msg("no story shows %s (%s)", codes[i].code, codes[i].title);
}

static void test_codes_sorted(void **state)
{
    (void)state;
    for (size_t i = 1; codes[i].code; i++)
        assert_true(strcmp(codes[i - 1].code, codes[i].code) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_stories), cmocka_unit_test(test_codes_sorted) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
