/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state: what goes in comes out, whatever happens to the process, the file, the disk, the key and the lock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

static char base[256], directory[300];   /* a fresh one for each test */
static struct err err;

static int fresh(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(base, sizeof base, "%.200s/store-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(base))
        return -1;
    (void)snprintf(directory, sizeof directory, "%s/state", base);
    return 0;
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

static const char *in(const char *name)
{
    static char path[400];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static struct store *try(enum store_mode mode)
{
    struct store *s = NULL;
    struct store_options o = { .directory = directory, .env = "default", .mode = mode, .command = "apply" };
    err = (struct err){ 0 };
    return store_open(&o, &s, &err) ? NULL : s;
}

static struct store *opened(enum store_mode mode)
{
    struct store *s = try(mode);
    if (!s)
        fail_msg("%s (%s)", err.text, err.hint);
    return s;
}

static void refused(enum store_mode mode, enum err_class is, const char *code, const char *part, const char *hint)
{
    struct store *s = try(mode);
    if (s || err.is != is || !err.code || strcmp(err.code, code) || !strstr(err.text, part) || !strstr(err.hint, hint))
        fail_msg("opened %p, class %d, code %s: %s (%s)", (void *)s, (int)err.is, err.code ? err.code : "", err.text, err.hint);
}

#define GOOD(call) do { if ((call) < 0) fail_msg("%s: %s", #call, err.text); } while (0)

static struct record_key key_of(const char *address)
{
    return (struct record_key){ str_of(address), STR("https://api.example"), STR("tenant"), STR("+15550100") };
}

static void put(struct store *s, const char *address, const char *json)
{
    struct applied_field fields[] = {
        { STR("/website"), STR("[\"https://a.example\",{\"x\":\"]}\\\"\"}]"), false, 12, false },
        { STR("/about"), str_of(json), false, 11, true },
        { STR("/properties/Auth \"T\\\n\""), STR("0123456789abcdef"), true, 13, false },
    };
    struct record r = { key_of(address), STR("kaleyra/Account/india"), STR("id-7"), fields, COUNT(fields), 99 };
    GOOD(store_put(s, &r, &err));
}

static int found(struct store *s, const char *address, struct arena *a, struct record *ret)
{
    struct record_key key = key_of(address);
    int got = store_find(s, &key, a, ret, &err);
    if (got < 0)
        fail_msg("%s", err.text);
    return got;
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

/* --- what goes in comes out ----------------------------------------------------------------------------------- */

static void test_records(void **state)
{
    (void)state;
    auto_arena a = { 0 };
    struct record r;
    struct store *s = opened(STORE_WRITE);
    assert_false(store_exists(s));
    assert_int_equal(found(s, "k/N/a", &a, &r), 0);
    put(s, "k/N/a", "\"Open 9-17 \xc3\xb6\"");
    for (int round = 0; round < 2; round++) {
        assert_int_equal(found(s, "k/N/a", &a, &r), 1);
        assert_string_equal(r.account.p, "kaleyra/Account/india");
        assert_string_equal(r.remote_id.p, "id-7");
        assert_int_equal(r.at, 99);
        assert_int_equal(r.n, 3);                            /* sorted by path, byte for byte */
        assert_string_equal(r.fields[0].path.p, "/about");
        assert_string_equal(r.fields[0].json.p, "\"Open 9-17 \xc3\xb6\"");
        assert_true(r.fields[0].adopted && !r.fields[0].secret && r.fields[0].at == 11);
        assert_string_equal(r.fields[1].path.p, "/properties/Auth \"T\\\n\"");
        assert_string_equal(r.fields[1].json.p, "0123456789abcdef");
        assert_true(r.fields[1].secret && !r.fields[1].adopted);
        assert_string_equal(r.fields[2].json.p, "[\"https://a.example\",{\"x\":\"]}\\\"\"}]");
        GOOD(store_flush(s, &err));
        store_close(s);
        s = opened(round ? STORE_WRITE : STORE_READ);
        assert_true(store_exists(s));
    }
    put(s, "k/N/a", "{}");
    assert_int_equal(found(s, "k/N/a", &a, &r), 1);
    assert_string_equal(r.fields[0].json.p, "{}");
    struct record_key other = key_of("k/N/a"), same = other;
    other.tenant = STR("elsewhere");
    GOOD(store_delete(s, &other, &err));
    assert_int_equal(found(s, "k/N/a", &a, &r), 1);
    GOOD(store_delete(s, &same, &err));
    assert_int_equal(found(s, "k/N/a", &a, &r), 0);
    store_close(s);                                          /* not flushed: undone */
    s = opened(STORE_READ);
    assert_int_equal(found(s, "k/N/a", &a, &r), 1);
    store_close(s);
}

static void test_refuses_bad_json(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "{", "\"", "[1,2", "1 2", "}", "\"a\\", "[}extra]]", "a b" };
    struct store *s = opened(STORE_WRITE);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct applied_field field = { STR("/about"), str_of(bad[i]), false, 0, false };
        struct record r = { .key = key_of("k/N/a"), .fields = &field, .n = 1 };
        if (store_put(s, &r, &err) != -1 || err.is != ERR_BUG)
            fail_msg("'%s' was taken", bad[i]);
    }
    struct record empty = { .key = key_of("k/N/none") };
    auto_arena a = { 0 };
    GOOD(store_put(s, &empty, &err));
    assert_int_equal(found(s, "k/N/none", &a, &empty), 1);
    assert_int_equal(empty.n, 0);
    store_close(s);
}

static int gather(void *ctx, const struct record *r)
{
    struct buf *out = ctx;
    buf_printf(out, "%.*s:%zu ", ARG(r->key.address), r->n);
    return 0;
}

static int one_only(void *ctx, const struct record *r)
{
    (void)gather(ctx, r);
    return 1;
}

static void test_each_and_env(void **state)
{
    (void)state;
    auto_buf out = buf_init(1000);
    struct store *s = opened(STORE_WRITE), *staging;
    put(s, "k/N/b", "1");
    put(s, "k/N/a", "2");
    put(s, "k/N/c", "3");
    GOOD(store_flush(s, &err));
    store_close(s);
    struct store_options o = { .directory = directory, .env = "staging", .mode = STORE_WRITE };
    assert_int_equal(store_open(&o, &staging, &err), 0);
    put(staging, "k/N/a", "4");
    GOOD(store_each(staging, gather, &out, &err));
    assert_string_equal(buf_str(&out).p, "k/N/a:3 ");
    GOOD(store_flush(staging, &err));
    store_close(staging);
    s = opened(STORE_READ);
    buf_clear(&out);
    GOOD(store_each(s, gather, &out, &err));
    assert_string_equal(buf_str(&out).p, "k/N/a:3 k/N/b:3 k/N/c:3 ");
    buf_clear(&out);
    GOOD(store_each(s, one_only, &out, &err));
    assert_string_equal(buf_str(&out).p, "k/N/a:3 ");
    store_close(s);
}

static int gather_message(void *ctx, const struct message *m)
{
    struct buf *out = ctx;
    buf_printf(out, "%.*s %.*s %s %.*s;", ARG(m->key.address), ARG(m->key.natural), message_state_names[m->state], ARG(m->remote_id));
    return 0;
}

static void test_intents_and_messages(void **state)
{
    (void)state;
    auto_arena a = { 0 };
    auto_buf out = buf_init(1000);
    struct store *s = opened(STORE_WRITE);
    struct intent i = { key_of("k/N/a"), STR("create"), STR("d1"), STR("run1"), 5 }, i2;
    struct message m = { key_of("w/M/a"), MESSAGE_INTENDED, STR("digest"), STR(""), STR(""), STR("run1"), 6 }, m2;
    GOOD(store_intent(s, &i, &err));
    i.action = STR("update");
    GOOD(store_intent(s, &i, &err));
    GOOD(store_message_put(s, &m, &err));
    m.state = MESSAGE_SENT;
    m.remote_id = STR("mid");
    GOOD(store_message_put(s, &m, &err));
    m.key.natural = STR("waid:+1");
    m.state = MESSAGE_UNSURE;
    GOOD(store_message_put(s, &m, &err));
    m.key.address = STR("w/M/b");
    GOOD(store_message_put(s, &m, &err));
    GOOD(store_flush(s, &err));
    store_close(s);
    s = opened(STORE_WRITE);
    assert_int_equal(store_intent_find(s, &i.key, &a, &i2, &err), 1);
    assert_true(str_is(i2.action, "update") && str_is(i2.digest, "d1") && str_is(i2.run, "run1") && i2.at == 5);
    GOOD(store_intent_done(s, &i.key, &err));
    assert_int_equal(store_intent_find(s, &i.key, &a, &i2, &err), 0);
    assert_int_equal(store_message_find(s, &m.key, &a, &m2, &err), 1);
    assert_int_equal(m2.state, MESSAGE_UNSURE);
    assert_true(str_is(m2.key.address, "w/M/b") && str_is(m2.digest, "digest") && m2.at == 6);
    m.key.address = STR("w/M/none");
    assert_int_equal(store_message_find(s, &m.key, &a, &m2, &err), 0);
    GOOD(store_messages(s, STR("w/M/a"), gather_message, &out, &err));
    assert_string_equal(buf_str(&out).p, "w/M/a +15550100 sent mid;w/M/a waid:+1 unsure mid;");
    buf_clear(&out);
    GOOD(store_messages(s, STR(""), gather_message, &out, &err));
    assert_true(str_ends(buf_str(&out), STR("w/M/b waid:+1 unsure mid;")));
    store_close(s);
}

static int gather_run(void *ctx, const struct run_row *r)
{
    buf_printf(ctx, "%.*s by %.*s %d %s %.*s;", ARG(r->info.command), ARG(r->info.actor), r->exit_code, r->open ? "open" : "ended", ARG(r->summary));
    return 0;
}

static int gather_history(void *ctx, const struct history_row *r)
{
    buf_printf(ctx, "%.*s %.*s %.*s %.*s;", ARG(r->address), ARG(r->action), ARG(r->outcome), ARG(r->fields));
    return 0;
}

static int gather_request(void *ctx, const struct request_info *r)
{
    buf_printf(ctx, "%.*s %.*s %d %lld;", ARG(r->method), ARG(r->url), r->status, (long long)r->ms);
    return 0;
}

static void test_history(void **state)
{
    (void)state;
    auto_buf out = buf_init(1 << 20);
    struct store *s = opened(STORE_WRITE);
    struct str first, second;
    char id[64];
    const struct run_info info = { .command = STR("apply"), .actor = STR("ci") }, other = { .command = STR("resolve"), .actor = STR("me") };
    const struct request_info get = { .method = STR("GET"), .url = STR("https://a/1"), .status = 200, .ms = 7 },
                              post = { .method = STR("POST"), .url = STR("https://a/2"), .status = 0, .ms = 8 };
    assert_int_equal(store_run_request(s, &get, &err), -1);   /* no run yet */
    assert_int_equal(err.is, ERR_BUG);
    GOOD(store_run_begin(s, &info, &first, &err));
    (void)snprintf(id, sizeof id, "%.*s", ARG(first));
    GOOD(store_run_request(s, &get, &err));
    GOOD(store_run_request(s, &post, &err));
    GOOD(store_run_outcome(s, STR("k/N/a"), STR("update"), STR("applied"), STR(""), STR("[{\"path\":\"/about\"}]"), &err));
    GOOD(store_run_end(s, 3, STR("{\"update\":1}"), &err));
    GOOD(store_run_begin(s, &other, &second, &err));
    assert_string_not_equal(second.p, id);
    GOOD(store_run_outcome(s, STR("k/N/b"), STR("none"), STR("failed"), STR("x"), STR(""), &err));
    GOOD(store_flush(s, &err));
    store_close(s);
    s = opened(STORE_READ);
    GOOD(store_runs(s, 10, gather_run, &out, &err));
    assert_string_equal(buf_str(&out).p, "resolve by me 0 open ;apply by ci 3 ended {\"update\":1};");
    buf_clear(&out);
    GOOD(store_runs(s, 1, gather_run, &out, &err));
    assert_string_equal(buf_str(&out).p, "resolve by me 0 open ;");
    buf_clear(&out);
    GOOD(store_history(s, STR(""), 10, gather_history, &out, &err));
    assert_string_equal(buf_str(&out).p, "k/N/b none failed [];k/N/a update applied [{\"path\":\"/about\"}];");
    buf_clear(&out);
    GOOD(store_history(s, STR("k/N/a"), 10, gather_history, &out, &err));
    assert_string_equal(buf_str(&out).p, "k/N/a update applied [{\"path\":\"/about\"}];");
    buf_clear(&out);
    GOOD(store_requests(s, str_of(id), gather_request, &out, &err));
    assert_string_equal(buf_str(&out).p, "GET https://a/1 200 7;POST https://a/2 0 8;");
    store_close(s);
}

static int64_t number(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    assert_int_equal(sqlite3_open(in("state.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t ret = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    return ret;
}

static void execute(const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    assert_int_equal(sqlite3_open(in("state.db"), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    (void)sqlite3_close(db);
}

static void test_bounded(void **state)
{
    (void)state;
    struct store *s = opened(STORE_WRITE);
    struct str id;
    const struct run_info info = { .command = STR("apply") };
    auto_free char *large = mem_alloc((size_t)STORE_RECORD_MAX + 10);
    memset(large, 'x', (size_t)STORE_RECORD_MAX + 5);
    large[STORE_TEXT_MAX - 1] = (char)0xc3; /* a letter across the cut */
    large[STORE_TEXT_MAX] = (char)0xb6;
    struct str text = { large, (size_t)STORE_RECORD_MAX + 5 };
    const struct request_info r = { .error = text, .url = text, .fields = text };
    for (int i = 0; i < 3; i++) {
        GOOD(store_run_begin(s, &info, &id, &err));
        GOOD(store_run_request(s, &r, &err));
        GOOD(store_run_outcome(s, STR("k/N/a"), STR("none"), STR("failed"), text, text, &err));
    }
    large[0] = '"', large[text.n - 1] = '"';
    struct applied_field field = { STR("/about"), text, false, 0, false };
    struct record record = { .key = key_of("k/N/a"), .fields = &field, .n = 1 };
    assert_int_equal(store_put(s, &record, &err), -1);
    assert_non_null(strstr(err.text, "larger than"));
    GOOD(store_flush(s, &err));                              /* that one was refused before anything was written */
    store_close(s);
    assert_int_equal(number("SELECT max(length(CAST(error AS BLOB))) FROM request"), STORE_TEXT_MAX - 1);
    assert_int_equal(number("SELECT max(length(fields)) FROM outcome"), 2);
    execute("UPDATE run SET row=row+20000; UPDATE request SET run=run+20000; UPDATE outcome SET run=run+20000;"
            "INSERT INTO run VALUES (9000,'old','default','','','','','','','','',1,2,0,'');"
            "INSERT INTO outcome VALUES (9000,1,'k/N/a','','','','',1);"
            "INSERT INTO request VALUES (9000,1,'','','','','','','',1,1,1);");
    s = opened(STORE_WRITE);
    GOOD(store_run_begin(s, &info, &id, &err));
    GOOD(store_flush(s, &err));
    store_close(s);
    assert_int_equal(number("SELECT count(*) FROM run"), 4);
    assert_int_equal(number("SELECT count(*) FROM outcome"), 3);
    assert_int_equal(number("SELECT count(*) FROM request"), 3);
}

/* --- the machine -------------------------------------------------------------------------------------------- */

static void test_modes(void **state)
{
    (void)state;
    static const mode_t masks[] = { 0, 077, 0777 };
    for (size_t i = 0; i < COUNT(masks); i++) {
        char keep[sizeof directory];
        (void)snprintf(directory, sizeof directory, "%s/%zu/deep/state", base, i);
        memcpy(keep, directory, sizeof keep);
        mode_t before = umask(masks[i]);
        struct store *s = opened(STORE_WRITE);
        put(s, "k/N/a", "1");
        GOOD(store_flush(s, &err));
        (void)umask(before);
        assert_int_equal(mode_of(directory), 0700);
        static const char *const files[] = { "state.db", "state.db-wal", "state.db-shm", "lock", "key" };
        for (size_t f = 0; f < COUNT(files); f++)
            if (mode_of(in(files[f])) != 0600)
                fail_msg("%s has mode %o under umask %o", files[f], mode_of(in(files[f])), masks[i]);
        store_close(s);
        assert_int_equal(access(in("state.db-wal"), F_OK), -1);  /* at rest it is one file */
    }
}

static void test_open_to_others(void **state)
{
    (void)state;
    store_close(opened(STORE_WRITE));
    assert_int_equal(chmod(directory, 0750), 0);
    refused(STORE_WRITE, ERR_IO, "E506", "mode 0750", "chmod 0700");
    refused(STORE_READ, ERR_IO, "E506", "mode 0750", "chmod 0700");
    assert_int_equal(chmod(directory, 0700), 0);
    assert_int_equal(chmod(in("key"), 0640), 0);
    refused(STORE_READ, ERR_IO, "E506", "/key'", "chmod 0600");
    assert_int_equal(chmod(in("key"), 0600), 0);
    assert_int_equal(chmod(in("state.db"), 0604), 0);
    refused(STORE_WRITE, ERR_IO, "E506", "/state.db'", "chmod 0600");
    assert_int_equal(chmod(in("state.db"), 0600), 0);
    store_close(opened(STORE_READ));
}

/* Runs the rest of a test as a user without privileges, in a child; the directory becomes that user's. */
static void as_nobody(void (*body)(void))
{
    enum { NOBODY = 65534 };
    if (geteuid() == 0) {
        assert_int_equal(chmod(base, 0755), 0);
        assert_int_equal(chown(base, NOBODY, NOBODY), 0);
    }
    (void)fflush(NULL);
    pid_t child = fork();
    if (!child) {
        if (geteuid() == 0 && (setgid(NOBODY) || setuid(NOBODY)))
            _exit(9);
        body();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        fail_msg("the child ended with %d", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static bool fails(enum store_mode mode, enum err_class is, const char *part)
{
    struct store *s = try(mode);
    bool right = !s && err.is == is && strstr(err.text, part) && err.hint[0];
    if (!right)
        (void)fprintf(stderr, "opened %p: %s (%s)\n", (void *)s, err.text, err.hint);
    store_close(s);
    return right;
}

static void body_unwritable(void)
{
    if (chmod(base, 0500))
        _exit(1);
    if (!fails(STORE_WRITE, ERR_IO, "cannot make the directory"))
        _exit(2);
    if (chmod(base, 0700) || mkdir(directory, 0700) || chmod(directory, 0500))
        _exit(3);
    if (!fails(STORE_WRITE, ERR_IO, "cannot write to the state directory"))
        _exit(4);
    if (chmod(directory, 0700))
        _exit(5);
    struct store *s;
    if (!(s = try(STORE_WRITE)))
        _exit(6);
    struct record r = { .key = key_of("k/N/a") };
    if (store_put(s, &r, &err) || store_flush(s, &err))
        _exit(7);
    store_close(s);
    /* a directory that can only be read is enough to read, and nothing is made in it */
    if (chmod(directory, 0500) || !(s = try(STORE_READ)))
        _exit(8);
    auto_arena a = { 0 };
    struct record_key key = key_of("k/N/a");
    if (store_find(s, &key, &a, &r, &err) != 1)
        _exit(10);
    store_close(s);
    if (chmod(directory, 0700))
        _exit(11);
}

static void test_unwritable(void **state)
{
    (void)state;
    as_nobody(body_unwritable);
    (void)snprintf(directory, sizeof directory, "/proc/self/nothing/state");
    refused(STORE_WRITE, ERR_IO, "E501", "cannot make the directory", "--state");
    (void)snprintf(directory, sizeof directory, "%s/file", base);
    assert_int_equal(close(open(directory, O_CREAT | O_WRONLY, 0600)), 0);
    refused(STORE_WRITE, ERR_IO, "E501", "Not a directory", "--state");
}

static void body_foreign(void)
{
    _exit(fails(STORE_READ, ERR_IO, "belongs to another user") && fails(STORE_WRITE, ERR_IO, "belongs to another user") ? 0 : 1);
}

static void test_owner(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir(directory, 0755), 0);
    assert_int_equal(chmod(directory, 0755), 0);
    as_nobody(body_foreign);
}

enum { MANY = 1000 };

static void put_one(const char *address, const char *json)
{
    struct store *s = opened(STORE_WRITE);
    put(s, address, json);
    GOOD(store_flush(s, &err));
    store_close(s);
}

/* Five of these are more than a write-ahead log holds before it is moved into the file. */
static void put_all(char first)
{
    static char json[2003];
    struct store *s = opened(STORE_WRITE);
    memset(json, 'x', sizeof json - 1);
    json[0] = json[sizeof json - 2] = '"';
    json[1] = first;
    for (int i = 0; i < MANY; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "k/N/%03d", i);
        put(s, address, json);
        if (i % 50 == 49)
            GOOD(store_flush(s, &err));
    }
    store_close(s);
}

static void test_reading_makes_nothing(void **state)
{
    (void)state;
    auto_arena a = { 0 };
    struct record r;
    struct str json;
    struct store *s = opened(STORE_READ);
    assert_false(store_exists(s));
    assert_false(store_key(s)->set);
    assert_int_equal(found(s, "k/N/a", &a, &r), 0);
    GOOD(store_each(s, gather, NULL, &err));
    GOOD(store_runs(s, 1, gather_run, NULL, &err));
    GOOD(store_messages(s, STR(""), gather_message, NULL, &err));
    GOOD(store_history(s, STR(""), 1, gather_history, NULL, &err));
    GOOD(store_describe(s, &a, &json, &err));
    assert_non_null(strstr(json.p, "\"exists\":false"));
    struct record record = { .key = key_of("k/N/a") };
    assert_int_equal(store_put(s, &record, &err), -1);
    assert_int_equal(err.is, ERR_BUG);
    store_close(s);
    assert_int_equal(access(directory, F_OK), -1);
    put_all('1');
    s = opened(STORE_READ);
    assert_int_equal(found(s, "k/N/000", &a, &r), 1);
    assert_int_equal(access(in("state.db-wal"), F_OK), -1);
    assert_int_equal(access(in("state.db-shm"), F_OK), -1);
    /* writers come and go meanwhile; the reader keeps what it saw when it began, and the next one sees what was written */
    for (char round = '2'; round < '8'; round++)
        put_all(round);
    assert_int_equal(access(in("state.db-wal"), F_OK), 0);   /* left for later, since somebody reads the file */
    for (int i = 0; i < MANY; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "k/N/%03d", i);
        assert_int_equal(found(s, address, &a, &r), 1);
        assert_int_equal(r.fields[0].json.p[1], '1');
    }
    store_close(s);
    put_one("k/N/a", "2");
    struct store *w;
    s = opened(STORE_READ);
    assert_int_equal(found(s, "k/N/a", &a, &r), 1);
    assert_string_equal(r.fields[0].json.p, "2");
    w = opened(STORE_WRITE);                                 /* both at once, the other way round */
    put(w, "k/N/a", "3");
    GOOD(store_flush(w, &err));
    assert_int_equal(found(s, "k/N/a", &a, &r), 1);
    assert_string_equal(r.fields[0].json.p, "2");
    store_close(w);
    store_close(s);
    s = opened(STORE_READ);
    assert_int_equal(found(s, "k/N/a", &a, &r), 1);
    assert_string_equal(r.fields[0].json.p, "3");
    store_close(s);
}

/* --- damage and age ----------------------------------------------------------------------------------------- */

static void write_file(const char *name, const void *bytes, size_t n)
{
    int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    assert_int_equal(close(fd), 0);
}

static void test_damaged(void **state)
{
    (void)state;
    char noise[20000];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)(i * 7919 >> 3);
    struct store *s = opened(STORE_WRITE);
    for (int i = 0; i < 200; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "k/N/%03d", i);
        put(s, address, "\"a value that takes some room\"");
    }
    GOOD(store_flush(s, &err));
    store_close(s);
    struct stat st;
    assert_int_equal(stat(in("state.db"), &st), 0);
    /* pages of noise behind a good beginning: opening is quick and may not see it, reading says so */
    int fd = open(in("state.db"), O_WRONLY);
    for (off_t at = 3 * 8192; at + 8192 <= st.st_size; at += 8192)
        assert_int_equal(pwrite(fd, noise, 8192, at), 8192);
    assert_int_equal(close(fd), 0);
    auto_buf out = buf_init(1 << 20);
    s = try(STORE_READ);
    if (s)
        assert_int_equal(store_each(s, gather, &out, &err), -1);
    assert_string_equal(err.code, "E502");
    assert_non_null(strstr(err.hint, "--adopt"));
    store_close(s);
    assert_int_equal(truncate(in("state.db"), st.st_size / 2), 0);
    refused(STORE_READ, ERR_IO, "E502", "is damaged", "--adopt");
    refused(STORE_WRITE, ERR_IO, "E502", "is damaged", "--adopt");
    write_file("state.db", noise, sizeof noise);
    refused(STORE_READ, ERR_IO, "E502", "is damaged", "--adopt");
    refused(STORE_WRITE, ERR_IO, "E502", "is damaged", "--adopt");
    write_file("state.db", "", 0);                           /* cut to nothing: never taken for a new one, which would send messages again */
    refused(STORE_READ, ERR_IO, "E502", "it is empty", "Put a copy back");
    refused(STORE_WRITE, ERR_IO, "E502", "it is empty", "Put a copy back");
    assert_int_equal(unlink(in("state.db")), 0);
    write_file("state.db.new", "", 0);                       /* killed while it was made: as good as new */
    write_file("state.db.new-wal", "x", 1);
    s = opened(STORE_READ);
    assert_false(store_exists(s));
    store_close(s);
    s = opened(STORE_WRITE);
    assert_false(store_exists(s));
    store_close(s);
    assert_int_equal(access(in("state.db.new"), F_OK), -1);
    assert_int_equal(access(in("state.db.new-wal"), F_OK), -1);
    execute("DROP TABLE record");
    s = opened(STORE_READ);
    struct record_key key = key_of("k/N/a");
    auto_arena a = { 0 };
    struct record r;
    assert_int_equal(store_find(s, &key, &a, &r, &err), -1);
    assert_string_equal(err.code, "E502");
    store_close(s);
}

static void test_damaged_record(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "{", "{\"/about\":[1,\"\",]}", "{\"/about\":[1,\"\",1}", "{\"/a\":[x,\"\",1]}", "{\"a\":[1,\"\",1]}x",
                                       "{\"a\":[1,\"s\",1]}", "{\"a\":[1,\"\",\"]}", "{\"a\\", "[]" };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct store *s = opened(STORE_WRITE);
        put(s, "k/N/a", "1");
        GOOD(store_flush(s, &err));
        store_close(s);
        auto_buf sql = buf_init(1000);
        buf_printf(&sql, "UPDATE record SET fields='%s'", bad[i]);
        execute(buf_str(&sql).p);
        s = opened(STORE_READ);
        struct record_key key = key_of("k/N/a");
        auto_arena a = { 0 };
        struct record r;
        if (store_find(s, &key, &a, &r, &err) != -1 || !err.code || strcmp(err.code, "E502") || !strstr(err.text, "k/N/a"))
            fail_msg("'%s' was taken: %s", bad[i], err.text);
        store_close(s);
    }
}

static void test_newer_and_foreign(void **state)
{
    (void)state;
    store_close(opened(STORE_WRITE));
    execute("PRAGMA user_version=99");
    refused(STORE_WRITE, ERR_IO, "E503", "has version 99; this program knows versions up to 5", "--state");
    refused(STORE_READ, ERR_IO, "E503", "has version 99", "--state");
    assert_int_equal(number("PRAGMA user_version"), 99);
    execute("PRAGMA user_version=5; PRAGMA application_id=7");
    refused(STORE_WRITE, ERR_IO, "E508", "another program", "--state");
    execute("PRAGMA application_id=0; PRAGMA user_version=0");
    refused(STORE_READ, ERR_IO, "E508", "another program", "--state");
    execute("PRAGMA application_id=0x77636e66; PRAGMA user_version=0");
    refused(STORE_READ, ERR_IO, "E502", "version is 0", "--adopt");
}

static const char version_1[] =
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE record (env TEXT NOT NULL, address TEXT NOT NULL, origin TEXT NOT NULL, tenant TEXT NOT NULL, natural TEXT NOT NULL,"
    " account TEXT NOT NULL, remote_id TEXT NOT NULL, at INTEGER NOT NULL, fields TEXT NOT NULL,"
    " PRIMARY KEY (env, address, origin, tenant, natural)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE intent (env TEXT NOT NULL, address TEXT NOT NULL, origin TEXT NOT NULL, tenant TEXT NOT NULL, natural TEXT NOT NULL,"
    " action TEXT NOT NULL, digest TEXT NOT NULL, run TEXT NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY (env, address, origin, tenant, natural)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE message (env TEXT NOT NULL, address TEXT NOT NULL, origin TEXT NOT NULL, tenant TEXT NOT NULL, natural TEXT NOT NULL,"
    " state TEXT NOT NULL, digest TEXT NOT NULL, remote_id TEXT NOT NULL, detail TEXT NOT NULL, run TEXT NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY (env, address, origin, tenant, natural)) STRICT, WITHOUT ROWID;"
    "INSERT INTO record VALUES ('default','k/N/a','https://api.example','tenant','+15550100','k/Account/a','id',5,"
    " '{\"/about\":[4,\"a\",\"old\"]}');"
    "PRAGMA application_id=0x77636e66; PRAGMA user_version=1;";

static void test_older(void **state)
{
    (void)state;
    auto_arena a = { 0 };
    struct record r;
    auto_buf out = buf_init(1000);
    assert_int_equal(mkdir(directory, 0700), 0);
    write_file("state.db", "", 0);
    execute(version_1);
    struct store *s = opened(STORE_READ);                    /* a copy is migrated, the file is not */
    assert_true(store_exists(s));
    assert_int_equal(found(s, "k/N/a", &a, &r), 1);
    assert_string_equal(r.fields[0].json.p, "\"old\"");
    GOOD(store_runs(s, 10, gather_run, &out, &err));
    store_close(s);
    assert_int_equal(number("PRAGMA user_version"), 1);
    s = opened(STORE_WRITE);
    assert_true(store_exists(s));
    assert_int_equal(found(s, "k/N/a", &a, &r), 1);
    struct str id;
    const struct run_info info = { .command = STR("apply") };
    GOOD(store_run_begin(s, &info, &id, &err));
    GOOD(store_flush(s, &err));
    store_close(s);
    assert_int_equal(number("PRAGMA user_version"), 5);
    assert_int_equal(number("SELECT count(*) FROM run"), 1);
}

/* A migration that cannot finish leaves the file as it was. */
static void test_older_stuck(void **state)
{
    (void)state;
    assert_int_equal(mkdir(directory, 0700), 0);
    write_file("state.db", "", 0);
    execute(version_1);
    execute("CREATE TABLE outcome (x)");
    refused(STORE_WRITE, ERR_IO, "E501", "already exists", "");
    assert_int_equal(number("PRAGMA user_version"), 1);
    assert_int_equal(number("SELECT count(*) FROM sqlite_schema WHERE name='run'"), 0);
}

/* --- the key ------------------------------------------------------------------------------------------------ */

static void test_key(void **state)
{
    (void)state;
    struct store *s = opened(STORE_WRITE);
    struct vault_key made = *store_key(s);
    assert_true(made.set);
    store_close(s);
    char text[65] = "";
    int fd = open(in("key"), O_RDONLY);
    assert_int_equal(read(fd, text, 64), 64);
    (void)close(fd);
    struct store_options o = { .directory = directory, .env = "default", .mode = STORE_READ, .key_text = text };
    assert_int_equal(store_open(&o, &s, &err), 0);           /* the file's text in WACONF_KEY is the same key */
    assert_memory_equal(store_key(s)->bytes, made.bytes, sizeof made.bytes);
    store_close(s);
    o.key_text = "another text, longer than 32 bytes";
    assert_int_equal(store_open(&o, &s, &err), -1);
    assert_string_equal(err.code, "E505");
    assert_non_null(strstr(err.text, made.id));
    assert_non_null(strstr(err.hint, "Put that key back"));
    o.key_text = "too short";
    assert_int_equal(store_open(&o, &s, &err), -1);
    assert_int_equal(err.is, ERR_USAGE);
    assert_int_equal(rename(in("key"), strcat(strcpy((char[400]){ 0 }, directory), "/kept")), 0);
    refused(STORE_WRITE, ERR_IO, "E505", "is missing", "Put that key back");   /* and no new one is made */
    assert_int_equal(access(in("key"), F_OK), -1);
    write_file("key", "short\n", 6);
    refused(STORE_READ, ERR_IO, "E505", "does not hold a key", "WACONF_KEY");
    assert_int_equal(unlink(in("key")), 0);
    assert_int_equal(symlink("kept", in("key")), 0);
    refused(STORE_READ, ERR_IO, "E501", "cannot read the key", "");
}

static void test_key_given(void **state)
{
    (void)state;
    struct store *s;
    struct store_options o = { .directory = directory, .env = "default", .mode = STORE_READ, .key_text = "0123456789abcdef0123456789abcdef\n" };
    assert_int_equal(store_open(&o, &s, &err), 0);           /* no state, but fingerprints can be shown */
    assert_true(store_key(s)->set);
    store_close(s);
    o.mode = STORE_WRITE;
    assert_int_equal(store_open(&o, &s, &err), 0);
    store_close(s);
    assert_int_equal(access(in("key"), F_OK), -1);           /* the key is kept elsewhere */
    refused(STORE_WRITE, ERR_IO, "E505", "is missing", "WACONF_KEY");
}

/* --- the lock ----------------------------------------------------------------------------------------------- */

/* A child that opens for writing, says so, and waits to be told (or killed). */
static pid_t holder(int *ret_go)
{
    int ready[2], go[2];
    char byte = 'r';
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    assert_int_equal(pipe2(go, O_CLOEXEC), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    if (!child) {
        struct store *s = try(STORE_WRITE);
        (void)close(go[1]);
        if (!s || write(ready[1], &byte, 1) != 1)
            _exit(1);
        (void)!read(go[0], &byte, 1);
        store_close(s);
        _exit(0);
    }
    (void)close(ready[1]);
    (void)close(go[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    *ret_go = go[1];
    return child;
}

static void test_locked(void **state)
{
    (void)state;
    int go, status;
    pid_t child = holder(&go);
    char pid[64];
    (void)snprintf(pid, sizeof pid, "`waconf apply` (process %d on ", (int)child);
    refused(STORE_WRITE, ERR_LOCKED, "E504", pid, "--lock-timeout");
    store_close(opened(STORE_READ));                         /* reading needs no lock */
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    store_close(opened(STORE_WRITE));                        /* death releases it */
    (void)close(go);
    struct stat st;
    assert_int_equal(stat(in("lock"), &st), 0);
    assert_int_equal(st.st_size, 0);                         /* and nobody dead is named */
    auto_free char *left = mem_alloc(1000);
    write_file("lock", memset(left, '}', 1000), 1000);        /* nor does what the dead left confuse */
    child = holder(&go);
    (void)snprintf(pid, sizeof pid, "`waconf apply` (process %d on ", (int)child);
    refused(STORE_WRITE, ERR_LOCKED, "E504", pid, "--lock-timeout");
    (void)close(go);
    assert_int_equal(waitpid(child, &status, 0), child);
    int fd = open(in("lock"), O_RDWR);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    refused(STORE_WRITE, ERR_LOCKED, "E504", "another run", "--lock-timeout");
    (void)close(fd);
}

static void test_lock_waits(void **state)
{
    (void)state;
    int go, status;
    struct store *s = NULL;
    pid_t child = holder(&go);
    struct store_options o = { .directory = directory, .env = "default", .mode = STORE_WRITE, .lock_timeout_ms = 150 };
    struct rusage before, after;
    (void)getrusage(RUSAGE_SELF, &before);
    int64_t start = clock_mono_ms();
    assert_int_equal(store_open(&o, &s, &err), -1);
    assert_int_equal(err.is, ERR_LOCKED);
    assert_in_range(clock_mono_ms() - start, 140, 5000);
    (void)getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_nvcsw - before.ru_nvcsw < 20);      /* asleep, not asking */
    /* a helper lets the holder go after we began to wait: it waits until we are asleep in poll() */
    pid_t waiter = getpid(), helper = fork();
    if (!helper) {
        char path[64], what[64] = "";
        (void)snprintf(path, sizeof path, "/proc/%d/wchan", (int)waiter);
        for (int64_t end = clock_mono_ms() + 3000; clock_mono_ms() < end && !strstr(what, "poll");) {
            int fd = open(path, O_RDONLY);
            ssize_t n = read(fd, what, sizeof what - 1);
            what[n > 0 ? n : 0] = '\0';
            (void)close(fd);
        }
        (void)!write(go, "g", 1);
        _exit(0);
    }
    o.lock_timeout_ms = 30000;
    start = clock_mono_ms();
    if (store_open(&o, &s, &err))
        fail_msg("%s", err.text);
    assert_true(clock_mono_ms() - start < 20000);
    store_close(s);
    assert_int_equal(waitpid(helper, &status, 0), helper);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)close(go);
}

/* --- full disks ---------------------------------------------------------------------------------------------- */

/* Fills the state until it refuses. After that nothing may claim to be kept, and what was flushed must be there. */
static void fill(int most)
{
    struct store *s = try(STORE_WRITE);
    int flushed = -1;
    if (!s) {
        (void)fprintf(stderr, "%s\n", err.text);
        _exit(2);
    }
    static char text[3001];
    memset(text, 'x', 3000);
    text[0] = text[2999] = '"';
    bool full = false;
    for (int i = 0; i < most && !full; i++) {
        char address[32];
        struct applied_field field = { STR("/about"), str_of(text), false, 0, false };
        (void)snprintf(address, sizeof address, "k/N/%05d", i);
        struct record r = { .key = key_of(address), .fields = &field, .n = 1 };
        full = store_put(s, &r, &err) || (i % 7 == 6 && store_flush(s, &err));
        if (!full && i % 7 == 6)
            flushed = i;
    }
    if (!full || err.is != ERR_IO || strcmp(err.code, "E501") || !strstr(err.text, directory) || !strstr(err.hint, "oom"))
        (void)fprintf(stderr, "full %d: %s (%s)\n", full, err.text, err.hint), _exit(3);
    struct record r = { .key = key_of("k/N/after") };
    if (store_put(s, &r, &err) != -1 || store_flush(s, &err) != -1 || store_intent_done(s, &r.key, &err) != -1)
        _exit(4);
    store_close(s);
    if (!(s = try(STORE_READ)))
        (void)fprintf(stderr, "again: %s\n", err.text), _exit(5);
    auto_arena a = { 0 };
    for (int i = 0; i <= flushed; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "k/N/%05d", i);
        struct record_key key = key_of(address);
        if (store_find(s, &key, &a, &r, &err) != 1)
            (void)fprintf(stderr, "%s of %d: %s\n", address, flushed, err.text), _exit(6);
    }
    store_close(s);
    _exit(flushed < 7 ? 7 : 0);
}

static void run_child(void (*body)(void))
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (!child)
        body();
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        fail_msg("the child ended with %d", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static void body_limit(void)
{
    struct rlimit most = { 400 << 10, 400 << 10 };
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &most);
    fill(100000);
}

static void body_tmpfs(void)
{
    fill(100000);
}

static void test_full(void **state)
{
    (void)state;
    run_child(body_limit);
    if (geteuid() != 0)
        return;
    (void)snprintf(directory, sizeof directory, "%s/small", base);
    assert_int_equal(mkdir(directory, 0700), 0);
    if (mount("tmpfs", directory, "tmpfs", 0, "size=512k,mode=0700"))
        return; /* a container without that right */
    pid_t child;
    (void)fflush(NULL);
    if (!(child = fork()))
        body_tmpfs();
    int status;
    (void)waitpid(child, &status, 0);
    (void)umount2(directory, MNT_DETACH);
    assert_int_equal(status, 0);
}

/* --- SIGKILL -------------------------------------------------------------------------------------------------- */

/* Object i in round n: an intent, flushed, "sent", an outcome, flushed; each acknowledged by a byte after its flush. */
static void write_rounds(int start, int ack)
{
    struct store *s = try(STORE_WRITE);
    if (!s)
        _exit(1);
    for (int i = start;; i++) {
        char address[32];
        (void)snprintf(address, sizeof address, "k/N/%06d", i);
        struct intent intent = { key_of(address), STR("create"), STR("d"), STR("r"), i };
        struct applied_field field = { STR("/about"), STR("\"x\""), false, i, false };
        struct record r = { .key = key_of(address), .fields = &field, .n = 1, .at = i };
        if (store_intent(s, &intent, &err) || store_flush(s, &err) || write(ack, "i", 1) != 1)
            _exit(2);
        if (store_put(s, &r, &err) || store_intent_done(s, &r.key, &err) || store_flush(s, &err) || write(ack, "o", 1) != 1)
            _exit(3);
    }
}

static void test_killed(void **state)
{
    (void)state;
    enum { ROUNDS = 100 };
    unsigned seed = (unsigned)getpid();
    int next = 0, lost = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int ack[2], status;
        char bytes[4096];
        size_t acked = 0;
        assert_int_equal(pipe2(ack, O_CLOEXEC), 0);
        (void)fflush(NULL);
        pid_t child = fork();
        if (!child)
            write_rounds(next, ack[1]);
        (void)close(ack[1]);
        /* a random time: from its start, or, so that slow machines get somewhere too, from the first byte */
        const struct timespec nap = { 0, (long)(rand_r(&seed) % 8000) * 1000 };
        if (round % 4)
            (void)poll(&(struct pollfd){ .fd = ack[0], .events = POLLIN }, 1, 5000);
        (void)nanosleep(&nap, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        for (ssize_t n; (n = read(ack[0], bytes, sizeof bytes)) > 0;)
            acked += (size_t)n;
        (void)close(ack[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        struct store *s = opened(round % 2 ? STORE_WRITE : STORE_READ); /* both must cope with what is left */
        auto_arena a = { 0 };
        struct str json;
        GOOD(store_describe(s, &a, &json, &err));
        if (store_exists(s) && !strstr(json.p, "\"integrity\":\"ok\""))
            fail_msg("round %d: %s", round, json.p);
        for (size_t i = 0; i < (acked + 1) / 2; i++) {
            char address[32];
            struct record r;
            struct intent intent;
            (void)snprintf(address, sizeof address, "k/N/%06d", next + (int)i);
            struct record_key key = key_of(address);
            bool recorded = store_find(s, &key, &a, &r, &err) == 1, intended = store_intent_find(s, &key, &a, &intent, &err) == 1;
            /* acknowledged outcome: recorded and no longer intended; acknowledged intent: one or the other, never both */
            lost += i * 2 + 1 < acked ? !recorded || intended : recorded == intended;
        }
        next += (int)(acked / 2) + 1;
        store_close(s);
    }
    print_message("# %d objects written in killed processes\n", next);
    assert_int_equal(lost, 0);
    assert_true(next > ROUNDS);
}

/* --- cost --------------------------------------------------------------------------------------------------- */

static int64_t reads_so_far(void)
{
    char text[1024] = "";
    int fd = open("/proc/self/io", O_RDONLY);
    (void)!read(fd, text, sizeof text - 1);
    (void)close(fd);
    const char *at = strstr(text, "syscr: ");
    return at ? atoll(at + 7) : -1;
}

static void test_cheap(void **state)
{
    (void)state;
    enum { OBJECTS = 10000 };
    struct store *s = opened(STORE_WRITE);
    char address[40];
    for (int i = 0; i < OBJECTS; i++) {
        (void)snprintf(address, sizeof address, "kaleyra/NumberProfile/n-%05d", i);
        put(s, address, "\"We are open from nine to five, every day of the year but one.\"");
    }
    GOOD(store_flush(s, &err));
    store_close(s);
    s = opened(STORE_READ);
    auto_arena a = { 0 };
    int64_t before = reads_so_far();
    struct timespec from, to;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int i = 0; i < OBJECTS; i++) {
        struct record r;
        (void)snprintf(address, sizeof address, "kaleyra/NumberProfile/n-%05d", i);
        assert_int_equal(found(s, address, &a, &r), 1);
        arena_reset(&a);
    }
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    int64_t reads = reads_so_far() - before, us = (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
    print_message("# %d look-ups: %lld reads, %lld us\n", OBJECTS, (long long)reads, (long long)us);
    if (before >= 0)
        assert_in_range(reads, 0, OBJECTS / 5);
    store_close(s);
}

static void test_describe(void **state)
{
    (void)state;
    auto_arena a = { 0 };
    struct str json;
    struct store *s = opened(STORE_WRITE);
    put(s, "k/N/a", "1");
    GOOD(store_flush(s, &err));
    GOOD(store_describe(s, &a, &json, &err));
    static const char *const parts[] = { "\"schema_version\":5", "\"env\":\"default\"", "\"records\":1", "\"runs\":0", "\"integrity\":\"ok\"", "\"size_bytes\":" };
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!strstr(json.p, parts[i]))
            fail_msg("%s is not in %s", parts[i], json.p);
    assert_non_null(strstr(json.p, store_key(s)->id));
    store_close(s);
    store_close(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh, gone)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_records), TEST(test_refuses_bad_json), TEST(test_each_and_env), TEST(test_intents_and_messages), TEST(test_history),
        TEST(test_bounded), TEST(test_modes), TEST(test_open_to_others), TEST(test_unwritable), TEST(test_owner),
        TEST(test_reading_makes_nothing), TEST(test_damaged), TEST(test_damaged_record), TEST(test_newer_and_foreign), TEST(test_older),
        TEST(test_older_stuck), TEST(test_key), TEST(test_key_given), TEST(test_locked), TEST(test_lock_waits), TEST(test_full),
        TEST(test_killed), TEST(test_cheap), TEST(test_describe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
