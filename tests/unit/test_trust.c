/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where credentials may go and which references may be opened: flags, trust files, whole trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <ftw.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "secret/resolve.h"
#include "sync/load.h"

static char base[256], root[300], trust_path[300];
static struct err err;

static int fresh(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    char made[256], real[PATH_MAX];
    (void)snprintf(made, sizeof made, "%.180s/trust-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(made) || !realpath(made, real))
        return -1;
    (void)snprintf(base, sizeof base, "%s", real);
    (void)snprintf(root, sizeof root, "%s/tree", base);
    (void)snprintf(trust_path, sizeof trust_path, "%s/trust.yaml", base);
    return mkdir(root, 0755);
}

static int erase(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static int gone(void **state)
{
    (void)state;
    return nftw(base, erase, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_at(const char *path, mode_t mode, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void document(const char *name, const char *text)
{
    char path[400];
    (void)snprintf(path, sizeof path, "%s/%s", root, name);
    write_at(path, 0644, text);
}

static struct trust_options options(void)
{
    static const char *const trees[] = { root };
    return (struct trust_options){ .trees = trees, .n_trees = 1 };
}

/* "E482! E484 ": codes of the findings in order, those that end with exit code 4 told by the mark behind the last. */
static void verdict(const struct trust_options *o, const struct load_options *view, struct buf *ret, struct diags *diags)
{
    struct trust *t;
    struct tree tree = { 0 };
    static const char *const trees[] = { root };
    struct load_options load = view ? *view : (struct load_options){ 0 };
    load.trees = trees, load.n_trees = 1;
    err = (struct err){ 0 };
    if (trust_new(o, &t, diags, &err)) {
        buf_printf(ret, "%s class %d", err.code ? err.code : "-", (int)err.is);
        return;
    }
    if (load_tree(&load, &tree, diags, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < diags->n; i++)
        if (diags->items[i].severity == SEVERITY_ERROR && str_of(diags->items[i].code).p[1] != '4')
            fail_msg("%s %.*s", diags->items[i].code, ARG(diags->items[i].message));
    struct resolve_options plain = { 0 };
    resolve_plain(&plain, &tree, diags);
    bool good = trust_check(t, &tree, diags);
    diags_sort(diags);
    for (size_t i = 0; i < diags->n; i++)
        if (diags->items[i].severity == SEVERITY_ERROR)
            buf_printf(ret, "%s%s", ret->n ? " " : "", diags->items[i].code);
    buf_puts(ret, diags->trust ? "!" : good ? "" : "?");
    tree_release(&tree);
    trust_free(t);
}

static void gives(const struct trust_options *o, const char *want, const char *part)
{
    struct diags diags = { 0 };
    auto_buf got = buf_init(1000), said = buf_init(100000);
    verdict(o, NULL, &got, &diags);
    for (size_t i = 0; i < diags.n; i++)
        buf_printf(&said, "%s:%u:%u %.*s %.*s [%.*s]\n", diags.items[i].at.file ? diags.items[i].at.file : "", diags.items[i].at.line,
                   diags.items[i].at.column, ARG(diags.items[i].address), ARG(diags.items[i].message), ARG(diags.items[i].hint));
    buf_printf(&said, "%s [%s]", err.text, err.hint);
    if (!str_is(buf_str(&got), want) || str_find(buf_str(&said), str_of(part)) < 0)
        fail_msg("'%s', not '%s':\n%s", buf_str(&got).p, want, buf_str(&said).p);
    diags_release(&diags);
}

#define NUMBER(account) "---\napiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: desk }\n" \
                        "spec: { account: " account ", wa_number: \"+919000000001\", about: Open }\n"
#define ACCOUNT(name, url, from) "---\napiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: " name " }\n" \
                                 "spec: { base_url: \"" url "\", sid: HX1, api_key: { from: \"" from "\" } }\n"

static void test_built_in(void **state)
{
    (void)state;
    struct trust_options o = options();
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "env:KEY") NUMBER("india"));
    gives(&o, "", "");
    document("a.yaml", ACCOUNT("india", "https://API.in.kaleyra.io:443/x", "env:KEY") NUMBER("india"));
    gives(&o, "", "");
    static const char *const wrong[] = {
        "http://api.in.kaleyra.io", "https://api.in.kaleyra.io:8443", "https://api.in.kaleyra.io.evil.example", "https://evil.example",
        "https://kaleyra.io", "https://127.0.0.1", "http://localhost:8080", "https://api.us.webexconnect.io", "https://xapi.in.kaleyra.io",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        auto_buf text = buf_init(4000);
        buf_printf(&text, "apiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: india }\nspec:\n  base_url: \"%s\"\n  sid: HX1\n"
                   "  api_key: { from: \"env:KEY\" }\n%s", wrong[i], NUMBER("india"));
        document("a.yaml", buf_str(&text).p);
        gives(&o, "E482!", "a.yaml:5:13 kaleyra/Account/india 'base_url' would send this account's credentials to ");
    }
    gives(&o, "E482!", "https://xapi.in.kaleyra.io, which nobody trusts. [If that is right, name it outside the tree: "
          "--allow-origin https://xapi.in.kaleyra.io, or in the trust file. Documented for this provider: https://api.");
}

static void test_allowed(void **state)
{
    (void)state;
    static const char *const good[] = { "http://127.0.0.1:8080", "https://mock.example/" }, *const bad[] = { "ftp://x" }, *const local[] = { "http://169.254.169.254" };
    struct trust_options o = options();
    o.allow_origins = good, o.n_allow_origins = 2;
    document("a.yaml", ACCOUNT("india", "http://127.1:8080/kaleyra", "env:KEY") NUMBER("india"));
    gives(&o, "", "");
    document("a.yaml", ACCOUNT("india", "http://127.0.0.1:8081/kaleyra", "env:KEY") NUMBER("india"));
    gives(&o, "E482!", "http://127.0.0.1:8081");
    document("a.yaml", ACCOUNT("india", "http://mock.example", "env:KEY") NUMBER("india"));
    gives(&o, "E482!", "http://mock.example, which");
    o.allow_origins = bad, o.n_allow_origins = 1;
    gives(&o, "E480 class 1", "--allow-origin");
    assert_int_equal(err.is, ERR_USAGE);
    o.allow_origins = local;
    gives(&o, "E481 class 3", "link-local");
}

static void test_link_local(void **state)
{
    (void)state;
    struct trust_options o = options();
    document("a.yaml", ACCOUNT("india", "http://169.254.169.254/latest", "env:KEY") NUMBER("india"));
    gives(&o, "E481!", "link-local");
    document("a.yaml", ACCOUNT("india", "http://[fe80::1]/", "env:KEY") NUMBER("india"));
    gives(&o, "E481!", "link-local");
}

static void test_only_what_is_used(void **state)
{
    (void)state;
    struct trust_options o = options();
    static const char *const one[] = { "kaleyra/NumberProfile/desk" };
    struct load_options view = { .targets = one, .n_targets = 1 };
    struct diags diags = { 0 };
    auto_buf got = buf_init(100);
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "env:KEY") ACCOUNT("other", "https://evil.example", "env:KEY") NUMBER("india")
             "---\napiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: second }\n"
             "spec: { account: other, wa_number: \"+919000000002\", about: Open }\n");
    verdict(&o, &view, &got, &diags);
    assert_string_equal(buf_str(&got).p, "");
    diags_release(&diags);
    gives(&o, "E482!", "evil");
}

static void test_login_url(void **state)
{
    (void)state;
    static const char *const one[] = { "https://engagement.hotel.example:8443" }, *const two[] = { "https://engagement.hotel.example:8443", "https://id.hotel.example" };
    struct trust_options o = options();
    document("a.yaml", "apiVersion: voltmx/v1\nkind: Account\nmetadata: { name: hotel }\nspec:\n  base_url: https://engagement.hotel.example:8443\n"
             "  auth: { login: { url: \"https://id.hotel.example/login\", userid: u, password: { from: \"env:PW\" } } }\n"
             "---\napiVersion: voltmx/v1\nkind: WhatsAppConfig\nmetadata: { name: w }\nspec:\n  account: hotel\n  protocol: HTTP\n  provider: T\n  properties:\n"
             "    Account SID: a\n    Auth Token: { from: \"env:TOKEN\" }\n    From: \"+15550100\"\n    Header Content Type: application/json\n    Maximum Character Limit: 100\n");
    o.allow_origins = one, o.n_allow_origins = 1;
    gives(&o, "E482!", "'url' would send");
    o.allow_origins = two, o.n_allow_origins = 2;
    gives(&o, "", "");
}

static void test_variable_origin(void **state)
{
    (void)state;
    struct trust_options o = options();
    document("a.yaml", "apiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: india }\n"
             "spec: { base_url: { format: \"https://{var:host}\" }, sid: HX1, api_key: { from: \"env:KEY\" } }\n" NUMBER("india"));
    gives(&o, "E483?", "--var");
}

static void test_files(void **state)
{
    (void)state;
    struct trust_options o = options();
    char path[400], text[4000];
    document("key", "k");
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "file:key") NUMBER("india"));
    gives(&o, "", "");
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "file:not/there/yet") NUMBER("india"));
    gives(&o, "", "");
    static const char *const out[] = { "file:../trust.yaml", "file:/etc/passwd", "file:../none", "file:nothing/../../x", "file:/none/x", "file:./../tree2/k" };
    for (size_t i = 0; i < COUNT(out); i++) {
        (void)snprintf(text, sizeof text, "apiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: india }\nspec:\n  base_url: https://api.in.kaleyra.io\n"
                       "  sid: HX1\n  api_key: { from: \"%s\" }\n%s", out[i], NUMBER("india"));
        document("a.yaml", text);
        gives(&o, "E484!", "--allow-file");
    }
    /* a link out of the tree is outside of it */
    (void)snprintf(path, sizeof path, "%s/link", root);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "file:link") NUMBER("india"));
    gives(&o, "E484!", "--allow-file");
    static const char *const allowed[] = { "/etc" };
    o.allow_files = allowed, o.n_allow_files = 1;
    gives(&o, "", "");
    static const char *const missing[] = { "/none/such" };
    o.allow_files = missing;
    gives(&o, "E001 class 1", "--allow-file '/none/such'");
}

