#!/usr/bin/python3
"""`muster explain`: everything has an explanation, and every example in one works in a manifest."""

import json
import os
import subprocess

from authoring import load_schema, said, support

SCHEMA = load_schema()
FOLDER = support.Folder()
PLACE = FOLDER.__enter__()

# What examples refer to.
STORES = {name: {"directory": {"path": "/mnt/" + name}} for name in ("offsite", "backups", "snapshots")}
SURROUNDING = {"muster": 1, "name": "example", "stores": STORES,
               "inventories": {"databases": {"items": ["a"]}, "tenants": {"items": ["a"]}, "projects": {"items": ["a"]}},
               "steps": [{"name": "dump", "run": ["pg_dumpall"], "stdout": "all.sql", "expect": {"duration": {"max": "1h"}}}]}
SUBJECTS = {
    "step": lambda checks: {"steps": [{"name": "dump", "run": ["x"], "expect": checks}]},
    "bytes": lambda checks: {"artifacts": [{"name": "a", "file": "all.sql", "expect": checks}]},
    "upload": lambda checks: {"artifacts": [{"name": "a", "file": "all.sql", "uploads": [{"store": "offsite", "key": "k", "expect": checks}]}]},
    "store": lambda checks: {"stores": {**STORES, "bucket": {"s3": {"bucket": "b"}, "expect": checks}}},
    "surroundings": lambda checks: {"preflight": [checks]},
}
DEFINITIONS = {"checks_on_a_step": "step", "checks_on_bytes": "bytes", "checks_on_an_upload": "upload", "checks_on_a_store": "store",
               "checks_on_the_surroundings": "surroundings"}


def errors_of(manifest, name):
    """What 'lint' finds wrong. JSON is YAML, and shows a text as a text."""
    if all(step["name"] != "dump" for step in manifest.get("steps", [{"name": "dump"}])):
        manifest = {**manifest, "steps": SURROUNDING["steps"] + manifest["steps"]}
    path = support.write(PLACE, "manifest.json", json.dumps({**SURROUNDING, **manifest}, indent=1))
    finished = subprocess.run([support.MUSTER, "lint", "--format", "json", path], capture_output=True, text=True, env=support.environment())
    support.expect(finished.returncode in (0, 3) and finished.stdout, f"{name}: {finished}")
    return [f"{name}: {item['message']}" for item in json.loads(finished.stdout) if "error" in item.values()]


def test_every_kind_s_example_works():
    wrong, tried = [], 0
    for definition, subject in DEFINITIONS.items():
        for kind, word in SCHEMA["$defs"][definition]["properties"].items():
            for example in word["examples"]:
                wrong += errors_of(SUBJECTS[subject]({kind: example}), f"{subject}: {kind}")
                tried += 1
    support.expect(tried > 30, tried)
    support.expect(not wrong, "\n".join(wrong))


