#!/usr/bin/python3
# test: linked
"""How the program was linked and compiled; of a static one as well, which may have no symbols left."""

import re
import subprocess

from support import MUSTER, SANITIZED, expect, expect_match, expect_no_match, main


def readelf(*options):
    return subprocess.run(["readelf", "--wide", *options, MUSTER], capture_output=True, text=True, check=True).stdout


def is_static():
    return "INTERP" not in readelf("--program-headers")


def test_it_is_loaded_anywhere():
    expect_match(r"^\s*Type:\s+DYN ", readelf("--file-header"))
    expect_match(r"\(FLAGS_1\)\s+Flags:.*\bPIE\b", readelf("--dynamic"))


def test_nothing_of_the_linkage_can_be_written_to():
    if SANITIZED:
        return
    expect_match(r"^\s*GNU_RELRO\s", readelf("--program-headers"))
    expect_match(r"\((?:FLAGS|FLAGS_1)\)\s+Flags:.*\bNOW\b|\(BIND_NOW\)|\(FLAGS\)\s+BIND_NOW", readelf("--dynamic"))
    expect_no_match(r"\(TEXTREL\)", readelf("--dynamic"))


def test_no_memory_is_both_written_and_executed():
    headers = readelf("--program-headers")
    expect_match(r"^\s*GNU_STACK\s.*\sRW\s", headers)
    segments = re.findall(r"^\s*(LOAD|GNU_STACK)\s.*?\s([R ][W ][E ])\s+0x", headers, re.M)
    expect(segments and not any("W" in flags and "E" in flags for _, flags in segments), headers)


def test_it_takes_libraries_from_nowhere_else():
    expect_no_match(r"\((?:RPATH|RUNPATH)\)", readelf("--dynamic"))


def test_stacks_and_buffers_are_guarded():
    """A static program says so by what it holds: the message of a guard that was hit is in it, whatever became of its symbols."""
    if SANITIZED:
        return
    symbols = readelf("--symbols")
    with open(MUSTER, "rb") as file:
        text = file.read() if is_static() else b""
    expect(re.search(r"\b__stack_chk_fail\b", symbols) or b"stack smashing detected" in text, "no stack protector")
    checked = set(re.findall(r"\b__(\w+)_chk\b", symbols)) - {"stack"}
    expect(len(checked) >= 5 or b"buffer overflow detected" in text, f"nothing is fortified but {checked}")


main()
