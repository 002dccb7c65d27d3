#!/usr/bin/python3
"""What `muster lint --format` prints for programs."""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import MUSTER  # noqa: E402

GOOD = "muster: 1\nname: weak\nsteps:\n  - {name: s, run: [tool, '--password=100%,sure']}\n"
BAD = "muster: 1\nname: bad\nstpes: []\n"


def lint(folder, *options):
    done = subprocess.run([MUSTER, "lint", *options, "weak.yml", "bad.yml"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 3, (done.returncode, done.stderr)
    return done.stdout


def check_json(folder):
    items = json.loads(lint(folder, "--format", "json"))
    assert {item["name"] for item in items} >= {"step-only-its-word", "secret-in-clear", "not-valid"}, items
    secret = next(item for item in items if item["name"] == "secret-in-clear")
    assert (secret["path"], secret["line"], secret["column"], secret["severity"]) == ("weak.yml", 4, 27, "warning"), secret


def check_github(folder):
    lines = lint(folder, "--format", "github").splitlines()
    assert any(line.startswith("::warning file=weak.yml,line=4,col=5,title=step-only-its-word::") for line in lines), lines
    assert any(line.startswith("::error file=bad.yml,line=3,col=1,title=not-valid::") for line in lines), lines


def check_sarif(folder):
    log = json.loads(lint(folder, "--format", "sarif"))
    assert log["version"] == "2.1.0" and len(log["runs"]) == 1
    run = log["runs"][0]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert run["results"] and all(result["ruleId"] in rules for result in run["results"]), run["results"]
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] >= 1 and region["startColumn"] >= 1


def check_human(folder):
    assert "[secret-in-clear]" in lint(folder), "a warning has its name"


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in [("weak.yml", GOOD), ("bad.yml", BAD)]:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        for check in [check_json, check_github, check_sarif, check_human]:
            try:
                check(folder)
                passed += 1
            except Exception as trouble:  # pylint: disable=broad-except
                failed += 1
                print(f"FAILED {check.__name__}: {trouble!r}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