def places(schema, wrap, seen, path):
    """Every mapping of fixed words, with a function that puts a value of it into a manifest."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in seen or name in DEFINITIONS:
            return
        yield from places(SCHEMA["$defs"][name], wrap, seen | {name}, path)
    for part in schema.get("anyOf", []) + schema.get("allOf", []):
        yield from places(part, wrap, seen, path)
    if "items" in schema:
        yield from places(schema["items"], lambda value: wrap([value]), seen, path)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from places(schema["additionalProperties"], lambda value: wrap({"example": value}), seen, path)
    if "properties" in schema:
        yield path, schema, wrap
        for name, word in schema["properties"].items():
            def inner(value, name=name):
                return wrap({**minimal(schema, name), name: value})
            yield from places(word, inner, seen, f"{path}.{name}")


def minimal(schema, word):
    """The other keys that must stand beside a word, as their examples have them."""
    needed = [key for key in schema.get("required", []) if key != word]
    needed += [key for key in schema.get("dependentRequired", {}).get(word, []) if key not in needed]
    alternatives = [option["required"][0] for option in schema.get("oneOf", [])]
    if alternatives and word not in alternatives and not set(alternatives) & set(needed):
        excluded = [pair["not"]["required"] for pair in schema.get("allOf", []) if "not" in pair]
        needed.append(next(key for key in alternatives if [key, word] not in excluded and [word, key] not in excluded))
    values = {key: schema["properties"][key]["examples"][0] for key in needed}
    for key in needed:
        for other in schema.get("dependentRequired", {}).get(key, []):
            values[other] = schema["properties"][other]["examples"][0]
    return {key: value for key, value in values.items() if key != word}


# A word that says nothing without another one, which no table tells.
TOGETHER = {".artifacts.uploads.overwrite": {"put": True}, ".artifacts.uploads.checksum": {"put": True},
            ".steps.stdout.overwrite": {"store": "offsite", "key": "k"}, ".steps.stdout.checksum": {"store": "offsite", "key": "k"},
            ".steps.needs": {"name": "after"}}


def test_every_word_s_example_works():
    wrong, tried = [], 0
    for path, schema, wrap in places({key: value for key, value in SCHEMA.items() if key != "anyOf"}, lambda value: value, frozenset(), ""):
        for name, word in schema["properties"].items():
            if path == "":
                wrong += errors_of({name: word["examples"][0]}, name)
                tried += 1
                continue
            value = {**minimal(schema, name), **TOGETHER.get(f"{path}.{name}", {}), name: word["examples"][0]}
            wrong += errors_of(wrap(value), f"{path}.{name}")
            tried += 1
    support.expect(tried > 90, tried)
    support.expect(not wrong, "\n".join(wrong))


def test_everything_that_completes_is_explained():
    words = subprocess.run(["bash", "-c", 'source <("$MUSTER" completion bash); COMP_WORDS=(muster explain ""); COMP_CWORD=2; _muster; '
                            'printf "%s\\n" "${COMPREPLY[@]}"'], capture_output=True, text=True, env={**os.environ, "MUSTER": support.MUSTER})
    words = words.stdout.split()
    support.expect(len(words) > 120, words)
    for word in words:
        text = said("explain", word, env=support.environment({"HOME": PLACE}))
        support.expect(len(text.splitlines()) > 1 and word in text, f"{word}: {text}")


def test_every_warning_of_lint_is_explained():
    """Those that the tests of 'lint' come across are the names that people see."""
    for word in ("no-minimum-size", "no-max-age", "store-not-private", "compressed-not-read", "pipe-in-shell", "secret-in-clear"):
        text = said("explain", word)
        support.expect_match("a warning of 'muster lint'", text)
        support.expect_match("for example", text)


MANIFEST = """muster: 1
name: x
steps:
  - {name: dump, shell: "echo Bucket not found", expect: {output: {never: [Bucket not found]}}}
artifacts:
  - {name: a/b, file: manifest.yml, expect: {size: {min: 2B}, text: {always: [name]}}}
waivers:
  - {check: "artifact:a/b/size", reason: for a test, until: 2999-01-31}
"""


def explain(folder, *arguments, env=None):
    code, out, err, _ = support.execute([support.MUSTER, "explain", *arguments], folder, support.environment(env))
    return code, out, err


def test_a_check_of_the_last_report():
    with support.Folder() as folder:
        run = support.muster("run", "--report", "json=report.json", manifest=MANIFEST.replace("size: {min: 2B}", "size: {min: 2GB}"), cwd=folder)
        support.expect_equal(run.code, 1, run)
        code, out, err = explain(folder, "step:dump/output/never:0")
        support.expect_equal((code, err), (0, ""), out)
        for pattern in ("a check of +the step 'dump'", "kind +output: ", "declared +line 4 of manifest.yml", "verdict +fail",
                        "expected +no match of /Bucket not found/", "seen +line 1: Bucket not found"):
            support.expect_match(pattern, out)
        code, out, err = explain(folder, "artifact:a/b/size")
        support.expect_match("the artifact 'a/b'", out)
        support.expect_match("verdict +waived", out)
        support.expect_match("waived +for a test .until 2999-01-31", out)
        code, out, err = explain(folder, "artifact:a/b/sze")
        support.expect_equal((code, out), (2, ""))
        support.expect_match("did you mean 'artifact:a/b/size'", err)
        os.rename(os.path.join(folder, "report.json"), os.path.join(folder, "other.json"))
        for arguments, env in ((["--from", "other.json"], {}), ([], {"MUSTER_REPORT": "other.json"})):
            code, out, err = explain(folder, *arguments, "step:dump/exit", env=env)
            support.expect_equal((code, err), (0, ""), out)
            support.expect_match("verdict +pass", out)


def test_a_check_without_a_report():
    with support.Folder() as folder:
        code, out, err = explain(folder, "artifact:tar/member:db/database.sql.gz/text/always:0")
        support.expect_equal((code, err), (0, ""), out)
        for pattern in ("the artifact 'tar'", "member +db/database.sql.gz", "kind +text: ", "muster run --report json=report.json"):
            support.expect_match(pattern, out)
        code, out, err = explain(folder, "--from", "nowhere.json", "step:dump/exit")
        support.expect_equal((code, out), (2, ""))
        support.expect_match("nowhere.json", err)
        support.write(folder, "report.json", "{}")
        code, out, err = explain(folder, "step:dump/exit")
        support.expect_equal((code, out), (3, ""))
        support.expect_match("not a sound report", err)


try:
    support.main()
finally:
    FOLDER.__exit__()
