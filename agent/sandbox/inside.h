/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the sandbox's own files share; nothing outside sandbox/ includes this.
 *
 * A request lives from its first line until its answer is sent; everything hung on it is in its arena. server.c reads it,
 * faults.c decides what will go wrong with it, api.c finds the provider, the provider's file fills the answer,
 * deliver.c sends it. Provider files know requests, answers and state; of HTTP's wire they know nothing.
 */
#ifndef SANDBOX_INSIDE_H
#define SANDBOX_INSIDE_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "sandbox/fault.h"
#include "sandbox/sandbox.h"

struct MHD_Connection;

enum { LARGEST_BODY = 1 << 20, LARGEST_STATE = 64 << 20, MOST_HEADERS = 100, MOST_PARTS = 12, MOST_ANSWER_HEADERS = 8 };

struct pair { const char *name, *value; };

struct answer {
    int status;                             /* 0 until somebody answered */
    const char *type;                       /* Content-Type, or NULL */
    char *body;                             /* malloc'ed */
    size_t n_body;
    struct pair headers[MOST_ANSWER_HEADERS];
    size_t n_headers;
};

struct request {
    struct sandbox *box;
    struct MHD_Connection *connection;
    struct arena arena;
    const char *method, *target;            /* target as sent, query included */
    const char *path;                       /* decoded */
    const char *part[MOST_PARTS];           /* path, split at '/', each decoded: "/a/b" is "a", "b" */
    size_t n_parts;
    const char *query;                      /* behind '?', as sent, or "" */
    struct pair headers[MOST_HEADERS];
    size_t n_headers;
    struct buf body;
    json_t *json;                           /* the body, once request_json() has read it */
    struct answer answer;
    struct faults faults;                   /* what shall go wrong with it */
    bool bad, started, decided, waited, answered;
    const struct api *api;                  /* which provider, or NULL */
};

/* request.c: reading */
bool request_split(struct request *r);      /* target to path, parts, query; false: not a proper target */
const char *request_header(const struct request *r, const char *name);        /* or NULL */
const char *request_query(struct request *r, const char *name);               /* decoded, or NULL */
const char *form_value(struct request *r, const char *form, const char *name);  /* of a=b&c=d text, decoded, or NULL */
json_t *request_json(struct request *r);    /* the body as a JSON object or array, or NULL; borrowed */
bool request_is_type(const struct request *r, const char *type);  /* application/json, without parameters */
const char *text_of(const json_t *object, const char *member);    /* string member, or NULL */
bool text_in(const char *text, const json_t *list);               /* is it in this JSON list of strings */
bool basic_credentials(struct request *r, const char **ret_user, const char **ret_password);
const char *base64_text(struct request *r, const char *base64, size_t *ret_n);  /* either alphabet; or NULL */
const char *digits_of(struct request *r, const char *text);
bool is_e164(const char *text);
bool is_web_url(const char *text);          /* http(s)://host..., no blank or control character */
const json_t *first_unknown(const json_t *object, const char *const *known, const char **ret_name);
const char *random_id(struct request *r);   /* a new UUID */
const char *now_text(struct request *r, bool milliseconds);

/* request.c: answering */
void reply_json(struct request *r, int status, json_t *body);    /* takes the body */
void reply_text(struct request *r, int status, const char *type, const char *body);
void reply_header(struct request *r, const char *name, const char *value);   /* value outlives the request's arena use */
void reply_clear(struct request *r);
void reply_method(struct request *r, const char *allow);         /* 405 in the provider's form */

/* state.c */
struct past;
struct state { json_t *root; struct past *past; json_t *index; };
int state_load(struct state *s, json_t *root, struct err *err);   /* borrowed root, or NULL: all defaults */
void state_end(struct state *s);
json_t *state_group(const struct request *r, const char *name);         /* borrowed */
json_t *state_child(json_t *parent, const char *name);                  /* an object member, made when it is not there */
const char *setting_text(const json_t *group, const char *name, const char *otherwise);
bool setting_flag(const json_t *group, const char *name, bool otherwise);
long setting_number(const json_t *group, const char *name, long otherwise);
bool state_open(const json_t *group);
/* Stores value (taken; NULL removes) in parent under key, unless the request's answer shall be a lie; with a lag, reads
 * go on showing what was there. Values are replaced, never changed in place, so that a lag has something to show. */
void state_keep(struct request *r, json_t *parent, const char *key, json_t *value);
const json_t *state_seen(const struct request *r, json_t *parent, const char *key);   /* what a read shows; or NULL */
/* What a read of the whole shows, oldest first: an object of borrowed meaning that the caller releases. */
json_t *state_seen_all(const struct request *r, json_t *parent);

/* log.c */
struct request_log;
struct request_log *request_log_new(void);
void request_log_free(struct request_log *log);
void request_log_add(struct request_log *log, const struct request *r);
json_t *request_log_json(const struct request_log *log, bool raw);
void request_log_clear(struct request_log *log);

/* api.c */
struct api {
    const char *name;                       /* first part of the path */
    void (*handle)(struct request *r);
    void (*fail)(struct request *r, int status);   /* any failure, in the provider's own form */
};
const struct api *api_find(const char *name);
void control_handle(struct request *r);     /* control.c: /_sandbox */
void kaleyra_handle(struct request *r);
void kaleyra_fail(struct request *r, int status);
void voltmx_handle(struct request *r);
void voltmx_fail(struct request *r, int status);
void pingone_handle(struct request *r);
void pingone_token(struct request *r);
void pingone_fail(struct request *r, int status);
void pingone_token_fail(struct request *r, int status);
void kapso_handle(struct request *r);
void kapso_fail(struct request *r, int status);
void webexconnect_handle(struct request *r);
void webexconnect_fail(struct request *r, int status);
json_t *pingone_default_inventory(void);

/* deliver.c */
enum delivered { DELIVERED, DELIVER_CLOSE, DELIVER_WAIT };
enum delivered deliver_answer(struct request *r);  /* answers a request whose body is complete; WAIT: it will be called again */

/* server.c */
struct sandbox {
    struct MHD_Daemon *daemon;
    int listen_fd, epoll_fd;
    uint16_t port;
    char url[80];
    bool raw;                               /* WACONF_SANDBOX_RAW=1 */
    struct state state;
    struct fault_rules rules;
    struct request_log *log;
    struct timer { int64_t due; struct MHD_Connection *connection; } *timers;   /* latest first */
    size_t n_timers, cap_timers;
};
void wake_later(struct sandbox *box, struct MHD_Connection *connection, int64_t ms);  /* suspends it for so long */

#endif
