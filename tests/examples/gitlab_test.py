#!/usr/bin/python3
# test: servers, about 60
"""examples/gitlab: nine source buckets of which one is misnamed, on a real S3 server."""

import os
import time

from live import EXAMPLES, S3, sh, support

from support import expect, expect_equal, expect_match

HERE = os.path.join(EXAMPLES, "gitlab")
MISNAMED = {"REGISTRY_BUCKET_NAME": "ge-gitlab-regsitry"}


def job_env():
    with open(os.path.join(HERE, "job.env"), encoding="utf-8") as file:
        words = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line and not line.startswith("#"))
    return {name: SERVER.bucket(bucket) for name, bucket in words.items()}


class World:
    """The buckets as they are in the real world, and an environment as the CronJob has it."""

    def __init__(self, server, path):
        self.server, self.path = server, path
        self.env = {**server.keys, **job_env(), "GITLAB_TMP": path, "PATH": HERE + ":" + support.environment()["PATH"]}

    def muster(self, verb, manifest="backup.yml", **env):
        with open(os.path.join(HERE, manifest), encoding="utf-8") as file:
            text = self.server.named(file.read())
        return support.muster(verb, "--var", f"endpoint={self.server.endpoint}", "--var", "region=default", manifest=text,
                              cwd=self.path, env={**self.env, **env})

    def backups(self):
        return self.server.s3cmd("ls", "s3://" + self.server.bucket("ge-gitlab-backups")).split("\n")[:-1]


def make_buckets(server, path):
    for name, bucket in job_env().items():
        server.s3cmd("mb", f"s3://{bucket}")
        if name == "BACKUP_BUCKET_NAME":
            continue
        os.makedirs(os.path.join(path, bucket))
        for number in range(3):
            support.write(path, f"{bucket}/{number}.bin", os.urandom(300))
        server.s3cmd("put", "--recursive", f"{path}/{bucket}/", f"s3://{bucket}/objects/")


def unguarded_exits_with_0(world):
    finished = sh("backup-utility", world.path, {**world.env, **MISNAMED}, check=False)
    expect_equal(finished.returncode, 0, finished.stdout + finished.stderr)
    expect_match(r"^\x1b\[34mBucket not found: ge-gitlab-regsitry\. Skipping backup of registry \.\.\.\x1b\[0m$", finished.stdout)
    expect_match(rf"\[DONE\] Backup can be found at s3://{SERVER.bucket('ge-gitlab-backups')}/", finished.stdout)


def guarded_exits_with_1(world):
    run = world.muster("run", **MISNAMED)
    expect_equal(run.code, 1, run)
    expect_equal(run.verdict("step:backup-utility/exit"), "pass", run)
    skipped = run.check("step:backup-utility/output/never:0")
    expect_equal(skipped["verdict"], "fail", run)
    expect_match(r"Bucket not found: ge-gitlab-regsitry\. Skipping backup of registry", skipped["observed"])
    covers = run.check("artifact:tar/covers")
    expect_equal(covers["verdict"], "fail", run)
    expect_match(r"missing: registry\b", covers["observed"])
    expect_equal(run.verdict("artifact:tar/member:backup_information.yml/text"), "fail", run)
    for said in (run.said, run.termination.decode()):
        expect_match("ge-gitlab-regsitry", said)
        expect_match(r"registry\.tar\.gz|missing: registry", said)
    expect_equal(run.report["artifacts"][0]["location"].split("/")[2], SERVER.bucket("ge-gitlab-backups"), run)


def mended_exits_with_0(world):
    run = world.muster("run")
    expect_equal(run.code, 0, run)
    expect(run.report["counts"]["declared"] >= 15, run)
    verified = world.muster("verify")
    expect_equal(verified.code, 0, verified)
    expect(all(not check["id"].startswith("step:") for check in verified.report["checks"]), verified)


def empty_bucket_is_told(world):
    other = world.server.bucket("ge-gitlab-other")
    world.server.s3cmd("mb", f"s3://{other}")
    run = world.muster("run", UPLOADS_BUCKET_NAME=other)
    expect_equal(run.code, 1, run)
    expect_match(r"missing: uploads\b", run.check("artifact:tar/covers")["observed"], run)


