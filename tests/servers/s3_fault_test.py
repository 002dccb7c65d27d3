#!/usr/bin/python3
# test: waits, about 28
"""What the S3 store makes of every fault of fault_server.py: the right word, in time, never OK for what is not."""

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import fault_server
from faults_between import PACKED
from harness import Driver, FaultServer, busy, check, clean_environment, equal, finish, folder, holds, run_beside_each_other

CONTENT_SHA256 = hashlib.sha256(fault_server.CONTENT).hexdigest()
SIZE = str(len(fault_server.CONTENT))
ETAG = fault_server.ETAG
ACCESS_KEY = "AKFAULTCANARY"
SECRET_KEY = "secret/fault+canary"
TOKEN = "token/fault+canary=="

environment = clean_environment(AWS_ACCESS_KEY_ID=ACCESS_KEY, AWS_SECRET_ACCESS_KEY=SECRET_KEY, AWS_SESSION_TOKEN=TOKEN)
server = FaultServer()
driver = Driver(environment, "endpoint=" + server.endpoint)


def ask(fault, *call, timeout=3000, limit=300, settings=()):
    answer = driver("bucket=" + fault, f"timeout={timeout}", *settings, *call, limit=limit)
    for canary in (SECRET_KEY, TOKEN):
        check(f"{fault}: no secret is told", canary.encode() not in answer.output, answer.output)
    return answer


def probing(fault, status, part="", at_most=8.0, **options):
    answer = ask(fault, "probe", **options)
    equal(f"{fault}: status of probe", answer.get("status"), status)
    holds(f"{fault}: trouble of probe", answer.get("trouble", ""), part)
    check(f"{fault}: probe is quick", answer.seconds <= at_most * busy(), f"{answer.seconds:.1f} s")
    check(f"{fault}: trouble where it is not OK", (status == "OK") == (answer.get("trouble") == ""), answer.output)
    return answer


def listing(fault, status, keys=None, part="", at_most=8.0, **options):
    answer = ask(fault, "list", "", **options)
    equal(f"{fault}: status of list", answer.get("status"), status)
    holds(f"{fault}: trouble of list", answer.get("trouble", ""), part)
    check(f"{fault}: list is quick", answer.seconds <= at_most * busy(), f"{answer.seconds:.1f} s")
    if keys is not None:
        equal(f"{fault}: keys", answer.keys_listed, keys)
    return answer


def heading(fault, status, part="", **expected):
    answer = ask(fault, "head", "k")
    equal(f"{fault}: status of head", answer.get("status"), status)
    holds(f"{fault}: trouble of head", answer.get("trouble", ""), part)
    for name, value in expected.items():
        equal(f"{fault}: {name}", answer.get(name), value)
    return answer


def reading(fault, soundness, part="", at_most=12.0, read=None, status="OK", **options):
    answer = ask(fault, "get", "k", settings=("expect_size=" + SIZE, "expect_etag=" + ETAG), **options)
    equal(f"{fault}: status of get", answer.get("status"), status)
    equal(f"{fault}: soundness", answer.get("soundness"), soundness)
    holds(f"{fault}: trouble of get", answer.get("trouble", ""), part)
    check(f"{fault}: get is quick", answer.seconds <= at_most * busy(), f"{answer.seconds:.1f} s")
    if soundness == "SOUND":
        equal(f"{fault}: bytes", answer.get("sha256"), CONTENT_SHA256)
    if read is not None:
        equal(f"{fault}: bytes read", answer.get("read"), str(read))
    return answer


def test_well():
    answer = probing("well", "OK")
    equal("well: region", answer["region"], "fault-1")
    equal("well: not empty", answer["not_empty"], "1")
    check("well: clock", abs(int(answer["clock_offset_ms"])) < 2000 * busy(), answer["clock_offset_ms"])
    listing("well", "OK", ["a", "b", "c"])
    heading("well", "OK", size=SIZE, etag=ETAG, may_be_md5="1")
    reading("well", "SOUND")


