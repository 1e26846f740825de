/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trees of right documents, and what a repository of stories cannot hold: pipes, links, huge and unreadable files. What bad documents
 * get is pinned by tests/invalid.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sync/load.h"
#include "sync/render_diag.h"
#include "wire/registry.h"

/* --- a directory of our own ------------------------------------------------------------------------ */

static char home[4096];

static int set_up(void **state)
{
    char template[] = "/tmp/waconf-load-XXXXXX";
    (void)state;
    return getcwd(home, sizeof home) && mkdtemp(template) && chdir(template) == 0 ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    char path[4096];
    (void)state;
    if (!getcwd(path, sizeof path) || chdir(home) != 0)
        return -1;
    return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *path, const char *text)
{
    char directory[4096];
    (void)snprintf(directory, sizeof directory, "%s", path);
    for (char *slash = directory; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        (void)mkdir(directory, 0777);
    }
    auto_file f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
}

/* --- loading ----------------------------------------------------------------------------------------- */

struct loaded { struct tree tree; struct diags diags; char text[8192]; };

static void load(struct loaded *l, const struct load_options *o)
{
    struct err err = { 0 };
    auto_buf out = buf_init(sizeof l->text - 1);
    memset(l, 0, sizeof *l);
    assert_int_equal(load_tree(o, &l->tree, &l->diags, &err), 0);
    render_diags(&l->diags, false, &out);
    (void)snprintf(l->text, sizeof l->text, "%s", out.p ? out.p : "");
}

static void load_trees(struct loaded *l, const char *const *trees, size_t n)
{
    load(l, &(struct load_options){ .trees = trees, .n_trees = n });
}

static void load_here(struct loaded *l)
{
    load(l, &(struct load_options){ 0 });
}

static void done(struct loaded *l)
{
    tree_release(&l->tree);
    diags_release(&l->diags);
}

static void assert_clean(const struct loaded *l)
{
    if (l->diags.n)
        fail_msg("%s", l->text);
}

static void assert_only(const struct loaded *l, const char *code)
{
    if (l->diags.n != 1 || strcmp(l->diags.items[0].code, code) != 0)
        fail_msg("not one %s:\n%s", code, l->text);
}

static const struct object *object(const struct loaded *l, const char *address)
{
    const struct object *o = tree_find(&l->tree, str_of(address));
    if (!o)
        fail_msg("there is no %s", address);
    return o;
}

static void assert_text(const struct loaded *l, const char *address, const char *path, const char *text)
{
    struct str is = object_text(object(l, address), path);
    if (!str_is(is, text))
        fail_msg("%s%s is '%.*s' and not '%s'", address, path, ARG(is), text);
}

#define ACCOUNT "apiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: india }\nspec:\n" \
                "  base_url: https://api.in.kaleyra.io\n  sid: HX1\n  api_key: { from: \"env:KEY\" }\n"
#define NUMBER(name, number, rest) "---\napiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: " name " }\nspec:\n" \
                "  account: india\n  wa_number: \"" number "\"\n" rest
#define DEFAULTS(match, fields) "---\napiVersion: waconf/v1\nkind: Defaults\nspec:\n  match: { kind: kaleyra/NumberProfile" match " }\n" \
                "  fields: { " fields " }\n"

/* --- documents --------------------------------------------------------------------------------------- */

