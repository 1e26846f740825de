/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox/stream.h"

#include <ctype.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/mhd.h"

/* A body that is made while it is sent. */
struct stream {
    struct sandbox *box;
    struct MHD_Connection *connection;
    char *body;
    size_t n, step;                         /* step: bytes per tick of a slow answer, and where a cut one ends */
    bool paused;
};
enum { TICK_MS = 50, BLOCK = 16 * 1024 };

static void stream_free(void *at)
{
    struct stream *s = at;
    free(s->body);
    free(s);
}

static ssize_t read_endless(void *at, uint64_t pos, char *into, size_t most)
{
    static const char begin[] = "{\"data\":[\"";
    (void)at;
    for (size_t i = 0; i < most; i++)
        into[i] = pos + i < sizeof begin - 1 ? begin[pos + i] : 'x';
    return (ssize_t)most;
}

/* Deflate, fixed codes (RFC 1951, 3.2.6): a block that never ends, one blank, then "258 times the byte before" in 13 bits. */
static ssize_t read_bomb(void *at, uint64_t pos, char *into, size_t most)
{
    static const char header[10] = { 0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 0, 3 };
    static const char first[] = "01001010000", repeat[] = "1100010100000";
    (void)at;
    for (size_t i = 0; i < most; i++, pos++) {
        unsigned byte = 0;
        if (pos < sizeof header) {
            into[i] = header[pos];
            continue;
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            uint64_t k = (pos - sizeof header) * 8 + bit;
            char c = k < 11 ? first[k] : repeat[(k - 11) % 13];
            byte |= (unsigned)(c == '1') << bit;
        }
        into[i] = (char)byte;
    }
    return (ssize_t)most;
}

static ssize_t read_cut(void *at, uint64_t pos, char *into, size_t most)
{
    const struct stream *s = at;
    if (pos >= s->step)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = s->step - (size_t)pos < most ? s->step - (size_t)pos : most;
    memcpy(into, s->body + pos, n);
    return (ssize_t)n;
}

static ssize_t read_slow(void *at, uint64_t pos, char *into, size_t most)
{
    struct stream *s = at;
    s->paused = !s->paused;
    if (s->paused) {
        wake_later(s->box, s->connection, TICK_MS);
        return 0;
    }
    size_t n = s->n - (size_t)pos;
    n = n < s->step ? n : s->step;
    n = n < most ? n : most;
    memcpy(into, s->body + pos, n);
    return (ssize_t)n;
}

static struct MHD_Response *streamed(struct request *r, uint64_t size, size_t step, MHD_ContentReaderCallback read)
{
    struct stream *s = mem_alloc(sizeof *s);
    *s = (struct stream){ r->box, r->connection, take(r->answer.body), r->answer.n_body, step, false };
    return mhd.create_response_from_callback(size, BLOCK, read, s, stream_free);
}

static struct MHD_Response *response_of(struct request *r)
{
    const struct faults *f = &r->faults;
    size_t n = r->answer.n_body, rate = (size_t)f->number[FAULT_SLOW] * TICK_MS / 1000;
    if (fault_on(f, FAULT_ENDLESS))
        return streamed(r, MHD_SIZE_UNKNOWN, 0, read_endless);
    if (fault_on(f, FAULT_GZIP_BOMB))
        return streamed(r, MHD_SIZE_UNKNOWN, 0, read_bomb);
    if (fault_on(f, FAULT_CUT) && n)
        return streamed(r, n, f->number[FAULT_CUT] >= 0 && (size_t)f->number[FAULT_CUT] < n ? (size_t)f->number[FAULT_CUT] : n / 2,
                        read_cut);
    if (fault_on(f, FAULT_SLOW) && n)
        return streamed(r, n, rate ? rate : 1, read_slow);
    return mhd.create_response_from_buffer(n, take(r->answer.body), MHD_RESPMEM_MUST_FREE);
}

static int socket_of(struct request *r)
{
    const union MHD_ConnectionInfo *info = mhd.get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/* Dissolving the association sends a reset at once, before libmicrohttpd's orderly close can send a FIN. */
static void reset(struct request *r)
{
    (void)connect(socket_of(r), &(struct sockaddr){ .sa_family = AF_UNSPEC }, sizeof(struct sockaddr));
}

static void write_raw(struct request *r, const char *text)
{
    size_t n = strlen(text), used = 0;
    char *out = arena_alloc(&r->arena, n + 1);
    while (*text) {
        static const char names[] = "rnt0\\", values[] = "\r\n\t\0\\";
        const char *name = *text == '\\' && text[1] ? strchr(names, text[1]) : NULL;
        unsigned byte;
        if (name) {
            out[used++] = values[name - names];
            text += 2;
        } else if (*text == '\\' && text[1] == 'x' && isxdigit((unsigned char)text[2]) && sscanf(text + 2, "%2x", &byte) == 1) {
            out[used++] = (char)byte;
            text += isxdigit((unsigned char)text[3]) ? 4 : 3;
        } else {
            out[used++] = *text++;
        }
    }
    (void)send(socket_of(r), out, used, MSG_NOSIGNAL);
}

enum delivered stream_send(struct request *r)
{
    const struct faults *f = &r->faults;
    const struct answer *a = &r->answer;
    if (fault_on(f, FAULT_RESET_BEFORE) || fault_on(f, FAULT_RESET_AFTER)) {
        reset(r);
        return DELIVER_CLOSE;
    }
    if (fault_on(f, FAULT_RAW) || fault_on(f, FAULT_CUT_HEADER)) {
        write_raw(r, fault_on(f, FAULT_RAW) ? f->text[FAULT_RAW] : "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Le");
        return DELIVER_CLOSE;
    }
    if (!a->status)
        return DELIVER_CLOSE;
    struct MHD_Response *response = response_of(r);
    if (!response)
        return DELIVER_CLOSE;
    if (a->type)
        mhd.add_response_header(response, "Content-Type", a->type);
    for (size_t i = 0; i < a->n_headers; i++)
        mhd.add_response_header(response, a->headers[i].name, a->headers[i].value);
    if (fault_on(f, FAULT_GZIP_BOMB))
        mhd.add_response_header(response, "Content-Encoding", "gzip");
    enum MHD_Result ok = mhd.queue_response(r->connection, (unsigned)a->status, response);
    mhd.destroy_response(response);
    return ok == MHD_YES ? DELIVERED : DELIVER_CLOSE;
}
