/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of a pull, from asking the remote to the judged head; verify.c and read.c have the others. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "git/inside.h"

static struct str full_ref(struct git *g, struct str name)
{
    return arena_printf(&g->result.arena, "refs/%s/%.*s", g->o.pin == GIT_TAG ? "tags" : "heads", ARG(name));
}

static int absent(struct git *g, struct str what, const char *hint)
{
    (void)err_set(&g->err, ERR_ABSENT, "E473", "the repository has no %.*s", ARG(what));
    return err_hint(&g->err, "%s", hint);
}

static int unreachable(struct git *g)
{
    struct str why = git_complaint(g);
    if (str_find(buf_str(&g->child.errors), STR("signal 25")) >= 0 || str_find(buf_str(&g->child.errors), STR("File too large")) >= 0) {
        (void)err_set(&g->err, ERR_CONFIG, "E476", "the repository is too large: more than %d MiB in one fetch", (int)(GIT_MAX_PACK >> 20));
        return err_hint(&g->err, "Keep the documents in a repository of their own.");
    }
    bool refused = str_find(buf_str(&g->child.errors), STR("Authentication failed")) >= 0 ||
                   str_find(buf_str(&g->child.errors), STR("could not read Username")) >= 0 ||
                   str_find(buf_str(&g->child.errors), STR("Permission denied")) >= 0 ||
                   str_find(buf_str(&g->child.errors), STR("Host key verification failed")) >= 0;
    (void)err_set(&g->err, ERR_DOWN, "E472", "git cannot read the remote repository: %.*s", ARG(why));
    return err_hint(&g->err, refused ? "Nobody is asked for a password here: give git a credential helper or an ssh key, and put the host into known_hosts."
                                     : "Try `git ls-remote URL` as this user. Redirects are not followed: write the URL that the server redirects to.");
}

/* --- asking ----------------------------------------------------------------------------------------------- */

/* A daemon asks every minute: when the answer is the one of the last time, that is all there is to do. */
static void compare(struct git *g)
{
    if (!g->have || !str_is(g->wanted, g->seen) || strcmp(g->have, g->seen_commit))
        return;
    memcpy(g->result.head.commit, g->seen_commit, sizeof g->seen_commit);
    g->result.same = true;
}

/* Cheap, and enough to know whether there is anything to fetch. A commit needs no asking. */
static int ask_remote(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (g->o.pin == GIT_COMMIT) {
        g->wanted = arena_str(&g->result.arena, str_of(g->o.ref)); /* the result may outlive us */
        g->result.head.ref = g->wanted;
        compare(g);
        return STEP_SKIP;
    }
    word(w, "ls-remote");
    word(w, "--refs");
    word(w, "--");
    word(w, g->o.url);
    word(w, g->o.pin == GIT_TAG ? "refs/tags/*" : full_ref(g, str_of(g->o.ref)).p);
    return STEP_RUN;
}

/* Of what the server lists: the very branch, or the highest version among the tags that match. */
static void choose(struct git *g)
{
    struct str rest = buf_str(&g->output), line, id, ref, prefix = g->o.pin == GIT_TAG ? STR("refs/tags/") : STR("refs/heads/");
    while (rest.n) {
        (void)str_cut(rest, '\n', &line, &rest);
        if (!str_cut(line, '\t', &id, &ref) || !git_is_id(id) || !str_starts(ref, prefix))
            continue;
        struct str name = str_skip(ref, prefix.n);
        bool fits = g->o.pin == GIT_TAG ? !git_name_problem(name) && str_glob(str_of(g->o.ref), name) : str_is(name, g->o.ref);
        if (!fits || (g->wanted.n && git_version_compare(name, g->result.head.ref) <= 0))
            continue;
        g->wanted = id;
        g->result.head.ref = name;
    }
    g->wanted = arena_str(&g->result.arena, g->wanted);
    g->result.head.ref = arena_str(&g->result.arena, g->result.head.ref);
}

static int ask_remote_end(struct git *g)
{
    auto_arena a = { 0 };
    if (g->child.status)
        return unreachable(g);
    choose(g);
    compare(g);
    if (g->wanted.n)
        return 0;
    return g->o.pin == GIT_TAG ? absent(g, arena_printf(&a, "tag that matches '%s'", g->o.ref), "Push one, or mend the pattern. What was applied stays as it is.")
                               : absent(g, arena_printf(&a, "branch '%s'", g->o.ref), "Push it, or name another one. What was applied stays as it is.");
}

/* --- the mirror ------------------------------------------------------------------------------------------- */

