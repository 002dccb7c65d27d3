"""Rows of the benchmark that talk to an S3 server on loopback."""

import os
import shlex
import subprocess
import sys

from examination import MARKER
from measure import GIB, ROOT, SCRATCH, Row, make, manifest, shell


class Server:
    """A real S3 server with an empty bucket."""

    def __init__(self):
        self.folder = os.path.join(SCRATCH, "s3")
        self.script = os.path.join(ROOT, "tests", "servers", "radosgw.sh")
        # It keeps everything in memory: five uploads of 2 GiB, and what is read back.
        subprocess.run([self.script, "start", self.folder], check=True, env={**os.environ, "S3_SIZE_GIB": "14"})
        self.names = dict(line.split("=", 1) for line in open(os.path.join(self.folder, "env"), encoding="utf-8")
                          if "=" in line and "(" not in line)
        self.names = {key: value.strip().strip("'\"") for key, value in self.names.items()}
        os.environ.pop("AWS_CA_BUNDLE", None)  # rclone cannot go with it
        os.environ.update(AWS_ACCESS_KEY_ID=self.names["S3_ACCESS_KEY"], AWS_SECRET_ACCESS_KEY=self.names["S3_SECRET_KEY"],
                          AWS_DEFAULT_REGION="us-east-1")
        self.endpoint = self.names["S3_ENDPOINT"]
        self.aws = ["/usr/bin/aws", "--endpoint-url", self.endpoint]
        host = self.endpoint.split("//")[1]
        self.s3cmd = ["s3cmd", "--no-ssl", "--host", host, "--host-bucket", host, "--quiet", "--config", "/dev/null",
                      "--access_key", self.names["S3_ACCESS_KEY"], "--secret_key", self.names["S3_SECRET_KEY"]]
        subprocess.run([*self.aws, "s3", "mb", "s3://bench"], check=True, stdout=subprocess.DEVNULL)

    def store(self):
        return f"stores: {{s: {{s3: {{endpoint: \"{self.endpoint}\", bucket: bench}}}}}}\n"

    def stop(self):
        subprocess.run([self.script, "stop", self.folder], check=False)


def streamed(scale, server):
    path = make("object.sql.gz", "{corpus} sql {bytes} | gzip -1 > {out}", bytes=int(8 * GIB * scale))
    subprocess.run([*server.aws, "s3", "cp", "--no-progress", path, "s3://bench/object.sql.gz"], check=True, stdout=subprocess.DEVNULL)
    url = subprocess.run([*server.aws, "s3", "presign", "s3://bench/object.sql.gz", "--expires-in", "36000"], check=True,
                         capture_output=True, text=True).stdout.strip()
    head = server.store() + "artifacts: [{name: dump, object: {store: s, key: object.sql.gz}, expect: {"
    size = os.path.getsize(path) / GIB
    return [
        Row(f"(e) {size:.2f} GiB from a loopback S3 server, SHA-256 only", manifest("streamed-hash", head + "size: {min: 1KB}}}]\n"), {
            "curl | sha256sum": shell("curl -sf {url} | sha256sum", url=url),
            "curl | openssl dgst": shell("curl -sf {url} | openssl dgst -sha256", url=url),
            "aws s3 cp - | sha256sum": shell(shlex.join(server.aws) + " s3 cp s3://bench/object.sql.gz - | sha256sum"),
            "s3cmd get - | sha256sum": shell(shlex.join(server.s3cmd) + " get s3://bench/object.sql.gz - | sha256sum"),
        }),
        Row("(e) the same, gunzipped and searched as well",
            manifest("streamed", head + "text: {always: ['" + MARKER + "']}}}]\n"), {
            "curl | tee >(sha256sum) | zcat | grep": shell(
                "curl -sf {url} | tee >(sha256sum >&2) | zcat | grep -c -e '" + MARKER + "'", url=url),
        }),
    ]


