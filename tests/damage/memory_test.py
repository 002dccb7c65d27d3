#!/usr/bin/python3
# test: about 12
"""Memory does not grow with what is looked at: much output, a large tar, what unpacks to much: 256 MiB, and 1 GiB with TEST_FULL=1."""

import gzip
import io
import os
import subprocess
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

from support import MUSTER, SANITIZED, Folder, environment, expect, expect_equal, main, muster, write  # noqa: E402

MEBIBYTE = 1 << 20
LARGE = (1024 if os.environ.get("TEST_FULL") else 256) * MEBIBYTE
PARTS = LARGE // (16 * MEBIBYTE)
LIMIT = 64 * MEBIBYTE
LINES = "(yes 'INSERT INTO orders VALUES (1742, 318, 2026-04-21, a line as dumps have them);' || true) | head -c %d || true" % LARGE


def expect_small(run):
    expect(SANITIZED or run.max_rss_bytes < LIMIT, f"peak resident size {run.max_rss_bytes / MEBIBYTE:.1f} MiB\n{run}")
    print(f"  peak resident size {run.max_rss_bytes / MEBIBYTE:.1f} MiB")


def apart(function, *arguments):
    """In a process of its own: what a child is measured at counts its parent's memory at the fork."""
    pid = os.fork()
    if pid == 0:
        try:
            function(*arguments)
            os._exit(0)
        finally:
            os._exit(1)
    expect_equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)


def tar_of(path, members):
    """Members as (name, how their bytes are made, times): written without holding more than one in memory."""
    with open(path, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        for name, make, times in members:
            data = make()
            for number in range(times):
                member = tarfile.TarInfo(name % number)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))


def inner_tar_gz(size):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w") as archive:
        for number in range(4):
            data = os.urandom(size // 4)
            member = tarfile.TarInfo(f"./objects/{number}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(memory.getvalue(), 1)


def test_large_tar_of_tar_gz():
    with Folder() as path:
        apart(tar_of, os.path.join(path, "b.tar"), [("./part-%d.tar.gz", lambda: inner_tar_gz(16 * MEBIBYTE), PARTS)])
        expect(os.path.getsize(os.path.join(path, "b.tar")) >= LARGE)
        run = muster("run", manifest=f"""muster: 1
name: large
artifacts:
  - name: tar
    file: b.tar
    expect:
      size: {{min: {LARGE >> 20}MiB}}
      archive:
        only: true
        members:
          - path: "part-*.tar.gz"
            count: {PARTS}
            expect: {{archive: {{members: [{{path: "objects/*", count: 4, expect: {{size: {{min: 4MiB}}}}}}]}}}}
""", cwd=path, timeout=300)
        expect_equal(run.code, 0, run)
        expect_small(run)


def test_what_unpacks_to_much():
    with Folder() as path:
        subprocess.run(f"({LINES}; echo; echo '-- dump complete') | gzip -1 > a.gz", shell=True, cwd=path, check=True)
        run = muster("run", manifest="muster: 1\nname: zeros\nartifacts:\n  - {name: a, file: a.gz, expect: {unpacked: {min: " + str(LARGE) + "}, "
                     "text: {always: ['^-- dump complete'], never: [ERROR]}}}\n", cwd=path, timeout=300)
        expect_equal(run.code, 0, run)
        expect_small(run)


def test_one_large_line():
    with Folder() as path:
        subprocess.run(f"(head -c {LARGE} /dev/zero | tr '\\0' 'x'; echo; echo '-- dump complete') | gzip -1 > a.gz", shell=True, cwd=path, check=True)
        run = muster("run", manifest="muster: 1\nname: line\nartifacts:\n  - {name: a, file: a.gz, expect: {"
                     "text: {always: ['^-- dump complete'], never: [ERROR]}}}\n", cwd=path, timeout=300)
        expect_equal(run.code, 0, run)
        expect_small(run)


def test_many_members():
    with Folder() as path:
        apart(tar_of, os.path.join(path, "b.tar"), [("./repositories/%d.bundle", lambda: b"x", 200000)])
        run = muster("run", manifest="muster: 1\nname: many\nartifacts:\n  - {name: a, file: b.tar, expect: {archive: {only: true, "
                     "members: [{path: 'repositories/**', count: 200000, expect: {size: {min: 1B}}}]}}}\n", cwd=path, timeout=300)
        expect_equal(run.code, 0, run)
        expect_small(run)


def output_of(path, manifest):
    """With muster's own output to /dev/null: its amount is what is tried here."""
    write(path, "m.yml", manifest)
    process = subprocess.Popen([MUSTER, "run", "--report", "json=r.json", "m.yml"], cwd=path, env=environment(), stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    expect(SANITIZED or usage.ru_maxrss * 1024 < LIMIT, f"peak resident size {usage.ru_maxrss / 1024:.1f} MiB")
    print(f"  peak resident size {usage.ru_maxrss / 1024:.1f} MiB")
    return os.waitstatus_to_exitcode(status)


def test_step_that_prints_much():
    with Folder() as path:
        code = output_of(path, "muster: 1\nname: lines\nsteps:\n  - name: a\n    shell: \"" + LINES + "; "
                         "echo; echo '[DONE]'\"\n    expect: {output: {always: ['^\\[DONE\\]$'], never: [ERROR]}}\n")
        expect_equal(code, 0)


def test_step_that_prints_much_without_a_line_end():
    with Folder() as path:
        code = output_of(path, "muster: 1\nname: line\nsteps:\n  - name: a\n    shell: \"head -c " + str(LARGE) + " /dev/zero | tr '\\\\0' x; "
                         "echo; echo '[DONE]'\"\n    expect: {output: {always: ['^\\[DONE\\]$'], never: [ERROR]}}\n")
        expect_equal(code, 0)


def test_step_whose_output_is_wanted_elsewhere():
    """${step.NAME.stdout} keeps what a step prints: of a gigabyte it says that this is too much, and keeps none."""
    with Folder() as path:
        code = output_of(path, "muster: 1\nname: kept\nsteps:\n  - {name: a, shell: \"head -c 300M /dev/zero | tr '\\\\0' x\"}\n"
                         "  - {name: b, run: [echo, \"${step.a.stdout}\"]}\n")
        expect(code in (1, 5), code)


main()
