#!/usr/bin/python3
"""`muster install` as an init container: muster is put into a volume, and an image of other packages runs it from there.

The other image is of another release of Debian, with another C library, and has no muster."""

import os

from containers import SMALL, VERSION, Volume, base, contained, podman, report, write
from as_root import root_only
from support import expect, expect_equal, expect_match, main

root_only("runs containers")

OTHER = base("trixie", "extract", "base-files", "bash", "coreutils", "sqlite3")
GUARDED = ["run", "--report", "json=/backup/report.json", "/etc/muster/backup.yml"]
BACKUP = """muster: 1
name: injected
steps:
  - name: make
    run: [sqlite3, /backup/app.db, "create table t (a); insert into t values (1), (2)"]
  - name: dump
    run: [bash, -c, "sqlite3 -readonly /backup/%s .dump >/backup/app.sql; echo done"]
artifacts:
  - name: dump
    file: /backup/app.sql
    step: dump
    expect:
      text: {always: ["^INSERT INTO t VALUES"], ends: '^COMMIT;\\s*\\z'}
"""


def installed(shared, *arguments, **options):
    return contained(SMALL, "install", *arguments, "/shared", volumes={"/shared": shared}, **options)


def in_the_other(shared, *arguments, etc=None, backup=None):
    volumes = {"/shared:ro": shared, **({"/etc/muster:ro": etc} if etc else {}), **({"/backup": backup} if backup else {})}
    return contained(OTHER, *arguments, volumes=volumes, options=["--user", "10001:10001", "--entrypoint", "/shared/muster"])


def guarded(manifest):
    with Volume() as shared, Volume() as etc, Volume() as backup:
        expect_equal(installed(shared).code, 0)
        write(etc, "backup.yml", manifest)
        os.chown(backup, 10001, 10001)
        run = in_the_other(shared, *GUARDED, etc=etc, backup=backup)
        return run, report(backup)


def test_the_other_image_is_another():
    run = contained(OTHER, "-c", "for name in bash sqlite3 muster /muster; do type -P $name || echo no $name; done; "
                    "/lib/x86_64-linux-gnu/libc.so.6; cat /etc/debian_version", options=["--entrypoint", "/bin/bash"])
    expect_equal(run.out.splitlines()[:4], ["/usr/bin/bash", "/usr/bin/sqlite3", "no muster", "no /muster"], run)
    expect_match(r"stable release version 2\.41", run.out, run)
    expect_match(r"^13", run.out, run)


def test_what_the_init_container_leaves():
    with Volume() as shared:
        run = installed(shared)
        expect_equal((run.code, run.err), (0, ""), run)
        expect_match(rf"\Amuster {VERSION} is installed as /shared/muster: [\d.]+ MiB\n\Z", run.out)
        expect_equal(os.listdir(shared), ["muster"])
        status = os.stat(os.path.join(shared, "muster"))
        expect_equal((status.st_mode & 0o7777, status.st_uid), (0o755, 65532))
        run = in_the_other(shared, "--version")
        expect_equal((run.code, run.out), (0, f"muster {VERSION}\n"), run)
        again = installed(shared, "--quiet")
        expect_equal((again.code, again.said, os.listdir(shared)), (0, "", ["muster"]), again)


def test_a_step_there_that_passes():
    run, seen = guarded(BACKUP % "app.db")
    expect_equal((run.code, seen["verdict"]), (0, "pass"), run)
    expect_equal([step["name"] for step in seen["steps"]], ["make", "dump"], run)
    expect_equal(seen["counts"]["passed"], seen["counts"]["declared"], run)


def test_a_step_there_that_masks_its_failure():
    """bash says "done" and exits with 0, whatever sqlite3 said."""
    run, seen = guarded(BACKUP % "nowhere.db")
    expect_equal((run.code, seen["verdict"]), (1, "fail"), run)
    by_id = {check["id"]: check["verdict"] for check in seen["checks"]}
    expect_equal(by_id["step:dump/exit"], "pass", run)
    expect("fail" in [verdict for check_id, verdict in by_id.items() if check_id.startswith("artifact:dump/text")], by_id)


def test_without_the_volume():
    run = contained(SMALL, "install", "/shared")
    expect_equal((run.code, run.out), (2, ""), run)
    expect_match("there is no folder '/shared': mount the volume there that the other container has, too", run.err)


def test_a_volume_that_cannot_be_written_to():
    with Volume() as shared:
        run = contained(SMALL, "install", "/shared", volumes={"/shared:ro": shared})
        expect_equal((run.code, run.out), (2, ""), run)
        expect_match("'/shared' must be a volume that this container may write to", run.err)
        os.chown(shared, 0, 0)
        run = installed(shared)
        expect_equal((run.code, run.out), (2, ""), run)
        expect_match("'/shared' must be writable for the user 65532, group 65532: .*Permission denied", run.err)
        expect_equal(os.listdir(shared), [])


main()
