/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "sync/render.h"
#include "sync/render_diag.h"

static int write_all(int fd, struct str text, const char *name, struct err *err)
{
    while (text.n) {
        ssize_t n = write(fd, text.p, text.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(err, errno, "cannot write to '%s'", name);
        text = str_skip(text, (size_t)n);
    }
    return 0;
}

int open_output(const char *path, bool secret_place, int *ret_fd, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, secret_place ? 0600 : 0666);
    if (fd < 0)
        return err_sys(err, errno, "cannot write to '%s'", path);
    *ret_fd = fd;
    return 0;
}

int empty_output(int fd, const char *path, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, 0) < 0)
        return err_sys(err, errno, "cannot write to '%s'", path);
    return 0;
}

static int write_file(const char *path, struct str text, struct err *err)
{
    int fd = -1;
    if (open_output(path, false, &fd, err))
        return -1;
    int written = empty_output(fd, path, err) ? -1 : write_all(fd, text, path, err);
    if (close(fd) && !written)
        return err_sys(err, errno, "cannot write to '%s'", path);
    return written;
}

int output_write(const struct options *o, output_renderer render, const void *what, struct err *err)
{
    auto_buf text = buf_init(BUF_UNBOUNDED);
    render(&(struct output){ o->output, o->color_out, &text }, what);
    int written = write_all(STDOUT_FILENO, buf_str(&text), "standard output", err);
    for (size_t i = 0; i < o->n_output_files && !written; i++) {
        buf_clear(&text);
        render(&(struct output){ o->output_files[i].format, false, &text }, what);
        written = write_file(o->output_files[i].path, buf_str(&text), err);
    }
    return written;
}

int output_text(const struct options *o, struct str text, struct err *err)
{
    int written = write_all(STDOUT_FILENO, text, "standard output", err);
    for (size_t i = 0; i < o->n_output_files && !written; i++)
        written = write_file(o->output_files[i].path, text, err);
    return written;
}

/* One line to standard error: "waconf: warning: ...". */
static void say(const struct options *o, enum paint how, const char *what, const char *format, va_list args)
{
    char text[4096];
    (void)vsnprintf(text, sizeof text, format, args);
    (void)fprintf(stderr, "waconf: %s%s%s%s%s\n", paint(o->color_err, how), what, paint(o->color_err, PAINT_END),
                  *what ? ": " : "", text);
}

void say_warning(const struct options *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!o->quiet)
        say(o, PAINT_YELLOW, "warning", format, args);
    va_end(args);
}

void say_note(const struct options *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!o->quiet)
        say(o, PAINT_END, "", format, args);
    va_end(args);
}

void say_detail(const struct options *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (o->verbose && !o->quiet)
        say(o, PAINT_END, "", format, args);
    va_end(args);
}

/* With -o json something is printed on every path: for plan and apply the document of contract 5, for others its diagnostics. */
static void print_error_json(const struct options *o, const struct err *err)
{
    struct diags d = { 0 };
    struct diag *item = diag_add(&d, SEVERITY_ERROR, err->code ? err->code : "E501", (struct loc){ 0 }, "%s", err->text);
    diag_hint(&d, item, "%s", err->hint);
    unsigned needs = o->command ? o->command->needs : 0;
    if (needs & NEEDS_PLAN_JSON) {
        render_json(NULL, &d, stdout);
        (void)fflush(stdout);
    } else {
        struct err ignored = { 0 };    /* the error itself is on standard error already */
        auto_buf text = buf_init(BUF_UNBOUNDED);
        json_t *all = json_pack("{s:s}", "format_version", "1.0");
        if (needs & NEEDS_VALID_JSON)
            (void)json_object_update_new(all, json_pack("{s:b, s:i, s:i, s:i}", "valid", 0, "documents", 0, "errors", 1, "warnings", 0));
        json_object_set_new(all, "diagnostics", render_diags_json(&d));
        json_print(&text, all);
        (void)write_all(STDOUT_FILENO, buf_str(&text), "standard output", &ignored);
    }
    diags_release(&d);
}

int fail(const struct options *o, const struct err *err)
{
    if (err->sys == EPIPE)         /* nobody reads on: nothing to tell, and nobody to tell it */
        return EXIT_ERROR;
    auto_buf text = buf_init(BUF_UNBOUNDED);
    escape_text(&text, str_of(err->text));
    if (err->code)
        buf_printf(&text, " [%s]", err->code);
    (void)fprintf(stderr, "waconf: %serror%s: %s\n", paint(o->color_err, PAINT_RED), paint(o->color_err, PAINT_END), text.p);
    if (err->hint[0]) {
        buf_clear(&text);
        escape_text(&text, str_of(err->hint));
        (void)fprintf(stderr, "        %s\n", text.p);
    }
    if (o->output == FORMAT_JSON)
        print_error_json(o, err);
    return err_exit_code(err->is);
}

int fail_usage(const struct options *o, const char *format, ...)
{
    struct err err = { .is = ERR_USAGE, .code = "E001" };
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err.text, sizeof err.text, format, args);
    va_end(args);
    if (o->command)
        (void)snprintf(err.hint, sizeof err.hint, "`waconf help %s` shows how it is used.", o->command->name);
    return fail(o, &err);
}

int done(const struct options *o, int printed, const struct err *err, int status)
{
    return printed ? fail(o, err) : status;
}

json_t *json_foreign(struct str s)
{
    if (utf8_valid(s))
        return json_stringn_nocheck(s.n ? s.p : "", s.n);
    auto_buf text = buf_init(BUF_UNBOUNDED);
    escape_text(&text, s);
    return json_stringn_nocheck(text.p, text.n);
}

json_t *json_foreign_or_null(struct str s)
{
    return s.n ? json_foreign(s) : json_null();
}

json_t *json_date(int64_t wall)
{
    char text[CLOCK_TEXT];
    if (!wall)
        return json_null();
    clock_text(wall, text);
    return json_string(text);
}

static int add_piece(const char *p, size_t n, void *out)
{
    buf_add(out, (struct str){ p, n });
    return 0;
}

/* Marks that a terminal or an editor would obey are legal in JSON; they only occur inside of strings, and are escaped here. */
void json_print(struct buf *out, json_t *take)
{
    auto_buf raw = buf_init(BUF_UNBOUNDED);
    if (!take || json_dump_callback(take, add_piece, &raw, JSON_INDENT(2)))
        mem_fail();
    for (size_t at = 0, from = 0; at < raw.n; from = at) {
        uint32_t c = utf8_next(buf_str(&raw), &at);
        if (c < 0x10000 && (c == 0x7f || escape_is_mark(c)))
            buf_printf(out, "\\u%04x", (unsigned)c);
        else
            buf_add(out, (struct str){ raw.p + from, at - from });
    }
    buf_char(out, '\n');
    json_decref(take);
}

const char *paint(bool color, enum paint what)
{
    static const char *const escapes[PAINT_COUNT] = {
        [PAINT_END] = "\033[0m", [PAINT_BOLD] = "\033[1m", [PAINT_DIM] = "\033[2m", [PAINT_RED] = "\033[31m",
        [PAINT_GREEN] = "\033[32m", [PAINT_YELLOW] = "\033[33m", [PAINT_CYAN] = "\033[36m",
    };
    return color ? escapes[what] : "";
}
