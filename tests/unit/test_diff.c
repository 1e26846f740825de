/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The three-way table of contract 5, row by row, for one field at a time. In a row a text stands for itself; "~" is null, "*" a live value that
 * is masked, "@..." a reference that nobody resolved (offline), and NULL means not there: not shown, never applied, not declared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "sync/work.h"

static const struct field rows[] = {
    { "/account", &type_text, FIELD_OURS },
    { "/plain", &type_text, 0, GUARD_COSMETIC },
    { "/reach", &type_text, FIELD_CLEARABLE, GUARD_REACH },
    { "/number", &type_e164, 0, GUARD_VISIBLE },
    { "/blind", &type_text, FIELD_WRITE_ONLY | FIELD_CLEARABLE, GUARD_VISIBLE },
    { "/hook", &type_url, FIELD_WRITE_ONLY | FIELD_CLEARABLE, GUARD_REACH },
    { "/secret", &type_text, FIELD_SECRET, GUARD_REACH },
    { "/token", &type_text, FIELD_SECRET | FIELD_WRITE_ONLY | FIELD_CLEARABLE, GUARD_REACH },
    { "/fixed", &type_text, FIELD_IMMUTABLE, GUARD_COSMETIC },
    { 0 }
};
static const struct kind kind = { .name = "Thing", .fields = rows, .life = LIFE_SINGLETON };

#define NONE WHY_COUNT
enum { ADOPT = 1, REWRITE = 2, RISKY = 4, BLIND = 8 /* before is not known */, SENT_AGAIN = 16, ADOPTED = 32, QUIET = 64 /* no write */ };

struct row {
    const char *what, *path, *live, *applied, *doubt, *want;
    enum why why;
    unsigned flags;          /* ADOPT and REWRITE go in, the rest comes out */
    const char *before;      /* plain fields: shown as before; NULL: nothing */
};

