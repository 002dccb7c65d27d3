#!/usr/bin/python3
# test: servers, about 60
"""The same behaviours of the S3 store on two independent real servers, radosgw and Swift, however they are addressed.

What aws, s3cmd and rclone put is examined by muster as a backup would be, awkward keys among it.
"""

import concurrent.futures
import functools
import hashlib
import http.client
import http.server
import os
import random
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import awkward
from harness import Driver, Radosgw, Swift, busy, check, equal, finish, folder, holds, run_beside_each_other, run_muster

MANY = [f"d{number % 7}/{number:04}" for number in range(1105)]
BIG = random.Random(4).randbytes(12_000_000)


_driver = functools.cache(lambda: Driver({}))


class View:
    """A server, and how it is spoken to."""

    def __init__(self, server, name, **settings):
        self.server = server
        self.name = f"{server.script.partition('.')[0]}, {name}"
        self.settings = {"endpoint": server["S3_ENDPOINT"], "region": server.region, **settings}

    def ask(self, bucket, *call, environment=None, **settings):
        settings = {**self.settings, "bucket": self.server.bucket(bucket), **settings}
        answer = _driver()(*(f"{name}={value}" for name, value in settings.items()), *call,
                           environment=environment or self.server.tools())
        check(f"{self.name}: no secret is told", b"canary" not in answer.output, answer.output)
        return answer

    def equal(self, what, seen, expected):
        equal(f"{self.name}: {what}", seen, expected)


def views(radosgw, swift):
    tls = {"endpoint": radosgw["S3_TLS_ENDPOINT"], "ca_file": radosgw["S3_CA_FILE"]}
    return [View(radosgw, "path"), View(radosgw, "virtual host", addressing="virtual"), View(radosgw, "TLS", **tls),
            View(radosgw, "TLS, virtual host", addressing="virtual", **tls),
            View(swift, "path"), View(swift, "virtual host", addressing="virtual")]


class Library:
    """The library below aws, for what would take too long with a process each."""

    def __init__(self, server):
        self.server = server
        import awscli.botocore.config
        import awscli.botocore.session
        config = awscli.botocore.config.Config(s3={"addressing_style": "path"}, max_pool_connections=16)
        self.client = awscli.botocore.session.Session().create_client(
            "s3", endpoint_url=server["S3_ENDPOINT"], region_name=server.region,
            aws_access_key_id=server["S3_ACCESS_KEY"], aws_secret_access_key=server["S3_SECRET_KEY"], config=config)

    def put(self, bucket, key, body, **more):
        self.client.put_object(Bucket=self.server.bucket(bucket), Key=key, Body=body, **more)


def prepare(server):
    library = Library(server)
    for bucket in ("objects", "empty-one", "many", "with.dots", "awkward", "awkward-by-muster", "tools", "by-muster", "control"):
        library.client.create_bucket(Bucket=server.bucket(bucket))
    library.put("objects", "a b+c/x", b"hello", Metadata={"sha256": hashlib.sha256(b"hello").hexdigest()})
    library.put("objects", "nothing", b"")
    library.put("objects", "big", BIG)
    library.put("control", "a\x01b", b"")
    library.put("with.dots", "k", b"dots")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: library.put("many", key, b""), MANY))


def credentials(view):
    good = view.server.tools()
    stranger = view.server.tools("STRANGER_")
    cases = [("good", good, ("OK",)),
             ("wrong secret", {**good, "AWS_SECRET_ACCESS_KEY": "wrong"}, ("BAD_CREDENTIALS",)),
             ("unknown key", {**good, "AWS_ACCESS_KEY_ID": "unknown"}, ("BAD_CREDENTIALS",)),
             # To Swift a bucket of another account is one that is not there.
             ("stranger", stranger, ("DENIED", "NO_BUCKET"))]
    for what, environment, expected in cases:
        for call in (("probe",), ("list", ""), ("head", "nothing"), ("get", "nothing")):
            answer = view.ask("objects", *call, environment=environment)
            check(f"{view.name}: {what}, {call[0]}", answer["status"] in expected, answer.output)


