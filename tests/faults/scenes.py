"""What is run while calls fail: a scene is a manifest, the files that it needs, and the exit code that it has without a fault."""

import glob
import gzip
import hashlib
import io
import os
import ssl
import subprocess
import sys
import tarfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, "..", "cli"), os.path.join(HERE, "..", "servers")]

import support  # noqa: E402

DUMP = b"-- dump\n" + b"INSERT INTO t VALUES (1);\n" * 400 + b"-- PostgreSQL database dump complete\n"
PACKED = gzip.compress(DUMP, mtime=0)
LARGE_DUMP = DUMP + bytes(17 << 20)
LARGE = gzip.compress(LARGE_DUMP, 0, mtime=0)

KEY = b"q" * 42 + b"A"
AGE = b"age-encryption.org/v1\n-> X25519 " + KEY + b"\n" + KEY + b"\n--- " + KEY + b"\n" + b"\0" * 200


class Scene:
    def __init__(self, name, code, manifest, files=None, verb="run", environment=None, keeps=(), made=None, several=None, arguments=None,
                 makes=(), server=None, step=1):
        self.name, self.code, self.manifest, self.verb = name, code, manifest, verb
        self.keeps = keeps  # files that are there before and afterwards, whatever fails
        self.several = several  # a folder of manifests, in the place of one: no reports are asked for
        self.made = made or {}  # what there is after exit code 0, by pattern, unpacked
        self.files = files or {}
        self.environment = environment or {}
        self.arguments = arguments  # of a verb that executes nothing: what it prints, and the files that it `makes`, are always the same
        self.makes = makes
        self.server = server  # where each run has a bucket of its own, in the place of BUCKET
        self.step = step  # of what takes long, not every call
        self.said = self.wrote = None

    def make(self, folder):
        os.makedirs(os.path.join(folder, "vault"))
        for name, content in {"manifest.yml": self.manifest.replace("BUCKET", bucket_of(folder)).encode(), **self.files}.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)

    def missing(self, folder):
        """Of what it should have made: an exit code of 0 that was not deserved."""
        for pattern, content in self.made.items():
            try:
                if self.kept(folder, pattern) != content:
                    yield f"{pattern} is another one"
            except (IndexError, OSError, EOFError) as error:
                yield f"{pattern}: {error!r}"

    def kept(self, folder, pattern):
        if self.server:
            return gzip.decompress(self.server.get(bucket_of(folder), pattern))
        with gzip.open(glob.glob(os.path.join(folder, pattern))[0]) as file:
            return file.read()


def bucket_of(folder):
    return "keeps." + hashlib.sha1(folder.encode()).hexdigest()[:12]


def tar_of(*names):
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 100
            archive.addfile(member, io.BytesIO(b"x" * 100))
    return memory.getvalue()


PASS = """muster: 1
name: pass
preflight:
  - env: {name: TARGET, equals: vault}
  - tool: {name: gzip}
stores: {vault: {directory: {path: vault}}}
steps:
  - name: dump
    pipe: [[cat, dump.sql], [gzip, -1]]
    stdout: all.sql.gz
    expect: {output: {never: ['ERROR']}}
artifacts:
  - name: all
    file: all.sql.gz
    step: dump
    expect:
      size: {min: 100B}
      format: gzip
      text: {always: ['dump complete'], never: ['ERROR']}
    uploads: [{store: vault, key: "all-${run.date}.sql.gz", put: true, expect: {match: read_back}}]
  - name: files
    file: files.tar.gz
    expect: {archive: {members: [{path: one}, {path: "tw?", expect: {size: {min: 1B}}}]}}
reports:
  - {store: vault, key: "reports/${run.id}.json", format: json}
"""

MASKED = """muster: 1
name: masked
steps:
  - {name: dump, shell: 'echo "ERROR: gone" >&2; echo done', expect: {output: {never: ['^ERROR'], always: ['done']}}}
"""

SWALLOWED = """muster: 1
name: swallowed
steps:
  - {name: dump, run: [cat, log], expect: {output: {never: ['^ERROR']}}}
"""

