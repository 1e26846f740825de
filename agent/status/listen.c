/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/mem.h"

enum { BACKLOG = 64, SOCKET_MODE = 0660 };

/* --- a port -------------------------------------------------------------------------------------- */

struct place { struct sockaddr_storage at; socklen_t n; bool loopback; };

static int bad_address(const char *where, struct err *err)
{
    (void)err_set(err, ERR_USAGE, "E510", "'%s' is not an address to listen on", where);
    return err_hint(err, "Write it like 127.0.0.1:9847, [::1]:9847 or unix:/run/waconf/http.sock.");
}

/* "HOST:PORT" to HOST and port; brackets around an IPv6 address are taken off. */
static bool split(const char *where, char host[64], long *ret_port)
{
    const char *colon = strrchr(where, ':');
    size_t n = colon ? (size_t)(colon - where) : 0;
    if (!n || n >= 64 || colon[1] == '-' || !str_to_long(str_of(colon + 1), 0, 65535, ret_port))
        return false;
    bool brackets = where[0] == '[' && where[n - 1] == ']';
    n -= brackets ? 2 : 0;
    memcpy(host, where + brackets, n);
    host[n] = 0;
    return brackets == (strchr(host, ':') != NULL);
}

static int place_of(const char *where, struct place *ret, struct err *err)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&ret->at;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ret->at;
    char host[64];
    long port;
    *ret = (struct place){ 0 };
    if (!split(where, host, &port))
        return bad_address(where, err);
    if (inet_pton(AF_INET, !strcmp(host, "localhost") ? "127.0.0.1" : host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        ret->n = sizeof *v4;
        ret->loopback = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        ret->n = sizeof *v6;
        ret->loopback = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
    } else {
        return bad_address(where, err);
    }
    return 0;
}

static void name_port(const struct place *p, struct listener *l)
{
    char host[INET6_ADDRSTRLEN] = "";
    if (p->at.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&p->at;
        l->port = ntohs(v4->sin_port);
        (void)snprintf(l->address, sizeof l->address, "http://%s:%u/", inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host), l->port);
    } else {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&p->at;
        l->port = ntohs(v6->sin6_port);
        (void)snprintf(l->address, sizeof l->address, "http://[%s]:%u/", inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host), l->port);
    }
}

static int open_port(const char *where, bool expose, struct listener *l, struct err *err)
{
    struct place p;
    if (place_of(where, &p, err) < 0)
        return -1;
    if (!p.loopback && !expose) {
        (void)err_set(err, ERR_USAGE, "E510", "'%s' can be reached by other machines; the status server is for this one only", where);
        return err_hint(err, "Listen on 127.0.0.1 or a unix socket, with a proxy that asks who it is; or add --expose.");
    }
    auto_fd fd = socket(p.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, errno, "no socket to listen on '%s'", where);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (bind(fd, (struct sockaddr *)&p.at, p.n) != 0 || listen(fd, BACKLOG) != 0 || getsockname(fd, (struct sockaddr *)&p.at, &p.n) != 0)
        return err_sys(err, errno, "cannot listen on '%s'", where);
    name_port(&p, l);
    l->fd = fd;
    fd = -1;
    return 0;
}

/* --- a unix socket ------------------------------------------------------------------------------- */

/* Is somebody behind this socket? Only a refused connection says no. */
static bool served(const struct sockaddr_un *at)
{
    auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 || connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 || errno != ECONNREFUSED;
}

/* Nothing there, or a socket that nobody serves: then it may be replaced. */
static int may_replace(const struct sockaddr_un *at, struct err *err)
{
    struct stat st;
    if (lstat(at->sun_path, &st) != 0)
        return errno == ENOENT ? 0 : err_sys(err, errno, "cannot look at '%s'", at->sun_path);
    if (!S_ISSOCK(st.st_mode)) {
        (void)err_set(err, ERR_IO, "E510", "'%s' exists and is not a socket", at->sun_path);
        return err_hint(err, "It was left alone. Move it away, or listen somewhere else.");
    }
    if (served(at)) {
        (void)err_set(err, ERR_IO, "E510", "'%s' is served by another process", at->sun_path);
        return err_hint(err, "Is another daemon running? Stop it, or listen somewhere else.");
    }
    return 0;
}

/* Bound under a name of its own and then renamed: there is no moment at which the socket has a wider mode, or at which none is there. */
static int bind_beside(int fd, struct sockaddr_un at, struct listener *l, struct err *err)
{
    struct stat st;
    char path[sizeof at.sun_path];
    memcpy(path, at.sun_path, sizeof path);
    int n = snprintf(at.sun_path, sizeof at.sun_path, "%s.%d", path, (int)getpid());
    if (n < 0 || (size_t)n >= sizeof at.sun_path)
        return err_set(err, ERR_USAGE, "E510", "the path of the socket '%s' is too long; it may have 96 bytes", path);
    mode_t before = umask(0777 & ~SOCKET_MODE);
    int bound = bind(fd, (struct sockaddr *)&at, sizeof at), why = errno;
    (void)umask(before);
    if (bound != 0)
        return err_sys(err, why, "cannot make the socket '%s'", path);
    if (listen(fd, BACKLOG) != 0 || lstat(at.sun_path, &st) != 0 || rename(at.sun_path, path) != 0) {
        why = errno;
        (void)unlink(at.sun_path);
        return err_sys(err, why, "cannot listen on '%s'", path);
    }
    l->device = st.st_dev;
    l->inode = st.st_ino;
    memcpy(l->path, path, sizeof l->path);
    (void)snprintf(l->address, sizeof l->address, "unix:%s", path);
    return 0;
}

static int open_unix(const char *path, struct listener *l, struct err *err)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (path[0] != '/' || strlen(path) >= sizeof at.sun_path - 12) {
        (void)err_set(err, ERR_USAGE, "E510", "'unix:%s' is not a socket to listen on", path);
        return err_hint(err, "Write a whole path of at most 95 bytes: unix:/run/waconf/http.sock.");
    }
    memcpy(at.sun_path, path, strlen(path) + 1);
    if (may_replace(&at, err) < 0)
        return -1;
    auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, errno, "no socket to listen on '%s'", path);
    if (bind_beside(fd, at, l, err) < 0)
        return -1;
    l->fd = fd;
    fd = -1;
    return 0;
}

/* --- both ---------------------------------------------------------------------------------------- */

int listener_open(const char *where, bool expose, struct listener *ret, struct err *err)
{
    *ret = (struct listener){ .fd = -1 };
    return !strncmp(where, "unix:", 5) ? open_unix(where + 5, ret, err) : open_port(where, expose, ret, err);
}

void listener_unlink(const struct listener *l)
{
    struct stat st;
    if (l->path[0] && lstat(l->path, &st) == 0 && st.st_dev == l->device && st.st_ino == l->inode)
        (void)unlink(l->path);
}
