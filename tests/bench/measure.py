"""What the rows of the benchmark share: the corpus, a manifest, one timed run, a row of alternating pairs."""

import contextlib
import os
import shlex
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MUSTER = os.path.abspath(os.environ.get("MUSTER", os.path.join(ROOT, "build", "muster")))
PROGRAMS = os.path.abspath(os.environ.get("PROGRAMS", os.path.join(ROOT, "build", "bench-programs")))
CORPUS = os.path.join(PROGRAMS, "corpus")
SCRATCH = os.path.abspath(os.environ.get("SCRATCH", os.path.join(ROOT, "build", "bench")))
GIB, MIB = 1 << 30, 1 << 20


def shell(script, **names):
    for name, value in names.items():
        script = script.replace("{" + name + "}", shlex.quote(str(value)))
    return ["bash", "-euo", "pipefail", "-c", script]


def make(name, script, **names):
    """A file of the corpus, made once for each set of sizes."""
    stem, dot, ending = name.partition(".")
    size = "-".join(str(value) for value in names.values())
    path = os.path.join(SCRATCH, f"{stem}-{size}{dot}{ending}")
    if not os.path.exists(path):
        print(f"making {os.path.basename(path)} ...", flush=True)
        subprocess.run(shell(script, out=path + ".part", corpus=CORPUS, **names), check=True, cwd=SCRATCH)
        os.rename(path + ".part", path)
    return path


def race(title, program, *arguments):
    """One of the programs beside this file, which compares by itself."""
    print(f"\n{title}", flush=True)
    subprocess.run([os.path.join(PROGRAMS, program), *arguments], check=True)


def manifest(name, text, verb="run"):
    path = os.path.join(SCRATCH, name + ".yml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"muster: 1\nname: {name}\n" + text)
    return [MUSTER, verb, "--quiet", path]


def have(program):
    return subprocess.run(["which", program], stdout=subprocess.DEVNULL, check=False).returncode == 0


def forget(path):
    """Takes a file out of the page cache, so that the next one to read it reads the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


@contextlib.contextmanager
def memory_group(limit_bytes):
    """A control group of so much memory, as the file that a process joins it through; None where there can be none."""
    for base, limit in [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")]:
        folder = os.path.join(base, "muster-bench")
        try:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, limit), "w", encoding="ascii") as file:
                file.write(str(limit_bytes))
        except OSError:
            continue
        try:
            yield os.path.join(folder, "cgroup.procs")
        finally:
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        return
    yield None


class Sample:
    """One run of a whole process and of all that it starts."""

    def __init__(self, argv, group=None, cold=None):
        def join():
            with open(group, "w", encoding="ascii") as file:
                file.write("0")
        if cold is not None:
            forget(cold)
        begin = time.monotonic()
        child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=SCRATCH,
                                 preexec_fn=None if group is None else join)
        said = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.wall = time.monotonic() - begin
        self.cpu = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss / 1024
        self.disk = usage.ru_inblock * 512
        if child.returncode != 0:
            sys.exit(f"{shlex.join(argv)[:300]}\nexited with {child.returncode}: {said.decode(errors='replace')[:1000]}")


class Row:
    """Ours beside the others, each a whole command; `cold`: a file that is read from the disk each time, in a memory group."""

    def __init__(self, title, ours, others, cold=None, group_bytes=0, unit=1):
        self.title, self.ours, self.others = title, ours, others
        self.cold, self.group_bytes, self.unit = cold, group_bytes, unit

    def measure(self, runs):
        """One round does not count, then ours and each of the others in turn."""
        samples = {name: [] for name in ["muster", *self.others]}
        with contextlib.ExitStack() as stack:
            group = stack.enter_context(memory_group(self.group_bytes)) if self.cold else None
            if self.cold and group is None:
                print(f"\n{self.title}\n  not measured: no memory control group can be made here")
                return
            for turn in range(runs + 1):
                for name, argv in [("muster", self.ours), *self.others.items()]:
                    sample = Sample(argv, group, self.cold)
                    if turn > 0:
                        samples[name].append(sample)
        self.show(samples)

    def show(self, samples):
        print(f"\n{self.title}")
        times = {1: "s", 1000: "ms"}[self.unit]
        print(f"  {'':36} {'wall ' + times:>8} {'cpu ' + times:>8} {'peak MiB':>9}"
              + (f" {'disk':>6}" if self.cold else "") + "   wall, muster = 1 (min..max of the pairs)")
        for name, taken in samples.items():
            ratios = [other.wall / mine.wall for mine, other in zip(samples["muster"], taken)]
            words = "" if name == "muster" else f"{statistics.median(ratios):8.2f}x  ({min(ratios):.2f}..{max(ratios):.2f})"
            disk = ""
            if self.cold:
                disk = f" {statistics.median(s.disk for s in taken) / os.path.getsize(self.cold):5.2f}x"
            print(f"  {name:36} {self.unit * statistics.median(s.wall for s in taken):8.2f} "
                  f"{self.unit * statistics.median(s.cpu for s in taken):8.2f} {max(s.peak for s in taken):9.1f}{disk}   {words}",
                  flush=True)
