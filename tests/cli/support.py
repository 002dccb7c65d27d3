"""What the tests of the command line share: running muster as a user would, and what must hold for every run.

A test file is a program with functions named test_*:

    from support import *

    def test_exit_code():
        run = muster("run", manifest=MANIFEST)
        expect(run.code == 1, run)

    main()
"""

import ctypes
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import traceback

import as_root

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MUSTER = os.path.abspath(os.environ.get("MUSTER") or os.path.join(ROOT, "build", "muster"))
SANITIZED = bool(os.environ.get("MUSTER_SANITIZED"))  # memory figures mean nothing then
TIMEOUT_SECONDS = 120
VERDICTS = {"pass": "passed", "fail": "failed", "unproven": "unproven", "waived": "waived"}
REPORT_KEYS = ["muster", "mode", "name", "run", "manifest", "verdict", "exit_code", "counts", "checks", "steps", "artifacts",
               "uploads"]

# Under nohup it is ignored, and what is ignored stays so in who is executed; a handler does not.
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda number, frame: None)


class Failure(Exception):
    pass


class Run:
    """One finished run of muster."""

    def __init__(self, argv, code, out, err, report, termination, usage):
        self.argv = argv
        self.code = code  # of the process: 128+N is what it exited with, -N a signal that killed it
        self.out = out
        self.err = err
        self.said = out + err
        self.report = report  # None where there is none
        self.termination = termination  # None where there is none
        self.max_rss_bytes = usage

    def check(self, check_id):
        for check in (self.report or {}).get("checks", []):
            if check["id"] == check_id:
                return check
        return None

    def verdict(self, check_id):
        check = self.check(check_id)
        return check["verdict"] if check else None

    def ids(self, verdict):
        return [check["id"] for check in (self.report or {}).get("checks", []) if check["verdict"] == verdict]

    def __str__(self):
        lines = ["$ " + " ".join(self.argv), f"exit status {self.code}"]
        lines += ["| " + line[:200] for line in self.said.splitlines()[-60:]]
        if self.report:
            lines += [f"  {c['verdict']:8} {c['id']} expected: {c['expected']} observed: {c.get('observed')}"[:300]
                      for c in self.report.get("checks", [])[:60]]
        return "\n".join(lines)


def environment(extra=None):
    """A small one, so that nothing of the tester's own (AWS_*, NO_COLOR) is tested by accident."""
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent",
           "MUSTER": MUSTER, "MUSTER_TERMINATION_LOG": "", "AWS_EC2_METADATA_DISABLED": "true"}
    # An installation of awscli that is not Debian's may come first in /usr/local.
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "ASAN_SYMBOLIZER_PATH", "TMPDIR", "MUSTER_SANITIZED", "LLVM_PROFILE_FILE"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(extra or {})
    return env


def execute(argv, cwd, env, stdin=None, timeout=TIMEOUT_SECONDS, meanwhile=None, preexec=None):
    """Runs a program; gives (code, out, err, max_rss_bytes). meanwhile(process) is called beside it."""
    process = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=preexec)
    texts = {}

    def drain(name, stream):
        texts[name] = stream.read()

    threads = [threading.Thread(target=drain, args=(name, stream))
               for name, stream in (("out", process.stdout), ("err", process.stderr))]
    for thread in threads:
        thread.start()
    if stdin is not None:
        process.stdin.write(stdin.encode())
        process.stdin.close()
    timer = threading.Timer(timeout, lambda: os.killpg(process.pid, signal.SIGKILL))
    timer.start()
    try:
        if meanwhile:
            meanwhile(process)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    finally:
        timer.cancel()
        for thread in threads:
            thread.join(5)
    return (process.returncode, texts.get("out", b"").decode(errors="replace"), texts.get("err", b"").decode(errors="replace"),
            usage.ru_maxrss * 1024)


