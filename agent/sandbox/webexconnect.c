/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Webex Connect: POST /resources/v1/messaging ([given] 002; webex-connect.md for names and codes). */
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/inside.h"

enum { MOST_DESTINATIONS = 1000, LONGEST_CORRELATION = 50, JWT_LIFE_S = 3600, CLOCK_SKEW_S = 300 };

/* An object on refusal, an array on success (webex-connect.md 4); the code is text. */
static bool refuse(struct request *r, const char *code, const char *description)
{
    reply_json(r, (int)setting_number(state_group(r, "webexconnect"), "error_status", 400),
                json_pack("{s:{s:s,s:s,s:s}}", "response", "code", code, "description", description, "transid", random_id(r)));
    return false;
}

void webexconnect_fail(struct request *r, int status)
{
    static const struct { int status; const char *code, *text; } forms[] = {
        { 401, "7001", "Authentication failed." }, { 403, "7010", "IP address is not allowed." }, { 429, "7020", "Transaction limit reached." },
        { 400, "7004", "Invalid value." },
    };
    size_t i = 0;
    while (i < COUNT(forms) - 1 && forms[i].status != status)
        i++;
    if (status > 999)                       /* error-200=7003: the code itself */
        refuse(r, arena_printf(&r->arena, "%d", status).p, "Refused.");
    else if (status >= 500)
        refuse(r, "7005", "Internal failure.");
    else
        refuse(r, forms[i].code, forms[i].text);
    r->answer.status = status;
}

/* --- who asks ---------------------------------------------------------------------------------- */

/* RFC 7515: the alphabet for URLs, without padding. */
static const char *base64url_text(struct request *r, const char *text, size_t *ret_n)
{
    return strpbrk(text, "+/=") ? NULL : base64_text(r, text, ret_n);
}

static bool signature_holds(struct request *r, const char *signed_part, const char *signature, const char *secret)
{
    unsigned char expected[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    size_t n_key, n_given;
    const char *key = base64_text(r, secret, &n_key), *given = base64url_text(r, signature, &n_given);
    if (!key || !given || n_given != sizeof expected)
        return false;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key, n_key);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)signed_part, strlen(signed_part));
    crypto_auth_hmacsha256_final(&state, expected);
    return sodium_memcmp(expected, given, sizeof expected) == 0;
}

static json_t *jwt_part(struct request *r, const char *base64)
{
    size_t n;
    const char *text = base64url_text(r, base64, &n);
    return text ? json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* HS256 over "header.claims" with the decoded service secret; iss is the service, iat within the last hour. */
static bool jwt_holds(struct request *r, const json_t *g, const char *jwt)
{
    char *text = (char *)arena_str(&r->arena, str_of(jwt)).p, *dot = strchr(text, '.'), *last = dot ? strchr(dot + 1, '.') : NULL;
    if (!last || strchr(last + 1, '.'))
        return false;
    *dot = *last = 0;
    json_t *header = jwt_part(r, text), *claims = jwt_part(r, dot + 1);
    const char *service = text_of(claims, "iss"), *secret = text_of(json_object_get(g, "services"), service ? service : "");
    const json_t *iat = json_object_get(claims, "iat");
    json_int_t now = clock_wall(), issued = json_integer_value(iat);
    bool ok = !strcmp(setting_text(header, "alg", ""), "HS256") && service && *service && json_is_integer(iat)
              && issued >= now - JWT_LIFE_S && issued <= now + CLOCK_SKEW_S && last[1];
    *dot = '.';
    if (ok)
        ok = secret ? signature_holds(r, text, last + 1, secret) : state_open(g);
    json_decref(header);
    json_decref(claims);
    return ok;
}

/* A JWT wins over a key; then the key is not looked at. */
static bool authorised(struct request *r, const json_t *g)
{
    const char *bearer = request_header(r, "Authorization"), *key = request_header(r, "key");
    const json_t *keys = json_object_get(g, "keys");
    if (bearer)
        return (!strncasecmp(bearer, "Bearer ", 7) && jwt_holds(r, g, bearer + 7)) || refuse(r, "7001", "Authentication failed.");
    if (!key || !*key)
        return refuse(r, "7002", "Key missing.");
    return (keys ? text_in(key, keys) : state_open(g)) || refuse(r, "7001", "Authentication failed.");
}

/* --- the message ------------------------------------------------------------------------------- */

static bool missing(struct request *r, const char *name)
{
    return refuse(r, "7003", arena_printf(&r->arena, "Mandatory parameter missing: %s", name).p);
}

static bool wrong(struct request *r, const char *name)
{
    return refuse(r, "7004", arena_printf(&r->arena, "Invalid value: %s", name).p);
}

static bool check_text(struct request *r, const json_t *object, const char *name, size_t max)
{
    const json_t *value = json_object_get(object, name);
    return !value || (json_is_string(value) && json_string_length(value) <= max) || wrong(r, name);
}

static bool check_ids(struct request *r, const json_t *ids, const char *name)
{
    const json_t *one;
    size_t i;
    if (!json_is_array(ids) || !json_array_size(ids))
        return wrong(r, name);
    json_array_foreach(ids, i, one)
        if (!json_string_length(one))
            return wrong(r, name);
    return true;
}

static bool check_destinations(struct request *r, const json_t *list)
{
    static const char *const known[] = { "waid", "bsuid", "correlationid", NULL };
    const json_t *one;
    const char *name;
    size_t i;
    if (!list)
        return missing(r, "destination");
    if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > MOST_DESTINATIONS)
        return wrong(r, "destination");
    json_array_foreach(list, i, one) {
        const json_t *waid = json_object_get(one, "waid"), *bsuid = json_object_get(one, "bsuid");
        if (!json_is_object(one) || first_unknown(one, known, &name) || (waid && bsuid))
            return wrong(r, "destination");
        if (!waid && !bsuid)
            return missing(r, "waid");
        if (!check_ids(r, waid ? waid : bsuid, waid ? "waid" : "bsuid") || !check_text(r, one, "correlationid", LONGEST_CORRELATION))
            return false;
    }
    return true;
}

