#!/usr/bin/python3
# test: servers, about 15
"""From a dump of a live cluster to a guarded backup in three commands: learn, lint, verify. And the same from a bucket."""

import gzip
import os

from live import S3, Postgres, sh, support

from support import expect, expect_equal, expect_match, expect_no_match

DATABASES = ("billing", "shop", "my wiki")
DUMP = "pg_dumpall --clean --if-exists | gzip -6 > dump.sql.gz"
SERVER, CLUSTER = S3(), Postgres()


def learnt(path):
    """The three commands; gives the draft's path."""
    sh(DUMP, path, CLUSTER.env)
    run = support.muster("learn", "dump.sql.gz", "--output", "backup.yml", cwd=path)
    expect_equal((run.code, run.said), (0, ""), run)
    linted = support.muster("lint", path="backup.yml", cwd=path)
    expect_equal(linted.code, 0, linted)
    expect_match("no problems", linted.said)
    verified = support.muster("verify", path="backup.yml", cwd=path)
    expect_equal(verified.code, 0, verified)
    return os.path.join(path, "backup.yml")


def read(path, name="dump.sql.gz"):
    with gzip.open(os.path.join(path, name), "rt", encoding="utf-8") as file:
        return file.read()


def put(path, text, name="dump.sql.gz"):
    support.write(path, name, gzip.compress(text.encode()))


def failed(path, check):
    run = support.muster("verify", path="backup.yml", cwd=path)
    expect_equal(run.code, 1, run)
    expect_equal(run.verdict("artifact:dump/" + check), "fail", run)
    return run


def test_missing_database_is_named():
    with support.Folder() as path:
        learnt(path)
        for database in DATABASES:
            CLUSTER.psql(f"update pg_database set datallowconn = false where datname = '{database}'")
            try:
                sh(DUMP, path, CLUSTER.env)
            finally:
                CLUSTER.psql(f"update pg_database set datallowconn = true where datname = '{database}'")
            run = failed(path, "covers")
            expect_match(f"missing: {database}$", run.check("artifact:dump/covers")["observed"], run)


def test_live_list_that_the_draft_proposes_notices_a_new_database():
    with support.Folder() as path:
        draft = learnt(path)
        with open(draft, encoding="utf-8") as file:
            text = file.read()
        head, _, rest = text.partition("    items:\n")
        while rest.startswith("      - "):
            rest = rest.partition("\n")[2]
        live = head.replace("# run:", "run:") + rest
        expect_equal(support.muster("verify", manifest=live, cwd=path, env=CLUSTER.env).code, 0, live)
        CLUSTER.psql("create database newcomer")
        try:
            run = support.muster("verify", manifest=live, cwd=path, env=CLUSTER.env)
            expect_match("missing: newcomer$", run.check("artifact:dump/covers")["observed"], run)
        finally:
            CLUSTER.psql("drop database newcomer")


def test_cut_dump():
    with support.Folder() as path:
        learnt(path)
        text = read(path)
        put(path, text[:-60])
        failed(path, "text")
        sh(DUMP, path, CLUSTER.env)
        with open(os.path.join(path, "dump.sql.gz"), "rb") as file:
            packed = file.read()
        for length in (len(packed) - 1, len(packed) - 9, len(packed) * 9 // 10, len(packed) // 2):
            support.write(path, "dump.sql.gz", packed[:length])
            failed(path, "format")


def test_half_size_dump():
    with support.Folder() as path:
        learnt(path)
        text = read(path)
        rows = [line for line in text.splitlines(keepends=True) if line[:1].isdigit() and "\titem " in line]
        expect(len(rows) == 2000 * len(DATABASES), len(rows))
        lines, dropped = [], 0
        for line in text.splitlines(keepends=True):
            if line[:1].isdigit() and "\titem " in line and dropped < len(text) / 2:
                dropped += len(line)
            else:
                lines.append(line)
        half = "".join(lines)
        expect(abs(len(half) - len(text) / 2) < 20 and half.endswith(text[-100:]), len(half))
        put(path, half)
        failed(path, "unpacked")


def test_bucket_with_several_backups():
    with support.Folder() as path:
        sh(DUMP, path, CLUSTER.env)
        SERVER.s3cmd("mb", f"s3://{BUCKET}")
        for day in (19, 20, 21):
            SERVER.s3cmd("put", os.path.join(path, "dump.sql.gz"), f"s3://{BUCKET}/pg/all-2026-04-{day}.sql.gz")
        SERVER.s3cmd("put", os.path.join(path, "dump.sql.gz"), f"s3://{BUCKET}/other/x.sql.gz")
        for source in ("pg/", "pg/all-2026-04-21.sql.gz"):
            run = support.muster("learn", f"s3://{BUCKET}/{source}", "--endpoint", SERVER.endpoint, "--region", "default", cwd=path,
                                 env=SERVER.keys)
            expect_equal(run.code, 0, run)
            expect_match(r"key: 'pg/all-\*.sql.gz'", run.out)
            expect_match(r"private: true", run.out)
            expect_match(r"3 backups have", run.out)
            for secret in (SERVER.keys["AWS_ACCESS_KEY_ID"], SERVER.keys["AWS_SECRET_ACCESS_KEY"]):
                expect_no_match(secret, run.said)
            linted = support.muster("lint", manifest=run.out, cwd=path)
            expect_match("no problems", linted.said, linted)
            verified = support.muster("verify", manifest=run.out, cwd=path, env=SERVER.keys)
            expect_equal(verified.code, 0, f"{verified}\n{run.out}")
        missing = support.muster("learn", f"s3://{BUCKET}/nowhere/", "--endpoint", SERVER.endpoint, "--region", "default", cwd=path,
                                 env=SERVER.keys)
        expect_equal(missing.code, 2, missing)


with SERVER, CLUSTER:
    BUCKET = SERVER.bucket("ge-learnt")
    for name in DATABASES:
        CLUSTER.psql(f'create database "{name}"')
        CLUSTER.psql("create table items (id integer primary key, name text); "
                     "insert into items select i, 'item ' || i from generate_series(1, 2000) i", name)
    support.main()
