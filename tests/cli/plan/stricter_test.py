#!/usr/bin/python3
# test: slow, about 2
"""What `muster plan --diff --no-weaker` refuses of a change, and what not: pairs of manifests that differ in one thing."""

import re
import sys
import tempfile

from changes import plan

BASE = """muster: 1
name: base
max_age: 26h
stores:
  vault: {directory: {path: vault}}
  third: {s3: {endpoint: "https://a.example.net", region: x, bucket: three}}
  far: {s3: {endpoint: "https://a.example.net", region: x, bucket: one}, expect: {private: true}}
inventories:
  listed: {items: [a, b, c], min: 2, except: [{item: b, reason: big, until: 2037-01-01}]}
preflight:
  - tool: {name: pg_dump, version: '>=15, <18'}
  - tool: psql
  - env: {name: HOST}
  - disk: {path: ., free: 1GiB}
  - http: {url: 'https://127.0.0.1:9/a', json: {/state: up}}
  - http: {url: 'https://127.0.0.1:9/b', json: {/state: up}}
steps:
  - {name: first, run: [tool], timeout: 2h, retry: {attempts: 3, wait: 5s}}
  - name: dump
    run: [tool]
    needs: [first]
    expect: {exit: [0, 3], output: {never: [error, fatal], always: [done]}, duration: {min: 2s, max: 3h}}
artifacts:
  - name: dump
    file: 'dump-*.tar'
    count: {min: 2}
    step: dump
    expect:
      size: {min: 10KiB, max: 1GiB, shrink: 20%}
      format: [gzip, tar]
      text: {always: [begin, end], never: [oops], lines: {min: 10}}
      archive: {count: {min: 3}, members: [a, {path: b, count: {min: 2}}, {path: 'c/**', count: {min: 2, max: 9}}, {path: d, expect: {size: {min: 1KiB}}}]}
      covers: {inventory: listed, member: "{item}"}
  - name: only
    object: {store: vault, key: 'only-*'}
    expect: {archive: {only: true, members: [a, 'b/**']}, age: 1d}
  - name: tail
    file: tail.tar
    expect: {archive: {zero_tail: fail, members: [m]}}
  - name: put
    file: put.gz
    uploads:
      - {store: vault, key: 'put-${run.time}.gz', put: true, expect: {match: auto, kept: {min: 7, within: 14d, share: 50%}}}
      - {store: far, key: put.gz, expect: {match: etag, encryption: [AES256, 'aws:kms'], storage_class: [STANDARD, GLACIER], locked: 30d}}
waivers:
  - {check: 'step:dump/duration', reason: slow, until: 2037-01-01}
  - {check: 'artifact:dump/*', reason: new, until: 2037-01-01}
"""

