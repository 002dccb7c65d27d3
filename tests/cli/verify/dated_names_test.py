#!/usr/bin/python3
# test: slow, about 2
"""A name with a date in it says when its backup was made: what a sync does to its times makes it no newer."""

import datetime
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import *  # noqa

DAY = 86400
HOUR = 3600
EXAMINED = {
    "object": "artifacts: [{{name: b, object: {{store: vault, key: '{key}'}}, expect: {{size: {{min: 1B}}}}}}]",
    "file": "artifacts: [{{name: b, file: 'vault/{key}', expect: {{size: {{min: 1B}}}}}}]",
    "upload": "artifacts: [{{name: b, file: a, expect: {{size: {{min: 1B}}}}, uploads: [{{store: vault, key: '{key}'}}]}}]",
}
MANIFEST = "muster: 1\nname: dated\nmax_age: 26h\nstores: {{vault: {{directory: {{path: vault}}}}}}\n"


def date(seconds_ago):
    return datetime.datetime.fromtimestamp(time.time() - seconds_ago, datetime.timezone.utc).strftime("%Y-%m-%d")


def moment(seconds_ago):
    return datetime.datetime.fromtimestamp(time.time() - seconds_ago, datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def verify(path, key, how, *files):
    """Files, by name, that say they were written so many seconds ago."""
    os.makedirs(os.path.join(path, "vault"), exist_ok=True)
    for name, seconds_ago in files:
        name = write(path, "vault/" + name, b"x" * 1000)
        os.utime(name, times=(time.time() - seconds_ago,) * 2)
    return muster("verify", manifest=(MANIFEST + EXAMINED[how]).format(key=key), cwd=path)


def age(key, *files):
    """However it is examined: the verdict on its age, what was seen of it, and which was taken for the newest."""
    seen = []
    for how in EXAMINED:
        with Folder() as path:
            run = verify(path, key, how, *files)
            check = run.check("artifact:b/max_age") or run.check("upload:b@vault/max_age")
            location = run.report["artifacts"][0]["location"].rsplit("/", 1)[-1]
            seen.append((check["verdict"], re.sub(r"\d+ms", "", check["observed"]), location))
            if how == "upload":
                expect_equal(run.verdict("upload:b@vault/max_age"), run.verdict("artifact:b/max_age") or check["verdict"], run)
    expect(len({(verdict, name) for verdict, _, name in seen}) == 1, seen)
    return seen[0]


def test_a_sync_that_renews_times():
    for key, name in (("pg/all-${run.date}.gz", "pg/all-2026-09-01.gz"), ("all-${run.time}.gz", "all-20260901T023000Z.gz"),
                      ("${run.date}/${run.time}.gz", "2026-09-01/20260901T023000Z.gz"), ("{x,all-${run.date}}.gz", "all-2026-09-01.gz"),
                      ("*-${run.date}.gz", "all-2026-11-01-2026-09-01.gz"), ("all-${run.time}.gz", "all-2026-09-01.gz")):
        verdict, observed, _ = age(key, (name, 0))
        expect_equal(verdict, "fail", observed)
        expect_match(r"old \(2026-09-0[12]T", observed)


def test_the_newest_is_that_by_its_name():
    key = "all-${run.date}.gz"
    verdict, observed, name = age(key, ("all-2026-09-01.gz", 0), (f"all-{date(2 * HOUR)}.gz", HOUR))
    expect_equal((verdict, name), ("pass", f"all-{date(2 * HOUR)}.gz"), observed)
    verdict, observed, name = age(key, ("all-2026-09-01.gz", 0), ("all-2026-09-03.gz", 1), ("all-2026-09-02.gz", 2))
    expect_equal((verdict, name), ("fail", "all-2026-09-03.gz"), observed)


def test_the_clock_counts_where_it_is_older():
    verdict, observed, _ = age("all-${run.time}.gz", (f"all-{moment(0)}.gz", 30 * HOUR))
    expect_equal(verdict, "fail", observed)
    expect_match("^1d 6h", observed)


def test_no_alarm_for_a_run_that_takes_hours():
    """Begun before midnight, or eleven hours before it was written."""
    for ended in (25 * HOUR, HOUR):
        for name in (f"all-{moment(ended + 11 * HOUR)}.gz", f"all-{date(ended + 11 * HOUR)}.gz"):
            verdict, observed, _ = age("all-${run.time}.gz", (name, ended))
            expect_equal(verdict, "pass", observed)
    verdict, observed, _ = age("all-${run.time}.gz", (f"all-{moment(27 * HOUR)}.gz", HOUR))
    expect_equal(verdict, "fail", observed)


def test_a_name_in_the_future():
    for name in ("all-2099-01-01.gz", f"all-{date(-2 * DAY)}.gz", f"all-{moment(-HOUR)}.gz"):
        verdict, observed, chosen = age("all-${run.time}.gz", (name, 0), (f"all-{moment(HOUR)}.gz", HOUR))
        expect_equal((verdict, chosen), ("fail", name), observed)
        expect_match("its time lies in the future", observed)
    verdict, observed, _ = age("all-${run.time}.gz", (f"all-{moment(-600)}.gz", 0))
    expect_equal(verdict, "pass", observed)


def test_what_is_no_date_has_the_time_of_the_clock():
    for name in ("all-latest.gz", "all-2026-02-30.gz", "all-20260901.gz", "all-2026-09-01-copy.gz"):
        verdict, observed, _ = age("all-${run.date}.gz" if "copy" in name else "all-${run.id}.gz", (name, HOUR))
        expect_equal(verdict, "pass", observed)
    # Where no variable stands a date says nothing.
    verdict, observed, _ = age("since-2020-01-01/all-${run.date}.gz", (f"since-2020-01-01/all-{date(0)}.gz", 0))
    expect_equal(verdict, "pass", observed)


def test_the_age_of_a_file_and_the_table():
    with Folder() as path:
        write(path, "all-2026-09-01.gz", b"x")
        run = muster("verify", manifest="muster: 1\nname: age\nartifacts: [{name: b, file: 'all-${run.date}.gz', expect: {age: 26h}}]\n", cwd=path)
        expect_equal(run.verdict("artifact:b/age"), "fail", run)
        expect_match(r"^age/b +all-2026-09-01.gz +\d+d ", run.out, run)


def test_kept_and_drift_after_such_a_sync():
    with Folder() as path:
        for days, size in ((6, 1000), (5, 1000), (4, 1000), (3, 1000), (2, 2), (1, 2)):
            write(path, f"vault/b-{moment(days * DAY)}", b"x" * size)
        run = muster("run", cwd=path, manifest="""muster: 1
name: kept
stores: {vault: {directory: {path: vault}}}
steps: [{name: make, shell: 'head -c 900 /dev/zero > a; cp a "vault/b-${run.time}"'}]
artifacts:
  - name: b
    file: a
    step: make
    expect: {size: {min: 3B, shrink: 20%}}
    uploads: [{store: vault, key: "b-${run.time}", expect: {kept: {min: 5, within: 14d}}}]
  - {name: few, file: a, step: make, expect: {size: {min: 3B}}, uploads: [{store: vault, key: "b-${run.time}", expect: {kept: {min: 5, within: 5d}}}]}
""")
        expect_match(r"median of the last 4 \(1000 B\); 2 of the last 6 were not accepted", run.check("artifact:b/size")["observed"])
        expect_equal(run.verdict("upload:b@vault/kept"), "pass", run)
        expect_equal(run.verdict("upload:few@vault/kept"), "fail", run)


main()
