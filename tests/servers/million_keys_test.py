#!/usr/bin/python3
# test: about 4
"""A bucket of a million keys: the newest and the count are right, in constant memory and in little time."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import faults_listing
from harness import FaultServer, check, clean_environment, compile_program, equal, finish

PEAK_KIB_MAX = 40 << 10
CPU_SECONDS_MAX = 20  # of any machine, busy or instrumented; `make bench` has the figure


def newest(driver, server, glob):
    """What the driver says, its peak resident size in KiB and its seconds of CPU."""
    environment = clean_environment(AWS_ACCESS_KEY_ID="AKMILLION", AWS_SECRET_ACCESS_KEY="secret")
    process = subprocess.Popen([driver, "endpoint=" + server.endpoint, "region=us-east-1", "bucket=million", "newest", glob],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    equal(f"{glob}: ends well", status, 0)
    answer = dict(line.split("\t", 1) for line in output.splitlines())
    return answer, usage.ru_maxrss, usage.ru_utime + usage.ru_stime


def main():
    driver = compile_program("s3_driver")
    server = FaultServer()
    page = f"backups/{faults_listing.NEWEST_PAGE:05}/"
    answer, peak, seconds = newest(driver, server, "backups/*/database-*.sql.gz")
    equal("all: status", answer["status"], "OK")
    equal("all: count", answer["count"], str(faults_listing.PAGES * 1000))
    equal("all: newest", answer["key"], page + "database-019.sql.gz")
    check("all: memory", peak <= PEAK_KIB_MAX, f"{peak} KiB")
    check("all: time", seconds <= CPU_SECONDS_MAX, f"{seconds:.2f} s")
    print(f"a million keys: {seconds:.2f} s of CPU, {peak} KiB")
    finish()


if __name__ == "__main__":
    main()
