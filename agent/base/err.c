/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct { const char *name; int exit; } classes[ERR_COUNT] = {
    [ERR_NONE] = { "none", 0 },          [ERR_USAGE] = { "usage", 64 },
    [ERR_CONFIG] = { "config", 65 },     [ERR_TRUST] = { "trust", 4 },
    [ERR_GUARD] = { "guard", 4 },        [ERR_LOCKED] = { "locked", 5 },
    [ERR_STALE] = { "stale", 6 },        [ERR_AUTH] = { "auth", 77 },
    [ERR_DOWN] = { "down", 69 },         [ERR_THROTTLED] = { "throttled", 69 },
    [ERR_REJECTED] = { "rejected", 1 },  [ERR_ABSENT] = { "absent", 1 },
    [ERR_CONFLICT] = { "conflict", 1 },  [ERR_UNSURE] = { "unsure", 3 },
    [ERR_IO] = { "io", 1 },              [ERR_INTERRUPTED] = { "interrupted", 75 },
    [ERR_BUG] = { "bug", 1 },
};

/* A cut may split a character; drop what is left of it. */
static void cut_cleanly(char *text)
{
    size_t n = strlen(text);
    while (n && !utf8_valid((struct str){ text, n }) && n + 4 > strlen(text))
        n--;
    if (utf8_valid((struct str){ text, n }))
        text[n] = '\0';
}

int err_set(struct err *err, enum err_class is, const char *code, const char *format, ...)
{
    va_list args;
    *err = (struct err){ .is = is, .code = code };
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    cut_cleanly(err->text);
    return -1;
}

int err_sys(struct err *err, int sys, const char *format, ...)
{
    va_list args;
    *err = (struct err){ .is = ERR_IO, .sys = sys, .code = "E501" };
    va_start(args, format);
    int n = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof err->text)
        (void)snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", strerror(sys));
    cut_cleanly(err->text);
    return -1;
}

int err_add(struct err *err, const char *format, ...)
{
    char with[sizeof err->text];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(with, sizeof with, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof with)
        (void)snprintf(with + n, sizeof with - (size_t)n, ": %s", err->text);
    memcpy(err->text, with, sizeof with);
    cut_cleanly(err->text);
    return -1;
}

int err_hint(struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err->hint, sizeof err->hint, format, args);
    va_end(args);
    cut_cleanly(err->hint);
    return -1;
}

int err_exit_code(enum err_class is)
{
    return is < ERR_COUNT ? classes[is].exit : 1;
}

const char *err_class_name(enum err_class is)
{
    return is < ERR_COUNT ? classes[is].name : "bug";
}