def buckets(view):
    for call in (("probe",), ("list", ""), ("head", "k"), ("get", "k"), ("newest", "*")):
        view.equal(f"no bucket, {call[0]}", view.ask("no-such-bucket", *call)["status"], "NO_BUCKET")
    answer = view.ask("empty-one", "probe")
    view.equal("empty bucket", (answer["status"], answer["not_empty"]), ("OK", "0"))
    view.equal("empty bucket: list", view.ask("empty-one", "list", "").keys_listed, [])
    view.equal("empty bucket: newest", view.ask("empty-one", "newest", "*")["status"], "ABSENT")
    view.equal("a key that XML cannot hold", view.ask("control", "list", "", timeout=1000).keys_listed, ["a\x01b"])
    view.equal("bucket with dots", view.ask("with.dots", "get", "k")["sha256"], hashlib.sha256(b"dots").hexdigest())


def regions(view):
    answer = view.ask("objects", "probe")
    view.equal("region", (answer["region_status"], answer["region"]), ("OK", view.server.env.get("S3_REGION", "default")))
    # radosgw takes any region, Swift answers with the right one: muster signs again.
    answer = view.ask("objects", "probe", region="eu-elsewhere-9")
    view.equal("wrong region", answer["status"], "OK")
    if "S3_REGION" in view.server.env:
        holds(f"{view.name}: wrong region: hint", answer["hint"], view.server.region)
    for call in (("list", ""), ("head", "big"), ("get", "big")):
        view.equal(f"wrong region, {call[0]}", view.ask("objects", *call, region="eu-elsewhere-9")["status"], "OK")


def clocks(view):
    for seconds in (1200, -86400):
        answer = view.ask("objects", "probe", clock=seconds)
        view.equal(f"clock off by {seconds} s", answer["status"], "OK")
        check(f"{view.name}: offset of {seconds} s", abs(int(answer["clock_offset_ms"]) + seconds * 1000) < 3000 * busy(),
              answer["clock_offset_ms"])
        view.equal(f"clock off by {seconds} s: get", view.ask("objects", "get", "big", clock=seconds)["soundness"], "SOUND")


def objects(view):
    answer = view.ask("objects", "head", "a b+c/x")
    view.equal("head", [answer.get(name) for name in ("status", "size", "etag", "may_be_md5", "uploader_sha256")],
               ["OK", "5", hashlib.md5(b"hello").hexdigest(), "1", hashlib.sha256(b"hello").hexdigest()])
    view.equal("get", view.ask("objects", "get", "a b+c/x")["sha256"], hashlib.sha256(b"hello").hexdigest())
    view.equal("empty object", view.ask("objects", "get", "nothing", expect_size=0)["soundness"], "SOUND")
    view.equal("12 MB", view.ask("objects", "get", "big")["sha256"], hashlib.sha256(BIG).hexdigest())
    view.equal("of another size", view.ask("objects", "get", "big", expect_size=5)["soundness"], "DAMAGED")
    view.equal("of another ETag", view.ask("objects", "get", "big", expect_size=len(BIG), expect_etag="0" * 32)["soundness"],
               "DAMAGED")
    for call in ("head", "get", "newest"):
        view.equal(f"missing key, {call}", view.ask("objects", call, "a b c/x")["status"], "ABSENT")
    view.equal("below a prefix", view.ask("objects", "head", "c/x", prefix="a b+")["status"], "OK")


def paging(view):
    answer = view.ask("many", "list", "")
    view.equal("1105 keys", (answer["status"], sorted(answer.keys_listed)), ("OK", sorted(MANY)))
    view.equal("below a prefix", sorted(view.ask("many", "list", "d3/").keys_listed), sorted(k for k in MANY if k[:3] == "d3/"))
    wanted = sorted(key for key in MANY if key.startswith("d3/00"))
    answer = view.ask("many", "list", "d3/00", page_keys=1)
    view.equal("a key a page", (answer["status"], answer.keys_listed), ("OK", wanted))
    answer = view.ask("many", "list", "", page_keys=100)
    view.equal("100 keys a page", (answer["status"], sorted(answer.keys_listed)), ("OK", sorted(MANY)))
    answer = view.ask("many", "newest", "d?/*")
    view.equal("newest of all", (answer["status"], answer["count"]), ("OK", str(len(MANY))))


