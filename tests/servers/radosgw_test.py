#!/usr/bin/python3
"""Every call of the S3 store against a real server (radosgw), with what aws, botocore and s3cmd put there.

The server is its own: it stands still for a while.
"""

import concurrent.futures
import hashlib
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import Driver, OwnRadosgw, busy, check, equal, finish, folder, holds

AWKWARD = ["with space", " leading and trailing ", "plus+plus", "percent%41", "percent%", "equals=1&x=2", "at@x", "ümläut/日本.gz",
           "emoji😀", "a//b", "a///", "/leading", "//", "dots/../x", "./dot", "..", ".", "quote'\"", "amp&amp;<>", "star*(x)!",
           "semi;colon:comma,", "tilde~", "hash#frag?query=1", "back\\slash", "brace{}[]|^`", "$dollar", "tab\tkey",
           "new\nline", "control\x01key", "k" * 1024, "ü" * 512]


class Tests:
    def __init__(self):
        self.server = OwnRadosgw()
        self.driver = Driver(self.server.tools(), "endpoint=" + self.server["S3_ENDPOINT"])
        self.canaries = [self.server[name].encode() for name in self.server.env if name.endswith("SECRET_KEY")]
        self.client = self.botocore()

    def botocore(self):
        """The library below aws, without starting aws anew for every key."""
        import awscli.botocore.config
        import awscli.botocore.session
        session = awscli.botocore.session.Session()
        return session.create_client("s3", endpoint_url=self.server["S3_ENDPOINT"], region_name="us-east-1",
                                     aws_access_key_id=self.server["S3_ACCESS_KEY"],
                                     aws_secret_access_key=self.server["S3_SECRET_KEY"],
                                     config=awscli.botocore.config.Config(s3={"addressing_style": "path"},
                                                                          retries={"max_attempts": 1}))

    def bucket(self, name):
        self.client.create_bucket(Bucket=name)
        return name

    def put(self, bucket, key, body=b"x", **more):
        self.client.put_object(Bucket=bucket, Key=key, Body=body, **more)

    def ask(self, bucket, *call, user=None, environment=None, **settings):
        if user is not None:
            environment = self.server.tools(user)
        answer = self.driver("bucket=" + bucket, *(f"{name}={value}" for name, value in settings.items()), *call,
                             environment=environment)
        for canary in self.canaries:
            check("no secret is told", canary not in answer.output, answer.output)
        return answer

    def test_probe(self):
        self.bucket("empty")
        answer = self.ask("empty", "probe")
        equal("empty: status", answer["status"], "OK")
        equal("empty: not empty", answer["not_empty"], "0")
        equal("empty: region", (answer["region_status"], answer["region"]), ("OK", "default"))
        check("empty: clock", abs(int(answer["clock_offset_ms"])) < 2000 * busy(), answer["clock_offset_ms"])
        equal("empty: list", self.ask("empty", "list", "").keys_listed, [])
        equal("empty: newest", self.ask("empty", "newest", "*")["status"], "ABSENT")
        self.put("empty", "pg/")
        equal("a folder's marker is no key below it", self.ask("empty", "probe", prefix="pg/")["not_empty"], "0")
        equal("but it is one without the prefix", self.ask("empty", "probe")["not_empty"], "1")
        self.client.delete_object(Bucket="empty", Key="pg/")
        self.put("empty", "pg/", b"")
        self.put("empty", "pg/2026/", b"")
        self.put("empty", "old_$folder$", b"")
        for prefix in ("", "pg/", "pg"):
            equal(f"placeholders are no content, {prefix!r}", self.ask("empty", "probe", prefix=prefix)["not_empty"], "0")
        equal("placeholders are not listed", self.ask("empty", "list", "").keys_listed, [])
        equal("nor the newest", self.ask("empty", "newest", "pg/*")["status"], "ABSENT")
        self.put("empty", "zzz", b"")
        equal("an object behind them, of no bytes", self.ask("empty", "probe")["not_empty"], "1")
        for key in ("pg/", "pg/2026/", "old_$folder$", "zzz"):
            self.client.delete_object(Bucket="empty", Key=key)

    def test_no_bucket(self):
        for call in (("probe",), ("list", ""), ("head", "k"), ("get", "k"), ("newest", "*"), ("newest", "k")):
            answer = self.ask("no-such-bucket", *call)
            equal(f"no bucket, {call}: status", answer["status"], "NO_BUCKET")
            holds(f"no bucket, {call}: trouble", answer["trouble"], "404 NoSuchBucket")
            holds(f"no bucket, {call}: request id", answer["trouble"], "(request tx")
        holds("no bucket: hint", self.ask("no-such-bucket", "probe")["hint"], "'no-such-bucket'")
        equal("a name no bucket can have", self.ask("x", "probe")["status"], "NO_BUCKET")

    def test_credentials(self):
        good = self.server.tools()
        for what, change, code in (("wrong secret", {"AWS_SECRET_ACCESS_KEY": "wrong"}, "SignatureDoesNotMatch"),
                                   ("unknown key", {"AWS_ACCESS_KEY_ID": "UNKNOWNKEY"}, "InvalidAccessKeyId")):
            for call in (("probe",), ("list", ""), ("head", "k"), ("get", "k")):
                answer = self.ask("empty", *call, environment={**good, **change})
                equal(f"{what}, {call}: status", answer["status"], "BAD_CREDENTIALS")
                holds(f"{what}, {call}: trouble", answer["trouble"], "403 " + code)
            holds(f"{what}: hint", self.ask("empty", "probe", environment={**good, **change})["hint"], "the environment")
        nothing = {name: value for name, value in good.items() if not name.startswith("AWS_")}
        answer = self.ask("empty", "probe", environment=nothing)
        equal("no credentials: status", answer["status"], "CLOSED")
        holds("no credentials: trouble", answer["trouble"], "no credentials found")
        by_reference = {**nothing, "MINE_ACCESS_KEY": self.server["S3_ACCESS_KEY"], "MINE_SECRET_KEY": self.server["S3_SECRET_KEY"]}
        equal("by reference", self.ask("empty", "probe", environment=by_reference, secrets="MINE")["status"], "OK")
        by_reference["MINE_SECRET_KEY"] += "\n"
        equal("by reference, with a line end", self.ask("empty", "probe", environment=by_reference, secrets="MINE")["status"], "OK")
        path = os.path.join(folder(), "shared")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"[other]\naws_access_key_id = {self.server['S3_ACCESS_KEY']}\n"
                       f"aws_secret_access_key = {self.server['S3_SECRET_KEY']}\n")
        shared = {**nothing, "AWS_SHARED_CREDENTIALS_FILE": path, "AWS_PROFILE": "other"}
        equal("from the shared file", self.ask("empty", "probe", environment=shared)["status"], "OK")

    def test_denied(self):
        self.bucket("guarded")
        self.put("guarded", "in/there", b"guarded")
        for call in (("probe",), ("list", ""), ("head", "in/there"), ("get", "in/there"), ("head", "missing")):
            answer = self.ask("guarded", *call, user="STRANGER_")
            equal(f"stranger, {call}: status", answer["status"], "DENIED")
            holds(f"stranger, {call}: trouble", answer["trouble"], "403 AccessDenied")
        holds("stranger: hint", self.ask("guarded", "probe", user="STRANGER_")["hint"], "s3:ListBucket")

        self.allow("guarded", ["s3:GetObject"])
        equal("GetObject only, head", self.ask("guarded", "head", "in/there", user="SCOPED_")["status"], "OK")
        equal("GetObject only, get", self.ask("guarded", "get", "in/there", user="SCOPED_")["soundness"], "SOUND")
        equal("GetObject only, literal newest", self.ask("guarded", "newest", "in/there", user="SCOPED_")["status"], "OK")
        answer = self.ask("guarded", "head", "in/missing", user="SCOPED_")
        check("GetObject only, missing is not proven to be missing", answer["status"] in ("DENIED", "ABSENT"), answer.output)
        equal("GetObject only, probe", self.ask("guarded", "probe", user="SCOPED_")["status"], "DENIED")

        self.allow("guarded", ["s3:ListBucket", "s3:GetBucketLocation", "s3:PutObject"])
        answer = self.ask("guarded", "probe", user="SCOPED_")
        equal("no GetObject, probe", (answer["status"], answer["region_status"]), ("OK", "OK"))
        equal("no GetObject, list", self.ask("guarded", "list", "", user="SCOPED_").keys_listed, ["in/there"])
        equal("no GetObject, head", self.ask("guarded", "head", "in/there", user="SCOPED_")["status"], "DENIED")
        equal("no GetObject, get", self.ask("guarded", "get", "in/there", user="SCOPED_")["status"], "DENIED")

        self.allow("guarded", ["s3:ListBucket"])
        answer = self.ask("guarded", "probe", user="SCOPED_")
        equal("no GetBucketLocation, probe", (answer["status"], answer["region_status"]), ("OK", "DENIED"))
        holds("no GetBucketLocation, trouble", answer["region_trouble"], "AccessDenied")

    def allow(self, bucket, actions):
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": [self.server.arn("SCOPED_")]}, "Action": actions,
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}
        self.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    def test_suspended(self):
        self.server.admin("user", "suspend", "--uid=" + self.server["S3_STRANGER_USER"])
        equal("suspended: status", self.ask("empty", "probe", user="STRANGER_")["status"], "DENIED")
        self.server.admin("user", "enable", "--uid=" + self.server["S3_STRANGER_USER"])

    def test_clock(self):
        self.put("guarded", "clock", b"tick")
        for seconds in (1200, -86400 * 400):
            answer = self.ask("guarded", "probe", clock=seconds)
            equal(f"clock wrong by {seconds} s: status", answer["status"], "OK")
            check(f"clock wrong by {seconds} s: offset", abs(int(answer["clock_offset_ms"]) + seconds * 1000) < 3000 * busy(),
                  answer["clock_offset_ms"])
            equal(f"clock wrong by {seconds} s: head", self.ask("guarded", "head", "clock", clock=seconds)["status"], "OK")
            equal(f"clock wrong by {seconds} s: get", self.ask("guarded", "get", "clock", clock=seconds)["soundness"], "SOUND")

    def test_paging(self):
        self.bucket("many")
        keys = [f"d{number % 7}/{number:04}" for number in range(1500)]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda key: self.put("many", key, b""), keys))
        answer = self.ask("many", "list", "")
        equal("1500 keys: status", answer["status"], "OK")
        equal("1500 keys: each once", sorted(answer.keys_listed), sorted(keys))
        equal("1500 keys: below a prefix", sorted(self.ask("many", "list", "d3/").keys_listed),
              sorted(key for key in keys if key.startswith("d3/")))
        self.put("many", "d3/9999", b"newest")
        answer = self.ask("many", "newest", "d?/*")
        equal("1500 keys: the newest", (answer["key"], answer["count"]), ("d3/9999", "1501"))
        answer = self.ask("many", "newest", "/99*", prefix="d3")
        equal("1500 keys: the newest below a prefix", (answer["key"], answer["count"]), ("/9999", "1"))

    def test_awkward_keys(self):
        self.bucket("awkward")
        put = []
        for key in AWKWARD:
            body = key.encode() * 3
            self.put("awkward", key, body, Metadata={"sha256": hashlib.sha256(body).hexdigest()})
            put.append((key, hashlib.sha256(body).hexdigest(), hashlib.md5(body).hexdigest()))
        answer = self.ask("awkward", "list", "")
        equal("awkward keys: status of list", answer["status"], "OK")
        equal("awkward keys: each once", sorted(answer.keys_listed), sorted(AWKWARD))
        for key, sha256, md5 in put:
            for addressing, endpoint in (("path", "S3_ENDPOINT"), ("virtual", "S3_ENDPOINT"), ("path", "S3_TLS_ENDPOINT")):
                answer_2 = self.driver("bucket=awkward", "addressing=" + addressing, "endpoint=" + self.server[endpoint],
                                       "ca_file=" + self.server["S3_CA_FILE"], "head", key)
                equal(f"head: {key[:40]!r} {addressing}", answer_2.get("status"), "OK")
                equal(f"etag: {key[:40]!r} {addressing}", (answer_2.get("etag"), answer_2.get("may_be_md5")), (md5, "1"))
                equal(f"uploader's digest: {key[:40]!r}", answer_2.get("uploader_sha256"), sha256)
            equal(f"get: {key[:40]!r}", self.ask("awkward", "get", key).get("sha256"), sha256)
        equal("a key that is not there", self.ask("awkward", "head", "with  space")["status"], "ABSENT")
        equal("a key that is too long", self.ask("awkward", "head", "k" * 1025)["status"], "ABSENT")
        equal("below an awkward prefix", self.ask("awkward", "list", "x=", prefix="equals=1&").keys_listed, ["x=2"])

    def test_multipart(self):
        path = os.path.join(folder(), "20MB")
        content = os.urandom(20_000_000)
        with open(path, "wb") as file:
            file.write(content)
        self.bucket("parts")
        self.server.aws("s3", "cp", "--no-progress", path, "s3://parts/by aws+1")
        self.server.s3cmd("put", path, "s3://parts/by s3cmd+1")
        for key, size in (("by aws+1", 8 << 20), ("by s3cmd+1", 15 << 20)):
            parts = [hashlib.md5(content[at:at + size]).digest() for at in range(0, len(content), size)]
            answer = self.ask("parts", "head", key)
            equal(f"{key}: status", answer["status"], "OK")
            equal(f"{key}: size", answer["size"], "20000000")
            equal(f"{key}: etag", answer["etag"], f"{hashlib.md5(b''.join(parts)).hexdigest()}-{len(parts)}")
            equal(f"{key}: parts", answer["parts"], str(len(parts)))
            check(f"{key}: size of parts, where the server tells", answer["part_size"] in ("0", str(size)), answer["part_size"])
            equal(f"{key}: no MD5", answer["may_be_md5"], "0")
            read = self.ask("parts", "get", key, expect_size=20000000, expect_etag=answer["etag"])
            equal(f"{key}: read", (read["soundness"], read["sha256"]), ("SOUND", hashlib.sha256(content).hexdigest()))
            equal(f"{key}: of another size", self.ask("parts", "get", key, expect_size=5)["soundness"], "DAMAGED")
        equal("s3cmd's digest", self.ask("parts", "head", "by s3cmd+1")["uploader_md5"], hashlib.md5(content).hexdigest())
        self.put("parts", "replaced", b"new")
        equal("replaced since", self.ask("parts", "get", "replaced", expect_size=3, expect_etag="0" * 32)["soundness"], "DAMAGED")
        self.put("parts", "nothing", b"")
        equal("an empty object", self.ask("parts", "get", "nothing", expect_size=0)["soundness"], "SOUND")

    def test_deleted(self):
        self.bucket("versioned")
        self.client.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
        self.put("versioned", "k")
        self.client.delete_object(Bucket="versioned", Key="k")
        for call in ("head", "get"):
            answer = self.ask("versioned", call, "k")
            equal(f"deleted: {call}", answer["status"], "ABSENT")
        equal("deleted: list", self.ask("versioned", "list", "").keys_listed, [])
        equal("deleted: the bucket is empty", self.ask("versioned", "probe")["not_empty"], "0")

    def test_tls(self):
        tls = {"endpoint": self.server["S3_TLS_ENDPOINT"]}
        equal("TLS", self.ask("empty", "probe", ca_file=self.server["S3_CA_FILE"], **tls)["status"], "OK")
        bundle = {**self.server.tools(), "AWS_CA_BUNDLE": self.server["S3_CA_FILE"]}
        equal("TLS, AWS_CA_BUNDLE", self.ask("empty", "probe", environment=bundle, **tls)["status"], "OK")
        answer = self.ask("empty", "probe", **tls)
        equal("TLS, CA not known", answer["status"], "UNREACHABLE")
        holds("TLS, CA not known", answer["trouble"], "not trusted")

    def test_environment(self):
        by_environment = {**self.server.tools(), "AWS_ENDPOINT_URL_S3": self.server["S3_ENDPOINT"], "AWS_REGION": "eu-anywhere-7"}
        answer = Driver(by_environment)("bucket=empty", "probe")
        equal("endpoint from the environment", answer["status"], "OK")
        equal("its description", answer["description"], "s3://empty at " + self.server["S3_ENDPOINT"])

    def test_frozen(self):
        """The OSD stands still: the server takes the request and never answers."""
        with open(os.path.join(self.server.dir, "pids"), encoding="utf-8") as file:
            osd = int(file.read().split()[1])
        os.kill(osd, signal.SIGSTOP)
        try:
            began = time.monotonic()
            answer = self.ask("parts", "get", "by aws+1", timeout=1500)
            check("frozen: not OK", answer["status"] == "UNREACHABLE" or answer.get("soundness") == "UNREADABLE", answer.output)
            check("frozen: in time", time.monotonic() - began < 8 * busy(), time.monotonic() - began)
        finally:
            os.kill(osd, signal.SIGCONT)
        equal("thawed", self.ask("parts", "get", "by aws+1")["soundness"], "SOUND")


def main():
    tests = Tests()
    for name in [name for name in vars(Tests) if name.startswith("test_")]:
        began = time.monotonic()
        getattr(tests, name)()
        print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)
    finish()


if __name__ == "__main__":
    main()
