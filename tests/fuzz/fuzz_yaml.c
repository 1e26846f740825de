/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text as a tree: it must be read or refused without a fault, within bounds, and what is said of it must be printable. Seeds:
 * every input of tests/invalid and examples (`make fuzz`).
 */
#include <stdlib.h>

#include "base/mem.h"
#include "sync/load.h"
#include "sync/render_diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Nothing that a terminal would obey comes out. */
static void check_printable(struct str s)
{
    if (!utf8_valid(s))
        abort();
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 && s.p[i] != '\n')
            abort();
}

static void check_objects(const struct tree *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (i && str_cmp(t->objects[i - 1]->address, t->objects[i]->address) >= 0)
            abort();
        if (tree_find(t, t->objects[i]->address) != t->objects[i])
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tree t;
    struct diags d = { 0 };
    auto_buf out = buf_init(BUF_UNBOUNDED);
    load_memory((struct str){ (const char *)data, size }, "fuzz/none.yaml", &t, &d);
    render_diags(&d, false, &out);
    check_printable(buf_str(&out));
    check_objects(&t);
    json_t *json = render_diags_json(&d);
    if (!json || json_array_size(json) != d.n)
        abort();
    json_decref(json);
    tree_release(&t);
    diags_release(&d);
    return 0;
}
