#!/usr/bin/python3
"""Measures muster beside what people use today, in alternating pairs, and prints medians and ratios.

    tests/bench/bench.py [-k NAME] [--scale 0.1] [--runs 5]      MUSTER, CORPUS, SCRATCH in the environment

Absolute times belong to the machine and its hour; the ratios are taken pair by pair. Peak is the largest process's resident
size. The corpus is made by tests/bench/corpus.c, the same every time, below SCRATCH (build/bench), and kept there.
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MUSTER = os.path.abspath(os.environ.get("MUSTER", os.path.join(ROOT, "build", "muster")))
CORPUS = os.path.abspath(os.environ.get("CORPUS", os.path.join(ROOT, "build", "bench-corpus")))
SCRATCH = os.path.abspath(os.environ.get("SCRATCH", os.path.join(ROOT, "build", "bench")))
GIB, MIB = 1 << 30, 1 << 20
MARKER = "-- PostgreSQL database dump complete"
PATTERNS = ["ERROR:", "^ROLLBACK", "CORRUPTION", "could not read", "permission denied", "out of memory", "^\\[Error\\]",
            "No space left", "server closed the connection", "Bucket not found"]


def shell(script, **names):
    for name, value in names.items():
        script = script.replace("{" + name + "}", shlex.quote(str(value)))
    return ["bash", "-euo", "pipefail", "-c", script]


def make(name, script, **names):
    """A file of the corpus, made once."""
    path = os.path.join(SCRATCH, name)
    if not os.path.exists(path):
        print(f"making {name} ...", flush=True)
        subprocess.run(shell(script, out=path + ".part", corpus=CORPUS, **names), check=True, cwd=SCRATCH)
        os.rename(path + ".part", path)
    return path


def manifest(name, text):
    path = os.path.join(SCRATCH, name + ".yml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"muster: 1\nname: {name}\n" + text)
    return [MUSTER, "run", "--quiet", path]


class Sample:
    def __init__(self, argv):
        begin = time.monotonic()
        child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=SCRATCH)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - begin
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024
        if child.returncode != 0:
            sys.exit(f"{shlex.join(argv)[:300]}\nexited with {child.returncode}: {said.decode(errors='replace')[:1000]}")


class Row:
    def __init__(self, title, ours, others):
        self.title, self.ours, self.others = title, ours, others

    def measure(self, runs):
        """Ours and each of the others in turn; one round that does not count first."""
        samples = {name: [] for name in ["muster", *self.others]}
        for turn in range(runs + 1):
            for name, argv in [("muster", self.ours), *self.others.items()]:
                sample = Sample(argv)
                if turn > 0:
                    samples[name].append(sample)
        print(f"\n{self.title}")
        print(f"  {'':34} {'wall s':>8} {'cpu s':>8} {'peak MiB':>9}   wall, muster = 1 (min..max of the pairs)")
        for name, taken in samples.items():
            ratios = [other.wall / mine.wall for mine, other in zip(samples["muster"], taken)]
            words = "" if name == "muster" else f"{statistics.median(ratios):8.2f}x  ({min(ratios):.2f}..{max(ratios):.2f})"
            print(f"  {name:34} {statistics.median(s.wall for s in taken):8.2f} {statistics.median(s.cpu for s in taken):8.2f} "
                  f"{max(s.peak for s in taken):9.1f}   {words}", flush=True)


GITLAB = """
rm -rf shaped; mkdir -p shaped/db shaped/repositories/@hashed
{corpus} sql {sql} | gzip -1 > shaped/db/database.sql.gz
for i in $(seq 40); do {corpus} noise {pack} > shaped/repositories/@hashed/$i.bundle; done
for item in registry uploads artifacts lfs packages pages; do
    mkdir inner; {corpus} half {inner} > inner/blob; for i in $(seq 300); do echo "$item $i" > inner/$i.txt; done
    tar -cf - -C inner . | gzip -1 > shaped/$item.tar.gz; rm -rf inner
done
printf -- '---\\n:skipped: builds\\n' > shaped/backup_information.yml
tar -cf {out} -C shaped .; rm -rf shaped
"""

FULL = """
f={tar}; size=$(stat -c %s $f); [ $size -gt 1000000 ]
sha256sum $f > sums; {md5}
tar -tf $f > names
for m in ./backup_information.yml ./db/database.sql.gz ./registry.tar.gz ./uploads.tar.gz ./artifacts.tar.gz ./lfs.tar.gz ./packages.tar.gz ./pages.tar.gz; do
    grep -qxF $m names; done
