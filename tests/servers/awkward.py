"""Keys that are easily mangled on their way, and what muster must make of them on a real server."""

import functools
import hashlib
import json
import os
import subprocess
import unicodedata

from harness import check, equal, folder, run_muster

KEYS = ["with space", " leading and trailing ", "plus+plus", "percent%41", "percent%2Fslash", "percent%", "equals=1&x=2", "at@x",
        "ampersand&amp;<>", "question?query=1", "hash#fragment", unicodedata.normalize("NFC", "ümläut/日本.gz"),
        unicodedata.normalize("NFD", "ümläut/日本.gz"), "emoji😀", "a//b", "a///", "/leading", "trailing/", "//",
        "dots/../x", "dots/./x", "./dot", "../up", "..", ".", "...", "quote'\"`", "star*(x)!", "brace{}[]|^", "semi;colon:comma,",
        "tilde~", "back\\slash", "$dollar ${x}", "tab\tkey", "new\nline", "k" * 1024, "ü" * 512]

AWS_MANY = """
import json, sys
from awscli.clidriver import create_clidriver
driver = create_clidriver()
with open(sys.argv[1], encoding="utf-8") as file:
    for call in json.load(file):
        code = driver.main(call)
        if code:
            sys.exit(code)
"""


@functools.cache
def bodies():
    """A file for each key, each with other bytes."""
    place = os.path.join(folder(), "bodies")
    os.makedirs(place, exist_ok=True)
    files = {}
    for number, key in enumerate(KEYS):
        files[key] = os.path.join(place, str(number))
        with open(files[key], "wb") as file:
            file.write(hashlib.sha256(key.encode()).digest() * (number + 1))
    return files


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def in_manifest(key):
    """The key as a manifest names exactly it."""
    return "".join("\\" + c if c in "*?[]{},\\" else "$$" if c == "$" else c for c in key)


def store(server, bucket):
    return {"s3": {"endpoint": server["S3_ENDPOINT"], "region": server.region, "bucket": server.bucket(bucket)}}



def equal_checks(what, report, expected):
    """Every check of the report that is expected to be there, with its verdict."""
    seen = {each["id"]: each for each in report["checks"]}
    for name, verdict in expected.items():
        each = seen.get(name, {})
        equal(f"{what}: {name}", each.get("verdict"), verdict) or print(each.get("observed", ""))


def aws_calls(server, what, calls):
    """An argv that has aws make all these calls, without starting it anew for each."""
    path = os.path.join(folder(), f"{server.script}-{what}.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump([["s3api", "--endpoint-url", server["S3_ENDPOINT"], *call] for call in calls], file)
    return ["/usr/bin/python3", "-c", AWS_MANY, path]


def put_and_proven(server, bucket):
    """aws puts them in a step of the run; each is found, and its ETag proven."""
    files = bodies()
    put = aws_calls(server, "put", [["put-object", "--bucket=" + server.bucket(bucket), "--key=" + key, "--body=" + path]
                                    for key, path in files.items()])
    manifest = {"muster": 1, "name": "awkward", "stores": {"s": store(server, bucket)},
                "steps": [{"name": "put", "run": put}],
                "artifacts": [{"name": str(number), "file": path, "uploads": [
                    {"store": "s", "key": in_manifest(key), "expect": {"match": "auto" if number % 2 else "read_back"}}]}
                              for number, (key, path) in enumerate(files.items())]}
    code, report = run_muster("run", manifest, server.tools())
    equal(f"{server.script}: awkward keys put by aws: exit code", code, 0)
    for number, key in enumerate(KEYS):
        equal_checks(f"{server.script}, {key[:40]!r}", report,
                     {f"upload:{number}@s/{kind}": "pass" for kind in ("exists", "size", "fresh", "match")})


def put_by_muster(server, bucket):
    """muster puts them; aws finds and reads the same."""
    files = bodies()
    manifest = {"muster": 1, "name": "awkward", "stores": {"s": store(server, bucket)},
                "artifacts": [{"name": str(number), "file": path, "uploads": [
                    {"store": "s", "key": in_manifest(key), "put": True, "expect": {"match": "auto"}}]}
                              for number, (key, path) in enumerate(files.items())]}
    code, report = run_muster("run", manifest, server.tools())
    equal(f"{server.script}: awkward keys put by muster: exit code", code, 0) or print(report["output"][:2000])
    copies = {key: os.path.join(folder(), f"{server.script}-copy-{number}") for number, key in enumerate(KEYS)}
    get = aws_calls(server, "get", [["get-object", "--bucket=" + server.bucket(bucket), "--key=" + key, copy] for key, copy in copies.items()])
    code = subprocess.run(get, env=server.tools(), stdout=subprocess.DEVNULL).returncode
    if equal(f"{server.script}: awkward keys read by aws: exit code", code, 0):
        for key, path in files.items():
            equal(f"{server.script}, {key[:40]!r}: aws reads what muster put", sha256(copies[key]), sha256(path))


def read(server, bucket):
    """Each is found by its name and read to its last byte."""
    files = bodies()
    manifest = {"muster": 1, "name": "awkward", "stores": {"s": store(server, bucket)}, "max_age": "1h",
                "artifacts": [{"name": str(number), "object": {"store": "s", "key": in_manifest(key)},
                               "expect": {"digest": {"sha256": sha256(path)}}}
                              for number, (key, path) in enumerate(files.items())]}
    code, report = run_muster("verify", manifest, server.tools())
    equal(f"{server.script}: awkward keys verified: exit code", code, 0)
    for number, key in enumerate(KEYS):
        equal_checks(f"{server.script}, {key[:40]!r}", report, {f"artifact:{number}/digest": "pass"})
        located = report["artifacts"][number]["location"]
        check(f"{server.script}, {key[:40]!r}: its location", located.endswith(key) or "\n" in key or "\t" in key, located)


def listed(view, bucket):
    """Each is in the listing once, is newest of what only it matches, and gives its bytes to the driver."""
    answer = view.ask(bucket, "list", "")
    equal(f"{view.name}: awkward keys listed", (answer["status"], sorted(answer.keys_listed)), ("OK", sorted(KEYS)))
    for key, path in bodies().items():
        # With a choice at its end it is no name any more, and found through the listing.
        name = in_manifest(key).replace("$$", "$")
        glob = "{%s,%s!}" % (name, name)
        for arguments in (("newest", glob), ("newest", name), ("head", key)):
            answer = view.ask(bucket, *arguments)
            equal(f"{view.name}, {key[:40]!r}: {arguments[0]}", (answer["status"], answer.get("size")),
                  ("OK", str(os.path.getsize(path))))
        answer = view.ask(bucket, "get", key)
        equal(f"{view.name}, {key[:40]!r}: get", (answer.get("soundness"), answer.get("sha256")), ("SOUND", sha256(path)))
