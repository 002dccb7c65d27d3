#!/usr/bin/python3
"""What the upload clients of each Debian release store on the S3 server (radosgw) of each: proven where it is the artifact, never passed
where it is not. The clients are steps of muster, run in a root of their release, over TLS unless said.

    tests/releases/clients_test.py                  (MUSTER=path of the program; root, or sudo)
    tests/releases/clients_test.py bookworm trixie  servers and clients of these releases instead
"""

import atexit
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "servers"))

from harness import check, clean_environment, equal, finish, holds, run_beside_each_other, run_muster

RELEASES = sys.argv[1:] or ["bookworm", "trixie"]
PACKAGES = ["radosgw", "ceph-mon", "ceph-osd", "ceph-common", "awscli", "s3cmd", "rclone", "openssl", "curl", "python3"]
CLOSE_SECONDS = 180
BUCKET = "clients"
SUDO = [] if os.getuid() == 0 else ["sudo", "--preserve-env"]

# What a root sees of this machine is the tree, as /tree: what clients read lies in there.
SHARED = tempfile.mkdtemp(prefix="build-clients-", dir=ROOT)
atexit.register(shutil.rmtree, SHARED, ignore_errors=True)

# Beyond what each client sends in one part: 8 MiB of aws, 15 MiB of s3cmd, 200 MiB of rclone.
SIZES = {"small": 100_000, "large": 37_000_001, "huge": 210_000_001}


