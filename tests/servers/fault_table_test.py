#!/usr/bin/python3
# test: waits, about 17
"""The fault table: what muster makes of each thing that can go wrong with a store, as a verdict and an exit code.

Every row is a manifest whose store has one fault. It ends with 0 only where asking again heals it, or where the bytes
themselves are proven all the same.
The table is printed.
"""

import hashlib
import os
import subprocess
import sys
import threading
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import fault_server
from harness import FaultServer, busy, check, clean_environment, equal, finish, folder, run_beside_each_other, run_muster

ENVIRONMENT = clean_environment(AWS_ACCESS_KEY_ID="AKTABLE", AWS_SECRET_ACCESS_KEY="tableSecret/canary")
DIGEST = {"digest": {"sha256": hashlib.sha256(fault_server.CONTENT).hexdigest()}}
UPLOAD = "upload:a@s"
PROVEN = {"artifact:a/exists": "pass", "artifact:a/digest": "pass"}
FAILED = {"artifact:a/exists": "fail", "artifact:a/digest": "unproven"}
UNPROVEN = {"artifact:a/digest": "unproven"}

server = FaultServer()
rows = []
rows_lock = threading.Lock()


def object_named(key):
    """A verify of the object by its name (or, with a glob, by listing)."""
    return "verify", {"artifacts": [{"name": "a", "object": {"store": "s", "key": key}, "expect": DIGEST}]}


def uploaded(match):
    """A run whose artifact should lie in the store."""
    path = os.path.join(folder(), "content")
    return "run", {"artifacts": [{"name": "a", "file": path, "uploads": [{"store": "s", "key": "k", "expect": {"match": match}}]}]}


def put():
    """A run that uploads the artifact itself."""
    path = os.path.join(folder(), "content")
    return "run", {"artifacts": [{"name": "a", "file": path, "expect": {"size": {"min": 1}},
                                  "uploads": [{"store": "s", "key": "k", "put": True, "expect": {"match": "auto"}}]}]}


