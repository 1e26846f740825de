/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fast HTTP/1.1 server for measuring: one thread, epoll, keep-alive, every answer after the same latency. It knows objects by
 * their number and computes what they look like, so that 100,000 of them cost it a byte each. Three kinds: PingOne settings
 * (/pingone/v1/environments/env-000001/...), Volt MX configs (/voltmx/000001/api/v1/whatsappconfig), Kapso configs in lists of
 * 100 (/kapso/whatsapp_configs). It counts what it was asked, exactly.
 *
 *     mock                          prints its port, serves until killed
 *     POST /_set?objects=N&latency=MS&drift=PERCENT    starts anew: counts are 0, every (100/PERCENT)th object differs until written
 *     GET  /_count                  {"reads":..,"lists":..,"writes":..,"tokens":..,"refused":..,"most":..}; most: in flight at once
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_OBJECTS = 1000000, LIST_PAGE = 100, INPUT = 64 << 10, OUTPUT = 128 << 10, MOST_CONNECTIONS = 4096 };

struct connection {
    int fd;
    char in[INPUT];
    size_t n;
    bool waiting;                    /* an answer is due: what comes after it waits */
};
struct due { int64_t at; struct connection *connection; };

static struct {
    long objects, latency_us, drift;
    bool written[MOST_OBJECTS];
    long reads, lists, writes, tokens, refused, most, in_flight;
    struct due queue[MOST_CONNECTIONS];      /* all answers wait equally long, so first in is first out */
    size_t first, queued;
    int epoll;
} mock = { .objects = 10 };

static char out[OUTPUT];

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* --- objects ------------------------------------------------------------------------------------- */

static bool drifted(long i)
{
    return mock.drift && i % (100 / mock.drift) == 0 && !mock.written[i];
}

static int pingone_body(char *to, size_t size, long i)
{
    return snprintf(to, size,
                    "{\"_links\":{\"self\":{\"href\":\"https://api.pingone.eu/v1/environments/env-%06ld\"}},\"environment\":{\"id\":\"env-%06ld\"},"
                    "\"provider\":\"CUSTOM_WHATSAPP\",\"whatsAppAccountBusinessId\":\"107794359%06ld\",\"appId\":\"%s%06ld\","
                    "\"numbers\":[{\"number\":\"+1 555-%06ld\",\"numberId\":\"116195731%06ld\",\"selected\":true,\"status\":\"CONNECTED\"}],"
                    "\"updatedAt\":\"2026-11-02T10:00:00.000Z\"}",
                    i, i, i, drifted(i) ? "999999999" : "263386889", i, i, i);
}

static int voltmx_body(char *to, size_t size, long i)
{
    return snprintf(to, size,
                    "{\"protocol\":\"HTTP\",\"provider\":\"TWILIO_WHATSAPP\",\"inboundSecurityEnabled\":false,\"properties\":["
                    "{\"key\":\"Account SID\",\"value\":\"AC%032ld\"},{\"key\":\"Auth Token\",\"value\":\"bench-secret\"},"
                    "{\"key\":\"From\",\"value\":\"+91900%07ld\"},{\"key\":\"Header Content Type\",\"value\":\"application/x-www-form-urlencoded\"},"
                    "{\"key\":\"Maximum Character Limit\",\"value\":\"%s\"},{\"key\":\"Host URL\",\"value\":\"https://api.twilio.com\"}]}",
                    i, i, drifted(i) ? "70" : "140");
}

static int kapso_item(char *to, size_t size, long i)
{
    return snprintf(to, size,
                    "{\"id\":\"config-%06ld\",\"name\":\"%s %06ld\",\"phone_number_id\":\"116195731%06ld\",\"business_account_id\":\"98765432109\","
                    "\"display_phone_number\":\"+1 555-%06ld\",\"customer_id\":\"customer-1\",\"created_at\":\"2026-11-02T10:00:00Z\"}",
                    i, drifted(i) ? "Somebody's" : "Front desk", i, i, i);
}

