/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One thread: libmicrohttpd behind its epoll descriptor, a list of waiting connections, and the caller's stop_fd. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/inside.h"
#include "base/mhd.h"

enum { MOST_CONNECTIONS = 900 };

/* --- requests ---------------------------------------------------------------------------------- */

/* The first thing that libmicrohttpd tells about a request: its target as sent. */
static void *request_begin(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct request *r = mem_alloc(sizeof *r);
    r->box = cls;
    r->connection = connection;
    r->target = arena_str(&r->arena, str_of(target)).p;
    r->body = buf_init(strncmp(target, "/_sandbox/", 10) == 0 ? LARGEST_STATE : LARGEST_BODY);
    return r;
}

static void request_end(void *cls, struct MHD_Connection *connection, void **own, enum MHD_RequestTerminationCode why)
{
    struct request *r = *own;
    (void)cls, (void)connection, (void)why;
    if (!r)
        return;
    *own = NULL;
    json_decref(r->json);
    reply_clear(r);
    buf_release(&r->body);
    arena_release(&r->arena);
    free(r);
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct request *r = cls;
    (void)kind;
    if (r->n_headers == MOST_HEADERS || !value || !utf8_valid(str_of(name)) || !utf8_valid(str_of(value))) {
        r->bad = true;
        return MHD_NO;
    }
    r->headers[r->n_headers++] = (struct pair){ arena_str(&r->arena, str_of(name)).p, arena_str(&r->arena, str_of(value)).p };
    return MHD_YES;
}

static size_t count_headers(const struct request *r, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_headers; i++)
        n += !strcasecmp(r->headers[i].name, name);
    return n;
}

/* libmicrohttpd lets pass what could be read in two ways. */
static bool ambiguous(const struct request *r)
{
    size_t lengths = count_headers(r, "Content-Length");
    return lengths > 1 || (lengths && count_headers(r, "Transfer-Encoding")) || count_headers(r, "Host") != 1;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *n_upload, void **own)
{
    struct request *r = *own;
    (void)cls, (void)url, (void)version;
    if (!r->started) {
        r->started = true;
        r->method = arena_str(&r->arena, str_of(method)).p;
        mhd.get_connection_values(connection, MHD_HEADER_KIND, take_header, r);
        r->bad |= ambiguous(r);
        return MHD_YES;
    }
    if (*n_upload) {
        buf_add(&r->body, (struct str){ upload, *n_upload });
        r->bad |= r->body.full;
        *n_upload = 0;
        return MHD_YES;
    }
    return deliver_answer(r) == DELIVER_CLOSE ? MHD_NO : MHD_YES;
}

/* Targets are decoded in request.c: libmicrohttpd would turn %00 into the end of the text. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls, (void)connection;
    return strlen(text);
}

/* --- waiting ----------------------------------------------------------------------------------- */

void wake_later(struct sandbox *box, struct MHD_Connection *connection, int64_t ms)
{
    int64_t due = clock_mono_ms() + ms;
    size_t at = box->n_timers;
    box->timers = mem_grow(box->timers, &box->cap_timers, box->n_timers + 1, sizeof *box->timers);
    while (at && box->timers[at - 1].due <= due)
        at--;
    memmove(box->timers + at + 1, box->timers + at, (box->n_timers - at) * sizeof *box->timers);
    box->timers[at] = (struct timer){ due, connection };
    box->n_timers++;
    mhd.suspend_connection(connection);
}

static void wake_due(struct sandbox *box, int64_t now)
{
    while (box->n_timers && box->timers[box->n_timers - 1].due <= now)
        mhd.resume_connection(box->timers[--box->n_timers].connection);
}

static int wait_ms(struct sandbox *box)
{
    unsigned long long library;
    int64_t ms = box->n_timers ? box->timers[box->n_timers - 1].due - clock_mono_ms() : -1;
    if (box->n_timers && ms < 0)
        ms = 0;
    if (mhd.get_timeout(box->daemon, &library) == MHD_YES && (ms < 0 || library < (unsigned long long)ms))
        ms = (int64_t)library;
    return (int)ms;
}

int sandbox_run(struct sandbox *box, int stop_fd, struct err *err)
{
    for (;;) {
        struct pollfd fds[2] = { { stop_fd, POLLIN, 0 }, { box->epoll_fd, POLLIN, 0 } };
        if (poll(fds, 2, wait_ms(box)) < 0 && errno != EINTR)
            return err_sys(err, errno, "the sandbox cannot wait");
        if (fds[0].revents)
            return 0;
        if (box->n_timers)
            wake_due(box, clock_mono_ms());
        mhd.run(box->daemon);
    }
}

/* --- start and end ----------------------------------------------------------------------------- */