static void test_programs(void **state)
{
    (void)state;
    static const char *const pass[] = { "/usr/bin/pass" }, *const bad[] = { "pass" };
    struct trust_options o = options();
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "exec:/usr/bin/pass show 'kaleyra india'") NUMBER("india"));
    gives(&o, "E485!", "--allow-exec /usr/bin/pass");
    o.allow_exec = pass, o.n_allow_exec = 1;
    gives(&o, "", "");
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "exec:/usr/bin/../bin/sh -c x") NUMBER("india"));
    gives(&o, "E404 E404?", "absolute path");
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "exec:/usr/bin/passwd x") NUMBER("india"));
    gives(&o, "E485!", "/usr/bin/passwd");
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "exec:/usr/bin/pass 'open") NUMBER("india"));
    gives(&o, "E404 E404?", "quote");
    o.allow_exec = bad;
    gives(&o, "E001 class 1", "--allow-exec 'pass'");
}

#define HEAD "apiVersion: waconf/v1\nkind: Trust\nspec:\n"

static void test_trust_file(void **state)
{
    (void)state;
    struct trust_options o = options();
    o.trust_file = trust_path;
    document("a.yaml", ACCOUNT("india", "https://kaleyra.hotel.example:8443", "exec:/usr/bin/pass x") NUMBER("india"));
    gives(&o, "E501 class 14", "No such file");
    write_at(trust_path, 0600, HEAD "  origins: [ \"https://kaleyra.hotel.example:8443\" ]\n  files: [ /run/secrets ]\n  exec: [ /usr/bin/pass ]\n");
    gives(&o, "", "");
    document("a.yaml", ACCOUNT("india", "https://kaleyra.hotel.example:8443", "file:/run/secrets/none") NUMBER("india"));
    gives(&o, "", "");
    document("a.yaml", ACCOUNT("india", "https://kaleyra.hotel.example:8443", "file:/run/secrets2") NUMBER("india"));
    gives(&o, "E484!", "");
}

