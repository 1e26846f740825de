/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page.html as it stands beside this file, put in by the assembler: what is read here is what a browser gets. */
#include "status/server.h"

__asm__(".pushsection .rodata\n"
        "status_page_begin: .incbin \"agent/status/page.html\"\n"
        "status_page_end: .byte 0\n"
        ".popsection\n");

extern const char status_page_begin[], status_page_end[];

struct str page_text(void)
{
    return (struct str){ status_page_begin, (size_t)(status_page_end - status_page_begin) };
}
