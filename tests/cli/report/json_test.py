#!/usr/bin/python3
# test: linked
"""The JSON report: its fields, where it goes, and that nothing in it can break it."""

import hashlib
import json
import os
import re

from support import Folder, expect, expect_equal, expect_match, expect_no_match, main, muster, write

MANIFEST = """muster: 1
name: report
stores:
  vault: {directory: {path: vault}}
steps:
  - {name: dump, pipe: [[seq, "1000"], [gzip]], stdout: a.gz}
  - {name: put, run: [cp, a.gz, vault/a.gz], retry: {attempts: 2, wait: 1s}}
artifacts:
  - name: dump
    file: a.gz
    step: dump
    expect: {text: {lines: 1000}}
    uploads: [{store: vault, key: a.gz, expect: {match: read_back}}]
"""


def passing(path):
    os.mkdir(os.path.join(path, "vault"))
    return muster("run", manifest=MANIFEST, cwd=path)


def test_fields():
    with Folder() as path:
        run = passing(path)
        expect_equal(run.code, 0, run)
        report = run.report
        expect_equal((report["muster"], report["mode"], report["name"], report["verdict"]), (1, "run", "report", "pass"))
        for key in ("started", "finished"):
            expect_match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", report["run"][key])
        expect(report["run"]["started"] <= report["run"]["finished"])
        for key in ("id", "host", "version"):
            expect(report["run"][key], key)
        with open(os.path.join(path, "manifest.yml"), "rb") as file:
            expect_equal(report["manifest"]["sha256"], hashlib.sha256(file.read()).hexdigest())
        expect_equal(report["manifest"]["path"], "manifest.yml")
        for check in report["checks"]:
            expect(isinstance(check["seconds"], (int, float)) and check["seconds"] >= 0, check)
            expect(isinstance(check["line"], int), check)
        expect_equal(run.check("artifact:dump/text")["line"], 12, run)


def test_what_became_of_steps_artifacts_and_uploads():
    with Folder() as path:
        report = passing(path).report
        dump, put = report["steps"]
        expect_equal((dump["name"], dump["outcome"], dump["code"], dump["attempts"]), ("dump", "exited", 0, 1))
        expect_equal([stage["argv"] for stage in dump["stages"]], [["seq", "1000"], ["gzip"]])
        expect_equal([(stage["outcome"], stage["code"]) for stage in dump["stages"]], [("exited", 0)] * 2)
        for step in (dump, put):
            expect(step["seconds"] >= 0 and step["max_rss_bytes"] > 0 and step["cpu_seconds"] >= 0, step)
        with open(os.path.join(path, "a.gz"), "rb") as file:
            content = file.read()
        artifact, upload = report["artifacts"][0], report["uploads"][0]
        expect_equal(artifact["size"], len(content))
        expect_equal(artifact["sha256"], hashlib.sha256(content).hexdigest())
        expect_match("a.gz$", artifact["location"])
        expect_equal((upload["artifact"], upload["store"], upload["key"], upload["size"]), ("dump", "vault", "a.gz", len(content)))
        expect(upload["proof"], upload)


def test_to_standard_output():
    """Then nothing else goes there."""
    with Folder() as path:
        write(path, "m.yml", "muster: 1\nname: a\nsteps:\n  - {name: a, run: [echo, printed]}\n  - {name: b, run: ['false']}\n")
        run = muster("run", "--report", "json=-", path="m.yml", cwd=path, report=False)
        expect_equal(run.code, 1, run)
        expect_equal(json.loads(run.out)["verdict"], "fail", run)
        expect_match("printed", run.err)


def test_to_several_places_and_into_folders_that_are_not_there():
    with Folder() as path:
        write(path, "m.yml", "muster: 1\nname: a\nsteps:\n  - {name: a, run: ['true']}\n")
        run = muster("run", "--report", "json=one.json", "--report=json=two.json", path="m.yml", cwd=path)
        expect_equal(run.code, 0, run)
        for name in ("one.json", "two.json"):
            with open(os.path.join(path, name), encoding="utf-8") as file:
                expect_equal(json.load(file)["verdict"], "pass")


def test_that_cannot_be_written_is_told():
    with Folder() as path:
        write(path, "m.yml", "muster: 1\nname: a\nsteps:\n  - {name: a, run: ['true']}\n")
        for target in ("nowhere/r.json", "/dev/full"):
            run = muster("run", "--report", "json=" + target, path="m.yml", cwd=path, sound=False)
            expect(run.code != 0, run)
            expect_match(re.escape(target), run.said)
        expect(not [name for name in os.listdir(path) if name != "m.yml"], os.listdir(path))


def test_a_report_of_before_is_replaced_whole():
    with Folder() as path:
        write(path, "r.json", "{" + "x" * 100000)
        write(path, "m.yml", "muster: 1\nname: a\nsteps:\n  - {name: a, run: ['true']}\n")
        muster("run", "--report", "json=r.json", path="m.yml", cwd=path)
        with open(os.path.join(path, "r.json"), encoding="utf-8") as file:
            expect_equal(json.load(file)["exit_code"], 0)


def test_output_that_is_no_text():
    with Folder() as path:
        write(path, "noise", b"quote \" back \\ bad \xff\xfe\xc3 nul \0 bell \a esc \x1b]0;t\a \x1b[31mred tab \t end MARK\n")
        run = muster("run", manifest="muster: 1\nname: noise\nsteps:\n  - {name: a, run: [cat, noise], expect: {output: {never: [MARK]}}}\n",
                     cwd=path)
        expect_equal(run.code, 1, run)
        expect_match("MARK", run.check("step:a/output/never:0")["observed"], run)
        expect_no_match("[\x00-\x08\x0b-\x1f]", run.check("step:a/output/never:0")["observed"], "control characters in the report")


def test_name_that_needs_escaping():
    with Folder() as path:
        run = muster("run", manifest='muster: 1\nname: "a \\"b\\" \\u00e9 \\\\"\nsteps:\n  - {name: a, run: ["true"]}\n', cwd=path)
        expect_equal(run.report["name"], 'a "b" é \\', run)


def test_unreached_checks_are_in_it():
    with Folder() as path:
        run = muster("run", manifest=MANIFEST.replace("[seq", "[no-such-seq"), cwd=path, sound=True)
        expect_equal(run.code, 4, "the store's folder is not there")
        expect_equal(run.report["counts"]["failed"], 1, run)
        expect(run.report["counts"]["unproven"] >= 7, run)
        os.mkdir(os.path.join(path, "vault"))
        run = muster("run", path="manifest.yml", cwd=path)
        expect_equal(run.code, 1, run)
        expect_equal([step["outcome"] for step in run.report["steps"]], ["not_started", "not_started"], run)


main()
