/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists: texts, records with rows of their own, and the selection from a provider's inventory. */
#include <stdio.h>

#include "base/mem.h"
#include "model/type.h"
#include "model/type_private.h"

static void find(struct diags *d, struct str address, const char *code, struct loc at, const char *what, const char *mend)
{
    struct diag *item = diag_add(d, SEVERITY_ERROR, code, at, "%s", what);
    item->address = arena_str(&d->arena, address);
    diag_hint(d, item, "%s", mend);
}

static bool count_right(const struct field *f, const struct value *v, struct str address, struct diags *d)
{
    char what[256];
    if (f->max && v->n > f->max) {
        (void)snprintf(what, sizeof what, "'%s' has %u entries; the provider takes %zu.", field_name(f), v->n, f->max);
        find(d, address, "E308", v->at, what, "Remove some.");
        return false;
    }
    if (v->n < f->min) {
        (void)snprintf(what, sizeof what, v->n ? "'%s' has %u entries; the provider wants %zu at least." : "'%s' has no entry.",
                       field_name(f), v->n, f->min);
        find(d, address, "E308", v->at, what, v->n ? "Add some." : "Write at least one entry, or remove the key.");
        return false;
    }
    return true;
}

/* --- records ----------------------------------------------------------------------------------- */

static const struct field *item_field(const struct field *rows, struct str name)
{
    for (; rows->path; rows++)
        if (str_is(name, field_name(rows)))
            return rows;
    return NULL;
}

static bool check_member(const struct field *f, const struct value *member, struct str address, struct diags *d)
{
    const char *names[32];
    char what[512], mend[256] = "Remove it.";
    size_t n = 0;
    const struct field *row = item_field(f->items, value_key(member));
    if (row)
        return type_check(row, member, address, d);
    for (const struct field *r = f->items; r->path && n < COUNT(names); r++)
        names[n++] = field_name(r);
    const char *near = d->n < DIAGS_MAX ? str_nearest(value_key(member), names, n) : NULL;
    if (near)
        (void)snprintf(mend, sizeof mend, "Did you mean '%s'?", near);
    (void)snprintf(what, sizeof what, "'%s' is not a field of an entry of '%s'.", type_short(value_key(member)).p, field_name(f));
    find(d, address, "E301", member->at, what, mend);
    return false;
}

static bool states(const struct value *entry, const char *path)
{
    return value_member(entry, str_of(path[0] == '/' ? path + 1 : path)) != NULL;
}

static bool check_rule(const struct rule *r, const struct value *entry, struct str address, struct diags *d)
{
    static const char *const wants[] = {
        [RULE_ONE_OF] = "exactly one", [RULE_ANY_OF] = "at least one", [RULE_TOGETHER] = "all or none", [RULE_NEEDS] = "all",
    };
    char what[512];
    size_t stated = 0, n = 0, at = 0;
    for (; n < COUNT(r->paths) && r->paths[n]; n++)
        stated += states(entry, r->paths[n]);
    if (rule_holds(r, stated, n, states(entry, r->paths[0])))
        return true;
    at = (size_t)snprintf(what, sizeof what, "This entry needs %s of ", wants[r->type]);
    for (size_t i = 0; i < n && at < sizeof what; i++)
        at += (size_t)snprintf(what + at, sizeof what - at, "%s'%s'", i ? ", " : "",
                               r->paths[i][0] == '/' ? r->paths[i] + 1 : r->paths[i]);
    if (at < sizeof what)
        (void)snprintf(what + at, sizeof what - at, " and has %s.", stated == 0 ? "none" : stated == n ? "all" : "only some");
    find(d, address, "E312", entry->at, what, r->why ? r->why : "");
    return false;
}

static bool check_record(const struct field *f, const struct value *entry, struct str address, struct diags *d)
{
    char what[256], mend[256];
    bool right = true;
    if (entry->type == VALUE_REFERENCE)
        return true;
    if (entry->type != VALUE_MAP) {
        (void)snprintf(what, sizeof what, "An entry of '%s' must be a map of fields.", field_name(f));
        (void)snprintf(mend, sizeof mend, "Write `- %s: ...` and the other fields beneath it.", field_name(f->items));
        find(d, address, "E304", entry->at, what, mend);
        return false;
    }
    for (size_t i = 0; i < entry->n; i++)
        right &= check_member(f, &entry->items[i], address, d);
    for (const struct field *row = f->items; row->path; row++) {
        if (!(row->flags & FIELD_REQUIRED) || value_member(entry, str_of(field_name(row))))
            continue;
        (void)snprintf(what, sizeof what, "This entry of '%s' lacks '%s'.", field_name(f), field_name(row));
        find(d, address, "E311", entry->at, what, "Add it.");
        right = false;
    }
    for (const struct rule *r = f->item_rules; r && r->type != RULE_NONE; r++)
        right &= check_rule(r, entry, address, d);
    return right;
}

/* --- a selection names each thing once ------------------------------------------------------------ */

static struct str member_text(const struct value *entry, const char *name)
{
    const struct value *v = value_member(entry, str_of(name));
    return v && v->type == VALUE_TEXT ? v->text : (struct str){ 0 };
}

static struct str digits_of(struct arena *a, struct str text)
{
    struct str all = number_normal(a, text);
    return str_starts(all, STR("+")) ? str_skip(all, 1) : all;
}

