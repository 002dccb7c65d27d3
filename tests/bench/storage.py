"""Rows of the benchmark that talk to an S3 server on loopback."""

import os
import shlex
import subprocess

from examination import MARKER
from measure import GIB, ROOT, SCRATCH, Row, make, manifest, shell


class Server:
    """A real S3 server with an empty bucket."""

    def __init__(self):
        self.folder = os.path.join(SCRATCH, "s3")
        self.script = os.path.join(ROOT, "tests", "servers", "radosgw.sh")
        subprocess.run([self.script, "start", self.folder], check=True)
        self.names = dict(line.split("=", 1) for line in open(os.path.join(self.folder, "env"), encoding="utf-8")
                          if "=" in line and "(" not in line)
        self.names = {key: value.strip().strip("'\"") for key, value in self.names.items()}
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
