#!/usr/bin/python3
"""The rules of the house that a program can check. Without arguments it checks them all; "N passed, N failed" counts the rules.

    tests/lint.py                       (MUSTER=path of the program, for examples/REFERENCE.md)
    tests/lint.py --write-reference     writes that reference instead
"""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MUSTER = os.environ.get("MUSTER") or os.path.join(ROOT, "build", "muster")
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
REFERENCE = "examples/REFERENCE.md"
README_BYTES_MAX = 16384

# Includes go down only: each floor knows itself and those before it.
FLOORS = ["assertions/base", "assertions/scan", "assertions/value", "assertions/bytes", "assertions/formats", "assertions/inspect", "assertions/stores",
          "assertions/checks", "wrapper"]

# Who alone may know a library.
LIBRARIES = {
    r"(zlib|zstd|lzma|bzlib|lz4|lz4frame|xxhash)\.h": ["assertions/formats/", "assertions/bytes/"],
    r"curl/.*": ["assertions/stores/http/"],
    r"openssl/.*": ["assertions/stores/http/sigv4.c", "assertions/bytes/digest.c", "assertions/bytes/checksum.c"],
    r"expat\.h": ["assertions/stores/http/xml.c"],
    r"yaml\.h": ["wrapper/manifest/document.c"],
    r"pcre2\.h": ["assertions/scan/"],
    r"jansson\.h": ["wrapper/", "assertions/stores/", "assertions/checks/around/http_kind.c"],
}


def listed(*patterns):
    """Files that git knows or would take, by the ends of their names."""
    names = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
                           check=True).stdout.splitlines()
    return sorted({name for name in names if name.endswith(patterns) and os.path.exists(os.path.join(ROOT, name))})


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def sources():
    return [name for name in listed(".c", ".h") if name.startswith(("assertions/", "wrapper/"))]


def floor_of(name):
    return next(number for number, floor in enumerate(FLOORS) if name.startswith(floor + "/"))


def defines_a_kind(name):
    path = os.path.join(ROOT, name)
    return os.path.exists(path) and re.search(r"^const struct assertion_kind ", read(name), re.M)


def includes_go_down_only():
    for name in sources():
        for included in re.findall(r'^#include "(.*)"', read(name), re.M):
            if not os.path.exists(os.path.join(ROOT, included)):
                yield f"{name}: {included} is no path from the root of the tree"
            elif floor_of(included) > floor_of(name):
                yield f"{name}: includes {included}"
            elif name.startswith("assertions/checks/") and included[:-2] != name[:-2] and defines_a_kind(included[:-2] + ".c"):
                yield f"{name}: a kind's header, {included}"


def has_folders(folder):
    return any(entry.is_dir() for entry in os.scandir(os.path.join(ROOT, folder)))


def part_of(name):
    """Its folder; of what lies beside folders each header stands for itself, with the .c of its name."""
    folder = os.path.dirname(name)
    return os.path.splitext(name)[0] if has_folders(folder) else folder


def folders_include_each_other_in_no_circle():
    arrows = {}
    for name in sources():
        for included in re.findall(r'^#include "(.*)"', read(name), re.M):
            target = included
            if part_of(target) != part_of(name):
                arrows.setdefault(part_of(name), {}).setdefault(part_of(target), []).append(f"{name}: includes {target}")

    def reaches(begin):
        reached, ahead = set(), [begin]
        while ahead:
            for part in set(arrows.get(ahead.pop(), {})) - reached:
                reached.add(part)
                ahead.append(part)
        return reached

    for part in sorted(arrows):
        for other in sorted(arrows[part]):
            if part in reaches(other):
                yield from (f"{line}, from where {part} is reached again" for line in arrows[part][other])


def libraries_are_known_in_one_place():
    for name in sources():
        for included in re.findall(r"^#include <(.*)>", read(name), re.M):
            for library, places in LIBRARIES.items():
                if re.fullmatch(library, included) and not name.startswith(tuple(places)):
                    yield f"{name}: includes <{included}>"


