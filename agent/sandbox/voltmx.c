/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Volt MX Foundry: GET and POST /api/v1/whatsappconfig ([given] 000; voltmx.md for reading and signing in). */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/inside.h"

static const char *const envelope[] = { "protocol", "provider", "inboundSecurityEnabled", "properties", NULL };
static const char *const keys[] = { "Account SID", "Auth Token", "From", "Header Content Type", "Maximum Character Limit" };
enum { N_KEYS = COUNT(keys) };
static const char invalid_keys[] = "Invalid keys provided.";
static const char no_connection[] = "Unable to connect to the SMS provider with the given credentials.";
static const char no_value[] = "Value is required for mobile originated.";

static bool refuse(struct request *r, int status, const char *message)
{
    reply_json(r, status, json_pack("{s:s}", "message", message));
    return false;
}

void voltmx_fail(struct request *r, int status)
{
    refuse(r, status, status == 401 ? "Unauthorized request." : status == 404 ? "Not found."
                      : status >= 500 ? "Server failure to process request." : "The request cannot be processed.");
}

/* A server's own setting, else that of all. */
static const json_t *option(const json_t *g, const json_t *server, const char *name)
{
    const json_t *own = json_object_get(server, name);
    return own ? own : json_object_get(g, name);
}

static const char *option_text(const json_t *g, const json_t *server, const char *name, const char *otherwise)
{
    const char *text = json_string_value(option(g, server, name));
    return text ? text : otherwise;
}

/* --- who asks ---------------------------------------------------------------------------------- */

static bool listed(const json_t *g, const json_t *list, const char *name, const char *secret)
{
    const char *expected = text_of(list, name);
    if (!*name || !*secret)
        return false;
    return list ? expected && !strcmp(expected, secret) : state_open(g);
}

static int64_t now_ms(void) { return clock_wall() * 1000; }

static bool claims_hold(struct request *r, json_t *g, const char *token)
{
    json_t *tokens = json_object_get(g, "tokens");
    if (fault_on(&r->faults, FAULT_EXPIRED_TOKEN))
        json_object_del(tokens, token);
    return json_integer_value(json_object_get(tokens, token)) > now_ms();
}

static bool authorised(struct request *r, json_t *g, const json_t *server)
{
    const char *user, *password, *claims = request_header(r, "X-VoltMX-Authorization");
    const char *token = request_header(r, "AccessToken"), *secret = request_header(r, "AccessSecret");
    bool ok = false;
    if (request_header(r, "Authorization"))
        ok = basic_credentials(r, &user, &password) && listed(g, option(g, server, "users"), user, password);
    else if (claims)
        ok = claims_hold(r, g, claims);
    else if (token && secret)
        ok = (state_open(g) && *token && *secret) || listed(g, option(g, server, "pairs"), token, secret);
    if (!ok)
        voltmx_fail(r, 401);
    return ok;
}

static void login(struct request *r, json_t *g, const json_t *server)
{
    const char *user = NULL, *password = NULL, *token = random_id(r);
    if (request_is_type(r, "application/x-www-form-urlencoded") && r->body.n) {
        user = form_value(r, r->body.p, "userid");
        password = form_value(r, r->body.p, "password");
    } else if (request_is_type(r, "application/json")) {
        user = text_of(request_json(r), "userid");
        password = text_of(request_json(r), "password");
    }
    if (!user || !password) {
        refuse(r, 400, "userid and password are required.");
    } else if (!listed(g, option(g, server, "users"), user, password)) {
        voltmx_fail(r, 401);
    } else {
        json_int_t until = now_ms() + 1000 * setting_number(g, "token_lifetime", 3600);
        json_object_set_new(state_child(g, "tokens"), token, json_integer(until));
        reply_json(r, 200, json_pack("{s:{s:s,s:s,s:s,s:s},s:s,s:{s:s,s:I}}", "profile", "email", "admin@hotel.example", "userid", user,
                                      "firstname", "Sand", "lastname", "Box", "refresh_token", random_id(r), "claims_token",
                                      "value", token, "exp", until));
    }
}

static void access_token(struct request *r, json_t *g, const json_t *server)
{
    const char *user, *password;
    if (!basic_credentials(r, &user, &password) || !listed(g, option(g, server, "users"), user, password)) {
        voltmx_fail(r, 401);
        return;
    }
    const char *token = random_id(r), *secret = random_id(r);
    json_object_set_new(state_child(g, "pairs"), token, json_string(secret));
    reply_json(r, 200, json_pack("{s:s,s:s}", "AccessToken", token, "AccessSecret", secret));
}

