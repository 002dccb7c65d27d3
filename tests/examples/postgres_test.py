#!/usr/bin/python3
# test: servers, waits, about 25
"""examples/postgres: a live cluster of three databases, and what can go wrong unnoticed."""

import os
import signal
import subprocess

from live import EXAMPLES, S3, Postgres, support

from support import expect, expect_equal, expect_match, wait_for

HERE = os.path.join(EXAMPLES, "postgres")
ROWS = {"billing": 20, "shop": 2000, "wiki": 2000}  # without billing a dump is hardly smaller: its size tells nothing
SERVER, CLUSTER = S3(), Postgres()


def manifest(name, *changes):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        text = file.read()
    for old, new in changes:
        expect(old in text, f"'{old}' is not in {name}")
        text = text.replace(old, new)
    return text


def muster(path, text, verb="run", bucket=None, **options):
    variables = ["--var", f"folder={path}"]
    if "vars.endpoint" in text:
        variables += ["--var", f"endpoint={SERVER.endpoint}", "--var", "region=default", "--var", f"bucket={bucket or BUCKET}"]
    return support.muster(verb, *variables, manifest=text, cwd=path, env={**SERVER.keys, **CLUSTER.env}, **options)


def uploaded():
    return SERVER.s3cmd("ls", "--recursive", f"s3://{BUCKET}")


class Locked:
    """A table in `shop` that nobody can read: a dump waits there, `billing` is in it, `wiki` is not."""

    def __enter__(self):
        self.session = subprocess.Popen(["psql", "-Xq", "shop"], stdin=subprocess.PIPE, text=True,
                                        env=support.environment(CLUSTER.env))
        self.session.stdin.write("begin; lock table items in access exclusive mode;\n")
        self.session.stdin.flush()
        expect(wait_for(lambda: CLUSTER.psql("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted "
                                             "and locktype = 'relation'").strip() != "0", 120), "no lock")
        return self

    def release(self):
        self.session.stdin.close()
        self.session.wait(120)

    def __exit__(self, *_):
        if not self.session.stdin.closed:
            self.release()


def waiting_dump():
    return CLUSTER.psql("select pid from pg_stat_activity where application_name = 'pg_dump' and wait_event_type = 'Lock'").strip()


def end_backend(_lock):
    """The server ends the session of pg_dump, as a restart or an administrator does."""
    expect(wait_for(waiting_dump, 120), "pg_dump does not wait")
    CLUSTER.psql(f"select pg_terminate_backend({waiting_dump()})")


def kill_pg_dumpall(lock):
    """SIGKILL, as the kernel does when memory runs out; its pg_dump goes on with the database that it is at."""
    expect(wait_for(waiting_dump, 120), "pg_dump does not wait")
    for pid in support.processes("pg_dumpall --clean"):
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            if file.read().strip() == "pg_dumpall":
                os.kill(pid, signal.SIGKILL)
    lock.release()


def restored_bytes_are_the_files(path, key):
    SERVER.s3cmd("get", f"s3://{BUCKET}/{key}", f"{path}/restored.gz")
    made = [name for name in os.listdir(path) if name.startswith("all-")]
    with open(os.path.join(path, "restored.gz"), "rb") as restored, open(os.path.join(path, made[0]), "rb") as file:
        expect(restored.read() == file.read(), "what another tool gets is not what was dumped")


def test_it_passes_and_verifies():
    with support.Folder() as path:
        run = muster(path, manifest("backup.yml"))
        expect_equal(run.code, 0, run)
        expect_match(r"\b4\b", run.check("artifact:cluster dump/covers")["observed"], run)
        expect_equal(len(run.report["steps"][0]["stages"]), 2, run)
        expect_match("all-.*sql.gz", uploaded())
        expect_equal(run.verdict("upload:cluster dump@offsite/put"), "pass", run)
        expect_equal(run.verdict("store:offsite/private"), "pass", run)
        restored_bytes_are_the_files(path, run.report["uploads"][0]["key"])
        verified = muster(path, manifest("backup.yml"), "verify")
        expect_equal(verified.code, 0, verified)


def test_names_that_must_be_quoted():
    names = ["my-app", "two words", "it's", 'quo"te', "back\\slash", "größe", "Upper", "user", "a.b", "-x", "dbname=shop"]
    for name in names:
        CLUSTER.psql('create database "' + name.replace('"', '""') + '"')
    other = SERVER.bucket("ge-pg-names")  # a larger backup must not be what the others are measured against
    SERVER.s3cmd("mb", f"s3://{other}")
    try:
        with support.Folder() as path:
            for name in ("backup.yml", "script.yml"):
                run = muster(path, manifest(name), bucket=other)
                expect_equal(run.code, 0, run)
                expect_match(rf"^{len(names) + 4} of {len(names) + 4} \(100%\)", run.check("artifact:cluster dump/covers")["observed"], run)
            CLUSTER.psql("update pg_database set datallowconn = false where datname in ('my-app', 'it''s')")
            run = muster(path, manifest("script.yml"), bucket=other)
            expect_equal(run.code, 1, run)
            expect_match(r"missing: (my-app, it's|it's, my-app)$", run.check("artifact:cluster dump/covers")["observed"], run)
    finally:
        for name in names:
            CLUSTER.psql('drop database "' + name.replace('"', '""') + '"')


