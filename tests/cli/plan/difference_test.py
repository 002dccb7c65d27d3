#!/usr/bin/python3
# test: slow, about 2
"""What `muster plan --diff` calls added, stronger, weaker, dropped; and its exit code under --no-weaker."""

import sys
import tempfile

from changes import plan

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
    ("      covers", "      text: {always: [a]}\n      covers", "added     artifact:dump/text", 0),
]

# Which way is stronger is a word of each row: share is no maximum though a percentage, and of codes more are fewer failures.
ROWS = """muster: 1
name: rows
stores: {offsite: {directory: {path: offsite}}}
preflight:
  - http: {url: 'https://127.0.0.1:9/', status: [200], certificate: 14d, json: {/a: a}}
  - file: {path: config, max_age: 24h, min: 1KiB}
  - disk: {path: ., inodes: 1000}
steps: [{name: dump, run: [tool]}]
artifacts:
  - name: dump
    file: dump.sql
    step: dump
    expect: {text: {always: [begin, end], never: [error]}, digest: {changed: true}}
    uploads: [{store: offsite, key: dump, put: true, expect: {kept: {min: 7, within: 14d, share: 50%}}}]
"""

ROW_CASES = [
    ("share: 50%", "share: 80%", "stronger  upload:dump@offsite/kept", 0),
    ("share: 50%", "share: 20%", "WEAKER    upload:dump@offsite/kept", 1),
    ("min: 7", "min: 3", "WEAKER    upload:dump@offsite/kept", 1),
    ("min: 7, within: 14d, share: 50%", "min: 7, max: 9, within: 14d, share: 80%", "changed   upload:dump@offsite/kept", 1),
    ("within: 14d", "within: 7d", "stronger  upload:dump@offsite/kept", 0),
    ("within: 14d", "within: 30d", "WEAKER    upload:dump@offsite/kept", 1),
    ("always: [begin, end]", "always: [begin, middle, end]", "stronger  artifact:dump/text", 0),
    ("always: [begin, end]", "always: [begin]", "WEAKER    artifact:dump/text", 1),
    ("always: [begin, end]", "always: [begin, other]", "changed   artifact:dump/text", 1),
    ("never: [error]", "never: [error, fatal]", "stronger  artifact:dump/text", 0),
    ("never: [error]", "never: [fatal]", "changed   artifact:dump/text", 1),
    ("digest: {changed: true}", "digest: {changed: true, sidecar: .sha256}", "stronger  artifact:dump/digest|changed   artifact:dump/digest", None),
    ("status: [200]", "status: [200, 404]", "WEAKER    preflight:0/http", 1),
    ("certificate: 14d", "certificate: 30d", "stronger  preflight:0/http", 0),
    ("json: {/a: a}", "json: {/a: a, /b: b}", "added     preflight:0/http/json:/b", 0),
    ("json: {/a: a}", "json: {/a: c}", "changed   preflight:0/http", 1),
    ("max_age: 24h", "max_age: 48h", "WEAKER    preflight:1/file", 1),
    ("min: 1KiB", "min: 2KiB", "stronger  preflight:1/file", 0),
    ("inodes: 1000", "inodes: 10", "WEAKER    preflight:2/disk", 1),
]

# What no check's words show, though checks rest on it.
UNWORDED = """muster: 1
name: unworded
no_new_privs: true
vars: {night: a}
stores:
  far: {s3: {endpoint: "https://a.example.net", region: x, bucket: one, prefix: p/}}
  near: {directory: {path: vault}}
inventories:
  listed: {items: [a, b], except: [{item: b, reason: big, until: 2037-01-01}]}
  asked: {run: [psql, -l]}
steps:
  - {name: first, run: [tool], timeout: 2h}
  - {name: second, env_only: true, timeout: 3h, run: [tool]}
  - {name: third, no_new_privs: true, run: [last], background: allow}
  - {name: dump, pipe: [[tool, '${vars.night}'], [gzip]], needs: [first], stdout: dump.tar.gz}
artifacts:
  - name: dump
    file: dump.tar.gz
    step: dump
    limits: {depth: 3}
    expect:
      age: {max: 1h}
      archive: {members: [a, b, {path: 'c/**', count: {min: 2}}, {path: 'd/**', count: {min: 2}}]}
      covers: {inventory: listed, member: "db/{item}"}
    uploads: [{store: near, key: 'dump-${run.time}', put: true, checksum: sha256}]
"""

STAGES = """muster: 1
name: stages
steps:
  - {name: dump, pipe: [[tar, -c], [gzip]], expect: {exit: {tar: [0, 1]}}}
"""

STAGES_CASES = [
    ("", "", "nothing that is checked changes", 0),
    ("tar: [0, 1]", "tar: [0, 1, 2]", "WEAKER    step:dump/exit", 1),
    ("tar: [0, 1]", "tar: [0]", "stronger  step:dump/exit", 0),
    ("tar: [0, 1]", "tar: [0, 3]", "changed   step:dump/exit", 1),
    ("tar: [0, 1]", "tar: [0, 1], gzip: [0, 2]", "WEAKER    step:dump/exit", 1),
    ("{tar: [0, 1]}", "0", "stronger  step:dump/exit", 0),
    ("{tar: [0, 1]}", "[0, 1]", "WEAKER    step:dump/exit", 1),
    ("tar: [0, 1]", "tar: [0, 1], codes: [0, 2]", "WEAKER    step:dump/exit", 1),
]