[ $(grep -c '^./repositories/.*bundle$' names) -ge 10 ]
for m in $(grep 'gz$' names); do tar -xOf $f $m | gzip -t; done
for m in $(grep 'tar.gz$' names); do [ $(tar -xOf $f $m | tar -tzf - | wc -l) -ge 2 ]; done
[ $(tar -xOf $f ./db/database.sql.gz | gzip -dc | grep -c -- '{marker}') -ge 1 ]
[ $(tar -xOf $f ./db/database.sql.gz | gzip -dc | wc -c) -ge 10000000 ]
"""
MD5 = "md5sum $f >> sums; for ((i = 0; i * 16777216 < size; i++)); do dd if=$f bs=16M skip=$i count=1 status=none | md5sum; done > parts"

TUNED = """
f={tar}; size=$(stat -c %s $f); [ $size -gt 1000000 ]
openssl dgst -sha256 $f > sums & hash=$!
tar -tf $f > names
for m in ./backup_information.yml ./db/database.sql.gz ./registry.tar.gz ./uploads.tar.gz ./artifacts.tar.gz ./lfs.tar.gz ./packages.tar.gz ./pages.tar.gz; do
    grep -qxF $m names; done
for m in $(grep 'tar.gz$' names); do [ $(tar -xOf $f $m | {gunzip} | tar -tf - | wc -l) -ge 2 ]; done
[ $(tar -xOf $f ./db/database.sql.gz | {gunzip} | tee >(wc -c > bytes) | LC_ALL=C grep -cF -- '{marker}') -ge 1 ]
wait $hash
"""


def gitlab(scale):
    tar = make("gitlab.tar", GITLAB, sql=int(1.4 * GIB * scale), pack=int(18 * MIB * scale), inner=int(230 * MIB * scale))
    ours = manifest("gitlab", f"""
artifacts:
  - name: tar
    file: {tar}
    expect:
      size: {{min: 1MB}}
      archive:
        members:
          - backup_information.yml
          - {{path: db/database.sql.gz, expect: {{unpacked: {{min: 10MB}}, text: {{always: ["{MARKER}"]}}}}}}
          - {{path: "repositories/**", count: {{min: 10}}}}
          - {{path: "{{registry,uploads,artifacts,lfs,packages,pages}}.tar.gz", count: 6, expect: {{archive: {{count: {{min: 1}}}}}}}}
