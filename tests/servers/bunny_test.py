#!/usr/bin/python3
# test: waits, about 20
"""The Bunny store against bunny_standin.py: what is documented, every fault with the right word and never OK for what is not, and
muster as a whole on it."""

import atexit
import datetime
import hashlib
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bunny_standin
from bunny_standin import AWKWARD, CONTENT, FILES, KEY, READ_ONLY_KEY
from harness import Driver, MUSTER, ROOT, busy, check, clean_environment, equal, finish, folder, holds, run_beside_each_other

SHA256 = hashlib.sha256(CONTENT).hexdigest()
SIZE = str(len(CONTENT))
FIRST_MS = int(bunny_standin.CHANGED.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)

standin = subprocess.Popen([sys.executable, bunny_standin.__file__], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
atexit.register(standin.kill)
ENDPOINT = f"http://127.0.0.1:{int(standin.stdout.readline())}"
environment = clean_environment(B_ACCESS_KEY=KEY, R_ACCESS_KEY=READ_ONLY_KEY, BAD_ACCESS_KEY="no-such-canary",
                                SPLIT_ACCESS_KEY="bad\r\ncanary")
driver = Driver(environment, "driver=bunny", "endpoint=" + ENDPOINT)


def ask(zone, *call, timeout=3000, limit=300, settings=(), secrets="B"):
    answer = driver("bucket=" + zone, f"timeout={timeout}", "secrets=" + secrets, *settings, *call, limit=limit)
    check(f"{zone}: no secret is told", b"canary" not in answer.output, answer.output)
    return answer


def probing(zone, status, part="", at_most=8.0, **options):
    answer = ask(zone, "probe", **options)
    equal(f"{zone}: status of probe", answer.get("status"), status)
    holds(f"{zone}: trouble of probe", answer.get("trouble", ""), part)
    check(f"{zone}: probe is quick", answer.seconds <= at_most * busy(), f"{answer.seconds:.1f} s")
    check(f"{zone}: trouble where it is not OK", (status == "OK") == (answer.get("trouble") == ""), answer.output)
    return answer


def listing(zone, status, keys=None, part="", at_most=10.0, prefix="", **options):
    answer = ask(zone, "list", prefix, **options)
    equal(f"{zone}: status of list", answer.get("status"), status)
    holds(f"{zone}: trouble of list", answer.get("trouble", ""), part)
    check(f"{zone}: list is quick", answer.seconds <= at_most * busy(), f"{answer.seconds:.1f} s")
    if keys is not None:
        equal(f"{zone}: keys below {prefix!r}", sorted(answer.keys_listed), sorted(keys))
    return answer


def heading(zone, status, part="", key="all-1.gz", **expected):
    answer = ask(zone, "head", key)
    equal(f"{zone}: status of head", answer.get("status"), status)
    holds(f"{zone}: trouble of head", answer.get("trouble", ""), part)
    for name, value in expected.items():
        equal(f"{zone}: {name}", answer.get(name), value)
    return answer


def reading(zone, soundness, part="", at_most=12.0, read=None, status="OK", sha256=SHA256, **options):
    expected = ("expect_size=" + SIZE,) + (("expect_sha256=" + sha256,) if sha256 else ())
    answer = ask(zone, "get", "all-1.gz", settings=expected, **options)
    equal(f"{zone}: status of get", answer.get("status"), status)
    equal(f"{zone}: soundness", answer.get("soundness"), soundness)
    holds(f"{zone}: trouble of get", answer.get("trouble", ""), part)
    check(f"{zone}: get is quick", answer.seconds <= at_most * busy(), f"{answer.seconds:.1f} s")
    if soundness == "SOUND":
        equal(f"{zone}: bytes", answer.get("sha256"), SHA256)
    if read is not None:
        equal(f"{zone}: bytes read", answer.get("read"), str(read))
    return answer


def test_well():
    answer = probing("well", "OK")
    equal("well: not empty", answer["not_empty"], "1")
    equal("well: region", answer["region_status"], "UNSUPPORTED")
    check("well: clock", abs(int(answer["clock_offset_ms"])) < 2000 * busy(), answer["clock_offset_ms"])
    equal("well: description", answer["description"], "bunny://well at " + ENDPOINT)
    listing("well", "OK", FILES)
    listing("well", "OK", ["all-1.gz", "all-2.gz"], prefix="all-")
    listing("well", "OK", ["dir/b.gz", "dir/sub/c"], prefix="dir/")
    listing("well", "OK", ["dir/b.gz", "dir/sub/c"], prefix="d")
    listing("well", "OK", ["dir/sub/c"], prefix="dir/sub/c")
    for prefix in ("nothing/", "x", "dir//", "/", "dir/../", "./"):
        listing("well", "OK", [], prefix=prefix)
    listing("well", "OK", ["b.gz", "sub/c"], settings=("prefix=dir/",))
    listing("well", "OK", ["r/b.gz", "r/sub/c"], settings=("prefix=di",))
    listing("well", "OK", ["sub/c"], settings=("prefix=dir/",), prefix="sub/")
    probing("well", "OK", secrets="R")
    heading("well", "OK", size=SIZE, modified_ms=str(FIRST_MS), checksum_sha256=SHA256, etag="", may_be_md5="0")
    heading("well", "OK", key="dir/sub/c", size="0", checksum_sha256=hashlib.sha256(b"").hexdigest())
    for key in ("nothing", "dir/nothing", "nothing/nothing"):
        heading("well", "ABSENT", "404", key=key)
    heading("well", "ABSENT", "is a folder", key="dir/sub")
    for key in ("", "dir/", "dir//b.gz", "/all-1.gz", "../well/all-1.gz", "dir/../all-1.gz", "./all-1.gz", "k" * 1025):
        heading("well", "ABSENT", "is no name", key=key)
        equal(f"get of {key[:30]!r}", ask("well", "get", key).get("status"), "ABSENT")
    reading("well", "SOUND")
    answer = ask("well", "newest", "all-*.gz")
    equal("newest", (answer["key"], answer["count"]), ("all-2.gz", "2"))


def test_awkward_keys():
    for name in AWKWARD:
        key = "awkward/" + name
        answer = ask("well", "head", key, "get", key, "list", key)
        equal(f"{key!r}: status", answer.get("status"), "OK")
        equal(f"{key!r}: size", answer.get("size"), str(len(name.encode())))
        equal(f"{key!r}: bytes", answer.get("sha256"), hashlib.sha256(name.encode()).hexdigest())
        check(f"{key!r}: listed", key in answer.keys_listed, answer.keys_listed)


def test_who_may_not():
    answer = probing("well", "BAD_CREDENTIALS", "401", secrets="BAD", at_most=1.0)
    holds("bad key: hint", answer["hint"], "'access_key'")
    heading_denied = ask("well", "head", "all-1.gz", secrets="BAD")
    equal("bad key: head", heading_denied["status"], "BAD_CREDENTIALS")
    equal("bad key: get", ask("well", "get", "all-1.gz", secrets="BAD")["status"], "BAD_CREDENTIALS")
    answer = ask("well", "probe", secrets="SPLIT")
    equal("a line end in the key", answer["status"], "CLOSED")
    answer = ask("well", "probe", secrets="UNSET")
    equal("no key", answer["status"], "CLOSED")
    for zone, status, part in (("denied", "DENIED", "403"), ("zone-missing", "NO_BUCKET", "404"), ("web-server", "BROKEN", "404"),
                               ("redirect", "BROKEN", "301")):
        answer = probing(zone, status, part, at_most=1.0)
        check(f"{zone}: is not asked again", " times in " not in answer["trouble"], answer["trouble"])
        check(f"{zone}: has a hint", answer["hint"] != "", answer.output)
    heading("web-server", "BROKEN", "404")
    listing("web-server", "BROKEN", [], "404", prefix="dir/")
    reading("web-server", None, "404", status="BROKEN")
    holds("echo: masked", probing("echo", "BAD_CREDENTIALS", "[secret]")["trouble"], "you sent")


def test_transient():
    probing("storm", "UNREACHABLE", "503")
    holds("storm: attempts", ask("storm", "probe")["trouble"], " times in ")
    heading("storm", "UNREACHABLE", "503")
    reading("storm", None, "503", status="UNREACHABLE")
    probing("storm-twice", "OK")
    heading("storm-twice", "OK")
    reading("storm-twice", "SOUND")
    check("too-many: waits as asked", probing("too-many", "OK").seconds >= 2.0)
    probing("closed", "UNREACHABLE", "broke the connection off")
    probing("closed-once", "OK")
    probing("silent", "UNREACHABLE", "said nothing", timeout=1000)
    answer = probing("skewed", "OK")
    check("skewed: offset", abs(int(answer["clock_offset_ms"]) - 7200000) < 3000 * busy(), answer["clock_offset_ms"])


def test_listings():
    for zone in ("listing-cut-once", "listing-cut-later", "listing-half-once"):
        listing(zone, "OK", FILES)
    listing("listing-cut", "UNREACHABLE", None, "listing")
    listing("listing-lies", "UNREACHABLE", None, "listing")
    for zone in ("listing-changes", "listing-shrinks"):
        listing(zone, "BROKEN", None, "changed while it was listed")
    for zone, part in (("listing-half", "ends in the middle"), ("listing-empty-body", "ends in the middle"),
                       ("listing-html", "is no listing"), ("listing-object", "is no listing"), ("listing-null", "is no listing"),
                       ("listing-numbers", "not JSON"), ("listing-no-comma", "between two entries"),
                       ("listing-trailing", "after its end"), ("listing-not-utf8", "not well-formed"),
                       ("listing-deep", "not JSON"), ("listing-deep-entry", ""), ("listing-huge-entry", "longer than"),
                       ("listing-endless-name", "longer than"), ("listing-no-name", "ObjectName"), ("listing-no-length", "how long"),
                       ("listing-no-date", "when"), ("listing-no-kind", "a folder"), ("name-with-slash", "can have the name"),
                       ("name-dots", "can have the name"), ("name-empty", "ObjectName"), ("name-long", "longer than"),
                       ("length-negative", "how long"), ("length-text", "how long"), ("length-huge", ""), ("date-nonsense", "when")):
        listing(zone, "BROKEN", None, part)
    listing("listing-endless-blanks", "UNREACHABLE", [], timeout=1000)
    listing("folders-without-end", "BROKEN", None, "longer than")
    listing("zone-missing", "NO_BUCKET", [])
    listing("zone-missing", "OK", [], prefix="dir/")


def peak_of(zone):
    """Peak resident size in KiB while listing."""
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); " \
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    run = subprocess.run([sys.executable, "-c", script, driver.program, *driver.settings, "secrets=B", "bucket=" + zone,
                          "list", ""], env=environment, capture_output=True, text=True, check=True)
    return int(run.stdout)