static int make_mirror(struct git *g, struct words *w, struct str *input)
{
    struct arena *a = &g->result.arena;
    struct str pin = git_digest(arena_printf(a, "%d:%.*s", g->o.pin, ARG(g->result.head.ref)), a);
    (void)input;
    g->ref_new = arena_printf(a, "refs/waconf/new-%.*s", ARG(pin)).p;
    g->ref_ok = arena_printf(a, "refs/waconf/ok-%.*s", ARG(pin)).p;
    if (mirror_is_made(g))
        return STEP_SKIP;
    word(w, "init");
    word(w, "--quiet");
    word(w, "--bare");
    word(w, "--template=");
    word(w, g->wanted.n == 64 ? "--object-format=sha256" : "--object-format=sha1");
    word(w, "--");
    word(w, g->o.mirror);
    return STEP_RUN;
}

static int make_mirror_end(struct git *g)
{
    return g->child.status ? git_failed(g, "make its mirror") : mirror_made(g, &g->err);
}

static int look_mirror(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    word(w, "for-each-ref");
    word(w, "--format=%(objectname) %(refname)");
    word(w, g->ref_new);
    word(w, g->ref_ok);
    return STEP_RUN;
}

static void keep_id(char to[65], struct str id)
{
    if (git_is_id(id))
        (void)snprintf(to, 65, "%.*s", ARG(id));
}

static int look_mirror_end(struct git *g)
{
    struct str rest = buf_str(&g->output), line, id, ref;
    if (g->child.status)
        return git_failed(g, "read its mirror");
    while (rest.n) {
        (void)str_cut(rest, '\n', &line, &rest);
        (void)str_cut(line, ' ', &id, &ref);
        if (str_is(ref, g->ref_new))
            keep_id(g->known, id);
        else if (str_is(ref, g->ref_ok))
            keep_id(g->accepted, id);
    }
    return 0;
}

/* --- fetching --------------------------------------------------------------------------------------------- */

static void fetch_words(struct words *w)
{
    static const char *const words[] = { "fetch", "--quiet", "--force", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
                                         "--no-show-forced-updates" };
    for (size_t i = 0; i < COUNT(words); i++)
        word(w, words[i]);
}

static int fetch(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (str_is(g->wanted, g->known))
        return STEP_SKIP;
    fetch_words(w);
    word(w, "--");
    word(w, g->o.url);
    if (g->o.pin == GIT_COMMIT)
        word_format(w, "+%.*s:%s", ARG(g->wanted), g->ref_new);
    else
        word_format(w, "+%s:%s", full_ref(g, g->result.head.ref).p, g->ref_new);
    return STEP_RUN;
}

static int fetch_end(struct git *g)
{
    if (!g->child.status)
        return 0;
    if (g->o.pin == GIT_COMMIT) { /* some servers give only what a branch or tag points at */
        g->try_all = true;
        return 0;
    }
    if (str_find(buf_str(&g->child.errors), STR("couldn't find remote ref")) >= 0)
        return absent(g, g->result.head.ref, "It was there a moment ago. The next pull looks again.");
    return unreachable(g);
}

static int fetch_all(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (!g->try_all)
        return STEP_SKIP;
    fetch_words(w);
    word(w, "--prune");
    word(w, "--");
    word(w, g->o.url);
    word(w, "+refs/heads/*:refs/waconf/all/heads/*");
    word(w, "+refs/tags/*:refs/waconf/all/tags/*");
    return STEP_RUN;
}

static int fetch_all_end(struct git *g)
{
    return g->child.status ? unreachable(g) : 0;
}

/* A ref keeps the commit from being collected, and says next time that it is here. */
static int keep_commit(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (!g->try_all)
        return STEP_SKIP;
    word(w, "update-ref");
    word(w, g->ref_new);
    word_format(w, "%.*s^{commit}", ARG(g->wanted));
    return STEP_RUN;
}

static int keep_commit_end(struct git *g)
{
    return g->child.status ? absent(g, arena_printf(&g->result.arena, "commit %s", g->o.ref), "No branch and no tag of it leads there.") : 0;
}

/* --- the head --------------------------------------------------------------------------------------------- */

static int peel(struct git *g, struct words *w, struct str *input)
{
    word(w, "cat-file");
    word(w, "--batch-check=%(objectname) %(objecttype)");
    *input = arena_printf(&g->result.arena, "%s\n%s^{commit}\n", g->ref_new, g->ref_new);
    return STEP_RUN;
}

