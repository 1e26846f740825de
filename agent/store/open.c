/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "store/inside.h"

#define FILE_NAME "state.db"
#define NEW_NAME "state.db.new"            /* until its tables are in it */

static char *joined(const char *a, const char *b)
{
    char *p = mem_alloc(strlen(a) + strlen(b) + 1);
    return strcat(strcpy(p, a), b);
}

/* Looks at the file before SQLite does. *ret_there tells whether there is one. */
static int check_file(struct store *s, bool *ret_there, struct err *err)
{
    struct stat st;
    auto_fd fd = openat(s->directory_fd, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    *ret_there = fd >= 0;
    if (fd < 0)
        return errno == ENOENT ? 0 : err_sys(err, errno, "cannot open the state '%s'", s->path);
    if (fstat(fd, &st))
        return err_sys(err, errno, "cannot look at the state '%s'", s->path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_IO, "E501", "the state '%s' is not a regular file", s->path);
    if (!st.st_size) /* it gets its name when it has tables, so it was cut: taken for a new one, it would forget which messages were sent */
        return store_damaged(s, "it is empty", err);
    return directory_check(s->path, fd, "the state", 077, err);
}

static bool has_log(const struct store *s)
{
    struct stat st;
    return fstatat(s->directory_fd, FILE_NAME "-wal", &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0;
}

/* file:PATH?immutable=1, with what an URI gives a meaning escaped */
static void immutable_name(const char *path, struct buf *out)
{
    buf_puts(out, "file:");
    for (; *path; path++)
        if (strchr("%?#", *path))
            buf_printf(out, "%%%02x", (unsigned)*path);
        else
            buf_char(out, *path);
    buf_puts(out, "?immutable=1");
}

static int connect_to(struct store *s, struct err *err)
{
    auto_buf name = buf_init(BUF_UNBOUNDED);
    int flags = SQLITE_OPEN_READWRITE;
    buf_puts(&name, s->path);
    if (s->mode == STORE_READ) {
        flags = SQLITE_OPEN_READONLY;
        bool shared = flock(s->directory_fd, LOCK_SH | LOCK_NB) == 0;
        if (shared && !has_log(s)) {
            buf_clear(&name);
            immutable_name(s->path, &name);
            flags |= SQLITE_OPEN_URI;
        } else if (shared) {
            (void)flock(s->directory_fd, LOCK_UN);
        }
    }
    if (sqlite3_open_v2(buf_str(&name).p, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return store_fail(s, "open", err);
    return store_configure(s, err);
}

/* A reader may not change the file of an older version, so it gets a copy in memory. */
static int migrate_copy(struct store *s, int version, struct err *err)
{
    sqlite3 *file = s->db, *copy = NULL;
    if (sqlite3_open(":memory:", &copy) != SQLITE_OK)
        mem_fail();
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", file, "main");
    int got = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
    (void)sqlite3_backup_finish(backup);
    if (got != SQLITE_DONE) {
        (void)store_fail(s, "read", err);
        (void)sqlite3_close(copy);
        return -1;
    }
    (void)sqlite3_close(file);
    s->db = copy;
    return store_configure(s, err) ? -1 : schema_migrate(s, version, err);
}

static int open_schema(struct store *s, struct err *err)
{
    int version;
    if (schema_version(s, &version, err))
        return -1;
    if (version == SCHEMA_VERSION)
        return 0;
    if (s->mode == STORE_WRITE)
        return schema_migrate(s, version, err);
    return version ? migrate_copy(s, version, err) : store_damaged(s, "it holds no tables", err);
}

static void remove_new(const struct store *s)
{
    static const char *const names[] = { NEW_NAME, NEW_NAME "-wal", NEW_NAME "-shm", NEW_NAME "-journal" };
    for (size_t i = 0; i < COUNT(names); i++)
        (void)unlinkat(s->directory_fd, names[i], 0);
}

/* SQLite makes files by the umask, so an empty one is made for it; -wal and -shm take over its mode. */
static int make_empty(struct store *s, int *ret_fd, struct err *err)
{
    *ret_fd = openat(s->directory_fd, NEW_NAME, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (*ret_fd < 0 || fchmod(*ret_fd, 0600)) {
        (void)err_sys(err, errno, "cannot make the state '%s'", s->path);
        return err_hint(err, "Make '%s' writable for this user, or choose another directory with --state.", s->directory);
    }
    return 0;
}

/* A new state is filled under another name: one that is there has its tables, whenever we were killed. We hold the lock. */
static int make_state(struct store *s, struct err *err)
{
    auto_fd fd = -1;
    char *path = s->path;
    remove_new(s);
    s->path = joined(s->directory, "/" NEW_NAME);
    bool made = make_empty(s, &fd, err) == 0 && connect_to(s, err) == 0 && schema_migrate(s, 0, err) == 0;
    if (s->db && sqlite3_close(s->db) != SQLITE_OK && made)
        made = store_fail(s, "make", err) == 0;
    s->db = NULL;
    free(s->path);
    s->path = path;
    if (made && (fsync(fd) || renameat(s->directory_fd, NEW_NAME, s->directory_fd, FILE_NAME) || fsync(s->directory_fd)))
        made = err_sys(err, errno, "cannot make the state '%s'", s->path) == 0;
    if (!made)
        remove_new(s);
    return made ? 0 : -1;
}

/* The state remembers by which key its fingerprints were made: by another one every secret would look changed. */
static int check_key(struct store *s, const char *key_text, struct err *err)
{
    auto_arena a = { 0 };
    struct str id = { 0 };
    if (s->db && schema_fact(s, "key", &a, &id, err))
        return -1;
    bool make = s->mode == STORE_WRITE && !id.n;
    if (key_load(s->directory_fd, s->directory, key_text, make, &s->key, err))
        return -1;
    if (!s->db)
        return 0;
    if (!id.n && s->mode == STORE_WRITE)
        return schema_fact_set(s, "key", str_of(s->key.id), err);
    if (!id.n || str_is(id, s->key.id))
        return 0;
    (void)(s->key.set
        ? err_set(err, ERR_IO, "E505", "the state '%s' was made with another key (its id is %.*s, this one's %s)", s->path, ARG(id), s->key.id)
        : err_set(err, ERR_IO, "E505", "the key of the state '%s' is missing (its id is %.*s)", s->path, ARG(id)));
    return err_hint(err, "Put that key back: DIR/key, or WACONF_KEY. If it is lost, use a new state and run `waconf apply --adopt`.");
}

static int open_all(struct store *s, const struct store_options *o, struct err *err)
{
    bool writes = o->mode == STORE_WRITE, there = false;
    if (directory_open(s->directory, writes, &s->directory_fd, err))
        return -1;
    if (writes && lock_take(s->directory_fd, s->directory, o->command, o->lock_timeout_ms, o->interrupt_fd, &s->lock_fd, err))
        return -1;
    if (s->directory_fd >= 0 && check_file(s, &there, err))
        return -1;
    if (!there && writes && make_state(s, err))
        return -1;
    if ((there || writes) && (connect_to(s, err) || open_schema(s, err)))
        return -1;
    s->existed = there;
    return check_key(s, o->key_text, err);
}

int store_open(const struct store_options *o, struct store **ret, struct err *err)
{
    struct store *s = mem_alloc(sizeof *s);
    s->mode = o->mode;
    s->directory = joined(o->directory, "");
    s->path = joined(o->directory, "/" FILE_NAME);
    s->env = joined(o->env, "");
    s->directory_fd = s->lock_fd = -1;
    if (open_all(s, o, err)) {
        store_close(s);
        return -1;
    }
    *ret = s;
    return 0;
}