static int kapso_list(char *to, size_t size, long page)
{
    long pages = (mock.objects + LIST_PAGE - 1) / LIST_PAGE, from = (page - 1) * LIST_PAGE;
    int n = snprintf(to, size, "{\"data\":[");
    for (long i = from; i < from + LIST_PAGE && i < mock.objects; i++) {
        n += snprintf(to + n, size - (size_t)n, i > from ? "," : "");
        n += kapso_item(to + n, size - (size_t)n, i);
    }
    return n + snprintf(to + n, size - (size_t)n, "],\"meta\":{\"page\":%ld,\"per_page\":%d,\"total_pages\":%ld,\"total_count\":%ld}}", page, LIST_PAGE, pages,
                        mock.objects);
}

/* --- requests ------------------------------------------------------------------------------------ */

static long number(const char *s, const char *name, long otherwise)
{
    const char *at = s ? strstr(s, name) : NULL;
    return at ? strtol(at + strlen(name), NULL, 10) : otherwise;
}

static int counts(char *to, size_t size)
{
    return snprintf(to, size, "{\"reads\":%ld,\"lists\":%ld,\"writes\":%ld,\"tokens\":%ld,\"refused\":%ld,\"most\":%ld}", mock.reads, mock.lists,
                    mock.writes, mock.tokens, mock.refused, mock.most);
}

static void set(const char *path)
{
    mock.objects = number(path, "objects=", mock.objects);
    mock.latency_us = number(path, "latency=", 0) * 1000;
    mock.drift = number(path, "drift=", 0);
    if (mock.objects < 0 || mock.objects > MOST_OBJECTS)
        mock.objects = MOST_OBJECTS;
    memset(mock.written, 0, (size_t)mock.objects);
    mock.reads = mock.lists = mock.writes = mock.tokens = mock.refused = mock.most = 0;
}

static bool known(long i)
{
    return i >= 0 && i < mock.objects;
}

/* A write must bring what the documents say; afterwards the object does not differ any more. */
static bool write_object(long i, const char *body, const char *expected)
{
    mock.writes++;
    if (!known(i) || !strstr(body, expected)) {
        mock.refused++;
        return false;
    }
    mock.written[i] = true;
    return true;
}

/* The body of the answer, after the head's room; < 0: the status. Volt MX answers a write with something that is not JSON. */
static int answer(const char *method, const char *path, const char *body, char *to, size_t size)
{
    char expected[64];
    bool get = strcmp(method, "GET") == 0;
    if (strncmp(path, "/_count", 7) == 0)
        return counts(to, size);
    if (strncmp(path, "/_set", 5) == 0) {
        set(path);
        return snprintf(to, size, "{}");
    }
    if (strstr(path, "/as/token")) {
        mock.tokens++;
        return snprintf(to, size, "{\"access_token\":\"bench-token\",\"token_type\":\"Bearer\",\"expires_in\":3600}");
    }
    mock.reads += get;
    if (strncmp(path, "/pingone/", 9) == 0) {
        long i = number(path, "/environments/env-", -1);
        snprintf(expected, sizeof expected, "\"appId\":\"263386889%06ld\"", i);
        bool fine = get ? known(i) : write_object(i, body, expected);
        return fine ? pingone_body(to, size, i) : -404;
    }
    if (strncmp(path, "/voltmx/", 8) == 0) {
        long i = number(path, "/voltmx/", -1);
        if (get)
            return known(i) ? voltmx_body(to, size, i) : -404;
        return write_object(i, body, "\"140\"") || strstr(body, ":140") ? snprintf(to, size, "{ message : done }") : -400;
    }
    long i = number(path, "/whatsapp_configs/config-", -1), page = number(path, "?page=", 0);
    if (get && page) {
        mock.reads--;
        mock.lists++;
        return kapso_list(to, size, page);
    }
    snprintf(expected, sizeof expected, "Front desk %06ld", i);
    if (get ? !known(i) : !write_object(i, body, expected))
        return -404;
    int n = snprintf(to, size, "{\"data\":");
    n += kapso_item(to + n, size - (size_t)n, i);
    return n + snprintf(to + n, size - (size_t)n, "}");
}

static void send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            (void)poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 1000);
            continue;
        }
        if (sent <= 0)
            return;
        p += sent;
        n -= (size_t)sent;
    }
}

