#!/usr/bin/python3
"""/dev/termination-log as Kubernetes mounts it: missing, read-only or full it is no reason to fail, nor to lie."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

from as_root import root_only
from support import Folder, MUSTER, environment, expect, expect_equal, expect_match, main, write

root_only("mounts the log")

LOG = "/dev/termination-log"
FAILS = "muster: 1\nname: here\nsteps:\n  - {name: a, run: ['false']}\n"
PASSES = "muster: 1\nname: here\nsteps:\n  - {name: a, run: ['true']}\n"
# In a mount namespace of its own, where /dev is a folder with what a program needs and the log.
PREPARE = """set -eu
mount --make-rprivate /
mkdir dev
for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
ln -s /proc/self/fd dev/fd
mount --rbind dev /dev
"""


def run(folder, manifest, prepare, after=""):
    write(folder, "m.yml", manifest)
    env = environment()
    del env["MUSTER_TERMINATION_LOG"]
    script = f"{PREPARE}{prepare}\nset +e\n'{MUSTER}' run --report json=r.json m.yml >said 2>&1\ncode=$?\n{after}\nexit $code\n"
    finished = subprocess.run(["unshare", "--mount", "bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=240)
    with open(os.path.join(folder, "said"), encoding="utf-8") as file:
        said = file.read()
    expect_equal(finished.stderr, "", said)
    expect(os.path.exists(os.path.join(folder, "r.json")), said)
    return finished.returncode, finished.stdout, said


def test_as_it_is_mounted():
    with Folder() as folder:
        code, log, said = run(folder, FAILS, f"echo old > log; touch {LOG}; mount --bind log {LOG}", f"cat {LOG}")
        expect_equal(code, 1, said)
        expect_match(r"\Ahere: fail", log)
        expect("old" not in log, log)


def test_missing():
    with Folder() as folder:
        code, log, said = run(folder, PASSES, "", f"ls {LOG} 2>/dev/null")
        expect_equal((code, log), (0, ""), said)


def test_read_only():
    for manifest, expected in ((PASSES, 0), (FAILS, 1)):
        with Folder() as folder:
            code, log, said = run(folder, manifest, f"touch log {LOG}; mount --bind log {LOG}; mount -o remount,ro,bind {LOG}", f"cat {LOG}")
            expect_equal((code, log), (expected, ""), said)


def test_full():
    """Not a byte fits: an empty message is no lie, «did not finish» of a run that has would be one."""
    with Folder() as folder:
        code, log, said = run(folder, PASSES, f"mkdir small; mount -t tmpfs -o size=4k none small; touch small/log {LOG}; "
                              f"head -c 4096 /dev/zero > small/rest; mount --bind small/log {LOG}", f"cat {LOG}")
        expect_equal((code, log), (0, ""), said)


def test_full_from_now_on():
    with Folder() as folder:
        code, log, said = run(folder, "muster: 1\nname: here\nsteps:\n  - {name: a, shell: 'head -c 8192 /dev/zero > small/rest || true'}\n",
                              f"mkdir small; mount -t tmpfs -o size=8k none small; touch small/log {LOG}; mount --bind small/log {LOG}", f"cat {LOG}")
        expect_equal(code, 0, said)
        expect("did not finish" not in log, log)


main()
