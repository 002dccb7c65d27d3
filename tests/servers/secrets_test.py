#!/usr/bin/python3
# test: waits, about 35
"""No secret leaves muster: canaries come from every place that secrets come from, everything goes well or wrong, and nothing that is
written, nor what a step can see of muster, holds one."""

import base64
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import textwrap
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from credentials_fake import CredentialsFake, json_keys, sts_error, sts_reply
from harness import MUSTER, FaultServer, check, clean_environment, equal, finish, folder, run_beside_each_other

SECRET, TOKEN, OTHER = "c4n4ry/Secret+Key==0123", "c4n4ry.Session/Token+0123==", "c4n4ry-token.of.a:file%0123"
ACCESS = "AKIAc4n4ryACCESS0123"
FEW = ("well", "echo", "expired", "error-in-200")
FAULTS = (*FEW, "forbidden", "storm", "closed", "garbage", "skewed-always", "region-code", "web-server", "not-xml", "redirect-301", "precondition-unasked")
FORMATS = ("json", "junit", "tap", "prometheus", "html", "csv")
STEP = """tr '\\0' '\\n' </proc/self/environ >child-environ; tr '\\0' '\\n' </proc/self/cmdline >child-cmdline
tr '\\0' '\\n' </proc/$PPID/cmdline >muster-cmdline; cat /proc/$PPID/limits >muster-limits; ls -l /proc/self/fd >child-fds
echo made >artifact; (cat ../secrets/* /dev/null; echo; cat ../secrets/* /dev/null >&2; echo >&2) 2>&1 || true
env | grep AWS_; echo end"""

server = FaultServer()


def spellings():
    for secret in (SECRET, TOKEN, OTHER, ACCESS):
        yield secret
        yield secret.encode().hex()
        yield base64.b64encode(secret.encode()).decode().rstrip("=")
        yield urllib.parse.quote(secret, safe="")
        yield urllib.parse.quote(secret)


SPELLINGS = sorted({spelling.encode() for spelling in spellings()} | {b"c4n4ry"})


def expect_none(what, data):
    found = [spelling for spelling in SPELLINGS if spelling in data]
    check(what, not found, f"{found} in {data[:2000]!r}")


