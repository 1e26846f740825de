/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/output.h"
#include "cmd/pass.h"

int command_plan(struct options *o)
{
    struct pass p;
    struct err err = { 0 };
    int code;
    if (pass_open(&p, o, false, &err) < 0)
        code = pass_fail(&p, &err);
    else if (pass_pull(&p, &err) < 0 || sync_load(&p.sync, &err) < 0 || sync_open(&p.sync, STORE_READ, &err) < 0 || sync_plan(&p.sync, &err) < 0)
        code = pass_fail(&p, &err);
    else if (pass_print(&p, false, &err) < 0)
        code = fail(o, &err);
    else
        code = sync_plan_exit_code(&p.sync, o->detailed_exitcode, o->check_guards);
    pass_close(&p);
    return code;
}