STRONGER, WEAKER, UNTOLD, SAME = "stronger", "weaker", "cannot be told", "same"
CASES = [  # what is replaced, by what, and what that is
    ("", "", SAME),
    # one number
    ("max_age: 26h", "max_age: 20h", STRONGER),
    ("max_age: 26h", "max_age: 1d2h", SAME),
    ("max_age: 26h", "max_age: 26h1ms", WEAKER),
    ("max_age: 26h\n", "", WEAKER),
    ("min: 10KiB", "min: 10241", STRONGER),
    ("min: 10KiB", "min: 10239", WEAKER),
    ("min: 10KiB", "min: 10240B", SAME),
    ("min: 10KiB, ", "", WEAKER),
    ("max: 1GiB", "max: 1023MiB", STRONGER),
    ("max: 1GiB", "max: 1025MiB", WEAKER),
    ("max: 1GiB, ", "", WEAKER),
    ("shrink: 20%", "shrink: 19.5%", STRONGER),
    ("shrink: 20%", "shrink: 20.5%", WEAKER),
    ("shrink: 20%", "shrink: 20%, grow: 10%", STRONGER),
    ("shrink: 20%", "shrink: 10%, of: 3", UNTOLD),
    ("duration: {min: 2s, max: 3h}", "duration: {min: 3s, max: 2h}", STRONGER),
    ("duration: {min: 2s, max: 3h}", "duration: {min: 1s, max: 2h}", WEAKER),
    ("lines: {min: 10}", "lines: {min: 10, max: 20}", STRONGER),
    ("lines: {min: 10}", "lines: 10", STRONGER),
    ("lines: {min: 10}", "lines: {max: 20}", WEAKER),
    (", lines: {min: 10}", "", WEAKER),
    ("free: 1GiB", "free: 2GiB", STRONGER),
    ("free: 1GiB", "free: 1GB", WEAKER),
    ("age: 1d", "age: 23h", STRONGER),
    ("age: 1d", "age: 25h", WEAKER),
    ("kept: {min: 7", "kept: {min: 8", STRONGER),
    ("share: 50%", "share: 60%", STRONGER),
    ("share: 50%", "share: 40%", WEAKER),
    ("within: 14d", "within: 13d", STRONGER),
    (", within: 14d", "", WEAKER),
    ("locked: 30d", "locked: 31d", STRONGER),
    ("locked: 30d", "locked: 29d", WEAKER),
    # how many there are
    ("    count: {min: 2}\n", "    count: 2\n", STRONGER),
    ("    count: {min: 2}\n", "    count: {min: 3}\n", STRONGER),
    ("    count: {min: 2}\n", "    count: {min: 2, max: 3}\n", STRONGER),
    ("    count: {min: 2}\n", "    count: {min: 1}\n", WEAKER),
    ("    count: {min: 2}\n", "    count: {max: 9}\n", WEAKER),
    ("    count: {min: 2}\n", "", WEAKER),
    ("path: b, count: {min: 2}", "path: b, count: {min: 3}", STRONGER),
    ("path: b, count: {min: 2}", "path: b, count: 2", STRONGER),
    ("path: b, count: {min: 2}", "path: b, count: {min: 1}", WEAKER),
    ("path: b, count: {min: 2}", "path: b", WEAKER),
    ("path: b, count: {min: 2}", "path: b, count: {max: 2}", WEAKER),
    ("min: 2, max: 9", "min: 3, max: 8", STRONGER),
    ("min: 2, max: 9", "min: 3, max: 10", WEAKER),
    ("members: [a, {path: b", "members: [{path: a, count: {min: 1}}, {path: b", SAME),
    ("members: [a, {path: b", "members: [{path: a, count: 1}, {path: b", STRONGER),
    ("members: [a, {path: b", "members: [{path: a, count: {min: 0}}, {path: b", WEAKER),
    ("members: [a, {path: b", "members: [{path: a, count: {max: 1}}, {path: b", WEAKER),
    ("archive: {count: {min: 3}", "archive: {count: {min: 4}", STRONGER),
    ("archive: {count: {min: 3}", "archive: {count: 3", STRONGER),
    ("archive: {count: {min: 3}, ", "archive: {", WEAKER),
    # one more, one fewer
    ("members: [a, {path: b", "members: [n, a, {path: b", STRONGER),
    ("members: [a, {path: b", "members: [{path: b", WEAKER),
    ("members: [a, {path: b", "members: ['a*', {path: b", WEAKER),
    ("{size: {min: 1KiB}}", "{size: {min: 1KiB}, entropy: {min: 1}}", STRONGER),
    ("{size: {min: 1KiB}}", "{size: {min: 2KiB}}", STRONGER),
    ("{size: {min: 1KiB}}", "{size: {min: 1kB}}", WEAKER),
    ("{path: d, expect: {size: {min: 1KiB}}}", "d", WEAKER),
    ("archive: {count: {min: 3}", "archive: {only: true, count: {min: 3}", STRONGER),
    ("archive: {count: {min: 3}", "archive: {zero_tail: fail, count: {min: 3}", STRONGER),
    ("archive: {count: {min: 3}", "archive: {zero_tail: report, count: {min: 3}", SAME),
    ("only: true", "only: false", WEAKER),
    ("only: true, members: [a", "only: true, members: [n, a", STRONGER),
    ("only: true, members: [a", "only: true, members: ['n/*', a", UNTOLD),
    ("only: true, members: [a", "only: true, members: [{path: n, count: {min: 0}}, a", UNTOLD),
    ("only: true, members: [a", "only: true, members: [{path: n, count: {max: 1}}, a", UNTOLD),
    ("only: true, members: [a, 'b/**']", "only: true, members: [a]", WEAKER),
    ("never: [error, fatal]", "never: [panic, error, fatal]", STRONGER),
    ("never: [error, fatal]", "never: [fatal]", WEAKER),
    ("always: [done]", "always: [done, well]", STRONGER),
    ("always: [done]", "always: ['^done$']", UNTOLD),
    ("always: [begin, end]", "always: [middle, end, begin]", STRONGER),
    ("always: [begin, end]", "always: [end]", WEAKER),
    ("always: [begin, end]", "always: ['^begin', end]", UNTOLD),
    ("always: [begin, end]", "starts: x, always: [begin, end]", STRONGER),
    ("exit: [0, 3]", "exit: 0", STRONGER),
    ("exit: [0, 3]", "exit: [0]", STRONGER),
    ("exit: [0, 3], ", "", STRONGER),
    ("exit: [0, 3]", "exit: [0, 3, 4]", WEAKER),
    ("exit: [0, 3]", "exit: 3", STRONGER),
    ("exit: [0, 3]", "exit: 4", UNTOLD),
    ("timeout: 2h, retry", "timeout: 2h, expect: {exit: [0, 1]}, retry", WEAKER),
    ("timeout: 2h", "timeout: 119m", STRONGER),
    ("timeout: 2h", "timeout: 121m", WEAKER),
    ("timeout: 2h, ", "", WEAKER),
    ("attempts: 3", "attempts: 2", STRONGER),
    ("attempts: 3", "attempts: 4", WEAKER),
    (", retry: {attempts: 3, wait: 5s}", "", STRONGER),
    ("needs: [first]", "needs: [first]\n    retry: 2", WEAKER),
    ("encryption: [AES256, 'aws:kms']", "encryption: ['aws:kms']", STRONGER),
    ("storage_class: [STANDARD, GLACIER]", "storage_class: STANDARD", STRONGER),
    ("storage_class: [STANDARD, GLACIER]", "storage_class: [STANDARD, GLACIER, DEEP_ARCHIVE]", WEAKER),
    # one that hides behind another
    ("zero_tail: fail, members: [m]", "zero_tail: report, members: [m, n]", WEAKER),
    ("zero_tail: fail, members: [m]", "zero_tail: report, members: [{path: m, count: 1}]", WEAKER),
    ("zero_tail: fail, members: [m]", "members: [m]", WEAKER),
    ("zero_tail: fail, members: [m]", "zero_tail: fail, only: true, members: [m, 'n/**']", STRONGER),
    ("zero_tail: fail, members: [m]", "zero_tail: fail, members: [m, {path: n, expect: {archive: {only: true, members: [x]}}}]", STRONGER),
    ("preflight:\n", "preflight:\n  - tool: gzip\n  - disk: {path: ., free: 1GiB}\n", STRONGER),
    # kinds of their own
    ("format: [gzip, tar]", "format: gzip", WEAKER),
    ("format: [gzip, tar]", "format: [gzip, cpio]", UNTOLD),
    ("      format: [gzip, tar]\n", "", WEAKER),
    ("match: auto", "match: read_back", STRONGER),
    ("match: auto", "match: etag", UNTOLD),
    ("match: etag", "match: read_back", STRONGER),
    ("match: auto, ", "", WEAKER),
    ("file: 'dump-*.tar'", "file: 'dump-2*.tar'", UNTOLD),
    ("key: 'only-*'", "key: 'only-2*'", UNTOLD),
    ("version: '>=15, <18'", "version: '>=16, <18'", STRONGER),
    ("version: '>=15, <18'", "version: '>=15, <18, >15.2'", STRONGER),
    ("version: '>=15, <18'", "version: '>=15'", WEAKER),
    ("version: '>=15, <18'", "version: '>=14, <18'", WEAKER),
    ("version: '>=15, <18'", "version: '<17, >=15'", STRONGER),
    ("version: '>=15, <18'", "version: '>=14, <17'", UNTOLD),
    ("version: '>=15, <18'", "version: '<18, >=15'", SAME),
    ("tool: psql", "tool: {name: psql, version: '>=15'}", STRONGER),
    ("tool: {name: pg_dump, version: '>=15, <18'}", "tool: pg_dump", WEAKER),
    ("env: {name: HOST}", "env: {name: HOST, equals: db}", STRONGER),
    # the inventory and what need not be covered
    ("items: [a, b, c]", "items: [a, b, c, d]", STRONGER),
    ("items: [a, b, c]", "items: [a, b]", WEAKER),
    ("min: 2, except", "min: 3, except", STRONGER),
    ("min: 2, except", "min: 1, except", WEAKER),
    (", except: [{item: b, reason: big, until: 2037-01-01}]", "", SAME),
    ("{item: b, reason: big, until: 2037-01-01}", "{item: b, reason: big, until: 2036-01-01}", SAME),
    ("{item: b, reason: big, until: 2037-01-01}", "{item: b, reason: big}", WEAKER),
    ("except: [", "except: [{item: c, reason: big}, ", WEAKER),
    # the surroundings: their number is no name
    ("preflight:\n", "preflight:\n  - tool: gzip\n", STRONGER),
    ("preflight:\n", "preflight:\n  - tool: psql\n", STRONGER),
    ("preflight:\n", "preflight:\n  - disk: {path: /, free: 1GiB}\n", STRONGER),
    ("  - tool: psql\n", "", WEAKER),
    ("  - disk: {path: ., free: 1GiB}\n", "  - tool: gzip\n  - disk: {path: ., free: 2GiB}\n", STRONGER),
    ("  - disk: {path: ., free: 1GiB}\n", "  - tool: gzip\n  - disk: {path: ., free: 1MiB}\n", WEAKER),
    ("  - disk: {path: ., free: 1GiB}\n", "  - disk: {path: /, free: 2GiB}\n", UNTOLD),
    ("  - tool: psql\n  - env: {name: HOST}\n", "  - env: {name: HOST}\n  - tool: psql\n", SAME),
    ("/b', json: {/state: up}", "/b'", WEAKER),
    ("/a', json: {/state: up}", "/a'", WEAKER),
    ("/a', json: {/state: up}", "/a', json: {/state: up, /age: '0'}", STRONGER),
    # stores, uploads, artifacts, steps
    ("expect: {private: true}", "expect: {private: true, not_empty: true}", STRONGER),
    (", expect: {private: true}", "", WEAKER),
    ("    uploads:\n", "    uploads:\n      - {store: third, key: a}\n", STRONGER),
    ("      - {store: far, key: put.gz", "      - {store: third, key: put.gz", WEAKER),
    ("    file: put.gz\n", "    file: put.gz\n    expect: {format: gzip}\n", STRONGER),
    ("artifacts:\n", "artifacts:\n  - {name: more, file: more.gz}\n", STRONGER),
    ("    file: put.gz\n", "    file: put.gz\n    step: dump\n", STRONGER),
    ("put: true", "put: true, checksum: sha256", SAME),
    ("put: true", "put: true, overwrite: true", UNTOLD),
    ("steps:\n", "steps:\n  - {name: zero, run: [tool]}\n", STRONGER),
    # waivers
    ("  - {check: 'step:dump/duration', reason: slow, until: 2037-01-01}\n", "", STRONGER),
    ("reason: slow, until: 2037-01-01", "reason: slow, until: 2036-01-01", STRONGER),
    ("reason: slow, until: 2037-01-01", "reason: slow, until: 2037-01-02", WEAKER),
    ("reason: slow", "reason: it is slow", SAME),
    ("'artifact:dump/*'", "'artifact:dump/size'", STRONGER),
    ("'artifact:dump/*'", "'artifact:*/size'", WEAKER),
    ("'artifact:dump/*'", "'artifact:*/*'", WEAKER),
    ("step:dump/duration", "step:dump/*", WEAKER),
    ("step:dump/duration", "step:dump/exit", WEAKER),
    ("step:dump/duration", "artifact:only/max_age", WEAKER),
]