NAMED, NEWEST = object_named("k"), object_named("[a-c]")
# Fault; what is asked of it; exit code; the verdicts of checks; a part of what is said.
TABLE = [
    ("well", NAMED, 0, PROVEN, ""),
    ("well", NEWEST, 0, PROVEN, ""),
    ("now", uploaded("read_back"), 0, {UPLOAD + "/match": "pass", UPLOAD + "/fresh": "pass"}, ""),
    # Healed by asking again.
    ("storm-twice", NEWEST, 0, {}, ""),
    ("storm-of-objects-twice", NAMED, 0, {}, ""),
    ("internal-once", NEWEST, 0, {}, ""),
    ("closed-once", NEWEST, 0, {}, ""),
    ("timeout-code-once", NEWEST, 0, {}, ""),
    ("cut-once", NAMED, 0, PROVEN, ""),
    ("cut-always", NAMED, 0, PROVEN, ""),
    ("reset-once", NAMED, 0, PROVEN, ""),
    ("chunked-cut", NAMED, 0, PROVEN, ""),
    ("range-ignored", NAMED, 0, PROVEN, ""),
    ("continue-once", NAMED, 0, PROVEN, ""),
    ("hints-twice", NAMED, 0, PROVEN, ""),
    ("region-header", NAMED, 0, {}, ""),
    ("region-code", NAMED, 0, {}, ""),
    ("breaks-down-unless-encoded", NEWEST, 0, PROVEN, ""),
    # Nobody, or nobody who makes sense.
    ("silent", NAMED, 5, UNPROVEN, "said nothing"),
    ("closed", NAMED, 5, UNPROVEN, "broke the connection off"),
    ("garbage", NAMED, 5, UNPROVEN, "cannot understand"),
    ("continue-for-ever", NAMED, 5, UNPROVEN, ""),
    ("endless-headers", NAMED, 5, UNPROVEN, "headers"),
    ("endless-error", NAMED, 5, UNPROVEN, "AccessDenied"),
    ("storm", NAMED, 5, UNPROVEN, "503 SlowDown"),
    ("web-server", NAMED, 5, UNPROVEN, "404"),
    ("empty-200", NAMED, 5, UNPROVEN, ""),
    ("no-content", NAMED, 5, UNPROVEN, "204"),
    ("forbidden", NAMED, 5, UNPROVEN, "403 AccessDenied"),
    ("expired", NAMED, 4, {}, "ExpiredToken"),
    ("skewed-always", NAMED, 4, {}, "RequestTimeTooSkewed"),
    ("clock-ahead", NAMED, 4, {}, "clock"),
    ("clock-behind", NAMED, 4, {}, "clock"),
    ("to-elsewhere-301", NAMED, 5, UNPROVEN, "301"),
    ("to-elsewhere-302", NAMED, 5, UNPROVEN, "302"),
    ("to-elsewhere-307", NAMED, 5, UNPROVEN, "307"),
    ("region-evil", NAMED, 4, {}, ""),
    # Listings.
    ("error-in-200", NEWEST, 5, UNPROVEN, "InternalError"),
    ("denied-in-200", NEWEST, 5, UNPROVEN, "AccessDenied"),
    ("doctype", NEWEST, 5, UNPROVEN, "DOCTYPE"),
    ("laughs", NEWEST, 5, UNPROVEN, "DOCTYPE"),
    ("external", NEWEST, 5, UNPROVEN, "DOCTYPE"),
    ("deep", NEWEST, 5, UNPROVEN, "too deep"),
    ("huge-name", NEWEST, 5, UNPROVEN, "too long"),
    ("giant-key", NEWEST, 5, UNPROVEN, "too long"),
    ("huge-key", NEWEST, 5, UNPROVEN, "longer than 1024"),
    ("endless-tag", NEWEST, 5, UNPROVEN, "too long"),
    ("half-xml", NEWEST, 5, UNPROVEN, "not well-formed"),
    ("no-end-known", NEWEST, 5, UNPROVEN, "whether there is more"),
    ("html", NEWEST, 5, UNPROVEN, "no listing"),
    ("token-missing", NEWEST, 5, UNPROVEN, "does not say where"),
    ("token-repeated", NEWEST, 5, UNPROVEN, "comes again"),
    ("token-circle", NEWEST, 5, UNPROVEN, "comes again"),
    ("first-page-again", NEWEST, 5, UNPROVEN, "comes again"),
    ("duplicates", NEWEST, 5, UNPROVEN, "twice"),
    ("empty-listing", NEWEST, 1, FAILED, ""),
    ("listed-only", NEWEST, 1, FAILED, ""),
    ("listed-but-denied", NEWEST, 5, UNPROVEN, "403 AccessDenied"),
    # Asking for an object.
    ("storm-of-heads", NAMED, 5, UNPROVEN, "503"),
    ("many-headers", NAMED, 5, UNPROVEN, ""),
    ("long-header", NAMED, 5, UNPROVEN, "headers"),
    ("no-content-head", NAMED, 0, PROVEN, ""),  # GET is asked instead
    ("empty-head", NAMED, 5, UNPROVEN, ""),
    ("shorter-by-head", NAMED, 1, FAILED, ""),
    ("customers-key", NAMED, 5, UNPROVEN, "SSE-C"),
    # Reading it.
    ("storm-of-gets", NAMED, 5, UNPROVEN, "503 SlowDown"),
    ("object-to-elsewhere", NAMED, 5, UNPROVEN, "307"),
    ("no-content-get", NAMED, 5, UNPROVEN, "204"),
    ("empty-get", NAMED, 1, FAILED, ""),
    ("error-in-200-get", NAMED, 1, FAILED, ""),
    ("partial-unasked", NAMED, 5, UNPROVEN, "a part of"),
    ("hang-in-body", NAMED, 5, UNPROVEN, "said nothing"),
    ("trickle", NAMED, 5, UNPROVEN, "too slow"),
    ("cut-dead", NAMED, 5, UNPROVEN, "cannot be read on"),
    ("storm-later", NAMED, 5, UNPROVEN, "503 SlowDown"),
    ("forbidden-later", NAMED, 5, UNPROVEN, "AccessDenied"),
    ("range-wrong", NAMED, 5, UNPROVEN, "another range"),
    ("lying-long", NAMED, 1, FAILED, ""),
    ("lying-short", NAMED, 1, FAILED, ""),
    ("chunked-short", NAMED, 1, FAILED, "ends after 100000"),
    ("chunked-long", NAMED, 1, FAILED, "longer than"),
    ("compressed", NAMED, 1, FAILED, ""),
    ("compressed-chunks", NAMED, 5, UNPROVEN, "broke off after"),
    ("precondition-unasked", NAMED, 5, UNPROVEN, "412"),
    ("other-etag-of-get", NAMED, 1, FAILED, "changed since"),
    ("changed", NAMED, 1, FAILED, "changed while"),
    ("changed-size", NAMED, 1, FAILED, "changed its size"),
    ("gone", NAMED, 1, FAILED, "was deleted"),
    ("deleted", NAMED, 1, FAILED, ""),
    ("other-bytes", NAMED, 1, {"artifact:a/digest": "fail"}, ""),
    # What muster uploads.
    ("lagging", put(), 0, {UPLOAD + "/exists": "pass", UPLOAD + "/match": "pass"}, ""),
    ("lagging-uploaded", uploaded("auto"), 0, {UPLOAD + "/exists": "pass", UPLOAD + "/match": "pass"}, ""),
    ("lagging-older", uploaded("auto"), 0, {UPLOAD + "/fresh": "pass", UPLOAD + "/match": "pass"}, ""),
    ("conflict-once", put(), 0, {UPLOAD + "/put": "pass", UPLOAD + "/match": "pass"}, ""),
    ("mangled-once", put(), 0, {UPLOAD + "/put": "pass"}, ""),
    ("mangled", put(), 1, {UPLOAD + "/put": "fail"}, "changed on its way"),
    ("too-large", put(), 1, {UPLOAD + "/put": "fail"}, "in front of the store"),
    ("full", put(), 1, {UPLOAD + "/put": "fail"}, "the store is full"),
    ("full-without-a-code", put(), 1, {UPLOAD + "/put": "fail"}, "the store is full"),
    # What was uploaded.
    ("now-other-bytes", uploaded("read_back"), 1, {UPLOAD + "/match": "fail", UPLOAD + "/size": "pass"}, ""),
    ("now-other-etag", uploaded("etag"), 1, {UPLOAD + "/match": "fail"}, ""),
    ("now-other-etag", uploaded("auto"), 0, {UPLOAD + "/match": "pass"}, "read back"),  # no MD5: the bytes decide
    ("now-other-etag-and-bytes", uploaded("auto"), 1, {UPLOAD + "/match": "fail"}, ""),
    *((f"promised{number}-{name}", uploaded(match), code, {UPLOAD + "/match": verdict}, says) for number in range(3)
      for name, match, code, verdict, says in (("broken", "auto", 1, "fail", "read back"), ("kept", "auto", 0, "pass", "read back"),
                                               ("broken", "checksum", 5, "unproven", "proves nothing"),
                                               ("kept", "checksum", 5, "unproven", "proves nothing"))),
    ("now-empty", uploaded("auto"), 1, {UPLOAD + "/match": "fail", UPLOAD + "/size": "fail"}, ""),
    ("now-cut", uploaded("read_back"), 1, {UPLOAD + "/match": "fail", UPLOAD + "/size": "fail"}, ""),
    ("well", uploaded("auto"), 1, {UPLOAD + "/match": "pass", UPLOAD + "/fresh": "fail"}, ""),
    ("listed-only", uploaded("auto"), 1, {UPLOAD + "/exists": "fail", UPLOAD + "/match": "unproven"}, ""),
    ("listed-but-denied", uploaded("auto"), 5, {UPLOAD + "/exists": "unproven", UPLOAD + "/match": "unproven"}, ""),
]


