"""``python -m csms_reference.workers FD``: one worker, at the end of the line that it inherited as this file."""

from __future__ import annotations

import signal
import socket
import sys

from csms_reference.workers.worker import live_on
from protocol.transports import loop


def main(arguments: list[str]) -> int:
    """Live until the parent ends, or says so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's matter
    loop.run(live_on(socket.socket(fileno=int(arguments[0]))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
