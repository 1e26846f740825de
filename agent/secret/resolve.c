/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secret/resolve.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "secret/fetch.h"
#include "secret/reference.h"

/* What a reference gave, or why it gave nothing: each is opened once, however many documents ask. */
struct got { int rc; struct str text; struct err err; };

struct resolver {
    const struct resolve_options *options;
    struct tree *tree;
    struct diags *diags;
    struct object *object;
    struct map seen;             /* text of the reference (and directory, for relative files) -> struct got */
    struct arena scratch;
    bool plain;                  /* only what is not secret; the rest is left alone */
    bool failed;
    bool changed;                /* something in the slot under way */
};

static void complain(struct resolver *r, const char *code, const struct value *v, const char *message, const char *hint)
{
    char first = message[0];
    if (first >= 'a' && first <= 'z')
        first = (char)(first - 'a' + 'A');
    struct diag *item = diag_add(r->diags, SEVERITY_ERROR, code, v->at, "%c%s.", first, message + 1);
    item->address = arena_str(&r->diags->arena, r->object->address);
    diag_hint(r->diags, item, "%s", hint);
    r->failed = true;
}

/* --- what is not secret ------------------------------------------------------------------------------------- */

static const struct variable *find_variable(const struct resolver *r, struct str name)
{
    for (size_t i = r->options->n_variables; i-- > 0;) /* the last one given wins */
        if (str_eq(r->options->variables[i].name, name))
            return &r->options->variables[i];
    return NULL;
}

/* One placeholder, without its braces. 1 and *ret; 0 when a variable is missing and may be; -1 said. */
static int placeholder(struct resolver *r, const struct value *v, struct str name, struct str *ret)
{
    struct str what, key;
    bool colon = str_cut(name, ':', &what, &key);
    if (!colon && str_is(name, "name")) {
        *ret = r->object->name;
        return 1;
    }
    if (colon && str_is(what, "label")) {
        for (size_t i = 0; i < r->object->n_labels; i++)
            if (str_eq(r->object->labels[i].key, key)) {
                *ret = r->object->labels[i].value;
                return 1;
            }
        complain(r, "E466", v, arena_printf(&r->scratch, "the format uses the label '%.*s', which this document has not", ARG(key)).p,
                 "Add it under metadata.labels.");
        return -1;
    }
    if (colon && str_is(what, "var")) {
        const struct variable *variable = find_variable(r, key);
        if (variable) {
            *ret = variable->value;
            return 1;
        }
        if (!r->plain)
            complain(r, "E466", v, arena_printf(&r->scratch, "the format uses the variable '%.*s', which is not set", ARG(key)).p,
                     arena_printf(&r->scratch, "Give it with --var %.*s=VALUE or --var-file.", ARG(key)).p);
        return r->plain ? 0 : -1;
    }
    complain(r, "E405", v, arena_printf(&r->scratch, "the format has the unknown placeholder '{%.*s}'", ARG(name)).p,
             "Placeholders are {name}, {label:KEY} and {var:NAME}; a brace itself can only come from a variable.");
    return -1;
}

/* Text built from the template; only braces mean anything in it. Returns as placeholder(). */
static int build(struct resolver *r, const struct value *v, struct buf *out)
{
    struct str left = v->text, value;
    int all = 1;
    while (left.n) {
        size_t plain = 0;
        while (plain < left.n && left.p[plain] != '{' && left.p[plain] != '}')
            plain++;
        buf_add(out, str_head(left, plain));
        left = str_skip(left, plain);
        if (!left.n)
            break;
        const char *end = left.p[0] == '{' ? memchr(left.p, '}', left.n) : NULL;
        if (!end) {
            complain(r, "E405", v, "the format has a brace without its partner", "Placeholders are {name}, {label:KEY} and {var:NAME}; a brace itself can only come from a variable.");
            return -1;
        }
        int got = placeholder(r, v, (struct str){ left.p + 1, (size_t)(end - left.p - 1) }, &value);
        if (got < all)
            all = got;
        if (got == 1)
            buf_add(out, value);
        left = str_skip(left, (size_t)(end - left.p) + 1);
    }
    if (all == 1 && out->full) {
        complain(r, "E465", v, "the text built by the format is larger than 64 KiB", "Shorten it.");
        return -1;
    }
    return all;
}

static void replace_plain(struct resolver *r, const struct field *f, struct value *v, struct str text)
{
    *v = (struct value){ .type = VALUE_TEXT, .text = arena_str(&r->tree->arena, text), .key = v->key, .at = v->at, .inherited = v->inherited };
    if (f->type->shape == SHAPE_BOOL && (str_is(text, "true") || str_is(text, "false"))) {
        v->type = VALUE_BOOL;
        v->flag = str_is(text, "true");
    }
    r->changed = true;
}

static void resolve_format(struct resolver *r, const struct field *f, struct value *v)
{
    auto_buf out = buf_init(RESOLVE_MAX_SECRET);
    if (reference_field_secret(f)) {
        complain(r, "E402", v, arena_printf(&r->scratch, "'%s' is secret and takes no format", field_name(f)).p, "Use { from: \"env:NAME\" } or its kin.");
        return;
    }
    if (build(r, v, &out) == 1)
        replace_plain(r, f, v, buf_str(&out));
}

/* --- secrets ---------------------------------------------------------------------------------------------- */

static int fetch(struct resolver *r, const struct reference *what, const struct value *v, struct str *ret, struct err *err)
{
    const struct resolve_options *o = r->options;
    switch (what->scheme) {
    case SCHEME_ENV:  return fetch_environment(what->rest, o->vault, ret, err);
    case SCHEME_FILE: return fetch_file(what->rest, v->at.file, o->trust, o->vault, ret, err);
    case SCHEME_CRED: return fetch_credential(what->rest, o->vault, ret, err);
    default:          return fetch_program(what->rest, o->trust, o->exec_timeout_ms > 0 ? o->exec_timeout_ms : RESOLVE_EXEC_MS, o->vault, ret, err);
    }
}