static const struct row table[] = {
    /* live known, plain */
    { "same", "/plain", "a", NULL, NULL, "a", NONE, QUIET, NULL },
    { "same, and applied was something else", "/plain", "a", "b", NULL, "a", NONE, QUIET, NULL },
    { "same by its type", "/number", "+91 90000-00001", NULL, NULL, "+919000000001", NONE, QUIET, NULL },
    { "never applied", "/plain", "a", NULL, NULL, "b", WHY_EDITED, 0, "a" },
    { "live is what was applied", "/plain", "a", "a", NULL, "b", WHY_EDITED, 0, "a" },
    { "live is what was applied, by its type", "/number", "+91 90000-00001", "+919000000001", NULL, "+919000000002", WHY_EDITED, 0, "+91 90000-00001" },
    { "live differs from both", "/plain", "x", "a", NULL, "b", WHY_DRIFT, 0, "x" },
    { "live differs, wanted is as applied", "/plain", "x", "a", NULL, "a", WHY_DRIFT, 0, "x" },
    { "not shown, never applied", "/plain", NULL, NULL, NULL, "b", WHY_EDITED, 0, NULL },
    { "not shown, and applied", "/plain", NULL, "b", NULL, "b", WHY_DRIFT, 0, NULL },
    { "cleared", "/reach", "a", "a", NULL, "~", WHY_CLEARED, RISKY, "a" },
    { "cleared, never applied", "/reach", "a", NULL, NULL, "~", WHY_CLEARED, RISKY, "a" },
    { "cleared and gone", "/reach", NULL, "~", NULL, "~", NONE, QUIET, NULL },
    { "a reach field that is set", "/reach", "a", "a", NULL, "b", WHY_EDITED, RISKY, "a" },
    { "a reach field that is not set", "/reach", NULL, NULL, NULL, "b", WHY_EDITED, 0, NULL },
    { "released", "/plain", "a", "a", NULL, NULL, WHY_RELEASED, QUIET, "a" },
    { "never ours", "/plain", "a", NULL, NULL, NULL, NONE, QUIET, NULL },
    { "adopt is for what cannot be seen", "/plain", "a", NULL, NULL, "b", WHY_EDITED, ADOPT, "a" },
    { "rewrite is for what cannot be seen", "/plain", "a", "a", NULL, "a", NONE, REWRITE | QUIET, NULL },
    /* live unknown, plain */
    { "never sent", "/blind", NULL, NULL, NULL, "a", WHY_FIRST_WRITE, BLIND, NULL },
    { "never sent, reach", "/hook", NULL, NULL, NULL, "https://a.example", WHY_FIRST_WRITE, BLIND | RISKY, NULL },
    { "never sent, adopted", "/hook", NULL, NULL, NULL, "https://a.example", WHY_UNVERIFIABLE, ADOPT | ADOPTED | BLIND | QUIET, NULL },
    { "last sent", "/blind", NULL, "a", NULL, "a", WHY_UNVERIFIABLE, QUIET, "a" },
    { "last sent, by its type", "/hook", NULL, "https://A.example/", NULL, "https://a.example", WHY_UNVERIFIABLE, QUIET, "https://A.example/" },
    { "last sent, adopt changes nothing", "/blind", NULL, "a", NULL, "a", WHY_UNVERIFIABLE, ADOPT | QUIET, "a" },
    { "last sent, sent again", "/blind", NULL, "a", NULL, "a", WHY_UNVERIFIABLE, REWRITE | SENT_AGAIN, "a" },
    { "last sent, sent again, reach", "/hook", NULL, "https://a.example", NULL, "https://a.example", WHY_UNVERIFIABLE, REWRITE | SENT_AGAIN | RISKY, "https://a.example" },
    { "last sent something else", "/blind", NULL, "a", NULL, "b", WHY_EDITED, 0, "a" },
    { "last sent something else, reach", "/hook", NULL, "https://a.example", NULL, "https://b.example", WHY_EDITED, RISKY, "https://a.example" },
    { "last sent something else, adopt changes nothing", "/blind", NULL, "a", NULL, "b", WHY_EDITED, ADOPT, "a" },
    { "cleared since", "/blind", NULL, "a", NULL, "~", WHY_CLEARED, 0, "a" },
    { "cleared before", "/blind", NULL, "~", NULL, "~", WHY_UNVERIFIABLE, QUIET, "~" },
    { "released, unseen", "/blind", NULL, "a", NULL, NULL, WHY_RELEASED, BLIND | QUIET, NULL },
    { "shown after all, same", "/blind", "a", "b", NULL, "a", NONE, QUIET, NULL },
    { "shown after all, drift", "/blind", "x", "a", NULL, "a", WHY_DRIFT, 0, "x" },
    /* a write whose outcome nobody recorded */
    { "in doubt, as wanted", "/blind", NULL, NULL, "a", "a", WHY_FIRST_WRITE, BLIND, NULL },
    { "in doubt: this very write was let pass", "/hook", NULL, NULL, "https://a.example", "https://a.example", WHY_FIRST_WRITE, BLIND, NULL },
    { "in doubt: another write was", "/hook", NULL, NULL, "https://b.example", "https://a.example", WHY_FIRST_WRITE, BLIND | RISKY, NULL },
    { "in doubt, and applied before as wanted", "/blind", NULL, "a", "b", "a", WHY_FIRST_WRITE, BLIND, "a" },
    { "in doubt, and applied before otherwise", "/blind", NULL, "a", "b", "b", WHY_EDITED, BLIND, "a" },
    { "in doubt is not adopted", "/blind", NULL, NULL, "a", "a", WHY_FIRST_WRITE, ADOPT | BLIND, NULL },
    { "in doubt, and seen", "/plain", "b", "a", "b", "b", NONE, QUIET, NULL },
    /* secrets */
    { "a secret that is shown, same", "/secret", "s1", NULL, NULL, "s1", NONE, QUIET, NULL },
    { "a secret that is shown, never applied", "/secret", "s1", NULL, NULL, "s2", WHY_EDITED, RISKY, NULL },
    { "a secret that is shown, changed here", "/secret", "s1", "s1", NULL, "s2", WHY_SECRET_CHANGED, RISKY, NULL },
    { "a secret that is shown, changed there", "/secret", "s9", "s1", NULL, "s1", WHY_DRIFT, RISKY, NULL },
    { "a secret that is masked, never sent", "/secret", "*", NULL, NULL, "s1", WHY_FIRST_WRITE, BLIND | RISKY, NULL },
    { "a secret that is masked, as sent", "/secret", "*", "s1", NULL, "s1", WHY_UNVERIFIABLE, QUIET, NULL },
    { "a secret that is masked, changed here", "/secret", "*", "s1", NULL, "s2", WHY_SECRET_CHANGED, RISKY, NULL },
    { "a secret that is not shown, never sent", "/token", NULL, NULL, NULL, "s1", WHY_FIRST_WRITE, BLIND | RISKY, NULL },
    { "a secret that is not shown, adopted", "/token", NULL, NULL, NULL, "s1", WHY_UNVERIFIABLE, ADOPT | ADOPTED | BLIND | QUIET, NULL },
    { "a secret that is not shown, as sent", "/token", NULL, "s1", NULL, "s1", WHY_UNVERIFIABLE, QUIET, NULL },
    { "a secret that is not shown, sent again", "/token", NULL, "s1", NULL, "s1", WHY_UNVERIFIABLE, REWRITE | SENT_AGAIN | RISKY, NULL },
    { "a secret that is not shown, changed", "/token", NULL, "s1", NULL, "s2", WHY_SECRET_CHANGED, RISKY, NULL },
    { "a secret that is not shown, cleared", "/token", NULL, "s1", NULL, "~", WHY_CLEARED, RISKY, NULL },
    { "a secret that is not shown, cleared before", "/token", NULL, "~", NULL, "~", WHY_UNVERIFIABLE, QUIET, NULL },
    { "a secret in doubt: let pass before", "/token", NULL, NULL, "s1", "s1", WHY_FIRST_WRITE, BLIND, NULL },
    { "a secret released", "/token", NULL, "s1", NULL, NULL, WHY_RELEASED, BLIND | QUIET, NULL },
    /* offline: no reference is resolved */
    { "a reference, sent before", "/token", NULL, "s1", NULL, "@env:A", WHY_UNVERIFIABLE, QUIET, NULL },
    { "a reference, sent before, is not sent again", "/token", NULL, "s1", NULL, "@env:A", WHY_UNVERIFIABLE, REWRITE | QUIET, NULL },
    { "a reference, never sent", "/token", NULL, NULL, NULL, "@env:A", WHY_FIRST_WRITE, BLIND | RISKY, NULL },
    { "a reference of a field that is shown", "/secret", "s1", "s1", NULL, "@env:A", WHY_UNVERIFIABLE, QUIET, NULL },
    /* never compared, never changed */
    { "ours", "/account", "x", NULL, NULL, "y", NONE, QUIET, NULL },
    { "cannot change, same", "/fixed", "a", "a", NULL, "a", NONE, QUIET, NULL },
};

