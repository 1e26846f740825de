/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads, one request each: an object by its URL, a page of a collection. Everything else that looks at live state is made of these. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sync/work.h"
#include "wire/answer.h"
#include "wire/decode.h"
#include "wire/encode.h"

enum { MOST_PAGES = 10000 };

struct read {
    struct sync *s;
    const struct kind *kind;
    const struct object *want, *account;
    read_done done;
    page_done page;
    void *ctx;
    struct arena arena;
};

static void finish(struct read *r, const struct seen *seen, const struct err *err)
{
    r->done(r->ctx, seen, err);
    arena_release(&r->arena);
    free(r);
}

static const struct provider *provider_of(const struct read *r)
{
    return r->account->provider;
}

static void object_done(struct http_request *request, const struct http_reply *reply)
{
    struct read *r = request->user;
    struct seen seen = { .sight = SIGHT_ABSENT, .at_ms = clock_mono_ms() };
    struct answer answer;
    struct err err = { 0 };
    int bad = answer_read(provider_of(r), &r->kind->read, false, reply, r->s->vault, &r->arena, &answer, &err);
    if (!bad) {
        const json_t *object = json_at(answer.json, r->kind->read.at ? r->kind->read.at : "");
        if (!json_is_object(object))
            bad = err_set(&err, ERR_DOWN, "E611", "%s answered %d, but not with an object", provider_of(r)->title, reply->status);
        else
            decode_object(r->kind, object, &r->arena, &seen);
    } else if (err.is == ERR_ABSENT && reply->end == HTTP_ANSWERED) {
        bad = 0;
    }
    answer_release(&answer);
    finish(r, bad ? NULL : &seen, bad ? &err : NULL);
}

static int send(struct read *r, struct str url, int64_t delay_ms, void (*done)(struct http_request *, const struct http_reply *), struct err *err)
{
    struct session *session;
    if (sync_session(r->s, r->account, &session, err) < 0)
        return -1;
    session_send(session, &(struct http_request){ .method = METHOD_GET, .safety = HTTP_READ, .url = url, .delay_ms = delay_ms, .done = done, .user = r });
    return 0;
}

void read_object(struct sync *s, const struct kind *kind, const struct object *want, const struct object *account, struct str remote_id,
                 int64_t delay_ms, read_done done, void *ctx)
{
    struct read *r = mem_alloc(sizeof *r);
    struct err err = { 0 };
    struct str url;
    *r = (struct read){ .s = s, .kind = kind, .want = want, .account = account, .done = done, .ctx = ctx };
    if (encode_url(kind->read.url, want, account, remote_id, &r->arena, &url, &err) < 0 || send(r, url, delay_ms, object_done, &err) < 0)
        finish(r, NULL, &err);
}

static void page_finish(struct read *r, const struct page *page, const struct err *err)
{
    r->page(r->ctx, page, err);
    arena_release(&r->arena);
    free(r);
}

static void page_answered(struct http_request *request, const struct http_reply *reply)
{
    struct read *r = request->user;
    const struct list_op *list = &r->kind->list;
    struct page page = { 0 };
    struct answer answer;
    struct err err = { 0 };
    struct str text;
    int bad = answer_read(provider_of(r), NULL, false, reply, r->s->vault, &r->arena, &answer, &err);
    if (!bad) {
        page.items = json_at(answer.json, list->items);
        const json_t *pages = json_at(answer.json, list->pages);
        if (pages && json_as_text(pages, &r->arena, &text) && !str_to_long(text, 0, MOST_PAGES, &page.pages))
            bad = err_set(&err, ERR_DOWN, "E613", "%s says that its list has %.*s pages; at most %d are read", provider_of(r)->title, ARG(text), MOST_PAGES);
        else if (!json_is_array(page.items))
            bad = err_set(&err, ERR_DOWN, "E611", "%s answered %d, but not with a list", provider_of(r)->title, reply->status);
    }
    page_finish(r, bad ? NULL : &page, bad ? &err : NULL);
    answer_release(&answer);
}

