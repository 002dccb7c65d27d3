#!/usr/bin/python3
# test: waits, about 30
"""Every stage of a run x every signal that ends one: the exit code, the report, nobody left, all of it within the grace."""

import concurrent.futures
import http.server
import os
import signal
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from ended import BUSY_SECONDS, Ended
from as_root import needs_root
from support import Folder, expect, expect_equal, expect_match, main, wait_for, write
import fault_protocol
from harness import FaultServer

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
KEYS = {"AWS_ACCESS_KEY_ID": "AKEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}
SLEEP = "bash, -c, 'touch here; exec -a MARKER sleep 600'"
LONG = f"run: [{SLEEP}]"
CLEAN = "  - {name: clean, run: [touch, cleaned], always: true}\n"
BIG = 48 << 30  # a sparse file; reading it takes long enough

server = FaultServer()


class Silent:
    """Accepts, hears what is said and never answers."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        self.heard = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            threading.Thread(target=self.hear, args=[self.socket.accept()[0]], daemon=True).start()

    def hear(self, connection):
        while said := connection.recv(1 << 16):
            self.heard.append(said)
        threading.Event().wait()

    def has_heard(self, run):
        return wait_for(lambda: any(run.marker.encode() in said for said in self.heard), 2 * BUSY_SECONDS)


silent = Silent()


def store(bucket):
    return f"stores:\n  s: {{s3: {{endpoint: '{server.endpoint}', region: fault-1, bucket: {bucket}, timeout: 1h}}}}\n"


def sparse(folder):
    with open(os.path.join(folder, "big"), "wb") as file:
        file.truncate(BIG)


def content(folder):
    write(folder, "content", fault_protocol.CONTENT)


def fifo(folder):
    os.mkfifo(os.path.join(folder, "pipe"))


def stored_reports(name, more):
    return f"{more}steps:\n  - {{name: a, run: ['true']}}\n{name}"


ARTIFACT = "steps:\n  - {name: a, run: ['true']}\n" + CLEAN + "artifacts:\n  - {name: a, file: %s, expect: {size: {min: 1}}%s}\n"
# name: (manifest, how the stage is known to be reached, what is made before, reports besides, what is always run was run)
STAGES = {
    "preflight": (f"preflight:\n  - command: {{run: [{SLEEP}], timeout: 1h}}\nsteps:\n  - {{name: a, run: [touch, ran]}}\n", "@here", None, (), None),
    "store that says nothing": (store("silent") + "steps:\n  - {name: a, run: [touch, ran]}\n", "declared", None, (), None),
    "inventory": (f"inventories:\n  i: {{run: [{SLEEP}]}}\nsteps:\n  - {{name: a, run: [touch, ran]}}\n" + CLEAN, "@here", None, (), True),
    "step": (f"steps:\n  - {{name: a, {LONG}}}\n  - {{name: b, run: [touch, ran]}}\n" + CLEAN, "@here", None, (), True),
    "pipe": (f"steps:\n  - {{name: a, pipe: [[{SLEEP}], [cat], [bash, -c, 'exec -a MARKER cat']], stdout: out}}\n" + CLEAN, "@here", None, (), True),
    "orphans": ("steps:\n  - {name: a, shell: 'setsid bash -c \"exec -a MARKER sleep 600\" & (exec -a MARKER sleep 600 &) ; touch here; exec -a MARKER sleep 600'}\n"
                + CLEAN, "@here", None, (), True),
    "wait before the next attempt": ("steps:\n  - {name: a, run: ['false'], retry: {attempts: 3, wait: 1h}}\n" + CLEAN, "will be tried again", None, (), True),
    "clean-up": (f"steps:\n  - {{name: a, run: ['false']}}\n  - {{name: tidy, {LONG}, always: true}}\n" + CLEAN, "@here", None, (), True),
    "artifact": (ARTIFACT % ("big", ""), "reading big", sparse, (), True),
    "upload": (store("put-hanging") + ARTIFACT % ("content", ", uploads: [{store: s, key: k, put: true}]"), "uploading", content, (), True),
    "upload that is read back": (store("now-hanging") + ARTIFACT % ("content", ", uploads: [{store: s, key: k, expect: {match: read_back}}]"),
                                 "reading content", content, (), True),
    "report": (stored_reports("", ""), "a exited", fifo, ("html=pipe",), None),
    "notification": (stored_reports(f"notify: {{webhook: {{url: '{silent.url}MARKER'}}, timeout: 1h}}\n", ""), "a exited", None, (), None),
    "report into a store": (stored_reports("reports: [{format: json, store: s, key: r.json}]\n", store("put-hanging")), "a exited", None, (), None),
}


# What others were told of a run that has passed cannot be taken back: from then on a signal only hurries.
TOLD = {"notification"}


def end_at(stage, number, as_process_1):
    manifest, reached, prepare, reports, cleaned = STAGES[stage]
    with Folder() as folder:
        if prepare:
            prepare(folder)
        run = Ended(folder, f"muster: 1\nname: ended\n{manifest}", as_process_1=as_process_1, env=KEYS,
                    reports=("json=report.json", *reports))
        run.reach(reached)
        if stage in TOLD:
            expect(silent.has_heard(run), run.said())
        time.sleep(0.15)
        run.tell(number)
        seconds = run.wait()
        report = run.expect_sound(0 if stage in TOLD else 128 + number)
        if stage not in TOLD:
            expect_match(signal.Signals(number).name, run.said())
        expect(not os.path.exists(os.path.join(folder, "ran")), "something was begun after the signal")
        if cleaned:
            expect(os.path.exists(os.path.join(folder, "cleaned")), f"what is always run was not\n{run.said()}")
            expect_equal([check["verdict"] for check in report["checks"] if check["id"] == "step:clean/exit"], ["pass"])
        return seconds


def end_everywhere(numbers, as_process_1):
    seconds = {}
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        going = {(stage, number): pool.submit(end_at, stage, number, as_process_1) for stage in STAGES for number in numbers}
        for (stage, number), future in going.items():
            trouble = future.exception()
            if trouble is not None:
                raise type(trouble)(f"{stage}, {number!r}: {trouble}")
            seconds[stage, number] = future.result()
    print(f"  {'seconds from the signal to the end':38}" + "".join(f"{number.name:>9}" for number in numbers))
    for stage in STAGES:
        print(f"  {stage:38}" + "".join(f"{seconds[stage, number]:9.1f}" for number in numbers))


def test_every_stage_and_every_signal():
    end_everywhere(SIGNALS, False)


@needs_root("looks into process 1 of a namespace")
def test_every_stage_as_process_1():
    end_everywhere([signal.SIGTERM], True)


DEAF = "bash, -c, 'trap \"\" TERM; touch here; while :; do sleep 0.05; done'"


def test_a_second_signal_hurries():
    with Folder() as folder:
        run = Ended(folder, f"muster: 1\nname: deaf\nsteps:\n  - {{name: a, run: [{DEAF}], grace: 10m}}\n{CLEAN}")
        run.reach("@here")
        run.tell(signal.SIGTERM)
        time.sleep(1)
        expect(run.process.poll() is None, "it did not wait for the step")
        run.tell(signal.SIGTERM)
        expect(run.wait() < BUSY_SECONDS, "the second signal does not hurry")
        run.expect_sound(143)
        expect(not os.path.exists(os.path.join(folder, "cleaned")), "there is no time for clean-up then")


def test_the_grace_holds_for_all_of_it():
    """A step that ignores SIGTERM, and two clean-ups, of which the first takes longer than there is."""
    with Folder() as folder:
        run = Ended(folder, f"muster: 1\nname: short\nsteps:\n  - {{name: a, run: [{DEAF}], grace: 5s}}\n"
                    f"  - {{name: slow, run: [{DEAF}], always: true}}\n  - {{name: late, run: [touch, late], always: true}}\n",
                    arguments=("--grace", "4s"))
        run.reach("@here")
        run.tell(signal.SIGTERM)
        expect(run.wait() < 20, "longer than its grace, if not without any")
        checks = {check["id"]: check for check in run.expect_sound(143)["checks"]}
        expect_match("grace of 4 s was used up", checks["step:slow/exit"]["observed"])
        expect_equal(checks["step:late/exit"]["verdict"], "unproven")
        expect_match("not run: .*grace of 4 s", checks["step:late/exit"]["observed"])


def test_the_grace_of_the_environment():
    with Folder() as folder:
        run = Ended(folder, f"muster: 1\nname: short\nsteps:\n  - {{name: a, run: [{DEAF}]}}\n", env={"MUSTER_GRACE": "2s"})
        run.reach("@here")
        run.tell(signal.SIGTERM)
        seconds = run.wait()
        expect(1 < seconds < 20, f"{seconds:.1f} s, where 25 are what it takes by itself")
        run.expect_sound(143)


def test_a_step_s_own_longer_grace_is_kept():
    with Folder() as folder:
        run = Ended(folder, "muster: 1\nname: long\nsteps:\n  - {name: a, shell: \"trap 'sleep 13; echo orderly; exit 1' TERM; touch here; "
                    "while :; do sleep 0.05; done\", grace: 15s}\n" + CLEAN)
        run.reach("@here")
        run.tell(signal.SIGTERM)
        run.wait(15 + BUSY_SECONDS)
        run.expect_sound(143)
        expect_match("orderly", run.said())


def pending():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_that_was_there_before():
    with Folder() as folder:
        run = Ended(folder, "muster: 1\nname: early\nsteps:\n  - {name: a, run: [touch, ran]}\n", preexec=pending)
        run.wait()
        run.expect_sound(143)
        expect(not os.path.exists(os.path.join(folder, "ran")), run.said())


def test_several_manifests_of_which_none_is_reached():
    with Folder() as folder:
        for name in ("a", "b"):
            write(folder, f"{name}.yml", f"muster: 1\nname: {name}\nartifacts:\n  - {{name: a, file: {name}.yml, expect: {{size: {{min: 1}}}}}}\n")
        run = Ended(folder, "", verb="verify", reports=(), arguments=("a.yml", "b.yml"), preexec=pending, named=False)
        run.wait()
        expect_equal(run.process.returncode, 143, run.said())
        expect_match(r"\Afail: 0 of 2 manifests were verified; exit code 143", run.termination())


class Teller(http.server.BaseHTTPRequestHandler):
    """A ping's server that sends the signal before it answers."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if "start" not in self.path:
            self.server.told.append(self.path)
            self.server.run.tell(signal.SIGTERM)
            time.sleep(0.3)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_signal_while_others_are_told():
    """They were told that it passed: so say the exit code and every report, also the one in the store."""
    with Folder() as folder, http.server.ThreadingHTTPServer(("127.0.0.1", 0), Teller) as teller:
        threading.Thread(target=teller.serve_forever, daemon=True).start()
        os.mkdir(os.path.join(folder, "vault"))
        write(folder, "metrics.prom", 'muster_last_success_timestamp_seconds{name="told",mode="run"} 1700000000\n')
        teller.told = []
        teller.run = Ended(folder, "muster: 1\nname: told\nstores: {vault: {directory: {path: vault}}}\nsteps:\n  - {name: a, run: ['true']}\n"
                           f"reports: [{{format: json, store: vault, key: r.json}}]\nnotify: {{ping: 'http://127.0.0.1:{teller.server_port}/'}}\n",
                           reports=("json=report.json", "prometheus=metrics.prom"))
        teller.run.wait()
        teller.shutdown()
        teller.run.expect_sound(0)
        expect_equal(len(teller.told), 1, teller.told)
        expect_equal(teller.run.report("vault/r.json")["exit_code"], 0)
        with open(os.path.join(folder, "metrics.prom"), encoding="utf-8") as file:
            expect_match(r"^muster_last_success_timestamp_seconds{.*} 1[79][1-9]\d{7}", file.read())


def test_killed_while_its_begin_is_told():
    with Folder() as folder:
        write(folder, "termination", "ended: pass\n")
        run = Ended(folder, f"muster: 1\nname: ended\nsteps:\n  - {{name: a, run: ['true']}}\nnotify: {{ping: '{silent.url}MARKER', timeout: 1h}}\n")
        expect(silent.has_heard(run), run.said())
        run.tell(signal.SIGKILL)
        run.wait()
        expect_match("did not finish", run.termination())


def test_several_manifests():
    """verify of several: what was not reached any more has not passed, and nobody says it has."""
    with Folder() as folder:
        sparse(folder)
        for name in ("a", "b"):
            write(folder, f"{name}.yml", f"muster: 1\nname: {name}\nartifacts:\n  - {{name: a, file: big, expect: {{size: {{min: 1}}}}}}\n")
        run = Ended(folder, "", verb="verify", reports=("json=reports/",), arguments=("a.yml", "b.yml"), named=False)
        run.reach("reading")
        run.tell(signal.SIGTERM)
        run.wait()
        expect_equal(run.process.returncode, 143, run.said())
        expect_equal(run.report("reports/a.json")["exit_code"], 143)
        expect_match(r"\Afail: 1 of 2 manifests", run.termination())


main()
