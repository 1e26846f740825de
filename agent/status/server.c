/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libmicrohttpd behind its epoll descriptor: connections, their time limits, and requests on their way from the wire to respond.c. */
#include "status/server.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum { MEMORY_PER_CONNECTION = 16 << 10, HOOKS_AT_ONCE = 60, HOOKS_EVERY_MS = 100, WRONG_AT_ONCE = 10, WRONG_EVERY_MS = 6000 };

/* --- connections --------------------------------------------------------------------------------- */

/* libmicrohttpd's own limit starts anew with every byte; one byte a second would hold a place for ever. */
static void on_connection(void *cls, struct MHD_Connection *connection, void **own, enum MHD_ConnectionNotificationCode what)
{
    struct status_server *s = cls;
    s->freed |= what == MHD_CONNECTION_NOTIFY_CLOSED;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        struct client *c = mem_alloc(sizeof *c);
        *c = (struct client){ connection, clock_mono_ms() + s->options.request_ms, s->clients };
        s->clients = *own = c;
        return;
    }
    for (struct client **at = &s->clients; *at; at = &(*at)->next)
        if (*at == *own) {
            *at = (*at)->next;
            break;
        }
    free(*own);
    *own = NULL;
}

/* The library sees the end of a connection that is shut down, and lets go of it. */
static void end_late(struct status_server *s, int64_t now)
{
    for (struct client *c = s->clients; c; c = c->next) {
        if (now < c->until)
            continue;
        const union MHD_ConnectionInfo *info = mhd.get_connection_info(c->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info)
            (void)shutdown(info->connect_fd, SHUT_RDWR);
        c->until = now + s->options.request_ms;
    }
}

static void answered(struct status_server *s, struct MHD_Connection *connection)
{
    for (struct client *c = s->clients; c; c = c->next)
        if (c->connection == connection)
            c->until = clock_mono_ms() + s->options.request_ms;
}

/* --- requests ------------------------------------------------------------------------------------ */

/*
 * The first thing that libmicrohttpd tells about a request: its target as sent, cut out of the request line in place. A target with a NUL in it
 * would look shorter than it was; then what follows it is not the version.
 */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct status_request *r = mem_alloc(sizeof *r);
    (void)cls, (void)connection;
    r->ask.target = arena_str(&r->arena, str_of(target));
    r->ask.bad = strncmp(target + r->ask.target.n + 1, "HTTP/1.", 7) != 0;
    return r;
}

static void on_end(void *cls, struct MHD_Connection *connection, void **own, enum MHD_RequestTerminationCode why)
{
    struct status_request *r = *own;
    *own = NULL;
    if (why == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        answered(cls, connection);
    if (!r)
        return;
    arena_release(&r->arena);
    sodium_memzero(&r->check, sizeof r->check);
    free(r);
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t n_name, const char *value, size_t n_value)
{
    struct status_request *r = cls;
    (void)kind;
    ask_header_add(&r->ask, arena_str(&r->arena, (struct str){ name, n_name }), arena_str(&r->arena, (struct str){ value, n_value }));
    return r->ask.bad ? MHD_NO : MHD_YES;
}

/* Called with the headers, then with each part of the body, then without any. An answer before the body is read ends the connection after it. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                                  const char *upload, size_t *n_upload, void **own)
{
    struct status_server *s = cls;
    struct status_request *r = *own;
    (void)url, (void)version;
    if (!r)
        return MHD_NO;
    if (!r->judged) {
        r->judged = true;
        r->ask.method = arena_str(&r->arena, str_of(method));
        (void)mhd.get_connection_values_n(connection, MHD_HEADER_KIND, take_header, r);
        ask_judge(&r->ask, &s->rules, &r->verdict);
        if (r->verdict.status)
            return respond_verdict(connection, &r->verdict);
        if (r->verdict.route == ASK_HOOK)
            hook_begin(&r->check, s->options.hook_secret);
        return MHD_YES;
    }
    if (*n_upload) {
        r->n_body += *n_upload;
        if (r->n_body > s->rules.most_body || r->verdict.route != ASK_HOOK)
            return MHD_NO;              /* chunked, and longer than anybody announced: the connection ends */
        hook_body(&r->check, (struct str){ upload, *n_upload });
        *n_upload = 0;
        return MHD_YES;
    }
    return respond_request(s, connection, r);
}

