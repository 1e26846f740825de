/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/findings.h"

#include <stdio.h>

#include "base/mem.h"
#include "cmd/command.h"
#include "sync/render_diag.h"

void findings_print(const struct output *to, const struct diags *d)
{
    render_diags(d, to->color, to->text);
}

void findings_say(const struct options *o, const struct diags *d)
{
    auto_buf text = buf_init(BUF_UNBOUNDED);
    auto_free struct diag *items = mem_array(d->n + 1, sizeof *items);
    struct diags shown = { .items = items, .errors = d->errors, .dropped = d->dropped };
    for (size_t i = 0; i < d->n; i++)
        if (!o->quiet || d->items[i].severity == SEVERITY_ERROR)
            items[shown.n++] = d->items[i];
    render_diags(&shown, o->color_err, &text);
    if (text.n)
        (void)fwrite(text.p, 1, text.n, stderr);
}

json_t *findings_json(const struct diags *d)
{
    return render_diags_json(d);
}

int findings_exit(const struct diags *d)
{
    return !d->errors ? EXIT_OK : d->trust ? EXIT_REFUSED : EXIT_DOCUMENTS;
}
