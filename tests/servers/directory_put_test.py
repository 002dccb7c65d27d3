#!/usr/bin/python3
# test: waits, about 10
"""What muster uploads into a folder: told to end, killed, and with no room left."""

import glob
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import MUSTER, check, clean_environment, equal, finish, folder, holds

# A folder of 1 MiB, in which muster runs as the command line says.
SMALL = 'mount -t tmpfs -o size=1m tmpfs "$1" && shift && "$@"; code=$?; ls -A "$0/store" >"$0/left"; exit $code'


def place(name, script, **more):
    where = os.path.join(folder(), name)
    os.makedirs(os.path.join(where, "store"))
    with open(os.path.join(where, "manifest.json"), "w", encoding="utf-8") as file:
        json.dump({"muster": 1, "name": "put", "stores": {"s": {"directory": "store"}},
                   "steps": [{"name": "dump", "shell": script, "stdout": {"store": "s", "key": "k", **more}}],
                   "artifacts": [{"name": "a", "object": {"store": "s", "key": "k"}, "step": "dump"}]}, file)
    return where


def command():
    return [MUSTER, "run", "--report", "json=report.json", "manifest.json"]


def start(where):
    return subprocess.Popen(command(), cwd=where, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)


def wait_for_temporary(where):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        found = glob.glob(os.path.join(where, "store", ".muster-*"))
        if found and os.path.getsize(found[0]):
            return found[0]
        time.sleep(0.02)
    check("a temporary file comes", False)
    return None


def test_signal():
    where = place("signal", "head -c 100000 /dev/zero; sleep 600")
    process = start(where)
    wait_for_temporary(where)
    process.send_signal(signal.SIGTERM)
    equal("signal: exit code", process.wait(120), 128 + signal.SIGTERM)
    equal("signal: what is left", os.listdir(os.path.join(where, "store")), [])


def test_kill():
    where = place("kill", "head -c 100000 /dev/zero; sleep 5")
    process = start(where)
    left = wait_for_temporary(where)
    process.kill()
    process.wait()
    check("kill: it is left", os.path.exists(left))
    subprocess.run(command(), cwd=where, env=clean_environment(), capture_output=True, timeout=300, check=False)
    check("kill: what is young stays", os.path.exists(left))
    of_another = os.path.join(where, "store", ".muster-all-2026-04-21.gz.77-1ab")
    with open(of_another, "w", encoding="utf-8"):
        pass
    for path in left, of_another:
        os.utime(path, (time.time() - 90000, time.time() - 90000))
    os.unlink(os.path.join(where, "store", "k"))
    subprocess.run(command(), cwd=where, env=clean_environment(), capture_output=True, timeout=300, check=False)
    equal("kill: what is old goes", sorted(os.listdir(os.path.join(where, "store"))), [".muster-k.sha256", "k"])


def test_no_room():
    enter = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    where = place("no-room", "head -c 3000000 /dev/zero")
    process = subprocess.run([*enter, "bash", "-c", SMALL, where, os.path.join(where, "store"), *command()], cwd=where,
                             env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             timeout=300, check=False)
    equal("no room: exit code", process.returncode, 1)
    with open(os.path.join(where, "left"), encoding="utf-8") as file:
        equal("no room: what is left", file.read(), "")
    with open(os.path.join(where, "report.json"), encoding="utf-8") as file:
        checks = {each["id"]: each for each in json.load(file)["checks"]}
    holds("no room: words", checks["step:dump/exit"]["observed"], "No space left on device")


def main():
    test_signal()
    test_kill()
    test_no_room()
    finish()


if __name__ == "__main__":
    main()
