#!/usr/bin/python3
# test: servers, about 15
"""examples/k3s: a snapshot of a database in WAL mode, uploaded by aws to a real S3 server."""

import os
import sqlite3

from live import EXAMPLES, S3, support

from support import expect, expect_equal, expect_match

MANIFEST = os.path.join(EXAMPLES, "k3s", "backup.yml")
SERVER = S3()


class Node:
    """A state.db that is in use: a connection stays open, so its newest rows are in the write-ahead log."""

    def __init__(self, path, rows=4000):
        self.path = path
        os.mkdir(os.path.join(path, "scratch"))
        self.connection = sqlite3.connect(os.path.join(path, "state.db"))
        self.connection.executescript("pragma journal_mode = wal; create table kine (id integer primary key, name text, value blob)")
        self.connection.executemany("insert into kine (name, value) values (?, ?)",
                                    ((f"/registry/pods/{i}", os.urandom(700)) for i in range(rows)))
        self.connection.commit()
        self.connection.execute("pragma wal_checkpoint(full)")
        self.connection.execute("insert into kine (name, value) values ('/registry/newest', 'x')")
        self.connection.commit()

    def muster(self, verb, text=None, state=None, **env):
        arguments = ["--var", f"state={state or self.path + '/state.db'}", "--var", f"scratch={self.path}/scratch",
                     "--var", f"endpoint={SERVER.endpoint}", "--var", "region=default", "--var", f"bucket={BUCKET}"]
        return support.muster(verb, *arguments, path=None if text else MANIFEST, manifest=text, cwd=self.path,
                              env={**SERVER.keys, **env})


def changed(old, new):
    with open(MANIFEST, encoding="utf-8") as file:
        text = file.read()
    expect(old in text, f"'{old}' is not in {MANIFEST}")
    return text.replace(old, new)


def with_node(check, **arguments):
    with support.Folder() as path:
        node = Node(path, **arguments)
        try:
            check(node)
        finally:
            node.connection.close()


def test_it_passes_and_can_be_restored():
    def check(node):
        run = node.muster("run")
        expect_equal(run.code, 0, run)
        upload = run.report["uploads"][0]
        expect_equal(upload["bucket"], BUCKET, run)
        expect(upload["proof"], run)
        SERVER.s3cmd("get", f"s3://{BUCKET}/{upload['key']}", f"{node.path}/restored.gz")
        os.system(f"gunzip {node.path}/restored.gz")
        restored = sqlite3.connect(f"{node.path}/restored")
        expect_equal(restored.execute("select count(*) from kine").fetchone()[0], 4001)
        verified = node.muster("verify")
        expect_equal(verified.code, 0, verified)

    with_node(check)


def test_wrong_path_is_told_before_anything_is_run():
    """sqlite3 would make an empty database there, and back that up without an error."""
    def check(node):
        run = node.muster("run", state="elsewhere.db")
        expect_equal(run.code, 4, run)
        expect_match("elsewhere.db", run.check("preflight:0/file")["observed"], run)
        expect(not os.path.exists(os.path.join(node.path, "elsewhere.db")), "sqlite3 was run")

    with_node(check)


def test_empty_database_is_told():
    with_node(lambda node: expect_equal(node.muster("run").code, 4), rows=0)


def test_damaged_snapshot_is_told():
    """The snapshot is cut after it was made: sqlite3's exit code stays 0."""
    def check(node):
        run = node.muster("run", changed("  - name: integrity\n", '  - {name: damage, run: [truncate, -s, "-4096", "${vars.scratch}/state.db"]}\n'
                                         "  - name: integrity\n"))
        expect_equal(run.code, 1, run)
        expect(run.verdict("step:integrity/stdout/always:0") != "pass", run)

    with_node(check)


def test_upload_that_lost_bytes_is_told():
    def check(node):
        text = changed('s3, cp, --no-progress, "${vars.scratch}/state.db.gz"', 's3, cp, --no-progress, "${vars.scratch}/cut.gz"')
        text = text.replace("  - name: upload\n", "  - {name: cut, shell: 'head -c -1 ${vars.scratch}/state.db.gz > ${vars.scratch}/cut.gz'}\n"
                            "  - name: upload\n")
        run = node.muster("run", text)
        expect_equal(run.code, 1, run)
        expect(any(check_id.startswith("upload:snapshot@snapshots") for check_id in run.ids("fail")), run)

    with_node(check)


def test_upload_with_other_bytes_is_told():
    """As many bytes, one of them another: only `match` can tell."""
    def check(node):
        text = changed('s3, cp, --no-progress, "${vars.scratch}/state.db.gz"', 's3, cp, --no-progress, "${vars.scratch}/other.gz"')
        text = text.replace("  - name: upload\n", "  - name: other\n    shell: |\n      cp ${vars.scratch}/state.db.gz ${vars.scratch}/other.gz\n"
                            "      printf 'MUSTER' | dd of=${vars.scratch}/other.gz bs=1 seek=5000 conv=notrunc\n  - name: upload\n")
        run = node.muster("run", text)
        expect_equal(run.code, 1, run)
        expect_equal(run.ids("fail"), ["upload:snapshot@snapshots/match"], run)

    with_node(check)


def test_wrong_secret_is_told_before_anything_is_run():
    def check(node):
        run = node.muster("run", AWS_SECRET_ACCESS_KEY="not/the/secret/canary")
        expect(run.code in (4, 5), run)
        expect_equal(run.verdict("step:snapshot/exit"), "unproven", run)
        expect("not/the/secret/canary" not in run.said + run.report["_text"], run)

    with_node(check)


with SERVER:
    BUCKET = SERVER.bucket("ge-k3s-state-snapshots")
    SERVER.s3cmd("mb", f"s3://{BUCKET}")
    support.main()