def test_database_that_refuses_connections_is_named():
    CLUSTER.psql("update pg_database set datallowconn = false where datname = 'billing'")
    try:
        with support.Folder() as path:
            for name in ("backup.yml", "script.yml"):
                run = muster(path, manifest(name))
                expect_equal(run.code, 1, run)
                expect_equal(run.verdict("step:dump/exit"), "pass", run)
                expect_equal(run.ids("fail"), ["artifact:cluster dump/covers"], run)
                expect_match(r"missing: billing\b", run.check("artifact:cluster dump/covers")["observed"], run)
                expect_match(r"\b3 of 4 \(75%\)", run.check("artifact:cluster dump/covers")["observed"], run)
    finally:
        CLUSTER.psql("update pg_database set datallowconn = true where datname = 'billing'")


def test_dump_whose_session_is_ended_half_way():
    with support.Folder() as path, Locked() as lock:
        run = muster(path, manifest("backup.yml"), meanwhile=lambda _: end_backend(lock))
        expect_equal(run.code, 1, run)
        expect_match("pg_dumpall.*exited with 1", run.check("step:dump/exit")["observed"], run)
        expect_equal(run.verdict("upload:cluster dump@offsite/put"), "unproven", run)


def test_dump_that_is_killed_half_way():
    with support.Folder() as path, Locked() as lock:
        run = muster(path, manifest("backup.yml"), meanwhile=lambda _: kill_pg_dumpall(lock))
        expect_equal(run.code, 1, run)
        expect_match("pg_dumpall.*SIGKILL", run.check("step:dump/exit")["observed"], run)
        stages = run.report["steps"][0]["stages"]
        expect_equal([stage["outcome"] for stage in stages], ["signaled", "exited"], run)
        expect(not [name for name in os.listdir(path) if name.endswith(".gz")], "half a dump was left under the name of a whole one")


def test_dump_that_is_killed_behind_a_script():
    for kill in (end_backend, kill_pg_dumpall):
        with support.Folder() as path, Locked() as lock:
            run = muster(path, manifest("script.yml"), meanwhile=lambda _: kill(lock))
            expect_equal(run.code, 1, run)
            expect_equal(run.verdict("step:dump/exit"), "pass", run)
            expect_equal(run.verdict("artifact:cluster dump/format"), "pass", run)
            expect_equal(run.verdict("artifact:cluster dump/text"), "fail", run)
            expect_match(r"missing: .*\bwiki\b", run.check("artifact:cluster dump/covers")["observed"], run)


def test_full_disk_cannot_hide():
    with support.Folder() as path:
        before = os.stat("/dev/full")
        run = muster(path, manifest("backup.yml", ('stdout: "${vars.folder}/all-${run.date}.sql.gz"', "stdout: /dev/full")))
        expect_equal(run.code, 1, run)
        expect_equal(run.verdict("step:dump/exit"), "fail", run)
        expect_match("No space left on device", run.said)
        after = os.stat("/dev/full")
        expect_equal((after.st_rdev, after.st_ino), (before.st_rdev, before.st_ino), "/dev/full was replaced")


def test_missing_bucket_is_told_before_anything_is_run():
    with support.Folder() as path:
        run = muster(path, manifest("backup.yml"), bucket=SERVER.bucket("ge-pg-nowhere"))
        expect_equal(run.code, 4, run)
        expect_match("ge-pg-nowhere", run.said)
        expect_equal(run.verdict("step:dump/exit"), "unproven", run)
        expect(not [name for name in os.listdir(path) if name.startswith("all-")], "something was run")


def test_server_that_is_down_is_told():
    with support.Folder() as path:
        text = manifest("backup.yml", ("  - name: dump\n    pipe:", "  - name: dump\n    env: {PGHOST: /nowhere}\n    pipe:"))
        run = muster(path, text)
        expect_equal(run.code, 1, run)
        expect_match("pg_dumpall", run.check("step:dump/exit")["observed"], run)


def test_inventory_that_cannot_be_had_proves_nothing():
    with support.Folder() as path:
        run = muster(path, manifest("script.yml", ("run: [psql, -AtXc", "run: [psql, -h, /nowhere, -AtXc")))
        expect_equal(run.code, 5, run)
        expect_equal(run.verdict("artifact:cluster dump/covers"), "unproven", run)


with SERVER, CLUSTER:
    BUCKET = SERVER.bucket("ge-pg")
    SERVER.s3cmd("mb", f"s3://{BUCKET}")
    for database in ROWS:
        CLUSTER.psql(f"create database {database}")
        CLUSTER.psql("create table items (id integer primary key, name text); "
                     f"insert into items select i, 'item ' || i from generate_series(1, {ROWS[database]}) i", database)
    support.main()
