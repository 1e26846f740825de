/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status/ask.h"

#include <arpa/inet.h>
#include <ctype.h>

#include "base/mem.h"

/* --- headers ------------------------------------------------------------------------------------- */

void ask_header_add(struct ask *a, struct str name, struct str value)
{
    if (a->n_headers == ASK_HEADERS || (name.n && memchr(name.p, 0, name.n)) || (value.n && memchr(value.p, 0, value.n))) {
        a->bad = true;
        return;
    }
    a->headers[a->n_headers++] = (struct ask_header){ name, value };
}

size_t ask_header_count(const struct ask *a, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n_headers; i++)
        n += str_eq_nocase(a->headers[i].name, str_of(name));
    return n;
}

struct str ask_header(const struct ask *a, const char *name)
{
    struct str found = { 0 };
    size_t n = 0;
    for (size_t i = 0; i < a->n_headers; i++)
        if (str_eq_nocase(a->headers[i].name, str_of(name))) {
            found = str_trim(a->headers[i].value);
            n++;
        }
    return n == 1 ? found : (struct str){ 0 };
}

/* --- the target ---------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool ask_path(struct str target, char out[ASK_TARGET])
{
    struct str path = target, query;
    size_t n = 0;
    (void)str_cut(target, '?', &path, &query);
    if (!path.n || path.n >= ASK_TARGET || path.p[0] != '/')
        return false;
    for (size_t i = 0; i < path.n; i++) {
        int c = (unsigned char)path.p[i];
        if (c == '%') {
            int high = path.n - i > 2 ? hex_digit(path.p[i + 1]) : -1, low = high >= 0 ? hex_digit(path.p[i + 2]) : -1;
            if (low < 0)
                return false;
            c = high * 16 + low;
            i += 2;
        }
        if (c < 0x20 || c == 0x7f)
            return false;
        out[n++] = (char)c;
    }
    out[n] = 0;
    return utf8_valid((struct str){ out, n });
}

/* --- who is asked, and from where ---------------------------------------------------------------- */

static bool is_port(struct str s)
{
    long port;
    return str_to_long(s, 0, 65535, &port);
}

bool ask_host(struct str value, struct str *ret)
{
    struct str host = value, port;
    if (value.n && value.p[0] == '[') {
        const char *end = memchr(value.p, ']', value.n);
        if (!end)
            return false;
        host = (struct str){ value.p + 1, (size_t)(end - value.p) - 1 };
        port = str_skip(value, host.n + 2);
        if (port.n && (port.p[0] != ':' || !is_port(str_skip(port, 1))))
            return false;
    } else if (str_cut(value, ':', &host, &port) && !is_port(port)) {
        return false;
    }
    *ret = host;
    for (size_t i = 0; i < host.n; i++)
        if (!isalnum((unsigned char)host.p[i]) && !strchr(".-_:", host.p[i]))
            return false;
    return host.n > 0;
}

