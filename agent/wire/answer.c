/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/answer.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_TEXT = 400 };

static struct str scrubbed(struct str text, const struct vault *vault, struct arena *a)
{
    auto_buf b = buf_init(BUF_UNBOUNDED);
    if (vault)
        vault_scrub(vault, &b, text);
    else
        buf_add(&b, text);
    struct str s = str_head(buf_str(&b), SHOWN_TEXT);
    while (s.n == SHOWN_TEXT && !utf8_valid(s) && s.n > SHOWN_TEXT - 4)
        s.n--;
    return arena_str(a, s);
}

/* The first pointer that holds text, scrubbed; else empty. */
static struct str first_text(const json_t *j, const char *const *pointers, size_t n, const struct vault *vault, struct arena *a)
{
    struct str text;
    for (size_t i = 0; j && i < n && pointers[i]; i++) {
        const json_t *at = json_at(j, pointers[i]);
        if (at && !json_is_boolean(at) && json_as_text(at, a, &text) && text.n)
            return scrubbed(text, vault, a);
    }
    return (struct str){ 0 };
}

static enum err_class class_of_status(int status, bool write)
{
    static const struct { int from, to; enum err_class is; } table[] = {
        { 300, 399, ERR_REJECTED }, { 401, 401, ERR_AUTH }, { 403, 403, ERR_AUTH }, { 404, 404, ERR_ABSENT }, { 410, 410, ERR_ABSENT },
        { 409, 409, ERR_CONFLICT }, { 429, 429, ERR_THROTTLED }, { 408, 408, ERR_DOWN }, { 425, 425, ERR_DOWN },
        { 400, 499, ERR_REJECTED }, { 500, 599, ERR_DOWN },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (status >= table[i].from && status <= table[i].to)
            return table[i].is == ERR_DOWN && write ? ERR_UNSURE : table[i].is;
    return write ? ERR_UNSURE : ERR_DOWN;
}

static const struct error_class *class_of_code(const struct provider *p, struct str code)
{
    for (const struct error_class *c = p->error_classes; c && c->code; c++)
        if (str_is(code, c->code))
            return c;
    return NULL;
}

static const char *code_of_class(enum err_class is)
{
    static const char *const by_class[ERR_COUNT] = {
        [ERR_AUTH] = "E631", [ERR_DOWN] = "E632", [ERR_THROTTLED] = "E633", [ERR_REJECTED] = "E634", [ERR_ABSENT] = "E635",
        [ERR_CONFLICT] = "E636", [ERR_UNSURE] = "E637",
    };
    return by_class[is] ? by_class[is] : "E632";
}

static bool is_event(const struct provider *p, const struct op *op)
{
    for (const struct kind *k = p->kinds; k->name; k++)
        if (k->life == LIFE_EVENT && op == &k->create)
            return true;
    return false;
}

/* An error in the provider's own words. */
static int say_no(const struct provider *p, const struct op *op, bool write, const struct http_reply *reply, const struct vault *vault, struct arena *a,
                  struct answer *ret, struct err *err)
{
    const struct error_shape *s = &p->error;
    struct str parameter = first_text(ret->json, s->parameter, 4, vault, a), message = first_text(ret->json, s->message, 6, vault, a);
    ret->code = first_text(ret->json, s->code, 5, vault, a);
    const struct error_class *known = class_of_code(p, ret->code);
    enum err_class is = class_of_status(reply->status, write);
    if (reply->status < 300) /* a message is sent again only if it certainly was refused, and of a code that is not in the table nobody knows */
        is = write && !known && is_event(p, op) ? ERR_UNSURE : ERR_REJECTED;
    /* A status speaks louder about absence and conflict; a code that says "temporary" or "credentials" about the rest. */
    if (known && is != ERR_ABSENT && is != ERR_CONFLICT && !(is == ERR_UNSURE && known->is == ERR_DOWN))
        is = known->is;
    ret->again = known && known->again && reply->status != 429; /* the transport has tried a 429 again as often as it may */
    auto_buf b = buf_init(900);
    buf_printf(&b, "%s answered %d", p->title, reply->status);
    if (ret->code.n)
        buf_printf(&b, " %.*s", ARG(ret->code));
    if (parameter.n)
        buf_printf(&b, " (%.*s)", ARG(parameter));
    if (message.n)
        buf_printf(&b, ": %.*s", ARG(message));
    if (ret->request_id.n)
        buf_printf(&b, " [request %.*s]", ARG(ret->request_id));
    (void)err_set(err, is, code_of_class(is), "%s", buf_str(&b).p);
    err->http = reply->status;
    return -1;
}

/* The text at a pointer, of item `i` where the pointer says item 0. */
static bool item_text(const json_t *j, const char *pointer, size_t i, struct arena *a, struct str *ret)
{
    const char *at = strstr(pointer, "/0/");
    const json_t *found = at ? json_at(j, arena_printf(a, "%.*s/%zu/%s", (int)(at - pointer), pointer, i, at + 3).p) : i ? NULL : json_at(j, pointer);
    return found && json_as_text(found, a, ret);
}

/* How many parts of the answer say that it was done, and how many do not; *ret_no is what the first of those says. */
static void success_inside(const struct provider *p, const json_t *j, struct arena *a, size_t *ret_done, size_t *ret_not, struct str *ret_no)
{
    struct str text;
    *ret_done = *ret_not = 0;
    if (p->failed_if && json_at(j, p->failed_if))
        return;
    if (!p->ok_is) {
        *ret_done = 1;
        return;
    }
    for (size_t i = 0; i < 3 && p->ok_at[i] && !*ret_done && !*ret_not; i++)
        for (size_t k = 0; item_text(j, p->ok_at[i], k, a, &text); k++) {
            bool done = str_is(text, p->ok_is);
            if (!done && !(*ret_not)++)
                *ret_no = text;
            *ret_done += done;
        }
}

static int unintelligible(const struct provider *p, bool write, int status, const char *what, struct err *err)
{
    enum err_class is = write ? ERR_UNSURE : ERR_DOWN;
    (void)err_set(err, is, "E611", "%s answered %d, but %s", p->title, status, what);
    err->http = status;
    return -1;
}

/* An error under 200 must not be taken for an object without fields (that would be "not configured"), nor for a write that was taken. */
static bool error_inside(const struct provider *p, const struct op *op, const json_t *j, const struct vault *vault, struct arena *a)
{
    if (!first_text(j, p->error.message, 6, vault, a).n)
        return false;
    return first_text(j, p->error.code, 5, vault, a).n || (op->at && *op->at && !json_at(j, op->at));
}

/* A 2xx to a write: does the body say so too? A part that was taken and a part that was not cannot be told apart, so that is unsure. */
static int judge_write(const struct provider *p, const struct op *op, const struct http_reply *reply, const struct vault *vault, struct arena *a, struct answer *ret,
                       struct err *err)
{
    size_t done, not_done;
    struct str no = { 0 };
    success_inside(p, ret->json, a, &done, &not_done, &no);
    if (done && !not_done)
        return 0;
    if (done) {
        no = scrubbed(no, vault, a);
        return unintelligible(p, true, reply->status, arena_printf(a, "took a part of it and refused another (%.*s)", ARG(no)).p, err);
    }
    if (first_text(ret->json, p->error.code, 5, vault, a).n)
        return say_no(p, op, true, reply, vault, a, ret, err);
    return unintelligible(p, true, reply->status, "the body does not say that it was done", err);
}

int answer_read(const struct provider *p, const struct op *op, bool write, const struct http_reply *reply, const struct vault *vault,
                struct arena *a, struct answer *ret, struct err *err)
{
    *ret = (struct answer){ 0 };
    if (reply->end != HTTP_ANSWERED) {
        *err = reply->err;
        vault_scrub_text(vault, err->text, sizeof err->text); /* it may quote a header: a Location, a type */
        vault_scrub_text(vault, err->hint, sizeof err->hint);
        if (reply->end == HTTP_LOST && write) {
            err->is = ERR_UNSURE;
            if (!err->code || strcmp(err->code, "E605") != 0) /* a redirect stays one: it will come again */
                err->code = "E637";
        }
        return -1;
    }
    struct err parse = { 0 };
    if (reply->body.n)
        ret->json = json_of_text(reply->body, &parse);
    bool done = reply->status >= 200 && reply->status < 300, judged = write && op && (p->ok_is || p->failed_if);
    bool error = done && !judged && op && ret->json && error_inside(p, op, ret->json, vault, a);
    if (write || !done || error) /* nobody asks after a read that went well */
        ret->request_id = reply->request_id.n ? scrubbed(reply->request_id, vault, a) : first_text(ret->json, p->error.request_id, 4, vault, a);
    if (!done || error)
        return say_no(p, op, write, reply, vault, a, ret, err);
    if (op && op->opaque && !ret->json)
        return 0;
    if (!ret->json && (!op || op->method != METHOD_DELETE))
        return unintelligible(p, write, reply->status, reply->body.n ? "the body is not JSON" : "without a body", err);
    return judged ? judge_write(p, op, reply, vault, a, ret, err) : 0;
}

void answer_release(struct answer *answer)
{
    json_decref(answer->json);
    answer->json = NULL;
}