def test_many_in_one_folder():
    answer = ask("many", "newest", "k*")
    equal("many: counted", answer["count"], "200000")
    check("many: memory", peak_of("many.m") < 64 << 10, f"{peak_of('many.m')} KiB")


def test_describing():
    for zone in ("no-describe", "no-describe-400", "no-describe-501"):
        heading(zone, "OK", size=SIZE, checksum_sha256=SHA256)
        heading(zone, "OK", key="dir/sub/c", size="0")
        heading(zone, "ABSENT", "listing of its folder", key="dir/nothing")
        heading(zone, "ABSENT", "listing of its folder", key="dir")
    for zone, part in (("describe-other", "something else"), ("describe-listing", "not JSON"), ("describe-html", "not JSON"),
                       ("describe-half", "ends in the middle"), ("length-negative", "how long"), ("length-text", "how long"),
                       ("length-huge", ""), ("date-nonsense", "when"), ("name-dots", "can have the name")):
        heading(zone, "BROKEN", part)
    heading("describe-storm-once", "OK")
    for zone in ("checksum-null", "checksum-empty", "checksum-odd"):
        heading(zone, "OK", checksum_sha256=None)
    heading("checksum-wrong", "OK", checksum_sha256="0" * 64)
    for zone in ("date-zulu", "date-short"):
        heading(zone, "OK", modified_ms=str(FIRST_MS - 250))


