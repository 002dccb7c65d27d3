#!/usr/bin/python3
"""`muster install`, by the static muster, into folders of every kind: what is there afterwards is all of muster, or what was
there before. Mounts are made in a namespace of their own and end with it."""

import hashlib
import os
import signal
import subprocess
import time

from containers import MUSTER, VERSION
from as_root import needs_root
from support import Folder, PublicFolder, environment, execute, expect, expect_equal, expect_match, main, wait_for, write

SIZE = os.path.getsize(MUSTER)
CHUNKS = -(-SIZE // 65536)
UNTRACED = ["strace", "-qq", "-o", "/dev/null"]
DONE = rf"\Amuster {VERSION} is installed as (.*): [\d.]+ MiB\n\Z"


class Outcome:
    def __init__(self, argv, code, out, err):
        self.argv, self.code, self.out, self.err = argv, code, out, err

    def __str__(self):
        return "\n".join(["$ " + " ".join(self.argv), f"exit status {self.code}", self.out, self.err])


def call(*argv, cwd="/", **options):
    code, out, err, _ = execute(list(argv), cwd, environment({"MUSTER": MUSTER}), **options)
    return Outcome(argv, code, out, err)


def install(folder, *arguments, before=(), program=MUSTER, **options):
    return call(*before, program, "install", *arguments, folder, **options)


def with_mounts(folder, script):
    """In a mount namespace of its own."""
    return call("unshare", "--mount", "bash", "-ec", script, cwd=folder)


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def expect_installed(folder, run):
    expect_equal((run.code, run.err), (0, ""), run)
    expect_equal(os.listdir(folder), ["muster"], run)
    path = os.path.join(folder, "muster")
    expect_equal((os.lstat(path).st_mode, digest(path)), (0o100755, digest(MUSTER)), run)
    expect_equal(subprocess.run([path, "--version"], capture_output=True, text=True).stdout, f"muster {VERSION}\n")


def expect_refused(run, pattern, code=2):
    expect_equal((run.code, run.out), (code, ""), run)
    expect_match(r"\Amuster: install: " + pattern, run.err, run)


def test_into_an_empty_folder():
    with Folder() as path:
        run = install(path)
        expect_installed(path, run)
        expect_equal(expect_name(run), os.path.join(path, "muster"))
    with Folder() as path:
        expect_equal(expect_name(install(path + "/")), path + "/muster")
    with Folder() as path:
        expect_equal(expect_name(install(".", cwd=path)), "./muster")
    with Folder() as path:
        run = install(path, "--quiet")
        expect_equal(run.out, "", run)
        expect_installed(path, run)


def expect_name(run):
    expect_match(DONE, run.out, run)
    return run.out.split(" as ")[1].rpartition(":")[0]


def test_whatever_the_umask():
    for mask in (0o077, 0o777, 0):
        with Folder() as path:
            expect_installed(path, install(path, preexec=lambda: os.umask(mask)))


@needs_root("becomes other users")
def test_by_any_user():
    with Folder() as path, PublicFolder(MUSTER) as public:
        os.chown(path, 65532, 65532)
        bare = ["setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", "--bounding-set=-all"]
        expect_installed(path, install(path, before=bare, program=public.muster))


@needs_root("mounts a root")
def test_from_a_read_only_root():
    """With nothing else in it, /proc neither."""
    for proc in ("", "mount -t proc none root/proc;"):
        with Folder() as path:
            for name in ("root/shared", "root/proc", "out"):
                os.makedirs(os.path.join(path, name))
            run = with_mounts(path, f"""cp $MUSTER root/muster; mount --bind root root; {proc} mount -t tmpfs none root/shared
                mount -o remount,ro,bind root; ! touch root/x 2>/dev/null
                chroot root /muster install /shared; ls -lA root/shared; cmp root/shared/muster $MUSTER; chroot root /shared/muster --version""")
            expect_equal((run.code, run.err), (0, ""), run)
            lines = run.out.splitlines()
            expect_match(DONE, lines[0] + "\n", run)
            expect_match(r"^-rwxr-xr-x .* muster$", lines[2], run)
            expect_equal((len(lines), lines[-1]), (4, f"muster {VERSION}"), run)


START_BY_DESCRIPTOR = """python3 -c 'import os; fd = os.open("root/muster", os.O_RDONLY); os.dup2(fd, 9); os.chroot("root"); os.chdir("/");
os.execve(9, ["muster", "install", "/shared"], {})'; exit $?"""


@needs_root("enters a root of its own")
def test_where_muster_cannot_find_itself():
    """Neither by /proc nor by the name that it was started by: here a descriptor's."""
    with Folder() as path:
        for name in ("root/shared", "root/dev/fd"):
            os.makedirs(os.path.join(path, name))
        run = with_mounts(path, "cp $MUSTER root/muster; " + START_BY_DESCRIPTOR)
        expect_refused(run, "cannot find the program that is running: /proc is not mounted, and '/dev/fd/9', .*: No such file", code=70)
        run = with_mounts(path, "cp /bin/bash root/dev/fd/9; " + START_BY_DESCRIPTOR)
        expect_refused(run, "cannot find the program that is running: .* is not what was loaded", code=70)
        expect_equal(os.listdir(os.path.join(path, "root/shared")), [])
        run = with_mounts(path, "cp $MUSTER root/dev/fd/9; " + START_BY_DESCRIPTOR)
        expect_equal(run.code, 0, run)


def test_what_is_no_folder():
    with Folder() as path:
        write(path, "file", "x")
        expect_refused(install(path + "/file"), "cannot open the folder '.*/file': Not a directory")
        expect_refused(install(path + "/nowhere"), "there is no folder '.*/nowhere': mount the volume there")
        expect_refused(install(""), "there is no folder ''")
        os.mkdir(path + "/muster")
        expect_refused(install(path), "cannot put the new file in the place of '.*/muster': Is a directory")
        expect_equal(sorted(os.listdir(path)), ["file", "muster"])


@needs_root("becomes other users, and mounts")
def test_where_it_may_not_write():
    with Folder() as path, PublicFolder(MUSTER) as public:
        os.chmod(path, 0o755)
        run = install(path, before=["setpriv", "--reuid=65532", "--regid=65532", "--clear-groups"], program=public.muster)
        expect_refused(run, "'.*' must be writable for the user 65532, group 65532: cannot write '.*/muster': Permission denied")
        run = with_mounts(path, f"mount --bind . {path}; mount -o remount,ro,bind {path}; $MUSTER install {path}")
        expect_refused(run, "'.*' must be a volume that this container may write to: .*Read-only file system")
        expect_equal(os.listdir(path), [])


@needs_root("mounts a small disk")
def test_a_full_disk():
    with Folder() as path:
        run = with_mounts(path, "mkdir d; mount -t tmpfs -o size=1m none d; echo before >d/muster; $MUSTER install d || "
                          "{ code=$?; ls -A d; cat d/muster; exit $code; }")
        expect_equal((run.code, run.out), (2, "muster\nbefore\n"), run)
        expect_match(r"\A.*\d MiB are needed in 'd': cannot write 'd/muster': No space left on device\n\Z", run.err, run)


@needs_root("mounts a folder")
def test_where_nothing_can_be_executed():
    with Folder() as path:
        run = with_mounts(path, "mkdir d; mount -t tmpfs -o noexec none d; $MUSTER install d || { code=$?; ls -A d; exit $code; }")
        expect_refused(run, "nothing can be executed in 'd': it is mounted with 'noexec'")


def test_what_was_there_is_replaced_while_it_runs():
    with Folder() as path, Folder() as work:
        install(path)
        before = os.stat(path + "/muster")
        write(work, "m.yml", "muster: 1\nname: m\nsteps:\n  - {name: wait, shell: 'touch began; while [ ! -e go ]; do sleep 0.05; done'}\n")
        process = subprocess.Popen([path + "/muster", "run", "m.yml"], cwd=work, env=environment(), stdout=subprocess.DEVNULL)
        expect(wait_for(lambda: os.path.exists(work + "/began")))
        expect_installed(path, install(path))
        expect(os.stat(path + "/muster").st_ino != before.st_ino, "it was written over")
        write(work, "go", "")
        expect_equal(process.wait(20), 0)


def test_it_replaces_itself():
    with Folder() as path:
        install(path)
        expect_installed(path, call(path + "/muster", "install", path))


def test_a_link_is_replaced_and_not_followed():
    with Folder() as path, Folder() as other:
        write(other, "precious", "x")
        os.symlink(other + "/precious", path + "/muster")
        expect_installed(path, install(path))
        with open(other + "/precious", encoding="utf-8") as file:
            expect_equal(file.read(), "x")


def test_several_at_once():
    """It can be executed at any moment meanwhile."""
    with Folder() as path:
        install(path)
        processes = [subprocess.Popen([MUSTER, "install", "--quiet", path], env=environment()) for _ in range(8)]
        while any(process.poll() is None for process in processes):
            expect_equal(subprocess.run([path + "/muster", "--version"], capture_output=True, text=True).stdout, f"muster {VERSION}\n")
        expect_equal([process.returncode for process in processes], [0] * 8)
        expect_installed(path, install(path))


@needs_root("writes into muster's memory")
def test_what_fails_leaves_what_was_there():
    for call_name, failure, pattern in (
            ("openat", f"error=ENOSPC:when={openat_of_the_new_file()}", "are needed in .*No space left"),
            ("write", "error=EIO:when=3", "cannot write .*Input/output error"), ("fchmod", "error=EPERM", "cannot set the permissions"),
            ("fsync", "error=EIO:when=1", "cannot flush"), ("pread64", f"error=EIO:when={CHUNKS + 2}", "cannot read back .*Input/output"),
            ("pread64", f"poke_exit=@arg2=ff:when={CHUNKS + 2}", "is not what was written to it: it differs after byte 0"),
            ("renameat", "error=EIO", "cannot put the new file in the place of")):
        with Folder() as path:
            write(path, "muster", "before")
            run = install(path, before=[*UNTRACED, "-e", f"trace={call_name}", "-e", f"inject={call_name}:{failure}"])
            expect_refused(run, ".*" + pattern)
            expect_equal((os.listdir(path), digest(path + "/muster")), (["muster"], hashlib.sha256(b"before").hexdigest()), run)


def openat_of_the_new_file():
    """The how manieth call of openat() that is."""
    with Folder() as path:
        call("strace", "-qq", "-o", path + "/trace", "-e", "trace=openat", MUSTER, "install", path)
        with open(path + "/trace", encoding="utf-8") as file:
            lines = [line for line in file if line.startswith("openat")]
        return next(number for number, line in enumerate(lines, 1) if "O_EXCL" in line)


def test_a_signal():
    for name, when in (("write", 1), ("write", 3), ("pread64", CHUNKS + 2), ("fsync", 1)):
        for number in (signal.SIGTERM, signal.SIGINT):
            with Folder() as path:
                run = install(path, before=[*UNTRACED, "-e", f"trace={name}", "-e", f"inject={name}:signal={number.name}:when={when}"])
                expect_refused(run, f"ended by signal {number.value}, before '.*/muster' was there", code=128 + number)
                expect_equal(os.listdir(path), [], run)


def test_what_a_killed_one_left():
    with Folder() as path:
        run = install(path, before=[*UNTRACED, "-e", "trace=fchmod", "-e", "inject=fchmod:signal=SIGKILL"])
        expect(run.code != 0, run)
        left = os.listdir(path)
        expect_equal((len(left), left[0][:8]), (1, ".muster."), run)
        install(path)
        expect_equal(sorted(os.listdir(path)), sorted([*left, "muster"]), "it may still be written to")
        write(path, ".mustard", "x")
        for name in (left[0], ".mustard"):
            os.utime(os.path.join(path, name), (0, time.time() - 7200))
        install(path)
        expect_equal(sorted(os.listdir(path)), [".mustard", "muster"])


main()
