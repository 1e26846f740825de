/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the parts of a plan look: shared by the renderers for people, who must not differ in what they say. Everything added to a
 * buffer is escaped for a terminal (escape_text); markdown escapes it once more. */
#ifndef SYNC_RENDER_LOOK_H
#define SYNC_RENDER_LOOK_H

#include "model/plan.h"
#include "sync/render.h"

/* What a why looks like: its mark, and which sides of the change are shown. */
enum look_sides { LOOK_AFTER, LOOK_BOTH, LOOK_BEFORE, LOOK_NEITHER };
struct look { char mark; enum look_sides sides; const char *color; };
const struct look *look_of(const struct field_change *f);

enum { LOOK_MOST = 120 };                                    /* characters of a value that people see */

void look_name(struct buf *out, const struct field_change *f); /* "about", "properties/Auth Token", "destination/0" */
void look_before(struct buf *out, const struct field_change *f);
void look_after(struct buf *out, const struct field_change *f);
void look_change(struct buf *out, const struct field_change *f); /* the sides that are shown, or "unverifiable, last sent ..." */
bool look_secret(const struct field_change *f);              /* does any side hold a secret? */
bool look_before_known(const struct field_change *f);        /* false: nobody knows what is there */
bool look_reach(const struct field_change *f);               /* written, and of class reach */
struct loc look_from(const struct field_change *f); /* the place in Defaults that its value comes from; line 0: none */
void look_date(struct buf *out, int64_t wall);               /* "2026-11-02" */

bool look_listed(const struct change *c, bool verbose);      /* is it shown at all? */
bool look_observed(const struct change *c);                  /* differs, and lifecycle: observe keeps us from writing */
const char *look_observed_text(const struct change *c);      /* what is said of such an object */
bool look_in_sync(const struct plan *p);                     /* whole, and nothing is pending, failed, or drifting unmanaged */
const char *look_word(const struct change *c, bool applied); /* "update", or after an apply "updated" */
size_t look_requests(const struct change *c, bool applied);  /* how many are shown: after an apply, none that was held back */
struct str look_url(struct str url, struct str *ret_origin); /* path and query of a URL */

/* The sentences: "Plan: 0 to create, ..." (or "Applied: ..."); and "No changes. ...", only when look_in_sync. */
void look_counts(struct buf *out, const struct plan *p, bool applied);
void look_no_changes(struct buf *out, const struct plan *p);

#endif
