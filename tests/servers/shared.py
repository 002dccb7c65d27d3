#!/usr/bin/python3
"""One radosgw and one Swift for all test programs of a run; each gets users of its own, and names its buckets after itself.

    shared.py start FOLDER [PID]    begins both in the background and returns; they end with the process PID, whatever becomes of it
    shared.py stop FOLDER           ends them and removes FOLDER

Who runs many programs says FOLDER, which exists, in TEST_SERVERS to each; the first that needs a server begins it where nobody has. A
program by itself, without TEST_SERVERS, has servers of its own, which end with it. In a program:

    env = shared.lend("radosgw")    what radosgw.sh or swift.sh say of the server, with this program's users, and S3_PREFIX

Each server has a keeper: a process in a session of its own that holds a lock for as long as the server is there, is the parent of all
that belongs to it, and ends that when FOLDER/wanted is gone or PID is. What came of the start it writes into FOLDER/KIND.json.
"""

import atexit
import ctypes
import fcntl
import glob
import json
import os
import re
import secrets
import select
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = {"radosgw": "radosgw.sh", "swift": "swift.sh"}
START_SECONDS = 600  # on a machine that does much else
STOP_SECONDS = 60
USERS = ("", "SCOPED_", "STRANGER_")
ACCOUNTS_OF_SWIFT = 20  # which knows those only that it was started with

_own = None
_lock = threading.Lock()


class Failure(Exception):
    pass


def script(kind, verb, place, **more):
    return subprocess.Popen([os.path.join(HERE, SCRIPTS[kind]), verb, place], stdin=subprocess.DEVNULL, cwd="/", **more)


def begin(folder, kind, owner):
    with open(os.path.join(folder, kind + ".log"), "a", encoding="utf-8") as log:
        subprocess.Popen([sys.executable, os.path.abspath(__file__), "keep", folder, kind, str(owner or "")], stdin=subprocess.DEVNULL,
                         stdout=log, stderr=log, cwd="/", start_new_session=True)


def start(folder, owner=None):
    """Both servers, for as long as there is a process `owner`, and until stop()."""
    folder = os.path.abspath(folder)
    os.makedirs(folder, exist_ok=True)
    want(folder)
    for kind in SCRIPTS:
        begin(folder, kind, owner)


def want(folder):
    with open(os.path.join(folder, "wanted"), "w", encoding="ascii"):
        pass


def stop(folder):
    folder = os.path.abspath(folder)
    if os.path.exists(os.path.join(folder, "wanted")):
        os.unlink(os.path.join(folder, "wanted"))
    for kind in SCRIPTS:
        with open(os.path.join(folder, kind + ".lock"), "a+", encoding="ascii") as lock:
            if not locked(lock, STOP_SECONDS):
                lock.seek(0)
                os.kill(int(lock.read()), signal.SIGKILL)
                locked(lock, STOP_SECONDS)
        # Where the keeper was killed there is something left.
        for path in glob.glob(os.path.join(glob.escape(folder), kind + ".place")):
            with open(path, encoding="utf-8") as file:
                remove(kind, file.read())
    shutil.rmtree(folder, ignore_errors=True)


def locked(file, seconds):
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)


def remove(kind, place):
    if os.path.isdir(place):
        script(kind, "stop", place).wait()
        shutil.rmtree(place, ignore_errors=True)


