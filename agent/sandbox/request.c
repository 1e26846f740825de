/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox/inside.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static int hex_digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* Percent-decoding; NULL for a bad escape, a control character (NUL among them), or bytes that are not UTF-8. */
static const char *decoded(struct request *r, struct str s, bool plus_is_blank)
{
    char *out = arena_alloc(&r->arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        int c = (unsigned char)s.p[i];
        if (c == '%') {
            int high = s.n - i > 2 ? hex_digit(s.p[i + 1]) : -1, low = high >= 0 ? hex_digit(s.p[i + 2]) : -1;
            if (low < 0)
                return NULL;
            c = high * 16 + low;
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return NULL;
        out[n++] = (char)c;
    }
    return utf8_valid((struct str){ out, n }) ? out : NULL;
}

bool request_split(struct request *r)
{
    struct str path, query, part;
    if (!str_cut(str_of(r->target), '?', &path, &query))
        query = (struct str){ "", 0 };
    r->query = query.p;
    r->path = decoded(r, path, false);
    if (!r->path || !path.n || path.p[0] != '/')
        return false;
    path = str_skip(path, 1);
    for (bool more = true; more; path = query) {
        if (r->n_parts == MOST_PARTS)
            return false;
        more = str_cut(path, '/', &part, &query);
        if (!(r->part[r->n_parts++] = decoded(r, more ? part : path, false)))
            return false;
    }
    return true;
}

const char *request_header(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++)
        if (!strcasecmp(r->headers[i].name, name))
            return r->headers[i].value;
    return NULL;
}

const char *form_value(struct request *r, const char *form, const char *name)
{
    struct str rest = str_of(form), one, key, value;
    for (bool more = true; more;) {
        struct str tail = { 0 };
        more = str_cut(rest, '&', &one, &tail);
        if (!more)
            one = rest;
        rest = tail;
        if (!str_cut(one, '=', &key, &value))
            continue;
        const char *k = decoded(r, key, true);
        if (k && !strcmp(k, name))
            return decoded(r, value, true);
    }
    return NULL;
}

const char *request_query(struct request *r, const char *name)
{
    return *r->query ? form_value(r, r->query, name) : NULL;
}

json_t *request_json(struct request *r)
{
    if (!r->json)
        r->json = json_loadb(r->body.n ? r->body.p : "", r->body.n, JSON_REJECT_DUPLICATES, NULL);
    return r->json;
}

/* "Application/JSON; charset=UTF-8" is application/json with parameters; blanks and case do not matter. */
bool request_is_type(const struct request *r, const char *type)
{
    const char *sent = request_header(r, "Content-Type");
    if (!sent)
        return false;
    size_t n = strcspn(sent, ";");
    return str_eq_nocase(str_trim((struct str){ sent, n }), str_of(type));
}

const char *text_of(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

bool text_in(const char *text, const json_t *list)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
        if (json_is_string(one) && !strcmp(json_string_value(one), text))
            return true;
    return false;
}

const char *base64_text(struct request *r, const char *base64, size_t *ret_n)
{
    static const int variants[] = { sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                                    sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_URLSAFE_NO_PADDING };
    size_t n = strlen(base64), got;
    unsigned char *out = arena_alloc(&r->arena, n + 1);
    for (size_t i = 0; i < COUNT(variants); i++) {
        if (sodium_base642bin(out, n, base64, n, NULL, &got, NULL, variants[i]) == 0) {
            out[got] = 0;
            *ret_n = got;
            return (const char *)out;
        }
    }
    return NULL;
}

bool basic_credentials(struct request *r, const char **ret_user, const char **ret_password)
{
    const char *sent = request_header(r, "Authorization");
    size_t n;
    if (!sent || strncasecmp(sent, "Basic ", 6) != 0)
        return false;
    char *text = (char *)base64_text(r, sent + 6, &n);
    char *colon = text ? strchr(text, ':') : NULL;
    if (!colon || strlen(text) != n)
        return false;
    *colon = 0;
    *ret_user = text;
    *ret_password = colon + 1;
    return *text && colon[1];
}

const char *digits_of(struct request *r, const char *text)
{
    char *out = arena_alloc(&r->arena, strlen(text) + 1);
    size_t n = 0;
    for (; *text; text++)
        if (isdigit((unsigned char)*text))
            out[n++] = *text;
    return out;
}

/* ITU-T E.164: a plus sign, then a country code that does not begin with 0, 15 digits at most. */
bool is_e164(const char *text)
{
    size_t n = *text == '+' ? strspn(text + 1, "0123456789") : 0;
    return n >= 2 && n <= 15 && !text[1 + n] && text[1] != '0';
}

bool is_web_url(const char *text)
{
    const char *host = !strncasecmp(text, "https://", 8) ? text + 8 : !strncasecmp(text, "http://", 7) ? text + 7 : "";
    if (!*host || *host == '/' || *host == ':')
        return false;
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || *text == 0x7f)
            return false;
    return true;
}

const json_t *first_unknown(const json_t *object, const char *const *known, const char **ret_name)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value) {
        const char *const *k = known;
        while (*k && strcmp(*k, name) != 0)
            k++;
        if (!*k) {
            *ret_name = name;
            return value;
        }
    }
    return NULL;
}

const char *random_id(struct request *r)
{
    unsigned char b[16];
    randombytes_buf(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    return arena_printf(&r->arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3],
                        b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]).p;
}
