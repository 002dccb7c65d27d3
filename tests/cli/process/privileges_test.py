#!/usr/bin/python3
# test: slow, optimised, about 2
"""What muster and its children may do: no privilege gained where the manifest says so, no core file, no look into its memory; and
all of it also where muster is nobody."""

import contextlib
import errno
import os
import re
import shutil
import signal
import subprocess
import time

from as_root import needs_root
from support import (Folder, PublicFolder, SANITIZED, environment, expect, expect_equal, expect_match, main, muster, processes, refuse_call, wait_for,
                     write)

NOBODY = 65534
CANARY = "c4nary-in-memory"


def as_nobody():
    """Or as whoever runs the tests, who is not root then."""
    if os.getuid() != 0:
        return
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def run_as_nobody(folder, text):
    write(folder.path, "manifest.yml", "muster: 1\nname: nobody\n" + text)
    # Whoever looks for leaks traces the process, which may not be done to this one.
    env = environment({"ASAN_OPTIONS": "detect_leaks=0"} if SANITIZED else None)
    return subprocess.run([folder.muster, "run", "manifest.yml"], cwd=folder.path, env=env, preexec_fn=as_nobody, capture_output=True,
                          text=True, timeout=60)


def status_word(text, word):
    return re.search(rf"^{word}:\s+(\d+)", text, re.M)[1]


def test_no_new_privileges():
    grep = "[grep, NoNewPrivs, /proc/self/status]"
    with Folder() as path:
        for top, step, expected in [("", "", "0"), ("", ", no_new_privs: true", "1"), ("no_new_privs: true\n", "", "1"),
                                    ("no_new_privs: false\n", ", no_new_privs: false", "0")]:
            run = muster("run", manifest=f"muster: 1\nname: privileges\n{top}inventories: {{i: {{run: [sh, -c, 'cat /proc/self/status "
                         f"| tee inventory']}}}}\npreflight: [{{command: {{run: [sh, -c, 'cat /proc/self/status >preflight']}}}}]\nsteps:\n"
                         f"  - {{name: a, run: {grep}, stdout: a{step}}}\n  - {{name: b, pipe: [{grep}, [sh, -c, 'cat; grep NoNew "
                         f"/proc/self/status']], stdout: b{step}}}\n  - {{name: free, run: {grep}, stdout: free}}\n", cwd=path)
            expect_equal(run.code, 0, run)
            for name in ("a", "b"):
                with open(os.path.join(path, name), encoding="ascii") as file:
                    expect_equal(set(re.findall(r"\d", file.read())), {expected}, f"{name} of {top}{step}")
            for name in ("free", "inventory", "preflight"):
                with open(os.path.join(path, name), encoding="ascii") as file:
                    expect_equal(status_word(file.read(), "NoNewPrivs"), "1" if "true" in top else "0", f"{name} of {top}{step}")


@needs_root("makes a set-user-ID program")
def test_a_set_user_id_program_gains_nothing():
    """That it would else is seen first, or the rest would prove nothing."""
    with PublicFolder() as folder:
        path = folder.path
        shutil.copy("/usr/bin/id", os.path.join(path, "id"))
        os.chmod(os.path.join(path, "id"), 0o4755)
        for text, expected in [("steps: [{name: a, run: [./id, -u]}]\n", "0"),
                               ("steps: [{name: a, run: [./id, -u], no_new_privs: true}]\n", str(NOBODY)),
                               ("no_new_privs: true\nsteps: [{name: a, run: [./id, -u]}]\n", str(NOBODY))]:
            run = run_as_nobody(folder, text)
            expect_equal(run.returncode, 0, run.stdout + run.stderr)
            expect_match(rf"^a \W *{expected}$", run.stdout, text + run.stdout)


def refuse_no_new_privs():
    refuse_call({"x86_64": 157, "aarch64": 167}[os.uname().machine], errno.EPERM, argument=38)  # prctl(PR_SET_NO_NEW_PRIVS)


def test_where_it_is_refused_nothing_is_started():
    step = "steps: [{name: a, run: [touch, ran]}]\n"
    for manifest, code, said in [(step, 0, ""), ("no_new_privs: true\n" + step, 70, "no_new_privs could not be set"),
                                 (step.replace("ran]", "ran], no_new_privs: true"), 1,
                                  "cannot set no_new_privs: Operation not permitted")]:
        with Folder() as path:
            run = muster("run", manifest="muster: 1\nname: refused\n" + manifest, cwd=path, preexec=refuse_no_new_privs)
            expect_equal(run.code, code, run)
            expect_match(said, run.said)
            expect_equal(os.path.exists(os.path.join(path, "ran")), code == 0, run)


