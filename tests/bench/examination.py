"""Rows of the benchmark that examine an artifact on the disk."""

import os

from measure import GIB, MIB, Row, have, make, manifest, shell

MARKER = "-- PostgreSQL database dump complete"
PATTERNS = ["ERROR:", "^ROLLBACK", "CORRUPTION", "could not read", "permission denied", "out of memory", "^\\[Error\\]",
            "No space left", "server closed the connection", "Bucket not found"]

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

LITE = """
f={tar}; sha256sum $f > sums; md5sum $f >> sums; tar -tf $f > names
for m in $(grep 'gz$' names); do tar -xOf $f $m | gzip -t; done
"""

TUNED = """
f={tar}; size=$(stat -c %s $f); [ $size -gt 1000000 ]
openssl dgst -sha256 $f > sums & hash=$!
tar -tf $f > names
for m in ./backup_information.yml ./db/database.sql.gz ./registry.tar.gz ./uploads.tar.gz ./artifacts.tar.gz ./lfs.tar.gz ./packages.tar.gz ./pages.tar.gz; do
    grep -qxF $m names; done
for m in $(grep 'tar.gz$' names); do [ $(tar -xOf $f $m | igzip -dc | tar -tf - | wc -l) -ge 2 ]; done
[ $(tar -xOf $f ./db/database.sql.gz | igzip -dc | tee >(wc -c > bytes) | LC_ALL=C grep -cF -- '{marker}') -ge 1 ]
wait $hash
"""

PYTHON = """
import gzip, hashlib, sys, tarfile
with open(sys.argv[1], "rb") as file:
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
names, found = [], False
with tarfile.open(sys.argv[1], "r:") as outer:
    for member in outer:
        names.append(member.name)
        if member.name.endswith(".tar.gz"):
            with tarfile.open(fileobj=outer.extractfile(member), mode="r|gz") as inner:
                assert sum(1 for _ in inner) >= 2
        elif member.name.endswith(".gz"):
            tail = b""
            with gzip.open(outer.extractfile(member)) as text:
                while block := text.read(1 << 20):
                    found = found or sys.argv[2].encode() in tail + block
                    tail = block[-100:]
assert found and len(names) > 40
"""


def gitlab_tar(scale):
    return make("gitlab.tar", GITLAB, sql=int(1.4 * GIB * scale), pack=int(18 * MIB * scale), inner=int(230 * MIB * scale))


def gitlab_manifest(tar):
    return manifest("gitlab", f"""
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


def gitlab(scale):
    tar = gitlab_tar(scale)
    return [Row(f"(a) a GitLab-shaped tar, {os.path.getsize(tar) / GIB:.2f} GiB", gitlab_manifest(tar), {
        "script, same assertions": shell(FULL.replace("{marker}", MARKER).replace("{md5}", ""), tar=tar),
        "script with MD5 and ETag as well": shell(FULL.replace("{marker}", MARKER).replace("{md5}", MD5), tar=tar),
        "script that does less (no nesting)": shell(LITE, tar=tar),
        "expert's script (igzip, openssl)": shell(TUNED.replace("{marker}", MARKER), tar=tar),
        "python (hashlib, tarfile, gzip)": ["/usr/bin/python3", "-c", PYTHON, tar, MARKER],
        "muster, its size alone": manifest("size", f"artifacts: [{{name: file, file: {tar}, expect: {{size: {{min: 1}}}}}}]\n"),
        "openssl dgst -sha256 alone": ["openssl", "dgst", "-sha256", tar],
    })]


def disk(scale):
    tar = gitlab_tar(scale)
    return [Row("(a) the same from the disk, in a control group of 256 MiB", gitlab_manifest(tar), {
        "cat": shell("cat {tar} > /dev/null", tar=tar),
        "openssl dgst -sha256 alone": ["openssl", "dgst", "-sha256", tar],
        "expert's script (igzip, openssl)": shell(TUNED.replace("{marker}", MARKER), tar=tar),
    }, cold=tar, group_bytes=256 * MIB)]


def members(scale):
    tar = make("members.tar", "{corpus} members {count} > {out}", count=int(1000000 * scale))
    ours = manifest("members", f"artifacts: [{{name: tar, file: {tar}, expect: {{archive: {{count: {{min: 1}}}}}}}}]\n")
    return [Row(f"(b) a tar of {int(1000000 * scale):,} members", ours, {
        "tar -t < FILE": shell("tar -tf - < {tar} > names", tar=tar),
        "bsdtar -t < FILE": shell("bsdtar -tf - < {tar} > names", tar=tar),
        "openssl dgst -sha256 alone": ["openssl", "dgst", "-sha256", tar],
    })]


def dump(scale, name, pack, unpack):
    path = make("dump.sql." + name, "{corpus} sql {bytes} | " + pack + " > {out}", bytes=int(4 * GIB * scale))
    never = ", ".join(f"'{pattern}'" for pattern in PATTERNS[:-1])
    ours = manifest("dump-" + name, f"artifacts: [{{name: dump, file: {path}, "
                    f"expect: {{text: {{always: ['{MARKER}'], never: [{never}]}}}}}}]\n")
    alone = "{ " + unpack + " {path} | LC_ALL=C grep -E '{all}' || true; } > /dev/null"
    every = "|".join(PATTERNS[:-1] + [MARKER])
    return [Row(f"(c) a {4 * scale:.1f} GiB SQL dump in {name}, ten patterns", ours, {
        f"{unpack} | grep -E": shell(alone.replace("{all}", every), path=path),
        f"{unpack} | grep -E, sha256sum": shell(alone.replace("{all}", every) + "; sha256sum {path} > sums", path=path),
        f"{unpack} alone": shell(unpack + " {path} > /dev/null", path=path),
        "muster, one pattern": manifest("one-" + name, f"artifacts: [{{name: dump, file: {path}, "
                                        f"expect: {{text: {{always: ['{MARKER}']}}}}}}]\n"),
    })]


def inflate(scale):
    path = make("dump.sql.gz", "{corpus} sql {bytes} | gzip -1 > {out}", bytes=int(4 * GIB * scale))
    ours = manifest("inflate", f"artifacts: [{{name: dump, file: {path}, expect: {{format: gzip}}}}]\n")
    others = {"gzip -t": ["gzip", "-t", path], "pigz -t -p1": ["pigz", "-t", "-p1", path], "igzip -t": ["igzip", "-t", path]}
    return [Row(f"a {4 * scale:.1f} GiB SQL dump in gzip, read to its end (muster: SHA-256 as well)", ours,
                {name: argv for name, argv in others.items() if have(argv[0])})]
