"""Ports to listen at, more than once."""

import contextlib
import random
import socket
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 20_000


def free_port(several: int = 1) -> int:
    """The first of so many consecutive ports at which nobody listens on the loopback.

    They are none of those that the system hands out: whoever listens there, ends and comes back finds no connection
    that was given the port meanwhile. Raises RuntimeError where there are none.
    """
    highest = int(RANGE.read_text().split()[0]) if RANGE.exists() else 32_768
    for _ in range(1000):
        first = random.randrange(LOWEST, highest - several)
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            for port in range(first, first + several):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
    raise RuntimeError(f"there are no {several} free ports from {LOWEST} to {highest}")
