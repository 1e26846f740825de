# SPDX-License-Identifier: GPL-2.0-or-later
"""The printed schemas against the loader: python3-jsonschema, the judge from outside, must say of every document what
`waconf validate` says. Documents are made from the rows' own examples, whole and then broken in every field in every way."""
import copy
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

WACONF, ROOT = os.environ["WACONF"], pathlib.Path(os.environ["ROOT"])


def run(*args):
    return subprocess.run([WACONF, *args], capture_output=True, text=True, check=True).stdout


PROVIDERS = json.loads(run("providers", "-o", "json"))["providers"]
KINDS = [(p, k) for p in PROVIDERS for k in p["kinds"]]


def put(spec, path, value):
    parts = path[1:].split("/")
    for part in parts[:-1]:
        spec = spec.setdefault(part, {})
    spec[parts[-1]] = value


def drop(spec, path):
    parts = path[1:].split("/")
    for part in parts[:-1]:
        spec = spec.get(part, {})
    spec.pop(parts[-1], None)


def example(field):
    if "items" in field:
        rows = field["items"]
        return [{rows[0]["path"][1:]: example(rows[0])}]
    text = field["example"]
    if "secret" in field["flags"]:
        return {"from": text}
    if field["type"] == "true or false":
        return text == "true"
    if text.startswith("["):
        return json.loads(text)
    return text


def document(provider, kind):
    """A right document: every field, but only the first way where rules want exactly one."""
    spec = {}
    for field in kind["fields"]:
        put(spec, field["path"], example(field))
    for rule in kind["rules"]:
        if rule["rule"] == "exactly one":
            for path in rule["paths"][1:]:
                drop(spec, path)
    for rule in kind["rules"]:
        if rule["rule"] == "all or none" and any(missing(spec, p) for p in rule["paths"]):
            for path in rule["paths"]:
                drop(spec, path)
    for group in [k for k, v in spec.items() if v == {}]:
        del spec[group]
    spec = {k: {a: b for a, b in v.items() if b != {}} if isinstance(v, dict) and "from" not in v else v
            for k, v in spec.items()}
    return {"apiVersion": provider["apiVersion"], "kind": kind["kind"].split("/")[1], "metadata": {"name": "one"}, "spec": spec}


def missing(spec, path):
    for part in path[1:].split("/"):
        if part not in spec:
            return True
        spec = spec[part]
    return False


VALUES = [None, {}, [], [""], ["x"], [{}], [{"no": 1}], "", " ", "x", "no", "0123", "two words", "line\nbreak", "bell\u0007", "tab\there",
          True, False, 0, 12, -3, 1.5, "true", "x" * 300, "x" * 5000, "+919000000001", "919000000001", "+12", "https://a.example/x",
          "http://a.example", "ftp://a.example", "https://u:p@a.example", "https://", "https://a.example:99/ü", "a@b.example", "a@b", "@b.example",
          "text/plain", "text", "hotel AND lodging", "Hotel and Lodging", "HOTEL AND LODGING", "http", "EU", "eu", "4s", "10m", "0s", "2026-12-01T18:00:00Z",
          "2026-12-01", {"from": "env:A"}, {"from": "env:1A"}, {"from": "var:A"}, {"from": "var:"}, {"from": "vault:A"}, {"from": "A"},
          {"from": "exec:/bin/x y"}, {"from": "exec:x"}, {"from": "cred:a.b"}, {"from": "file:/run/x"}, {"from": ""}, {"from": None},
          {"from": "env:A", "format": "x"}, {"format": "{name}"}, {"format": "{label:city}-{var:A}"}, {"format": "{nme}"}, {"format": "{"},
          {"format": "a}"}, {"format": ""}, {"frm": "env:A"}, {"a": "b"}, ["a", "b"], [{"waid": ["+919000000009"]}],
          [{"waid": ["+919000000009"], "bsuid": ["x"]}], [{"waid": []}], [{"number": "+15550612978"}], [{"numberId": 12, "selected": False}],
          [{"numberId": "1", "selected": "yes"}], [{"numberId": {"from": "var:A"}}], [{"numberId": {"from": "env:A"}}]]


