#!/usr/bin/python3
# test: waits, linked, about 2
"""muster is told to end, or killed outright, in the middle of a run."""

import fcntl
import os
import signal
import subprocess
import time

from support import Folder, MUSTER, environment, expect, expect_equal, expect_match, main, muster, processes, wait_for, write

MANIFEST = """muster: 1
name: middle
steps:
  - {name: first, run: ["true"]}
  - {name: long, shell: "echo $$$$ > pid; exec -a %s sleep 60", grace: 2s, expect: {output: {never: [error]}, duration: {max: 1h}}}
  - {name: after, run: [touch, after]}
  - {name: clean, run: [touch, cleaned], always: true}
artifacts:
  - {name: a, file: a, step: after, expect: {size: {min: 1}, format: gzip}}
"""


def run_and_signal(number, path, manifest, times=1):
    def meanwhile(process):
        expect(wait_for(lambda: os.path.exists(os.path.join(path, "pid"))), "the step does not begin")
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.1)

    return muster("run", manifest=manifest, cwd=path, meanwhile=meanwhile)


def check_signal(number):
    marker = f"muster-test-{os.getpid()}-{number}"
    with Folder() as path:
        began = time.monotonic()
        run = run_and_signal(number, path, MANIFEST % marker)
        expect_equal(run.code, 128 + number, run)
        expect(time.monotonic() - began < 15, "it took too long")
        expect_equal(run.report["counts"]["declared"], 10, run)
        expect_equal(run.report["verdict"], "fail", run)
        expect_equal(run.report["exit_code"], 128 + number, run)
        expect_equal(run.verdict("step:first/exit"), "pass", run)
        expect(run.verdict("step:long/exit") in ("fail", "unproven"), run)
        for check_id in ("step:after/exit", "artifact:a/exists", "artifact:a/format", "artifact:a/size"):
            expect_equal(run.verdict(check_id), "unproven", run)
        expect(not os.path.exists(os.path.join(path, "after")), "a step was begun after the signal")
        expect(os.path.exists(os.path.join(path, "cleaned")), "what is always run was not")
        expect(not processes(marker), "a child outlives muster")
        expect_match(signal.Signals(number).name, run.said, run)
        expect_match("(?i)fail|signal|ended", run.termination.decode())


def test_sigterm():
    check_signal(signal.SIGTERM)


def test_sigint():
    check_signal(signal.SIGINT)


def test_sighup():
    check_signal(signal.SIGHUP)


def test_what_a_killed_run_left_is_removed():
    """Of the same target at once, of another (yesterday's name) when it is old; never what another run is writing to."""
    manifest = "muster: 1\nname: left\nsteps:\n  - {name: a, shell: 'echo $$$$ > pid; echo x; sleep %s', stdout: out}\n"
    with Folder() as path:
        def kill(process):
            expect(wait_for(lambda: os.path.exists(os.path.join(path, "pid"))), "the step does not begin")
            process.kill()

        def left():
            return sorted(name for name in os.listdir(path) if ".new-" in name)

        muster("run", manifest=manifest % 60, cwd=path, meanwhile=kill, report=False)
        expect_equal(len(left()), 1, "the killed run left nothing")
        for name, hours in ((".muster-other.new-abcdef", 13), (".muster-young.new-abcdef", 1), (".muster-out.new-ab", 13), ("out.new-abcdef", 13)):
            write(path, name, "")
            os.utime(os.path.join(path, name), (time.time() - hours * 3600,) * 2)
        locked = open(write(path, ".muster-out.new-locked", ""), "rb")
        fcntl.flock(locked, fcntl.LOCK_EX)
        expect_equal(muster("run", manifest=manifest % 0, cwd=path).code, 0)
        locked.close()
        expect_equal(left(), [".muster-out.new-ab", ".muster-out.new-locked", ".muster-young.new-abcdef", "out.new-abcdef"])


def test_signals_that_mean_nothing_change_nothing():
    """A program that runs wild, or a stranger who takes muster for another, must not end it without a verdict."""
    with Folder() as path:
        run = muster("run", manifest="muster: 1\nname: strange\nsteps:\n  - {name: a, shell: 'for s in USR1 USR2 ALRM VTALRM PROF IO PWR "
                     "STKFLT RTMIN RTMAX; do kill -$$s $$PPID; done; sleep 0.2; kill -USR1 $$$$', expect: {exit: 0}}\n", cwd=path)
        expect_equal(run.code, 1, run)
        expect_match("SIGUSR1", run.check("step:a/exit")["observed"], run)


