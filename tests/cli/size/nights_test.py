#!/usr/bin/python3
# test: slow, about 3
"""Nights, one after the other: what was rejected never becomes what is usual."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import *  # noqa

DAY = 86400
MANIFEST = """muster: 1
name: nights
steps: [{{name: make, shell: 'mkdir -p h; head -c {size} /dev/zero > "h/b-${{run.time}}"'}}]
artifacts: [{{name: b, file: "h/b-${{run.time}}", step: make, expect: {{size: {rules}}}}}]
"""


def lay(path, *backups):
    """Backups of so many bytes, so many days ago."""
    for number, (days, size) in enumerate(backups):
        name = write(path, f"h/b-old{number}", b"\0" * size)
        os.utime(name, times=(time.time() - days * DAY,) * 2)


def night(path, size, rules, hours=24):
    """Runs, and lets so many hours go by."""
    run = muster("run", manifest=MANIFEST.format(size=size, rules=rules), cwd=path)
    for name in os.listdir(os.path.join(path, "h")):
        old = os.path.join(path, "h", name)
        moment = os.stat(old).st_mtime - hours * 3600
        os.utime(old, times=(moment, moment))
        if "T" in name:
            os.rename(old, os.path.join(path, "h", f"b-{time.monotonic_ns()}"))
    return run


def nights(path, sizes, rules, hours=24):
    runs = [night(path, size, rules, hours) for size in sizes]
    return [run.code for run in runs], runs[-1]


def observed(run):
    return run.check("artifact:b/size")["observed"]


def good(nights=7, size=1000):
    return [(days, size) for days in range(nights, 0, -1)]


def test_the_alarm_does_not_end_by_itself():
    for rules, size in (("{shrink: 20%}", 2), ("{shrink: 20%}", 700), ("{grow: 50%}", 1600), ("{min: 500B, shrink: 20%}", 100)):
        with Folder() as path:
            lay(path, *good())
            codes, last = nights(path, [size] * 12, rules)
            expect_equal(codes, [1] * 12, last)
            if "min" not in rules:
                expect_match(r"than the median of the last 7 \(1000 B\); 7 of the last 7 were not accepted$", observed(last))


def test_it_ends_with_the_cause_and_with_a_changed_manifest():
    with Folder() as path:
        lay(path, *good())
        expect_equal(nights(path, [2, 2, 2], "{shrink: 20%}")[0], [1, 1, 1])
        run = night(path, 1000, "{shrink: 20%}")
        expect_equal(run.code, 0, run)
        expect_match(r"\+0\.0% against the median of the last 7 \(1000 B\); 3 of the last 7 were not accepted$", observed(run))
        expect_equal(nights(path, [600] * 3, "{shrink: 20%}")[0], [1, 1, 1])
        codes, last = nights(path, [600] * 7, "{shrink: 50%}")
        expect_equal(codes, [0] * 7, last)


def test_retries_of_one_night():
    with Folder() as path:
        lay(path, *good())
        codes, last = nights(path, [2] * 10, "{shrink: 20%}", hours=0.1)
        expect_equal(codes, [1] * 10, last)
        expect_match(r"; 1 of the last 7 was not accepted$", observed(last))
        # Accepted ones are one night, too: a slow slide within one is measured against the nights before it.
        codes, last = nights(path, [900, 810, 801, 799], "{shrink: 20%}", hours=0.1)
        expect_equal(codes, [0, 0, 0, 1], last)


def test_the_first_nights():
    with Folder() as path:
        run = night(path, 1000, "{shrink: 20%, grow: 50%}")
        expect_equal(observed(run), "1000 B; the first backup in this place: there is none before it to compare with")
        run = night(path, 2, "{shrink: 20%, grow: 50%}", hours=0.1)
        expect_equal(run.code, 1, run)
    with Folder() as path:
        lay(path, (3, 20), (2, 20), (1, 0))
        codes, last = nights(path, [3000, 3000, 2900], "{shrink: 20%, grow: 50%}")
        expect_equal(codes, [0, 0, 0], last)
        expect_match(r"-3\.3% against the median of the last 2 \(3000 B\); 3 of the last 5 were not accepted$", observed(last))
    with Folder() as path:
        lay(path, (2, 100), (1, 3000))
        run = night(path, 3000, "{min: 200B, grow: 50%}")
        expect_match(r"^3000 B, \+0\.0% against the median of the last 1 \(3000 B\); 1 of the last 2 was not accepted$", observed(run))


def test_the_median_of_an_even_number_is_the_mean_of_the_two_in_the_middle():
    with Folder() as path:
        lay(path, (4, 1000), (3, 2000), (2, 4000), (1, 9000))
        expect_match(r"median of the last 4 \(3000 B\)$", observed(night(path, 3000, "{shrink: 20%}")))


def test_midnight_and_late_starts():
    """Nights that begin a little earlier or later each are nights of their own."""
    with Folder() as path:
        lay(path, *((days + shift, 1000 * days) for days, shift in ((7, 0.2), (6, -0.2), (5, 0.1), (4, 0), (3, -0.2), (2, 0.2), (1, 0))))
        expect_match(r"median of the last 7 \(4000 B\)$", observed(night(path, 4000, "{grow: 900%}")))


def test_verify_measures_alike():
    with Folder() as path:
        lay(path, *good(size=1000)[:3], *((days, 2) for days in (4, 3, 2, 1, 0.5)))
        run = muster("verify", manifest="muster: 1\nname: v\nartifacts: [{name: b, file: 'h/b-*', expect: {size: {shrink: 20%}}}]\n", cwd=path)
        expect_equal(run.code, 1, run)
        expect_match(r"median of the last 3 \(1000 B\); 4 of the last 7 were not accepted$", observed(run))


def test_many_attempts_do_not_hide_the_nights():
    with Folder() as path:
        lay(path, *good(), *((0.3 - number / 10000, 2) for number in range(600)))
        run = night(path, 2, "{shrink: 20%}")
        expect_equal(run.code, 1, run)


main()