def variants(provider, kind):
    """(what was done, document)"""
    whole = document(provider, kind)
    yield "nothing", whole
    for field in kind["fields"]:
        made = copy.deepcopy(whole)
        drop(made["spec"], field["path"])
        yield f"without {field['path']}", made
        for value in VALUES:
            made = copy.deepcopy(whole)
            put(made["spec"], field["path"], value)
            yield f"{field['path']} = {json.dumps(value)[:60]}", made
    groups = {f["path"].rsplit("/", n)[0] for f in kind["fields"] for n in range(1, f["path"].count("/"))}
    for group in sorted(groups):
        for value in ({}, [], "x", {"nothing": 1}):
            made = copy.deepcopy(whole)
            put(made["spec"], group, value)
            yield f"{group} = {value}", made
    for key, value in (("name", "Big"), ("name", "a" * 64), ("name", "a" * 63), ("name", 12), ("name", -1), ("name", True), ("name", None),
                       ("name", ".a"), ("labels", {"a": "b"}), ("labels", {"a": 1}), ("labels", {"a": None}), ("labels", ["a"]),
                       ("labels", {"a": "x" * 254}), ("labels", {"a": "b\nc"}), ("lifecycle", "managed"), ("lifecycle", "observe"),
                       ("lifecycle", "suspended"), ("lifecycle", "absent"), ("lifecycle", "gone"), ("lifecycle", None),
                       ("movedFrom", "old"), ("movedFrom", "Old"), ("annotations", {})):
        made = copy.deepcopy(whole)
        made["metadata"][key] = value
        yield f"metadata.{key} = {value}", made
    for key, value in (("apiVersion", "kaleyra/v2"), ("apiVersion", "nobody/v1"), ("kind", "Nothing"), ("metadata", {}), ("metadata", []),
                       ("spec", {}), ("spec", None), ("status", {}), ("kind", None)):
        made = copy.deepcopy(whole)
        made[key] = value
        yield f"{key} = {value}", made
    for key in whole:
        made = copy.deepcopy(whole)
        del made[key]
        yield f"without {key}", made


def beyond(what, kind):
    """What a schema cannot see, and the loader does."""
    number = [f["path"] for f in kind["fields"] if f["type"].startswith("phone number")]
    fields = {f["path"]: f for f in kind["fields"]}
    path, _, value = what.partition(" = ")
    if path in number and value in ("12", "0"):
        return "YAML took the plus away: the source text +12 and 12 are one number"
    if path in fields and fields[path]["type"] == "duration" and value == '"919000000001"':
        return "it is longer than a hundred years"
    if path == "/region" and value.startswith('{"from": "var:A'):
        return "a region decides where to call, so it is no reference"
    if path in fields and value in ('{"format": "{name}"}', '{"format": "{label:city}-{var:A}"}'):
        return "what the template becomes may be wrong"
    return None


class Verdicts(unittest.TestCase):
    maxDiff = None

    def findings(self, place, documents):
        """What the loader finds in each: many in one run, so each has a file and (if it may) a name of its own."""
        found = [[] for _ in documents]
        for start in range(0, len(documents), AT_ONCE):
            names = []
            for n in range(start, min(start + AT_ONCE, len(documents))):
                doc = copy.deepcopy(documents[n])
                if isinstance(doc.get("metadata"), dict) and doc["metadata"].get("name") == "one":
                    doc["metadata"]["name"] = f"one-{n}"
                names.append(f"{place}/{n}.yaml")
                pathlib.Path(names[-1]).write_text(json.dumps(doc, ensure_ascii=False) + "\n")
            out = subprocess.run([WACONF, "validate", "-o", "json", *names], capture_output=True, text=True).stdout
            answer = json.loads(out)
            self.assertEqual(answer["errors"], sum(d["severity"] == "error" for d in answer["diagnostics"]), "some were dropped")
            for d in answer["diagnostics"]:
                if d["severity"] == "error" and d["code"] not in BETWEEN:
                    found[int(pathlib.Path(d["source"]["file"]).stem)].append(f"{d['code']} {d['message']}")
        return found

    def judge(self, provider, kind):
        validator = jsonschema.Draft7Validator(json.loads(run("schema", kind["kind"].split("/")[0])))
        made = list(variants(provider, kind))
        wrong, right = [], [0, 0]
        with tempfile.TemporaryDirectory() as place:
            everything = self.findings(place, [doc for _, doc in made])
        for (what, doc), found in zip(made, everything):
            errors = list(validator.iter_errors(doc))
            right[not found] += 1
            if bool(found) != bool(errors) and not beyond(what, kind):
                wrong.append(f"{what}: loader {found or 'accepts'}, schema {[e.message[:150] for e in errors] or 'accepts'}")
        self.assertEqual(wrong, [])
        self.assertGreater(right[0], 20, "broken documents")
        self.assertGreater(right[1], 5, "right documents")


AT_ONCE = 150
# Matters between documents: a missing account, an address or a number that two have.
BETWEEN = {"E213", "E214", "E215"}


def add(provider, kind):
    setattr(Verdicts, "test_" + kind["kind"].replace("/", "_"), lambda self: self.judge(provider, kind))


