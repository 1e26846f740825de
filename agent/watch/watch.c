/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop: descriptors and timers become events of the machine, its actions are carried out. */
#include "watch/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/notify.h"
#include "watch/pass.h"

enum { POLL_MS = 10000, STALE_LOCK_S = 60, LAST_WORDS_MS = 2000 };

struct watch {
    struct watcher w;
    int signals, files_fd;
    char *index_lock;                /* of the checkout around the tree; NULL: none */
    uint64_t signature;              /* of the last poll, where inotify is blind */
    int64_t poll_at;
    bool changed, resync, stop, dump;/* events that came in and were not stepped yet */
    bool running;                    /* a pass is under way */
};

struct http_client *watch_client(struct watch *l)
{
    return l->w.client;
}

struct board *watch_board(struct watch *l)
{
    return &l->w.board;
}

struct log *watch_log(struct watch *l)
{
    return &l->w.log;
}

void watch_changed(struct watch *l)
{
    l->changed = true;
}

bool watch_in_charge(const struct watch *l)
{
    return l->w.have_good && !l->w.board.refused;
}

static void act(struct watch *l, enum watch_action action);
static bool is_held(const struct watch *l);

static void step(struct watch *l, enum watch_event e)
{
    act(l, machine_step(&l->w.machine, e, clock_mono_ms(), is_held(l)));
}

/* --- descriptors --------------------------------------------------------------------------------- */

