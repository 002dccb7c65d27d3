"""Tests that need root: for mounts, a root of their own, control groups, other users, the images' storage. Where it is not root who
tests, sudo runs them, which `make` has asked by then; where sudo will not, they fail and say so.

    @needs_root("mounts a full disk")
    def test_a_full_disk():                 one of several: support.main() sees to it

    root_only("enters roots of its own")    of a whole program, before it begins with anything
"""

import os
import re
import shutil
import subprocess
import sys

OPTION = "--as-root"  # of a test program: only what needs root
LIMIT_SECONDS = 870  # what sudo has started only root may end
HANDED_ON = ("MUSTER", "STATIC_MUSTER", "MUSTER_SANITIZED", "ASAN_OPTIONS", "UBSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH", "TMPDIR", "TEST_SERVERS", "CC", "PYTHONPATH")


def needs_root(what):
    def mark(function):
        function.needs_root = what
        return function
    return mark


def refusal():
    """Why there is no root to be had; "" where there is."""
    if os.getuid() == 0:
        return ""
    if shutil.which("sudo") is None:
        return "there is no sudo"
    asked = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return "" if asked.returncode == 0 else (asked.stderr.strip().splitlines() or ["sudo does not say why it refuses"])[-1]


def by_sudo(*arguments):
    """This program once more, with these arguments. Its HOME is root's, so what it keeps there is no matter of the user's."""
    variables = [f"{name}={os.environ[name]}" for name in HANDED_ON if name in os.environ]
    return ["sudo", "-n", "env", *variables, "PYTHONDONTWRITEBYTECODE=1", "timeout", "--kill-after=5", str(LIMIT_SECONDS), sys.executable,
            os.path.abspath(sys.argv[0]), *arguments]


def run(tests, *arguments):
    """Those tests of this program that need root; gives how many have passed and failed."""
    why = refusal()
    if why:
        for name, function in tests:
            print(f"FAILED {name}: needs root ({function.needs_root}): {why}")
        return 0, len(tests)
    finished = subprocess.run(by_sudo(OPTION, *arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace")
    counts = re.search(r"^(\d+) passed, (\d+) failed\n\Z", finished.stdout, re.M)
    print(finished.stdout[:counts.start()] if counts else finished.stdout, end="", flush=True)
    if counts is None or int(counts[1]) + int(counts[2]) != len(tests):
        print(f"FAILED what needs root was not run to its end: exit status {finished.returncode}")
        return 0, len(tests)
    return int(counts[1]), int(counts[2])


def root_only(what):
    if os.getuid() == 0:
        return
    why = refusal()
    if why:
        with open(sys.argv[0], encoding="utf-8") as file:
            tests = re.findall(r"^def test_", file.read(), re.M)
        print(f"FAILED all of it: needs root ({what}): {why}\n0 passed, {len(tests)} failed")
        sys.exit(1)
    sys.stdout.flush()
    argv = by_sudo(*sys.argv[1:])
    os.execvp(argv[0], argv)
