#!/usr/bin/python3
"""clang's static analyzer over sources, several at a time; a finding is a failure.

    tests/analyze.py JOBS CLANG OPTION... -- SOURCE...
"""

import concurrent.futures
import subprocess
import sys


def analyze(argv):
    return subprocess.run(argv, capture_output=True, text=True)


def main(jobs, clang, *rest):
    options, sources = rest[: rest.index("--")], rest[rest.index("--") + 1:]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=int(jobs)) as workers:
        commands = ([clang, "--analyze", "-Xclang", "-analyzer-output=text", *options, source] for source in sources)
        for source, made in zip(sources, workers.map(analyze, commands)):
            if made.returncode != 0 or "warning:" in made.stderr:
                failed += 1
                print(made.stderr)
    print(f"{len(sources) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
