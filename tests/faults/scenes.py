"""What is run while calls fail: a scene is a manifest, the files that it needs, and the exit code that it has without a fault."""

import glob
import gzip
import io
import os
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "servers"))

DUMP = b"-- dump\n" + b"INSERT INTO t VALUES (1);\n" * 400 + b"-- PostgreSQL database dump complete\n"
PACKED = gzip.compress(DUMP, mtime=0)

KEY = b"q" * 42 + b"A"
AGE = b"age-encryption.org/v1\n-> X25519 " + KEY + b"\n" + KEY + b"\n--- " + KEY + b"\n" + b"\0" * 200


class Scene:
    def __init__(self, name, code, manifest, files=None, verb="run", environment=None, keeps=(), made=None, several=None):
        self.name, self.code, self.manifest, self.verb = name, code, manifest, verb
        self.keeps = keeps  # files that are there before and afterwards, whatever fails
        self.several = several  # a folder of manifests, in the place of one: no reports are asked for
        self.made = made or {}  # what there is after exit code 0, by pattern, unpacked
        self.files = files or {}
        self.environment = environment or {}

    def make(self, folder):
        os.makedirs(os.path.join(folder, "vault"))
        for name, content in {"manifest.yml": self.manifest.encode(), **self.files}.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)

    def missing(self, folder):
        """Of what it should have made: an exit code of 0 that was not deserved."""
        for pattern, content in self.made.items():
            found = glob.glob(os.path.join(folder, pattern))
            try:
                with gzip.open(found[0]) as file:
                    if file.read() != content:
                        yield f"{pattern} is another one"
            except (IndexError, OSError, EOFError) as error:
                yield f"{pattern}: {error!r}"


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
  far: {s3: {endpoint: "ENDPOINT", region: fault-1, bucket: BUCKET, addressing: path, retry: {attempts: 2}, ca_file: CERTIFICATE}}
artifacts:
  - {name: a, object: {store: far, key: "k"}, expect: {size: {min: 1B}, digest: {sha256: DIGEST}}}
"""

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


def served(server, name, code, bucket, digest):
    manifest = SERVED.replace("ENDPOINT", server.endpoint).replace("BUCKET", bucket).replace("CERTIFICATE", server.certificate).replace("DIGEST", digest)
    return Scene(name, code, manifest, environment=S3_KEYS, verb="run")


def all_of(server):
    from fault_protocol import CONTENT
    import hashlib

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
        served(server, "served", 0, "well", digest),
        served(server, "served-wrong", 1, "well", "0" * 64),
    ]
