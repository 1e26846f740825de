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

/* IPv6 addresses that a router or translator turns into the IPv4 address that they carry. */
static const struct carrier { unsigned char prefix[12]; size_t n, at; unsigned char mask; } carriers[] = {
    { { [10] = 0xff, [11] = 0xff }, 12, 12, 0 },              /* ::ffff:a.b.c.d, mapped (RFC 4291) */
    { { 0 }, 12, 12, 0 },                                     /* ::a.b.c.d, compatible (RFC 4291) */
    { { [8] = 0xff, [9] = 0xff }, 12, 12, 0 },                /* ::ffff:0:a.b.c.d, translated (RFC 7915) */
    { { 0, 0x64, 0xff, 0x9b }, 12, 12, 0 },                   /* 64:ff9b::a.b.c.d, NAT64 (RFC 6052) */
    { { 0, 0x64, 0xff, 0x9b, 0, 1 }, 6, 12, 0 },              /* 64:ff9b:1::/48, a NAT64 of one's own (RFC 8215) */
    { { 0x20, 0x02 }, 2, 2, 0 },                              /* 2002:aabb:ccdd::, 6to4 (RFC 3056) */
    { { 0x20, 0x01 }, 4, 12, 0xff },                          /* 2001:0::/32, Teredo: inverted (RFC 4380) */
};

static bool carries_link_local(const struct carrier *c, const unsigned char a[16])
{
    unsigned char inner[4];
    for (size_t i = 0; i < sizeof inner; i++)
        inner[i] = a[c->at + i] ^ c->mask;
    return memcmp(a, c->prefix, c->n) == 0 && link_local_4(inner);
}

static bool link_local_6(const struct in6_addr *a)
{
    bool found = IN6_IS_ADDR_LINKLOCAL(a);
    for (size_t i = 0; i < sizeof carriers / sizeof *carriers; i++)
        found |= carries_link_local(&carriers[i], a->s6_addr);
    return found;
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

/* Where the path, query or fragment of a URL begins, as origin_parse() sees it. */
static struct str behind_origin(struct str url)
{
    long at = str_find(url, STR("://"));
    struct str rest = str_skip(url, at < 0 ? url.n : (size_t)at + 3);
    size_t n = 0;
    while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#')
        n++;
    return str_skip(rest, n);
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
    struct str authority = str_head(rest, rest.n - behind_origin(url).n);
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

int origin_parse_bare(struct str text, struct origin *ret, struct err *err)
{
    struct origin o;
    if (origin_parse(text, &o, err))
        return -1;
    struct str more = behind_origin(text);
    if (more.n && !str_is(more, "/")) {
        (void)refuse(err, text, "is more than an origin; what is behind the host and port would limit nothing");
        return err_hint(err, "Write it as https://host or https://host:port.");
    }
    *ret = o;
    return 0;
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

bool origin_check(const struct field *f, const struct value *v, struct str address, struct diags *diags)
{
    struct origin origin;
    struct err err = { 0 };
    if (!(f->flags & FIELD_ORIGIN) || v->type != VALUE_TEXT || origin_parse(v->text, &origin, &err) == 0)
        return true;
    struct diag *item = diag_add(diags, SEVERITY_ERROR, err.code, v->at, "'%s' cannot be called: %s.", field_name(f), err.text);
    item->address = arena_str(&diags->arena, address);
    diag_hint(diags, item, "%s", err.hint);
    diags->trust |= err.is == ERR_TRUST;
    return false;
}