DAMAGED = """muster: 1
name: damaged
artifacts:
  - {name: all, file: all.sql.gz, expect: {format: gzip, text: {always: ['INSERT']}}}
"""

MEMBER = """muster: 1
name: member
artifacts:
  - {name: files, file: files.tar.gz, expect: {archive: {members: [{path: one}, {path: three}]}}}
"""

WRONG_UPLOAD = """muster: 1
name: wrong-upload
stores: {vault: {directory: {path: vault}}}
steps:
  - {name: upload, run: [cp, other, vault/all]}
artifacts:
  - {name: all, file: all, uploads: [{store: vault, key: all, expect: {match: read_back}}]}
"""

GATE = """muster: 1
name: gate
preflight: [{env: {name: TARGET, equals: elsewhere}}, {file: {path: manifest.yml}}]
steps: [{name: dump, run: [touch, begun]}]
"""

UNPROVEN = """muster: 1
name: unproven
artifacts:
  - {name: secret, file: secret.age, expect: {text: {always: ['INSERT']}}}
"""

VERIFY = """muster: 1
name: verify
max_age: 26h
stores: {vault: {directory: {path: vault}}}
steps:
  - {name: dump, run: ['false']}
artifacts:
  - name: all
    file: all.sql.gz
    step: dump
    expect: {format: gzip, text: {always: ['dump complete']}}
    uploads: [{store: vault, key: "all-*.sql.gz"}]
"""

SEVERAL = b"""muster: 1
name: one
stores: {vault: {directory: {path: vault}}}
artifacts: [{name: a, object: {store: vault, key: k}}]
"""

SERVED = """muster: 1
name: served
stores:
  far: {s3: {endpoint: "ENDPOINT", region: fault-1, bucket: NAME, addressing: path, retry: {attempts: 2}, ca_file: CERTIFICATE}}
artifacts:
  - {name: a, object: {store: far, key: "k"}, expect: {size: {min: 1B}, digest: {sha256: DIGEST}}}
"""

STORED = """muster: 1
name: stored
stores:
  far: {s3: {endpoint: "ENDPOINT", region: fault-1, bucket: "BUCKET", addressing: path, retry: {attempts: 2}, ca_file: CERTIFICATE}}
steps: [{name: dump, run: [cat, all.sql.gz], stdout: copy.sql.gz}]
artifacts:
  - name: all
    file: copy.sql.gz
    step: dump
    expect: {format: gzip}
    uploads: [{store: far, key: "all.sql.gz", put: true, expect: {match: read_back}}]
"""

STREAMED = STORED.replace("name: stored", "name: streamed").replace("stdout: copy.sql.gz", "stdout: {store: far, key: all.sql.gz}").replace(
    """
    file: copy.sql.gz""", "").partition("    uploads:")[0].replace("step: dump", "object: {store: far, key: all.sql.gz}\n    step: dump")

S3_KEYS = {"AWS_ACCESS_KEY_ID": "FAULTEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


class Server:
    """The server of faults, of which only those are asked that are none."""

    def __init__(self, folder, tls):
        self.certificate = os.path.join(folder, "certificate.pem")
        key = os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.certificate],
                       check=True, capture_output=True)
        self.process = subprocess.Popen([sys.executable, os.path.join(HERE, "..", "servers", "fault_server.py"),
                                         *(["--tls", self.certificate, key] if tls else [])], stdout=subprocess.PIPE, text=True)
        self.endpoint = f"{'https' if tls else 'http'}://localhost:{self.process.stdout.readline().strip()}"

    def stop(self):
        self.process.kill()
        self.process.wait()


    def get(self, bucket, key):
        with urllib.request.urlopen(f"{self.endpoint}/{bucket}/{key}", context=ssl.create_default_context(cafile=self.certificate)) as answer:
            return answer.read()


def at(server, manifest):
    return manifest.replace("ENDPOINT", server.endpoint).replace("CERTIFICATE", server.certificate)


def served(server, name, code, digest, verb="run"):
    return Scene(name, code, at(server, SERVED).replace("NAME", "well").replace("DIGEST", digest), environment=S3_KEYS, verb=verb)


