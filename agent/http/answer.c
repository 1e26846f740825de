/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

const char *const answer_fault_texts[ANSWER_COUNT] = {
    [ANSWER_CUT] = "broke off in the middle of its answer",
    [ANSWER_LENGTHS] = "gave its answer two lengths, or one that is no number",
    [ANSWER_CODING] = "sent its answer in a transfer encoding that nobody asked for",
    [ANSWER_LINE] = "sent a header line that is not HTTP",
    [ANSWER_HEADERS] = "sent more headers than are ever read",
    [ANSWER_BODY] = "sent an answer larger than is ever read",
};

static bool fault(struct answer *a, enum answer_fault f)
{
    if (!a->fault)
        a->fault = f;
    return false;
}

void answer_reset(struct answer *a)
{
    *a = (struct answer){ .request_id_rank = -1 };
}

/* Whole or not at all: these texts are scrubbed of secrets later, and half a secret would not be recognised. */
static void keep(char *to, size_t size, struct str s)
{
    size_t n = s.n < size ? s.n : 0;
    memcpy(to, n ? s.p : "", n);
    to[n] = '\0';
}

bool answer_type_is_json(struct str type)
{
    struct str head, tail;
    (void)str_cut(type, ';', &head, &tail);
    head = str_trim(head);
    struct str suffix = str_skip(head, head.n > 5 ? head.n - 5 : head.n);
    return str_eq_nocase(head, STR("application/json")) ||
           (str_eq_nocase(suffix, STR("+json")) && head.n > 6 && memchr(head.p, '/', head.n - 5));
}

static bool on_length(struct answer *a, struct str value)
{
    long n;
    if (value.n == 0 || value.p[0] == '-' || !str_to_long(value, 0, (long)1 << 50, &n))
        return fault(a, ANSWER_LENGTHS);
    if (a->chunked || (a->sized && a->length != n))
        return fault(a, ANSWER_LENGTHS);
    a->sized = true;
    a->length = n;
    return true;
}

static bool on_encoding(struct answer *a, struct str value)
{
    if (a->sized || a->chunked)
        return fault(a, ANSWER_LENGTHS);
    if (!str_eq_nocase(value, STR("chunked")))
        return fault(a, ANSWER_CODING);
    a->chunked = true;
    return true;
}

static bool on_type(struct answer *a, struct str value)
{
    keep(a->type, sizeof a->type, value);
    a->json = answer_type_is_json(value);
    return true;
}

static bool on_retry_after(struct answer *a, struct str value)
{
    keep(a->retry_after, sizeof a->retry_after, value);
    return true;
}

static bool on_location(struct answer *a, struct str value)
{
    keep(a->location, sizeof a->location, value);
    return true;
}

static const struct { struct str name; bool (*on)(struct answer *a, struct str value); } takers[] = {
    { STR("content-length"), on_length },
    { STR("transfer-encoding"), on_encoding },
    { STR("content-type"), on_type },
    { STR("retry-after"), on_retry_after },
    { STR("location"), on_location },
};

/* What providers call the id that their support asks for; the first of these wins. */
static const struct str request_ids[] = {
    STR("x-request-id"), STR("x-correlation-id"), STR("correlation-id"), STR("request-id"), STR("x-amzn-requestid"), STR("x-trace-id"), STR("cf-ray"),
};

static void maybe_request_id(struct answer *a, struct str name, struct str value)
{
    for (int i = 0; i < (int)COUNT(request_ids); i++)
        if ((a->request_id_rank < 0 || i < a->request_id_rank) && str_eq_nocase(name, request_ids[i]) && value.n) {
            a->request_id_rank = i;
            keep(a->request_id, sizeof a->request_id, value);
        }
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": a new block; what an interim answer (1xx) said is forgotten. */
static bool on_status(struct answer *a, struct str line)
{
    struct answer next = { .bytes = a->bytes, .count = a->count, .request_id_rank = -1, .begun = true };
    struct str version, rest;
    long status;
    if (a->begun && !(a->whole && a->status < 200))
        return fault(a, ANSWER_LINE);
    if (!str_cut(line, ' ', &version, &rest) || !str_to_long(str_head(rest, 3), 100, 999, &status))
        return fault(a, ANSWER_LINE);
    next.status = (int)status;
    next.multiplexed = str_is(version, "HTTP/2") || str_is(version, "HTTP/3");
    *a = next;
    return true;
}

bool answer_line(struct answer *a, struct str line, const struct http_limits *l)
{
    a->bytes += line.n;
    a->count++;
    if (a->bytes > l->headers || a->count > l->header_count)
        return fault(a, ANSWER_HEADERS);
    while (line.n && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    for (size_t i = 0; i < line.n; i++)
        if (((unsigned char)line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
            return fault(a, ANSWER_LINE);
    if (str_starts(line, STR("HTTP/")))
        return on_status(a, line);
    if (!a->begun)
        return fault(a, ANSWER_LINE);
    if (!line.n) {
        a->whole = true;
        return true;
    }
    if (a->whole)
        return true;   /* a trailer */
    struct str name, value;
    if (line.p[0] == ' ' || line.p[0] == '\t' || !str_cut(line, ':', &name, &value) || !name.n || name.p[name.n - 1] == ' ')
        return fault(a, ANSWER_LINE);
    value = str_trim(value);
    for (size_t i = 0; i < COUNT(takers); i++)
        if (str_eq_nocase(name, takers[i].name))
            return takers[i].on(a, value);
    maybe_request_id(a, name, value);
    return true;
}

bool answer_whole(struct answer *a, size_t body, bool head)
{
    if (a->fault)
        return false;
    if (!a->begun || !a->whole || a->status < 200)
        return fault(a, ANSWER_CUT);
    bool none = head || a->status == 204 || a->status == 205 || a->status == 304;
    if (none || a->multiplexed || a->chunked || a->sized || body)
        return true;
    /* Only the closing of the connection says where this body ends, and it is empty: nobody can tell it from one that was cut. */
    return fault(a, ANSWER_CUT);
}
