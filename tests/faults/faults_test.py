#!/usr/bin/python3
# test: about 15, limit 7200
"""Every allocation and every system call of muster fails once, in scenes that must pass and in scenes that must not.

    faults_test.py                                  a sample; TEST_RUN=N takes another one
    TEST_FULL=1 faults_test.py [SCENE [NAME...]]    all of them, of a scene, of some calls
    faults_test.py SCENE NAME N ERROR [on]          that one alone, with what was said and where it failed

NAME is that of the call ("memory" for all allocations, "child.open" for what a child calls before it executes its program), N which
one of them fails, ERROR how ("EIO"). "on": so do all after it.
"""

import concurrent.futures
import errno
import json
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cli"))

import scenes  # noqa: E402
import support  # noqa: E402

LIBRARY = os.path.join(os.path.dirname(support.MUSTER), "faults", "fault.so")
RECORD = struct.Struct("@32sQiiQ")
STATE_BYTES = RECORD.size * 1024
LIMIT_SECONDS = 60
SAMPLE = 150  # allocations, and as many system calls
ON_EVERY = 16  # allocations, from which on there is no memory any more
FULL = bool(os.environ.get("TEST_FULL"))
REPORTS = ("json", "junit", "prometheus", "html", "tap")
SAYS_PASS = {"json": r'"verdict": ?"pass",\s*"exit_code"', "junit": r'name="verdict" value="pass"', "prometheus": r"^muster_last_run_passed(\{[^}]*\})? 1$",
             "tap": r"\A(?s:(?!.*^not ok))", "html": r'<header class="pass">'}


STALE = {"json": '{"verdict": "pass", "exit_code": 0}', "junit": '<property name="verdict" value="pass"/>', "html": '<header class="pass">', "tap": "1..1"}


class Fault:
    def __init__(self, name, number, error, on=False):
        self.name, self.number, self.error, self.on = name, number, error, on

    def __str__(self):
        return f"{self.name} {self.number} {errno.errorcode[self.error]}{' on' if self.on else ''}"


def build():
    source = os.path.join(HERE, "fault.c")
    if not os.path.exists(LIBRARY) or os.path.getmtime(LIBRARY) < os.path.getmtime(source):
        os.makedirs(os.path.dirname(LIBRARY), exist_ok=True)
        subprocess.run([*shlex.split(os.environ.get("CC", "gcc")), "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared",
                        "-fno-builtin", "-ftls-model=initial-exec", "-o", LIBRARY + ".new", source], check=True)
        os.rename(LIBRARY + ".new", LIBRARY)


def run(scene, fault, folder, trace=None, preexec=None):
    """One run of the scene; gives it, and the counts by name."""
    scene.make(folder)
    for name, text in STALE.items() if not scene.arguments and not scene.several else ():
        with open(os.path.join(folder, "report." + name), "w", encoding="utf-8") as file:
            file.write(text)
    state = os.path.join(folder, "state")
    with open(state, "wb") as file:
        file.write(bytes(STATE_BYTES))  # not sparse: there may be no room for it later
    paths = {name: os.path.join(folder, "report." + name) for name in REPORTS}
    termination = os.path.join(folder, "termination")
    preload = {"LD_PRELOAD": LIBRARY, "FAULT_STATE": state}
    if isinstance(fault, Fault):
        preload["FAULT"] = f"{fault.name} {fault.number} {fault.error}{' on' if fault.on else ''}"
    if trace:
        preload["FAULT_TRACE"] = trace
    argv = [support.MUSTER, scene.verb, *(f"--report={name}={path}" for name, path in paths.items()), "manifest.yml"]
    if scene.several or scene.arguments:
        argv = [support.MUSTER, scene.verb, *(scene.arguments or [scene.several])]
    env = support.environment({"MUSTER_TERMINATION_LOG": termination, **scene.environment, **preload})
    code, out, err, usage = support.execute(argv, folder, env, timeout=LIMIT_SECONDS, preexec=preexec)
    reports = {}
    for name, path in paths.items():
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                reports[name] = file.read()
    said = b""
    if os.path.exists(termination):
        with open(termination, "rb") as file:
            said = file.read()
    result = support.Run(argv, code, out, err, None, said or None, usage)
    result.reports = reports
    result.missing = list(scene.missing(folder)) if code == 0 else []
    result.wrote = [read_if_there(os.path.join(folder, name)) for name in scene.makes]
    result.gone = [name for name in scene.keeps if not os.path.exists(os.path.join(folder, name))]
    return result, counts_of(state)


