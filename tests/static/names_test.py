#!/usr/bin/python3
"""The static muster resolves names in a root with nothing but it, a manifest and files of /etc: a network of the test's own (a network
namespace), in which a name server listens where every resolver asks, 127.0.0.1:53. That server is a small one, written here; it stands
for a cluster's, knows one name, and answers that all others are not there."""

import http.server
import os
import shlex
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

from as_root import root_only  # noqa: E402

root_only("has a network and a root of its own")
if os.environ.get("MUSTER_OWN_NETWORK") != "1":
    os.environ["MUSTER_OWN_NETWORK"] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv])

from rooted import Root, expect_end, support  # noqa: E402

from support import expect, expect_equal  # noqa: E402

SERVICE = "backup-store.apps.svc.cluster.local"
KUBERNETES = "search apps.svc.cluster.local svc.cluster.local cluster.local\nnameserver 127.0.0.1\noptions ndots:5\n"
asked = []


def read_question(packet):
    """The name that is asked for, its type, and where the question ends."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += packet[at] + 1
    return ".".join(labels).lower(), struct.unpack(">H", packet[at + 1:at + 3])[0], at + 5


def answer_to(packet):
    name, kind, end = read_question(packet)
    asked.append(name)
    known, address = name == SERVICE, b""
    if known and kind == 1:
        address = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 5, 4) + socket.inet_aton("127.0.0.1")
    flags = 0x8180 | (0 if known else 3)
    return packet[:2] + struct.pack(">HHHHH", flags, 1, 1 if address else 0, 0, 0) + packet[12:end] + address


def serve_names():
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", 53))
    while True:
        packet, sender = names.recvfrom(4096)
        names.sendto(answer_to(packet), sender)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


def begin():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    threading.Thread(target=serve_names, daemon=True).start()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


PORT = begin()


def probe(root, host):
    root.put("probe.json", {"muster": 1, "name": "names", "preflight": [{"http": {"url": f"http://{host}:{PORT}/", "timeout": "5s"}}],
                            "steps": [{"name": "nothing", "run": ["true"]}]})
    asked.clear()
    return root.run("probe", "probe.json")


def test_names_of_etc_hosts():
    with Root() as root:
        root.put("etc/hosts", "127.0.0.1 archive.example.test archive\n")
        expect_end(probe(root, "archive.example.test"), 0)
        expect_equal(root.holds(), ["etc/hosts", "muster", "probe.json"])


def test_names_of_a_cluster():
    with Root() as root:
        root.put("etc/resolv.conf", KUBERNETES)
        expect_end(probe(root, "backup-store"), 0)
        expect(SERVICE in asked, asked)
        expect_end(probe(root, "backup-store.apps"), 0)
        expect_end(probe(root, SERVICE), 0)


def test_hosts_come_before_the_name_server():
    with Root() as root:
        root.put("etc/resolv.conf", KUBERNETES)
        root.put("etc/hosts", "127.0.0.1 elsewhere.example.test\n")
        expect_end(probe(root, "elsewhere.example.test"), 0)
        expect_equal(asked, [])


def test_a_name_that_is_not_there_is_told():
    with Root() as root:
        root.put("etc/resolv.conf", KUBERNETES)
        finished = probe(root, "backup-stoer")
        expect_end(finished, 5, "cannot resolve the host name of 'http://backup-stoer:")
        expect("backup-stoer" in asked, asked)


def make_library(path):
    """A libnss that says so and ends the process when it is loaded, as one of another libc would crash it."""
    support.write(path, "hostile.c", "#include <unistd.h>\n__attribute__((constructor)) static void loaded(void)\n"
                                     "{\n\tif (write(2, \"LOADED\\n\", 7) < 0)\n\t\t_exit(98);\n\t_exit(99);\n}\n")
    library = os.path.join(path, "libnss_hostile.so.2")
    subprocess.run([*shlex.split(os.environ.get("CC", "gcc")), "-shared", "-fPIC", "-nostdlib", "-o", library, os.path.join(path, "hostile.c"), "-lc"], check=True)
    return library


def test_libraries_of_the_image_are_not_loaded():
    """Whatever the image's nsswitch.conf names: resolve, mdns4_minimal, winbind."""
    with Root() as root, support.Folder() as path:
        library = "@" + make_library(path)
        services = ("resolve", "mymachines", "mdns4_minimal", "winbind", "compat", "hostile")
        for folder in ("lib", "lib64", "usr/lib", "usr/lib64", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"):
            for service in services:
                root.put(f"{folder}/libnss_{service}.so.2", library)
            root.put(f"{folder}/libc.so.6", "@/lib/x86_64-linux-gnu/libc.so.6")
            root.put(f"{folder}/ld-linux-x86-64.so.2", "@/lib64/ld-linux-x86-64.so.2")
        names = " ".join(services)
        root.put("etc/nsswitch.conf", "".join(f"{database}: {names}\n" for database in ("hosts", "passwd", "group", "services", "networks",
                                                                                        "protocols", "initgroups", "shadow")))
        root.put("etc/hosts", "127.0.0.1 archive.example.test\n")
        root.put("etc/resolv.conf", KUBERNETES)
        for host in ("archive.example.test", "backup-store"):
            finished = probe(root, host)
            expect("LOADED" not in finished.stdout, finished.stdout)
            expect_end(finished, 0)


support.main()
