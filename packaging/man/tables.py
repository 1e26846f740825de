#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fills the tables of a manual page in from the program, so that they cannot differ from it.

    tables.py WACONF PAGE.scd >FILLED.scd

A line `@WHAT@` of the page is replaced: @commands@, @common@, @variables@, @codes@, @kinds@.
"""
import json
import subprocess
import sys

WACONF, PAGE = sys.argv[1:3]


def ask(*words):
    return json.loads(subprocess.run([WACONF, *words, "-o", "json"], check=True, capture_output=True, text=True).stdout)


def plain(text):
    """Text that scdoc takes as it is."""
    for special in "\\*_`~<>":
        text = text.replace(special, "\\" + special)
    return text.replace("\\`", "")


def sentence(text):
    return plain(text[0].upper() + text[1:] + ("" if text.endswith(".") else "."))


def option(row):
    name = f"*--{row['name']}*"
    if row["argument"]:
        argument = f"_{plain(row['argument'])}_"
        name += f"[={argument}]" if row["argument_optional"] else f" {argument}"
    yield (f"*-{row['letter']}*, " if row["letter"] else "") + name
    yield f"\t{sentence(row['help'])}"
    yield ""


def commands():
    for c in ask("help")["commands"]:
        yield f"## waconf {c['name']}" + (f" {plain(c['words'])}" if c["words"] else "")
        yield ""
        yield sentence(c["help"])
        if c["about"]:
            yield plain(c["about"])
        if c["alias"]:
            yield f"*waconf {c['alias']}* is the same."
        yield ""
        for row in c["options"]:
            if not row["common"]:
                yield from option(row)


def common():
    seen = set()
    for c in ask("help")["commands"]:
        for row in c["options"]:
            if row["common"] and row["name"] not in seen:
                seen.add(row["name"])
    rows = {row["name"]: row for c in ask("help")["commands"] for row in c["options"] if row["common"]}
    for name in [row["name"] for row in ask("help", "plan")["commands"][0]["options"] if row["common"]]:
        yield from option(rows.pop(name))
    for row in rows.values():
        yield from option(row)


def variables():
    for row in ask("help")["variables"]:
        yield f"*{plain(row['name'])}*"
        yield f"\t{sentence(row['help'])}"
        yield ""


def codes():
    for code in ask("explain")["codes"]:
        yield f"*{code['code']}* {plain(code['title'])}"
        yield f"\t{plain(code['meaning'])} {plain(code['mend'])}"
        yield ""


def facts(field):
    flags = field["flags"]
    yield field["type"]
    for flag in ("required", "secret", "write-only", "key", "immutable", "needed to create", "create only"):
        if flag in flags:
            yield flag
    if "clearable" in flags:
        yield "null clears it"
    if field["class"] != "cosmetic":
        yield field["class"]


def fields(rows):
    for field in rows:
        yield f"*{plain(field['path'][1:])}* ({plain(', '.join(facts(field)))})"
        text = plain(field["help"])
        if field["choices"]:
            text += f" One of: {plain('; '.join(field['choices']))}."
        if field["default"]:
            text += f" Default: {plain(field['default'])}."
        text += f" Example: {plain(field['example'])}" if field["example"] and "secret" not in field["flags"] else ""
        yield f"\t{text}"
        yield ""
        for item in field.get("items", []):
            yield f"*{plain(field['path'][1:])}[].{plain(item['path'][1:])}* ({plain(', '.join(facts(item)))})"
            yield f"\t{plain(item['help'])}" + (f" One of: {plain('; '.join(item['choices']))}." if item.get("choices") else "")
            yield ""


def kinds():
    for provider in ask("providers")["providers"]:
        yield f"# {provider['group'].upper()}"
        yield ""
        yield f"{plain(provider['title'])}, apiVersion *{provider['apiVersion']}*. {plain(provider['doc'] or '')}"
        yield ""
        for kind in provider["kinds"]:
            yield f"## {kind['kind']}"
            yield ""
            yield plain(kind["help"])
            if kind["unseen"]:
                yield f"What cannot be observed: {plain(kind['unseen'])}"
            yield ""
            yield from fields(kind["fields"])
            for rule in kind["rules"]:
                paths = ", ".join(p[1:] for p in rule["paths"])
                yield f"{sentence(rule['rule'] + ' of ' + paths)} {plain(rule['why'] or '')}"
                yield ""


TABLES = {f"@{f.__name__}@": f for f in (commands, common, variables, codes, kinds)}

with open(PAGE, encoding="utf-8") as page:
    for line in page.read().splitlines():
        if line in TABLES:
            print("\n".join(TABLES[line]()))
        else:
            print(line)
