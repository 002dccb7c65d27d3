#!/usr/bin/python3
"""The termination message that Kubernetes shows: at most 4096 bytes, the verdict first, then what failed."""

import os

from support import Folder, expect, expect_equal, expect_match, main, muster, write


def test_passed():
    with Folder() as path:
        run = muster("run", manifest="muster: 1\nname: good\nsteps:\n  - {name: a, run: ['true']}\n", cwd=path)
        expect_match(r"(?i)\A.*pass", run.termination.decode(), run)


def test_failed_says_what():
    with Folder() as path:
        run = muster("run", manifest="muster: 1\nname: bad\nsteps:\n  - {name: dump, run: [sh, -c, 'exit 12']}\n", cwd=path)
        text = run.termination.decode()
        expect_match(r"(?i)\A.*fail", text)
        expect_match("step:dump/exit", text)
        expect_match("12", text)


def test_never_over_4096_bytes():
    steps = "\n".join(f"  - {{name: 'step-with-a-rather-long-name-é-{i}', run: ['false'], always: true}}" for i in range(300))
    with Folder() as path:
        run = muster("run", manifest=f"muster: 1\nname: many\nsteps:\n{steps}\n", cwd=path)
        expect_equal(run.report["counts"]["failed"], 300)
        expect(len(run.termination) <= 4096, len(run.termination))
        expect(len(run.termination) > 2000, "there is room for more")
        run.termination.decode()
        expect_match(r"^\.\.\. and \d+ more$", run.termination.decode().splitlines()[-1])


def test_nothing_was_run_for_a_manifest_that_is_not_valid():
    with Folder() as path:
        run = muster("run", manifest="muster: 1\nname: bad\nsteps: 5\n", cwd=path)
        expect_equal(run.code, 3, run)
        expect_match(r"\A\S*manifest\.yml: fail: the manifest is not valid, nothing was run \(exit code 3\)$", run.termination.decode())
        expect_match(r"manifest\.yml:3:8: error: ", run.termination.decode())


def test_many_errors_fit():
    with Folder() as path:
        steps = "\n".join(f"  - {{name: 'é{i}', rnu: ['é']}}" for i in range(150))
        run = muster("run", manifest=f"muster: 1\nname: bad\nsteps:\n{steps}\n", cwd=path)
        expect_equal(run.code, 3, run)
        expect(3000 < len(run.termination) <= 4096, len(run.termination))
        run.termination.decode()
        quiet = muster("probe", manifest="muster: 1\nname: bad\nsteps: 5\n", cwd=path)
        expect(quiet.termination is None, "a probe replaces the container's own last words")


def test_preflight():
    with Folder() as path:
        run = muster("run", manifest="muster: 1\nname: gate\npreflight:\n  - env: NOT_SET_ANYWHERE\nsteps:\n  - {name: a, run: ['true']}\n",
                     cwd=path)
        expect_equal(run.code, 4, run)
        expect_match("NOT_SET_ANYWHERE", run.termination.decode())


def test_that_cannot_be_written_changes_no_verdict():
    with Folder() as path:
        write(path, "m.yml", "muster: 1\nname: good\nsteps:\n  - {name: a, run: ['true']}\n")
        for target in ("/dev/full", os.path.join(path, "nowhere", "log"), path):
            run = muster("run", path="m.yml", cwd=path, env={"MUSTER_TERMINATION_LOG": target})
            expect_equal(run.code, 0, run)


main()
