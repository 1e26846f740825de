/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with a text as YAML, in words that help: libyaml's problems, and what libyaml would misread. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "yaml/hide.h"
#include "yaml/yaml_private.h"

enum { MOST_TAG_DIRECTIVES = 100 };  /* libyaml compares each with all before it */

static struct loc place_of_byte(const struct yaml_reader *r, size_t offset)
{
    struct loc at = { r->file, 1, 1 };
    size_t line = 0;
    if (offset > r->text.n)
        offset = r->text.n;
    for (const char *p; (p = memchr(r->text.p + line, '\n', offset - line)); at.line++)
        line = (size_t)(p - r->text.p) + 1;
    at.column = (uint32_t)utf8_length((struct str){ r->text.p + line, offset - line }) + 1;
    return at;
}

/* libyaml puts the end of the text into a line that no editor shows: that is behind the last character then. */
static struct loc within(const struct yaml_reader *r, struct loc at)
{
    struct str all = str_trim(r->text);
    struct loc last = place_of_byte(r, all.n ? (size_t)(all.p - r->text.p) + all.n : 0);
    struct loc end = at.line > last.line ? place_of_byte(r, r->text.n) : at;
    return at.line > last.line && (at.line > end.line || (at.line == end.line && at.column >= end.column)) ? last : at;
}

