#!/usr/bin/python3
"""Runs test programs, those of all parts in one pool, and adds up what they say.

    tests/run.py [--quick] PART...       a part (unit, cli, servers ...: a folder, or see PARTS) or the path of a program. `make check-PART` is this
                                         with one part, `make test` with nearly all

What has to be built for them is built in the same pool, by `make`. A program says within its first lines what it is like:

    # test: waits, about 40              (in C: /* test: ... */)

    waits       idle most of the time: run beside what computes
    clock       measures time: only one such at a time
    servers     wants a radosgw or a Swift: one of each serves all that are run together (servers/shared.py)
    about N     takes N seconds where no earlier run has measured it; the longest are begun first
    limit N     killed after N seconds (900)
    slow        left out of `make check` (--quick)
    optimised   of unit and cli: is run without sanitizers as well, for its memory, its stack or its time
    runs N      of a fuzz target: with so many inputs
    linked      of the command line: depends on what muster is linked with; run by the optimised and by the static one too

A program says "N passed, N failed" at the begin of a line, as often as it likes; what it runs in its turn it indents, so nothing is
counted twice. One that says nothing counts as one, by its exit status. What each has said is kept in BUILD/tests. The exit status is
0 only where something was run and nothing failed.

In the environment: BUILD (build); TEST_FULL=1 makes every sweep a whole one and limits ten times as long; without it each sweep takes a
part, which TEST_RUN, a number, turns.
"""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import contained

TESTS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(TESTS)
BUILD = os.path.join(ROOT, os.environ.get("BUILD") or "build")
LOGS = os.path.join(BUILD, "tests")
TIMES = os.path.join(LOGS, "seconds.json")
PYTHON = "/usr/bin/python3"
FULL = bool(os.environ.get("TEST_FULL"))
PROCESSORS = len(os.sched_getaffinity(0))
WAITING_AT_ONCE = 2 * PROCESSORS + 1
LIMIT_SECONDS = 900
SAID_AGAIN_SECONDS = 30
SERVERS = os.path.join(TESTS, "servers", "shared.py")
COUNTS = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)
HEAD = re.compile(r"^(?:#|/\*|//) test: (.*?)(?: \*/)?$", re.M)

# sudo knows by the session that it was asked; root needs none of the terminal.
APART = {"setsid": True} if os.getuid() == 0 else {"setpgroup": 0}

# What `make` builds, in this order: its target, and what must be there before. Of the optimised unit tests those that are run.
BUILDS = {
    "optimised": ("muster", []),
    "static": ("static", ["optimised"]),
    "unit": (None, ["optimised"]),
    "sanitized": ("sanitized", ["optimised"]),
    "images": ("test-images", ["static"]),
}

OPTIMISED = os.path.join(BUILD, "muster")
SANITIZED = os.path.join(BUILD, "asan", "muster")
STATIC = os.path.join(BUILD, "static", "muster")

# Folders of the command line's cases in which a library does the work that is judged: those that decompress, TLS and names, JSON, YAML,
# patterns; and what muster asks of the C library as a process.
LINKED_CASES = ["archive", "covers", "digest", "exit", "format", "http", "lint", "manifest", "match", "put", "steps", "store", "unpacked", "verify"]

# What folders of cases are like, as programs say it at their heads.
CASES_ARE = {"background": "waits, slow, about 20", "limits": "slow",
             **dict.fromkeys(["age", "exit", "format", "output", "store", "text"], "waits")}


class Job:
    """One program of the pool, or one build."""

    def __init__(self, name, argv, needs=(), env=None, head=None):
        self.name, self.argv, self.needs, self.env = name, argv, set(needs), env or {}
        words = dict(word.strip().partition(" ")[::2] for word in (head or "").split(",") if word.strip())
        unknown = set(words) - {"waits", "clock", "about", "limit", "slow", "servers", "optimised", "linked", "runs"}
        if unknown:
            raise SystemExit(f"{argv[-1]}: its head says '{', '.join(unknown)}', which tests/run.py does not know")
        self.waits, self.clock, self.slow, self.servers = ("waits" in words, "clock" in words, "slow" in words, "servers" in words)
        self.optimised, self.linked = "optimised" in words, "linked" in words
        self.seconds = float(words.get("about") or 1)
        self.limit = float(words.get("limit") or LIMIT_SECONDS) * (10 if FULL else 1)
        self.build = self.alone = False
        self.passed = self.failed = 0
        self.log = os.path.join(LOGS, re.sub(r"[^A-Za-z0-9_.]+", "-", name) + ".log")


def head_of(path):
    with open(path, encoding="utf-8") as file:
        found = HEAD.search(file.read(1500))
    return found[1] if found else ""


