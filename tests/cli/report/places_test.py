#!/usr/bin/python3
# test: waits, slow, about 23
"""Where reports go: no former one outlives a run that never began, pipes that nobody reads from, links, open files."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import MUSTER  # noqa: E402

GOOD = """muster: 1
name: places
stores: {vault: {directory: {path: vault}}}
steps: [{name: a, run: ["true"]}]
reports: [{store: vault, key: run.json}]
"""


def run(*options, manifest=GOOD, **how):
    with open("m.yaml", "w", encoding="utf-8") as file:
        file.write(manifest)
    how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True, "timeout": 60, **how}
    return subprocess.run([MUSTER, "run", "m.yaml", *options], check=False, **how)


def said(path):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    return report["verdict"], report["exit_code"]


def manifest_that_is_not_valid():
    run("--report", "json=r.json")
    result = run("--report", "json=r.json", manifest=GOOD + "nonsense: 1\n")
    return result.returncode == 3 and not os.path.exists("r.json")


def variable_that_is_not_there():
    run("--report", "json=r.json")
    result = run("--report", "json=r.json", "--var", "nothing=1")
    return result.returncode == 2 and not os.path.exists("r.json")


def manifest_that_declares_a_check_twice():
    run("--report", "json=r.json")
    result = run("--report", "json=r.json", manifest=GOOD + "waivers: [{check: none, reason: x, until: 2037-01-01}]\n")
    return result.returncode == 3 and not os.path.exists("r.json")


def stored_report_of_a_run_whose_report_was_lost():
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = run("--report", "json=-", "--report", "json=r.json", stdout=full)
    return result.returncode == 70 and said("r.json") == ("fail", 70) and said("vault/run.json") == ("fail", 70)


def pipe_that_nobody_opens():
    os.mkfifo("pipe")
    began = time.monotonic()
    result = run("--report", "json=pipe", "--report", "json=r.json")
    return result.returncode == 70 and said("r.json") == ("fail", 70) and time.monotonic() - began < 30 \
        and "nobody reads" in result.stderr


def pipe_that_nobody_opens_and_a_signal():
    os.mkfifo("pipe")
    run()
    with subprocess.Popen([MUSTER, "run", "m.yaml", "--report", "json=pipe"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(5) != 0
        except subprocess.TimeoutExpired:
            process.kill()
            return False


def pipe_that_is_opened_and_not_read():
    os.mkfifo("pipe")
    checks = "".join(f"  - {{env: E{i}}}\n" for i in range(900))  # more than a pipe holds
    manifest = GOOD + "preflight:\n" + checks
    holder = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    result = run("--report", "json=pipe", manifest=manifest)
    os.close(holder)
    return "nobody reads" in result.stderr and result.returncode == 4


def pipe_with_a_reader():
    os.mkfifo("pipe")
    with subprocess.Popen(["sh", "-c", "sleep 1; timeout 20 cat pipe > got.json"]) as reader:
        result = run("--report", "json=pipe")
        reader.wait(10)
    return result.returncode == 0 and said("got.json") == ("pass", 0)


def link_to_a_file():
    os.mkdir("folder")
    os.symlink("folder/r.json", "link")
    for _ in range(2):
        result = run("--report", "json=link")
    return result.returncode == 0 and os.path.islink("link") and said("folder/r.json") == ("pass", 0)


def former_report_behind_a_link():
    os.mkdir("folder")
    os.symlink("folder/r.json", "link")
    run("--report", "json=link")
    result = run("--report", "json=link", manifest=GOOD + "nonsense: 1\n")
    return result.returncode == 3 and os.path.getsize("folder/r.json") == 0


def link_to_the_open_standard_output():
    os.symlink("/proc/self/fd/1", "link")
    with open("out", "w", encoding="utf-8") as out:
        result = run("--report", "json=link", stdout=out)
    with open("out", encoding="utf-8") as out:
        text = out.read()
    return result.returncode == 0 and os.path.islink("link") and json.loads(text[text.index("{"):text.rindex("}") + 1])["exit_code"] == 0


def standard_output_by_its_other_name():
    before = os.lstat("/dev/stdout").st_ino
    with open("out", "w", encoding="utf-8") as out:
        result = run("--report", "json=/dev/stdout", stdout=out)
    return result.returncode == 0 and said("out") == ("pass", 0) and os.lstat("/dev/stdout").st_ino == before


CASES = [manifest_that_is_not_valid, variable_that_is_not_there, manifest_that_declares_a_check_twice,
         stored_report_of_a_run_whose_report_was_lost, pipe_that_nobody_opens, pipe_that_nobody_opens_and_a_signal,
         pipe_that_is_opened_and_not_read, pipe_with_a_reader, link_to_a_file, former_report_behind_a_link,
         link_to_the_open_standard_output, standard_output_by_its_other_name]


def main():
    failed = 0
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            os.mkdir("vault")
            try:
                good = case()
            except (OSError, ValueError, subprocess.TimeoutExpired) as problem:
                good = print(case.__name__, problem)
            os.chdir("/")
        if not good:
            failed += 1
            print(f"FAILED {case.__name__}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
