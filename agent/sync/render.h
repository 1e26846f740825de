/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last stage: what a plan, or the outcomes of an apply, look like to people and to programs (contract 5). One plan, three
 * forms: human (aligned columns for a terminal or a log), JSON (for programs; its schema is render_json_schema) and markdown (a
 * pull-request comment). All are pure: a function of the plan, the findings and the options, byte-equal on the same
 * inputs; they read no state and no network, and keep nothing.
 *
 * Who owns what: plan, findings and options stay the caller's. `out` is written change by change and never closed; write errors stay in
 * the stream, so the caller checks ferror() after its last fflush().
 *
 * Foreign text (documents, providers) is escaped here and nowhere else, once per form: the plan holds it raw. Values that are secret
 * (field_change.secret, value.secret) never come out; their fingerprints do, where a change must be visible.
 *
 *     plan_count(&plan);
 *     struct render_options o = { .color = isatty(1), .width = columns };
 *     render_human(&plan, &diags, &o, stdout);
 *
 * `p` may be NULL in all three: nothing could be planned. JSON then has "complete": false, zeros, no changes, and the findings.
 * `d` may be NULL: findings are printed elsewhere (for human output that is standard error, contract 4).
 */
#ifndef SYNC_RENDER_H
#define SYNC_RENDER_H

#include <jansson.h>
#include <stdio.h>

#include "model/plan.h"

struct render_options {
    bool color;
    bool quiet;        /* objects and what hinders them, without fields and requests */
    bool verbose;      /* unchanged objects, origins and bodies of requests too */
    bool applied;      /* the outcomes of an apply instead of a plan */
    size_t width;      /* columns of the terminal, 0 = not a terminal */
};

/* plan_count(p) must have been called: the last line is made from p->summary. Marks of field lines:
 * `+` new, `~` changed, `-` cleared or deleted, `?` what nobody can see (first-write, unverifiable), `.` released. Long values are
 * cut at 120 characters, near the place where they differ; JSON has them whole. */
void render_human(const struct plan *p, const struct diags *d, const struct render_options *o, FILE *out);

/* One JSON document in UTF-8: the members of contract 5 in its order, one change and one finding per line. Control characters,
 * bidirectional and other invisible marks are \uXXXX. Added members: summary.applied, summary.skipped; of a field: before_known
 * (only when false), sent_at (RFC 3339, only when known), rewrite and adopted (only when true), source (only when the value comes from another file, a Defaults
 * document); of a change: flag (only when blocked: the flag that lets it pass, or null), observed_only (only when true). */
void render_json(const struct plan *p, const struct diags *d, FILE *out);

/* One entry of its `changes`; the caller owns it. */
json_t *render_change(const struct change *c);
/* Adds JSON text that jansson made, with those marks escaped. */
void render_json_marks(struct str json, struct buf *out);

/* JSON Schema (draft-07) of that document, for `waconf schema waconf/Plan`. The caller owns it. */
json_t *render_json_schema(void);

/* GitHub-flavoured markdown of at most 65,000 bytes (a comment holds 65,536 characters). Its first line is always
 * `<!-- waconf -->`, by which a bot finds its earlier comment. What does not fit is left out whole, and counted. */
void render_markdown(const struct plan *p, const struct diags *d, const struct render_options *o, FILE *out);

/* One line of progress, for a terminal only: "\r", erase, then `stage` (our own words: "reading"), a bar and "done of total", in
 * fewer than `width` columns, no newline. total 0: the stage alone. width 0: nothing. stage NULL: erases the line. */
void render_progress(const char *stage, size_t done, size_t total, size_t width, struct buf *out);

#endif
