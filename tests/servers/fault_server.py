#!/usr/bin/python3
"""An S3 server that misbehaves as real ones won't on demand. It serves faults and nothing else.

    fault_server.py [--tls CERTIFICATE KEY]

writes its port (on 127.0.0.1) and serves until it is ended. Path-style; the bucket's name chooses the fault, see FAULTS in
the faults_*.py; what comes after a "." in it only makes its counters its own. Signatures are not verified.
The object of every bucket is CONTENT, under whatever key.
"""

import os
import socket
import ssl
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import faults_answering
import faults_between
import faults_keeping
import faults_listing
import faults_reading
from fault_protocol import CONTENT, ETAG, PART, Gone, Request

FAULTS = {**faults_answering.FAULTS, **faults_listing.FAULTS, **faults_reading.FAULTS,
          **faults_between.FAULTS, **faults_keeping.FAULTS}


def serve_connection(connection, tls):
    try:
        if tls is not None:
            connection = tls.wrap_socket(connection, server_side=True)
        with connection:
            while True:
                request = Request(connection)
                FAULTS[request.fault](request)
    except (Gone, OSError):
        connection.close()


def main(arguments):
    tls = None
    if arguments[:1] == ["--tls"]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(arguments[1], arguments[2])
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve_connection, args=(connection, tls), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1:])
