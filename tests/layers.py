#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws which room includes which, and fails when one looks upward or into a room that it must not know.

    tests/layers.py agent
"""
import pathlib
import re
import sys

# From the ground up; a room may include its own files and those of lower floors.
FLOORS = [
    ["base"],
    ["model"],
    ["yaml"],
    ["secret"],
    ["http"],
    ["wire", "store"],
    ["sync"],
    ["git"],
    ["watch", "status"],
    ["cmd"],
    ["main"],
]
# Rooms beside the house: what they may know, as prefixes of what they include.
APART = {
    "provider": ["model/", "base/", "http/request.h"],
    "sandbox": ["model/", "base/", "sandbox/"],
}
# ... and who may know them. Providers are known by name only (gen/providers.def).
KNOWN_BY = {"provider": [], "sandbox": ["cmd"]}
# A provider's rows are alike through this one header, if there is one.
OWN = {"provider": ["provider/"]}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
GENERATED = {"providers.def"}


def floor(room):
    for height, rooms in enumerate(FLOORS):
        if room in rooms:
            return height
    return None


def wrong(room, target):
    """Why `room` may not include `target` ("sync/load.h"), or None."""
    other = target.split("/")[0]
    if "/" not in target:
        return "is not named by its room"
    if room in APART:
        if any(target.startswith(p) for p in APART[room] + OWN.get(room, [])):
            return None
        return f"{room}/ sees only {', '.join(APART[room])}"
    if other in APART:
        return None if room in KNOWN_BY[other] else f"{room}/ must not know {other}/"
    if floor(room) is None or floor(other) is None:
        return f"'{room if floor(room) is None else other}' is not a room of the house"
    if other == room or floor(other) < floor(room):
        return None
    return f"{other}/ is not below {room}/"


def main(root):
    edges, bad = {}, []
    files = sorted(p for p in root.rglob("*") if p.suffix in (".c", ".h"))
    for path in files:
        relative = path.relative_to(root)
        room = relative.parts[0] if len(relative.parts) > 1 else relative.stem
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            target = match.group(1)
            if target in GENERATED:
                continue
            why = wrong(room, target)
            if why:
                bad.append(f"{path}:{text.count(chr(10), 0, match.start(1)) + 1}: \"{target}\": {why}")
            other = target.split("/")[0]
            if other != room:
                edges.setdefault(room, set()).add(other)
    for room in [r for rooms in reversed(FLOORS) for r in rooms] + list(APART):
        if any((root / room).glob("*.[ch]")) or (root / f"{room}.c").exists():
            print(f"  {room:9} -> {', '.join(sorted(edges.get(room, [])))}")
    for line in bad:
        print(line, file=sys.stderr)
    if not files:
        bad.append("nothing")
        print(f"{root}: no source file", file=sys.stderr)
    if bad:
        print(f"layers: {len(bad)} wrong", file=sys.stderr)
        return 1
    print(f"layers: {len(files)} files, every include points downward")
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "agent")))
