/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libcurl, opened when the first client is opened: just the functions that this room uses, by their own names without `curl_`.
 */
#ifndef HTTP_CURL_H
#define HTTP_CURL_H

#define CURL_DISABLE_TYPECHECK /* setopt and getinfo are called through pointers */
#include <curl/curl.h>

#include "base/err.h"

struct curl_table {
    CURLcode (*global_init)(long flags);
    CURL *(*easy_init)(void);
    void (*easy_cleanup)(CURL *easy);
    CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
    CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
    void (*slist_free_all)(struct curl_slist *list);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_cleanup)(CURLM *multi);
    CURLMcode (*multi_setopt)(CURLM *multi, CURLMoption option, ...);
    CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
    CURLMcode (*multi_perform)(CURLM *multi, int *running);
    CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd extra[], unsigned n, int timeout_ms, int *ready);
    CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
    const char *(*multi_strerror)(CURLMcode code);
};

/* Opens the library and starts it, once per process. NULL with an ERR_IO when that fails. */
const struct curl_table *curl_load(struct err *err);

#endif
