/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The five APIs on a loopback port. The address is flushed before the first request is served: scripts wait for it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>

#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/output.h"
#include "sandbox/sandbox.h"

/* SIGINT and SIGTERM end it in an orderly way, so that a test sees exit code 0 and nothing else. */
static int stop_signals(struct err *err)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    return fd < 0 ? err_sys(err, errno, "cannot watch for signals") : fd;
}

static int serve(struct options *o, struct sandbox *box, int stop, struct err *err)
{
    struct str url = arena_printf(&o->arena, "%s\n", sandbox_url(box));
    return output_text(o, url, err) != 0 ? -1 : sandbox_run(box, stop, err);
}

int command_sandbox(struct options *o)
{
    struct sandbox_options what = { o->listen, o->seed, (const char *const *)o->faults.items, o->faults.n };
    struct sandbox *box = NULL;
    struct err err = { 0 };
    auto_fd stop = stop_signals(&err);
    int result = stop < 0 ? -1 : sandbox_start(&what, &box, &err);
    if (!result)
        result = serve(o, box, stop, &err);
    sandbox_free(box);
    return result ? fail(o, &err) : EXIT_OK;
}