class Waiting:
    """muster as nobody, with a secret in its memory, while a step waits."""

    def __init__(self, folder, preexec=as_nobody):
        self.marker = f"muster-test-wait-{os.getpid()}"
        write(folder.path, "manifest.yml", f"""muster: 1
name: waiting
steps: [{{name: a, shell: "exec -a {self.marker} sleep 60", env: {{PASSWORD: {{env: OUTSIDE}}}}}}]
""")
        # Whoever starts it may have allowed core files of any size.
        self.process = subprocess.Popen(["bash", "-c", f"ulimit -S -c $(ulimit -H -c); exec {folder.muster} run --quiet manifest.yml"],
                                        cwd=folder.path, env=environment({"OUTSIDE": CANARY}), preexec_fn=preexec,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        expect(wait_for(self.find_step), "the step does not run")
        return self

    def find_step(self):
        """Once it is the program itself, and no more the shell whose script names it."""
        for pid in processes(self.marker):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read().startswith(self.marker.encode()):
                    self.step = pid
                    return True
        return False

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def core_pattern():
    with open("/proc/sys/kernel/core_pattern", encoding="ascii") as file:
        return file.read().strip()


def test_no_core_file():
    """Of muster's; that there would be one is seen of a program that allows it. Where cores go to a handler, what stands in
    /proc must do: RLIMIT_CORE, and what can be had of a process that may not be dumped."""
    for number in (signal.SIGSEGV, signal.SIGABRT):
        with PublicFolder() as folder:
            path = folder.path
            if core_pattern() == "core":
                subprocess.run(["bash", "-c", f"ulimit -c unlimited; kill -{int(number)} $$"], cwd=path, check=False, stderr=subprocess.DEVNULL)
                expect([name for name in os.listdir(path) if name.startswith("core")], "there are no core files here at all")
                for name in os.listdir(path):
                    if name.startswith("core"):
                        os.unlink(os.path.join(path, name))
            with Waiting(folder, preexec=None) as waiting:
                with open(f"/proc/{waiting.process.pid}/limits", encoding="ascii") as file:
                    expect_match(r"^Max core file size +0 ", file.read())
                os.kill(waiting.process.pid, number)
                if SANITIZED:
                    continue
                expect_equal(waiting.process.wait(timeout=20), -number)
                expect(wait_for(lambda: not processes(waiting.marker)), "the step outlives muster")
            expect_equal([name for name in os.listdir(path) if name.startswith("core")], [])


def try_as_nobody(*argv):
    return subprocess.run(argv, preexec_fn=as_nobody, capture_output=True, text=True, timeout=20)


def test_the_same_user_cannot_look_into_it():
    if SANITIZED:
        return
    with PublicFolder() as folder:
        path = folder.path
        with Waiting(folder) as waiting:
            for place in ("environ", "mem", "maps"):
                of_muster = try_as_nobody("head", "-c", "1", f"/proc/{waiting.process.pid}/{place}")
                expect(of_muster.returncode != 0, f"{place} of muster: {of_muster.stdout!r}")
            expect("Operation not permitted" in try_as_nobody("strace", "-p", str(waiting.process.pid)).stderr, "it can be traced")
            expect_equal(try_as_nobody("head", "-c", "1", f"/proc/{waiting.step}/environ").returncode, 0, "a step is a process like any other")


def test_as_nobody():
    """A process that may not be dumped owns nothing of what /proc says of it: that must not keep it from knowing its children."""
    marker = f"muster-test-nobody-{os.getpid()}"
    with PublicFolder() as folder:
        path = folder.path
        began = time.monotonic()
        run = run_as_nobody(folder, f"""inventories: {{i: {{run: [ls]}}}}
preflight: [{{tool: ls}}, {{command: {{run: ["true"]}}}}]
steps:
  - {{name: fds, run: [ls, /proc/self/fd], expect: {{stdout: {{always: ['\\A0\\n1\\n2\\n3\\n\\z']}}}}}}
  - {{name: made, pipe: [[echo, made], [cat]], stdout: made}}
  - {{name: left, shell: "setsid bash -c 'exec -a {marker} sleep 60' >/dev/null 2>&1 & exec -a {marker} sleep 0.1", grace: 500ms}}
waivers: [{{check: "step:left/exit", reason: it is to leave something, until: 2037-01-01}}]
artifacts: [{{name: made, file: made, step: made, expect: {{size: {{min: 5B}}}}}}]
""")
        expect(run.returncode == 0, run.stdout + run.stderr)
        expect("but left running: sleep (pid" in run.stdout + run.stderr, run.stdout + run.stderr)
        expect(not processes(marker), "a child outlives muster")
        expect(time.monotonic() - began < 20, "it waited for what was left behind")


main()
