"""``python -m csms_reference.nodes``: one node, as its parent starts it.

Its settings are the first line of its input, as JSON; it ends when its input does. It prints the ports, or the error.
"""

from __future__ import annotations

import json
import signal
import sys

from csms_reference.__main__ import ending_with_input, ports_of, say
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

    try:
        run(Settings.of(json.loads(sys.stdin.buffer.readline())), ready=ready)
    except (SettingsError, StoreError, SecurityError, OSError) as problem:
        say({"error": str(problem)})
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
