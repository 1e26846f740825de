/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/codes.h"

/* One line of meaning and one of mending each; keep sorted. */
const struct code codes[] = {
    { "E001", "wrong usage", "The command line has a word, option or value that the command does not take.",
      "`waconf help COMMAND` shows what it takes." },
    { "E002", "not in this version", "The command or option belongs to a later version of waconf. It was refused, not ignored.",
      "Leave it out, or use a newer version." },
    { "E480", "malformed URL", "A URL or origin cannot be read: its scheme, host or port is wrong, or it carries user information.",
      "Write it as https://host or https://host:port, with a path behind it where one is needed." },
    { "E481", "link-local address", "The URL leads to a link-local address (169.254.0.0/16, fe80::/10); cloud machines give out credentials there.",
      "Use the provider's documented host name. This refusal cannot be lifted." },
    { "E501", "system call failed", "The machine refused a file or system operation; the message carries its reason.",
      "Mend what the message names (permission, space, path) and run again." },
    { "E507", "library missing", "A shared library that this command needs could not be opened.",
      "Install the package that holds it; `make deps` installs all of them." },
    { "W001", "unknown variable", "The environment has a WACONF_ variable that no option reads, or one whose option lifts a guard.",
      "Correct its name, unset it, or give the option on the command line." },
    { 0 },
};

const struct code *code_find(struct str code)
{
    for (const struct code *c = codes; c->code; c++)
        if (str_eq_nocase(code, str_of(c->code)))
            return c;
    return NULL;
}