/* Targets are decoded in ask.c: libmicrohttpd would turn %00 into the end of the text. */
static size_t leave_escaped(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls, (void)connection;
    return strlen(text);
}

static void quiet(void *cls, const char *format, va_list arguments)
{
    (void)cls, (void)format, (void)arguments;
}

/* --- the one wait -------------------------------------------------------------------------------- */

int status_fd(const struct status_server *s)
{
    return s->epoll_fd;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || b < a ? b : a;
}

/* At its limit of connections the library leaves new ones to the kernel, and looks for them again in the run after one has ended: nothing
 * would call that run. */
int64_t status_due(const struct status_server *s)
{
    unsigned long long ms;
    int64_t due = s->freed ? clock_mono_ms() : s->wake ? s->wake_at : -1;
    for (const struct client *c = s->clients; c; c = c->next)
        due = sooner(due, c->until);
    if (mhd.get_timeout(s->daemon, &ms) == MHD_YES)
        due = sooner(due, clock_mono_ms() + (int64_t)ms);
    return due;
}

void status_run(struct status_server *s)
{
    int64_t now = clock_mono_ms();
    end_late(s, now);
    s->freed = false;
    (void)mhd.run(s->daemon);
    respond_wake(s, now);
}

/* --- start and end ------------------------------------------------------------------------------- */

static int start(struct status_server *s, struct err *err)
{
    s->daemon = mhd.start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, s,
        MHD_OPTION_EXTERNAL_LOGGER, quiet, NULL,
        MHD_OPTION_LISTEN_SOCKET, s->listener.fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)STATUS_CONNECTIONS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, s,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, s,
        MHD_OPTION_END);
    const union MHD_DaemonInfo *info = s->daemon ? mhd.get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
    if (!info)
        return err_set(err, ERR_IO, "E507", "the status server does not start on '%s'", s->options.listen);
    s->epoll_fd = info->epoll_fd;
    return 0;
}

static void set_rules(struct status_server *s)
{
    const struct status_options *o = &s->options;
    if (gethostname(s->own_host, sizeof s->own_host - 1) != 0)
        s->own_host[0] = 0;
    s->rules = (struct ask_rules){
        .any_host = s->listener.path[0] != 0, .own_host = s->own_host[0] ? s->own_host : NULL, .hosts = o->hosts, .n_hosts = o->n_hosts,
        .hooks = o->hook_secret && o->hook, .most_body = STATUS_HOOK_BODY,
    };
    int64_t now = clock_mono_ms();
    s->hooks = (struct bucket){ HOOKS_AT_ONCE, HOOKS_AT_ONCE, HOOKS_EVERY_MS, now };
    s->wrong = (struct bucket){ WRONG_AT_ONCE, WRONG_AT_ONCE, WRONG_EVERY_MS, now };
}

int status_open(const struct status_options *o, struct status_server **ret, struct err *err)
{
    if (o->hook_secret && !*o->hook_secret) {
        (void)err_set(err, ERR_CONFIG, "E510", "the secret for hooks is empty, so anybody could knock");
        return err_hint(err, "Give the git host and the daemon the same long random text, like that of `openssl rand -hex 32`.");
    }
    if (sodium_init() < 0 || mhd_open(err) < 0)
        return -1;
    struct status_server *s = mem_alloc(sizeof *s);
    s->options = *o;
    s->options.request_ms = o->request_ms ? o->request_ms : STATUS_REQUEST_MS;
    s->listener.fd = -1;
    if (listener_open(o->listen, o->expose, &s->listener, err) < 0 || respond_prepare(s, err) < 0 || start(s, err) < 0) {
        status_close(s);
        return -1;
    }
    set_rules(s);
    *ret = s;
    return 0;
}

uint16_t status_port(const struct status_server *s)
{
    return s->listener.port;
}

const char *status_address(const struct status_server *s)
{
    return s->listener.address;
}

void status_close(struct status_server *s)
{
    if (!s)
        return;
    if (s->daemon)
        mhd.stop_daemon(s->daemon);    /* closes the listening socket too */
    else if (s->listener.fd >= 0)
        (void)close(s->listener.fd);
    listener_unlink(&s->listener);
    respond_release(s);
    free(s);
}
