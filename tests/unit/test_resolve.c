/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a reference to its value: each scheme, and everything that can go wrong with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "secret/resolve.h"
#include "sync/load.h"

static char base[256], root[300];
static struct vault *vault;
static struct tree tree;
static struct diags diags;
static struct err err;
static const char *allow_exec[4], *allow_files[2];
static struct variable variables[4];
static size_t n_variables;
static int64_t exec_ms;

static int fresh(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    char made[256], real[PATH_MAX];
    (void)snprintf(made, sizeof made, "%.180s/resolve-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(made) || !realpath(made, real))
        return -1;
    (void)snprintf(base, sizeof base, "%s", real);
    (void)snprintf(root, sizeof root, "%s/tree", base);
    memset(allow_exec, 0, sizeof allow_exec);
    memset(allow_files, 0, sizeof allow_files);
    n_variables = 0;
    exec_ms = 0;
    return mkdir(root, 0755) || vault_new(&vault, &err);
}

static int erase(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static int gone(void **state)
{
    (void)state;
    tree_release(&tree);
    diags_release(&diags);
    vault_free(vault);
    return nftw(base, erase, 16, FTW_DEPTH | FTW_PHYS);
}

static const char *in(const char *name)
{
    static char path[400];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void put_bytes(const char *name, mode_t mode, const void *bytes, size_t n)
{
    int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

static void put(const char *name, mode_t mode, const char *text)
{
    put_bytes(name, mode, text, strlen(text));
}

static size_t count(const char *const *list, size_t most)
{
    size_t n = 0;
    while (n < most && list[n])
        n++;
    return n;
}

/* Loads the tree, asks trust and resolves; true when all went well. Findings are in diags. */
static bool run(bool plain_only)
{
    static const char *const trees[] = { root };
    struct trust_options to = { .trees = trees, .n_trees = 1, .allow_exec = allow_exec, .n_allow_exec = count(allow_exec, 4),
                                .allow_files = allow_files, .n_allow_files = count(allow_files, 2) };
    struct load_options load = { .trees = trees, .n_trees = 1 };
    struct trust *t;
    tree_release(&tree);
    diags_release(&diags);
    err = (struct err){ 0 };
    if (trust_new(&to, &t, &diags, &err) || load_tree(&load, &tree, &diags, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < diags.n; i++)
        if (diags.items[i].severity == SEVERITY_ERROR)
            fail_msg("%s %.*s", diags.items[i].code, ARG(diags.items[i].message));
    struct resolve_options o = { vault, t, variables, n_variables, exec_ms };
    resolve_plain(&o, &tree, &diags);
    bool good = plain_only ? diags.errors == 0 : diags.errors == 0 && resolve_tree(&o, &tree, &diags);
    assert_int_equal(good, diags.errors == 0);
    trust_free(t);
    return good;
}

/* The account's api_key comes from this reference. */
static void account(const char *from)
{
    auto_buf text = buf_init(4000);
    buf_printf(&text, "apiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: india }\nspec:\n  base_url: https://api.in.kaleyra.io\n  sid: HX1\n"
               "  api_key: { from: \"%s\" }\n---\napiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: desk }\n"
               "spec: { account: india, wa_number: \"+919000000001\", about: Open }\n", from);
    put("a.yaml", 0644, buf_str(&text).p);
}

static const struct value *value_of(const char *address, const char *path)
{
    struct object *o = tree_find(&tree, str_of(address));
    assert_non_null(o);
    const struct value *v = object_get(o, path);
    assert_non_null(v);
    return v;
}

static const struct value *key(void)
{
    return value_of("kaleyra/Account/india", "/api_key");
}

static void gives(const char *from, const char *want)
{
    account(from);
    if (!run(false))
        fail_msg("'%s': %.*s", from, ARG(diags.items[0].message));
    assert_int_equal(key()->type, VALUE_TEXT);
    assert_true(key()->secret);
    if (!str_is(key()->text, want))
        fail_msg("'%s' gave '%.*s', not '%s'", from, ARG(key()->text), want);
    assert_true(vault_leaks(vault, key()->text));
    assert_ptr_equal(vault_keep(vault, key()->text).p, key()->text.p);   /* it lies in the vault, not in the arena */
}

static void fails(const char *from, const char *code, const char *part, const char *secret)
{
    account(from);
    if (run(false))
        fail_msg("'%s' gave '%.*s'", from, ARG(key()->text));
    const struct diag *d = &diags.items[0];
    if (strcmp(d->code, code) || str_find(d->message, str_of(part)) < 0 || !d->hint.n || !str_is(d->address, "kaleyra/Account/india") || d->at.line != 7)
        fail_msg("'%s': %s line %u %.*s [%.*s]", from, d->code, d->at.line, ARG(d->message), ARG(d->hint));
    for (size_t i = 0; secret && i < diags.n; i++)
        if (str_find(diags.items[i].message, str_of(secret)) >= 0 || str_find(diags.items[i].hint, str_of(secret)) >= 0)
            fail_msg("'%s' shows '%s'", from, secret);
    assert_int_not_equal(key()->type, VALUE_TEXT);
}

static void test_environment(void **state)
{
    (void)state;
    (void)setenv("WA_TEST_KEY", "s3cret ${HOME} $(id) {name} \xc3\xb6", 1);
    gives("env:WA_TEST_KEY", "s3cret ${HOME} $(id) {name} \xc3\xb6");     /* nothing is expanded */
    (void)setenv("WA_TEST_KEY", "", 1);
    fails("env:WA_TEST_KEY", "E462", "'WA_TEST_KEY' is empty", NULL);
    (void)unsetenv("WA_TEST_KEY");
    fails("env:WA_TEST_KEY", "E462", "'WA_TEST_KEY' is not set", NULL);
    static const char *const bad[][2] = {
        { "top\nsecret", "line break" }, { "top\rsecret", "line break" }, { "topsecret\r\n", "line break" }, { "topsecret\r", "carriage return" },
        { "topsecret\xff", "UTF-8" },
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        (void)setenv("WA_TEST_KEY", bad[i][0], 1);
        fails("env:WA_TEST_KEY", "E465", bad[i][1], "secret'");
        fails("env:WA_TEST_KEY", "E465", bad[i][1], "top");
    }
    auto_free char *large = mem_alloc(RESOLVE_MAX_SECRET + 2);
    memset(large, 'x', RESOLVE_MAX_SECRET + 1);
    (void)setenv("WA_TEST_KEY", large, 1);
    fails("env:WA_TEST_KEY", "E465", "64 KiB", "xxxx");
    (void)setenv("WA_TEST_KEY", "escape\x1b[31m", 1);
    account("env:WA_TEST_KEY");
    assert_false(run(false));                                /* by its row: control characters end headers and lines */
    assert_true(str_find(diags.items[0].message, STR("escape")) < 0);
    (void)unsetenv("WA_TEST_KEY");
}

static void test_file(void **state)
{
    (void)state;
    put("key", 0600, "from a file\n");
    gives("file:key", "from a file");
    gives("file:./key", "from a file");
    put("key", 0600, "no newline");
    gives("file:key", "no newline");
    put("key", 0600, "two newlines\n\n");
    fails("file:key", "E465", "line break", "two newlines");
    put("key", 0600, "windows\r\n");
    fails("file:key", "E465", "carriage return", "windows");
    put("key", 0600, "\n");
    fails("file:key", "E465", "is empty", NULL);
    put("key", 0600, "");
    fails("file:key", "E465", "is empty", NULL);
    put_bytes("key", 0600, "nul\0inside", 10);
    fails("file:key", "E465", "NUL", "nul\0");
    fails("file:none", "E463", "does not exist", NULL);
    fails("file:.", "E463", "not a regular file", NULL);
    assert_int_equal(mkfifo(in("pipe"), 0600), 0);
    fails("file:pipe", "E463", "not a regular file", NULL);  /* and does not wait for a writer */
    auto_free char *large = mem_alloc(RESOLVE_MAX_SECRET + 2);
    memset(large, 'x', RESOLVE_MAX_SECRET);
    large[RESOLVE_MAX_SECRET] = '\n';
    put_bytes("key", 0600, large, RESOLVE_MAX_SECRET + 1);
    account("file:key");
    (void)run(false);                                        /* the most that is read; its row may want less */
    assert_true(diags.errors == 0 || strcmp(diags.items[0].code, "E463"));
    large[RESOLVE_MAX_SECRET] = 'x';
    put_bytes("key", 0600, large, RESOLVE_MAX_SECRET + 1);
    fails("file:key", "E463", "larger than 64 KiB", "xxxx");
    put("key", 0600, "y");
    assert_int_equal(symlink("key", in("inner")), 0);
    gives("file:inner", "y");
    assert_int_equal(symlink("/etc/hostname", in("outer")), 0);
    fails("file:outer", "E484", "outside the tree", NULL);
    assert_true(diags.trust);
    fails("file:../none", "E484", "outside the tree", NULL);
}

static void test_file_allowed(void **state)
{
    (void)state;
    char where[400], secrets[400];
    (void)snprintf(secrets, sizeof secrets, "%s/secrets", base);
    assert_int_equal(mkdir(secrets, 0700), 0);
    /* as Kubernetes mounts secrets: the name is a link into ..data, which is a link itself */
    (void)snprintf(where, sizeof where, "%s/..2026", secrets);
    assert_int_equal(mkdir(where, 0700), 0);
    (void)snprintf(where, sizeof where, "%s/..data", secrets);
    assert_int_equal(symlink("..2026", where), 0);
    (void)snprintf(where, sizeof where, "%s/token", secrets);
    assert_int_equal(symlink("..data/token", where), 0);
    put("../secrets/..2026/token", 0600, "mounted\n");
    (void)snprintf(where, sizeof where, "file:%s/token", secrets);
    fails(where, "E484", "outside the tree", NULL);
    allow_files[0] = secrets;
    gives(where, "mounted");
    gives("file:../secrets/token", "mounted");
}

static void test_credential(void **state)
{
    (void)state;
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    fails("cred:key", "E463", "CREDENTIALS_DIRECTORY", NULL);
    (void)setenv("CREDENTIALS_DIRECTORY", base, 1);
    fails("cred:key", "E463", "does not exist", NULL);
    put("../key", 0400, "credential\n");
    gives("cred:key", "credential");
    (void)setenv("CREDENTIALS_DIRECTORY", "relative", 1);
    fails("cred:key", "E463", "not an absolute path", NULL);
    (void)unsetenv("CREDENTIALS_DIRECTORY");
}

static const char *script(const char *name, const char *body)
{
    static char from[500], path[400];
    auto_buf text = buf_init(4000);
    buf_printf(&text, "#!/bin/sh\n%s\n", body);
    put(name, 0700, buf_str(&text).p);
    allow_exec[0] = memcpy(path, in(name), sizeof path);
    (void)snprintf(from, sizeof from, "exec:%s", allow_exec[0]);
    return from;
}

static void test_program(void **state)
{
    (void)state;
    char from[600];
    const char *program = script("one.sh", "printf '%s|' \"$@\"; echo");
    (void)snprintf(from, sizeof from, "%s a  'b c' d'e f'g '$HOME' * ''", program);
    gives(from, "a|b c|de fg|$HOME|*||");
    /* nothing of ours but PATH, HOME, LANG; no input; no descriptors; signals as fresh */
    (void)setenv("WA_TEST_LEAK", "x", 1);
    (void)setenv("LANG", "C", 1);
    int leak = open("/dev/null", O_RDONLY | O_CLOEXEC);
    program = script("env.sh", "/usr/bin/env | /usr/bin/sed 's/=.*//' | /usr/bin/sort | /usr/bin/tr '\\n' ' '; cat; /bin/ls /proc/self/fd | /usr/bin/wc -l | /usr/bin/tr -d '\\n'");
    gives(program, "HOME LANG PATH PWD 4");
    (void)close(leak);
    (void)unsetenv("WA_TEST_LEAK");
    fails("exec:/usr/bin/true", "E485", "nobody trusts", NULL);
    assert_true(diags.trust);
}

static void test_program_fails(void **state)
{
    (void)state;
    static const struct { const char *body, *code, *part; } rows[] = {
        { "echo topsecret; echo topsecret >&2; exit 3", "E464", "ended with exit code 3" },
        { "echo topsecret; kill -9 $$", "E464", "was ended by signal 9" },
        { "exit 0", "E465", "is empty" },
        { "printf 'topsecret\\nmore'", "E465", "line break" },
        { "head -c 70000 /dev/zero | tr '\\0' t", "E464", "more than 64 KiB" },
        { "yes topsecret", "E464", "more than 64 KiB" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char name[20];
        (void)snprintf(name, sizeof name, "p%zu.sh", i);
        fails(script(name, rows[i].body), rows[i].code, rows[i].part, "topsecret");
    }
    put("plain", 0600, "not a program");
    char from[500], path[400];
    allow_exec[0] = memcpy(path, in("plain"), sizeof path);
    (void)snprintf(from, sizeof from, "exec:%s", allow_exec[0]);
    fails(from, "E464", "The program '", NULL);
    allow_exec[0] = "/none/such";
    fails("exec:/none/such", "E464", "The program '/none/such' cannot be started: No such file", NULL);
}

static bool dead(pid_t pid)
{
    for (int64_t end = clock_mono_ms() + 5000; clock_mono_ms() < end;) {
        char path[64], text[512] = "";
        (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return true;
        (void)!read(fd, text, sizeof text - 1);
        (void)close(fd);
        const char *end_of_name = strrchr(text, ')');
        if (end_of_name && end_of_name[2] == 'Z')
            return true;
    }
    return false;
}

static pid_t pid_in(const char *name)
{
    char text[32] = "";
    int fd = open(in(name), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && read(fd, text, sizeof text - 1) > 0);
    (void)close(fd);
    return (pid_t)atol(text);
}

static void test_program_hangs(void **state)
{
    (void)state;
    char body[1000];
    exec_ms = 300;
    /* it ignores what can be ignored, and so does its child, which holds the pipe */
    (void)snprintf(body, sizeof body, "trap '' TERM INT HUP\nsleep 1000 &\necho $! >'%s/child'\necho topsecret\nwait", root);
    int64_t start = clock_mono_ms();
    fails(script("hang.sh", body), "E464", "did not end within 300 ms", "topsecret");
    assert_in_range(clock_mono_ms() - start, 290, 20000);
    assert_true(dead(pid_in("child")));
    /* it ends, and leaves a child behind that keeps the pipe open: what was printed counts, the child goes */
    exec_ms = 20000;
    (void)snprintf(body, sizeof body, "sleep 1000 &\necho $! >'%s/child'\necho done", root);
    start = clock_mono_ms();
    gives(script("leave.sh", body), "done");
    assert_true(clock_mono_ms() - start < 15000);
    assert_true(dead(pid_in("child")));
    /* it closes its output and goes on: the limit holds */
    exec_ms = 300;
    fails(script("close.sh", "echo topsecret\nexec >&-\nsleep 1000"), "E464", "did not end within", "topsecret");
}

static void test_read_once(void **state)
{
    (void)state;
    char body[600];
    (void)snprintf(body, sizeof body, "echo x >>'%s/count'; cat '%s/count' | wc -l", root, root);
    const char *from = script("count.sh", body);
    auto_buf text = buf_init(100000);
    for (int i = 0; i < 20; i++)
        buf_printf(&text, "---\napiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: a%d }\nspec: { base_url: https://api.in.kaleyra.io, sid: HX%d, api_key: { from: \"%s\" } }\n"
                   "---\napiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: n%d }\nspec: { account: a%d, wa_number: \"+91900000000%d\", about: Open }\n",
                   i, i, from, i, i, i);
    put("a.yaml", 0644, buf_str(&text).p);
    assert_true(run(false));
    assert_string_equal(value_of("kaleyra/Account/a0", "/api_key")->text.p, "1");
    assert_string_equal(value_of("kaleyra/Account/a19", "/api_key")->text.p, "1");
}

/* --- what is not secret ------------------------------------------------------------------------------------- */

static void profile(const char *field)
{
    auto_buf text = buf_init(4000);
    buf_printf(&text, "apiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: india }\nspec:\n  base_url: https://api.in.kaleyra.io\n  sid: HX1\n"
               "  api_key: { from: \"env:WA_TEST_KEY\" }\n---\napiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: desk, labels: { city: pune } }\n"
               "spec: { account: india, wa_number: \"+919000000001\", %s }\n", field);
    put("a.yaml", 0644, buf_str(&text).p);
}

static void makes(const char *field, const char *path, const char *want)
{
    (void)setenv("WA_TEST_KEY", "k", 1);
    for (int plain = 0; plain < 2; plain++) {
        profile(field);
        if (!run(plain))
            fail_msg("'%s': %.*s", field, ARG(diags.items[0].message));
        const struct value *v = value_of("kaleyra/NumberProfile/desk", path);
        if (v->type != VALUE_TEXT || v->secret || !str_is(v->text, want))
            fail_msg("'%s' made type %d '%.*s'", field, (int)v->type, ARG(v->text));
    }
    assert_int_equal(value_of("kaleyra/Account/india", "/api_key")->type, VALUE_REFERENCE);  /* resolve_plain left it alone */
}

static void misses(const char *field, const char *code, const char *part)
{
    profile(field);
    assert_true(run(true));                                  /* validate and plan --offline need it not */
    if (run(false) || strcmp(diags.items[0].code, code) || str_find(diags.items[0].message, str_of(part)) < 0)
        fail_msg("'%s': %s %.*s", field, diags.errors ? diags.items[0].code : "", diags.errors ? (int)diags.items[0].message.n : 0,
                 diags.errors ? diags.items[0].message.p : "");
}

static void test_variables_and_formats(void **state)
{
    (void)state;
    variables[0] = (struct variable){ STR("host"), STR("first.example") };
    variables[1] = (struct variable){ STR("host"), STR("hooks.example") };
    variables[2] = (struct variable){ STR("odd"), STR("{name} ${HOME}") };
    n_variables = 3;
    makes("about: { from: \"var:host\" }", "/about", "hooks.example");       /* the last one wins */
    makes("about: { from: \"var:odd\" }", "/about", "{name} ${HOME}");       /* and is not expanded again */
    makes("about: { format: \"{var:odd}\" }", "/about", "{name} ${HOME}");
    makes("incoming_url: { format: \"https://{var:host}/{label:city}/{name}?a=$X\" }", "/incoming_url", "https://hooks.example/pune/desk?a=$X");
    makes("about: { format: \"plain\" }", "/about", "plain");
    misses("about: { from: \"var:none\" }", "E466", "'none' is not set");
    misses("about: { format: \"{var:none}\" }", "E466", "'none', which is not set");
    profile("about: { format: \"{label:none}\" }");
    assert_false(run(true));
    assert_string_equal(diags.items[0].code, "E466");
    variables[0] = (struct variable){ STR("long"), STR("0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789012345678901234567890123456789") };
    n_variables = 1;
    profile("about: { from: \"var:long\" }");
    assert_false(run(true));                                 /* checked against its row once it is known */
    assert_string_equal(diags.items[0].code, "E307");
    (void)unsetenv("WA_TEST_KEY");
}

static void test_boolean(void **state)
{
    (void)state;
    (void)setenv("WA_TEST_KEY", "k", 1);
    static const struct { const char *value; bool good, flag; } rows[] = { { "true", true, true }, { "false", true, false }, { "yes", false, false } };
    for (size_t i = 0; i < COUNT(rows); i++) {
        variables[0] = (struct variable){ STR("flag"), str_of(rows[i].value) };
        n_variables = 1;
        put("a.yaml", 0644, "apiVersion: voltmx/v1\nkind: Account\nmetadata: { name: hotel }\nspec: { base_url: https://engagement.hotel.example, auth: { basic: "
            "{ username: u, password: { from: \"env:WA_TEST_KEY\" } } } }\n---\napiVersion: voltmx/v1\nkind: WhatsAppConfig\nmetadata: { name: w }\nspec:\n"
            "  account: hotel\n  protocol: HTTP\n  provider: TWILIO_WHATSAPP\n  inboundSecurityEnabled: { from: \"var:flag\" }\n  properties:\n    Account SID: a\n"
            "    Auth Token: { from: \"env:WA_TEST_KEY\" }\n    From: \"+15550100\"\n    Header Content Type: application/json\n    Maximum Character Limit: 100\n");
        bool good = run(false);
        assert_int_equal(good, rows[i].good);
        const struct value *v = value_of("voltmx/WhatsAppConfig/w", "/inboundSecurityEnabled");
        if (good)
            assert_true(v->type == VALUE_BOOL && v->flag == rows[i].flag);
        else
            assert_string_equal(diags.items[0].code, "E305");
        if (good) /* a secret of an object, and the same one of its account */
            assert_ptr_equal(value_of("voltmx/WhatsAppConfig/w", "/properties/Auth Token")->text.p, value_of("voltmx/Account/hotel", "/auth/basic/password")->text.p);
    }
    (void)unsetenv("WA_TEST_KEY");
}

static void test_all_at_once(void **state)
{
    (void)state;
    auto_buf text = buf_init(100000);
    for (int i = 0; i < 5; i++)
        buf_printf(&text, "---\napiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: a%d }\nspec: { base_url: https://api.in.kaleyra.io, sid: HX%d, api_key: { from: \"env:WA_NONE_%d\" } }\n"
                   "---\napiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: n%d }\nspec: { account: a%d, wa_number: \"+91900000000%d\", about: { from: \"var:none\" } }\n",
                   i, i, i, i, i, i);
    put("a.yaml", 0644, buf_str(&text).p);
    assert_false(run(false));
    assert_int_equal(diags.errors, 10);
    assert_false(diags.trust);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_environment), TEST(test_file), TEST(test_file_allowed), TEST(test_credential), TEST(test_program), TEST(test_program_fails),
        TEST(test_program_hangs), TEST(test_read_once), TEST(test_variables_and_formats), TEST(test_boolean), TEST(test_all_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
