"""What the tests with servers share: the store driver, a server that is started and stopped, the counting."""

import atexit
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import shared

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MUSTER = os.environ.get("MUSTER", os.path.join(ROOT, "build", "muster"))
LIBRARY = os.path.join(os.path.dirname(MUSTER), "libassertions.a")

_passed = 0
_failed = 0
_folder = None
_lock = threading.Lock()


def folder():
    """A folder of this test's own, removed at its end."""
    global _folder
    with _lock:
        if _folder is None:
            _folder = tempfile.mkdtemp(prefix="muster-servers-")
            atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    return _folder


def compile_program(name):
    """A C program of this folder, linked with the library that MUSTER was linked with."""
    prebuilt = os.environ.get(name.upper())
    if prebuilt:
        return prebuilt
    program = os.path.join(folder(), name)
    packages = ["libcurl", "expat", "libcrypto", "jansson", "libpcre2-8", "zlib", "libzstd", "liblzma",
                "liblz4"]
    libraries = subprocess.run(["pkg-config", "--libs", *packages], check=True, capture_output=True, text=True).stdout
    subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-I", os.path.dirname(os.path.dirname(HERE)), "-D_GNU_SOURCE", "-O1", "-g", "-pthread",
                    "-o", program,
                    os.path.join(HERE, name + ".c"), LIBRARY, *shlex.split(libraries), "-lbz2"], check=True)
    return program


def clean_environment(**more):
    """The environment without anything that AWS's tools or a proxy would take from it."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("AWS_") and not name.lower().endswith("_proxy")}
    return {**kept, "HOME": folder(), "AWS_EC2_METADATA_DISABLED": "true", **more}


def key_shown(text):
    """A key as the driver writes it, unescaped."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)


class Answer(dict):
    """What the driver said: names and values, and the objects of a listing."""

    def __init__(self, output, code, seconds):
        super().__init__()
        self.output = output
        self.code = code
        self.seconds = seconds
        self.objects = []
        for line in output.decode("utf-8", "surrogateescape").split("\n"):
            name, _, value = line.partition("\t")
            if name == "object":
                key, size, modified_ms, etag = value.rsplit("\t", 3)
                self.objects.append((key_shown(key), int(size), int(modified_ms), etag))
            elif name:
                self[name] = value

    @property
    def keys_listed(self):
        return [key for key, *_ in self.objects]


class Driver:
    """The store's calls, each in a process of its own."""

    def __init__(self, environment, *settings):
        self.program = compile_program("s3_driver")
        self.environment = environment
        self.settings = list(settings)

    def __call__(self, *arguments, environment=None, limit=300):
        began = time.monotonic()
        process = subprocess.run([self.program, *self.settings, *arguments], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit,
                                 env=self.environment if environment is None else environment)
        answer = Answer(process.stdout, process.returncode, time.monotonic() - began)
        if process.returncode not in (0, 1):
            print(process.stdout.decode(errors="replace"))
            check(f"the driver ends by itself ({arguments})", False, f"exit status {process.returncode}")
        return answer


def run_muster(verb, manifest, environment, limit=300):
    """The exit code and the JSON report of muster with the manifest, a dictionary."""
    with tempfile.TemporaryDirectory(dir=folder()) as place:
        with open(os.path.join(place, "manifest.json"), "w", encoding="utf-8") as file:
            json.dump(manifest, file)
        report = os.path.join(place, "report.json")
        process = subprocess.run([MUSTER, verb, "--quiet", "--report", "json=" + report, "manifest.json"], cwd=place,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit,
                                 env={**environment, "MUSTER_TERMINATION_LOG": os.path.join(place, "termination")})
        if not os.path.exists(report):
            return process.returncode, {"checks": [], "artifacts": [], "output": process.stdout.decode(errors="replace")}
        with open(report, encoding="utf-8") as file:
            return process.returncode, {**json.load(file), "output": process.stdout.decode(errors="replace")}


