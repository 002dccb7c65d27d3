"""What `muster plan` says of a change from one manifest to another."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from support import MUSTER  # noqa: E402


def plan(folder, before, after, *options):
    for name, text in [("old.yml", before), ("new.yml", after)]:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    return subprocess.run([MUSTER, "plan", "--diff", "old.yml", *options, "new.yml"], cwd=folder, capture_output=True, text=True,
                          check=False)
