/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts that reach git's command line: what they may be. Pure. */
#include <limits.h>
#include <string.h>

#include "base/mem.h"
#include "git/git.h"

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

bool git_is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!memchr("0123456789abcdef", s.p[i], 16))
            return false;
    return s.n == 40 || s.n == 64;
}

/* --- names of branches and tags ----------------------------------------------------------------------------- */

static bool bad_part(struct str part)
{
    return !part.n || part.p[0] == '.' || str_ends(part, STR(".lock"));
}

static const char *name_problem(struct str name, const char *forbidden)
{
    struct str rest = name, part;
    if (!name.n || name.n > 250)
        return "is empty or longer than 250 bytes";
    if (name.p[0] == '-')
        return "begins with a dash";
    if (has_control(name) || !utf8_valid(name))
        return "has a control character, or is not UTF-8";
    for (size_t i = 0; i < name.n; i++)
        if (strchr(forbidden, name.p[i]))
            return "has a character that git does not take in names";
    if (str_find(name, STR("..")) >= 0 || str_find(name, STR("@{")) >= 0 || str_is(name, "@") || str_ends(name, STR(".")) || str_ends(name, STR("/")))
        return "is no name that git takes";
    for (bool more = true; more;) {
        more = str_cut(rest, '/', &part, &rest);
        if (bad_part(part))
            return "has a part that is empty, begins with a dot or ends with .lock";
    }
    return NULL;
}

const char *git_name_problem(struct str name)
{
    return name_problem(name, " ~^:?*[\\");
}

const char *git_pattern_problem(struct str pattern)
{
    return name_problem(pattern, " ~^:[\\");
}

/* --- directories in the repository --------------------------------------------------------------------------- */

const char *git_path_problem(struct str path)
{
    struct str rest = path, part;
    if (path.n >= PATH_MAX || has_control(path))
        return "has a control character, or is too long";
    if (str_starts(path, STR("/")))
        return "begins with a slash; it is relative to the top of the repository";
    for (bool more = path.n > 0; more;) {
        more = str_cut(rest, '/', &part, &rest);
        if (str_is(part, "..") || (!part.n && rest.n))
            return "has a '..' or an empty part";
    }
    return NULL;
}

/* --- URLs ------------------------------------------------------------------------------------------------- */

/* A token in the place of the user's name would go to logs and the history. */
static bool looks_secret(struct str user)
{
    static const char *const beginnings[] = { "ghp_", "gho_", "ghu_", "ghs_", "github_pat_", "glpat-", "gldt-", "glcbt-", "ATBB", "ATCTT" };
    for (size_t i = 0; i < COUNT(beginnings); i++)
        if (str_starts(user, str_of(beginnings[i])))
            return true;
    return user.n > 64;
}

static const char *host_problem(struct str host)
{
    if (!host.n)
        return "has no host";
    if (host.p[0] == '-')
        return "has a host that begins with a dash";
    return NULL;
}

static bool is_loopback(struct str host)
{
    return str_is(host, "localhost") || str_is(host, "127.0.0.1") || str_is(host, "[::1]");
}

/* [user[:password]@]host[:port] */
static const char *authority_problem(struct str authority, struct str *ret_host)
{
    struct str user = { 0 }, host = authority, name, password;
    const char *at = memrchr(authority.p, '@', authority.n);
    if (at) {
        user = str_head(authority, (size_t)(at - authority.p));
        host = str_skip(authority, user.n + 1);
    }
    if (str_cut(user, ':', &name, &password))
        return "holds a password; use a credential helper of git, or ssh";
    if (looks_secret(user))
        return "seems to hold a token; use a credential helper of git, or ssh";
    if (str_starts(user, STR("-")))
        return "has a user that begins with a dash";
    if (str_starts(host, STR("["))) {
        const char *end = memchr(host.p, ']', host.n);
        *ret_host = end ? str_head(host, (size_t)(end - host.p) + 1) : (struct str){ 0 };
    } else
        (void)str_cut(host, ':', ret_host, &name);
    return host_problem(*ret_host);
}

