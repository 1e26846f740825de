/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http/curl.h"

#include "base/lazy.h"

static struct curl_table table;

static const struct lazy_symbol symbols[] = {
    { "curl_global_init", &table.global_init },
    { "curl_easy_init", &table.easy_init },
    { "curl_easy_cleanup", &table.easy_cleanup },
    { "curl_easy_setopt", &table.easy_setopt },
    { "curl_easy_getinfo", &table.easy_getinfo },
    { "curl_easy_strerror", &table.easy_strerror },
    { "curl_slist_append", &table.slist_append },
    { "curl_slist_free_all", &table.slist_free_all },
    { "curl_multi_init", &table.multi_init },
    { "curl_multi_cleanup", &table.multi_cleanup },
    { "curl_multi_setopt", &table.multi_setopt },
    { "curl_multi_add_handle", &table.multi_add_handle },
    { "curl_multi_remove_handle", &table.multi_remove_handle },
    { "curl_multi_perform", &table.multi_perform },
    { "curl_multi_poll", &table.multi_poll },
    { "curl_multi_info_read", &table.multi_info_read },
    { "curl_multi_strerror", &table.multi_strerror },
    { 0 },
};

const struct curl_table *curl_load(struct err *err)
{
    static bool loaded;
    if (loaded)
        return &table;
    if (lazy_open("libcurl.so.4", symbols, err) < 0)
        return NULL;
    CURLcode code = table.global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        (void)err_set(err, ERR_IO, "E507", "the library 'libcurl.so.4' does not start: %s", table.easy_strerror(code));
        return NULL;
    }
    loaded = true;
    return &table;
}