def started_by(path):
    return [PYTHON, path] if path.endswith(".py") else [path]


def program_job(path, needs, env, label=""):
    name = os.path.relpath(path, TESTS)
    return Job(label + re.sub(r"\.(py|sh)$", "", name), started_by(path), needs, env, head_of(path))


def folder_jobs(folder, needs, **env):
    paths = sorted(glob.glob(os.path.join(TESTS, folder, "*_test.py")) + glob.glob(os.path.join(TESTS, folder, "*_test.sh")))
    env = {"MUSTER": OPTIMISED, "STATIC_MUSTER": STATIC, **env}
    return [program_job(path, needs, env) for path in paths]


def unit_jobs(build, needs, label="", **env):
    jobs = []
    for path in sorted(glob.glob(os.path.join(TESTS, "unit", "*_test.c"))):
        name = os.path.basename(path)[:-2]
        jobs.append(Job(f"{label}unit/{name}", [os.path.join(build, "unit", name)], needs, env, head_of(path)))
    return jobs


def cli_jobs(muster, needs, label="", linked=False, **env):
    env = {"MUSTER": muster, "PYTHONPATH": os.path.join(TESTS, "cli"), **env}
    jobs = [program_job(path, needs, env, label) for path in sorted(glob.glob(os.path.join(TESTS, "cli", "*", "*_test.py")))]
    jobs = [job for job in jobs if job.linked or (job.optimised and muster == OPTIMISED) or not linked]
    for folder in sorted({os.path.basename(os.path.dirname(path)) for path in glob.glob(os.path.join(TESTS, "cli", "*", "*.yaml"))}):
        if folder in LINKED_CASES or not linked:
            jobs.append(Job(f"{label}cli/{folder}", [PYTHON, os.path.join(TESTS, "cli", "run.py"), "--cases", "--jobs", "1", folder], needs, env,
                            CASES_ARE.get(folder)))
    return jobs


def sanitized_jobs():
    env = {"MUSTER_SANITIZED": "1"}
    return unit_jobs(os.path.dirname(SANITIZED), ["sanitized"], "asan ", **env) + cli_jobs(SANITIZED, ["sanitized"], "asan ", **env)


def linked_jobs():
    return [job for job in unit_jobs(BUILD, ["unit"]) if job.optimised or FULL] + cli_jobs(OPTIMISED, ["optimised"], linked=not FULL)


def static_jobs():
    quickstart = program_job(os.path.join(TESTS, "examples", "quickstart_test.py"), ["static"], {"MUSTER": STATIC}, "static ")
    return folder_jobs("static", ["optimised", "static"]) + cli_jobs(STATIC, ["static"], "static ", linked=not FULL) + [quickstart]


def fuzz_jobs():
    jobs = []
    for path in sorted(glob.glob(os.path.join(TESTS, "fuzz", "fuzz_*.c"))):
        name = os.path.basename(path)[:-2]
        argv = [os.path.join(TESTS, "fuzz", "run.sh"), os.path.join(BUILD, "asan", "fuzz", name)]
        jobs.append(Job("fuzz/" + name[5:], argv, ["sanitized"], head=head_of(path)))
        jobs[-1].limit += float(os.environ.get("FUZZ_SECONDS") or 0)
    return jobs


def make_job(name, *goals, needs=()):
    job = Job(name, ["make", "--no-print-directory", *goals], needs)
    job.limit = threading.TIMEOUT_MAX  # what it runs has limits
    return job


