/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows: what a provider's configuration consists of, and how it is read and written. One table of `struct field`
 * per kind gives an object's slots their meaning, and everything reads those rows: validation, JSON Schema, diff,
 * encoding, decoding, display, import, redaction, guards, the manual's tables. A provider is one const struct at the
 * end of one file in provider/; that folder is the registry (wire/registry.h).
 *
 * Pointers are JSON Pointers without escapes ("/properties/Auth Token"). URL templates name fields of the object, then of its
 * account, by their last part ("{base_url}/v1/{sid}/whatsapp/number"); `{id}` is the provider's own id. Every
 * expansion is percent-encoded, except that of a web address at the very start.
 */
#ifndef MODEL_PROVIDER_H
#define MODEL_PROVIDER_H

#include "base/err.h"
#include "model/type.h"

/* Guard classes, contract 6: what a change can do to people. Ordered: a change has its highest. */
enum __attribute__((packed)) guard { GUARD_COSMETIC, GUARD_VISIBLE, GUARD_REACH, GUARD_COUNT };
extern const char *const guard_names[GUARD_COUNT];          /* "cosmetic", "visible", "reach" */

enum field_flag {
    FIELD_REQUIRED   = 1u << 0,
    FIELD_KEY        = 1u << 1,  /* part of the natural key: names the object at the provider */
    FIELD_SECRET     = 1u << 2,  /* takes { from: }; never shown */
    FIELD_WRITE_ONLY = 1u << 3,  /* answers do not show it (if one does, unmasked, it is compared all the same) */
    FIELD_IMMUTABLE  = 1u << 4,  /* differing is an error, not a change */
    FIELD_OURS       = 1u << 5,  /* not the provider's: never in a body (account, not_after, config_id) */
    FIELD_CLEARABLE  = 1u << 6,  /* null is allowed and clears it */
    FIELD_CREATE     = 1u << 7,  /* needed to create the object */
    FIELD_CREATE_ONLY= 1u << 8,  /* only in the URL or body of the create */
    FIELD_PAIR       = 1u << 9,  /* on the wire a { "key": last part, "value": ... } in the list at the parent */
    FIELD_ORIGIN     = 1u << 10, /* an account's URL: its origin gets credentials, so it must be trusted */
    FIELD_TENANT     = 1u << 11, /* part of the tenant in state keys (sid, environment, customer) */
    FIELD_ALWAYS     = 1u << 12, /* sent with every write, changed or not (Kaleyra's wa_number) */
    FIELD_CLAIM      = 1u << 13, /* two documents of one kind and origin with one value are an error */
    FIELD_NUMBER     = 1u << 14, /* a phone number: declared in two groups is a warning */
    FIELD_HOOK       = 1u << 15, /* a webhook URL: not https is a warning */
    FIELD_INVENTORY  = 1u << 16, /* what the kind's selection is chosen from may change with it */
    FIELD_OWNER      = 1u << 17, /* and what was selected before is certainly not for the new one */
};

struct field {
    const char *path;            /* "/about"; NULL ends a table */
    const struct type *type;
    unsigned flags;              /* of enum field_flag */
    enum guard guard;
    size_t min, max;             /* characters of a text, items of a list; 0 = no limit */
    const char *const *choices;  /* type_choice, NULL-terminated */
    const struct field *items;   /* type_records, type_selection: rows of one item */
    const struct rule *item_rules;
    const char *wire;            /* JSON Pointer in bodies; NULL: the path */
    const char *fallback;        /* accounts: default, a URL template over the account's fields */
    const char *origin;          /* secret account fields: path of the URL they go to; NULL: the first FIELD_ORIGIN */
    const char *help;            /* one sentence; provider's limits and source in words a user can use */
    const char *example;
};

/* Rows that every account, and every object, has. */
#define ACCOUNT_LIMITS \
    { "/limits/requests_per_second", &type_rate, FIELD_OURS, .help = "Steady pace for this account. Without it only parallelism and answers of the provider limit it.", .example = "5" }, \
    { "/limits/concurrency", &type_count, FIELD_OURS, .help = "Requests of this account in flight at once.", .example = "2" }, \
    { "/timeout", &type_duration, FIELD_OURS, .help = "Longest time for one request of this account; 30s when not stated.", .example = "30s" }
#define FIELD_OF_ACCOUNT \
    { "/account", &type_text, FIELD_REQUIRED | FIELD_OURS, .min = 1, .max = 63, .help = "Name of the Account document of the same group.", .example = "india" }

/* What several fields must satisfy together; a table ends with { RULE_NONE }. Paths may name a group ("/auth/basic"),
 * which is stated when any field below it is. */
enum rule_type { RULE_NONE, RULE_ONE_OF, RULE_ANY_OF, RULE_TOGETHER, RULE_NEEDS };
struct rule {
    enum rule_type type;         /* exactly one; at least one; all or none; the first needs the others */
    const char *paths[12];
    const char *why;             /* ends the message: "Kaleyra takes an update with at least one field." */
};

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_COUNT };
extern const char *const method_names[METHOD_COUNT];

