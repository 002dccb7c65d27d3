#!/usr/bin/python3
# test: waits, slow, about 9
"""Whether a file was made by this run, by what it is: with the tools that people use, on a disk and in memory."""

import json
import subprocess
import tempfile

from support import Folder, expect_equal, main, muster

OLD = "mkdir -p made; echo dump | gzip -n > made/b.gz; touch -d '3 days ago' made/b.gz; cp -p made/b.gz older.gz; sleep 0.1; "
EMPTY = "mkdir -p made; echo dump | gzip -n > older.gz; touch -d '3 days ago' older.gz; sleep 0.1; "

# What lies there before, what the step does, and the verdict on the artifact's age.
CASES = [
    ("nothing", OLD, "true", "fail"),
    ("chmod", OLD, "chmod 600 made/b.gz", "fail"),
    ("chown", OLD, "chown $(id -u) made/b.gz; chmod 640 made/b.gz", "fail"),
    ("a link beside it", OLD, "ln made/b.gz beside.gz", "fail"),
    ("renamed and back", OLD, "mv made/b.gz x; mv x made/b.gz", "fail"),
    ("moved there", EMPTY, "mv older.gz made/b.gz", "fail"),
    ("moved over it", OLD, "mv older.gz made/b.gz", "fail"),
    ("linked there", EMPTY, "ln older.gz made/b.gz", "fail"),
    ("linked over it", OLD, "ln -f older.gz made/b.gz", "fail"),
    ("a symbolic link", EMPTY, "ln -s ../older.gz made/b.gz", "fail"),
    ("a time in the future that it had before", OLD + "touch -d '5 minutes' made/b.gz", "true", "fail"),
    ("written just before", "mkdir made; echo x | gzip > made/b.gz", "true", "fail"),
    ("written just before, its time in whole seconds", "mkdir made; echo x | gzip > made/b.gz; touch -d @$(date +%s) made/b.gz", "true",
     "fail"),
    ("cp -p", EMPTY, "cp -p older.gz made/b.gz", "pass"),
    ("cp -p over it", OLD + "touch -d '2 days ago' older.gz", "cp -p older.gz made/b.gz", "pass"),
    ("cp -p over it of the very time", OLD, "cp -p older.gz made/b.gz", "fail"),
    ("tar -x", OLD + "tar -cf t made; rm -r made", "tar -xf t", "pass"),
    ("rsync -t", EMPTY, "rsync -t older.gz made/b.gz", "pass"),
    ("rsync -t over it", OLD + "touch -d '2 days ago' older.gz", "rsync -t older.gz made/b.gz", "pass"),
    ("git checkout", "git init -q made; cd made; echo x | gzip > b.gz; git add .; git -c user.name=x -c user.email=x@x commit -qm x; rm b.gz",
     "git -C made checkout -q .", "pass"),
    ("gzip keeps the time", "mkdir made; echo x > made/b; touch -d '3 days ago' made/b; sleep 0.1", "gzip made/b", "pass"),
    ("xz -k keeps the time", "mkdir made; echo x > made/b; touch -d '3 days ago' made/b; sleep 0.1", "xz -k made/b; mv made/b.xz made/b.gz",
     "pass"),
    ("overwritten in place", OLD, "echo new | gzip > made/b.gz", "pass"),
    ("overwritten by the same", OLD, "cat older.gz > made/b.gz", "pass"),
    ("overwritten by the same in the same second", "mkdir made; echo x | gzip -n > made/b.gz", "echo x | gzip -n > made/b.gz", "pass"),
    ("written aside and renamed", OLD, "echo new | gzip > made/.tmp; mv made/.tmp made/b.gz", "pass"),
    ("removed and made again", OLD, "rm made/b.gz; echo dump | gzip -n > made/b.gz", "pass"),
    ("through a link", OLD + "mv made/b.gz made/real; ln -s real made/b.gz", "echo new | gzip > made/b.gz", "pass"),
]

MANIFEST = """muster: 1
name: made
steps: [{{name: make, shell: {step}}}]
artifacts: [{{name: b, file: '{file}', step: make, expect: {{size: {{min: 1B}}}}}}]
"""


def try_all(path, file, cases):
    for name, setup, step, verdict in cases:
        with tempfile.TemporaryDirectory(dir=path) as folder:
            subprocess.run(["bash", "-ec", setup], cwd=folder, check=True)
            run = muster("run", manifest=MANIFEST.format(step=json.dumps(step), file=file), cwd=folder)
            expect_equal(run.verdict("artifact:b/age"), verdict, f"{name}: {run}")
            expect_equal(run.code, 0 if verdict == "pass" else 1, f"{name}: {run}")


def test_on_a_disk():
    with Folder() as path:
        try_all(path, "made/b.gz", CASES)


def test_by_a_glob():
    with Folder() as path:
        try_all(path, "made/*.gz", CASES[::4])


def test_in_memory():
    with tempfile.TemporaryDirectory(dir="/dev/shm") as path:
        try_all(path, "made/b.gz", CASES[1::2])


main()
