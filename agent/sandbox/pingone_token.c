/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PingOne's token endpoint: POST /{worker environment}/as/token, client_credentials (pingone.md 2; RFC 6749 5). */
#include <string.h>

#include "base/clock.h"
#include "sandbox/inside.h"

static void refuse(struct request *r, int status, const char *code, const char *text)
{
    reply_json(r, status, json_pack("{s:s,s:s}", "error", code, "error_description", text));
}

void pingone_token_fail(struct request *r, int status)
{
    refuse(r, status, status == 401 ? "invalid_client" : status >= 500 ? "server_error" : "invalid_request",
           status == 401 ? "Request denied: Unsupported authentication method or invalid credentials" : "The request failed");
}

/* The credentials and the style they came in; NULL and an answer when they came in none or in both. */
static const char *read_client(struct request *r, const char *form, const char **ret_id, const char **ret_secret)
{
    const char *id = form_value(r, form, "client_id"), *secret = form_value(r, form, "client_secret");
    if (!request_header(r, "Authorization")) {
        *ret_id = id;
        *ret_secret = secret;
        if (id && *id && secret && *secret)
            return "post";
        pingone_token_fail(r, 401);
        return NULL;
    }
    if (id || secret) {
        refuse(r, 400, "invalid_request", "Multiple client credentials were provided");
        return NULL;
    }
    if (basic_credentials(r, ret_id, ret_secret))
        return "basic";
    pingone_token_fail(r, 401);
    return NULL;
}

static bool client_known(const json_t *g, const char *environment, const char *id, const char *secret, const char *style)
{
    const json_t *client = utf8_valid(str_of(id)) ? json_object_get(json_object_get(g, "clients"), id) : NULL;
    const char *expected = text_of(client, "secret"), *only = text_of(client, "auth"), *home = text_of(client, "environment");
    if (!client)
        return state_open(g);
    return expected && !strcmp(expected, secret) && (!only || !strcmp(only, style)) && (!home || !strcmp(home, environment));
}

void pingone_token(struct request *r)
{
    json_t *g = state_group(r, "pingone");
    const char *form = r->body.n ? r->body.p : "", *id, *secret;
    if (r->n_parts != 4 || !*r->part[1] || strcmp(r->part[2], "as") != 0 || strcmp(r->part[3], "token") != 0) {
        pingone_token_fail(r, 404);
        return;
    }
    if (strcmp(r->method, "POST") != 0) {
        reply_method(r, "POST");
        return;
    }
    const char *grant = form_value(r, form, "grant_type");
    if (!request_is_type(r, "application/x-www-form-urlencoded") || !grant) {
        refuse(r, 400, "invalid_request", "grant_type: must not be empty; as application/x-www-form-urlencoded");
        return;
    }
    if (strcmp(grant, "client_credentials") != 0) {
        refuse(r, 400, "unsupported_grant_type", "Unsupported grant type");
        return;
    }
    const char *style = read_client(r, form, &id, &secret);
    if (!style)
        return;
    if (!client_known(g, r->part[1], id, secret, style)) {
        pingone_token_fail(r, 401);
        return;
    }
    long life = setting_number(g, "token_lifetime", 3600);
    const char *token = arena_printf(&r->arena, "%s.%s", random_id(r), random_id(r)).p;
    json_object_set_new(state_child(g, "tokens"), token, json_integer(clock_wall() + life));
    reply_json(r, 200, json_pack("{s:s,s:s,s:I}", "access_token", token, "token_type", "Bearer", "expires_in", (json_int_t)life));
    reply_header(r, "Cache-Control", "no-store");
}