def shown(report):
    """What the report says of the first check that did not pass."""
    bad = [each for each in report["checks"] if each["verdict"] != "pass"]
    worst = sorted(bad, key=lambda each: each["verdict"] != "fail")
    return (worst[0]["verdict"], worst[0]["id"], worst[0]["observed"] or "") if worst else ("pass", "", "")


def judge(number, fault, asked, code, verdicts, says, settings):
    verb, manifest = asked
    bucket = f"{fault}.{number}"
    store = {"s3": {"endpoint": server.endpoint, "bucket": bucket, "region": "us-east-1", "timeout": "2s", **settings}}
    began = time.monotonic()
    seen, report = run_muster(verb, {"muster": 1, "name": "table", "stores": {"s": store}, **manifest}, ENVIRONMENT)
    seconds = time.monotonic() - began
    name = f"{fault} ({verb})"
    equal(f"{name}: exit code", seen, code) or print(report["output"][:2000])
    found = {each["id"]: each["verdict"] for each in report["checks"]}
    equal(f"{name}: report's exit code", report.get("exit_code"), seen)
    for check_id, verdict in verdicts.items():
        equal(f"{name}: {check_id}", found.get(check_id), verdict)
    said = " ".join(str(each.get("observed")) for each in report["checks"])
    check(f"{name}: says why", says in said, said[:600])
    check(f"{name}: something failed where the exit code says so", (seen == 0) == (set(found.values()) == {"pass"}), found)
    check(f"{name}: no secret", "canary" not in str(report), "")
    check(f"{name}: ends", seconds < 60 * busy(), f"{seconds:.1f} s")
    with rows_lock:
        rows.append((number, fault, verb, seen, *shown(report), seconds))


