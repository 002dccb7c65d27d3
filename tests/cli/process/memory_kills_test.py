#!/usr/bin/python3
# test: slow, optimised, about 2
"""What the kernel ends for want of memory is named as such, also where the step makes nothing of it."""

import os
import subprocess

from as_root import root_only
from support import Folder, MUSTER, SANITIZED, environment, expect, expect_equal, expect_match, main, muster

root_only("makes control groups")

HOG = "python3 -c 'b=bytearray(400<<20)'"
MANIFEST = f"""muster: 1
name: hungry
steps:
  - {{name: direct, run: [python3, -c, "b=bytearray(400<<20)"], always: true}}
  - {{name: reported, shell: "{HOG}; true", always: true}}
  - {{name: masked, shell: "{HOG} || true", always: true}}
  - {{name: modest, run: ["true"], always: true}}
"""
LIMIT_MEBIBYTES = 150 if SANITIZED else 100


class Group:
    """A control group of our own with a limit, of whichever version has the memory controller here."""

    def __enter__(self):
        one, two = "/sys/fs/cgroup/memory", "/sys/fs/cgroup"
        self.path = os.path.join(one if os.path.isdir(one) else two, f"muster-test-{os.getpid()}")
        limit = "memory.limit_in_bytes" if os.path.isdir(one) else "memory.max"
        os.mkdir(self.path)
        with open(os.path.join(self.path, limit), "w", encoding="ascii") as file:
            file.write(f"{LIMIT_MEBIBYTES}M")
        return self

    def join(self):
        with open(os.path.join(self.path, "cgroup.procs"), "w", encoding="ascii") as file:
            file.write(str(os.getpid()))

    def __exit__(self, *_):
        os.rmdir(self.path)


def test_beside_strangers():
    with Folder() as path, Group() as group:
        run = muster("run", manifest=MANIFEST, cwd=path, preexec=group.join)
        expect_equal(run.code, 1, run)
        for name in ("direct", "reported"):
            check = run.check(f"step:{name}/exit")
            expect_equal(check["verdict"], "fail", run)
            expect_match("out of memory|137", check["observed"], run)
            expect_match(rf"kernel ended 1 process for want of memory .*limit of {LIMIT_MEBIBYTES}.*resources.limits.memory", check["hint"], run)
        expect_match("killed by SIGKILL: out of memory", run.check("step:direct/exit")["observed"], run)
        # It may have been somebody else's: a note, no verdict.
        expect_equal(run.verdict("step:masked/exit"), "pass", run)
        expect_match("masked: the kernel ended 1 process for want of memory", run.said, run)
        expect_equal({step["name"]: step["oom_kills"] for step in run.report["steps"]},
                     {"direct": 1, "reported": 1, "masked": 1, "modest": 0}, run)
        expect_match("out of memory", run.termination.decode())


def test_as_process_1_nothing_is_masked():
    with Folder() as path, Group() as group:
        with open(os.path.join(path, "m.yml"), "w", encoding="utf-8") as file:
            file.write(MANIFEST)
        run = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", MUSTER, "run", "m.yml"], cwd=path,
                             env=environment(), capture_output=True, text=True, timeout=60, preexec_fn=group.join)
        expect_equal(run.returncode, 1, run.stdout + run.stderr)
        expect_match(r"FAILED +step:masked/exit\n.*\n +observed +exited with 0, but a process of it was killed: out of memory", run.stdout)
        expect_match(r"passed +step:modest/exit", run.stdout)


def test_an_inventory_that_lost_a_process_is_none():
    """What it printed is a shorter list, of which everything would be covered."""
    text = ("muster: 1\nname: short\ninventories:\n  names: {run: [bash, -c, \"echo one; python3 -c 'b=bytearray(400<<20); print(2)'; exit 0\"]}\n"
            "steps:\n  - {name: a, run: [echo, one], stdout: list}\n"
            "artifacts:\n  - {name: a, file: list, expect: {covers: {inventory: names, line: '^(?<item>.*)$'}}}\n")
    with Folder() as path, Group() as group:
        with open(os.path.join(path, "m.yml"), "w", encoding="utf-8") as file:
            file.write(text)
        run = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", MUSTER, "run", "m.yml"], cwd=path,
                             env=environment(), capture_output=True, text=True, timeout=60, preexec_fn=group.join)
        expect(run.returncode in (1, 5), run.stdout + run.stderr)
        expect_match("out of memory", run.stdout)


def test_sigkill_of_somebody_is_none_of_it():
    with Folder() as path, Group() as group:
        run = muster("run", manifest="muster: 1\nname: a\nsteps:\n  - {name: a, shell: 'kill -9 $$$$'}\n", cwd=path, preexec=group.join)
        expect_equal(run.check("step:a/exit")["observed"], "bash killed by SIGKILL", run)
        expect_equal(run.report["steps"][0]["oom_kills"], 0, run)


main()
