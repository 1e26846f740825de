/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/wait.h"

#include "base/clock.h"

int wait_add(struct wait_list *l, const struct http_extra *e, struct err *err)
{
    if (l->n == WAIT_EXTRAS)
        return err_set(err, ERR_BUG, "E509", "more than %d descriptors are waited for", WAIT_EXTRAS);
    l->items[l->n++] = *e;
    return 0;
}

void wait_remove(struct wait_list *l, int fd)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].fd == fd)
            l->items[i--] = l->items[--l->n];
}

int64_t least_wait(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* When some extra wants to be called without its descriptor being readable. */
static int64_t extras_wait(const struct wait_list *l, int64_t now)
{
    int64_t wait = -1;
    for (size_t i = 0; i < l->n; i++) {
        int64_t due = l->items[i].due ? l->items[i].due(l->items[i].ctx) : -1;
        if (due >= 0)
            wait = least_wait(wait, due > now ? due - now : 0);
    }
    return wait;
}

static bool extra_is_due(const struct http_extra *e, int64_t now)
{
    int64_t due = e->due ? e->due(e->ctx) : -1;
    return due >= 0 && due <= now;
}

int wait_for(const struct wait_list *l, const struct curl_table *curl, CURLM *multi, int64_t ms, struct err *err)
{
    enum { DAY_MS = 86400000 };
    struct curl_waitfd fds[WAIT_EXTRAS];
    struct http_extra extras[WAIT_EXTRAS];
    size_t n = l->n;   /* a callback may change the list */
    ms = least_wait(ms, extras_wait(l, clock_mono_ms()));
    for (size_t i = 0; i < n; i++) {
        extras[i] = l->items[i];
        fds[i] = (struct curl_waitfd){ .fd = extras[i].fd, .events = CURL_WAIT_POLLIN };
    }
    CURLMcode code = curl->multi_poll(multi, fds, (unsigned)n, ms < 0 || ms > DAY_MS ? DAY_MS : (int)ms, NULL);
    if (code != CURLM_OK)
        return err_set(err, ERR_BUG, NULL, "libcurl cannot wait: %s", curl->multi_strerror(code));
    int64_t now = n ? clock_mono_ms() : 0;
    for (size_t i = 0; i < n; i++)
        if (fds[i].revents || extra_is_due(&extras[i], now))
            extras[i].ready(extras[i].ctx);
    return 0;
}
