#!/usr/bin/python3
"""`muster schema`, by a real validator: what it takes and what it refuses, beside what muster itself does."""

import json
import os
import re

from authoring import (CASES, CONTRACT, EXAMPLES, ROOT, Draft202012Validator, load_schema, read, read_yaml, said, support, yaml)

SCHEMA = load_schema()
VALIDATOR = Draft202012Validator(SCHEMA)

# Rejected manifests that no schema can reject, and why. What is not named here has to be rejected by it.
BEYOND_A_SCHEMA = {
    "covers/asked_too_late.yaml": "in which order things happen",
    "lint/weak_stores.yaml": "it is valid: '--strict' makes errors of warnings",
    "manifest/dangling_references.yaml": "names that stand elsewhere in the manifest",
    "manifest/duplicate_keys.yaml": "a parser of JSON or YAML has dropped the first of them",
    "probe/nothing_to_probe.yaml": "it is valid: 'probe' finds nothing to do in it",
    "shell/injection.yaml": "what a shell would make of a script",
    "shell/injection_is_never_run.yaml": "the same",
    "shell/injection_is_never_verified.yaml": "the same",
    "vars/unset.yaml": "names that stand elsewhere, and the environment",
    "verify/nothing_to_verify.yaml": "it is valid: 'verify' finds nothing to do in it",
    "waiver/names_nothing.yaml": "ids of checks, made of names all over the manifest",
    "waiver/waives_everything.yaml": "which globs match every id is for their parser to say",
    "waiver/waives_everything_in_other_words.yaml": "the same",
}


def errors_of(text):
    """None where it is no YAML that a schema could be tried on."""
    try:
        document = read_yaml(text)
    except (yaml.YAMLError, ValueError):
        return None
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in VALIDATOR.iter_errors(document)]


def cases():
    for path in CASES:
        text = read(path)
        yield os.path.relpath(path, os.path.join(ROOT, "tests", "cli")), text, int(re.search(r"^# exit: (\d+)", text, re.M)[1])


def test_it_is_a_schema():
    Draft202012Validator.check_schema(SCHEMA)
    support.expect_equal(SCHEMA["$schema"], "https://json-schema.org/draft/2020-12/schema")


def test_every_example_validates():
    support.expect(len(EXAMPLES) >= 8 and len(CONTRACT) == 3, "there are fewer examples")
    for path in EXAMPLES + CONTRACT:
        support.expect_equal(errors_of(read(path)), [], path)


def test_what_muster_accepts_validates():
    accepted = [(name, errors_of(text)) for name, text, code in cases() if code in (0, 1, 4, 5)]
    support.expect(len(accepted) > 150, f"only {len(accepted)} cases")
    wrong = [f"{name}: {errors}" for name, errors in accepted if errors != []]
    support.expect(not wrong, "\n".join(wrong))


def test_what_muster_rejects_is_rejected():
    rejected = {name: errors_of(text) for name, text, code in cases() if code == 3}
    support.expect(len(rejected) > 40, f"only {len(rejected)} cases")
    missed = {name for name, errors in rejected.items() if errors == []}
    support.expect_equal(sorted(missed - set(BEYOND_A_SCHEMA)), [], "rejected by muster, not by the schema")
    support.expect_equal(sorted(set(BEYOND_A_SCHEMA) - missed), [], "rejected by the schema after all: take it off the list")


def properties(node, path="#"):
    if isinstance(node, dict):
        for name, value in node.get("properties", {}).items() if isinstance(node.get("properties"), dict) else ():
            yield f"{path}/{name}", value
        for name, value in node.items():
            if name not in ("examples", "default", "defaultSnippets"):
                yield from properties(value, f"{path}/{name}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from properties(value, f"{path}/{i}")


def test_every_word_has_description_and_example():
    words = list(properties(SCHEMA))
    support.expect(len(words) > 150, f"only {len(words)} words")
    lacking = [f"{path}: {key}" for path, word in words for key in ("description", "examples") if not word.get(key)]
    support.expect(not lacking, "\n".join(lacking))


def test_every_example_and_default_in_it_validates():
    wrong = []
    for path, word in properties(SCHEMA):
        values = word["examples"] + ([word["default"]] if "default" in word else [])
        part = Draft202012Validator({**word, "$defs": SCHEMA["$defs"]})
        wrong += [f"{path}: {json.dumps(value)}: {error.message}" for value in values for error in part.iter_errors(value)]
    support.expect(not wrong, "\n".join(wrong))


def test_single_mistakes():
    head = {"muster": 1, "name": "x"}
    step = {"name": "s", "run": ["true"]}
    artifact = {"name": "a", "file": "f"}
    good = [{**head, "steps": [step]}, {**head, "artifacts": [artifact]},
            {**head, "steps": [{**step, "timeout": "1h30m", "expect": {"exit": [0, 3]}}]},
            {**head, "steps": [{**step, "timeout": "${vars.t}"}], "vars": {"t": "1h"}},
            {**head, "artifacts": [{**artifact, "expect": {"size": {"min": 1500}, "format": "gzip", "unpacked": {"min": "5.36GB"}}}]}]
    for manifest in good:
        support.expect_equal([error.message for error in VALIDATOR.iter_errors(manifest)], [], manifest)
    bad = [{**head}, {**head, "muster": 2, "steps": [step]}, {**head, "steps": []}, {**head, "steps": [step], "stpes": 1},
           {**head, "steps": [{**step, "shell": "x"}]}, {**head, "steps": [{"name": "s"}]}, {**head, "steps": [{"run": ["x"]}]},
           {**head, "steps": [{**step, "timeout": 90}]}, {**head, "steps": [{**step, "timeout": "90"}]},
           {**head, "steps": [{**step, "always": "yes"}]}, {**head, "steps": [{**step, "expect": {"size": 1}}]},
           {**head, "steps": [{**step, "expect": {}}]}, {**head, "steps": [{**step, "stdout": {"store": "s"}}]},
           {**head, "artifacts": [{**artifact, "expect": {"size": "10kib"}}]}, {**head, "artifacts": [{**artifact, "count": 2, "uploads": []}]},
           {**head, "artifacts": [{**artifact, "expect": {"format": "gzipped"}}]},
           {**head, "artifacts": [artifact], "stores": {"s": {"s3": {"bucket": "b"}, "directory": {"path": "p"}}}},
           {**head, "artifacts": [artifact], "stores": {"s": {"s3": {"bucket": "b", "credentials": {"access_key": "AKIA"}}}}}]
    for manifest in bad:
        support.expect(list(VALIDATOR.iter_errors(manifest)), f"the schema takes {manifest}")


def test_the_contract_s_examples_lint_and_plan():
    """What 'lint' still warns of in them is theirs to say: they are as short as a page allows."""
    known = {"gitlab-backup": {"compressed-not-read"},
             "pg-dumpall": {"no-max-age", "store-not-private"},
             "k3s-state": {"no-max-age", "store-not-private"}}
    for path in CONTRACT:
        found = json.loads(said("lint", "--format", "json", path))
        name = os.path.basename(path)[:-len(".yml")]
        support.expect_equal([item for item in found if item.get("severity", item.get("level")) == "error"], [], path)
        support.expect(known[name] == {item["name"] for item in found}, f"{name}: {[item['name'] for item in found]}")
        plan = said("plan", path)
        support.expect_match(r"^\d+\. ", plan, path)
        for artifact in read_yaml(read(path))["artifacts"]:
            support.expect(artifact["name"] in plan, f"{name}: the plan does not name '{artifact['name']}'")


support.main()