def test_reading():
    for zone in ("cut-once", "cut-always", "reset-once", "range-ignored"):
        reading(zone, "SOUND")
    reading("cut-dead", "UNREADABLE", "1000")
    reading("hang-in-body", "UNREADABLE", "said nothing", timeout=1000)
    reading("lying-long", "DAMAGED", "has 301000 bytes", read=0)
    reading("lying-short", "DAMAGED", "has 299000 bytes", read=0)
    reading("swapped", "DAMAGED", "SHA-256", read=SIZE)
    reading("swapped-when-resumed", "DAMAGED", "SHA-256")
    reading("checksum-wrong", "DAMAGED", "SHA-256", sha256="0" * 64)
    reading("changed-when-resumed", "DAMAGED", "changed", read=1000)
    reading("gone-when-resumed", "DAMAGED", "was deleted", read=1000)
    reading("denied-when-resumed", "UNREADABLE", "401", read=1000)
    reading("no-date", "UNREADABLE", "broke off")
    reading("storm-on-get", None, "503", status="UNREACHABLE")
    reading("trickle", "UNREADABLE", "", timeout=1000, at_most=30)


MANIFEST = """muster: 1
name: bunny
stores:
  zone:
    bunny: {zone: ZONE, access_key: {env: B_ACCESS_KEY}, endpoint: "ENDPOINT", timeout: 2s}
    expect: {not_empty: true}
artifacts:
"""
OBJECT = '  - {name: dump, object: {store: zone, key: "all-*.gz"}, expect: {size: {min: 1KiB, shrink: 10%}, digest: {sha256: "SHA256"}}}\n'


