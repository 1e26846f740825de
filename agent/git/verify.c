/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures. The head commit must be signed by a key of the operator's file; for a tag pin a signature of the tag itself does as well. A signed tag
 * counts only under its own name: a server could point `v9` at what was signed as `v1`. What git says is asked twice: by exit code, and by what
 * it printed (%G? for commits).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "git/inside.h"

/* An ASCII-armoured or binary key ring, else a file of allowed signers. */
int verify_prepare(struct git *g)
{
    unsigned char head[64] = "";
    g->pgp = false;
    if (!g->o.signers)
        return 0;
    auto_fd fd = open(g->o.signers, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    ssize_t n = fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) ? -1 : read(fd, head, sizeof head - 1);
    if (n < 0) {
        (void)err_set(&g->err, ERR_CONFIG, "E474", "the file of signers '%s' cannot be read", g->o.signers);
        return err_hint(&g->err, "Make it a regular file that this user may read.");
    }
    g->pgp = (n > 0 && (head[0] & 0x80)) || !strncmp((char *)head, "-----BEGIN PGP", 14);
    if (!g->pgp || g->gpg)
        return 0;
    (void)err_set(&g->err, ERR_IO, "E475", "'%s' is an OpenPGP key ring, and there is no program 'gpg' in PATH", g->o.signers);
    return err_hint(&g->err, "Install gnupg, or use ssh signatures and a file of allowed signers.");
}

static int distrust(struct git *g, const char *why)
{
    const struct git_head *head = &g->result.head;
    (void)err_set(&g->err, ERR_TRUST, "E470", "commit %.12s of '%.*s' %s", head->commit, ARG(head->ref), why);
    return err_hint(&g->err, "Sign it with a key that '%s' lists, or add the key there. What was applied stays as it is.", g->o.signers);
}

/* --- the OpenPGP key ring ------------------------------------------------------------------------------------- */

/* A home for gpg with these keys and no others; every key in it is listed, so its web of trust is not asked. */
int step_ring(struct git *g, struct words *w, struct str *input)
{
    struct arena *a = &g->result.arena;
    (void)input;
    if (!g->pgp)
        return STEP_SKIP;
    char *home = (char *)(uintptr_t)arena_printf(a, "%s/gnupg-XXXXXX", g->o.mirror).p;
    if (!mkdtemp(home))
        return err_sys(&g->err, errno, "cannot make a directory in '%s'", g->o.mirror);
    g->ring = home;
    auto_file file = fopen(arena_printf(a, "%s/gpg.conf", home).p, "we");
    if (!file || fputs("trust-model always\nno-autostart\nno-auto-key-retrieve\nno-auto-key-locate\n", file) < 0 || fflush(file))
        return err_sys(&g->err, errno, "cannot write in '%s'", home);
    word(w, "--batch");
    word(w, "--quiet");
    word(w, "--import");
    word(w, "--");
    word(w, g->o.signers);
    return STEP_RUN;
}

int step_ring_end(struct git *g)
{
    if (!g->child.status)
        return 0;
    (void)err_set(&g->err, ERR_CONFIG, "E474", "gpg cannot read the key ring '%s': %.*s", g->o.signers, ARG(git_complaint(g)));
    return err_hint(&g->err, "Make it with: gpg --armor --export KEY... >FILE");
}

void verify_release(struct git *g)
{
    if (g->ring)
        git_remove_directory(g->ring);
    g->ring = NULL;
}

/* --- tags ------------------------------------------------------------------------------------------------- */

int step_tag_object(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (!g->o.signers || strcmp(g->type, "tag"))
        return STEP_SKIP;
    word(w, "cat-file");
    word(w, "tag");
    word(w, g->fetched);
    return STEP_RUN;
}

int step_tag_object_end(struct git *g)
{
    struct str rest = buf_str(&g->output), line;
    if (g->child.status)
        return git_failed(g, "read the tag");
    while (str_cut(rest, '\n', &line, &rest) && line.n)
        if (str_starts(line, STR("tag ")))
            g->tag_named = str_eq(str_skip(line, 4), g->result.head.ref);
    return 0;
}

int step_tag(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (!g->tag_named)
        return STEP_SKIP;
    word(w, "verify-tag");
    word(w, "--raw");
    word(w, g->fetched);
    return STEP_RUN;
}

/* The line that says "good", as ssh-keygen and gpg write it; whoever signed, in *ret. */
static bool says_good(struct git *g, struct str *ret)
{
    struct str rest = buf_str(&g->child.errors), line, key, begin = g->pgp ? STR("[GNUPG:] GOODSIG ") : STR("Good \"git\" signature for ");
    while (rest.n) {
        (void)str_cut(rest, '\n', &line, &rest);
        if (!str_starts(line, begin))
            continue;
        line = str_skip(line, begin.n);
        if (g->pgp)
            (void)str_cut(line, ' ', &key, &line);
        else
            line = str_head(line, (size_t)(str_find(line, STR(" with ")) < 0 ? (long)line.n : str_find(line, STR(" with "))));
        *ret = arena_str(&g->result.arena, str_head(line, 200));
        return true;
    }
    return false;
}

int step_tag_end(struct git *g)
{
    g->tag_good = g->child.status == 0 && says_good(g, &g->result.head.signer);
    g->result.head.signed_by_listed = g->tag_good;
    return 0; /* the commit may be signed instead */
}

/* --- commits ---------------------------------------------------------------------------------------------- */

int step_commit(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (!g->o.signers || g->tag_good)
        return STEP_SKIP;
    word(w, "verify-commit");
    word(w, "--raw");
    word(w, g->result.head.commit);
    return STEP_RUN;
}

int step_commit_end(struct git *g)
{
    g->good = g->child.status == 0 && says_good(g, &g->result.head.signer);
    return 0; /* the grade says why not */
}

int step_grade(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (!g->o.signers || g->tag_good)
        return STEP_SKIP;
    word(w, "log");
    word(w, "-1");
    word(w, "--format=%G?");
    word(w, g->result.head.commit);
    word(w, "--");
    return STEP_RUN;
}

int step_grade_end(struct git *g)
{
    static const struct { char grade; const char *why; } rows[] = {
        { 'N', "is not signed, or not in the way that the file of signers is for" }, { 'B', "has a bad signature" }, { 'U', "is signed by a key that is not listed" },
        { 'X', "has a signature that expired" }, { 'Y', "is signed by a key that expired" }, { 'R', "is signed by a key that was revoked" },
        { 'E', "is signed by a key that is not listed" },
    };
    struct str grade = str_trim(buf_str(&g->output));
    if (!g->child.status && g->good && str_is(grade, "G")) {
        g->result.head.signed_by_listed = true;
        return 0;
    }
    for (size_t i = 0; i < COUNT(rows); i++)
        if (grade.n == 1 && grade.p[0] == rows[i].grade)
            return distrust(g, rows[i].why);
    return distrust(g, "has a signature that could not be checked");
}
