#!/usr/bin/python3
"""The tests' own eyes: a program that lies about its run is found out."""

import copy
import os
import stat

import run as runner
import support
from support import Folder, Run, expect, expect_equal, main, unsound, write

CHECK = {"id": "step:a/exit", "kind": "exit", "verdict": "pass", "expected": "exit code 0", "observed": "exited with 0", "message": "",
         "line": 4, "seconds": 0.1}
REPORT = {"muster": 1, "mode": "run", "name": "a", "run": {}, "manifest": {}, "verdict": "pass", "exit_code": 0,
          "counts": {"declared": 1, "passed": 1, "failed": 0, "unproven": 0, "waived": 0}, "checks": [CHECK], "steps": [], "artifacts": [],
          "uploads": []}


def problems(code=0, termination=b"passed", **changes):
    report = copy.deepcopy(REPORT)
    report.update(changes)
    return unsound(Run(["muster"], code, "", "", report, termination, 0))


def test_truth_is_sound():
    expect_equal(problems(), [])


def test_lies_are_found_out():
    failed = {**CHECK, "verdict": "fail"}
    counts = REPORT["counts"]
    for lie in ({"code": 1}, {"exit_code": 1}, {"verdict": "fail"}, {"checks": []}, {"checks": [failed]}, {"checks": [CHECK, CHECK]},
                {"counts": {**counts, "declared": 2}}, {"counts": {**counts, "passed": 0, "failed": 1}}, {"checks": [{**CHECK, "line": 0}]},
                {"checks": [{**CHECK, "expected": ""}]}, {"checks": [{**CHECK, "verdict": "maybe"}]},
                {"termination": b"did not finish"}, {"termination": b"x" * 4097}, {"termination": b""},
                {"checks": [failed], "counts": {**counts, "passed": 0, "failed": 1}},
                {"checks": [{**failed, "observed": ""}], "counts": {**counts, "passed": 0, "failed": 1}, "code": 1, "exit_code": 1, "verdict": "fail"}):
        expect(problems(**lie), lie)
    expect(unsound(Run(["muster"], 0, "", "", None, None, 0)), "no report at all")


def test_case_that_is_not_met_fails():
    with Folder() as path:
        fake = write(path, "muster", "#!/bin/sh\necho said\nexit 0\n")
        os.chmod(fake, stat.S_IRWXU)
        honest = support.MUSTER
        support.MUSTER = fake
        try:
            for text, good in (("# args: lint\n# exit: 0\n# says: said\n", True), ("# args: lint\n# exit: 1\n", False),
                               ("# args: lint\n# exit: 0\n# says: other\n", False), ("# args: lint\n# exit: 0\n# not-says: said\n", False),
                               ("# args: lint\n# exit: 0\n# hidden: said\n", False), ("# args: lint\n# exit: 0\n# file: nowhere x\n", False),
                               ("# args: lint\n# exit: 0\n# setup: touch a\n# no-file: a\n", False), ("# exit: 0\n", False),
                               ("# args: lint\n# exit: 0\n# lint: 1:1: x\n", False), ("# args: lint\n# exit: 0\na: b # lint: 1: x\n", False),
                               ("# args: lint\n# exit: 0\n# setup: false\n", False), ("# args: lint\n# exit: 0\n# check: a pass\n", False)):
                passed, failed, said = runner.run_one(write(path, "case.yaml", text))
                expect_equal((passed, failed), (1, 0) if good else (0, 1), text + said)
        finally:
            support.MUSTER = honest


main()
