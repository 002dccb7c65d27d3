#!/usr/bin/python3
# test: servers, about 25
"""`muster verify` as a canary: what it asks of a real server (radosgw), that it writes nothing, and how little --sample reads."""

import gzip
import hashlib
import http.client
import http.server
import io
import json
import os
import shutil
import subprocess
import sys
import time
import tarfile
import threading
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cli")]

import as_root  # noqa: E402
from harness import MUSTER, Radosgw, check, clean_environment, equal, finish, folder, holds

MIB = 1 << 20


class OnTheWay(http.server.BaseHTTPRequestHandler):
    """
    A proxy that hands everything on as it is and takes down what was asked and how many bytes came back. With a twist, answers to
    ranges are not what they should be.
    """

    protocol_version = "HTTP/1.1"

    def hand_on(self):
        where = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = where.path + ("?" + where.query if where.query else "")
        asked = {"method": self.command, "target": target, "range": self.headers.get("Range"), "bytes": 0}
        self.server.asked.append(asked)
        twist = self.server.twist if asked["range"] else None
        server = http.client.HTTPConnection(where.netloc, timeout=300)
        server.putrequest(self.command, target, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if not name.lower().startswith("proxy-") and (name.lower() != "range" or twist != "whole"):
                server.putheader(name, value)
        server.endheaders(body or None)
        answer = server.getresponse()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() == "etag" and twist == "etag":
                value = '"00000000000000000000000000000000"'
            if name.lower() == "content-range" and twist in ("begin", "size"):
                value = value.replace("bytes ", "bytes 1") if twist == "begin" else value + "0"
            if name.lower() == "content-length" and twist == "short":
                value = str(int(value) - 1)
            if name.lower() not in ("transfer-encoding", "connection") and not (name.lower() == "content-range" and twist == "none"):
                self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            if twist == "fault":
                raise OSError
            while block := answer.read(1 << 18):
                if twist in ("cut", "short") and asked["bytes"] + len(block) >= MIB:
                    block = block[:-1]
                asked["bytes"] += len(block)
                self.wfile.write(block)
        except OSError:
            pass
        self.close_connection = True
        server.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = hand_on

    def log_message(self, *_):
        pass


class Way:
    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OnTheWay)
        self.server.daemon_threads = True
        self.server.asked = []
        self.server.twist = None
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.proxy = f"http://127.0.0.1:{self.server.server_port}"

    def take(self):
        asked, self.server.asked = self.server.asked, []
        return asked