def test_nobody():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answer = ask("well", "probe", settings=(f"endpoint=http://127.0.0.1:{port}",))
    equal("refused: status", answer["status"], "UNREACHABLE")
    holds("refused: trouble", answer["trouble"], "Connection refused")
    holds("refused: hint", answer["hint"], "endpoint")
    answer = ask("well", "probe", settings=("endpoint=http://nobody.invalid",))
    equal("unresolved: status", answer["status"], "UNREACHABLE")
    holds("unresolved: trouble", answer["trouble"], "cannot resolve the host name of 'http://nobody.invalid'")
    # A port that is bound by nobody who accepts: the connection stands, nothing is said.
    probing("silent", "UNREACHABLE", "said nothing for 2.0 s", timeout=2000, at_most=6)
    probing("closed", "UNREACHABLE", "broke the connection off")
    reading("silent", None, "said nothing", status="UNREACHABLE", timeout=1000)


def through(variables, endpoint=None):
    """Asked where those variables name a proxy."""
    return driver("bucket=well", "timeout=3000", *(["endpoint=" + endpoint] if endpoint else []), "probe", environment={**environment, **variables})


def serve_refusal(status):
    """Somebody who answers CONNECT with the status."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{listener.getsockname()[1]}"


def test_proxies():
    # The third is a password, which nobody is shown.
    for variables, endpoint, words in (
            ({"http_proxy": "http://127.0.0.1:9"}, None, "'http://127.0.0.1:9', which http_proxy names, cannot be reached"),
            ({"all_proxy": "127.0.0.1:9"}, None, "'127.0.0.1:9', which all_proxy names, cannot be reached"),
            ({"http_proxy": "http://me:proxyPassword9@127.0.0.1:9"}, None, "which http_proxy names, cannot be reached"),
            ({"http_proxy": "http://proxy.invalid:3128"}, None, "'http://proxy.invalid:3128', which http_proxy names, cannot be found"),
            ({"http_proxy": "http://"}, None, "which http_proxy names, cannot be found"),
            ({"http_proxy": "http://me:proxyPassword9@"}, None, "which http_proxy names, cannot be found"),
            ({"HTTPS_PROXY": serve_refusal(403)}, "https://store.example", "which HTTPS_PROXY names, refused to connect (403)"),
            ({"https_proxy": serve_refusal(407)}, "https://store.example", "which https_proxy names, asks for a user and password (407)"),
            ({"https_proxy": serve_refusal(502)}, "https://store.example", "on the way to 'https://store.example'")):
        answer = through(variables, endpoint)
        equal(f"{variables}: status", answer.get("status"), "UNREACHABLE")
        holds(f"{variables}: trouble", answer.get("trouble", ""), words)
        holds(f"{variables}: trouble", answer.get("trouble", ""), "the proxy")
        holds(f"{variables}: hint", answer.get("hint", ""), "no_proxy")
        check(f"{variables}: no password", b"proxyPassword9" not in answer.output, answer.output)
    for variables in ({"http_proxy": ""}, {"http_proxy": "", "https_proxy": "", "all_proxy": ""}, {"http_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"},
                      {"https_proxy": "http://127.0.0.1:9"}, {"HTTP_PROXY": "http://127.0.0.1:9"}):
        equal(f"{variables}: status", through(variables).get("status"), "OK")
    # Whoever is asked directly is not excused by a proxy that was not.
    answer = through({"http_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}, "http://127.0.0.1:7")
    check("not through the proxy", "proxy" not in answer["trouble"], answer["trouble"])


def test_transient():
    probing("storm", "UNREACHABLE", "503 SlowDown when listing")
    holds("storm: attempts", ask("storm", "probe")["trouble"], " times in ")
    probing("storm-twice", "OK")
    heading("storm-twice.head", "OK")
    reading("storm-twice.get", "SOUND")
    answer = probing("retry-after", "OK")
    check("retry-after: waits as asked", answer.seconds >= 2.0, f"{answer.seconds:.1f} s")
    probing("internal-once", "OK")
    probing("closed-once", "OK")
    probing("timeout-code-once", "OK")
    reading("error-body", None, "500 InternalError", status="UNREACHABLE")


def test_what_is_not_asked_again():
    for fault, status, part in (("forbidden", "DENIED", "403 AccessDenied"),
                                ("expired", "BAD_CREDENTIALS", "400 ExpiredToken"),
                                ("redirect-301", "BROKEN", "http://127.0.0.1:1/elsewhere"),
                                ("redirect-307", "BROKEN", "307"),
                                ("web-server", "BROKEN", "404 without a code"),
                                ("region-evil", "BAD_CREDENTIALS", "AuthorizationHeaderMalformed")):
        answer = probing(fault, status, part, at_most=1.0)
        check(f"{fault}: is not asked again", " times in " not in answer["trouble"], answer["trouble"])
        check(f"{fault}: has a hint", answer["hint"] != "", answer.output)
    heading("web-server", "BROKEN", "404")
    heading("deleted", "ABSENT", "delete marker")


def test_nonsense():
    probing("garbage", "BROKEN", "cannot understand")
    probing("endless-headers", "BROKEN", "headers")
    probing("endless-error", "DENIED", "AccessDenied")
    for fault, part in (("empty-200", "not well-formed"), ("not-xml", "not well-formed"), ("html", "no listing"),
                        ("half-xml", "not well-formed"), ("no-end-known", "whether there is more"),
                        ("doctype", "DOCTYPE"), ("laughs", "DOCTYPE"), ("external", "DOCTYPE"),
                        ("deep", "too deep"), ("huge-name", "too long"), ("giant-key", "too long"),
                        ("endless-tag", "too long"), ("endless-keys", "")):
        listing(fault, "BROKEN", [], part, at_most=20.0)
    listing("huge-key", "BROKEN", [], "longer than 1024")
    equal("laughs: memory", peak_of("laughs") < 64 << 10, True)
    equal("endless-keys: memory", peak_of("endless-keys") < 96 << 10, True)


def peak_of(fault):
    """Peak resident size in KiB while listing."""
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); " \
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    run = subprocess.run([sys.executable, "-c", script, driver.program, "endpoint=" + server.endpoint, "bucket=" + fault,
                          "timeout=3000", "list", ""], env=environment, capture_output=True, text=True, check=True)
    return int(run.stdout)


def test_200_with_an_error():
    listing("error-in-200", "UNREACHABLE", [], "200 InternalError")
    listing("error-in-200-once", "OK", ["a", "b", "c"])
    listing("denied-in-200", "DENIED", [], "200 AccessDenied")
    listing("half-xml-once", "OK", ["a", "b", "c"])


def test_pages():
    keys = [f"k{i:02}" for i in range(25)]
    listing("version-2", "OK", keys)
    listing("version-1", "OK", keys)
    listing("version-1-only", "OK", keys)
    listing("without-next-marker", "OK", keys)
    listing("pages-cut-once", "OK", keys)
    listing("placeholders", "OK", [])
    equal("placeholders: not empty", probing("placeholders", "OK")["not_empty"], "0")
    answer = probing("placeholders-last", "OK", at_most=3.0)
    equal("placeholders, and an object of no bytes: not empty", answer["not_empty"], "1")
    equal("cut-short: not empty", probing("cut-short", "OK")["not_empty"], "1")
    equal("cut-short: region", probing("cut-short", "OK")["region"], "fault-1")
    listing("token-blank-at-end", "OK", ["a"])
    listing("token-repeated", "BROKEN", None, "comes again")
    listing("token-circle", "BROKEN", None, "comes again")
    listing("token-always-new", "BROKEN", [], "does not end", at_most=30.0)
    listing("token-blank", "BROKEN", None, "does not say where")
    listing("control-characters", "OK", ["a\x01b", "c d+"])
    listing("trickled-listing", "OK", ["a", "b", "c"], timeout=30000)
    answer = ask("prefix-ignored", "list", "oth")
    equal("prefix-ignored: keys", answer.keys_listed, ["other/b"])


def test_regions():
    for fault in ("region-header", "region-code"):
        answer = probing(fault, "OK", at_most=2.0)
        holds(f"{fault}: hint", answer["hint"], "'eu-test-1'")
        heading(fault, "OK", size=SIZE)
        reading(fault, "SOUND")


def test_clocks():
    answer = probing("skewed", "OK", at_most=2.0)
    check("skewed: offset", abs(int(answer["clock_offset_ms"]) - 7200000) < 3000 * busy(), answer["clock_offset_ms"])
    heading("skewed", "OK")
    reading("skewed", "SOUND")
    answer = probing("skewed-always", "SKEWED", "RequestTimeTooSkewed", at_most=2.0)
    holds("skewed-always: hint", answer["hint"], "clock")


def test_secrets():
    answer = probing("echo", "BAD_CREDENTIALS", "[secret]")
    check("echo: the access key is masked", ACCESS_KEY not in answer["trouble"], answer["trouble"])


def test_objects():
    heading("head-refused", "OK", size=SIZE, etag=ETAG)
    heading("no-length", "OK", size=SIZE)
    heading("parts", "OK", parts="3", part_size=str(fault_server.PART), may_be_md5="0")
    heading("parts-variable", "OK", parts="3", part_size="0")
    heading("parts-shorter", "OK", parts="3", part_size="0")
    heading("parts-miscounted", "OK", parts="3", part_size="0")
    heading("parts-ignored", "OK", parts="3", part_size="0")
    heading("upper-etag", "OK", etag=ETAG, may_be_md5="1")
    for fault in ("dated0", "dated1", "dated2", "dated3", "dated4", "dateless", "dateless-odd"):
        heading(fault, "OK", size=SIZE, modified_ms="1776738600000")
        reading(fault, "SOUND")
    heading("dateless-other", "BROKEN", "does not say when the object was written")
    heading("kms", "OK", etag=ETAG, may_be_md5="0")
    heading("forbidden", "DENIED", "without s3:ListBucket")


def test_unpacking():
    for endpoint, sha256 in (("http://storage.googleapis.com", hashlib.sha256(PACKED).hexdigest()), ("http://store.example", CONTENT_SHA256)):
        answer = driver("bucket=unpacks", "timeout=3000", "endpoint=" + endpoint, "get", "k", environment={**environment, "http_proxy": server.endpoint})
        equal(f"{endpoint}: bytes as they were stored", answer.get("sha256"), sha256)
    answer = driver("bucket=unpacks", "timeout=3000", "endpoint=http://storage.googleapis.com", "head", "k", environment={**environment, "http_proxy": server.endpoint})
    equal("size as it was stored", answer.get("size"), str(len(PACKED)))


def test_reading():
    reading("cut-once", "SOUND")
    reading("cut-always", "SOUND", at_most=20.0)
    reading("reset-once", "SOUND")
    reading("upper-etag", "SOUND")
    reading("encoded", "SOUND")
    reading("chunked", "SOUND")
    reading("chunked-cut", "SOUND")
    reading("range-ignored", "SOUND")
    reading("cut-dead", "UNREADABLE", "cannot be read on from byte 1000", read=1000)
    reading("hang-in-body", "UNREADABLE", "said nothing", timeout=1000)
    reading("trickle", "UNREADABLE", "too slow", timeout=1000, at_most=20.0)
    reading("storm-later", "UNREADABLE", "503 SlowDown", read=1000)
    reading("forbidden-later", "UNREADABLE", "AccessDenied", read=1000)
    reading("range-wrong", "UNREADABLE", "another range", read=1000)
    reading("no-etag", "UNREADABLE", "broke off", read=1000)
    reading("changed", "DAMAGED", "changed while it was read", read=1000)
    reading("changed-etag", "DAMAGED", "changed while it was read", read=1000)
    reading("changed-size", "DAMAGED", "changed its size", read=1000)
    reading("range-ignored-other", "DAMAGED", "changed while it was read", read=1000)
    reading("gone", "DAMAGED", "was deleted while it was read", read=1000)
    reading("out-of-range", "DAMAGED", "ends after 1000 bytes", read=1000)
    reading("lying-long", "DAMAGED", "has 301000 bytes", read=0)
    reading("lying-short", "DAMAGED", "has 299000 bytes", read=0)
    reading("chunked-short", "DAMAGED", "ends after 100000 bytes", read=100000)
    reading("chunked-long", "DAMAGED", "longer than the 300000 bytes")
    reading("partial-unasked", None, "a part of", status="BROKEN")
    answer = driver("bucket=well", "timeout=1000", "expect_size=" + SIZE, "expect_etag=" + "e" * 32, "get", "k")
    equal("another etag: soundness", answer["soundness"], "DAMAGED")
    holds("another etag: trouble", answer["trouble"], "changed since it was asked for")
    equal("another etag: bytes", answer["read"], "0")


def make_certificate(name):
    path = os.path.join(folder(), name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name, "-keyout", path + ".key", "-out",
                    path + ".pem"], check=True, capture_output=True)
    return path + ".pem", path + ".key"


def test_tls():
    certificate, key = make_certificate("localhost")
    other, other_key = make_certificate("other.example")
    for files, ca_file, host, status, part in (
            ((certificate, key), certificate, "localhost", "OK", ""),
            ((certificate, key), None, "localhost", "UNREACHABLE", "is not trusted"),
            ((certificate, key), other, "localhost", "UNREACHABLE", "is not trusted"),
            ((certificate, key), certificate, "127.0.0.1", "UNREACHABLE", "is not trusted"),
            ((other, other_key), other, "localhost", "UNREACHABLE", "is not trusted")):
        tls = FaultServer("--tls", *files)
        settings = [f"endpoint=https://{host}:{tls.port}", "bucket=well", "timeout=30000"]
        answer = driver(*settings, *(["ca_file=" + ca_file] if ca_file else []), "probe")
        equal(f"TLS, {host}, {ca_file}: status", answer["status"], status)
        holds(f"TLS, {host}, {ca_file}: trouble", answer["trouble"], part)
        if status != "OK":
            check(f"TLS, {host}, {ca_file}: is not asked again", answer.seconds < busy() and " times " not in answer["trouble"],
                  answer.output)
            holds("TLS: hint", answer["hint"], "ca_file")
        tls.stop()
    answer = ask("well", "probe", timeout=5000, settings=(f"endpoint=https://127.0.0.1:{server.port}",))
    equal("TLS to a server without: status", answer["status"], "UNREACHABLE")
    holds("TLS to a server without: hint", answer["hint"], "http://")
    tls = FaultServer("--tls", certificate, key)
    answer = ask("well", "probe", timeout=1000, settings=(f"endpoint=http://localhost:{tls.port}",))
    check("no TLS to a server with: status", answer["status"] != "OK", answer.output)
    answer = driver(f"endpoint=https://localhost:{tls.port}", "bucket=cut-once", "ca_file=" + certificate,
                    "expect_size=" + SIZE, "get", "k")
    equal("TLS, cut once", answer["soundness"], "SOUND")
    equal("TLS, cut once: bytes", answer["sha256"], CONTENT_SHA256)
    with tempfile.NamedTemporaryFile(dir=folder(), suffix=".pem") as nonsense:
        nonsense.write(b"no certificate")
        nonsense.flush()
        answer = driver(f"endpoint=https://localhost:{tls.port}", "bucket=well", "ca_file=" + nonsense.name, "probe")
        check("TLS, a CA file that is none", answer["status"] == "UNREACHABLE" and answer.seconds < busy(), answer.output)
    answer = driver("endpoint=https://localhost:1", "bucket=well", "ca_file=/nonexistent.pem", "probe")
    equal("TLS, no CA file", answer["status"], "CLOSED")


def main():
    run_beside_each_other((test_reading, test_nonsense, test_nobody, test_transient, test_pages, test_tls,
                           test_200_with_an_error, test_what_is_not_asked_again, test_well, test_regions, test_clocks,
                           test_secrets, test_objects, test_proxies, test_unpacking), 5)
    finish()


if __name__ == "__main__":
    main()
