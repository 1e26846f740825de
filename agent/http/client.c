/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/client.h"

#include <dirent.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/check.h"
#include "http/lane.h"
#include "http/transfer.h"
#include "http/wait.h"

enum { QUEUE_MOST = 256 };

struct http_client {
    const struct curl_table *curl;
    CURLM *multi;
    struct http_options options;
    struct http_limits limits;
    struct transfer_setup setup;
    struct queue queue;
    struct lane *common;               /* for requests without one */
    struct transfer *pool;             /* at rest */
    struct transfer **flying; size_t n_flying, cap_flying;
    size_t asides, asides_flying;      /* of all that is queued or in flight; of n_flying */
    struct origin_cache origin;
    struct wait_list extras;           /* descriptors in the wait besides libcurl's own */
    void (*more)(void *ctx, unsigned room); void *more_ctx;
    struct http_counts counts;
    struct tallies tallies;
    uint32_t chance;
    unsigned turns;
    uint64_t moves;                    /* starts and ends */
    bool interrupted;
    int64_t grace_until;
};

/* --- opening ------------------------------------------------------------------------------------ */

/* A directory hashed by c_rehash makes the first TLS connection in 6 ms, where reading the bundle of all certificates takes 50 (performance.md 2c). */
static const char *hashed_certificates(void)
{
    static const char path[] = "/etc/ssl/certs";
    DIR *d = opendir(path);
    bool found = false;
    if (!d)
        return NULL;
    for (struct dirent *e; !found && (e = readdir(d));)
        found = strlen(e->d_name) == 10 && strspn(e->d_name, "0123456789abcdef") == 8 && strcmp(e->d_name + 8, ".0") == 0;
    (void)closedir(d);
    return found ? path : NULL;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

void http_interrupt(struct http_client *c)
{
    c->interrupted = true;
    c->grace_until = clock_mono_ms() + c->limits.grace_ms;
}

static void on_interrupt(void *ctx)
{
    struct http_client *c = ctx;
    http_interrupt(c);
    http_unwatch(c, c->options.interrupt_fd);   /* it stays readable; once is enough */
}

int http_watch(struct http_client *c, const struct http_extra *e, struct err *err)
{
    return wait_add(&c->extras, e, err);
}

void http_unwatch(struct http_client *c, int fd)
{
    wait_remove(&c->extras, fd);
}

static int set_multi(struct http_client *c, struct err *err)
{
    long most = (long)c->options.parallelism, asides = 4;
    c->multi = c->curl->multi_init();
    if (!c->multi)
        return err_set(err, ERR_IO, "E507", "libcurl does not start");
    (void)c->curl->multi_setopt(c->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, most + asides);
    (void)c->curl->multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, most + asides);
    (void)c->curl->multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, most);
    (void)c->curl->multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    return 0;
}

int http_open(const struct http_options *o, struct http_client **ret, struct err *err)
{
    struct http_client *c = mem_alloc(sizeof *c);
    c->options = *o;
    if (!c->options.parallelism)
        c->options.parallelism = 16;
    c->limits = o->limits ? *o->limits : http_limits_default;
    c->curl = curl_load(err);
    if (!c->curl || set_multi(c, err) < 0) {
        free(c);
        return -1;
    }
    const char *ca_file = o->ca_file ? o->ca_file : environment("SSL_CERT_FILE"), *ca_path = environment("SSL_CERT_DIR");
    c->setup = (struct transfer_setup){
        .curl = c->curl, .limits = &c->limits, .user_agent = o->user_agent, .ca_file = ca_file,
        .ca_path = ca_file ? NULL : ca_path ? ca_path : hashed_certificates(), .trace = { o->trace, o->vault },
    };
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    c->chance = (uint32_t)now.tv_nsec ^ ((uint32_t)getpid() << 16) ^ 0x9e3779b9u;
    c->chance += !c->chance;
    c->common = queue_lane(&c->queue, "", 0, 0);
    if (o->interrupt_fd >= 0)
        c->extras.items[c->extras.n++] = (struct http_extra){ .fd = o->interrupt_fd, .ready = on_interrupt, .ctx = c };
    *ret = c;
    return 0;
}

struct lane *http_lane(struct http_client *c, const char *name, double requests_per_second, unsigned concurrency)
{
    return queue_lane(&c->queue, name, requests_per_second, concurrency);
}

void http_submit(struct http_client *c, const struct http_request *r)
{
    c->asides += r->aside;
    (void)queue_add(&c->queue, r, r->lane ? r->lane : c->common, r->delay_ms > 0 ? clock_mono_ms() : 0);
}

unsigned http_room(const struct http_client *c)
{
    size_t taken = c->n_flying + c->queue.queued;
    taken -= taken < c->asides ? taken : c->asides;
    return taken < c->options.parallelism ? c->options.parallelism - (unsigned)taken : 0;
}

