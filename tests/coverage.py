#!/usr/bin/python3
"""How many lines of each source the tests went through, from what gcc's --coverage left in a build folder.

    tests/coverage.py BUILD
"""

import collections
import json
import os
import subprocess
import sys


def main(build):
    lines = collections.defaultdict(dict)  # file -> line -> times
    for folder, _, names in os.walk(build):
        if "/tests" in folder[len(build):] or not any(name.endswith(".gcno") for name in names):
            continue
        data = [os.path.join(folder, name) for name in names if name.endswith(".gcno")]
        made = subprocess.run(["gcov", "--json-format", "--stdout", *data], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        for document in made.stdout.splitlines():
            for file in json.loads(document)["files"]:
                if file["file"].startswith(("assertions/", "wrapper/")):
                    seen = lines[file["file"]]
                    for line in file["lines"]:
                        seen[line["line_number"]] = seen.get(line["line_number"], 0) + line["count"]
    total = covered = 0
    for name, seen in sorted(lines.items(), key=lambda item: sum(1 for n in item[1].values() if n) / len(item[1])):
        hit = sum(1 for times in seen.values() if times)
        total += len(seen)
        covered += hit
        print(f"{100 * hit / len(seen):5.1f} %  {hit:5} of {len(seen):5}  {name}")
    print(f"{100 * covered / max(total, 1):5.1f} %  {covered:5} of {total:5}  all")
    return 0 if total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
