#!/usr/bin/python3
# test: slow, linked, about 5
"""Every exit code and every deadly signal of a step: muster's own exit code is 0 for 0, and 1 for all others."""

import concurrent.futures
import os
import signal

from support import Failure, Folder, expect_equal, expect_match, main, muster

NOT_DEADLY = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN,
              signal.SIGTTOU}
DEADLY = sorted(set(signal.valid_signals()) - NOT_DEADLY)
DIE = "import os, signal; n = %d; n == 9 or signal.signal(n, signal.SIG_DFL); os.kill(os.getpid(), n); os._exit(0)"
MANIFEST = "muster: 1\nname: codes\nsteps:\n  - {name: a, run: [%s]}\n"


def each(values, check):
    """Two at a time, as there are two processors; all that went wrong is told."""
    def guarded(value):
        try:
            check(value)
        except Failure as failure:
            return f"{value}: {failure}"
        return None

    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as workers:
        failures = [text for text in workers.map(guarded, values) if text]
    if failures:
        raise Failure("\n".join(failures[:5]))


def test_every_exit_code():
    def check(code):
        with Folder() as path:
            run = muster("run", manifest=MANIFEST % f'sh, -c, "exit {code}"', cwd=path)
            expect_equal(run.code, 0 if code == 0 else 1, run)
            expect_equal(run.report["steps"][0]["code"], code, run)
            expect_equal(run.report["steps"][0]["outcome"], "exited", run)

    each(range(256), check)


def test_exit_codes_over_255_do_not_come_round_to_success():
    """A program that exits with 256 exited with 0, as far as anybody can tell; muster itself must never do that."""
    steps = "\n".join(f'  - {{name: s{i}, run: ["false"], always: true}}' for i in range(256))
    with Folder() as path:
        run = muster("run", manifest=f"muster: 1\nname: many\nsteps:\n{steps}\n", cwd=path)
        expect_equal(run.code, 1, run)
        expect_equal(run.report["counts"]["failed"], 256)


def test_every_signal():
    """By a program that takes a signal's own effect back first: Python ignores some."""
    def check(number):
        with Folder() as path:
            run = muster("run", manifest=MANIFEST % f"/usr/bin/python3, -c, '{DIE % number}'", cwd=path)
            expect_equal(run.code, 1, run)
            step = run.report["steps"][0]
            expect_equal(step["outcome"], "signaled", run)
            expect_equal(step["stages"][0].get("signal") in (number, signal_name(number)), True, step)
            expect_match(signal_name(number), run.check("step:a/exit")["observed"], run)

    each([number for number in DEADLY if number != signal.SIGINT], check)
    each([signal.SIGINT], check)


def signal_name(number):
    try:
        return signal.Signals(number).name if number < 32 else f"signal {number}"
    except ValueError:
        return f"signal {number}"


def test_a_stopped_step_is_no_finished_one():
    with Folder() as path:
        run = muster("run", manifest="muster: 1\nname: stop\nsteps:\n"
                     "  - {name: a, run: [sh, -c, 'kill -STOP $$$$'], timeout: 300ms, grace: 100ms}\n", cwd=path)
        expect_equal(run.code, 1, run)
        expect_match("timed out", run.check("step:a/exit")["observed"], run)


if __name__ == "__main__":
    assert len(DEADLY) > 50, os.uname()
    main()