void http_refill(struct http_client *c, void (*more)(void *ctx, unsigned room), void *ctx)
{
    c->more = more;
    c->more_ctx = ctx;
}

static bool past_deadline(const struct http_client *c)
{
    return c->options.deadline_ms && clock_mono_ms() >= c->options.deadline_ms;
}

bool http_stopping(const struct http_client *c)
{
    return c->interrupted || past_deadline(c);
}

struct http_counts http_count(const struct http_client *c)
{
    return c->counts;
}

const struct tallies *http_tallies(const struct http_client *c)
{
    return &c->tallies;
}

/* --- ends --------------------------------------------------------------------------------------- */

static void hand_out(struct http_client *c, struct entry *e, struct http_reply *reply)
{
    c->moves++;
    c->asides -= e->request.aside;
    reply->attempts = e->attempts;
    reply->retries = e->retries;
    reply->waited_ms = e->waited_ms;
    e->request.done(&e->request, reply);
    queue_drop(&c->queue, e);
}

static void refuse(struct http_client *c, struct entry *e, const struct err *err)
{
    struct http_reply reply = { .end = HTTP_NOT_SENT, .err = *err };
    hand_out(c, e, &reply);
}

/* A message that may not be sent (any more) at `wall`, or a write that was made from something too old. */
static bool too_late(const struct http_request *r, int64_t wall, struct err *err)
{
    if (!r->not_after || wall <= r->not_after)
        return false;
    (void)err_set(err, ERR_REJECTED, "E803", "'not_after' has passed, or would before it could be sent, so it is not sent any more");
    return true;
}

static bool stale(const struct http_request *r, int64_t now, struct err *err)
{
    if (!r->fresh_until_ms || now <= r->fresh_until_ms)
        return false;
    (void)err_set(err, ERR_THROTTLED, "E600", "the account's pace left no time to write it soon enough after it was read");
    (void)err_hint(err, "Raise limits.requests_per_second of the account if the provider allows it, or run again later.");
    return true;
}

static const char *why_stopping(const struct http_client *c)
{
    return c->interrupted ? "the run was interrupted" : "the run's time limit was reached";
}

/* Off the wire and out of the list, before anybody is told: http_room() is right inside the callback. */
static struct entry *land(struct http_client *c, struct transfer *t)
{
    struct entry *e = t->owner;
    (void)c->curl->multi_remove_handle(c->multi, t->easy);
    for (size_t i = 0; i < c->n_flying; i++)
        if (c->flying[i] == t) {
            c->flying[i] = c->flying[--c->n_flying];
            break;
        }
    c->asides_flying -= e->request.aside;
    queue_landed(e);
    e->attempts += (int)t->starts;
    return e;
}

static void rest(struct http_client *c, struct transfer *t)
{
    transfer_rest(t);
    t->next = c->pool;
    c->pool = t;
}

static uint32_t next_chance(struct http_client *c)
{
    /* xorshift: spreads agents, guards nothing */
    c->chance ^= c->chance << 13;
    c->chance ^= c->chance >> 17;
    c->chance ^= c->chance << 5;
    return c->chance;
}

int64_t http_backoff(struct http_client *c, unsigned *retries, int64_t *waited_ms)
{
    struct retry_facts f = { .retries = *retries, .waited_ms = *waited_ms, .chance = next_chance(c) };
    int64_t wait = retry_backoff(&f, &c->limits);
    if (wait < 0)
        return -1;
    ++*retries;
    *waited_ms += wait;
    return wait;
}

static void count_started(struct http_client *c, const struct http_request *r, unsigned starts)
{
    c->counts.started += starts;
    if (r->token)
        c->counts.tokens += starts;
    else if (r->safety == HTTP_READ)
        c->counts.reads += starts;
    else
        c->counts.writes += starts;
}

static void throttled(struct http_reply *reply, const struct transfer *t, bool too_long)
{
    auto_buf origin = buf_init(512);
    origin_text(t->origin, &origin);
    (void)err_set(&reply->err, ERR_THROTTLED, "E600", too_long ? "'%s' asks us to come back later than we wait (HTTP %d)" :
                  "'%s' still limits our requests (HTTP %d)", buf_str(&origin).p, reply->status);
    reply->err.http = reply->status;
    (void)err_hint(&reply->err, "Set limits.requests_per_second of the account to what the provider allows, and run again later.");
}

