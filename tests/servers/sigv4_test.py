#!/usr/bin/python3
# test: about 5
"""The signer against botocore's: over the cases in sigv4_suite/, and over random keys, queries and headers.

    sigv4_test.py [--write]         writes sigv4_suite/ anew, with botocore's signatures

A case of the suite is a folder laid out as those of AWS's own suite (awslabs/aws-c-auth, tests/aws-signing-test-suite): context.json,
request.txt (the path as it is sent: S3's is encoded once and not normalised), header-canonical-request.txt,
header-string-to-sign.txt, header-signature.txt.
"""

import datetime
import hashlib
import json
import os
import random
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import awscli.botocore.session
import awscli.botocore.auth as auth
from awscli.botocore.awsrequest import AWSRequest
from awscli.botocore.credentials import Credentials

from harness import compile_program, equal, finish

CASES = 3000
UNRESERVED = "-._~"
ALPHABET = ["a", "b", "Z", "0", "9", "-", "_", ".", "~", "/", "//", " ", "+", "%", "%41", "=", "&", "@", ":", ",", "(", ")", "!", "*",
            "'", "?", "#", "\\", "ü", "日", "\x01", "\t", "<", ";", "$"]
HEADERS = ["x-amz-meta-a", "x-amz-meta-a-b", "X-Amz-Storage-Class", "range", "if-match", "x-amz-acl", "Content-MD5", "content-type"]


def text(longest):
    return "".join(random.choice(ALPHABET) for _ in range(random.randrange(1, longest)))


def header_value():
    return random.choice(["a", "two words", "a  b   c", " around ", '"quoted"', "bytes=0-0", "ü", "x" * 200])


