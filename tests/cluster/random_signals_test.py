#!/usr/bin/python3
# test: about 3
"""SIGTERM at 60 random moments of a run (200 with TEST_FULL=1), every one with a report that counts its checks and says the exit code."""

import concurrent.futures
import os
import random
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from ended import Ended
from support import Folder, expect, expect_equal, expect_match, main

RUNS = 200 if os.environ.get("TEST_FULL") else 60
BESIDE_EACH_OTHER = 4
MANIFEST = """muster: 1
name: any
stores: {vault: {directory: {path: vault}, expect: {writable: true}}}
inventories: {names: {run: [printf, 'one\\ntwo\\n']}}
preflight:
  - {tool: {name: gzip, version: ">=1"}}
  - {command: {run: ["true"]}}
steps:
  - {name: make, pipe: [[bash, -c, 'exec -a MARKER seq 1 20000; sleep 0.02'], [cat], [gzip]], stdout: all.gz}
  - {name: again, shell: 'test -e tried || { touch tried; sleep 0.02; exit 1; }', retry: {attempts: 3, wait: 30ms}}
  - {name: names, run: [printf, 'one\\ntwo\\n'], stdout: names}
  - {name: clean, run: [touch, cleaned], always: true}
artifacts:
  - name: all
    file: all.gz
    step: make
    expect: {size: {min: 10KiB}, format: gzip, text: {always: ['^20000$'], lines: {min: 20000}}}
    uploads: [{store: vault, key: 'all-${run.id}.gz', put: true, expect: {match: read_back}}]
  - {name: names, file: names, step: names, expect: {covers: {inventory: names, line: '^(?<item>.*)$'}}}
reports: [{format: json, store: vault, key: 'reports/${run.id}.json'}]
"""


def start(folder):
    os.mkdir(os.path.join(folder, "vault"))
    return Ended(folder, MANIFEST, reports=("json=report.json", "prometheus=metrics.prom", "html=report.html"))


def length_of_a_run():
    with Folder() as folder:
        run = start(folder)
        run.listens()
        began = time.monotonic()
        run.process.wait(240)
        run.expect_sound(0)
        return time.monotonic() - began


def end_at(moment):
    """None where the run was over before."""
    with Folder() as folder:
        run = start(folder)
        run.listens()
        time.sleep(moment)
        if run.process.poll() is not None:
            run.expect_sound(0)
            return None
        run.tell(signal.SIGTERM)
        run.wait()
        code = run.process.returncode
        expect(code in (0, 143), run.said())
        report = run.expect_sound(code)
        with open(os.path.join(folder, "metrics.prom"), encoding="utf-8") as file:
            expect_match(rf"^muster_last_run_exit_code{{.*}} {code}$", file.read(), run.said())
        parts = [name for name in os.listdir(os.path.join(folder, "vault")) if name.startswith(".muster") and not name.endswith(".sha256")]
        expect(not parts, f"left half-made: {parts}\n{run.said()}")
        expect(not [name for name in os.listdir(folder) if name.startswith(".muster-")], f"left half-made: {os.listdir(folder)}\n{run.said()}")
        return code, report["counts"]["declared"], sum(check["verdict"] == "unproven" for check in report["checks"])


def test_at_any_moment():
    length = length_of_a_run()
    generator = random.Random(20261129 + int(os.environ.get("TEST_RUN") or 0))
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(BESIDE_EACH_OTHER) as pool:
        while len(outcomes) < RUNS:
            moments = [generator.uniform(0, 1.3 * length) for _ in range(RUNS - len(outcomes))]
            outcomes += [outcome for outcome in pool.map(end_at, moments) if outcome is not None]
    expect_equal(len({declared for _, declared, _ in outcomes}), 1, "the same number of checks each time")
    expect(sum(code == 143 for code, _, _ in outcomes) > RUNS * 0.9, f"{[code for code, _, _ in outcomes].count(0)} passed")
    expect(len({unproven for _, _, unproven in outcomes}) > 4, "the moments are not spread over the run")
    print(f"  {RUNS} runs of about {length * 1000:.0f} ms: {sum(code == 143 for code, _, _ in outcomes)} ended with 143, "
          f"{sum(code == 0 for code, _, _ in outcomes)} had passed before the signal arrived")


main()