static void test_simple(void **state)
{
    (void)state;
    struct loaded l;
    write_file("numbers.yaml", ACCOUNT "---\napiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata:\n  name: 007\n"
               "  labels: { brand: hotel, zip: 0123, open: yes, sure: true }\n  lifecycle: observe\n  movedFrom: 1e3\n"
               "spec:\n  account: india\n  wa_number: +91 9000 000001\n  about: 0123\n  address: |\n    1 Station Road\n    Pune\n"
               "  incoming_url: { format: \"https://hooks.example/{label:brand}/{name}?{var:x}\" }\n  website: { from: \"var:SITE\" }\n");
    load_here(&l);
    assert_clean(&l);
    assert_int_equal(l.tree.n, 2);
    assert_int_equal(l.tree.documents, 2);
    const struct object *o = object(&l, "kaleyra/NumberProfile/007");
    assert_true(str_is(o->name, "007"));
    assert_int_equal(o->lifecycle, LIFECYCLE_OBSERVE);
    assert_true(str_is(o->moved_from, "kaleyra/NumberProfile/1e3"));
    assert_int_equal(o->n_labels, 4);
    assert_true(str_is(o->labels[1].value, "0123"));
    assert_true(str_is(o->labels[2].value, "yes"));
    assert_true(str_is(o->labels[3].value, "true"));
    assert_ptr_equal(o->account, object(&l, "kaleyra/Account/india"));
    assert_true(o->targeted && o->account->targeted);
    assert_text(&l, "kaleyra/NumberProfile/007", "/about", "0123");
    assert_text(&l, "kaleyra/NumberProfile/007", "/address", "1 Station Road\nPune\n");
    assert_int_equal(object_get(o, "/incoming_url")->type, VALUE_FORMAT);
    assert_int_equal(object_get(o, "/website")->type, VALUE_REFERENCE);
    assert_null(object_get(o, "/display_image"));
    assert_string_equal(o->at.file, "numbers.yaml");
    assert_int_equal(o->at.line, 9);
    const struct value *key = object_get(o->account, "/api_key");
    assert_int_equal(key->type, VALUE_REFERENCE);
    assert_true(str_is(key->text, "env:KEY"));
    assert_int_equal(key->at.column, 20);
    done(&l);
}

static void test_fallbacks(void **state)
{
    (void)state;
    struct loaded l;
    write_file("a.yaml", "apiVersion: pingone/v1\nkind: Account\nmetadata: { name: au }\nspec: { region: COM.AU, worker_environment_id: w, client_id: c,"
               " client_secret: { from: \"env:S\" } }\n---\napiVersion: kapso/v1\nkind: Account\nmetadata: { name: k }\nspec: { api_key: { from: \"env:K\" } }\n");
    load_here(&l);
    assert_int_equal(l.diags.errors, 0);
    assert_text(&l, "pingone/Account/au", "/api_url", "https://api.pingone.com.au");
    assert_text(&l, "pingone/Account/au", "/auth_url", "https://auth.pingone.com.au");
    assert_text(&l, "pingone/Account/au", "/token_auth", "basic");
    assert_int_equal(object_get(object(&l, "pingone/Account/au"), "/api_url")->at.line, 0);
    assert_text(&l, "kapso/Account/k", "/base_url", "https://app.kapso.ai/api/v1");
    done(&l);
}

static void test_null(void **state)
{
    (void)state;
    struct loaded l;
    write_file("a.yaml", "apiVersion: kapso/v1\nkind: Account\nmetadata: { name: k }\nspec: { api_key: { from: \"env:K\" } }\n---\n"
               "apiVersion: kapso/v1\nkind: WhatsAppConfig\nmetadata: { name: c, lifecycle: absent }\nspec: { account: k, name: Desk, phone_number_id: 0116,"
               " webhook_destination_url: ~, webhook_verify_token: null }\n");
    load_here(&l);
    assert_clean(&l);
    const struct object *o = object(&l, "kapso/WhatsAppConfig/c");
    assert_int_equal(o->lifecycle, LIFECYCLE_ABSENT);
    assert_int_equal(object_get(o, "/webhook_destination_url")->type, VALUE_NULL);
    assert_int_equal(object_get(o, "/webhook_verify_token")->type, VALUE_NULL);
    assert_text(&l, "kapso/WhatsAppConfig/c", "/phone_number_id", "0116");
    done(&l);
}

static void test_records(void **state)
{
    (void)state;
    struct loaded l;
    write_file("a.yaml", "apiVersion: webexconnect/v1\nkind: Account\nmetadata: { name: us }\nspec: { base_url: https://api.us.webexconnect.io,"
               " jwt: { service_id: s, service_secret: { from: \"env:S\" } } }\n---\napiVersion: webexconnect/v1\nkind: Message\nmetadata: { name: m }\n"
               "spec:\n  account: us\n  appid: 0167\n  destination:\n    - waid: [ +919000000009, \"+919000000008\" ]\n      correlationid: 12\n    - bsuid: [IN.1]\n"
               "  text: Ready\n  not_after: 2026-12-01T18:00:00Z\n  preview_url: false\n");
    load_here(&l);
    assert_clean(&l);
    const struct object *o = object(&l, "webexconnect/Message/m");
    const struct value *d = object_get(o, "/destination");
    assert_int_equal(d->n, 2);
    assert_true(str_is(value_member(&d->items[0], STR("waid"))->items[0].text, "+919000000009"));
    assert_true(str_is(value_member(&d->items[0], STR("correlationid"))->text, "12"));
    assert_int_equal(value_member(&d->items[0], STR("waid"))->items[1].at.line, 13);
    assert_int_equal(object_get(o, "/preview_url")->type, VALUE_BOOL);
    assert_true(object_states(o->account, "/jwt"));
    done(&l);
}

