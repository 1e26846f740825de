# SPDX-License-Identifier: GPL-2.0-or-later
"""Canaries: secrets that can be found again, and the search for them in whatever form something wrote them.

Every canary carries MARK, letters and digits that no escaping changes, once before and once behind the characters that must be
escaped. So a search for MARK finds raw, JSON-, YAML-, HTML- and markdown-escaped text at once, and half a secret too. The
other forms (base64 in its three alignments, hexadecimal, percent-encoding of every byte, \\u00XX of every character, UTF-16, and one of
them within another) are looked for as what they make of MARK.
"""
import base64
import os
import re

MARK = "Kq7Zx9WpTfB3"
AWKWARD = "\"\\+/%<&'=;"             # what JSON, URLs, base64 and HTML write otherwise


def canary(number, more=""):
    """A unique secret: mark, number, awkward characters, number, mark."""
    return f"{MARK}{number:02d}{AWKWARD}{more}{number:02d}{MARK}"


def base64_cores(data):
    """What all base64 texts of anything that contains `data` have in common, for each of the three alignments."""
    found = []
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data).rstrip(b"=")
        first = (0, 2, 3)[shift]                                   # characters that also depend on what stands before
        last = len(text) - (0 if (shift + len(data)) % 3 == 0 else 1)
        found.append(text[first:last])
    return found + [c.replace(b"+", b"-").replace(b"/", b"_") for c in found if b"+" in c or b"/" in c]


def forms_of(data):
    yield from ((f"base64/{n}", c) for n, c in enumerate(base64_cores(data)))
    yield "hex", data.hex().encode()
    yield "HEX", data.hex().upper().encode()
    yield "percent", b"".join(b"%%%02x" % c for c in data)
    yield "PERCENT", b"".join(b"%%%02X" % c for c in data)
    yield "\\u", b"".join(b"\\u%04x" % c for c in data)
    yield "\\U", b"".join(b"\\u%04X" % c for c in data)
    yield "\\x", b"".join(b"\\x%02x" % c for c in data)
    yield "utf-16", b"".join(bytes([c, 0]) for c in data)


class Search:
    """Knows what must not be found: MARK, and further texts such as tokens that somebody else made up."""

    def __init__(self, *more):
        self.needles, self.known = {}, set()
        self.add(MARK)
        for text in more:
            self.add(text)

    def add(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        if len(data) < 8:
            raise ValueError(f"{text!r} is too short to be looked for")
        if data in self.known:
            return
        self.known.add(data)
        self.needles[data] = "raw"
        for name, form in list(forms_of(data)):
            self.needles.setdefault(form, name)
            if MARK.encode() == data:
                for outer, twice in forms_of(form):
                    self.needles.setdefault(twice, f"{outer} of {name}")

    def text(self, data, where):
        """[(where, form, surroundings)] of what was found."""
        found = []
        for needle, form in self.needles.items():
            at = data.find(needle)
            if at >= 0:
                found.append((where, form, data[max(0, at - 90):at + len(needle) + 60]))
        return found

    def tree(self, place):
        """All files below a directory, their names and the targets of links too."""
        found, files = [], 0
        for folder, names, leaves in os.walk(place):
            for name in names + leaves:
                path = os.path.join(folder, name)
                found += self.text(os.fsencode(os.path.relpath(path, place)), f"the name of {path}")
                if os.path.islink(path):
                    found += self.text(os.fsencode(os.readlink(path)), f"the link {path}")
                elif os.path.isfile(path):
                    files += 1
                    with open(path, "rb") as f:
                        found += self.text(f.read(), path)
        return found, files


def told(found):
    """Findings as a message of a failed test: the first of each place."""
    lines = [f"{where}: {form}: {around!r}" for where, form, around in found]
    return "\n".join(lines[:40]) + ("" if len(lines) <= 40 else f"\nand {len(lines) - 40} more")


def numbers_of(found):
    """Which canaries they were, where they can be told."""
    return sorted({m.group(1).decode() for _, _, around in found for m in re.finditer(MARK.encode() + rb"(\d\d)", around)})
