/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The five provider APIs on a loopback port, to try the agent and to test it (contract 9). Written by hand from the
 * providers' documents ([given]) and not from the agent's rows, so that client and fake cannot share a mistake.
 *
 *     struct sandbox *box;
 *     if (sandbox_start(&(struct sandbox_options){ .listen = "127.0.0.1:0" }, &box, &err)) ...
 *     puts(sandbox_url(box));
 *     sandbox_run(box, signal_fd, &err);
 *     sandbox_free(box);
 *
 * The caller owns the sandbox; one thread serves it. Everything lives in memory and ends with it.
 *
 * PATHS
 *   /kaleyra/v1/{sid}/whatsapp/number                                   PUT
 *   /voltmx[/context]/api/v1/whatsappconfig                             GET POST   each context is a server of its own
 *   /voltmx[/context]/api/v1/oauth/accesstoken                          GET        with Basic
 *   /voltmx[/context]/authService/accounts/login, /voltmx[/context]/login  POST
 *   /pingone/v1/environments/{id}/notificationsSettings/instantMessagingDeliverySettings/whatsApp   GET PUT
 *   /pingone-auth/{worker environment id}/as/token                      POST
 *   /kapso/whatsapp_configs                                             GET        ?page= &per_page= &business_account_id=
 *   /kapso/customers/{id}/whatsapp_configs                              GET POST
 *   /kapso/whatsapp_configs/{id}                                        GET PATCH DELETE
 *   /webexconnect/resources/v1/messaging                                POST
 *   /_sandbox/requests   GET the log (the last 20,000), DELETE empties it. `?raw=1` adds raw_target,
 *                        raw_body and the credential headers; refused unless WACONF_SANDBOX_RAW=1 was set at the start.
 *   /_sandbox/state      GET the state, PUT replaces it
 *   /_sandbox/faults     GET the rules, POST adds one (the body is the SPEC), DELETE ends all
 * /_sandbox answers only to a loopback Host header, so that a web page cannot read it through a name of its own.
 *
 * STATE AND SEED: the same JSON. What is left out takes its default. The state holds the secrets that were written,
 * as a provider's database would: use made-up ones.
 *
 * { "kaleyra": { "open": true,                 // true: any sid, key and number, made on demand (without a seed)
 *                "accounts": { SID: { "api_key": KEY, "numbers": { "+919000000001": { FIELD: VALUE } } } } },
 *   "voltmx":  { "open": true,                 // any credentials; a claims token must still come from the login
 *                "mask": "star",               // none | x | star: what GET shows in place of a value
 *                "masked": ["Auth Token"],     // of these keys
 *                "unconfigured": "404",        // 404 | empty ({}) | bare (no properties): GET before the first POST
 *                "valid_answer": false,        // false: the success body is the document's, which is not JSON
 *                "boolean_text": false,        // true: GET shows inboundSecurityEnabled as "true" or "false"
 *                "token_lifetime": 3600,       // seconds
 *                "users": { NAME: PASSWORD }, "pairs": { ACCESS_TOKEN: ACCESS_SECRET }, "tokens": { CLAIMS: EXPIRES_MS },
 *                "servers": { CONTEXT: { "config": {...}, and any of the members above for this server only } } },
 *   "pingone": { "open": true,                 // any environment and client
 *                "omitted_numbers": "clear",   // keep | clear: what a PUT without numbers does to the selection
 *                "update_status": 201,         // of a PUT that updates
 *                "token_lifetime": 3600, "clients": { ID: { "secret": S, "auth": "basic" | "post" (absent: both),
 *                                                           "environment": WORKER_ENVIRONMENT (absent: any) } },
 *                "tokens": { TOKEN: EXPIRES_S },
 *                "inventories": { BUSINESS_ACCOUNT_ID or "*": [ { "number": "+1 555-061-2978", "numberId": "1161...",
 *                                 "verifiedName": N, "qualityRating": Q, "available": true } ] },
 *                "environments": { ID: { stored settings, secrets included, "selected": [NUMBER_ID] } } },
 *   "kapso":   { "open": true,                 // any API key and customer
 *                "show_webhook": true,         // answers show webhook_* as the given page does; false: as current pages
 *                "error_form": "string",       // string | object: the form of the member `error`
 *                "projects": { API_KEY: { "customers": [ID], "configs": { ID: { stored config, oldest first } } } } },
 *   "webexconnect": { "open": true, "error_status": 400,      // HTTP status of refusals; some pages show 200
 *                "keys": [SERVICE_KEY], "services": { SERVICE_ID: SERVICE_SECRET_BASE64 }, "apps": [APPID],
 *                "messages": { TRANSID: { what was accepted } } } }
 * A group that a seed mentions without `open` is closed: only what is listed exists.
 *
 * FAULTS: `[METHOD ][PATHGLOB ]KIND[=VALUE][,OPTION]...`, from the command line, a request's X-Sandbox-Fault headers, or
 * POST /_sandbox/faults. METHOD and PATHGLOB (`*`, `?`; over the decoded path) narrow it down; all matching rules add up.
 *   options: times=N (then never again), after=N (let N matching requests pass first), effect | no-effect (whether the
 *   request's effect is applied; default below)
 *   without effect: status=CODE (in the provider's own form) · 429[=RETRY-AFTER text] · reset-before · drop (closed, no
 *     answer) · redirect=URL (302; with a status rule: that status) · html (an HTML page, 200) · error-200[=CODE] (a refusal
 *     in the provider's form under HTTP 200) · expired-token (the token presented is revoked)
 *   with effect: latency=MS (before the effect) · late=MS (after it) · reset-after · truncate (JSON cut, valid HTTP) ·
 *     cut[=BYTES] (connection closed in the body) · cut-header (closed in the header) · invalid-json · content-type=TYPE ·
 *     empty · endless · gzip-bomb · deep-json[=DEPTH] · slow=BYTES_PER_SECOND · raw=BYTES (with \r \n \t \0 \\ \xNN; then
 *     closed) · lag=MS (for so long, reads show what was before this write)
 *   lie: success is answered, nothing is stored
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdint.h>

#include "base/err.h"

struct sandbox_options {
    const char *listen;            /* "ADDRESS:PORT", loopback only; NULL means "127.0.0.1:0" (a free port) */
    const char *seed_file;         /* JSON, or NULL */
    const char *const *faults;     /* n_faults SPECs; only read by sandbox_start */
    size_t n_faults;
};
struct sandbox;

/* Opens the library and the port. Errors: ERR_USAGE (address, fault), ERR_CONFIG (seed), ERR_IO. */
int sandbox_start(const struct sandbox_options *o, struct sandbox **ret, struct err *err);
uint16_t sandbox_port(const struct sandbox *box);
const char *sandbox_url(const struct sandbox *box);   /* "http://127.0.0.1:PORT", or as it listens; lives as long as the box */
/* Serves until stop_fd is readable (a signalfd, a pipe); -1 only when the machine fails. stop_fd is not read from. */
int sandbox_run(struct sandbox *box, int stop_fd, struct err *err);
void sandbox_free(struct sandbox *box);    /* NULL is fine */

#endif
