#!/usr/bin/python3
# test: about 4
"""format: pg_directory, on what a live server's pg_dump writes: whole ones pass, and those that lack any file, or a piece of one, do not."""

import os
import shutil
import subprocess

from live import Postgres, support

from support import Folder, expect_equal

CLUSTER = Postgres()


def dump(path, name, *options):
    subprocess.run(["pg_dump", "-d", "postgres", "-f", os.path.join(path, name), *options], env=support.environment(CLUSTER.env), check=True)


def tar(path, folder):
    subprocess.run(["tar", "-cf", f"{folder}.tar", folder], cwd=path, check=True)
    return f"{folder}.tar"


def verdicts(path, files):
    artifacts = "\n".join(f"  - {{name: {name}, file: {name}, expect: {{format: pg_directory}}}}" for name in files)
    run = support.muster("run", manifest=f"muster: 1\nname: dumps\nartifacts:\n{artifacts}\n", cwd=path)
    return {check["id"].split(":")[1].split("/")[0]: check["verdict"] for check in run.report["checks"] if check["id"].endswith("/format")}


def fill():
    CLUSTER.psql("drop table if exists a, b, c cascade; create table a(i int, t text); create table b(x int); create table c(y bytea)")
    CLUSTER.psql("insert into a select i, md5(i::text) from generate_series(1, 500) i; insert into b values (1)")
    CLUSTER.psql("select lo_from_bytea(0, 'one'), lo_from_bytea(0, 'another')")


def test_whole_ones_pass():
    with Folder() as path:
        fill()
        dump(path, "plain.tar", "-Ft")
        dump(path, "inserts.tar", "-Ft", "--inserts")
        dump(path, "schema.tar", "-Ft", "--schema-only")
        dump(path, "packed", "-Fd")
        dump(path, "unpacked", "-Fd", "-Z0")
        dump(path, "parallel", "-Fd", "-j2")
        files = ["plain.tar", "inserts.tar", "schema.tar"] + [tar(path, name) for name in ("packed", "unpacked", "parallel")]
        expect_equal(verdicts(path, files), {name: "pass" for name in files})


def test_what_lacks_a_file_or_a_piece_fails():
    with Folder() as path:
        fill()
        files = []
        for options in ("-Z0", "-Z6"):
            dump(path, "whole" + options, "-Fd", options)
            for name in sorted(os.listdir(os.path.join(path, "whole" + options))):
                copy = f"without{options}-{name}"
                shutil.copytree(os.path.join(path, "whole" + options), os.path.join(path, copy))
                os.unlink(os.path.join(path, copy, name))
                files.append(tar(path, copy))
                copy = f"cut{options}-{name}"
                shutil.copytree(os.path.join(path, "whole" + options), os.path.join(path, copy))
                # Nobody can tell of the bytes of a large object that is not packed.
                if options == "-Z0" and name.startswith("blob_"):
                    continue
                cut = os.path.join(path, copy, name)
                os.truncate(cut, os.path.getsize(cut) // 2)
                files.append(tar(path, copy))
        expect_equal({name: verdict for name, verdict in verdicts(path, files).items() if verdict != "fail"}, {})


def test_a_tar_cut_anywhere_fails():
    with Folder() as path:
        fill()
        dump(path, "whole.tar", "-Ft")
        with open(os.path.join(path, "whole.tar"), "rb") as file:
            whole = file.read()
        files = []
        for at in range(0, len(whole), 512):
            support.write(path, f"cut-{at}", whole[:at])
            files.append(f"cut-{at}")
        expect_equal({name: verdict for name, verdict in verdicts(path, files).items() if verdict != "fail"}, {})


with CLUSTER:
    support.main()
