#!/usr/bin/python3
"""Prints as many ports of 127.0.0.1 as are asked for, which nobody has bound.

They lie below those that the kernel gives to whoever asks for any: until a server has bound its port no connection takes it.
"""

import random
import socket
import sys

FIRST = 10000


def below_the_kernels():
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        return list(range(FIRST, int(file.read().split()[0])))


def bound(port):
    """A socket, or None where the port is taken."""
    one = socket.socket()
    try:
        one.bind(("127.0.0.1", port))
        return one
    except OSError:
        one.close()
        return None


def main():
    wanted, kept = int(sys.argv[1]), []
    candidates = below_the_kernels()
    random.shuffle(candidates)
    while len(kept) < wanted:
        one = bound(candidates.pop() if candidates else 0)
        if one is not None:
            kept.append(one)
    print(*[one.getsockname()[1] for one in kept])


if __name__ == "__main__":
    main()