/* --- Defaults ------------------------------------------------------------------------------------------ */

static void test_defaults(void **state)
{
    (void)state;
    struct loaded l;
    write_file("defaults.yaml", ACCOUNT DEFAULTS("", "account: india, about: root, website: https://root.example"));
    write_file("pune/defaults.yaml", DEFAULTS("", "about: pune") DEFAULTS(", labels: { brand: hotel }", "address: by label"));
    write_file("pune/sub/a.yaml", "apiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: a, labels: { brand: hotel } }\nspec: { wa_number: \"+919000000001\" }\n"
               NUMBER("b", "+919000000002", "  about: own\n"));
    write_file("punelike/c.yaml", NUMBER("c", "+919000000003", ""));
    load_here(&l);
    assert_clean(&l);
    assert_text(&l, "kaleyra/NumberProfile/a", "/about", "pune");
    assert_text(&l, "kaleyra/NumberProfile/a", "/address", "by label");
    assert_text(&l, "kaleyra/NumberProfile/a", "/website", "https://root.example");
    assert_text(&l, "kaleyra/NumberProfile/b", "/about", "own");
    assert_text(&l, "kaleyra/NumberProfile/b", "/address", "");
    assert_text(&l, "kaleyra/NumberProfile/c", "/about", "root");
    assert_int_equal(l.tree.documents, 7);
    const struct value *v = object_get(object(&l, "kaleyra/NumberProfile/a"), "/about");
    assert_string_equal(v->at.file, "pune/defaults.yaml");
    assert_int_equal(v->at.line, 6);
    assert_ptr_equal(object(&l, "kaleyra/NumberProfile/a")->account, object(&l, "kaleyra/Account/india"));
    done(&l);
}

/* A template is resolved per object, so each gets its own copy. */
static void test_defaults_format(void **state)
{
    (void)state;
    struct loaded l;
    write_file("a.yaml", ACCOUNT DEFAULTS("", "incoming_url: { format: \"https://h.example/{name}\" }, about: shared")
               NUMBER("a", "+919000000001", "") NUMBER("b", "+919000000002", ""));
    load_here(&l);
    assert_clean(&l);
    const struct object *a = object(&l, "kaleyra/NumberProfile/a"), *b = object(&l, "kaleyra/NumberProfile/b");
    assert_ptr_not_equal(object_get(a, "/incoming_url"), object_get(b, "/incoming_url"));
    assert_ptr_equal(object_get(a, "/about"), object_get(b, "/about"));
    done(&l);
}

/* A default must not break a document that chose the other way of "exactly one of". */
static void test_defaults_alternative(void **state)
{
    (void)state;
    struct loaded l;
    write_file("a.yaml", "apiVersion: waconf/v1\nkind: Defaults\nspec: { match: { kind: voltmx/Account }, fields: { auth: { basic: { username: a,"
               " password: { from: \"env:P\" } } } } }\n---\napiVersion: voltmx/v1\nkind: Account\nmetadata: { name: one }\nspec: { base_url: https://v.example }\n---\n"
               "apiVersion: voltmx/v1\nkind: Account\nmetadata: { name: two }\nspec: { base_url: https://v.example, auth: { oauth: { access_token:"
               " { from: \"env:T\" }, access_secret: { from: \"env:S\" } } } }\n");
    load_here(&l);
    assert_int_equal(l.diags.errors, 0);
    assert_true(object_states(object(&l, "voltmx/Account/one"), "/auth/basic"));
    assert_false(object_states(object(&l, "voltmx/Account/two"), "/auth/basic"));
    done(&l);
}

/* --- selection ------------------------------------------------------------------------------------------- */

