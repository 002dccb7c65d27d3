#!/usr/bin/python3
"""What 'changed' compares with: the newest accepted backup of an earlier night."""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from support import *  # noqa

DAY = 86400
MANIFEST = """muster: 1
name: nights
steps: [{{name: make, shell: 'mkdir -p h; printf "{content}" > "h/{name}"'}}]
artifacts: [{{name: b, file: "h/{name}", step: make, expect: {{size: {{min: 3B}}, digest: {{changed: true}}}}}}]
"""


def lay(path, name, content, days):
    name = write(path, "h/" + name, content)
    os.utime(name, times=(time.time() - days * DAY,) * 2)


def digest(path, content, name="b-${run.time}"):
    return muster("run", manifest=MANIFEST.format(content=content, name=name), cwd=path).check("artifact:b/digest")


def test_the_second_attempt_of_one_night():
    with Folder() as path:
        lay(path, "b-1", "before", 1)
        lay(path, "b-2", "tonight", 0.01)
        expect_equal(digest(path, "tonight")["verdict"], "pass")
        found = digest(path, "before")
        expect_equal(found["verdict"], "fail")
        expect_match(r"identical to the backup before, 'h/b-1'$", found["observed"])


def test_the_second_attempt_of_the_first_night():
    with Folder() as path:
        lay(path, "b-1", "tonight", 0.01)
        found = digest(path, "tonight")
        expect_equal(found["verdict"], "pass")
        expect_match(r"none of an earlier night", found["observed"])


def test_the_first_night_under_the_name_of_its_day():
    with Folder() as path:
        for _ in range(2):
            found = digest(path, "tonight", "b-${run.date}")
            expect_equal(found["verdict"], "pass", found)


def test_under_its_very_name():
    for days, content, verdict in ((0.01, "same", "unproven"), (0.01, "else", "pass"), (1, "same", "fail"), (1, "else", "pass")):
        with Folder() as path:
            lay(path, "b", "same", days)
            found = digest(path, content, "b")
            expect_equal(found["verdict"], verdict, found)


def test_a_rejected_one_is_none():
    with Folder() as path:
        lay(path, "b-1", "before", 2)
        lay(path, "b-2", "", 1)
        expect_match(r"identical to the backup before, 'h/b-1'$", digest(path, "before")["observed"])


def test_several_attempts_of_the_night_before():
    with Folder() as path:
        lay(path, "b-1", "first", 1.01)
        lay(path, "b-2", "last", 1)
        expect_equal(digest(path, "first")["verdict"], "pass")
        expect_equal(digest(path, "last")["verdict"], "fail")


def test_verify():
    for content, code in (("before", 1), ("tonight", 0)):
        with Folder() as path:
            lay(path, "b-1", "before", 1)
            lay(path, "b-2", content, 0.01)
            lay(path, "b-3", content, 0)
            run = muster("verify", manifest="muster: 1\nname: v\nartifacts: [{name: b, file: 'h/b-*', expect: {digest: {changed: true}}}]\n",
                         cwd=path)
            expect_equal(run.code, code, run)


main()