static void test_trust_file_wrong(void **state)
{
    (void)state;
    struct trust_options o = options();
    static const struct { const char *text, *part; } rows[] = {
        { HEAD "  origin: [ \"https://a.example\" ]\n", "trust.yaml:4:3  'origin' is not known in a trust file. [Did you mean 'origins'?]" },
        { HEAD "  origins: https://a.example\n", "'origins' is not of the right form. [It takes a list.]" },
        { HEAD "  origins: [ { a: b } ]\n", "trust.yaml:4:14  An entry is not a text" },
        { HEAD "  files: [ secrets ]\n", "not an absolute path" },
        { HEAD "  exec: [ pass ]\n", "not an absolute path" },
        { HEAD "  exec: [ \"/usr/bin/pass show\" ]\n", "without blanks" },
        { HEAD "  bindings: [ { from: \"env:A\", account: a } ]\n", "A binding lacks" },
        { HEAD "  bindings: [ { from: \"ENV:A\", account: a, origin: \"https://a\" } ]\n", "'from' of a binding is not a reference" },
        { HEAD "  bindings: [ { from: \"env:A\", account: a, origin: \"https://a\", all: true } ]\n", "'all' is not known" },
        { HEAD "  bindings: [ x ]\n", "This is not a map" },
        { "apiVersion: waconf/v2\nkind: Trust\nspec: {}\n", "is not waconf/v1" },
        { "apiVersion: waconf/v1\nkind: Trusty\nspec: {}\n", "is not Trust" },
        { "apiVersion: waconf/v1\nkind: Trust\n", "is missing" },
        { "[]", "This is not a map" },
        { "", "holds no document" },
        { HEAD "  exec: []\n---\n" HEAD "  exec: []\n", "holds one document" },
    };
    o.trust_file = trust_path;
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "env:KEY") NUMBER("india"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        write_at(trust_path, 0600, rows[i].text);
        gives(&o, "E488?", rows[i].part);
    }
    write_at(trust_path, 0600, HEAD "  origins: [ \"https://u:p@a.example\" ]\n");
    gives(&o, "E480?", "carries a user name");
    /* half a trust file is none */
    document("a.yaml", ACCOUNT("india", "https://a.example", "env:KEY") NUMBER("india"));
    write_at(trust_path, 0600, HEAD "  origins: [ \"https://a.example\" ]\n  more: 1\n");
    gives(&o, "E482 E488!", "");
}

