#!/usr/bin/python3
"""Several manifests: the table at the end, one exit code, reports into a folder."""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import *  # noqa

GOOD = "muster: 1\nname: {name}\nartifacts: [{{name: a, file: '{file}', expect: {{size: {{min: 2B}}}}}}]\n"


def verify(folder, *arguments, env=None):
    code, out, err, _ = execute([MUSTER, "verify", *arguments], folder, environment({"AWS_EC2_METADATA_DISABLED": "true", **(env or {})}))
    return Run(["verify", *arguments], code, out, err, None, None, 0)


def table(run):
    lines = run.out.splitlines()
    first = max(i for i, line in enumerate(lines) if line.startswith("backup "))
    return lines[first:]


def fill(folder):
    write(folder, "good", b"12345")
    write(folder, "small", b"1")
    write(folder, "m/a.yml", GOOD.format(name="first", file="good"))
    write(folder, "m/b.yaml", GOOD.format(name="second", file="small"))
    write(folder, "m/c.json", '{"muster": 1, "name": "third", "artifacts": [{"name": "x", "file": "missing"}]}')


def test_table_over_a_folder():
    with Folder() as folder:
        fill(folder)
        run = verify(folder, "m")
        expect_equal(run.code, 1, run)
        lines = table(run)
        expect_match(r"^first/a +good +\S+ \S+ +5 B +- +pass$", lines[1], run)
        expect_match(r"^second/a +small +\S+ \S+ +1 B +- +fail$", lines[2], run)
        expect_match(r"^third/x +- +- +- +- +fail$", lines[3], run)
        expect_equal(lines[4:], ["1 of 3 manifests passed (exit code 1)"], run)
        expect("\033" not in run.said, run)


def test_quiet_and_colours():
    with Folder() as folder:
        fill(folder)
        expect_equal(verify(folder, "--quiet", "m/a.yml").said, "")
        run = verify(folder, "--quiet", "m")
        expect_match(r"^second/a .* fail$", "\n".join(table(run)), run)
        run = verify(folder, "--color=always", "m/a.yml")
        expect("\033[32mpass\033[0m" in run.out.splitlines()[-2], run)
        expect_equal(verify(folder, "m/a.yml").out.splitlines()[-1], "1 of 1 manifest passed (exit code 0)")


def test_invalid_and_failing_elsewhere():
    with Folder() as folder:
        fill(folder)
        write(folder, "bad.yml", "muster: 1\nname: bad\nartifact: []\n")
        write(folder, "gate.yml", "muster: 1\nname: gate\nstores: {s: {directory: {path: nowhere}}}\n"
                                  "artifacts: [{name: a, object: {store: s, key: k}}]\n")
        write(folder, "waiver.yml", GOOD.format(name="waiver", file="good") +
              "waivers: [{check: 'artifact:a/size', reason: r, until: 2999-01-01}]\n")
        run = verify(folder, "bad.yml", "m/a.yml")
        expect_equal(run.code, 3, run)
        expect_match(r"^bad\.yml +- .* fail$", table(run)[1], run)
        run = verify(folder, "gate.yml")
        expect_equal(run.code, 4, run)
        expect_match(r"^gate/a .* unproven$\n^gate +-.* fail$", "\n".join(table(run)), run)
        run = verify(folder, "waiver.yml")
        expect_equal(run.code, 1, run)
        expect_match(r"^waiver +- .* fail$", "\n".join(table(run)), run)


def test_no_line_is_too_long_and_nothing_moves_the_cursor():
    with Folder() as folder:
        name = "ü" * 90 + "\x1b[31m" + "x" * 60
        write(folder, name, b"12345")
        write(folder, "a.json", json.dumps({"muster": 1, "name": "n" * 60, "artifacts": [
            {"name": "日本語" * 20, "file": "*xx", "expect": {"size": {"min": "1B"}}}]}))
        run = verify(folder, "a.json")
        expect_equal(run.code, 0, run)
        lines = table(run)
        expect(all(len(line) <= 100 for line in lines), run)
        expect("\x1b" not in "".join(lines) and "..." in lines[1], run)


def test_reports_of_several():
    with Folder() as folder:
        fill(folder)
        run = verify(folder, "--report", "json=one.json", "m")
        expect_equal(run.code, 2, run)
        expect_match("name a folder for those of several", run.err)
        expect(not os.path.exists(os.path.join(folder, "one.json")))
        write(folder, "m/d.yml", GOOD.format(name="with/slash and ..", file="good"))
        run = verify(folder, "--report", "json=out/", "--report", "junit=out/", "--report", "prometheus=prom/", "m")
        expect_equal(run.code, 1, run)
        names = ["first", "second", "third", "with_slash_and_.."]
        expect_equal(sorted(os.listdir(os.path.join(folder, "out"))),
                     sorted([name + ".json" for name in names] + [name + ".xml" for name in names]), run)
        expect_equal(sorted(os.listdir(os.path.join(folder, "prom"))), sorted(name + ".prom" for name in names), run)
        for name, code in (("first", 0), ("second", 1)):
            with open(os.path.join(folder, "out", name + ".json"), encoding="utf-8") as file:
                expect_equal(json.load(file)["exit_code"], code, run)
        run = verify(folder, "--report", "tap=out/", "m/a.yml")
        expect_equal(run.code, 0, run)
        expect(os.path.exists(os.path.join(folder, "out/first.tap")), run)


def test_reports_never_take_the_place_of_another():
    with Folder() as folder:
        fill(folder)
        write(folder, "twin.yml", GOOD.format(name="first", file="small"))
        run = verify(folder, "--report", "json=out/", "m/a.yml", "twin.yml")
        expect_equal(run.code, 3, run)
        expect_match("would take the place of another's", run.err)
        with open(os.path.join(folder, "out/first.json"), encoding="utf-8") as file:
            expect_equal(json.load(file)["exit_code"], 0, run)
        run = verify(folder, "--report", "json=out/", "--report", "json=out/", "m/a.yml")
        expect_equal(run.code, 2, run)
        run = verify(folder, "--report", "json=no/such/", "m/a.yml")
        expect_equal(run.code, 70, run)


def test_sample_in_the_report():
    with Folder() as folder:
        write(folder, "good", os.urandom(3 << 20))
        run = muster("verify", "--sample", manifest=GOOD.format(name="n", file="good"), cwd=folder)
        expect_equal(run.code, 5, run)
        run = muster("verify", "--sample", manifest="sample: true\n" + GOOD.format(name="n", file="good"), cwd=folder)
        expect_equal(run.code, 0, run)
        expect(run.report["sample"] is True and run.report["artifacts"][0]["sha256"] is None, run)
        run = muster("verify", manifest=GOOD.format(name="n", file="good"), cwd=folder)
        expect("sample" not in run.report, run)


main()
