/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions. libcurl and libmicrohttpd are opened when first needed, which this is not: the ones of the build are told. */
#include <curl/curlver.h>
#include <gnu/libc-version.h>
#include <jansson.h>
#include <microhttpd.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <yaml.h>

#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"

struct library { const char *name, *version; };
struct versions { struct library libraries[7]; };

static void render(const struct output *to, const void *what)
{
    const struct versions *v = what;
    if (to->format != FORMAT_JSON) {
        buf_puts(to->text, "waconf " VERSION "\n");
        for (size_t i = 0; i < COUNT(v->libraries); i++)
            buf_printf(to->text, "  %-14s %s\n", v->libraries[i].name, v->libraries[i].version);
        return;
    }
    json_t *all = json_object(), *libraries = json_object();
    for (size_t i = 0; i < COUNT(v->libraries); i++)
        json_object_set_new(libraries, v->libraries[i].name, json_string(v->libraries[i].version));
    json_object_set_new(all, "format_version", json_string("1.0"));
    json_object_set_new(all, "version", json_string(VERSION));
    json_object_set_new(all, "libraries", libraries);
    json_print(to->text, all);
}

int command_version(struct options *o)
{
    char microhttpd[32];
    struct err err = { 0 };
    (void)snprintf(microhttpd, sizeof microhttpd, "%x.%x.%x", (unsigned)MHD_VERSION >> 24 & 255,
                   (unsigned)MHD_VERSION >> 16 & 255, (unsigned)MHD_VERSION >> 8 & 255);
    struct versions v = { {
        { "glibc", gnu_get_libc_version() }, { "libyaml", yaml_get_version_string() }, { "jansson", jansson_version_str() },
        { "sqlite", sqlite3_libversion() }, { "libsodium", sodium_version_string() },
        { "libcurl", LIBCURL_VERSION }, { "libmicrohttpd", microhttpd },
    } };
    return done(o, output_write(o, render, &v, &err), &err, EXIT_OK);
}