static const char *scheme_problem(struct str scheme, struct str rest, bool *ret_loopback_http)
{
    struct str authority, path, host;
    if (str_is(scheme, "file"))
        return str_starts(rest, STR("/")) ? NULL : "is a file: URL without an absolute path; write file:///PATH";
    if (!str_is(scheme, "https") && !str_is(scheme, "ssh") && !str_is(scheme, "http"))
        return "has a scheme other than https, ssh and file";
    (void)str_cut(rest, '/', &authority, &path);
    const char *problem = authority_problem(authority, &host);
    if (problem || !str_is(scheme, "http"))
        return problem;
    *ret_loopback_http = is_loopback(host);
    return *ret_loopback_http ? NULL : "is plain http, which anybody on the way can change; use https or ssh";
}

const char *git_url_problem(struct str url, bool *ret_loopback_http)
{
    *ret_loopback_http = false;
    if (!url.n || url.n > 2048)
        return "is empty or longer than 2048 bytes";
    if (url.p[0] == '-')
        return "begins with a dash";
    if (has_control(url) || memchr(url.p, ' ', url.n) || !utf8_valid(url))
        return "has a blank or a control character, or is not UTF-8";
    if (str_find(url, STR("%0a")) >= 0 || str_find(url, STR("%0A")) >= 0 || str_find(url, STR("%0d")) >= 0 || str_find(url, STR("%0D")) >= 0 ||
        str_find(url, STR("%00")) >= 0)
        return "has an encoded line break or NUL";
    if (url.p[0] == '/')
        return NULL;
    long slashes = str_find(url, STR("://")), helper = str_find(url, STR("::"));
    if (helper >= 0 && !memchr(url.p, '[', (size_t)helper))
        return "names a remote helper; only https, ssh and file are allowed";
    if (slashes >= 0)
        return scheme_problem(str_head(url, (size_t)slashes), str_skip(url, (size_t)slashes + 3), ret_loopback_http);
    struct str place, path, host;
    if (!str_cut(url, ':', &place, &path) || memchr(place.p, '/', place.n))
        return "is neither a URL, nor user@host:path, nor an absolute path";
    const char *slash = memchr(path.p, '/', path.n);
    if (memchr(path.p, '@', slash ? (size_t)(slash - path.p) : path.n)) /* user:password@host:path */
        return "seems to hold a password; use a credential helper of git, or ssh";
    if (!path.n || path.p[0] == '-')
        return "has no path, or one that begins with a dash";
    return authority_problem(place, &host);
}

/* --- versions --------------------------------------------------------------------------------------------- */

static bool is_digit(struct str s)
{
    return s.n && s.p[0] >= '0' && s.p[0] <= '9';
}

static struct str cut_number(struct str *rest)
{
    size_t n = 0;
    while (n < rest->n && is_digit(str_skip(*rest, n)))
        n++;
    struct str number = str_head(*rest, n);
    *rest = str_skip(*rest, n);
    while (number.n > 1 && number.p[0] == '0')
        number = str_skip(number, 1);
    return number;
}

static int rank(struct str s)
{
    return !s.n ? 0 : s.p[0] == '~' ? -2 : s.p[0] == '-' ? -1 : (unsigned char)s.p[0] + 1;
}

int git_version_compare(struct str a, struct str b)
{
    struct str left = a, right = b;
    while (left.n || right.n) {
        if (is_digit(left) && is_digit(right)) {
            struct str l = cut_number(&left), r = cut_number(&right);
            int order = l.n != r.n ? (l.n > r.n) - (l.n < r.n) : str_cmp(l, r);
            if (order)
                return order;
            continue;
        }
        int l = rank(left), r = rank(right);
        if (l != r)
            return l < r ? -1 : 1;
        left = str_skip(left, 1);
        right = str_skip(right, 1);
    }
    return str_cmp(a, b);
}