def asked(name, code, verb, *arguments, manifest=PASS, **more):
    """A verb that executes nothing."""
    return Scene(name, code, manifest, verb=verb, arguments=arguments, **more)


def report_of_a_run():
    """What `report` renders."""
    with support.Folder() as folder:
        Scene("", 1, DAMAGED, {"all.sql.gz": PACKED[:60] + b"!" + PACKED[61:]}).make(folder)
        subprocess.run([support.MUSTER, "run", "--quiet", "--report=json=report.json", "manifest.yml"], cwd=folder, capture_output=True, check=False)
        with open(os.path.join(folder, "report.json"), "rb") as file:
            return file.read()


def answered(report):
    """The verbs that execute nothing."""
    return [
        asked("lint", 0, "lint", "--format=json", "manifest.yml"),
        asked("lint-wrong", 3, "lint", "manifest.yml", manifest=PASS.replace("min: 100B", "min: much")),
        asked("plan", 0, "plan", "manifest.yml"),
        asked("plan-weaker", 1, "plan", "--no-weaker", "--diff=before.yml", "manifest.yml",
              manifest=PASS.replace(", expect: {match: read_back}", ""), files={"before.yml": PASS.encode()}),
        asked("learn", 0, "learn", "--output=draft.yml", "all.sql.gz", "files.tar.gz", makes=["draft.yml"],
              files={"all.sql.gz": PACKED, "files.tar.gz": tar_of("one", "two")}),
        asked("report", 0, "report", "--report=html=out.html", "--report=junit=out.xml", "run.json", makes=["out.html", "out.xml"],
              files={"run.json": report}),
        asked("report-altered", 3, "report", "run.json", files={"run.json": report.replace(b'"fail"', b'"pass"', 1)}),
        asked("history", 0, "report", "--history=vault", "manifest.yml", files={"vault/reports/one.json": report, "vault/reports/two.json": report}),
    ]


def all_of(server):
    from fault_protocol import CONTENT
    digest = hashlib.sha256(CONTENT).hexdigest()
    return [
        Scene("pass", 0, PASS, {"dump.sql": DUMP, "files.tar.gz": tar_of("one", "two"), "all.sql.gz": PACKED[:100]},
              environment={"TARGET": "vault"}, keeps=("all.sql.gz",), made={"all.sql.gz": DUMP, "vault/all-*.sql.gz": DUMP}),
        Scene("masked", 1, MASKED),
        Scene("swallowed", 1, SWALLOWED, {"log": b"ERROR: gone\n"}),
        Scene("damaged", 1, DAMAGED, {"all.sql.gz": PACKED[:60] + b"!" + PACKED[61:]}),
        Scene("member", 1, MEMBER, {"files.tar.gz": tar_of("one", "two")}),
        Scene("wrong-upload", 1, WRONG_UPLOAD, {"all": DUMP, "other": DUMP.replace(b"1", b"2")}),
        Scene("gate", 4, GATE, environment={"TARGET": "vault"}),
        Scene("unproven", 5, UNPROVEN, {"secret.age": AGE}),
        Scene("verify", 0, VERIFY, {"vault/all-2.sql.gz": PACKED}, verb="verify"),
        Scene("several", 0, "", {"all/a.yml": SEVERAL, "all/b.yml": SEVERAL, "all/c.yml": SEVERAL, "vault/k": DUMP}, verb="verify", several="all"),
        served(server, "served", 0, digest),
        served(server, "served-wrong", 1, "0" * 64),
        served(server, "verify-served", 0, digest, verb="verify"),
        Scene("put", 0, at(server, STORED), {"all.sql.gz": PACKED}, environment=S3_KEYS, server=server, made={"all.sql.gz": DUMP}),
        Scene("streamed", 0, at(server, STREAMED), {"all.sql.gz": PACKED}, environment=S3_KEYS, server=server, made={"all.sql.gz": DUMP}),
        Scene("put-parts", 0, at(server, STORED), {"all.sql.gz": LARGE}, environment=S3_KEYS, server=server, made={"all.sql.gz": LARGE_DUMP},
              step=29),
        *answered(report_of_a_run()),
    ]
