#!/usr/bin/python3
# test: about 2
"""Backups that were cut, at every place where a cut could go unnoticed, and some that were altered: only the whole one passes."""

import bz2
import gzip
import io
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

from support import Folder, expect, expect_equal, main, muster, write  # noqa: E402

NAMES = ("./db/database.sql.gz", "./repositories/a.bundle", "./uploads.tar.gz")


def tar(form):
    """Three members, two of them not a multiple of 512 bytes long, and the two zero blocks without any padding."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w", format=form) as archive:
        for number, name in enumerate(NAMES):
            data = os.urandom((300, 1024, 1500)[number])
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    whole = memory.getvalue()
    end = len(whole.rstrip(b"\0"))
    return whole[: (end + 511) // 512 * 512 + 1024]


def tool(argv, data):
    return subprocess.run(argv, input=data, stdout=subprocess.PIPE, check=True).stdout


def zipped():
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in NAMES:
            archive.writestr(name[2:], b"some text that can be packed " * 40)
    return memory.getvalue()


def only_the_whole_passes(whole, variants, expectation):
    """All in one manifest: an artifact for each variant."""
    with Folder() as path:
        write(path, "whole", whole)
        artifacts = [f"  - {{name: whole, file: whole, expect: {expectation}}}"]
        for name, data in variants.items():
            expect(data != whole, name)
            write(path, name, data)
            artifacts.append(f"  - {{name: {name}, file: {name}, expect: {expectation}}}")
        run = muster("run", "--quiet", manifest="muster: 1\nname: cuts\nartifacts:\n" + "\n".join(artifacts) + "\n", cwd=path)
        expect_equal(run.code, 1, run)
        of = {}
        for check in run.report["checks"]:
            if not check["id"].endswith("/exists"):
                of.setdefault(check["id"].split("/")[0].split(":")[1], []).append(check["verdict"])
        expect_equal(set(of.pop("whole")), {"pass"}, run)
        expect_equal(len(of), len(variants))
        unnoticed = sorted(name for name, verdicts in of.items() if "fail" not in verdicts)
        expect(not unnoticed, f"{len(unnoticed)} of {len(variants)} not noticed: {unnoticed[:20]}")


def boundaries(whole):
    return sorted({cut for block in range(0, len(whole) + 1, 512) for cut in (block - 1, block, block + 1) if 0 <= cut < len(whole)})


def members(count):
    return f"{{archive: {{only: true, count: {count}, members: [{', '.join(name[2:] for name in NAMES)}]}}}}"


def test_tar_at_every_block():
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        whole = tar(form)
        only_the_whole_passes(whole, {f"cut-{cut}": whole[:cut] for cut in boundaries(whole)}, members(3))


def test_tar_at_every_block_asked_for_nothing_but_its_format():
    whole = tar(tarfile.GNU_FORMAT)
    only_the_whole_passes(whole, {f"cut-{cut}": whole[:cut] for cut in boundaries(whole)}, "{format: tar}")


def test_tar_that_was_cut_and_packed_afterwards():
    whole = tar(tarfile.GNU_FORMAT)
    only_the_whole_passes(gzip.compress(whole), {f"cut-{cut}": gzip.compress(whole[:cut]) for cut in boundaries(whole)},
                          "{format: [gzip, tar], archive: {count: {min: 1}}}")


def test_tar_in_a_tar():
    inner = tar(tarfile.GNU_FORMAT)

    def outer(data):
        memory = io.BytesIO()
        with tarfile.open(fileobj=memory, mode="w") as archive:
            member = tarfile.TarInfo("./uploads.tar.gz")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        return memory.getvalue()

    only_the_whole_passes(outer(gzip.compress(inner)), {f"cut-{cut}": outer(gzip.compress(inner[:cut])) for cut in boundaries(inner)},
                          "{archive: {members: [{path: uploads.tar.gz, expect: {archive: {count: {min: 1}}}}]}}")


def test_rubbish_behind_the_end():
    whole = tar(tarfile.GNU_FORMAT)
    only_the_whole_passes(whole, {"byte": whole + b"x", "block": whole + b"x" * 512, "after-zeros": whole + b"\0" * 512 + b"x" * 512,
                                  "second-tar": whole + whole}, members(3))


def test_packed_text_at_every_byte():
    text = "".join(f"INSERT INTO t VALUES ({i});\n" for i in range(60)).encode()
    for name, packed in (("gzip", gzip.compress(text)), ("bzip2", bz2.compress(text)), ("xz", lzma.compress(text)),
                         ("zstd", tool(["zstd", "-qc"], text)), ("lz4", tool(["lz4", "-qc"], text))):
        only_the_whole_passes(packed, {f"cut-{cut}": packed[:cut] for cut in range(len(packed))}, f"{{format: {name}}}")
        only_the_whole_passes(packed, {f"cut-{cut}": packed[:cut] for cut in range(1, len(packed))}, "{text: {lines: 60}}")


def test_several_members_of_gzip_cut_between_them():
    one, two = gzip.compress(b"one\n" * 100), gzip.compress(b"two\n" * 100)
    only_the_whole_passes(one + two, {f"cut-{cut}": (one + two)[:cut] for cut in range(len(one) + 1, len(one + two))}, "{format: gzip}")
    only_the_whole_passes(one + two, {"first": one}, "{text: {lines: 200}}")


def test_zip_at_every_byte():
    whole = zipped()
    only_the_whole_passes(whole, {f"cut-{cut}": whole[:cut] for cut in range(len(whole))}, members(3))


def test_altered_bytes():
    """One bit in every byte of what is protected by a checksum: gzip's data and its length, bzip2 and xz, zstd and lz4 of their tools."""
    text = "".join(f"INSERT INTO t VALUES ({i});\n" for i in range(60)).encode()

    def flipped(packed, first):
        return {f"flip-{at}": packed[:at] + bytes([packed[at] ^ 0x10]) + packed[at + 1:] for at in range(first, len(packed))}

    packed = gzip.compress(text)
    only_the_whole_passes(packed, flipped(packed, 10), "{format: gzip}")
    for name, packed in (("bzip2", bz2.compress(text)), ("xz", lzma.compress(text))):
        only_the_whole_passes(packed, flipped(packed, 4), f"{{format: {name}}}")


def test_sqlite_of_another_length_than_it_says():
    with Folder() as path:
        subprocess.run(["sqlite3", "a.db", "create table t (a); with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000) "
                        "insert into t select hex(randomblob(20)) from n;"], cwd=path, check=True)
        with open(os.path.join(path, "a.db"), "rb") as file:
            whole = file.read()
    cuts = {f"cut-{cut}": whole[:cut] for cut in range(0, len(whole), 4096)}
    cuts.update({f"byte-{cut}": whole[:cut - 1] for cut in range(4096, len(whole) + 1, 4096)})
    cuts["longer"] = whole + b"\0" * 4096
    only_the_whole_passes(whole, cuts, "{format: sqlite}")


main()