static void on_signal(void *ctx)
{
    struct watch *l = ctx;
    struct signalfd_siginfo info;
    while (read(l->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        l->stop |= info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
        l->resync |= info.ssi_signo == SIGHUP;
        l->dump |= info.ssi_signo == SIGUSR1;
    }
    if (l->stop && l->running)
        step(l, WATCH_STOP);
}

static void on_files(void *ctx);

static int wait_for_files(struct watch *l, struct err *err)
{
    l->files_fd = tree_watch_fd(l->w.files);
    return l->files_fd < 0 ? 0 : http_watch(l->w.client, &(struct http_extra){ .fd = l->files_fd, .ready = on_files, .ctx = l }, err);
}

static void on_files(void *ctx)
{
    struct watch *l = ctx;
    struct err ignored;
    l->changed |= tree_watch_drain(l->w.files);
    if (tree_watch_fd(l->w.files) == l->files_fd)
        return;
    http_unwatch(l->w.client, l->files_fd);
    (void)wait_for_files(l, &ignored); /* there was room for the old one */
}

static int open_signals(struct watch *l, struct err *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return l->signals < 0 ? err_sys(err, errno, "cannot wait for signals") : 0;
}

/* --- a tree that git is writing ------------------------------------------------------------------ */

/* The lock of the checkout that holds the tree, or NULL. */
static char *find_index_lock(const char *tree)
{
    auto_free char *path = realpath(tree, NULL);
    struct stat st;
    while (path && *path) {
        auto_buf git = buf_init(8192);
        buf_printf(&git, "%s/.git", path);
        if (stat(buf_str(&git).p, &st) == 0 && S_ISDIR(st.st_mode)) {
            buf_puts(&git, "/index.lock");
            return strdup(buf_str(&git).p);
        }
        *strrchr(path, '/') = '\0'; /* "/a/b", "/a", "" */
    }
    return NULL;
}

/* A lock that a crashed git left behind must not hold us for ever. */
static bool is_held(const struct watch *l)
{
    struct stat st;
    return l->index_lock && stat(l->index_lock, &st) == 0 && clock_wall() - st.st_mtime < STALE_LOCK_S;
}

/* --- polling ------------------------------------------------------------------------------------- */

static void poll_tree(struct watch *l, int64_t now)
{
    const struct load_options *o = &l->w.o->sync.load;
    if (!tree_watch_blind(l->w.files) || now < l->poll_at)
        return;
    uint64_t signature = tree_signature(o->trees, o->n_trees);
    l->changed |= l->signature && signature != l->signature;
    l->signature = signature;
    l->poll_at = now + POLL_MS;
}

/* --- actions ------------------------------------------------------------------------------------- */

static void say_status(const struct watch *l)
{
    const struct board *b = &l->w.board;
    char text[256];
    size_t bad = 0;
    for (size_t i = 0; i < b->n; i++)
        bad += b->rows[i]->state != BOARD_IN_SYNC && b->rows[i]->state != BOARD_EXPIRED;
    (void)snprintf(text, sizeof text, "%s, %s: %zu objects, %zu of them not in sync%s", b->mode, watch_state_names[l->w.machine.state], b->n, bad,
                   b->refused ? "; the newest tree is refused" : "");
    notify_status(str_of(text));
}

static void dump(struct watch *l)
{
    auto_free char *text = NULL;
    json_t *j = board_json(&l->w.board);
    text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    log_event(&l->w.log, LOG_LEVEL_INFO, "status", str_of(text), NULL);
    l->dump = false;
}

static void run_pass(struct watch *l, bool all)
{
    static bool ready;
    l->running = true;
    enum pass_end end = pass_run(&l->w, all);
    l->running = false;
    if (!l->stop) /* what a cut pass left is told after the next start */
        alerts_pass(l->w.alerts, &l->w.board);
    if (l->w.o->hooks.after)
        l->w.o->hooks.after(l->w.o->hooks.ctx, end == PASS_DONE);
    if (!ready) {
        notify_ready((struct str){ 0 });
        ready = true;
    }
    step(l, end == PASS_DONE ? WATCH_DONE : WATCH_FAILED);
    say_status(l);
}

/* Carries out what the machine says. */
static void act(struct watch *l, enum watch_action action)
{
    if (action == WATCH_SYNC_ALL || action == WATCH_SYNC_CHANGES)
        run_pass(l, action == WATCH_SYNC_ALL);
    else if (action == WATCH_INTERRUPT)
        http_interrupt(l->w.client);
}

/* Events in the order in which they matter: stopping before all else. */
static void step_all(struct watch *l)
{
    if (l->stop)
        step(l, WATCH_STOP);
    if (l->dump)
        dump(l);
    if (l->resync && !l->stop) {
        l->resync = false;
        notify_reloading();
        step(l, WATCH_RESYNC);
        notify_ready((struct str){ 0 });
    }
    if (l->changed && !l->stop) {
        l->changed = false;
        step(l, WATCH_CHANGED);
    }
    if (!l->stop)
        step(l, WATCH_TICK);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int loop_run(struct watch *l, struct err *err)
{
    int64_t dog = notify_watchdog_ms();
    while (l->w.machine.state != WATCH_STOPPING) {
        int64_t now = clock_mono_ms();
        int64_t due = machine_due(&l->w.machine, now, is_held(l));
        if (tree_watch_blind(l->w.files))
            due = earlier(due, l->poll_at > now ? l->poll_at : now);
        due = earlier(due, alerts_due(l->w.alerts));
        if (dog > 0)
            due = earlier(due, now + dog);
        if (l->changed || l->resync || l->stop || l->dump)
            due = now; /* it came in during a pass */
        if (http_idle(l->w.client, due, err) < 0)
            return -1;
        poll_tree(l, clock_mono_ms());
        alerts_tick(l->w.alerts);
        step_all(l);
        notify_watchdog();
    }
    return 0;
}

/* --- start and end ------------------------------------------------------------------------------- */

/* Objects that are read and written are progress; a timer would not be. */
static void progress(void *ctx, const char *stage, size_t done, size_t total)
{
    (void)ctx;
    (void)stage;
    (void)done;
    (void)total;
    notify_watchdog();
}

static int start(struct watch *l, struct err *err)
{
    struct watcher *w = &l->w;
    const struct sync_options *o = &w->o->sync;
    if (tree_watch_open(o->load.trees, o->load.n_trees, &w->files, err) < 0 || open_signals(l, err) < 0 || vault_new(&w->vault, err) < 0)
        return -1;
    struct http_options http = { .parallelism = o->parallelism, .read_only = !w->o->enforce, .user_agent = "waconf/" VERSION, .trace = o->trace,
                                 .vault = w->vault, .interrupt_fd = -1 };
    if (http_open(&http, &w->client, err) < 0)
        return -1;
    w->tokens = token_cache_new();
    w->progress = progress;
    w->alerts = alerts_new(&(struct alerts_options){ .client = w->client, .vault = w->vault, .tokens = w->tokens, .env = o->env, .directory = o->state_dir,
                                                     .log = &w->log });
    board_init(&w->board, w->o->enforce ? "enforce" : "report");
    machine_init(&w->machine, &w->o->machine, clock_mono_ms(), (uint32_t)getpid());
    l->index_lock = o->load.n_trees ? find_index_lock(o->load.trees[0]) : find_index_lock(".");
    if (tree_watch_blind(w->files))
        log_event(&w->log, LOG_LEVEL_WARN, "polling", str_of(tree_watch_blind(w->files)), NULL);
    return http_watch(w->client, &(struct http_extra){ .fd = l->signals, .ready = on_signal, .ctx = l }, err) < 0 ||
           wait_for_files(l, err) < 0 || (w->o->hooks.open && w->o->hooks.open(w->o->hooks.ctx, l, err) < 0) ? -1 : 0;
}

/* Notices of the last pass get a moment to go out. */
static void last_words(struct watch *l)
{
    struct err ignored;
    int64_t end = clock_mono_ms() + LAST_WORDS_MS;
    while (!alerts_idle(l->w.alerts) && alerts_due(l->w.alerts) < 0 && clock_mono_ms() < end)
        if (http_stopping(l->w.client) || http_idle(l->w.client, end, &ignored) < 0)
            return;
}

static bool in_doubt(const struct board *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->rows[i]->state == BOARD_UNSURE)
            return true;
    return false;
}

int watch_run(const struct watch_options *o, struct err *err)
{
    struct watch l = { .w = { .o = o, .log = o->log }, .signals = -1 };
    int end = start(&l, err);
    if (!end) {
        log_event(&l.w.log, LOG_LEVEL_INFO, "started", STR("watching"), NULL);
        end = loop_run(&l, err);
        notify_stopping((struct str){ 0 });
        last_words(&l);
        log_event(&l.w.log, LOG_LEVEL_INFO, "stopped", STR("stopped"), NULL);
    }
    if (o->hooks.close)
        o->hooks.close(o->hooks.ctx);
    if (!end && in_doubt(&l.w.board))
        end = err_exit_code(ERR_INTERRUPTED);
    http_close(l.w.client);         /* notices in flight hear of it, and look at their tree */
    alerts_free(l.w.alerts);
    pass_release(&l.w);
    token_cache_free(l.w.tokens);
    vault_free(l.w.vault);
    tree_watch_close(l.w.files);
    if (l.signals >= 0)
        (void)close(l.signals);
    free(l.index_lock);
    return end;
}