/* --- reading ----------------------------------------------------------------------------------- */

static json_t *shown_value(struct request *r, const json_t *g, const json_t *server, const char *key, const char *value)
{
    const char *mask = option_text(g, server, "mask", "star");
    const json_t *which = option(g, server, "masked");
    bool hidden = which ? text_in(key, which) : !strcmp(key, "Auth Token");
    if (!hidden || !strcmp(mask, "none"))
        return json_string(value);
    size_t n = strlen(value);
    char *text = arena_alloc(&r->arena, n + 1);
    memset(text, strcmp(mask, "x") == 0 ? 'x' : '*', n);
    return json_string(text);
}

static json_t *pair(const char *key, json_t *value) { return json_pack("{s:s,s:o}", "key", key, "value", value); }

/* "Host URL" is shown and never sent (voltmx.md 3.2); its place is behind From. */
static json_t *shown_properties(struct request *r, const json_t *g, const json_t *server, const json_t *properties)
{
    json_t *list = json_array();
    for (size_t i = 0; i < N_KEYS; i++) {
        json_array_append_new(list, pair(keys[i], shown_value(r, g, server, keys[i], setting_text(properties, keys[i], ""))));
        if (!strcmp(keys[i], "From"))
            json_array_append_new(list, pair("Host URL", json_string(setting_text(properties, "Host URL",
                                  "https://api.twilio.com/2010-04-01/Accounts/"))));
    }
    return list;
}

static void config_get(struct request *r, json_t *g, json_t *server)
{
    const json_t *config = server ? state_seen(r, server, "config") : NULL;
    const char *unset = option_text(g, server, "unconfigured", "404");
    if (!json_is_object(config)) {
        if (!strcmp(unset, "empty"))
            reply_json(r, 200, json_object());
        else if (!strcmp(unset, "bare"))
            reply_json(r, 200, json_pack("{s:s,s:b,s:s}", "protocol", "HTTP", "inboundSecurityEnabled", 0, "provider", "TWILIO_WHATSAPP"));
        else
            voltmx_fail(r, 404);
        return;
    }
    bool inbound = json_is_true(json_object_get(config, "inboundSecurityEnabled"));
    json_t *shown = json_is_true(option(g, server, "boolean_text")) ? json_string(inbound ? "true" : "false") : json_boolean(inbound);
    reply_json(r, 200, json_pack("{s:O?,s:o,s:O?,s:o}", "protocol", json_object_get(config, "protocol"), "inboundSecurityEnabled", shown,
                                  "provider", json_object_get(config, "provider"), "properties",
                                  shown_properties(r, g, server, json_object_get(config, "properties"))));
}

/* --- writing ----------------------------------------------------------------------------------- */

/* The list as a map; NULL and an answer when a pair is not one of the five, or comes twice. */
static json_t *read_properties(struct request *r, const json_t *list)
{
    static const char *const members[] = { "key", "value", NULL };
    json_t *map = json_object();
    const json_t *one;
    const char *name;
    size_t i, k;
    json_array_foreach(list, i, one) {
        const char *key = text_of(one, "key"), *value = text_of(one, "value");
        for (k = 0; key && k < N_KEYS && strcmp(keys[k], key) != 0; k++)
            ;
        if (!key || !value || k == N_KEYS || first_unknown(one, members, &name) || json_object_get(map, key)) {
            json_decref(map);
            refuse(r, 400, invalid_keys);
            return NULL;
        }
        json_object_set_new(map, key, json_string(value));
    }
    return map;
}

static bool is_masked(const char *text, const char *mask)
{
    return strspn(text, "*") == strlen(text) || (!strcmp(mask, "x") && strspn(text, "x") == strlen(text));
}

