#!/usr/bin/python3
"""The static muster on the oldest kernel whose calls it needs, Linux 3.17 (getrandom): every call that came later, and that glibc or
muster tries, is answered as that kernel would, "no such call". strace stands in for the kernel."""

import http.server
import os
import re
import ssl
import subprocess
import threading

from rooted import STATIC, support

from support import expect, expect_equal, expect_match

QUICKSTART = os.path.join(support.ROOT, "examples", "quickstart")
LATER = """bpf execveat userfaultfd membarrier mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx
    io_pgetevents rseq pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig fsmount fspick
    pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd landlock_create_ruleset
    landlock_add_rule landlock_restrict_self memfd_secret process_mrelease futex_waitv set_mempolicy_home_node""".split()


class Muster:
    """Runs it with those calls refused; keeps which were tried."""

    def __init__(self, path):
        self.path = path
        self.tried = set()

    def __call__(self, *arguments):
        trace = os.path.join(self.path, "trace")
        calls = ",".join("?" + name for name in LATER)
        finished = subprocess.run(["strace", "-f", "--seccomp-bpf", "-qq", "-o", trace, "-e", "trace=" + calls, "-e", f"inject={calls}:error=ENOSYS",
                                   STATIC, *arguments], cwd=self.path, env=support.environment(), stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=support.TIMEOUT_SECONDS)
        with open(trace, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
        self.tried |= {found[1] for found in (re.match(r"\d+ +(\w+)\(", line) for line in lines) if found}
        answered = [line for line in lines if re.match(r"\d+ +\w+\(.*\) += ", line) and "INJECTED" not in line]
        expect_equal(answered, [], "calls that were not refused")
        return finished


def serve(path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "ca.pem"], cwd=path, check=True,
                   capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(path, "ca.pem"), os.path.join(path, "key.pem"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    server.RequestHandlerClass.log_message = lambda *_: None
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def test_backup_is_run_and_verified():
    with support.Folder() as path:
        muster = Muster(path)
        subprocess.run([os.path.join(QUICKSTART, "make-database.sh"), "shop.db"], cwd=path, check=True, capture_output=True)
        for name in ("scratch", "vault"):
            os.mkdir(os.path.join(path, name))
        for verb in ("run", "verify"):
            finished = muster(verb, os.path.join(QUICKSTART, "backup.yml"))
            expect_equal(finished.returncode, 0, finished.stdout + finished.stderr)
        expect({"close_range", "rseq"} <= muster.tried, f"only these were tried: {muster.tried}")


def test_large_artifact_is_read_on_two_threads():
    with support.Folder() as path:
        muster = Muster(path)
        subprocess.run("(head -c 8000000 /dev/urandom | base64; echo a line of text) | gzip -1 >text.gz", shell=True, cwd=path, check=True)
        support.write(path, "verify.yml", "muster: 1\nname: threads\nartifacts: [{name: a, file: text.gz, expect: {format: gzip, "
                                          "text: {always: ['l[hi]ne of']}}}]\n")
        finished = muster("verify", "verify.yml")
        expect_equal(finished.returncode, 0, finished.stdout + finished.stderr)
        expect("clone3" in muster.tried, f"only these were tried: {muster.tried}")


def test_tls_is_spoken():
    with support.Folder() as path:
        muster = Muster(path)
        support.write(path, "probe.yml", f"""muster: 1
name: tls
preflight: [{{http: {{url: "https://localhost:{serve(path)}/", ca_file: ca.pem}}}}]
steps: [{{name: nothing, run: ["true"]}}]
""")
        finished = muster("probe", "--verbose", "probe.yml")
        expect_equal(finished.returncode, 0, finished.stdout + finished.stderr)


def test_kernel_that_is_demanded_is_not_newer():
    notes = subprocess.run(["readelf", "--notes", STATIC], check=True, capture_output=True, text=True).stdout
    expect_match(r"OS: Linux, ABI: 3\.2\.0", notes)


support.main()
