#!/usr/bin/python3
"""The image that holds muster alone: what is in it, what it says of itself, and that it runs with nothing around it."""

import io
import os
import subprocess
import tarfile

from containers import HARDENED, MUSTER, ROOT, SMALL, TOOLS, VERSION, Volume, WITH_STORAGE, contained, inspect, new_name, podman, verdicts, write
from as_root import root_only
from support import expect, expect_equal, expect_match, main

root_only("runs containers")

FILES = {
    "etc/group": (0o644, b"nonroot:x:65532:"),
    "etc/passwd": (0o644, b"nonroot:x:65532:65532:"),
    "etc/ssl/certs/ca-certificates.crt": (0o644, b"-----BEGIN CERTIFICATE-----"),
    "muster": (0o755, b"\x7fELF"),
    "usr/share/doc/muster/LICENSE": (0o644, b"Apache License"),
}
SELF = """muster: 1
name: itself
steps:
  - name: version
    run: [/muster, --version]
    expect: {stdout: {always: ['^muster %s$']}}
"""


def exported(image):
    """The image's file system, as it is before anything runs: {name: (entry, content)}."""
    name = new_name()
    created = podman("create", "--pull", "never", "--name", name, image)
    expect_equal(created.code, 0, created)
    archive = subprocess.run([WITH_STORAGE, "podman", "export", name], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {entry.name: (entry, tar.extractfile(entry).read() if entry.isfile() else None) for entry in tar}


def test_nothing_else_is_in_it():
    entries = exported(SMALL)
    expect_equal({name for name, (entry, _) in entries.items() if not entry.isdir()}, set(FILES))
    folders = {name.rstrip("/") for name, (entry, _) in entries.items() if entry.isdir()}
    expect_equal(folders, {os.path.dirname(name)[:length] for name in FILES for length in range(1, 99)
                           if os.path.dirname(name)[length:length + 1] in ("", "/")} - {""})
    for name, (mode, content) in FILES.items():
        entry, seen = entries[name]
        expect_equal((entry.mode & 0o7777, entry.uid, entry.gid), (mode, 0, 0), name)
        expect(content in seen, name)
    with open(MUSTER, "rb") as binary:
        expect(entries["muster"][1] == binary.read(), "/muster is not the one that was built")


def test_certificates_are_many_and_whole():
    bundle = exported(SMALL)["etc/ssl/certs/ca-certificates.crt"][1].decode()
    expect(bundle.count("BEGIN CERTIFICATE") > 100, bundle.count("BEGIN CERTIFICATE"))
    expect_equal(bundle.count("BEGIN CERTIFICATE"), bundle.count("END CERTIFICATE"))


def test_what_the_images_say_of_themselves():
    revision = subprocess.run(["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"], cwd=ROOT, capture_output=True,
                              text=True).stdout.strip()
    for image, title in ((SMALL, "muster"), (TOOLS, "muster-tools")):
        config = inspect(image)["Config"]
        labels = {name.rpartition(".")[2]: text for name, text in config["Labels"].items()}
        expect_equal({name.rpartition(".")[0] for name in config["Labels"]}, {"org.opencontainers.image"})
        expect_equal((labels["title"], labels["version"], labels["licenses"]), (title, VERSION, "Apache-2.0"))
        expect_equal(labels.get("revision", ""), revision)
        expect_match(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", labels["created"])
        expect(labels["description"] and labels["vendor"], labels)
        expect_equal((config["User"], config["Entrypoint"], config.get("Cmd")), ("65532:65532", ["/muster"], None))


def test_it_runs_by_itself():
    run = contained(SMALL, "--version")
    expect_equal((run.code, run.out, run.err), (0, f"muster {VERSION}\n", ""), run)


def test_there_is_no_shell():
    run = contained(SMALL, "-c", "true", options=["--entrypoint", "/bin/sh"])
    expect(run.code in (126, 127), run)


def test_a_manifest_from_standard_input():
    for text, code in ((VERSION, 0), ("9[.]9", 1)):
        run = contained(SMALL, "run", "-", stdin=SELF % text)
        expect_equal(run.code, code, run)
        expect_match("itself", run.said)


def test_a_step_as_the_image_s_user():
    with Volume() as backup, Volume() as etc:
        write(etc, "backup.yml", SELF % VERSION)
        run = contained(SMALL, "run", "--report", "json=/backup/report.json", "/etc/muster/backup.yml",
                        volumes={"/etc/muster:ro": etc, "/backup": backup})
        expect_equal(run.code, 0, run)
        expect_equal(set(verdicts(backup).values()), {"pass"}, run)
        expect_equal(os.stat(os.path.join(backup, "report.json")).st_uid, 65532)


def test_the_tests_containers_are_hardened():
    """What these tests rest on: the root cannot be written to, also not by root."""
    run = contained(TOOLS, "-c", "id -u; touch /x; grep -E 'Cap|NoNewPrivs' /proc/self/status; ls /sys/class/net",
                    options=["--entrypoint", "/bin/sh", "--user", "0:0"])
    expect_match("Read-only file system", run.err, run)
    expect_match(r"CapBnd:\s+0{16}\n", run.out, run)
    expect_match(r"NoNewPrivs:\s+1\n", run.out, run)
    expect_match(r"^lo\n\Z", run.out, run)
    expect("--read-only" in HARDENED, HARDENED)


main()
