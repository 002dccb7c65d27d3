#!/usr/bin/python3
# test: linked
"""`muster install` of a muster that is linked dynamically: it says why not, and leaves nothing. A static one is copied; what else it
does is tested in tests/container/install_test.py."""

import os
import subprocess

from support import Folder, MUSTER, SANITIZED, environment, execute, expect, expect_equal, expect_match, main, muster


def interpreter():
    said = subprocess.run(["readelf", "--program-headers", MUSTER], capture_output=True, text=True, check=True).stdout
    return said.partition("Requesting program interpreter: ")[2].partition("]")[0]


def expect_refusal(path, code, out, err):
    expect_equal((code, out), (2, ""), err)
    expect_match(rf"linked dynamically \(it asks for '{interpreter()}'", err)
    expect_match(r"make static", err)
    expect_equal(os.listdir(path), [], err)


def test_it_would_not_start_in_another_image():
    with Folder() as path:
        run = muster("install", path, cwd=path)
        if interpreter():
            expect_refusal(path, run.code, run.out, run.err)
            return
        expect_equal(run.code, 0, run)
        with open(MUSTER, "rb") as original, open(os.path.join(path, "muster"), "rb") as copy:
            expect(original.read() == copy.read(), "the copy differs")


def test_also_where_its_interpreter_was_told_to_run_it():
    """/proc/self/exe is the interpreter then. A static one has none that could be told."""
    if not interpreter():
        return
    with Folder() as path:
        code, out, err, _ = execute([interpreter(), MUSTER, "install", path], path, environment())
        if SANITIZED:
            expect(code != 0 and os.listdir(path) == [], err)
        else:
            expect_refusal(path, code, out, err)


def test_wrong_command_lines():
    with Folder() as path:
        for arguments in ([], [path, path], ["--quiet"]):
            run = muster("install", *arguments, cwd=path)
            expect_equal((run.code, run.out), (2, ""), run)
            expect_match(r"takes DIR", run.err)
            expect_equal(os.listdir(path), [], run)


main()