/* Who can write the directory can put another file there; a hard link may be a name inside a tree. */
static void test_trust_directory(const char *good)
{
    struct trust_options o = options();
    char directory[400], path[500], other[500];
    (void)snprintf(directory, sizeof directory, "%s/open", base);
    (void)snprintf(path, sizeof path, "%s/inner/trust.yaml", directory);
    (void)snprintf(other, sizeof other, "%s/inner", directory);
    assert_int_equal(mkdir(directory, 0755), 0);
    assert_int_equal(mkdir(other, 0755), 0);
    write_at(path, 0600, good);
    o.trust_file = path;
    gives(&o, "", "");
    assert_int_equal(chmod(other, 0777), 0);
    gives(&o, "E487 class 3", "can be replaced by others");
    assert_int_equal(chmod(other, 01777), 0);                /* as /tmp: our file there is ours */
    gives(&o, "", "");
    assert_int_equal(chmod(other, 0755), 0);
    assert_int_equal(chmod(directory, 0775), 0);
    gives(&o, "E487 class 3", "can be replaced by others");
    (void)snprintf(other, sizeof other, "%s/link", directory);   /* good itself, reached through a link that others can change */
    assert_int_equal(symlink(trust_path, other), 0);
    o.trust_file = other;
    gives(&o, "E487 class 3", "can be replaced by others");
    assert_int_equal(chmod(directory, 0755), 0);
    gives(&o, "", "");
    (void)snprintf(other, sizeof other, "%s/second", root);
    assert_int_equal(link(path, other), 0);
    o.trust_file = path;
    gives(&o, "E487 class 3", "a second name");
    assert_int_equal(unlink(other), 0);
    gives(&o, "", "");
}

static void test_trust_file_refused(void **state)
{
    (void)state;
    static const char good[] = HEAD "  origins: [ \"https://a.example\" ]\n";
    struct trust_options o = options();
    char inside[400], link[400];
    document("a.yaml", ACCOUNT("india", "https://a.example", "env:KEY") NUMBER("india"));
    o.trust_file = trust_path;
    write_at(trust_path, 0600, good);
    gives(&o, "", "");
    write_at(trust_path, 0620, good);
    gives(&o, "E487 class 3", "can be written by others");
    write_at(trust_path, 0602, good);
    gives(&o, "E487 class 3", "can be written by others");
    write_at(trust_path, 0644, good);
    if (geteuid() == 0) {
        assert_int_equal(chown(trust_path, 65534, 0), 0);
        gives(&o, "E487 class 3", "belongs to another user");
        assert_int_equal(chown(trust_path, 0, 0), 0);
    }
    (void)snprintf(inside, sizeof inside, "%s/.trust", root);
    write_at(inside, 0600, good);
    o.trust_file = inside;
    gives(&o, "E487 class 3", "inside a tree");
    (void)snprintf(link, sizeof link, "%s/link", base);     /* from outside to the inside */
    assert_int_equal(symlink(inside, link), 0);
    o.trust_file = link;
    gives(&o, "E487 class 3", "inside a tree");
    assert_int_equal(unlink(inside), 0);
    assert_int_equal(symlink(trust_path, inside), 0);        /* and from the inside out */
    o.trust_file = inside;
    gives(&o, "E487 class 3", "inside a tree");
    o.trust_file = root;
    gives(&o, "E487 class 3", "not a regular file");
    test_trust_directory(good);
    /* a link that the operator made elsewhere is fine: Kubernetes mounts files this way */
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink(trust_path, link), 0);
    o.trust_file = link;
    gives(&o, "", "");
}