def kinds_are_known_by_their_rows():
    """Not by their names: what must be known of a kind is a property of its row."""
    names = {found for name in sources() if name.startswith("assertions/checks/")
             for row in re.findall(r"^const struct assertion_kind \w+ = \{.*?^\};", read(name), re.M | re.S) for found in re.findall(r'\.name = "(\w+)"', row)}
    lookup = re.compile(r'\b(?:check_list|registry)_find\([^;"]*"(\w+)"|kind(?:->|\.)name\b[^;"]*"(\w+)"')
    for name in sources():
        for number, line in enumerate(read(name).splitlines(), 1):
            found = {text for texts in lookup.findall(line) for text in texts} | set(re.findall(r'"(\w+)"', line) if name.startswith("wrapper/run/") else [])
            yield from (f'{name}:{number}: knows a kind by its name, "{text}"' for text in sorted(found & names))


def tables_have_all_rows():
    """What is defined in a file of its own and has no line in its table would be silently no part of the program."""
    for table, place, pattern in [("assertions/checks/registry.c", "assertions/checks/", r"^const struct assertion_kind kind_(\w+) ="),
                                  ("wrapper/report_table.h", "wrapper/report/", r"^const struct report_format report_(\w+) ="),
                                  ("wrapper/main.c", "wrapper/verbs/", r"^const struct command command_(\w+) ="),
                                  ("assertions/formats/format.h", "assertions/formats/", r"^const struct (?:verifier verify|archive_format archive)_(\w+) =")]:
        rows = set(re.findall(r"\bX\((?:\w+, )?(\w+)(?:, \w+)?\)", read(table)))
        for name in sources():
            if name.startswith(place):
                yield from (f"{name}: '{row}' has no row in {table}" for row in re.findall(pattern, read(name), re.M) if row not in rows)


def kinds_have_cases():
    """A folder of tests/cli; or, of a kind that needs a server, checks that the cases or tests/servers name."""
    written = "".join(read(name) for name in listed(".py", ".yaml") if name.startswith(("tests/cli/", "tests/servers/")))
    for name in sources():
        for row in re.findall(r"^const struct assertion_kind \w+ = \{.*?^\};", read(name), re.M | re.S):
            kind = re.search(r'\.name = "(\w+)"', row)[1]
            if not os.path.isdir(os.path.join(ROOT, "tests/cli", kind)) and not re.search(rf"[/\"']{kind}\b", written):
                yield f"{name}: the kind '{kind}' has no tests"


def file_names_are_unique():
    seen = {}
    for name in sources():
        other = seen.setdefault(os.path.basename(name), name)
        if other != name:
            yield f"{name}: the name is taken by {other}"


def headers_say_what_they_are_for():
    for name in sources():
        if name.endswith(".h") and not read(name).startswith("/*"):
            yield f"{name}: does not say what it is for"


def files_fit():
    for name in sources():
        lines = read(name).count("\n")
        if lines > FILE_LINES_MAX:
            yield f"{name}: {lines} lines, more than {FILE_LINES_MAX}"


def functions_fit():
    for name in listed(".c", ".h"):
        begin = None
        for number, line in enumerate(read(name).splitlines(), 1):
            if line == "{":
                begin = number
            elif line.startswith("}") and begin:
                if number - begin > FUNCTION_LINES_MAX:
                    yield f"{name}:{begin}: a function of {number - begin} lines, more than {FUNCTION_LINES_MAX}"
                begin = None


def exports_are_declared_in_a_header():
    pattern = re.compile(r"^(?![^\n(]*\bstatic\b|TEST)\w[\w \*]*?\b(\w+)\([^;{}]*\)\n\{", re.M)
    headers = "".join(read(name) for name in sources() if name.endswith(".h"))
    for name in sources():
        if not name.endswith(".c") or name == "wrapper/main.c":
            continue
        for function in pattern.findall(read(name)):
            if not re.search(rf"\b{function}\(", headers):
                yield f"{name}: {function}() is neither static nor declared in a header"