static struct vault_key key;

static const struct field *row_of(const char *path)
{
    return kind_field(&kind, str_of(path));
}

static struct value *value_of(struct arena *a, const char *text, bool secret)
{
    if (!text || strcmp(text, "*") == 0)
        return NULL;
    struct value *v = value_text(a, str_of(*text == '@' ? text + 1 : text));
    if (*text == '@' || *text == '~')
        v->type = *text == '@' ? VALUE_REFERENCE : VALUE_NULL;
    if (*text == '~')
        v->text = (struct str){ 0 };
    v->secret = secret;
    return v;
}

/* A field as the state keeps it: JSON, and of a secret the fingerprint. */
static void record_of(struct arena *a, const struct field *f, const char *text, struct record *ret)
{
    struct applied_field *field = ARENA_NEW(a, struct applied_field);
    *ret = (struct record){ 0 };
    if (!text)
        return;
    *field = (struct applied_field){ .path = str_of(f->path), .secret = f->flags & FIELD_SECRET, .at = 1793000000 };
    if (field->secret && *text != '~') {
        char print[VAULT_PRINT];
        vault_print(&key, str_of(text), print);
        field->json = arena_str(a, str_of(print));
    } else {
        field->json = field->secret ? STR("") : *text == '~' ? STR("null") : arena_printf(a, "\"%s\"", text);
    }
    ret->fields = field;
    ret->n = 1;
}

struct made { struct arena a; struct object want; struct seen seen; struct record applied, doubt; struct diff_input in; struct change c; };

static int diff_row(struct made *m, const struct row *r, enum sight sight, struct err *err)
{
    const struct field *f = row_of(r->path);
    size_t n = kind_field_count(&kind), at = (size_t)(f - rows);
    bool secret = f->flags & FIELD_SECRET;
    memset(m, 0, sizeof *m);
    m->want = (struct object){ .kind = &kind, .address = STR("x/Thing/one"), .slot = ARENA_ARRAY(&m->a, n, struct value *) };
    m->seen = (struct seen){ .sight = sight, .slot = ARENA_ARRAY(&m->a, n, struct value *), .masked = ARENA_ARRAY(&m->a, n, bool) };
    m->want.slot[at] = value_of(&m->a, r->want, secret);
    m->seen.slot[at] = value_of(&m->a, r->live, false);
    m->seen.masked[at] = r->live && strcmp(r->live, "*") == 0;
    record_of(&m->a, f, r->applied, &m->applied);
    record_of(&m->a, f, r->doubt, &m->doubt);
    m->in = (struct diff_input){ .want = &m->want, .seen = &m->seen, .applied = r->applied ? &m->applied : NULL, .doubt = r->doubt ? &m->doubt : NULL,
                                 .key = &key, .adopt = r->flags & ADOPT, .rewrite = r->flags & REWRITE };
    return diff_object(&m->in, &m->a, &m->c, err);
}

