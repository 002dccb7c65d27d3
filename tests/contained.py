#!/usr/bin/python3
"""Runs one program and ends with everything that it has started, wherever that has gone.

    contained.py SECONDS PROGRAM ARGUMENT...

What lives longer than SECONDS is killed, with its grandchildren and those that made a session of their own: orphans become this
process's children (a subreaper, prctl(2)), so none is out of sight. The same on SIGTERM and SIGINT, and where the parent is gone.
The exit status is the program's, 124 where it was killed for its time.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
TOO_LONG = 124


def become_subreaper():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def descendants(of):
    """The process ids of all that descend from a process and have not ended."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    state, parent = file.read().rpartition(b")")[2].split()[:2]
            except OSError:
                continue
            if state not in (b"Z", b"X"):
                children.setdefault(int(parent), []).append(int(name))
    found, left = [], [of]
    while left:
        more = children.get(left.pop(), [])
        found += more
        left += more
    return found


def reap():
    """Takes the exit statuses of all children that have ended."""
    ended = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = status


def kill_descendants():
    """Kills until there are none: one that is killed may have started another meanwhile."""
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        alive = descendants(os.getpid())
        if not alive:
            break
        refused = []
        for pid in alive:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            except PermissionError:
                refused.append(str(pid))
        if refused:  # root's, which sudo has started
            subprocess.run(["sudo", "-n", "kill", "-KILL", *refused], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.02)
        reap()


def killed(number, _):
    kill_descendants()
    os._exit(128 + number)


def main(seconds, argv):
    become_subreaper()
    end_with_parent()
    signal.signal(signal.SIGTERM, killed)
    signal.signal(signal.SIGINT, killed)
    # What `nohup` and a shell's `&` ignore would stay ignored in the program.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    try:
        program = subprocess.Popen(argv)
    except OSError as error:
        print(f"cannot be run: {error}")
        return 127
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    end = time.monotonic() + seconds
    pause = 0.005
    while True:
        ended = reap()
        if program.pid in ended:
            return os.waitstatus_to_exitcode(ended[program.pid]) % 256
        if time.monotonic() >= end:
            kill_descendants()
            print(f"longer than {seconds:.0f} s: killed")
            return TOO_LONG
        time.sleep(pause)
        pause = min(pause * 1.3, 0.1)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