/* channels."OTT-Messaging".wa.text.body */
static bool check_channels(struct request *r, const json_t *channels)
{
    static const char *const in_channels[] = { "OTT-Messaging", NULL }, *const in_ott[] = { "wa", "identity_key_hash", NULL },
                      *const in_wa[] = { "type", "text", "preview_url", "identity_key_hash", NULL }, *const in_text[] = { "body", NULL };
    const json_t *ott = json_object_get(channels, "OTT-Messaging"), *wa = json_object_get(ott, "wa"), *text = json_object_get(wa, "text");
    const char *name, *preview = text_of(wa, "preview_url"), *type = text_of(wa, "type");
    if (!channels)
        return missing(r, "channels");
    if (!json_is_object(wa))
        return missing(r, "wa");
    if (!type)
        return missing(r, "type");
    if (strcmp(type, "text") != 0)
        return wrong(r, "type");
    if (!setting_text(text, "body", NULL) || !*text_of(text, "body"))
        return missing(r, "body");
    if (first_unknown(channels, in_channels, &name) || first_unknown(ott, in_ott, &name) || first_unknown(wa, in_wa, &name)
        || first_unknown(text, in_text, &name))
        return wrong(r, name);
    if (json_object_get(wa, "preview_url") && (!preview || (strcmp(preview, "true") != 0 && strcmp(preview, "false") != 0)))
        return wrong(r, "preview_url");
    return true;
}

static bool check(struct request *r, const json_t *g, const json_t *body)
{
    static const char *const known[] = { "deliverychannel", "appid", "destination", "channels", "options", "correlationid", "callbackData",
                                         "notifyurl", "notifyurlAuthId", "expiry", NULL };
    const json_t *options = json_object_get(body, "options"), *apps = json_object_get(g, "apps");
    const char *name, *channel = text_of(body, "deliverychannel"), *app = text_of(body, "appid"), *notify = text_of(body, "notifyurl");
    if (!request_is_type(r, "application/json") || !json_is_object(body))
        return refuse(r, "7000", "Invalid JSON.");
    if (!channel)
        return missing(r, "deliverychannel");
    if (!app || !*app)
        return missing(r, "appid");
    if (strcmp(channel, "whatsapp") != 0)
        return wrong(r, "deliverychannel");
    if (apps && !text_in(app, apps))
        return wrong(r, "appid");
    if (!check_destinations(r, json_object_get(body, "destination")) || !check_channels(r, json_object_get(body, "channels")))
        return false;
    if (first_unknown(body, known, &name))
        return wrong(r, name);
    if (options && !json_is_object(options) && !json_is_array(options))     /* the pages show both */
        return wrong(r, "options");
    if (json_object_get(body, "notifyurl") && (!notify || !is_web_url(notify)))   /* [given]: a blank makes it invalid */
        return wrong(r, "notifyurl");
    return check_text(r, body, "correlationid", LONGEST_CORRELATION) && check_text(r, body, "callbackData", SIZE_MAX)
           && check_text(r, body, "notifyurlAuthId", SIZE_MAX) && check_text(r, body, "expiry", SIZE_MAX);
}

/* Every request queues again: nothing says that a repeated correlationid is noticed. */
static void queue(struct request *r, json_t *g, const json_t *body)
{
    json_t *messages = state_child(g, "messages"), *items = json_array(), *destination;
    size_t i;
    json_array_foreach(json_object_get(body, "destination"), i, destination) {
        const char *id = random_id(r);
        json_t *message = json_copy((json_t *)body);
        json_object_set(message, "destination", destination);
        json_object_set_new(message, "queued_at", json_string(now_text(r, true)));
        state_keep(r, messages, id, message);
        json_array_append_new(items, json_pack("{s:s,s:s,s:s}", "code", "1001", "transid", id, "description", "Queued"));
    }
    reply_json(r, 200, json_pack("{s:o}", "response", items));
}

void webexconnect_handle(struct request *r)
{
    json_t *g = state_group(r, "webexconnect");
    if (r->n_parts != 4 || strcmp(r->part[1], "resources") != 0 || strcmp(r->part[2], "v1") != 0 || strcmp(r->part[3], "messaging") != 0)
        webexconnect_fail(r, 404);
    else if (strcmp(r->method, "POST") != 0)
        reply_method(r, "POST");
    else if (authorised(r, g) && check(r, g, request_json(r)))
        queue(r, g, r->json);
}
