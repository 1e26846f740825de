# SPDX-License-Identifier: GPL-2.0-or-later
"""Every story of tests/invalid before the judge from outside: python3-jsonschema, with the schema that `waconf schema` prints, refuses what the
loader refuses and accepts what it accepts. Stories that a schema cannot see are marked by a file `beyond-schema`, which says why."""
import json
import os
import pathlib
import re
import subprocess
import unittest

import jsonschema
import yaml

WACONF, ROOT = os.environ["WACONF"], pathlib.Path(os.environ["ROOT"])
STORIES = ROOT / "tests" / "invalid"


class Source(yaml.SafeLoader):
    """Scalars as waconf reads them: source text, but for true, false and null."""


Source.yaml_implicit_resolvers = {}
Source.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))
Source.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(null|Null|NULL|~|)$"), ["n", "N", "~", ""])
Source.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("^<<$"), ["<"])


def documents(story):
    for file in sorted((story / "input").rglob("*.y*ml")) if (story / "input").is_dir() else [story / "input.yaml"]:
        yield from (d for d in yaml.load_all(file.read_text(), Source) if d is not None)


def run(*args):
    return subprocess.run([WACONF, *args], capture_output=True, text=True, check=True).stdout


def validator(*group):
    """The schema of one provider, which asks for every required field; the one of all kinds leaves room for Defaults."""
    return jsonschema.Draft7Validator(json.loads(run("schema", *group)))


def group_of(document):
    version = document.get("apiVersion") if isinstance(document, dict) else None
    return version.split("/")[0] if isinstance(version, str) else None


class Stories(unittest.TestCase):
    maxDiff = None

    def test_same_verdict(self):
        groups = {p["group"]: validator(p["group"]) for p in json.loads(run("providers", "-o", "json"))["providers"]}
        general = validator()
        wrong, judged = [], [0, 0]
        for story in sorted(STORIES.iterdir()):
            if (story / "beyond-schema").exists():
                self.assertTrue((story / "beyond-schema").read_text().strip(), story.name)
                continue
            refused = ": error E" in (story / "error").read_text()
            errors = [e.message[:200] for d in documents(story)
                      for e in groups.get(group_of(d), general).iter_errors(d)]
            judged[refused] += 1
            if refused != bool(errors):
                wrong.append(f"{story.name}: the loader {'refuses' if refused else 'accepts'} it, the schema says {errors or 'nothing'}")
        self.assertEqual(wrong, [])
        self.assertGreater(judged[True], 50)
        self.assertGreater(judged[False], 2)


if __name__ == "__main__":
    unittest.main()