def make_files():
    """Backups, packed so that a wrong byte shows, and beside each one that is not it: of the same size, or cut."""
    for name, size in SIZES.items():
        packer = zlib.compressobj(0, zlib.DEFLATED, 31)
        content = bytearray(packer.compress(os.urandom(size)) + packer.flush())
        for suffix in ("", ".other"):
            with open(os.path.join(SHARED, name + suffix), "wb") as file:
                file.write(content)
            content[len(content) // 2] ^= 1
        with open(os.path.join(SHARED, name + ".cut"), "wb") as file:
            file.write(content[:size // 2])


class Room:
    """A root of a release, with its server and its clients in it."""

    def __init__(self, release):
        self.release = release
        # In a session of its own: it tidies up after itself, also where this program is killed and its group with it.
        self.process = subprocess.Popen([os.path.join(ROOT, "tests", "release.sh"), release, *PACKAGES, "--",
                                         "/tree/tests/releases/clients_room.sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, start_new_session=True)
        atexit.register(self.process.stdin.close)
        self.facts = {}

    def open(self):
        for line in self.process.stdout:
            name, equals, value = line.rstrip("\n").partition("=")
            if not equals:
                break
            self.facts[name] = value
        if "PID" not in self.facts:
            raise RuntimeError(f"no server of '{self.release}': exit status {self.process.wait()}")
        self.folder = os.path.join(SHARED, self.release)
        os.mkdir(self.folder)
        self.write("ca.pem", self.inside("cat", self.facts["S3_CA_FILE"]))
        self.write("s3cfg", f"[default]\naccess_key = {self.facts['S3_ACCESS_KEY']}\nsecret_key = {self.facts['S3_SECRET_KEY']}\n"
                            f"host_base = {self.host}\nhost_bucket = {self.host}\nuse_https = True\n"
                            f"ca_certs_file = {self.release}/ca.pem\n".encode())
        for name in ("aws", "s3cmd", "rclone"):
            enter = shlex.join([*SUDO, *self.enter("FOLDER")]).replace("FOLDER", f'"/tree${{PWD#{ROOT}}}"')
            self.write(name, f'#!/bin/sh\nexec {enter} /usr/bin/{name} "$@"\n'.encode(), 0o755)

    def write(self, name, content, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)

    def enter(self, folder):
        return ["nsenter", "--target=" + self.facts["PID"], "--mount", "--root", "--wdns=" + folder, "--"]

    def inside(self, *command):
        return subprocess.run([*SUDO, *self.enter("/"), *command], check=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE).stdout

    def close(self):
        self.process.stdin.close()
        try:
            code = self.process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            code = "none, it goes on"
        equal(f"the root of '{self.release}' goes: exit status", code, 0)

    @property
    def endpoint(self):
        return self.facts["S3_TLS_ENDPOINT"]

    @property
    def host(self):
        return self.endpoint.partition("//")[2]

    def version(self, package):
        return re.sub(r"[+~-].*", "", self.facts[package])

    def numbers(self, package):
        return tuple(int(number) for number in self.version(package).split("."))

    def environment(self, clients):
        return clean_environment(AWS_ACCESS_KEY_ID=self.facts["S3_ACCESS_KEY"], AWS_SECRET_ACCESS_KEY=self.facts["S3_SECRET_KEY"],
                                 AWS_DEFAULT_REGION="us-east-1", HOME="/root", PATH=f"{clients.folder}:{os.environ['PATH']}")

    def store(self, expect=None, tls=True):
        found = {"s3": {"endpoint": self.endpoint if tls else self.facts["S3_ENDPOINT"], "region": "us-east-1", "bucket": BUCKET,
                        **({"ca_file": f"{SHARED}/{self.release}/ca.pem"} if tls else {})}}
        return {**found, "expect": expect} if expect else found


class Client:
    """How a program is called, and by what its uploads are proven."""

    def environment(self, server):
        return {}

    def put_pipe(self, server, key):
        return self.put(server, "-", key)


class Aws(Client):
    name, package = "aws", "awscli"
    uploads = {"small": "ETag (MD5)", "large": "ETag (multipart, parts of 8.0 MiB)"}
    streamed = uploads["large"]
    told = {}

    def environment(self, server):
        return {"AWS_CA_BUNDLE": server.release + "/ca.pem"}

    def put(self, server, file, key, endpoint=None):
        return ["aws", "--endpoint-url", endpoint or server.endpoint, "s3", "cp", "--only-show-errors", file, f"s3://{BUCKET}/{key}"]

    def put_unless_there(self, server, file, folder):
        return ["aws", "--endpoint-url", server.endpoint, "s3", "sync", "--size-only", "--exclude", "*", "--include", file, ".",
                f"s3://{BUCKET}/{folder}"]


class S3cmd(Client):
    name, package = "s3cmd", "s3cmd"
    uploads = {"small": "ETag (MD5)", "large": "ETag (multipart, parts of 15 MiB)"}
    streamed = uploads["large"]
    told = {name: "the MD5 that the uploader wrote beside it (s3cmd)" for name in uploads}

    def put(self, server, file, key):
        return ["s3cmd", f"--config={server.release}/s3cfg", "--quiet", "put", file, f"s3://{BUCKET}/{key}"]

    def put_unless_there(self, server, file, folder):
        return ["s3cmd", f"--config={server.release}/s3cfg", "--quiet", "--no-check-md5", "sync", file, f"s3://{BUCKET}/{folder}/"]


class Rclone(Client):
    name, package = "rclone", "rclone"
    uploads = {"small": "ETag (MD5)", "huge": "ETag (multipart, parts of 5.0 MiB)"}
    streamed = uploads["huge"]  # always in parts
    told = {"huge": "the MD5 that the uploader wrote beside it (rclone)"}

    def environment(self, server):
        remote = {"TYPE": "s3", "PROVIDER": "Ceph", "ENV_AUTH": "true", "ENDPOINT": server.endpoint, "REGION": "us-east-1"}
        return {"RCLONE_CA_CERT": server.release + "/ca.pem", "RCLONE_CONFIG": "/dev/null",
                **{"RCLONE_CONFIG_SERVER_" + name: value for name, value in remote.items()}}

    def put(self, server, file, key, *more):
        if file.startswith("large"):
            more = ["--s3-upload-cutoff=5Mi", *more]
        return ["rclone", *more, "copyto", file, f"SERVER:{BUCKET}/{key}"]

    def put_pipe(self, server, key):
        return ["rclone", "rcat", f"SERVER:{BUCKET}/{key}"]

    def put_unless_there(self, server, file, folder):
        return self.put(server, file, f"{folder}/{file}", "--size-only")


class Pair:
    """The clients of one release and the server of one."""

    def __init__(self, clients, server):
        self.clients, self.server = clients, server
        self.__name__ = f"{clients.release}'s clients, {server.release}'s server"
        self.rows = []

    def refuses_checksums(self, client):
        """Over TLS aws 2.23 sends the body in chunks with a checksum behind them, of which radosgw 16 knows nothing: it answers
        XAmzContentSHA256Mismatch, of which aws says no more than "argument of type 'NoneType' is not iterable"."""
        return client.package == "awscli" and self.clients.numbers("awscli") >= (2, 23) and self.server.numbers("radosgw") < (17,)

    def muster(self, verb, steps, file, key, modes=("auto",), expect=None, tls=True, **upload):
        stores = {"in_" + mode: self.server.store(expect, tls) for mode in modes}
        uploads = [{"store": "in_" + mode, "key": key, "expect": {"match": mode}, **upload} for mode in modes]
        manifest = {"muster": 1, "name": "clients", "max_age": "1h", "stores": stores, "steps": steps,
                    "artifacts": [{"name": "backup", "file": os.path.join(SHARED, file), "expect": {"format": "gzip"},
                                   "uploads": uploads}]}
        code, report = run_muster(verb, manifest, self.server.environment(self.clients), 300)
        report["by_id"] = {each["id"]: each for each in report["checks"]}
        return code, report

    def step(self, client, command, environment=None):
        """In the folder of the files."""
        how = {"pipe": command} if isinstance(command[0], list) else {"run": command}
        variables = {**client.environment(self.server), **(environment or {})}
        return [{"name": "upload", **how, "cwd": SHARED, **({"env": variables} if variables else {})}]

    def case(self, client, text):
        return (f"{client.name} {self.clients.version(client.package)} of {self.clients.release}, "
                f"radosgw {self.server.version('radosgw')} of {self.server.release}, {text}")

    def verdicts(self, what, report, verdicts, mode="auto"):
        for kind, verdict in verdicts.items():
            found = report["by_id"].get(f"upload:backup@in_{mode}/{kind}", {})
            check(f"{what}: {kind}", found.get("verdict") == verdict, f"expected {verdict}: {found or report['output']}")

    def proven(self, what, steps, file, key, modes, proof, tls=True, told=None):
        """By each mode in one run; and once more by who only looks."""
        code, report = self.muster("run", steps, file, key, modes, tls=tls)
        check(f"{what}: exit code", code == 0, f"{code}: {report['output']}")
        for mode in modes:
            self.verdicts(f"{what}, match: {mode}", report,
                          {"exists": "pass", "size": "pass", "fresh": "pass", "match": "pass"}, mode)
        for upload in report.get("uploads", []):
            expected = {"in_auto": proof, "in_etag": proof, "in_read_back": "read back (SHA-256)"}.get(upload["store"], told)
            if expected:
                equal(f"{what}: proof in {upload['store']}", upload["proof"], expected)
        seen = f"{code}, by {(report.get('uploads') or [{}])[0].get('proof')}"
        code, report = self.muster("verify", steps, file, key, tls=tls)
        check(f"{what}: verify", code == 0, f"{code}: {report['output']}")
        self.rows.append(f"{what}: {seen}; verify: {code}")

    def remedy(self, client):
        return {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"} if self.refuses_checksums(client) else {}

    def test_uploads(self, client):
        for number, (file, proof) in enumerate([*client.uploads.items(), (None, client.streamed)]):
            streamed, file = file is None, file or "large"
            what = self.case(client, f"{file}{', from a pipe' if streamed else ''}")
            key = f"{client.name}/{self.clients.release}-{number}-${{run.time}}.gz"
            command = [["cat", file], client.put_pipe(self.server, key)] if streamed else client.put(self.server, file, key)
            told = None if streamed else client.told.get(file)
            modes = ["auto", "etag", "read_back"] + (["checksum"] if told else [])
            if self.refuses_checksums(client):
                code, report = self.muster("run", self.step(client, command), file, key)
                equal(f"{what}, refused: exit code", code, 1)
                equal(f"{what}, refused: the step", report["by_id"].get("step:upload/exit", {}).get("verdict"), "fail")
                equal(f"{what}, refused: verify", self.muster("verify", self.step(client, command), file, key)[0], 1)
                self.rows.append(f"{what}: refused: {code}; again with checksums only when_required")
            self.proven(what, self.step(client, command, self.remedy(client)), file, key, modes, proof, told=told)
            if not told:
                code, report = self.muster("run", self.step(client, command, self.remedy(client)), file, key, ["checksum"])
                equal(f"{what}, no checksum is told: exit code", code, 5)
                self.verdicts(what, report, {"match": "unproven"}, "checksum")

    def masked(self, what, steps, file, key, verdicts, verify=1):
        """The client says that all is well."""
        code, report = self.muster("run", steps, file, key)
        equal(f"{what}: exit code", code, 1)
        equal(f"{what}: the step", report["by_id"].get("step:upload/exit", {}).get("verdict"), "pass")
        self.verdicts(what, report, verdicts)
        seen = code
        code, report = self.muster("verify", steps, file, key)
        self.rows.append(f"{what}: {seen}; verify: {code}")
        check(f"{what}: verify", code == verify, f"{code}: {report['output']}")

    def test_masked(self, client):
        for file in ("small", "large"):
            for suffix, verdicts in ((".other", {"exists": "pass", "size": "pass", "fresh": "pass", "match": "fail"}),
                                     (".cut", {"exists": "pass", "size": "fail", "match": "fail"})):
                key = f"{client.name}/{self.clients.release}-{file}{suffix}-${{run.time}}.gz"
                self.masked(self.case(client, f"{file}{suffix}"),
                            self.step(client, client.put(self.server, file + suffix, key), self.remedy(client)), file, key, verdicts)
        wrong = client.put(self.server, "small", f"{client.name}/{self.clients.release}-wrong-${{run.time}}.tgz")
        self.masked(self.case(client, "another key"), self.step(client, wrong, self.remedy(client)), "small",
                    f"{client.name}/{self.clients.release}-wrong-${{run.time}}.gz", {"exists": "fail"})
        cut = [["head", "--bytes=50000", "small"], client.put_pipe(self.server, f"{client.name}/{self.clients.release}-pipe.gz")]
        self.masked(self.case(client, "half of it from a pipe"), self.step(client, cut, self.remedy(client)), "small",
                    f"{client.name}/{self.clients.release}-pipe.gz", {"size": "fail"})
        # As large as what lies there from before: it is left there.
        folder = f"{client.name}/{self.clients.release}-stale"
        subprocess.run(client.put(self.server, "small.other", folder + "/small"), check=True, cwd=SHARED, stdin=subprocess.DEVNULL,
                       env={**self.server.environment(self.clients), **client.environment(self.server), **self.remedy(client)})
        time.sleep(3)
        stale = self.step(client, client.put_unless_there(self.server, "small", folder), self.remedy(client))
        self.masked(self.case(client, "left as it was"), stale, "small", folder + "/small", {"fresh": "fail", "match": "fail"})

    def test_aws(self, aws):
        """Without TLS the checksum is a header, which this server overlooks. Old ones know no other words, new ones have more."""
        for file, proof in aws.uploads.items():
            key = f"plain/{self.clients.release}-{file}-${{run.time}}.gz"
            command = aws.put(self.server, file, key, self.server.facts["S3_ENDPOINT"])
            self.proven(self.case(aws, f"{file}, http"), self.step(aws, command), file, key, ["auto", "etag", "read_back"], proof, False)
        if self.clients.numbers("awscli") < (2, 23):
            return
        with open(os.path.join(SHARED, "crt"), "w", encoding="utf-8") as file:
            file.write("[default]\ns3 =\n  preferred_transfer_client = crt\n")
        if not self.refuses_checksums(aws):
            self.test_chunked(aws)
        ways = [(f"--checksum-algorithm {name}", ["--checksum-algorithm", name], {})
                for name in ("CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME")]
        # Its other library for transfers adds a checksum whatever it is told.
        ways += [("crt", [], {"AWS_CONFIG_FILE": "crt"}), ("crt, when_required", [], {"AWS_CONFIG_FILE": "crt", **WHEN_REQUIRED})]
        for name, words, environment in ways:
            what, key = self.case(aws, f"{name}, large"), f"ways/{name.replace(' ', '-')}-${{run.time}}.gz"
            steps = self.step(aws, aws.put(self.server, "large", key) + words, environment)
            code, report = self.muster("run", steps, "large", key)
            self.rows.append(f"{what}: {code}, by {(report.get('uploads') or [{}])[0].get('proof')}")
            equal(f"{what}: exit code", code, 1 if self.refuses_checksums(aws) else 0)

    def test_chunked(self, aws):
        """This server keeps the encoding of the transfer as if it were the object's, which is no reason to read it otherwise."""
        key = f"chunked/{self.clients.release}.gz"
        self.proven(self.case(aws, "aws-chunked"), self.step(aws, aws.put(self.server, "small", key)), "small", key,
                    ["auto", "read_back"], aws.uploads["small"])
        told = subprocess.run(["aws", "--endpoint-url", self.server.endpoint, "s3api", "head-object", "--bucket", BUCKET, "--key", key],
                              cwd=SHARED, env={**self.server.environment(self.clients), **aws.environment(self.server)},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True).stdout
        equal(self.case(aws, "the encoding that is told"), json.loads(told).get("ContentEncoding"), "aws-chunked")

    def __call__(self):
        began = time.monotonic()
        for client in (Aws(), S3cmd(), Rclone()):
            self.test_uploads(client)
            self.test_masked(client)
        self.test_aws(Aws())
        print(f"{self.__name__}: {time.monotonic() - began:.1f} s", *self.rows, sep="\n  ", flush=True)


WHEN_REQUIRED = {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"}


def store_and_put(server):
    """The server itself, and muster's own uploads to it."""
    pair = Pair(server, server)
    for checksum in (None, "sha256", "sha1", "crc32", "crc32c", "crc64nvme"):
        for file in ("small", "large"):
            for mode in ("auto", "read_back"):
                what = f"muster's own put of {file}, checksum {checksum}, match: {mode}, radosgw {server.version('radosgw')}"
                code, report = pair.muster("run", [{"name": "nothing", "run": ["true"]}], file, f"put/{checksum}-{file}-{mode}.gz",
                                           [mode], {"region": "default", "private": True, "writable": True}, put=True,
                                           **({"checksum": checksum} if checksum else {}))
                check(f"{what}: exit code", code == 0, f"{code}: {report['output']}")


def leave(*_):
    """The roots see that nobody is there any more, and go."""
    shutil.rmtree(SHARED, ignore_errors=True)
    os._exit(128 + signal.SIGTERM)


def main():
    signal.signal(signal.SIGTERM, leave)
    make_files()
    rooms = [Room(release) for release in dict.fromkeys(RELEASES)]
    for room in rooms:
        room.open()
        print(room.release + ":", *(f"{name} {room.version(name)}" for name in ("radosgw", "awscli", "s3cmd", "rclone")), flush=True)
        subprocess.run([f"{room.folder}/s3cmd", f"--config={room.release}/s3cfg", "--quiet", "mb", f"s3://{BUCKET}"], check=True,
                       cwd=SHARED, stdin=subprocess.DEVNULL)
    pairs = [Pair(clients, server) for clients in rooms for server in rooms]
    run_beside_each_other(pairs, 2)
    run_beside_each_other([lambda server=server: store_and_put(server) for server in rooms], 1)
    for room in rooms:
        began = time.monotonic()
        room.close()
        print(f"{room.release} is gone: {time.monotonic() - began:.1f} s")
    finish()


if __name__ == "__main__":
    main()
