#!/usr/bin/python3
"""Runs the cases of the command line: tests/cli/FOLDER/CASE.yaml, and programs FOLDER/CASE_test.py.

    tests/cli/run.py [-k PATTERN] [-v] [--cases] [--jobs N] [FOLDER...]          MUSTER=path of the program (build/muster)

A case is a manifest that says at its top, in comments, what must come of it; it is run in a fresh folder.

    # args: verify --var x=y            the verb and options; without it: run
    # setup: dd if=/dev/zero of=a ...   bash, before (may be repeated; all lines are one script; $CASE is the case's folder)
    # env: NAME=VALUE                   for muster
    # stdin: manifest                   the manifest comes by standard input
    # exit: 1                           the process's own exit status (required)
    # declared: 3                       so many checks
    # check: step:a/exit fail           the verdict of a check
    # expected: step:a/exit ~ REGEX     its words in the report; also `observed`, `message`
    # line: step:a/exit 12              its line in the manifest
    # says: REGEX                       on what muster prints; also `not-says`
    # hidden: TEXT                      stands nowhere: not in what is printed, nor in the report, nor in the termination message
    # file: NAME REGEX                  of a file that is there afterwards; `no-file: NAME`
    # lint: 12:5: REGEX                 a diagnostic at that line and column. At the end of a line (" # lint: 5: REGEX") it
                                        is one for that very line. Where there is one, there may be no other error.
What must hold for every run (see support.unsound) is asked of each. --cases leaves out the programs: tests/run.py runs each by itself.
"""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

import support

HERE = os.path.dirname(os.path.abspath(__file__))
ONCE = {"args", "exit", "declared", "stdin"}
MANY = {"setup", "env", "check", "expected", "observed", "message", "line", "says", "not-says", "hidden", "file", "no-file", "lint"}
DIAGNOSTIC = re.compile(r"^(?P<path>.+?):(?P<line>\d+):(?P<column>\d+): (?P<kind>error|warning): (?P<text>.*)$", re.M)


class Case:
    def __init__(self, path):
        self.path = path
        self.one = {}
        self.many = {name: [] for name in MANY}
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().split("\n")
        top = True
        for number, line in enumerate(lines, 1):
            found = re.match(r"# ([a-z-]+): ?(.*)$", line) if top else None
            top = top and line.startswith("#")
            if found:
                self.add(found[1], found[2])
            self.many["lint"] += [f"{number}:{inline}" for inline in re.findall(r" # lint: (\d+: .*?)(?= # lint: |$)", line)]
        if "exit" not in self.one:
            raise support.Failure("the case does not say '# exit:'")

    def add(self, name, value):
        if name in ONCE and name not in self.one:
            self.one[name] = value
        elif name in MANY:
            self.many[name].append(value)
        else:
            raise support.Failure(f"unknown or repeated directive '{name}'")


def by_check(run, directive, problems):
    """The check and the rest of "ID ~ REGEX" or "ID WORD"."""
    check_id, _, rest = directive.rpartition(" ~ " if " ~ " in directive else " ")
    check = run.check(check_id.strip())
    if check is None:
        problems.append(f"there is no check '{check_id}'")
    return check, rest


def judge_checks(case, run):
    problems = []
    for directive in case.many["check"]:
        check, verdict = by_check(run, directive, problems)
        if check and check["verdict"] != verdict:
            problems.append(f"{check['id']} is {check['verdict']}, not {verdict}")
    for directive in case.many["line"]:
        check, line = by_check(run, directive, problems)
        if check and check["line"] != int(line):
            problems.append(f"{check['id']} is said to stand on line {check['line']}, not {line}")
    for key in ("expected", "observed", "message"):
        for directive in case.many[key]:
            check, pattern = by_check(run, directive, problems)
            if check and not re.search(pattern, check.get(key) or "", re.M):
                problems.append(f"{check['id']}: {key} is {check.get(key)!r}, which does not match {pattern!r}")
    return problems


def judge_diagnostics(case, run):
    if not case.many["lint"]:
        return []
    problems = []
    left = [(int(m["line"]), int(m["column"]), m["kind"], m["text"]) for m in DIAGNOSTIC.finditer(run.said)]
    for directive in case.many["lint"]:
        line, column, pattern = re.match(r"(\d+):(\d+): (.*)$", directive).groups()
        found = [d for d in left if (d[0], d[1]) == (int(line), int(column)) and re.search(pattern, f"{d[2]}: {d[3]}")]
        if found:
            left.remove(found[0])
        else:
            problems.append(f"no diagnostic {line}:{column}: {pattern}")
    problems += [f"a diagnostic that the case does not know: {d[0]}:{d[1]}: {d[3]}" for d in left if d[2] == "error"]
    return problems


