#!/usr/bin/python3
# test: servers, about 10
"""The manifests and commands of README.md, as somebody would try them who has read nothing else."""

import json
import os
import re
import shutil

from live import EXAMPLES, S3, Postgres, sh, support

from support import expect, expect_equal, expect_match

SERVER, CLUSTER = S3(), Postgres()


def blocks(language):
    with open(os.path.join(support.ROOT, "README.md"), encoding="utf-8") as file:
        written = file.read().partition("<!-- reference: begin -->")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", written, re.M | re.S)


def first_manifest():
    return blocks("yaml")[0]


def guarded_dump():
    """The sections on object storage and on the canary, put together."""
    text = "muster: 1\nname: pg\nmax_age: 26h\n" + "".join(blocks("yaml")[1:])
    for old, new in (("https://objects.example.net", SERVER.endpoint), ("europe-1", "default")):
        expect(old in text, f"'{old}' is not in the README")
        text = text.replace(old, new)
    return SERVER.named(text)


class Shop(support.Folder):
    def __enter__(self):
        path = super().__enter__()
        sh(f"{EXAMPLES}/quickstart/make-database.sh shop.db; mkdir scratch vault", path, {})
        support.write(path, "backup.yml", first_manifest())
        return path


def test_first_manifest_works_as_it_stands():
    with Shop() as path:
        for verb, *options in (("lint", "--strict"), ("plan",), ("probe",), ("run",), ("verify",)):
            run = support.muster(verb, *options, path="backup.yml", cwd=path)
            expect_equal(run.code, 0, run)


def test_first_manifest_sees_an_empty_database():
    with Shop() as path:
        sh("sqlite3 shop.db 'delete from orders; vacuum'; head -c 100K /dev/zero >> shop.db", path, {})
        run = support.muster("run", path="backup.yml", cwd=path)
        expect(run.code in (1, 4), run)
        expect_equal(os.listdir(os.path.join(path, "vault")), [], run)


def environment():
    return {**SERVER.keys, **CLUSTER.env, "PING_URL": "http://127.0.0.1:9/ping"}


def muster(verb, path, *options):
    return support.muster(verb, *options, path="backup.yml", cwd=path, env=environment())


def test_dump_into_a_bucket_is_guarded_and_has_a_history():
    """A cluster without databases is too small for the bound, which the waiver allows."""
    with support.Folder() as path:
        support.write(path, "backup.yml", guarded_dump())
        lint = muster("lint", path, "--strict")
        expect_equal(lint.code, 0, lint)
        run = muster("run", path)
        expect_equal(run.code, 0, run)
        expect_equal(run.ids("waived"), ["artifact:cluster dump/size"], run)
        expect_match("ping: not sent", run.said)
        verified = muster("verify", path, "--report", "html=verify.html")
        expect_equal(verified.code, 0, verified)
        expect(os.path.getsize(os.path.join(path, "verify.html")) > 1000, verified)
        probed = muster("probe", path, "--deadline", "5s")
        expect_equal((probed.code, probed.out + probed.err), (0, ""), probed)
        history = muster("report", path, "--history", "offsite")
        expect_match("1 of 1 passed", history.out)


def four_permissions():
    statements = [json.loads(line.rstrip(",").replace(":::ge-pg", ":::" + BUCKET)) for line in blocks("json")[0].splitlines()]
    for statement in statements:
        statement["Principal"] = {"AWS": [SERVER.arn("SCOPED_")]}
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_four_permissions_are_enough():
    with support.Folder() as path:
        support.write(path, "policy.json", four_permissions())
        SERVER.s3cmd("setpolicy", f"{path}/policy.json", f"s3://{BUCKET}")
        scoped = {"AWS_ACCESS_KEY_ID": SERVER.env["S3_SCOPED_ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY": SERVER.env["S3_SCOPED_SECRET_KEY"]}
        for verb in ("run", "verify"):
            run = support.muster(verb, manifest=guarded_dump(), cwd=path, env={**environment(), **scoped})
            expect_equal(run.code, 0, run)


def test_a_learnt_manifest_passes_and_changes_are_told():
    with support.Folder() as path:
        sh("pg_dumpall | gzip > all.sql.gz", path, environment())
        learnt = support.muster("learn", "--output", "backup.yml", "all.sql.gz", cwd=path, env=environment())
        expect_equal(learnt.code, 0, learnt)
        for verb, *options in (("lint", "--strict"), ("verify",), ("plan",)):
            run = muster(verb, path, *options)
            expect_equal(run.code, 0, run)
        shutil.copy(os.path.join(path, "backup.yml"), os.path.join(path, "old.yml"))
        sh("sed -i '/size: /d' backup.yml", path, {})
        run = muster("plan", path, "--no-weaker", "--diff", "old.yml")
        expect_equal(run.code, 1, run)
        expect_match("(?m)^DROPPED +artifact:all/size$", run.out)


with SERVER, CLUSTER:
    BUCKET = SERVER.bucket("ge-pg")
    SERVER.s3cmd("mb", f"s3://{BUCKET}")
    support.main()