class Place:
    """Somewhere that secrets come from: what the environment and the manifest say, and the files with secrets in them."""

    def __init__(self, name):
        self.name = name
        self.path = tempfile.mkdtemp(dir=folder(), prefix=name.replace(" ", "-") + "-")
        self.secrets = os.path.join(self.path, "secrets")
        self.work = os.path.join(self.path, "work")
        os.mkdir(self.secrets)
        os.mkdir(self.work)
        self.environment = {"HOME": self.path}
        self.credentials = ""
        self.inherited = False      # the secrets are in muster's own environment, which steps inherit

    def file(self, name, text):
        path = os.path.join(self.secrets, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


def from_environment():
    place = Place("environment")
    place.environment.update(AWS_ACCESS_KEY_ID=ACCESS, AWS_SECRET_ACCESS_KEY=SECRET, AWS_SESSION_TOKEN=TOKEN)
    place.inherited = True
    return place


def from_files():
    place = Place("files")
    place.credentials = (f"credentials: {{access_key: {{file: '{place.file('a', ACCESS)}'}}, secret_key: {{file: '{place.file('s', SECRET + chr(10))}'}}, "
                         f"session_token: {{file: '{place.file('t', TOKEN)}'}}}}")
    return place


def from_profile():
    place = Place("profile")
    place.environment["AWS_SHARED_CREDENTIALS_FILE"] = place.file(
        "credentials", f"[p]\naws_access_key_id={ACCESS}\naws_secret_access_key={SECRET}\naws_session_token={TOKEN}\n")
    place.credentials = "credentials: {profile: p}"
    return place


def from_s3cfg():
    place = Place("s3cfg")
    path = place.file("s3cfg", f"[default]\naccess_key = {ACCESS}\nsecret_key = {SECRET}\naccess_token = {TOKEN}\n")
    place.credentials = f"credentials: {{s3cfg: '{path}'}}"
    return place


def from_web_identity():
    place = Place("web identity")
    fake = CredentialsFake()
    fake.answers["/"] = [sts_reply(ACCESS, SECRET, TOKEN)]
    place.environment.update(AWS_WEB_IDENTITY_TOKEN_FILE=place.file("token", OTHER), AWS_ROLE_ARN="arn:r", AWS_ENDPOINT_URL_STS=fake.url)
    return place


def from_web_identity_refused():
    """STS repeats what it was sent."""
    place = Place("web identity refused")
    fake = CredentialsFake()
    fake.answers["/"] = [lambda request, body: sts_error(400, "Invalid", body.replace("&", "&amp;") + OTHER)][0]
    place.environment.update(AWS_WEB_IDENTITY_TOKEN_FILE=place.file("token", OTHER), AWS_ROLE_ARN="arn:r", AWS_ENDPOINT_URL_STS=fake.url)
    return place


def from_container():
    place = Place("container")
    fake = CredentialsFake()
    fake.answers["/keys"] = [json_keys(ACCESS, SECRET, TOKEN)]
    place.environment.update(AWS_CONTAINER_CREDENTIALS_FULL_URI=fake.url + "/keys", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=place.file("token", OTHER))
    return place


def from_instance():
    place = Place("instance")
    fake = CredentialsFake()
    roles = "/latest/meta-data/iam/security-credentials/"
    fake.answers.update({"/latest/api/token": [(200, OTHER)], roles: [(200, "r")], roles + "r": [json_keys(ACCESS, SECRET, TOKEN, Code="Success")]})
    place.environment.update(AWS_EC2_METADATA_SERVICE_ENDPOINT=fake.url, AWS_EC2_METADATA_DISABLED="false")
    return place


def from_a_broken_file():
    """Keys that cannot be sent are refused by their kind, not by what they are."""
    place = Place("broken file")
    place.credentials = (f"credentials: {{access_key: {{file: '{place.file('a', ACCESS + ' ' + chr(10) + ACCESS)}'}}, "
                         f"secret_key: {{file: '{place.file('s', SECRET)}'}}}}")
    return place


def manifest_of(place, fault):
    path = os.path.join(place.work, "manifest.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""muster: 1
name: canary
stores:
  s: {{s3: {{endpoint: '{server.endpoint}', bucket: {fault}.{place.name.replace(' ', '-')}, addressing: path, timeout: 1s, retry: {{attempts: 2}}, {place.credentials or 'region: us-east-1'}}}}}
steps:
  - name: see
    shell: |
{textwrap.indent(STEP, "      ")}
artifacts:
  - {{name: made, file: artifact, step: see, expect: {{size: {{min: 1}}}}, uploads: [{{store: s, key: k, expect: {{match: auto}}}}]}}
  - {{name: put, file: artifact, step: see, expect: {{size: {{min: 1}}}}, uploads: [{{store: s, key: p, put: true}}]}}
  - {{name: stored, object: {{store: s, key: k}}, expect: {{size: {{min: 1}}}}}}
""")
    return path


def run(place, environment, verb, *options):
    process = subprocess.run([MUSTER, verb, *options], cwd=place.work, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=300)
    return process.returncode, process.stdout


def everything_written(place):
    for name in sorted(os.listdir(place.work)):
        if name != "child-environ":
            with open(os.path.join(place.work, name), "rb") as file:
                yield name, file.read()


def read(place, name):
    with open(os.path.join(place.work, name), "rb") as file:
        return file.read()


def expect_children_see_nothing(what, place):
    limits = read(place, "muster-limits").decode()
    check(f"{what}: no core file of muster", re.search(r"^Max core file size +0 ", limits, re.M), limits)
    if not place.inherited:
        expect_none(f"{what}: environment of a step", read(place, "child-environ"))
    check(f"{what}: muster's command line was looked at", b"manifest.yaml" in read(place, "muster-cmdline"), read(place, "muster-cmdline"))
    check(f"{what}: the step's command line was looked at", len(read(place, "child-cmdline")) > 0)
    check(f"{what}: no file of secrets is open in a step", b"secrets" not in read(place, "child-fds"), read(place, "child-fds"))


def try_place(place, faults=FEW):
    seen_by_steps = passed = 0
    for fault in faults:
        manifest = manifest_of(place, fault)
        reports = [f"--report={name}=report.{name}" for name in FORMATS]
        environment = clean_environment(MUSTER_TERMINATION_LOG=os.path.join(place.work, "termination"), **place.environment)
        for verb, options in (("run", ["--verbose", *reports, manifest]), ("report", ["report.json"]), ("verify", ["--verbose", *reports, manifest]),
                              ("probe", ["--verbose", manifest]), ("plan", [manifest]), ("lint", [manifest]), ("lint", ["--format=sarif", manifest]),
                              ("explain", ["credentials", manifest]), ("explain", ["credentials"])):
            what = f"{place.name}, {fault}, {verb}"
            code, output = run(place, environment, verb, *options)
            check(f"{what}: ends as it should", code in range(6), (code, output))
            check(f"{what}: says something", output != b"")
            expect_none(f"{what}: printed", output)
            for name, data in everything_written(place):
                expect_none(f"{what}: {name}", data)
            passed += verb == "verify" and code == 0
            if os.path.exists(os.path.join(place.work, "child-environ")):
                expect_children_see_nothing(what, place)
                check(f"{what}: what the step printed was looked at", verb != "run" or (b"see | end" in output and (b"[secret]" in output or not os.listdir(place.secrets))), output)
                seen_by_steps += 1
        for name in FORMATS:
            check(f"{place.name}, {fault}: the report {name} was looked at", os.path.getsize(os.path.join(place.work, "report." + name)) > 0)
        check(f"{place.name}, {fault}: the termination message was looked at", os.path.getsize(os.path.join(place.work, "termination")) > 0)
        shutil.rmtree(place.work)
        os.mkdir(place.work)
    broken = "refused" in place.name or "broken" in place.name
    check(f"{place.name}: steps were run", broken or seen_by_steps > 0)


def test_every_fault():
    try_place(from_environment(), FAULTS)
    try_place(from_files(), FAULTS)


def test_every_place():
    for make in (from_web_identity_refused, from_a_broken_file, from_profile, from_s3cfg, from_web_identity, from_container, from_instance):
        try_place(make())


def test_not_dumpable():
    """What is not dumpable belongs to root in /proc, whoever runs it."""
    user = os.getuid() or 65534
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.getuid() == 0 else []
    path = tempfile.mkdtemp(dir="/tmp", prefix="muster-nobody-")
    shutil.copy(MUSTER, os.path.join(path, "muster"))
    with open(os.path.join(path, "m.yaml"), "w", encoding="utf-8") as file:
        file.write("muster: 1\nname: n\nsteps:\n  - {name: a, run: [sh, -c, 'stat -c %u /proc/$PPID/maps; stat -c %u /proc/self/maps']}\n")
    os.chmod(path, stat.S_IRWXU | stat.S_IROTH | stat.S_IXOTH)
    if as_user:
        os.chown(path, user, user)
    process = subprocess.run([*as_user, "./muster", "run", "--verbose", "m.yaml"], cwd=path,
                             env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    shutil.rmtree(path)
    owners = re.findall(r"^a \| (\d+)$", process.stdout, re.M)
    equal("whose muster is, and whose its step is", owners, ["0", str(user)])


def main():
    run_beside_each_other((test_every_fault, test_every_place, test_not_dumpable), 3)
    finish()


if __name__ == "__main__":
    main()