/* An address cannot be rebound: only a name can lead a browser of a stranger's page here. */
static bool is_address(struct str host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    char text[INET6_ADDRSTRLEN];
    if (host.n >= sizeof text)
        return false;
    memcpy(text, host.p, host.n);
    text[host.n] = 0;
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool host_is_ours(struct str value, const struct ask_rules *rules)
{
    struct str host;
    if (rules->any_host)
        return true;
    if (!ask_host(value, &host))
        return false;
    if (is_address(host) || str_eq_nocase(host, STR("localhost")) || (rules->own_host && str_eq_nocase(host, str_of(rules->own_host))))
        return true;
    for (size_t i = 0; i < rules->n_hosts; i++)
        if (str_eq_nocase(host, str_of(rules->hosts[i])))
            return true;
    return false;
}

/* A page of another origin has no business here. Browsers send Origin with what a script asks for, and Sec-Fetch-Site with everything; following
 * a link to the page is fine. */
static bool from_elsewhere(const struct ask *a, enum ask_route route)
{
    struct str origin = ask_header(a, "Origin"), host = ask_header(a, "Host"), site = ask_header(a, "Sec-Fetch-Site");
    if (ask_header_count(a, "Origin")) {
        struct str rest = str_starts(origin, STR("http://")) ? str_skip(origin, 7) : str_starts(origin, STR("https://")) ? str_skip(origin, 8) : STR("");
        if (!rest.n || !str_eq_nocase(rest, host))
            return true;
    }
    if (!ask_header_count(a, "Sec-Fetch-Site") || str_is(site, "same-origin") || str_is(site, "none"))
        return false;
    return !(route == ASK_PAGE && str_is(ask_header(a, "Sec-Fetch-Mode"), "navigate"));
}

/* --- the body ------------------------------------------------------------------------------------ */

/* What two readers could read in two ways. */
static bool ambiguous(const struct ask *a)
{
    size_t lengths = ask_header_count(a, "Content-Length"), encodings = ask_header_count(a, "Transfer-Encoding");
    struct str length = ask_header(a, "Content-Length");
    if (ask_header_count(a, "Host") != 1 || lengths > 1 || encodings > 1 || (lengths && encodings))
        return true;
    for (size_t i = 0; i < length.n; i++)
        if (!isdigit((unsigned char)length.p[i]))
            return true;
    return (lengths && (!length.n || length.n > 18)) || (encodings && !str_eq_nocase(ask_header(a, "Transfer-Encoding"), STR("chunked")));
}

static bool too_large(const struct ask *a, size_t most)
{
    struct str length = ask_header(a, "Content-Length");
    long n;
    return length.n ? !str_to_long(length, 0, (long)most, &n) : most == 0 && ask_header_count(a, "Transfer-Encoding");
}

/* --- the verdict --------------------------------------------------------------------------------- */

static const struct { const char *path; const char *methods[2]; const char *allow; } routes[ASK_ROUTE_COUNT] = {
    [ASK_PAGE]    = { "/", { "GET", "HEAD" }, "GET, HEAD" },
    [ASK_STATUS]  = { "/api/v1/status", { "GET", "HEAD" }, "GET, HEAD" },
    [ASK_METRICS] = { "/metrics", { "GET", "HEAD" }, "GET, HEAD" },
    [ASK_HEALTHZ] = { "/healthz", { "GET", "HEAD" }, "GET, HEAD" },
    [ASK_READYZ]  = { "/readyz", { "GET", "HEAD" }, "GET, HEAD" },
    [ASK_HOOK]    = { "/hooks/git", { "POST", NULL }, "POST" },
};

static void refuse(struct ask_verdict *v, int status, const char *why)
{
    v->status = status;
    v->why = why;
}

void ask_judge(const struct ask *a, const struct ask_rules *rules, struct ask_verdict *ret)
{
    char path[ASK_TARGET];
    size_t i = 0;
    *ret = (struct ask_verdict){ .route = ASK_ROUTE_COUNT };
    if (a->bad || ambiguous(a))
        return refuse(ret, 400, "This request can be read in more than one way.");
    if (!host_is_ours(ask_header(a, "Host"), rules))
        return refuse(ret, 403, "This server does not go by that name (Host). Use its address, or start it with that name.");
    if (!ask_path(a->target, path))
        return refuse(ret, 400, "This is not a path.");
    while (i < ASK_ROUTE_COUNT && strcmp(routes[i].path, path) != 0)
        i++;
    if (i == ASK_ROUTE_COUNT || (i == ASK_HOOK && !rules->hooks))
        return refuse(ret, 404, "There is nothing here. The status page is at /.");
    ret->route = (enum ask_route)i;
    if (!str_is(a->method, routes[i].methods[0]) && !(routes[i].methods[1] && str_is(a->method, routes[i].methods[1]))) {
        ret->allow = routes[i].allow;
        return refuse(ret, 405, "This path does not take that method.");
    }
    if (from_elsewhere(a, ret->route))
        return refuse(ret, 403, "Pages of other origins may not ask here.");
    if (too_large(a, i == ASK_HOOK ? rules->most_body : 0))
        return refuse(ret, 413, "This body is larger than what is taken here.");
}

/* --- two more headers ---------------------------------------------------------------------------- */

bool ask_accepts(struct str accept, const char *type)
{
    struct str one, rest = accept;
    for (bool more = true; more;) {
        struct str name, parameters, tail = { 0 };
        more = str_cut(rest, ',', &one, &tail);
        rest = tail;
        bool any = str_cut(one, ';', &name, &parameters);
        if (str_eq_nocase(str_trim(name), str_of(type)))
            return !any || (str_find(parameters, STR("q=0")) < 0 || str_find(parameters, STR("q=0.")) >= 0);
    }
    return false;
}

bool ask_matches(struct str if_none_match, struct str tag)
{
    struct str one, rest = if_none_match;
    for (bool more = true; more;) {
        struct str tail = { 0 };
        more = str_cut(rest, ',', &one, &tail);
        rest = tail;
        one = str_trim(one);
        if (str_is(one, "*") || str_eq(str_starts(one, STR("W/")) ? str_skip(one, 2) : one, tag))
            return true;
    }
    return false;
}
