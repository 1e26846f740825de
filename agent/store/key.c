/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "store/inside.h"

/* The file holds text, and goes through the same hash as WACONF_KEY: who copies one into the other keeps the key. */
enum { KEY_LEAST = 32, KEY_MOST = 4096, KEY_RANDOM = 32 };

static int from_file(int directory_fd, const char *path, struct vault_key *ret, struct err *err)
{
    char text[KEY_MOST + 1];
    struct stat st;
    auto_fd fd = openat(directory_fd, "key", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fstat(fd, &st))
        return err_sys(err, errno, "cannot read the key of the state '%s'", path);
    if (directory_check(path, fd, "the key file", 077, err))
        return -1;
    ssize_t n = S_ISREG(st.st_mode) ? read(fd, text, sizeof text) : -1;
    struct str key = str_trim((struct str){ text, n > 0 ? (size_t)n : 0 });
    if (key.n >= KEY_LEAST && n <= KEY_MOST)
        vault_key_from_text(key, ret);
    sodium_memzero(text, sizeof text);
    if (ret->set)
        return 0;
    (void)err_set(err, ERR_IO, "E505", "the key file '%s' does not hold a key (a text of %d to %d bytes)", path, KEY_LEAST, KEY_MOST);
    return err_hint(err, "Put a copy of the key back, or give the key in WACONF_KEY.");
}

/* Whole or not at all: written beside, flushed, renamed. Nobody else writes here, since the lock is held. */
static int make_file(int directory_fd, const char *path, struct vault_key *ret, struct err *err)
{
    unsigned char bytes[KEY_RANDOM];
    char text[2 * KEY_RANDOM + 2];
    (void)unlinkat(directory_fd, "key.new", 0);
    auto_fd fd = openat(directory_fd, "key.new", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_sys(err, errno, "cannot make the key of the state '%s'", path);
    if (sodium_init() < 0)
        return err_set(err, ERR_IO, "E501", "the system gives no random numbers");
    randombytes_buf(bytes, sizeof bytes);
    (void)sodium_bin2hex(text, sizeof text, bytes, sizeof bytes);
    text[2 * KEY_RANDOM] = '\n';
    errno = ENOSPC; /* what a short write means */
    bool made = fchmod(fd, 0600) == 0 && write(fd, text, sizeof text - 1) == (ssize_t)sizeof text - 1 && fsync(fd) == 0 &&
                renameat(directory_fd, "key.new", directory_fd, "key") == 0 && fsync(directory_fd) == 0;
    int sys = errno;
    if (made)
        vault_key_from_text((struct str){ text, 2 * KEY_RANDOM }, ret);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(text, sizeof text);
    return made ? 0 : err_sys(err, sys, "cannot make the key of the state '%s'", path);
}

int key_load(int directory_fd, const char *directory, const char *key_text, bool make, struct vault_key *ret, struct err *err)
{
    *ret = (struct vault_key){ 0 };
    if (key_text) {
        struct str text = str_trim(str_of(key_text));
        if (text.n < KEY_LEAST) {
            (void)err_set(err, ERR_USAGE, "E505", "WACONF_KEY has %zu bytes; a key has %d or more", text.n, KEY_LEAST);
            return err_hint(err, "Make one with: openssl rand -hex 32");
        }
        vault_key_from_text(text, ret);
        return 0;
    }
    if (directory_fd < 0)
        return 0;
    auto_free char *path = mem_alloc(strlen(directory) + 5);
    (void)sprintf(path, "%s/key", directory);
    if (from_file(directory_fd, path, ret, err))
        return -1;
    return ret->set || !make ? 0 : make_file(directory_fd, path, ret, err);
}
