"""What the tests of the static muster share: the program, and an empty root to run it in."""

import json
import os
import shutil
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "cli"), os.path.join(TESTS, "servers")]

import support  # noqa: E402

ROOT = os.path.dirname(TESTS)
STATIC = os.path.abspath(os.environ.get("STATIC_MUSTER") or os.path.join(ROOT, "build", "static", "muster"))
DYNAMIC = support.MUSTER
CA_PLACES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
             "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"]


class Root(support.Folder):
    """A folder that holds nothing but muster, and what is put there; muster is run with it as the root."""

    def __enter__(self):
        super().__enter__()
        os.chmod(self.path, 0o755)
        shutil.copy(STATIC, os.path.join(self.path, "muster"))
        return self

    def put(self, name, content):
        """As a file of the root; a dictionary as JSON, a path of the machine's ("@/path") as a copy."""
        if isinstance(content, dict):
            content = json.dumps(content)
        if isinstance(content, str) and content.startswith("@"):
            with open(content[1:], "rb") as file:
                content = file.read()
        return support.write(self.path, name.lstrip("/"), content)

    def remove(self, name):
        os.unlink(os.path.join(self.path, name.lstrip("/")))

    def holds(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.path)
                      for folder, _, names in os.walk(self.path) for name in names)

    def run(self, *arguments, env=None, user=None):
        """The finished process, what it said in .stdout."""
        def enter():
            os.chroot(self.path)
            os.chdir("/")
            if user is not None:
                os.setgroups([])
                os.setgid(user)
                os.setuid(user)

        return subprocess.run(["/muster", *arguments], env=env or {}, preexec_fn=enter, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=support.TIMEOUT_SECONDS)


def expect_end(finished, code, pattern=None):
    said = f"exit status {finished.returncode}\n{finished.stdout}"
    support.expect_equal(finished.returncode, code, said)
    if pattern:
        support.expect_match(pattern, finished.stdout, said)