def test_step_that_ignores_sigterm_is_killed_after_its_grace():
    with Folder() as path:
        run = run_and_signal(signal.SIGTERM, path, "muster: 1\nname: deaf\nsteps:\n  - {name: a, grace: 300ms, shell: \"trap '' TERM; "
                             "echo $$$$ > pid; while true; do sleep 0.05; done\"}\n")
        expect_equal(run.code, 143, run)


def test_step_that_ends_well_on_sigterm_has_not_passed():
    """A tool that handles SIGTERM and exits with 0 has not made a backup."""
    with Folder() as path:
        run = run_and_signal(signal.SIGTERM, path, "muster: 1\nname: polite\nsteps:\n  - {name: a, shell: \"trap 'exit 0' TERM; "
                             "echo $$$$ > pid; while true; do sleep 0.05; done\"}\n")
        expect_equal(run.code, 143, run)
        expect_equal(run.report["verdict"], "fail", run)


def test_signal_before_anything_is_run():
    with Folder() as path:
        manifest = ("muster: 1\nname: gate\npreflight:\n  - command: {run: [sh, -c, 'echo > pid; exec sleep 60']}\n"
                    "steps:\n  - {name: a, run: [touch, ran]}\n")
        run = run_and_signal(signal.SIGTERM, path, manifest)
        expect_equal(run.code, 143, run)
        expect_equal(run.verdict("step:a/exit"), "unproven", run)
        expect(not os.path.exists(os.path.join(path, "ran")), run)


def test_signal_while_it_waits_to_try_again():
    with Folder() as path:
        run = run_and_signal(signal.SIGTERM, path, "muster: 1\nname: retry\nsteps:\n  - {name: a, shell: \"echo > pid; exit 1\", "
                             "retry: {attempts: 3, wait: 60s}}\n")
        expect_equal(run.code, 143, run)


def test_killed_outright_it_did_not_finish():
    with Folder() as path:
        log = os.path.join(path, "termination")
        marker = f"muster-test-kill-{os.getpid()}"
        with open(os.path.join(path, "m.yml"), "w", encoding="utf-8") as file:
            file.write(MANIFEST % marker)
        process = subprocess.Popen([MUSTER, "run", "m.yml"], cwd=path, env=environment({"MUSTER_TERMINATION_LOG": log}),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        expect(wait_for(lambda: os.path.exists(os.path.join(path, "pid"))), "the step does not begin")
        process.kill()
        process.wait()
        with open(log, encoding="utf-8") as file:
            expect_match("did not finish", file.read())
        left = processes(marker)
        for pid in left:
            os.kill(pid, signal.SIGKILL)


def test_ignored_sigpipe_of_the_caller_is_not_handed_on():
    """`yes | head -1` in a shell ends by SIGPIPE, not with an error message, also when muster's own caller ignores it."""
    with Folder() as path:
        run = muster("run", manifest="muster: 1\nname: pipe\nsteps:\n  - {name: a, run: [bash, -c, 'yes | head -1; echo ${PIPESTATUS[0]}'], "
                     "expect: {stdout: {always: ['^141$']}}}\n".replace("${", "$${"), cwd=path,
                     preexec=lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL))
        expect_equal(run.code, 0, run)


def test_closed_output_does_not_end_the_run():
    """`muster run | head -1`: the verdict stands, the run goes to its end."""
    with Folder() as path:
        with open(os.path.join(path, "m.yml"), "w", encoding="utf-8") as file:
            file.write("muster: 1\nname: closed\nsteps:\n  - {name: a, run: [seq, '100000']}\n  - {name: b, run: [touch, ran]}\n")
        reader, writer = os.pipe()
        os.close(reader)
        process = subprocess.Popen([MUSTER, "run", "--report", "json=r.json", "m.yml"], cwd=path, env=environment(), stdout=writer,
                                   stderr=writer, start_new_session=True)
        os.close(writer)
        expect_equal(process.wait(60), 0)
        expect(os.path.exists(os.path.join(path, "ran")), "the run did not go to its end")
        expect(os.path.exists(os.path.join(path, "r.json")), "no report")


main()
