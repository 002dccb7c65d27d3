"""Real servers for the length of a with, and muster run beside them."""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "cli"), os.path.join(HERE, "..", "servers")]

import harness  # noqa: E402
import support  # noqa: E402

EXAMPLES = os.path.join(support.ROOT, "examples")
SERVERS = os.path.join(support.ROOT, "tests", "servers")


def sh(script, cwd, env, check=True):
    """A bash script with errexit; gives the finished process."""
    finished = subprocess.run(["/bin/bash", "-euo", "pipefail", "-c", script], cwd=cwd, env=support.environment(env), text=True,
                              errors="replace", capture_output=True, timeout=600)
    if check and finished.returncode != 0:
        raise support.Failure(f"exit status {finished.returncode} of: {script}\n{finished.stdout}{finished.stderr}")
    return finished


class Postgres:
    """A server of the program's own: a dump of a cluster has whatever anybody made in it."""

    def __enter__(self):
        self.folder = support.Folder()
        self.path = self.folder.__enter__()
        os.chmod(self.path, 0o755)
        self.control("start")
        with open(os.path.join(self.path, "env"), encoding="utf-8") as file:
            self.env = dict(line.rstrip("\n").split("=", 1) for line in file)
        return self

    def __exit__(self, *_):
        self.control("stop")
        self.folder.__exit__()

    def control(self, verb):
        script = os.path.join(SERVERS, "postgres.sh")
        with open(os.path.join(self.path, "control.log"), "a+", encoding="utf-8") as log:
            code = subprocess.call([script, verb, self.path], stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=600)
            log.seek(0)
            if code != 0:
                raise support.Failure(f"{script} {verb}: exit status {code}\n{log.read()}")

    def psql(self, command, database="postgres"):
        finished = subprocess.run(["psql", "-AtXqc", command, database], env=support.environment(self.env), text=True,
                                  capture_output=True, timeout=120)
        if finished.returncode != 0:
            raise support.Failure(finished.stderr)
        return finished.stdout


class S3(harness.Radosgw):
    """The run's radosgw, with users of the program's own; `keys` is what tools and muster need in their environment."""

    def __init__(self):
        self.folder = support.Folder()

    def __enter__(self):
        super().__init__()
        self.path = self.folder.__enter__()
        os.chmod(self.path, 0o755)
        self.endpoint = self.env["S3_ENDPOINT"]
        self.keys = {"AWS_ACCESS_KEY_ID": self.env["S3_ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY": self.env["S3_SECRET_KEY"],
                     "HOME": self.path}
        host = self.endpoint.split("//")[1]
        support.write(self.path, ".s3cfg", f"[default]\naccess_key = {self.env['S3_ACCESS_KEY']}\nsecret_key = {self.env['S3_SECRET_KEY']}\n"
                      f"host_base = {host}\nhost_bucket = {host}\nuse_https = False\nsignature_v2 = False\n")
        return self

    def __exit__(self, *_):
        self.folder.__exit__()

    def named(self, manifest):
        """The manifest with its buckets called as no other program may call them."""
        return re.sub(r"\b(bucket: )(?=[a-z])", lambda found: found[1] + self.bucket(""), manifest)

    def s3cmd(self, *arguments):
        finished = subprocess.run(["s3cmd", *arguments], env=support.environment(self.keys), text=True, errors="replace",
                                  capture_output=True, timeout=240)
        if finished.returncode != 0:
            raise support.Failure(f"s3cmd {arguments}: {finished.returncode}\n{finished.stdout}{finished.stderr}")
        return finished.stdout
