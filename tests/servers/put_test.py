#!/usr/bin/python3
# test: servers, waits, about 60
"""What muster uploads, against a real server (radosgw) and through a proxy that breaks connections where it hurts.

    put_test.py [NAME...]     all, or those of the names ("signal")
"""

import base64
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import MUSTER, Radosgw, check, equal, finish, folder, holds, run_beside_each_other

MIB = 1 << 20
AWKWARD = ["with space", "plus+plus", "percent%41", "equals=1&x=2", "at@x", "ümläut/日本.gz", "a//b", "dots/../x", "quote'\"",
           "amp&amp;<>", "semi;colon:comma,", "tilde~", "hash#frag", "$$dollar", "k" * 1000]


def content(size):
    block = hashlib.sha256(str(size).encode()).digest() * 32
    return (block * (size // len(block) + 1))[:size]


class Proxy:
    """Between muster and the server. fault(method, target, headers) says what is done to a request: nothing (None), "cut before" it
    reaches the server, "cut after" that (the answer is swallowed), an answer (status, body) of the proxy's own, or a function that is
    called once the server has answered, and before muster hears of it. With `echo` the answers have the checksums of the requests."""

    def __init__(self, endpoint, fault, echo=False):
        self.echo = echo
        self.bodies = []
        self.server = urllib.parse.urlparse(endpoint).netloc
        self.fault = fault
        self.seen = []
        self.lock = threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://localhost:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            try:
                while self.serve_one(connection, stream):
                    pass
            except OSError:
                pass

    def serve_one(self, connection, stream):
        line = stream.readline().decode("latin-1").split()
        if not line:
            return False
        headers = http.client.parse_headers(stream)
        with self.lock:
            self.seen.append((line[0], line[1], headers))
            wanted = self.fault(line[0], line[1], headers)
        if wanted == "cut before":
            if int(headers.get("content-length", 0)):
                stream.read1(1000)
            return False
        body = stream.read(int(headers.get("content-length", 0)))
        with self.lock:
            self.bodies.append((line[0], line[1], body))
        if isinstance(wanted, tuple):
            status, text = wanted
            connection.sendall(f"HTTP/1.1 {status} Fault\r\nContent-Length: {len(text)}\r\nx-amz-request-id: tx-proxy\r\n\r\n{text}".encode())
            return True
        upstream = http.client.HTTPConnection(self.server, timeout=300)
        upstream.putrequest(line[0], line[1], skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            upstream.putheader(name, value)
        upstream.endheaders(body or None)
        answer = upstream.getresponse()
        data = answer.read()
        if wanted == "cut after":
            return False
        if callable(wanted):
            wanted()
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders() if name.lower() not in ("transfer-encoding", "connection"))
        if self.echo:
            head += "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name.startswith("x-amz-checksum-"))
        if answer.getheader("content-length") is None:
            head += f"Content-Length: {len(data)}\r\n"
        connection.sendall(f"HTTP/1.1 {answer.status} {answer.reason}\r\n{head}\r\n".encode("latin-1") + data)
        return True


class Tests:
    def __init__(self):
        self.server = Radosgw()
        self.client = self.botocore()
        self.number = 0
        self.lock = threading.Lock()

    def botocore(self):
        import awscli.botocore.config
        import awscli.botocore.session
        session = awscli.botocore.session.Session()
        return session.create_client("s3", endpoint_url=self.server["S3_ENDPOINT"], region_name="us-east-1",
                                     aws_access_key_id=self.server["S3_ACCESS_KEY"], aws_secret_access_key=self.server["S3_SECRET_KEY"],
                                     config=awscli.botocore.config.Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}))

    def bucket(self, name, **more):
        name = self.server.bucket(name)
        self.client.create_bucket(Bucket=name, **more)
        return name

    def place(self):
        with self.lock:
            self.number += 1
            path = os.path.join(folder(), f"put-{self.number}")
        os.mkdir(path)
        return path

    def manifest(self, where, bucket, body, endpoint=None, timeout="120s"):
        with open(os.path.join(where, "manifest.json"), "w", encoding="utf-8") as file:
            json.dump({"muster": 1, "name": "put", "stores": {"s": {"s3": {
                "endpoint": endpoint or self.server["S3_ENDPOINT"], "bucket": bucket, "timeout": timeout}}}, **body}, file)

    def start(self, where, user=""):
        return subprocess.Popen([MUSTER, "run", "--report", "json=report.json", "manifest.json"], cwd=where, env=self.server.tools(user),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def ended(self, where, process, limit=400):
        output = process.communicate(timeout=limit)[0].decode(errors="replace")
        with open(os.path.join(where, "report.json"), encoding="utf-8") as file:
            report = json.load(file)
        checks = {each["id"]: each for each in report["checks"]}
        for name in self.server.env:
            if name.endswith("SECRET_KEY"):
                check("no secret is told", self.server[name] not in output + json.dumps(report), output)
        return process.returncode, checks, output

    def run(self, where, **more):
        return self.ended(where, self.start(where, **more))

    def upload(self, bucket, key, data, endpoint=None, user="", timeout="120s", expect=None, **more):
        """An artifact with `put: true`."""
        where = self.place()
        with open(os.path.join(where, "artifact"), "wb") as file:
            file.write(data)
        self.manifest(where, bucket, {"artifacts": [{"name": "a", "file": "artifact", "uploads": [
            {"store": "s", "key": key, "put": True, "expect": expect or {"match": "auto"}, **more}]}]}, endpoint, timeout)
        return self.run(where, user=user)

    def stream(self, bucket, key, script, endpoint=None, timeout="120s", **more):
        where = self.place()
        self.manifest(where, bucket, {"steps": [{"name": "dump", "shell": script, "stdout": {"store": "s", "key": key, **more}}],
                                      "artifacts": [{"name": "a", "object": {"store": "s", "key": key}, "step": "dump"}]}, endpoint, timeout)
        return where

    def stored(self, bucket, key):
        return self.client.get_object(Bucket=bucket, Key=key)["Body"].read()

    def keys(self, bucket):
        return [each["Key"] for each in self.client.list_objects_v2(Bucket=bucket).get("Contents", [])]

    def unfinished(self, bucket):
        return [each["UploadId"] for each in self.client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]

    def none_unfinished(self, what, bucket):
        """The server completes its listing a moment after it has answered."""
        end = time.monotonic() + 60
        while self.unfinished(bucket) and time.monotonic() < end:
            time.sleep(0.1)
        equal(f"{what}: unfinished uploads", self.unfinished(bucket), [])

    def nothing_left(self, what, bucket, keys=()):
        equal(f"{what}: objects", self.keys(bucket), list(keys))
        self.none_unfinished(what, bucket)

    def passed(self, what, result, parts=None):
        code, checks, output = result
        equal(f"{what}: exit code", code, 0) or print(output)
        equal(f"{what}: put", checks["upload:a@s/put"]["verdict"], "pass")

    def read_by_others(self, bucket, key, data):
        path = os.path.join(self.place(), "copy")
        self.server.aws("s3", "cp", "--quiet", f"s3://{bucket}/{key}", path)
        equal(f"{key}: aws reads the same", open(path, "rb").read() == data, True)
        self.server.s3cmd("get", "--force", f"s3://{bucket}/{key}", path)
        equal(f"{key}: s3cmd reads the same", open(path, "rb").read() == data, True)
        self.server.rclone("copyto", f"server:{bucket}/{key}", path)
        equal(f"{key}: rclone reads the same", open(path, "rb").read() == data, True)

    def test_single(self):
        bucket = self.bucket("single")
        for size in (0, 5, 3 * MIB, 16 * MIB):
            data = content(size)
            self.passed(f"{size} bytes", self.upload(bucket, f"of-{size}", data))
            head = self.client.head_object(Bucket=bucket, Key=f"of-{size}")
            equal(f"{size} bytes: ETag", head["ETag"].strip('"'), hashlib.md5(data).hexdigest())
            equal(f"{size} bytes: SHA-256", head["Metadata"].get("sha256"), hashlib.sha256(data).hexdigest())
        self.read_by_others(bucket, f"of-{3 * MIB}", content(3 * MIB))
        equal("unfinished uploads", self.unfinished(bucket), [])

    def test_multipart(self):
        bucket = self.bucket("multipart")
        for size, parts in ((16 * MIB + 1, 2), (40 * MIB + 7, 3)):
            data = content(size)
            code, checks, output = self.upload(bucket, f"of-{size}", data, checksum="sha256")
            equal(f"{size} bytes: exit code", code, 0) or print(output)
            head = self.client.head_object(Bucket=bucket, Key=f"of-{size}")
            holds(f"{size} bytes: parts", head["ETag"], f"-{parts}\"")
            check(f"{size} bytes: the same bytes", self.stored(bucket, f"of-{size}") == data)
            equal(f"{size} bytes: match", checks["upload:a@s/match"]["verdict"], "pass")
        self.read_by_others(bucket, f"of-{40 * MIB + 7}", content(40 * MIB + 7))
        equal("multipart: unfinished uploads", self.unfinished(bucket), [])

    def test_stream(self):
        bucket = self.bucket("stream")
        for size, parts in ((0, 0), (9, 0), (33 * MIB, 2), (70 * MIB + 5, 3)):
            where = self.stream(bucket, f"of-{size}", f"head -c {size} source")
            data = content(size)
            with open(os.path.join(where, "source"), "wb") as file:
                file.write(data)
            code, checks, output = self.run(where)
            equal(f"stream of {size}: exit code", code, 0) or print(output)
            check(f"stream of {size}: the same bytes", self.stored(bucket, f"of-{size}") == data)
            etag = self.client.head_object(Bucket=bucket, Key=f"of-{size}")["ETag"]
            equal(f"stream of {size}: parts", etag.strip('"').partition("-")[2], str(parts or ""))
        equal("stream: unfinished uploads", self.unfinished(bucket), [])

    def test_awkward_keys(self):
        bucket = self.bucket("awkward")
        for key in AWKWARD:
            data = content(100 + len(key))
            self.passed(f"key {key[:40]!r}", self.upload(bucket, key, data))
        equal("awkward keys", sorted(self.keys(bucket)), sorted(key.replace("$$", "$") for key in AWKWARD))

    def test_overwriting(self):
        bucket = self.bucket("overwriting")
        self.client.put_object(Bucket=bucket, Key="k", Body=b"yesterday")
        for size in (5, 17 * MIB):
            code, checks, output = self.upload(bucket, "k", content(size))
            equal("taken: exit code", code, 1)
            equal("taken: put", checks["upload:a@s/put"]["verdict"], "fail")
            equal("taken: the others", checks["upload:a@s/exists"]["verdict"], "unproven")
            holds("taken: words", checks["upload:a@s/put"]["observed"], "is there already: 9 bytes")
            equal("taken: the object", self.stored(bucket, "k"), b"yesterday")
        where = self.stream(bucket, "k", "echo today")
        code, checks, output = self.run(where)
        equal("taken, stream: exit code", code, 1)
        equal("taken, stream: the object", self.stored(bucket, "k"), b"yesterday")
        self.passed("overwritten", self.upload(bucket, "k", b"today", overwrite=True))
        equal("overwritten: the object", self.stored(bucket, "k"), b"today")
        self.passed("overwritten in parts", self.upload(bucket, "k", content(17 * MIB), overwrite=True))
        self.nothing_left("overwriting", bucket, ["k"])

    def test_race(self):
        """The key is taken while muster uploads."""
        bucket = self.bucket("race")

        def fault(method, target, headers):
            if method == "PUT" and headers.get("if-none-match"):
                self.client.put_object(Bucket=bucket, Key="k", Body=b"other")

        code, checks, output = self.upload(bucket, "k", b"mine", Proxy(self.server["S3_ENDPOINT"], fault).endpoint)
        equal("race: exit code", code in (1, 5), True)
        check("race: put", checks["upload:a@s/put"]["verdict"] in ("fail", "unproven"), checks["upload:a@s/put"])
        equal("race: the object", self.stored(bucket, "k"), b"other")

    def test_race_without_condition(self):
        """The key is taken while muster uploads, and the store passes over If-None-Match."""
        bucket = self.bucket("race-without")

        def fault(method, target, headers):
            path, _, query = target.partition("?")
            if method == "PUT" and "partNumber=2" in query:
                time.sleep(1.2)
                self.client.put_object(Bucket=bucket, Key="k", Body=b"other")
            if method == "POST" and "uploadId" in query:
                upload = urllib.parse.parse_qs(query)["uploadId"][0]
                parts = self.client.list_parts(Bucket=bucket, Key="k", UploadId=upload)["Parts"]
                self.client.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={
                    "Parts": [{"ETag": each["ETag"], "PartNumber": each["PartNumber"]} for each in parts]})
                return (200, "<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")

        code, checks, output = self.upload(bucket, "k", content(20 * MIB), Proxy(self.server["S3_ENDPOINT"], fault).endpoint)
        equal("race without condition: exit code", code, 1)
        equal("race without condition: put", checks["upload:a@s/put"]["verdict"], "fail")
        holds("race without condition: words", checks["upload:a@s/put"]["observed"], "came while this was uploaded")
        equal("race without condition: the object", self.stored(bucket, "k"), b"other")
        self.nothing_left("race without condition", bucket, ["k"])

    def test_condition_unknown(self):
        """A store that knows no If-None-Match is asked without."""
        bucket = self.bucket("condition")

        def fault(method, target, headers):
            if headers.get("if-none-match"):
                return (501, "<Error><Code>NotImplemented</Code><Message>A header is not implemented</Message></Error>")

        endpoint = Proxy(self.server["S3_ENDPOINT"], fault).endpoint
        self.passed("condition: single", self.upload(bucket, "one", b"mine", endpoint))
        self.passed("condition: parts", self.upload(bucket, "parts", content(17 * MIB), endpoint))

    def test_step_fails(self):
        bucket = self.bucket("step-fails")
        for what, script in (("at once", "exit 3"), ("small", "echo half; exit 3"), ("in parts", f"head -c {70 * MIB} /dev/zero; exit 3")):
            where = self.stream(bucket, "k", script)
            code, checks, output = self.run(where)
            equal(f"step fails {what}: exit code", code, 1)
            holds(f"step fails {what}: words", checks["step:dump/exit"]["observed"], "exited with 3")
            self.nothing_left(f"step fails {what}", bucket)

    def test_signal(self):
        bucket = self.bucket("signal")
        where = self.stream(bucket, "k", f"head -c {70 * MIB} /dev/zero; sleep 600")
        process = self.start(where)
        self.wait_for("an upload is begun", lambda: self.unfinished(bucket))
        process.send_signal(signal.SIGTERM)
        code, checks, output = self.ended(where, process)
        equal("signal, stream: exit code", code, 128 + signal.SIGTERM)
        self.nothing_left("signal, stream", bucket)

        where = self.place()
        with open(os.path.join(where, "artifact"), "wb") as file:
            file.write(content(70 * MIB))
        stuck = threading.Event()

        def fault(method, target, headers):
            if "partNumber=3" in target and not stuck.is_set():
                stuck.set()
                time.sleep(3)

        self.manifest(where, bucket, {"artifacts": [{"name": "a", "file": "artifact", "uploads": [{"store": "s", "key": "k", "put": True}]}]},
                      Proxy(self.server["S3_ENDPOINT"], fault).endpoint)
        process = self.start(where)
        check("signal: the third part is on its way", stuck.wait(300))
        process.send_signal(signal.SIGTERM)
        code, checks, output = self.ended(where, process)
        equal("signal: exit code", code, 128 + signal.SIGTERM)
        self.wait_for("signal: nothing unfinished is left", lambda: not self.unfinished(bucket))
        self.nothing_left("signal", bucket)

    def test_signal_at_begin(self):
        """The store has begun the upload when muster is told to end, and muster does not know its id yet."""
        for what, wait in (("soon", 1), ("late", 6)):
            bucket = self.bucket(f"signal-{what}")
            begun = threading.Event()

            def fault(method, target, headers):
                if method == "POST" and "uploads" in target:
                    return lambda: (begun.set(), time.sleep(wait))

            where = self.stream(bucket, "k", f"head -c {40 * MIB} /dev/zero; sleep 600", Proxy(self.server["S3_ENDPOINT"], fault).endpoint)
            process = self.start(where)
            check(f"answered {what}: it is begun", begun.wait(300))
            process.send_signal(signal.SIGTERM)
            code, checks, output = self.ended(where, process)
            equal(f"answered {what}: exit code", code, 128 + signal.SIGTERM)
            self.nothing_left(f"answered {what}", bucket)

    def test_lost_begin(self):
        """The answer to the beginning is lost, and others upload to the key at the same time."""
        bucket = self.bucket("lost-begin")
        done = []

        def fault(method, target, headers):
            if method == "POST" and "uploads" in target and not done:
                done.append(other())
                return "cut after"

        def other_with_part():
            upload = self.client.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
            self.client.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"data")
            return upload

        other = other_with_part
        self.passed("lost begin", self.upload(bucket, "k", content(17 * MIB), Proxy(self.server["S3_ENDPOINT"], fault).endpoint))
        equal("lost begin: what is left is the other's", self.unfinished(bucket), done)
        self.client.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=done.pop())

        def other():
            return self.client.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]

        code, checks, output = self.upload(bucket, "k", content(17 * MIB), Proxy(self.server["S3_ENDPOINT"], fault).endpoint, overwrite=True)
        equal("lost among empty ones: exit code", code, 0)
        holds("lost among empty ones: words", output, "an empty unfinished upload of 'k' may be left")
        equal("lost among empty ones: none is taken for muster's", len(self.unfinished(bucket)), 2)

        bucket = self.bucket("lost-scoped")
        self.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": [self.server.arn("SCOPED_")]}, "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
             "Action": ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject", "s3:PutObject"]}]}))
        done.clear()
        other = str
        result = self.upload(bucket, "k", content(17 * MIB), Proxy(self.server["S3_ENDPOINT"], fault).endpoint, user="SCOPED_")
        self.passed("lost begin, scoped", result)
        holds("lost begin, scoped: words", result[2], f"an empty unfinished upload of 'k' may be left in '{bucket}'")

    def test_late_part(self):
        """A part arrives after the upload was aborted."""
        part = "<ListPartsResult><Part><PartNumber>2</PartNumber></Part></ListPartsResult>"
        denied = "<Error><Code>AccessDenied</Code></Error>"
        for what, answers, aborts in (("one", [(200, part)], 2), ("denied", [(403, denied)] * 9, 2), ("none", [], 1), ("forever", [(200, part)] * 9, 5)):
            bucket = self.bucket(f"late-part-{what}")

            def fault(method, target, headers):
                if "partNumber=2" in target:
                    return (403, denied)
                if method == "DELETE" and what == "forever":
                    return (200, "")
                if method == "GET" and "uploadId" in target and answers:
                    return answers.pop()

            proxy = Proxy(self.server["S3_ENDPOINT"], fault)
            code, checks, output = self.upload(bucket, "k", content(40 * MIB), proxy.endpoint)
            equal(f"late part, {what}: exit code", code, 1)
            equal(f"late part, {what}: aborts", len([1 for method, *_ in proxy.seen if method == "DELETE"]), aborts)
            left = self.unfinished(bucket)
            if what == "forever":
                holds("late part, forever: it is named", checks["upload:a@s/put"]["observed"], left[0])
                holds("late part, forever: what removes it", checks["upload:a@s/put"]["observed"], "abort-multipart-upload")
            else:
                self.none_unfinished(f"late part, {what}", bucket)

    def test_timeout(self):
        """The store hangs: the step ends when its time is over all the same."""
        for what, place in (("beginning", lambda method, target: method == "POST"), ("parts", lambda method, target: "partNumber" in target)):
            bucket = self.bucket(f"timeout-{what}")

            def fault(method, target, headers):
                return (lambda: time.sleep(600)) if place(method, target) else None

            where = self.stream(bucket, "k", "head -c 400000000 /dev/zero", Proxy(self.server["S3_ENDPOINT"], fault).endpoint, timeout="300s")
            with open(os.path.join(where, "manifest.json"), encoding="utf-8") as file:
                manifest = json.load(file)
            manifest["steps"][0].update({"timeout": "3s", "grace": "1s"})
            with open(os.path.join(where, "manifest.json"), "w", encoding="utf-8") as file:
                json.dump(manifest, file)
            began = time.monotonic()
            code, checks, output = self.run(where)
            check(f"hanging {what}: it ends in time", time.monotonic() - began < 120, time.monotonic() - began)
            equal(f"hanging {what}: exit code", code, 1)
            with open(os.path.join(where, "report.json"), encoding="utf-8") as file:
                check(f"hanging {what}: the step ends in time", json.load(file)["steps"][0]["seconds"] < 60)
            words = checks["step:dump/exit"]["observed"]
            check(f"hanging {what}: words", "no time was left" in words or "timed out" in words, words)
            self.nothing_left(f"hanging {what}", bucket)

    def wait_for(self, what, condition, limit=300):
        end = time.monotonic() + limit
        while not condition():
            if time.monotonic() > end:
                return check(what, False)
            time.sleep(0.1)
        return check(what, True)

    def test_cut(self):
        """The connection breaks off, once, at each place."""
        bucket = self.bucket("cut")
        places = {"put": lambda m, t: m == "PUT" and "partNumber" not in t, "begin": lambda m, t: m == "POST" and "uploads" in t,
                  "part": lambda m, t: "partNumber=2" in t, "complete": lambda m, t: m == "POST" and "uploadId" in t}
        for name, is_place in places.items():
            for how in ("cut before", "cut after"):
                done = []

                def fault(method, target, headers):
                    if is_place(method, target) and not done:
                        done.append(target)
                        return how

                key = f"{name}-{how[4:]}"
                data = content(9 if name == "put" else 40 * MIB)
                result = self.upload(bucket, key, data, Proxy(self.server["S3_ENDPOINT"], fault).endpoint)
                self.passed(f"{how} at {name}", result)
                check(f"{how} at {name}: it was cut", done)
                check(f"{how} at {name}: the same bytes", self.stored(bucket, key) == data)
        self.none_unfinished("cut", bucket)

    def test_cut_for_good(self):
        bucket = self.bucket("cut-for-good")

        def parts(method, target, headers):
            return "cut before" if "partNumber=2" in target else None

        code, checks, output = self.upload(bucket, "k", content(40 * MIB), Proxy(self.server["S3_ENDPOINT"], parts).endpoint, timeout="2s")
        equal("parts cut for good: exit code", code, 1)
        equal("parts cut for good: put", checks["upload:a@s/put"]["verdict"], "fail")
        holds("parts cut for good: words", checks["upload:a@s/put"]["observed"], "broke the connection off")
        self.nothing_left("parts cut for good", bucket)

        def everything(method, target, headers):
            return "cut before" if "partNumber=2" in target or method == "DELETE" else None

        code, checks, output = self.upload(bucket, "k", content(40 * MIB), Proxy(self.server["S3_ENDPOINT"], everything).endpoint, timeout="2s")
        equal("abort cut, too: exit code", code, 1)
        left = self.unfinished(bucket)
        equal("abort cut, too: left", len(left), 1)
        holds("abort cut, too: it is named", checks["upload:a@s/put"]["observed"], left[0])

    def test_error_inside_200(self):
        bucket = self.bucket("inside")
        body = "<?xml version='1.0'?><Error><Code>InternalError</Code><Message>We encountered an internal error</Message></Error>"
        asked = []

        def once(method, target, headers):
            if method == "POST" and "uploadId" in target:
                asked.append(target)
                return (200, body) if len(asked) == 1 else None

        self.passed("error inside 200, once", self.upload(bucket, "once", content(17 * MIB), Proxy(self.server["S3_ENDPOINT"], once).endpoint))
        always = Proxy(self.server["S3_ENDPOINT"], lambda m, t, h: (200, body) if m == "POST" and "uploadId" in t else None)
        code, checks, output = self.upload(bucket, "always", content(17 * MIB), always.endpoint, timeout="2s")
        equal("error inside 200: exit code", code, 1)
        equal("error inside 200: put", checks["upload:a@s/put"]["verdict"], "fail")
        holds("error inside 200: words", checks["upload:a@s/put"]["observed"], "InternalError")
        self.nothing_left("error inside 200", bucket, ["once"])

    def test_ambiguous(self):
        """The last answer never comes, and neither does any to the question after it: nobody knows."""
        bucket = self.bucket("ambiguous")
        put = []

        def fault(method, target, headers):
            if method == "PUT" and "/k" in target:
                put.append(target)
                return "cut after"
            return "cut before" if put and "/k" in target else None

        code, checks, output = self.upload(bucket, "k", b"data", Proxy(self.server["S3_ENDPOINT"], fault).endpoint, timeout="1s")
        equal("ambiguous: put", checks["upload:a@s/put"]["verdict"], "unproven")
        equal("ambiguous: exit code", code, 5)
        holds("ambiguous: words", checks["upload:a@s/put"]["observed"], "cannot be told")

    def test_object_lock(self):
        bucket = self.bucket("locked", ObjectLockEnabledForBucket=True)
        self.client.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})
        self.passed("object lock", self.upload(bucket, "one", b"data"))
        self.passed("object lock, parts", self.upload(bucket, "parts", content(17 * MIB)))

    def test_headers(self):
        """Content-MD5 with every body, its real SHA-256, and no checksum that nobody asked for."""
        bucket = self.bucket("headers")
        proxy = Proxy(self.server["S3_ENDPOINT"], lambda method, target, headers: None)
        self.passed("headers", self.upload(bucket, "one", b"data", proxy.endpoint))
        self.passed("headers, parts", self.upload(bucket, "parts", content(17 * MIB), proxy.endpoint))
        puts = [headers for method, target, headers in proxy.seen if method == "PUT"]
        equal("requests with a body", len(puts), 3)
        for headers in puts:
            check("Content-MD5", headers.get("content-md5"), headers)
            equal("SHA-256", len(headers.get("x-amz-content-sha256")), 64)
            holds("it is signed", headers.get("authorization"), "content-md5")
            for name in headers:
                check("no checksum of an SDK", not name.lower().startswith(("x-amz-checksum", "x-amz-sdk", "content-encoding", "x-amz-trailer")), name)
        asked = Proxy(self.server["S3_ENDPOINT"], lambda method, target, headers: None)
        self.passed("checksum", self.upload(bucket, "asked", b"data", asked.endpoint, checksum="sha256"))
        equal("checksum", [headers.get("x-amz-checksum-sha256") for method, _, headers in asked.seen if method == "PUT"],
              [base64.b64encode(hashlib.sha256(b"data").digest()).decode()])

    def test_checksums(self):
        """Each that can be asked for, of the whole and of parts, as it is sent; and what stores that do not know it lead to."""
        def bytewise(width, polynomial):
            def compute(data):
                value = mask = (1 << width) - 1
                for byte in data:
                    value ^= byte
                    for _ in range(8):
                        value = value >> 1 ^ (polynomial if value & 1 else 0)
                return (value ^ mask).to_bytes(width // 8, "big")
            return compute

        bucket = self.bucket("checksums")
        crc32 = lambda data: zlib.crc32(data).to_bytes(4, "big")
        for word, compute in (("sha256", lambda data: hashlib.sha256(data).digest()), ("sha1", lambda data: hashlib.sha1(data).digest()),
                              ("crc32", crc32), ("crc32c", bytewise(32, 0x82f63b78)), ("crc64nvme", bytewise(64, 0x9a6c9329ac4bc9b5))):
            def encoded(data):
                return base64.b64encode(compute(data)).decode()

            def upload(key, data, echo=True, **more):
                proxy = Proxy(self.server["S3_ENDPOINT"], lambda method, target, headers: None, echo)
                result = self.upload(bucket, f"{word}-{key}", data, proxy.endpoint, checksum=word, **more)
                self.passed(f"{word}, {key}", result)
                return proxy, result[2]

            header = "x-amz-checksum-" + word
            proxy, output = upload("whole", b"123456789")
            equal(f"{word} of the whole", [headers.get(header) for method, _, headers in proxy.seen if method == "PUT"], [encoded(b"123456789")])
            check(f"{word}: confirmed", "did not confirm" not in output, output)
            proxy, output = upload("ignored", b"data", echo=False)
            holds(f"{word}: not confirmed", output, f"the store did not confirm the checksum that 'checksum: {word}' asks for")

            data = content(16 * MIB) + b"!"
            proxy, output = upload("parts", data)
            sent = {target.partition("partNumber=")[2][:1]: headers.get(header) for method, target, headers in proxy.seen if method == "PUT"}
            equal(f"{word} of the second part", sent["2"], encoded(b"!"))
            if word in ("sha256", "sha1", "crc32"):
                equal(f"{word} of the first part", sent["1"], encoded(data[:-1]))
            begun = [headers for method, target, headers in proxy.seen if method == "POST" and "uploads" in target][0]
            completed = [headers for method, target, headers in proxy.seen if method == "POST" and "uploadId" in target][0]
            listed = [body.decode() for method, target, body in proxy.bodies if method == "POST" and "uploadId" in target][0]
            equal(f"{word}: the algorithm", begun.get("x-amz-checksum-algorithm"), word.upper())
            for number in "12":
                holds(f"{word}: part {number} in the list", listed, f"<Checksum{word.upper()}>{sent[number]}</Checksum{word.upper()}>")
            kind = "FULL_OBJECT" if word == "crc64nvme" else None
            equal(f"{word}: the type", [begun.get("x-amz-checksum-type"), completed.get("x-amz-checksum-type")], [kind, kind])
            equal(f"{word}: of the whole at the end", completed.get(header) is not None, word == "crc64nvme")
            check(f"{word}: parts confirmed", "did not confirm" not in output, output)

        # "!" moves a CRC by a step that depends on nothing else: the whole's follows from the first part's.
        first, value = int.from_bytes(base64.b64decode(sent["1"]), "big") ^ (1 << 64) - 1, 0
        value = first ^ ord("!")
        for _ in range(8):
            value = value >> 1 ^ (0x9a6c9329ac4bc9b5 if value & 1 else 0)
        equal("crc64nvme of all parts", completed.get(header), base64.b64encode((value ^ (1 << 64) - 1).to_bytes(8, "big")).decode())

        for status, name in ((400, "InvalidRequest"), (501, "NotImplemented"), (400, "XAmzContentSHA256Mismatch")):
            def fault(method, target, headers):
                if any(each.lower().startswith("x-amz-checksum-a" if method == "POST" else "x-amz-checksum-c") for each in headers.keys()):
                    return (status, f"<Error><Code>{name}</Code><Message>A header that is not known</Message></Error>")

            endpoint = Proxy(self.server["S3_ENDPOINT"], fault).endpoint
            for size in (5, 17 * MIB):
                code, checks, output = self.upload(bucket, f"refused-{size}", content(size), endpoint, checksum="crc32c")
                equal(f"{name}: exit code", code, 1)
                holds(f"{name}: words", checks["upload:a@s/put"]["observed"], "'checksum: crc32c': leave 'checksum' out")
        self.none_unfinished("checksums", bucket)

    def test_scoped(self):
        bucket = self.bucket("scoped-put")

        def allow(actions):
            self.client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": [self.server.arn("SCOPED_")]}, "Action": actions,
                 "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}]}))

        allow(["s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject"])
        code, checks, output = self.upload(bucket, "k", b"data", user="SCOPED_")
        equal("no PutObject: exit code", code, 1)
        holds("no PutObject: words", checks["upload:a@s/put"]["observed"], "s3:PutObject")
        allow(["s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject", "s3:PutObject"])
        self.passed("the four permissions", self.upload(bucket, "k", b"data", user="SCOPED_"))
        self.passed("the four permissions, parts", self.upload(bucket, "parts", content(17 * MIB), user="SCOPED_"))

    def test_quota(self):
        bucket = self.bucket("quota")
        for words in (["quota", "set", "--quota-scope=bucket", f"--bucket={bucket}", "--max-size=20M"],
                      ["quota", "enable", "--quota-scope=bucket", f"--bucket={bucket}"]):
            self.server.admin(*words)
        code, checks, output = self.upload(bucket, "k", content(70 * MIB))
        equal("quota: exit code", code, 1)
        holds("quota: words", checks["upload:a@s/put"]["observed"], "quota")
        self.nothing_left("quota", bucket)


def main():
    wanted = ["test_" + name for name in sys.argv[1:]]
    tests = Tests()
    run_beside_each_other([getattr(tests, name) for name in dir(tests) if name in wanted or (not wanted and name.startswith("test_"))], 3)
    finish()


if __name__ == "__main__":
    main()