for one in KINDS:
    add(*one)


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, which editors use, in place of PyYAML's 1.1."""
    yaml_implicit_resolvers = {}


for tag, pattern, first in (("null", r"~|null|Null|NULL|", "~nN"), ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
                            ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
                            ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"), ("merge", "<<", "<")):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^({pattern})$"), list(first) + ([""] if tag == "null" else []))


class Examples(unittest.TestCase):
    def test_modelines(self):
        """Each example names a schema that is there and accepts it, and the loader accepts its folder."""
        files = sorted((ROOT / "examples").rglob("*.yaml"))
        self.assertGreater(len(files), 10)
        for path in files:
            text = path.read_text(encoding="utf-8")
            modeline = re.search(r"^# yaml-language-server: \$schema=(\S+)$", text, re.M)
            self.assertTrue(modeline, f"{path}: no modeline")
            schema = (path.parent / modeline.group(1)).resolve()
            self.assertEqual(schema.parent, ROOT / "schemas", path)
            validator = jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))
            for document in yaml.load_all(text, Core):
                self.assertEqual([f"{list(e.path)}: {e.message[:200]}" for e in validator.iter_errors(document)], [], path)


class Printed(unittest.TestCase):
    def test_draft_7(self):
        for word in ["waconf", "waconf/Defaults", "waconf/Trust", "waconf/Plan"] + [p["group"] for p in PROVIDERS] + [k["kind"] for _, k in KINDS]:
            schema = json.loads(run("schema", word))
            jsonschema.Draft7Validator.check_schema(schema)
            self.refer(schema, schema)

    def refer(self, schema, part):
        for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else []:
            self.refer(schema, value)
        if isinstance(part, dict) and isinstance(part.get("$ref"), str):
            self.assertIn(part["$ref"].removeprefix("#/definitions/"), schema["definitions"])

    def test_committed(self):
        names = sorted(p.name for p in (ROOT / "schemas").glob("*.json"))
        self.assertEqual(names, sorted([p["group"] + ".json" for p in PROVIDERS] + ["waconf.json", "trust.json", "plan.json"]))
        for name in names:
            word = {"trust.json": "waconf/Trust", "plan.json": "waconf/Plan"}.get(name, name.removesuffix(".json"))
            self.assertEqual((ROOT / "schemas" / name).read_text(), run("schema", word), f"{name}: run `make schemas`")

    def test_tree_accepts_what_groups_accept(self):
        tree = jsonschema.Draft7Validator(json.loads(run("schema")))
        for provider, kind in KINDS:
            whole = document(provider, kind)
            self.assertEqual([e.message for e in tree.iter_errors(whole)], [], kind["kind"])
            whole["spec"] = {k: v for k, v in whole["spec"].items() if k == "account"}       # Defaults may supply the rest
            self.assertTrue(tree.is_valid(whole), kind["kind"])
            whole["spec"]["nothing"] = 1
            self.assertFalse(tree.is_valid(whole), kind["kind"])

    def test_defaults(self):
        tree, own = (jsonschema.Draft7Validator(json.loads(run("schema", w))) for w in ("waconf", "waconf/Defaults"))
        good = {"apiVersion": "waconf/v1", "kind": "Defaults", "spec": {"match": {"kind": "kaleyra/NumberProfile", "labels": {"a": "b"}},
                                                                     "fields": {"about": "x"}}}
        bad = [("match", {}), ("match", {"kind": "kaleyra/Nothing"}), ("fields", {"abuot": "x"}), ("fields", {"about": None}), ("more", 1)]
        for validator in (tree, own):
            self.assertEqual([e.message for e in validator.iter_errors(good)], [])
            for key, value in bad:
                made = copy.deepcopy(good)
                made["spec"][key] = value
                self.assertFalse(validator.is_valid(made), (key, value))

    def test_trust(self):
        trust = jsonschema.Draft7Validator(json.loads(run("schema", "waconf/Trust")))
        good = {"apiVersion": "waconf/v1", "kind": "Trust", "spec": {
            "origins": ["https://engagement.hotel.example:8443"], "files": ["/run/secrets"], "exec": ["/usr/bin/pass"],
            "bindings": [{"from": "env:KALEYRA_API_KEY", "account": "kaleyra/Account/india", "origin": "https://api.in.kaleyra.io"}]}}
        self.assertEqual([e.message for e in trust.iter_errors(good)], [])
        for key, value in (("origins", ["x"]), ("files", ["x"]), ("exec", "x"), ("bindings", [{"from": "env:A"}]), ("more", 1)):
            made = copy.deepcopy(good)
            made["spec"][key] = value
            self.assertFalse(trust.is_valid(made), (key, value))


if __name__ == "__main__":
    unittest.main()