static const struct got *fetch_once(struct resolver *r, const struct reference *what, const struct value *v)
{
    struct str key = v->text, path;
    if (what->scheme == SCHEME_FILE && reference_path(what->rest, v->at.file, &r->scratch, &path))
        key = arena_printf(&r->scratch, "file:%s", path.p);
    struct got *got = map_get(&r->seen, key);
    if (!got) {
        got = ARENA_NEW(&r->scratch, struct got);
        got->rc = fetch(r, what, v, &got->text, &got->err);
        (void)map_add(&r->seen, key, got);
    }
    return got;
}

/* Why this text cannot be a secret of this field, or NULL. Never quotes it. */
static const char *unfit(const struct field *f, struct str text)
{
    if (!text.n)
        return "is empty";
    if (memchr(text.p, '\0', text.n))
        return "holds a NUL byte";
    if (!f->type->multiline && text.p[text.n - 1] == '\r')
        return "ends in a carriage return (a file with Windows line ends?)";
    if (!f->type->multiline && (memchr(text.p, '\n', text.n) || memchr(text.p, '\r', text.n)))
        return "holds a line break";
    return utf8_valid(text) ? NULL : "is not UTF-8 text";
}

static void replace_secret(struct resolver *r, const struct field *f, struct value *v, struct str text)
{
    const char *why = unfit(f, text);
    if (why) {
        complain(r, "E465", v, arena_printf(&r->scratch, "what '%.*s' gave for '%s' %s", ARG(v->text), field_name(f), why).p,
                 "Store the bare value; only one line feed at its end is taken off.");
        return;
    }
    *v = (struct value){ .type = VALUE_TEXT, .secret = true, .quoted = true, .text = text, .key = v->key, .at = v->at, .inherited = v->inherited };
    r->changed = true;
}

static void resolve_variable(struct resolver *r, const struct field *f, struct value *v, struct str name)
{
    const struct variable *variable = find_variable(r, name);
    if (reference_field_secret(f))
        complain(r, "E402", v, arena_printf(&r->scratch, "'%s' is secret, and variables are not: they stand on command lines", field_name(f)).p,
                 "Use env:, file:, cred: or exec:.");
    else if (!variable && !r->plain)
        complain(r, "E466", v, arena_printf(&r->scratch, "the variable '%.*s' is not set", ARG(name)).p,
                 arena_printf(&r->scratch, "Give it with --var %.*s=VALUE or --var-file.", ARG(name)).p);
    else if (variable)
        replace_plain(r, f, v, variable->value);
}

static void resolve_reference(struct resolver *r, const struct field *f, struct value *v)
{
    struct reference what;
    struct problem problem;
    if (!reference_parse(v->text, &what, &problem)) {
        complain(r, "E404", v, arena_printf(&r->scratch, "the reference for '%s' %s", field_name(f), problem.what).p, problem.mend);
        return;
    }
    if (!reference_opens(what.scheme)) {
        resolve_variable(r, f, v, what.rest);
        return;
    }
    if (!reference_field_secret(f)) {
        complain(r, "E402", v, arena_printf(&r->scratch, "'%s' is not secret, so '%.*s' would publish a secret", field_name(f), ARG(v->text)).p,
                 "Use var: or format, or write the value itself.");
        return;
    }
    if (r->plain)
        return;
    const struct got *got = fetch_once(r, &what, v);
    if (!got->rc) {
        replace_secret(r, f, v, got->text);
        return;
    }
    r->diags->trust |= got->err.is == ERR_TRUST;
    complain(r, got->err.code ? got->err.code : "E464", v, got->err.text, got->err.hint);
}

/* --- the tree --------------------------------------------------------------------------------------------- */

static void visit(void *ctx, const struct field *f, struct value *v)
{
    struct resolver *r = ctx;
    if (v->type == VALUE_FORMAT)
        resolve_format(r, f, v);
    else
        resolve_reference(r, f, v);
}

static void resolve_object(struct resolver *r, struct object *o)
{
    r->object = o;
    for (size_t i = 0; o->kind->fields[i].path; i++) {
        if (!o->slot[i])
            continue;
        r->changed = false;
        reference_each(&o->kind->fields[i], o->slot[i], visit, r);
        if (r->changed && (!type_check(&o->kind->fields[i], o->slot[i], o->address, r->diags) ||
                           !origin_check(&o->kind->fields[i], o->slot[i], o->address, r->diags)))
            r->failed = true;
    }
}

static bool resolve_all(struct resolver *r)
{
    for (size_t i = 0; i < r->tree->n + r->tree->n_alerts; i++) {
        struct object *o = i < r->tree->n ? r->tree->objects[i] : r->tree->alerts[i - r->tree->n];
        if (r->plain || (o->targeted && o->lifecycle != LIFECYCLE_SUSPENDED))
            resolve_object(r, o);
    }
    map_release(&r->seen);
    arena_release(&r->scratch);
    return !r->failed;
}

bool resolve_tree(const struct resolve_options *o, struct tree *tree, struct diags *diags)
{
    struct resolver r = { .options = o, .tree = tree, .diags = diags };
    return resolve_all(&r);
}

void resolve_plain(const struct resolve_options *o, struct tree *tree, struct diags *diags)
{
    struct resolver r = { .options = o, .tree = tree, .diags = diags, .plain = true };
    (void)resolve_all(&r);
}