static void reply(struct connection *c, const char *method, const char *path, const char *body)
{
    enum { HEAD = 256 };
    char head[HEAD];
    int n = answer(method, path, body, out + HEAD, sizeof out - HEAD), status = 200;
    if (n < 0) {
        status = -n;
        n = snprintf(out + HEAD, sizeof out - HEAD, "{\"code\":\"REFUSED\",\"message\":\"this is not what was expected\"}");
    }
    int h = snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nX-Request-Id: bench\r\nContent-Length: %d\r\n\r\n", status,
                     status == 200 ? "OK" : "Refused", n);
    memcpy(out + HEAD - h, head, (size_t)h);
    send_all(c->fd, out + HEAD - h, (size_t)(h + n));
}

/* --- connections --------------------------------------------------------------------------------- */

/* The bytes of the first request in the buffer, 0 when it is not whole. */
static size_t whole(struct connection *c, char **ret_body)
{
    c->in[c->n] = '\0';
    char *end = strstr(c->in, "\r\n\r\n");
    if (!end)
        return 0;
    char *length = strcasestr(c->in, "\r\ncontent-length:");
    size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0, head = (size_t)(end + 4 - c->in);
    *ret_body = end + 4;
    return c->n >= head + body ? head + body : 0;
}

static void serve(struct connection *c)
{
    char *body, method[16], path[2048];
    size_t used = whole(c, &body);
    c->waiting = false;
    if (!used || sscanf(c->in, "%15s %2047s", method, path) != 2)
        return;
    char after = c->in[used];
    c->in[used] = '\0';
    reply(c, method, path, body);
    c->in[used] = after;
    c->n -= used;
    memmove(c->in, c->in + used, c->n);
}

static void arrived(struct connection *c)
{
    char *body;
    if (c->waiting || !whole(c, &body))
        return;
    if (!mock.latency_us || strncmp(c->in, "GET /_", 6) == 0 || strncmp(c->in, "POST /_", 7) == 0) {
        serve(c);
        return;
    }
    c->waiting = true;
    mock.queue[(mock.first + mock.queued++) % MOST_CONNECTIONS] = (struct due){ now_us() + mock.latency_us, c };
    mock.most = (long)mock.queued > mock.most ? (long)mock.queued : mock.most;
}

static void gone(struct connection *c)
{
    (void)close(c->fd);
    c->fd = -1;
    if (!c->waiting)
        free(c);
}

static void readable(struct connection *c)
{
    ssize_t n = recv(c->fd, c->in + c->n, sizeof c->in - 1 - c->n, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        gone(c);
        return;
    }
    c->n += (size_t)n;
    arrived(c);
}

static void serve_due(int64_t now)
{
    while (mock.queued && mock.queue[mock.first].at <= now) {
        struct connection *c = mock.queue[mock.first].connection;
        mock.first = (mock.first + 1) % MOST_CONNECTIONS;
        mock.queued--;
        if (c->fd < 0) {
            free(c);
            continue;
        }
        serve(c);
        arrived(c);
    }
}

static void welcome(int listener)
{
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        struct connection *c = malloc(sizeof *c);
        if (!c)
            fail("mock");
        c->fd = fd;
        c->n = 0;
        c->waiting = false;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
        (void)epoll_ctl(mock.epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = c });
    }
}

static int wait_some(struct epoll_event *events, int most)
{
    struct timespec t;
    int64_t us = mock.queued ? mock.queue[mock.first].at - now_us() : -1;
    if (mock.queued && us < 0)
        us = 0;
    t = (struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
    return epoll_pwait2(mock.epoll, events, most, mock.queued ? &t : NULL, NULL);
}

int main(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, MOST_CONNECTIONS) < 0 ||
        getsockname(listener, (struct sockaddr *)&at, &size) < 0)
        fail("mock");
    (void)prctl(PR_SET_TIMERSLACK, 1000UL);
    mock.epoll = epoll_create1(EPOLL_CLOEXEC);
    (void)epoll_ctl(mock.epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN });
    (void)printf("%d\n", ntohs(at.sin_port));
    (void)fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        int n = wait_some(events, 256);
        if (n < 0 && errno != EINTR)
            fail("mock");
        for (int i = 0; i < n; i++) {
            if (events[i].data.ptr)
                readable(events[i].data.ptr);
            else
                welcome(listener);
        }
        serve_due(now_us());
    }
}
