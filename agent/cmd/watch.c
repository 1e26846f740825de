/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `waconf watch`: the daemon's command line. */
#include <stdio.h>
#include <string.h>

#include "cmd/output.h"
#include "cmd/pass.h"
#include "watch/watch.h"

int command_watch(struct options *o)
{
    struct pass p;
    struct err err = { 0 };
    struct watch_options w = { .enforce = o->watch_mode == 0 };
    int code = EXIT_ERROR;
    o->terminal_err = false; /* a log and a progress line do not share a terminal */
    if (pass_open(&p, o, w.enforce, &err) == 0) {
        w.sync = p.options;
        w.sync.interrupt_fd = -1;
        w.machine = (struct machine_options){ .quiet_ms = 300, .most_ms = 3000, .interval_ms = o->interval_ms, .backoff_ms = 1000, .backoff_most_ms = 300000 };
        log_open(&w.log, stderr, o->log_form ? (enum log_form)(o->log_form - 1) : LOG_FORM_COUNT, o->verbose ? LOG_LEVEL_DEBUG : o->quiet ? LOG_LEVEL_WARN : LOG_LEVEL_INFO);
        code = watch_run(&w, &err);
    } else {
        code = -1;
    }
    if (code < 0)
        code = fail(o, &err);
    pass_close(&p);
    return code;
}