# With one layer declared there is room for more; patterns are looked for below a layer of compression that is declared.
FORMAT = """muster: 1
name: format
artifacts: [{name: a, file: a.gz, expect: {format: gzip, text: {always: [x]}}}]
"""
FORMAT_CASES = [
    ("format: gzip", "format: [gzip]", SAME),
    ("format: gzip", "format: [gzip, tar]", STRONGER),
    ("format: gzip", "format: [gzip, zstd]", UNTOLD),
    ("format: gzip", "format: [gzip, zstd, tar]", UNTOLD),
    ("format: gzip", "format: zstd", UNTOLD),
]


def judge(text):
    """Of what `plan --diff` says, the worst."""
    words = set(re.findall(r"^(\S+) ", text, re.M))
    if words & {"WEAKER", "DROPPED"}:
        return WEAKER
    if "changed" in words:
        return UNTOLD
    return STRONGER if words & {"added", "stronger"} else SAME


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for base, old, new, wanted in [(BASE, *case) for case in CASES] + [(FORMAT, *case) for case in FORMAT_CASES]:
            after = base.replace(old, new, 1) if old else base
            seen = plan(folder, base, after, "--no-weaker")
            good = seen.returncode == int(wanted in (WEAKER, UNTOLD)) and judge(seen.stdout) == wanted and (after != base or not old)
            passed, failed = passed + good, failed + (not good)
            if not good:
                print(f"FAILED {old!r} -> {new!r}: {wanted}, not {judge(seen.stdout)} ({seen.returncode})\n{seen.stdout}{seen.stderr}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
