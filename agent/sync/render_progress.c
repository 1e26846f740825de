/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "sync/render.h"

enum { BAR = 20 };

void render_progress(const char *stage, size_t done, size_t total, size_t width, struct buf *out)
{
    char line[256];
    int n = 0;
    if (width == 0)
        return;
    buf_puts(out, "\r\x1b[K");
    if (!stage)
        return;
    if (done > total)
        done = total;
    size_t full = total ? (size_t)((double)done / (double)total * BAR) : 0;
    if (total == 0)
        n = snprintf(line, sizeof line, "%s", stage);
    else if (width > strlen(stage) + BAR + 40)
        n = snprintf(line, sizeof line, "%s [%.*s%.*s] %zu of %zu", stage, (int)full, "####################", (int)(BAR - full),
                     "....................", done, total);
    else
        n = snprintf(line, sizeof line, "%s %zu of %zu", stage, done, total);
    if (n > 0) /* the last column stays free: some terminals wrap there */
        buf_add(out, str_head(str_of(line), width - 1));
}
