#!/usr/bin/python3
# test: servers, waits, about 60
"""What a bucket and its objects can be shown to be, against a real server (radosgw) that enforces its policies:
with a key that has PutObject, ListBucket, GetBucketLocation and GetObject and nothing else, and with the owner's."""

import json
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import MUSTER, Radosgw, check, equal, finish, folder, holds

FOUR = (["s3:PutObject", "s3:GetObject"], ["s3:ListBucket", "s3:GetBucketLocation"])


class Report:
    """One run of muster, with its report."""

    def __init__(self, process, path):
        self.code = process.returncode
        self.said = process.stdout.decode(errors="replace")
        try:
            with open(path, encoding="utf-8") as file:
                self.json = json.load(file)
        except OSError:
            self.json = {"checks": [], "uploads": []}
        self.checks = {each["id"]: each for each in self.json["checks"]}

    def verdict(self, check_id):
        return self.checks.get(check_id, {}).get("verdict", self.said)

    def text(self, check_id):
        found = self.checks.get(check_id, {})
        return f"{found.get('observed')} {found.get('message')}"


class Tests:
    def __init__(self):
        self.server = Radosgw()
        self.canaries = [self.server[name] for name in self.server.env if name.endswith("SECRET_KEY")]
        self.client = self.botocore()
        self.runs = 0

    def botocore(self):
        import awscli.botocore.config
        import awscli.botocore.session
        session = awscli.botocore.session.Session()
        return session.create_client("s3", endpoint_url=self.server["S3_ENDPOINT"], region_name=self.server.region,
                                     aws_access_key_id=self.server["S3_ACCESS_KEY"],
                                     aws_secret_access_key=self.server["S3_SECRET_KEY"],
                                     config=awscli.botocore.config.Config(s3={"addressing_style": "path"},
                                                                          retries={"max_attempts": 1}))

    def bucket(self, name, *more_actions, **settings):
        """With a policy that gives the scoped user the four permissions, and the ones that are named besides."""
        name = self.server.bucket(name)
        self.client.create_bucket(Bucket=name, **settings)
        principal = {"AWS": [self.server.arn("SCOPED_")]}
        self.client.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": FOUR[0] + list(more_actions),
             "Resource": [f"arn:aws:s3:::{name}/*"]},
            {"Effect": "Allow", "Principal": principal, "Action": FOUR[1] + list(more_actions),
             "Resource": [f"arn:aws:s3:::{name}"]}]}))
        return name

    def put(self, bucket, key, body=b"backup", **more):
        return self.client.put_object(Bucket=bucket, Key=key, Body=body, **more)

    def muster(self, manifest, user, verb="run"):
        self.runs += 1
        place = os.path.join(folder(), f"run-{self.runs}")
        os.mkdir(place)
        text = json.dumps(manifest)
        with open(os.path.join(place, "manifest.json"), "w", encoding="utf-8") as file:
            file.write(text)
        report = os.path.join(place, "report.json")
        process = subprocess.run([MUSTER, verb, "manifest.json", "--report", "json=" + report], cwd=place,
                                 env={**self.server.tools(user), "MUSTER_TERMINATION_LOG": os.path.join(place, "end")},
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                                 check=False)
        run = Report(process, report)
        run.place = place
        for canary in self.canaries:
            check("no secret is told", canary not in run.said + json.dumps(run.json), run.said)
        return run

    def store(self, bucket, **more):
        return {"s3": {"endpoint": self.server["S3_ENDPOINT"], "region": self.server.region, "bucket": bucket,
                       **more.pop("s3", {})}, **more}

    def expecting(self, bucket, expect, user, verb="run", **s3):
        """A run that looks at the store and does nothing else."""
        return self.muster({"muster": 1, "name": "proof", "stores": {"s": self.store(bucket, s3=s3, expect=expect)},
                            "steps": [{"name": "nothing", "run": ["true"]}]}, user, verb)

    def one(self, what, bucket, expect, verdicts, *words, **s3):
        """Verdicts for the owner and for the four permissions; words of the latter."""
        (kind,) = expect
        for user, verdict in zip(("", "SCOPED_"), verdicts):
            run = self.expecting(bucket, expect, user, **s3)
            seen = f"store:s/{kind}"
            if check(f"{what}, {user or 'owner'}: {verdict}", run.verdict(seen) == verdict,
                     f"{run.verdict(seen)}: {run.text(seen)}") and user:
                for word in words:
                    holds(f"{what}, {user}", run.text(seen), word)
            code = {"pass": (0,), "fail": (4,), "unproven": (5,)}[verdict]
            check(f"{what}, {user or 'owner'}: exit", run.code in code, run.said)

    def test_always(self):
        bucket = self.bucket("proof-plain")
        run = self.expecting(bucket, {"region": "default"}, "SCOPED_")
        for kind in ("reachable", "credentials", "bucket", "clock", "region"):
            equal(f"four permissions: {kind}", run.verdict(f"store:s/{kind}"), "pass")
        equal("four permissions: exit", run.code, 0)
        self.one("wrong region", bucket, {"region": "elsewhere"}, ("fail", "fail"))
        run = self.expecting(self.server.bucket("proof-no-such"), {"not_empty": True}, "SCOPED_")
        equal("no bucket: bucket", run.verdict("store:s/bucket"), "fail")

    # radosgw names no version in the answer to what is written while it is suspended.
    verdict_of_null = "unproven"

    def written(self, what, bucket, state, verdict, says):
        """With the four permissions, and something that is written in the run."""
        run = self.expecting(bucket, {"writable": True, "versioning": state}, "SCOPED_")
        equal(f"{what}, written, {state}", run.verdict("store:s/versioning"), verdict)
        holds(f"{what}, written, {state}", run.text("store:s/versioning"), says)

    def test_versioning(self):
        bucket = self.bucket("proof-versions")
        self.put(bucket, "old")
        self.one("never versioned", bucket, {"versioning": "off"}, ("pass", "unproven"), "needs s3:GetBucketVersioning")
        self.one("never versioned", bucket, {"versioning": "enabled"}, ("fail", "unproven"),
                 "needs s3:GetBucketVersioning")
        self.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        time.sleep(1.1)
        self.put(bucket, "older")
        time.sleep(0.1)
        self.put(bucket, "new")
        self.one("versioned", bucket, {"versioning": "enabled"}, ("pass", "unproven"), "'new'", "may be suspended by now")
        self.written("versioned", bucket, "enabled", "pass", "became version ")
        self.written("versioned", bucket, "suspended", "fail", "became version ")
        self.one("versioned", bucket, {"versioning": "off"}, ("fail", "fail"), "'new'")
        self.one("versioned, other prefix", bucket, {"versioning": "enabled"}, ("pass", "unproven"),
                 "needs s3:GetBucketVersioning", prefix="nothing/")
        self.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
        time.sleep(1.1)
        self.put(bucket, "newer")
        self.one("suspended", bucket, {"versioning": "enabled"}, ("fail", "unproven"))
        # What was written before it was suspended is still the newest below its prefix, and a version.
        self.one("suspended, an older object", bucket, {"versioning": "enabled"}, ("fail", "unproven"), "may be suspended", prefix="ol")
        self.written("suspended", bucket, "enabled", self.verdict_of_null, "")
        self.one("suspended", bucket, {"versioning": "suspended"}, ("pass", "unproven"))
        bucket = self.bucket("proof-may-ask", "s3:GetBucketVersioning", "s3:GetLifecycleConfiguration",
                             "s3:GetBucketObjectLockConfiguration")
        self.one("may ask", bucket, {"versioning": "off"}, ("pass", "pass"))
        self.one("may ask", bucket, {"lifecycle": "30d"}, ("fail", "fail"), "no lifecycle")
        self.one("may ask", bucket, {"object_lock": True}, ("fail", "fail"), "no object lock")

    def rules(self, bucket, *rules):
        self.client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
            {"Status": "Enabled", "ID": f"rule{number}", **rule} for number, rule in enumerate(rules)]})

    def test_lifecycle(self):
        bucket = self.bucket("proof-lifecycle")
        self.one("no lifecycle, no object", bucket, {"lifecycle": "30d"}, ("fail", "unproven"),
                 "needs s3:GetLifecycleConfiguration")
        self.put(bucket, "pg/a")
        self.one("no lifecycle", bucket, {"lifecycle": "30d"}, ("fail", "fail"), "no rule takes 'pg/a' away")
        self.rules(bucket, {"Filter": {"Prefix": "pg/"}, "Expiration": {"Days": 30}})
        self.one("30 days below pg/", bucket, {"lifecycle": {"expires": "30d", "prefix": "pg/"}}, ("pass", "pass"), "rule0")
        self.one("30 days below pg/", bucket, {"lifecycle": "30d"}, ("pass", "pass"), prefix="pg/")
        self.one("30 days below pg/", bucket, {"lifecycle": {"expires": "30d", "prefix": "pg/x"}}, ("pass", "unproven"))
        self.one("30 days below pg/", bucket, {"lifecycle": "14d"}, ("fail", "fail"), prefix="pg/")
        self.one("30 days below pg/", bucket, {"lifecycle": "31d"}, ("fail", "fail"), prefix="pg/")
        self.put(bucket, "zzz/a")
        self.one("30 days below pg/ only", bucket, {"lifecycle": {"expires": "30d", "prefix": "zzz/"}}, ("fail", "fail"))
        equal("30 days below pg/ only, the owner", self.expecting(bucket, {"lifecycle": "30d"}, "").verdict("store:s/lifecycle"),
              "fail")
        self.rules(bucket, {"Filter": {"Prefix": ""}, "Expiration": {"Days": 30}},
                   {"Filter": {"Prefix": "pg/short"}, "Expiration": {"Days": 3}})
        equal("some goes earlier", self.expecting(bucket, {"lifecycle": "30d"}, "").verdict("store:s/lifecycle"), "fail")
        self.client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [
            {"Status": "Disabled", "ID": "off", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}]})
        self.one("a rule that is off", bucket, {"lifecycle": "30d"}, ("fail", "fail"))

    def test_object_lock(self):
        bucket = self.bucket("proof-lock", ObjectLockEnabledForBucket=True)
        needs = "needs s3:GetBucketObjectLockConfiguration"
        self.one("lock without a default", bucket, {"object_lock": True}, ("pass", "unproven"), needs)
        self.one("lock without a default", bucket, {"object_lock": {"days": 1}}, ("fail", "unproven"), needs)
        self.client.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2}}})
        self.put(bucket, "a")
        self.one("a default of two days", bucket, {"object_lock": {"mode": "governance", "days": 2}}, ("pass", "unproven"))
        self.one("a default of two days", bucket, {"object_lock": {"mode": "compliance"}}, ("fail", "unproven"))
        self.one("a default of two days", bucket, {"object_lock": {"days": 3}}, ("fail", "unproven"))
        self.one("a locked bucket takes muster's object", bucket, {"writable": True}, ("pass", "pass"))
        other = self.bucket("proof-lock-seen", "s3:GetObjectRetention", ObjectLockEnabledForBucket=True)
        self.client.put_object_lock_configuration(Bucket=other, ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})
        self.put(other, "a")
        self.one("a locked object shows it", other, {"object_lock": True}, ("pass", "pass"), "'a'")
        self.one("no lock", self.bucket("proof-unlocked"), {"object_lock": True}, ("fail", "unproven"), needs)

    def test_private(self):
        bucket = self.bucket("proof-private")
        self.one("private and empty", bucket, {"private": True}, ("pass", "pass"), "no object yet")
        self.put(bucket, "a b+c")
        self.one("private", bucket, {"private": True}, ("pass", "pass"), "'a b+c' are refused")
        self.put(bucket, "z", ACL="public-read")
        self.one("a public object", bucket, {"private": True}, ("fail", "fail"), "read 'z'")
        self.put(bucket, "z", b"", ACL="public-read")
        self.one("a public object without bytes", bucket, {"private": True}, ("fail", "fail"), "read 'z'")
        listed = self.bucket("proof-listed")
        self.client.put_bucket_acl(Bucket=listed, ACL="public-read")
        self.one("a public listing", listed, {"private": True}, ("fail", "fail"), "list it")
        below = self.bucket("proof-listed-below")
        self.put(below, "pg/a")
        self.one("private below a prefix", below, {"private": True}, ("pass", "pass"), prefix="pg/")
        policy = json.loads(self.client.get_bucket_policy(Bucket=below)["Policy"])
        policy["Statement"].append({"Effect": "Allow", "Principal": "*", "Action": ["s3:ListBucket"],
                                    "Resource": [f"arn:aws:s3:::{below}"], "Condition": {"StringLike": {"s3:prefix": "pg/*"}}})
        self.client.put_bucket_policy(Bucket=below, Policy=json.dumps(policy))
        self.one("a listing that is public below a prefix", below, {"private": True}, ("fail", "fail"), "list it", prefix="pg/")

    def test_writable(self):
        bucket = self.bucket("proof-writable")
        self.one("writable", bucket, {"writable": True}, ("pass", "pass"))
        equal("its object is not counted", self.expecting(bucket, {"not_empty": True}, "").verdict("store:s/not_empty"), "fail")
        equal("its object", [each["Key"] for each in self.client.list_objects_v2(Bucket=bucket)["Contents"]],
              [".muster-writable"])
        self.one("writable below a prefix", bucket, {"writable": True}, ("pass", "pass"), prefix="deep/")
        equal("nor is that below a prefix", self.expecting(bucket, {"not_empty": True}, "").verdict("store:s/not_empty"), "fail")
        self.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": [self.server.arn("SCOPED_")]}, "Action": FOUR[1],
             "Resource": [f"arn:aws:s3:::{bucket}"]}]}))
        self.one("not writable", bucket, {"writable": True}, ("pass", "fail"), "s3:PutObject")
        run = self.expecting(bucket, {"writable": True}, "", verb="verify")
        check("verify writes nothing", "store:s/writable" not in run.checks, run.said)

    def uploaded(self, bucket, path, command, expect, user="", key="k", verdicts=None, proof=None, what=None):
        """A step that uploads the file, and what is made of it."""
        what = what or str(command)
        host = self.server["S3_ENDPOINT"].partition("//")[2]
        environment = {"ENDPOINT": self.server["S3_ENDPOINT"], "HOST": host, "FILE": path, "BUCKET": bucket, "KEY": key,
                       "SECRET": self.server[f"S3_{user}SECRET_KEY"], "ACCESS": self.server[f"S3_{user}ACCESS_KEY"]}
        run = self.muster({"muster": 1, "name": "proof", "stores": {"s": self.store(bucket)},
                           "steps": [{"name": "upload", "shell": command, "env": environment}],
                           "artifacts": [{"name": "a", "file": path,
                                          "uploads": [{"store": "s", "key": key, "expect": expect}]}]}, user)
        for kind, verdict in {"exists": "pass", "size": "pass", "fresh": "pass", **(verdicts or {})}.items():
            equal(f"{what} {user}: {kind}: {run.text('upload:a@s/' + kind)}", run.verdict("upload:a@s/" + kind), verdict)
        if proof is not None:
            holds(f"{what} {user}: proof", str(run.json["uploads"] and run.json["uploads"][0]["proof"]), proof)
        return run

    AWS = "/usr/bin/aws --endpoint-url $ENDPOINT s3 cp --only-show-errors $FILE s3://$BUCKET/$KEY"
    S3CMD = ("s3cmd --config=/dev/null --access_key=$ACCESS --secret_key=$SECRET --host=$HOST --host-bucket=$HOST --no-ssl "
             "--quiet put $FILE s3://$BUCKET/$KEY")
    RCLONE = ("RCLONE_CONFIG_R_TYPE=s3 RCLONE_CONFIG_R_PROVIDER=Ceph RCLONE_CONFIG_R_ENV_AUTH=true "
              "RCLONE_CONFIG_R_ENDPOINT=$ENDPOINT rclone --config=/dev/null --s3-upload-cutoff 5Mi --ignore-times --s3-no-check-bucket "
              "copyto $FILE R:$BUCKET/$KEY")

    def make_file(self, name, size):
        path = os.path.join(folder(), name)
        with open(path, "wb") as file:
            file.write(os.urandom(size))
        return path

    def test_match(self):
        bucket = self.bucket("proof-match")
        small, large = self.make_file("small", 100_000), self.make_file("large", 37_000_001)
        passes = {"match": "pass"}
        for user in ("SCOPED_",):
            for path, tool, proof in ((small, self.AWS, "ETag (MD5)"), (small, self.S3CMD, "ETag (MD5)"),
                                      (small, self.RCLONE, "ETag (MD5)"),
                                      (large, self.AWS, "ETag (multipart, parts of 8.0 MiB)"),
                                      (large, self.S3CMD, "ETag (multipart, parts of 15 MiB)"),
                                      (large, self.RCLONE, "ETag (multipart, parts of 5.0 MiB)")):
                self.uploaded(bucket, path, tool, {"match": "auto"}, user, verdicts=passes, proof=proof)
        self.uploaded(bucket, large, self.AWS, {"match": "etag"}, verdicts=passes, proof="multipart")
        self.uploaded(bucket, large, self.AWS, {"match": "read_back"}, verdicts=passes, proof="read back (SHA-256)")
        self.uploaded(bucket, large, self.AWS, {"match": "checksum"}, verdicts={"match": "unproven"})
        for tool, name in ((self.S3CMD, "s3cmd"), (self.RCLONE, "rclone")):
            run = self.uploaded(bucket, large, tool, {"match": "checksum"}, verdicts={"match": "unproven"})
            holds("the uploader's words", run.text("upload:a@s/match"), f"the uploader wrote beside it ({name}) is equal, which proves nothing")
        odd = "export AWS_CONFIG_FILE=config; printf '[default]\ns3 =\n  multipart_chunksize = 11000000\n' >config; "
        self.uploaded(bucket, large, odd + self.AWS, {"match": "auto"}, verdicts=passes, proof="read back (SHA-256)", what="odd parts")
        self.uploaded(bucket, large, odd + self.AWS, {"match": "etag"}, verdicts={"match": "unproven"}, what="odd parts")
        for path in (small, large):
            other = path + ".other"
            with open(path, "rb") as file:
                content = bytearray(file.read())
            content[len(content) // 2] ^= 1
            with open(other, "wb") as file:
                file.write(content)
            for tool in (self.AWS, self.S3CMD, self.RCLONE):
                self.uploaded(bucket, path, tool.replace("$FILE", other), {"match": "auto"}, verdicts={"match": "fail"})
        self.uploaded(bucket, small, self.S3CMD.replace("$FILE", small + ".other"), {"match": "etag"}, verdicts={"match": "fail"})
        self.uploaded(bucket, large, self.S3CMD.replace("$FILE", large + ".other"), {"match": "checksum"}, verdicts={"match": "fail"})

    def test_upload_kinds(self):
        bucket = self.bucket("proof-uploads")
        small = self.make_file("kinds", 1000)
        self.rules(bucket, {"Filter": {"Prefix": "pg/"}, "Expiration": {"Days": 30}})
        for user in ("", "SCOPED_"):
            for expect, verdict in (({"expires": "30d", "storage_class": "STANDARD"}, "pass"),
                                    ({"expires": "7d", "storage_class": ["GLACIER", "DEEP_ARCHIVE"], "encryption": "any"}, "fail"),
                                    ({"expires": "31d"}, "fail")):
                self.uploaded(bucket, small, self.S3CMD, expect, user, "pg/a", {kind: verdict for kind in expect})
            self.uploaded(bucket, small, self.S3CMD, {"expires": "30d"}, user, "other/a", {"expires": "fail"})
        # radosgw does not tell x-amz-expiration of an object that has a version.
        versioned = self.bucket("proof-expires-versions")
        self.client.put_bucket_versioning(Bucket=versioned, VersioningConfiguration={"Status": "Enabled"})
        self.rules(versioned, {"Filter": {"Prefix": "pg/"}, "Expiration": {"Days": 30}})
        self.uploaded(versioned, small, self.S3CMD, {"expires": "30d"}, "", "pg/a", {"expires": "pass"})
        self.uploaded(versioned, small, self.S3CMD, {"expires": "7d"}, "", "pg/a", {"expires": "fail"})
        self.uploaded(versioned, small, self.S3CMD, {"expires": "30d"}, "", "other/a", {"expires": "fail"})
        run = self.uploaded(versioned, small, self.S3CMD, {"expires": "30d"}, "SCOPED_", "pg/a", {"expires": "unproven"})
        holds("expires, not to be read", run.text("upload:a@s/expires"), "needs s3:GetLifecycleConfiguration")
        self.uploaded(bucket, small, self.S3CMD, {"locked": "1d"}, "", "a", {"locked": "fail"})
        bucket = self.bucket("proof-locked", ObjectLockEnabledForBucket=True)
        self.uploaded(bucket, small, self.S3CMD, {"locked": "1d"}, "", "unlocked", {"locked": "fail"})
        self.client.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 2}}})
        for expect, verdict in (("2d", "pass"), ("3d", "fail"), ({"mode": "governance"}, "pass"), ({"mode": "compliance"}, "fail")):
            self.uploaded(bucket, small, self.S3CMD, {"locked": expect}, "", "a", {"locked": verdict})
        # This server tells GET ?retention to whoever may read, unless that is denied by name.
        self.uploaded(bucket, small, self.S3CMD, {"locked": "2d"}, "SCOPED_", "a", {"locked": "pass"})
        policy = json.loads(self.client.get_bucket_policy(Bucket=bucket)["Policy"])
        policy["Statement"].append({"Effect": "Deny", "Principal": {"AWS": [self.server.arn("SCOPED_")]},
                                    "Action": "s3:GetObjectRetention", "Resource": f"arn:aws:s3:::{bucket}/*"})
        self.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
        run = self.uploaded(bucket, small, self.S3CMD, {"locked": "2d"}, "SCOPED_", "a", {"locked": "unproven"})
        holds("locked, denied", run.text("upload:a@s/locked"), "needs s3:GetObjectRetention")

    def test_kept(self):
        bucket = self.bucket("proof-kept")
        new = self.make_file("new", 1000)
        self.one("writable first", bucket, {"writable": True}, ("pass", "pass"))
        for day, size in enumerate((900, 950, 1000, 0, 10, 1000), 1):
            self.put(bucket, f"pg/2026-01-0{day}.gz", b"x" * size)
        self.put(bucket, "other/2026-01-01.gz", b"x" * 1000)
        for user in ("SCOPED_",):
            for expect, verdict in ((5, "pass"), ({"min": 5, "max": 7}, "pass"), ({"min": 5, "max": 6}, "fail"), ({"min": 6}, "fail"), ({"max": 4}, "fail"),
                                    ({"min": 6, "share": "0%"}, "pass"), ({"min": 1, "within": "1h"}, "pass")):
                run = self.uploaded(bucket, new, self.S3CMD, {"kept": expect}, user, "pg/${run.date}.gz", {"kept": verdict})
        holds("kept: what is left out", run.text("upload:a@s/kept"), "left out: 1 empty")


def main():
    tests = Tests()
    for name in [name for name in vars(Tests) if name.startswith("test_")]:
        began = time.monotonic()
        getattr(tests, name)()
        print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
    finish()


if __name__ == "__main__":
    main()