/* The account's pace learns from every answer; the wait for a retry comes from retry.c. Returns false when this was the last word. */
static bool again(struct http_client *c, struct entry *e, struct transfer *t, struct http_reply *reply, bool permanent)
{
    int64_t now = clock_mono_ms(), after = retry_after(str_of(t->answer.retry_after), clock_wall());
    struct retry_facts facts = {
        .safety = e->request.safety, .end = reply->end, .status = reply->status, .permanent = permanent, .after_ms = after,
        .retries = e->retries, .waited_ms = e->waited_ms, .chance = next_chance(c),
    };
    bool asked, limited = reply->end == HTTP_ANSWERED && reply->status == 429;
    int64_t wait = retry_wait(&facts, &c->limits, &asked);
    int64_t hold = wait > 0 ? wait : after > 0 && after <= c->limits.retry_after_ms ? after : c->limits.retry_base_ms;
    if (limited) {
        c->counts.throttled++;
        pace_throttled(&e->lane->pace, e->started, now, hold);
    } else if (reply->end == HTTP_ANSWERED) {
        pace_answered(&e->lane->pace, now);
        if (reply->status == 503 && after > 0 && after <= c->limits.retry_after_ms)
            pace_hold(&e->lane->pace, now + after);
    }
    if (wait < 0 && (limited || wait == RETRY_TOO_LONG))
        throttled(reply, t, wait == RETRY_TOO_LONG);
    if (wait < 0 || http_stopping(c))
        return false;
    if (too_late(&e->request, clock_wall() + wait / 1000, &reply->err)) {
        reply->end = HTTP_NOT_SENT; /* what is tried again certainly was not done */
        return false;
    }
    e->retries++;
    e->waited_ms += asked ? 0 : wait;
    c->counts.retried++;
    c->counts.wait_ms += (uint64_t)wait;
    trace_wait(&c->setup.trace, e->id, &e->request, wait, asked ? "Retry-After" : "backoff");
    queue_later(&c->queue, e, now + wait);
    return true;
}

static void finish(struct http_client *c, struct transfer *t, CURLcode code)
{
    struct http_reply reply = { .end = HTTP_LOST };
    struct entry *e = land(c, t);
    bool permanent;
    count_started(c, &e->request, t->starts);
    transfer_result(t, code, &reply, &permanent);
    if (t->starts)
        tally_count(&c->tallies, e->lane->name, e->request.method, reply.end == HTTP_ANSWERED ? reply.status : 0);
    if (!again(c, e, t, &reply, permanent))
        hand_out(c, e, &reply);
    rest(c, t);
}

static void cut(struct http_client *c, struct transfer *t)
{
    struct http_reply reply = { .end = HTTP_LOST };
    struct entry *e = land(c, t);
    count_started(c, &e->request, t->starts);
    transfer_cut(t, &reply, c->interrupted ? "was cut off: the run was interrupted" : "was cut off: the run's time limit was reached");
    if (t->starts)
        tally_count(&c->tallies, e->lane->name, e->request.method, 0);
    hand_out(c, e, &reply);
    rest(c, t);
}

/* --- starting ----------------------------------------------------------------------------------- */

static struct transfer *from_pool(struct http_client *c, struct err *err)
{
    struct transfer *t = c->pool;
    if (!t)
        return transfer_new(&c->setup, err);
    c->pool = t->next;
    return t;
}

static void start(struct http_client *c, struct entry *e, int64_t now)
{
    const struct origin *origin = NULL;
    struct transfer *t = NULL;
    struct err err = { 0 };
    bool old = stale(&e->request, now, &err);
    if (old || too_late(&e->request, clock_wall(), &err)) {
        struct http_reply reply = { .end = HTTP_NOT_SENT, .stale = old, .err = err };
        queue_landed(e);
        hand_out(c, e, &reply);
        return;
    }
    if (request_check(&e->request, c->options.read_only, &c->origin, &origin, &err) < 0 || !(t = from_pool(c, &err)) ||
        transfer_begin(t, e->id, &e->request, origin, &err) < 0) {
        if (t)
            rest(c, t);
        queue_landed(e);
        refuse(c, e, &err);
        return;
    }
    trace_request(&c->setup.trace, e->id, &e->request, e->attempts + 1);
    pace_start(&e->lane->pace);
    e->started = now;
    t->owner = e;
    c->flying = mem_grow(c->flying, &c->cap_flying, c->n_flying + 1, sizeof(struct transfer *));
    c->flying[c->n_flying++] = t;
    c->asides_flying += e->request.aside;
    c->moves++;
    CURLMcode code = c->curl->multi_add_handle(c->multi, t->easy);
    if (code != CURLM_OK)
        finish(c, t, CURLE_FAILED_INIT);
}

/* Starts what may start. Returns the milliseconds until time alone lets another start, or -1. */
static int64_t start_some(struct http_client *c)
{
    int64_t wait = -1, now = clock_mono_ms();
    while (c->n_flying < c->options.parallelism + c->asides_flying) {
        struct entry *e = queue_next(&c->queue, now, &wait);
        if (!e)
            return wait;
        start(c, e, now);
    }
    return -1;
}

