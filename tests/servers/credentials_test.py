#!/usr/bin/python3
# test: waits, about 5
"""Where credentials are found, against a stand-in for STS, containers and instances; and that they are found again."""

import datetime
import os
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from credentials_fake import CredentialsFake, json_keys, sts_error, sts_reply
from harness import MUSTER, Driver, busy, check, clean_environment, equal, finish, folder, holds, run_beside_each_other

METADATA = "/latest/meta-data/iam/security-credentials/"
CANARY = "canary-secret-key"
driver = Driver(clean_environment())


def write(name, text):
    path = os.path.join(folder(), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def explain(what, *parts, absent=(), manifest=None, **environment):
    """What `explain credentials` prints, which holds the parts and never a secret."""
    run = subprocess.run([MUSTER, "explain", "credentials", *([manifest] if manifest else [])], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, text=True,
                         env=clean_environment(**environment))
    for part in parts:
        holds(what, run.stdout, part)
    for part in ("canary", *absent):
        check(f"{what}: no '{part}'", part not in run.stdout, run.stdout)
    return run


def identity(fake, name, **more):
    return {"AWS_WEB_IDENTITY_TOKEN_FILE": write(name, "canary.web.identity\n"), "AWS_ROLE_ARN": "arn:aws:iam::1:role/a+b",
            "AWS_ROLE_SESSION_NAME": "backup", "AWS_ENDPOINT_URL_STS": fake.url + "/sts", **more}


def test_process():
    """A program that a profile names, run as AWS's tools run it."""
    keys = '{"Version": 1, "AccessKeyId": "ASIAPROCESSPROCESS01", "SecretAccessKey": "%s", "SessionToken": "canary-token", "Expiration": "2099-01-01T00:00:00Z"}'
    script = write("get keys", "#!/bin/sh\nread -r nothing && exit 9\n[ $# = 2 ] && [ \"$1\" = 'two words' ] && [ \"$2\" = 'a\"b' ] || exit 7\n"
                   f"echo canary-on-stderr >&2\ncat <<'END'\n{keys % CANARY}\nEND\n")
    os.chmod(script, 0o755)

    def config(command):
        return {"AWS_CONFIG_FILE": write(f"config-{abs(hash(command))}", f"[default]\ncredential_process = {command}\n")}

    explain("process", "found: credential_process of the profile 'default', access key ASIA...SS01, with a session token, good until 2099-01-01",
            **config(f'"{script}" "two words" \'a"b\''))
    explain("process, after the keys", "found: profile 'default'", absent=("process",),
            AWS_CONFIG_FILE=write("config-both", f"[default]\ncredential_process = /bin/false\naws_access_key_id = AK\naws_secret_access_key = {CANARY}\n"))
    for command, words in ((f'"{script}" other', "it exited with 7"), ("/nonexistent/program", "cannot be started"), ("/bin/echo no json", "no JSON object with 'Version' 1"),
                           ('/bin/echo {"Version":1}', "no JSON object"), ("""/bin/echo '{"Version":1}'""", "gave no credentials"), ("""/bin/echo '{"Version":2}'""", "'Version' 1"),
                           ("sh -c 'kill -9 $$'", "killed by signal 9"), ('"unclosed', "not closed"), ("sh -c 'yes'", "more than 65536 bytes")):
        explain(f"process: {command}", "cannot be used: credential_process of the profile 'default': ", words, **config(command))


def test_web_identity():
    fake = CredentialsFake()
    fake.answers["/sts/"] = [sts_reply("ASIASTSASTSASTSASTS1", CANARY, "canary-token")]
    explain("web identity", "web identity       found: STS, as role 'arn:aws:iam::1:role/a+b' (AWS_WEB_IDENTITY_TOKEN_FILE), access key "
            "ASIA...STS1, with a session token, good until 2099-01-01T00:00:00.000Z", **identity(fake, "token-1"))
    method, path, headers, body = fake.requests[0]
    equal("web identity: method", (method, path), ("POST", "/sts/"))
    equal("web identity: type", headers["Content-Type"], "application/x-www-form-urlencoded")
    equal("web identity: fields", urllib.parse.parse_qs(body, strict_parsing=True),
          {"Action": ["AssumeRoleWithWebIdentity"], "Version": ["2011-06-15"], "RoleArn": ["arn:aws:iam::1:role/a+b"],
           "RoleSessionName": ["backup"], "WebIdentityToken": ["canary.web.identity"]})
    check("web identity: unsigned", "Authorization" not in headers, headers)
    # The environment's keys come first, and a profile's web identity where the manifest names the profile.
    explain("environment first", "found: the environment", "web identity       not looked at", AWS_ACCESS_KEY_ID="AKENV",
            AWS_SECRET_ACCESS_KEY=CANARY, **identity(fake, "token-2"))
    config = write("config-web", "[profile irsa]\nrole_arn = arn:p\nregion = eu-test-9\nservices = s\nweb_identity_token_file = "
                   + write("token-3", "canary.of.profile") + f"\n[services s]\nsts =\n  endpoint_url = {fake.url}/sts\n")
    manifest = write("irsa.yaml", "muster: 1\nname: n\nstores:\n  s: {s3: {bucket: b, credentials: {profile: irsa}}}\n"
                     "artifacts: [{name: a, file: /x, expect: {size: {min: 1}}}]\n")
    run = explain("profile's web identity", "as role 'arn:p'", "eu-test-9 (the profile)", manifest=manifest, AWS_CONFIG_FILE=config)
    equal("profile's web identity: exit code", run.returncode, 0)


def test_web_identity_refused():
    fake = CredentialsFake()
    for status, code, message, times in ((403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 1),
                                         (400, "ExpiredTokenException", "Token expired: canary.web.identity", 1),
                                         (400, "InvalidIdentityToken", "No OpenIDConnect provider found", 1),
                                         (503, "ServiceUnavailable", "later", 4)):
        fake.requests.clear()
        fake.answers["/sts/"] = [sts_error(status, code, message)]
        explain(f"STS says {code}", f"web identity       cannot be used: STS at '{fake.url}/sts/' refused the web identity: {status} {code}: ",
                "container          not looked at", **identity(fake, "token-r"))
        equal(f"STS says {code}: asked", len(fake.requests), times)
    fake.answers["/sts/"] = [sts_error(500, "InternalFailure", ""), sts_reply("ASIASTSASTSASTSASTS1", CANARY, "canary-token")]
    explain("STS fails once", "found: STS", **identity(fake, "token-r"))
    for what, body in (("no XML", "hello"), ("a DOCTYPE", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), ("cut", sts_reply("A", "b", "c")[1][:-20]),
                       ("no keys", "<AssumeRoleWithWebIdentityResponse/>"), ("no time", sts_reply("A", CANARY, "c", "soon")[1])):
        fake.answers["/sts/"] = [(200, body)]
        explain(f"STS answers {what}", "answered 200, which is not understood", **identity(fake, "token-r"))
    explain("no token file", "no web identity token: cannot read", **{**identity(fake, "token-r"), "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent"})
    explain("no STS", "cannot ask STS: cannot connect to", **{**identity(fake, "token-r"), "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"})


def test_container():
    fake = CredentialsFake()
    fake.answers["/v1/credentials"] = [json_keys("ASIACONTAINERCONTAINER", CANARY, "canary-token")]
    uri = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": fake.url + "/v1/credentials?id=1"}
    token = write("container-token", "canary-authorization\n")
    explain("container", "container          found: the container's endpoint '" + fake.url + "/v1/credentials', access key ASIA...INER",
            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=token, AWS_CONTAINER_AUTHORIZATION_TOKEN="canary-other",
            http_proxy="http://127.0.0.1:1", **uri)
    equal("container: the file's token", fake.requests[0][2].get("Authorization"), "canary-authorization")
    equal("container: query", fake.requests[0][1], "/v1/credentials?id=1")
    explain("container, token", "found: the container's", AWS_CONTAINER_AUTHORIZATION_TOKEN="canary-other", **uri)
    equal("container: the environment's token", fake.requests[1][2].get("Authorization"), "canary-other")
    fake.answers["/v1/credentials"] = [(400, '{"code": "InvalidToken", "message": "canary-other is \\u0007 wrong"}')]
    explain("container refuses", "gave no credentials: InvalidToken: [secret] is ? wrong", AWS_CONTAINER_AUTHORIZATION_TOKEN="canary-other", **uri)
    for what, answer, part in (("403", (403, "no"), "answered 403"), ("no JSON", (200, "[]"), "no JSON object"),
                               ("half", (200, '{"AccessKeyId": "A"}'), "gave no credentials"), ("long", (200, "{" + " " * 100000), "longer than")):
        fake.answers["/v1/credentials"] = [answer]
        explain(f"container: {what}", part, "cannot be used", **uri)


def metadata(fake, **more):
    return {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": fake.url, **more}


def test_instance():
    fake = CredentialsFake()
    keys = json_keys("ASIAINSTANCEINSTANCE", CANARY, "canary-token", Code="Success")
    fake.answers.update({("PUT", "/latest/api/token"): [(200, "canary-session")], METADATA: [(200, "backup-role")], METADATA + "backup-role": [keys]})
    explain("instance", "instance metadata  found: the instance's metadata, role 'backup-role', access key ASIA...ANCE",
            http_proxy="http://127.0.0.1:1", **metadata(fake))
    equal("instance: time to live", {name.lower(): value for name, value in fake.requests[0][2].items()}["x-aws-ec2-metadata-token-ttl-seconds"], "21600")
    for request in fake.requests[1:]:
        equal("instance: session", {name.lower(): value for name, value in request[2].items()}.get("x-aws-ec2-metadata-token"), "canary-session")
    explain("instance, disabled", "AWS_EC2_METADATA_DISABLED is set", **metadata(fake, AWS_EC2_METADATA_DISABLED="TRUE"))
    for status, found in ((403, True), (404, True), (405, True), (400, False), (500, False)):
        fake.answers[("PUT", "/latest/api/token")] = [(status, "")]
        explain(f"no session, {status}", "found: the instance's" if found else f"gave no token: it answered {status}", **metadata(fake))
        explain(f"no session, {status}, no version 1", f"gave no token: it answered {status}", **metadata(fake, AWS_EC2_METADATA_V1_DISABLED="true"))
    fake.answers[("PUT", "/latest/api/token")] = [(200, "canary-session")]
    fake.answers[METADATA + "backup-role"] = [(200, '{"Code": "AssumeRoleUnauthorizedAccess", "Message": "no trust"}')]
    explain("instance, no trust", "gave no credentials: AssumeRoleUnauthorizedAccess: no trust", **metadata(fake))
    fake.answers[METADATA] = [(200, "../../evil?x")]
    explain("instance, evil role", "the instance has no role", **metadata(fake))
    fake.answers[METADATA] = [(404, "")]
    explain("instance, no role", "the instance has no role", "s3cmd's settings", **metadata(fake))


def test_settings():
    config = write("config-settings", "[default]\nregion = r-config\nendpoint_url = http://config\nca_bundle = /config.pem\n"
                   "[profile s]\nservices = x\nendpoint_url = http://all\n[services x]\ns3 =\n  endpoint_url = http://services\n")
    shown = ("endpoint           ", "region             ", "CA certificates    ")
    for what, expected, environment in (
            ("nothing", ("AWS's own", "us-east-1 (nothing else says)", "the system's"), {}),
            ("config", ("http://config (endpoint_url of the profile)", "r-config (the profile)", "/config.pem (ca_bundle of the profile)"),
             {"AWS_CONFIG_FILE": config}),
            ("services", ("http://services (endpoint_url of the profile's services)", "us-east-1", "the system's"),
             {"AWS_CONFIG_FILE": config, "AWS_PROFILE": "s"}),
            ("environment", ("http://e1 (AWS_ENDPOINT_URL)", "r1 (AWS_DEFAULT_REGION)", "/e.pem (AWS_CA_BUNDLE)"),
             {"AWS_CONFIG_FILE": config, "AWS_ENDPOINT_URL": "http://e1", "AWS_DEFAULT_REGION": "r1", "AWS_CA_BUNDLE": "/e.pem"}),
            ("more exact", ("http://e2 (AWS_ENDPOINT_URL_S3)", "r2 (AWS_REGION)", "the system's"),
             {"AWS_ENDPOINT_URL": "http://e1", "AWS_ENDPOINT_URL_S3": "http://e2", "AWS_DEFAULT_REGION": "r1", "AWS_REGION": "r2"}),
            ("ignored", ("AWS's own", "r-config", "/config.pem"),
             {"AWS_CONFIG_FILE": config, "AWS_ENDPOINT_URL": "http://e1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"})):
        explain("settings: " + what, *[name + value for name, value in zip(shown, expected)], **environment)
    s3cfg = write("named.s3cfg", f"access_key = AKS3CMDAKS3CMDAK\nsecret_key = {CANARY}\nhost_base = objects.example.net\nbucket_location = r-s3cfg\n"
                  "use_https = True\nca_certs_file = /s3cfg.pem\n")
    manifest = write("s3cfg.yaml", f"muster: 1\nname: n\nstores:\n  s: {{s3: {{bucket: b, credentials: {{s3cfg: {s3cfg}}}}}}}\n"
                     "artifacts: [{name: a, file: /x, expect: {size: {min: 1}}}]\n")
    explain("s3cfg of the manifest", "https://objects.example.net (host_base of s3cmd's settings)", "r-s3cfg (bucket_location of s3cmd's settings)",
            "/s3cfg.pem (ca_certs_file of s3cmd's settings)", "found: s3cmd's settings in", manifest=manifest,
            AWS_ENDPOINT_URL="http://e1", AWS_REGION="r1", AWS_CA_BUNDLE="/e.pem", AWS_ACCESS_KEY_ID="AKENV", AWS_SECRET_ACCESS_KEY=CANARY,
            absent=("environment",))
    explain("s3cfg at the end", "http://e1 (AWS_ENDPOINT_URL)", "r1 (AWS_REGION)", "/s3cfg.pem", "found: s3cmd's settings in",
            S3CMD_CONFIG=s3cfg, AWS_ENDPOINT_URL="http://e1", AWS_REGION="r1")
    run = explain("no credentials", "none that can be used", manifest=write("none.yaml", "muster: 1\nname: n\nstores:\n  s: {s3: {bucket: b}}\n"
                  "artifacts: [{name: a, file: /x, expect: {size: {min: 1}}}]\n"))
    equal("no credentials: exit code", run.returncode, 4)


LISTING = '<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'


def store_that_wants(access_key, status, code, meanwhile):
    """A bucket for that key only; whoever comes with another is told the code, and the key changes."""
    def answer(request, _):
        if f"Credential={access_key}/" in request.headers.get("Authorization", ""):
            return 200, LISTING
        meanwhile()
        return status, f"<Error><Code>{code}</Code></Error>"
    return answer


def test_found_again():
    for status, code in ((400, "ExpiredToken"), (403, "InvalidAccessKeyId"), (400, "InvalidToken"), (403, "InvalidTokenId"), (403, "SignatureDoesNotMatch")):
        fake = CredentialsFake()
        shared = write("swapped-" + code, f"[default]\naws_access_key_id = AKOLD\naws_secret_access_key = {CANARY}\n")
        fake.answers["/b"] = store_that_wants("AKNEW", status, code, lambda path=shared: write(
            os.path.basename(path), "[default]\naws_access_key_id = AKNEW\naws_secret_access_key = canary-new\n"))
        settings = {"AWS_SHARED_CREDENTIALS_FILE": shared}
        answer = driver(f"endpoint={fake.url}", "bucket=b", "timeout=3000", "list", "", environment=clean_environment(**settings))
        equal(f"{code}, swapped meanwhile", answer["status"], "OK")
        equal(f"{code}, swapped meanwhile: requests", len(fake.requests), 2)
        fake.answers["/b"] = store_that_wants("AKNOBODY", status, code, lambda: None)
        fake.requests.clear()
        answer = driver(f"endpoint={fake.url}", "bucket=b", "timeout=3000", "list", "", environment=clean_environment(**settings))
        equal(f"{code}, the same again", answer["status"], "BAD_CREDENTIALS")
        equal(f"{code}, the same again: requests", len(fake.requests), 1)
    # Once, and no more: a service that gives other keys each time is not asked for ever.
    fake = CredentialsFake()
    keys = [json_keys(f"ASIA{number:016}", CANARY, "canary-token") for number in range(9)]
    fake.answers.update({"/keys": keys, "/b": store_that_wants("AKNOBODY", 400, "ExpiredToken", lambda: None)})
    answer = driver(f"endpoint={fake.url}", "bucket=b", "timeout=3000", "list", "",
                    environment=clean_environment(AWS_CONTAINER_CREDENTIALS_FULL_URI=fake.url + "/keys"))
    equal("others each time", answer["status"], "BAD_CREDENTIALS")
    equal("others each time: requests", [request[1].split("?")[0] for request in fake.requests], ["/keys", "/b", "/keys", "/b"])


def test_clock_and_keys():
    """A store that looks at the signature first answers a wrong clock as it does a wrong key."""
    def answer(request, _, right=True):
        stamp = datetime.datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        if right and abs((datetime.datetime.now(datetime.timezone.utc) - stamp).total_seconds()) < 900:
            return 200, LISTING
        return 403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"
    keys = clean_environment(AWS_ACCESS_KEY_ID="AK", AWS_SECRET_ACCESS_KEY=CANARY)
    for clock, right, status, times, part in ((0, True, "OK", 1, ""), (-7200, True, "OK", 2, ""), (7200, True, "OK", 2, ""),
                                              (0, False, "BAD_CREDENTIALS", 1, ""),
                                              (-7200, False, "BAD_CREDENTIALS", 2, "s behind the store's, but that was allowed for")):
        fake = CredentialsFake()
        fake.answers["/b"] = lambda request, body, right=right: answer(request, body, right)
        seen = driver(f"endpoint={fake.url}", "bucket=b", "timeout=3000", f"clock={clock}", "probe", environment=keys)
        equal(f"clock {clock}, key {right}", seen["status"], status)
        equal(f"clock {clock}, key {right}: requests", sum("list-type" in request[1] for request in fake.requests), times)
        holds(f"clock {clock}, key {right}: hint", seen["hint"], part)


def test_retries():
    """How often and how long is the manifest's; nothing but what may pass is tried again; each time signed afresh."""
    keys = clean_environment(AWS_ACCESS_KEY_ID="AK", AWS_SECRET_ACCESS_KEY=CANARY)
    for retry, status, code, at_least, at_most, seconds in (("{attempts: 3}", 503, "SlowDown", 3, 3, 10), ("{attempts: 1}", 503, "SlowDown", 1, 1, 5),
                                                            ("{attempts: 100, budget: 4s}", 500, "InternalError", 2, 20, 5),
                                                            ("{attempts: 9, budget: 1m}", 403, "AccessDenied", 1, 1, 5),
                                                            ("{attempts: 9, budget: 1m}", 404, "NoSuchBucket", 1, 1, 5)):
        fake = CredentialsFake()
        fake.answers["/b"] = [(status, f"<Error><Code>{code}</Code></Error>")]
        manifest = write(f"retry-{code}-{at_most}.yaml", f"muster: 1\nname: n\nstores:\n  s: {{s3: {{endpoint: '{fake.url}', bucket: b, timeout: 30s, retry: {retry}}}}}\n"
                         "artifacts: [{name: a, object: {store: s, key: k}, expect: {size: {min: 1}}}]\n")
        began = time.monotonic()
        subprocess.run([MUSTER, "verify", "--quiet", manifest], env=keys, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=300)
        took = time.monotonic() - began
        asked = sum("list-type" in request[1] for request in fake.requests)
        check(f"retry {retry}, {code}: requests", at_least <= asked <= at_most, asked)
        check(f"retry {retry}, {code}: time", took <= seconds * busy(), took)
        stamps = {request[2]["x-amz-date"] for request in fake.requests}
        # A stamp is of a second: attempts that fell into one have the same.
        check(f"retry {retry}, {code}: signed afresh", "4s" not in retry or took < 1.5 or len(stamps) > 1, stamps)


def main():
    run_beside_each_other((test_process, test_retries, test_clock_and_keys, test_found_again, test_web_identity_refused, test_web_identity, test_container, test_instance, test_settings), 4)
    finish()


if __name__ == "__main__":
    main()
