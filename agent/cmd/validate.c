/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "cmd/command.h"
#include "cmd/findings.h"
#include "cmd/output.h"
#include "cmd/repository.h"
#include "secret/resolve.h"
#include "sync/load.h"

struct validated { struct tree tree; struct diags diags; };

static void render_json(struct buf *out, const struct validated *v)
{
    json_t *all = json_object();
    json_object_set_new(all, "format_version", json_string("1.0"));
    json_object_set_new(all, "valid", json_boolean(!v->diags.errors));
    json_object_set_new(all, "documents", json_integer((json_int_t)v->tree.documents));
    json_object_set_new(all, "errors", json_integer((json_int_t)v->diags.errors));
    json_object_set_new(all, "warnings", json_integer((json_int_t)v->diags.warnings));
    json_object_set_new(all, "diagnostics", findings_json(&v->diags));
    json_print(out, all);
}

static void render(const struct output *to, const void *what)
{
    const struct validated *v = what;
    size_t n = v->tree.documents;
    if (to->format == FORMAT_JSON) {
        render_json(to->text, v);
        return;
    }
    findings_print(to, &v->diags);
    buf_printf(to->text, "%zu %s: ", n, n == 1 ? "document" : "documents");
    if (v->diags.errors)
        buf_printf(to->text, "%s%zu %s%s", paint(to->color, PAINT_RED), v->diags.errors,
                   v->diags.errors == 1 ? "error" : "errors", paint(to->color, PAINT_END));
    else
        buf_printf(to->text, "%svalid%s", paint(to->color, PAINT_GREEN), paint(to->color, PAINT_END));
    if (v->diags.warnings)
        buf_printf(to->text, ", %zu %s", v->diags.warnings, v->diags.warnings == 1 ? "warning" : "warnings");
    buf_puts(to->text, ".\n");
}

int command_validate(struct options *o)
{
    struct err err = { 0 };
    struct validated v = { 0 };
    struct trust *trust = NULL;
    struct resolve_options plain = { .variables = o->variables, .n_variables = o->n_variables };
    struct repository repository = { 0 };
    if (o->git.url && repository_pull(o, REPOSITORY_LOOK, -1, &repository, &err))
        return fail(o, &err);
    if (o->git.url)
        o->load.source = &repository.result.source;
    int loaded = load_tree(&o->load, &v.tree, &v.diags, &err);
    if (!loaded && trust_new(&o->trust, &trust, &v.diags, &err) && (o->trust_file || err.sys != EACCES)) /* the default one may be root's alone */
        loaded = -1;
    if (!loaded) {
        resolve_plain(&plain, &v.tree, &v.diags);
        load_lines(&v.diags, o->load.source);
    }
    int status = loaded ? fail(o, &err) : done(o, output_write(o, render, &v, &err), &err, findings_exit(&v.diags));
    trust_free(trust);
    tree_release(&v.tree);
    diags_release(&v.diags);
    repository_release(&repository);
    return status;
}
