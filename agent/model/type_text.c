/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of texts: lines, ids, choices, addresses of pages and mail boxes. */
#include <stdio.h>
#include <string.h>

#include "model/type.h"
#include "model/type_private.h"

static bool has_space(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ' ' || s.p[i] == '\t')
            return true;
    return false;
}

static bool id_check(const struct field *f, struct str text, struct problem *ret)
{
    (void)f;
    if (!text.n)
        return type_problem(ret, "Write the id as the provider prints it.", "is empty");
    if (has_space(text))
        return type_problem(ret, "Write the id as the provider prints it, without spaces.", "is '%s', which holds a space",
                            type_short(text).p);
    if (str_is(text, ".") || str_is(text, ".."))
        return type_problem(ret, "Write the id as the provider prints it.", "is '%.*s', which in a web address would lead elsewhere", ARG(text));
    return true;
}

static bool choice_check(const struct field *f, struct str text, struct problem *ret)
{
    size_t n = 0, at = 0;
    char mend[sizeof ret->mend];
    for (; f->choices[n]; n++)
        if (str_eq_nocase(str_trim(text), str_of(f->choices[n])))
            return true;
    const char *near = str_nearest(text, f->choices, n);
    if (near) {
        (void)snprintf(mend, sizeof mend, "Did you mean '%s'?", near);
        return type_problem(ret, mend, "is '%s', which is not one of the values it takes", type_short(text).p);
    }
    for (size_t i = 0; i < n && at < sizeof mend; i++)
        at += (size_t)snprintf(mend + at, sizeof mend - at, "%s%s%s", i ? "; " : "Write one of: ", f->choices[i],
                               i + 1 == n ? "." : "");
    return type_problem(ret, mend, "is '%s', which is not one of the values it takes", type_short(text).p);
}

/* --- URLs -------------------------------------------------------------------------------------- */

struct url { struct str scheme, authority, rest; };

static bool url_split(struct str text, struct url *ret)
{
    long colon = str_find(text, STR("://"));
    if (colon < 0)
        return false;
    ret->scheme = str_head(text, (size_t)colon);
    struct str tail = str_skip(text, (size_t)colon + 3);
    const char *end = type_find_any(tail, "/?#\\");
    size_t n = end ? (size_t)(end - tail.p) : tail.n;
    ret->authority = str_head(tail, n);
    ret->rest = str_skip(tail, n);
    return true;
}

static bool port_right(struct str port)
{
    long n;
    return !port.n || str_to_long(port, 1, 65535, &n);
}

static bool host_right(struct str authority)
{
    struct str host, port;
    if (authority.n && authority.p[0] == '[') {
        if (!str_cut(str_skip(authority, 1), ']', &host, &port) || (port.n && port.p[0] != ':'))
            return false;
        port = str_skip(port, 1);
        for (size_t i = 0; i < host.n; i++)
            if (!type_find_any(str_head(str_skip(host, i), 1), "0123456789abcdefABCDEF:."))
                return false;
        return host.n > 0 && port_right(port);
    }
    (void)str_cut(authority, ':', &host, &port);
    return host.n > 0 && !type_find_any(host, " \"<>\\^`{|}%[]!$&'()*+,;=") && host.p[0] != '.' && port_right(port);
}

static bool url_check(const struct field *f, struct str text, struct problem *ret)
{
    struct url u;
    (void)f;
    if (!url_split(text, &u) || !(str_eq_nocase(u.scheme, STR("https")) || str_eq_nocase(u.scheme, STR("http"))))
        return type_problem(ret, "Write it as https://HOST/PATH.", "is '%s', which is not a web address", type_short(text).p);
    if (str_find(u.authority, STR("@")) >= 0) /* the text may hold a password: do not repeat it */
        return type_problem(ret, "Remove what stands before the @ of the host; credentials have fields of their own.",
                            "holds a user name or password in its address");
    if (!host_right(u.authority))
        return type_problem(ret, "Write it as https://HOST/PATH, or https://HOST:PORT/PATH.",
                            "has no right host or port: '%s'", type_short(text).p);
    const char *wrong = type_find_any(u.rest, " \"<>\\^`{|}");
    if (wrong)
        return type_problem(ret, *wrong == '{' || *wrong == '}' ?
                            "Percent-encode it (%7B, %7D). For a template write { format: \"https://...\" }." :
                            "Percent-encode the character.", "holds the character '%c'", *wrong);
    return true;
}

static bool base_url_check(const struct field *f, struct str text, struct problem *ret)
{
    const char *tail = type_find_any(text, "?#");
    if (!url_check(f, text, ret))
        return false;
    return !tail || type_problem(ret, *tail == '?' ? "Remove the '?' and all behind it." : "Remove the '#' and all behind it.",
                                 "goes on behind its path: paths of the API are added to it");
}

