"""A muster that is told to end: starting it, waiting for the stage, the signal, and what must hold afterwards."""

import json
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "cli"), os.path.join(HERE, "..", "servers")]

from support import Failure, MUSTER, VERDICTS, environment, expect, expect_equal, processes, wait_for

GRACE_SECONDS = 25
BUSY_SECONDS = 60  # what a machine that does much else may take besides; what must not be waited for takes longer


class Ended:
    """One run in a folder of its own; muster is process 1 of its namespace where that is asked for."""

    def __init__(self, folder, manifest, arguments=(), as_process_1=False, env=None, verb="run", reports=("json=report.json",),
                 preexec=None, named=True):
        self.folder = folder
        self.marker = f"muster-ended-{os.path.basename(folder)}"
        with open(os.path.join(folder, "manifest.yml"), "w", encoding="utf-8") as file:
            file.write(manifest.replace("MARKER", self.marker))
        argv = [MUSTER, verb, *[word for report in reports for word in ("--report", report)], *arguments, *(["manifest.yml"] if named else [])]
        if as_process_1:
            argv = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", *argv]
        self.log = os.path.join(folder, "log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, preexec_fn=preexec,
                                            env=environment({"MUSTER_TERMINATION_LOG": os.path.join(folder, "termination"), **(env or {})}))
        self.pid = self.child() if as_process_1 else self.process.pid
        self.as_process_1 = as_process_1

    def child(self):
        """unshare's, which is muster once it has been executed."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"

        def is_muster():
            with open(path, encoding="ascii") as file:
                pids = file.read().split()
            return pids and os.path.samefile(f"/proc/{pids[0]}/exe", MUSTER) and int(pids[0])
        end = time.monotonic() + BUSY_SECONDS
        while time.monotonic() < end:
            try:
                pid = is_muster()
                if pid:
                    return pid
            except OSError:
                pass
            time.sleep(0.002)
        raise Failure("unshare does not start muster")

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def reach(self, stage):
        """`stage` is a text that is said, or a file that is there."""
        def reached():
            return os.path.exists(os.path.join(self.folder, stage[1:])) if stage.startswith("@") else stage in self.said()
        if not wait_for(reached, 2 * BUSY_SECONDS):
            self.process.kill()
            raise Failure(f"'{stage}' is not reached\n{self.said()}")
        time.sleep(0.05)

    def listens(self):
        """Waits until SIGTERM is caught: what comes earlier is the kernel's to answer."""
        end = time.monotonic() + BUSY_SECONDS
        while time.monotonic() < end:
            with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as file:
                caught = [line for line in file if line.startswith("SigCgt:")]
            if caught and int(caught[0].split()[1], 16) >> (signal.SIGTERM - 1) & 1:
                return
            time.sleep(0.0005)
        raise Failure("SIGTERM is never caught")

    def tell(self, number):
        os.kill(self.pid, number)

    def wait(self, seconds=GRACE_SECONDS + BUSY_SECONDS):
        began = time.monotonic()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"not over within {seconds} s of the signal\n{self.said()}") from None
        return time.monotonic() - began

    def report(self, name="report.json"):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return json.load(file)

    def termination(self):
        with open(os.path.join(self.folder, "termination"), encoding="utf-8") as file:
            return file.read()

    def expect_sound(self, code):
        """The exit code everywhere, every check counted, nothing left running."""
        said = self.said()
        expect_equal(self.process.returncode, code, said)
        report, termination = self.report(), self.termination()
        counts, checks = report["counts"], report["checks"]
        expect_equal(report["exit_code"], code, said)
        expect_equal(report["verdict"], "pass" if code == 0 else "fail", said)
        expect(checks and counts["declared"] == len(checks) == sum(counts[name] for name in VERDICTS.values()), counts)
        for verdict, name in VERDICTS.items():
            expect_equal(sum(check["verdict"] == verdict for check in checks), counts[name], said)
        expect("did not finish" not in termination and (": pass" if code == 0 else ": fail") in termination, termination)
        expect(f"(exit code {code})" in said, said)
        left = processes(self.marker)
        expect(not left, f"left running: {left}\n{said}")
        return report
