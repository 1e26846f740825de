/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/lazy.h"

const char *const log_level_names[LOG_LEVEL_COUNT] = { "error", "warn", "info", "debug" };
const char *const log_form_names[LOG_FORM_COUNT] = { "text", "logfmt", "json", "journal" };

/* syslog(3)'s numbers, which the journal uses. */
static const int priority[LOG_LEVEL_COUNT] = { 3, 4, 6, 7 };

static const char journal_socket[] = "/run/systemd/journal/socket";
enum { JOURNAL_FIELDS = 32 };

/* sd-journal.h's function, without its header's macro that would add our file and line to it. */
static int (*journal_sendv)(const struct iovec *fields, int n);

/* libsystemd drops what it is given when the socket is missing, without an error: so it is asked for here. */
static bool journal_open(void)
{
    static const struct lazy_symbol symbols[] = { { "sd_journal_sendv", &journal_sendv }, { 0 } };
    struct err err = { 0 };
    return journal_sendv || (access(journal_socket, W_OK) == 0 && lazy_open("libsystemd.so.0", symbols, &err) == 0);
}

/* systemd.exec(5): "DEVICE:INODE" of the stream that a service was given as its standard output or error. */
static bool is_journal(FILE *out)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t device, inode;
    struct stat st;
    return stream && out && sscanf(stream, "%ju:%ju", &device, &inode) == 2 && fstat(fileno(out), &st) == 0 &&
           (uintmax_t)st.st_dev == device && (uintmax_t)st.st_ino == inode;
}

void log_open(struct log *l, FILE *out, enum log_form form, enum log_level most)
{
    if (form >= LOG_FORM_COUNT)
        form = is_journal(out) ? LOG_JOURNAL : LOG_TEXT;
    *l = (struct log){ .form = form, .most = most, .out = out };
}

/* What is shown of a text: at most LOG_TEXT_MOST bytes, cut between characters. */
static struct str shown(struct str s, bool *cut)
{
    size_t n = LOG_TEXT_MOST;
    *cut = s.n > n;
    if (!*cut)
        return s;
    while (n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n--;
    return str_head(s, n);
}

typedef void escape_fn(struct buf *out, struct str s);

static void add(struct buf *line, struct str s, escape_fn *escape)
{
    bool cut;
    struct str head = shown(s, &cut);
    if (!cut) {
        escape(line, head);
        return;
    }
    auto_buf whole = buf_init(LOG_TEXT_MOST + 4);
    buf_add(&whole, head);
    buf_puts(&whole, "...");
    escape(line, buf_str(&whole));
}

/* logfmt readers split at blanks and take `"` and `=` as their own. */
static void escape_value(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!isgraph((unsigned char)s.p[i]) || strchr("\"=\\", s.p[i])) {
            escape_quoted(out, s);
            return;
        }
    buf_add(out, s);
}

struct event { enum log_level level; const char *name; struct str message; const struct log_field *fields; char at[CLOCK_TEXT]; };

static void add_fields(struct buf *line, const struct event *e)
{
    for (const struct log_field *f = e->fields; f && f->name; f++)
        if (f->value.n) {
            buf_printf(line, " %s=", f->name);
            add(line, f->value, escape_value);
        }
}

static void form_text(struct buf *line, const struct event *e)
{
    buf_printf(line, "%s %-5s %s: ", e->at, log_level_names[e->level], e->name);
    add(line, e->message, escape_text);
    add_fields(line, e);
}

static void form_logfmt(struct buf *line, const struct event *e)
{
    buf_printf(line, "time=%s level=%s event=%s msg=", e->at, log_level_names[e->level], e->name);
    add(line, e->message, escape_quoted);
    add_fields(line, e);
}

static void form_json(struct buf *line, const struct event *e)
{
    buf_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\",\"message\":", e->at, log_level_names[e->level], e->name);
    add(line, e->message, escape_json);
    for (const struct log_field *f = e->fields; f && f->name; f++)
        if (f->value.n) {
            buf_printf(line, ",\"%s\":", f->name);
            add(line, f->value, escape_json);
        }
    buf_char(line, '}');
}

/* The journal stamps the time; its prefix gives the priority (sd-daemon(3)). */
static void form_prefixed(struct buf *line, const struct event *e)
{
    buf_printf(line, "<%d>%s: ", priority[e->level], e->name);
    add(line, e->message, escape_text);
    add_fields(line, e);
}

static void (*const forms[LOG_FORM_COUNT])(struct buf *line, const struct event *e) = {
    [LOG_TEXT] = form_text, [LOG_LOGFMT] = form_logfmt, [LOG_JSON] = form_json, [LOG_JOURNAL] = form_prefixed,
};

/* One "NAME=value"; our own names become WACONF_NAME, since the journal's are everybody's. */
static void journal_field(struct buf *all, size_t from[], int *n, const char *prefix, const char *name, struct str value)
{
    if (*n >= JOURNAL_FIELDS || !value.n)
        return;
    from[(*n)++] = all->n;
    buf_puts(all, prefix);
    for (; *name; name++)
        buf_char(all, (char)toupper((unsigned char)*name));
    buf_char(all, '=');
    add(all, value, escape_text);
}

static bool journal_send(const struct event *e)
{
    size_t from[JOURNAL_FIELDS + 1];
    struct iovec iov[JOURNAL_FIELDS];
    char level[2] = { (char)('0' + priority[e->level]), 0 };
    int n = 0;
    auto_buf all = buf_init(BUF_UNBOUNDED);
    journal_field(&all, from, &n, "", "MESSAGE", e->message.n ? e->message : str_of(e->name));
    journal_field(&all, from, &n, "", "PRIORITY", str_of(level));
    journal_field(&all, from, &n, "", "SYSLOG_IDENTIFIER", STR("waconf"));
    journal_field(&all, from, &n, "WACONF_", "EVENT", str_of(e->name));
    for (const struct log_field *f = e->fields; f && f->name; f++)
        journal_field(&all, from, &n, "WACONF_", f->name, f->value);
    from[n] = all.n;
    for (int i = 0; i < n; i++)
        iov[i] = (struct iovec){ .iov_base = all.p + from[i], .iov_len = from[i + 1] - from[i] };
    return journal_sendv(iov, n) >= 0;
}

static void write_line(FILE *out, struct str line)
{
    int fd = fileno(out);
    if (fd < 0) { /* a stream in memory */
        (void)fwrite(line.p, 1, line.n, out);
        (void)fflush(out);
        return;
    }
    (void)fflush(out);
    while (line.n) {
        ssize_t n = write(fd, line.p, line.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        line = str_skip(line, (size_t)n);
    }
}

void log_event(struct log *l, enum log_level level, const char *event, struct str message, const struct log_field *fields)
{
    struct event e = { .level = level, .name = event, .message = message, .fields = fields };
    if (level > l->most || !l->out)
        return;
    int before = errno;
    if (l->form != LOG_JOURNAL || !journal_open() || !journal_send(&e)) {
        clock_text(clock_wall(), e.at);
        auto_buf line = buf_init(BUF_UNBOUNDED);
        forms[l->form](&line, &e);
        buf_char(&line, '\n');
        write_line(l->out, buf_str(&line));
    }
    errno = before;
}
