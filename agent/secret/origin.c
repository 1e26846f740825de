/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Origins, read by hand and strictly. The client hands the same text to libcurl, whose URL parser is lenient; what this one accepts must mean
 * the same host to both, so everything doubtful is refused: user information, empty labels, percent signs, non-ASCII hosts (the xn-- form
 * is fine), zones of IPv6 addresses, backslashes.
 */
#include "secret/trust.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const struct { struct str text; const char *name; uint16_t port; } schemes[] = {
    { STR("https://"), "https", 443 },
    { STR("http://"), "http", 80 },
};

static bool link_local_4(const unsigned char a[4])
{
    return a[0] == 169 && a[1] == 254;
}

static bool link_local_6(const struct in6_addr *a)
{
    if (IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_V4COMPAT(a))
        return link_local_4(a->s6_addr + 12);
    return IN6_IS_ADDR_LINKLOCAL(a);
}

bool origin_link_local(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return link_local_4((const unsigned char *)&in.sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, address, sizeof in);
        return link_local_6(&in.sin6_addr);
    }
    return false;
}

static int refuse(struct err *err, struct str url, const char *why)
{
    /* What stands before an @ may be a password: none of the URL is repeated then. */
    bool user = url.n && memchr(url.p, '@', url.n);
    (void)err_set(err, ERR_CONFIG, "E480", "the URL '%.*s' %s", user ? 3 : (int)(url.n < 300 ? url.n : 300),
                  user ? "..." : url.n ? url.p : "", why);
    return err_hint(err, "Write it as https://host or https://host:port, with a path behind it where one is needed.");
}

static int refuse_link_local(struct err *err, const char *host)
{
    (void)err_set(err, ERR_TRUST, "E481", "the address '%s' is link-local; credentials are never sent there", host);
    return err_hint(err, "Use the provider's documented host name.");
}

/* "127.1", "0x7f.1", "2130706433": a host whose last label is a number is an address to every resolver, or nothing. */
static bool numeric(struct str host)
{
    for (struct str tail; str_cut(host, '.', &(struct str){ 0 }, &tail);)
        host = tail;
    if (host.n > 1 && host.p[0] == '0' && (host.p[1] == 'x' || host.p[1] == 'X'))
        return true;
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] < '0' || host.p[i] > '9')
            return false;
    return host.n > 0;
}

static int name_host(struct str url, struct str host, struct origin *o, struct err *err)
{
    size_t label = 0;
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!word && c != '.')
            return refuse(err, url, "has a character in its host name that does not belong there");
        if (c == '.' && !label)
            return refuse(err, url, "has an empty part in its host name");
        label = c == '.' ? 0 : label + 1;
        if (label > 63)
            return refuse(err, url, "has a host name with a part of more than 63 characters");
        o->host[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    o->host[host.n] = '\0';
    if (!label)
        return refuse(err, url, "has a host name that is empty or ends with a dot");
    if (!numeric(host))
        return 0;
    struct in_addr a;
    if (!inet_aton(o->host, &a))
        return refuse(err, url, "has a host that looks like an IPv4 address and is none");
    if (!inet_ntop(AF_INET, &a, o->host, sizeof o->host))
        return refuse(err, url, "has no usable host");
    return link_local_4((const unsigned char *)&a) ? refuse_link_local(err, o->host) : 0;
}

static int bracket_host(struct str url, struct str inner, struct origin *o, struct err *err)
{
    struct in6_addr a;
    char text[INET6_ADDRSTRLEN];
    if (inner.n >= sizeof text)
        return refuse(err, url, "has no IPv6 address between its brackets");
    memcpy(text, inner.p, inner.n);
    text[inner.n] = '\0';
    if (strlen(text) != inner.n || inet_pton(AF_INET6, text, &a) != 1 || !inet_ntop(AF_INET6, &a, text, sizeof text))
        return refuse(err, url, "has no IPv6 address between its brackets");
    (void)snprintf(o->host, sizeof o->host, "[%s]", text);
    return link_local_6(&a) ? refuse_link_local(err, o->host) : 0;
}

/* Splits "host:port" or "[v6]:port"; a port that is missing behind its colon is refused. */
static bool split_port(struct str authority, struct str *host, uint16_t *port)
{
    struct str text = { 0 };
    if (authority.n && authority.p[0] == '[') {
        struct str rest;
        if (!str_cut(authority, ']', host, &rest))
            return false;
        host->n++; /* keep the bracket: it says what this is */
        if (!rest.n)
            return true;
        if (rest.p[0] != ':')
            return false;
        text = str_skip(rest, 1);
    } else if (!str_cut(authority, ':', host, &text)) {
        return true;
    }
    long n;
    if (text.n > 5 || !text.n || text.p[0] == '-' || !str_to_long(text, 1, 65535, &n))
        return false;
    *port = (uint16_t)n;
    return true;
}

int origin_parse(struct str url, struct origin *ret, struct err *err)
{
    struct origin o = { 0 };
    struct str rest = { 0 }, host = { 0 };
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= ' ' || url.p[i] == 0x7f)
            return refuse(err, (struct str){ 0 }, "has a space or control character in it");
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes && !o.port; i++)
        if (str_eq_nocase(str_head(url, schemes[i].text.n), schemes[i].text)) {
            memcpy(o.scheme, schemes[i].name, strlen(schemes[i].name) + 1);
            o.port = schemes[i].port;
            rest = str_skip(url, schemes[i].text.n);
        }
    if (!o.port)
        return refuse(err, url, "does not begin with https:// or http://");
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#')
        n++;
    struct str authority = str_head(rest, n);
    if (authority.n && memchr(authority.p, '@', authority.n))
        return refuse(err, url, "carries a user name or password; those belong in a secret field");
    if (!split_port(authority, &host, &o.port))
        return refuse(err, url, "has a port that is no number from 1 to 65535");
    if (host.n >= sizeof o.host - 1)
        return refuse(err, url, "has a host name of more than 253 characters");
    bool bracket = host.n > 1 && host.p[0] == '[';
    int r = bracket ? bracket_host(url, (struct str){ host.p + 1, host.n - 2 }, &o, err) : name_host(url, host, &o, err);
    if (r == 0)
        *ret = o;
    return r;
}

bool origin_same(const struct origin *a, const struct origin *b)
{
    return a->port == b->port && strcmp(a->scheme, b->scheme) == 0 && strcmp(a->host, b->host) == 0;
}

void origin_text(const struct origin *o, struct buf *out)
{
    buf_puts(out, o->scheme);
    buf_puts(out, "://");
    buf_puts(out, o->host);
    if (o->port != (strcmp(o->scheme, "https") == 0 ? 443 : 80))
        buf_printf(out, ":%u", (unsigned)o->port);
}