def write_whole(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(path + ".new", path)


class Keeper:
    def __init__(self, folder, kind, owner):
        self.folder, self.kind = folder, kind
        try:
            self.owner = os.pidfd_open(owner) if owner else None
        except ProcessLookupError:
            sys.exit()

    def path(self, suffix):
        return os.path.join(self.folder, self.kind + suffix)

    def owner_is_gone(self):
        return self.owner is not None and bool(select.select([self.owner], [], [], 0)[0])

    def wanted(self):
        return os.path.exists(os.path.join(self.folder, "wanted")) and not self.owner_is_gone()

    def keep(self):
        if not self.wanted():
            return
        with open(self.path(".lock"), "a+", encoding="ascii") as lock:
            if not locked(lock, 1) or os.path.exists(self.path(".json")):
                return
            lock.truncate(0)
            print(os.getpid(), file=lock, flush=True)
            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: what loses its parent becomes a child of this process
            # Paths of sockets must be short, and Ceph takes no blank in them.
            place = tempfile.mkdtemp(prefix=f"muster-{self.kind}-", dir="/tmp")
            os.chmod(place, 0o755)
            write_whole(self.path(".place"), place)
            try:
                self.serve(place)
            except Exception:  # whatever it is, who waits for the server must hear of it
                self.failed(traceback.format_exc())
            finally:
                end_everything_below()
                remove(self.kind, place)
                if self.owner_is_gone():
                    shutil.rmtree(self.folder, ignore_errors=True)

    def serve(self, place):
        starting = script(self.kind, "start", place, env={**os.environ, "SWIFT_ACCOUNTS": str(ACCOUNTS_OF_SWIFT)})
        while starting.poll() is None:
            if not self.wanted():
                return
            time.sleep(0.05)
        if starting.returncode != 0:
            self.failed(f"exit status {starting.returncode}\n{self.last_words(place)}")
            return
        with open(os.path.join(place, "env"), encoding="utf-8") as file:
            env = dict(re.findall(r"^(\w+)=(.*)$", file.read(), re.M))
        os.mkdir(self.path(".lent"))
        write_whole(self.path(".json"), json.dumps({"env": env}))
        while self.wanted():
            time.sleep(0.2)

    def failed(self, why):
        write_whole(self.path(".json"), json.dumps({"failure": why}))

    def last_words(self, place):
        words = []
        for path in [self.path(".log"), *sorted(glob.glob(os.path.join(place, "log", "*")))]:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()[-1500:]
            if text:
                words.append(f"{os.path.basename(path)}:\n{text}")
        return "\n".join(words)


def end_everything_below():
    while True:
        for path in glob.glob("/proc/self/task/*/children"):
            with open(path, encoding="ascii") as file:
                for pid in file.read().split():
                    os.kill(int(pid), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def run_folder(alone):
    """TEST_SERVERS and nobody; or a folder of this program's own, and its process id."""
    global _own
    given = os.environ.get("TEST_SERVERS")
    with _lock:
        if given and not alone:
            if not os.path.isdir(given):
                raise Failure(f"TEST_SERVERS: there is no folder '{given}'")
            return given, None
        if _own is None:
            _own = tempfile.mkdtemp(prefix="muster-servers-")
            atexit.register(stop, _own)
        return _own, os.getpid()


def read_state(folder, kind):
    try:
        with open(os.path.join(folder, kind + ".json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def is_kept(folder, kind):
    with open(os.path.join(folder, kind + ".lock"), "a+", encoding="ascii") as lock:
        return not locked(lock, 0)


def join(kind, alone):
    """What is known of the server, which is begun where nobody has."""
    folder, owner = run_folder(alone)
    end = time.monotonic() + START_SECONDS
    begun = -START_SECONDS
    while (state := read_state(folder, kind)) is None:
        now = time.monotonic()
        if now > end:
            raise Failure(f"{kind} does not come up within {START_SECONDS} s: see '{folder}/{kind}.log'")
        # One that was begun a moment ago may not have locked yet; of two the second goes.
        if now - begun > 5 and not is_kept(folder, kind):
            want(folder)
            begin(folder, kind, owner)
            begun = now
        time.sleep(0.05)
    if "failure" in state:
        raise Failure(f"{kind} does not come up: {state['failure']}")
    answers(kind, state["env"]["S3_ENDPOINT"])
    return folder, state["env"]


def answers(kind, endpoint):
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(endpoint + "/healthcheck" * (kind == "swift"), timeout=120):
            pass
    except OSError as error:
        raise Failure(f"{kind} at {endpoint} does not answer: {error}") from error


def taken(folder, kind, names):
    """The first of the names that nobody of this run has."""
    for name in names:
        try:
            os.mkdir(os.path.join(folder, kind + ".lent", name))
            return name
        except FileExistsError:
            pass
    raise Failure(f"{kind}: nothing is left to be lent")


def lend_radosgw(folder, env, program):
    prefix = taken(folder, "radosgw", [program] + [f"{program}-{number}" for number in range(2, 20)])
    env = {**env, "S3_PREFIX": prefix + "-"}
    for user in USERS:
        word = (user or "OWNER_")[:-1]
        env[f"S3_{user}USER"] = f"{prefix}-{word.lower()}"
        env[f"S3_{user}ACCESS_KEY"] = (prefix.replace("-", "") + word).upper()
        env[f"S3_{user}SECRET_KEY"] = f"{word.lower()}Secret/canary+{secrets.token_hex(8)}"
        made = subprocess.run([*shlex.split(env["S3_ADMIN"].strip("()")), "user", "create", "--uid=" + env[f"S3_{user}USER"],
                               "--display-name=" + word.lower(), "--access-key=" + env[f"S3_{user}ACCESS_KEY"],
                               "--secret-key=" + env[f"S3_{user}SECRET_KEY"]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", cwd="/", timeout=300, check=False)
        if made.returncode != 0:
            raise Failure(f"radosgw: no user '{env[f'S3_{user}USER']}': {made.stdout[-3000:]}")
    return env


def lend_swift(folder, env, program):
    number = taken(folder, "swift", [str(number) for number in range(1, ACCOUNTS_OF_SWIFT + 1)])
    return {**env, "S3_PREFIX": program + "-", "S3_ACCESS_KEY": env["S3_ACCESS_KEY"].replace(":", number + ":"),
            "S3_STRANGER_ACCESS_KEY": env["S3_STRANGER_ACCESS_KEY"].replace(":", number + ":")}


def lend(kind, alone=False):
    """With `alone` the server is this program's own in any case, for what others would notice."""
    program = re.sub(r"[^a-z0-9]+", "-", os.path.basename(sys.argv[0]).rpartition(".")[0].lower()).strip("-")
    folder, env = join(kind, alone)
    return {"radosgw": lend_radosgw, "swift": lend_swift}[kind](folder, env, program)


def main(verb="", *arguments):
    if verb == "keep":
        folder, kind, owner = arguments
        Keeper(folder, kind, int(owner or 0)).keep()
    elif verb == "start" and len(arguments) in (1, 2):
        start(arguments[0], *[int(pid) for pid in arguments[1:]])
    elif verb == "stop" and len(arguments) == 1:
        stop(arguments[0])
    else:
        sys.exit("usage: shared.py start FOLDER [PID] | stop FOLDER")


if __name__ == "__main__":
    main(*sys.argv[1:])
