"""What it costs that muster stands between: to start, for each step, for what a step prints, and in memory while it waits."""

import os
import re
import shlex
import statistics
import subprocess
import sys
import time

from measure import GIB, MUSTER, PROGRAMS, SCRATCH, manifest

STATIC = os.path.join(os.path.dirname(MUSTER), "static", "muster")
LINES = os.path.join(PROGRAMS, "lines")
BASH = ["/bin/bash", "-eo", "pipefail", "-c"]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MUSTER_TERMINATION_LOG": "/dev/null"}
REPEATED = 20  # what takes milliseconds, for one figure
STEPS = 100


def ours(name, text, *options):
    """The manifest as run by this muster and, where there is one, by the static one."""
    path = manifest(name, text)[-1]
    programs = {"muster": MUSTER}
    if os.path.exists(STATIC):
        programs["muster, static"] = STATIC
    return {label: [program, "run", *options, path] for label, program in programs.items()}


def start(argv, output=os.devnull):
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    if isinstance(output, int):
        actions.append((os.POSIX_SPAWN_DUP2, output, 1))
    else:
        actions.append((os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY, 0))
    return os.posix_spawnp(argv[0], argv, ENVIRONMENT, file_actions=actions)


def finish(pid, argv):
    _, status, usage = os.wait4(pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{shlex.join(argv)[:300]}\nended with {status}")
    return usage.ru_utime + usage.ru_stime


def own_cpu(pid):
    """Of a process that has ended and was not waited for: its own, without its children's."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(argv):
    """The wall and processor milliseconds of one run, by the mean of several."""
    wall = cpu = 0
    for _ in range(REPEATED):
        begin = time.perf_counter()
        cpu += finish(start(argv), argv)
        wall += time.perf_counter() - begin
    return 1000 * wall / REPEATED, 1000 * cpu / REPEATED


class Comparison:
    """Commands that take turns; figures(command) gives one figure for each column, the first of which the ratios are of."""

    def __init__(self, title, columns, commands, figures):
        self.title, self.columns, self.commands, self.figures = title, columns, commands, figures

    def measure(self, runs):
        taken = {name: [] for name in self.commands}
        for turn in range(runs + 1):
            for name, command in self.commands.items():
                figures = self.figures(command)
                if turn > 0:
                    taken[name].append(figures)
        print(f"\n{self.title}\n  {'':36}" + "".join(f" {column:>12}" for column in self.columns)
              + f"   {self.columns[0].split()[0]}, muster = 1 (min..max of the pairs)")
        for name, figures in taken.items():
            ratios = [other[0] / max(mine[0], 1e-9) for mine, other in zip(taken["muster"], figures)]
            words = "" if name == "muster" else f"{statistics.median(ratios):8.2f}x  ({min(ratios):.2f}..{max(ratios):.2f})"
            print(f"  {name:36}" + "".join(f" {statistics.median(column):12.3f}" for column in zip(*figures)) + f"   {words}", flush=True)


def starting():
    commands = {
        **ours("overhead-true", "steps: [{name: a, run: [/usr/bin/true]}]\n", "--quiet"),
        "tini -s -- true": ["tini", "-s", "--", "/usr/bin/true"],
        "dumb-init true": ["dumb-init", "/usr/bin/true"],
        "bash -eo pipefail -c true": [*BASH, "/usr/bin/true; exit 0"],
        "true": ["/usr/bin/true"],
    }
    return Comparison("(o) one step, /usr/bin/true, and no store", ["wall ms", "cpu ms"], commands, timed)


def stepping():
    """(all the steps - one) / the others, of the same program."""
    def steps(count):
        return "steps:\n" + "".join(f"  - {{name: s{i}, run: [/usr/bin/true]}}\n" for i in range(count))

    many, one = ours("overhead-steps", steps(STEPS), "--quiet"), ours("overhead-step", steps(1), "--quiet")
    commands = {name: (many[name], one[name]) for name in many}
    commands["bash, /usr/bin/true each"] = ([*BASH, "/usr/bin/true\n" * STEPS + "exit 0"], [*BASH, "/usr/bin/true; exit 0"])

    def each(pair):
        def once(argv):
            begin = time.perf_counter()
            cpu = finish(start(argv), argv)
            return 1000 * (time.perf_counter() - begin), 1000 * cpu
        many_wall, many_cpu = once(pair[0])
        few = [once(pair[1]) for _ in range(3)]
        return [(most - statistics.median(least)) / (STEPS - 1) for most, least in zip((many_wall, many_cpu), zip(*few))]

    return Comparison(f"(o) each further step, of {STEPS}", ["wall ms", "cpu ms"], commands, each)


def passing(title, each, total):
    """A program that prints, its output passed on to a pipe that somebody reads."""
    own = os.path.join(SCRATCH, "lines-cpu")
    argv = [LINES, str(each), str(total), own]
    script = shlex.join(argv)
    commands = {
        **ours("overhead-lines", f"steps: [{{name: a, run: [{', '.join(argv)}]}}]\n"),
        "tini (hands its own output on)": ["tini", "-s", "--", *argv],
        "dumb-init (the same)": ["dumb-init", *argv],
        "bash -eo pipefail -c '... | cat'": [*BASH, script + " | cat"],
    }

    def figures(command):
        reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        begin = time.perf_counter()
        pid = start(command, reader.stdin.fileno())
        reader.stdin.close()
        alone = own_cpu(pid)
        every = finish(pid, command)
        reader.wait()
        wall = time.perf_counter() - begin
        with open(own, encoding="ascii") as file:
            writer = float(file.read())
        return wall, max(every - writer, 0), alone, writer

    return Comparison(f"{title}, MB: {total / 1e6:.0f}", ["wall s", "between s", "wrapper s", "writer s"], commands, figures)


def memory_of(pid):
    figures = {}
    for name in ("status", "smaps_rollup"):
        with open(f"/proc/{pid}/{name}", encoding="ascii") as file:
            figures.update(re.findall(r"^(VmRSS|VmHWM|Pss):\s+(\d+) kB", file.read(), re.M))
    return [int(figures[name]) / 1024 for name in ("VmRSS", "VmHWM", "Pss")]


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()


def is_asleep(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().startswith(b"/usr/bin/sleep")


def idle():
    """Of the process that waits, while what it started sleeps."""
    commands = {
        **ours("overhead-idle", "steps: [{name: a, run: [/usr/bin/sleep, 60]}]\n"),
        "tini -s -- sleep": ["tini", "-s", "--", "/usr/bin/sleep", "60"],
        "dumb-init sleep": ["dumb-init", "/usr/bin/sleep", "60"],
        "bash -eo pipefail -c 'sleep; ...'": [*BASH, "/usr/bin/sleep 60; exit 0"],
    }

    def figures(command):
        pid = start(command)
        while not any(is_asleep(child) for child in children(pid)):
            time.sleep(0.02)
        time.sleep(0.1)
        taken = memory_of(pid)
        sleeping = int(children(pid)[0])
        os.kill(sleeping, 9)
        os.waitpid(pid, 0)
        return taken

    return Comparison("(o) resident memory while a step sleeps", ["RSS MiB", "peak MiB", "PSS MiB"], commands, figures)


def overhead(scale):
    return [
        starting(),
        stepping(),
        passing("(o) lines of 120 bytes, each its own write", 120, int(300e6 * scale)),
        passing("(o) writes of 4 KiB", 4096, int(GIB * scale)),
        idle(),
    ]