""")
    gunzip = "igzip -dc" if subprocess.run(["which", "igzip"], stdout=subprocess.DEVNULL).returncode == 0 else "gzip -dc"
    script = FULL.replace("{marker}", MARKER)
    return Row(f"(a) a GitLab-shaped tar, {os.path.getsize(tar) / GIB:.2f} GiB", ours, {
        "script, same assertions": shell(script.replace("{md5}", ""), tar=tar),
        "script with MD5 and ETag as well": shell(script.replace("{md5}", MD5), tar=tar),
        f"expert's script ({gunzip.split()[0]}, openssl)": shell(TUNED.replace("{marker}", MARKER).replace("{gunzip}", gunzip), tar=tar),
        "openssl dgst -sha256 alone": ["openssl", "dgst", "-sha256", tar],
    })


def members(scale):
    tar = make("members.tar", "{corpus} members {count} > {out}", count=int(1000000 * scale))
    ours = manifest("members", f"artifacts: [{{name: tar, file: {tar}, expect: {{archive: {{count: {{min: 1}}}}}}}}]\n")
    return Row(f"(b) a tar of {int(1000000 * scale):,} members", ours, {
        "tar -t < FILE": shell("tar -tf - < {tar} > names", tar=tar),
        "bsdtar -t < FILE": shell("bsdtar -tf - < {tar} > names", tar=tar),
    })


def dump(scale, name, pack, unpack):
    path = make("dump.sql." + name, "{corpus} sql {bytes} | " + pack + " > {out}", bytes=int(4 * GIB * scale))
    never = ", ".join(f"'{pattern}'" for pattern in PATTERNS[:-1])
    ours = manifest("dump-" + name, f"artifacts: [{{name: dump, file: {path}, "
                    f"expect: {{text: {{always: ['{MARKER}'], never: [{never}]}}}}}}]\n")
    script = "{ " + unpack + " {path} | LC_ALL=C grep -E '{all}' || true; } > /dev/null; sha256sum {path} > sums"
    alone = "{ " + unpack + " {path} | LC_ALL=C grep -E '{all}' || true; } > /dev/null"
    every = "|".join(PATTERNS[:-1] + [MARKER])
    return Row(f"(c) a {4 * scale:.1f} GiB SQL dump in {name}, ten patterns", ours, {
        f"{unpack} | grep -E": shell(alone.replace("{all}", every), path=path),
        f"{unpack} | grep -E, sha256sum": shell(script.replace("{all}", every), path=path),
        f"{unpack} alone": shell(unpack + " {path} > /dev/null", path=path),
    })


class Server:
    """A real S3 server; the artifact is uploaded once."""

    def __init__(self):
        self.folder = os.path.join(SCRATCH, "s3")
        self.script = os.path.join(ROOT, "tests", "servers", "radosgw.sh")
        subprocess.run([self.script, "start", self.folder], check=True)
        self.names = dict(line.split("=", 1) for line in open(os.path.join(self.folder, "env"), encoding="utf-8")
                          if "=" in line and "(" not in line)
        self.names = {key: value.strip().strip("'\"") for key, value in self.names.items()}
        os.environ.update(AWS_ACCESS_KEY_ID=self.names["S3_ACCESS_KEY"], AWS_SECRET_ACCESS_KEY=self.names["S3_SECRET_KEY"],
                          AWS_DEFAULT_REGION="us-east-1")
        self.aws = ["/usr/bin/aws", "--endpoint-url", self.names["S3_ENDPOINT"]]

    def stop(self):
        subprocess.run([self.script, "stop", self.folder], check=False)


def streamed(scale, server):
    path = make("object.sql.gz", "{corpus} sql {bytes} | gzip -1 > {out}", bytes=int(2 * GIB * scale))
    subprocess.run([*server.aws, "s3", "mb", "s3://bench"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*server.aws, "s3", "cp", "--no-progress", path, "s3://bench/object.sql.gz"], check=True, stdout=subprocess.DEVNULL)
    url = subprocess.run([*server.aws, "s3", "presign", "s3://bench/object.sql.gz", "--expires-in", "3600"], check=True,
                         capture_output=True, text=True).stdout.strip()
    head = (f"stores: {{s: {{s3: {{endpoint: \"{server.names['S3_ENDPOINT']}\", bucket: bench}}}}}}\n"
            "artifacts: [{name: dump, object: {store: s, key: object.sql.gz}, expect: {")
    hashed = manifest("streamed-hash", head + "size: {min: 1KB}}}]\n")
    examined = manifest("streamed", head + "text: {always: ['" + MARKER + "']}}}]\n")
    size = os.path.getsize(path) / GIB
    return [
        Row(f"(e) {size:.2f} GiB from a loopback S3 server, SHA-256 only", hashed, {
            "curl | sha256sum": shell("curl -sf {url} | sha256sum", url=url),
            "curl | openssl dgst": shell("curl -sf {url} | openssl dgst -sha256", url=url),
            "aws s3 cp - | sha256sum": shell(shlex.join(server.aws) + " s3 cp s3://bench/object.sql.gz - | sha256sum"),
        }),
        Row(f"(e) the same, gunzipped and searched as well", examined, {
            "curl | tee >(sha256sum) | zcat | grep": shell("curl -sf {url} | tee >(sha256sum >&2) | zcat | grep -c -e '" + MARKER + "'", url=url),
        }),
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", default="", help="only rows of this name: gitlab, members, gzip, zstd, s3")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    os.makedirs(SCRATCH, exist_ok=True)
    scale = options.scale
    rows = {
        "gitlab": lambda: [gitlab(scale)],
        "members": lambda: [members(scale)],
        "gzip": lambda: [dump(scale, "gz", "gzip -1", "zcat")],
        "zstd": lambda: [dump(scale, "zst", "zstd -q -3", "zstdcat")],
    }
    print(f"{os.cpu_count()} processors; {options.runs} pairs; page cache warm")
    for name, build in rows.items():
        if options.k in name:
            for row in build():
                row.measure(options.runs)
    if options.k in "s3":
        server = Server()
        try:
            for row in streamed(min(scale, 1.0), server):
                row.measure(options.runs)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