def muster(verb, zone, rest, base=MANIFEST, **variables):
    """The run's exit code, its report, and what it printed."""
    here = tempfile.mkdtemp(dir=folder())
    text = (base + rest).replace("ENDPOINT", ENDPOINT).replace("ZONE", zone)
    for name, value in variables.items():
        text = text.replace(name, value)
    with open(os.path.join(here, "manifest.yaml"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(here, "local.gz"), "wb") as file:
        file.write(CONTENT)
    run = subprocess.run([MUSTER, *verb.split(), "manifest.yaml", "--report", "json=report.json"], cwd=here, env=environment,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    with open(os.path.join(here, "report.json"), "rb") as file:
        report = file.read()
    check(f"{zone}: no secret in what muster says", b"canary" not in run.stdout + report, run.stdout)
    verdicts = {entry["id"]: entry["verdict"] for entry in json.loads(report)["checks"]}
    return run.returncode, verdicts, run.stdout.decode()


def test_muster_on_objects():
    newest = hashlib.sha256(FILES["all-2.gz"]).hexdigest()
    code, verdicts, said = muster("verify", "well", OBJECT, SHA256=newest)
    equal("verify: exit code", code, 0) or print(said)
    equal("verify: credentials", verdicts["store:zone/credentials"], "pass")
    equal("verify: digest", verdicts["artifact:dump/digest"], "pass")
    code, verdicts, _ = muster("verify", "well", OBJECT, SHA256=SHA256)
    equal("verify: another digest", (code, verdicts["artifact:dump/digest"]), (1, "fail"))
    for zone, wanted in (("storm", 5), ("closed", 5), ("zone-missing", 4), ("echo", 4), ("denied", 5), ("web-server", 5),
                         ("listing-half", 5), ("listing-html", 5), ("skewed", 4), ("storm-on-get", 5),
                         ("swapped", 1), ("lying-short", 1), ("cut-dead", 5), ("describe-other", 5), ("name-dots", 5)):
        code, _, said = muster("verify", zone, OBJECT, SHA256=newest)
        equal(f"verify of {zone}: exit code", code, wanted) or print(said)


UPLOAD = """  - name: dump
    file: local.gz
    uploads: [{store: zone, key: THE_OBJECT, expect: {match: auto}}]
steps:
  - name: upload
    run: [curl, -sS, -o, /dev/null, -H, "AccessKey: ${env.B_ACCESS_KEY}", -T, TAKEN, "ENDPOINT/ZONE/THE_OBJECT"]
"""


def uploading(zone, wanted, match, taken="local.gz", key="new.gz"):
    """Uploaded by another tool in a step, proven by muster."""
    code, verdicts, said = muster("run", zone, UPLOAD, THE_OBJECT=key, TAKEN=taken)
    equal(f"upload to {zone}: exit code and match", (code, verdicts.get("upload:dump@zone/match")), (wanted, match)) or print(said)
    return said


def test_sampling():
    base = MANIFEST.replace("artifacts:", "sample: true\nartifacts:")
    code, verdicts, said = muster("verify --sample", "well", OBJECT, base=base, SHA256=SHA256)
    equal("sample: exit code", (code, verdicts["artifact:dump/sample"]), (0, "pass")) or print(said)
    check("sample: no digest", "artifact:dump/digest" not in verdicts, verdicts)
    for zone in ("storm-on-get", "cut-dead", "lying-short", "describe-other"):
        code, verdicts, said = muster("verify --sample", zone, OBJECT, base=base, SHA256=SHA256)
        check(f"sample of {zone}: no pass", code != 0 and verdicts["artifact:dump/sample"] != "pass", said)


def test_muster_on_uploads():
    holds("upload: proof", uploading("well.up", 0, "pass"), "SHA-256 is equal")
    holds("upload: proof", uploading("checksum-null.up", 0, "pass", key="read.gz"), "read back")
    code, verdicts, said = muster("verify", "checksum-wrong", UPLOAD, THE_OBJECT="all-1.gz", TAKEN="x")
    equal("what was not read whole proves nothing", (code, verdicts["upload:dump@zone/match"]), (1, "unproven")) or print(said)
    uploading("checksum-null.up", 0, "pass")
    uploading("checksum-wrong.up", 1, "fail")
    uploading("put-damaged.up", 1, "fail")
    uploading("put-storm.up", 1, "unproven")
    uploading("put-denied.up", 1, "unproven")


PUT = """  - name: dump
    file: LOCAL
    uploads: [{store: zone, key: "THE_OBJECT", put: true, expect: {match: auto}MORE}]
"""


def putting(zone, wanted, match, key="new.gz", local="local.gz", more="", says=""):
    """Uploaded by muster, proven by muster."""
    code, verdicts, said = muster("run", zone, PUT, THE_OBJECT=key, LOCAL=local, MORE=more)
    equal(f"put to {zone}: exit code and match", (code, verdicts.get("upload:dump@zone/match")), (wanted, match)) or print(said)
    holds(f"put to {zone}: says", said, says)
    answer = ask(zone, "head", key)
    return answer


SETTINGS = """artifacts:
  - {name: dump, object: {store: zone, key: "all-*.gz"}, expect: {size: {min: 1KiB}}}
"""


def test_settings():
    """What Bunny cannot tell is not proven, and what was written to try is not there afterwards."""
    text = MANIFEST.replace("{not_empty: true}", "{region: de, private: true, versioning: enabled, lifecycle: 30d, object_lock: true, "
                            "writable: true}").replace("artifacts:\n", "")
    for key, writable in (("B", "pass"), ("R", "fail")):
        code, verdicts, said = muster("run", "well.settings" + key, SETTINGS, base=text.replace("B_ACCESS_KEY", key + "_ACCESS_KEY"))
        seen = {name.partition("/")[2]: verdict for name, verdict in verdicts.items() if name.startswith("store:zone/")}
        equal(f"settings by {key}", {name: seen.get(name) for name in
                                     ("region", "private", "versioning", "lifecycle", "object_lock", "writable")},
              {"region": "unproven", "private": "unproven", "versioning": "unproven", "lifecycle": "unproven",
               "object_lock": "unproven", "writable": writable}) or print(said)
        check(f"settings by {key}: exit code", code in (4, 5), code)
    equal("nothing stays", ask("well.settingsB", "head", ".muster-writable")["status"], "ABSENT")


def test_puts():
    equal("put: checksum", putting("well.put", 0, "pass").get("checksum_sha256"), SHA256)
    for zone in ("put-storm-once.put", "put-cut-once.put", "no-describe.put"):
        equal(f"{zone}: checksum", putting(zone, 0, "pass").get("checksum_sha256"), SHA256)
    for number, name in enumerate(["a b+c=%2F@", "é/雪", "deep/er/and deeper/x"]):
        equal(f"put of {name!r}", putting(f"well.put{number}", 0, "pass", key=name).get("status"), "OK")
    for zone, says in (("put-storm", "503"), ("put-denied", "read-only"), ("put-mismatch", "Checksum mismatch")):
        equal(f"{zone}: nothing is left", putting(zone + ".put", 1, "unproven", says=says).get("status"), "ABSENT")
    # The store took it, and says another SHA-256 than it was given: what is there is not kept quiet about.
    putting("put-damaged.put", 1, "fail")
    equal("half of it is taken back", putting("put-half.put", 1, "unproven").get("status"), "ABSENT")
    putting("put-half-kept.put", 5, "unproven", says="cannot be removed")
    equal("kept, and said to have failed", putting("put-lies.put", 0, "pass").get("checksum_sha256"), SHA256)
    answer = putting("well.put", 1, "unproven", key="all-2.gz", says="is there already")
    equal("a key that is taken", answer.get("checksum_sha256"), hashlib.sha256(CONTENT[::-1]).hexdigest())
    answer = putting("well.over", 0, "pass", key="all-2.gz", more=", overwrite: true")
    equal("overwritten", answer.get("checksum_sha256"), SHA256)
    answer = putting("put-storm.over", 1, "unproven", key="all-2.gz", more=", overwrite: true")
    equal("not overwritten", answer.get("checksum_sha256"), hashlib.sha256(CONTENT[::-1]).hexdigest())
    big = os.path.join(folder(), "big")
    with open(big, "wb") as file:
        file.write(CONTENT * 100)
    for zone in ("well.big", "put-storm-once.big"):
        equal(f"{zone}: a long one", putting(zone, 0, "pass", local=big).get("size"), str(len(CONTENT) * 100))
    environment["TMPDIR"] = "/nonexistent"
    putting("well.notmp", 1, "unproven", local=big, says="/nonexistent")
    putting("well.notmp", 0, "pass")
    del environment["TMPDIR"]


STREAM = """steps:
  - {name: make, run: [sh, -c, "cat local.gz; RUN"], stdout: {store: zone, key: streamed.gz}}
artifacts:
  - {name: dump, object: {store: zone, key: streamed.gz}, step: make, expect: {digest: {sha256: "SHA256"}}}
"""


def test_streams():
    """What a step writes goes into the zone, or is not there at all."""
    base = MANIFEST.replace("artifacts:\n", "")
    code, verdicts, said = muster("run", "well.stream", STREAM, base=base, SHA256=SHA256, RUN="true")
    equal("a stream: exit code", code, 0) or print(said)
    equal("a stream: stored", ask("well.stream", "head", "streamed.gz").get("checksum_sha256"), SHA256)
    code, verdicts, said = muster("run", "well.broken-stream", STREAM, base=base, SHA256=SHA256, RUN="exit 3")
    check("a stream that breaks off: exit code", code not in (0, 2, 3), said)
    equal("a stream that breaks off", ask("well.broken-stream", "head", "streamed.gz")["status"], "ABSENT")


def test_example():
    here = tempfile.mkdtemp(dir=folder())
    os.mkdir(os.path.join(here, "source"))
    with open(os.path.join(here, "source", "a"), "wb") as file:
        file.write(CONTENT)
    arguments = ["--var", "source=" + os.path.join(here, "source"), "--var", "scratch=" + here, "--var", "zone=well.example",
                 "--var", "endpoint=" + ENDPOINT, os.path.join(ROOT, "examples", "bunny", "backup.yml")]
    for verb, key in (("run", KEY), ("verify", READ_ONLY_KEY)):
        run = subprocess.run([MUSTER, verb, *arguments], env={**environment, "BUNNY_ACCESS_KEY": key}, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        equal(f"the example: {verb}", run.returncode, 0) or print(run.stdout.decode())
        check(f"the example: {verb} tells no secret", b"canary" not in run.stdout, run.stdout)


run_beside_each_other([test_well, test_awkward_keys, test_who_may_not, test_transient, test_listings, test_many_in_one_folder,
                       test_describing, test_reading, test_muster_on_objects, test_sampling, test_muster_on_uploads], 4)
test_settings()
test_puts()
test_streams()
test_example()
finish()
