/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The smallest honest pass: what is physically left to an agent that plans and applies PingOne settings. libyaml events, libcurl's multi
 * interface with keep-alive, jansson, compare, write what differs. No state, no retries, no checks, no messages. Nobody should use
 * it; it is what the agent is measured against.
 *
 *     floor [-c CONNECTIONS] [-w] FILE...      -w: write; prints "N objects, N differ"
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

enum { FIELDS = 9, MOST_CONNECTIONS = 256, BODY = 64 << 10 };
enum { ENVIRONMENT, PROVIDER, BUSINESS, APP, SECRET, TOKEN, API_URL, NUMBER, SELECTED };
static const char *const names[FIELDS] = { "environment_id", "provider", "whatsAppAccountBusinessId", "appId", "appSecret", "userAccessToken", "api_url",
                                           "number", "selected" };
struct object { char *field[FIELDS]; bool differs; };

static struct object *objects;
static size_t n_objects, capacity, n_differ;
static char *api_url;

static void fail(const char *what)
{
    (void)fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

/* --- documents ----------------------------------------------------------------------------------- */

static void document_end(struct object *o)
{
    if (o->field[API_URL])
        api_url = o->field[API_URL];
    if (!o->field[ENVIRONMENT])
        return;
    if (n_objects == capacity) {
        capacity = capacity ? capacity * 2 : 64;
        objects = realloc(objects, capacity * sizeof *objects);
        if (!objects)
            fail("no memory");
    }
    objects[n_objects++] = *o;
}

static void scalar(struct object *o, const char *text, char *key, bool *value)
{
    if (!*value) {
        (void)snprintf(key, 64, "%s", text);
        *value = true;
        return;
    }
    *value = false;
    for (int i = 0; i < FIELDS; i++)
        if (strcmp(key, names[i]) == 0)
            o->field[i] = strdup(text);
}

static void load(const char *path)
{
    yaml_parser_t parser;
    yaml_event_t event;
    struct object o = { 0 };
    char key[64] = "";
    bool value = false, end = false;
    FILE *f = fopen(path, "r");
    if (!f || !yaml_parser_initialize(&parser))
        fail(path);
    yaml_parser_set_input_file(&parser, f);
    while (!end) {
        if (!yaml_parser_parse(&parser, &event))
            fail(path);
        if (event.type == YAML_SCALAR_EVENT)
            scalar(&o, (const char *)event.data.scalar.value, key, &value);
        else if (event.type == YAML_DOCUMENT_END_EVENT)
            document_end(&o);
        else
            value = false;
        if (event.type == YAML_DOCUMENT_START_EVENT)
            o = (struct object){ 0 };
        end = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    (void)fclose(f);
}

/* --- requests ------------------------------------------------------------------------------------ */

struct slot { CURL *easy; struct object *object; char body[BODY], sent[2048], url[512]; size_t n; };
static struct slot *slots;
static CURLM *multi;
static struct curl_slist *headers;

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    struct slot *s = user;
    if (s->n + size * n >= sizeof s->body)
        return 0;
    memcpy(s->body + s->n, data, size * n);
    s->n += size * n;
    return size * n;
}

static void start(struct slot *s, struct object *o, bool write)
{
    s->object = o;
    s->n = 0;
    (void)snprintf(s->url, sizeof s->url, "%s/v1/environments/%s/notificationsSettings/instantMessagingDeliverySettings/whatsApp", api_url,
                   o->field[ENVIRONMENT]);
    curl_easy_setopt(s->easy, CURLOPT_URL, s->url);
    curl_easy_setopt(s->easy, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, write ? "PUT" : NULL);
    if (write)
        curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, s->sent);
    curl_multi_add_handle(multi, s->easy);
}

static bool same_text(const json_t *j, const char *member, const char *want)
{
    const char *is = json_string_value(json_object_get(j, member));
    return is && want && strcmp(is, want) == 0;
}

static bool same_digits(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a && (*a < '0' || *a > '9'))
            a++;
        while (*b && (*b < '0' || *b > '9'))
            b++;
        if (*a != *b || !*a)
            return *a == *b;
    }
}