def muster(verb, *arguments, manifest=None, path=None, cwd, env=None, meanwhile=None, report=True, stdin=None, name="manifest.yml",
           timeout=TIMEOUT_SECONDS, preexec=None, sound=True):
    """Runs a verb. `manifest` is text that is written to cwd/name first, `path` a file that is there already."""
    if manifest is not None:
        path = name
        with open(os.path.join(cwd, name), "w", encoding="utf-8") as file:
            file.write(manifest)
    folder = tempfile.mkdtemp(prefix="muster-report-")
    try:
        report_path = os.path.join(folder, "report.json")
        termination_path = os.path.join(folder, "termination")
        argv = [MUSTER, verb, *arguments]
        reports = report and verb in ("run", "verify")
        if reports:
            argv += ["--report", "json=" + report_path]
        if path is not None:
            argv.append(path)
        env = environment({"MUSTER_TERMINATION_LOG": termination_path, **(env or {})})
        code, out, err, usage = execute(argv, cwd, env, stdin, timeout, meanwhile, preexec)
        content = None
        if os.path.exists(report_path):
            with open(report_path, encoding="utf-8") as file:
                text = file.read()
            content = json.loads(text, object_pairs_hook=unique_keys)
            content["_text"] = text
        termination = None
        if os.path.exists(termination_path):
            with open(termination_path, "rb") as file:
                termination = file.read()
        run = Run(argv, code, out, err, content, termination, usage)
        if reports and sound:
            problems = unsound(run)
            if problems:
                raise Failure("\n".join(problems) + "\n" + str(run))
        return run
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unique_keys(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Failure(f"the report has a key twice: {keys}")
    return dict(pairs)


def is_gate(check_id):
    return check_id.startswith(("store:", "preflight:"))


def exit_code_of(checks):
    """What the exit code must be, from the checks alone."""
    failed = [check["id"] for check in checks if check["verdict"] == "fail"]
    if failed:
        return 4 if all(is_gate(check_id) for check_id in failed) else 1
    return 5 if any(check["verdict"] == "unproven" for check in checks) else 0


def unsound(run):
    """What must hold for every run, whatever became of it; gives what does not."""
    if run.code in (2, 3):
        return ["there is a report, though nothing was run"] if run.report else []
    if run.report is None:
        return [f"no report (exit status {run.code})"]
    problems = []
    report, checks = run.report, run.report.get("checks", [])
    counts = report.get("counts", {})
    problems += [f"the report lacks '{key}'" for key in REPORT_KEYS if key not in report]
    if report.get("exit_code") != run.code:
        problems.append(f"the report says exit code {report.get('exit_code')}, the process {run.code}")
    if counts.get("declared") != sum(counts.get(name, 0) for name in VERDICTS.values()):
        problems.append(f"declared is not the sum of the others: {counts}")
    if counts.get("declared") != len(checks) or not checks:
        problems.append(f"{counts.get('declared')} declared, {len(checks)} checks in the report")
    for verdict, name in VERDICTS.items():
        seen = sum(1 for check in checks if check.get("verdict") == verdict)
        if counts.get(name) != seen:
            problems.append(f"counts.{name} is {counts.get(name)}, {seen} checks say {verdict}")
    if len({check.get("id") for check in checks}) != len(checks):
        problems.append("a check's id is there twice")
    for check in checks:
        for key in ("id", "kind", "verdict", "expected", "message", "line"):
            if key not in check or (key in ("id", "kind", "verdict", "expected", "line") and not check[key]):
                problems.append(f"check {check.get('id')} lacks '{key}'")
        if check.get("verdict") not in VERDICTS:
            problems.append(f"check {check.get('id')} says {check.get('verdict')}")
        if check.get("verdict") != "pass" and not (check.get("observed") or check.get("message")):
            problems.append(f"check {check.get('id')} does not say why")
    if run.code <= 128 and run.code != 70 and run.code != exit_code_of(checks):
        problems.append(f"exit status {run.code}, by its checks it should be {exit_code_of(checks)}")
    if (report.get("verdict") == "pass") != (run.code == 0):
        problems.append(f"verdict {report.get('verdict')} and exit status {run.code}")
    if run.code == 0 and counts.get("passed", 0) + counts.get("waived", 0) != counts.get("declared"):
        problems.append("exit status 0, though not everything passed")
    if run.termination is not None:
        if len(run.termination) > 4096:
            problems.append(f"the termination message has {len(run.termination)} bytes")
        if b"did not finish" in run.termination:
            problems.append("the termination message still says that the run did not finish")
        if not run.termination:
            problems.append("the termination message is empty")
    return problems


def expect(condition, about=""):
    if not condition:
        raise Failure(f"not as expected\n{about}")


def expect_equal(seen, expected, about=""):
    if seen != expected:
        raise Failure(f"expected {expected!r}, saw {seen!r}\n{about}")


def expect_match(pattern, text, about=""):
    if not re.search(pattern, text, re.M):
        raise Failure(f"nothing matches {pattern!r}\n{about or text}")


def expect_no_match(pattern, text, about=""):
    found = re.search(pattern, text, re.M)
    if found:
        raise Failure(f"{found[0]!r} matches {pattern!r}\n{about or text}")


class Folder:
    """A fresh folder for the length of a with."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="muster-test-")
        return self.path

    def __exit__(self, *_):
        for folder, _, _ in os.walk(self.path):
            os.chmod(folder, 0o700)
        shutil.rmtree(self.path, ignore_errors=True)


class PublicFolder(Folder):
    """One that everybody can write to, with muster in it: where it was built others may not come."""

    def __init__(self, program=MUSTER):
        self.program = program

    def __enter__(self):
        self.path = super().__enter__()
        os.chmod(self.path, 0o777)
        self.muster = shutil.copy(self.program, os.path.join(self.path, "muster"))
        os.chmod(self.muster, 0o755)
        return self


def write(folder, name, content):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return path


def refuse_call(number, error, argument=None):
    """For this process and its children the kernel answers a system call (of that first argument) with an error, by a filter of
    seccomp(2); for preexec."""
    first = (0x15, 0, 1, argument) if argument is not None else (0x05, 0, 0, 0)
    program = b"".join(struct.pack("=HBBI", *instruction) for instruction in [
        (0x20, 0, 0, 0),  # the call's number
        (0x15, 0, 3, number),
        (0x20, 0, 0, 16),  # the lower half of its first argument
        first,
        (0x06, 0, 0, 0x00050000 | error),
        (0x06, 0, 0, 0x7fff0000)])
    code = ctypes.create_string_buffer(program, len(program))
    filters = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    if os.getuid() != 0:
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS, without which it is root's alone
    if libc.prctl(22, 2, filters, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")


def process_1_of_its_own():
    """What starts a program as process 1 of a namespace of its own: by root's right, or that of a user namespace."""
    return ["unshare", *([] if os.getuid() == 0 else ["--map-root-user"]), "--pid", "--fork", "--kill-child"]


def processes(pattern):
    """The process ids whose command line holds the text."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    if pattern.encode() in file.read().replace(b"\0", b" "):
                        found.append(int(name))
            except OSError:
                pass
    return found


def wait_for(condition, seconds=20):
    """Asks again and again until it holds."""
    import time

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def main():
    module = sys.modules["__main__"]
    arguments = [argument for argument in sys.argv[1:] if argument != as_root.OPTION]
    pattern = arguments[0] if arguments else ""
    tests = [(name, function) for name, function in vars(module).items() if name.startswith("test_") and pattern in name]
    for_root = [(name, function) for name, function in tests if hasattr(function, "needs_root")]
    if as_root.OPTION in sys.argv:
        tests, for_root = for_root, []
    elif os.getuid() == 0:
        for_root = []
    failed = 0
    for name, function in tests:
        if (name, function) in for_root:
            continue
        try:
            function()
        except Exception as error:  # noqa: a test that crashes is a test that failed
            failed += 1
            print(f"FAILED {name}:")
            text = str(error) if isinstance(error, Failure) else traceback.format_exc()
            where = traceback.extract_tb(error.__traceback__)
            lines = [frame.lineno for frame in where if frame.filename == module.__file__]
            print(f"  line {lines[-1] if lines else '?'}")
            print("\n".join("  " + line for line in text.splitlines()), flush=True)
    if for_root:
        failed += as_root.run(for_root, *arguments)[1]
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not tests else 0)
