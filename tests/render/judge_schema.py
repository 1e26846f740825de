#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Does the schema of a plan's JSON accept what is printed, and refuse what is not?

    judge_schema.py SCHEMA [FILE...]     files: JSON that must be valid; without any, those beside this script
"""
import copy
import json
import pathlib
import sys

import jsonschema


def broken(document):
    """Copies of a document that no longer are what the contract says, each with its reason."""
    def change(reason, act):
        made = copy.deepcopy(document)
        act(made)
        return reason, made

    yield change("no format_version", lambda d: d.pop("format_version"))
    yield change("another major version", lambda d: d.update(format_version="2.0"))
    yield change("complete is a text", lambda d: d.update(complete="true"))
    yield change("a negative count", lambda d: d["summary"].update(update=-1))
    yield change("a missing count", lambda d: d["summary"].pop("unsure"))
    yield change("diagnostics is no list", lambda d: d.update(diagnostics=None))
    if document["changes"]:
        first = lambda d: d["changes"][0]
        yield change("an unknown action", lambda d: first(d).update(action="replace"))
        yield change("an unknown outcome", lambda d: first(d).update(outcome="done"))
        yield change("an unknown class", lambda d: first(d).update({"class": "huge"}))
        yield change("no error member", lambda d: first(d).pop("error"))
        yield change("a source without a file", lambda d: first(d).update(source={"line": 1, "column": 1}))
        yield change("a field without why", lambda d: first(d)["fields"].append({"path": "/a", "before": 1, "after": 2}))
        yield change("a path without slash", lambda d: first(d)["fields"].append(
            {"path": "a", "why": "new", "before": None, "after": "x"}))
        yield change("a request without url", lambda d: first(d)["requests"].append({"method": "PUT", "body": None}))
    if document["diagnostics"]:
        yield change("an unknown severity", lambda d: d["diagnostics"][0].update(severity="fatal"))


def main(arguments):
    schema = json.loads(pathlib.Path(arguments[0]).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    files = [pathlib.Path(a) for a in arguments[1:]] or sorted(pathlib.Path(__file__).parent.glob("*.json"))
    wrong = [] if files else ["there is no file to judge"]
    for file in files:
        document = json.loads(file.read_text())
        wrong += [f"{file.name}: {e.json_path}: {e.message}" for e in validator.iter_errors(document)]
        wrong += [f"{file.name}: accepted with {reason}" for reason, made in broken(document) if validator.is_valid(made)]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
