#!/usr/bin/python3
"""Runs test programs (or make's targets) and adds up what they say.

    tally.py [--limit SECONDS] [--jobs N] PROGRAM...      N of them beside each other; what each says is then shown at its end
    tally.py --make MAKE TARGET...

A program says "N passed, N failed" at the begin of a line, as often as it likes; what it runs in its turn is
indented, so nothing is counted twice. One that says nothing counts as one, by its exit status. The exit status
is 0 only where something was run and nothing failed.
"""

import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

# sudo knows by the session that it was asked; root needs none of the terminal.
APART = {"start_new_session": True} if os.getuid() == 0 else {"process_group": 0}
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed$")
limit_seconds = 900  # of a program; a part of make's has none, its programs have


def kill(process):
    print(f"  longer than {limit_seconds} s: killed")
    os.killpg(process.pid, signal.SIGKILL)


def run(argv, show):
    """Runs one program; gives (passed, failed). What it says goes to show(), line by line, indented."""
    passed = failed = 0
    said = False
    try:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", **APART)
    except OSError as error:
        show(f"  cannot be run: {error}\n")
        return 0, 1
    timer = threading.Timer(limit_seconds or threading.TIMEOUT_MAX, kill, [process])
    timer.daemon = True
    timer.start()
    for line in process.stdout:
        counts = COUNTS.match(line)
        if counts:
            said = True
            passed += int(counts[1])
            failed += int(counts[2])
        show("  " + line)
    code = process.wait()
    timer.cancel()
    if not said:
        return (1, 0) if code == 0 else (0, 1)
    if code != 0 and failed == 0:
        failed = 1
        show(f"  exit status {code}, though it says that nothing failed\n")
    return passed, failed


def run_named(argv, show):
    name = os.path.basename(argv[-1])
    show(f"{name}:\n")
    began = time.monotonic()
    passed, failed = run(argv, show)
    show(f"{name}: {'FAILED' if failed else 'passed'}, {time.monotonic() - began:.1f} s\n")
    return name, passed, failed


def keep_sudo():
    """It forgets after some minutes that it was asked; the parts that need it come late."""
    while subprocess.run(["sudo", "-n", "-v"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
        time.sleep(60)


def show_now(text):
    print(text, end="", flush=True)


def run_whole(argv):
    """For programs beside each other: their lines are not mixed."""
    lines = []
    outcome = run_named(argv, lines.append)
    show_now("".join(lines))
    return outcome


def main(arguments):
    global limit_seconds
    jobs = 1
    if arguments[:1] == ["--limit"]:
        limit_seconds, arguments = int(arguments[1]), arguments[2:]
    if arguments[:1] == ["--jobs"]:
        jobs, arguments = int(arguments[1]), arguments[2:]
    commands = [[name] for name in arguments]
    if arguments[:1] == ["--make"]:
        limit_seconds = None
        commands = [[*arguments[1].split(), "--no-print-directory", name] for name in arguments[2:]]
        if os.getuid() != 0 and shutil.which("sudo"):
            threading.Thread(target=keep_sudo, daemon=True).start()
    if jobs > 1:
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            outcomes = list(pool.map(run_whole, commands))
    else:
        outcomes = [run_named(argv, show_now) for argv in commands]
    failures = [name for name, _, failed in outcomes if failed]
    passed = sum(outcome[1] for outcome in outcomes)
    failed = sum(outcome[2] for outcome in outcomes)
    if not commands:
        failed = 1
        print("there is nothing to run")
    if failures:
        print("failed:", " ".join(failures))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