static void test_targets(void **state)
{
    (void)state;
    struct loaded l;
    const char *const targets[] = { "kaleyra/NumberProfile/*" }, *const excludes[] = { "*/b" };
    const struct label selectors[] = { { STR("city"), STR("pune") } };
    write_file("a.yaml", ACCOUNT NUMBER("a", "+919000000001", "  about: x\n") NUMBER("b", "+919000000002", "  about: x\n")
               "---\napiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: c, labels: { city: pune } }\nspec: { account: other, wa_number: \"+919000000003\", about: x }\n"
               "---\napiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: other }\nspec: { base_url: https://api.in.kaleyra.io, sid: HX2, api_key: { from: \"env:K\" } }\n");
    load(&l, &(struct load_options){ .targets = targets, .n_targets = 1, .excludes = excludes, .n_excludes = 1 });
    assert_clean(&l);
    assert_true(object(&l, "kaleyra/NumberProfile/a")->targeted);
    assert_false(object(&l, "kaleyra/NumberProfile/b")->targeted);
    assert_true(object(&l, "kaleyra/Account/india")->targeted);
    done(&l);
    load(&l, &(struct load_options){ .selectors = selectors, .n_selectors = 1 });
    assert_clean(&l);
    assert_false(object(&l, "kaleyra/NumberProfile/a")->targeted);
    assert_true(object(&l, "kaleyra/NumberProfile/c")->targeted);
    assert_false(object(&l, "kaleyra/Account/india")->targeted);
    assert_true(object(&l, "kaleyra/Account/other")->targeted);
    done(&l);
}

/* --- files ----------------------------------------------------------------------------------------------- */

static void test_walk(void **state)
{
    (void)state;
    struct loaded l;
    const char *const trees[] = { "./tree/", "tree/sub/b.yml", "tree" };
    write_file("tree/a.yaml", ACCOUNT);
    write_file("tree/sub/b.yml", NUMBER("b", "+919000000001", "  about: x\n"));
    write_file("tree/.hidden/c.yaml", "nonsense: [");
    write_file("tree/.d.yaml", "nonsense: [");
    write_file("tree/notes.txt", "nonsense: [");
    write_file("tree/yaml", "nonsense: [");
    load_trees(&l, trees, 3); /* what is named twice is read once */
    assert_clean(&l);
    assert_int_equal(l.tree.documents, 2);
    assert_string_equal(object(&l, "kaleyra/NumberProfile/b")->at.file, "tree/sub/b.yml");
    done(&l);
}

static void test_links(void **state)
{
    (void)state;
    struct loaded l;
    const char *const trees[] = { "tree" };
    write_file("tree/real/a.yaml", ACCOUNT);
    write_file("outside/b.yaml", "nonsense: [");
    write_file("tree/..2026/n.yaml", NUMBER("n", "+919000000001", "  about: x\n"));
    assert_int_equal(symlink("..2026", "tree/..data"), 0);           /* as Kubernetes lays out a ConfigMap */
    assert_int_equal(symlink("..data/n.yaml", "tree/n.yaml"), 0);
    assert_int_equal(symlink("..", "tree/real/loop"), 0);
    assert_int_equal(symlink("loop2", "tree/loop2"), 0);
    assert_int_equal(symlink("real", "tree/again"), 0);
    assert_int_equal(symlink("a.yaml", "tree/real/same.yaml"), 0);
    load_trees(&l, trees, 1);
    assert_clean(&l);
    assert_int_equal(l.tree.documents, 2);
    assert_string_equal(object(&l, "kaleyra/Account/india")->at.file, "tree/real/a.yaml");
    done(&l);
    assert_int_equal(symlink("../outside", "tree/out"), 0);
    assert_int_equal(symlink("../../outside/b.yaml", "tree/real/out.yaml"), 0);
    load_trees(&l, trees, 1);
    assert_int_equal(l.diags.warnings, 2);
    assert_int_equal(l.diags.errors, 0);
    assert_string_equal(l.diags.items[0].code, "W102");
    assert_int_equal(l.tree.documents, 2);
    done(&l);
    assert_int_equal(rename("tree", "moved"), 0);                    /* the root itself may be a link: the user named it */
    assert_int_equal(symlink("moved", "tree"), 0);
    load_trees(&l, trees, 1);
    assert_int_equal(l.diags.errors, 0);
    assert_int_equal(l.tree.documents, 2);
    done(&l);
}

