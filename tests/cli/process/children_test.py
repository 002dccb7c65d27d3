#!/usr/bin/python3
# test: waits, linked, about 2
"""No child outlives muster; orphans are reaped; a step's output is never mixed up with what it left behind."""

import errno
import os
import subprocess
import time

from support import Folder, MUSTER, environment, expect, expect_equal, expect_match, main, muster, process_1_of_its_own, processes, refuse_call, write


def test_what_a_step_left_running_is_ended():
    marker = f"muster-test-left-{os.getpid()}"
    with Folder() as path:
        began = time.monotonic()
        run = muster("run", manifest=f"""muster: 1
name: left
steps:
  - {{name: a, shell: "setsid bash -c 'exec -a {marker} sleep 60' >/dev/null 2>&1 & exec -a {marker} sleep 60 & sleep 0.1", grace: 500ms}}
  - {{name: b, run: ["true"]}}
""", cwd=path)
        expect_equal((run.code, run.verdict("step:a/exit"), run.verdict("step:b/exit")), (1, "fail", "unproven"), run)
        expect_match(r"but left running: sleep \(pid \d+\), sleep \(pid \d+\)$", run.said)
        expect(time.monotonic() - began < 15, "it waited for what was left behind")
        expect(not processes(marker), "a child outlives muster")


def test_what_holds_the_output_open_does_not_hold_up_the_run():
    marker = f"muster-test-open-{os.getpid()}"
    with Folder() as path:
        began = time.monotonic()
        run = muster("run", manifest=f"""muster: 1
name: open
steps:
  - {{name: a, shell: "echo said; bash -c 'exec -a {marker} sleep 60' & sleep 0.1", grace: 300ms, expect: {{stdout: {{always: ['^said$']}}}}}}
""", cwd=path)
        expect(time.monotonic() - began < 15, run)
        expect_equal(run.verdict("step:a/stdout/always:0"), "pass", run)
        expect(not processes(marker), "a child outlives muster")


def test_orphans_are_reaped():
    with Folder() as path:
        write(path, "orphans.sh", "for i in $(seq 50); do (sh -c 'sleep 0.05' & ) ; done; sleep 0.3; "
              "ps -o stat= --ppid $PPID | grep -c Z || true\n")
        run = muster("run", manifest="muster: 1\nname: orphans\nsteps:\n  - {name: a, run: [bash, orphans.sh], "
                     "expect: {stdout: {always: ['\\A[0-5]\\n\\z']}}}\n", cwd=path)
        expect_equal(run.code, 0, run)


def test_process_1_of_its_own():
    """In a namespace of its own, as in a container: signals arrive, orphans are reaped, the exit code is the verdict's."""
    with Folder() as path:
        for name, text, code in (("good", "sh -c 'sleep 0.1 &' ; exit 0", 0), ("bad", "exit 9", 1)):
            write(path, name + ".yml", f"muster: 1\nname: one\nsteps:\n  - {{name: a, shell: \"{text}\"}}\n")
            finished = subprocess.run([*process_1_of_its_own(), MUSTER, "run", name + ".yml"], cwd=path, env=environment(), capture_output=True,
                                      text=True, timeout=60)
            expect_equal(finished.returncode, code, finished.stdout + finished.stderr)


def refuse_close_range():
    refuse_call(436, errno.ENOSYS)


def test_descriptors_are_not_handed_on():
    """Neither muster's own nor those that it was started with, to whatever it starts; also where there is no close_range()."""
    look = "ls /proc/self/fd >fds-"
    for preexec in (None, refuse_close_range):
        with Folder() as path:
            os.chmod(write(path, "tool", f"#!/bin/sh\n{look}tool\necho 1.0\n"), 0o755)
            write(path, "manifest.yml", f"""muster: 1
name: fds
preflight: [{{tool: {{name: ./tool, version: ">=1"}}}}, {{command: {{run: [sh, -c, '{look}command']}}}}]
inventories: {{i: {{run: [sh, -c, '{look}inventory; echo 1']}}}}
steps:
  - {{name: a, run: [sh, -c, '{look}step']}}
  - {{name: b, run: [ls, /proc/self/fd], stdout: fds-stdout}}
  - {{name: c, pipe: [[sh, -c, '{look}first'], [sh, -c, '{look}second'], [sh, -c, '{look}third']]}}
""")
            run = subprocess.run(["bash", "-c", 'for fd in $(seq 10 59); do eval "exec $fd</dev/null"; done; exec "$MUSTER" run manifest.yml'],
                                 cwd=path, env=environment(), preexec_fn=preexec, capture_output=True, text=True, timeout=60)
            expect_equal(run.returncode, 0, run.stdout + run.stderr)
            for name in ("tool", "command", "inventory", "step", "stdout", "first", "second", "third"):
                with open(os.path.join(path, "fds-" + name), encoding="ascii") as file:
                    expect_equal(sorted(file.read().split()), ["0", "1", "2", "3"], f"{name}: 3 is ls's own")


def test_output_comes_with_the_step_s_name():
    with Folder() as path:
        run = muster("run", manifest="muster: 1\nname: names\nsteps:\n  - {name: dump, run: [printf, 'one\\ntwo\\nno end']}\n"
                     "  - {name: next, run: [echo, three]}\n", cwd=path)
        for line in ("one", "two", "no end"):
            expect_match(rf"^\W*dump\W.*{line}$", run.said)
        expect_match(r"^\W*next\W.*three$", run.said)


main()