static void get_page(struct sync *s, const struct kind *kind, const struct object *account, long number, int64_t delay_ms, page_done done, void *ctx)
{
    struct read *r = mem_alloc(sizeof *r);
    struct err err = { 0 };
    struct str url;
    *r = (struct read){ .s = s, .kind = kind, .account = account, .page = done, .ctx = ctx };
    int bad = encode_url(kind->list.url, NULL, account, (struct str){ 0 }, &r->arena, &url, &err);
    if (!bad) {
        url = arena_printf(&r->arena, "%.*s?%s=%ld&%s=%u", ARG(url), kind->list.page, number, kind->list.size, kind->list.largest);
        bad = send(r, url, delay_ms, page_answered, &err);
    }
    if (bad)
        page_finish(r, NULL, &err);
}

void read_page(struct sync *s, const struct kind *kind, const struct object *account, long number, page_done done, void *ctx)
{
    get_page(s, kind, account, number, 0, done, ctx);
}

bool item_has_key(const struct kind *kind, const json_t *item, const struct object *want)
{
    bool any = false;
    struct arena a = { 0 };
    for (size_t i = 0; kind->fields[i].path; i++) {
        const struct field *f = &kind->fields[i];
        struct str text;
        if (!(f->flags & FIELD_KEY))
            continue;
        const json_t *j = json_at(item, f->wire ? f->wire : f->path);
        any = j && json_as_text(j, &a, &text) && want->slot[i] && str_eq(type_normal(f, &a, text), type_normal(f, &a, want->slot[i]->text));
        if (!any)
            break;
    }
    arena_release(&a);
    return any;
}

int item_ambiguous(const struct kind *kind, const struct object *want, struct err *err)
{
    struct record_key key;
    struct arena a = { 0 };
    sync_key(want, &a, &key);
    (void)err_set(err, ERR_CONFLICT, "E627", "two objects at the provider carry the key '%.*s', so it is not clear which is meant", ARG(key.natural));
    arena_release(&a);
    return err_hint(err, "Name one by its id%s, or delete the other in the provider's console.",
                    kind_field(kind, STR("/config_id")) ? " ('config_id')" : "");
}

/* --- by natural key: page after page ------------------------------------------------------------- */

struct search {
    struct sync *s;
    const struct kind *kind;
    const struct object *want, *account;
    read_done done;
    void *ctx;
    long page;
    struct seen found;
    struct arena arena;
};

static void search_finish(struct search *q, const struct err *err)
{
    q->done(q->ctx, err ? NULL : &q->found, err);
    arena_release(&q->arena);
    free(q);
}

static void search_page(void *ctx, const struct page *page, const struct err *err)
{
    struct search *q = ctx;
    struct err twice;
    struct seen seen;
    size_t i;
    json_t *item;
    if (err) {
        search_finish(q, err);
        return;
    }
    json_array_foreach(page->items, i, item) {
        if (!item_has_key(q->kind, item, q->want))
            continue;
        decode_object(q->kind, item, &q->arena, &seen);
        if (q->found.sight == SIGHT_PRESENT && !str_eq(q->found.remote_id, seen.remote_id)) {
            (void)item_ambiguous(q->kind, q->want, &twice);
            search_finish(q, &twice);
            return;
        }
        q->found = seen;
    }
    bool more = page->pages ? q->page < page->pages : json_array_size(page->items) == q->kind->list.largest;
    if (more && q->page < MOST_PAGES)
        read_page(q->s, q->kind, q->account, ++q->page, search_page, q);
    else
        search_finish(q, NULL);
}

void read_by_key(struct sync *s, const struct kind *kind, const struct object *want, const struct object *account, int64_t delay_ms, read_done done, void *ctx)
{
    struct search *q = mem_alloc(sizeof *q);
    *q = (struct search){ .s = s, .kind = kind, .want = want, .account = account, .done = done, .ctx = ctx, .page = 1,
                          .found = { .sight = SIGHT_ABSENT, .at_ms = clock_mono_ms() } };
    get_page(s, kind, account, 1, delay_ms, search_page, q);
}

struct seen seen_copy(const struct seen *seen, const struct kind *kind, struct arena *a)
{
    struct seen copy = { .sight = seen->sight, .at_ms = seen->at_ms, .remote_id = arena_str(a, seen->remote_id) };
    size_t n = kind_field_count(kind);
    if (!seen->slot)
        return copy;
    copy.slot = ARENA_ARRAY(a, n, struct value *);
    copy.masked = ARENA_ARRAY(a, n, bool);
    for (size_t i = 0; i < n; i++) {
        copy.slot[i] = seen->slot[i] ? value_copy(a, seen->slot[i]) : NULL;
        copy.masked[i] = seen->masked && seen->masked[i];
    }
    return copy;
}
