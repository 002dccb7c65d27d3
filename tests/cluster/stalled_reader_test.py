#!/usr/bin/python3
# test: waits, about 21
"""Whoever reads muster's output, or nobody: the run goes to its end, and the verdict can be had."""

import concurrent.futures
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

from support import Failure, Folder, MUSTER, environment, expect, expect_equal, expect_match, main, wait_for, write

PATIENCE = 10
BUSY_SECONDS = 120  # what a machine that does much else may take besides
TALKS = "muster: 1\nname: talks\nsteps:\n  - {name: talk, run: [seq, '1000000']}\n  - {name: then, run: [touch, ran]}\n"


def start(folder, manifest, out, err=None, arguments=()):
    write(folder, "m.yml", manifest)
    return subprocess.Popen([MUSTER, "run", "--report", "json=r.json", *arguments, "m.yml"], cwd=folder, stdin=subprocess.DEVNULL,
                            stdout=out, stderr=out if err is None else err, start_new_session=True,
                            env=environment({"MUSTER_TERMINATION_LOG": os.path.join(folder, "termination")}))


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read()


def expect_verdict(folder, process, code, seconds):
    began = time.monotonic()
    try:
        process.wait(seconds + BUSY_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failure(f"not over within {seconds + BUSY_SECONDS} s") from None
    expect_equal(process.returncode, code)
    expect_equal(json.loads(read(folder, "r.json"))["exit_code"], code)
    expect_match(": pass" if code == 0 else ": fail", read(folder, "termination"))
    return time.monotonic() - began


def nobody_reads(code):
    with Folder() as folder:
        reader, writer = os.pipe()
        process = start(folder, TALKS + ("" if code == 0 else "  - {name: bad, run: ['false']}\n"), writer)
        os.close(writer)
        seconds = expect_verdict(folder, process, code, 3 * PATIENCE)
        expect(seconds > PATIENCE, f"there is no patience: {seconds:.1f} s")
        expect(os.path.exists(os.path.join(folder, "ran")), "the run did not go to its end")
        os.close(reader)


WAITS = "  - {name: wait, shell: 'until [ -e back ]; do sleep 0.1; done'}\n"


def read_once_it_went_on(folder, reader):
    """What can be read by who comes back when muster has gone on without a reader."""
    expect(wait_for(lambda: os.path.exists(os.path.join(folder, "ran")), BUSY_SECONDS), "nobody went on")
    text = b""
    with os.fdopen(reader, "rb", buffering=0) as file:
        while select.select([file], [], [], 1)[0]:
            text += file.read(1 << 16)
        write(folder, "back", "")
        return (text + file.readall()).decode()


def a_reader_who_comes_back():
    """What is missing is said where it is missing, and the verdict is there."""
    with Folder() as folder:
        reader, writer = os.pipe()
        process = start(folder, TALKS + WAITS + "  - {name: bad, run: ['false']}\n", writer)
        os.close(writer)
        text = read_once_it_went_on(folder, reader)
        expect_verdict(folder, process, 1, PATIENCE)
        expect_match(r"^\[muster: \d.* of output left out here: nobody had read any for 10 s\]$", text, text[-3000:])
        expect_match(r"^wait exited with 0", text, text[-3000:])
        expect_match(r"^FAILED +step:bad/exit$", text, text[-3000:])
        expect_match(r"talks: fail: .*\(exit code 1\)$", text, text[-3000:])


def nothing_is_missing_for_a_slow_one():
    with Folder() as folder:
        reader, writer = os.pipe()
        process = start(folder, TALKS, writer)
        os.close(writer)
        lines = 0
        with os.fdopen(reader, "rb", buffering=0) as file:
            rest = b""
            for number in range(1, 1 << 30):
                block = file.read(100000 if number < 60 else 1 << 20)
                if not block:
                    break
                if number % 20 == 3 and number < 60:
                    time.sleep(2)
                parts = (rest + block).split(b"\n")
                rest = parts.pop()
                for line in parts:
                    if line.startswith(b"talk | "):
                        lines += 1
                        expect_equal(line, b"talk | %d" % lines)
        expect_verdict(folder, process, 0, PATIENCE)
        expect_equal(lines, 1000000)


def told_to_end_meanwhile():
    with Folder() as folder:
        reader, writer = os.pipe()
        process = start(folder, "muster: 1\nname: talks\nsteps:\n  - {name: talk, run: ['yes']}\n", writer)
        os.close(writer)
        time.sleep(2)
        process.send_signal(signal.SIGTERM)
        expect_verdict(folder, process, 143, 8)
        os.close(reader)


def a_report_that_nobody_takes():
    """It was asked for: that it was not delivered is no pass."""
    with Folder() as folder:
        reader, writer = os.pipe()
        with open(os.path.join(folder, "err"), "wb") as err:
            process = start(folder, "muster: 1\nname: talks\nsteps:\n  - {name: a, shell: \"seq 20\"}\n" + "".join(
                f"  - {{name: step-with-a-long-name-{i}, run: ['true'], expect: {{output: {{never: [a, b, c, d, e, f, g, h, i, j]}}}}}}\n"
                for i in range(40)), writer, err, ("--report", "json=-"))
        os.close(writer)
        expect_verdict(folder, process, 70, 3 * PATIENCE)
        expect_match("cannot write the json report to standard output: nobody reads from it", read(folder, "err"))
        os.close(reader)


MUCH = "muster: 1\nname: talks\nsteps:\n" + "".join(
    f"  - {{name: step-with-a-long-name-{i}, run: ['true'], expect: {{output: {{never: [a, b, c, d, e, f, g, h, i, j]}}}}}}\n" for i in range(60))


def a_slow_reader_gets_a_whole_report():
    with Folder() as folder:
        reader, writer = os.pipe()
        with open(os.path.join(folder, "err"), "wb") as err:
            process = start(folder, MUCH, writer, err, ("--report", "json=-"))
        os.close(writer)
        text = b""
        for _ in range(26):
            time.sleep(0.5)
            text += os.read(reader, 2048)
        with os.fdopen(reader, "rb") as file:
            text += file.read()
        expect(len(text) > 100000, f"{len(text)} bytes are no test")
        expect_verdict(folder, process, 0, PATIENCE)
        expect_equal(json.loads(text)["exit_code"], 0)


def what_was_left_out_before_a_report_is_no_part_of_it():
    with Folder() as folder:
        reader, writer = os.pipe()
        process = start(folder, TALKS + WAITS, writer, None, ("--report", "json=-"))
        os.close(writer)
        text = read_once_it_went_on(folder, reader)
        expect_verdict(folder, process, 0, PATIENCE)
        expect_match("left out here", text, text[-3000:])
        report, _ = json.JSONDecoder().raw_decode(text[re.search(r"^\{", text, re.M).start():])
        expect_equal(report["exit_code"], 0)


def a_report_past_the_console_comes_in_order():
    with Folder() as folder:
        with open(os.path.join(folder, "log"), "ab") as log:
            process = start(folder, "muster: 1\nname: talks\nsteps:\n  - {name: s, run: [seq, '20000']}\n", log, None,
                            ("--report", "json=/dev/stderr"))
        expect_verdict(folder, process, 0, PATIENCE)
        text = read(folder, "log")
        expect(text.index('"muster"') > text.index("s | 20000\n"), "the report comes in the middle of what was printed before it")


def the_other_stream_says_it():
    with Folder() as folder:
        reader, writer = os.pipe()
        with open(os.path.join(folder, "err"), "wb") as err:
            process = start(folder, TALKS, writer, err)
        os.close(writer)
        expect_verdict(folder, process, 0, 3 * PATIENCE)
        expect_match(r"nobody read the end of what it printed \(exit code 0\)", read(folder, "err"))
        os.close(reader)


def a_person_who_stops_the_terminal_is_waited_for():
    with Folder() as folder:
        master, slave = pty.openpty()
        process = start(folder, TALKS.replace("1000000", "90000"), slave)
        os.close(slave)
        time.sleep(PATIENCE + 3)
        expect(process.poll() is None, "it was not waited for")
        text = b""
        while True:
            try:
                block = os.read(master, 1 << 16)
            except OSError:
                break
            text += block
        expect_verdict(folder, process, 0, PATIENCE)
        expect(b"\x1b[0m 89999\r\n" in text, text[-3000:].decode())
        expect(b"left out" not in text, "something is missing")


def closed_output():
    with Folder() as folder:
        write(folder, "m.yml", TALKS)
        code = subprocess.run(["sh", "-c", f"exec '{MUSTER}' run --report json=r.json m.yml >&- 2>&-"], cwd=folder, env=environment(),
                              timeout=240).returncode
        expect_equal(code, 0)
        expect_equal(json.loads(read(folder, "r.json"))["exit_code"], 0)


def lines_come_as_they_are_printed():
    """Whoever follows the log sees a line long before a buffer is full."""
    with Folder() as folder:
        log = os.path.join(folder, "log")
        with open(log, "wb") as out:
            process = start(folder, "muster: 1\nname: talks\nsteps:\n  - {name: talk, shell: 'echo begun; until [ -e seen ]; do sleep 0.1; done'}\n", out)
        expect(wait_for(lambda: "talk | begun" in read(folder, "log"), BUSY_SECONDS), "the line comes late")
        write(folder, "seen", "")
        expect_verdict(folder, process, 0, PATIENCE)


def test_all_beside_each_other():
    """Each of them waits most of its time."""
    tests = [lambda: nobody_reads(0), lambda: nobody_reads(1), a_reader_who_comes_back, nothing_is_missing_for_a_slow_one,
             told_to_end_meanwhile, a_report_that_nobody_takes, a_slow_reader_gets_a_whole_report,
             what_was_left_out_before_a_report_is_no_part_of_it, a_report_past_the_console_comes_in_order, the_other_stream_says_it,
             a_person_who_stops_the_terminal_is_waited_for, closed_output, lines_come_as_they_are_printed]
    with concurrent.futures.ThreadPoolExecutor(len(tests)) as pool:
        going = [(test, pool.submit(test)) for test in tests]
    for test, future in going:
        if future.exception() is not None:
            raise Failure(f"{test.__name__}: {type(future.exception()).__name__}: {future.exception()}"[:6000])


main()