class RealServer:
    """What radosgw.sh and swift.sh say of a server, as a dictionary: the run's, with users of this program's own."""

    script = None
    alone = False

    def __init__(self):
        self.env = shared.lend(self.script.partition(".")[0], self.alone)

    def bucket(self, name):
        """What a bucket is called that no other program of the run may have."""
        return self.env["S3_PREFIX"] + name

    def arn(self, user):
        """Who a policy means."""
        return f"arn:aws:iam:::user/{self.env[f'S3_{user}USER']}"

    def __getitem__(self, name):
        return self.env[name]

    @property
    def region(self):
        return self.env.get("S3_REGION", "us-east-1")

    def tools(self, user=""):
        """The environment in which aws, s3cmd and the driver are that user."""
        return clean_environment(AWS_ACCESS_KEY_ID=self.env[f"S3_{user}ACCESS_KEY"],
                                 AWS_SECRET_ACCESS_KEY=self.env[f"S3_{user}SECRET_KEY"],
                                 AWS_DEFAULT_REGION=self.region)

    def aws(self, *arguments, user="", standard_input=None):
        return subprocess.run(["/usr/bin/aws", "--endpoint-url", self.env["S3_ENDPOINT"], *arguments], check=True,
                              env=self.tools(user), input=standard_input, stdout=subprocess.PIPE,
                              timeout=300).stdout

    def s3cmd(self, *arguments):
        host = self.env["S3_ENDPOINT"].partition("//")[2]
        subprocess.run(["s3cmd", "--config=/dev/null", "--access_key=" + self.env["S3_ACCESS_KEY"],
                        "--secret_key=" + self.env["S3_SECRET_KEY"], "--host=" + host, "--host-bucket=" + host,
                        "--bucket-location=" + self.region, "--no-ssl", "--quiet", *arguments], check=True,
                       env=clean_environment(), timeout=300)

    def rclone(self, *arguments):
        """With the server as the remote "server:"."""
        remote = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": self.env["S3_ENDPOINT"], "REGION": self.region,
                  "ACCESS_KEY_ID": self.env["S3_ACCESS_KEY"], "SECRET_ACCESS_KEY": self.env["S3_SECRET_KEY"],
                  "NO_CHECK_BUCKET": "true"}
        environment = clean_environment(**{"RCLONE_CONFIG_SERVER_" + name: value for name, value in remote.items()})
        subprocess.run(["rclone", "--config=/dev/null", "--log-level=ERROR", *arguments], check=True, env=environment,
                       capture_output=True, timeout=300)


class Radosgw(RealServer):
    script = "radosgw.sh"

    def admin(self, *arguments):
        return subprocess.run([*shlex.split(self.env["S3_ADMIN"].strip("()")), *arguments], check=True, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=300)


class OwnRadosgw(Radosgw):
    """For a program that does what others would notice."""

    alone = True

    @property
    def dir(self):
        return self.env["S3_CA_FILE"].removesuffix("/tls/ca.pem")


class Swift(RealServer):
    script = "swift.sh"


class FaultServer:
    """fault_server.py on a port of its own."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "fault_server.py"), *arguments],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        atexit.register(self.stop)
        self.port = int(self.process.stdout.readline())
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.kill()
        self.process.wait()


def busy():
    """How many times as long as by itself something may take at the moment, with what else this machine does."""
    with open("/proc/loadavg", encoding="ascii") as file:
        minute, _, _, now = file.read().split()[:4]
    return max(1, 2 * max(float(minute), int(now.partition("/")[0])) / os.cpu_count())


def check(what, condition, seen=""):
    """Counts; says what was seen where it is not as it should be."""
    global _passed, _failed
    with _lock:
        if condition:
            _passed += 1
        else:
            _failed += 1
            print(f"FAILED {what}: {seen}", flush=True)
    return condition


def equal(what, seen, expected):
    return check(what, seen == expected, f"expected {expected!r}, saw {seen!r}")


def holds(what, text, part):
    return check(what, part in text, f"no {part!r} in {text!r}")


def run_beside_each_other(tests, how_many):
    """Most of the time of these tests is spent waiting. One that breaks off counts as failed."""
    with concurrent.futures.ThreadPoolExecutor(how_many) as pool:
        for test, future in [(test, pool.submit(test)) for test in tests]:
            trouble = future.exception()
            if trouble is not None:
                check(getattr(test, "__name__", test), False, "".join(traceback.format_exception(trouble)))


def finish():
    print(f"{_passed} passed, {_failed} failed")
    sys.exit(1 if _failed or not _passed else 0)
