#!/usr/bin/python3
# test: servers, about 15
"""The static muster in a root that holds nothing but it, its manifest, and what is to be examined: a backup in a folder, and one on an S3
server (radosgw) over TLS, with the CA certificates in each of the places where distributions keep them."""

import os
import shutil
import subprocess

from rooted import CA_PLACES, Root, expect_end, support
from as_root import root_only
from harness import Radosgw

from support import expect, expect_equal

root_only("enters a root of its own")

QUICKSTART = os.path.join(support.ROOT, "examples", "quickstart")
NOBODY = 65534
_server = None


def make_backup(path):
    """As the quickstart does, by a muster outside; what muster keeps lies in path/vault then."""
    subprocess.run([os.path.join(QUICKSTART, "make-database.sh"), "shop.db"], cwd=path, check=True, capture_output=True)
    for name in ("scratch", "vault"):
        os.mkdir(os.path.join(path, name))
    run = support.muster("run", path=os.path.join(QUICKSTART, "backup.yml"), cwd=path)
    expect_equal(run.code, 0, run)


def test_quickstart_is_verified():
    with Root() as root, support.Folder() as path:
        make_backup(path)
        shutil.copytree(os.path.join(path, "vault"), os.path.join(root.path, "vault"))
        root.put("backup.yml", "@" + os.path.join(QUICKSTART, "backup.yml"))
        expect_end(root.run("verify", "--verbose", "backup.yml"), 0, r"^passed +artifact:snapshot/format")
        expect_equal(len(root.holds()), 4)  # muster, its manifest, the backup and its digest: nothing was written

        name = next(name for name in root.holds() if name.endswith(".gz"))
        with open(os.path.join(root.path, name), "r+b") as file:
            file.seek(100_000)
            file.write(b"damaged")
        expect_end(root.run("verify", "backup.yml"), 1, "artifact:snapshot")


def server():
    """One for all tests, with an object "sql/all.sql" in the bucket "objects"."""
    global _server
    if _server is None:
        _server = Radosgw()
        _server.aws("s3api", "create-bucket", "--bucket", _server.bucket("objects"))
        with support.Folder() as path:
            support.write(path, "all.sql", "create table a (b text);\n" * 1000 + "-- complete\n")
            _server.aws("s3", "cp", "--quiet", os.path.join(path, "all.sql"), f"s3://{_server.bucket('objects')}/sql/all.sql")
    return _server


def manifest(**settings):
    s3 = {"endpoint": server()["S3_TLS_ENDPOINT"], "region": "us-east-1", "bucket": server().bucket("objects"), "timeout": "60s",
          "credentials": {"access_key": {"env": "ACCESS_KEY"}, "secret_key": {"env": "SECRET_KEY"}}, **settings}
    return {"muster": 1, "name": "objects", "stores": {"objects": {"s3": s3}},
            "artifacts": [{"name": "dump", "object": {"store": "objects", "key": "sql/all.sql"},
                           "expect": {"size": {"min": "20KiB"}, "text": {"always": ["^-- complete"]}}}]}


def verify(root, env=None, **more):
    keys = {"ACCESS_KEY": server()["S3_ACCESS_KEY"], "SECRET_KEY": server()["S3_SECRET_KEY"]}
    return root.run("verify", "backup.json", env={**keys, **(env or {})}, **more)


def test_s3_over_tls_with_ca_file():
    with Root() as root:
        root.put("ca.pem", "@" + server()["S3_CA_FILE"])
        root.put("backup.json", manifest(ca_file="/ca.pem"))
        expect_equal(root.holds(), ["backup.json", "ca.pem", "muster"])
        expect_end(verify(root), 0)


def test_certificates_are_found_where_distributions_keep_them():
    for place in CA_PLACES:
        with Root() as root:
            root.put(place, "@" + server()["S3_CA_FILE"])
            root.put("backup.json", manifest())
            expect_end(verify(root), 0)


def test_certificates_that_the_environment_names_are_used_alone():
    with Root() as root:
        root.put("own.pem", "@" + server()["S3_CA_FILE"])
        root.put(CA_PLACES[0], other_ca())
        root.put("backup.json", manifest())
        expect_end(verify(root, {"SSL_CERT_FILE": "/own.pem"}), 0)
        expect_end(verify(root, {"AWS_CA_BUNDLE": "/own.pem"}), 0)
        root.put(CA_PLACES[0], "@" + server()["S3_CA_FILE"])
        expect_end(verify(root, {"SSL_CERT_FILE": "/missing.pem"}), 5, r"'/missing\.pem' \(SSL_CERT_FILE\): No such file")


def other_ca():
    with support.Folder() as path:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=another", "-keyout", "key", "-out", "ca.pem"], cwd=path, check=True, capture_output=True)
        with open(os.path.join(path, "ca.pem"), encoding="ascii") as file:
            return file.read()


def test_a_certificate_of_another_ca_is_not_trusted():
    with Root() as root:
        root.put(CA_PLACES[0], other_ca())
        root.put("backup.json", manifest())
        finished = verify(root)
        expect(finished.returncode != 0, finished.stdout)
        support.expect_match("is not trusted", finished.stdout)


def test_no_certificates_are_told_with_every_place():
    with Root() as root:
        root.put("backup.json", manifest())
        finished = verify(root)
        expect(finished.returncode != 0, finished.stdout)
        text = " ".join(finished.stdout.split())
        for part in CA_PLACES + ["there are no CA certificates", "'ca_file'", "AWS_CA_BUNDLE", "SSL_CERT_FILE"]:
            expect(part in text, f"{part} is not named\n{finished.stdout}")


def test_certificates_that_cannot_be_read_are_named():
    with Root() as root:
        os.chmod(root.put(CA_PLACES[1], "@" + server()["S3_CA_FILE"]), 0)
        root.put(CA_PLACES[4], "@" + server()["S3_CA_FILE"])
        root.put("backup.json", manifest())
        finished = verify(root, user=NOBODY)
        expect(finished.returncode != 0, finished.stdout)
        support.expect_match(CA_PLACES[1] + ".*Permission denied", " ".join(finished.stdout.split()))


support.main()
