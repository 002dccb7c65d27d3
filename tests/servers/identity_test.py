#!/usr/bin/python3
# test: servers, waits, about 20
"""What a run made of what lies in a bucket: a real server (radosgw), whose times are cut to seconds."""

import json
import os
import subprocess
import sys
import time
import urllib.parse

import awscli.botocore.config
import awscli.botocore.session

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import MUSTER, Radosgw, equal, finish, folder, holds

MATCH = {"match": "auto"}


class Tests:
    def __init__(self):
        self.server = Radosgw()
        session = awscli.botocore.session.Session()
        self.client = session.create_client("s3", endpoint_url=self.server["S3_ENDPOINT"], region_name="us-east-1",
                                            aws_access_key_id=self.server["S3_ACCESS_KEY"],
                                            aws_secret_access_key=self.server["S3_SECRET_KEY"],
                                            config=awscli.botocore.config.Config(s3={"addressing_style": "path"}))
        self.number = 0

    def bucket(self):
        self.number += 1
        name = self.server.bucket(f"identity-{self.number}")
        self.client.create_bucket(Bucket=name)
        return name

    def run(self, stores, **body):
        self.number += 1
        where = os.path.join(folder(), f"identity-{self.number}")
        os.mkdir(where)
        with open(os.path.join(where, "a"), "w", encoding="utf-8") as file:
            file.write("backup\n")
        with open(os.path.join(where, "m.json"), "w", encoding="utf-8") as file:
            json.dump({"muster": 1, "name": "identity", "stores": stores, **body}, file)
        done = subprocess.run([MUSTER, "run", "--report", "json=report.json", "m.json"], cwd=where, env=self.server.tools(""),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        with open(os.path.join(where, "report.json"), encoding="utf-8") as file:
            checks = {each["id"]: each for each in json.load(file)["checks"]}
        return done.returncode, checks, done.stdout.decode(errors="replace")

    def store(self, bucket, endpoint=None):
        return {"s3": {"endpoint": endpoint or self.server["S3_ENDPOINT"], "bucket": bucket}}

    def aws(self, verb, bucket, *more):
        return ["aws", "--endpoint-url", self.server["S3_ENDPOINT"], "--region", "us-east-1", "s3api", verb, "--bucket", bucket,
                "--key", "k", *more]

    def expect(self, what, result, code, **verdicts):
        equal(f"{what}: exit code", result[0], code) or print(result[2])
        for name, verdict in verdicts.items():
            equal(f"{what}: {name}", result[1][f"upload:a@s/{name}"]["verdict"], verdict)

    def artifact(self, **upload):
        return {"name": "a", "file": "a", "uploads": [{"store": "s", "key": "k", "expect": MATCH, **upload}]}

    def test_an_uploader_that_uploads_elsewhere(self):
        """As GitLab's utility, twice in a row, the second time into another bucket."""
        here, elsewhere = self.bucket(), self.bucket()
        for key in "k", "*":
            for target, code, fresh in (here, 0, "pass"), (elsewhere, 1, "fail"):
                step = {"name": "copy", "run": self.aws("put-object", target, "--body", "a")}
                result = self.run({"s": self.store(here)}, steps=[step], artifacts=[self.artifact(key=key)])
                self.expect(f"into {target} by {key}", result, code, fresh=fresh)

    def test_again_and_again(self):
        """Within a second, and equal: each of them is of its run."""
        bucket = self.bucket()
        for turn in range(3):
            result = self.run({"s": self.store(bucket)}, artifacts=[self.artifact(put=True, overwrite=True)])
            self.expect(f"again {turn}", result, 0, fresh="pass", put="pass")

    def test_two_names_of_one_bucket(self):
        bucket = self.bucket()
        address = urllib.parse.urlparse(self.server["S3_ENDPOINT"])
        other = "localhost" if address.hostname != "localhost" else "127.0.0.1"
        stores = {"s": self.store(bucket), "t": self.store(bucket, f"{address.scheme}://{other}:{address.port}")}
        uploads = [{"store": name, "key": "k", "put": True, "overwrite": True, "expect": MATCH} for name in ("s", "t")]
        code, checks, output = self.run(stores, artifacts=[{"name": "a", "file": "a", "uploads": uploads}])
        equal("two names: exit code", code, 1) or print(output)

    def test_a_report_in_the_place_of_the_upload(self):
        result = self.run({"s": self.store(self.bucket())}, artifacts=[self.artifact(put=True)],
                          reports=[{"format": "json", "store": "s", "key": "k"}])
        self.expect("report", result, 1, exists="fail", put="pass")

    def test_a_step_that_empties_the_bucket(self):
        bucket = self.bucket()
        step = {"name": "tidy", "always": True, "run": self.aws("delete-object", bucket)}
        result = self.run({"s": self.store(bucket)}, steps=[step], artifacts=[self.artifact(put=True)])
        self.expect("emptied", result, 1, exists="fail", put="pass")
        holds("emptied", result[1]["upload:a@s/exists"]["observed"], "is gone at the end")

    def test_versions(self):
        """A step that takes the newest version away leaves the one of the night before."""
        bucket = self.bucket()
        self.client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.client.put_object(Bucket=bucket, Key="k", Body=b"backup\n")
        for copies, code in (1, 0), (2, 0):
            step = {"name": "copy", "run": self.aws("put-object", bucket, "--body", "a")}
            self.expect(f"version {copies}", self.run({"s": self.store(bucket)}, steps=[step], artifacts=[self.artifact()]), code)
        newest = self.client.head_object(Bucket=bucket, Key="k")["VersionId"]
        time.sleep(2)
        self.client.delete_object(Bucket=bucket, Key="k", VersionId=newest)
        result = self.run({"s": self.store(bucket)}, steps=[{"name": "none", "run": ["true"]}], artifacts=[self.artifact()])
        self.expect("the version before", result, 1, fresh="fail")


def main():
    tests = Tests()
    for name in sorted(dir(tests)):
        if name.startswith("test_") and (len(sys.argv) < 2 or name.removeprefix("test_") in sys.argv[1:]):
            getattr(tests, name)()
    finish()


if __name__ == "__main__":
    main()
