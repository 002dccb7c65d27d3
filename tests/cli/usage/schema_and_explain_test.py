#!/usr/bin/python3
# test: slow, about 2
"""The schema accepts what the loader accepts; the reference knows every word; its examples are valid."""

import json
import os
import re

import jsonschema
import yaml

from support import Folder, ROOT, expect, expect_equal, expect_match, main, muster

KINDS = ["exit", "output", "stdout", "stderr", "duration", "size", "age", "unpacked", "format", "text", "archive", "covers", "env", "tool",
         "disk", "file", "command", "region", "not_empty", "match"]


class Loader(yaml.SafeLoader):
    """YAML as a manifest means it: dates, on and off are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
for letter in "tf":
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), [letter])


def schema():
    with Folder() as path:
        run = muster("schema", cwd=path)
        expect_equal((run.code, run.err), (0, ""), run)
        return json.loads(run.out)


def manifests(wanted):
    for folder in ("tests/cli", "examples"):
        for where, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in sorted(names):
                path = os.path.join(where, name)
                if name.endswith((".yaml", ".yml")) and wanted(path):
                    yield path


def is_valid(path):
    if "/examples/" in path:
        return True
    with open(path, encoding="utf-8") as file:
        return not re.search(r"^# exit: [23]$|^# args: run --var typo", file.read(), re.M)


def test_schema_is_one():
    made = schema()
    expect_equal(made["$schema"], "https://json-schema.org/draft/2020-12/schema")
    jsonschema.Draft202012Validator.check_schema(made)


def test_schema_accepts_every_valid_manifest():
    validator = jsonschema.Draft202012Validator(schema())
    problems, count = [], 0
    for path in manifests(is_valid):
        with open(path, encoding="utf-8") as file:
            document = yaml.load(file, Loader)
        count += 1
        problems += [f"{os.path.relpath(path, ROOT)}: {error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]
    expect(count > 50, count)
    expect(not problems, "\n".join(problems))


def test_schema_refuses_unknown_words():
    validator = jsonschema.Draft202012Validator(schema())
    good = {"muster": 1, "name": "a", "steps": [{"name": "a", "run": ["true"], "expect": {"exit": 0, "output": {"never": ["x"]}}}],
            "artifacts": [{"name": "a", "file": "a", "expect": {"archive": {"members": [{"path": "a", "expect": {"size": {"min": "1B"}}}]}}}]}
    expect(validator.is_valid(good), list(validator.iter_errors(good)))
    for change in (lambda m: m.update(stpes=[]), lambda m: m["steps"][0].update(rnu=["x"]), lambda m: m["steps"][0]["expect"].update(exits=0),
                   lambda m: m["steps"][0]["expect"]["output"].update(alwyas=["x"]), lambda m: m.pop("name"),
                   lambda m: m["artifacts"][0]["expect"]["archive"]["members"][0]["expect"].update(exit=0),
                   lambda m: m["artifacts"][0]["expect"]["archive"]["members"][0]["expect"]["size"].update(minimum=1)):
        bad = json.loads(json.dumps(good))
        change(bad)
        expect(not validator.is_valid(bad), bad)


def explained(*words):
    with Folder() as path:
        run = muster("explain", *words, cwd=path)
        expect_equal((run.code, run.err), (0, ""), run)
        return run.out


def test_explain_knows_every_kind():
    overview = explained()
    for kind in KINDS:
        expect_match(rf"\b{kind}\b", overview)
        expect(len(explained(kind).splitlines()) >= 3, kind)


def test_explain_knows_words_and_exit_codes():
    for word, pattern in (("steps", "run"), ("retry", "attempts"), ("5", "(?i)proven"), ("70", "(?i)inside"), ("stores", "s3")):
        expect_match(pattern, explained(word))


def test_markdown_names_every_kind_and_its_examples_are_valid():
    text = explained("--markdown")
    for kind in KINDS:
        expect_match(rf"`{kind}`", text)


def test_examples_are_linted_clean():
    paths = list(manifests(lambda path: "/examples/" in path))
    expect(len(paths) >= 6, paths)
    for path in paths:
        with Folder() as folder:
            run = muster("lint", "--strict", path=path, cwd=folder)
            expect_equal(run.code, 0, run)


main()
