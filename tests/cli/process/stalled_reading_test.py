#!/usr/bin/python3
# test: waits, slow, about 15
"""What muster reads may be a pipe that nobody writes to: a signal ends it all the same, and a writer is waited for."""

import concurrent.futures
import os
import signal
import subprocess
import time

from support import MUSTER, Folder, environment, expect, expect_equal, expect_match, main, write

MANIFEST = "muster: 1\nname: read\nsteps:\n  - {name: a, run: [echo, done]}\n"
STORE = "muster: 1\nname: read\nstores: {s: {s3: {endpoint: 'http://127.0.0.1:1', region: r, bucket: b%s}}}\nsteps: [{name: a, run: ['true']}]\n"
GRACE_SECONDS = 25


def told_to_end(argv, path, env=None, stdin=subprocess.DEVNULL):
    """The exit code, and what was said, of one that is told to end while it reads."""
    process = subprocess.Popen([MUSTER, *argv], cwd=path, env=environment(env), stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(0.4)
    expect(process.poll() is None, f"{argv} does not wait")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        said, _ = process.communicate(timeout=GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError(f"{argv} does not end") from None
    return process.returncode, said, time.monotonic() - began


def test_manifest_that_is_a_pipe():
    with Folder() as path:
        os.mkfifo(os.path.join(path, "pipe.yml"))
        for verb in ("run", "verify", "probe", "lint", "plan"):
            code, said, seconds = told_to_end([verb, "pipe.yml"], path)
            expect_equal(code, 3 if verb in ("lint", "plan") else 143, said)
            expect(seconds < 2, f"{verb}: {seconds} s")
            expect_match("cannot read 'pipe.yml'", said)


def test_pipe_in_a_folder_of_manifests():
    with Folder() as path:
        os.makedirs(os.path.join(path, "all"))
        os.mkfifo(os.path.join(path, "all", "a.yml"))
        code, said, _ = told_to_end(["verify", "all"], path)
        expect_equal(code, 143, said)
        message = os.path.join(path, "message")
        told_to_end(["run", "all/a.yml"], path, {"MUSTER_TERMINATION_LOG": message})
        with open(message, encoding="utf-8") as file:
            expect_match("fail: the manifest was not read to its end, nothing was run .exit code 143", file.read())


def test_manifest_that_never_comes_to_standard_input():
    with Folder() as path:
        reader, writer = os.pipe()
        os.write(writer, MANIFEST[:20].encode())
        code, said, _ = told_to_end(["run", "-", "--report=json=report.json"], path, stdin=reader)
        os.close(reader)
        os.close(writer)
        expect_equal(code, 143, said)


def test_report_that_is_a_pipe():
    with Folder() as path:
        os.mkfifo(os.path.join(path, "pipe"))
        code, said, _ = told_to_end(["report", "pipe"], path)
        expect_equal(code, 2, said)


def test_settings_that_are_a_pipe():
    """They are given some seconds, whether or not muster is told to end."""
    def read(inside, env):
        with Folder() as path:
            os.mkfifo(os.path.join(path, "pipe"))
            write(path, "m.yml", STORE % inside)
            return told_to_end(["probe", "m.yml"], path, env)

    settings = [(", credentials: {s3cfg: pipe}", {}), ("", {"AWS_SHARED_CREDENTIALS_FILE": "pipe"}), ("", {"AWS_CONFIG_FILE": "pipe"})]
    with concurrent.futures.ThreadPoolExecutor(len(settings)) as pool:
        for code, said, _ in pool.map(read, *zip(*settings)):
            expect_equal(code, 143, said)


def test_certificates_that_are_a_pipe():
    with Folder() as path:
        os.mkfifo(os.path.join(path, "pipe"))
        write(path, "m.yml", (STORE % "").replace("http:", "https:"))
        run = subprocess.run([MUSTER, "probe", "m.yml"], cwd=path, env=environment({"SSL_CERT_FILE": "pipe", "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S"}),
                             capture_output=True, text=True, timeout=GRACE_SECONDS, check=False)
        expect(run.returncode in (4, 5), run.stdout + run.stderr)
        expect_match("'pipe': it is no regular file", run.stdout + run.stderr)


def test_writer_is_waited_for():
    with Folder() as path:
        write(path, "m.yml", MANIFEST)
        os.mkfifo(os.path.join(path, "pipe"))
        for script in ('"$MUSTER" run <(sleep 0.3; cat m.yml)', '(sleep 0.3; cat m.yml >pipe) & "$MUSTER" run pipe', '(sleep 0.3; cat m.yml) | "$MUSTER" run -',
                       '"$MUSTER" run - <m.yml'):
            run = subprocess.run(["bash", "-c", script], cwd=path, env=environment(), capture_output=True, text=True, timeout=20, check=False)
            expect_equal(run.returncode, 0, script + run.stdout + run.stderr)


main()