static bool check_properties(struct request *r, const json_t *g, const json_t *server, const json_t *map)
{
    const char *mask = option_text(g, server, "mask", "star"), *limit = text_of(map, "Maximum Character Limit");
    long n;
    for (size_t i = 0; i < N_KEYS; i++)
        if (!text_of(map, keys[i]))
            return refuse(r, 400, no_value);
    for (size_t i = 0; i < 2; i++)          /* Account SID, Auth Token: a mask that was read is no credential */
        if (!*text_of(map, keys[i]) || is_masked(text_of(map, keys[i]), mask))
            return refuse(r, 400, no_connection);
    const char *from = text_of(map, "From");
    bool letters = strpbrk(from, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL;
    if (!letters && !is_e164(from))         /* a number, or a client identifier */
        return refuse(r, 400, no_value);
    if (strcmp(text_of(map, "Header Content Type"), "application/x-www-form-urlencoded") != 0)
        return refuse(r, 400, invalid_keys);
    return str_to_long(str_of(limit), 1, 1000000000, &n) ? true : refuse(r, 400, no_value);
}

static bool check_envelope(struct request *r, const json_t *body)
{
    const char *type = request_header(r, "Content-Type"), *name, *protocol = text_of(body, "protocol");
    const json_t *inbound = json_object_get(body, "inboundSecurityEnabled");
    char squeezed[64] = "";
    for (size_t n = 0; type && *type && n < sizeof squeezed - 1; type++)
        if (*type != ' ')
            squeezed[n++] = *type;
    if (strcasecmp(squeezed, "application/json;charset=utf-8") != 0)
        return refuse(r, 400, "Content-Type must be application/json;charset=UTF-8.");
    if (!json_is_object(body) || first_unknown(body, envelope, &name))
        return refuse(r, 400, invalid_keys);
    if (!protocol || strcmp(protocol, "HTTP") != 0 || !*setting_text(body, "provider", "") || (inbound && !json_is_boolean(inbound))
        || !json_is_array(json_object_get(body, "properties")))
        return refuse(r, 400, no_value);
    return true;
}

static void config_post(struct request *r, json_t *g, const char *context)
{
    json_t *servers = state_child(g, "servers"), *server = json_object_get(servers, context), *body = request_json(r);
    json_t *map = check_envelope(r, body) ? read_properties(r, json_object_get(body, "properties")) : NULL;
    if (!map || !check_properties(r, g, server, map)) {
        json_decref(map);
        return;
    }
    json_t *config = json_pack("{s:O,s:b,s:O,s:o}", "protocol", json_object_get(body, "protocol"), "inboundSecurityEnabled",
                               json_is_true(json_object_get(body, "inboundSecurityEnabled")), "provider",
                               json_object_get(body, "provider"), "properties", map);
    state_keep(r, state_child(servers, context), "config", config);
    if (json_is_true(option(g, server, "valid_answer")))
        reply_json(r, 200, json_pack("{s:s,s:i}", "message", "Details updated successfully", "id", 1));
    else                                    /* word for word as given */
        reply_text(r, 200, "application/json", "{\n\"message\" : \"Details updated successfully\",\n\"id\" :\n}\n");
}

/* --- paths ------------------------------------------------------------------------------------- */

enum what { NOTHING, CONFIG, OAUTH, LOGIN };
static const struct { const char *tail; enum what what; } tails[] = {
    { "/api/v1/whatsappconfig", CONFIG }, { "/api/v1/oauth/accesstoken", OAUTH },
    { "/authService/accounts/login", LOGIN }, { "/login", LOGIN },
};

/* What lies between /voltmx and the tail names the server. */
static enum what split(struct request *r, const char **ret_context)
{
    struct str path = str_skip(str_of(r->path), strlen("/voltmx"));
    for (size_t i = 0; i < COUNT(tails); i++) {
        if (!str_ends(path, str_of(tails[i].tail)))
            continue;
        struct str context = str_head(path, path.n - strlen(tails[i].tail));
        *ret_context = arena_str(&r->arena, str_skip(context, context.n ? 1 : 0)).p;
        return tails[i].what;
    }
    return NOTHING;
}

void voltmx_handle(struct request *r)
{
    const char *context = "", *m = r->method;
    enum what what = split(r, &context);
    json_t *g = state_group(r, "voltmx"), *server = json_object_get(json_object_get(g, "servers"), context);
    bool get = !strcmp(m, "GET"), post = !strcmp(m, "POST");
    if (what == NOTHING || (what == CONFIG && !server && !state_open(g)))
        voltmx_fail(r, 404);
    else if (what == LOGIN)
        post ? login(r, g, server) : reply_method(r, "POST");
    else if (what == OAUTH)
        get ? access_token(r, g, server) : reply_method(r, "GET");
    else if (!get && !post)
        reply_method(r, "GET, POST");
    else if (authorised(r, g, server))
        post ? config_post(r, g, context) : config_get(r, g, server);
}
