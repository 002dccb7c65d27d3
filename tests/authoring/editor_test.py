#!/usr/bin/python3
"""Writing a manifest in an editor: the real yaml-language-server completes it, explains it and says what is wrong."""

import os

from authoring import CONTRACT, EXAMPLES, LanguageServer, read, said, support

HEAD = "muster: 1\nname: x\n"
STEP = HEAD + "steps:\n  - name: dump\n    run: [pg_dumpall]\n"
ARTIFACT = HEAD + "artifacts:\n  - name: dump\n    file: all.sql\n"
STORE = HEAD + "stores:\n  offsite:\n"

FOLDER = support.Folder()
SERVER = LanguageServer(FOLDER.__enter__())


def completes(text, *labels, never=()):
    offered = SERVER.completions(text)
    lacking = [label for label in labels if label not in offered]
    support.expect(not lacking, f"not offered: {lacking}, but {sorted(offered)}\n{text}")
    wrong = [label for label in never if label in offered]
    support.expect(not wrong, f"offered: {wrong}\n{text}")
    undocumented = [label for label in labels if not offered[label][1]]
    return offered, undocumented


def documented(text, *labels, never=()):
    offered, undocumented = completes(text, *labels, never=never)
    support.expect(not undocumented, f"without a word about it: {undocumented}\n{text}")
    return offered


def test_words_of_the_manifest():
    documented(HEAD + "|\n", "stores", "inventories", "preflight", "steps", "artifacts", "waivers", "reports", "notify", "max_age",
               never=("run", "size"))
    documented("|\n", "muster", "name", "steps")


def test_words_of_a_step():
    offered = documented(STEP + "    |\n", "timeout", "retry", "stdout", "env", "needs", "expect", never=("file", "steps"))
    support.expect_match(r"^timeout: ", offered["timeout"][0])
    completes(HEAD + "preflight:\n  - |\n", "env", "tool", "disk", "http", never=("size",))


def test_checks_of_every_subject():
    documented(STEP + "    expect:\n      |\n", "exit", "output", "stdout", "stderr", "duration", never=("size",))
    documented(STEP + "    expect:\n      output:\n        |\n", "always", "never", "each")
    kinds = ("size", "unpacked", "age", "digest", "format", "text", "archive", "covers")
    offered = documented(ARTIFACT + "    expect:\n      |\n", *kinds, never=("exit", "match"))
    support.expect("min" in offered["size"][0] and "of:" not in offered["size"][0], offered["size"])
    documented(ARTIFACT + "    expect:\n      archive:\n        members:\n          - path: x\n            expect:\n              |\n", *kinds)
    documented(ARTIFACT + "    uploads:\n      - store: s\n        key: k\n        expect:\n          |\n", "match", "expires", "kept",
               never=("size",))
    documented(STORE + "    directory: {path: x}\n    expect:\n      |\n", "region", "private", "not_empty", never=("size",))


def test_stores():
    offered = documented(STORE + "    |\n", "s3", "bunny", "directory", "expect")
    support.expect("bucket}:" in offered["s3"][0], offered["s3"])
    support.expect("plain_head" not in offered["s3"][0], "every default is written")
    documented(STORE + "    s3:\n      |\n", "endpoint", "region", "bucket", "addressing", "credentials", "ca_file")
    completes(STORE + "    s3: {bucket: b, addressing: |}\n", "path", "virtual")


def test_values():
    completes(ARTIFACT + "    expect:\n      format: |\n", "gzip", "zstd", "tar", "sqlite", "pg_custom")
    completes(HEAD + "reports:\n  - store: s\n    key: k\n    format: |\n", "json", "html", "junit")


def test_what_a_word_means():
    for text, help_text in ((HEAD + "max_|age: 26h\n", "how old the newest backup may be"),
                            (STEP.replace("run:", "r|un:"), "executed without a shell"),
                            (STEP + "    ti|meout: 6h\n", "when its time is up"),
                            (STEP + "    expect:\n      out|put: {never: [x]}\n", "patterns in what the step prints"),
                            (ARTIFACT + "    expect:\n      si|ze: {min: 1}\n", "how large it is"),
                            (ARTIFACT + "    expect:\n      size: {shr|ink: 10%}\n", "the median of the last accepted backups"),
                            (ARTIFACT + "    expect:\n      fo|rmat: gzip\n", "the layers that it consists of"),
                            (STORE + "    s3: {buc|ket: b}\n", "the bucket's name"),
                            (STORE + "    s|3: {bucket: b}\n", "a server that speaks S3"),
                            (STORE + "    s3: {bucket: b}\n    expect: {pri|vate: true}\n", "nobody gets in without credentials")):
        said_here = SERVER.hover(text)
        support.expect(help_text in said_here and "Example" in said_here, f"{said_here!r} on\n{text}")


def test_nothing_is_wrong_with_the_examples():
    for path in EXAMPLES + CONTRACT:
        support.expect_equal(SERVER.problems(read(path)), [], path)


def test_what_is_wrong_is_marked():
    for text, message in ((HEAD + "stpes: []\n", "stpes"), (HEAD, "steps"),
                          (STEP.replace("[pg_dumpall]", "pg_dumpall"), "array"),
                          (ARTIFACT + "    expect: {size: {min: 10kb}}\n", "not a size, such as 10KiB"),
                          (STEP + "    timeout: 6 hours\n", "not a duration, such as"),
                          (STEP + "    always: yes\n", "only true and false"),
                          (ARTIFACT + "    expect: {exit: 1}\n", "exit"),
                          (ARTIFACT + "    expect: {format: gzipp}\n", ""),
                          (STEP + "    shell: x\n", "")):
        problems = SERVER.problems(text)
        support.expect(any(message in problem for problem in problems), f"{problems} of\n{text}")


def test_the_comment_that_names_the_schema():
    """What README and lint's users write at the top of a manifest, for an editor without any setting."""
    support.write(FOLDER.path, "own.json", said("schema"))
    comment = f"# yaml-language-server: $schema=file://{os.path.join(FOLDER.path, 'own.json')}\n"
    name = "of-no-setting.yaml"
    support.expect_equal(SERVER.problems(comment + STEP, name), [])
    support.expect(SERVER.problems(comment + HEAD + "stpes: []\n", "another.yaml") != [], "the comment is of no effect")
    support.expect_equal(SERVER.problems(HEAD + "stpes: []\n", "a-third.yaml"), [], "without it nothing is known")


try:
    support.main()
finally:
    SERVER.close()
    FOLDER.__exit__()
