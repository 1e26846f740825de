# SPDX-License-Identifier: GPL-2.0-or-later
"""The printed schemas against the loader, on documents that exist: stories of tests/invalid, all examples, and 500 random mutations of a right document of
each kind (the seed is fixed). python3-jsonschema is the judge from outside. test_schema.py breaks every field in every way."""
import collections
import copy
import functools
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

import test_schema as rows

ROOT, WACONF = rows.ROOT, rows.WACONF
SEED, MUTATIONS, FILES = 20261121, 500, 50
# What a schema cannot see: (code of the loader's finding, why).
BEYOND = {
    "E213": "two documents have one address", "E214": "the account is another document", "E215": "two documents claim one number",
}


class Core(yaml.SafeLoader):
    """YAML 1.2 core: no dates, no yes and no, no octal numbers; as `waconf` and editors read it."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"), ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
                            ("int", r"^[-+]?[0-9]+$", "-+0123456789"), ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
                            ("merge", r"^<<$", "<")):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


@functools.lru_cache
def validator(word="waconf"):
    return jsonschema.Draft7Validator(json.loads(rows.run("schema", word)))


def documents(path):
    files = [path] if path.is_file() else [p for p in sorted(path.rglob("*")) if p.suffix in (".yaml", ".yml") and p.is_file() and not p.is_symlink()]
    for file in files:
        with open(file, encoding="utf-8") as text:
            yield from (d for d in yaml.load_all(text, Core) if d is not None)


def judge(path):
    """What the schema says of all documents of a file or tree: a list of messages, or None when a reader of YAML cannot even read them."""
    try:
        found = list(documents(path))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError, TypeError):
        return None
    defaults = any(isinstance(d, dict) and d.get("kind") == "Defaults" for d in found)
    return [e.message for d in found for e in validator("waconf" if defaults else group_of(d)).iter_errors(d)]


def group_of(doc):
    """The schema that an editor would use: the provider's own asks for what is required; that of trees cannot, since Defaults may give it."""
    version = doc.get("apiVersion") if isinstance(doc, dict) else None
    group = version.split("/")[0] if isinstance(version, str) else ""
    return group if group in {p["group"] for p in rows.PROVIDERS} else "waconf"


def validate(*words):
    done = subprocess.run([WACONF, "validate", "-o", "json", *map(str, words)], capture_output=True, text=True, check=False)
    return [d for d in json.loads(done.stdout)["diagnostics"] if d["severity"] == "error"]


class Stories(unittest.TestCase):
    def test_invalid(self):
        wrong, seen = [], collections.Counter()
        for story in sorted((ROOT / "tests" / "invalid").iterdir()):
            path = story / "input" if (story / "input").is_dir() else story / "input.yaml"
            errors = " error E" in (story / "error").read_text()
            said, beyond = judge(path), (story / "beyond-schema").exists()
            seen[errors, beyond] += 1
            if not errors and said:
                wrong.append(f"{story.name}: warnings only, and the schema says {said[:2]}")
            if errors and not beyond and said == []:
                wrong.append(f"{story.name}: the schema accepts it")
            if beyond and said and not (story / "beyond-schema").read_text().startswith("YAML:"):     # how it reads such a text is the reader's affair
                wrong.append(f"{story.name}: marked as beyond a schema, which says {said[:2]}")
            if beyond and not (story / "beyond-schema").read_text().strip():
                wrong.append(f"{story.name}: beyond-schema gives no reason")
        self.assertFalse(wrong, "\n".join(wrong))
        self.assertGreater(seen[True, False], 60)
        self.assertGreater(seen[True, True], 30)

    def test_examples(self):
        files = sorted(ROOT.glob("examples/**/*.yaml"))
        self.assertGreater(len(files), 5)
        for folder in sorted((ROOT / "examples").iterdir()):
            with self.subTest(folder=folder.name):
                if "kind: Trust" in "".join(f.read_text() for f in folder.rglob("*.yaml")):
                    self.assertEqual([e.message for d in documents(folder) for e in validator("waconf/Trust").iter_errors(d)], [])
                    continue
                self.assertEqual(judge(folder), [])
                self.assertEqual([d for d in validate(folder, "--var", "sandbox=http://127.0.0.1:1")], [])


# --- mutations --------------------------------------------------------------------------------------------