/* A slow account may keep requests queued for long; the others are not to wait behind it, so some may queue up. */
static void refill(struct http_client *c)
{
    unsigned room = http_room(c);
    if (c->more && room && c->queue.queued < QUEUE_MOST && !http_stopping(c))
        c->more(c->more_ctx, room);
}

/* --- the loop ----------------------------------------------------------------------------------- */

static int perform(struct http_client *c, struct err *err)
{
    int running, left;
    CURLMcode code = c->curl->multi_perform(c->multi, &running);
    if (code != CURLM_OK)
        return err_set(err, ERR_BUG, NULL, "libcurl cannot go on: %s", c->curl->multi_strerror(code));
    for (CURLMsg *m; (m = c->curl->multi_info_read(c->multi, &left));) {
        struct transfer *t = NULL;
        CURLcode result = m->data.result;
        if (m->msg != CURLMSG_DONE)
            continue;
        (void)c->curl->easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        finish(c, t, result);
    }
    return 0;
}

int http_idle(struct http_client *c, int64_t until_ms, struct err *err)
{
    int64_t now = clock_mono_ms(), wait = until_ms < 0 ? -1 : until_ms > now ? until_ms - now : 0;
    size_t before = c->asides;
    if (c->n_flying && perform(c, err) < 0)
        return -1;
    if (c->asides && !http_stopping(c))
        wait = least_wait(wait, start_some(c));
    return wait_for(&c->extras, c->curl, c->multi, c->asides < before ? 0 : wait, err);
}

static void give_up_waiting(struct http_client *c)
{
    struct err err;
    (void)err_set(&err, ERR_INTERRUPTED, "E609", "not sent: %s", why_stopping(c));
    for (struct entry *e; (e = queue_any(&c->queue));)
        refuse(c, e, &err);
}

static void cut_all(struct http_client *c)
{
    while (c->n_flying)
        cut(c, c->flying[c->n_flying - 1]);
}

/* How long nothing can happen but on a descriptor; libcurl's own timers shorten it further. */
static int64_t longest_wait(const struct http_client *c, int64_t wait)
{
    int64_t now = clock_mono_ms();
    wait = wait < 0 || wait > 60000 ? 60000 : wait;
    if (c->options.deadline_ms)
        wait = least_wait(wait, c->options.deadline_ms > now ? c->options.deadline_ms - now : 0);
    if (c->interrupted)
        wait = least_wait(wait, c->grace_until > now ? c->grace_until - now : 0);
    return wait < 0 ? 0 : wait;
}

static bool idle(const struct http_client *c)
{
    return c->n_flying + c->queue.queued + c->queue.n_heap == c->asides;
}

/* Answers are handed out, then more is asked for, then what may start is started; only when none of this happened is there a reason to wait.
 * A descriptor that says stop is looked at every few turns all the same. */
static int turn(struct http_client *c, struct err *err)
{
    uint64_t before = c->moves;
    int64_t wait = -1;
    if (c->n_flying && perform(c, err) < 0)
        return -1;
    if (http_stopping(c)) {
        give_up_waiting(c);
        if (past_deadline(c) || (c->interrupted && clock_mono_ms() >= c->grace_until))
            cut_all(c);
    } else {
        refill(c);
        wait = start_some(c);
    }
    bool moved = c->moves != before;
    if (idle(c) || (moved && ++c->turns % 16))
        return 0;
    return wait_for(&c->extras, c->curl, c->multi, moved ? 0 : longest_wait(c, wait), err);
}

int http_run(struct http_client *c, struct err *err)
{
    int r = c->extras.n ? wait_for(&c->extras, c->curl, c->multi, 0, err) : 0;
    refill(c);
    while (r == 0 && !idle(c)) {
        r = turn(c, err);
        if (r == 0 && idle(c))
            refill(c);   /* the last answers may have made room for more */
    }
    if (r < 0) {
        /* Everybody hears of it all the same: requests in flight are lost, the rest were not sent. */
        c->interrupted = true;
        give_up_waiting(c);
        cut_all(c);
        give_up_waiting(c);
    }
    return r;
}

/* Only what is aside can still be here after http_run(): its sender hears that it was cut. */
void http_close(struct http_client *c)
{
    if (!c)
        return;
    c->interrupted = true;
    for (give_up_waiting(c); c->n_flying || c->queue.queued || c->queue.n_heap; give_up_waiting(c))
        cut_all(c);
    for (struct transfer *t; (t = c->pool);) {
        c->pool = t->next;
        transfer_free(t);
    }
    (void)c->curl->multi_cleanup(c->multi);
    queue_release(&c->queue);
    tally_release(&c->tallies);
    free(c->flying);
    free(c);
}
