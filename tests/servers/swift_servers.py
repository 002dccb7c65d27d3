#!/usr/bin/python3
"""Swift's rings and its servers, all out of one process: what each would import for itself is most of what a start takes.

    swift_servers.py DIR/ account=PORT container=PORT object=PORT proxy=PORT     DIR has their .conf; writes their ids to DIR/pids

Output goes to DIR/log/KIND.out. It returns at once.
"""

import os
import sys

import paste.deploy  # noqa: F401  of what the servers need the most
import pkg_resources  # noqa: F401
import swift.account.server  # noqa: F401
import swift.container.server  # noqa: F401
import swift.obj.server
import swift.proxy.server  # noqa: F401
from swift.common.ring import RingBuilder
from swift.common.utils import eventlet_monkey_patch
from swift.common.wsgi import run_wsgi


def make_ring(folder, kind, port):
    """Of one device."""
    ring = RingBuilder(1, 1, 0)
    ring.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "sda", "weight": 1.0})
    ring.rebalance()
    ring.get_ring().save(os.path.join(folder, kind + ".ring.gz"))


def serve(folder, kind):
    os.setsid()
    log = os.open(os.path.join(folder, "log", kind + ".out"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    more = {"global_conf_callback": swift.obj.server.global_conf_callback} if kind == "object" else {}
    return run_wsgi(os.path.join(folder, kind + ".conf"), kind + "-server", **more)


def main():
    folder, servers = sys.argv[1], [word.split("=") for word in sys.argv[2:]]
    for kind, port in servers:
        if kind != "proxy":
            make_ring(folder, kind, int(port))
    eventlet_monkey_patch()  # which looks at all there is in memory, and does it once
    for kind, _ in servers:
        pid = os.fork()
        if pid == 0:
            sys.exit(serve(folder, kind))
        with open(os.path.join(folder, "pids"), "a", encoding="ascii") as file:
            print(pid, file=file)


if __name__ == "__main__":
    main()
