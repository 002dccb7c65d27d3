#!/usr/bin/python3
"""Runs test programs (or make's targets) one after the other and adds up what they say.

    tally.py PROGRAM...
    tally.py --make MAKE TARGET...

A program says "N passed, N failed" at the begin of a line, as often as it likes; what it runs in its turn is
indented, so nothing is counted twice. One that says nothing counts as one, by its exit status. The exit status
is 0 only where something was run and nothing failed.
"""

import os
import re
import signal
import subprocess
import sys
import time

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed$")
LIMIT_SECONDS = 900


def run(argv):
    """Runs one program; gives (passed, failed) and shows its output, indented, as it comes."""
    passed = failed = 0
    said = False
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, errors="replace", start_new_session=True)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
    signal.alarm(LIMIT_SECONDS)
    for line in process.stdout:
        counts = COUNTS.match(line)
        if counts:
            said = True
            passed += int(counts[1])
            failed += int(counts[2])
        print("  " + line, end="", flush=True)
    code = process.wait()
    signal.alarm(0)
    if not said:
        return (1, 0) if code == 0 else (0, 1)
    if code != 0 and failed == 0:
        failed = 1
        print(f"  exit status {code}, though it says that nothing failed")
    return passed, failed


def main(arguments):
    commands = [[name] for name in arguments]
    if arguments[:1] == ["--make"]:
        commands = [[*arguments[1].split(), "--no-print-directory", name] for name in arguments[2:]]
    passed = failed = 0
    failures = []
    for argv in commands:
        name = os.path.basename(argv[-1])
        print(f"{name}:", flush=True)
        began = time.monotonic()
        more_passed, more_failed = run(argv)
        passed += more_passed
        failed += more_failed
        print(f"{name}: {'FAILED' if more_failed else 'passed'}, {time.monotonic() - began:.1f} s", flush=True)
        if more_failed:
            failures.append(name)
    if not commands:
        failed = 1
        print("there is nothing to run")
    if failures:
        print("failed:", " ".join(failures))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
