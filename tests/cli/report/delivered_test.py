#!/usr/bin/python3
# test: waits, linked
"""Reports that a manifest puts into a store, and the history they make."""

import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import support  # noqa: E402

TEXT = """muster: 1
name: told
stores: {vault: {directory: {path: vault}}}
steps: [{name: s, shell: 'cp source a'}]
artifacts: [{name: a, file: a, step: s, expect: {size: {min: 100}}}]
reports:
  - {format: json, store: vault, key: "reports/${run.id}.json"}
  - {format: html, store: vault, key: "latest.html"}
"""


def history(folder, *options):
    return subprocess.run([support.MUSTER, "report", "--history", "vault", *options, "manifest.yml"], cwd=folder, capture_output=True,
                          text=True, check=False)


def check(folder):
    os.mkdir(os.path.join(folder, "vault"))
    for size in [1000, 1100, 50, 2000]:
        with open(os.path.join(folder, "source"), "wb") as file:
            file.write(b"x" * size)
        seen = support.muster("run", manifest=TEXT, cwd=folder)
        assert [n["sent"] for n in seen.report["notifications"]] == [True, True], seen
        time.sleep(0.02)
    names = sorted(name for name in os.listdir(os.path.join(folder, "vault", "reports")) if not name.startswith(".muster-"))
    assert len(names) == 4, names
    verdicts = []
    for name in names:
        with open(os.path.join(folder, "vault", "reports", name), encoding="utf-8") as file:
            verdicts.append(json.load(file)["verdict"])
    assert sorted(verdicts) == ["fail", "pass", "pass", "pass"], verdicts
    with open(os.path.join(folder, "vault", "latest.html"), encoding="utf-8") as file:
        assert "<html" in file.read()
    table = history(folder)
    lines = table.stdout.splitlines()
    assert table.returncode == 0 and len(lines) == 6, table
    assert ["pass" in line for line in lines[1:5]] == [True, True, False, True] and "FAIL" in lines[3], table.stdout
    assert "a 1100 B (+10%)" in lines[2] and lines[5] == "3 of 4 passed; the last 1 in a row", table.stdout


def damaged_is_told(folder):
    os.makedirs(os.path.join(folder, "vault", "reports"))
    with open(os.path.join(folder, "source"), "wb") as file:
        file.write(b"x" * 200)
    support.muster("run", manifest=TEXT, cwd=folder)
    with open(os.path.join(folder, "vault", "reports", "cut.json"), "w", encoding="utf-8") as file:
        file.write('{"muster": 1, "verdict": "pass"')
    table = history(folder)
    assert table.returncode == 5 and "cut.json" in table.stderr and "1 of 1 passed" in table.stdout, table


def nothing_commands_the_terminal(folder):
    os.mkdir(os.path.join(folder, "vault"))
    with open(os.path.join(folder, "source"), "wb") as file:
        file.write(b"x" * 200)
    support.muster("run", manifest=TEXT, cwd=folder)
    with open(os.path.join(folder, "manifest.yml"), "w", encoding="utf-8") as file:
        file.write(TEXT)
    reports = os.path.join(folder, "vault", "reports")
    path = os.path.join(reports, next(name for name in os.listdir(reports) if name.endswith(".json")))
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    report["mode"] = "run\x1b[2J"
    report["artifacts"][0]["name"] = "a\x1b[31m\n2026-01-01T00:00:00Z  run     pass"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file)
    with open(path[:-5] + "\x1b[31m.json", "w", encoding="utf-8") as file:
        file.write("{")
    table = history(folder)
    assert table.returncode == 5 and "\x1b" not in table.stdout + table.stderr, table
    assert len(table.stdout.splitlines()) == 3, table.stdout


def not_delivered(folder):
    os.mkdir(os.path.join(folder, "vault"))
    with open(os.path.join(folder, "source"), "wb") as file:
        file.write(b"x" * 200)
    os.mkdir(os.path.join(folder, "vault", "latest.html"))
    seen = support.muster("run", manifest=TEXT, cwd=folder)
    assert seen.code == 0 and [n["sent"] for n in seen.report["notifications"]] == [True, False], seen
    assert "report: not sent" in seen.said, seen.said


def verify_writes_nothing(folder):
    os.mkdir(os.path.join(folder, "vault"))
    with open(os.path.join(folder, "a"), "wb") as file:
        file.write(b"x" * 200)
    seen = support.muster("verify", manifest=TEXT, cwd=folder)
    assert seen.code == 0 and os.listdir(os.path.join(folder, "vault")) == [], seen


def no_such_history(folder):
    with open(os.path.join(folder, "manifest.yml"), "w", encoding="utf-8") as file:
        file.write(TEXT.split("reports:")[0])
    os.mkdir(os.path.join(folder, "vault"))
    table = history(folder)
    assert table.returncode == 3 and "puts no JSON reports into a store 'vault'" in table.stderr, table


def main():
    passed = failed = 0
    for case in [check, damaged_is_told, nothing_commands_the_terminal, not_delivered, verify_writes_nothing, no_such_history]:
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(folder)
                passed += 1
            except Exception as trouble:  # pylint: disable=broad-except
                failed += 1
                print(f"FAILED {case.__name__}: {type(trouble).__name__} {trouble}"[:3000])
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