def buffers_are_initialised_before_they_are_released():
    """A cleanup_buffer that goes out of scope before buffer_init() frees what never was."""
    for name in sources():
        text = read(name)
        for found in re.finditer(r"cleanup_buffer struct buffer (\w+);(.*?)\n\}", text, re.S):
            before = found[2].partition(f"buffer_init(&{found[1]}")[0]
            if "return" in before:
                yield f"{name}:{text.count(chr(10), 0, found.start()) + 1}: '{found[1]}' is released before buffer_init() where it returns early"


def no_goto():
    for name in listed(".c", ".h"):
        for number, line in enumerate(read(name).splitlines(), 1):
            if re.match(r"\s*goto\s+\w+;", line):
                yield f"{name}:{number}: goto"


def nothing_of_one_machine():
    """Paths that are there on one machine only, and what was forgotten."""
    pattern = re.compile(r"/(?:home|work|Users)/\w|\b(?:FIX" + r"ME|X" + r"XX|TO" + r"DO)\b")
    for name in listed(""):
        if name.endswith((".bin", ".gz", ".db", "LICENSE")) or "/seeds/" in name:
            continue
        try:
            text = read(name)
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                yield f"{name}:{number}: {line.strip()[:80]}"


def no_space_at_the_end_of_lines():
    for name in listed(".c", ".h", ".py", ".sh", ".md", ".yml", ".yaml", "Makefile"):
        for number, line in enumerate(read(name).splitlines(), 1):
            if line != line.rstrip():
                yield f"{name}:{number}: space at the end of the line"


def the_format_is_clang_format_s():
    made = subprocess.run(["clang-format", "--dry-run", *listed(".c", ".h")], cwd=ROOT, capture_output=True, text=True)
    yield from [line for line in made.stderr.splitlines() if "warning" in line]
    if made.returncode != 0:
        yield f"clang-format: exit status {made.returncode}"


def scripts_can_be_read():
    for name in listed(".sh"):
        made = subprocess.run(["bash", "-n", name], cwd=ROOT, capture_output=True, text=True)
        yield from made.stderr.splitlines()
    for name in listed(".py"):
        try:
            compile(read(name), name, "exec")
        except SyntaxError as error:
            yield str(error)


def reference():
    made = subprocess.run([MUSTER, "explain", "--markdown"], capture_output=True, text=True, check=True)
    return made.stdout


def the_reference_is_current():
    if read(REFERENCE) != reference():
        yield f"{REFERENCE}: is not what `muster explain --markdown` prints: 'make docs' writes it"


def the_readme_is_short():
    size = len(read("README.md").encode())
    if size > README_BYTES_MAX:
        yield f"README.md: {size} bytes, more than {README_BYTES_MAX}"


RULES = [includes_go_down_only, folders_include_each_other_in_no_circle, libraries_are_known_in_one_place, kinds_are_known_by_their_rows, tables_have_all_rows, kinds_have_cases, file_names_are_unique, headers_say_what_they_are_for, files_fit, functions_fit,
         exports_are_declared_in_a_header,
         buffers_are_initialised_before_they_are_released, no_goto, nothing_of_one_machine, no_space_at_the_end_of_lines, the_format_is_clang_format_s,
         scripts_can_be_read, the_reference_is_current, the_readme_is_short]


def main():
    if sys.argv[1:] == ["--write-reference"]:
        with open(os.path.join(ROOT, REFERENCE), "w", encoding="utf-8") as file:
            file.write(reference())
        return 0
    failed = 0
    for rule in RULES:
        findings = list(rule())
        if findings:
            failed += 1
            print(f"FAILED {rule.__name__.replace('_', ' ')}:")
            print("\n".join("  " + finding for finding in findings[:30]))
    print(f"{len(RULES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