def certificate(name, *options):
    path = os.path.join(folder(), name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name, "-keyout", path + ".key",
                    "-out", path + ".pem", *options], check=True, capture_output=True)
    return path + ".pem", path + ".key"


def expired_certificate():
    """req makes none that is over already; ca does."""
    place = os.path.join(folder(), "expired")
    os.makedirs(place)
    subprocess.run(["sh", "-ec", """
        : >index; echo 01 >serial
        printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\npolicy=p\\n' >conf
        printf 'x509_extensions=e\\n[p]\\ncommonName=supplied\\n[e]\\nsubjectAltName=DNS:localhost\\n' >>conf
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout key -out request
        openssl ca -batch -config conf -selfsign -keyfile key -in request -out pem -notext \\
            -startdate 20200101000000Z -enddate 20200102000000Z"""], cwd=place, check=True, capture_output=True)
    return os.path.join(place, "pem"), os.path.join(place, "key")


def tls_rows():
    good, other, expired = certificate("localhost", "-days", "2"), certificate("other.example", "-days", "2"), expired_certificate()
    for fault, files, settings, code, says in (("TLS", good, {"ca_file": good[0]}, 0, ""),
                                               ("TLS, self-signed", good, {}, 5, "is not trusted"),
                                               ("TLS, another's name", other, {"ca_file": other[0]}, 5, "is not trusted"),
                                               ("TLS, expired", expired, {"ca_file": expired[0]}, 5, "is not trusted")):
        tls = FaultServer("--tls", *files)
        settings = {**settings, "endpoint": f"https://localhost:{tls.port}", "bucket": "well", "timeout": "60s"}
        judge(len(TABLE), fault, NAMED, code, {}, says, settings)
        tls.stop()


def test_credentials_as_aws_names_them():
    settings = {"credentials": {"access_key_id": {"env": "AWS_ACCESS_KEY_ID"}, "secret_access_key": {"env": "AWS_SECRET_ACCESS_KEY"}}}
    judge(len(TABLE), "well", NAMED, 0, PROVEN, "", settings)


def main():
    with open(os.path.join(folder(), "content"), "wb") as file:
        file.write(fault_server.CONTENT)

    def row(number, entry):
        def test():
            judge(number, *entry, {})
        test.__name__ = entry[0]
        return test

    run_beside_each_other([tls_rows, test_credentials_as_aws_names_them, *(row(number, entry) for number, entry in enumerate(TABLE))], 6)
    with urllib.request.urlopen(server.endpoint + "/trapped/") as answer:
        equal("no redirect is followed", answer.read(), b"0")
    print(f"{'fault':26} {'verb':6} {'exit':>4} {'verdict':8} {'s':>5}  check: what is said")
    for _, fault, verb, code, verdict, name, said, seconds in sorted(rows):
        print(f"{fault:26} {verb:6} {code:4} {verdict:8} {seconds:5.1f}  {name}: {said[:110]}" if name else
              f"{fault:26} {verb:6} {code:4} {verdict:8} {seconds:5.1f}")
    finish()


if __name__ == "__main__":
    main()