static int parse_listen(const char *listen_at, struct sockaddr_storage *ret, socklen_t *ret_n, struct err *err)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
    const char *colon = strrchr(listen_at, ':');
    char host[64];
    long port;
    if (strstr(listen_at, "://"))
        return err_set(err, ERR_USAGE, "E001", "'%s' is a URL; give ADDRESS:PORT without a scheme, like 127.0.0.1:8080", listen_at);
    if (!colon || !str_to_long(str_of(colon + 1), 0, 65535, &port))
        return err_set(err, ERR_USAGE, "E001", "'%s' is not an address to listen on; write it like 127.0.0.1:8080", listen_at);
    snprintf(host, sizeof host, "%.*s", (int)(colon - listen_at), listen_at);
    *ret = (struct sockaddr_storage){ 0 };
    if (inet_pton(AF_INET, !strcmp(host, "localhost") ? "127.0.0.1" : host, &v4->sin_addr) == 1
        && ntohl(v4->sin_addr.s_addr) >> 24 == 127) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *ret_n = sizeof *v4;
        return 0;
    }
    if (!strcmp(host, "[::1]") || !strcmp(host, "::1")) {
        v6->sin6_family = AF_INET6;
        v6->sin6_addr = in6addr_loopback;
        v6->sin6_port = htons((uint16_t)port);
        *ret_n = sizeof *v6;
        return 0;
    }
    return err_set(err, ERR_USAGE, "E001", "'%s' is not a loopback address; the sandbox listens on 127.0.0.1, localhost or [::1] only",
                   listen_at);
}

static int open_port(struct sandbox *box, const char *listen_at, struct err *err)
{
    struct sockaddr_storage at;
    socklen_t n;
    if (parse_listen(listen_at, &at, &n, err) != 0)
        return -1;
    box->listen_fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (box->listen_fd < 0)
        return err_sys(err, errno, "no socket for the sandbox");
    (void)setsockopt(box->listen_fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (bind(box->listen_fd, (struct sockaddr *)&at, n) != 0 || listen(box->listen_fd, 511) != 0
        || getsockname(box->listen_fd, (struct sockaddr *)&at, &n) != 0)
        return err_sys(err, errno, "cannot listen on '%s'", listen_at);
    if (at.ss_family == AF_INET) {
        char host[INET_ADDRSTRLEN];
        struct sockaddr_in *v4 = (struct sockaddr_in *)&at;
        box->port = ntohs(v4->sin_port);
        (void)snprintf(box->url, sizeof box->url, "http://%s:%u", inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host), box->port);
    } else {
        box->port = ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
        (void)snprintf(box->url, sizeof box->url, "http://[::1]:%u", box->port);
    }
    return 0;
}

static int load_seed(struct sandbox *box, const char *file, struct err *err)
{
    json_error_t why;
    json_t *root = file ? json_load_file(file, JSON_REJECT_DUPLICATES, &why) : NULL;
    if (file && !root)
        return err_set(err, ERR_CONFIG, NULL, "the seed '%s', line %d: %s", file, why.line, why.text);
    int result = state_load(&box->state, root, err);
    json_decref(root);
    return result != 0 && file ? err_add(err, "the seed '%s'", file) : result;
}

static int start_daemon(struct sandbox *box, struct err *err)
{
    box->daemon = mhd.start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, box,
        MHD_OPTION_LISTEN_SOCKET, box->listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS,
        MHD_OPTION_URI_LOG_CALLBACK, request_begin, box,
        MHD_OPTION_NOTIFY_COMPLETED, request_end, box,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, box,
        MHD_OPTION_END);
    const union MHD_DaemonInfo *info = box->daemon ? mhd.get_daemon_info(box->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info)
        return err_set(err, ERR_IO, NULL, "the sandbox's HTTP server does not start");
    box->epoll_fd = info->epoll_fd;
    return 0;
}

int sandbox_start(const struct sandbox_options *o, struct sandbox **ret, struct err *err)
{
    struct sandbox *box = mem_alloc(sizeof *box);
    const char *raw = getenv("WACONF_SANDBOX_RAW");
    box->listen_fd = -1;
    box->raw = raw && !strcmp(raw, "1");
    box->log = request_log_new();
    int result = mhd_open(err);
    for (size_t i = 0; !result && i < o->n_faults; i++)
        result = fault_add(&box->rules, o->faults[i], err);
    if (!result)
        result = load_seed(box, o->seed_file, err);
    if (!result)
        result = open_port(box, o->listen ? o->listen : "127.0.0.1:0", err);
    if (!result)
        result = start_daemon(box, err);
    if (result)
        sandbox_free(box);
    else
        *ret = box;
    return result;
}

uint16_t sandbox_port(const struct sandbox *box) { return box->port; }
const char *sandbox_url(const struct sandbox *box) { return box->url; }

void sandbox_free(struct sandbox *box)
{
    if (!box)
        return;
    wake_due(box, INT64_MAX);               /* the library refuses to stop while a connection waits */
    if (box->daemon)
        mhd.stop_daemon(box->daemon);       /* closes the listening socket too */
    else if (box->listen_fd >= 0)
        (void)close(box->listen_fd);
    fault_clear(&box->rules);
    state_end(&box->state);
    request_log_free(box->log);
    free(box->timers);
    free(box);
}