static void test_special_files(void **state)
{
    (void)state;
    struct loaded l;
    const char *const tree[] = { "tree" }, *const pipe[] = { "tree/pipe.yaml" }, *const nothing[] = { "nothing" };
    write_file("tree/a.yaml", ACCOUNT);
    write_file("tree/n.yaml", NUMBER("n", "+919000000001", "  about: x\n"));
    assert_int_equal(mkfifo("tree/pipe.yaml", 0666), 0);
    assert_int_equal(mkfifo("tree/pipe", 0666), 0);
    assert_int_equal(mkdir("tree/directory.yaml", 0777), 0);
    alarm(20); /* opening a pipe would wait for ever */
    load_trees(&l, tree, 1);
    assert_only(&l, "W101");
    assert_int_equal(l.tree.documents, 2);
    done(&l);
    load_trees(&l, pipe, 1);
    assert_only(&l, "E102");
    done(&l);
    load_trees(&l, nothing, 1);
    assert_only(&l, "E101");
    done(&l);
    alarm(0);
}

static void test_huge_file(void **state)
{
    (void)state;
    struct loaded l;
    write_file("a.yaml", ACCOUNT);
    assert_int_equal(truncate("a.yaml", 100 << 20), 0);
    load_here(&l);
    assert_only(&l, "E103");
    done(&l);
}

enum { NOBODY = 65534 };

static void test_unreadable(void **state)
{
    (void)state;
    struct loaded l;
    bool root = geteuid() == 0; /* root reads everything */
    if (root)
        assert_int_equal(chown(".", NOBODY, (gid_t)-1) | seteuid(NOBODY), 0);
    write_file("a.yaml", ACCOUNT);
    write_file("n.yaml", NUMBER("n", "+919000000001", "  about: x\n"));
    write_file("d/b.yaml", ACCOUNT);
    assert_int_equal(chmod("a.yaml", 0), 0);
    assert_int_equal(chmod("d", 0), 0);
    load_here(&l);
    assert_int_equal(chmod("d", 0700), 0);
    assert_int_equal(root ? seteuid(0) : 0, 0);
    assert_int_equal(l.diags.errors, 2); /* the account is not "missing": it may be in what could not be read */
    assert_string_equal(l.diags.items[0].code, "E101");
    assert_string_equal(l.diags.items[1].code, "E101");
    done(&l);
}

/* A path longer than the system opens by name is still read, since directories are opened one by one. */
static void test_long_path(void **state)
{
    (void)state;
    struct loaded l;
    char name[201];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    write_file("a.yaml", ACCOUNT);
    auto_fd at = open(".", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(mkdirat(at, name, 0777), 0);
        int next = openat(at, name, O_RDONLY | O_DIRECTORY);
        assert_true(next >= 0);
        (void)close(at);
        at = next;
    }
    int fd = openat(at, "n.yaml", O_WRONLY | O_CREAT, 0666);
    static const char text[] = NUMBER("n", "+919000000001", "  abuot: x\n  about: x\n");
    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    (void)close(fd);
    load_here(&l);
    assert_only(&l, "E301");
    assert_int_equal(strlen(l.diags.items[0].at.file), 40 * 201 + 6);
    done(&l);
    for (int i = 0; i < 40; i++) { /* nftw cannot reach it either */
        (void)unlinkat(at, i ? name : "n.yaml", i ? AT_REMOVEDIR : 0);
        int up = openat(at, "..", O_RDONLY | O_DIRECTORY);
        (void)close(at);
        at = up;
    }
    (void)unlinkat(at, name, AT_REMOVEDIR);
}

/* --- many ------------------------------------------------------------------------------------------------- */

static void test_many(void **state)
{
    (void)state;
    struct loaded l;
    enum { MANY = 10000 };
    auto_file f = fopen("a.yaml", "w");
    assert_non_null(f);
    (void)fputs(ACCOUNT, f);
    for (int i = 0; i < MANY; i++)
        (void)fprintf(f, NUMBER("n%d", "+9190000%05d", "  about: Open 9-17, number %d\n  address: %d Station Road\n"), i, i, i, i);
    (void)fflush(f);
    load_here(&l);
    assert_clean(&l);
    assert_int_equal(l.tree.n, MANY + 1);
    assert_true(arena_used(&l.tree.arena) / MANY < 1024);
    for (size_t i = 1; i < l.tree.n; i++)
        assert_true(str_cmp(l.tree.objects[i - 1]->address, l.tree.objects[i]->address) < 0);
    assert_text(&l, "kaleyra/NumberProfile/n77", "/address", "77 Station Road");
    done(&l);
}