static void test_bindings(void **state)
{
    (void)state;
    struct trust_options o = options();
    static const char *const origins[] = { "https://b.example" };
    o.trust_file = trust_path;
    o.allow_origins = origins, o.n_allow_origins = 1;
    document("a.yaml", ACCOUNT("india", "https://api.in.kaleyra.io", "env:KEY") NUMBER("india"));
    write_at(trust_path, 0600, HEAD "  bindings:\n    - { from: \"env:KEY\", account: kaleyra/Account/india, origin: \"https://api.in.kaleyra.io\" }\n");
    gives(&o, "", "");
    write_at(trust_path, 0600, HEAD "  bindings: []\n");
    gives(&o, "E486!", "{ from: \"env:KEY\", account: kaleyra/Account/india, origin: \"https://api.in.kaleyra.io\" }");
    static const char *const wrong[] = {
        "{ from: \"env:KEY2\", account: kaleyra/Account/india, origin: \"https://api.in.kaleyra.io\" }",
        "{ from: \"env:KEY\", account: kaleyra/Account/other, origin: \"https://api.in.kaleyra.io\" }",
        "{ from: \"env:KEY\", account: kaleyra/Account/india, origin: \"https://b.example\" }",
        "{ from: \"env:KEY\", account: kaleyra/Account/india, origin: \"http://api.in.kaleyra.io\" }",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        auto_buf text = buf_init(4000);
        buf_printf(&text, HEAD "  bindings: [ %s ]\n", wrong[i]);
        write_at(trust_path, 0600, buf_str(&text).p);
        gives(&o, "E486!", "does not bind");
    }
    /* a secret of an object is bound to its account; each account secret to where it goes */
    document("a.yaml", "apiVersion: pingone/v1\nkind: Account\nmetadata: { name: eu }\nspec: { region: eu, worker_environment_id: 11111111-2222-3333-4444-555555555555,"
             " client_id: 11111111-2222-3333-4444-555555555555, client_secret: { from: \"env:CS\" } }\n"
             "---\napiVersion: pingone/v1\nkind: WhatsAppDeliverySettings\nmetadata: { name: w }\nspec: { account: eu, environment_id: 11111111-2222-3333-4444-555555555555,"
             " provider: WHATSAPP, whatsAppAccountBusinessId: \"1\", appId: \"2\", appSecret: { from: \"env:AS\" }, userAccessToken: { from: \"env:UT\" } }\n");
    write_at(trust_path, 0600, HEAD "  bindings:\n    - { from: \"env:CS\", account: pingone/Account/eu, origin: \"https://auth.pingone.eu\" }\n"
             "    - { from: \"env:AS\", account: pingone/Account/eu, origin: \"https://api.pingone.eu\" }\n"
             "    - { from: \"env:UT\", account: pingone/Account/eu, origin: \"https://api.pingone.eu\" }\n");
    gives(&o, "", "");
    write_at(trust_path, 0600, HEAD "  bindings:\n    - { from: \"env:CS\", account: pingone/Account/eu, origin: \"https://api.pingone.eu\" }\n"
             "    - { from: \"env:AS\", account: pingone/Account/eu, origin: \"https://auth.pingone.eu\" }\n"
             "    - { from: \"env:UT\", account: pingone/Account/eu, origin: \"https://api.pingone.eu\" }\n");
    gives(&o, "E486 E486!", "https://auth.pingone.eu");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_built_in), TEST(test_allowed), TEST(test_link_local), TEST(test_only_what_is_used), TEST(test_login_url),
        TEST(test_variable_origin), TEST(test_files), TEST(test_programs), TEST(test_trust_file), TEST(test_trust_file_wrong),
        TEST(test_trust_file_refused), TEST(test_bindings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