UNWORDED_CASES = [
    ("", "", "nothing that is checked changes", 0),
    ("bucket: one", "bucket: two", "changed   store:far", 1),
    ("a.example.net", "b.example.net", "changed   store:far", 1),
    ("prefix: p/", "prefix: q/", "changed   store:far", 1),
    ("path: vault", "path: attic", "changed   store:near", 1),
    ("{directory: {path: vault}}", "{s3: {bucket: two, region: x}}", "changed   store:near", 1),
    ("items: [a, b]", "items: [a]", "WEAKER    inventory:listed", 1),
    ("items: [a, b]", "items: [b, c, a]", "stronger  inventory:listed", 0),
    ("run: [psql, -l]", "run: [echo, a]", "changed   inventory:asked", 1),
    ("run: [psql, -l]", "items: [a]", "changed   inventory:asked", 1),
    (", until: 2037-01-01", "", "WEAKER    an item", 1),
    ("2037-01-01", "2038-01-01", "WEAKER    an item", 1),
    ("2037-01-01", "2036-01-01", "nothing that is checked changes", 0),
    ("timeout: 2h", "timeout: 9h", "WEAKER    step:first, its time-out", 1),
    (", timeout: 2h", "", "WEAKER    step:first, its time-out", 1),
    ("timeout: 2h", "timeout: 2h, background: allow", "WEAKER    step:first, what it may leave running", 1),
    ("timeout: 2h", "timeout: 2h, background: fail", "nothing that is checked changes", 0),
    ("background: allow", "background: fail", "stronger  step:third, what it may leave running", 0),
    (", background: allow", "", "stronger  step:third, what it may leave running", 0),
    ("timeout: 2h", "timeout: 2h, env_only: true", "stronger  step:first, env_only", 0),
    ("pipe: [[", "env_only: true, pipe: [[", "stronger  step:dump, env_only", 0),
    ("env_only: true, timeout: 3h", "timeout: 3h", "WEAKER    step:second, env_only", 1),
    ("no_new_privs: true, run: [last]", "run: [last]", "WEAKER    step:third, no_new_privs", 1),
    ("no_new_privs: true\n", "", "WEAKER    no_new_privs", 1),
    ("run: [psql, -l]", "run: [psql, -l], env: {PGHOST: other}", "changed   inventory:asked", 1),
    ("timeout: 2h", "timeout: 1h", "stronger  step:first, its time-out", 0),
    ("run: [tool]", "run: ['true']", "other     step:first, what is run", 0),
    ("night: a", "night: b", "other     step:dump, what is run", 0),
    ("pipe: [[tool, '${vars.night}'], [gzip]]", "shell: 'tool | gzip'", "changed   step:dump", 1),
    (", needs: [first]", "", "changed   step:dump", 1),
    ("timeout: 2h", "timeout: 2h, always: true", "changed   step:first", 1),
    ("stdout: dump.tar.gz", "stdout: other.tar.gz", "changed   step:dump, where", 1),
    ("    step: dump\n", "", "WEAKER    artifact:dump, the step", 1),
    ("    step: dump\n", "    step: first\n", "changed   artifact:dump, the step", 1),
    ("{depth: 3}", "{depth: 4}", "WEAKER    artifact:dump, its limits", 1),
    ("    limits: {depth: 3}\n", "", "WEAKER    artifact:dump, its limits", 1),
    ("{depth: 3}", "{depth: 3, ratio: 100}", "stronger  artifact:dump, its limits", 0),
    ("{depth: 3}", "{depth: 3, ratio: 1000000}", "WEAKER    artifact:dump, its limits", 1),
    ("[a, b, {path: 'c", "[b, {path: 'c", "DROPPED   artifact:dump/member:a", 1),
    ("{path: 'c/**', count: {min: 2}}, ", "", "DROPPED   artifact:dump/member:c/**", 1),
    ("path: 'c/**'", "path: 'e/**'", "DROPPED   artifact:dump/member:c/**", 1),
    ('"db/{item}"', '"{item}"', "changed   artifact:dump/covers", 1),
    ("put: true, checksum: sha256", "put: true", "WEAKER    upload:dump@near", 1),
    ("put: true, checksum", "put: true, overwrite: true, checksum", "changed   upload:dump@near", 1),
    (", put: true, checksum: sha256", "", "DROPPED   upload:dump@near/put", 1),
]


# Beside a maximum, fewer that count is not more that is asked for.
AT_MOST = ROWS.replace("min: 7", "max: 9")
AT_MOST_CASES = [
    ("share: 50%", "share: 80%", "changed   upload:dump@offsite/kept", 1),
    ("within: 14d", "within: 7d", "changed   upload:dump@offsite/kept", 1),
    ("within: 14d", "within: 30d", "WEAKER    upload:dump@offsite/kept", 1),
    ("max: 9", "max: 8", "stronger  upload:dump@offsite/kept", 0),
]


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for base, old, new, said, code in [(BASE, *case) for case in CASES] + [(ROWS, *case) for case in ROW_CASES] + [(AT_MOST, *case) for case in AT_MOST_CASES] + [(UNWORDED, *case) for case in UNWORDED_CASES] + [(STAGES, *case) for case in STAGES_CASES]:
            after = base.replace(old, new, 1) if old else base
            seen, strict = plan(folder, base, after), plan(folder, base, after, "--no-weaker")
            good = seen.returncode == 0 and any(word in seen.stdout for word in said.split("|"))
            good = good and (code is None or strict.returncode == code) and (after != base or not old)
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"FAILED {old!r} -> {new!r}: {seen.returncode} {strict.returncode}\n{seen.stdout}{seen.stderr}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
