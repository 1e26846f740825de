/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a stranger's request meets before anything answers it. The input is a request: "METHOD TARGET", header lines, an empty line, a body (a hook's).
 * Checked is what the verdict promises, by reading the same request in another way.
 */
#include <stdlib.h>
#include <string.h>

#include "status/ask.h"
#include "status/hook.h"

static const char secret[] = "fuzz";
static const char *const hosts[] = { "waconf.example" };

static void check(bool fine)
{
    if (!fine)
        abort();
}

static struct str line_of(struct str *rest)
{
    struct str line, tail;
    (void)str_cut(*rest, '\n', &line, &tail);
    *rest = tail;
    return line;
}

static bool has_nul(const struct ask *a)
{
    for (size_t i = 0; i < a->n_headers; i++)
        if ((a->headers[i].name.n && memchr(a->headers[i].name.p, 0, a->headers[i].name.n)) ||
            (a->headers[i].value.n && memchr(a->headers[i].value.p, 0, a->headers[i].value.n)))
            return true;
    return false;
}

static void judged(const struct ask *a, const struct ask_rules *rules, const struct ask_verdict *v)
{
    char path[ASK_TARGET];
    struct str host;
    if (v->status) {
        check(v->why && v->status >= 400 && v->status < 500 && (v->status == 405) == (v->allow != NULL));
        return;
    }
    check(v->route < ASK_ROUTE_COUNT && !has_nul(a) && ask_path(a->target, path) && !strstr(path, "..") && strlen(path) < 32);
    check(ask_header_count(a, "host") == 1 && ask_header_count(a, "content-length") + ask_header_count(a, "TRANSFER-ENCODING") <= 1);
    check(rules->any_host || ask_host(ask_header(a, "Host"), &host));
    check(v->route == ASK_HOOK ? rules->hooks && str_is(a->method, "POST") : str_is(a->method, "GET") || str_is(a->method, "HEAD"));
}

/* Nothing but the right proof opens; the only proof that is right by its text alone is the secret itself. */
static void hook(const struct ask *a, struct str body)
{
    struct hook_check h;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char hex[2 * sizeof mac + 1];
    hook_begin(&h, secret);
    hook_body(&h, str_head(body, body.n / 2));
    hook_body(&h, str_skip(body, body.n / 2));
    if (!hook_end(&h, a, secret))
        return;
    hook_begin(&h, secret);
    hook_body(&h, body);
    (void)crypto_auth_hmacsha256_final(&h.mac, mac);
    struct str sent = ask_header(a, "X-Hub-Signature-256");
    check(sent.n ? str_eq_nocase(str_skip(sent, 7), str_of(sodium_bin2hex(hex, sizeof hex, mac, sizeof mac))) : str_is(ask_header(a, "X-Gitlab-Token"), secret));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = { (const char *)data, size }, line, name, value;
    struct ask a = { 0 };
    struct ask_verdict v;
    line = line_of(&rest);
    (void)str_cut(line, ' ', &a.method, &a.target);
    while ((line = line_of(&rest)).n)
        if (str_cut(line, ':', &name, &value))
            ask_header_add(&a, name, value);
    for (int i = 0; i < 4; i++) {
        struct ask_rules rules = { .any_host = i & 1, .own_host = "own", .hosts = hosts, .n_hosts = 1, .hooks = i & 2, .most_body = 1000 };
        ask_judge(&a, &rules, &v);
        judged(&a, &rules, &v);
    }
    hook(&a, rest);
    (void)ask_accepts(ask_header(&a, "Accept"), "application/openmetrics-text");
    check(!ask_matches(ask_header(&a, "If-None-Match"), STR("\"t\"")) || str_find(ask_header(&a, "If-None-Match"), STR("\"t\"")) >= 0 ||
          str_find(ask_header(&a, "If-None-Match"), STR("*")) >= 0);
    return 0;
}