/* Scheme and host in lower case, the scheme's own port left out, "/" for an empty path. */
static struct str url_normal(struct arena *a, struct str text)
{
    struct url u;
    if (!url_split(str_trim(text), &u))
        return text;
    struct str scheme = type_lower(a, u.scheme), host = type_lower(a, u.authority);
    struct str own = str_is(scheme, "https") ? STR(":443") : STR(":80");
    if (str_ends(host, own))
        host = str_head(host, host.n - own.n);
    else if (str_ends(host, STR(":")))
        host = str_head(host, host.n - 1);
    bool slash = u.rest.n && u.rest.p[0] == '/';
    return arena_printf(a, "%.*s://%.*s%s%.*s", ARG(scheme), ARG(host), slash ? "" : "/", ARG(u.rest));
}

/* --- mail, media ------------------------------------------------------------------------------- */

static bool email_split(struct str text, struct str *local, struct str *domain)
{
    size_t at = text.n;
    while (at > 0 && text.p[at - 1] != '@')
        at--;
    *local = str_head(text, at ? at - 1 : 0);
    *domain = str_skip(text, at);
    return at > 0;
}

static bool email_check(const struct field *f, struct str text, struct problem *ret)
{
    struct str local, domain;
    (void)f;
    bool right = email_split(text, &local, &domain) && local.n && local.n <= 64 && !has_space(text) &&
                 str_find(local, STR("@")) < 0 && str_find(domain, STR(".")) > 0 && !str_ends(domain, STR(".")) &&
                 str_find(domain, STR("..")) < 0;
    if (!right || type_find_any(text, "<>(),;:\\\"[]"))
        return type_problem(ret, "Write it as name@domain.example.", "is '%s', which is not a mail address",
                            type_short(text).p);
    return true;
}

static struct str email_normal(struct arena *a, struct str text)
{
    struct str local, domain;
    text = str_trim(text);
    if (!email_split(text, &local, &domain))
        return text;
    return arena_printf(a, "%.*s@%.*s", ARG(local), ARG(type_lower(a, domain)));
}

static bool media_part(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && !strchr("!#$&^_.+-", c))
            return false;
    }
    return s.n > 0;
}

static bool media_type_check(const struct field *f, struct str text, struct problem *ret)
{
    struct str type, rest, major, minor;
    (void)f;
    (void)str_cut(text, ';', &type, &rest);
    if (!str_cut(str_trim(type), '/', &major, &minor) || !media_part(major) || !media_part(minor))
        return type_problem(ret, "Write it as type/subtype, for example application/x-www-form-urlencoded.",
                            "is '%s', which is not a media type", type_short(text).p);
    return true;
}

static struct str media_type_normal(struct arena *a, struct str text)
{
    struct str type, rest;
    (void)str_cut(text, ';', &type, &rest);
    return type_lower(a, str_trim(type));
}

const struct type type_text = { .name = "text", .shape = SHAPE_TEXT };
const struct type type_lines = { .name = "text of several lines", .shape = SHAPE_TEXT, .multiline = true };
const struct type type_id = { .name = "id", .shape = SHAPE_TEXT, .check = id_check, .schema = "\"pattern\":\"^(?!\\\\.{1,2}$)[^ \\\\t]+$\"" };
const struct type type_choice = { .name = "choice", .shape = SHAPE_TEXT, .check = choice_check, .send_normal = true };
/* Scheme, host and port, as a pattern in JSON in C. */
#define URL_START "[Hh][Tt][Tt][Pp][Ss]?://(\\\\[[0-9a-fA-F:.]+\\\\]|[^\\\\] .@/?#:\\\\\\\\\\\"<>^`{|}%!$&'()*+,;=[]" \
                  "[^\\\\] @/?#:\\\\\\\\\\\"<>^`{|}%!$&'()*+,;=[]*)(:[0-9]{0,5})?"

const struct type type_url = {
    .name = "web address", .shape = SHAPE_TEXT, .check = url_check, .normal = url_normal,
    .schema = "\"pattern\":\"^" URL_START "([/?#][^ \\\"<>\\\\\\\\^`{|}]*)?$\"",
};
const struct type type_base_url = {
    .name = "web address", .shape = SHAPE_TEXT, .check = base_url_check, .normal = url_normal,
    .schema = "\"pattern\":\"^" URL_START "(/[^?# \\\"<>\\\\\\\\^`{|}]*)?$\"",
};
const struct type type_email = {
    .name = "mail address", .shape = SHAPE_TEXT, .check = email_check, .normal = email_normal,
    .schema = "\"pattern\":\"^[^@ <>(),;:\\\\\\\\\\\"\\\\[\\\\]]{1,64}@[^@ .<>(),;:\\\\\\\\\\\"\\\\[\\\\]]+(\\\\.[^@ .<>(),;:\\\\\\\\\\\"\\\\[\\\\]]+)+$\"",
};
const struct type type_media_type = {
    .name = "media type", .shape = SHAPE_TEXT, .check = media_type_check, .normal = media_type_normal,
    .schema = "\"pattern\":\"^ *[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+ *(;.*)?$\"",
};
