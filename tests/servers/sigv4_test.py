#!/usr/bin/python3
"""The signer against botocore's, over random keys, queries and headers."""

import datetime
import hashlib
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


def main():
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
