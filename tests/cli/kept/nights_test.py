#!/usr/bin/python3
"""What counts as a backup that is kept: one a night, that the manifest would have accepted."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import *  # noqa

DAY = 86400
MANIFEST = """muster: 1
name: kept
stores: {{vault: {{directory: {{path: vault}}}}}}
steps: [{{name: make, shell: 'head -c {size} /dev/zero > a; cp a "vault/a-${{run.time}}"'}}]
artifacts:
  - {{name: a, file: a, step: make, expect: {expect}, uploads: [{{store: vault, key: "a-${{run.time}}", expect: {{kept: {kept}}}}}]}}
"""


def kept(rules, *backups, size=1000, expect="{size: {min: 1B}}"):
    """Beside backups of so many bytes, so many days ago: the check's verdict and what it saw."""
    with Folder() as path:
        for number, (days, old_size) in enumerate(backups):
            name = write(path, f"vault/a-old{number}", b"\0" * old_size)
            os.utime(name, times=(time.time() - days * DAY,) * 2)
        os.makedirs(os.path.join(path, "vault"), exist_ok=True)
        run = muster("run", manifest=MANIFEST.format(size=size, kept=rules, expect=expect), cwd=path)
        found = run.check("upload:a@vault/kept")
        return found["verdict"], found["observed"]


def good(*days, size=1000):
    return [(day, size) for day in days]


def test_leftovers_that_are_the_majority():
    left_out = ", left out: 3 of less than 50% of the usual 1000 B"
    expect_equal(kept("{min: 4}", *good(3, 2, 1, size=2)), ("fail", "1" + left_out))
    expect_equal(kept("{min: 4}", *good(4), *good(3, 2, 1, size=2)), ("fail", "2" + left_out))
    expect_equal(kept("{min: 4}", *good(6, 5, 4), *good(3, 2, 1, size=2)), ("pass", "4" + left_out))
    expect_equal(kept("{min: 2}", *good(4), *good(3, 2, 1, size=300)), ("pass", "2" + left_out))
    # The new one is itself next to nothing, and no other check says so.
    expect_equal(kept("{min: 2}", *good(4), *good(3, 2, 1, size=2), size=2)[0], "fail")


def test_what_size_does_not_accept():
    backups = [*good(9, 8, 7), *good(6, 5, 4, 3, 2, 1, size=700)]
    expect_equal(kept("{min: 5}", *backups, expect="{size: {shrink: 20%}}"),
                 ("fail", "4, left out: 6 that 'size' does not accept"))
    expect_equal(kept("{min: 5}", *backups, expect="{size: {shrink: 40%}}"), ("pass", "10"))
    expect_equal(kept("{min: 5}", *backups, expect="{size: {min: 800B}}")[0], "fail")


def test_copies_of_one_minute():
    copies = [(1 + number / 100000, 1000) for number in range(9)]
    verdict, seen = kept("{min: 7, within: 14d}", *copies)
    expect_equal((verdict, seen), ("fail", "2, left out: 8 of a night that has one"))
    expect_equal(kept("{min: 7, within: 14d}", *good(*range(1, 7)))[0], "pass")
    expect_equal(kept("{min: 7, within: 14d}", *good(*range(1, 6)))[0], "fail")


def test_nights_that_begin_earlier_and_later():
    expect_equal(kept("{min: 7}", *good(0.8, 2.2, 2.8, 4.2, 5, 5.8)), ("pass", "7"))
    # One by hand in the evening is none more, and takes none away.
    expect_equal(kept("{min: 4}", *good(0.25, 1, 2, 3)), ("pass", "4, left out: 1 of a night that has one"))


def test_more_than_one_a_day():
    hourly = good(*((hour + hour % 3 / 20) / 24 for hour in range(1, 24)))
    expect_equal(kept("{min: 24, within: 1d}", *hourly), ("pass", "24"))
    expect_equal(kept("{min: 24, within: 1d}", *hourly[1:])[0], "fail")
    expect_equal(kept("{min: 24}", *hourly)[0], "fail")


def test_a_maximum_counts_whatever_lies_there():
    backups = [*good(1, 1.001, 1.002), *good(2, size=2), *good(3, size=0)]
    expect_equal(kept("{max: 5}", *backups)[0], "fail")
    expect_match(r"; 6 lie there$", kept("{max: 6}", *backups)[1])
    expect_equal(kept("{max: 6}", *backups)[0], "pass")
    expect_equal(kept("{max: 4, within: 36h}", *backups)[0], "pass")


def test_what_grows_is_no_leftover():
    expect_equal(kept("{min: 30}", *((day, 3000 - 65 * day) for day in range(1, 30)), size=3000), ("pass", "30"))
    expect_equal(kept("{min: 8}", *good(*range(7, 0, -1), size=3000)), ("fail", "7, left out: 1 of less than 50% of the usual 3000 B"))


main()
