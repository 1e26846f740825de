/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/lane.h"

#include <string.h>

#include "base/mem.h"

struct lane *queue_lane(struct queue *q, const char *name, double requests_per_second, unsigned concurrency)
{
    struct lane *l = map_get(&q->by_name, str_of(name));
    if (l) { /* an account whose limits were edited while a daemon runs */
        l->concurrency = concurrency;
        if (l->pace.limit < requests_per_second || l->pace.limit > requests_per_second)
            pace_init(&l->pace, requests_per_second);
        return l;
    }
    l = mem_alloc(sizeof *l);
    l->name = strdup(name);
    if (!l->name)
        mem_fail();
    l->concurrency = concurrency;
    pace_init(&l->pace, requests_per_second);
    l->next = q->lanes;
    q->lanes = l;
    (void)map_add(&q->by_name, str_of(l->name), l);
    return l;
}

/* --- the lanes' queues -------------------------------------------------------------------------- */

static void activate(struct queue *q, struct lane *l)
{
    if (l->active)
        return;
    l->active = true;
    l->next_active = NULL;
    if (q->last)
        q->last->next_active = l;
    else
        q->first = l;
    q->last = l;
    q->active++;
}

static struct lane *deactivate_first(struct queue *q)
{
    struct lane *l = q->first;
    q->first = l->next_active;
    if (!q->first)
        q->last = NULL;
    l->active = false;
    q->active--;
    return l;
}

static void push_back(struct queue *q, struct entry *e)
{
    struct lane *l = e->lane;
    e->next = NULL;
    if (l->tail)
        l->tail->next = e;
    else
        l->head = e;
    l->tail = e;
    q->queued++;
    activate(q, l);
}

/* What has waited comes before what is new. */
static void push_front(struct queue *q, struct entry *e)
{
    struct lane *l = e->lane;
    e->next = l->head;
    l->head = e;
    if (!l->tail)
        l->tail = e;
    q->queued++;
    activate(q, l);
}

static struct entry *pop(struct queue *q, struct lane *l)
{
    struct entry *e = l->head;
    l->head = e->next;
    if (!l->head)
        l->tail = NULL;
    e->next = NULL;
    q->queued--;
    return e;
}

/* --- the heap ----------------------------------------------------------------------------------- */

static bool before(const struct entry *a, const struct entry *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void heap_push(struct queue *q, struct entry *e)
{
    q->heap = mem_grow(q->heap, &q->cap_heap, q->n_heap + 1, sizeof *q->heap);
    size_t i = q->n_heap++;
    for (; i && before(e, q->heap[(i - 1) / 2]); i = (i - 1) / 2)
        q->heap[i] = q->heap[(i - 1) / 2];
    q->heap[i] = e;
}

static struct entry *heap_pop(struct queue *q)
{
    struct entry *top = q->heap[0], *e = q->heap[--q->n_heap];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < q->n_heap; i = child) {
        if (child + 1 < q->n_heap && before(q->heap[child + 1], q->heap[child]))
            child++;
        if (!before(q->heap[child], e))
            break;
        q->heap[i] = q->heap[child];
    }
    q->heap[i] = e;
    return top;
}

/* --- for the client ----------------------------------------------------------------------------- */

void queue_later(struct queue *q, struct entry *e, int64_t due)
{
    e->due = due;
    e->order = q->order++;
    heap_push(q, e);
}

struct entry *queue_add(struct queue *q, const struct http_request *r, struct lane *lane, int64_t now)
{
    struct entry *e = q->spare;
    if (e)
        q->spare = e->next;
    else
        e = mem_alloc(sizeof *e);
    *e = (struct entry){ .request = *r, .lane = lane, .id = ++q->id, .retries = r->retries, .waited_ms = r->waited_ms };
    if (r->delay_ms > 0)
        queue_later(q, e, now + r->delay_ms);
    else if (r->first)
        push_front(q, e);
    else
        push_back(q, e);
    return e;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

struct entry *queue_next(struct queue *q, int64_t now, int64_t *ret_wait)
{
    *ret_wait = -1;
    /* Pushed to the front one by one the last would come first, so collect and push backwards. */
    struct entry *due = NULL;
    while (q->n_heap && q->heap[0]->due <= now) {
        struct entry *e = heap_pop(q);
        e->next = due;
        due = e;
    }
    while (due) {
        struct entry *e = due;
        due = e->next;
        push_front(q, e);
    }
    for (size_t tries = q->active; tries; tries--) {
        struct lane *l = deactivate_first(q);
        bool full = l->concurrency && l->in_flight >= l->concurrency;
        int64_t wait = full ? -1 : pace_wait(&l->pace, now);
        struct entry *e = wait == 0 ? pop(q, l) : NULL;
        if (l->head)
            activate(q, l);
        if (e) {
            l->in_flight++;
            return e;
        }
        *ret_wait = sooner(*ret_wait, wait);
    }
    if (q->n_heap)
        *ret_wait = sooner(*ret_wait, q->heap[0]->due - now);
    return NULL;
}

struct entry *queue_any(struct queue *q)
{
    if (q->n_heap)
        return heap_pop(q);
    if (!q->first)
        return NULL;
    struct lane *l = q->first;
    struct entry *e = pop(q, l);
    if (!l->head)
        (void)deactivate_first(q);
    return e;
}

void queue_landed(struct entry *e)
{
    e->lane->in_flight--;
}

void queue_drop(struct queue *q, struct entry *e)
{
    e->next = q->spare;
    q->spare = e;
}

void queue_release(struct queue *q)
{
    for (struct entry *e; (e = queue_any(q));)
        free(e);
    for (struct entry *e; (e = q->spare); free(e))
        q->spare = e->next;
    for (struct lane *l; (l = q->lanes); free(l)) {
        q->lanes = l->next;
        free(l->name);
    }
    map_release(&q->by_name);
    free(q->heap);
    *q = (struct queue){ 0 };
}