def uploaded(scale, server):
    """muster examines what it uploads (SHA-256 of all of it), uploads it, and has it proven; the others upload it."""
    path = make("upload.sql", "{corpus} sql {bytes} > {out}", bytes=int(2 * GIB * scale))
    size = os.path.getsize(path) / GIB
    declared = f"artifacts: [{{name: dump, file: {path}, uploads: [{{store: s, key: muster, put: true, overwrite: true, expect: {{match: auto}}}}]}}]\n"
    stream = (f"steps: [{{name: dump, run: [cat, {path}], stdout: {{store: s, key: stream, overwrite: true}}}}]\n"
              "artifacts: [{name: dump, object: {store: s, key: stream}, step: dump}]\n")
    return [
        Row(f"(f) {size:.2f} GiB uploaded to a loopback S3 server, the bytes examined and proven", manifest("uploaded", server.store() + declared), {
            "aws s3 cp": [*server.aws, "s3", "cp", "--no-progress", path, "s3://bench/aws"],
            "s3cmd put": [*server.s3cmd, "put", path, "s3://bench/s3cmd"],
        }),
        Row("(f) the same as a stream, read back", manifest("uploaded-stream", server.store() + stream), {
            "cat | aws s3 cp -": shell("cat {path} | " + shlex.join(server.aws) + " s3 cp - s3://bench/aws-stream", path=path),
        }),
    ]


def hundred(scale, server):
    """A hundred objects uploaded and proven, by what the store tells of them."""
    folder = make("hundred", "mkdir {out}; for i in $(seq 100); do head -c {bytes} /dev/urandom > {out}/$i; done",
                  bytes=max(1024, int((1 << 20) * scale)))
    declared = "".join(f"  - {{name: n{i}, file: {folder}/{i}, uploads: [{{store: s, key: hundred/{i}, put: true, overwrite: true, expect: {{match: auto}}}}]}}\n"
                       for i in range(1, 101))
    rclone = ("RCLONE_CONFIG_R_TYPE=s3 RCLONE_CONFIG_R_PROVIDER=Ceph RCLONE_CONFIG_R_ENV_AUTH=true RCLONE_CONFIG_R_ENDPOINT=" + server.endpoint
              + " rclone --config=/dev/null -q --s3-no-check-bucket ")
    return [
        Row("(g) 100 objects uploaded and proven", manifest("hundred", server.store() + "artifacts:\n" + declared), {
            "rclone copy; rclone check": shell(f"{rclone} --ignore-times copy {{folder}} R:bench/rclone; {rclone} check {{folder}} R:bench/rclone", folder=folder),
            "aws s3 cp (no proof)": [*server.aws, "s3", "cp", "--quiet", "--recursive", folder, "s3://bench/aws-hundred/"],
            "s3cmd put (no proof)": [*server.s3cmd, "put", "--recursive", folder + "/", "s3://bench/s3cmd-hundred/"],
        }),
    ]


def listed(scale):
    """A listing as fast as a server may give it: `tests/servers/fault_server.py` has the pages ready."""
    sys.path.insert(0, os.path.join(ROOT, "tests", "servers"))
    from harness import FaultServer
    server = FaultServer()
    environment = ["env", "AWS_ACCESS_KEY_ID=AKLISTED", "AWS_SECRET_ACCESS_KEY=secret", "AWS_DEFAULT_REGION=us-east-1"]
    host = server.endpoint.split("//")[1]
    rows = []
    for bucket, keys, worth in [("hundred-thousand", "100,000", True), ("million", "1,000,000", scale >= 1)]:
        declared = (f"stores: {{s: {{s3: {{endpoint: \"{server.endpoint}\", bucket: {bucket}}}}}}}\n"
                    "artifacts: [{name: dump, object: {store: s, key: 'backups/*/database-*.sql.gz'}}]\n")
        others = {} if not worth else {
            "aws s3api list-objects-v2": [*environment, "/usr/bin/aws", "--endpoint-url", server.endpoint, "s3api", "list-objects-v2",
                                          "--bucket", bucket, "--query", "length(Contents)"],
            "s3cmd ls": [*environment, "s3cmd", "--no-ssl", "--host", host, "--host-bucket", host, "--config", "/dev/null",
                         "--access_key", "AKLISTED", "--secret_key", "secret", "ls", "--recursive", f"s3://{bucket}"],
        }
        ours = [*environment, *manifest("listed-" + bucket, declared, "verify")]
        rows.append(Row(f"(h) {keys} keys listed, and the newest found", ours, others))
    return rows
