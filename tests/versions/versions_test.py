#!/usr/bin/python3
# test: about 20
"""Files as today's tools write them: every row of the table is examined whole, cut and with a bit flipped.

    versions_test.py [FOLDER]       the files of another folder than the one that is kept, beside those (tests/versions/make.sh)
    TEST_FULL=1                     at every place; without it at some, other ones for another TEST_RUN (a number)
    VERSIONS_ONLY=PATTERN           only the files with that in their name
    VERSIONS_LIST=1                 names the places that were not told, also where the row knows that they cannot be
"""

import bz2
import collections
import concurrent.futures
import gzip
import io
import itertools
import lzma
import os
import subprocess
import sys
import zipfile

import rows

# Thousands of small files that live for a second: in memory, where that can be.
if os.access("/dev/shm", os.W_OK):
    os.environ.setdefault("TMPDIR", "/dev/shm")
sys.path.insert(0, os.path.join(rows.HERE, "..", "cli"))

from support import Failure, Folder, muster  # noqa: E402

FULL = bool(os.environ.get("TEST_FULL"))
RUN = int(os.environ.get("TEST_RUN") or 0)
ONLY = os.environ.get("VERSIONS_ONLY", "")
LIST = bool(os.environ.get("VERSIONS_LIST"))
PLACES = 100  # of a file, for cuts and for flips each, where it is not all of them
ENDS = 4  # bytes at both ends of it that are always among them
BATCH = 500  # files in one manifest
WORKERS = 2
CODE = {"pass": 0, "fail": 1, "unproven": 5, "waived": 70}
BLOCK = 512


Damage = collections.namedtuple("Damage", ("row", "kind", "at", "data"))


def artifact(name, row):
    return f"  - {{name: {name}, file: {name}, expect: {row.expect}}}\n"


def run_on(files):
    """One run for all of them, which are pairs of a row and bytes."""
    with Folder() as path:
        for number, (_, data) in enumerate(files):
            with open(os.path.join(path, f"a{number}"), "wb") as file:
                file.write(data)
        artifacts = "".join(artifact(f"a{number}", row) for number, (row, _) in enumerate(files))
        return muster("run", "--quiet", manifest=f"muster: 1\nname: versions\nartifacts:\n{artifacts}", cwd=path)


def codes_of(files):
    """What the exit code of each alone would be; None for what muster did not survive, or did not accept."""
    try:
        run = run_on(files)
        if run.code in CODE.values():
            seen = [set() for _ in files]
            for check in run.report["checks"]:
                seen[int(check["id"].split("/")[0].removeprefix("artifact:a"))].add(CODE[check["verdict"]])
            return [1 if 1 in codes else max(codes) for codes in seen]
    except Failure:
        pass
    if len(files) == 1:
        return [None]
    half = len(files) // 2
    return codes_of(files[:half]) + codes_of(files[half:])


def why(run):
    """What it says of the first check that did not pass."""
    for check in (run.report or {}).get("checks", []):
        if check["verdict"] != "pass":
            return f"{check['id']}: {check['message']}"
    return run.said.strip().partition("\n")[0]


def places(length):
    """All of them, or a few that are other ones in another run."""
    if FULL or length <= PLACES:
        return range(length)
    stride = -(-length // PLACES)
    return sorted({*range(RUN % stride, length, stride), *range(ENDS), *range(length - ENDS, length)})


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1 << (at + RUN) % 8]) + data[at + 1:]


def damages_of(row, data):
    for at in places(len(data)):
        yield Damage(row, "cut", at, data[:at])
        yield Damage(row, "flipped", at, flip(data, at))


def read_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(member.filename, archive.read(member)) for member in archive.infolist()]


def tool(*argv):
    return lambda data: subprocess.run(argv, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


READERS = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress, ".zip": read_zip,
           ".zst": tool("zstd", "-dcq", "--long=31"), ".lz4": tool("lz4", "-dcq")}


def changes_what_is_read(row, whole, at):
    """Another time in a header, another way to pack the same: who reads it gets what they would have got."""
    reader = READERS.get(os.path.splitext(row.file)[1])
    if not reader:
        return True
    try:
        return reader(flip(whole, at)) != reader(whole)
    except Exception:  # noqa: a reader that cannot read it, for whatever reason
        return True