def tar_of(count, size, seed=1):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for i in range(count):
            member = tarfile.TarInfo(f"part-{i}")
            member.size = size
            block = hashlib.sha256(f"{seed}/{i}".encode()).digest()
            archive.addfile(member, io.BytesIO(block * (size // len(block))))
    return stream.getvalue()


class Tests:
    def __init__(self):
        self.server = Radosgw()
        self.bucket = self.server.bucket("kept")
        self.way = Way()
        self.allow()

    def allow(self):
        """A bucket that the second user may only read."""
        self.server.aws("s3api", "create-bucket", "--bucket", self.bucket)
        policy = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": [self.server.arn("SCOPED_")]},
            "Action": ["s3:ListBucket", "s3:GetObject", "s3:GetBucketLocation"],
            "Resource": [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"]}]}
        self.server.aws("s3api", "put-bucket-policy", "--bucket", self.bucket, "--policy", json.dumps(policy))
        refused = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.server["S3_ENDPOINT"], "s3", "cp", __file__, f"s3://{self.bucket}/x"],
                                 env=self.server.tools("SCOPED_"), capture_output=True, check=False)
        check("the second user may not write", refused.returncode != 0, refused.stderr)

    def put(self, key, body):
        path = os.path.join(folder(), "body")
        with open(path, "wb") as file:
            file.write(body)
        self.server.aws("s3", "cp", "--quiet", path, f"s3://{self.bucket}/{key}")

    def manifest(self, name, **more):
        return {"muster": 1, "name": name, "max_age": "1h",
                "stores": {"kept": {"s3": {"endpoint": self.server["S3_ENDPOINT"], "region": "default", "bucket": self.bucket,
                                           "addressing": "path"}}}, **more}

    def environment(self):
        return {**self.server.tools("SCOPED_"), "http_proxy": self.way.proxy, "AWS_EC2_METADATA_DISABLED": "true"}

    def verify(self, manifest, *options):
        self.way.take()
        place = folder()
        path, report = os.path.join(place, "canary.json"), os.path.join(place, "canary-report.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(manifest, file)
        process = subprocess.run([MUSTER, "verify", *options, "--report", "json=" + report, path], cwd=place, timeout=300,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 env={**self.environment(), "MUSTER_TERMINATION_LOG": os.path.join(place, "termination")})
        with open(report, encoding="utf-8") as file:
            checks = {each["id"]: each for each in json.load(file)["checks"]}
        return process.returncode, checks, process.stdout.decode(), self.way.take()

    def reads_only(self, what, asked):
        equal(f"{what}: nothing but GET and HEAD", {each["method"] for each in asked} - {"GET", "HEAD"}, set())

    def state(self):
        return self.server.aws("s3api", "list-objects-v2", "--bucket", self.bucket)

    def test_nothing_is_written(self):
        dump = gzip.compress(b"-- PostgreSQL database dump complete\n" * 1000)
        names = [time.strftime("pg/all-%Y-%m-%d.sql.gz", time.gmtime(time.time() - days * 86400)) for days in (2, 1, 0)]
        for name in names[:2]:
            self.put(name, dump)
            time.sleep(1.1)  # the server's times are of seconds
        manifest = self.manifest("writes-nothing", max_age="3d", artifacts=[{
            "name": "dump", "file": "/nowhere/all-${run.date}.sql.gz", "step": "dump",
            "expect": {"format": "gzip", "text": {"always": ["complete"]}, "size": {"min": "100B", "shrink": "20%"}},
            "uploads": [{"store": "kept", "key": "pg/all-${run.date}.sql.gz", "put": True,
                         "expect": {"match": "auto", "kept": {"min": 2}}}]}],
            steps=[{"name": "dump", "run": ["touch", os.path.join(folder(), "was-run")]}],
            reports=[{"format": "json", "store": "kept", "key": "reports/last.json"}])
        manifest["stores"]["kept"]["expect"] = {"writable": True}
        before = self.state()
        for options in ((), ("--sample",)):
            code, checks, output, asked = self.verify(manifest, *options)
            equal(f"good, {options}: exit code", code, 0)
            self.reads_only(f"good, {options}", asked)
            check(f"good, {options}: nothing says 'writable'", "store:kept/writable" not in checks, checks)
            equal(f"good, {options}: drift is looked at", checks["artifact:dump/size"]["verdict"], "pass")
            holds(f"good, {options}: drift is shown", output, "+0.0%")
        self.put(names[2], dump[:-20])
        code, checks, output, asked = self.verify(manifest)
        equal("cut: exit code", code, 1)
        equal("cut: by its format", checks["artifact:dump/format"]["verdict"], "fail")
        self.reads_only("cut", asked)
        check("no step was run", not os.path.exists(os.path.join(folder(), "was-run")))
        after = json.loads(self.state())
        equal("the bucket is as it was, but for the third", [each["Key"] for each in after["Contents"]][:2],
              [each["Key"] for each in json.loads(before)["Contents"]][:2])
        check("no report was put there", not any(each["Key"].startswith("reports/") for each in after["Contents"]), after)

    def test_what_sampling_asks(self):
        whole = tar_of(20, 10 * MIB)
        self.put("big/t-1.tar", whole)
        manifest = self.manifest("sampled", sample=True, artifacts=[{
            "name": "tar", "object": {"store": "kept", "key": "big/t-*.tar"},
            "expect": {"format": "tar", "size": {"min": "1MiB"}, "archive": {"members": [{"path": "part-*", "count": 20}]}}}])
        code, checks, output, asked = self.verify(manifest, "--sample")
        equal("allowed: exit code", code, 0)
        self.reads_only("allowed", asked)
        equal("allowed: two ranges of the object", sorted(each["range"] for each in asked if each["bytes"] == MIB),
              [f"bytes=0-{MIB - 1}", f"bytes={len(whole) - MIB}-{len(whole) - 1}"])
        check("allowed: few requests", len(asked) <= 9, asked)
        check("allowed: few bytes", sum(each["bytes"] for each in asked) < 2 * MIB + 50000, asked)
        holds("allowed: says what it leaves", checks["artifact:tar/sample"]["expected"], "left to a full verify")
        check("allowed: what was not read is no row", "artifact:tar/archive" not in checks, checks)
        code, checks, _, asked = self.verify({**manifest, "sample": False}, "--sample")
        equal("not allowed: exit code", code, 5)
        equal("not allowed: the archive", checks["artifact:tar/archive"]["verdict"], "unproven")
        holds("not allowed: why", checks["artifact:tar/archive"]["observed"], "not read: --sample")
        check("not allowed: few bytes", sum(each["bytes"] for each in asked) < 2 * MIB + 50000, asked)
        code, checks, _, asked = self.verify(manifest)
        equal("full: exit code", code, 0)
        equal("full: the archive", checks["artifact:tar/archive"]["verdict"], "pass")
        check("full: all bytes", sum(each["bytes"] for each in asked) >= len(whole), asked)
        self.put("big/t-2.tar", whole[:-5 * MIB])
        code, checks, _, asked = self.verify(manifest, "--sample")
        equal("cut: exit code", code, 1)
        holds("cut: why", checks["artifact:tar/sample"]["observed"], "is cut")
        check("cut: few bytes", sum(each["bytes"] for each in asked) < 2 * MIB + 50000, asked)
        self.put("big/t-3.tar", b"<html>" + whole[6:])
        code, checks, _, asked = self.verify(manifest, "--sample")
        equal("wrong head: exit code", code, 1)
        holds("wrong head: why", checks["artifact:tar/sample"]["observed"], "expected tar, saw")


    def test_what_is_no_proof(self):
        """What comes as an answer to a range and is none: never a pass."""
        self.put("odd/t.tar", tar_of(3, MIB))
        manifest = self.manifest("odd", sample=True, artifacts=[{
            "name": "tar", "object": {"store": "kept", "key": "odd/t.tar"}, "expect": {"format": "tar"}}])
        equal("without a twist: exit code", self.verify(manifest, "--sample")[0], 0)
        for twist in ("whole", "etag", "begin", "size", "none", "short", "cut", "fault"):
            self.way.server.twist = twist
            code, checks, _, asked = self.verify(manifest, "--sample")
            equal(f"{twist}: exit code", code, 5)
            equal(f"{twist}: of the sample", checks["artifact:tar/sample"]["verdict"], "unproven")
            check(f"{twist}: few requests", len(asked) <= 20, len(asked))
        self.way.server.twist = None


def test_directory_that_nobody_may_write():
    """By another user than root, with everything read-only to it, and watched by strace, who must be root to see what muster names."""
    refusal = as_root.refusal()
    if not check("read-only folder: there is root for strace", not refusal, refusal):
        return
    by_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    muster = shutil.copy(MUSTER, os.path.join(folder(), "muster"))  # where it was built others may not come
    place = os.path.join(folder(), "vault")
    os.makedirs(place)
    with open(os.path.join(place, "a-1.tar"), "wb") as file:
        file.write(tar_of(3, MIB))
    os.chmod(folder(), 0o755)
    os.chmod(place, 0o555)
    manifest = {"muster": 1, "name": "read-only", "stores": {"vault": {"directory": {"path": place}}}, "artifacts": [
        {"name": "a", "object": {"store": "vault", "key": "a-*.tar"}, "expect": {"format": "tar"}}]}
    path, log = os.path.join(folder(), "directory.json"), os.path.join(folder(), "strace.log")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(manifest, file)
    for options in ((), ("--sample",)):
        process = subprocess.run([*by_root, "strace", "-f", "-qq", "-o", log, "-e",
                                  "trace=open,openat,creat,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,truncate,"
                                  "ftruncate,link,linkat,symlink,symlinkat,chmod,fchmod,fchmodat,chown,fchown,utimensat,fsetxattr,"
                                  "setxattr",
                                  "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", muster, "verify", *options, path],
                                 cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300,
                                 env=clean_environment(AWS_EC2_METADATA_DISABLED="true"))
        equal(f"read-only folder, {options}: exit code", process.returncode, 5 if options else 0)
        with open(log, encoding="utf-8", errors="replace") as file:
            calls = [line for line in file if not line.startswith(("---", "+++"))]
        writes = [line for line in calls if "O_WRONLY" in line or "O_RDWR" in line or "O_CREAT" in line or
                  not ("open(" in line or "openat(" in line)]
        equal(f"read-only folder, {options}: no call that writes",
              [line for line in writes if "/dev/" not in line and "/proc/" not in line], [])
    os.chmod(place, 0o755)


def main():
    test_directory_that_nobody_may_write()
    tests = Tests()
    tests.test_nothing_is_written()
    tests.test_what_sampling_asks()
    tests.test_what_is_no_proof()
    finish()


main()