def emptied_bucket_is_told_where_last_nights_files_are_packed(world):
    """The utility's folder outlives the run; s3cmd's sync from an empty bucket deletes nothing there."""
    lfs = world.server.bucket("ge-gitlab-lfs")
    run = world.muster("run")
    expect_equal(run.code, 0, run)
    world.server.s3cmd("del", "--recursive", "--force", f"s3://{lfs}")
    try:
        run = world.muster("run")
        expect_equal(run.code, 1, run)
        expect_equal(run.verdict("step:backup-utility/exit"), "pass", run)
        expect_equal(run.verdict("step:backup-utility/output/each"), "pass", run)
        expect_equal(run.verdict("artifact:tar/covers"), "pass", run)  # the archive of that component is there
        expect_equal(run.verdict("artifact:tar/member:backup_information.yml/text"), "pass", run)
        expect_equal(run.ids("fail"), ["inventory:lfs/items"], run)
        expect_match("^0 items from .store lfs", run.check("inventory:lfs/items")["observed"], run)
        expect_equal(run.ids("unproven"), ["artifact:tar/member:lfs.tar.gz/covers"], run)
        # Another bucket's objects instead: there is a list, and they are not in it.
        world.server.s3cmd("put", "--recursive", f"{world.path}/uploads/", f"s3://{lfs}/others/")
        time.sleep(2)  # what was written since the run began need not be in the backup, and the store's times are in seconds
        with support.Folder() as other:
            run = world.muster("run", GITLAB_TMP=other, LFS_BUCKET_NAME=world.server.bucket("ge-gitlab-uploads"))
        expect_equal(run.ids("fail"), ["artifact:tar/member:lfs.tar.gz/covers"], run)
        expect_match(r"0 of 3 \(0%\); missing: others/objects/0.bin", run.check("artifact:tar/member:lfs.tar.gz/covers")["observed"], run)
    finally:
        world.server.s3cmd("del", "--recursive", "--force", f"s3://{lfs}")
        world.server.s3cmd("put", "--recursive", f"{world.path}/lfs/objects/", f"s3://{lfs}/objects/")


def declared_sources_are_looked_at_first(world):
    before = world.backups()
    run = world.muster("run", "sources.yml", **MISNAMED)
    expect_equal(run.code, 4, run)
    expect_match("ge-gitlab-regsitry", run.check("preflight:0/env")["observed"], run)
    expect_equal(run.verdict("step:backup-utility/exit"), "unproven", run)
    expect_equal(world.backups(), before, "something was uploaded")
    run = world.muster("run", "sources.yml")
    expect_equal(run.code, 0, run)


def upload_to_elsewhere_is_told(world):
    """The utility puts the tar in another bucket and says so; what lies in the declared one is yesterday's."""
    elsewhere = world.server.bucket("ge-gitlab-elsewhere")
    world.server.s3cmd("mb", f"s3://{elsewhere}")
    time.sleep(2)  # the store's times are in seconds
    run = world.muster("run", BACKUP_BUCKET_NAME=elsewhere)
    expect_equal(run.code, 1, run)
    expect_equal(run.verdict("step:backup-utility/output/always:0"), "fail", run)
    expect(any(check_id.startswith("artifact:tar") for check_id in run.ids("fail")), run)


SERVER = S3()


def with_world(check):
    with support.Folder() as path:
        check(World(SERVER, path))


def test_unguarded_the_utility_exits_with_0():
    with_world(unguarded_exits_with_0)


def test_misnamed_bucket_is_told():
    with_world(guarded_exits_with_1)


def test_with_the_name_mended_it_passes():
    with_world(mended_exits_with_0)


def test_wrong_but_empty_bucket_is_told():
    with_world(empty_bucket_is_told)


def test_emptied_bucket_is_told_where_last_nights_files_are_packed():
    with_world(emptied_bucket_is_told_where_last_nights_files_are_packed)


def test_declared_sources_are_looked_at_first():
    with_world(declared_sources_are_looked_at_first)


def test_upload_to_elsewhere_is_told():
    with_world(upload_to_elsewhere_is_told)


with SERVER, support.Folder() as made:
    make_buckets(SERVER, made)
    time.sleep(3)  # none of it was written since a run began, by times in seconds
    support.main()
