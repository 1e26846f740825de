/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How git is called: the beginning of each command line, the environment, and what it said when it failed. */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "git/inside.h"

void word(struct words *w, const char *text)
{
    if (w->n < MOST_WORDS)
        w->items[w->n++] = (char *)(uintptr_t)text;
}

void word_format(struct words *w, const char *format, ...)
{
    char text[PATH_MAX + 4096];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    word(w, arena_str(w->arena, str_of(text)).p);
}

char *git_find_program(const char *name, struct arena *a)
{
    const char *path = getenv("PATH");
    struct str rest = str_of(path && *path ? path : "/usr/local/bin:/usr/bin:/bin"), directory;
    for (bool more = true; more;) {
        more = str_cut(rest, ':', &directory, &rest);
        const char *file = arena_printf(a, "%.*s/%s", ARG(directory), name).p;
        if (str_starts(directory, STR("/")) && access(file, X_OK) == 0)
            return (char *)(uintptr_t)file;
    }
    return NULL;
}

/* --- words ------------------------------------------------------------------------------------------------ */

/*
 * In force for every command. Nothing of the repository runs (hooks, filters, submodules, remote helpers), nothing stays behind in the background, and of
 * protocols only those of our URLs are left. `http.followRedirects`: credentials go where the operator said, and nowhere else.
 */
static const char *const always[] = {
    "core.hooksPath=/dev/null", "core.attributesFile=/dev/null", "core.fsmonitor=false", "core.logAllRefUpdates=false", "core.bigFileThreshold=16m",
    "protocol.allow=never", "protocol.https.allow=always", "protocol.ssh.allow=always", "protocol.file.allow=always",
    "submodule.recurse=false", "fetch.recurseSubmodules=false", "fetch.writeCommitGraph=false", "transfer.bundleURI=false", "gc.autoDetach=false",
    "maintenance.autoDetach=false", "advice.detachedHead=false", "log.showSignature=false", "log.mailmap=false", "i18n.logOutputEncoding=UTF-8",
    "http.followRedirects=false", "http.sslVerify=true", "http.lowSpeedLimit=1000", "http.lowSpeedTime=30", "credential.interactive=false",
    "gpg.program=/bin/false", "gpg.openpgp.program=/bin/false", "gpg.x509.program=/bin/false", "gpg.ssh.program=/bin/false",
};

static void setting(struct words *w, const char *text)
{
    word(w, "-c");
    word(w, text);
}

/* Programs that check signatures are off but for the kind that the operator gave: a key of the user's own ring must not count. */
static void signature_settings(const struct git *g, struct words *w)
{
    if (g->pgp) {
        setting(w, "gpg.program=gpg");
        setting(w, "gpg.openpgp.program=gpg");
        setting(w, "gpg.minTrustLevel=undefined"); /* the ring is the list, and its trust model is `always` */
        return;
    }
    setting(w, "gpg.ssh.program=ssh-keygen");
    setting(w, "gpg.minTrustLevel=fully");
    word(w, "-c");
    word_format(w, "gpg.ssh.allowedSignersFile=%s", g->o.signers);
}

void git_words(const struct git *g, enum step_how how, struct words *w)
{
    if (how == STEP_GPG) {
        word(w, g->gpg);
        return;
    }
    word(w, g->program);
    word_format(w, "--git-dir=%s", g->o.mirror);
    for (size_t i = 0; i < COUNT(always); i++)
        setting(w, always[i]);
    if (g->loopback_http) {
        setting(w, "protocol.http.allow=always");
        setting(w, "http.proxy=");
    }
    if (how == STEP_LOCAL && g->o.signers)
        signature_settings(g, w);
}

/* --- environment -------------------------------------------------------------------------------------------- */

/*
 * What a network command may see of ours: how the operator reaches the server. ~/.gitconfig counts there (credential.helper, core.sshCommand, http.proxy,
 * url.insteadOf); the system's does not, and neither do GIT_DIR, GIT_CONFIG_COUNT and their kin. Secrets of accounts stay here.
 */
static const char *const passed_on[] = {
    "HOME", "USER", "LOGNAME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "CREDENTIALS_DIRECTORY", "SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT", "GIT_CONFIG_GLOBAL", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy",
    "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", NULL
};
static const char *const local_too[] = { "PATH", "TMPDIR", NULL };
static const char *const fixed[] = {
    "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_NOSYSTEM=1", "GIT_ATTR_NOSYSTEM=1", "GIT_NO_REPLACE_OBJECTS=1", "GIT_NO_LAZY_FETCH=1",
    "GIT_OPTIONAL_LOCKS=0", "GIT_LITERAL_PATHSPECS=1", NULL
};

static void pass(const char *const *names, struct arena *a, char **ret, size_t *n)
{
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value)
            ret[(*n)++] = (char *)(uintptr_t)arena_printf(a, "%s=%s", *names, value).p;
    }
}

char **git_environment(const struct git *g, enum step_how how, struct arena *a)
{
    char **ret = ARENA_ARRAY(a, COUNT(passed_on) + COUNT(local_too) + COUNT(fixed) + 4, char *);
    size_t n = 0;
    pass(local_too, a, ret, &n);
    for (const char *const *f = fixed; *f; f++)
        ret[n++] = (char *)(uintptr_t)*f;
    if (how == STEP_NETWORK) {
        const char *ask = getenv("GIT_ASKPASS");
        pass(passed_on, a, ret, &n);
        /* Empty: no program that would open a window (SSH_ASKPASS, core.askPass). One that the operator names may answer. */
        ret[n++] = (char *)(uintptr_t)arena_printf(a, "GIT_ASKPASS=%s", ask ? ask : "").p;
    } else {
        ret[n++] = (char *)(uintptr_t)"GIT_CONFIG_GLOBAL=/dev/null";
        if (g->ring)
            ret[n++] = (char *)(uintptr_t)arena_printf(a, "GNUPGHOME=%s", g->ring).p;
    }
    return ret;
}

/* --- complaints --------------------------------------------------------------------------------------------- */

struct str git_complaint(const struct git *g)
{
    struct str rest = buf_str(&g->child.errors), line, last = { 0 };
    while (rest.n) {
        (void)str_cut(rest, '\n', &line, &rest);
        line = str_trim(line);
        if (str_starts(line, STR("fatal: ")))
            return str_head(str_skip(line, 7), 400);
        if (str_starts(line, STR("error: ")))
            line = str_skip(line, 7);
        if (line.n)
            last = line;
    }
    return last.n ? str_head(last, 400) : STR("it said nothing");
}

int git_failed(struct git *g, const char *what)
{
    (void)err_set(&g->err, ERR_IO, "E475", "git cannot %s: %.*s", what, ARG(git_complaint(g)));
    g->broken = true;
    return err_hint(&g->err, "The mirror '%s' is made anew by the next run. If it stays so, look at the disk.", g->o.mirror);
}