def build_job(name, jobs):
    goal, needs = BUILDS[name]
    goals = [goal] if goal else [os.path.relpath(job.argv[0], ROOT) for job in jobs if name in job.needs]
    # The first is waited for by all; the others are built beside programs.
    processes = str(PROCESSORS if not needs else max(1, PROCESSORS // 2))
    job = make_job(name, *goals, "-j" + processes, needs=needs)
    job.env = {"JOBS": processes}
    job.build = True
    return job


def releases_job(target):
    job = make_job(target, target)
    job.alone = True  # it makes a whole `make test`, or as much work
    return [job]


# Parts that are more than a folder of programs, or less; any other folder of tests/ is a part as it is.
PARTS = {
    "lint": lambda: [Job("lint", [PYTHON, os.path.join(TESTS, "lint.py")], ["optimised"], {"MUSTER": OPTIMISED})],
    "unit": lambda: unit_jobs(BUILD, ["unit"]),
    "cli": lambda: cli_jobs(OPTIMISED, ["optimised"]),
    "asan": sanitized_jobs,
    "linked": linked_jobs,
    "authoring": lambda: folder_jobs("authoring", ["optimised"], NODE=os.path.join(BUILD, "node")),
    "kubernetes": lambda: folder_jobs("kubernetes", ["optimised"], KUBERNETES_TOOLS=os.path.join(BUILD, "kubernetes")),
    "static": static_jobs,
    "container": lambda: folder_jobs("container", ["images"], MUSTER=STATIC),
    "fuzz": fuzz_jobs,
    "nightly-versions": lambda: releases_job("nightly-versions"),
    "nightly-clients": lambda: releases_job("nightly-clients"),
    "nightly-debian": lambda: releases_job("nightly-debian"),
}


def jobs_of(arguments, quick):
    jobs = []
    for argument in arguments:
        if argument in PARTS:
            jobs += PARTS[argument]()
        elif folder_jobs(argument, []):
            jobs += folder_jobs(argument, ["optimised"])
        elif os.access(argument, os.X_OK):
            jobs.append(program_job(os.path.abspath(argument), [], {}))
        else:
            sys.exit(f"there is no part and no program '{argument}'; parts are the folders of tests/ and {' '.join(PARTS)}")
    jobs = list({job.name: job for job in jobs if not (quick and job.slow)}.values())
    needed = {need for job in jobs for need in job.needs}
    for name in reversed(BUILDS):
        if name in needed:
            needed.update(BUILDS[name][1])
    return [build_job(name, jobs) for name in BUILDS if name in needed], jobs


class Pool:
    def __init__(self, builds, jobs):
        self.verbose = len(jobs) == 1
        self.measured = read_times()  # name -> seconds, seconds of processor
        for job in jobs:
            job.seconds = self.measured.get(job.name, [job.seconds])[0]
        self.left = builds + sorted(jobs, key=lambda job: -job.seconds)
        self.running = {}  # pid -> job
        self.built = set()
        self.not_built = []
        self.not_run = 0
        self.ended = []
        self.environment = program_environment()

    def has_room_for(self, job):
        running = self.running.values()
        if any(other.alone for other in running):
            return False
        if job.alone:
            return not running
        if job.waits:
            return sum(other.waits for other in running) < WAITING_AT_ONCE
        if job.clock and any(other.clock for other in running):
            return False
        return sum(not other.waits for other in running) < PROCESSORS

    def start_what_can(self):
        for job in list(self.left):
            if job.needs <= self.built and self.has_room_for(job):
                self.left.remove(job)
                self.start(job)
                if job.build and job.env["JOBS"] == str(PROCESSORS):
                    return

    def start(self, job):
        job.began = time.monotonic()
        argv = [PYTHON, "-S", contained.__file__, str(job.limit), *job.argv]
        files = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                 (os.POSIX_SPAWN_OPEN, 1, job.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644),
                 (os.POSIX_SPAWN_DUP2, 1, 2)]
        env = {**self.environment, **job.env}
        if job.build:
            show(f"{job.name}: is built\n")
        self.running[os.posix_spawn(PYTHON, argv, env, file_actions=files, setsigdef=[signal.SIGPIPE, signal.SIGXFSZ], **APART)] = job

    def reap(self):
        """Takes what has ended; orphans of programs that have ended are children of this process as well."""
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            job = self.running.pop(pid, None)
            if job:
                self.finish(job, os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime)

    def finish(self, job, code, cpu):
        job.seconds = time.monotonic() - job.began
        job.cpu = cpu
        with open(job.log, encoding="utf-8", errors="replace") as file:
            said = file.read()
        if job.build:
            self.finish_build(job, code, said)
            return
        counts = COUNTS.findall(said)
        job.passed, job.failed = (sum(int(count[i]) for count in counts) for i in (0, 1))
        if not counts:
            job.passed, job.failed = (1, 0) if code == 0 else (0, 1)
        elif code != 0 and job.failed == 0:
            job.failed = 1
            said += f"exit status {code}, though it says that nothing failed\n"
        self.end(job, said)

    def finish_build(self, job, code, said):
        show(f"{job.name}: {'was built' if code == 0 else 'COULD NOT BE BUILT'}, {job.seconds:.1f} s\n")
        self.measured[job.name] = [round(job.seconds, 2), round(job.cpu, 2)]
        if code == 0:
            self.built.add(job.name)
            return
        show(indented(said))
        lost = {job.name}
        self.not_built.append(job.name)
        for other in list(self.left):  # builds stand before what needs them
            if other.needs & lost:
                self.left.remove(other)
                lost.add(other.name)
                if not other.build:
                    self.not_run += 1

    def end(self, job, said):
        self.ended.append(job)
        self.measured[job.name] = [round(job.seconds, 2), round(job.cpu, 2)]
        show(f"{job.name}: {'FAILED' if job.failed else 'passed'}, {job.seconds:.1f} s\n")
        if job.failed or self.verbose:
            show(indented(said))

    def run(self):
        say_again = time.monotonic() + SAID_AGAIN_SECONDS
        while self.left or self.running:
            self.start_what_can()
            time.sleep(0.02)
            self.reap()
            if time.monotonic() > say_again and self.running:
                say_again = time.monotonic() + SAID_AGAIN_SECONDS
                now = time.monotonic()
                show(f"  {len(self.left)} to go; running: " + ", ".join(f"{job.name} ({now - job.began:.0f} s)" for job in self.running.values()) + "\n")

    def stop(self):
        for pid in self.running:
            os.kill(pid, signal.SIGTERM)  # each takes all of its own with it
        end = time.monotonic() + 20
        while self.running and time.monotonic() < end:
            for pid in contained.reap():
                self.running.pop(pid, None)
            time.sleep(0.02)


def program_environment():
    """Without the job server of a make that was told -j, and with python leaving nothing in the tree."""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    env["MAKEFLAGS"] = " ".join(word for word in re.split(r"(?<!\\) ", env.get("MAKEFLAGS", "")) if not re.match(r"(-j|--jobserver)", word))
    return env


def read_times():
    try:
        with open(TIMES, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def write_times(measured):
    with open(TIMES + ".new", "w", encoding="utf-8") as file:
        json.dump(measured, file, indent=0, sort_keys=True)
    os.replace(TIMES + ".new", TIMES)


def keep_sudo():
    """It forgets after some minutes that it was asked; programs that need it come late."""
    while subprocess.run(["sudo", "-n", "-v"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
        time.sleep(60)


def open_the_first_three():
    """Where one was closed, the next file that is opened would be taken for it."""
    while (opened := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(opened, True)
    os.close(opened)


class Servers:
    """radosgw and Swift, begun in the background where a program wants one; which, they find in TEST_SERVERS."""

    def __init__(self, jobs):
        self.folder = None
        if any(job.servers for job in jobs) and os.path.exists(SERVERS):
            self.folder = tempfile.mkdtemp(prefix="muster-servers-")
            os.environ["TEST_SERVERS"] = self.folder
            subprocess.run([PYTHON, SERVERS, "start", self.folder, str(os.getpid())], stdin=subprocess.DEVNULL, check=True)

    def stop(self):
        if self.folder:
            subprocess.run([PYTHON, SERVERS, "stop", self.folder], stdin=subprocess.DEVNULL, check=False)


def show(text):
    print(text, end="", flush=True)


def indented(text):
    return "".join(f"  {line}\n" for line in text.splitlines())


def summary(pool, began):
    jobs = pool.ended
    slowest = sorted(jobs, key=lambda job: -job.seconds)[:10]
    if len(jobs) > 1:
        show("the slowest: " + ", ".join(f"{job.name} {job.seconds:.1f} s" for job in slowest) + "\n")
        show(f"{time.monotonic() - began:.0f} s, {sum(job.cpu for job in jobs):.0f} s of processor without what was built\n")
    failures = [job.name for job in jobs if job.failed]
    if failures:
        show("failed: " + ", ".join(failures) + "\n")
    if pool.not_built:
        show(f"could not be built: {', '.join(pool.not_built)}, so {pool.not_run} programs were not run\n")
    passed = sum(job.passed for job in jobs)
    failed = sum(job.failed for job in jobs) + len(pool.not_built) + pool.not_run
    if not jobs and not failed:
        failed = 1
        show("there is nothing to run\n")
    show(f"{passed} passed, {failed} failed\n")
    return 1 if failed else 0


def interrupted(number, _):
    raise KeyboardInterrupt(number)


def main(arguments):
    began = time.monotonic()
    open_the_first_three()
    quick = "--quick" in arguments
    builds, jobs = jobs_of([argument for argument in arguments if argument != "--quick"], quick)
    os.makedirs(LOGS, exist_ok=True)
    contained.become_subreaper()
    signal.signal(signal.SIGTERM, interrupted)
    if os.getuid() != 0 and shutil.which("sudo"):
        threading.Thread(target=keep_sudo, daemon=True).start()
    servers = Servers(jobs)
    pool = Pool(builds, jobs)
    try:
        pool.run()
    except KeyboardInterrupt:
        pool.stop()
        show("interrupted; what had been begun was killed\n")
        return 130
    finally:
        servers.stop()
        contained.kill_descendants()
    write_times(pool.measured)
    return summary(pool, began)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
