#!/usr/bin/python3
# test: waits, about 2
"""muster as process 1 of a container: whose orphans it reaps, and when."""

import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from ended import Ended
from as_root import root_only
from support import Folder, expect, expect_equal, main, wait_for

root_only("looks into process 1 of a namespace")

# What somebody else starts in the container (kubectl exec) and leaves behind: it enters the namespace from outside.
STRANGER = "for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.1 &) ; done; exit 0"


def states_of_children(pid):
    states = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid:
                states.append(fields[0])
    return states


def test_orphans_of_strangers_are_reaped_while_it_reads():
    with Folder() as folder:
        with open(os.path.join(folder, "big"), "wb") as file:
            file.truncate(48 << 30)
        run = Ended(folder, "muster: 1\nname: reading\nsteps:\n  - {name: a, run: ['true']}\n"
                    "artifacts:\n  - {name: a, file: big, expect: {size: {min: 1}, text: {never: [x]}}}\n", as_process_1=True)
        run.reach("reading big")
        for _ in range(3):
            expect_equal(os.system(f"nsenter --target {run.pid} --pid sh -c '{STRANGER}'"), 0)
        time.sleep(0.5)
        expect(wait_for(lambda: not states_of_children(run.pid), 60), f"zombies: {states_of_children(run.pid)}")
        expect(run.process.poll() is None, run.said())
        run.tell(15)
        run.wait()
        run.expect_sound(143)


def test_what_a_step_leaves_in_another_session_is_ended():
    with Folder() as folder:
        run = Ended(folder, "muster: 1\nname: leaves\nsteps:\n  - {name: a, shell: \"for i in 1 2 3; do setsid bash -c 'trap : TERM; "
                    "exec -a MARKER sleep 600' >/dev/null 2>&1 & done; sleep 0.2\", grace: 1s}\n", as_process_1=True)
        run.process.wait(120)
        run.expect_sound(1)
        said = run.said()
        expect(re.search(r"but left running: (bash|sleep) \(pid \d+\), (bash|sleep) \(pid \d+\), (bash|sleep) \(pid \d+\)$", said, re.M), said)


main()