enum send { SEND_CHANGED, SEND_WHOLE };  /* changed fields only; the whole document with live values of undeclared ones */

struct op {
    enum method method;
    const char *url;             /* template; NULL: there is no such operation */
    const char *envelope;        /* member that wraps the body, or NULL */
    const char *at;              /* where the object sits in the answer ("/data"), "" = the answer itself */
    bool shows;                  /* the answer shows the stored object, so no read-back is needed */
    bool opaque;                 /* the success body need not parse: the status decides (Volt MX) */
    const char *type;            /* Content-Type of the body; NULL: application/json */
};

struct list_op {                 /* a paged collection */
    const char *url;             /* NULL: none */
    const char *items;           /* pointer to the array */
    const char *page, *size;     /* query parameters */
    unsigned largest;            /* largest page size */
    const char *pages;           /* pointer to the number of pages */
    const char *id;              /* pointer to the id inside an item */
};

enum life {
    LIFE_SINGLETON,              /* at a fixed URL; 404 or an empty answer means not configured yet */
    LIFE_UNREADABLE,             /* exists, can be written, never read: last sent values stand in (Kaleyra) */
    LIFE_COLLECTION,             /* created, listed, deleted; has an id of the provider's */
    LIFE_EVENT,                  /* a message: sent at most once per destination */
    LIFE_ACCOUNT                 /* where and as whom to call */
};

struct kind {
    const char *name;            /* "NumberProfile"; NULL ends a table */
    const struct field *fields;  /* in the order in which people see them */
    const struct rule *rules;    /* or NULL */
    enum life life;
    enum send send;
    struct op read, create, update, erase;
    struct list_op list;
    const char *configured;      /* LIFE_SINGLETON: the answer must have this member to count as configured */
    const char *fixed;           /* JSON merged into every body ({"deliverychannel":"whatsapp"}), or NULL */
    const char *each;            /* LIFE_EVENT: the list field of which each entry is one request ("/destination") */
    bool masks;                  /* answers may show any text masked (Volt MX); elsewhere only secrets are taken for masked */
    const char *help, *doc;      /* one sentence; URL of the provider's reference */
    const char *unseen;          /* what cannot be observed, for README and `providers`; or NULL */
};

enum auth_type {
    AUTH_HEADER,                 /* `header`: prefix + secret */
    AUTH_BASIC,                  /* Authorization: Basic user:secret */
    AUTH_CLIENT_CREDENTIALS,     /* OAuth2 token from `url`, user = client id, style from the field `style` */
    AUTH_LOGIN,                  /* POST user and secret to `url`; token from the answer into `header` */
    AUTH_JWT                     /* HS256 with the base64-decoded secret, iss = user; Authorization: Bearer */
};
struct auth {                    /* a table ends with .secret == NULL; every row whose `when` is stated applies */
    enum auth_type type;
    const char *when;            /* path of a field or group; NULL: always */
    const char *secret;          /* path of the secret */
    const char *user;            /* path of the user, client id, issuer */
    const char *header, *prefix;
    const char *url;             /* template of the token or login URL */
    const char *style;           /* path of the field that says "basic" or "post" */
    const char *token, *expires; /* AUTH_LOGIN: pointers in the answer; expires in ms since 1970 */
};

/* How the provider says no. All are pointers into the answer, tried in order, NULL-terminated; the first that holds a
 * string or number is taken. */
struct error_shape {
    const char *code[5], *parameter[4], *message[6], *request_id[4];
};
struct error_class { const char *code; enum err_class is; bool again; };  /* again: a definite refusal worth a retry */

struct provider {
    const char *group, *version; /* apiVersion: group/version */
    const char *title;           /* "Kaleyra (Tata Communications)" */
    const struct kind *account;  /* life LIFE_ACCOUNT, named "Account" */
    const struct kind *kinds;
    const struct auth *auth;
    const char *const *origins;  /* documented https origins, NULL-terminated: trusted without being named */
    struct error_shape error;
    const struct error_class *error_classes;  /* by code; ends with .code NULL; may be NULL */
    const char *failed_if;       /* an answer that holds this is a failure whatever its status ("/error/code") */
    const char *ok_at[3], *ok_is;/* success needs one of these pointers to hold this text; or NULL */
    const char *doc;
};

/* The tables, walked. */
size_t kind_field_count(const struct kind *kind);
const struct field *kind_field(const struct kind *kind, struct str path);      /* NULL when there is none */
size_t kind_field_index(const struct kind *kind, const char *path);            /* the row must exist */
const char *field_name(const struct field *field);                             /* last part of the path */
/* Does a rule hold when `stated` of its `n` paths are stated, the first one among them or not? */
bool rule_holds(const struct rule *r, size_t stated, size_t n, bool first);
bool path_within(const char *path, const char *group);                         /* equal, or below "group/" */

#endif