static void test_many_findings(void **state)
{
    (void)state;
    struct loaded l;
    auto_file f = fopen("a.yaml", "w");
    assert_non_null(f);
    (void)fputs(ACCOUNT, f);
    for (int i = 0; i < 3 * DIAGS_MAX; i++)
        (void)fprintf(f, NUMBER("n%d", "+9190000%05d", "  abuot: x\n  about: x\n"), i, i);
    (void)fflush(f);
    load_here(&l);
    assert_int_equal(l.diags.n, DIAGS_MAX);
    assert_int_equal(l.diags.errors, 3 * DIAGS_MAX);
    assert_int_equal(l.diags.dropped, 2 * DIAGS_MAX);
    for (size_t i = 0; i < l.diags.n; i++)
        assert_true(str_is(l.diags.items[i].line, "  abuot: x"));
    done(&l);
}

/* --- findings as text and JSON ------------------------------------------------------------------------------ */

static void test_render(void **state)
{
    (void)state;
    struct diags d = { 0 };
    auto_buf out = buf_init(BUF_UNBOUNDED);
    struct diag *item = diag_add(&d, SEVERITY_ERROR, "E301", (struct loc){ "a\n.yaml", 3, 4 }, "'%s' is wrong.", "\x1b[31m");
    item->line = STR("\t日é: x");
    diag_hint(&d, item, "Mend it.");
    (void)diag_add(&d, SEVERITY_WARNING, "W204", (struct loc){ 0 }, "Nothing.");
    (void)diag_add(&d, SEVERITY_ERROR, "E101", (struct loc){ "b\xff.yaml", 0, 0 }, "Cannot read.");
    (void)diag_add(&d, SEVERITY_ERROR, "E101", (struct loc){ "::error file=x,line=1::boo.yaml", 0, 0 }, "Cannot read.");
    (void)diag_add(&d, SEVERITY_ERROR, "E101", (struct loc){ "##[error]boo.yaml", 2, 1 }, "Cannot read.");
    render_diags(&d, false, &out);
    assert_string_equal(out.p, "a\\n.yaml:3:4: error E301: '\\x1b[31m' is wrong.\n    3 | \\t日é: x\n      |      ^\n  help: Mend it.\n"
                               "warning W204: Nothing.\nb\\xff.yaml: error E101: Cannot read.\n"
                               "./::error file=x,line=1::boo.yaml: error E101: Cannot read.\n./##[error]boo.yaml:2:1: error E101: Cannot read.\n");
    buf_clear(&out);
    render_diags(&d, true, &out);
    assert_non_null(strstr(out.p, "\033[1;31merror E301\033[0m"));
    json_t *json = render_diags_json(&d);
    char *text = json_dumps(json_array_get(json, 0), JSON_COMPACT);
    assert_string_equal(text, "{\"severity\":\"error\",\"code\":\"E301\",\"message\":\"'\\u001B[31m' is wrong.\",\"hint\":\"Mend it.\",\"address\":null,"
                              "\"source\":{\"file\":\"a\\n.yaml\",\"line\":3,\"column\":4}}");
    free(text);
    assert_true(json_is_null(json_object_get(json_array_get(json, 1), "source")));
    assert_string_equal(json_string_value(json_object_get(json_object_get(json_array_get(json, 2), "source"), "file")), "b\\xff.yaml");
    assert_string_equal(json_string_value(json_object_get(json_object_get(json_array_get(json, 4), "source"), "file")), "##[error]boo.yaml");
    json_decref(json);
    diags_release(&d);
}

/* --- the rows themselves -------------------------------------------------------------------------------------- */

static void check_kind(const struct kind *kind)
{
    for (const struct field *f = kind->fields; f->path; f++) {
        struct diags d = { 0 };
        struct value v = { .type = VALUE_TEXT, .text = str_of(f->example) };
        assert_int_equal(f->path[0], '/');
        assert_non_null(f->help);
        if (f->type->shape == SHAPE_TEXT && !(f->flags & FIELD_SECRET) && f->example && !type_check(f, &v, STR(""), &d))
            fail_msg("%s%s: the example is wrong: %s", kind->name, f->path, d.items[0].message.p);
        diags_release(&d);
        assert_int_equal(kind_field_index(kind, f->path), f - kind->fields);
    }
    for (const struct rule *r = kind->rules; r && r->type != RULE_NONE; r++)
        for (size_t i = 0; i < COUNT(r->paths) && r->paths[i]; i++) {
            bool known = false;
            for (const struct field *f = kind->fields; f->path; f++)
                known |= path_within(f->path, r->paths[i]);
            if (!known)
                fail_msg("%s: a rule names %s", kind->name, r->paths[i]);
        }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; providers[i]; i++) {
        check_kind(providers[i]->account);
        for (const struct kind *k = providers[i]->kinds; k->name; k++)
            check_kind(k);
    }
}

