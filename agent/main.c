/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place that exits. Everything else returns: cmd/command.h says what. */
#include "cmd/command.h"

int main(int argc, char **argv)
{
    return command_main(argc, argv);
}
