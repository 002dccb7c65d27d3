#!/usr/bin/python3
# test: about 10
"""What a run vouches for is there when it ends: two names of one place, clean-ups that take too much, reports in the wrong place."""

import json
import os
import subprocess

from support import Folder, expect, expect_equal, expect_match, main, muster, write

TWO = """muster: 1
name: two
stores:
  v: {{directory: {{path: v}}}}
  w: {{directory: {{path: '{other}'}}}}
artifacts:
  - {{name: a, file: a, uploads: [{{store: v, key: k, put: true, overwrite: true, expect: {{match: auto}}}}]}}
  - {{name: b, file: {second}, uploads: [{{store: w, key: {key}, put: true, overwrite: true, expect: {{match: auto}}}}]}}
"""

ONE = """muster: 1
name: one
stores: {{v: {{directory: {{path: v}}}}}}
steps:
  - {{name: make, shell: {make}}}
  - {{name: tidy, always: true, shell: {tidy}}}
artifacts:
  - {{name: a, file: a, step: make{uploads}}}
{rest}"""

COPIES = """muster: 1
name: copies
stores: {{v: {{directory: {{path: v}}}}, w: {{directory: {{path: w}}}}}}
steps: [{{name: make, shell: {script}}}]
artifacts:
  - {{name: a, file: a, step: make, uploads: [{{store: v, key: k, expect: {{match: auto}}}}, {{store: w, key: k, expect: {{match: auto}}}}]}}
"""

COPIED = "{store: v, key: k, expect: {match: auto}}"
PUT = "{store: v, key: k, put: true, overwrite: true, expect: {match: auto}}"
COPY = "echo x > a; cp a v/k"


def one(path, tidy="true", make="echo x > a", uploads=PUT, rest="", arguments=(), **options):
    os.mkdir(os.path.join(path, "v"))
    manifest = ONE.format(make=json.dumps(make), tidy=json.dumps(tidy), uploads=uploads and f", uploads: [{uploads}]", rest=rest)
    return muster("run", *arguments, manifest=manifest, cwd=path, **options)


def two(other, second="b", key="k"):
    with Folder() as path:
        subprocess.run(f"mkdir -p v/deep; ln -s v link; echo a > a; echo b > b; ln -s {path}/v absolute", shell=True, cwd=path, check=True)
        return muster("run", manifest=TWO.format(other=other.replace("CWD", path), second=second, key=key), cwd=path)


def test_two_names_of_one_folder():
    for other in "v/", "./v", "CWD/v", "link", "absolute", "v/deep/..":
        run = two(other)
        expect_equal(run.code, 1, run)
        expect_equal(run.ids("fail"), ["upload:b@w/put"], run)
        expect_match("uploaded for 'a' in this very run", run.check("upload:b@w/put")["observed"])
    expect_equal(two("v", key="other").code, 0)


def test_two_names_of_one_folder_and_the_same_bytes():
    run = two("./v", second="a")
    expect_equal(run.code, 1, run)


def test_one_copy_is_not_two():
    for script, code in ("cp a v/k", 1), ("cp a v/k; cp a w/k", 0), ("cp a v/k; ln v/k w/k", 1), ("cp a v/k; ln -s ../v/k w/k", 1):
        with Folder() as path:
            folders = "rm -r w; ln -s v w; " if "w/" not in script else ""
            subprocess.run("mkdir v w", shell=True, cwd=path, check=True)
            manifest = COPIES.format(script=json.dumps("echo x > a; " + folders + script))
            run = muster("run", manifest=manifest, cwd=path)
            expect_equal(run.code, code, f"{script}: {run}")
            expect_equal(run.ids("fail"), ["upload:a@w/exists"] if code else [], f"{script}: {run}")


def test_clean_up_that_takes_the_upload():
    for tidy, verdict in ("rm -r v", "fail"), ("rm v/k", "fail"), ("echo x > v/k", "fail"), ("mv v w", "fail"), ("echo x >> v/k", "fail"), \
            ("cp v/k t; mv t v/k", "fail"), ("chmod 600 v/k; touch v/other", "pass"), ("rm a", "pass"):
        with Folder() as path:
            run = one(path, tidy)
            expect_equal(run.verdict("upload:a@v/exists"), verdict, f"{tidy}: {run}")
            expect_equal(run.code, 1 if verdict == "fail" else 0, f"{tidy}: {run}")
    with Folder() as path:
        run = one(path, "rm v/k", make=COPY, uploads=COPIED)
        expect_equal(run.code, 1, run)
        expect_match("is gone at the end of the run", run.check("upload:a@v/exists")["observed"])


def test_clean_up_that_takes_the_artifact():
    for tidy, verdict in ("rm a", "fail"), ("mv a b", "fail"), ("echo y > a", "fail"), ("chmod 600 a; ln a b", "pass"):
        with Folder() as path:
            run = one(path, tidy, uploads="")
            expect_equal(run.verdict("artifact:a/exists"), verdict, f"{tidy}: {run}")
            expect_equal(run.code, 1 if verdict == "fail" else 0, f"{tidy}: {run}")


def test_a_stored_report_in_the_place_of_the_upload():
    for uploads, make in (PUT, "echo x > a"), (COPIED, COPY):
        with Folder() as path:
            run = one(path, make=make, uploads=uploads, rest="reports: [{format: json, store: v, key: k}]\n")
            expect_equal(run.code, 1, run)
            expect_equal(run.report["exit_code"], 1, run)
            expect_equal(run.verdict("upload:a@v/exists"), "fail", run)
            expect(b"upload:a@v/exists" in run.termination, run)
            with open(os.path.join(path, "v", "k"), encoding="utf-8") as stored:
                expect_equal(json.load(stored)["exit_code"], 1, run)
    with Folder() as path:
        run = one(path, rest="reports: [{format: json, store: v, key: r}]\n")
        expect_equal(run.code, 0, run)


def test_a_report_file_in_the_place_of_the_upload():
    for form in "json", "prometheus", "junit", "html":
        with Folder() as path:
            run = one(path, arguments=["--report", f"{form}=v/k"])
            expect_equal(run.code, 1, run)
            expect_equal(run.report["exit_code"], 1, run)
            expect(b"upload:a@v/exists" in run.termination, run)


def test_a_report_file_in_the_place_of_the_artifact():
    with Folder() as path:
        run = one(path, uploads="", arguments=["--report", "json=a"])
        expect_equal(run.code, 1, run)


def test_what_remembers_a_success_is_not_told_of_one():
    with Folder() as path:
        write(path, "metrics.prom", "")
        run = one(path, rest="reports: [{format: json, store: v, key: k}]\n", arguments=["--report", "prometheus=metrics.prom"])
        expect_equal(run.code, 1, run)
        with open(os.path.join(path, "metrics.prom"), encoding="utf-8") as metrics:
            for line in metrics:
                if line.startswith("muster_last_success_timestamp_seconds"):
                    expect_match(r" (0|NaN)$", line.strip())


main()