static bool same(const struct slot *s, const json_t *j)
{
    char *const *want = s->object->field;
    const json_t *number = json_array_get(json_object_get(j, "numbers"), 0);
    const char *is = json_string_value(json_object_get(number, "number"));
    return same_text(j, names[PROVIDER], want[PROVIDER]) && same_text(j, names[BUSINESS], want[BUSINESS]) && same_text(j, names[APP], want[APP]) && is &&
           same_digits(is, want[NUMBER]) && json_is_true(json_object_get(number, "selected"));
}

static void make_body(struct slot *s, const json_t *live)
{
    char *const *want = s->object->field;
    json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s, s:O}", names[PROVIDER], want[PROVIDER], names[BUSINESS], want[BUSINESS], names[APP], want[APP],
                          names[SECRET], "bench-secret", names[TOKEN], "bench-secret", "numbers", json_object_get(live, "numbers"));
    size_t n = json_dumpb(j, s->sent, sizeof s->sent - 1, JSON_COMPACT);
    s->sent[n < sizeof s->sent ? n : 0] = '\0';
    json_decref(j);
}

/* Returns true when the slot is taken by a write that follows. */
static bool answered(struct slot *s, CURLcode code, bool writes)
{
    json_error_t error;
    long status = 0;
    curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    json_t *j = code == CURLE_OK && status == 200 ? json_loadb(s->body, s->n, 0, &error) : NULL;
    if (!j)
        fail("an answer cannot be used");
    bool differs = !same(s, j), write = differs && writes && !s->object->differs;
    if (write)
        make_body(s, j);
    n_differ += differs && !s->object->differs;
    s->object->differs = differs;
    json_decref(j);
    if (write)
        start(s, s->object, true);
    return write;
}

static void slots_make(size_t connections)
{
    slots = calloc(connections, sizeof *slots);
    multi = curl_multi_init();
    headers = curl_slist_append(NULL, "Authorization: Bearer bench-token");
    headers = curl_slist_append(headers, "Content-Type: application/json");
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)connections);
    for (size_t i = 0; i < connections; i++) {
        slots[i].easy = curl_easy_init();
        curl_easy_setopt(slots[i].easy, CURLOPT_PRIVATE, &slots[i]);
        curl_easy_setopt(slots[i].easy, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(slots[i].easy, CURLOPT_WRITEDATA, &slots[i]);
        curl_easy_setopt(slots[i].easy, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(slots[i].easy, CURLOPT_NOSIGNAL, 1L);
    }
}

static void pass(size_t connections, bool writes)
{
    size_t next = 0, flying = 0;
    int running, left;
    while (next < n_objects && flying < connections)
        start(&slots[flying++], &objects[next++], false);
    while (flying) {
        bool moved = false;
        curl_multi_perform(multi, &running);
        for (CURLMsg *m; (m = curl_multi_info_read(multi, &left));) {
            struct slot *s;
            CURLcode code = m->data.result;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&s);
            curl_multi_remove_handle(multi, s->easy);
            moved = true;
            if (answered(s, code, writes))
                continue;
            if (next < n_objects)
                start(s, &objects[next++], false);
            else
                flying--;
        }
        if (flying && !moved)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
}

static void release(size_t connections)
{
    for (size_t i = 0; i < connections; i++)
        curl_easy_cleanup(slots[i].easy);
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    curl_global_cleanup();
}

int main(int argc, char **argv)
{
    size_t connections = 50;
    bool writes = false;
    for (int o; (o = getopt(argc, argv, "c:w")) >= 0;) {
        if (o == 'c')
            connections = strtoul(optarg, NULL, 10);
        else if (o == 'w')
            writes = true;
        else
            fail("floor [-c CONNECTIONS] [-w] FILE...");
    }
    if (connections < 1 || connections > MOST_CONNECTIONS)
        fail("1 to 256 connections");
    for (int i = optind; i < argc; i++)
        load(argv[i]);
    if (!api_url)
        fail("no account");
    curl_global_init(CURL_GLOBAL_ALL);
    slots_make(connections);
    pass(connections, writes);
    release(connections);
    (void)printf("%zu objects, %zu differ\n", n_objects, n_differ);
    return 0;
}
