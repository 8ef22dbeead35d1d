"""``python -m csms_reference.nodes``: one node, as its parent starts it.

Its settings are the first line of its input, as JSON; it ends when its input does. It prints the ports, or the error,
and then an empty line every second: whoever does not is not carrying anything out either.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress

from csms_reference.__main__ import ending_with_input, ports_of, say
from csms_reference.nodes.membership import INTERVAL_S
from csms_reference.server import Serving, run
from csms_reference.settings import Settings, SettingsError
from csms_reference.store import StoreError
from protocol.security import SecurityError


def main() -> int:
    """Serve until the parent ends, or says so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's matter

    def ready(running: Serving) -> None:
        ending_with_input()
        say(ports_of(running))
        os.set_blocking(sys.stdout.fileno(), False)  # a parent that hangs itself must not hold it up
        beat()

    try:
        run(Settings.of(json.loads(sys.stdin.buffer.readline())), ready=ready)
    except (SettingsError, StoreError, SecurityError, OSError) as problem:
        say({"error": str(problem)})
        return 2
    return 0


def beat() -> None:
    """Say now, and every second, that the event loop turns."""
    with suppress(BlockingIOError, BrokenPipeError):  # nobody reads, for now or any more
        os.write(sys.stdout.fileno(), b"\n")
    asyncio.get_running_loop().call_later(INTERVAL_S, beat)


if __name__ == "__main__":
    sys.exit(main())