class Case:
    def __init__(self):
        self.access = "AK" + str(random.randrange(10**9))
        self.secret = "".join(random.choice("abcXYZ/+0123") for _ in range(40))
        self.region = random.choice(["us-east-1", "eu-west-1", "default"])
        self.time = random.randrange(10**9, 2 * 10**9)
        self.method = random.choice(["GET", "HEAD", "PUT", "DELETE"])
        self.path = "/bucket/" + urllib.parse.quote(text(12), safe="/" + UNRESERVED)
        self.query = list({text(4): random.choice(["", text(6)]) for _ in range(random.randrange(6))}.items())
        self.headers = {name: header_value() for name in random.sample(HEADERS, random.randrange(4))}
        self.host = random.choice(["localhost:8000", "objects.example.net", "bucket.s3.amazonaws.com"])
        self.hash = hashlib.sha256(text(5).encode()).hexdigest()
        self.stamp = datetime.datetime.fromtimestamp(self.time, datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")

    def all_headers(self):
        return {"host": self.host, "x-amz-date": self.stamp, "x-amz-content-sha256": self.hash, **self.headers}

    def for_driver(self):
        lines = [f"access\t{self.access}", f"secret\t{self.secret}", f"region\t{self.region}", "service\ts3", f"time\t{self.time}",
                 f"method\t{self.method}", f"path\t{self.path}", f"hash\t{self.hash}"]
        lines += [f"query\t{name.encode().hex()}={value.encode().hex()}" for name, value in self.query]
        lines += [f"header\t{name.encode().hex()}:{value.encode().hex()}" for name, value in self.all_headers().items()]
        return "\n".join([*lines, "", ""])

    def botocore_s_signature(self):
        request = AWSRequest(method=self.method, url=f"https://{self.host}{self.path}", params=dict(self.query),
                             headers=self.all_headers())
        request.context.update({"timestamp": self.stamp, "payload_signing_enabled": True})
        signer = auth.S3SigV4Auth(Credentials(self.access, self.secret), "s3", self.region)
        signer.payload = lambda _: self.hash
        canonical = signer.canonical_request(request)
        string = signer.string_to_sign(request, canonical)
        return signer.signature(string, request)


SUITE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sigv4_suite")
FILES = ("header-canonical-request.txt", "header-string-to-sign.txt", "header-signature.txt")
HOST = ("Host", "bucket.objects.example.net")
WRITTEN = {   # name: (method, target, headers, body, token)
    "get-vanilla": ("GET", "/", [HOST], "", None),
    "get-host-with-port": ("GET", "/bucket/key", [("Host", "127.0.0.1:9000")], "", None),
    "get-key-space": ("GET", "/a%20key%20with%20spaces", [HOST], "", None),
    "get-key-plus": ("GET", "/a%2Bb", [HOST], "", None),
    "get-key-percent": ("GET", "/100%25%2541", [HOST], "", None),
    "get-key-equals-at-colon": ("GET", "/date%3D2026%40x%3Ay%2Cz", [HOST], "", None),
    "get-key-brackets-quotes": ("GET", "/%28a%29%21%2A%27%22%5B%5D", [HOST], "", None),
    "get-key-utf8": ("GET", "/%C3%BC/%E6%97%A5%E6%9C%AC.tar", [HOST], "", None),
    "get-key-control-characters": ("GET", "/%01%09%0A%7F", [HOST], "", None),
    "get-key-slashes-unnormalized": ("GET", "//a//b/", [HOST], "", None),
    "get-key-dots-unnormalized": ("GET", "/a/./b/../c", [HOST], "", None),
    "get-key-1024-bytes": ("GET", "/" + "k" * 1024, [HOST], "", None),
    "get-query-valueless": ("GET", "/?location=", [HOST], "", None),
    "get-query-order-of-names": ("GET", "/?a=1&a-b=2&aB=3&max-keys=1&list-type=2", [HOST], "", None),
    "get-query-order-once-encoded": ("GET", "/?%7Ea=1&%C3%BC=2&%20=3&%2B=4", [HOST], "", None),
    "get-query-encoded-values": ("GET", "/?list-type=2&prefix=a%2Fb%20c%2Bd%25%3D%26&continuation-token=1%2F%2B%3D%3D", [HOST], "", None),
    "get-header-same-beginning": ("GET", "/k", [HOST, ("x-amz-meta-a-b", "2"), ("x-amz-meta-a", "1"), ("X-Amz-Meta-Ab", "3")], "", None),
    "get-header-inner-spaces": ("GET", "/k", [HOST, ("x-amz-meta-a", "  a   b  c  ")], "", None),
    "get-header-range-if-match": ("GET", "/k", [HOST, ("Range", "bytes=0-9"), ("If-Match", '"0123"')], "", None),
    "get-session-token": ("GET", "/k", [HOST], "", "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeo=="),
    "head-key": ("HEAD", "/k", [HOST, ("x-amz-checksum-mode", "ENABLED")], "", None),
    "put-body": ("PUT", "/k", [HOST, ("Content-MD5", "XrY7u+Ae7tCTyyK7j1rNww=="), ("Content-Type", "application/x-tar")], "hello world", None),
    "put-part": ("PUT", "/k?partNumber=2&uploadId=a.b_c-d~e", [HOST], "part", None),
    "post-uploads": ("POST", "/k?uploads=", [HOST, ("x-amz-storage-class", "STANDARD_IA")], "", None),
    "delete-key": ("DELETE", "/k?uploadId=x", [HOST], "", None),
}


class SuiteCase(Case):
    """A case of the suite, from its files."""

    def __init__(self, name):
        def read(file):
            with open(os.path.join(SUITE, name, file), encoding="utf-8", newline="") as opened:
                return opened.read()
        context = json.loads(read("context.json"))
        head, _, body = read("request.txt").partition("\n\n")
        first, *lines = head.split("\n")
        self.method, target, _ = first.split(" ")
        self.path, _, query = target.partition("?")
        self.query = [(urllib.parse.unquote(name), urllib.parse.unquote(value))
                      for name, _, value in (pair.partition("=") for pair in query.split("&") if pair)]
        self.access, self.secret = context["credentials"]["access_key_id"], context["credentials"]["secret_access_key"]
        self.region = context["region"]
        moment = datetime.datetime.strptime(context["timestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        self.time, self.stamp = int(moment.timestamp()), moment.strftime("%Y%m%dT%H%M%SZ")
        self.headers = dict(line.split(":", 1) for line in lines)
        self.host = self.headers.pop("Host")
        self.hash = hashlib.sha256(body.encode()).hexdigest()
        if "token" in context["credentials"]:
            self.headers["x-amz-security-token"] = context["credentials"]["token"]
        self.expected = [read(file) for file in FILES] if os.path.exists(os.path.join(SUITE, name, FILES[0])) else None

    def for_botocore(self):
        """Canonical request, string to sign and signature."""
        request = AWSRequest(method=self.method, url=f"https://{self.host}{self.path}", params=dict(self.query), headers=self.all_headers())
        request.context.update({"timestamp": self.stamp, "payload_signing_enabled": True})
        signer = auth.S3SigV4Auth(Credentials(self.access, self.secret), "s3", self.region)
        signer.payload = lambda _: self.hash
        canonical = signer.canonical_request(request)
        string = signer.string_to_sign(request, canonical)
        return [canonical, string, signer.signature(string, request)]


def write_suite():
    for name, (method, target, headers, body, token) in WRITTEN.items():
        os.makedirs(os.path.join(SUITE, name), exist_ok=True)

        def write(file, text, name=name):
            with open(os.path.join(SUITE, name, file), "w", encoding="utf-8", newline="") as opened:
                opened.write(text)
        credentials = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
        context = {"credentials": {**credentials, **({"token": token} if token else {})}, "expiration_in_seconds": 3600, "normalize": False,
                   "region": "us-east-1", "service": "s3", "sign_body": True, "timestamp": "2015-08-30T12:36:00Z"}
        write("context.json", json.dumps(context, indent=4) + "\n")
        write("request.txt", f"{method} {target} HTTP/1.1\n" + "\n".join(f"{name}:{value}" for name, value in headers) + "\n\n" + body)
        for file, text in zip(FILES, SuiteCase(name).for_botocore()):
            write(file, text)


def test_suite():
    names = sorted(os.listdir(SUITE))
    equal("cases of the suite", names, sorted(WRITTEN))
    cases = [SuiteCase(name) for name in names]
    run = subprocess.run([compile_program("sigv4_driver")], input="".join(case.for_driver() for case in cases).encode(),
                         stdout=subprocess.PIPE, check=True)
    signatures = run.stdout.decode().split("\n")[::2]
    for name, case, signature in zip(names, cases, signatures):
        equal(f"{name}: botocore's", case.for_botocore(), case.expected)
        equal(f"{name}: muster's", signature, case.expected[2])


def main():
    if sys.argv[1:] == ["--write"]:
        return write_suite()
    test_suite()
    seed = int(os.environ.get("SEED", random.randrange(10**6)))
    random.seed(seed)
    cases = [Case() for _ in range(CASES)]
    run = subprocess.run([compile_program("sigv4_driver")], input="".join(case.for_driver() for case in cases).encode(),
                         stdout=subprocess.PIPE, check=True)
    lines = run.stdout.decode().split("\n")
    signed = altered = 0
    for number, case in enumerate(cases):
        signature, query = lines[2 * number:2 * number + 2]
        signed += signature == case.botocore_s_signature()
        altered += sorted(urllib.parse.parse_qsl(query, keep_blank_values=True)) != sorted(case.query)
        if signed != number + 1 or altered:
            print(f"SEED={seed}, case {number}: {vars(case)}")
            break
    equal("signed as botocore signs", signed, CASES)
    equal("queries that are not what was meant", altered, 0)
    finish()


if __name__ == "__main__":
    main()