def read_if_there(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def counts_of(state):
    counts = {}
    with open(state, "rb") as file:
        data = file.read()
    for at in range(0, len(data), RECORD.size):
        name, count, one, other, hits = RECORD.unpack_from(data, at)
        if count:
            counts[name.rstrip(b"\0").decode()] = (count, one, other, hits)
    return counts


def deserved(scene, fault):
    """Exit codes that are right while this call fails."""
    if fault is None:
        return {scene.code}
    if fault.name.endswith("memory"):
        return {scene.code, 70, 5} if scene.code in (0, 1, 5) else {scene.code, 70}  # 5: a folder that libc had no memory to read
    return {scene.code, 1, 2, 3, 4, 5, 70} - ({0} if scene.code else set())


def problems_of(scene, fault, result):
    if result.code < 0:
        return [f"killed by signal {-result.code}" + (" (longer than the limit?)" if result.code == -9 else "")]
    problems = [f"{name} is gone" for name in result.gone] + result.missing
    if result.code not in deserved(scene, fault):
        problems.append(f"exit code {result.code}")
    lost = fault is not None and fault.name == "write"  # of what it prints
    if scene.several and result.code == 0 and result.out.count("one: pass") != 3 and not lost:
        problems.append("not all of the manifests were looked at")
    if result.code != 0 and not result.said.strip() and not result.reports:
        problems.append(f"exit code {result.code}, and nothing is said")
    for name, text in result.reports.items():
        if result.code != 0 and re.search(SAYS_PASS[name], text, re.M):
            problems.append(f"the {name} report says pass beside exit code {result.code}")
    if result.code != 0 and result.termination and b": pass:" in result.termination:
        problems.append(f"the termination message says pass beside exit code {result.code}")
    if scene.arguments:
        return problems + problems_of_answer(scene, result)
    return problems + ([] if scene.several else problems_of_report(fault, result))


def problems_of_answer(scene, result):
    """What was asked for is there whole where the exit code says so, and a file is there whole or not at all."""
    problems = [f"{name} is not whole" for name, wrote, whole in zip(scene.makes, result.wrote, scene.wrote or result.wrote) if wrote not in (None, whole)]
    if result.code == 0 and scene.said is not None and (result.out != scene.said or result.wrote != scene.wrote):
        problems.append("exit code 0, and not all that was asked for is there")
    return problems


def problems_of_report(fault, result):
    """Where the run began, as the termination message tells, there is a report, it is whole and says what the exit code says."""
    text = result.reports.get("json")
    if text is None:
        began = result.termination is not None and result.code not in (2, 3)
        return [f"no report beside exit code {result.code}"] if (began or result.code == 0) and not getattr(fault, "takes_reports", False) else []
    try:
        result.report = json.loads(text, object_pairs_hook=support.unique_keys)
    except (ValueError, support.Failure) as error:
        return [f"the report cannot be read: {error}"]
    if result.code == 0 and set(result.reports) != set(REPORTS):
        return [f"exit code 0 with no other reports than {sorted(result.reports)}"]
    excused = ("did not finish", "termination message is empty") if result.code == 70 or fault and "child." not in fault.name else ()
    return [problem for problem in support.unsound(result) if not any(words in problem for words in excused)]


def faults_of(scene):
    """All there are: the run without a fault counts them."""
    with support.Folder() as folder:
        result, counts = run(scene, None, folder)
    problems = problems_of(scene, None, result)
    scene.said, scene.wrote = result.out, result.wrote
    if problems:
        raise support.Failure(f"{scene.name} without a fault: " + "; ".join(problems) + f"\n{result}")
    faults = []
    for name, (count, one, other, _) in sorted(counts.items()):
        is_memory = name == "memory"
        # What every run takes before it does anything fails in one scene.
        begun = counts.get("begun", [0])[0] if is_memory and scene.name != "pass" else 0
        for number in range(begun + 1, count + 1, scene.step):
            faults += [Fault(name, number, error) for error in (one, other) if error]
            if is_memory and number % ON_EVERY == 0:
                faults.append(Fault(name, number, errno.ENOMEM, on=True))
    return faults


def inject(scene, fault):
    with support.Folder() as folder:
        result, counts = run(scene, fault, folder)
        return problems_of(scene, fault, result), counts.get(fault.name, (0, 0, 0, 0))[3] > 0, result


def show_one(scene, arguments):
    fault = Fault(arguments[0], int(arguments[1]), getattr(errno, arguments[2]), arguments[3:] == ["on"])
    with support.Folder() as folder:
        trace = os.path.join(folder, "trace")
        result, counts = run(scene, fault, folder, trace)
        problems = problems_of(scene, fault, result)
        print(result)
        if os.path.exists(trace):
            with open(trace, encoding="utf-8") as file:
                print("failed at:\n" + symbols(file.read()))
        print("\n".join(problems) if problems else "as it should be" if counts[fault.name][3] else "that call was not reached")
        print(f"{0 if problems else 1} passed, {1 if problems else 0} failed")
    return 1 if problems else 0


def symbols(trace):
    """muster's own functions are not exported."""
    offsets = re.findall(r"muster\(\+0x([0-9a-f]+)\)", trace)
    if not offsets or not shutil.which("addr2line"):
        return trace
    found = subprocess.run(["addr2line", "-fse", support.MUSTER, *offsets], capture_output=True, text=True, check=False).stdout.splitlines()
    for offset, function, place in zip(offsets, found[0::2], found[1::2]):
        trace = trace.replace(f"muster(+0x{offset})", f"{function} {place}")
    return trace


def chosen(injections):
    if FULL:
        return injections
    sample = []
    for of_memory in (False, True):
        part = [(scene, fault) for scene, fault in injections if (fault.name == "memory") == of_memory]
        step = max(1, len(part) // SAMPLE)
        sample += part[int(os.environ.get("TEST_RUN") or 0) % step::step]
    return sample


def main(arguments):
    build()
    with support.Folder() as folder:
        server = scenes.Server(folder, tls=True)
        try:
            known = scenes.all_of(server)
            if arguments:
                known = [scene for scene in known if scene.name == arguments[0]] or sys.exit(f"there is no scene '{arguments[0]}'")
            if len(arguments) > 3 and arguments[2].isdigit():
                return show_one(known[0], arguments[1:])
            return sweep(known, arguments[1:])
        finally:
            server.stop()


def sweep(known, names):
    passed = failed = missed = 0
    codes = {}
    injections = [(scene, fault) for scene in known for fault in faults_of(scene) if not names or fault.name in names]
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("FAULT_JOBS") or os.cpu_count())) as pool:
        taken = chosen(injections)
        for (scene, fault), (problems, hit, result) in zip(taken, pool.map(lambda pair: inject(*pair), taken)):
            passed, failed, missed = passed + (not problems), failed + bool(problems), missed + (not hit)
            codes[result.code] = codes.get(result.code, 0) + 1
            if problems:
                print(f"FAILED {scene.name} {fault}: " + "; ".join(problems), flush=True)
    print(f"{len(taken)} of {len(injections)} injections, {missed} not reached; exit codes: "
          + ", ".join(f"{code}: {count}" for code, count in sorted(codes.items())))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
