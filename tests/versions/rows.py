"""The table of files that today's tools made, and where they lie: one row a file, with what is right for it.

The script that makes them, the test and people read it. Its columns are separated by tabs:

    file        RELEASE/TOOL+VERSION-VARIANT; the version in a name is the one that it was first made with
    version     of the tool, when it was made last
    whole       the exit code that is right for the whole file; where two are, "0|5"
    cuts        what must be told when the file is cut: "all" (at every place), "none" (it need not be), "zeros" (at every
                place, but where nothing but zeros is lost), "tar-zeros" (the same, and a tar's two zero blocks stay), or a
                number: at most at so many places it cannot be told
    flips       the same for a bit that is another and changes what is read from the file (a time in the header of gzip does
                not): "all", "none", or in how many bytes at most it cannot be told
    expect      what is declared of it
    why         why a cut or a flip cannot be told, or why it is not proven
"""

import collections
import os
import re
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "table")
KEPT = os.path.join(HERE, "files")
FILE_MAX = 10240
COLUMNS = ("file", "version", "whole", "cuts", "flips", "expect", "why")

Row = collections.namedtuple("Row", COLUMNS)


def read():
    with open(TABLE, encoding="utf-8") as file:
        lines = [line for line in file.read().splitlines() if line and not line.startswith("#")]
    rows = [Row(*(line.split("\t") + [""] * len(COLUMNS))[:len(COLUMNS)]) for line in lines]
    twice = [name for name, count in collections.Counter(row.file for row in rows).items() if count > 1]
    if twice:
        raise ValueError(f"in the table twice: {twice}")
    return rows


def key(name):
    """TOOL-VARIANT: the name without its version. A tool whose name ends in a digit has a line between the two."""
    return re.sub(r"^(.*?)_?(\d[\d.]*)?-", r"\1-", name, count=1)


def versions_of(folder):
    """Which version made a file, by its name, as the script that made them wrote it."""
    with open(os.path.join(folder, "made"), encoding="utf-8") as file:
        return dict(line.split("\t") for line in file.read().splitlines())


def name_files(raw, folder, suite):
    """Gives what a release's tools made the names of their rows; what has no row is left: another release's tools made the same."""
    made = versions_of(os.path.join(raw, suite))
    rows = {key(os.path.basename(row.file)): row for row in read() if row.file.startswith(suite + "/")}
    os.makedirs(os.path.join(folder, suite), exist_ok=True)
    with open(os.path.join(folder, "made"), "a", encoding="utf-8") as list_of_made:
        for name in sorted(rows.keys() & made.keys()):
            shutil.move(os.path.join(raw, suite, name), os.path.join(folder, rows[name].file))
            list_of_made.write(f"{rows[name].file}\t{made[name]}\n")
    print(f"  {len(rows.keys() & made.keys())} of {len(made)} have a row", file=sys.stderr)


def write_versions(folder):
    """What is kept was made anew: the table tells of the versions that made it."""
    made = versions_of(folder)
    with open(TABLE, encoding="utf-8") as file:
        lines = file.read().splitlines()
    with open(TABLE, "w", encoding="utf-8") as file:
        for line in lines:
            cells = line.split("\t")
            if cells[0] in made:
                cells[1] = made[cells[0]]
            file.write("\t".join(cells) + "\n")


if __name__ == "__main__":
    {"name": name_files, "write-versions": write_versions}[sys.argv[1]](*sys.argv[2:])