/* --- files in memory ------------------------------------------------------------------------------------ */

#define IN_MEMORY "apiVersion: kaleyra/v1\nkind: Account\nmetadata: { name: india }\nspec: { base_url: \"https://api.in.kaleyra.io\", sid: HX1, api_key: { from: \"env:KEY\" } }\n"
#define PROFILE(about) "apiVersion: kaleyra/v1\nkind: NumberProfile\nmetadata: { name: desk }\nspec: { account: india, wa_number: \"+919000000001\", " about " }\n"

static void load_files_in_memory(struct loaded *l, struct source_file *files, size_t n)
{
    struct source source = { files, n };
    load(l, &(struct load_options){ .source = &source });
}

static void test_source(void **state)
{
    (void)state;
    struct loaded l;
    /* a file of the same name in the working directory is not the one that is meant */
    write_file("prod/b.yaml", "one\ntwo\nthree\nfour\n");
    write_file("prod/z.yaml", "an error: [\n");
    struct source_file good[] = { { STR("prod/a.yaml"), STR(IN_MEMORY), SOURCE_TEXT }, { STR("prod/b.yaml"), STR(PROFILE("about: Open")), SOURCE_TEXT } };
    load_files_in_memory(&l, good, 2);
    assert_clean(&l);
    assert_string_equal(object(&l, "kaleyra/NumberProfile/desk")->at.file, "prod/b.yaml");
    done(&l);
    struct source_file bad[] = { { STR("prod/a.yaml"), STR(IN_MEMORY), SOURCE_TEXT }, { STR("prod/b.yaml"), STR(PROFILE("abuot: Open")), SOURCE_TEXT } };
    load_files_in_memory(&l, bad, 2);
    assert_only(&l, "E301");
    assert_non_null(strstr(l.text, "prod/b.yaml:4:")); /* with its line from memory */
    assert_non_null(strstr(l.text, "abuot: Open }"));
    done(&l);
    struct source nothing = { NULL, 0 };
    load(&l, &(struct load_options){ .source = &nothing });
    assert_only(&l, "E201");
    done(&l);
}

static void test_source_states(void **state)
{
    (void)state;
    struct loaded l;
    char deep[2 * 101 + 8] = "";
    for (int i = 0; i < 101; i++)
        strcat(deep, "d/");
    strcat(deep, "x.yaml");
    struct source_file files[] = {
        { STR("a.yaml"), STR(IN_MEMORY "---\n" PROFILE("about: Open")), SOURCE_TEXT }, { str_of(deep), STR("a: 1\n"), SOURCE_TEXT },
        { STR("l.yaml"), { 0 }, SOURCE_LARGE }, { STR("o.yaml"), { 0 }, SOURCE_OUTSIDE }, { STR("p\n\x1b[31m.yaml"), { 0 }, SOURCE_DANGLING },
    };
    load_files_in_memory(&l, files, COUNT(files));
    assert_int_equal(l.diags.errors, 3);
    assert_int_equal(l.diags.warnings, 1);
    assert_string_equal(l.diags.items[0].code, "E107");
    assert_string_equal(l.diags.items[1].code, "E103");
    assert_string_equal(l.diags.items[2].code, "W102");
    assert_string_equal(l.diags.items[3].code, "E101");
    assert_null(strchr(l.text, 0x1b));
    done(&l);
}

int main(void)
{
#define OWN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        OWN_DIRECTORY(test_source), OWN_DIRECTORY(test_source_states),
        OWN_DIRECTORY(test_simple), OWN_DIRECTORY(test_fallbacks), OWN_DIRECTORY(test_null), OWN_DIRECTORY(test_records), OWN_DIRECTORY(test_defaults),
        OWN_DIRECTORY(test_defaults_format), OWN_DIRECTORY(test_defaults_alternative), OWN_DIRECTORY(test_targets), OWN_DIRECTORY(test_walk),
        OWN_DIRECTORY(test_links), OWN_DIRECTORY(test_special_files), OWN_DIRECTORY(test_huge_file), OWN_DIRECTORY(test_unreadable),
        OWN_DIRECTORY(test_long_path), OWN_DIRECTORY(test_many), OWN_DIRECTORY(test_many_findings), cmocka_unit_test(test_render), cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
