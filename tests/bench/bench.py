#!/usr/bin/python3
"""Measures muster beside what people use today, in alternating pairs, and prints medians and ratios.

    tests/bench/bench.py [-k NAME] [--scale 0.1] [--runs 5]      MUSTER, PROGRAMS, SCRATCH in the environment

Absolute times belong to the machine and its hour; the ratios are taken pair by pair. Peak is the largest process's resident
size, disk what was read from it, as a multiple of the file. The corpus is made by tests/bench/corpus.c, the same
every time, below SCRATCH (build/bench), and kept there.
"""

import argparse
import os

import examination
import overhead
import parts
import storage
from measure import SCRATCH

ROWS = {
    "overhead": overhead.overhead,
    "gitlab": examination.gitlab,
    "disk": examination.disk,
    "members": examination.members,
    "inflate": examination.inflate,
    "gzip": lambda scale: examination.dump(scale, "gz", "gzip -1", "zcat"),
    "zstd": lambda scale: examination.dump(scale, "zst", "zstd -q -3", "zstdcat"),
}
SERVED = {
    "s3": storage.streamed,
    "put": storage.uploaded,
    "proofs": storage.hundred,
    "list": lambda scale, server: storage.listed(scale),
}
RACES = {
    "engines": parts.engines,
    "hash": parts.digests,
    "scan": parts.patterns,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", default="", help="only these, by comma: " + ", ".join([*ROWS, *RACES, *SERVED]))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    wanted = options.k.split(",") if options.k else [*ROWS, *RACES, *SERVED]
    os.makedirs(SCRATCH, exist_ok=True)
    print(f"{os.cpu_count()} processors; {options.runs} pairs; page cache warm unless said otherwise")
    for name in ROWS:
        if name in wanted:
            for row in ROWS[name](options.scale):
                row.measure(options.runs)
    for name in RACES:
        if name in wanted:
            RACES[name](options.scale)
    if not any(name in wanted for name in SERVED):
        return
    server = storage.Server()
    try:
        for name in SERVED:
            if name in wanted:
                for row in SERVED[name](options.scale, server):
                    row.measure(options.runs)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
