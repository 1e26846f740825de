/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Foreign text (documents, providers) on its way out: one function per sink, so that nothing that somebody
 * else wrote can move a cursor, start a line, or become markup (contract 5). JSON documents are escaped by jansson.
 * All take any bytes; invalid UTF-8 comes out as \xNN.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

/* Is it a control character past ASCII, or an invisible or bidirectional mark, which no sink lets through? */
bool escape_is_mark(uint32_t c);

/* Terminal and log: control characters, newlines, escape sequences, C1, bidirectional and zero-width
 * marks, line separators become \n, \t, \xNN or \u{NNNN}; a backslash stays as it is. */
void escape_text(struct buf *out, struct str s);
/* The same between double quotes, with `"` and `\` escaped by a backslash. */
void escape_quoted(struct buf *out, struct str s);
/* A JSON text with its quotes, for lines that are written without jansson: what escape_text would hide is \uNNNN, a bad byte \ufffd. */
void escape_json(struct buf *out, struct str s);
/* Markdown: as escape_text, and then every character that markdown, HTML, mentions (@) or links give a meaning
 * is neutralised. Fit for a table cell and for running text; never begins a block. */
void escape_markdown(struct buf *out, struct str s);
size_t escape_width(struct str s);                         /* columns that escape_text(s) takes on a terminal */

#endif