def places(tree, path=()):
    yield path
    for key, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from places(value, (*path, key))


def at(tree, path):
    for step in path:
        tree = tree[step]
    return tree


def worse_text(chance, text):
    return chance.choice([lambda: text * chance.randint(2, 40), lambda: text[:chance.randint(0, len(text))], lambda: text + chance.choice("\"\\ é✓ %/#@:\t"),
                          lambda: chance.choice("+-0 x") + text, lambda: text.upper(), lambda: text.swapcase(), lambda: text.replace(":", ""),
                          lambda: f" {text} ", lambda: text.replace("a", "ä")])()


def mutate(chance, doc):
    """One change somewhere; says what it was."""
    path = chance.choice([p for p in places(doc) if p])
    parent, key, old = at(doc, path[:-1]), path[-1], at(doc, path)
    what = chance.choice(["drop", "value", "value", "text", "text", "add", "null", "nest", "literal"])
    if what == "drop":
        del parent[key]
    elif what == "value":
        parent[key] = copy.deepcopy(chance.choice(rows.VALUES))
    elif what == "text" and isinstance(old, str):
        parent[key] = worse_text(chance, old)
    elif what == "add" and isinstance(old, dict):
        old[chance.choice(["extra", "Name", "from", "", "x y", "about", "secret"])] = chance.choice(rows.VALUES)
    elif what == "null":
        parent[key] = None
    elif what == "nest":
        parent[key] = chance.choice([[old], {"value": old}, {"from": old}, [old, old]])
    elif what == "literal":
        parent[key] = "sk_live_" + "".join(chance.choices("abcdef0123456789", k=chance.choice([8, 40, 3000])))
    return f"{what} {'/'.join(map(str, path))}"


def mutations(provider, kind):
    chance = random.Random(f"{SEED} {kind['kind']}")
    for n in range(MUTATIONS):
        doc = rows.document(provider, kind)
        doc["metadata"]["name"] = f"n{n}"
        what = [mutate(chance, doc) for _ in range(chance.choice([1, 1, 1, 2, 3])) if any(places(doc))]
        yield what, doc


class Mutations(unittest.TestCase):
    maxDiff = None

    def compare(self, provider, kind):
        judge_of = validator(kind["kind"].split("/")[0])
        made, wrong, count = list(mutations(provider, kind)), [], collections.Counter()
        for start in range(0, len(made), FILES):
            with tempfile.TemporaryDirectory() as place:
                for n, (_, doc) in enumerate(made[start:start + FILES]):
                    pathlib.Path(place, f"{n:03}.yaml").write_text(json.dumps(doc, ensure_ascii=False) + "\n", encoding="utf-8")
                found = collections.defaultdict(list)
                for d in validate(place):
                    found[os.path.basename((d["source"] or {}).get("file", "none"))].append(d)
                self.assertEqual([f for f in found if not re.fullmatch(r"\d{3}\.yaml", f)], [])
                for n, (what, doc) in enumerate(made[start:start + FILES]):
                    ours = [d for d in found[f"{n:03}.yaml"] if d["code"] not in BEYOND]
                    theirs = [e.message for e in judge_of.iter_errors(doc)]
                    count[not ours] += 1
                    if bool(ours) != bool(theirs) and not self.excused(kind, doc, ours):
                        wrong.append(f"{what}: loader {[d['code'] + ' ' + d['message'] for d in ours] or 'accepts'}; schema {[t[:150] for t in theirs] or 'accepts'}; "
                                     f"{json.dumps(doc)[:1500]}")
        self.assertFalse(wrong, "\n".join([f"{len(wrong)} of {len(made)} documents"] + wrong[:20]))
        self.assertGreater(count[False], MUTATIONS // 3, "broken documents")
        self.assertGreater(count[True], MUTATIONS // 20, "right documents")

    def excused(self, kind, doc, ours):
        """What a template becomes may be wrong: that is seen when it is filled in."""
        return '{"format": ' in json.dumps(doc) and {d["code"] for d in ours} <= {"E466", "E306", "E307", "E308", "E310"} and bool(ours)


def add(provider, kind):
    setattr(Mutations, "test_" + kind["kind"].replace("/", "_"), lambda self: self.compare(provider, kind))


for one in rows.KINDS:
    add(*one)


if __name__ == "__main__":
    unittest.main()