void yaml_find(struct yaml_reader *r, struct loc at, const char *code, const char *mend, const char *format, ...)
{
    char what[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    struct diag *item = diag_add(r->diags, SEVERITY_ERROR, code, at, "%s", what);
    diag_hint(r->diags, item, "%s", mend);
    diag_line(r->diags, item, r->text);
    if (item->line.n && hide_line(r->text, at.line, true))
        item->line = hide_all(&r->diags->arena, item->line);
}

/* --- before libyaml ---------------------------------------------------------------------------- */

static void refuse(struct yaml_reader *r, size_t offset, const char *code, const char *mend, const char *what)
{
    yaml_find(r, place_of_byte(r, offset), code, mend, "%s", what);
    r->failed = true;
}

static bool is_ascii(struct str s)
{
    uint64_t word, high = 0;
    size_t i = 0;
    for (; i + sizeof word <= s.n; i += sizeof word) {
        memcpy(&word, s.p + i, sizeof word);
        high |= word;
    }
    for (; i < s.n; i++)
        high |= (unsigned char)s.p[i];
    return !(high & 0x8080808080808080u);
}

/* libyaml takes NEL, LS, PS and a lone CR for line breaks; YAML 1.2 and every editor disagree about them, so lines would be
 * counted wrong and text would change silently. */
static void scan_breaks(struct yaml_reader *r)
{
    bool ascii = is_ascii(r->text);
    static const struct { struct str bytes; const char *what, *mend; } odd[] = {
        { STR("\xc2\x85"), "The file holds U+0085 (next line), which YAML readers do not agree about.",
          "Remove it, or write \\N in double quotes." },
        { STR("\xe2\x80\xa8"), "The file holds U+2028 (line separator), which YAML readers do not agree about.",
          "Remove it, or write \\L in double quotes." },
        { STR("\xe2\x80\xa9"), "The file holds U+2029 (paragraph separator), which YAML readers do not agree about.",
          "Remove it, or write \\P in double quotes." },
    };
    for (size_t i = 0; i < COUNT(odd) && !ascii; i++) {
        long at = str_find(r->text, odd[i].bytes);
        if (at >= 0)
            refuse(r, (size_t)at, "E106", odd[i].mend, odd[i].what);
    }
    for (struct str rest = r->text; rest.n && !r->failed;) {
        const char *p = memchr(rest.p, '\r', rest.n);
        if (!p)
            return;
        size_t at = (size_t)(p - r->text.p);
        if (at + 1 == r->text.n || r->text.p[at + 1] != '\n')
            refuse(r, at, "E106", "Save the file with LF or CRLF line ends.",
                   "A carriage return stands here without a line feed.");
        rest = str_skip(r->text, at + 1);
    }
}

static void scan_directives(struct yaml_reader *r)
{
    size_t n = 0;
    for (struct str rest = r->text; rest.n;) {
        const char *p = memchr(rest.p, '%', rest.n);
        if (!p)
            return;
        size_t at = (size_t)(p - r->text.p);
        rest = str_skip(r->text, at + 1);
        if (str_starts(rest, STR("TAG")) && ++n > MOST_TAG_DIRECTIVES) {
            refuse(r, at, "E104", "Remove the %TAG directives; tags are not used here.",
                   "The file has more than 100 %TAG directives.");
            return;
        }
    }
}

void yaml_scan(struct yaml_reader *r)
{
    static const struct str wide[] = { { "\xff\xfe", 2 }, { "\xfe\xff", 2 }, { "\0\0\xfe\xff", 4 } };
    for (size_t i = 0; i < COUNT(wide); i++)
        if (str_starts(r->text, wide[i])) {
            struct diag *item = diag_add(r->diags, SEVERITY_ERROR, "E105", (struct loc){ r->file, 1, 1 },
                                         "The file is UTF-16 or UTF-32.");
            diag_hint(r->diags, item, "Save it as UTF-8.");
            r->failed = true;
            return;
        }
    if (r->text.n > YAML_MAX_FILE) {
        struct diag *item = diag_add(r->diags, SEVERITY_ERROR, "E103", (struct loc){ r->file, 0, 0 },
                                     "The file is larger than %d MiB.", YAML_MAX_FILE >> 20);
        diag_hint(r->diags, item, "Split it into several files.");
        r->failed = true;
        return;
    }
    scan_breaks(r);
    if (!r->failed)
        scan_directives(r);
}

/* --- libyaml's problems ------------------------------------------------------------------------ */

static void explain_reader(struct yaml_reader *r)
{
    const yaml_parser_t *p = &r->parser;
    size_t offset = p->problem_offset < r->text.n ? p->problem_offset : r->text.n - 1;
    if (strncmp(p->problem, "invalid trailing", 16) == 0) /* it says where it stopped; the character began before */
        while (offset > 0 && ((unsigned char)r->text.p[offset] & 0xc0) != 0xc0)
            offset--;
    struct loc at = place_of_byte(r, offset);
    if (strncmp(p->problem, "control", 7) != 0)
        yaml_find(r, at, "E105", "Save the file as UTF-8.", "The file is not UTF-8: the byte 0x%02x is wrong here.",
                  (unsigned)(unsigned char)r->text.p[offset]);
    else
        yaml_find(r, at, "E106", "Remove the character.",
                  "The file holds the character U+%04X, which YAML does not allow.", (unsigned)p->problem_value);
}

static char character_at(const struct yaml_reader *r, struct loc at)
{
    struct str line = { 0 }, text = r->text;
    for (uint32_t i = 0; i < at.line; i++)
        if (!str_cut(text, '\n', &line, &text) && i + 1 < at.line)
            return '\0';
    size_t byte = 0;
    for (uint32_t i = 1; i < at.column && byte < line.n; i++)
        (void)utf8_next(line, &byte);
    return byte < line.n ? line.p[byte] : '\0';
}

/* Problems that people meet, by what libyaml calls them. */
static const struct { const char *context, *problem, *what, *mend; bool from_context; } known[] = {
    { "while scanning a quoted scalar", "found unexpected end of stream", "The quote that opens here is never closed.",
      "Close it; a quote inside the text is written '' or \\\".", true },
    { "while scanning a quoted scalar", "found unexpected document indicator", "The quote that opens here is not closed before the next document.",
      "Close it.", true },
    { "while parsing a flow sequence", NULL, "The list that opens with [ here is not closed, or lacks a comma.",
      "Close it with ], and write a comma between entries.", true },
    { "while parsing a flow mapping", NULL, "The map that opens with { here is not closed, or lacks a comma.",
      "Close it with }, and write a comma between entries.", true },
    { "while parsing a flow node", NULL, "An entry is missing here, or a [ or { before it is not closed.",
      "Close it, and write something between two commas.", false },
    { NULL, "mapping values are not allowed in this context", "A ': ' cannot stand here.",
      "Put the value in quotes when it holds ': ', or mend the indentation of this line.", false },
    { NULL, "could not find expected ':'", "This line lacks a ':' behind its key.",
      "Write `key: value`; a text that goes on belongs deeper than its key, or behind `|`.", true },
    { NULL, "did not find expected key", "This line does not fit what stands above it.",
      "Give keys of one map the same indentation, and quote values that begin with a special character.", false },
    { NULL, "did not find expected '-' indicator", "This line does not fit the list above it.",
      "Give every entry the same indentation and a dash.", false },
    { NULL, "block sequence entries are not allowed in this context", "A list entry cannot stand here.",
      "Begin the list on a line of its own, beneath its key.", false },
    { NULL, "block mapping entries", "A map cannot begin here.", "Begin it on a line of its own.", false },
    { NULL, "found unknown escape character", "This backslash does not begin an escape that YAML knows.",
      "Write \\\\ for a backslash, or use single quotes.", false },
    { NULL, "found incompatible YAML document", "This YAML version is not supported.", "Use YAML 1.2, or leave out the %YAML line.", false },
    { NULL, "did not find expected <document start>", "A new document begins here without its `---` line.",
      "Write `---` on a line of its own between documents, and mend the indentation.", false },
    { NULL, "found a tab character", "A tab cannot indent YAML.", "Indent with spaces.", false },
    { NULL, "exceeded maximum", "This is nested too deep.", "Flatten it.", false },
};

void yaml_explain(struct yaml_reader *r)
{
    const yaml_parser_t *p = &r->parser;
    r->failed = true;
    if (p->error == YAML_MEMORY_ERROR)
        mem_fail();
    if (p->error == YAML_READER_ERROR) {
        explain_reader(r);
        return;
    }
    struct loc at = within(r, yaml_place(r, &p->problem_mark));
    if (p->problem && strcmp(p->problem, "found character that cannot start any token") == 0) {
        char c = character_at(r, at);
        if (c == '\t')
            yaml_find(r, at, "E104", "Indent with spaces.", "A tab cannot indent YAML.");
        else
            yaml_find(r, at, "E104", "Put the value in quotes.", "A value cannot begin with '%c' unless it is quoted.", c);
        return;
    }
    for (size_t i = 0; i < COUNT(known); i++) {
        if (known[i].context && (!p->context || strcmp(p->context, known[i].context) != 0))
            continue;
        if (known[i].problem && (!p->problem || !strstr(p->problem, known[i].problem)))
            continue;
        yaml_find(r, known[i].from_context && p->context ? yaml_place(r, &p->context_mark) : at, "E104", known[i].mend, "%s",
                  known[i].what);
        return;
    }
    yaml_find(r, at, "E104", "See https://yaml.org/spec/1.2.2/ for how YAML is written.", "This is not YAML: %s%s%s.",
              p->problem ? p->problem : "it cannot be read", p->context ? " " : "", p->context ? p->context : "");
}