#define SAY(condition) do { if (!(condition)) fail_msg("%s (%s): " #condition, r->what, r->path); } while (0)

static void check_prints(const struct row *r, const struct field_change *fc)
{
    char want[VAULT_PRINT] = "", before[VAULT_PRINT] = "";
    const char *was = r->live && *r->live != '*' ? r->live : r->applied;
    if (r->want && *r->want != '~' && *r->want != '@')
        vault_print(&key, str_of(r->want), want);
    if (was && *was != '~')
        vault_print(&key, str_of(was), before);
    SAY(fc->secret && (!fc->before || (fc->before->secret && !fc->before->text.n))); /* the text goes nowhere */
    if (fc->why == WHY_RELEASED)
        return;
    SAY(strcmp(fc->after_print, want) == 0);
    if (!(r->want && *r->want == '@'))
        SAY(strcmp(fc->before_print, before) == 0);
}

static void check_field(const struct row *r, const struct field_change *fc)
{
    SAY(fc->why == r->why);
    SAY(fc->before_known == !(r->flags & BLIND));
    SAY(fc->rewrite == !!(r->flags & SENT_AGAIN));
    SAY(fc->adopted == !!(r->flags & ADOPTED));
    SAY(fc->sent_at == (r->applied ? 1793000000 : 0));
    SAY(str_is(fc->path, r->path));
    if (fc->secret) {
        check_prints(r, fc);
        return;
    }
    SAY(!fc->before == !r->before);
    if (r->before && *r->before == '~')
        SAY(fc->before->type == VALUE_NULL);
    else if (r->before)
        SAY(str_is(fc->before->text, r->before));
}

static void test_table(void **state)
{
    (void)state;
    for (const struct row *r = table; r < table + sizeof table / sizeof *table; r++) {
        struct made m;
        struct err err = { 0 };
        SAY(diff_row(&m, r, SIGHT_PRESENT, &err) == 0);
        SAY(m.c.n == (r->why != NONE));
        SAY(m.c.action == (r->flags & QUIET ? ACTION_NONE : ACTION_UPDATE));
        SAY(m.c.risky == !!(r->flags & RISKY));
        SAY(m.c.class == (r->flags & QUIET ? GUARD_COSMETIC : row_of(r->path)->guard));
        if (m.c.n)
            check_field(r, &m.c.fields[0]);
        arena_release(&m.a);
    }
}

/* What cannot be read is hidden, all of it: a record is the only witness. */
static void test_unreadable(void **state)
{
    static const struct row unread[] = {
        { "never sent", "/plain", NULL, NULL, NULL, "a", WHY_FIRST_WRITE, BLIND, NULL },
        { "never sent, reach", "/reach", NULL, NULL, NULL, "a", WHY_FIRST_WRITE, BLIND | RISKY, NULL },
        { "last sent", "/plain", NULL, "a", NULL, "a", WHY_UNVERIFIABLE, QUIET, "a" },
        { "last sent otherwise", "/reach", NULL, "a", NULL, "b", WHY_EDITED, RISKY, "a" },
        { "adopted", "/reach", NULL, NULL, NULL, "a", WHY_UNVERIFIABLE, ADOPT | ADOPTED | BLIND | QUIET, NULL },
        { "released", "/plain", NULL, "a", NULL, NULL, WHY_RELEASED, BLIND | QUIET, NULL },
    };
    (void)state;
    for (const struct row *r = unread; r < unread + sizeof unread / sizeof *unread; r++) {
        struct made m;
        struct err err = { 0 };
        SAY(diff_row(&m, r, SIGHT_NONE, &err) == 0);
        SAY(m.c.n == 1);
        SAY(m.c.action == (r->flags & QUIET ? ACTION_NONE : ACTION_UPDATE));
        SAY(m.c.risky == !!(r->flags & RISKY));
        check_field(r, &m.c.fields[0]);
        arena_release(&m.a);
    }
}

