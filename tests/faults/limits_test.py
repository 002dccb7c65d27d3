#!/usr/bin/python3
# test: about 15, limit 1800
"""The scenes of scenes.py where there is too little of something: descriptors, memory, sizes of files, room on the disk.

What must not pass does not, what passes is whole, nothing is killed, and no report says pass beside an exit code other than 0. A report
may be missing where muster has nowhere to write it. TEST_FULL=1 takes every limit; else TEST_RUN says which.
"""

import os
import resource
import subprocess
import sys

import faults_test
import scenes
import support

PAGE = os.sysconf("SC_PAGESIZE")
SCENES = ("pass", "masked", "damaged", "wrong-upload", "verify", "served", "put", "lint", "plan", "learn", "report")
DISK_BYTES = 2 << 20
PARTS = 1 if faults_test.FULL else 8
NOT_LOADED = "error while loading shared libraries"


class Limit:
    """In the place of a fault."""

    def __init__(self, name, number, unit=1, takes_reports=False):
        self.name, self.number, self.unit, self.takes_reports = name, number, unit, takes_reports

    def __str__(self):
        return f"{self.name} {self.number * self.unit}"

    def set(self):
        kind = getattr(resource, self.name, None)
        if kind is not None:
            resource.setrlimit(kind, (self.number * self.unit,) * 2)


LIMITS = [*(Limit("RLIMIT_NOFILE", number) for number in range(3, 65)),
          *(Limit("RLIMIT_AS", number, 1 << 20) for number in range(16, 160, 3)),
          *(Limit("RLIMIT_FSIZE", number, 512, takes_reports=True) for number in (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89)),
          *(Limit("disk", number, PAGE, takes_reports=True) for number in range(0, 60, 2))]


def fill(folder, left):
    """Leaves so many bytes of a small disk."""
    facts = os.statvfs(folder)
    with open(os.path.join(folder, "filler"), "wb") as file:
        file.write(bytes(max(0, facts.f_bavail * facts.f_frsize - left)))


class Disk(support.Folder):
    def __enter__(self):
        path = super().__enter__()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "muster-test", path], check=True)
        return path

    def __exit__(self, *what):
        subprocess.run(["umount", "--lazy", self.path], check=True)
        super().__exit__(*what)


def try_limit(scene, limit):
    is_disk = limit.name == "disk"
    with Disk() if is_disk else support.Folder() as folder:
        fills = (lambda: fill(folder, limit.number * limit.unit)) if is_disk else limit.set
        result, _ = faults_test.run(scene, limit, folder, preexec=fills)
        if result.code == 127 and NOT_LOADED in result.err:
            return []
        return faults_test.problems_of(scene, limit, result)


def main():
    passed = failed = 0
    faults_test.build()
    with support.Folder() as folder:
        server = scenes.Server(folder, tls=True)
        try:
            known = [scene for scene in scenes.all_of(server) if scene.name in SCENES]
            for scene in known:
                faults_test.faults_of(scene)  # what it says without
            pairs = [(scene, limit) for scene in known for limit in LIMITS]
            for scene, limit in pairs[int(os.environ.get("TEST_RUN") or 0) % PARTS::PARTS]:
                problems = try_limit(scene, limit)
                passed, failed = passed + (not problems), failed + bool(problems)
                if problems:
                    print(f"FAILED {scene.name} {limit}: " + "; ".join(problems), flush=True)
        finally:
            server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