def padding_from(data, cuts):
    """Where nothing begins but zeros that nobody needs."""
    end = len(data.rstrip(b"\0"))
    return -(-end // BLOCK) * BLOCK + 2 * BLOCK if cuts == "tar-zeros" else end


def problem_with(found, allowed, data):
    if allowed == "none":
        return ""
    if allowed.endswith("zeros"):
        found = [at for at in found if at < padding_from(data, allowed)]
        allowed = "all"
    most = 0 if allowed == "all" else int(allowed)
    return f"not told at {len(found)} places, which may be at {most}: {found[:20]}" if len(found) > most else ""


def content(folder, row):
    with open(os.path.join(folder, row.file), "rb") as file:
        return file.read()


def judge_whole(folder, row):
    """The exit code, None without one, and a text that says what is wrong, "" where nothing is."""
    if not os.path.exists(os.path.join(folder, row.file)):
        return None, "is not there"
    data = content(folder, row)
    if len(data) > rows.FILE_MAX:
        return None, f"has {len(data)} bytes, more than {rows.FILE_MAX}"
    try:
        run = run_on([(row, data)])
    except Failure as failure:
        return None, str(failure)
    return run.code, "" if str(run.code) in row.whole.split("|") else f"exit code {run.code}, right is {row.whole}: {why(run)}"


def batches(folder, table):
    batch = []
    for row in table:
        for damage in damages_of(row, content(folder, row)):
            batch.append(damage)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def judge_batch(batch):
    """Those that passed, and those that muster did not survive, without their bytes: there are many."""
    codes = codes_of([(damage.row, damage.data) for damage in batch])
    return [(damage._replace(data=None), code) for damage, code in zip(batch, codes) if code in (0, None)]


def judge_damage(folder, table, workers):
    """By row and kind a text that says what is wrong, "" where nothing is."""
    passed, broken = collections.defaultdict(list), collections.defaultdict(list)
    waiting = collections.deque()
    for batch in itertools.chain(batches(folder, table), [None] * WORKERS):
        # No more batches are made than are worked on: their bytes would all be in memory.
        if len(waiting) == WORKERS or batch is None and waiting:
            for damage, code in waiting.popleft().result():
                (passed if code == 0 else broken)[damage.row, damage.kind].append(damage.at)
        if batch is not None:
            waiting.append(workers.submit(judge_batch, batch))
    return {(row, kind): problem_of(folder, row, kind, passed[row, kind], broken[row, kind])
            for row in table for kind in ("cut", "flipped")}


def problem_of(folder, row, kind, passed, broken):
    if broken:
        return f"no verdict at {broken[:20]}"
    data, allowed = content(folder, row), row.cuts if kind == "cut" else row.flips
    if kind == "flipped" and allowed != "none":
        passed = [at for at in passed if changes_what_is_read(row, data, at)]
    if LIST and passed:
        print(f"  {row.file} {kind}: not told at {len(passed)} of {len(data)}: {passed}", flush=True)
    return problem_with(passed, allowed, data)


def what_moved(folder, table):
    """Tools that are of another version than when the kept files were made: told, and no failure."""
    made = rows.versions_of(folder)
    moved = {(row.file.split("/")[0], rows.key(os.path.basename(row.file)).split("-")[0], row.version, made[row.file])
             for row in table if made.get(row.file, row.version) != row.version}
    for suite, tool, old, new in sorted(moved):
        print(f"{suite}: {tool} {old} is now {new}")


def what_changed(codes, workers):
    """Files that muster judges otherwise than the kept ones: told, and a failure only where it is not right."""
    for row, (kept, _) in zip(codes, workers.map(lambda row: judge_whole(rows.KEPT, row), codes)):
        if codes[row] != kept:
            print(f"{row.file}: exit code {codes[row]}, of the one that {row.version} made {kept}")


def strangers(folder, table):
    """Files that no row tells of."""
    there = {os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names}
    return sorted(there - {row.file for row in table} - {"made"})


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else rows.KEPT
    anew = os.path.realpath(folder) != os.path.realpath(rows.KEPT)
    table = rows.read()
    if anew:
        what_moved(folder, table)
    wanted = [row for row in table if ONLY in row.file]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as workers:
        wholes = dict(zip(wanted, workers.map(lambda row: judge_whole(folder, row), wanted)))
        if anew:
            what_changed({row: code for row, (code, _) in wholes.items()}, workers)
        # What is wrong when it is whole says nothing when it is damaged.
        problems = judge_damage(folder, [row for row in wanted if not wholes[row][1]], workers)
    problems.update({(row, "whole"): problem for row, (_, problem) in wholes.items()})
    problems.update({(name, "is there"): "no row tells of it" for name in strangers(folder, table)})
    for (row, kind), problem in problems.items():
        if problem:
            print(f"FAILED {getattr(row, 'file', row)} {kind}: {problem}")
    failed = sum(1 for problem in problems.values() if problem)
    passed = len(problems) - failed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