/* What does not exist: everything declared is new, nothing is risky, null is not sent, and what was applied once is not said to be released. */
static void test_absent(void **state)
{
    static const struct row gone[] = {
        { "declared", "/plain", NULL, NULL, NULL, "a", WHY_NEW, 0, NULL },
        { "declared, reach", "/hook", NULL, NULL, NULL, "https://a.example", WHY_NEW, 0, NULL },
        { "declared, applied once", "/plain", NULL, "a", NULL, "a", WHY_NEW, 0, NULL },
        { "a secret", "/token", NULL, NULL, NULL, "s1", WHY_NEW, 0, NULL },
        { "adopt makes nothing exist", "/token", NULL, NULL, NULL, "s1", WHY_NEW, ADOPT, NULL },
        { "null", "/reach", NULL, NULL, NULL, "~", NONE, 0, NULL },
        { "no longer declared", "/plain", NULL, "a", NULL, NULL, NONE, 0, NULL },
    };
    (void)state;
    for (const struct row *r = gone; r < gone + sizeof gone / sizeof *gone; r++) {
        struct made m;
        struct err err = { 0 };
        SAY(diff_row(&m, r, SIGHT_ABSENT, &err) == 0);
        SAY(m.c.action == ACTION_CREATE && !m.c.risky);
        SAY(m.c.n == (r->why != NONE));
        if (m.c.n)
            SAY(m.c.fields[0].why == r->why && !m.c.fields[0].before && m.c.fields[0].secret == !!(row_of(r->path)->flags & FIELD_SECRET));
        arena_release(&m.a);
    }
}

static void test_immutable(void **state)
{
    static const struct row changed = { "changed", "/fixed", "a", "a", NULL, "b", NONE, 0, NULL };
    struct made m;
    struct err err = { 0 };
    (void)state;
    assert_int_equal(diff_row(&m, &changed, SIGHT_PRESENT, &err), -1);
    assert_string_equal(err.code, "E625");
    assert_non_null(strstr(err.text, "'a'"));
    assert_non_null(strstr(err.text, "'b'"));
    arena_release(&m.a);
}

/* Without a key no fingerprint is known: a secret is never called the same. */
static void test_no_key(void **state)
{
    static const struct row sent = { "as sent", "/token", NULL, "s1", NULL, "s1", NONE, 0, NULL };
    struct made m;
    struct err err = { 0 };
    (void)state;
    assert_int_equal(diff_row(&m, &sent, SIGHT_PRESENT, &err), 0);
    assert_int_equal(m.c.fields[0].why, WHY_UNVERIFIABLE);
    m.in.key = NULL;
    assert_int_equal(diff_object(&m.in, &m.a, &m.c, &err), 0);
    assert_int_equal(m.c.fields[0].why, WHY_SECRET_CHANGED);
    assert_string_equal(m.c.fields[0].after_print, "");
    assert_true(m.c.risky);
    arena_release(&m.a);
}

/* Fields stand in row order, the class is the highest of those that are written. */
static void test_order(void **state)
{
    static const struct row one = { "edited", "/plain", "a", NULL, NULL, "b", WHY_EDITED, 0, "a" };
    struct made m;
    struct err err = { 0 };
    (void)state;
    assert_int_equal(diff_row(&m, &one, SIGHT_PRESENT, &err), 0);
    m.want.slot[row_of("/token") - rows] = value_of(&m.a, "s1", true);
    m.want.slot[row_of("/number") - rows] = value_of(&m.a, "+919000000001", false);
    m.in.adopt = true; /* the token, which is of the highest class, is not written */
    assert_int_equal(diff_object(&m.in, &m.a, &m.c, &err), 0);
    assert_int_equal(m.c.n, 3);
    assert_string_equal(m.c.fields[0].field->path, "/plain");
    assert_string_equal(m.c.fields[1].field->path, "/number");
    assert_string_equal(m.c.fields[2].field->path, "/token");
    assert_int_equal(m.c.class, GUARD_VISIBLE);
    assert_false(m.c.risky);
    arena_release(&m.a);
}

static int start(void **state)
{
    (void)state;
    vault_key_from_text(STR("a key of thirty-two bytes or more"), &key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_unreadable), cmocka_unit_test(test_absent), cmocka_unit_test(test_immutable),
        cmocka_unit_test(test_no_key), cmocka_unit_test(test_order),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, start, NULL);
}
