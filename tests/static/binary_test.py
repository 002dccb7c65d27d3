#!/usr/bin/python3
"""What the two programs are made of: hardened both, and the static one without anything beside it."""

import os
import re
import subprocess

from rooted import DYNAMIC, STATIC, support

from support import expect, expect_match, expect_no_match

SIZE_MAX = 15_000_000


def said_by(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def test_static_needs_nothing():
    headers = said_by("readelf", "--program-headers", "--dynamic", "--wide", STATIC)
    expect_no_match(r"INTERP|\(NEEDED\)|\(RUNPATH\)|\(RPATH\)", headers)
    expect_match("DYNAMIC", headers)


def test_static_is_small_and_stripped():
    size = os.path.getsize(STATIC)
    expect(size < SIZE_MAX, f"{size} bytes")
    expect_no_match(r"\.symtab|\.debug_", said_by("readelf", "--section-headers", "--wide", STATIC))
    expect_match(r"\.debug_info", said_by("readelf", "--section-headers", "--wide", STATIC + ".debug"))


def test_both_are_hardened():
    for program in (STATIC, DYNAMIC):
        elf = said_by("readelf", "--file-header", "--program-headers", "--dynamic", "--wide", program)
        for what in (r"Type: +DYN", r"FLAGS_1\).*\bPIE\b", r"GNU_RELRO", r"FLAGS_1\).*\bNOW\b", r"GNU_STACK .* RW +0x"):
            expect_match(what, elf, f"{program} lacks {what}\n{elf}")
        expect_no_match(r"\(TEXTREL\)|LOAD .* RWE ", elf)


def symbols(program):
    return set(re.findall(r" \w (\w+)(?:@\S+)?$", said_by("nm", program), re.M))


def test_both_have_the_stack_protector_and_fortify():
    for program in (STATIC + ".debug", DYNAMIC):
        names = symbols(program)
        expect("__stack_chk_fail" in names, f"{program} has no stack protector")
        for function in ("__memcpy_chk", "__snprintf_chk"):
            expect(function in names, f"{program} has no {function}")


def test_muster_s_own_functions_are_protected():
    """libc.a brings symbols of its own: what matters is what muster's objects call."""
    called = said_by("nm", "--undefined-only", os.path.join(os.path.dirname(STATIC), "libassertions.a"))
    for function in ("__stack_chk_fail", "__snprintf_chk"):
        expect_match(rf" U {function}$", called, f"muster's objects do not call {function}")


def test_fast_paths_are_in():
    names = said_by("nm", STATIC + ".debug")
    for name in ("sha256_block_data_order_shaext", "sha256_block_data_order_avx2", "sha1_block_data_order_shaext", "decode_huffman_code_block_stateless_04",
                 "crc32_gzip_refl_by8", "aesni_gcm_decrypt"):
        expect_match(rf" [tT] _?{name}", names, f"there is no {name}")


def test_patterns_are_compiled_to_machine_code():
    with support.Folder() as path:
        support.write(path, "text", "one line\n" * 1000)
        support.write(path, "muster.yml", "muster: 1\nname: jit\nartifacts:\n  - {name: a, file: text, "
                      "expect: {text: {always: ['^(o|x)n[a-e]+ l.ne$']}}}\n")
        trace = os.path.join(path, "trace")
        finished = subprocess.run(["strace", "-f", "-e", "trace=mmap,mprotect", "-o", trace, STATIC, "verify", "muster.yml"], cwd=path,
                                  env=support.environment(), capture_output=True, text=True)
        expect(finished.returncode == 0, finished.stdout + finished.stderr)
        with open(trace, encoding="utf-8") as file:
            expect_match("PROT_EXEC", file.read())


def test_nothing_of_the_building_machine_is_in():
    with open(STATIC, "rb") as file:
        content = file.read()
    for text in (support.ROOT, os.path.expanduser("~/.cache"), os.uname().nodename, "/building."):
        found = content.find(text.encode())
        expect(len(text) < 5 or found < 0, f"{text} is in it: {content[found - 40:found + 80]!r}")


support.main()