static int peel_end(struct git *g)
{
    struct str whole = buf_str(&g->output), first, second, id, type, commit, of_commit;
    (void)str_cut(whole, '\n', &first, &second);
    (void)str_cut(first, ' ', &id, &type);
    (void)str_cut(str_trim(second), ' ', &commit, &of_commit);
    if (g->child.status || !git_is_id(id))
        return git_failed(g, "read what it fetched");
    if (!git_is_id(commit) || !str_is(of_commit, "commit"))
        return absent(g, arena_printf(&g->result.arena, "commit behind '%.*s'", ARG(g->result.head.ref)), "A branch or tag must lead to a commit.");
    keep_id(g->fetched, id);
    (void)snprintf(g->type, sizeof g->type, "%.*s", ARG(type));
    keep_id(g->result.head.commit, commit);
    g->result.same = g->have && str_is(commit, g->have);
    return 0;
}

static int describe(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    word(w, "log");
    word(w, "-1");
    word(w, "--no-show-signature");
    word(w, "--no-notes");
    word(w, "--format=%ct %s");
    word(w, g->result.head.commit);
    word(w, "--");
    return STEP_RUN;
}

static int describe_end(struct git *g)
{
    struct str at, subject;
    long seconds = 0;
    if (g->child.status)
        return git_failed(g, "read the commit");
    (void)str_cut(buf_str(&g->output), ' ', &at, &subject);
    (void)str_to_long(at, 0, INT32_MAX * 8L, &seconds);
    g->result.head.at = seconds;
    g->result.head.subject = arena_str(&g->result.arena, str_head(str_trim(subject), 200));
    return 0;
}

/* --- moves ------------------------------------------------------------------------------------------------ */

static int moved(struct git *g, const char *what, const char *from)
{
    (void)err_set(&g->err, ERR_TRUST, "E471", "%s '%.*s' leads to %.12s, which %s %.12s", g->o.pin == GIT_BRANCH ? "the branch" : g->o.pin == GIT_TAG ? "the tag" : "the commit",
                  ARG(g->result.head.ref), g->result.head.commit, what, from);
    return err_hint(&g->err, "If somebody you trust did that on purpose, let it pass once with --allow-rewind. What was applied stays as it is.");
}

/* A tag that we let pass once must stay what it was. */
static int ancestor(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (g->o.allow_rewind)
        return STEP_SKIP;
    if (g->o.pin == GIT_TAG && *g->accepted && strcmp(g->accepted, g->fetched))
        return moved(g, "is not what it was; it was", g->accepted);
    if (!g->o.applied || !strcmp(g->o.applied, g->result.head.commit))
        return STEP_SKIP;
    word(w, "merge-base");
    word(w, "--is-ancestor");
    word(w, g->o.applied);
    word(w, g->result.head.commit);
    return STEP_RUN;
}

static int ancestor_end(struct git *g)
{
    return g->child.status ? moved(g, "does not follow what was applied last:", g->o.applied) : 0;
}

static int accept(struct git *g, struct words *w, struct str *input)
{
    (void)input;
    if (g->o.pin != GIT_TAG || !strcmp(g->accepted, g->fetched))
        return STEP_SKIP;
    word(w, "update-ref");
    word(w, g->ref_ok);
    word(w, g->fetched);
    return STEP_RUN;
}

static int accept_end(struct git *g)
{
    return g->child.status ? git_failed(g, "note the tag in its mirror") : 0;
}

const struct step git_steps[] = {
    { STEP_NETWORK, ask_remote, ask_remote_end, NULL },
    { STEP_LOCAL, make_mirror, make_mirror_end, NULL },
    { STEP_LOCAL, look_mirror, look_mirror_end, NULL },
    { STEP_NETWORK, fetch, fetch_end, NULL },
    { STEP_NETWORK, fetch_all, fetch_all_end, NULL },
    { STEP_LOCAL, keep_commit, keep_commit_end, NULL },
    { STEP_LOCAL, peel, peel_end, NULL },
    { STEP_LOCAL, describe, describe_end, NULL },
    { STEP_GPG, step_ring, step_ring_end, NULL },
    { STEP_LOCAL, step_tag_object, step_tag_object_end, NULL },
    { STEP_LOCAL, step_tag, step_tag_end, NULL },
    { STEP_LOCAL, step_commit, step_commit_end, NULL },
    { STEP_LOCAL, step_grade, step_grade_end, NULL },
    { STEP_LOCAL, ancestor, ancestor_end, NULL },
    { STEP_LOCAL, accept, accept_end, NULL },
    { STEP_LOCAL, step_list, step_list_end, NULL },
    { STEP_LOCAL, step_links, step_links_end, cat_put },
    { STEP_LOCAL, step_files, step_files_end, cat_put },
    { 0 }
};