class OnTheWay(http.server.BaseHTTPRequestHandler):
    """Hands on to a real server, but for what `fault` answers itself or does to the answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.server.fault == "no version 2" and "list-type=2" in self.path:
            return self.answer(501, [], b"<Error><Code>NotImplemented</Code></Error>")
        origin = http.client.HTTPConnection(self.server.origin)
        origin.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            origin.putheader(name, value)
        origin.endheaders()
        answer = origin.getresponse()
        body = answer.read()
        if self.server.fault == "cut" and self.command == "GET" and answer.status in (200, 206) and len(body) > 1_000_000:
            return self.answer(answer.status, answer.getheaders(), body, body[:1_000_000])
        return self.answer(answer.status, answer.getheaders(), body)

    do_HEAD = do_GET

    def answer(self, status, headers, body, sent=None):
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        length = dict(headers).get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or len(body))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if sent is None else sent)
        self.close_connection = sent is not None

    def log_message(self, *_):
        pass


def on_the_way(server, fault):
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OnTheWay)
    proxy.daemon_threads = True
    proxy.fault = fault
    proxy.origin = urllib.parse.urlsplit(server["S3_ENDPOINT"]).netloc
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    return View(server, fault, endpoint=f"http://localhost:{proxy.server_port}")


def version_1(server):
    view = on_the_way(server, "no version 2")
    answer = view.ask("many", "list", "")
    view.equal("1105 keys", (answer["status"], sorted(answer.keys_listed)), ("OK", sorted(MANY)))
    wanted = sorted(key for key in MANY if key.startswith("d3/00"))
    view.equal("a key a page", view.ask("many", "list", "d3/00", page_keys=1).keys_listed, wanted)
    view.equal("awkward keys", sorted(view.ask("awkward", "list", "").keys_listed), sorted(awkward.KEYS))


def resumed(server):
    """Cut after every megabyte: the rest is asked for with Range and If-Match."""
    answer = on_the_way(server, "cut").ask("objects", "get", "big", expect_size=len(BIG), expect_etag=hashlib.md5(BIG).hexdigest())
    equal(f"{server.script}: resumed", (answer["soundness"], answer["sha256"]), ("SOUND", hashlib.sha256(BIG).hexdigest()))


def awkward_keys(server):
    awkward.put_and_proven(server, "awkward")
    awkward.read(server, "awkward")
    for view in (View(server, "path"), View(server, "virtual host", addressing="virtual")):
        awkward.listed(view, "awkward")
    version_1(server)
    awkward.put_by_muster(server, "awkward-by-muster")


TOOLS = ("aws", "s3cmd", "rclone")


def put(server, tool, path, key):
    if tool == "aws":
        server.aws("s3", "cp", "--no-progress", path, f"s3://{server.bucket('tools')}/{key}")
    elif tool == "s3cmd":
        server.s3cmd("--multipart-chunk-size-mb=5", "put", path, f"s3://{server.bucket('tools')}/{key}")
    else:
        server.rclone("copyto", "--s3-upload-cutoff=6M", "--s3-chunk-size=5M", path, f"server:{server.bucket('tools')}/{key}")


def uploaders(server):
    """Single and in parts, by all three: each proven by a run, found again and read by a verify, drift included."""
    files = {}
    for size, content in (("small", BIG[:100_000]), ("large", BIG)):
        files[size] = os.path.join(folder(), server.script + size)
        with open(files[size], "wb") as file:
            file.write(content)
    began = time.time()
    for tool in TOOLS:
        for size, path in files.items():
            put(server, tool, path, f"{tool}/{size}-1")
    time.sleep(3)  # the server's times are of seconds, and Swift's are rounded up
    store = {"s": awkward.store(server, "tools")}
    uploads = [{"name": f"{tool} {size}", "file": path, "uploads": [
        {"store": "s", "key": f"{tool}/{size}-1", "expect": {"match": match}}]}
               for tool in TOOLS for size, path in files.items() for match in ("auto",)]
    code, report = run_muster("run", {"muster": 1, "name": "tools", "stores": store, "artifacts": uploads}, server.tools())
    for artifact in uploads:
        awkward.equal_checks(server.script, report, {f"upload:{artifact['name']}@s/{kind}": "pass" for kind in ("exists", "size", "match")})
    for each in report.get("uploads", []):
        check(f"{server.script}, {each['artifact']}: a proof is named", each["proof"], each)
    # Written before the run began, which a run must not take for its own.
    equal(f"{server.script}: uploads of before the run", (code, time.time() > began), (1, True))

    damaged = os.path.join(folder(), server.script + "damaged")
    with open(damaged, "wb") as file:
        file.write(BIG[:-1] + b"?")
    wrong = [{"name": tool, "file": damaged, "uploads": [{"store": "s", "key": f"{tool}/large-1", "expect": {"match": "auto"}}]}
             for tool in TOOLS]
    code, report = run_muster("run", {"muster": 1, "name": "tools", "stores": store, "artifacts": wrong}, server.tools())
    equal(f"{server.script}: other bytes: exit code", code, 1)
    for tool in TOOLS:
        awkward.equal_checks(server.script, report, {f"upload:{tool}@s/match": "fail", f"upload:{tool}@s/size": "pass"})

    newest = [{"name": f"{tool} {size}", "object": {"store": "s", "key": f"{tool}/{size}-*"},
               "expect": {"digest": {"sha256": awkward.sha256(path)}, "size": {"min": "1B", "shrink": "20%"}}}
              for tool in TOOLS for size, path in files.items()]
    manifest = {"muster": 1, "name": "tools", "max_age": "1h", "stores": store, "artifacts": newest}
    code, report = run_muster("verify", manifest, server.tools())
    equal(f"{server.script}: verify", code, 0) or print(report["output"])
    time.sleep(1.1)
    server.rclone("copyto", files["small"], f"server:{server.bucket('tools')}/aws/large-2")
    code, report = run_muster("verify", manifest, server.tools())
    equal(f"{server.script}: a newer one that is too small: exit code", code, 1)
    awkward.equal_checks(server.script, report, {"artifact:aws large/size": "fail", "artifact:s3cmd large/size": "pass"})
    Library(server).client.delete_object(Bucket=server.bucket("tools"), Key="aws/large-2")


def put_by_muster(server):
    """Singly, in parts, and as a step's output: the others read the same bytes."""
    big, bucket = (BIG * 2)[:18_000_000], server.bucket("by-muster")
    paths = {name: os.path.join(folder(), f"{server.script}-{name}") for name in ("single", "parts", "copy")}
    for name, content in (("single", BIG[:100_000]), ("parts", big)):
        with open(paths[name], "wb") as file:
            file.write(content)
    artifacts = [{"name": name, "file": paths[name], "uploads": [
        {"store": "s", "key": f"dir/{name} +1", "put": True, "expect": {"match": "auto"}}]} for name in ("single", "parts")]
    artifacts.append({"name": "stream", "object": {"store": "s", "key": "stream"}, "step": "dump",
                      "expect": {"digest": {"sha256": hashlib.sha256(big).hexdigest()}}})
    manifest = {"muster": 1, "name": "put", "stores": {"s": awkward.store(server, "by-muster")}, "artifacts": artifacts,
                "steps": [{"name": "dump", "run": ["cat", paths["parts"]], "stdout": {"store": "s", "key": "stream"}}]}
    code, report = run_muster("run", manifest, server.tools())
    equal(f"{server.script}: put by muster: exit code", code, 0) or print(report["output"][:2000])
    readers = {"aws": lambda key: server.aws("s3", "cp", "--quiet", f"s3://{bucket}/{key}", paths["copy"]),
               "s3cmd": lambda key: server.s3cmd("get", "--force", f"s3://{bucket}/{key}", paths["copy"]),
               "rclone": lambda key: server.rclone("copyto", f"server:{bucket}/{key}", paths["copy"])}
    for key, name in (("dir/single +1", "single"), ("dir/parts +1", "parts"), ("stream", "parts")):
        for tool, read in readers.items():
            read(key)
            equal(f"{server.script}, {key}: {tool} reads what muster put", awkward.sha256(paths["copy"]), awkward.sha256(paths[name]))


def main():
    _driver()
    awkward.bodies()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        radosgw, swift = (starting.result() for starting in [pool.submit(Radosgw), pool.submit(Swift)])
        list(pool.map(prepare, (radosgw, swift)))
    tests = [functools.partial(test, server) for server in (radosgw, swift) for test in (awkward_keys, uploaders, put_by_muster, resumed)]
    for view in views(radosgw, swift):
        # The certificate names one bucket.
        of_any_bucket = () if view.settings.get("addressing") and "ca_file" in view.settings else (buckets, paging)
        tests += [functools.partial(test, view) for test in (credentials, regions, clocks, objects, *of_any_bucket)]
    run_beside_each_other(tests, 4)
    finish()


if __name__ == "__main__":
    main()
