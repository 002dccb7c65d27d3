#!/usr/bin/python3
"""What `muster plan --diff` calls added, stronger, weaker, dropped; and its exit code under --no-weaker."""

import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import MUSTER  # noqa: E402

BASE = """muster: 1
name: base
max_age: 26h
inventories: {databases: {items: [a, b]}}
steps:
  - {name: dump, run: [tool], expect: {exit: [0], output: {never: [error, fatal], always: [done]}}}
artifacts:
  - name: dump
    file: dump.tar
    step: dump
    expect:
      size: {min: 10KiB, max: 1GiB, shrink: 20%}
      archive: {only: true, members: [a, {path: b, count: {min: 2}}]}
      covers: {inventory: databases, member: "{item}"}
"""

CASES = [  # what is replaced, by what, the word it must be called by, the exit code under --no-weaker
    ("", "", "nothing that is checked changes", 0),
    ("min: 10KiB", "min: 5KiB", "WEAKER    artifact:dump/size", 1),
    ("min: 10KiB", "min: 50KiB", "stronger  artifact:dump/size", 0),
    ("max: 1GiB", "max: 2GiB", "WEAKER    artifact:dump/size", 1),
    ("shrink: 20%", "shrink: 10%", "stronger  artifact:dump/size", 0),
    ("shrink: 20%", "shrink: 40%", "WEAKER    artifact:dump/size", 1),
    (", shrink: 20%", "", "WEAKER    artifact:dump/size", 1),
    ("min: 10KiB", "min: 5KiB, grow: 10%", "WEAKER    artifact:dump/size", 1),
    ("only: true", "only: false", "WEAKER    artifact:dump/archive", 1),
    ("count: {min: 2}", "count: {min: 3}", "stronger  artifact:dump/member:b|changed   artifact:dump/member:b", None),
    ("[a, {path", "[{path", "DROPPED   artifact:dump/member:a", 1),
    ("exit: [0]", "exit: [0, 3]", "WEAKER    step:dump/exit", 1),
    ("never: [error, fatal]", "never: [error]", "DROPPED   step:dump/output/never:1", 1),
    ("never: [error, fatal]", "never: [fatal, error]", "nothing that is checked changes", 0),
    ("never: [error, fatal]", "never: [panic, error, fatal]", "added     step:dump/output/never:0", 0),
    ("    step: dump\n", "", "DROPPED   artifact:dump/age", 1),
    ("max_age: 26h", "max_age: 50h", "WEAKER    max_age", 1),
    ("max_age: 26h\n", "", "WEAKER    max_age", 1),
    ("max_age: 26h", "max_age: 10h", "stronger  max_age", 0),
    ("file: dump.tar", "file: other.tar", "changed   artifact:dump/exists", 1),
    ("{items: [a, b]}", "{items: [a, b], except: [{item: b, reason: big}]}", "WEAKER    an item", 1),
    ("{items: [a, b]}", "{items: [a, b], min: 0}", "WEAKER    inventory:databases/items|changed   inventory:databases/items", 1),
    ("artifacts:", "waivers: [{check: 'step:dump/exit', reason: x, until: 2037-01-01}]\nartifacts:", "WEAKER    a waiver", 1),
    ("      covers", "      format: tar\n      covers", "added     artifact:dump/format", 0),
]


def plan(folder, after, *options):
    for name, text in [("old.yml", BASE), ("new.yml", after)]:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return subprocess.run([MUSTER, "plan", "--diff", "old.yml", *options, "new.yml"], cwd=folder, capture_output=True, text=True,
                          check=False)


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for old, new, said, code in CASES:
            after = BASE.replace(old, new, 1) if old else BASE
            seen, strict = plan(folder, after), plan(folder, after, "--no-weaker")
            good = seen.returncode == 0 and any(word in seen.stdout for word in said.split("|"))
            good = good and (code is None or strict.returncode == code) and (after != BASE or not old)
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"FAILED {old!r} -> {new!r}: {seen.returncode} {strict.returncode}\n{seen.stdout}{seen.stderr}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