def judge_files(case, folder):
    problems = []
    for directive in case.many["file"]:
        name, _, pattern = directive.partition(" ")
        try:
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                if not re.search(pattern, file.read(), re.M):
                    problems.append(f"the file {name} does not match {pattern!r}")
        except OSError as error:
            problems.append(str(error))
    problems += [f"the file {name} is there" for name in case.many["no-file"] if os.path.lexists(os.path.join(folder, name))]
    return problems


def judge(case, run, folder):
    problems = []
    if run.code != int(case.one["exit"]):
        problems.append(f"exit status {run.code}, not {case.one['exit']}")
    if "declared" in case.one and (run.report or {}).get("counts", {}).get("declared") != int(case.one["declared"]):
        problems.append(f"declared: {(run.report or {}).get('counts')}, not {case.one['declared']}")
    problems += judge_checks(case, run) + judge_diagnostics(case, run) + judge_files(case, folder)
    problems += [f"nothing said matches {pattern!r}" for pattern in case.many["says"] if not re.search(pattern, run.said, re.M)]
    problems += [f"said: {pattern!r}" for pattern in case.many["not-says"] if re.search(pattern, run.said, re.M)]
    everything = run.said + (run.report or {}).get("_text", "") + (run.termination or b"").decode(errors="replace")
    problems += [f"'{text}' can be seen" for text in case.many["hidden"] if text in everything]
    if run.code == 3 and not DIAGNOSTIC.search(run.said) and not case.many["says"]:
        problems.append("exit status 3 without a diagnostic")
    return problems


def run_manifest(path):
    """Gives a text that says what is wrong, "" where nothing is."""
    case = Case(path)
    with support.Folder() as folder:
        env = dict(pair.split("=", 1) for pair in case.many["env"])
        if case.many["setup"]:
            script = "set -euo pipefail\n" + "\n".join(case.many["setup"])
            made = subprocess.run(["/bin/bash", "-c", script], cwd=folder, capture_output=True, text=True,
                                  env=support.environment({"CASE": os.path.dirname(path), "HOME": folder}))
            if made.returncode != 0:
                return "the setup failed: " + made.stdout + made.stderr
        verb, *arguments = case.one.get("args", "run").split()
        stdin = None
        if "stdin" in case.one:
            with open(path, encoding="utf-8") as file:
                stdin = file.read()
        run = support.muster(verb, *arguments, path=None if verb in ("schema", "explain") else "-" if stdin else path,
                             cwd=folder, env=env, stdin=stdin)
        problems = judge(case, run, folder)
        return "\n".join([*problems, str(run)]) if problems else ""


def run_program(path):
    finished = subprocess.run(["/usr/bin/python3", path], capture_output=True, text=True, errors="replace", timeout=600,
                              env={**os.environ, "PYTHONPATH": HERE, "PYTHONDONTWRITEBYTECODE": "1", "MUSTER": support.MUSTER})
    counts = re.search(r"^(\d+) passed, (\d+) failed\n\Z", finished.stdout, re.M)
    if not counts:
        return 0, 1, finished.stdout + finished.stderr
    passed, failed = int(counts[1]), int(counts[2])
    if finished.returncode != 0 and failed == 0:
        failed = 1
    return passed, failed, finished.stdout[: counts.start()] + finished.stderr if failed else ""


def run_one(path):
    try:
        if path.endswith(".py"):
            return run_program(path)
        problems = run_manifest(path)
    except Exception as error:
        problems = f"{type(error).__name__}: {error}"
    return (0, 1, problems) if problems else (1, 0, "")


def find(folders, pattern, cases_only):
    endings = (".yaml",) if cases_only else (".yaml", "_test.py")
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(HERE) for name in names if folder != HERE and name.endswith(endings)]
    paths = [path for path in paths if pattern in os.path.relpath(path, HERE)
             and (not folders or os.path.basename(os.path.dirname(path)) in folders)]
    # Programs first: they take longest.
    return sorted(paths, key=lambda path: (not path.endswith(".py"), path))


def main():
    options = argparse.ArgumentParser(usage="run.py [-k PATTERN] [-v] [--cases] [--jobs N] [FOLDER...]")
    options.add_argument("-k", default="", metavar="PATTERN")
    options.add_argument("-v", action="store_true")
    options.add_argument("--cases", action="store_true")
    options.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    options.add_argument("folders", nargs="*")
    options = options.parse_args()
    if not os.access(support.MUSTER, os.X_OK):
        print(f"there is no program '{support.MUSTER}'\n0 passed, 1 failed")
        return 1
    passed = failed = 0
    paths = find(options.folders, options.k, options.cases)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as workers:
        for path, (more_passed, more_failed, text) in zip(paths, workers.map(run_one, paths)):
            passed += more_passed
            failed += more_failed
            if more_failed or options.v:
                print(f"{'FAILED' if more_failed else 'passed'} {os.path.relpath(path, HERE)}")
            if text:
                print("\n".join("    " + line for line in text.splitlines()), flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
