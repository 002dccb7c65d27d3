#!/usr/bin/python3
"""The manual pages and what `make install` puts where."""

import os
import re
import subprocess

from authoring import ROOT, load_schema, said, support

FOLDER = support.Folder()
PLACE = FOLDER.__enter__()
PAGES = {name: support.write(PLACE, f"{name}.{section}", said("explain", "--man", name)) for name, section in (("muster", 1), ("muster.yaml", 5))}


def shown(name):
    text = subprocess.run(["mandoc", "-Tutf8", PAGES[name]], capture_output=True, text=True, check=True).stdout
    return re.sub(".\b", "", text)


def test_nothing_is_wrong_with_their_markup():
    for path in PAGES.values():
        found = subprocess.run(["mandoc", "-Tlint", path], capture_output=True, text=True).stdout.splitlines()
        # Whether the other page is installed on this machine is not the question.
        found = [line for line in found if "referenced manual not found" not in line]
        support.expect_equal(found, [], path)


def test_everything_stands_in_them():
    program, manifest = shown("muster"), shown("muster.yaml")
    usage = said("--help")
    for verb in re.findall(r"^  ([a-z]+) ", usage.partition("Options:")[0], re.M):
        support.expect_match(rf"^     {verb}\b", program)
    options = re.findall(r"^  (--[a-z-]+)", usage, re.M)
    support.expect(len(options) > 15, options)
    for option in options:
        support.expect_match(rf"{option}\b", program)
    for code in ("0", "1", "2", "3", "4", "5", "70", r"128\+N"):
        support.expect_match(rf"^     {code} ", program)
    schema = load_schema()
    for definition in schema["$defs"].values():
        for part in [definition, *definition.get("anyOf", [])]:
            for word in part.get("properties", {}):
                support.expect_match(rf"^ +{re.escape(word)}\b", manifest)
    # A backslash and a quote at the begin of a line are the page's own language.
    support.expect_match(r"never: \['\^\\\[Error\\\]', 'Bucket not found'\]", manifest)


def test_a_page_that_there_is_not():
    finished = subprocess.run([support.MUSTER, "explain", "--man", "mustard"], capture_output=True, text=True)
    support.expect_equal((finished.returncode, finished.stdout), (2, ""))


def test_installed():
    target = os.path.join(PLACE, "root")
    build = os.path.dirname(support.MUSTER)
    finished = subprocess.run(["make", "-s", "-C", ROOT, f"BUILD={os.path.relpath(build, ROOT)}", f"DESTDIR={target}", "PREFIX=/usr", "-o", "muster", "install"],
                              capture_output=True, text=True)
    support.expect_equal(finished.returncode, 0, finished.stdout + finished.stderr)
    installed = sorted(os.path.relpath(os.path.join(folder, name), target) for folder, _, names in os.walk(target) for name in names)
    support.expect_equal(installed, ["usr/bin/muster", "usr/share/bash-completion/completions/muster",
                                     "usr/share/fish/vendor_completions.d/muster.fish", "usr/share/man/man1/muster.1",
                                     "usr/share/man/man5/muster.yaml.5", "usr/share/zsh/site-functions/_muster"])
    support.expect(os.path.getsize(os.path.join(target, "usr/share/man/man5/muster.yaml.5")) > 10000, "the page is cut")


try:
    support.main()
finally:
    FOLDER.__exit__()