static bool check_once(const struct field *f, const struct value *v, struct str address, struct diags *d)
{
    auto_arena a = { 0 };
    char what[256];
    bool right = true;
    for (size_t i = 1; i < v->n; i++) {
        struct str id = member_text(&v->items[i], "numberId"), number = digits_of(&a, member_text(&v->items[i], "number"));
        const struct value *first = NULL;
        for (size_t k = 0; k < i && !first; k++)
            if ((id.n && str_eq(id, member_text(&v->items[k], "numberId"))) ||
                (number.n && str_eq(number, digits_of(&a, member_text(&v->items[k], "number")))))
                first = &v->items[k];
        if (!first)
            continue;
        (void)snprintf(what, sizeof what, "This entry of '%s' names what the entry in line %u names.", field_name(f), first->at.line);
        find(d, address, "E315", v->items[i].at, what, "Remove one of them.");
        right = false;
    }
    return right;
}

/* --- all lists --------------------------------------------------------------------------------- */

/* An entry of a list of texts obeys a row like any text, but min and max of the field count entries. */
static bool check_string(const struct field *f, const struct value *entry, struct str address, struct diags *d)
{
    struct field one = { .path = f->path, .type = f->choices ? &type_choice : &type_text, .flags = f->flags, .choices = f->choices, .min = 1 };
    return type_check(&one, entry, address, d);
}

/* Keys are the user's, values are one line of text. */
bool map_check(const struct field *f, const struct value *v, struct str address, struct diags *d)
{
    const struct field one = { .path = f->path, .type = &type_text, .max = 253 };
    char what[256];
    if (v->type != VALUE_MAP) {
        (void)snprintf(what, sizeof what, "'%s' must be a map.", field_name(f));
        find(d, address, "E304", v->at, what, "Write its members beneath it, indented, as `name: value`.");
        return false;
    }
    bool right = count_right(f, v, address, d);
    for (size_t i = 0; i < v->n; i++) {
        const struct value key = { .type = VALUE_TEXT, .text = value_key(&v->items[i]), .at = v->items[i].at };
        right &= type_check(&one, &key, address, d) && type_check(&one, &v->items[i], address, d);
    }
    return right;
}

bool list_check(const struct field *f, const struct value *v, struct str address, struct diags *d)
{
    char what[256];
    if (v->type != VALUE_LIST) {
        (void)snprintf(what, sizeof what, "'%s' must be a list.", field_name(f));
        find(d, address, "E304", v->at, what, "Write one entry per line, each behind a dash, or [ENTRY, ENTRY].");
        return false;
    }
    bool right = count_right(f, v, address, d);
    for (size_t i = 0; i < v->n; i++)
        right &= f->items ? check_record(f, &v->items[i], address, d) : check_string(f, &v->items[i], address, d);
    return right && f->type == &type_selection ? check_once(f, v, address, d) : right;
}

static bool record_same(const struct field *f, const struct value *want, const struct value *seen)
{
    for (size_t i = 0; i < want->n; i++) {
        const struct field *row = item_field(f->items, value_key(&want->items[i]));
        const struct value *there = value_member(seen, value_key(&want->items[i]));
        if (!(row ? type_same(row, &want->items[i], there) : value_equal(&want->items[i], there)))
            return false;
    }
    return true;
}

bool list_same(const struct field *f, const struct value *want, const struct value *seen)
{
    if (want->type != VALUE_LIST || seen->type != VALUE_LIST || want->n != seen->n)
        return false;
    for (size_t i = 0; i < want->n; i++)
        if (!(f->items ? record_same(f, &want->items[i], &seen->items[i]) : value_equal(&want->items[i], &seen->items[i])))
            return false;
    return true;
}

/* --- a selection from the provider's inventory (pingone.md 3 and 6) ------------------------------- */

const struct value *selection_find(const struct value *inventory, const struct value *entry)
{
    auto_arena a = { 0 };
    struct str id = member_text(entry, "numberId"), number = digits_of(&a, member_text(entry, "number"));
    if (!inventory || inventory->type != VALUE_LIST)
        return NULL;
    for (size_t i = 0; i < inventory->n; i++) {
        const struct value *there = &inventory->items[i];
        struct str there_id = member_text(there, "numberId");
        if (id.n && there_id.n ? str_eq(id, there_id) :
            number.n && str_eq(number, digits_of(&a, member_text(there, "number"))))
            return there;
    }
    return NULL;
}

bool selection_agrees(const struct value *there, const struct value *entry)
{
    auto_arena a = { 0 };
    struct str want = digits_of(&a, member_text(entry, "number")), have = digits_of(&a, member_text(there, "number"));
    return !want.n || !have.n || str_eq(want, have);
}

bool selection_selected(const struct value *entry)
{
    const struct value *v = value_member(entry, STR("selected"));
    if (!v || v->type == VALUE_NULL)
        return true;
    return v->type == VALUE_BOOL ? v->flag : str_is(v->text, "true");
}

/* Every entry that one side selects is selected on the other. */
static bool covers(const struct value *a, const struct value *b)
{
    for (size_t i = 0; i < a->n; i++) {
        if (!selection_selected(&a->items[i]))
            continue;
        const struct value *there = selection_find(b, &a->items[i]);
        if (!there || !selection_selected(there))
            return false;
    }
    return true;
}

static bool selection_same(const struct field *f, const struct value *want, const struct value *seen)
{
    (void)f;
    return want->type == VALUE_LIST && seen->type == VALUE_LIST && covers(want, seen) && covers(seen, want);
}

const struct type type_strings = { .name = "list of texts", .shape = SHAPE_LIST };
const struct type type_map = { .name = "map of texts", .shape = SHAPE_MAP };
const struct type type_records = { .name = "list of entries", .shape = SHAPE_LIST };
const struct type type_selection = { .name = "selection", .shape = SHAPE_LIST, .same = selection_same };
