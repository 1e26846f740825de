/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/codes.h"

/* One line of meaning and one of mending each; keep sorted. */
const struct code codes[] = {
    { "E001", "wrong usage", "The command line has a word, option or value that the command does not take.",
      "`waconf help COMMAND` shows what it takes." },
    { "E002", "not in this version", "The command or option belongs to a later version of waconf. It was refused, not ignored.",
      "Leave it out, or use a newer version." },
    { "E460", "malformed reference", "A { from: } or { format: } cannot be read: its scheme, name, path or placeholder is wrong.",
      "Write env:NAME, file:PATH, cred:NAME, exec:/ABS/PROGRAM ARG or var:NAME; in a format {name}, {label:KEY}, {var:NAME}." },
    { "E461", "reference not allowed here", "A field that is not secret takes only var: and format, so that a secret cannot be published by "
      "mistake; a secret field takes no format.", "Use var: or format, or write the value itself." },
    { "E462", "environment variable missing", "The environment variable of an env: reference is not set, or empty.",
      "Set it for this run." },
    { "E463", "file of a reference unreadable", "The file of a file: or cred: reference is missing, not a regular file, unreadable or too large.",
      "Mend the path, or make the file readable for this user. A secret has at most 64 KiB." },
    { "E464", "program of a reference failed", "The program of an exec: reference could not be started, failed, printed too much or took too long.",
      "Run it by hand with the same arguments; it gets only PATH, HOME and LANG." },
    { "E465", "unfit secret", "What a reference gave cannot be used: it is empty, too long, not UTF-8, or has a line break or NUL.",
      "Store the bare value. Only one line feed at the end is taken off." },
    { "E466", "variable or label missing", "A var: or format names a variable that no --var or --var-file sets, or a label that the document has not.",
      "Give it with --var NAME=VALUE, or add the label." },
    { "E480", "malformed URL", "A URL or origin cannot be read: its scheme, host or port is wrong, or it carries user information.",
      "Write it as https://host or https://host:port, with a path behind it where one is needed." },
    { "E481", "link-local address", "The URL leads to a link-local address (169.254.0.0/16, fe80::/10); cloud machines give out credentials there.",
      "Use the provider's documented host name. This refusal cannot be lifted." },
    { "E482", "origin not trusted", "An account would send its credentials to an origin that is neither documented for its provider nor named by the "
      "operator.", "If it is right, name it with --allow-origin ORIGIN or in the trust file." },
    { "E483", "origin not known yet", "The URL of an account depends on something that is not set, so nobody can say where its credentials would go.",
      "Give the variable with --var, or write the URL out." },
    { "E484", "file not trusted", "A file: reference leads outside the tree, and not beneath a directory that the operator named.",
      "Move the file, or name its directory with --allow-file DIR or in the trust file." },
    { "E485", "program not trusted", "An exec: reference names a program that the operator did not name.",
      "If it is right, name it with --allow-exec /ABS/PROGRAM or in the trust file." },
    { "E486", "reference not bound", "The trust file has bindings, and none lists this reference with this account and origin.",
      "Add { from, account, origin } to spec.bindings of the trust file." },
    { "E487", "trust file refused", "The trust file lies inside a tree, or somebody else could write it.",
      "Keep it outside every tree, owned by root or by you, and writable by its owner only." },
    { "E488", "malformed trust file", "The trust file has an unknown key, a wrong type, or not exactly one document.",
      "See waconf(5), Trust." },
    { "E501", "system call failed", "The machine refused a file or system operation; the message carries its reason.",
      "Mend what the message names (permission, space, path) and run again." },
    { "E502", "state damaged", "The file of the state cannot be understood.",
      "Put a copy back. Without one, move it away and run `waconf apply --adopt`; which messages were sent is then forgotten." },
    { "E503", "state made by a newer version", "The state has a newer layout than this program knows.",
      "Update waconf, or use another --state." },
    { "E504", "state in use", "Another run holds the state; one run at a time may write.",
      "Wait until it ends, or use --lock-timeout DURATION." },
    { "E505", "key of the state missing or another", "Fingerprints of secrets were made with a key that is not the one given now.",
      "Put DIR/key back or give the same WACONF_KEY; to change it on purpose: `waconf state rekey`." },
    { "E506", "state open to others", "The state directory, its file or its key belongs to, or can be used by, other users.",
      "chmod 0700 the directory and 0600 the files; in a systemd unit: StateDirectoryMode=0700." },
    { "E507", "library missing", "A shared library that this command needs could not be opened.",
      "Install the package that holds it; `make deps` installs all of them." },
    { "E508", "not a state", "The file state.db is the database of another program.",
      "Choose another directory with --state, or move that file away." },
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
